"""BLEU on cases worked by hand; the figures of the COCO caption evaluation (pycocoevalcap 1.2) on the same tokens."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.bleu import corpus_bleu, words

CAT = ["the", "cat", "sat", "on", "the", "mat"]
SENTENCES = st.lists(st.sampled_from(["roof", "sky", "is", "noisy", "very"]), max_size=12)


@pytest.mark.parametrize(
    ("prediction", "references", "order", "expected"),
    [
        pytest.param(CAT, [CAT], 4, 1.0, id="equal"),
        pytest.param(["the", "the", "the", "the", "the", "the"], [CAT], 1, 2 / 6, id="a word counts as often as it stands there"),
        pytest.param(["the", "cat"], [CAT], 1, math.exp(1 - 3), id="brevity"),
        pytest.param(["the", "cat", "sat", "on", "the"], [CAT, ["the", "cat", "sat", "on", "a"]], 4, 1.0, id="the closest reference counts for length"),
        pytest.param(["a", "b", "c", "d", "e"], [CAT], 4, 1.75e-12, id="no match is not quite nothing"),
        pytest.param([], [CAT], 4, 0.0, id="silence"),
        # correct 5, 3, 1, 0 of 6, 5, 4, 3
        pytest.param(["the", "cat", "sat", "on", "a", "mat"], [["the", "cat", "sat", "under", "a", "mat"]], 2, math.sqrt(5 / 6 * 3 / 5), id="two orders by hand"),
    ],
)
def test_bleu_by_hand(prediction: list[str], references: list[list[str]], order: int, expected: float) -> None:
    assert corpus_bleu([prediction], [references], order) == pytest.approx(expected, rel=1e-3, abs=1e-8)


def test_a_corpus_is_counted_together_and_not_averaged() -> None:
    predictions = [["the", "roof", "is", "noisy", "and", "the", "sky", "is", "dark"], ["blurred"]]
    references = [[["the", "roof", "is", "noisy", "but", "the", "sky", "is", "dark"]], [["very", "blurred", "image"]]]
    # 1-grams 9 of 10, 2-grams 6 of 8, 3-grams 4 of 7, 4-grams 2 of 6; 10 words against 12
    expected = (9 / 10 * 6 / 8 * 4 / 7 * 2 / 6) ** 0.25 * math.exp(1 - 12 / 10)
    assert corpus_bleu(predictions, references) == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.tuples(SENTENCES, SENTENCES), min_size=1, max_size=5))
def test_bleu_lies_between_0_and_1_and_any_order_of_pairs_gives_the_same(pairs: list[tuple[list[str], list[str]]]) -> None:
    def value(rows: list[tuple[list[str], list[str]]]) -> float:
        return corpus_bleu([one for one, _ in rows], [[other] for _, other in rows])

    assert 0 <= value(pairs) <= 1 + 1e-9 and value(pairs) == pytest.approx(value(pairs[::-1]))


def test_words_are_lower_case_without_punctuation() -> None:
    assert words("The man’s out-of-focus FACE isn't sharp; 3.5 %, [sky](<1, 2>)!") == [
        "the", "man's", "out-of-focus", "face", "isn't", "sharp", "3", "5", "sky", "1", "2",
    ]  # fmt: skip
