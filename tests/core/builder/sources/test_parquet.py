"""Parquet files, and data sets as the `datasets` library streams them, from local files alone."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.builder.sources import Row, read_source
from core.builder.sources.huggingface import HubSource
from core.builder.sources.image_files import ImageMissing
from core.errors import BackendUnavailable, ImageTooLarge, InvalidInput

ROOT = Path(__file__).resolve().parents[4]


def shard(path: Path, start: int, count: int, **more: list[object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [{"bytes": f"image {number}".encode(), "path": f"{number}.png"} for number in range(start, start + count)]
    texts = [f"Photograph {number} is dark." for number in range(start, start + count)]
    pq.write_table(pa.table({"image": images, "text": texts, **more}), path, row_group_size=7)
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    shard(tmp_path / "set" / "data" / "train-00000-of-00002.parquet", 0, 20)
    shard(tmp_path / "set" / "data" / "train-00001-of-00002.parquet", 20, 11)
    shard(tmp_path / "set" / "data" / "validation-00000-of-00001.parquet", 50, 3)
    return tmp_path / "set"


@pytest.mark.parametrize("name", ["{}?split=train", "datasets:{}?split=train"])
def test_a_folder_of_shards_is_one_source(folder, name):
    source = read_source(name.format(folder))
    rows = list(source.rows())
    assert rows == [Row(number, f"{number}.png", f"Photograph {number} is dark.") for number in range(31)]
    assert len(list(read_source(folder).rows())) == 34


@pytest.mark.parametrize("order", [range(31), range(30, -1, -1), [3, 3, 25, 4, 0, 30, 13, 14, 6, 7]], ids=["forwards", "backwards", "here and there"])
def test_images_are_read_in_any_order(folder, order):
    source = read_source(f"{folder}?split=train")
    rows = list(source.rows())
    assert [source.data(rows[number]) for number in order] == [f"image {number}".encode() for number in order]


def test_a_source_reaches_a_worker_and_reads_there(folder):
    source = read_source(f"{folder}?split=train")
    rows = list(source.rows())
    source.data(rows[5])
    there = pickle.loads(pickle.dumps(source))
    assert there.data(rows[9]) == b"image 9" and there.digest == source.digest


def test_the_digest_follows_texts_and_the_size_of_images(tmp_path):
    path = tmp_path / "a.parquet"
    digests = set()
    for text, data in (("dark", b"1"), ("dark", b"1" * 999), ("pale", b"1")):
        pq.write_table(pa.table({"image": [data], "text": [text]}), path)
        digests.add(read_source(path).digest)
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        pytest.param({"image": ["a.jpg"], "caption": ["dark"]}, Row(0, "a.jpg", "dark"), id="names of files"),
        pytest.param({"image": [b"bytes"], "caption": ["dark"]}, Row(0, "row-000000", "dark"), id="bytes alone"),
        pytest.param({"image": [{"bytes": b"1", "path": None}], "caption": [None]}, Row(0, "row-000000"), id="without a name or a text"),
        pytest.param({"image": [{"bytes": b"1", "path": "/home/ann/a.jpg"}], "caption": ["dark"]}, Row(0, "a.jpg", "dark"), id="with a path of another machine"),
        pytest.param({"image": [{"bytes": b"1", "path": "a.jpg"}], "id": ["7"], "conversations": [[{"from": "human", "value": "?"}, {"from": "gpt", "value": "It is much too dark."}]]}, Row(0, "a.jpg", "It is much too dark.", id="7"), id="as LLaVA has it"),
        pytest.param({"image_A": [{"bytes": b"1", "path": "a.jpg"}], "task_type": ["quality_single_A"], "conversations": [[{"from": "human", "value": "?"}, {"from": "gpt", "value": "It is much too dark."}]]}, Row(0, "a.jpg", "It is much too dark."), id="as DepictQA has it"),
    ],
)  # fmt: skip
def test_every_layout_is_read(tmp_path, columns, row):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert list(read_source(tmp_path / "a.parquet").rows()) == [row]


def test_images_beside_the_table_are_found_and_nowhere_else(tmp_path, png):
    (tmp_path / "a.jpg").write_bytes(png)
    pq.write_table(pa.table({"image": ["a.jpg", "../b.jpg", "gone.jpg"]}), tmp_path / "rows.parquet")
    source = read_source(tmp_path / "rows.parquet")
    first, outside, gone = source.rows()
    assert source.data(first) == png and outside.reason == "image outside the folder"
    with pytest.raises(ImageMissing):
        source.data(gone)


def test_what_is_too_large_or_has_no_image_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("core.builder.sources.parquet.MAX_BYTES", 10)
    pq.write_table(pa.table({"image": [b"x" * 11]}), tmp_path / "a.parquet")
    source = read_source(tmp_path / "a.parquet")
    with pytest.raises(ImageTooLarge, match="row-000000 has 0 MB"):
        source.data(Row(0, "row-000000"))
    with pytest.raises(ImageMissing, match=r"a\.parquet has no row 7: it has changed since"):
        source.data(Row(7, "x"))
    pq.write_table(pa.table({"mos": [1.0]}), tmp_path / "b.parquet")
    with pytest.raises(InvalidInput, match=r"b\.parquet has the columns mos: one must be called image"):
        read_source(tmp_path / "b.parquet")


def test_a_data_set_is_streamed_as_the_library_loads_it(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    source = HubSource(str(folder), "train")
    rows = list(source.rows())
    assert [(row.row, row.image, row.text) for row in rows] == [(number, f"{number}.png", f"Photograph {number} is dark.") for number in range(31)]
    assert [source.data(rows[number]) for number in (0, 1, 9, 2, 2, 30)] == [f"image {number}".encode() for number in (0, 1, 9, 2, 2, 30)]
    assert pickle.loads(pickle.dumps(source)).data(rows[4]) == b"image 4"
    assert source.digest == HubSource(str(folder), "train").digest != HubSource(str(folder), "validation").digest
    with pytest.raises(InvalidInput, match=r"has no split test: Bad split: test. Available splits: \['train', 'validation'\]"):
        next(HubSource(str(folder), "test").rows())


def test_a_stream_that_breaks_off_is_said(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    damaged = folder / "data" / "train-00001-of-00002.parquet"
    damaged.write_bytes(b"PAR1" + damaged.read_bytes()[4:40] + b"\0" * 400 + b"PAR1")
    rows = HubSource(str(folder), "train").rows()
    with pytest.raises(BackendUnavailable, match=r"The rows of .* broke off: .*Run the same command again"):
        assert len(list(rows)) > 31


def test_the_hub_is_not_asked_on_a_machine_that_stays_offline(tmp_path):
    program = "from core.builder.__main__ import main\nmain(['check', 'datasets:nobody/nothing?split=train'])"
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert found.returncode == 2
    assert "The data set nobody/nothing is not here, and this machine is told to stay offline (HF_HUB_OFFLINE). Download it" in found.stderr
