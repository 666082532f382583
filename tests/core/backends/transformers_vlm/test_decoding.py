"""Batches, seeds, streams, closed sets, and models that misbehave."""

from __future__ import annotations

import json
import logging
import math
import shutil
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from core.backends import load
from core.backends.base import Message, Request
from core.backends.devices import device_lock, held
from core.errors import Cancelled, ModelFailed
from core.tasks import score
from tests import tiny_models
from tests.core.backends.contract import QUESTIONS, asking, picture
from tests.waiting import HANG_SECONDS


@contextmanager
def forward_passes(model):
    """Every forward pass of the language model: the shape of what went in, (rows, tokens)."""
    part, seen = model.engine.model.get_output_embeddings(), []
    handle = part.register_forward_hook(lambda _module, given, _out: seen.append(tuple(given[0].shape[:2])))
    try:
        yield seen
    finally:
        handle.remove()


@contextmanager
def memory_for(model, rows: int):
    """A device whose memory suffices for so many rows, and not for one more."""
    import torch

    def check(_module, given) -> None:
        if given[0].shape[0] > rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")

    handle = model.engine.model.get_output_embeddings().register_forward_pre_hook(check)
    try:
        yield
    finally:
        handle.remove()


@pytest.mark.parametrize("family", tiny_models.ALL)
@pytest.mark.parametrize("choices", [("Yes", "No"), ("excellent", "good", "fair", "poor", "bad"), ("good", "goodish")], ids=lambda c: c[1])
def test_a_closed_set_takes_one_pass_and_no_decoding_step(family, choices, model_of) -> None:
    model = model_of(family)
    with forward_passes(model) as passes:
        model.choose([asking(model, question) for question in QUESTIONS], choices)
    with forward_passes(model) as single:
        model.generate([asking(model, question, tokens=1) for question in QUESTIONS])
    assert len(passes) == 1
    if choices != ("good", "goodish"):
        assert passes[0][0] == len(QUESTIONS) == sum(rows for rows, _ in single), "no more rows than generating one token has"


def test_a_choice_has_the_probability_of_its_tokens(model_of) -> None:
    """Computed by hand from the logits after the prompt; choices that begin alike part at the next token."""
    import torch

    model = model_of("llama")
    request, engine = asking(model, "Is it sharp?"), model.engine
    words = engine.tokenizer

    def after(*tail: int) -> torch.Tensor:
        ids = engine.encoded([model.prompter.prompt(request)])["input_ids"][0].tolist() + list(tail)
        with torch.inference_mode():
            return engine.model(torch.tensor([ids])).logits[0, -1].double().softmax(0)

    first = {choice: {words.encode(":" + choice)[-1], words.encode(": " + choice)[-1]} for choice in ("Yes", "No")}
    chances = [sum(float(after()[token]) for token in first[choice]) for choice in ("Yes", "No")]
    assert model.choose([request], ["Yes", "No"]) == [pytest.approx([chance / sum(chances) for chance in chances], abs=1e-4)]
    longer, shorter = (words.encode(": " + choice)[len(words.encode(":")) :] for choice in ("goodish", "good"))
    assert longer[: len(shorter)] == shorter
    end, on = float(after(*shorter)[words.eos_token_id]), float(after(*shorter)[longer[len(shorter)]])
    assert model.choose([request], ["good", "goodish"]) == [pytest.approx([end / (end + on), on / (end + on)], abs=1e-4)]


def test_choices_that_cannot_be_told_apart_share(model_of) -> None:
    assert model_of("llama").choose([asking(model_of("llama"), "?")], ["Yes", "Yes"]) == [[0.5, 0.5]]


def test_draws_follow_the_temperature(model_of) -> None:
    model = model_of("llama")
    drawn = Counter(model.generate([asking(model, "Is it?", seed=seed, temperature=1.0, tokens=1) for seed in range(200)]))
    cool = Counter(model.generate([asking(model, "Is it?", seed=seed, temperature=0.01, tokens=1) for seed in range(20)]))
    assert len(drawn) > 20 and len(cool) == 1
    assert cool.keys() == set(model.generate([asking(model, "Is it?", tokens=1)]))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_out_of_memory_halves_the_batch_says_so_and_goes_on(rows, model_of, caplog) -> None:
    model = model_of("llava")
    requests = [asking(model, question) for question in QUESTIONS]
    expected = model.generate(requests)
    with memory_for(model, rows), caplog.at_level(logging.WARNING):
        assert model.generate(requests) == expected
        assert model.choose(requests, ["Yes", "No"]) == [pytest.approx(row, abs=1e-4) for row in model.choose(requests, ["Yes", "No"])]
    assert f"{model.name}: out of memory with 5 at once, going on with 2" in caplog.text


