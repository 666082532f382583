"""The native folder: what is written is read back, what is wrong is named, and nothing outside it is touched."""

from __future__ import annotations

import hashlib
import json
import random
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from core.boxes import Box, ImageSize
from core.corrections import MAX_REGIONS
from core.errors import InvalidInput
from core.export.archive import content_hash, unzip, zip_folder
from core.export.giqa import Counts, NativeFolder, finish, has_part, put_image, read_folder, validate, write_folder, write_part
from core.grounded_text import compose
from core.record_json import dumps, to_json
from core.records import Dropped, ImageReference, QuestionRecord, Record, Region, with_regions

PNG = b"\x89PNG\r\n\x1a\n-a small picture-"
SHA = hashlib.sha256(PNG).hexdigest()
TEXT, REGIONS = with_regions(compose("The ", ("sky", [Box(0, 0, 1, 0.25)]), " 🗼 is noisy."))
LOST = Dropped("set", 9, "source", "image missing", "x.jpg")


def a_record(row: int) -> Record:
    return Record(ImageReference(SHA, ImageSize(4, 3), "x.png"), "set", row, REGIONS, (), TEXT, (QuestionRecord("what", "referring", TEXT, TEXT),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    put_image(made, SHA, PNG)
    write_part(made, 0, [a_record(0), a_record(1)], [LOST])
    finish(made, {"by": "test"}, "2026-01-01T00:00:00+00:00")
    return made


def test_what_is_written_is_read_back(folder):
    manifest, found = read_folder(folder)
    assert list(found.records()) == [a_record(0), a_record(1)]
    assert list(found.dropped()) == [LOST]
    assert manifest.counts == Counts(2, 1, 1, 2, 6, 0, 2, {"image missing": 1})
    assert (manifest.config, manifest.images, manifest.started_at) == ({"by": "test"}, "copied", "2026-01-01T00:00:00+00:00")
    image = found.image(a_record(0).image)
    assert image == folder / "images" / f"{SHA}.png" and image.read_bytes() == PNG
    assert (validate(folder), found.problems) == ([], [])


def test_plain_python_reads_it(folder):
    rows = [json.loads(line) for path in sorted(folder.glob("records/*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["row"] for row in rows] == [0, 1]
    assert rows[0]["description"]["text"][4:7] == "sky"


def test_the_same_records_are_the_same_bytes(folder, tmp_path):
    write_folder(tmp_path / "again", [a_record(0), a_record(1)], [LOST], config={"by": "test"})
    assert all((tmp_path / "again" / path).read_bytes() == (folder / path).read_bytes() for path, _, _ in read_folder(folder)[0].parts)


def test_many_records_become_several_parts(tmp_path):
    write_folder(tmp_path / "made", (a_record(row) for row in range(2_001)), config={})
    manifest, found = read_folder(tmp_path / "made")
    assert [rows for path, rows, _ in manifest.parts if path.startswith("records")] == [1000, 1000, 1]
    assert [record.row for record in found.records()] == list(range(2_001))


def test_a_folder_that_holds_something_is_not_written_to(folder):
    with pytest.raises(InvalidInput, match="is not an empty folder: name a new one"):
        write_folder(folder, [a_record(0)], config={})


def test_a_part_is_there_when_its_records_are(tmp_path):
    assert not has_part(tmp_path, 3)
    write_part(tmp_path, 3, [], [LOST])
    assert has_part(tmp_path, 3)


def test_an_image_that_is_not_what_its_hash_names_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="was changed since it came in"):
        put_image(tmp_path, SHA, PNG + b"!")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("{", "This is not JSON", id="half a line"),
        pytest.param("[" * 200_000, "This is not JSON", id="nested without end"),
        pytest.param("\ud800", "This is not JSON", id="not UTF-8"),
        pytest.param("3", "A record is a JSON object, got int", id="a number"),
        pytest.param(json.dumps({**to_json(a_record(5)), "schema_version": 99}), "has schema 99.*update it", id="a newer schema"),
        pytest.param('{"a": "' + "x" * (17 * 2**20), "longer than 16 MB", id="an endless line"),
        pytest.param(
            dumps(replace(a_record(5), regions=(*REGIONS, *(Region(f"n{n}", Box(0, 0, 1, 1)) for n in range(10_000))))),
            f"holds 10,001 boxes, a record holds at most {MAX_REGIONS:,}", id="ten thousand boxes",
        ),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_reading_goes_on(folder, line, message):
    path = folder / "records" / "part-00000.jsonl"
    first, second = path.read_bytes().splitlines()
    path.write_bytes(first + b"\n" + line.encode(errors="surrogatepass") + b"\n" + second + b"\n")
    found = NativeFolder(folder)
    assert [record.row for record in found.records()] == [0, 1]
    (problem,) = found.problems
    assert str(problem).startswith("records/part-00000.jsonl, line 2: ")
    assert re.search(message, problem.message)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda folder: (folder / "images" / f"{SHA}.png").unlink(), f"Image {SHA[:12]}… (x.png) is missing."),
        (lambda folder: (folder / "images" / f"{SHA}.png").write_bytes(b"other"), f"{SHA}.png: its bytes are not those of image {SHA[:12]}…"),
        (lambda folder: (folder / "dropped" / "part-00000.jsonl").unlink(), "dropped/part-00000.jsonl: the manifest names it and it is not there."),
        (lambda folder: write_part(folder, 1, [a_record(0)], []), f"Record {a_record(0).id} stands there 2 times."),
        (lambda folder: write_part(folder, 1, [a_record(7)], []), "The manifest counts 2 records, the parts hold 3."),
        (lambda folder: write_part(folder, 0, [a_record(0)], [LOST]), "records/part-00000.jsonl: its bytes were changed since the folder was finished."),
    ],
    ids=["image gone", "image changed", "part gone", "record twice", "record added", "part changed"],
)
def test_every_fault_of_a_folder_is_named(folder, spoil, fault):
    spoil(folder)
    assert fault in validate(folder)


def revised(folder: Path, **changes: object) -> Path:
    """The folder with other fields in its manifest."""
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return folder


def parts_of(folder: Path) -> list[dict[str, object]]:
    return json.loads((folder / "manifest.json").read_text())["parts"]


def test_a_manifest_that_counts_other_rows_or_leaves_out_parts_is_at_fault(folder):
    first, second = parts_of(folder)
    revised(folder, parts=[{**second, "rows": 9}])
    assert validate(folder) == ["records/part-00000.jsonl: the manifest counts 9 rows.", "dropped/part-00000.jsonl: it is there and the manifest does not name it."]
    assert first["path"] == "dropped/part-00000.jsonl"


@pytest.mark.parametrize("path", ["../../etc/hostname", "/etc/hostname", "records/../../x.jsonl", "a" * 5_000, "images/part-00000.jsonl"])
def test_a_manifest_names_nothing_but_parts_of_its_folder(folder, path):
    with pytest.raises(InvalidInput, match=r"parts are called records/part-00000\.jsonl"):
        validate(revised(folder, parts=[{"path": path, "rows": 1, "sha256": "0" * 64}]))


@pytest.mark.parametrize(
    "changes",
    [{"counts": {"records": "many"}}, {"counts": []}, {"parts": [{"path": "records/part-00000.jsonl", "rows": float("inf"), "sha256": ""}]}, {"parts": 3}],
    ids=["no number", "a list", "infinite", "no list"],
)
def test_a_manifest_with_odd_values_is_refused(folder, changes):
    with pytest.raises(InvalidInput, match=r"manifest\.json cannot be read"):
        read_folder(revised(folder, **changes))


def test_counts_of_a_later_version_are_passed_over(folder):
    counts = json.loads((folder / "manifest.json").read_text())["counts"]
    assert read_folder(revised(folder, counts={**counts, "reviewed": 3}))[0].counts == Counts(2, 1, 1, 2, 6, 0, 2, {"image missing": 1})


def test_links_out_of_the_folder_are_not_followed(folder, tmp_path):
    linked = tmp_path / "linked"
    linked.mkdir()
    for name in ("records", "images"):
        (linked / name).symlink_to(folder / name)
    found = NativeFolder(linked)
    assert (list(found.records()), found.copied_image(a_record(0).image)) == ([], None)


@pytest.mark.parametrize("length", [300, 5_000])
def test_an_image_with_an_endless_name_is_missing(folder, length):
    reference = ImageReference("b" * 64, ImageSize(4, 3), "a" * length)
    assert NativeFolder(folder).image(reference) is None


def test_a_file_is_no_folder_to_write_to(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InvalidInput, match="is not an empty folder: name a new one"):
        write_folder(tmp_path / "file", [a_record(0)], config={})
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (None, "is not a native folder: it has no manifest.json"),
        ("{", "cannot be read"),
        ('{"format": "coco"}', "of the format 'coco', expected 'giqa'"),
        ('{"format": "giqa", "schema_version": 9}', "has schema 9, this program reads up to 1: update it"),
        ('{"format": "giqa", "schema_version": 1}', "cannot be read"),
    ],
)
def test_a_folder_without_a_readable_manifest_is_refused(folder, manifest, message):
    (folder / "manifest.json").unlink() if manifest is None else (folder / "manifest.json").write_text(manifest)
    with pytest.raises(InvalidInput, match=message):
        read_folder(folder)


