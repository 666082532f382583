"""Folders of images, with or without texts beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.builder.__main__ import main
from core.builder.sources import Row, read_source
from core.errors import InvalidInput
from core.records import Dropped


@pytest.fixture
def folder(tmp_path, png) -> Path:
    made = tmp_path / "roofs"
    for name in ("b.png", "a.jpg", "sub/c.PNG", ".hidden.png", ".thumbs/d.png", "__MACOSX/e.png"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(png + name.encode())
    (made / "a.txt").write_text("\ufeff The sky is noisy.\n", encoding="utf-8")
    (made / "notes.md").write_text("hello")
    return made


def test_images_come_in_one_order_with_the_text_beside_them(folder):
    source = read_source(folder)
    assert list(source.rows()) == list(source.rows()) == [Row(0, "a.jpg", "The sky is noisy."), Row(1, "b.png"), Row(2, "sub/c.PNG")]
    assert source.name == "roofs" and source.notes() == ["3 images; 1 other files are passed over"]
    assert source.data(Row(2, "sub/c.PNG")).endswith(b"sub/c.PNG")


def test_the_digest_follows_names_and_texts(folder):
    before = read_source(folder).digest
    (folder / "a.txt").write_text("The sky is clear.")
    after = read_source(folder).digest
    assert before != after
    (folder / "b.png").rename(folder / "bb.png")
    assert read_source(folder).digest not in (before, after)


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        pytest.param("großes Bild".encode("latin-1"), "text is not UTF-8", "a.txt: byte 0xdf at 3; save it as UTF-8", id="Latin-1"),
        pytest.param(b"x" * 50_000, "description too long", "50,000 characters, at most 20,000", id="a book"),
        pytest.param(b"x" * 10**6, "description too long", "80,004 characters, at most 20,000", id="a library, which is not read to its end"),
    ],
)
def test_a_text_that_cannot_be_used_is_named(folder, text, reason, detail):
    (folder / "a.txt").write_bytes(text)
    first = next(iter(read_source(folder).rows()))
    assert isinstance(first, Dropped) and (first.reason, first.detail, first.image) == (reason, detail, "a.jpg")


def test_an_image_under_two_names_is_said_and_kept_twice(folder):
    (folder / "copy.png").write_bytes((folder / "b.png").read_bytes())
    source = read_source(folder)
    assert "copy.png is the same image as b.png: both become records of one image" in source.notes()
    assert [one.image for one in source.rows()] == ["a.jpg", "b.png", "copy.png", "sub/c.PNG"]


def test_a_name_that_is_no_text_is_a_dropped_row(folder, png):
    (folder / os.fsdecode(b"caf\xe9.png")).write_bytes(png)
    found = [one for one in read_source(folder).rows() if isinstance(one, Dropped)]
    assert [(one.reason, one.image) for one in found] == [("text is not Unicode", "caf\\udce9.png")]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("nowhere", "There is no source nowhere: name a folder of images", id="nowhere"),
        pytest.param("empty", "There is no image among the 0 files", id="empty"),
        pytest.param("saved", "saved was written by save_to_disk: write it as Parquet", id="saved by datasets"),
        pytest.param("roofs?links=maybe", "Links are refused or followed: .links=follow, got 'maybe'", id="an odd option"),
        pytest.param("roofs?count=3", "roofs has no option 'count'; it has links, split", id="another kind's option"),
        pytest.param("synthetic:empty", "There is no photograph in empty to degrade", id="nothing to degrade"),
        pytest.param("synthetic:nowhere", "There is no folder nowhere", id="nowhere to degrade"),
        pytest.param("synthetic:roofs?count=many", "count of a synthetic source cannot be 'many': a number was expected", id="no number"),
        pytest.param("synthetic:roofs?shapes=star", "shapes are some of rectangle, ellipse, polygon, superpixel, foreground; got star", id="no shape"),
        pytest.param("synthetic:roofs?clean=7", "clean is a share from 0 to 1, got 7.0", id="no share"),
    ],
)
def test_what_is_no_source_is_refused(folder, monkeypatch, source, message):
    monkeypatch.chdir(folder.parent)
    Path("empty").mkdir()
    Path("saved").mkdir()
    Path("saved/dataset_info.json").write_text("{}")
    with pytest.raises(InvalidInput, match=message):
        read_source(source)


def test_every_fault_is_told_before_a_build(tmp_path, png, capsys):
    (tmp_path / "a.png").write_bytes(png)
    (tmp_path / "twin.png").write_bytes(png)
    (tmp_path / "broken.png").write_bytes(png[:60])
    rows = ['{"id": "x", "image": "a.png", "text": "dark"}', '{"id": "x", "image": "twin.png"}', '{"image": "broken.png"}', '{"image": "gone.png"}', "{", '{"image": "broken.png"}']
    (tmp_path / "rows.jsonl").write_text("\n".join(rows))
    with pytest.raises(SystemExit) as ended:
        main(["check", str(tmp_path / "rows.jsonl")])
    told = capsys.readouterr().out.splitlines()
    assert ended.value.code == 1
    assert told[0] == "row 1: id stands twice: x, first in row 0; both are kept"
    assert told[1] == "row 1: image stands under two names: twin.png is a.png; both become records of one image"
    assert told[2].startswith("row 2: image cannot be read: This PNG file is damaged") and told[3].startswith("row 3: image missing: There is no image gone.png")
    assert told[4].startswith("row 4: row cannot be read: line 5 is not JSON")
    assert told[5] == "rows.jsonl: 6 rows, 3 cannot be used"


def test_a_sound_source_is_said_to_be_so(folder, capsys):
    main(["check", "--no-images", str(folder)])
    assert "roofs: 3 rows, 0 cannot be used" in capsys.readouterr().out
