"""Files of rows: every layout in every container, and every fault named with its row while the others go on."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.builder.sources import Row, read_source
from core.builder.sources.image_files import ImageMissing, ImageOutside
from core.builder.sources.json_rows import json_rows
from core.builder.sources.layouts import read_row
from core.builder.sources.llava import one_by_one
from core.builder.sources.unreadable import Unreadable
from core.errors import ImageTooLarge, InvalidInput
from core.records import Dropped

SKY = "The sky is noisy, but the tower is sharp."


def turns(*said: str) -> list[dict[str, str]]:
    return [{"from": who, "value": what} for who, what in zip(("human", "gpt") * len(said), said, strict=False)]


def read(path: Path, content: str | bytes, images: Path | None = None) -> list[Row | Dropped]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(errors="surrogatepass"))
    return list(read_source(path, images).rows())


Q_INSTRUCT = {"id": "koniq-1", "image": "koniq/1.jpg", "conversations": turns("<image>\nDescribe and evaluate the quality.", SKY)}
DEPICTQA = {
    "id": "k-7", "image_ref": "kadis/7.png", "image_A": "kadis/7-blur.png", "image_B": None, "query": "How is it?", "task_type": "quality_single_A",
    "conversations": turns("How is Image A?", SKY), "distortion_name": "lens_blur", "distortion_class": "blur", "severity": 3,
}  # fmt: skip

LAYOUTS = [
    pytest.param(Q_INSTRUCT, ("koniq/1.jpg", SKY, "koniq-1"), id="Q-Instruct"),
    pytest.param({**Q_INSTRUCT, "id": 7}, ("koniq/1.jpg", SKY, "7"), id="a number as id"),
    pytest.param({**Q_INSTRUCT, "conversations": turns("<image>Is it sharp?", "Yes.", "Why?", SKY)}, ("koniq/1.jpg", SKY, "koniq-1"), id="the answer that describes"),
    pytest.param({**Q_INSTRUCT, "conversations": [{"from": "user", "value": "?"}, {"from": "assistant", "value": SKY}]}, ("koniq/1.jpg", SKY, "koniq-1"), id="other speakers"),
    pytest.param({**Q_INSTRUCT, "conversations": turns("?", "这张照片很模糊。")}, ("koniq/1.jpg", "这张照片很模糊。", "koniq-1"), id="in Chinese"),
    pytest.param({**Q_INSTRUCT, "conversations": turns("?", "The [sky](<0, 45>) is noisy, the [tower](<0.1, 0.2, 0.3, 0.4>) not.")}, ("koniq/1.jpg", "The sky is noisy, the tower not.", "koniq-1"), id="boxes of unknown origin"),
    pytest.param(DEPICTQA, ("kadis/7-blur.png", SKY, "k-7"), id="DQ-495K with a reference"),
    pytest.param({**DEPICTQA, "image_ref": None, "task_type": "quality_single_A_noref"}, ("kadis/7-blur.png", SKY, "k-7"), id="DQ-495K without a reference"),
    pytest.param({**DEPICTQA, "distortion_name": ["lens_blur", "jpeg"], "severity": ["slight", 2]}, ("kadis/7-blur.png", SKY, "k-7"), id="two distortions"),
    pytest.param({"image": "a.jpg", "description": SKY}, ("a.jpg", SKY, ""), id="image and description"),
    pytest.param({"file_name": "a.jpg", "text": SKY, "id": "x"}, ("a.jpg", SKY, "x"), id="as image folders have it"),
    pytest.param({"image": "a.jpg", "caption": f"  {SKY}\n"}, ("a.jpg", SKY, ""), id="with spaces round it"),
    pytest.param({"image": "a.jpg", "description": {"text": SKY, "phrases": []}}, ("a.jpg", SKY, ""), id="as records have it"),
    pytest.param({"image": "a.jpg"}, ("a.jpg", "", ""), id="no description: the backend describes it"),
    pytest.param({"image": "a.jpg", "description": float("nan"), "mos": float("nan")}, ("a.jpg", "", ""), id="not a number is an empty cell"),
    pytest.param({"image": "a.jpg", "text": "[[sky](<0, 3>) ](<"}, ("a.jpg", "[[sky](<0, 3>) ](<", ""), id="brackets are text"),
    pytest.param({"image": "a.jpg", "text": "x" * 20_000}, ("a.jpg", "x" * 20_000, ""), id="as long as it may be"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "row"), LAYOUTS)
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_every_layout_is_read_from_lists_and_lines(tmp_path, fields, row, suffix):
    content = json.dumps([fields, fields]) if suffix == "json" else f"{json.dumps(fields)}\n\n{json.dumps(fields)}\n"
    found = read(tmp_path / f"rows.{suffix}", content)
    assert [(one.row, one.image, one.text, one.id) for one in found] == [(0, *row), (1, *row)]


FAULTS = [
    pytest.param({**Q_INSTRUCT, "image": 7}, "row names no image", "its image is int", id="image is a number"),
    pytest.param({"conversations": []}, "row names no image", "its fields are conversations", id="no image"),
    pytest.param({"path": "a.jpg", "mos": 3}, "row names no image", "its fields are path, mos; one of image, file_name", id="another column"),
    pytest.param({**Q_INSTRUCT, "conversations": "none"}, "conversation cannot be read", "conversations is str, a list of turns was expected", id="no list"),
    pytest.param({**Q_INSTRUCT, "conversations": ["hello"]}, "conversation cannot be read", "turn 0 is str", id="no turn"),
    pytest.param({**Q_INSTRUCT, "conversations": [{"from": "human", "value": 7}]}, "conversation cannot be read", "turn 0 has value = '7', text was expected", id="no text"),
    pytest.param({**Q_INSTRUCT, "conversations": turns("?")}, "row holds no description", "no turn of a human is followed by one of gpt", id="a question alone"),
    pytest.param({**Q_INSTRUCT, "conversations": turns("Is it sharp?", "Yes.")}, "row holds no description", "its answers are too short to be one: 'Yes.'", id="an answer, no description"),
    pytest.param({**Q_INSTRUCT, "conversations": turns("?", "")}, "row holds no description", "its answers are too short to be one: ''", id="an empty answer"),
    pytest.param({**DEPICTQA, "image_B": "b.png", "task_type": "quality_compare"}, "row compares two images", "task_type is 'quality_compare'", id="a comparison"),
    pytest.param({**DEPICTQA, "image_A": None}, "row names no image", "image_A is 'None'", id="no image A"),
    pytest.param({**DEPICTQA, "severity": 9}, "field cannot be read", "severity is '9', a word or a number from 1 to 5 was expected", id="severity 9"),
    pytest.param({**DEPICTQA, "severity": float("nan")}, "field cannot be read", "severity is 'nan'", id="severity not a number"),
    pytest.param({**DEPICTQA, "distortion_name": {"a": 1}}, "field cannot be read", "distortion_name is \"{'a': 1}\"", id="distortion is an object"),
    pytest.param({name: DEPICTQA[name] for name in ("id", "image_A", "query")}, "row holds no description", "it has no conversations", id="questions alone"),
    pytest.param({"image": "a.jpg", "text": 7}, "description is not text", "it is int: 7", id="a number for a text"),
    pytest.param({"image": "a.jpg", "text": "x" * 50_000}, "description too long", "50,000 characters, at most 20,000", id="a book"),
    pytest.param({"image": "../../etc/passwd", "text": SKY}, "image outside the folder", "../../etc/passwd", id="climbing"),
    pytest.param({"image": "/etc/passwd", "text": SKY}, "image outside the folder", "/etc/passwd", id="absolute"),
    pytest.param({"image": "C:\\secret.png", "text": SKY}, "image outside the folder", "C:", id="another system's"),
    pytest.param({**Q_INSTRUCT, "image": "a/../../b.jpg"}, "image outside the folder", "a/../../b.jpg", id="climbing on the way"),
    pytest.param({"image": "a.jpg", "text": "half \ud800 a character"}, "text is not Unicode", "at character", id="half a character"),
    pytest.param([1, 2], "row cannot be read", "an object with fields was expected, got list", id="a list"),
    pytest.param(None, "row cannot be read", "an object with fields was expected, got NoneType", id="nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "reason", "detail"), FAULTS)
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_a_fault_names_its_row_and_the_others_go_on(tmp_path, fields, reason, detail, suffix):
    rows = [Q_INSTRUCT, fields, Q_INSTRUCT]
    found = read(tmp_path / f"rows.{suffix}", json.dumps(rows) if suffix == "json" else "\n".join(map(json.dumps, rows)))
    assert [type(one) for one in found] == [Row, Dropped, Row]
    assert (found[1].source, found[1].row, found[1].stage, found[1].reason) == (f"rows.{suffix}", 1, "source", reason)
    assert detail in found[1].detail
    json.dumps(found[1].detail).encode()


def test_several_conversations_of_an_image_are_as_many_rows(tmp_path):
    several = {**Q_INSTRUCT, "conversations": [turns("?", SKY), turns("?", "The whole photograph is far too dark."), turns("Sharp?", "No.")]}
    found = read(tmp_path / "rows.json", json.dumps([several, Q_INSTRUCT]))
    assert [(one.row, one.image, type(one)) for one in found] == [(0, "koniq/1.jpg", Row), (1, "koniq/1.jpg", Row), (2, "koniq/1.jpg", Dropped), (3, "koniq/1.jpg", Row)]
    assert found[1].text == "The whole photograph is far too dark."


@pytest.mark.parametrize(
    ("content", "kept", "reasons"),
    [
        pytest.param(b'[{"image": "a.jpg"},\n{"image": broken},\n{"image": "b.jpg"}]', ["a.jpg", "b.jpg"], ["row cannot be read"], id="a word without quotes"),
        pytest.param(b'[{"image": "a.jpg", "x": [1, 2},\n{"image": "b.jpg"}]', ["b.jpg"], ["row cannot be read"], id="a bracket forgotten"),
        pytest.param(b'[{"image": "a.jpg",},{"image": "b.jpg"},]', ["b.jpg"], ["row cannot be read"], id="a comma too many"),
        pytest.param(b'[{"image": "caf\xe9.jpg"}, {"image": "b.jpg"}]', ["b.jpg"], ["text is not UTF-8"], id="Latin-1"),
        pytest.param(b'\xef\xbb\xbf [{"image": "a.jpg"}]', ["a.jpg"], [], id="with a byte order mark"),
        pytest.param(b'[{"image": "a.jpg"}, {"image": "b.jpg"', ["a.jpg"], ["the rest cannot be read"], id="cut off in a row"),
        pytest.param(b'[{"image": "a.jpg"},', ["a.jpg"], ["the file ends too early"], id="cut off between rows"),
        pytest.param(b'[{"image": "a.jpg"}, "open, {"image": "b.jpg"}]', ["a.jpg"], ["row cannot be read", "the rest cannot be read"], id="a quote never closed"),
        pytest.param(b"[" * 100_000, [], ["the rest cannot be read"], id="nested without end"),
        pytest.param(b'[{"image": "a.jpg", "x": NaN, "y": -Infinity}]', ["a.jpg"], [], id="not a number"),
        pytest.param(b'[{"image": "a } ] , {.jpg"}, x, {"image": "b.jpg"}]', ["a } ] , {.jpg", "b.jpg"], ["row cannot be read"], id="brackets in a name"),
    ],
)  # fmt: skip
def test_broken_json_costs_as_few_rows_as_it_can(tmp_path, content, kept, reasons):
    found = read(tmp_path / "rows.json", content)
    assert [one.image for one in found if isinstance(one, Row)] == kept
    assert [one.reason for one in found if isinstance(one, Dropped)] == reasons


@pytest.mark.parametrize("piece", [1, 7, 64, 2**20])
def test_rows_across_the_edges_of_pieces_are_whole(tmp_path, monkeypatch, piece):
    rows = [{"image": f"{'漢字' * (number % 40)} \\ \" {number}.jpg", "n": [number, {"x": 1.5e3}]} for number in range(60)]
    monkeypatch.setattr("core.builder.sources.json_rows._PIECE", piece)
    (tmp_path / "rows.json").write_text(json.dumps(rows, ensure_ascii=False))
    assert list(json_rows(tmp_path / "rows.json")) == rows


@settings(deadline=None)
@given(st.lists(st.one_of(st.dictionaries(st.text(max_size=4), st.one_of(st.none(), st.floats(allow_nan=False), st.text())), st.integers(), st.text())), st.integers(1, 50))
def test_any_list_is_read_as_the_library_reads_it(tmp_path_factory, rows, piece):
    path = tmp_path_factory.mktemp("json") / "rows.json"
    path.write_text(json.dumps(rows, ensure_ascii=bool(piece % 2)), encoding="utf-8", errors="surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.builder.sources.json_rows._PIECE", piece)
        found = list(json_rows(path))
    wanted = [one if is_text(one) else Unreadable for one in rows]
    assert [Unreadable if isinstance(one, Unreadable) else one for one in found] == wanted


def is_text(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(0, 10**6))
def test_no_bytes_make_a_list_of_rows_fail_otherwise_than_said(tmp_path_factory, noise, seed):
    whole = json.dumps([{"image": f"{number}.jpg", "text": "a [b](<1, 2>)"} for number in range(5)]).encode()
    cut = random.Random(seed).randrange(len(whole))
    path = tmp_path_factory.mktemp("json") / "rows.json"
    path.write_bytes(whole[:cut] + noise + whole[cut:])
    try:
        found = list(read_source(path).rows())
    except InvalidInput:
        return
    assert [one.row for one in found] == list(range(len(found)))


NAMES = ("image", "image_A", "image_B", "conversations", "text", "description", "task_type", "severity", "distortion_name", "id", "from", "value")
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["a.jpg", "human", "gpt", SKY, "../x", "quality_compare"]))
ANYTHING = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)), max_leaves=12)


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING))
def test_no_fields_make_a_row_fail_otherwise_than_said(fields):
    for one in one_by_one(fields):
        found = read_row("rows.json", 3, one)
        assert found.row == 3
        if isinstance(found, Row):
            assert f"{found.image}{found.text}{found.id}".encode() and not found.image.startswith(("/", ".."))
        else:
            assert found.reason and f"{found.detail}{found.image}".encode() is not None


def test_ten_thousand_broken_rows_take_no_time(tmp_path):
    found = read(tmp_path / "rows.json", "[" + ",\n".join(['{"image": oops, "text": "' + "x" * 200 + '"}'] * 10_000) + "]")
    assert len(found) == 10_000 and {one.reason for one in found} == {"row cannot be read"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b'{"image": "caf\xe9.jpg"}', "text is not UTF-8", id="Latin-1"),
        pytest.param(b"not json", "row cannot be read", id="no JSON"),
        pytest.param(b'{"image": "' + b"x" * (5 * 2**20) + b'"}', "row cannot be read", id="an endless line"),
    ],
)
def test_a_broken_line_is_one_row(tmp_path, line, reason):
    found = read(tmp_path / "rows.jsonl", b'\xef\xbb\xbf{"image": "a.jpg"}\n' + line + b'\n{"image": "b.jpg"}')
    assert [one.image if isinstance(one, Row) else one.reason for one in found] == ["a.jpg", reason, "b.jpg"]
    assert "line 2" in found[1].detail


CSV = [
    pytest.param(b"image,description\na.jpg,dark\nb.jpg,\n", [("a.jpg", "dark"), ("b.jpg", "")], id="plain"),
    pytest.param(b"\xef\xbb\xbfImage;Description\r\na.jpg;dark, very\r\n", [("a.jpg", "dark, very")], id="as a European Excel saves it"),
    pytest.param(b"file_name\ttext\na.jpg\tdark\n", [("a.jpg", "dark")], id="tabs"),
    pytest.param('image,text\na.jpg,"über, ""alles""\nzwei Zeilen"\n'.encode(), [("a.jpg", 'über, "alles"\nzwei Zeilen')], id="quotes and lines"),
    pytest.param(b"image,text\na.jpg,dark,very\nb.jpg,ok\n", ["row has too many fields", ("b.jpg", "ok")], id="a comma without quotes"),
    pytest.param(b"image,text\ncaf\xe9.jpg,x\nb.jpg,ok\n", ["text is not UTF-8", ("b.jpg", "ok")], id="Latin-1"),
    pytest.param(b"image,text\n,x\nb.jpg,ok\n\n", ["row names no image", ("b.jpg", "ok")], id="an empty cell"),
    pytest.param(b'image,text\na.jpg,"' + b"never closed\n" * 90_000 + b"b.jpg,ok\n", ["row cannot be read"], id="a quote never closed"),
]


@pytest.mark.parametrize(("content", "wanted"), CSV)
def test_csv_is_read_row_by_row(tmp_path, content, wanted):
    found = [one.reason if isinstance(one, Dropped) else (one.image, one.text) for one in read(tmp_path / "rows.csv", content)]
    assert found[: len(wanted)] == wanted and (len(found) == len(wanted) or "never" in str(content[:60]))


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="./\\:"), min_size=1).map(lambda name: f"x{name}"), st.text(st.characters(exclude_categories=["Cs", "Cc"])))))
def test_what_the_csv_library_writes_comes_back(tmp_path_factory, rows):
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("image", "text"), *rows])
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")
    if not rows:
        with pytest.raises(InvalidInput, match="holds no rows"):
            read_source(path)
        return
    found = [(one.image, one.text) for one in read_source(path).rows()]
    assert found == [(image, text.strip()) for image, text in rows]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.json", b"", r"a\.json cannot be read as JSON: it is empty", id="empty JSON"),
        pytest.param("a.json", b'{"image": "a.jpg"}', "it holds one object, and rows stand in a list", id="one object"),
        pytest.param("a.json", b"[]", r"a\.json holds no rows", id="an empty list"),
        pytest.param("a.json", '[{"image": 1}]'.encode("utf-16"), "is in UTF-16 or UTF-32: save it as UTF-8", id="UTF-16"),
        pytest.param("a.jsonl", b"\n\n", r"a\.jsonl holds no rows", id="empty lines"),
        pytest.param("a.csv", b"", "has the columns none", id="an empty table"),
        pytest.param("a.csv", b"PK\x03\x04", "is a packed file", id="a zip"),
        pytest.param("a.xlsx", b"x", r"a\.xlsx is of no known kind.*\.parquet", id="Excel"),
        pytest.param("a.parquet", b"x", r"a\.parquet cannot be read as Parquet", id="no Parquet"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_source_is_refused_at_once(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=message):
        read_source(tmp_path / name)


@pytest.fixture
def folder(tmp_path, png) -> Path:
    """`images` with a photograph, a link out of it and one within it; `rows.jsonl` beside."""
    images = tmp_path / "images"
    images.mkdir()
    (images / "a.png").write_bytes(png)
    (tmp_path / "secret.png").write_bytes(png)
    (images / "link.png").symlink_to(tmp_path / "secret.png")
    (images / "inner.png").symlink_to("a.png")
    (images / "circle.png").symlink_to("circle.png")
    (tmp_path / "rows.jsonl").write_text('{"image": "a.png"}\n')
    return tmp_path


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        pytest.param("link.png", ImageOutside, r"link\.png is a link to a file outside images: copy the file there, or add \?links=follow", id="a link out"),
        pytest.param("../secret.png", ImageOutside, "leads out of the folder of images", id="climbing"),
        pytest.param("gone.png", ImageMissing, r"There is no image gone\.png in .*: check --images", id="missing"),
        pytest.param("circle.png", ImageMissing, "There is no image", id="a link in a circle"),
        pytest.param("x" * 5_000, ImageMissing, "There is no image", id="an endless name"),
        pytest.param("a\0.png", ImageMissing, "There is no image", id="a name no file can have"),
        pytest.param("", ImageMissing, "There is no image", id="no name"),
    ],
)  # fmt: skip
def test_an_image_that_cannot_be_read_is_said(folder, image, error, message):
    source = read_source(folder / "rows.jsonl", folder / "images")
    with pytest.raises(error, match=message):
        source.data(Row(0, image))


def test_links_within_the_folder_and_wanted_ones_are_followed(folder, png):
    assert read_source(folder / "rows.jsonl", folder / "images").data(Row(0, "inner.png")) == png
    assert read_source(f"{folder / 'rows.jsonl'}?links=follow", folder / "images").data(Row(0, "link.png")) == png


def test_a_file_that_is_too_large_is_not_read(folder):
    with (folder / "images" / "huge.png").open("wb") as file:
        file.truncate(101 * 2**20)
    with pytest.raises(ImageTooLarge, match=r"huge\.png has 101 MB, at most 100 MB"):
        read_source(folder / "rows.jsonl", folder / "images").data(Row(0, "huge.png"))


def test_the_digest_follows_what_the_source_says(folder):
    path = folder / "rows.jsonl"
    before = read_source(path).digest
    assert before == read_source(path).digest and len(before) == 64
    path.write_text('{"image": "b.png"}\n')
    assert read_source(path).digest != before


def test_rows_come_again_and_memory_stays_flat(tmp_path):
    import tracemalloc

    path = tmp_path / "rows.json"
    with path.open("w") as file:
        file.write("[" + ",".join(json.dumps({**Q_INSTRUCT, "conversations": turns("?", SKY * 100)}) for _ in range(4_000)) + "]")
    source = read_source(path)
    tracemalloc.start()
    assert sum(1 for _ in source.rows()) == sum(1 for _ in source.rows()) == 4_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 15e6 and peak < 6e6
