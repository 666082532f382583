"""The files between the stages, and what a worker keeps while it works on a shard."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from core.backends import load
from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.builder.balance import side_of
from core.builder.build import build
from core.builder.config import BuildConfig
from core.builder.engines.base import EngineConfig
from core.builder.engines.local import gpus_of, visible_gpus
from core.builder.loading import LoadStages
from core.builder.pictures import Pictures
from core.builder.pipeline import STAGES, Pipeline
from core.builder.rows import read_row, row_json
from core.builder.shards import Cut, ShardFiles, read_work, work_json
from core.builder.sources import Given, GivenFault, Row, read_source
from core.builder.work import Grounding, Refused, Work
from core.errors import Cancelled, InvalidSettings, UnreadableImage
from core.export.giqa import read_folder
from core.grounded_text import compose
from core.images import Image, encode_png, open_image
from core.records import Dropped, ImageReference, Record, Region, RegionText
from tests.core.builder.hard_stages import Texts, config

SKY = Tag("sky", "noisy", "negative")
GIVEN = Given((SKY,), compose("The ", ("sky", [Box(0, 0, 1, 0.3)]), " is noisy."), (GivenFault("noise", 3, "rectangle", (0.0, 0.0, 1.0, 0.3)),), "roof.jpg", 7)


@pytest.mark.parametrize("row", [Row(3, "a.jpg"), Row(3, "ä.jpg", "Die Wand 🗼", id="x", source="part"), Row(0, "b.png", given=GIVEN)], ids=["bare", "text", "given"])
def test_rows_come_back_as_they_were(row):
    assert read_row(json.loads(json.dumps(row_json(row)))) == row


def test_works_come_back_as_they_were():
    record = Record(ImageReference("a" * 64, ImageSize(4, 3)), "set", 5, (Region("r1", Box(0, 0, 1, 1)),), (SKY,), RegionText("The sky."))
    work = Work(lambda: pytest.fail("nobody asked for the image"), record, (Grounding(SKY, ("r1",)),), (Refused("questions", "asked before", "Is it?"),), given=True)
    read = read_work(json.loads(json.dumps(work_json(work))), lambda _: pytest.fail("nobody asked for the image"))
    assert (read.record, read.groundings, read.refused, read.given) == (work.record, work.groundings, work.refused, True)


def test_a_source_is_cut_once_and_the_cut_goes_on_where_it_was_stopped(tmp_path):
    files, rows = ShardFiles(tmp_path, ("open",)), [*map(partial(Row, image="a.jpg"), range(7)), Dropped("set", 7, "source", "odd")]
    calls = iter([False, False, True])

    def stop() -> None:
        if next(calls):
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        files.cut(rows, 3, stop)
    assert files.made("rows") == {0, 1} and not (tmp_path / "stages" / "shards.json").exists()
    assert files.cut(rows, 3, lambda: None) == Cut(8, 3) == files.cut(iter(()), 3, lambda: None)
    assert files.rows(2) == [Row(6, "a.jpg"), Dropped("set", 7, "source", "odd")]


class Counting(Texts):
    """Counts how often a file is read."""

    opened = 0

    def data(self, row):
        Counting.opened += 1
        return encode_png(np.full((12, 16, 3), row.row, np.uint8))


def test_an_image_is_decoded_once_for_all_its_rows_and_a_synthetic_row_has_its_own():
    Counting.opened = 0
    pictures = Pictures(Counting(()))
    first, again, other = (pictures.open(Row(number, name, given=given)) for number, name, given in ((0, "a", None), (1, "a", None), (2, "a", GIVEN)))
    assert first is again and other is not first and Counting.opened == 2


def test_few_images_are_held_and_always_one():
    pictures = Pictures(Counting(()), most_bytes=1)
    one, two = pictures.open(Row(0, "a")), pictures.open(Row(1, "b"))
    assert pictures.held(Row(0, "a")) is None and pictures.held(Row(1, "b")) is two and isinstance(one, Image)


def test_an_image_that_changed_while_it_was_built_is_not_taken_for_the_old_one():
    pictures = Pictures(Counting(()))
    with pytest.raises(UnreadableImage, match="a has changed since the build began"):
        pictures.opened_before(Row(0, "a"), "b" * 64)


def test_a_worker_that_loads_by_the_stage_makes_what_a_whole_pipeline_makes(blurred_photograph):
    image, made = open_image(blurred_photograph), BuildConfig(Path(), Path(), seed=3)
    row = Row(4, "a.jpg", "The lower right is blurred, but the face is clear.")
    loaded = LoadStages(made)()
    work = loaded.begin(image, ImageReference(image.sha256, image.size, "a.jpg"), "set", row)
    assert not loaded._backends  # a row with a text needs no model yet
    for name in STAGES:
        work = loaded.stage(name)(work)
    whole = Pipeline.of(load("embedded"), made).record(image, ImageReference(image.sha256, image.size, "a.jpg"), "set", 4, row.text)
    assert work.record == whole and whole.provenance.seed == 3 and list(loaded._backends) == ["embedded"]


def test_questions_are_balanced_over_all_shards(tmp_path, blurred_photograph):
    texts = ["The face is clear.", "The background is noisy and the left side is too dark.", "The lower right is blurred, but the face is sharp."]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps({"image": blurred_photograph.name, "text": texts[n % 3]}) for n in range(9)))
    source = read_source(tmp_path / "rows.jsonl", blurred_photograph.parent)
    sides = {}
    for balance in ("", "1,1"):
        out = tmp_path / f"out{balance}"
        build(config(out, balance=balance), source, EngineConfig(workers=0))
        found = [side_of(one) for record in read_folder(out)[1].records() for one in record.questions]
        sides[balance] = {side: found.count(side) for side in ("yes", "no", "open")}
    assert sides["1,1"]["yes"] == sides["1,1"]["no"] > 0 and sides["1,1"]["open"] == 2 * sides["1,1"]["yes"]
    assert sides["1,1"] != sides[""] and all(sides["1,1"][side] <= sides[""][side] for side in sides[""])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shard_size": 0}, "A shard holds 1 row or more, got 0"),
        ({"balance": "all"}, "A balance is two numbers, Yes per No and open per yes/no questions: --balance 1,1"),
        ({"balance": "1,1,1"}, "A balance is two numbers"),
    ],
)
def test_impossible_builds_are_refused(options, message):
    with pytest.raises(InvalidSettings, match=message):
        BuildConfig(Path(), Path(), **options)


@pytest.mark.parametrize(
    ("gpus", "each", "shares"),
    [
        ("0,1", 0, ["", "", ""]),
        ("0,1", 1, ["0", "1", "0"]),
        ("4,5", 0.5, ["4", "4", "5", "5"]),
        ("GPU-a,GPU-b,GPU-c,GPU-d", 2, ["GPU-a,GPU-b", "GPU-c,GPU-d"]),
    ],
)
def test_gpus_are_shared_out_among_workers(gpus, each, shares):
    seen = visible_gpus({"CUDA_VISIBLE_DEVICES": gpus})
    assert [gpus_of(seen, worker, each) for worker in range(len(shares))] == shares


def test_a_gpu_that_is_not_there_is_missed():
    with pytest.raises(InvalidSettings, match=r"A worker is to have 2 GPUs, and 1 can be seen here: take less with --gpus-per-worker"):
        gpus_of(visible_gpus({"CUDA_VISIBLE_DEVICES": "0"}), 0, 2)
