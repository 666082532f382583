"""The figures of the embedded model at its shipped operating points, on photographs that neither training nor calibration has seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.backends.embedded.evidence import Certainty, FaultyRegion, OperatingPoints, Reading
from core.backends.embedded.perception import FAULTS
from core.backends.embedded.regions import reading_of, regions_of
from core.boxes import Box, iou
from core.quality import Fault
from train.calibration import FOUND_IOU, LOCAL, STRONG, Looked, Question, Seen, yes_no_questions


def evaluate(looked: Looked, points: OperatingPoints, rng: np.random.Generator) -> dict[str, float]:
    """Higher is better but for `clean_with_false_region`, for which each source weighs the same.

    Strong: severity 3 to 5. Type: one of the faults, or clean, each with equal weight.
    """
    local = [(seen, truth[0]) for seen, truth in looked.samples if len(truth) == 1 and truth[0][0].area < LOCAL]
    single = [(seen, truth[0]) for seen, truth in looked.samples if len(truth) == 1]
    strong = [_overlap(seen, region, "describe", points) >= FOUND_IOU for seen, region in local if region[1] >= STRONG]
    return {
        **_yes_no(yes_no_questions(looked, rng), points),
        "type_accuracy": _type_accuracy(single, looked.silent, points, rng),
        "severity_rho": _severity_rho(single, points),
        "grounding_miou": float(np.mean([_overlap(seen, region, "answer", points) for seen, region in local])),
        "strong_faults_found": float(np.mean(strong)),
        "clean_with_false_region": float(np.average([_raises(seen, points) for seen in looked.silent], weights=looked.silent_weights)),
        "clean_photographs": float(len(looked.silent)),
        "faulty_regions": float(len(single)),
    }


def _yes_no(questions: Sequence[Question], points: OperatingPoints) -> dict[str, float]:
    said = np.array([_is_there(question.seen, question.fault, question.box, points) for question in questions])
    severity = np.array([question.severity for question in questions])
    no = float((~said[severity == 0]).mean())
    by_severity = {f"yes_no_severity_{level}": float(said[severity == level].mean() + no) / 2 for level in range(1, 6) if (severity == level).any()}
    return {"yes_no_balanced_accuracy": float(said[severity > 0].mean() + no) / 2, **by_severity}


def _is_there(seen: Seen, fault: Fault, box: Box, points: OperatingPoints) -> bool:
    return _reading(seen, fault, box, points).probability >= points.thresholds["answer"][fault]


def _reading(seen: Seen, fault: Fault, box: Box, points: OperatingPoints) -> Reading:
    return reading_of(*seen.of(fault), box, fault, points, seen.closer)


def _type_accuracy(single: Sequence[tuple[Seen, tuple[Box, int, Fault]]], silent: Sequence[Seen], points: OperatingPoints, rng: np.random.Generator) -> float:
    """Clean photographs are asked about boxes of the faulty ones."""
    by_kind = [[_kind(seen, box, points) is fault for seen, (box, _, fault) in single if fault is kind] for kind in FAULTS]
    boxes = [region[0] for _, region in single]
    clean = [_kind(seen, boxes[int(rng.integers(len(boxes)))], points) is None for seen in silent]
    return float(np.mean([np.mean(right) for right in (*by_kind, clean) if right]))


def _kind(seen: Seen, box: Box, points: OperatingPoints) -> Fault | None:
    """The likeliest of the faults that are present, if any is."""
    present = [fault for fault in FAULTS if _is_there(seen, fault, box, points)]
    return max(present, key=lambda fault: _reading(seen, fault, box, points).probability) if present else None


def _severity_rho(single: Sequence[tuple[Seen, tuple[Box, int, Fault]]], points: OperatingPoints) -> float:
    return _spearman([_reading(seen, fault, box, points).strength for seen, (box, _, fault) in single], [severity for _, (_, severity, _) in single])


def _regions(seen: Seen, fault: Fault, certainty: Certainty, points: OperatingPoints) -> list[FaultyRegion]:
    return regions_of(*seen.of(fault), fault, points.thresholds[certainty][fault], points, seen.closer)


def _overlap(seen: Seen, region: tuple[Box, int, Fault], certainty: Certainty, points: OperatingPoints) -> float:
    """IoU of the strongest region that was found, 0 for none."""
    found = _regions(seen, region[2], certainty, points)
    return iou(found[0].box, region[0]) if found else 0.0


def _raises(seen: Seen, points: OperatingPoints) -> bool:
    return any(_regions(seen, fault, "describe", points) for fault in FAULTS)


def _spearman(a: Sequence[float], b: Sequence[float]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(a, b).statistic)
