"""Degraded photographs: what is said of them is so, exactly, and the same each time."""

from __future__ import annotations

import pickle
import random
import re
import shutil
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import skimage
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from core.boxes import WHOLE_IMAGE, Box, ImageSize
from core.builder.sources import Row, read_source
from core.builder.sources.given import record_of
from core.builder.sources.synthetic.areas import exact_box, feathered, region
from core.builder.sources.synthetic.recipe import Area, Recipe, plan
from core.builder.sources.synthetic.wording import Seen, describe
from core.builder.sources.synthetic.words import DEGREES, LEVELS, SEVERITIES, fault_words, level_of, place_name
from core.decoding import upright_size
from core.distortions import SEVERITY_WORDS, TAXONOMY, rectangle
from core.distortions.apply import check_order
from core.errors import InvalidInput, UnreadableImage
from core.images import open_image
from core.record_json import dumps, from_json, to_json
from core.records import Degradation, Dropped, ImageReference


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pristine")
    for name in ("astronaut.png", "coffee.png", "chelsea.png"):
        shutil.copy(Path(skimage.__file__).parent / "data" / name, folder / name)
    return folder


def source(folder: Path, options: str = ""):
    return read_source(f"synthetic:{folder}?side=320{options}")


def kept(made) -> list[Row]:
    return [one for one in made.rows() if isinstance(one, Row)]


def test_ten_images_of_each_photograph_unless_told_otherwise(photographs):
    rows = kept(source(photographs))
    assert Counter(row.given.photograph for row in rows) == {"astronaut.png": 10, "chelsea.png": 10, "coffee.png": 10}
    assert [row.row for row in rows] == list(range(30)) and rows[4].image == f"{rows[4].given.photograph}#4"
    assert len(kept(source(photographs, "&count=7"))) == 7


def test_rows_and_pixels_follow_from_the_seed(photographs):
    first, again, other = (source(photographs, f"&count=12&seed={seed}") for seed in (3, 3, 4))
    assert kept(first) == kept(again) != kept(other)
    assert first.digest == again.digest != other.digest
    row = kept(first)[5]
    assert first.data(row) == pickle.loads(pickle.dumps(again)).data(row)


@pytest.mark.parametrize("shape", ["rectangle", "ellipse", "polygon", "superpixel", "foreground"])
def test_what_changed_lies_in_the_box_and_reaches_its_sides(photographs, shape):
    """With hard edges and a fault that changes every pixel, the box of what differs is the box that is given, to the pixel."""
    recipe = Recipe(40, shapes=(shape,), distortions=("darken_shift_rgb",), severities=(5,), clean=0, two=0, whole=0)
    pixels = np.full((240, 320, 3), 200, np.uint8)
    pixels[60:180, 100:220] = 90
    for index in range(12):
        area = plan(recipe, index).areas[0]
        made, drawn = region(area, pixels, 0)
        rows, columns = np.flatnonzero((drawn.mask > 0).any(1)), np.flatnonzero((drawn.mask > 0).any(0))
        tight = Box.from_pixels((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), ImageSize(320, 240))
        assert drawn.box == tight
        assert made in (shape, "ellipse")


def test_outside_of_the_given_boxes_and_their_soft_edges_nothing_changes(photographs):
    made = source(photographs, "&count=40&whole=0&clean=0")
    changed = 0
    for row in kept(made)[:14]:
        pristine = np.asarray(PillowImage.open(photographs / row.given.photograph).convert("RGB"))
        pixels = open_image(made.data(row)).pixels
        height, width = pixels.shape[:2]
        outside = np.ones((height, width), bool)
        for fault in row.given.faults:
            left, top, right, bottom = Box(*fault.box).to_pixels(ImageSize(width, height))
            outside[max(0, top - 8) : bottom + 8, max(0, left - 8) : right + 8] = False
        plain = open_image(source(photographs, "&clean=1&count=3").data(Row(0, f"{row.given.photograph}#0"))).pixels
        assert (pixels[outside] == plain[outside]).all() and pristine.shape[2] == 3
        changed += int((pixels != plain).any())
    assert changed == 14


