"""Box-Merge: Algorithm 1 of the Grounding-IQA paper literally as the oracle, sets traced by hand, and the laws of both modes at any size."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.base import Tag
from core.boxes import Box, ImageSize, coverage, enclosing, touch
from core.builder import merge_arrays
from core.builder.box_merge import BoxMerge
from core.builder.merge_arrays import Thresholds
from core.builder.work import Grounding, Work
from core.images import Image
from core.records import BoxProvenance, ImageReference, Record, Region

IMAGE = Image(np.zeros((30, 40, 3), np.uint8), "a" * 64, "PNG")
TAG = Tag("sky", "noisy", "negative")
BOXES = st.tuples(*[st.integers(0, 9)] * 2, *[st.integers(1, 6)] * 2).map(lambda b: Box(b[0] / 16, b[1] / 16, (b[0] + b[2]) / 16, (b[1] + b[3]) / 16))
FINE = st.tuples(*[st.floats(0, 0.9)] * 2, *[st.floats(0.001, 0.9)] * 2).map(lambda b: Box(b[0], b[1], min(1.0, b[0] + b[2]), min(1.0, b[1] + b[3])))
PAPER = Thresholds(0.256, 0.95)


def algorithm_1(R: list[Box], T_a: float = 0.256, T_o: float = 0.95) -> list[Box]:
    """Algorithm 1, Box-Merge, line by line; "and" binds before "or", as in the Python it is printed in."""
    R, i = list(R), 0
    while i < len(R):
        j = i + 1
        while j < len(R):
            if R[i].area < T_a and touch(R[i], R[j]) or coverage(R[i], R[j]) > T_o:  # noqa: RUF021 - as printed
                R[i] = enclosing([R[i], R[j]])
                R.pop(j)
            else:
                j += 1
        i += 1
    return R


def work(*boxes: Box) -> Work:
    regions = tuple(Region(f"r{number}", box, BoxProvenance("raw", "d", "", 0.5)) for number, box in enumerate(boxes, 1))
    return Work(IMAGE, Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", 0, regions, (TAG,)), (Grounding(TAG, tuple(region.id for region in regions)),))


@pytest.mark.parametrize("maker", [BOXES, FINE], ids=["on a grid, where borders meet", "anywhere"])
def test_the_paper_mode_is_algorithm_1_to_the_last_bit(maker):
    @given(st.lists(maker, max_size=9))
    @settings(max_examples=150, deadline=None)
    def same(boxes):
        literal = algorithm_1(boxes)
        assert [box for box, _ in BoxMerge("paper").groups(boxes)] == literal
        assert merge_arrays.as_printed(boxes, PAPER) == BoxMerge("paper").groups(boxes)

    same()


@pytest.mark.parametrize("count", [31, 60, 200])
def test_many_boxes_are_merged_as_few_are(count):
    rolled = random.Random(count)
    for side in (0.02, 0.1, 0.6):
        corners = [(rolled.uniform(0, 1 - side), rolled.uniform(0, 1 - side)) for _ in range(count)]
        boxes = [Box(x, y, x + side * rolled.uniform(0.2, 1), y + side * rolled.uniform(0.2, 1)) for x, y in corners]
        assert [box for box, _ in BoxMerge("paper").groups(boxes)] == algorithm_1(boxes)


@settings(deadline=None)
@given(st.lists(BOXES | FINE, max_size=9))
def test_to_a_fixpoint_arrays_and_plain_code_agree(boxes):
    assert merge_arrays.to_a_fixpoint(boxes, PAPER) == BoxMerge("fixpoint")._to_a_fixpoint(boxes)


@pytest.mark.parametrize("mode", ["paper", "fixpoint"])
def test_a_thousand_boxes_take_milliseconds(mode):
    apart = [Box(i % 32 / 32, i // 32 / 32, i % 32 / 32 + 0.02, i // 32 / 32 + 0.02) for i in range(1000)]
    chain = [Box(i / 1000, i / 1000, (i + 1) / 1000, (i + 1) / 1000) for i in range(1000)]
    for boxes in (apart, chain):
        seconds = list[float]()
        for _ in range(5):
            began = time.process_time()
            BoxMerge(mode).groups(boxes)
            seconds.append(time.process_time() - began)
        assert min(seconds) < 0.2  # 20 to 40 ms on a free core; box by box it is six hundred


def test_the_stage_takes_a_thousand_boxes_of_one_object():
    boxes = [Box(i / 1000, 0, (i + 1) / 1000, 0.1) for i in range(1000)]
    merged = BoxMerge()(work(*boxes))
    assert [one.id for one in merged.live(merged.groundings[0])] == ["r1001"]


A, B, C = Box(0, 0, 0.3, 0.3), Box(0.25, 0.25, 0.5, 0.5), Box(0.5, 0.5, 0.9, 0.9)
LARGE, WITHIN, FAR = Box(0, 0, 0.8, 0.8), Box(0.1, 0.1, 0.2, 0.2), Box(0.85, 0.85, 1, 1)


@pytest.mark.parametrize(
    ("mode", "boxes", "groups"),
    [
        pytest.param("paper", [A, C], [(A, (0,)), (C, (1,))], id="apart"),
        pytest.param("paper", [A, B], [(Box(0, 0, 0.5, 0.5), (0, 1))], id="small and overlapping"),
        pytest.param("paper", [A, B, C], [(Box(0, 0, 0.9, 0.9), (0, 1, 2))], id="the grown box still small enough takes the next"),
        pytest.param("paper", [LARGE, C], [(LARGE, (0,)), (C, (1,))], id="a large first box takes in nothing it only touches"),
        pytest.param("paper", [C, LARGE], [(Box(0, 0, 0.9, 0.9), (0, 1))], id="the same the other way round: the order matters"),
        pytest.param("paper", [LARGE, WITHIN], [(LARGE, (0, 1))], id="nearly covered"),
        pytest.param("fixpoint", [LARGE, C], [(Box(0, 0, 0.9, 0.9), (0, 1))], id="whichever is the smaller"),
        pytest.param("fixpoint", [FAR, A, LARGE], [(FAR, (0,)), (LARGE, (1, 2))], id="two of three"),
        pytest.param("fixpoint", [], [], id="nothing"),
    ],
)  # fmt: skip
def test_boxes_are_merged_as_algorithm_1_says(mode, boxes, groups):
    assert BoxMerge(mode).groups(boxes) == groups


@settings(deadline=None)
@given(st.lists(BOXES, max_size=7), st.randoms())
def test_at_the_fixpoint_the_order_does_not_matter_and_nothing_is_left_to_merge(boxes, shuffle: random.Random):
    merge = BoxMerge("fixpoint")
    merged = [box for box, _ in merge.groups(boxes)]
    shuffled = list(boxes)
    shuffle.shuffle(shuffled)
    assert {box for box, _ in merge.groups(shuffled)} == set(merged)
    assert [box for box, _ in merge.groups(merged)] == merged


@pytest.mark.parametrize("mode", ["paper", "fixpoint"])
@settings(deadline=None)
@given(boxes=st.lists(BOXES, max_size=7))
def test_every_box_is_in_one_group_and_the_group_encloses_it(mode, boxes):
    groups = BoxMerge(mode).groups(boxes)
    assert sorted(index for _, of in groups for index in of) == list(range(len(boxes)))
    assert all(box == enclosing([boxes[index] for index in of]) for box, of in groups)


def test_merged_boxes_tell_what_they_were_made_of():
    merged = BoxMerge()(work(A, B, FAR))
    by_id = {region.id: region for region in merged.record.regions}
    assert by_id["r4"].provenance == BoxProvenance("merged", "d", "", 0.5, ("r1", "r2"))
    assert (by_id["r1"].provenance.status, by_id["r1"].provenance.reason) == ("dropped", "merged into r4")
    assert [one.id for one in merged.live(merged.groundings[0])] == ["r3", "r4"]
