"""LLaVA-style JSON: written as Q-Instruct has it, read back exactly up to the grid, and foreign files read with their faults named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box, ImageSize
from core.codecs import GiqaGrid
from core.errors import InvalidInput
from core.export.llava import read_llava, write_llava
from core.grounded_text import compose, parse, plain, to_markup
from core.records import BoxProvenance, ImageReference, QuestionRecord, Record, Region, RegionPhrase, RegionText, with_regions

GRID = GiqaGrid()
BOXES = st.tuples(*[st.floats(0, 0.45)] * 2, *[st.floats(0.55, 1)] * 2).map(lambda four: Box(*four))
WORDS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="[]"), min_size=1, max_size=12).filter(lambda text: bool(text.strip()))


def a_record(text) -> Record:
    linked, regions = with_regions(text)
    return Record(ImageReference("a" * 64, ImageSize(40, 30), "set/a.jpg"), "set", 0, regions, (), linked, (QuestionRecord("what", "referring", linked, RegionText("Blurry.")),))


def test_a_description_and_each_question_is_a_row_in_the_field_layout_of_q_instruct(tmp_path):
    record = a_record(compose("The ", ("tower", [Box(0.5, 0.5, 1, 1)]), " is blurred."))
    assert write_llava(tmp_path / "a.json", [record], {"a" * 64: "images/a.jpg"}) == 2
    first, second = json.loads((tmp_path / "a.json").read_text())
    assert set(first) == {"id", "image", "conversations"}
    assert (first["id"], first["image"]) == (f"{record.id}-des", "images/a.jpg")
    assert [turn["from"] for turn in first["conversations"]] == ["human", "gpt"]
    assert first["conversations"][0]["value"].startswith("<image>\n")
    assert first["conversations"][1]["value"] == "The [tower](<210, 399>) is blurred."
    assert [turn["value"] for turn in second["conversations"]] == ["<image>\nThe [tower](<210, 399>) is blurred.", "Blurry."]


@given(st.lists(st.tuples(WORDS, st.lists(BOXES, min_size=1, max_size=3, unique=True)), max_size=4))
def test_texts_come_back_as_the_grid_holds_them(tmp_path_factory, phrases):
    text = compose(*(part for words, boxes in phrases for part in ("so ", (words, boxes), " and ")), "end")
    path = tmp_path_factory.mktemp("llava") / "a.json"
    write_llava(path, [a_record(text)], {})
    rows, problems = read_llava(path)
    expected = parse(to_markup(text, GRID).strip(), GRID)
    assert problems == [] and rows[0].answer == expected and rows[1].answer == plain("Blurry.")
    assert {row.image for row in rows} == {"set/a.jpg"}


def test_dropped_boxes_are_not_written(tmp_path):
    regions = (Region("r1", Box(0, 0, 1, 1), BoxProvenance("dropped", reason="filter")),)
    record = Record(ImageReference("a" * 64, ImageSize(4, 3)), "set", 0, regions, (), RegionText("The sky.", (RegionPhrase(4, 7, ("r1",)),)))
    write_llava(tmp_path / "a.json", [record], {})
    assert read_llava(tmp_path / "a.json")[0][0].answer == plain("The sky.")


def test_a_foreign_file_is_read_turn_by_turn_and_its_faults_are_named(tmp_path):
    rows = [
        {"id": "x", "image": "a.jpg", "conversations": [{"from": "human", "value": "How is it?\n<image>"}, {"from": "gpt", "value": "Sharp."}, {"from": "human", "value": "Why?"}, {"from": "gpt", "value": "Focus."}]},
        {"image": "b.jpg", "conversations": [{"from": "human", "value": "Where?"}, {"from": "gpt", "value": "The [sky](<0.10, 0.20, 0.50, 0.60>) and [x](<9, 2>)."}]},
        {"id": "no image", "conversations": []},
        {"id": "no turns", "image": "c.jpg", "conversations": [{"from": "human", "value": "Hello"}]},
        "text",
        {"id": "odd", "image": 3, "conversations": []},
    ]  # fmt: skip
    (tmp_path / "q.json").write_text(json.dumps(rows))
    read, problems = read_llava(tmp_path / "q.json")
    assert [(row.row, row.id, row.question.text, row.answer.text) for row in read] == [(0, "x", "How is it?", "Sharp."), (0, "x", "Why?", "Focus."), (1, "1", "Where?", "The sky and x.")]
    assert read[2].answer.boxes == (Box(0.1, 0.2, 0.5, 0.6),) and len(read[2].problems) == 1
    assert problems == [
        "Row 2: it has no 'image'",
        "Row 3: no turn of a human is followed by one of gpt.",
        "Row 4: an object was expected, got str.",
        "Row 5: its image must be text and its conversations a list.",
    ]


def test_boxes_that_fall_into_the_same_cells_are_written_once(tmp_path):
    write_llava(tmp_path / "a.json", [a_record(compose(("Cars", [Box(0.01, 0.01, 0.02, 0.02), Box(0.02, 0.02, 0.03, 0.03), Box(0.5, 0.5, 1, 1)]), "."))], {})
    assert json.loads((tmp_path / "a.json").read_text())[0]["conversations"][1]["value"] == "[Cars](<0, 0>, <210, 399>)."
    assert read_llava(tmp_path / "a.json")[0][0].problems == ()


def test_what_is_asked_for_a_description_reads_back_as_it_was_written(tmp_path):
    records = [replace(a_record(plain("Sharp.")), row=row) for row in range(200)]
    write_llava(tmp_path / "a.json", records, {})
    rows, _ = read_llava(tmp_path / "a.json")
    asked = {row.question.text for row in rows if row.id.endswith("-des")}
    written = {row["conversations"][0]["value"].removeprefix("<image>\n") for row in json.loads((tmp_path / "a.json").read_text()) if row["id"].endswith("-des")}
    assert asked == written and len(asked) == 15 and all(row.problems == () for row in rows)


def test_the_image_token_is_taken_from_the_question_once_and_left_in_the_answer(tmp_path):
    write_llava(tmp_path / "a.json", [a_record(plain("The word <image> is blurred."))], {})
    rows, _ = read_llava(tmp_path / "a.json")
    assert rows[0].answer.text == "The word <image> is blurred." == rows[1].question.text


@pytest.mark.parametrize("said", [None, 3, ["Sharp."], {}])
def test_what_is_said_is_text(tmp_path, said):
    turns = [{"from": "human", "value": "How is it?"}, {"from": "gpt", "value": said}]
    (tmp_path / "q.json").write_text(json.dumps([{"image": "a.jpg", "conversations": turns}, {"image": "a.jpg", "conversations": ["Hello"]}]))
    assert read_llava(tmp_path / "q.json") == ([], ["Row 0: what a turn says, and who says it, must be text.", "Row 1: a turn is an object, got str."])


def test_a_byte_order_mark_is_passed_over(tmp_path):
    (tmp_path / "q.json").write_bytes(b"\xef\xbb\xbf[]")
    assert read_llava(tmp_path / "q.json") == ([], [])


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "[" * 100_000], ids=["half", "an object", "nested without end"])
def test_what_is_no_list_is_refused(tmp_path, content):
    (tmp_path / "q.json").write_text(content)
    with pytest.raises(InvalidInput, match=r"q\.json"):
        read_llava(tmp_path / "q.json")