SIZES = st.builds(ImageSize, st.integers(40, 700), st.integers(40, 700))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6), SIZES, st.sampled_from(["rectangle", "ellipse", "polygon"]), st.floats(0, 12))
def test_the_box_of_a_drawn_shape_is_known_without_drawing_it(index, size, shape, softness):
    area = plan(Recipe(shapes=(shape,), clean=0, two=0, whole=0), index).areas[0]
    _, drawn = region(area, np.zeros((size.height, size.width, 3), np.uint8), softness)
    assert exact_box(area, size) == drawn.box
    rows, columns = np.flatnonzero((drawn.mask >= 0.5).any(1)), np.flatnonzero((drawn.mask >= 0.5).any(0))
    assert drawn.box == Box.from_pixels((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1), size)


def test_a_soft_edge_falls_off_to_both_sides():
    soft = feathered(rectangle(ImageSize(100, 100), Box(0.3, 0.3, 0.7, 0.7)), 8)
    across = soft.mask[50]
    assert across[0] == 0 and across[50] == 1 and 0.5 <= across[30] < 0.6 and 0.4 < across[29] < 0.5
    assert (np.diff(across[:50]) >= 0).all() and ((across > 0) & (across < 1)).sum() > 20


def test_a_shape_that_follows_the_content_has_to_see_it():
    with pytest.raises(InvalidInput, match="The box of a superpixel is known when the photograph has been seen"):
        exact_box(Area("superpixel", WHOLE_IMAGE), ImageSize(10, 10))


def test_where_nothing_stands_out_the_foreground_is_an_ellipse():
    shape, _ = region(plan(Recipe(shapes=("foreground",), clean=0, whole=0), 1).areas[0], np.full((200, 200, 3), 128, np.uint8), 0)
    assert shape == "ellipse"


def test_all_types_and_severities_come_equally_often():
    recipe = Recipe(clean=0, two=0, whole=0, shapes=("rectangle",))
    dealt = Counter((step.distortion, step.severity) for index in range(175 * 4) for step in plan(recipe, index).steps)
    assert len(dealt) == 175 and set(dealt.values()) == {4}


def test_shares_are_those_of_the_recipe():
    plans = [plan(Recipe(clean=0.2, two=0.5, whole=0.25), index) for index in range(4_000)]
    faulty = [one for one in plans if one.steps]
    assert abs(len(faulty) / 4_000 - 0.8) < 0.02
    assert abs(sum(len(one.steps) == 2 for one in faulty) / len(faulty) - 0.5) < 0.04
    assert abs(sum(one.areas[0].shape == "whole" for one in faulty) / len(faulty) - 0.25) < 0.03
    for one in faulty:
        check_order([TAXONOMY[step.distortion] for step in one.steps])


def test_a_narrow_recipe_is_kept_to():
    recipe = Recipe(severities=(2, 3), distortions=("jpeg", "gaussian_blur"), shapes=("polygon",), whole=0)
    plans = [plan(recipe, index) for index in range(200)]
    assert {step.distortion for one in plans for step in one.steps} == {"jpeg", "gaussian_blur"}
    assert {step.severity for one in plans for step in one.steps} == {2, 3}
    assert {area.shape for one in plans for area in one.areas} == {"polygon"}
    assert all(step.distortion == "gaussian_blur" for one in plans if len(one.steps) == 2 for step in one.steps[:1])


def test_options_are_read_from_the_source_s_name(photographs):
    made = source(photographs, "&count=5&seed=9&clean=0.5&two=0&whole=0.1&shapes=rectangle,ellipse&severities=2-4&distortions=jpeg")
    assert made.recipe == Recipe(5, 9, 0.5, 0.0, 0.1, 320, ("rectangle", "ellipse"), (2, 3, 4), ("jpeg",))
    assert source(photographs, "&severities=1,5").recipe.severities == (1, 5)


