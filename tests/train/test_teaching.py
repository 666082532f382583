"""Heads and operating points: taught where people speak, untouched elsewhere, the same again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.backends.embedded.record_claims import RegionClaim
from core.backends.embedded.statistics import statistic_maps
from core.backends.embedded.weights import FOLDER, load_model
from core.boxes import WHOLE_IMAGE, Box
from core.quality import Fault
from tests.train.corrected import CLEAN, NOISY, PATTERN, a_photograph, a_record
from train.calibration import Question, Seen
from train.evidence_rows import FAULTS, Rows, Told, features_of, lesson_rows, replayed_rows, seen_with, told_in
from train.heads import teach_heads
from train.lessons import Lesson, RegionLabel, labels_of
from train.recalibration import recalibrated
from train.replay import FILE, read_replay
from train.teaching import teach

MODEL = load_model()
NOISE = FAULTS.index(Fault.NOISE)


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    """Of a photograph with the pattern in its middle."""
    return features_of(statistic_maps(a_photograph(1, patterned=True).pixels).astype(np.float16), MODEL.weights)


@pytest.fixture(scope="module")
def replay() -> Rows:
    kept, rng = read_replay(FOLDER / FILE), np.random.default_rng(0)
    parts = zip((features_of(one, MODEL.weights) for one in kept.statistics[:12]), kept.present[:12], kept.truth[:12], strict=True)
    return Rows.joined([replayed_rows(*part, rng) for part in parts])


def told(fault: Fault, *, present: bool, box: Box = PATTERN) -> Told:
    return Told(box, fault, present, "ann", False)


def taught(features: np.ndarray, replay: Rows, held: float, steps: int = 60) -> dict[str, np.ndarray]:
    said = [told(Fault.NOISE, present=True)]
    rows = lesson_rows(features, said, dict.fromkeys(said, 1.0), np.random.default_rng(1))
    costs = np.ones(len(FAULTS), np.float32)
    costs[NOISE] = held
    return teach_heads(MODEL.weights, rows, replay, costs, 0, steps)


def test_features_and_heads_say_what_the_whole_network_says(features: np.ndarray) -> None:
    from train.calibration import look

    statistics = statistic_maps(a_photograph(1, patterned=True).pixels).astype(np.float16)
    whole, parted = look(statistics, MODEL.weights), seen_with(features, MODEL.weights)
    assert np.allclose(whole.probability, parted.probability, atol=1e-6) and np.allclose(whole.strength, parted.strength, atol=1e-6)
    assert whole.closer is not None and parted.closer is not None
    assert np.allclose(whole.closer(PATTERN), parted.closer(PATTERN), atol=1e-5)


def test_a_free_fault_is_learnt_and_readings_of_strength_stay_as_they_are(features: np.ndarray, replay: Rows) -> None:
    before, after = (Question(Fault.NOISE, PATTERN, seen_with(features, weights), 3) for weights in (MODEL.weights, taught(features, replay, 0.01)))
    assert after.logit > before.logit + 1
    assert (before.seen.strength == after.seen.strength).all()
    assert before.seen.closer is not None and after.seen.closer is not None
    assert np.allclose(before.seen.closer(PATTERN)[1], after.seen.closer(PATTERN)[1], atol=1e-5)


def test_a_held_fault_moves_less_and_everything_is_the_same_again(features: np.ndarray, replay: Rows) -> None:
    free, held, again = (taught(features, replay, cost) for cost in (0.01, 100.0, 0.01))
    assert all((free[name] == again[name]).all() for name in free)
    moved = [np.abs(weights["net0.head.weight"][:, NOISE] - MODEL.weights["net0.head.weight"][:, NOISE]).sum() for weights in (free, held)]
    assert moved[1] < moved[0] / 3


def test_a_second_round_teaches_the_same_new_units(features: np.ndarray, replay: Rows) -> None:
    first = taught(features, replay, 0.01, steps=10)
    said = [told(Fault.BLUR, present=False)]
    rows = lesson_rows(features, said, dict.fromkeys(said, 1.0), np.random.default_rng(1))
    second = teach_heads(first, rows, replay, np.ones(len(FAULTS), np.float32), 0, 10)
    assert {name: array.shape for name, array in first.items()} == {name: array.shape for name, array in second.items()}
    assert first["net0.box.weight"].shape[1] > MODEL.weights["net0.box.weight"].shape[1]


def test_words_that_leave_two_faults_open_count_for_the_likelier_and_a_removed_box_for_what_the_model_claims(features: np.ndarray) -> None:
    seen = seen_with(features, MODEL.weights)
    either = RegionLabel(RegionClaim(PATTERN, (Fault.BLUR, Fault.COLOR_CAST), True), "ann")
    removed = RegionLabel(RegionClaim(PATTERN, tuple(Fault), False), "ann", removed=True)
    lesson = Lesson("0" * 64, np.zeros(0, np.float16), (either, removed))
    found = told_in(lesson, seen, MODEL.points)
    chances = {fault: MODEL.points.slope[fault] * Question(fault, PATTERN, seen, 0).logit + MODEL.points.offset[fault] for fault in Fault}
    likelier = max((Fault.BLUR, Fault.COLOR_CAST), key=lambda fault: chances[fault])
    claimed = [told(fault, present=False) for fault in Fault if chances[fault] >= 0]
    assert found == (told(likelier, present=True), *claimed)


def everywhere(probability: float) -> Seen:
    """Every fault as likely in every cell; no closer look."""
    return Seen(np.full((20, 20, len(FAULTS)), probability, np.float32), np.full((20, 20, len(FAULTS)), 0.5, np.float32))


def test_without_questions_and_with_the_same_maps_nothing_is_recalibrated() -> None:
    clean = [(everywhere(0.05), everywhere(0.05))] * 60
    points = recalibrated(MODEL.points, [], clean, np.ones(len(FAULTS), np.float32))
    assert (points.slope, points.offset, points.grades) == (MODEL.points.slope, MODEL.points.offset, MODEL.points.grades)
    for certainty, thresholds in MODEL.points.thresholds.items():
        assert all(points.thresholds[certainty][fault] >= value - 2e-3 for fault, value in thresholds.items())


def test_where_clean_photographs_become_louder_a_description_asks_for_more() -> None:
    moderate = replace(MODEL.points, thresholds={**MODEL.points.thresholds, "describe": dict.fromkeys(Fault, 0.9)})
    points = recalibrated(moderate, [], [(everywhere(0.05), everywhere(0.2))] * 60, np.ones(len(FAULTS), np.float32))
    assert all(points.thresholds["describe"][fault] > 0.9 for fault in Fault)
    assert all(points.thresholds["search"][fault] <= points.thresholds["describe"][fault] for fault in Fault)


def test_slope_and_offset_go_where_people_say_unless_they_are_held() -> None:
    asked = [Question(Fault.NOISE, WHOLE_IMAGE, everywhere(0.004), 3), Question(Fault.NOISE, WHOLE_IMAGE, everywhere(0.001), 0)] * 20
    free, held = (recalibrated(MODEL.points, asked, [], np.full(len(FAULTS), cost, np.float32)) for cost in (0.01, 100.0))

    def chance(points: object, probability: float) -> float:
        from core.backends.embedded.evidence import OperatingPoints

        assert isinstance(points, OperatingPoints)
        return points.slope[Fault.NOISE] * Question(Fault.NOISE, WHOLE_IMAGE, everywhere(probability), 0).logit + points.offset[Fault.NOISE]

    assert chance(free, 0.004) > 0 > chance(free, 0.001) and chance(held, 0.004) < 0
    assert free.slope[Fault.BLUR] == MODEL.points.slope[Fault.BLUR]


@pytest.mark.slow
def test_what_nothing_in_the_images_explains_makes_no_claim_sure() -> None:
    """The lessons themselves it knows by heart: operating points are set by what models say that had not seen them (by heart, the slope is .55)."""
    kept = read_replay(FOLDER / FILE)
    few = [array[:8] for array in (kept.statistics, kept.medians, kept.present, kept.strength)]
    replay = replace(kept, statistics=few[0], medians=few[1], present=few[2], strength=few[3], truth=kept.truth[:8])
    taught_model = teach(MODEL, [a_guess(number, noisy=number // 4 % 2 == 1) for number in range(16)], replay, 0)
    assert taught_model.held[NOISE] < 0.5
    assert taught_model.points.slope[Fault.NOISE] < 0.35


def a_guess(number: int, *, noisy: bool) -> Lesson:
    """A faultless photograph, called noisy or not without a reason."""
    record = a_record(a_photograph(number, patterned=False), NOISY if noisy else CLEAN, "ann", number)
    return Lesson(record.image.sha256, statistics_of(number), labels_of(record))


def statistics_of(number: int) -> np.ndarray:
    return statistic_maps(a_photograph(number, patterned=False).pixels).astype(np.float16)
