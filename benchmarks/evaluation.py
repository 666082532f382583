"""`python -m benchmarks.evaluation`: how long GIQA-Bench's metrics take; BLEU beside the COCO caption evaluation where pycocoevalcap is installed."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import time
from collections.abc import Callable

import numpy as np

from bench.items import Item, items_of
from bench.journal import Prediction
from bench.judging import Case as Judged
from bench.judging import OverlapJudge
from bench.measures import Case, measure
from core.backends import load
from core.backends.capabilities import require_name_similarity
from core.boxes import Box, ImageSize, match
from core.evaluation.bleu import corpus_bleu
from core.grounded_text import GroundedText, compose, plain
from core.records import ImageReference, QuestionRecord, Record, with_regions

_VOCABULARY = (
    *("the", "a", "of", "in", "and", "with", "is", "are", "roof", "sky", "window", "tower"),
    *("noisy", "blurred", "slightly", "sharp", "dark", "overall", "quality", "poor", "good", "background"),
)


def main() -> None:
    rng = np.random.default_rng(0)
    cases = _bench(rng)
    names = require_name_similarity(load("embedded"), "Comparing names")
    print(f"all metrics of {len(cases)} samples, without the judge: {_seconds(lambda: measure(cases, names.similarity)):.2f} s (goal 1.00)")
    pairs = [(_sentence(rng, 60).split(), _sentence(rng, 60).split()) for _ in range(10_000)]
    ours = _seconds(lambda: corpus_bleu([one for one, _ in pairs], [[other] for _, other in pairs]))
    print(f"BLEU@4 of 10,000 pairs of 60 words: {ours:.2f} s{_coco(pairs)}")
    boxes = [[_box(rng) for _ in range(1_000)] for _ in range(2)]
    print(f"IoU of 1,000 x 1,000 boxes and their assignment: {_seconds(lambda: match(*boxes)):.2f} s (goal 1.00)")


def _seconds(work: Callable[[], object], times: int = 3) -> float:
    """The median."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return float(np.median(found))


def _coco(pairs: list[tuple[list[str], list[str]]]) -> str:
    if importlib.util.find_spec("pycocoevalcap") is None:
        return " (install pycocoevalcap for a comparison)"
    scorer_class = importlib.import_module("pycocoevalcap.bleu.bleu_scorer").BleuScorer

    def theirs() -> None:
        scorer = scorer_class(n=4)
        for one, other in pairs:
            scorer += (" ".join(one), [" ".join(other)])
        scorer.compute_score(option="closest")

    return f"; the COCO caption evaluation: {_seconds(theirs):.2f} s"


def _bench(rng: np.random.Generator) -> list[Case]:
    """100 descriptions and 150 questions, as many boxes as people write."""
    cases = list[Case]()
    for number in range(100):
        text, regions = with_regions(_described(rng))
        asked = [("yes_no", plain("Is it noisy?"), plain("Yes." if number % 2 else "No."))] if number < 90 else []
        asked += [("what", plain("What is noisy?"), compose("The ", ("roof", [_box(rng)]), "."))] if number < 60 else []
        questions = []
        for kind, question, answer in asked:
            said, regions = with_regions(answer, regions)
            questions.append(QuestionRecord(kind, "plain", with_regions(question)[0], said))  # type: ignore[arg-type]
        image = ImageReference(hashlib.sha256(str(number).encode()).hexdigest(), ImageSize(640, 480))
        cases += [_answered(item, rng) for item in items_of(Record(image, "made", number, regions, (), text, tuple(questions)))]
    return cases


def _answered(item: Item, rng: np.random.Generator) -> Case:
    said = _described(rng) if item.question is None else plain("Yes.") if item.kind == "yes_no" else _described(rng)
    marks = OverlapJudge().mark([Judged(item.id, "", item.reference.text, said.text)])[0]
    return Case(item, Prediction(item.id, item.id, said, "answered", 0.7, said.text, (), 0.0), marks)


def _described(rng: np.random.Generator) -> GroundedText:
    return compose("The ", ("roof", [_box(rng)]), " is noisy, the ", ("sky", [_box(rng), _box(rng)]), f" {_sentence(rng, 40)}.")


def _sentence(rng: np.random.Generator, words: int) -> str:
    return " ".join(rng.choice(_VOCABULARY, words))


def _box(rng: np.random.Generator) -> Box:
    left, top = rng.uniform(0, 0.7, 2)
    width, height = rng.uniform(0.05, 0.3, 2)
    return Box(float(left), float(top), float(left + width), float(top + height))


if __name__ == "__main__":
    main()