def test_the_description_says_what_was_done(photographs):
    degrees = dict(zip(range(1, 6), DEGREES, strict=True))
    for row in kept(source(photographs, "&count=400&shapes=rectangle,ellipse,polygon")):
        text, faults = row.given.description, row.given.faults
        assert row.text == text.text and set(text.boxes) == {Box(*fault.box) for fault in faults}
        assert any(re.search(rf"\b{level}\b", text.text) for level in LEVELS)
        linked = {text.words(phrase): phrase.boxes for phrase in text.phrases}
        for tag in row.given.tags if faults else ():
            (box,) = linked[tag.phrase]
            assert tag.effect == "negative"
            for fault in (one for one in faults if one.box == box.as_tuple()):
                adjectives = fault_words(fault.distortion).adjectives
                assert any(f"{degree} {adjective}" in tag.quality for degree in degrees[fault.severity] for adjective in adjectives)
        if not faults:
            assert row.given.tags[0].effect == "positive" and "excellent" in text.text and not text.phrases
        assert "{" not in text.text and "  " not in text.text and " a image" not in text.text


@pytest.mark.parametrize("distortion", TAXONOMY)
def test_every_distortion_is_called_by_words_of_its_own(distortion):
    words = fault_words(distortion)
    for severity in range(1, 6):
        seen = Seen("rectangle", Box(0, 0, 0.3, 0.3), ((distortion, severity),))
        texts = {describe([seen], random.Random(seed))[1].text for seed in range(40)}
        assert len(texts) > 25
        for text in texts:
            graded = any(re.search(rf"\b{word}", text, re.IGNORECASE) for word in (*SEVERITIES[severity - 1], *DEGREES[severity - 1]))
            assert graded and any(word.casefold() in text.casefold() for word in (*words.nouns, *words.adjectives))


def test_severities_begin_with_the_taxonomy_s_own_words():
    assert tuple(words[0] for words in SEVERITIES) == SEVERITY_WORDS


@pytest.mark.parametrize(
    ("faults", "level"),
    [([], "excellent"), ([(1, 0.05)], "good"), ([(3, 0.05)], "fair"), ([(5, 0.05)], "poor"), ([(5, 1.0)], "bad"), ([(1, 1.0)], "fair"), ([(4, 0.3), (4, 0.3)], "bad")],
    ids=str,
)
def test_the_overall_verdict_follows_severity_and_area(faults, level):
    assert level_of(faults) == level


@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.integers(1, 4))
def test_a_stronger_or_larger_fault_is_never_judged_better(area, severity):
    judged = LEVELS.index(level_of([(severity, area)]))
    assert LEVELS.index(level_of([(severity + 1, area)])) >= judged <= LEVELS.index(level_of([(severity, 1.0)]))


@pytest.mark.parametrize(
    ("box", "name"),
    [
        (Box(0, 0, 0.3, 0.3), "upper left part"), (Box(0.6, 0.3, 1, 0.7), "middle right part"), (Box(0.3, 0.35, 0.7, 0.7), "centre"), (Box(0, 0, 0.3, 1), "left side"),
        (Box(0.5, 0, 1, 1), "right half"), (Box(0.4, 0, 0.6, 1), "central strip"), (Box(0, 0.7, 1, 1), "bottom"), (Box(0, 0, 1, 0.5), "upper half"),
        (Box(0, 0.4, 1, 0.6), "middle band"), (Box(0.1, 0.1, 0.9, 0.9), "greater part of the picture"),
    ],
)  # fmt: skip
def test_places_are_called_by_where_they_lie(box, name):
    assert place_name(box) == name


def test_a_record_keeps_types_severities_and_shapes(photographs):
    made = source(photographs, "&count=60&clean=0")
    row = next(one for one in kept(made) if len(one.given.faults) == 2)
    record = record_of(made.reference(row), made.name, row, row.given)
    assert record.synthesis.photograph == row.given.photograph and record.synthesis.seed == 0
    boxes = {one.id: one.box.as_tuple() for one in record.regions}
    assert [(step.distortion, step.severity, step.shape, boxes[step.region]) for step in record.synthesis.steps] == [
        (one.distortion, one.severity, one.shape, one.box) for one in row.given.faults
    ]
    assert from_json(to_json(record)) == record and dumps(record) == dumps(from_json(to_json(record)))
    assert record.image.size == open_image(made.data(row)).size and record.image.uri == row.image


