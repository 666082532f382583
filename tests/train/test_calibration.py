"""Calibration sets probabilities and thresholds by what is asked and by how often clean photographs raise an alarm."""

from __future__ import annotations

import numpy as np
import pytest

from core.backends.embedded.regions import regions_of
from core.boxes import WHOLE_IMAGE, Box
from core.quality import Fault
from train.calibration import FALSE_ALARMS, FAULTS, Looked, Seen, calibrate, yes_no_questions
from train.figures import evaluate

BOX = Box(0.2, 0.2, 0.7, 0.6)
INSIDE = (slice(4, 12), slice(4, 14))


def a_look(rng: np.random.Generator, fault: Fault | None, sure: float, severity: int = 3) -> Seen:
    """A little of everything everywhere, and the fault in the box."""
    probability = rng.uniform(0.001, 0.02, (20, 20, len(FAULTS))).astype(np.float32)
    strength = np.full_like(probability, 0.5)
    if fault:
        probability[(*INSIDE, FAULTS.index(fault))] = sure
        strength[(*INSIDE, FAULTS.index(fault))] = severity / 5
    return Seen(probability, strength)


def looks(seed: int, false_alarms: float = 0.0) -> Looked:
    rng = np.random.default_rng(seed)
    samples = []
    for fault in FAULTS:
        for severity in (1, 2, 3, 4, 5):
            samples += [(a_look(rng, fault, rng.uniform(0.3, 0.9), severity), ((BOX, severity, fault),)) for _ in range(4)]
    silent = [a_look(rng, Fault.BLUR if rng.random() < false_alarms else None, 0.4) for _ in range(200)]
    return Looked((*samples, *((one, ()) for one in silent[:100])), (tuple(silent[100:]),))


def test_half_of_the_questions_have_a_fault_that_is_not_there() -> None:
    questions = yes_no_questions(looks(0), np.random.default_rng(0))
    assert sum(question.severity > 0 for question in questions) * 2 == sum(question.severity == 0 for question in questions) == 440


def test_a_claim_begins_at_one_half_and_a_description_needs_more() -> None:
    points = calibrate(looks(0), np.random.default_rng(0))
    assert set(points.thresholds["answer"].values()) == {0.5}
    assert all(points.thresholds["describe"][fault] >= 0.5 for fault in Fault)


def test_clean_photographs_raise_few_alarms_even_where_the_network_does() -> None:
    looked = looks(0, false_alarms=0.15)
    points = calibrate(looked, np.random.default_rng(0))
    alarmed = [any(regions_of(*seen.of(fault), fault, points.thresholds["describe"][fault], points) for fault in FAULTS) for seen in looked.silent]
    assert np.mean(alarmed) <= FALSE_ALARMS
    assert points.thresholds["describe"][Fault.BLUR] > points.thresholds["describe"][Fault.NOISE]


def test_the_figures_of_a_network_that_sees_all_are_perfect() -> None:
    rng = np.random.default_rng(0)
    figures = evaluate(looks(1), calibrate(looks(0), rng), rng)
    expected = {"yes_no_balanced_accuracy": 1.0, "type_accuracy": 1.0, "severity_rho": 1.0, "grounding_miou": 1.0, "clean_with_false_region": 0.0}
    assert {name: figures[name] for name in expected} == pytest.approx(expected, abs=0.03)
    assert figures["clean_photographs"] == 200 and figures["faulty_regions"] == 220


def test_a_fault_of_the_whole_image_counts_for_answers_and_not_for_places() -> None:
    rng, seen = np.random.default_rng(0), a_look(np.random.default_rng(0), None, 0)
    everywhere = Seen(np.full_like(seen.probability, 0.9), seen.strength)
    looked = looks(1)
    more = Looked((*looked.samples, (everywhere, ((WHOLE_IMAGE, 5, Fault.NOISE),))), looked.clean)
    assert evaluate(more, calibrate(looks(0), rng), rng)["faulty_regions"] == 221


def test_strengths_that_tell_nothing_are_graded_in_the_middle_and_others_by_what_they_tell() -> None:
    points = calibrate(looks(0), np.random.default_rng(0))
    for fault in FAULTS:
        maps, closer, base = points.grades[fault]
        assert maps + closer == pytest.approx(1, abs=0.2) and base == pytest.approx(0, abs=0.12)
    flat = looks(0)
    mute = Looked(tuple((Seen(seen.probability, np.full_like(seen.strength, 0.3)), truth) for seen, truth in flat.samples), flat.clean)
    assert calibrate(mute, np.random.default_rng(0)).grades[Fault.BLUR] == pytest.approx((0, 0, 0.6), abs=0.01)
