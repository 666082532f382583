"""A server that behaves: what it is sent, and what its replies become."""

from __future__ import annotations

import base64
import threading
import time

import numpy as np
import pytest

from core.backends import load
from core.backends.base import ImageInput, Message, Request, VisionLanguageModel
from core.dialects import GRID_MARKUP
from core.errors import Cancelled, MissingCapability
from core.images import Image, open_image
from core.tasks import answer, describe, score
from core.tasks.answer import stream_answer
from core.tasks.describe import stream_description
from tests.core.backends.openai_api.mischief import Mischief, alternatives, always, chatter, in_turn, polite, said, trickle
from tests.waiting import HANG_SECONDS


def image(width: int = 40, height: int = 30, shade: int = 0) -> Image:
    return Image(np.full((height, width, 3), shade, np.uint8), f"{shade:064}", "PNG")


def asking(text: str, *images: ImageInput, **options) -> Request:
    return Request((Message("user", text, images),), **options)


def test_it_is_a_vision_language_model_by_its_name(server: Mischief):
    backend = load(server.name())
    assert isinstance(backend, VisionLanguageModel) and backend.sees_images
    assert backend.name == server.name() and backend.dialect == GRID_MARKUP
    assert backend.generate([asking("Hello there.")]) == ["Hello there."]
    assert backend.generate([]) == [] and backend.choose([], ["Yes", "No"]) == []


def test_a_request_is_sent_in_the_words_of_the_protocol(server: Mischief):
    turns = (Message("system", "Be brief."), Message("user", "Is it sharp?", (ImageInput(image(shade=7)),)), Message("assistant", "Yes."), Message("user", "Why?"))
    load(server.name()).generate([Request(turns, max_new_tokens=9, temperature=0.5, seed=3)])
    body = server.asked[0].body
    url = body["messages"][1]["content"][0]["image_url"]["url"]
    assert {name: value for name, value in body.items() if name != "messages"} == {"model": "llava", "temperature": 0.5, "seed": 3, "max_tokens": 9, "stream": True}
    assert [turn["role"] for turn in body["messages"]] == ["system", "user", "assistant", "user"]
    assert [turn["content"] for turn in body["messages"][::2]] == ["Be brief.", "Yes."] and body["messages"][1]["content"][1] == {"type": "text", "text": "Is it sharp?"}
    assert url.startswith("data:image/png;base64,")
    assert np.array_equal(open_image(base64.b64decode(url.partition(",")[2])).pixels, image(shade=7).pixels)


@pytest.mark.parametrize(("size", "shown", "kind"), [((3000, 1500), (2048, 1024), "jpeg"), ((2048, 900), (2048, 900), "png"), ((9, 5000), (4, 2048), "png")])
def test_a_large_image_is_sent_smaller(server: Mischief, size, shown, kind):
    load(server.name()).generate([asking("?", ImageInput(image(*size)))])
    url = server.asked[0].body["messages"][0]["content"][0]["image_url"]["url"]
    sent = open_image(base64.b64decode(url.partition(",")[2])).size
    assert url.startswith(f"data:image/{kind};") and (sent.width, sent.height) == shown


def test_several_images_are_introduced_by_their_roles(server: Mischief):
    images = [ImageInput(image(shade=shade), role) for shade, role in enumerate(("reference", "a", "b", "image", "image"))]
    load(server.name()).generate([asking("Which is better?", *images)])
    parts = server.asked[0].body["messages"][0]["content"]
    assert [part["text"] for part in parts if part["type"] == "text"] == ["Reference image:", "Image A:", "Image B:", "Image 1:", "Image 2:", "Which is better?"]


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        pytest.param(said("Fine."), "Fine.", id="a text"),
        pytest.param(said(""), "", id="nothing"),
        pytest.param(said([{"type": "text", "text": "Fi"}, {"type": "image"}, "x", {"type": "text", "text": "ne."}]), "Fine.", id="parts"),
        pytest.param(said(None, message={"content": None, "refusal": "I will not."}), "I will not.", id="a refusal"),
        pytest.param(said("<think>hm</think>Fine."), "<think>hm</think>Fine.", id="thoughts are kept for whoever looks"),
        pytest.param(said("half \ud800 a character"), "half ? a character", id="half a character"),
        pytest.param(said("Fine.", model=None), "Fine.", id="no model named"),
        pytest.param(said("Fine.", model="org/LLaVA-1.5-7b"), "Fine.", id="the model with owner and version"),
        pytest.param(said("Fine.", model="/models/llava.gguf"), "Fine.", id="the model as a file"),
        pytest.param(said("Fine.", finish_reason=None, surprise=[1]), "Fine.", id="fields that nobody knows"),
    ],
)  # fmt: skip
def test_replies_of_many_forms_are_read(server: Mischief, reply, text):
    server.behaviour = always(reply)
    assert load(server.name()).generate([asking("?")]) == [text]


