"""What every `VisionLanguageModel` keeps to. A backend's tests run each of `CHECKS` on a `Subject`:

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_it_keeps_to_the_contract(check, subject):
        check(subject)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from core.backends.base import ImageInput, Message, Request, VisionLanguageModel
from core.boxes import Box, ImageSize
from core.errors import Cancelled, MissingCapability
from core.grounded_text import compose
from core.images import Image

QUESTIONS = ("Is the dog blurred?", "How good is the technical quality of the tower in the background?", "Yes", "What is noisy?", "Where?")
SIZE = ImageSize(1000, 750)
GARBAGE = ("", "  \n", "plain words", "[a](<999999, 3>)", "[a](<", '[{"bbox_2d": [1, 2', '{"bbox_2d": "x", "label": 3}', "<object><patch_index_9999></object>", "]" * 50 + "[" * 50)


@dataclass(frozen=True)
class Subject:
    """`endless`: a text to which the model goes on for far longer than a test may take. `corner_px`: how far a corner may move in an image of 1000x750 pixels."""

    model: VisionLanguageModel
    endless: str = "loop"
    corner_px: float = 1.0


def picture(width: int = 90, height: int = 60, seed: int = 0) -> Image:
    return Image(np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8), f"{seed:064}", "PNG")


def asking(model: VisionLanguageModel, text: str, *, seed: int = 0, temperature: float = 0.0, tokens: int = 12) -> Request:
    """A question about a picture, where the model sees pictures."""
    images = (ImageInput(picture(seed=len(text))),) if model.sees_images else ()
    return Request((Message("user", text, images),), tokens, temperature, seed)


def replies_come_in_order_and_alike_alone(subject: Subject) -> None:
    requests = [asking(subject.model, question) for question in QUESTIONS]
    assert subject.model.generate(requests) == [subject.model.generate([request])[0] for request in requests]


def a_seed_gives_one_reply_in_any_company(subject: Subject) -> None:
    requests = [asking(subject.model, question, seed=seed, temperature=1.5) for seed, question in enumerate(QUESTIONS)]
    together = subject.model.generate(requests)
    assert together == subject.model.generate(requests) == [subject.model.generate([request])[0] for request in requests]


def nothing_asked_is_nothing_answered(subject: Subject) -> None:
    assert subject.model.generate([]) == [] and subject.model.choose([], ["Yes", "No"]) == []


def a_stream_is_the_reply_in_pieces(subject: Subject) -> None:
    for request in (asking(subject.model, QUESTIONS[1]), asking(subject.model, QUESTIONS[0], temperature=1.0, seed=5)):
        assert "".join(subject.model.stream(request)) == subject.model.generate([request])[0]


def replies_end_at_their_limits(subject: Subject) -> None:
    assert subject.model.generate([asking(subject.model, subject.endless, tokens=0)]) == [""]
    short, long = asking(subject.model, subject.endless, tokens=2), asking(subject.model, subject.endless, tokens=30)
    first, second = subject.model.generate([short, long])
    assert len(first) < len(second)


def work_that_was_cancelled_before_does_not_begin(subject: Subject) -> None:
    cancel = threading.Event()
    cancel.set()
    request = asking(subject.model, subject.endless, tokens=100_000)
    with pytest.raises(Cancelled):
        subject.model.generate([request], cancel)
    with pytest.raises(Cancelled):
        subject.model.choose([request], ["Yes", "No"], cancel)
    assert list(subject.model.stream(request, cancel)) == []


def work_stops_soon_when_cancelled(subject: Subject) -> None:
    request = asking(subject.model, subject.endless, tokens=100_000)
    cancel, started = threading.Event(), time.monotonic()
    threading.Timer(0.3, cancel.set).start()
    with pytest.raises(Cancelled):
        subject.model.generate([request], cancel)
    assert time.monotonic() - started < 20  # so many tokens take minutes


def a_stream_ends_quietly_when_cancelled(subject: Subject) -> None:
    cancel, pieces = threading.Event(), 0
    for _ in subject.model.stream(asking(subject.model, subject.endless, tokens=100_000), cancel):
        pieces += 1
        if pieces == 3:
            cancel.set()
    assert 3 <= pieces < 200


def a_stream_left_behind_leaves_the_model_free(subject: Subject) -> None:
    pieces = subject.model.stream(asking(subject.model, subject.endless, tokens=100_000))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # every stream here is a generator
    assert len(subject.model.generate([asking(subject.model, QUESTIONS[0])])) == 1


def probabilities_sum_to_one_in_order(subject: Subject) -> None:
    requests = [asking(subject.model, question) for question in QUESTIONS]
    for choices in (["Yes", "No"], ["excellent", "good", "fair", "poor", "bad"], ["good", "goodish", "very good"], ["only"]):
        found = subject.model.choose(requests, choices)
        assert [sum(row) for row in found] == pytest.approx([1.0] * len(requests), abs=1e-6)
        assert all(0 <= chance <= 1 for row in found for chance in row) and {len(row) for row in found} == {len(choices)}
        assert found == [pytest.approx(subject.model.choose([request], choices)[0], abs=2e-4) for request in requests]
        backwards = subject.model.choose(requests, choices[::-1])
        assert [row[::-1] for row in backwards] == [pytest.approx(row, abs=2e-4) for row in found]


def boxes_make_the_round_trip(subject: Subject) -> None:
    dialect = subject.model.dialect
    said = compose("The ", ("tower", [Box(0.2, 0.3, 0.61, 0.87)]), " is noisy, the ", ("candles", [Box(0.1, 0.1, 0.3, 0.5), Box(0.5, 0.5, 0.9, 0.93)]), " are sharp.")
    read = dialect.read(dialect.write(said, SIZE), SIZE)
    assert read.text == said.text and [(p.start, p.end) for p in read.phrases] == [(p.start, p.end) for p in said.phrases] and not read.problems
    corners = [(was.as_tuple(), now.as_tuple()) for was, now in zip(said.boxes, read.boxes, strict=True)]
    moved = [abs(was[at] - now[at]) * (SIZE.height if at % 2 else SIZE.width) for was, now in corners for at in range(4)]
    assert max(moved) <= subject.corner_px
    assert dialect.write(read, SIZE) == dialect.write(said, SIZE), "what was written once is stable"


def any_text_can_be_read_and_lost_boxes_are_reported(subject: Subject) -> None:
    dialect = subject.model.dialect
    whole = dialect.write(compose("The ", ("tower", [Box(0.2, 0.3, 0.6, 0.8)]), " is noisy."), SIZE)
    for reply in (*GARBAGE, *(whole[:end] for end in range(len(whole)))):
        read = dialect.read(reply, SIZE)
        assert read.phrases or read.problems or not dialect.attempts_boxes(reply), reply
        assert all(0 <= value <= 1 for box in read.boxes for value in box.as_tuple())
        assert reply.startswith(dialect.settled(reply))


def endless_text_is_read_in_no_time(subject: Subject) -> None:
    dialect, started = subject.model.dialect, time.thread_time()
    one = dialect.write(compose("The ", ("tower", [Box(0.2, 0.3, 0.6, 0.8)]), " is noisy. "), SIZE)
    for reply in (one * 10_000, "[" * 100_000, "{" * 100_000, '{"bbox_2d": ' * 10_000, "<phrase>" * 20_000, "[a](<1, " * 20_000):
        dialect.read(reply, SIZE)
        dialect.settled(reply)
    assert time.thread_time() - started < 10


def images_that_cannot_be_taken_are_refused(subject: Subject) -> None:
    if not subject.model.sees_images:
        request = replace(asking(subject.model, "Is it sharp?"), messages=(Message("user", "Is it sharp?", (ImageInput(picture()),)),))
        with pytest.raises(MissingCapability):
            subject.model.generate([request])


CHECKS: tuple[Callable[[Subject], None], ...] = (
    replies_come_in_order_and_alike_alone,
    a_seed_gives_one_reply_in_any_company,
    nothing_asked_is_nothing_answered,
    a_stream_is_the_reply_in_pieces,
    replies_end_at_their_limits,
    work_that_was_cancelled_before_does_not_begin,
    work_stops_soon_when_cancelled,
    a_stream_ends_quietly_when_cancelled,
    a_stream_left_behind_leaves_the_model_free,
    probabilities_sum_to_one_in_order,
    boxes_make_the_round_trip,
    any_text_can_be_read_and_lost_boxes_are_reported,
    endless_text_is_read_in_no_time,
    images_that_cannot_be_taken_are_refused,
)