def test_a_record_that_is_not_synthetic_keeps_the_bytes_it_had():
    from core.records import Record

    record = Record(ImageReference("a" * 64, ImageSize(1, 1)), "s", 0)
    assert "synthesis" not in to_json(record) and from_json(to_json(record)).synthesis is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": [{"distortion": "jpeg", "severity": 6, "shape": "whole", "region": "r1"}]}, "A severity is a whole number from 1 to 5, got 6"),
        ({"steps": [{"distortion": "jpeg", "severity": 1, "shape": "whole", "region": "r9"}]}, 'names the region "r9", which the record does not hold'),
        ({"steps": 3}, "steps must be a list"),
        ({"photograph": 3}, "Text was expected"),
    ],
)
def test_what_is_wrong_with_a_synthesis_is_named(photographs, change, message):
    made = source(photographs, "&count=3&clean=0")
    row = kept(made)[0]
    data = to_json(record_of(made.reference(row), made.name, row, row.given))
    with pytest.raises(InvalidInput, match=message):
        from_json({**data, "synthesis": {**data["synthesis"], **change}})
    with pytest.raises(InvalidInput):
        Degradation("jpeg", 0, "whole", "r1")


def test_an_unreadable_photograph_is_a_dropped_row_each_time(tmp_path, photographs):
    shutil.copy(photographs / "coffee.png", tmp_path)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff not really")
    found = list(read_source(f"synthetic:{tmp_path}?count=6").rows())
    lost = [one for one in found if isinstance(one, Dropped)]
    assert len(lost) == 3 and {(one.reason, one.image) for one in lost} == {("photograph cannot be used", "broken.jpg")}


def test_a_fault_that_leaves_no_trace_is_said(tmp_path):
    PillowImage.fromarray(np.zeros((100, 100, 3), np.uint8)).save(tmp_path / "black.png")
    made = read_source(f"synthetic:{tmp_path}?count=3&clean=0&whole=0&two=0&distortions=darken_shift_rgb&shapes=rectangle")
    with pytest.raises(InvalidInput, match=r"darken_shift_rgb leaves no trace in this part of black\.png"):
        made.data(kept(made)[0])


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_size_is_known_upright_by_the_header_alone(tmp_path, orientation):
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    PillowImage.fromarray(np.zeros((30, 50, 3), np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    assert upright_size(tmp_path / "a.jpg") == open_image(tmp_path / "a.jpg").size
    (tmp_path / "b.txt").write_text("hello")
    with pytest.raises(UnreadableImage, match="This is text"):
        upright_size(tmp_path / "b.txt")


def test_rows_cost_little_and_read_no_pixels(photographs, monkeypatch):
    monkeypatch.setattr("core.builder.sources.synthetic.source.open_image", None)
    made = source(photographs, "&count=3000&shapes=rectangle,ellipse,polygon")
    started = time.thread_time()
    assert len(kept(made)) == 3_000
    assert time.thread_time() - started < 6  # a quarter of a second on a free core


def test_a_build_asks_questions_of_what_is_given_and_looks_for_nothing(photographs, tmp_path):
    from core.builder.__main__ import main
    from core.export.giqa import read_folder, validate

    main(["run", "--source", f"synthetic:{photographs}?count=8&side=256", "--out", str(tmp_path / "out")])
    _, found = read_folder(tmp_path / "out")
    records = list(found.records())
    assert validate(tmp_path / "out") == [] and len(records) == 8 and any(record.questions for record in records)
    given = {row.row: row for row in kept(read_source(f"synthetic:{photographs}?count=8&side=256"))}
    for record in records:
        wanted = given[record.row].given
        assert (record.description.text, record.tags) == (wanted.description.text, wanted.tags)
        assert {region.box for region in record.regions} == set(wanted.description.boxes)
        assert len(record.synthesis.steps) == len(wanted.faults)


def test_no_question_of_the_embedded_model_denies_what_the_description_says():
    """Its wording is read by that model's own vocabulary: "clearly blurred" must not come back as "clear"."""
    from core.backends import load

    embedded = load("embedded")
    for distortion in TAXONOMY:
        for seed in range(5):
            tags, text = describe([Seen("rectangle", Box(0, 0, 0.3, 0.3), ((distortion, 1 + seed),))], random.Random(seed))
            for pair in embedded.ask(text, tags):
                asked, said = pair.question.text, pair.answer.text
                praised = re.search(r"\b(clear|rich in|sharp|natural in|vivid|clean|well exposed)\b", asked) and said.startswith("Yes")
                assert not praised and not ("a fault in" in asked and said.startswith("No")), (text.text, asked, said)
