"""`python -m core.builder` from sources to a native folder, with the embedded model; killed and gone on with; refused with reasons."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.backends import load
from core.backends.base import ScoredBox, Tag
from core.backends.scripted import Script, ScriptedBackend
from core.boxes import Box
from core.builder.__main__ import main
from core.builder.build import build
from core.builder.config import BuildConfig
from core.builder.engines.base import EngineConfig, Limits
from core.builder.pipeline import Pipeline
from core.builder.sources import Row, read_source
from core.errors import BackendUnavailable, InvalidInput, MissingCapability
from core.export.giqa import read_folder, validate
from core.images import open_image
from core.records import ImageReference

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def images(tmp_path_factory, blurred_photograph) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for name in ("a.jpg", "b.jpg"):
        shutil.copy(blurred_photograph, folder / name)
    (folder / "broken.png").write_bytes(b"\x89PNG not really")
    for number in range(20):
        (folder / f"notes{number}.txt").write_text("hello")
    return folder


def run(*arguments: object) -> None:
    main(["run", *map(str, arguments)])


def read(folder: Path):
    manifest, found = read_folder(folder)
    return manifest, list(found.records()), list(found.dropped())


def test_a_folder_of_images_among_other_things_becomes_records(images, tmp_path, capsys):
    run("--source", images, "--out", tmp_path / "out", "--copy-images")
    _, records, dropped = read(tmp_path / "out")
    assert [(record.row, record.image.uri) for record in records] == [(0, "a.jpg"), (1, "b.jpg")]
    assert [(one.image, one.reason) for one in dropped] == [("broken.png", "image cannot be read")]
    assert records[0].description.phrases and all(region.provenance.source == "embedded" for region in records[0].regions)
    assert validate(tmp_path / "out") == []
    told = capsys.readouterr()
    assert "3 images; 20 other files are passed over" in told.err and "dropped 1: image cannot be read" in told.out


ROWS = [
    {"image": "a.jpg", "description": "The lower right is blurred, but the face is clear."},
    {"image": "a.jpg", "caption": "这张照片很模糊。"},
    {"image": "gone.jpg", "text": "The sky is noisy."},
    {"image": "../a.jpg", "text": "x"},
    {"description": "no image"},
    {"image": "a.jpg", "text": "x" * 50_000},
    {"image": "b.jpg", "text": "[sky](<0, 3>) [[ is (<noisy>)"},
    {"image": "x" * 300 + ".jpg", "text": "The sky is noisy."},
]
REASONS = {3: "image outside the folder", 4: "row names no image", 5: "description too long", 2: "image missing", 7: "image missing"}


@pytest.mark.parametrize("kind", ["jsonl", "csv", "json"])
def test_descriptions_are_read_from_every_kind_of_file(images, tmp_path, kind):
    path = tmp_path / f"rows.{kind}"
    if kind == "jsonl":
        path.write_text("\n".join(map(json.dumps, ROWS)))
    elif kind == "csv":
        path.write_text("image,description\n" + "\n".join(f'{row.get("image", "")},"{next((row[k] for k in ("description", "text", "caption") if k in row), "")}"' for row in ROWS))
    else:
        texts = [next(value for name, value in row.items() if name != "image") for row in ROWS]
        turns = [[{"from": "human", "value": "<image>How?"}, {"from": "gpt", "value": text}] for text in texts]
        path.write_text(json.dumps([{**({"image": row["image"]} if "image" in row else {}), "conversations": said} for row, said in zip(ROWS, turns, strict=True)]))
    run("--source", path, "--images", images, "--out", tmp_path / "out")
    _, records, dropped = read(tmp_path / "out")
    assert [record.row for record in records] == [0, 1, 6]
    assert {one.row: one.reason for one in dropped} == REASONS
    first = records[0]
    words = {first.description.text[one.start : one.end] for one in first.description.phrases}
    assert words == {"lower right", "face"} and {tag.phrase for tag in first.tags} == words
    assert {one.kind for one in first.questions} >= {"yes_no"}
    assert records[1].description.text == "这张照片很模糊。" and not records[1].tags


def test_half_a_character_is_one_dropped_row(images, tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"image": "a.jpg", "text": "The \\ud800 sky is noisy."}\n{"image": "a.jpg", "text": "The sky is noisy."}\n')
    run("--source", tmp_path / "rows.jsonl", "--images", images, "--out", tmp_path / "out")
    _, records, dropped = read(tmp_path / "out")
    assert [record.row for record in records] == [1] and [(one.row, one.reason) for one in dropped] == [(0, "text is not Unicode")]


def test_too_many_boxes_are_a_dropped_row_and_the_build_ends(images, tmp_path):
    class Flood:
        name = "flood"

        def tag(self, descriptions):
            return [[Tag(f"thing{number}", "noisy", "negative") for number in range(11)]]

        def detect(self, image, phrases):
            return [[ScoredBox(Box(n / 2000, p / 100, n / 2000 + 0.0001, p / 100 + 0.0001), 0.5) for n in range(200)] for p, _ in enumerate(phrases)]

        def ask(self, description, tags):
            return []

    (tmp_path / "rows.jsonl").write_text(json.dumps({"image": "a.jpg", "text": "x"}))
    config = BuildConfig(tmp_path / "rows.jsonl", tmp_path / "out", images, filter="off")
    source = read_source(config.source, images)
    build(config, source, make=lambda: Pipeline.of(Flood(), config))
    _, records, dropped = read(tmp_path / "out")
    assert records == [] and [one.reason for one in dropped] == ["too many boxes"]


def test_a_model_that_is_gone_ends_the_build_and_drops_nothing(images, tmp_path):
    class Gone:
        name = "gone"

        def tag(self, descriptions):
            raise BackendUnavailable("The server does not answer.")

        def detect(self, image, phrases):
            return []

        def ask(self, description, tags):
            return []

    (tmp_path / "rows.jsonl").write_text(json.dumps({"image": "a.jpg", "text": "The sky is noisy."}))
    config = BuildConfig(tmp_path / "rows.jsonl", tmp_path / "out", images, filter="off")
    with pytest.raises(BackendUnavailable):
        build(config, read_source(config.source, images), EngineConfig(workers=0, limits=Limits(patience_seconds=0)), make=lambda: Pipeline.of(Gone(), config))
    assert not list((tmp_path / "out").glob("records/*"))


def test_a_description_that_cannot_be_grounded_stays_text_and_is_counted(images, tmp_path, capsys):
    (tmp_path / "rows.jsonl").write_text(json.dumps({"image": "a.jpg", "text": "The tower is blurred."}))
    run("--source", tmp_path / "rows.jsonl", "--images", images, "--out", tmp_path / "out")
    _, (record,), _ = read(tmp_path / "out")
    assert (record.description.text, record.description.phrases, record.regions) == ("The tower is blurred.", (), ())
    assert "objects: 0 with boxes, 1 left as text" in capsys.readouterr().out


def test_a_build_that_was_killed_goes_on_and_ends_with_the_same_bytes(images, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for number in range(130):
        (many / f"{number:03}.jpg").hardlink_to(images / "a.jpg")
    run("--source", many, "--out", tmp_path / "whole")
    command = [sys.executable, "-m", "core.builder", "run", "--source", str(many), "--out", str(tmp_path / "cut")]
    building = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    while not (tmp_path / "cut" / "stages" / "7-questions" / "00000.jsonl").exists():
        assert building.poll() is None
        time.sleep(0.01)
    os.kill(building.pid, signal.SIGKILL)
    building.wait()
    assert not (tmp_path / "cut" / "manifest.json").exists()
    run("--source", many, "--out", tmp_path / "cut")
    whole, cut = (read_folder(tmp_path / name)[0] for name in ("whole", "cut"))
    assert cut.parts == whole.parts and len([path for path, _, _ in whole.parts if path.startswith("records")]) == 3


def test_a_folder_of_another_build_is_refused(images, tmp_path, capsys):
    (tmp_path / "rows.jsonl").write_text(json.dumps({"image": "a.jpg", "text": "The sky is noisy."}))
    run("--source", tmp_path / "rows.jsonl", "--images", images, "--out", tmp_path / "out")
    run("--source", tmp_path / "rows.jsonl", "--images", images, "--out", tmp_path / "out")
    for change, message in ((["--merge", "fixpoint"], "it was made with other options"), ([], "its source has changed since")):
        if not change:
            (tmp_path / "rows.jsonl").write_text(json.dumps({"image": "a.jpg", "text": "The sky is clear."}))
        with pytest.raises(SystemExit) as ended:
            run("--source", tmp_path / "rows.jsonl", "--images", images, "--out", tmp_path / "out", *change)
        assert ended.value.code == 2 and message in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("--source", images, "--out", images)
    assert "is not empty and no build of ours" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "nowhere", "There is no source"),
        (lambda folder: folder, "There is no image among the 1 files"),
        (lambda folder: folder / "a.txt", "of no known kind"),
        (lambda folder: (folder / "a.txt").rename(folder / "a.csv"), "has the columns hello: one must be called image"),
        (lambda folder: (folder / "a.txt").rename(folder / "a.json"), r"a\.json cannot be read as JSON"),
    ],
)
def test_a_source_that_is_none_is_refused(tmp_path, make, message):
    (tmp_path / "a.txt").write_text("hello\n")
    with pytest.raises(InvalidInput, match=message):
        read_source(make(tmp_path), None)


def test_rows_stand_in_one_order(images):
    source = read_source(images, None)
    assert list(source.rows()) == [Row(0, "a.jpg"), Row(1, "b.jpg"), Row(2, "broken.png")]
    assert source.digest == read_source(images, None).digest


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("tagger", 'Reading tags: this needs a tagger or a language model, and backend "mute" is nothing that can be asked'),
        ("detector", "Finding boxes: this needs a detector or a vision-language model"),
        ("filter_model", "Filtering boxes: this needs a quality model or a vision-language model"),
        ("questioner", "Asking questions: this needs a questioner or a language model"),
    ],
)
def test_a_backend_that_cannot_do_its_part_is_named(part, message):
    class Mute:
        name = "mute"

    config = BuildConfig(Path(), Path(), **{part: "mute"})
    with pytest.raises(MissingCapability, match=message):
        Pipeline.of(load("embedded"), config, lambda _name: Mute())


def test_a_model_that_reads_only_text_finds_no_boxes():
    with pytest.raises(MissingCapability, match="Finding boxes"):
        Pipeline.of(ScriptedBackend(Script(), sees_images=False), BuildConfig(Path(), Path()))


def test_one_photograph_is_proposed_for_the_same_each_time(blurred_photograph):
    image = open_image(blurred_photograph)
    pipeline = Pipeline.of(load("embedded"), BuildConfig(Path(), Path()))
    first, second = (pipeline.record(image, ImageReference(image.sha256, image.size), "set", 0) for _ in range(2))
    assert first == second and first.tags and first.questions
