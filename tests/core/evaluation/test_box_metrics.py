"""Box metrics on sets worked out by hand, and by the laws they keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box
from core.evaluation.box_metrics import hits, paired_mean_iou, strict_mean_iou

LEFT, RIGHT, LEFT_HALF = Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1), Box(0, 0, 0.25, 1)
BOXES = st.lists(
    st.tuples(*[st.integers(0, 8)] * 2, *[st.integers(1, 8)] * 2).map(lambda b: Box(b[0] / 16, b[1] / 16, (b[0] + b[2]) / 16, (b[1] + b[3]) / 16)), max_size=6
)


@pytest.mark.parametrize(
    ("predictions", "references", "strict", "paired", "same"),
    [
        pytest.param([], [], 1.0, None, 0, id="nothing asked, nothing said"),
        pytest.param([LEFT], [], 0.0, None, 0, id="one too many"),
        pytest.param([], [LEFT], 0.0, None, 0, id="silence"),
        pytest.param([LEFT], [LEFT], 1.0, 1.0, 1, id="equal"),
        pytest.param([LEFT_HALF], [LEFT], 0.5, 0.5, 1, id="half of it"),
        pytest.param([LEFT, RIGHT], [LEFT], 0.5, 1.0, 1, id="one right, one too many"),
        pytest.param([LEFT_HALF, RIGHT], [RIGHT, LEFT], 0.75, 0.75, 2, id="any order"),
        pytest.param([RIGHT], [LEFT], 0.0, None, 0, id="side by side"),
    ],
)
def test_boxes_are_matched_one_to_one(predictions: list[Box], references: list[Box], strict: float, paired: float | None, same: int) -> None:
    assert strict_mean_iou(predictions, references) == pytest.approx(strict)
    assert paired_mean_iou(predictions, references) == (pytest.approx(paired) if paired is not None else None)
    assert hits(predictions, references) == same


@given(BOXES, BOXES)
def test_strict_iou_is_symmetric_and_neither_silence_nor_flooding_gains(one: list[Box], other: list[Box]) -> None:
    value = strict_mean_iou(one, other)
    assert 0 <= value <= 1 + 1e-9 and value == pytest.approx(strict_mean_iou(other, one))
    if one or other:
        assert value <= min(len(one), len(other)) / max(len(one), len(other)) + 1e-9
