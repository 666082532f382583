"""Several sources as one."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from core.builder.sources import Row, read_source
from core.errors import InvalidInput
from core.records import Dropped


def table(path: Path, count: int) -> Path:
    path.write_text("".join(json.dumps({"image": f"{path.stem}{number}.jpg", "text": "dark"}) + "\n" for number in range(count)) or "\n")
    return path


@pytest.fixture
def two(tmp_path) -> list[Path]:
    return [table(tmp_path / "a.jsonl", 100), table(tmp_path / "b.jsonl", 30)]


def kept(source) -> list[Row]:
    return [one for one in source.rows() if isinstance(one, Row)]


def test_without_shares_all_rows_come_one_source_after_the_other(two):
    mixed = read_source(two)
    assert [row.image for row in kept(mixed)] == [f"a{n}.jpg" for n in range(100)] + [f"b{n}.jpg" for n in range(30)]
    assert mixed.name == "a.jsonl+b.jsonl" and {row.source for row in kept(mixed)} == {"a.jsonl", "b.jsonl"}


def test_shares_hold_for_the_whole_and_for_every_beginning(two):
    rows = kept(read_source(two, mix=(0.7, 0.3)))
    assert Counter(row.source for row in rows) == {"a.jsonl": 70, "b.jsonl": 30}
    for count in range(1, 101):
        assert abs(sum(row.source == "b.jsonl" for row in rows[:count]) - 0.3 * count) <= 1


def test_another_seed_chooses_other_rows_and_the_same_seed_the_same(two):
    first, again, other = (kept(read_source(two, mix=(0.5, 0.5), seed=seed)) for seed in (1, 1, 2))
    assert first == again and first != other
    chosen = [int(row.image[1:-4]) for row in first if row.source == "a.jsonl"]
    assert len(chosen) == 30 and chosen == sorted(chosen) and max(chosen) > 60


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=4), st.integers(0, 5), st.data())
def test_numbers_are_each_row_s_own_and_name_its_source(tmp_path_factory, counts, seed, data):
    folder = tmp_path_factory.mktemp("mixed")
    tables = [table(folder / f"{name}.jsonl", count) for name, count in zip("abcd", counts, strict=False)]
    weights = data.draw(st.lists(st.integers(1, 9), min_size=len(tables), max_size=len(tables)))
    for row in kept(read_source(tables)):
        (folder / row.image).write_bytes(row.image.encode())
    for shares in ((), tuple(weight / sum(weights) for weight in weights)):
        mixed = read_source(tables, folder, mix=shares, seed=seed)
        rows = kept(mixed)
        assert len({row.row for row in rows}) == len(rows)
        assert all(mixed.data(row) == row.image.encode() for row in rows)


def test_rows_that_cannot_be_used_are_said_and_play_no_part(tmp_path, two):
    two[1].write_text("{\n" * 10 + two[1].read_text() + "{\n")
    mixed = read_source(two, mix=(0.7, 0.3))
    found = list(mixed.rows())
    assert Counter(type(one) for one in found) == {Row: 100, Dropped: 11}
    assert {one.source for one in found if isinstance(one, Dropped)} == {"b.jsonl"}


@pytest.mark.parametrize(
    ("mix", "message"),
    [((0.7,), "There are 2 sources and 1 shares"), ((0.7, 0.4), "sum to 1, got 0.7, 0.4"), ((1.0, 0.0), "lie between 0 and 1"), ((float("nan"), 0.5), "lie between 0 and 1")],
)  # fmt: skip
def test_shares_that_are_none_are_refused(two, mix, message):
    with pytest.raises(InvalidInput, match=message):
        read_source(two, mix=mix)


def test_the_digest_follows_parts_shares_and_seed(two):
    digests = [read_source(two, mix=mix, seed=seed).digest for mix, seed in (((), 0), ((0.5, 0.5), 0), ((0.6, 0.4), 0), ((0.5, 0.5), 1))]
    digests.append(read_source(two[::-1]).digest)
    assert len(set(digests)) == 5 and digests[0] == read_source(two).digest


def test_images_of_one_name_in_two_sources_are_two_images(tmp_path):
    from core.builder.__main__ import main
    from core.export.giqa import read_folder

    for folder, tone in (("a", 30), ("b", 220)):
        (tmp_path / folder).mkdir()
        PillowImage.new("RGB", (64, 48), (tone, tone, tone)).save(tmp_path / folder / "1.png")
        (tmp_path / folder / "rows.jsonl").write_text('{"image": "1.png", "text": "The photograph is grey and flat."}\n')
    main(["run", *(part for folder in "ab" for part in ("--source", str(tmp_path / folder / "rows.jsonl"))), "--out", str(tmp_path / "out")])
    records = list(read_folder(tmp_path / "out")[1].records())
    wanted = [hashlib.sha256((tmp_path / folder / "1.png").read_bytes()).hexdigest() for folder in "ab"]
    assert [(one.source, one.image.sha256) for one in records] == [("rows.jsonl", wanted[0]), ("rows.jsonl#2", wanted[1])]


def test_no_source_at_all_is_refused():
    with pytest.raises(InvalidInput, match="There is no source"):
        read_source([])