def test_replies_stand_in_order_and_only_so_many_are_asked_at_once(server: Mischief):
    together = threading.Barrier(3, timeout=HANG_SECONDS)

    def slower_at_first(exchange, asked):
        if int(asked.text) < 3:
            together.wait()
        time.sleep(0.15 - int(asked.text) / 100)
        polite(exchange, asked)

    server.behaviour = slower_at_first
    backend = load(server.name("concurrency=3"))
    assert backend.generate([asking(str(number)) for number in range(10)]) == [str(number) for number in range(10)]
    assert server.most_at_once == 3


def test_a_stream_comes_in_pieces_and_from_a_server_that_does_not_stream_whole(server: Mischief):
    backend = load(server.name())
    assert list(backend.stream(asking("one two three"))) == ["one ", "two ", "three"] and server.asked[0].body["stream"] is True
    server.behaviour = always(said("all at once"))
    assert list(backend.stream(asking("?"))) == ["all at once"]


@pytest.mark.parametrize("behaviour", [chatter, trickle], ids=["in the midst of words", "before the first word"])
def test_a_cancelled_stream_ends_quietly_and_closes_its_connection(server: Mischief, behaviour):
    server.behaviour = behaviour
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    pieces = list(load(server.name()).stream(asking("?"), cancel))
    assert set(pieces) <= {"again "} and server.gone.wait(HANG_SECONDS)


def test_a_stream_that_nobody_reads_on_is_closed(server: Mischief):
    server.behaviour = chatter
    stream = load(server.name()).stream(asking("?"))
    assert next(stream) == "again "
    stream.close()
    assert server.gone.wait(HANG_SECONDS)


@pytest.mark.parametrize("ask", ["generate", "choose"])
def test_cancelling_is_told_soon_and_closes_the_connections(server: Mischief, ask):
    server.behaviour = trickle
    backend, cancel = load(server.name("timeout=600")), threading.Event()
    threading.Timer(0.2, cancel.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        backend.generate([asking("?")] * 9, cancel) if ask == "generate" else backend.choose([asking("?")] * 9, ["Yes", "No"], cancel)
    assert time.monotonic() - started < 15 and server.gone.wait(HANG_SECONDS)
    server.behaviour = polite
    assert backend.generate([asking("after")]) == ["after"]


def test_a_model_without_eyes_is_shown_no_image(server: Mischief):
    backend = load(server.name("text_only=yes"))
    assert backend.generate([asking("word")]) == ["word"] and not backend.sees_images
    for ask in (lambda one: backend.generate([one]), lambda one: list(backend.stream(one)), lambda one: backend.choose([one], ["Yes", "No"])):
        with pytest.raises(MissingCapability, match=r"reads only text \(text_only=yes\)"):
            ask(asking("?", ImageInput(image())))


@pytest.mark.parametrize(
    ("boxes", "written", "expected"),
    [("grid", "[sky](<0, 199>)", (0.025, 0.025, 0.975, 0.475)), ("fractions", "[sky](<0, 0, 1, 0.5>)", (0, 0, 1, 0.5)), ("per_mille", "[sky](<0, 0, 1000, 500>)", (0, 0, 1, 0.5))],
)
def test_boxes_are_written_and_read_as_the_name_says(server: Mischief, boxes, written, expected):
    server.behaviour = always(said(f"The {written} is noisy."))
    grounded = describe(load(server.name(f"boxes={boxes}")), image())
    assert grounded.boxes[0].as_tuple() == pytest.approx(expected) and grounded.text == "The sky is noisy."
    assert f"<{written.count(',') * '%s, '}%s>".count("%s") == server.asked[0].text.partition("(<")[2].partition(">")[0].count(",") + 1


def test_every_task_works_through_a_server(server: Mischief):
    server.behaviour = in_turn(
        always(said("<think>The sky [dog](<0, 1>)?</think>The [sky](<0, 199>) is noisy.")),
        always(said("<think>hm</think>The [sky](<0, 199>).")),
        always(said("Yes", logprobs=alternatives(Yes=-0.2231, No=-1.6094))),
        always(said("good", logprobs=alternatives(good=0.0))),
    )
    backend = load(server.name())
    described = describe(backend, image())
    assert described.text == "The sky is noisy." and described.raw.startswith("<think>")
    assert answer(backend, image(), "Where is the noise?").text == "The sky."
    assert answer(backend, image(), "Is it noisy?").confidence == pytest.approx(0.8, abs=0.001)
    assert score(backend, image()).value == pytest.approx(0.75)


def test_tasks_stream_through_a_server_and_hide_what_it_thinks(server: Mischief):
    def thoughtful(exchange, _):
        exchange.begin()
        for word in ("<think>", "hm ", "hm", "</think>", "The ", "[sky](<0, ", "199>)", " is noisy."):
            exchange.word(word)
        exchange.word("", "stop")

    server.behaviour = thoughtful
    seen = [one.text for one in stream_description(load(server.name()), image())]
    assert seen[-1] == "The sky is noisy." and all("hm" not in text for text in seen)
    assert [one.text for one in stream_answer(load(server.name()), image(), "Where is the noise?")][-1] == "The sky is noisy."
