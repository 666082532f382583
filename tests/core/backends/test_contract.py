"""The contract on the fake, and what of it the embedded model keeps to through the tasks."""

from __future__ import annotations

import threading

import pytest

from core.backends import load
from core.backends.scripted import Rule, Script, ScriptedBackend
from core.tasks import answer, describe, score
from tests.core.backends.contract import CHECKS, Subject, picture

SCRIPT = Script((Rule("loop", "again ", endless=True), Rule("dog", "The [dog](<0, 21>) is.", {"Yes": 3, "No": 1})), "I cannot tell you about that, nor about this.", 0.001)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_fake_keeps_to_the_contract(check) -> None:
    check(Subject(ScriptedBackend(SCRIPT), "loop", corner_px=51))


@pytest.fixture(scope="module")
def embedded():
    return load("embedded")


def test_the_embedded_model_is_the_same_each_time(embedded) -> None:
    image = picture(200, 150)
    assert describe(embedded, image) == describe(embedded, image)
    assert answer(embedded, image, "Is it noisy?") == answer(embedded, image, "Is it noisy?")
    assert score(embedded, image) == score(embedded, image)


def test_the_embedded_models_boxes_are_in_the_image(embedded) -> None:
    for size in ((200, 150), (3, 1), (1, 3)):
        found = [*describe(embedded, picture(*size)).boxes, *answer(embedded, picture(*size), "Where is the noise?").grounded.boxes]
        assert all(0 <= value <= 1 for box in found for value in box.as_tuple())


def test_the_embedded_model_is_unharmed_by_threads(embedded) -> None:
    image = picture(200, 150)
    expected, found = describe(embedded, image), []
    threads = [threading.Thread(target=lambda: found.append(describe(embedded, image))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 3
