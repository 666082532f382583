import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.boxes import Box
from core.codecs import Fractions, GiqaGrid
from core.errors import InvalidMarkup
from core.grounded_text import GroundedText, Phrase, compose, concatenate, parse, plain, to_markup

GRID = GiqaGrid()
TOWER = GRID.decode((35, 319))
CANDLES = (GRID.decode((33, 354)), GRID.decode((22, 324)))

adversarial = st.text(alphabet=st.sampled_from([*list("[]()<>,.0123456789 \n-+ab"), "é", "塔", "🗼", "א", "\u202e", "\x00"]), max_size=60)
fragments = st.lists(st.sampled_from(["[a]", "[", "]", "(<1, 2>)", "](<", ">)", "(<", "<1, 2>", "[x](<35, 319>)", "[x](<9, 9>)", "[x](<400, 1>)", ", ", " ", "b", "🗼"]), max_size=14)
broken = adversarial | fragments.map("".join)
cells = st.tuples(st.integers(0, 19), st.integers(0, 19)).map(sorted)
grid_boxes = st.tuples(cells, cells).map(lambda axes: GRID.decode((axes[1][0] * 20 + axes[0][0], axes[1][1] * 20 + axes[0][1])))
parts = st.lists(adversarial | st.tuples(adversarial, st.lists(grid_boxes, max_size=3)), max_size=6)


def test_one_phrase_with_one_box_is_read_as_the_paper_writes_it():
    grounded = parse("The [tower](<35, 319>) is sharp.", GRID)
    assert grounded == GroundedText("The tower is sharp.", (Phrase(4, 9, (TOWER,)),))
    assert grounded.problems == ()
    assert grounded.boxes == (TOWER,)


def test_several_boxes_of_one_phrase_share_one_bracket():
    grounded = parse("[candles](<33, 354>, <22, 324>)", GRID)
    assert grounded == GroundedText("candles", (Phrase(0, 7, CANDLES),))


def test_the_continuous_form_is_read_by_its_codec():
    grounded = parse("[sky](<0.00, 0.00, 1.00, 0.25>)", Fractions(2))
    assert grounded.boxes == (Box(0, 0, 1, 0.25),)


def test_offsets_count_code_points_not_utf_16_units():
    grounded = parse("🗼🗼 [塔](<0, 399>) שלום", GRID)
    assert [(p.start, p.end) for p in grounded.phrases] == [(3, 4)]
    assert grounded.text == "🗼🗼 塔 שלום"


@pytest.mark.parametrize(
    ("markup", "text", "boxes", "message"),
    [
        pytest.param("[a](<1, 2, 3>)", "a", 0, 'A box here takes 2 numbers, found 3: "1, 2, 3".', id="three numbers"),
        pytest.param("[a](<1, 400>)", "a", 0, "Cell 400 is outside the 20x20 grid: cells run from 0 to 399.", id="index 400"),
        pytest.param("[a](<1, -1>)", "a", 0, "Cell -1 is outside the 20x20 grid: cells run from 0 to 399.", id="a negative index"),
        pytest.param("[a](<319, 35>)", "a", 0, "The corners are reversed: cell 35 is not right of and below cell 319.", id="reversed corners"),
        pytest.param("[a](<x, 2>)", "a", 0, '"x" is not a number.', id="no number"),
        pytest.param("[a](<nan, inf>)", "a", 0, '"nan" is not a number.', id="not a number and infinity"),
        pytest.param("[a](<1.5, 9>)", "a", 0, "A cell or a pixel is a whole number, found 1.5.", id="half a cell"),
        pytest.param("[a](<>)", "a", 0, 'A box here takes 2 numbers, found 1: "".', id="nothing inside"),
        pytest.param("[a](<1, 2>, <1, 400>)", "a", 1, "Cell 400 is outside the 20x20 grid: cells run from 0 to 399.", id="one good and one bad box"),
        pytest.param("[a](<1, 2>, <1, 2>)", "a", 1, "The same box stands twice in one phrase.", id="the same box twice"),
        pytest.param("x [](<1, 2>)", "x ", 0, "Boxes without a phrase: the square brackets hold no words.", id="no words"),
        pytest.param("see (<1, 2>) there", "see (<1, 2>) there", 0, "Boxes without a phrase before them.", id="no brackets"),
        pytest.param("a](<1, 2>)", "a](<1, 2>)", 0, "Boxes after a nested or unbalanced bracket.", id="no opening bracket"),
        pytest.param("[a](<1, 2) b", "[a](<1, 2) b", 0, "The boxes of this phrase are not closed by `>)`.", id="boxes not closed"),
        pytest.param("The [tower](<35, 31", "The [tower](<35, 31", 0, "The text ends in the middle of a phrase's boxes.", id="half-finished numbers"),
        pytest.param("The [tower](", "The [tower](", 0, "The text ends in the middle of a phrase's boxes.", id="half-finished bracket"),
        pytest.param("The [tow", "The [tow", 0, "A square bracket is opened and not closed.", id="half-finished phrase"),
        pytest.param("[a [b](<1, 2>)", "[a b", 1, "A square bracket is opened and not closed.", id="nested and not closed"),
    ],
)
def test_broken_markup_is_told_and_what_is_readable_is_kept(markup, text, boxes, message):
    grounded = parse(markup, GRID)
    assert (grounded.text, len(grounded.boxes)) == (text, boxes)
    assert message in [problem.message for problem in grounded.problems]


