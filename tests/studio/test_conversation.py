from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box
from core.codecs import GiqaGrid
from core.grounded_text import compose, parse, plain
from core.quality import Answer, Turn
from studio.blocks import MAX_RAW, Block, Link, conversation_json, read_blocks
from studio.components.canvas import CanvasRegion
from studio.conversation import add_grounded, add_said, answer_name, asked_block, described, description_block, history, is_growing, settled

LEFT, RIGHT = Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1)
DRAWN = CanvasRegion("r1", RIGHT, "Box 1")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["blocks", "id", "kind", "text", "phrases", "start", "end", "regions", "status", "state", "raw", "problems", "choices", "share"]), inner, max_size=5),
    max_leaves=20,
)


def add_answer(blocks, regions, question, drawn, answer, *, second=False):
    """A question and its answer at the end of a conversation; `second`: only the answer, of the model compared with."""
    if not second:
        blocks = (*blocks, asked_block(blocks, question, drawn))
    block, regions = add_said(answer, Block(answer_name(blocks, second=second), "answer", "", second=second), regions)
    return (*blocks, block), regions


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


def test_two_models_share_the_drawn_boxes_and_none_of_their_own():
    said = Answer(compose(("Here", [LEFT]), " and ", ("there", [RIGHT]), "."))
    blocks, regions = add_answer((), (DRAWN,), "Where?", (), said)
    blocks, regions = add_answer(blocks, regions, "", (), said, second=True)
    assert [(region.id, region.source) for region in regions] == [("r1", "drawn"), ("a1-1", "answered"), ("b1-1", "compared")]
    assert [block.id for block in blocks] == ["q1", "a1", "b1"]


def test_each_of_two_models_has_a_history_of_its_own():
    blocks, regions = add_answer((), (), "Is it sharp?", (), Answer(plain("Yes.")))
    blocks, regions = add_answer(blocks, regions, "", (), Answer(plain("No.")), second=True)
    blocks, regions = add_answer(blocks, regions, "Why?", (), Answer(plain("I was asked alone.")))
    assert [turn.answer.text for turn in history(blocks, regions)] == ["Yes.", "I was asked alone."]
    assert [turn.answer.text for turn in history(blocks, regions, second=True)] == ["No.", "I was asked alone."]


@pytest.mark.parametrize(
    ("state", "text", "kept"),
    [
        pytest.param("done", "", ["first", ""], id="a silent answer is an answer"),
        pytest.param("stopped", "It is", ["first", "It is"], id="what was said before the stop counts"),
        pytest.param("stopped", "", ["first"], id="stopped before the first word"),
        pytest.param("failed", "It is", ["first"], id="failed"),
    ],
)
def test_what_was_never_said_is_no_turn(state, text, kept):
    blocks, regions = add_answer((), (), "One?", (), Answer(plain("first")))
    blocks = (*blocks, Block("q2", "question", "Two?"), Block("a2", "answer", text, state=state))
    assert [turn.answer.text for turn in history(blocks, regions)] == kept


def test_what_nobody_works_on_any_more_was_stopped():
    blocks = (Block("d", "description", "so far", state="running"), Block("a1", "answer", "", state="waiting", note="loading", share=0.5), Block("a2", "answer", "x", state="failed", note="why"))
    assert is_growing(blocks) and not is_growing(settled(blocks))
    assert settled(blocks) == (Block("d", "description", "so far", state="stopped"), Block("a1", "answer", "", state="stopped"), blocks[2])


def test_a_models_own_words_and_their_problems_stand_beside_the_answer():
    reply = "The [roof](<999999, 3>) is <b>sharp</b>."
    block, _ = add_said(Answer(plain("x")), Block("a1", "answer", ""), ())
    assert (block.raw, block.problems) == ("", ())
    read = parse(reply, GiqaGrid())
    block, _ = add_said(Answer(replace(read, raw=reply), "unparsed"), Block("a1", "answer", ""), ())
    assert (block.raw, block.status, len(block.problems)) == (reply, "unparsed", 1)
    assert block.problems[0].endswith("Found: <999999, 3>")
    assert read_blocks(conversation_json([block])) == (block,)


def test_endless_words_and_problems_are_cut_and_that_is_said():
    reply = "[x](<9, 1>) " * 20_000
    read = replace(parse(reply, GiqaGrid()), raw=reply)
    block, _regions = add_said(Answer(read), Block("a1", "answer", ""), ())
    assert len(block.raw) == MAX_RAW and block.raw.endswith("… 240,000 characters in all")
    assert block.problems[-1] == "… and 19,980 more."
    assert read_blocks(conversation_json([block])) == (block,)


def test_a_full_canvas_takes_no_more_of_the_machines_boxes():
    full = tuple(CanvasRegion(f"m{n}", Box(0, 0, (n + 1) / 1000, 1), source="answered") for n in range(800))
    block, regions = add_grounded(compose(("new", [Box(0.5, 0.5, 1, 1)]), " ", ("known", [full[0].box])), Block("a1", "answer", ""), full)
    assert regions == full
    assert block.links == (Link(4, 9, ("m0",)),)


def test_a_failed_description_is_none():
    blocks = (Block("d", "description", "", state="failed", note="why"), Block("d1", "description", "Good.", model="other", second=True))
    assert described(blocks, ()) is None
    assert description_block(blocks, second=True) == blocks[1]


def test_a_block_says_only_what_there_is_to_say():
    assert set(Block("d", "description", "x").to_json()) == {"id", "kind", "text", "phrases", "status", "confidence"}
    waiting = Block("a1", "answer", "", state="waiting", note="The model is being loaded: loading", share=0.0, model="hf:x", second=True)
    assert waiting.to_json()["share"] == 0.0
    assert read_blocks(conversation_json([waiting])) == (waiting,)
