"""What models say reaches the page as it grows, can be stopped, and fails in words; plain coroutines, real threads, scripted models."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from PIL import Image as PillowImage

from core.backends.pool import ModelPool
from core.errors import BackendUnavailable, ModelFailed
from core.grounded_text import plain
from core.images import open_image
from core.quality import Answer, Score
from core.tasks.answer import stream_answer
from studio.blocks import Block
from studio.components.model_picker import Choice, read_choice
from studio.messages import shows_errors
from studio.runs import Run, Runs
from studio.telling import Teller
from tests.waiting import until

BLOCK = Block("a1", "answer", "")


@pytest.fixture
def scripted(tmp_path):
    """`scripted(reply="...", pause_seconds=...)`: the name of a scripted model."""

    def make(default="One two three.", **script):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        path.write_text(json.dumps({"default": default, **script}))
        return f"scripted:{path}"

    return make


def asking(question="Where is it?", cancel=None):
    return lambda model: stream_answer(model, open_image(picture()), question, cancel=cancel)


def picture() -> bytes:
    buffer = io.BytesIO()
    PillowImage.new("RGB", (40, 30), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def watch(teller, at=lambda states: None):
    """All the states that a page would have seen, newest last, each as (state, text, note) of every telling."""

    async def follow():
        seen = []
        async for _ in teller.changes():
            now = [(one.block_now(teller.pool), one.said) for one in teller.tellings]
            seen.append([(block.state, said.text if said else "", block.note) for block, said in now])
            at(seen)
        return seen

    return apart(follow())


def apart(work):
    """Run in a thread of its own: a browser of other tests may keep a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_an_answer_grows_until_it_is_whole(scripted):
    name = scripted("One two three four five six.", pause_seconds=0.1)
    teller = Teller(ModelPool([name]), Run())
    teller.start(name, BLOCK, asking())
    texts = [states[0][1] for states in watch(teller)]
    assert texts[-1] == "One two three four five six."
    assert len(set(texts)) >= 4 and all(later.startswith(earlier.rstrip()) for earlier, later in itertools.pairwise(texts))
    assert teller.tellings[0].state == "done"


def test_two_models_speak_at_the_same_time(scripted):
    """The one that goes on until it is stopped leaves the other one to end."""
    slow, quick = scripted(pause_seconds=0.05, rules=[{"when": "", "reply": "on and ", "endless": True}]), scripted("q " * 4, pause_seconds=0.02)
    run = Run()
    teller = Teller(ModelPool([slow, quick]), run)
    teller.start(slow, BLOCK, asking(cancel=run.cancel))
    teller.start(quick, replace(BLOCK, id="b1", second=True), asking())
    seen = watch(teller, lambda states: run.cancel.set() if [state for state, _, _ in states[-1]] == ["running", "done"] else None)
    assert [state for state, _, _ in seen[-1]] == ["stopped", "done"]


def test_stop_keeps_what_was_said_and_is_seen_at_once(scripted):
    name = scripted(pause_seconds=0.05, rules=[{"when": "", "reply": "on and ", "endless": True}])
    run = Run()
    teller = Teller(ModelPool([name]), run)
    teller.start(name, BLOCK, asking(cancel=run.cancel))
    started = time.monotonic()
    seen = watch(teller, lambda seen: run.cancel.set() if len(seen) > 5 else None)
    assert seen[-1][0][0] == "stopped" and seen[-1][0][1].startswith("on and on")
    assert time.monotonic() - started < 15  # the model would go on for twice as long


def test_a_superseded_run_shows_nothing_more(scripted):
    name = scripted(pause_seconds=0.05, rules=[{"when": "", "reply": "on ", "endless": True}])
    runs = Runs()
    with runs.begin("page") as run, runs.begin("another page") as other:
        teller = Teller(ModelPool([name]), run)
        teller.start(name, BLOCK, asking(cancel=run.cancel))
        seen = watch(teller, lambda seen: runs.begin("page").__enter__() if len(seen) == 3 else None)
        assert len(seen) == 3 and seen[-1][0][0] in ("waiting", "running")
        assert (run.superseded, run.cancel.is_set(), other.superseded, other.cancel.is_set()) == (True, True, False, False)


