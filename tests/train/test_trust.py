"""Whom to believe: a careless annotator counts little, a lone label less, and what people confirm is held."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.embedded.perception import FAULTS
from core.boxes import WHOLE_IMAGE, Box
from core.quality import Fault
from train.evidence_rows import Told, label_maps
from train.trust import agreement, holds, label_weights, trust_in

LEFT = Box(0, 0, 0.5, 1)


def labels(annotator: str, chances: Sequence[float], fault: Fault = Fault.NOISE) -> list[dict[Told, float]]:
    """One image for each, and what the other people's model says of the label."""
    return [{Told(LEFT, fault, True, annotator, False): chance} for chance in chances]


def test_who_contradicts_all_others_counts_little_and_the_others_in_full() -> None:
    agreed = [*labels("ann", [0.8] * 20), *labels("bob", [0.75] * 20), *labels("eve", [0.05] * 20)]
    trust = trust_in(agreed)
    assert trust["eve"] == 0.05 and trust["ann"] == 1 and trust["bob"] > 0.8


def test_a_few_unlucky_labels_cost_nobody_their_trust() -> None:
    trust = trust_in([*labels("ann", [0.8] * 40), *labels("bob", [0.8] * 40), *labels("new", [0.3])])
    assert trust["new"] > 0.8


def test_who_is_alone_is_trusted_but_for_labels_that_stand_alone() -> None:
    agreed = [*labels("ann", [0.8] * 9), *labels("ann", [0.01])]
    weights, trust = label_weights([list(image) for image in agreed], agreed)
    assert trust == {"ann": 1.0}
    assert [round(next(iter(one.values())), 2) for one in weights] == [1.0] * 9 + [0.3]


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.floats(0, 1)), min_size=1, max_size=30))
def test_weights_and_holds_keep_their_range(given_labels: list[tuple[str, float]]) -> None:
    agreed = [one for name, chance in given_labels for one in labels(name, [chance])]
    weights, trust = label_weights([list(image) for image in agreed], agreed)
    assert all(0.05 <= value <= 1 for value in trust.values())
    assert all(0 < value <= 1 for image in weights for value in image.values())
    held = holds(agreed, weights)
    assert held.shape == (len(FAULTS),) and (held >= 0.0099).all() and (held <= 1).all()


def test_a_fault_is_free_to_learn_once_people_overturn_it_and_held_while_they_confirm_it() -> None:
    agreed = [*labels("ann", [0.1] * 20, Fault.NOISE), *labels("ann", [0.9] * 20, Fault.BLUR)]
    held = dict(zip(FAULTS, holds(agreed, [dict.fromkeys(image, 1.0) for image in agreed]), strict=True))
    assert held[Fault.NOISE] == pytest.approx(0.01) and held[Fault.BLUR] == held[Fault.JPEG] == 1


def test_labels_of_absence_weigh_as_much_as_those_of_presence() -> None:
    absent = [{Told(LEFT, Fault.NOISE, False, "ann", False): 0.9}]
    assert agreement([*labels("ann", [0.9, 0.9, 0.9, 0.1]), *absent]) == pytest.approx((0.75 + 1) / 2)
    assert math.isnan(agreement([]))


def test_two_who_contradict_each_other_meet_in_between_and_round_a_box_there_is_nothing() -> None:
    column = FAULTS.index(Fault.NOISE)
    told = [Told(LEFT, Fault.NOISE, True, "ann", False), Told(WHOLE_IMAGE, Fault.NOISE, False, "bob", False)]
    truth, counts = label_maps(told, dict.fromkeys(told, 1.0))
    assert (truth[:, :10, column] == 0.5).all() and (truth[:, 10:, column] == 0).all()
    assert (counts[..., column] == 1).all() and (np.delete(counts, column, axis=-1) == 0).all()
    alone, counted = label_maps(told[:1], dict.fromkeys(told, 1.0))
    assert (alone[:, :10, column] == 1).all() and (counted[:, 10:, column] == 0.5).all()