def test_a_single_request_without_memory_is_told_what_to_do(model_of) -> None:
    model = model_of("llava")
    with memory_for(model, 0):
        for ask in (lambda: model.generate([asking(model, "?")]), lambda: list(model.stream(asking(model, "?"))), lambda: model.choose([asking(model, "?")], ["a", "b"])):
            with pytest.raises(ModelFailed, match=r"a single request does not fit into memory\. Lower max_pixels, or load the model with dtype=bfloat16"):
                ask()
    assert len(model.generate([asking(model, "?")])) == 1, "the device is free again"


@pytest.fixture(scope="module")
def overflowing(tmp_path_factory):
    """A model whose numbers are not finite."""
    model = load(f"hf:{tiny_models.llava(tmp_path_factory.mktemp('nan'))}")
    model.engine.model.get_output_embeddings().weight.data[7] = float("nan")
    return model


def test_numbers_that_are_not_finite_never_become_text(overflowing) -> None:
    with pytest.raises(ModelFailed, match=r"the model gave numbers that are not finite \(overflow\)\. Try dtype=bfloat16"):
        overflowing.generate([asking(overflowing, "?")])
    with pytest.raises(ModelFailed, match="not finite"):
        list(overflowing.stream(asking(overflowing, "?")))


def test_numbers_that_are_not_finite_are_no_probabilities(overflowing) -> None:
    (found,) = overflowing.choose([asking(overflowing, "?")], ["Yes", "No"])
    assert all(math.isnan(chance) for chance in found)
    assert score(overflowing, picture()).unparsed == 1


def test_a_model_that_says_nothing_gives_nothing(tmp_path) -> None:
    folder = tiny_models.llama(tmp_path / "silent")
    model = load(f"hf:{folder}")
    prompt = model.prompter.prompt(asking(model, "Is it?"))
    token = int(model.engine.model.generate(**model.engine.encoded([prompt]), max_new_tokens=1)[0, -1])
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [token]}))
    silent = load(f"hf:{folder}")
    assert silent.generate([asking(silent, "Is it?")]) == [""] and list(silent.stream(asking(silent, "Is it?"))) == []


def test_what_a_checkpoint_says_of_sampling_is_left_out(tmp_path) -> None:
    folder = tiny_models.llama(tmp_path / "sampling")
    plain = load(f"hf:{folder}").generate([asking(load(f"hf:{folder}"), "Is it?")])
    settings = json.loads((folder / "generation_config.json").read_text()) | {"do_sample": True, "temperature": 5.0, "repetition_penalty": 3.0, "max_length": 3}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    model = load(f"hf:{folder}")
    assert model.generate([asking(model, "Is it?")]) == plain


def test_long_and_short_requests_are_batched_by_length(model_of) -> None:
    model = model_of("llama?batch=2")
    requests = [asking(model, "word " * count, tokens=1) for count in (1, 200, 2, 190, 3)]
    with forward_passes(model) as passes:
        replies = model.generate(requests)
    assert [rows for rows, _ in passes] == [2, 2, 1]
    assert replies == [model.generate([request])[0] for request in requests]


