"""Answering, by a model that judges for itself and by one that is prompted."""

from __future__ import annotations

import pytest

from core.backends.scripted import Rule
from core.boxes import Box
from core.codecs import GiqaGrid
from core.errors import InvalidInput, MissingCapability
from core.grounded_text import compose, plain
from core.quality import Answer, Turn
from core.tasks import answer
from core.tasks.answer import stream_answer

GRID = GiqaGrid()
DOG = GRID.decode((142, 309))
LEFT = Box(0.0, 0.0, 0.5, 1.0)


def test_a_quality_model_gets_the_question_read_and_everything_beside_it(critic, image) -> None:
    history = (Turn(plain("Is it dark?"), (), Answer(plain("No."))),)
    assert answer(critic, image, "Is the [dog](<142, 309>) blurred?", [LEFT], history) == Answer(plain("Yes."), confidence=0.9)
    assert critic.asked == [(image, compose("Is the ", ("dog", [DOG]), " blurred?"), [LEFT], history)]


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        pytest.param({"Yes": 0.8, "No": 0.2}, Answer(plain("Yes."), confidence=0.8), id="yes"),
        pytest.param({"Yes": 0.25, "No": 0.75}, Answer(plain("No."), confidence=0.75), id="no"),
        pytest.param({}, Answer(plain("Yes."), confidence=0.5), id="undecided"),
        pytest.param({"Yes": float("nan"), "No": 1.0}, Answer(plain(""), "unparsed"), id="not a number"),
    ],
)
def test_yes_or_no_is_chosen_by_probability_which_is_the_confidence(probabilities: dict[str, float], expected: Answer, scripted, image) -> None:
    assert answer(scripted(Rule("blurred", "never written", probabilities)), image, "Is it blurred?") == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param("Noise.", Answer(plain("Noise.")), id="words"),
        pytest.param("The [dog](<142, 309>).", Answer(compose("The ", ("dog", [DOG]), ".")), id="a place"),
        pytest.param("[dog](<142, 309>) [cat](<9>)", Answer(compose(("dog", [DOG]), " cat")), id="what could be read is kept"),
        pytest.param("The [sky is dark.", Answer(plain("The [sky is dark.")), id="a lone bracket is punctuation"),
        pytest.param("Not in the image.", Answer(plain("Not in the image."), "absent"), id="absent"),
        pytest.param("not in the image", Answer(plain("not in the image"), "absent"), id="absent, carelessly"),
        pytest.param("", Answer(plain(""), "unparsed"), id="silence"),
        pytest.param(" \n ", Answer(plain(""), "unparsed"), id="white space"),
        pytest.param("?!...", Answer(plain("?!..."), "unparsed"), id="no words"),
        pytest.param("[dog](<309, 142>)", Answer(plain("dog"), "unparsed"), id="reversed corners"),
        pytest.param("[dog](<1, 2, 3>)", Answer(plain("dog"), "unparsed"), id="three numbers"),
    ],
)
def test_an_open_reply_is_read_and_what_cannot_be_read_says_so_with_its_text(reply: str, expected: Answer, scripted, image) -> None:
    assert answer(scripted(default=reply), image, "Where is the dog?") == expected


def test_a_lost_box_stays_among_the_problems(scripted, image) -> None:
    found = answer(scripted(default="[dog](<142, 309>, <400, 2>)"), image, "Where is the dog?")
    assert found.status == "answered" and found.boxes == (DOG,) and len(found.grounded.problems) == 1


def prompts(backend) -> list[tuple[str, str, int]]:
    """(speaker, text, number of images) of each message of the last request."""
    return [(message.speaker, message.text, len(message.images)) for message in backend.asked[-1].messages]


def test_the_prompt_carries_the_questions_boxes_and_the_drawn_ones(scripted, image) -> None:
    backend = scripted()
    answer(backend, image, "Is the [dog](<142, 309>) blurred?", [LEFT, GRID.decode((35, 319))])
    ((speaker, text, images),) = prompts(backend)
    assert (speaker, images) == ("user", 1)
    assert text.splitlines()[1:] == [
        "Is the [dog](<142, 309>) blurred? (This is about the [marked area](<0, 389>, <35, 319>).)",
        "Answer Yes or No.",
    ]


def test_an_open_question_is_told_how_to_give_places_and_how_to_say_that_there_is_none(scripted, image) -> None:
    backend = scripted()
    answer(backend, image, "Where is the noise?")
    ((_, text, _),) = prompts(backend)
    assert text.splitlines()[2] == (
        "Where the answer is a place, name it with its position. Give positions like this: [object](<124, 311>). "
        'If what is asked about is not there, reply "Not in the image."'
    )


def test_a_follow_up_goes_with_the_turns_before_it(scripted, image) -> None:
    backend = scripted(Rule("Why", "Fine detail is missing."))
    history = (Turn(compose("Is the ", ("dog", [DOG]), " blurred?"), (LEFT,), Answer(compose("The ", ("dog", [DOG]), " is."), confidence=0.9)),)
    assert answer(backend, image, "Why?", (), history).text == "Fine detail is missing."
    (first, second, third) = prompts(backend)
    assert first[0] == "user" and first[2] == 1
    assert first[1].endswith("\nIs the [dog](<142, 309>) blurred? (This is about the [marked area](<0, 389>).)")
    assert second == ("assistant", "The [dog](<142, 309>) is.", 0)
    assert third[0] == "user" and third[1].startswith("Why?\n") and third[2] == 0


def test_a_long_conversation_goes_with_its_latest_turns(scripted, image) -> None:
    backend = scripted()
    history = tuple(Turn(plain(f"Question {i}?"), (), Answer(plain(f"Answer {i}."))) for i in range(50))
    answer(backend, image, "Why?", (), history)
    told = prompts(backend)
    assert len(told) == 17 and told[0][1].endswith("Question 42?") and told[-2][1] == "Answer 49." and told[0][2] == 1


def test_markup_like_words_of_the_asker_do_not_become_boxes_of_the_model(scripted, image) -> None:
    backend = scripted()
    answer(backend, image, plain("Is [it](<1, 2>) blurred?"))
    assert "[it](<1, 2>)" not in backend.asked[0].messages[0].text


@pytest.mark.parametrize("question", ["", "a" * 20_000, "Is [it](<1>) blurred?"], ids=["empty", "endless", "bad boxes"])
def test_a_bad_question_never_reaches_a_model(question: str, critic, scripted, image) -> None:
    model = scripted()
    for backend in (critic, model):
        with pytest.raises(InvalidInput):
            answer(backend, image, question)
    assert critic.asked == model.asked == []


def test_a_backend_that_cannot_answer_is_refused(mute, image) -> None:
    with pytest.raises(MissingCapability, match=r'^Answering a question: this needs a vision-language model, and backend "mute" is nothing'):
        answer(mute, image, "Why?")


def test_an_answer_is_shown_as_it_grows_and_ends_as_it_is_given_whole(scripted, image) -> None:
    backend = scripted(default="In the [sky](<0, 199>).")
    seen = list(stream_answer(backend, image, "Where is the noise?"))
    assert seen[-1] == answer(backend, image, "Where is the noise?") and len(seen) > 2
    assert list(stream_answer(scripted(Rule("blurred", "", {"Yes": 1})), image, "Is it blurred?")) == [Answer(plain("Yes."), confidence=1.0)]


def test_a_stream_that_cannot_be_read_says_so_at_its_end(scripted, image) -> None:
    assert [one.status for one in stream_answer(scripted(default="?!"), image, "Where is the noise?")][-1] == "unparsed"