def test_a_referenced_image_is_found_beside_the_folder(folder):
    (folder / "images" / f"{SHA}.png").unlink()
    (folder / "x.png").write_bytes(PNG)
    found = NativeFolder(folder)
    assert (found.image(a_record(0).image), found.copied_image(a_record(0).image)) == (folder / "x.png", None)


def test_a_zip_comes_back_and_is_named_by_its_content(folder, tmp_path):
    zip_folder(folder, tmp_path / "a.zip")
    name = content_hash(folder)
    unzip(tmp_path / "a.zip", tmp_path / "out", max_bytes=10**6)
    assert validate(tmp_path / "out") == []
    finish(tmp_path / "out", {"by": "test"}, "2027-01-01T00:00:00+00:00")
    assert content_hash(tmp_path / "out") == name and len(name) == 64


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "C:/out.txt", "..\\out.txt"])
def test_a_zip_that_leaves_its_folder_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(InvalidInput, match="names a file outside itself"):
        unzip(tmp_path / "bad.zip", tmp_path / "in" / "here", max_bytes=10**6)
    assert not list(tmp_path.glob("**/out.txt"))


@pytest.mark.parametrize(("data", "message"), [(b"no zip", "not a zip file"), (None, "unpacks to")])
def test_no_zip_and_a_bomb_are_refused(tmp_path, data, message):
    path = tmp_path / "bad.zip"
    if data is None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros", b"\0" * 10**7)
    else:
        path.write_bytes(data)
    with pytest.raises(InvalidInput, match=message):
        unzip(path, tmp_path / "out", max_bytes=10**6)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        pytest.param(["a", "a/b"], "names one file twice", id="a file where a folder is needed"),
        pytest.param(["a/b", "a"], "names one file twice", id="a folder where a file is needed"),
        pytest.param(["."], "names a file outside itself", id="the folder itself"),
        pytest.param(["ä" * 130], "names a file longer than 255 bytes", id="a long name"),
    ],
)
def test_a_zip_that_no_folder_can_hold_is_refused(tmp_path, names, message):
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    with pytest.raises(InvalidInput, match=message):
        unzip(tmp_path / "odd.zip", tmp_path / "out", max_bytes=10**6)
    assert not any((tmp_path / "out").iterdir())


def test_a_photograph_may_have_a_colon_in_its_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("Screenshot 12:30.png", "x")
    unzip(tmp_path / "a.zip", tmp_path / "out", max_bytes=10**6)
    assert (tmp_path / "out" / "Screenshot 12:30.png").read_text() == "x"


def test_a_zip_with_spoilt_bytes_is_unpacked_or_refused_and_nothing_else(folder, tmp_path):
    zip_folder(folder, tmp_path / "a.zip")
    whole, chance, refused = (tmp_path / "a.zip").read_bytes(), random.Random(0), 0
    for number in range(600):
        spoilt = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        (tmp_path / "b.zip").write_bytes(spoilt)
        try:
            unzip(tmp_path / "b.zip", tmp_path / f"out{number}", max_bytes=10**6)
        except InvalidInput:
            refused += 1
    assert refused > 100
