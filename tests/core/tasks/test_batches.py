"""Many questions at once give what each gives alone."""

from __future__ import annotations

from threading import Event

import pytest

from core.backends.scripted import Rule
from core.boxes import Box
from core.errors import Cancelled
from core.tasks import answer, describe
from core.tasks.batches import Asked, answer_each, describe_each

QUESTIONS = ("Is it blurred?", "Where is the noise?", "Is it dark?", "Why?")


def test_answers_in_a_batch_are_those_given_alone_in_their_order(scripted, image) -> None:
    backend = scripted(Rule("blurred", "", {"Yes": 3, "No": 1}), Rule("dark", "", {"No": 1}), Rule("noise", "In the [sky](<0, 199>)."), default="Because.")
    together = answer_each(backend, [Asked(image, question) for question in QUESTIONS])
    assert together == [answer(backend, image, question) for question in QUESTIONS]
    assert [one.text for one in together] == ["Yes.", "In the sky.", "No.", "Because."]


def test_drawn_boxes_go_with_their_question(critic, image) -> None:
    answer_each(critic, [Asked(image, "Is it dark?", (Box(0, 0, 0.5, 1),))])
    assert critic.asked[0][2] == (Box(0, 0, 0.5, 1),)


def test_descriptions_in_a_batch_are_those_given_alone(scripted, critic, image) -> None:
    for backend in (scripted(default="The [sky](<0, 199>) is noisy."), critic):
        assert describe_each(backend, [image, image]) == [describe(backend, image)] * 2


def test_a_cancelled_batch_says_so(critic, image) -> None:
    cancel = Event()
    cancel.set()
    with pytest.raises(Cancelled):
        answer_each(critic, [Asked(image, "Is it dark?")], cancel)
    with pytest.raises(Cancelled):
        describe_each(critic, [image], cancel)


def test_nothing_asked_is_nothing_answered(scripted, critic) -> None:
    assert answer_each(scripted(), []) == answer_each(critic, []) == describe_each(scripted(), []) == []
