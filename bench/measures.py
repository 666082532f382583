"""From answers to figures: GIQA-Bench's metrics with what the paper leaves out beside them: intervals, baselines, precision, what could not be read.

Every figure says of how many cases it is; intervals are 95 %, by bootstrap over images, Wilson's for plain shares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.figures import Figure, of_share
from bench.items import Bench, Item
from bench.journal import Prediction
from bench.judging import MOST, Marks
from bench.samples import rejects
from core.boxes import match
from core.evaluation.answers import YesNo, accuracy, balanced_accuracy, constant_baselines, normalized, read_yes_no, total_accuracy
from core.evaluation.bleu import corpus_bleu, words
from core.evaluation.box_metrics import strict_mean_iou
from core.evaluation.confidence import brier_score, expected_calibration_error
from core.evaluation.resampling import bootstrap_interval, mean_interval
from core.evaluation.shares import Share
from core.evaluation.tag_recall import NamedBox, Similarity, TagCounts, count_tags, macro_precision, macro_recall
from core.grounded_text import GroundedText

_DRAWS = 500


@dataclass(frozen=True, slots=True)
class Case:
    """An item with its answer and its marks."""

    item: Item
    said: Prediction
    marks: Marks | None

    @property
    def mark(self) -> float | None:
        """As a share of the best, in [0, 1]."""
        return None if self.marks is None or self.marks.mean is None else self.marks.mean / MOST


def cases_of(bench: Bench, predictions: Mapping[str, Prediction], marks: Mapping[str, Marks]) -> list[Case]:
    return [Case(item, predictions[item.id], marks.get(item.id)) for item in bench.items]


def measure(cases: Sequence[Case], similarity: Similarity) -> list[Figure]:
    """`des_` of descriptions, `vqa_` of questions, in the order of the paper's table."""
    descriptions = [case for case in cases if case.item.kind == "description"]
    questions = [case for case in cases if case.item.kind != "description"]
    return [*_descriptions(descriptions, similarity), *_questions(questions, similarity)]


def _descriptions(cases: Sequence[Case], similarity: Similarity) -> Iterator[Figure]:
    if not cases:
        return
    yield from _boxes("des", cases)
    yield from _tags("des", cases, similarity)
    yield _over("des_bleu4", cases, _bleu, 100)
    yield _mean("des_llm_score", [(case, case.mark) for case in cases], 100)
    yield _unread("des", cases)


def _questions(cases: Sequence[Case], similarity: Similarity) -> Iterator[Figure]:
    if not cases:
        return
    grounding = [case for case in cases if case.item.is_grounding]
    yield from _boxes("vqa", grounding)
    yield from _tags("vqa", grounding, similarity)
    closed = [case for case in cases if case.item.kind == "yes_no" and not case.item.is_absent]
    yield from _yes_no(closed)
    opened = [case for case in cases if case.item.kind != "yes_no" and not case.item.is_absent]
    yield from _open(opened)
    yes_no, open_ended = _acc(closed), _marked(opened)
    total = total_accuracy(yes_no or 0.0, len(closed), open_ended or 0.0, len(opened)) if (closed or opened) and not (opened and open_ended is None) else None
    yield Figure("vqa_acc_total", total, len(closed) + len(opened))
    absent = [case for case in cases if case.item.is_absent]
    yield of_share("vqa_absent_rejected", Share(sum(rejects(case.said.status, case.said.said.boxes, case.said.said.text) for case in absent), len(absent)))
    yield _unread("vqa", cases)


def _boxes(task: str, cases: Sequence[Case]) -> Iterator[Figure]:
    """Category-agnostic, as in the paper: matched by overlap alone."""
    pairs = [(case, pair.iou) for case in cases for pair in match(case.said.said.boxes, case.item.reference.boxes)]
    yield _mean(f"{task}_miou_paired", [(case, value) for case, value in pairs])
    held = [case for case in cases if case.item.reference.boxes or case.said.said.boxes]
    yield _mean(f"{task}_miou_strict", [(case, strict_mean_iou(case.said.said.boxes, case.item.reference.boxes)) for case in held])