def test_nested_markup_keeps_the_inner_phrase_and_leaves_no_markup_behind():
    grounded = parse("[the [tower](<35, 319>) top](<1, 2>)", GRID)
    assert grounded.text == "[the tower top] (<1, 2>)"
    assert [grounded.words(phrase) for phrase in grounded.phrases] == ["tower"]
    assert len(grounded.problems) == 2


def test_a_problem_says_where_it_stands():
    problem = parse("ab [c](<1, 2>, <1, 400>)", GRID).problems[0]
    assert (problem.start, problem.end, problem.found) == (15, 23, "<1, 400>")


@pytest.mark.parametrize("text", ["[1] and [2]", "a(b)", "x < y > z", "[link](https://example.org)", "array[3](4)", "${x} <b>bold</b> {{y}}", ""])
def test_other_brackets_are_text(text):
    assert parse(text, GRID) == GroundedText(text)
    assert parse(text, GRID).problems == ()


@given(broken)
def test_parsing_never_raises_and_its_result_round_trips(markup):
    grounded = parse(markup, GRID)
    assert parse(to_markup(grounded, GRID), GRID) == grounded
    assert parse(grounded.text, GRID).phrases == ()


@given(adversarial)
def test_text_without_markup_is_kept_letter_for_letter(markup):
    grounded = parse(markup, GRID)
    if "](<" not in markup:
        assert grounded.text == markup


@given(parts)
def test_whatever_is_composed_round_trips(pieces):
    grounded = compose(*pieces)
    assert parse(to_markup(grounded, GRID), GRID) == grounded


@given(st.lists(parts.map(lambda pieces: compose(*pieces)), max_size=4), st.sampled_from([" ", "", "\n", "]"]))
def test_concatenation_keeps_every_phrase_and_round_trips(texts, separator):
    joined = concatenate(texts, separator)
    assert [joined.words(p) for p in joined.phrases] == [text.words(p) for text in texts for p in text.phrases]
    assert parse(to_markup(joined, GRID), GRID) == joined


@given(st.text())
def test_any_text_can_be_plain(text):
    assert plain(text).phrases == ()


@pytest.mark.parametrize(
    ("text", "phrases", "message"),
    [
        pytest.param("ab", (Phrase(0, 3, (TOWER,)),), "inside the text", id="past the end"),
        pytest.param("abcd", (Phrase(2, 3, (TOWER,)), Phrase(0, 1, (TOWER,))), "sorted", id="not sorted"),
        pytest.param("abcd", (Phrase(0, 3, (TOWER,)), Phrase(2, 4, (TOWER,))), "disjoint", id="overlapping"),
        pytest.param("a[b", (Phrase(0, 3, (TOWER,)),), "without square brackets", id="a bracket in the phrase"),
        pytest.param("a  b", (Phrase(1, 3, (TOWER,)),), "is words", id="only spaces"),
        pytest.param("[a](<1, 2>)", (), "reads as markup", id="markup in the text"),
        pytest.param("[a](<b>)", (), "reads as markup", id="unreadable markup in the text"),
    ],
)
def test_a_grounded_text_that_could_not_be_read_back_is_refused(text, phrases, message):
    with pytest.raises(InvalidMarkup, match=message):
        GroundedText(text, phrases)


@pytest.mark.parametrize(("start", "end", "boxes"), [(0, 0, (TOWER,)), (-1, 2, (TOWER,)), (0, 1, ()), (0, 1, (TOWER, TOWER))])
def test_a_phrase_needs_letters_and_distinct_boxes(start, end, boxes):
    with pytest.raises(InvalidMarkup):
        Phrase(start, end, boxes)


def test_html_and_templates_in_a_phrase_stay_text():
    words = '<img src=x onerror="alert(1)"> ${1+1}'
    grounded = parse(f"[{words}](<0, 399>)", GRID)
    assert grounded.words(grounded.phrases[0]) == words


@pytest.mark.parametrize("piece", ["[", "[a](<", "](<", "<1,2>,", "[a](<1,2>) ", "[a [b](<1,2>) c](<", "(<1, 2>)", "[a](<1, 2"])
def test_a_megabyte_is_read_in_linear_time(piece):
    markup = piece * (1_000_000 // len(piece))
    started = time.thread_time()
    parse(markup, GRID)
    assert time.thread_time() - started < 10


@settings(max_examples=30)
@given(st.lists(grid_boxes, min_size=1, max_size=4, unique=True))
def test_boxes_keep_their_order(boxes):
    assert parse(to_markup(compose(("a", boxes)), GRID), GRID).boxes == tuple(boxes)
