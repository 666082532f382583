"""Suppression, by hand and against the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.boxes import Box, iou
from core.overlaps import box_ious, greedy, mask_ious, suppress

CORNERS = st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 6)] * 2).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3]))
SCORED = st.lists(st.tuples(CORNERS, st.sampled_from([0.1, 0.5, 0.5, 0.9])), max_size=12)


@pytest.mark.parametrize(
    ("boxes", "scores", "kept"),
    [
        pytest.param([], [], [], id="none"),
        pytest.param([(0, 0, 2, 2)], [0.3], [0], id="one"),
        pytest.param([(0, 0, 10, 10), (0, 0, 10, 9)], [0.5, 0.6], [1], id="the better of two"),
        pytest.param([(0, 0, 10, 10), (0, 0, 10, 10)], [0.5, 0.5], [0], id="the first of two alike"),
        pytest.param([(0, 0, 10, 10), (20, 0, 30, 10)], [0.5, 0.6], [1, 0], id="apart, best first"),
        pytest.param([(0, 0, 10, 10), (0, 0, 10, 5)], [0.5, 0.6], [1, 0], id="just the threshold stays"),
        pytest.param([(0, 0, 10, 10), (0, 4, 10, 14), (0, 8, 10, 18)], [0.9, 0.8, 0.7], [0, 1, 2], id="a chain under the threshold"),
        pytest.param([(0, 0, 10, 10), (0, 2, 10, 12), (0, 4, 10, 14)], [0.9, 0.8, 0.7], [0, 2], id="who goes takes nobody along"),
        pytest.param([(3, 3, 3, 3), (3, 3, 3, 3)], [0.9, 0.8], [0, 1], id="no area, no overlap"),
    ],
)
def test_the_best_of_those_that_overlap_stays(boxes, scores, kept):
    assert suppress(np.array(boxes, float).reshape(-1, 4), np.array(scores), 0.5) == kept


@settings(deadline=None)
@given(SCORED, st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_what_is_kept_is_apart_and_what_is_not_has_a_better_neighbour(scored, most):
    boxes, scores = np.array([box for box, _ in scored], float).reshape(-1, 4), np.array([score for _, score in scored])
    kept, ious = suppress(boxes, scores, most), box_ious(boxes)
    assert all(ious[a, b] <= most for a in kept for b in kept if a != b)
    assert [scores[index] for index in kept] == sorted((scores[index] for index in kept), reverse=True)
    for index in set(range(len(scored))) - set(kept):
        assert any(ious[index, other] > most and scores[other] >= scores[index] for other in kept)


@settings(deadline=None)
@given(st.lists(CORNERS, min_size=1, max_size=6))
def test_overlaps_are_those_of_boxes_and_of_their_masks(corners):
    boxes = [Box(*(value / 20 for value in box)) for box in corners]
    masks = np.zeros((len(corners), 20, 20), np.bool_)
    for mask, (x1, y1, x2, y2) in zip(masks, corners, strict=True):
        mask[y1:y2, x1:x2] = True
    expected = np.array([[iou(a, b) for b in boxes] for a in boxes])
    assert np.allclose(box_ious(np.array(corners, float)), expected)
    assert np.allclose(mask_ious(masks), expected)


def test_masks_are_suppressed_alike():
    masks = np.zeros((3, 4, 4), np.bool_)
    masks[0, :2], masks[1, :3], masks[2, 3:] = True, True, True
    assert greedy(mask_ious(masks), np.array([0.2, 0.9, 0.5]), 0.6) == [1, 2]