def test_several_people_take_turns(model_of) -> None:
    """Two threads, two models, one device: everyone gets what they get alone."""
    models = [model_of("llava"), model_of("llama")]
    expected = {model.name: model.generate([asking(model, question) for question in QUESTIONS]) for model in models}
    found: list[tuple[str, list[str]]] = []

    def ask(model) -> None:
        found.append((model.name, model.generate([asking(model, question) for question in QUESTIONS])))

    threads = [threading.Thread(target=ask, args=(model,)) for model in models * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and all(replies == expected[name] for name, replies in found)


def test_streams_choices_and_batches_at_once_do_not_confuse_the_tokenizer(model_of) -> None:
    model, failed = model_of("kosmos2"), []
    requests = [asking(model, question, tokens=20) for question in QUESTIONS]
    expected = model.generate(requests), model.choose(requests, ["Yes", "No"])

    def work(kind: int) -> None:
        for _ in range(5):
            if kind == 2:
                good = model.choose(requests, ["Yes", "No"]) == [pytest.approx(row, abs=1e-4) for row in expected[1]]
            else:
                good = (["".join(model.stream(request)) for request in requests] if kind else model.generate(requests)) == expected[0]
            failed.extend([] if good else [kind])

    threads = [threading.Thread(target=work, args=(kind,)) for kind in (0, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_a_model_that_breaks_off_is_told_of(tmp_path) -> None:
    """Its processor counts other image tokens than the model gives."""
    folder = tiny_models.llava(tmp_path / "odd")
    settings = json.loads((folder / "processor_config.json").read_text()) | {"num_additional_image_tokens": 5}
    (folder / "processor_config.json").write_text(json.dumps(settings))
    model = load(f"hf:{folder}")
    for ask in (lambda: model.generate([asking(model, "?")]), lambda: list(model.stream(asking(model, "?")))):
        with pytest.raises(ModelFailed, match=r"the model broke off: .*\. Try another input; if that fails as well, load the model again\."):
            ask()


def test_waiting_for_a_device_can_be_cancelled(model_of) -> None:
    model, cancel = model_of("llama"), threading.Event()
    (device,) = model.engine.devices
    release, holds = threading.Event(), threading.Event()
    holder = threading.Thread(target=lambda: _hold(device, holds, release))
    holder.start()
    assert holds.wait(HANG_SECONDS)
    threading.Timer(0.2, cancel.set).start()
    try:
        with pytest.raises(Cancelled):
            model.generate([asking(model, "Is it?")], cancel)
        assert list(model.stream(asking(model, "Is it?"), cancel)) == []
    finally:
        release.set()
        holder.join()


def _hold(device: str, holds: threading.Event, release: threading.Event) -> None:
    with held([device]):
        holds.set()
        release.wait(HANG_SECONDS)


def replying(model) -> list[str]:
    """The threads in which the model replies now."""
    return [thread.name for thread in threading.enumerate() if thread.name == f"reply of {model.name}"]


def test_a_reader_who_goes_away_stops_the_thread(model_of) -> None:
    model = model_of("llava")
    pieces = model.stream(asking(model, QUESTIONS[0], tokens=100_000))
    next(pieces)
    assert len(replying(model)) == 1
    started = time.monotonic()
    del pieces
    assert not replying(model) and time.monotonic() - started < 20, "a hundred thousand tokens take minutes"
    assert device_lock(model.engine.devices[0]).acquire(blocking=False)
    device_lock(model.engine.devices[0]).release()


def test_a_stream_that_nobody_begins_costs_nothing(model_of) -> None:
    model = model_of("llava")
    stream = model.stream(asking(model, QUESTIONS[0], tokens=100_000))
    assert not replying(model)
    del stream


def test_letters_of_several_tokens_come_whole(model_of) -> None:
    model = model_of("qwen3_vl")
    pieces = list(model.stream(asking(model, QUESTIONS[0], tokens=60, temperature=2.0)))
    assert not any(piece.endswith("\ufffd") for piece in pieces[:-1])


def test_a_second_model_loads_while_the_first_goes_on(model_of, folder_of) -> None:
    model, name, times, spoken = model_of("llava"), f"hf:{folder_of('qwen3_vl')}", 8, list[float]()
    pieces = model.stream(asking(model, QUESTIONS[0], tokens=100_000))
    next(pieces)
    loader = threading.Thread(target=lambda: [load(name) for _ in range(times)])
    loader.start()
    while loader.is_alive():
        next(pieces)
        spoken.append(time.monotonic())
    pieces.close()
    assert len(spoken) > 3 and max(after - before for before, after in pairwise(spoken)) < HANG_SECONDS / 4


@pytest.mark.parametrize("family", ["llama", "qwen3_vl"])
def test_a_model_that_can_think_or_not_replies_at_once(family, folder_of, tmp_path) -> None:
    folder = shutil.copytree(folder_of(family), tmp_path / "thinking")
    (folder / "chat_template.jinja").write_text("{{ 'hm' if enable_thinking is not defined or enable_thinking else 'at once' }}")
    model = load(f"hf:{folder}")
    assert model.prompter.prompt(Request((Message("user", "Is it?"),))).text == "at once"


def test_a_turn_that_no_template_takes_is_refused(tmp_path) -> None:
    from core.errors import InvalidInput

    folder = tiny_models.llama(tmp_path / "strict")
    template = "{% for m in messages %}{% if m['role'] == 'system' or (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate!') }}{% endif %}{{ m['content'] }}|{% endfor %}"
    (folder / "chat_template.jinja").write_text(template)
    model = load(f"hf:{folder}")
    folded = model.prompter.prompt(Request((Message("system", "Be brief."), Message("user", "Is it?"))))
    assert folded.text == "Be brief.\nIs it?|", "what the system says goes to the first user"
    with pytest.raises(InvalidInput, match=r"its chat template refuses this chat: alternate!"):
        model.generate([replace(asking(model, "a"), messages=(Message("user", "a"), Message("user", "b")))])
