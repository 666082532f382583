"""Records as Parquet shards for the `datasets` library: written, loaded by it, read back the same; split by image; sent to a hub."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.errors import BackendUnavailable, InvalidInput, InvalidRecord
from core.export.__main__ import main
from core.export.columns import EXPLAINED, features, from_row, joined, parted, to_row
from core.export.datasets import DatasetOptions, write_dataset
from core.export.giqa import finish, put_image, read_folder, validate, write_part
from core.export.hub import check_repository
from core.export.llava import read_llava
from core.export.parquet import ParquetFolder, split_of, write_parquet
from core.grounded_text import compose
from core.images import open_image
from core.records import (
    BoxProvenance,
    Correction,
    Degradation,
    ImageReference,
    QuestionRecord,
    Record,
    RecordProvenance,
    Region,
    RegionText,
    Synthesis,
    with_regions,
)

ROOT = Path(__file__).resolve().parents[3]
TEXT, REGIONS = with_regions(compose("The ", ("sky", [Box(0, 0, 1, 0.25)]), " 🗼 is noisy."))
ASKED, _ = with_regions(compose("Is the ", ("sky", [Box(0, 0, 1, 0.25)]), " noisy?"), REGIONS)
YES = RegionText("Yes.")


def sha(number: int) -> str:
    return f"{number:064x}"


def plain_record(number: int, **changes: object) -> Record:
    questions = (QuestionRecord("yes_no", "referring", ASKED, YES), QuestionRecord("what", "plain", RegionText("What?"), RegionText("Noise.")))
    record = Record(ImageReference(sha(number), ImageSize(60, 40), f"{number}.png"), "set", number, REGIONS, (Tag("sky", "noisy", "negative"),), TEXT, questions)
    return replace(record, **changes)


RICH = (
    plain_record(1),
    plain_record(2, regions=(replace(REGIONS[0], provenance=BoxProvenance("merged", "d", "", 0.5, ("r2", "r3"))), Region("r2", Box(0, 0, 1 / 3, 1), BoxProvenance("dropped", "d", "merged into r1")))),
    plain_record(3, description=None, tags=(), questions=(), regions=()),
    plain_record(4, provenance=RecordProvenance("embedded", {"core": "0.1", "model": "x"}, 2**53)),
    plain_record(5, correction=Correction("p", "r", "ann", "submitted")),
    plain_record(6, synthesis=Synthesis("a.jpg", 7, (Degradation("jpeg", 3, "ellipse", "r1"),))),
    plain_record(7, synthesis=Synthesis("a.jpg", 7)),
    plain_record(8, description=RegionText("")),
    plain_record(9, image=ImageReference(sha(9), ImageSize(1, 1))),
)
RECORDS = pytest.mark.parametrize("record", RICH, ids=["usual", "merged boxes", "nothing", "versions", "corrected", "synthetic", "clean synthetic", "an empty text", "without a name"])


@RECORDS
def test_a_record_survives_the_columns(record):
    assert from_row(to_row(record, b"image")) == record


@RECORDS
def test_a_record_survives_a_file(record, tmp_path):
    write_parquet(tmp_path, [(record, b"image"), (plain_record(99), None)])
    found = ParquetFolder(tmp_path)
    assert list(found.rows()) == [(record, b"image"), (plain_record(99), None)] and found.problems == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.floats(0, 0.5), st.floats(0.51, 1)), max_size=4))
def test_any_text_and_box_come_back(tmp_path_factory, rows):
    records = [
        plain_record(number, description=RegionText(text), regions=(Region("r1", Box(low, low, high, high)),), questions=())
        for number, (text, low, high) in enumerate(rows)
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("set")
    write_parquet(folder, ((record, None) for record in records))
    assert not records or [record for record, _ in ParquetFolder(folder).rows()] == records


JSON_VALUES = st.recursive(st.one_of(st.none(), st.integers(), st.text(max_size=3)), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=5)
SHAPE = {"a": "string", "b": [{"a": "string", "b": {"a": "string"}}]}
SHAPED = st.fixed_dictionaries({}, optional={"a": st.text(), "b": st.lists(st.fixed_dictionaries({}, optional={"a": st.text(), "b": st.just({"a": "x", "new": 1}), "later": JSON_VALUES})), "c": JSON_VALUES})


@given(SHAPED)
def test_fields_that_came_later_than_the_columns_are_kept_beside_them(value):
    kept, more = parted(value, SHAPE)
    assert joined(kept, json.loads(json.dumps(more))) == value
    assert set(kept) <= set(SHAPE) and all(set(one) <= {"a", "b"} for one in kept.get("b", ()))


def test_what_stands_beside_the_columns_comes_back_into_the_record():
    row = to_row(plain_record(4, provenance=RecordProvenance("embedded", {"core": "0.1"}, 3)), None)
    assert row["more"] is None
    seed = row["provenance"].pop("seed")
    assert from_row({**row, "more": json.dumps({"provenance": {"seed": seed}})}) == plain_record(4, provenance=RecordProvenance("embedded", {"core": "0.1"}, 3))
    with pytest.raises(InvalidRecord, match="Cannot read more"):
        from_row({**row, "more": "{"})


@pytest.mark.parametrize("drop", ["markup", "image", "correction", "synthesis", "provenance", "schema_version"])
def test_columns_that_say_nothing_more_may_be_missing(drop):
    record = plain_record(1)
    assert from_row({name: value for name, value in to_row(record, b"x").items() if name != drop}) == record


def test_a_row_that_is_no_record_is_named_and_the_next_one_follows(tmp_path):
    table = pa.Table.from_pylist([to_row(plain_record(1), None), {**to_row(plain_record(2), None), "row": 7}, to_row(plain_record(3), None)], features().arrow_schema)
    pq.write_table(table, tmp_path / "made-elsewhere.parquet")
    found = ParquetFolder(tmp_path)
    assert [record.row for record, _ in found.rows()] == [1, 3]
    assert str(found.problems[0]) == "made-elsewhere.parquet, line 1: The record's id does not fit its image, source and row: it was changed by hand."
    with pytest.raises(InvalidRecord, match="It has no regions: a record of ours has the columns id, image_sha256"):
        from_row({name: value for name, value in to_row(plain_record(1), None).items() if name != "regions"})


def test_what_is_no_parquet_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="There is no Parquet file in"):
        ParquetFolder(tmp_path).files()
    (tmp_path / "a.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(InvalidInput, match=r"a\.parquet cannot be read as Parquet"):
        list(ParquetFolder(tmp_path).rows())


def test_large_sets_become_several_shards_in_order(tmp_path):
    splits = write_parquet(tmp_path, ((plain_record(number), bytes(3_000)) for number in range(100)), shard_bytes=100_000)
    names = sorted(path.name for path in (tmp_path / "data").iterdir())
    assert splits == {"train": 100} and names == [f"train-{number:05}-of-00005.parquet" for number in range(5)]
    assert [record.row for record, _ in ParquetFolder(tmp_path).rows()] == list(range(100))


def test_memory_is_flat_in_the_number_of_records(tmp_path):
    """Bytes of images that are alive at once, however many are written."""
    alive, most = [0], [0]

    class Counted(bytes):
        def __init__(self, _: object) -> None:
            alive[0] += 1
            most[0] = max(most[0], alive[0])

        def __del__(self) -> None:
            alive[0] -= 1

    write_parquet(tmp_path, ((plain_record(number), Counted(os.urandom(100))) for number in range(2_000)))
    assert most[0] < 300


def test_an_image_s_split_follows_from_its_hash_alone():
    records = [plain_record(number) for number in range(2_000)]
    held = [split_of(record, 0.2) for record in records]
    assert 0.17 < held.count("validation") / 2_000 < 0.23
    assert held == [split_of(replace(record, row=record.row + 9, source="other"), 0.2) for record in records]
    assert all(split_of(record, 0.4) == "validation" for record, was in zip(records, held, strict=True) if was == "validation")
    assert {split_of(record, 0.0) for record in records} == {"train"}


def test_images_of_one_photograph_are_on_one_side():
    sides = {split_of(plain_record(number, synthesis=Synthesis("roof.jpg", number)), 0.5) for number in range(50)}
    assert len(sides) == 1


@pytest.fixture
def native(tmp_path, png) -> Path:
    """A folder of four records on one image, and one whose image is missing."""
    image = open_image(png)
    folder = tmp_path / "native"
    records = [plain_record(number, image=ImageReference(image.sha256, image.size, "roof.png")) for number in range(4)]
    write_part(folder, 0, [*records, plain_record(9)], [])
    put_image(folder, image.sha256, png)
    finish(folder, {}, "")
    return folder


def convert(*arguments: object) -> None:
    main([str(one) for one in arguments])


def test_a_folder_becomes_a_data_set_that_the_library_loads(native, tmp_path, capsys, png):
    convert("--folder", native, "--to", "datasets", "--out", tmp_path / "set", "--validation", 0, "--license", "cc-by-4.0", "--name", 'My "roofs"')
    told = capsys.readouterr()
    assert told.out == f"{tmp_path / 'set'}: 5 records of 2 images, 5 boxes, 10 phrases, 10 questions\n5 rows in train.\n" and told.err == "image missing: 9.png\n"
    program = (
        "import sys, datasets\nrows = datasets.load_dataset(sys.argv[1], split='train', streaming=True)\nfirst = next(iter(rows))\n"
        "print(first['image'].size, first['markup'], first['regions'][0]['box'], first['questions'][0]['answer']['text'], len(list(rows)))"
    )
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "set")], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines()[-1] == "(60, 40) The [sky](<0, 99>) 🗼 is noisy. [0.0, 0.0, 1.0, 0.25] Yes. 5"


def test_the_card_says_what_is_in_it(native, tmp_path):
    convert("--folder", native, "--to", "datasets", "--out", tmp_path / "set", "--validation", 0, "--license", "cc-by-4.0", "--name", 'My "roofs"')
    card = (tmp_path / "set" / "README.md").read_text()
    head = card.split("---")[1]
    assert 'license: cc-by-4.0\npretty_name: "My \\"roofs\\""' in head and "  - split: train\n    path: data/train-*" in head and "- n<1K" in head
    assert "| all | 2 | 15 | 5 | 5 (Yes 5, No 0) | 5 (what 5) |" in card and "| set | 5 |" in card and "1 rows have no image inside" in card
    assert all(name in card for name in EXPLAINED)
    named = {part.strip() for name in EXPLAINED for part in name.split(",")}
    assert set(features()) - named == {"schema_version"}


def test_a_data_set_becomes_the_same_records_again(native, tmp_path):
    convert("--folder", native, "--to", "datasets", "--out", tmp_path / "set")
    convert("--folder", tmp_path / "set", "--to", "giqa", "--out", tmp_path / "back")
    before, after = (sorted(read_folder(path)[1].records(), key=lambda one: one.row) for path in (native, tmp_path / "back"))
    assert before == after
    assert [fault for fault in validate(tmp_path / "back") if "missing" not in fault] == []
    assert [path.name for path in (tmp_path / "back" / "images").iterdir()] == [path.name for path in (native / "images").iterdir()]


def test_a_folder_becomes_llava_json(native, tmp_path):
    convert("--folder", native, "--to", "llava", "--out", tmp_path / "llava")
    rows, problems = read_llava(tmp_path / "llava" / "llava.json")
    assert problems == [] and len(rows) == 15 and (tmp_path / "llava" / rows[0].image).is_file() and rows[-1].image == "9.png"


def test_the_studio_s_records_become_a_data_set(tmp_path, png):
    from core.store.image_files import image_library
    from core.store.store import open_store

    image = image_library(tmp_path / "data").add(png, "roof.png")
    store = open_store(tmp_path / "data")
    store.add_proposals(store.add_project("Roofs").id, [plain_record(0, image=ImageReference(image.id, image.size, "roof.png"))], user="ann")
    store.close()
    convert("--data-dir", tmp_path / "data", "--format", "datasets", "--out", tmp_path / "set")
    ((record, data),) = ParquetFolder(tmp_path / "set").rows()
    assert record.image.uri == "roof.png" and data == png


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--folder", "{native}", "--to", "datasets", "--validation", "1"], "lies from 0 to below 1, got 1.0"),
        (["--folder", "{native}", "--to", "datasets", "--license", "My own!"], "A licence is named as on the hub, such as cc-by-4.0"),
        (["--folder", "nowhere", "--to", "datasets"], "There is no nowhere"),
        (["--folder", "{empty}", "--to", "datasets"], "There is no Parquet file in"),
        (["--folder", "{native}", "--push-to-hub", "ann/roofs"], "Only a data set goes to the hub: add --to datasets"),
        (["--folder", "{native}", "--to", "datasets", "--push-to-hub", "roofs"], "A data set or model on the hub is called OWNER/NAME, got 'roofs'"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line(native, tmp_path, capsys, arguments, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit) as ended:
        convert(*(one.format(native=native, empty=tmp_path / "empty") for one in arguments), "--out", tmp_path / "out")
    told = capsys.readouterr().err
    assert ended.value.code == 2 and message in told and told.count("\n") == 1 and not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_not_written_to(tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(InvalidInput, match="is not an empty folder: name a new one"):
        write_dataset(tmp_path, [(plain_record(1), None)], DatasetOptions())


def test_without_a_token_or_offline_nothing_is_sent(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(BackendUnavailable, match="told to stay offline"):
        check_repository("ann/roofs")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(BackendUnavailable, match="Nobody is logged in to the Hugging Face hub: set HF_TOKEN"):
        check_repository("ann/roofs")


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as sending a folder needs; it keeps what it is sent."""

    status = 200
    sent: dict[str, object] = {}  # noqa: RUF012  # one server, one test

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.status != 200:
            self.answer({"error": "no"}, self.status)
        elif self.path == "/api/repos/create":
            self.sent["repository"] = json.loads(body)
            self.answer({"url": f"http://{self.headers['Host']}/datasets/ann/roofs"})
        elif "/preupload/" in self.path:
            self.answer({"files": [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False} for one in json.loads(body)["files"]]})
        elif "/commit/" in self.path:
            lines = [json.loads(line) for line in body.splitlines()]
            self.sent["files"] = {one["value"]["path"]: one["value"]["content"] for one in lines if one["key"] == "file"}
            self.answer({"commitUrl": f"http://{self.headers['Host']}/datasets/ann/roofs/commit/{'1' * 40}", "commitOid": "1" * 40, "hookOutput": ""})
        else:
            self.answer({}, 200)

    def do_GET(self) -> None:
        self.answer({"id": "ann/roofs", "sha": "1" * 40, "siblings": []})

    def answer(self, content: object, status: int = 200) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("status", [200, 403, 0], ids=["taken", "not allowed", "nobody there"])
