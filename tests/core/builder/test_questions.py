"""Which questions become part of a record, and why others do not."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.base import QuestionAnswer, Tag
from core.boxes import Box, ImageSize
from core.builder import checking, questions
from core.builder.absent import ask_of_absent, pool
from core.builder.mentions import is_spoken_of
from core.builder.questions import AskQuestions
from core.builder.work import Grounding, Work
from core.grounded_text import compose, plain
from core.images import Image
from core.records import BoxProvenance, ImageReference, Record, Region, RegionText, with_regions

IMAGE = Image(np.zeros((30, 40, 3), np.uint8), "a" * 64, "PNG")
SKY, CAR = Tag("sky", "noisy", "negative"), Tag("car", "sharp", "positive")
LEFT, RIGHT, OTHER = Box(0, 0, 0.2, 1), Box(0.8, 0, 1, 1), Box(0.4, 0.4, 0.5, 0.5)
TEXT = compose("The ", ("sky", [LEFT]), " is noisy. The ", ("car", [RIGHT]), " is sharp.")


@dataclass
class Asks:
    """A questioner that asks what it was told to."""

    pairs: list[QuestionAnswer] = field(default_factory=list)
    name: str = "asks"

    def ask(self, description, tags):
        return self.pairs


def work(row: int = 0) -> Work:
    text, regions = with_regions(TEXT, [Region("r1", LEFT, BoxProvenance("raw", "d")), Region("r2", RIGHT, BoxProvenance("raw", "d"))])
    record = Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", row, regions, (SKY, CAR), text)
    return Work(IMAGE, record, (Grounding(SKY, ("r1",)), Grounding(CAR, ("r2",))))


def pair(question, answer, kind="yes_no") -> QuestionAnswer:
    return QuestionAnswer(kind, *(plain(text) if isinstance(text, str) else text for text in (question, answer)))


IN_SKY, IN_CAR = ("sky", [LEFT]), ("car", [RIGHT])
NOISY, WHICH = pair(compose("Is the ", IN_SKY, " noisy?"), "Yes."), pair("Which part is noisy?", compose("The ", IN_SKY, "."), "what")


@pytest.mark.parametrize(("one", "form"), [(NOISY, "referring"), (WHICH, "grounding"), (pair("Is the sky noisy?", "Yes."), "plain")], ids=["box in the question", "box in the answer", "no box"])
def test_where_the_boxes_stand_is_the_form(one, form):
    asked = AskQuestions(Asks([one]), absent=0)(work())
    assert [question.form for question in asked.record.questions] == [form] and not asked.refused
    assert len(asked.record.regions) == 2


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        pytest.param(pair("Is the dog noisy?", "Yes."), questions.NO_OBJECT, id="no object of the text"),
        pytest.param(pair("Is the sky beautiful?", "Yes."), questions.NOT_ABOUT_QUALITY, id="not about quality"),
        pytest.param(pair(compose("Is the ", ("sky", [OTHER]), " noisy?"), "Yes."), checking.OTHER_BOX, id="a box made up"),
        pytest.param(pair(compose("Is the ", IN_SKY, " overexposed?"), "Yes."), checking.NOT_STATED, id="a yes to nothing that is said"),
        pytest.param(pair(compose("Is the ", IN_SKY, " noisy?"), "No."), checking.STATED, id="a no to what is said"),
        pytest.param(pair(compose("Is the ", IN_CAR, " sharp?"), "No, it is blurred."), checking.STATED, id="a no with words"),
        pytest.param(pair(compose("Is the ", IN_SKY, " noisy?"), "Perhaps."), checking.NEITHER, id="neither"),
        pytest.param(pair(compose("What is wrong with the ", IN_SKY, "?"), "Overexposure.", "what"), checking.OTHER_ANSWER, id="another fault"),
        pytest.param(pair(compose("How is the quality of the ", IN_CAR, "?"), "Blurred.", "how"), checking.OTHER_ANSWER, id="the opposite"),
        pytest.param(pair("Which part is noisy?", compose("The ", IN_CAR, "."), "what"), checking.OTHER_ANSWER, id="the wrong object"),
        pytest.param(pair("What is wrong with the sky?", "noise " * 10_000, "what"), checking.TOO_LONG, id="an endless answer"),
    ],
)  # fmt: skip
def test_what_is_left_out_has_a_reason(one, reason):
    asked = AskQuestions(Asks([one]), absent=0)(work())
    assert asked.record.questions == () and [(left.stage, left.reason) for left in asked.refused] == [("questions", reason)]
    assert asked.refused[0].detail == f"{one.question.text} {one.answer.text}"[:500]


@pytest.mark.parametrize(
    "one",
    [
        pair(compose("Is the ", IN_CAR, " blurry?"), "No."), pair(compose("Is the ", IN_SKY, " clean?"), "No."),
        pair(compose("Why is the ", IN_SKY, " of poor quality?"), "Because of noise.", "why"), pair("What is wrong with the sky?", "It is grainy.", "what"),
        pair("Which object is sharp?", compose("The ", IN_CAR, "."), "what"), pair(compose("How does the ", IN_CAR, " look?"), "Sharp.", "how"),
    ],
    ids=lambda one: one.question.text,
)  # fmt: skip
def test_what_is_true_to_the_text_is_kept(one):
    assert len(AskQuestions(Asks([one]), absent=0, no="contradicted")(work()).record.questions) == 1


def test_no_evidence_is_a_no_in_the_papers_sense_alone():
    one = pair(compose("Is the ", IN_SKY, " overexposed?"), "No.")
    assert len(AskQuestions(Asks([one]), absent=0)(work()).record.questions) == 1
    assert [left.reason for left in AskQuestions(Asks([one]), no="contradicted")(work()).refused] == [checking.NOT_CONTRADICTED]


ODD = st.text(max_size=40) | st.lists(st.sampled_from(["is", "the", "sky", "car", "noisy", "sharp", "yes.", "no,", "why?", "which", "not", "[", "]", "(<0,", "1>)", "because", "blurred"]), max_size=9).map(" ".join)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["yes_no", "what", "why", "how"]), ODD, ODD, st.sampled_from([LEFT, RIGHT, OTHER])), max_size=5))
def test_whatever_a_questioner_says_the_record_is_sound_and_every_pair_is_kept_or_has_its_reason(said):
    pairs = [QuestionAnswer(kind, compose(question, ("sky", [box])), plain(answer)) for kind, question, answer, box in said]
    asked = AskQuestions(Asks(pairs), absent=0)(work())
    assert len(asked.record.questions) + len(asked.refused) == len(pairs)
    assert asked.record.regions == work().record.regions


def test_a_long_text_is_checked_quickly():
    text = compose("The ", IN_SKY, " is noisy and ", "the sky is odd " * 3_000, ".")
    began = time.thread_time()
    for _ in range(20):
        checking.fault_of(WHICH, text, [SKY], [LEFT])
    assert time.thread_time() - began < 5


def test_a_question_is_asked_once_whatever_its_case_and_of_each_box():
    again = pair(compose("is the ", IN_SKY, " noisy"), "Yes.")
    asked = AskQuestions(Asks([NOISY, again, pair(compose("Is the ", IN_CAR, " noisy?"), "No.")]), absent=0)(work())
    assert len(asked.record.questions) == 2 and [left.reason for left in asked.refused] == [questions.TWICE]


def test_a_share_of_records_is_asked_about_something_that_the_text_does_not_speak_of():
    asked = [AskQuestions(Asks([NOISY]), absent=0.25, seed=3)(work(row)).record.questions[1:] for row in range(400)]
    extra = [one for questions_ in asked for one in questions_]
    assert 70 < len(extra) < 130 and len({one.question.text for one in extra}) > 60
    assert {(one.kind, one.form, one.answer.text) for one in extra} == {("yes_no", "plain", "No.")}
    assert asked == [AskQuestions(Asks([NOISY]), absent=0.25, seed=3)(work(row)).record.questions[1:] for row in range(400)]


def test_nothing_absent_is_asked_of_records_without_questions_or_where_no_must_be_contradicted():
    assert not AskQuestions(Asks(), absent=1)(work()).record.questions
    assert len(AskQuestions(Asks([pair(compose("Is the ", IN_CAR, " blurry?"), "No.")]), absent=1, no="contradicted")(work()).record.questions) == 1


def test_what_the_text_speaks_of_in_any_form_is_not_absent():
    spoken = " ".join(pool()[1:])
    assert pool()[0] in ask_of_absent(spoken, [], "k", 1).question.text
    assert ask_of_absent(f"{spoken} {pool()[0]}", [], "k", 1) is None
    assert ask_of_absent(spoken, [Tag(pool()[0], "noisy", "negative")], "k", 1) is None


@pytest.mark.parametrize(("text", "noun", "spoken"), [("Two dogs.", "dog", True), ("The puppy sleeps.", "dog", True), ("A sheepdog.", "dog", True), ("A cat.", "dog", False), ("Some men.", "man", True)])
def test_a_thing_is_spoken_of_in_any_form_or_by_another_word(text, noun, spoken):
    assert is_spoken_of(text, noun) is spoken


def test_a_record_without_a_text_has_no_questions():
    empty = Work(IMAGE, Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", 0, description=None))
    assert AskQuestions(Asks([NOISY]))(empty) is empty
    assert AskQuestions(Asks([NOISY]), absent=0)(Work(IMAGE, Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", 0, description=RegionText("")))).record.questions == ()
