import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box
from core.grounded_text import compose, plain
from core.quality import Answer, Turn
from studio.components.canvas import CanvasRegion
from studio.conversation import Block, Link, add_answer, add_grounded, conversation_json, described, history, read_blocks

LEFT, RIGHT = Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1)
DRAWN = CanvasRegion("r1", RIGHT, "Box 1")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["blocks", "id", "kind", "text", "phrases", "start", "end", "regions", "status"]), inner, max_size=5),
    max_leaves=20,
)


def test_a_description_links_its_phrases_to_regions_of_the_canvas():
    block, regions = add_grounded(compose("The ", ("left side", [LEFT]), " is dark."), Block("d", "description", ""), ())
    assert block == Block("d", "description", "The left side is dark.", (Link(4, 13, ("d-1",)),))
    assert regions == (CanvasRegion("d-1", LEFT, "left side", "described", "d"),)


def test_a_box_that_is_on_the_canvas_already_is_not_put_there_twice():
    block, regions = add_grounded(compose(("this part", [RIGHT])), Block("a1", "answer", ""), (DRAWN,))
    assert regions == (DRAWN,)
    assert block.links == (Link(0, 9, ("r1",)),)


def test_a_question_and_its_answer_become_a_turn_again():
    said = Answer(compose("Yes. ", ("This part", [RIGHT]), " is blurred."), "answered", 0.9)
    blocks, regions = add_answer((), (DRAWN,), "Is this blurred?", (DRAWN,), said)
    assert [block.text for block in blocks] == ["Is this blurred? (Box 1)", "Yes. This part is blurred."]
    assert history(blocks, regions) == (Turn(plain("Is this blurred?"), (RIGHT,), said),)


def test_a_turn_survives_the_way_through_the_browser():
    said = Answer(compose("No."), "answered", 0.75)
    blocks, regions = add_answer((), (DRAWN,), "Is it [1] noisy?", (DRAWN,), said)
    assert read_blocks(conversation_json(blocks)) == blocks
    assert history(read_blocks(conversation_json(blocks)), regions)[0].answer == said


def test_a_turn_whose_box_was_deleted_keeps_its_words():
    said = Answer(compose("Yes, ", ("here", [LEFT]), "."), "answered")
    blocks, regions = add_answer((), (DRAWN,), "Where?", (), said)
    (turn,) = history(blocks, regions[:1])
    assert (turn.answer.text, turn.answer.boxes) == ("Yes, here.", ())


def test_the_description_is_found_among_notes():
    block, regions = add_grounded(compose(("it", [LEFT])), Block("d", "description", ""), ())
    assert described((Block("n", "note", "first frame"), block), regions) == compose(("it", [LEFT]))
    assert described((), ()) is None


@given(json_values)
def test_whatever_the_browser_sends_is_read_without_an_error(value):
    blocks = read_blocks(value)
    history(blocks, ())
    described(blocks, ())


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "${1+1}", "[a](<1, 2>)", "שלום 🗼"])
def test_any_question_stays_the_text_it_was(text):
    blocks, _ = add_answer((), (), text, (), Answer(plain("No.")))
    assert read_blocks(conversation_json(blocks))[0].text == text
