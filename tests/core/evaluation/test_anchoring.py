"""Anchoring: the distances by hand, and what is left out."""

from __future__ import annotations

from core.boxes import Box
from core.evaluation.anchoring import Anchoring, AnchoringCase, Distance, anchoring

WHOLE, HALF = (Box(0, 0, 1, 1),), (Box(0, 0, 1, 0.5),)


def test_nobody_anchored_is_no_figure():
    assert anchoring([]) == Anchoring(None, None, None, None, None)


def test_tasks_without_proposed_boxes_play_no_part():
    assert anchoring([AnchoringCase(1, (), None, WHOLE)]).shown is None


def test_one_group_alone_has_a_distance_and_no_pull():
    found = anchoring([AnchoringCase(1, WHOLE, None, HALF), AnchoringCase(1, WHOLE, None, WHOLE)])
    assert found == Anchoring(Distance(0.25, None, 2), None, None, None, None)


def test_the_pull_is_how_much_nearer_those_end_who_start_from_the_proposal():
    shown = [AnchoringCase(task, WHOLE, None, WHOLE) for task in range(5)]
    drawn = [AnchoringCase(task, WHOLE, HALF, WHOLE) for task in range(5, 10)]
    silent = [AnchoringCase(10, WHOLE, (), WHOLE)]
    found = anchoring([*shown, *drawn, *silent])
    assert (found.shown.value, found.drawn_first.value, found.drawn_final.value) == (0, (5 * 0.5 + 1) / 6, 0)
    assert found.pull == found.drawn_first.value
    assert found.pull_interval[0] <= found.pull <= found.pull_interval[1]
