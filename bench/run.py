"""`python -m bench run`: a benchmark put to a model, judged, measured, written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from bench.asking import Asking
from bench.config import RunConfig
from bench.identity import digest_of, provenance
from bench.items import Bench, faults, read_bench
from bench.journal import Journal, Prediction
from bench.judging import Case as Judged
from bench.judging import Judge, Marks, OverlapJudge, PromptedJudge, agreement
from bench.measures import cases_of, measure
from bench.results import Result, write_result
from core.backends import load
from core.backends.capabilities import require_language_model, require_name_similarity
from core.errors import InvalidInput
from core.evaluation.bleu import TOKENIZER
from core.export.giqa import write_whole

OVERLAP = "embedded"
"""The judge's name on the command line that stands for `OverlapJudge`."""
_JUDGED_AT_ONCE = 32


def run_bench(config: RunConfig, report: Callable[[str, int, int], None], cancel: Event | None = None) -> Result:
    """Writes `answers.jsonl` as they come, `samples.jsonl` and `results.json` to `config.out`. Run again, it goes on where it was stopped.

    Raises `InvalidInput` for a benchmark with faults, `Cancelled`, and what loading a backend raises.
    """
    bench = read_bench(config.bench)
    if found := faults(bench):
        raise InvalidInput(f"{config.bench} has {len(found)} faults, the first: {found[0]} python -m bench validate lists all.")
    backend = load(config.backend)
    config.out.mkdir(parents=True, exist_ok=True)
    asking = Asking(bench, backend, digest_of(backend), config.batch)
    predictions = asking.run(Journal(config.out / "answers.jsonl"), lambda done, of: report("asked", done, of), cancel)
    judge: Judge = OverlapJudge() if config.judge == OVERLAP else PromptedJudge(require_language_model(load(config.judge), "Judging"), config.times, seed=config.seed)
    marks = _judged(bench, predictions, judge, config.out / "marks.jsonl", lambda done, of: report("judged", done, of), cancel)
    similarity = require_name_similarity(load(config.similarity), "Comparing names")
    result = Result(
        {"name": bench.name, "digest": bench.digest, "counts": bench.counts()},
        {"name": backend.name, "digest": asking.prompts},
        _judged_by(judge, marks, config.similarity),
        tuple(measure(cases_of(bench, predictions, marks), similarity.similarity)),
        provenance(),
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    _write_samples(config.out / "samples.jsonl", bench, predictions, marks)
    write_result(config.out / "results.json", result)
    return result


def _judged(
    bench: Bench, predictions: Mapping[str, Prediction], judge: Judge, path: Path, report: Callable[[int, int], None], cancel: Event | None
) -> dict[str, Marks]:
    """Descriptions and open questions; marks are kept beside the answers and given once for one judge and one pair of texts."""
    cases = [_case(bench, predictions, index) for index, item in enumerate(bench.items) if item.kind != "yes_no" and not item.is_absent]
    kept = _kept_marks(path)
    todo = [case for case in cases if _mark_key(judge, case) not in kept]
    for start in range(0, len(todo), _JUDGED_AT_ONCE):
        part = todo[start : start + _JUDGED_AT_ONCE]
        lines = []
        for case, marks in zip(part, judge.mark(part, cancel), strict=True):
            kept[_mark_key(judge, case)] = marks
            lines.append(json.dumps({"key": _mark_key(judge, case), "item": case.item, "raw": marks.raw, "marks": marks.marks}, ensure_ascii=False))
        with path.open("a", encoding="utf-8") as file:
            file.write("\n".join([*lines, ""]))
        report(len(cases) - len(todo) + start + len(part), len(cases))
    return {case.item: kept[_mark_key(judge, case)] for case in cases}


def _case(bench: Bench, predictions: Mapping[str, Prediction], index: int) -> Judged:
    item = bench.items[index]
    return Judged(item.id, item.question.text if item.question else "", item.reference.text, predictions[item.id].said.text)


def _mark_key(judge: Judge, case: Judged) -> str:
    return json.dumps([judge.name, case.question, case.reference, case.candidate], ensure_ascii=False)


def _kept_marks(path: Path) -> dict[str, Marks]:
    """What was marked before; a line cut short by a kill is marked again."""
    found: dict[str, Marks] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
            found[row["key"]] = Marks(row["item"], tuple(row["raw"]), tuple(row["marks"]))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _judged_by(judge: Judge, marks: Mapping[str, Marks], similarity: str) -> dict[str, object]:
    unread = sum(mark is None for one in marks.values() for mark in one.marks)
    given = sum(len(one.marks) for one in marks.values())
    return {"judge": judge.name, "similarity": similarity, "tokenizer": TOKENIZER, "marks": given, "unreadable_marks": unread, "agreement": agreement(marks.values())}


def _write_samples(path: Path, bench: Bench, predictions: Mapping[str, Prediction], marks: Mapping[str, Marks]) -> None:
    lines: Sequence[str] = [
        json.dumps(
            {
                "item": item.id,
                "image": item.image,
                "kind": item.kind,
                "question": item.question.text if item.question else None,
                "reference": item.reference.text,
                "reference_boxes": [box.as_tuple() for box in item.reference.boxes],
                "said": predictions[item.id].said.text,
                "said_boxes": [box.as_tuple() for box in predictions[item.id].said.boxes],
                "status": predictions[item.id].status,
                "confidence": predictions[item.id].confidence,
                "marks": marks[item.id].marks if item.id in marks else None,
            },
            ensure_ascii=False,
        )
        for item in bench.items
    ]
    write_whole(path, "\n".join([*lines, ""]).encode())
