"""Yes/no answers, with the paper's own arithmetic."""

from __future__ import annotations

import pytest

from core.evaluation.answers import accuracy, balanced_accuracy, constant_baselines, normalized, read_yes_no, total_accuracy
from core.evaluation.shares import Share

BENCH = ["yes"] * 35 + ["no"] * 55  # GIQA-Bench (Grounding-IQA, Tab. 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes.", "yes"), (" no, it is not", "no"), ("**Yes**", "yes"), ("NOPE", "no"), ("yeah", "yes"), ("Nothing", None), ("Not in the image.", None),
        ("", None), ("It is blurred.", None), ("yesterday", None), ("“No”", "no"), ("\nYes\n", "yes"), ("N/A", None), ("да", None),
    ],
)  # fmt: skip
def test_the_first_word_is_the_answer_and_nothing_is_guessed(text: str, expected: str | None) -> None:
    assert read_yes_no(text) == expected


def test_constant_answers_score_as_the_papers_split_says() -> None:
    found = constant_baselines(BENCH)
    assert found["always no"].value == pytest.approx(0.6111, abs=5e-5) and found["always yes"].value == pytest.approx(0.3889, abs=5e-5)
    assert balanced_accuracy(["no"] * 90, BENCH) == 0.5
    assert balanced_accuracy([None] * 90, BENCH) == 0.0
    assert balanced_accuracy(["yes"], ["yes"]) is None


def test_an_answer_that_cannot_be_read_is_wrong() -> None:
    assert accuracy([None, "yes", "no"], ["yes", "yes", "yes"]) == Share(1, 3)


@pytest.mark.parametrize(
    ("yes_no", "open_ended", "total"),
    [(0.8444, 0.5875, 0.7417), (0.7777, 0.5458, 0.6850), (0.8333, 0.5625, 0.7250), (0.6444, 0.5375, 0.6017), (0.4444, 0.5167, 0.4733)],
)
def test_the_total_is_weighted_as_in_the_papers_rows(yes_no: float, open_ended: float, total: float) -> None:
    assert total_accuracy(yes_no, 90, open_ended, 60) == pytest.approx(total, abs=1e-4)


def test_of_no_questions_there_is_no_total() -> None:
    assert total_accuracy(0.0, 0, 0.0, 0) is None


def test_a_normalised_answer_is_its_words() -> None:
    assert normalized(" The  Window, (blurred). ") == normalized("a window blurred") == "window blurred"
