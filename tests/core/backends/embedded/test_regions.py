"""From fault maps to regions and readings."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from core.backends.embedded.evidence import Evidence, OperatingPoints
from core.backends.embedded.network import box_shares, cell_weights
from core.backends.embedded.regions import candidate_boxes, find_regions, is_present, read_region, reading_of, regions_of, score_region
from core.backends.embedded.weights import load_model
from core.boxes import WHOLE_IMAGE, Box, iou
from core.quality import Fault, Score

CELLS = 20
Map = NDArray[np.float32]
PLAIN = OperatingPoints(
    slope=MappingProxyType(dict.fromkeys(Fault, 1.0)),
    offset=MappingProxyType(dict.fromkeys(Fault, 0.0)),
    thresholds={"answer": dict.fromkeys(Fault, 0.5), "describe": dict.fromkeys(Fault, 0.8)},
)
"""Readings are the mean probability itself."""


def filled(value: float) -> Map:
    return np.full((CELLS, CELLS), value, np.float32)


def with_patches(*patches: tuple[int, int, int, int, float]) -> Map:
    """Patches `(top, bottom, left, right, probability)` on a map of almost nothing."""
    values = filled(0.001)
    for top, bottom, left, right, probability in patches:
        values[top:bottom, left:right] = probability
    return values


def an_evidence(**faults: Map) -> Evidence:
    probability = {fault: faults.get(fault.value, filled(1e-4)) for fault in Fault}
    quality = 1 - probability[Fault.NOISE]
    return Evidence(probability, dict.fromkeys(Fault, filled(0.6)), quality, filled(0.5), filled(0.5), filled(0.5), lambda: Score(0.6, 0.4, 0.8, "test"), load_model().points)


@pytest.mark.parametrize(
    ("probability", "boxes"),
    [
        pytest.param(filled(0.0), [], id="nothing"),
        pytest.param(filled(0.02), [], id="a little everywhere"),
        pytest.param(with_patches((4, 10, 5, 15, 0.9)), [Box(0.25, 0.2, 0.75, 0.5)], id="one patch"),
        pytest.param(with_patches((4, 10, 5, 15, 0.2)), [Box(0.25, 0.2, 0.75, 0.5)], id="a weak patch is still a place"),
        pytest.param(with_patches((0, 2, 0, 2, 0.9)), [], id="four cells are too few"),
        pytest.param(with_patches((0, 20, 0, 20, 0.9)), [WHOLE_IMAGE], id="everywhere"),
        pytest.param(with_patches((0, 20, 0, 15, 0.9)), [WHOLE_IMAGE], id="nearly everywhere"),
        pytest.param(with_patches((0, 6, 0, 6, 0.9), (12, 18, 12, 18, 0.8)), [Box(0, 0, 0.3, 0.3), Box(0.6, 0.6, 0.9, 0.9)], id="two patches, the richer first"),
        pytest.param(with_patches((0, 10, 0, 10, 0.9), (15, 18, 15, 17, 0.9)), [Box(0, 0, 0.5, 0.5)], id="a crumb beside a loaf is left out"),
        pytest.param(with_patches((4, 10, 5, 10, 0.9), (4, 10, 11, 15, 0.9)), [Box(0.25, 0.2, 0.75, 0.5)], id="a gap of one cell parts nothing"),
    ],
)
def test_candidates_hold_the_most_probability(probability: Map, boxes: list[Box]) -> None:
    found = candidate_boxes(probability)
    assert [tuple(round(value, 6) for value in box.as_tuple()) for box in found] == [box.as_tuple() for box in boxes]


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, (CELLS, CELLS), elements=st.floats(0, 1, width=32)))
def test_candidates_are_few_and_never_crumbs(probability: Map) -> None:
    boxes = candidate_boxes(probability)
    assert len(boxes) <= 3
    assert all(box.area * CELLS**2 >= 5.9 for box in boxes)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(3, 7), st.integers(3, 7))
def test_a_clear_patch_is_found_as_it_is(top: int, left: int, height: int, width: int) -> None:
    truth = Box(left / CELLS, top / CELLS, (left + width) / CELLS, (top + height) / CELLS)
    (box,) = candidate_boxes(with_patches((top, top + height, left, left + width, 0.9)))
    assert iou(box, truth) > 0.999


def test_cells_count_by_the_share_that_the_box_covers() -> None:
    weights = cell_weights(Box(0.125, 0.0, 0.25, 0.05), (CELLS, CELLS))
    expected = filled(0)
    expected[0, 2:5] = (0.5, 1, 1)
    np.testing.assert_allclose(weights, expected, atol=1e-6)


@settings(deadline=None)
@given(st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.001, 0.1), st.floats(0.001, 0.1)))
def test_the_weights_of_a_box_sum_to_its_area(corner: tuple[float, float, float, float]) -> None:
    x, y, width, height = corner
    box = Box(x, y, min(1.0, x + width), min(1.0, y + height))
    assert cell_weights(box, (CELLS, CELLS)).sum() == pytest.approx(box.area * CELLS**2, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize(
    ("box", "probability"),
    [
        pytest.param(Box(0.25, 0.2, 0.75, 0.5), 0.9, id="the patch itself"),
        pytest.param(Box(0.25, 0.2, 0.75, 0.8), (0.9 + 0.001) / 2, id="half of it is elsewhere"),
        pytest.param(Box(0.8, 0.8, 1.0, 1.0), 0.001, id="elsewhere"),
        pytest.param(Box(0.30, 0.25, 0.301, 0.251), 0.9, id="a thousandth of the image inside"),
    ],
)
def test_a_reading_is_the_mean_over_the_box(box: Box, probability: float) -> None:
    reading = reading_of(with_patches((4, 10, 5, 15, 0.9)), filled(0.6), box, Fault.NOISE, PLAIN)
    assert reading.probability == pytest.approx(probability, rel=1e-4)
    assert reading.strength == pytest.approx(0.6, abs=1e-6)


def test_the_strength_is_that_of_the_cells_where_the_fault_is() -> None:
    strength = with_patches((4, 10, 5, 15, 1.0))
    assert reading_of(with_patches((4, 10, 5, 15, 0.9)), strength, WHOLE_IMAGE, Fault.NOISE, PLAIN).strength > 0.95


def test_slope_and_offset_calibrate_the_reading() -> None:
    points = replace(PLAIN, slope={**PLAIN.slope, Fault.NOISE: 2.0}, offset={**PLAIN.offset, Fault.NOISE: -1.0})
    reading = reading_of(filled(0.5), filled(0.5), WHOLE_IMAGE, Fault.NOISE, points)
    assert reading.probability == pytest.approx(1 / (1 + np.e))


@pytest.mark.parametrize(("threshold", "count"), [(0.5, 2), (0.85, 1), (0.95, 0)])
def test_only_candidates_that_reach_the_threshold_are_regions(threshold: float, count: int) -> None:
    probability = with_patches((0, 8, 0, 8, 0.9), (12, 20, 12, 20, 0.7))
    found = regions_of(probability, filled(0.6), Fault.BLUR, threshold, PLAIN)
    assert [round(region.reading.probability, 3) for region in found] == [0.9, 0.7][:count]
    assert all(region.fault is Fault.BLUR for region in found)


def test_the_stronger_region_comes_before_the_likelier_but_milder_one() -> None:
    probability, strength = with_patches((0, 8, 0, 8, 0.9), (12, 20, 12, 20, 0.8)), filled(0.2)
    strength[12:, 12:] = 0.9
    assert [region.box for region in regions_of(probability, strength, Fault.BLUR, 0.5, PLAIN)] == [Box(0.6, 0.6, 1, 1), Box(0, 0, 0.4, 0.4)]


def test_with_the_shipped_points_a_sure_patch_is_present_found_and_described() -> None:
    evidence, box = an_evidence(noise=with_patches((4, 12, 5, 15, 0.97))), Box(0.25, 0.2, 0.75, 0.6)
    readings = read_region(evidence, box)
    assert set(readings) == set(Fault)
    assert is_present(evidence.points, Fault.NOISE, readings[Fault.NOISE], "describe") and is_present(evidence.points, Fault.NOISE, readings[Fault.NOISE], "answer")
    assert [region.box for region in find_regions(evidence, Fault.NOISE, "describe")] == [box]
    assert not any(is_present(evidence.points, fault, readings[fault], "answer") for fault in Fault if fault is not Fault.NOISE)
    assert not any(find_regions(evidence, fault, "answer") for fault in Fault if fault is not Fault.NOISE)


@pytest.mark.parametrize("fault", Fault)
def test_a_description_needs_at_least_the_certainty_of_an_answer(fault: Fault) -> None:
    thresholds = load_model().points.thresholds
    assert 0.3 <= thresholds["answer"][fault] <= thresholds["describe"][fault] <= 1


@pytest.mark.parametrize(
    ("box", "value"),
    [
        pytest.param(WHOLE_IMAGE, 0.6, id="the whole image has the image's score"),
        pytest.param(Box(0.25, 0.2, 0.75, 0.5), 0.6 - 0.5 * 0.85 * (0.9 - 0.001), id="a worse part a lower one"),
        pytest.param(Box(0.0, 0.6, 1.0, 1.0), 0.6 + 0.5 * 0.15 * (0.9 - 0.001), id="a better part a higher one"),
    ],
)
def test_a_region_is_scored_by_how_it_differs_from_the_image(box: Box, value: float) -> None:
    score = score_region(an_evidence(noise=with_patches((4, 10, 5, 15, 0.9))), box)
    assert score.value == pytest.approx(value, abs=1e-3)
    assert score.low is not None and score.high is not None and score.value is not None
    assert score.high - score.low == pytest.approx(0.4, abs=1e-3)


def test_a_region_of_an_image_without_a_score_has_none_either() -> None:
    without = replace(an_evidence(), rate=lambda: Score(None, None, None, "test"))
    assert score_region(without, WHOLE_IMAGE) == Score(None, None, None, "test")


def test_scores_of_regions_stay_between_0_and_1() -> None:
    low = replace(an_evidence(noise=with_patches((4, 10, 5, 15, 1.0))), rate=lambda: Score(0.1, 0.0, 0.3, "test"))
    score = score_region(low, Box(0.25, 0.2, 0.75, 0.5))
    assert (score.value, score.low) == (0.0, 0.0)


def test_a_closer_look_counts_beside_the_maps() -> None:
    def sure(_: Box) -> np.ndarray:
        return np.full((2, len(Fault)), 4, np.float32)

    box = Box(0.2, 0.2, 0.6, 0.6)
    closer, afar = reading_of(filled(0.1), filled(0.2), box, Fault.NOISE, PLAIN, sure), reading_of(filled(0.1), filled(0.2), box, Fault.NOISE, PLAIN)
    assert closer.probability > 0.9 and afar.probability < 0.2
    assert closer.strength == pytest.approx((0.2 + 0.982) / 2, abs=1e-3) and afar.strength == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("box", "around"),
    [
        pytest.param(Box(0.2, 0.2, 0.6, 0.6), 1.0, id="a box with surroundings"),
        pytest.param(Box(0.0, 0.0, 0.5, 1.0), 1.0, id="a half"),
        pytest.param(WHOLE_IMAGE, 0.0, id="the whole image has none"),
    ],
)
def test_the_ring_lies_round_its_box(box: Box, around: float) -> None:
    inside, ring = box_shares(box, (CELLS, CELLS))
    assert float(inside.sum()) == pytest.approx(1, abs=1e-5) and float(ring.sum()) == pytest.approx(around, abs=1e-5)
    assert not (ring * (inside > 0.99 * inside.max())).any()


def test_a_grade_weighs_the_two_strengths() -> None:
    def mild(_: Box) -> np.ndarray:
        return np.zeros((2, len(Fault)), np.float32)

    points = replace(PLAIN, grades={Fault.NOISE: (0.2, 0.6, 0.1)})
    graded = reading_of(filled(0.5), filled(0.8), WHOLE_IMAGE, Fault.NOISE, points, mild)
    assert graded.strength == pytest.approx(0.2 * 0.8 + 0.6 * 0.5 + 0.1)
    assert reading_of(filled(0.5), filled(0.8), WHOLE_IMAGE, Fault.BLUR, points, mild).strength == pytest.approx(0.65)
