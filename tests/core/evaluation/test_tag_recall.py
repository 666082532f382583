"""Tag-Recall on sets counted by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from core.boxes import Box
from core.evaluation.shares import Share
from core.evaluation.tag_recall import NamedBox, TagCounts, count_tags, macro_precision, macro_recall

LEFT, RIGHT, MOST_OF_LEFT, HALF_OF_LEFT = Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1), Box(0, 0, 0.4, 1), Box(0, 0, 0.25, 1)


def same_name(a: Sequence[str], b: Sequence[str]) -> NDArray[np.floating]:
    return np.array([[float(one == other) for other in b] for one in a])


def tags(*pairs: tuple[str, Box]) -> list[NamedBox]:
    return [NamedBox(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("predictions", "references", "expected"),
    [
        pytest.param([], [], TagCounts(0, 0, 0), id="nothing"),
        pytest.param(tags(("sky", LEFT)), [], TagCounts(0, 1, 0), id="one too many"),
        pytest.param(tags(("sky", MOST_OF_LEFT)), tags(("sky", LEFT)), TagCounts(1, 1, 1), id="found"),
        pytest.param(tags(("sky", HALF_OF_LEFT)), tags(("sky", LEFT)), TagCounts(0, 1, 1), id="IoU of one half is not above it"),
        pytest.param(tags(("sea", LEFT)), tags(("sky", LEFT)), TagCounts(0, 1, 1), id="another name"),
        pytest.param(tags(("sky", LEFT), ("sky", LEFT)), tags(("sky", LEFT)), TagCounts(1, 2, 1), id="found twice counts once"),
        pytest.param(tags(("a", LEFT), ("b", LEFT)), tags(("b", LEFT), ("a", MOST_OF_LEFT)), TagCounts(2, 2, 2), id="the names decide who meets whom"),
        pytest.param(tags(("sky", RIGHT)), tags(("sky", LEFT), ("sky", RIGHT)), TagCounts(1, 1, 2), id="one of two"),
    ],
)
def test_pairs_above_both_thresholds_are_counted(predictions: list[NamedBox], references: list[NamedBox], expected: TagCounts) -> None:
    assert count_tags(predictions, references, same_name) == expected


def test_micro_adds_up_and_macro_averages_over_images() -> None:
    images = [TagCounts(1, 1, 1), TagCounts(0, 0, 3), TagCounts(0, 2, 0)]
    together = sum(images, TagCounts())
    assert (together.recall, together.precision, together.f1) == (Share(1, 4), Share(1, 3), pytest.approx(2 / 7))
    assert macro_recall(images) == pytest.approx(0.5) and macro_precision(images) == pytest.approx(0.5)
    assert macro_recall([]) is None and macro_precision([TagCounts(0, 0, 1)]) is None