def test_only_the_pages_own_run_is_stopped():
    runs = Runs()
    assert runs.stop("page") is False
    with runs.begin("page") as run, runs.begin("another") as other:
        assert runs.stop("page") is True
        assert (run.cancel.is_set(), run.superseded, other.cancel.is_set()) == (True, False, False)
    assert (runs.stop("page"), other.cancel.is_set()) == (False, True)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(ModelFailed("The reply was empty. Try again."), "The reply was empty. Try again.", id="the model failed"),
        pytest.param(BackendUnavailable("The server hung up."), "The server hung up.", id="the server is gone"),
        pytest.param(KeyError("secret"), "Something went wrong on the server; it has been written to its log. Try again.", id="anything else, without its words"),
    ],
)
def test_a_failure_in_mid_reply_is_a_sentence_and_what_was_said_stays(scripted, error, message):
    def speak(_):
        yield Answer(plain("So far"))
        raise error

    name = scripted()
    teller = Teller(ModelPool([name]), Run())
    teller.start(name, BLOCK, speak)
    assert watch(teller)[-1] == [("failed", "So far", message)]


def test_a_model_that_cannot_be_loaded_is_a_sentence_too(tmp_path):
    name = f"scripted:{tmp_path}/nothing.json"
    teller = Teller(ModelPool([name]), Run())
    teller.start(name, BLOCK, asking())
    assert watch(teller)[-1] == [("failed", "", f"The script {tmp_path}/nothing.json cannot be read: No such file or directory.")]


def test_a_score_that_fails_does_not_take_the_words_away(scripted):
    def rate(_):
        raise ModelFailed("no score")

    name = scripted()
    teller = Teller(ModelPool([name]), Run())
    teller.start(name, BLOCK, asking(), rate)
    teller.start(name, BLOCK, asking(), lambda _: Score(0.5, 0.5, 0.5, "levels"))
    assert [state for state, _, _ in watch(teller)[-1]] == ["done", "done"]
    assert [telling.score for telling in teller.tellings] == [None, Score(0.5, 0.5, 0.5, "levels")]


def test_a_choice_shows_its_probabilities_and_a_quality_model_shows_nothing(scripted):
    name = scripted(rules=[{"when": "", "probabilities": {"Yes": 0.25, "No": 0.75}}])
    teller = Teller(ModelPool([name]), Run())
    teller.start(name, BLOCK, asking("Is it blurred?"))
    teller.start("embedded", BLOCK, asking("Is it blurred?"))
    watch(teller)
    assert [telling.block_now(teller.pool).choices for telling in teller.tellings] == [(("No", 0.75), ("Yes", 0.25)), ()]


def test_leaving_a_page_in_mid_answer_cancels_its_models(scripted):
    name = scripted(pause_seconds=0.02, rules=[{"when": "", "reply": "on ", "endless": True}])
    runs, pool = Runs(), ModelPool([name])

    async def handler():
        with runs.begin("page") as run:
            teller = Teller(pool, run)
            teller.start(name, BLOCK, asking(cancel=run.cancel))
            async for _ in teller.changes():
                yield run

    async def leave():
        frames = shows_errors(handler)()
        run = await anext(frames)
        await frames.aclose()
        return run

    assert apart(leave()).cancel.is_set()
    until(lambda: not pool.state(name).users, "the model is still in use")


NAMES = ("embedded", "scripted:a")


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        pytest.param({"model": "scripted:a", "rival": "embedded"}, Choice("scripted:a", "embedded"), id="two"),
        pytest.param({"model": "scripted:a", "rival": "scripted:a"}, Choice("scripted:a"), id="the same twice"),
        pytest.param({"model": "hf:evil/model", "rival": "/etc/passwd"}, Choice("embedded"), id="not offered"),
        pytest.param({"model": ["embedded"], "rival": {}}, Choice("embedded"), id="no text"),
        pytest.param(None, Choice("embedded"), id="nothing"),
        pytest.param("scripted:a", Choice("embedded"), id="a word"),
    ],
)
def test_only_offered_models_can_be_chosen(value, choice):
    assert read_choice(value, NAMES) == choice
    assert read_choice(choice.to_json(), NAMES) == choice