def test_a_data_set_is_sent_to_the_hub(native, tmp_path, status):
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answering", (Hub,), {"status": status, "sent": {}}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port if status else 9}"
    command = [sys.executable, "-m", "core.export", "--folder", str(native), "--to", "datasets", "--out", str(tmp_path / "set"), "--push-to-hub", "ann/roofs"]
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    environment |= {"HF_ENDPOINT": address, "HF_TOKEN": "hf_test", "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False, timeout=120)
    server.shutdown()
    sent = server.RequestHandlerClass.sent
    if status == 200:
        assert done.returncode == 0 and done.stdout.splitlines()[-1].endswith("/datasets/ann/roofs")
        assert sent["repository"]["type"] == "dataset" and (sent["repository"].get("private") or sent["repository"]["visibility"] == "private")
        assert {name for name in sent["files"] if not name.startswith(".")} == {"README.md", *(f"data/{path.name}" for path in (tmp_path / "set" / "data").iterdir())}
        return
    message = {401: "the token is not valid (401)", 403: "the token may not write there (403)", 0: "The hub cannot be reached"}[status]
    assert done.returncode == 2 and message in done.stderr and re.search(r"The folder \S+ is complete", done.stderr)
    assert (tmp_path / "set" / "README.md").is_file()
    shutil.rmtree(tmp_path / "set")