def _tags(task: str, cases: Sequence[Case], similarity: Similarity) -> Iterator[Figure]:
    counted = {case.item.id: count_tags(_named(case.said.said), _named(case.item.reference), similarity) for case in cases}
    counts = [counted[case.item.id] for case in cases]
    ways: dict[str, Callable[[Sequence[TagCounts]], float | None]] = {
        "tag_recall": lambda some: sum(some, TagCounts()).recall.value,
        "tag_precision": lambda some: sum(some, TagCounts()).precision.value,
        "tag_f1": lambda some: sum(some, TagCounts()).f1,
        "tag_recall_macro": macro_recall,
        "tag_precision_macro": macro_precision,
    }
    for name, way in ways.items():
        interval = bootstrap_interval(counts, [case.item.image for case in cases], way, times=_DRAWS)
        yield Figure(f"{task}_{name}", way(counts), len(cases), *(interval or (None, None)))


def _named(text: GroundedText) -> list[NamedBox]:
    return [NamedBox(text.words(phrase), box) for phrase in text.phrases for box in phrase.boxes]


def _bleu(cases: Sequence[Case]) -> float | None:
    return corpus_bleu([words(case.said.said.text) for case in cases], [[words(case.item.reference.text)] for case in cases]) if cases else None


def _yes_no(cases: Sequence[Case]) -> Iterator[Figure]:
    truth: list[YesNo] = [found for case in cases if (found := read_yes_no(case.item.reference.text))]
    if not cases or len(truth) < len(cases):
        yield Figure("vqa_acc_yes_no", None, len(cases))
        return
    said = [read_yes_no(case.said.said.text) for case in cases]
    right = [one == other for one, other in zip(said, truth, strict=True)]
    yield _mean("vqa_acc_yes_no", list(zip(cases, map(float, right), strict=True)))
    both = list(zip(said, truth, strict=True))
    interval = bootstrap_interval(both, [case.item.image for case in cases], lambda some: balanced_accuracy([s for s, _ in some], [t for _, t in some]), times=_DRAWS)
    yield Figure("vqa_balanced_accuracy", balanced_accuracy(said, truth), len(cases), *(interval or (None, None)))
    baselines = {name: share.value for name, share in constant_baselines(truth).items()}
    yield from (Figure(f"vqa_baseline_{name.replace(' ', '_')}", value, len(cases)) for name, value in baselines.items())
    sure = [(case.said.confidence, hit) for case, hit in zip(cases, right, strict=True) if case.said.confidence is not None]
    yield Figure("vqa_calibration_error", expected_calibration_error([one for one, _ in sure], [hit for _, hit in sure]), len(sure))
    yield Figure("vqa_brier", brier_score([one for one, _ in sure], [hit for _, hit in sure]), len(sure))


def _open(cases: Sequence[Case]) -> Iterator[Figure]:
    """Acc (W): the judge's marks as shares; what it could not mark is left out and counted by the judge. Each kind of question apart, too."""
    yield _mean("vqa_acc_open", [(case, case.mark) for case in cases])
    same = [(case, float(normalized(case.said.said.text) == normalized(case.item.reference.text))) for case in cases]
    yield _mean("vqa_exact_match", list(same))
    for kind in ("what", "why", "how"):
        yield _mean(f"vqa_acc_{kind}", [(case, case.mark) for case in cases if case.item.kind == kind])


def _acc(cases: Sequence[Case]) -> float | None:
    return accuracy([read_yes_no(case.said.said.text) for case in cases], [read_yes_no(case.item.reference.text) or "no" for case in cases]).value


def _marked(cases: Sequence[Case]) -> float | None:
    marks = [case.mark for case in cases if case.mark is not None]
    return sum(marks) / len(marks) if marks else None


def _unread(task: str, cases: Sequence[Case]) -> Figure:
    return of_share(f"{task}_unreadable", Share(sum(case.said.status == "unparsed" for case in cases), len(cases)))


def _mean(name: str, values: Sequence[tuple[Case, float | None]], times: float = 1) -> Figure:
    known = [(case, value * times) for case, value in values if value is not None]
    if not known:
        return Figure(name, None, 0)
    interval = mean_interval([value for _, value in known], [case.item.image for case, _ in known])
    return Figure(name, sum(value for _, value in known) / len(known), len(known), *(interval or (None, None)))


def _over(name: str, cases: Sequence[Case], figure: Callable[[Sequence[Case]], float | None], times: float) -> Figure:
    value = figure(cases)
    return Figure(name, None if value is None else value * times, len(cases))

