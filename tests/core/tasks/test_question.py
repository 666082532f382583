"""Questions as people type them: with or without boxes, too long, empty, and their form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box
from core.codecs import GiqaGrid
from core.errors import InvalidInput
from core.grounded_text import GroundedText, Phrase, compose
from core.tasks.question import MAX_QUESTION_LENGTH, is_yes_no, read_question

DOG = GiqaGrid().decode((142, 309))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("Is it blurred?", GroundedText("Is it blurred?"), id="plain"),
        pytest.param("  Why?\n", GroundedText("Why?"), id="white space around it"),
        pytest.param("Is the [dog](<142, 309>) blurred?", compose("Is the ", ("dog", [DOG]), " blurred?"), id="grid"),
        pytest.param(
            "Is the [dog](<0.12, 0.30, 0.48, 0.77>) blurred?",
            GroundedText("Is the dog blurred?", (Phrase(7, 10, (Box(0.12, 0.3, 0.48, 0.77),)),)),
            id="fractions",
        ),
        pytest.param(
            "[a](<142, 309>) or [b](<0.00, 0.00, 0.50, 1.00>)?",
            compose(("a", [DOG]), " or ", ("b", [Box(0, 0, 0.5, 1)]), "?"),
            id="both forms at once",
        ),
        pytest.param("Is this [odd (really)?", GroundedText("Is this [odd (really)?"), id="brackets that are no markup"),
        pytest.param("Is <b>${x}</b> ok?", GroundedText("Is <b>${x}</b> ok?"), id="html stays text"),
        pytest.param("האם 🗼 מטושטש?", GroundedText("האם 🗼 מטושטש?"), id="another script"),
    ],
)
def test_a_question_is_read_with_its_boxes(question: str, expected: GroundedText) -> None:
    assert read_question(question) == expected


def test_grounded_text_is_taken_as_it_is() -> None:
    question = compose("Is the ", ("dog", [DOG]), " blurred?")
    assert read_question(question) is question


@pytest.mark.parametrize("question", ["", " \n\t", GroundedText(""), GroundedText(" ")], ids=["nothing", "white space", "no text", "blank text"])
def test_an_empty_question_is_refused(question: str | GroundedText) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_question(question)
    assert str(refusal.value) == 'The question is empty: ask something, such as "Is the image blurred?".'


@pytest.mark.parametrize("question", ["a" * 20_000, GroundedText("a" * 20_000)], ids=["text", "grounded"])
def test_an_endless_question_is_refused_with_both_lengths(question: str | GroundedText) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_question(question)
    assert str(refusal.value) == "A question may have 2,000 characters, this one has 20,000: shorten it."


def test_the_longest_question_passes() -> None:
    assert read_question("a" * MAX_QUESTION_LENGTH).text == "a" * MAX_QUESTION_LENGTH


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        pytest.param("Is the [dog](<1, 2, 3>) sharp?", 'A box here takes 2 numbers, found 3: "1, 2, 3".', id="three numbers"),
        pytest.param("Is the [dog](<5, 400>) sharp?", "Cell 400 is outside the 20x20 grid: cells run from 0 to 399.", id="cell 400"),
        pytest.param("Is the [dog](<309, 142>) sharp?", "The corners are reversed: cell 142 is not right of and below cell 309.", id="reversed"),
        pytest.param("Is the [dog](<142, 309", "The text ends in the middle of a phrase's boxes.", id="half finished"),
        pytest.param("Is (<142, 309>) sharp?", "Boxes without a phrase before them.", id="no phrase"),
    ],
)
def test_boxes_that_cannot_be_read_are_refused_and_not_forgotten(question: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_question(question)
    assert str(refusal.value) == f"The boxes of the question cannot be read: {reason} Write them like [dog](<142, 309>), or draw them."


def length_read(question: str) -> int:
    """How much text was read; 0 for a refusal; any other error is the test's failure."""
    try:
        return len(read_question(question).text)
    except InvalidInput:
        return 0


@given(st.text(alphabet=st.sampled_from("[]()<>,.0123456789 abé🗼"), max_size=80))
def test_any_text_is_read_or_refused(question: str) -> None:
    assert length_read(question) <= len(question)


@pytest.mark.parametrize(
    "question",
    [
        "Is the image blurred?",
        "is it sharp",
        "Are the people well exposed?",
        "Isn't the sky noisy?",
        "isn’t it dark?",
        "Does the cat look sharp?",
        "Can you see noise?",
        "And is the left blurred?",
        "Look at the dog. Is it blurred?",
        "Is it blurred or not?",
        "Would you call this a good photograph?",
    ],
)
def test_yes_no_questions_are_told_by_their_verb(question: str) -> None:
    assert is_yes_no(question)


@pytest.mark.parametrize(
    "question",
    [
        "Why?",
        "What is wrong with the sky?",
        "Where is the noise?",
        "How blurred is the dog?",
        "Is it sharp or blurred?",
        "Describe the island.",
        "Issues?",
        "Is it dark? Why?",
        "Which is worse, the left or the right?",
        "",
    ],
)
def test_other_questions_are_open(question: str) -> None:
    assert not is_yes_no(question)
