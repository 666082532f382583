"""`python -m bench run`: a benchmark put to a model, judged, measured, written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Event

from bench.asking import Asking
from bench.config import RunConfig
from bench.identity import digest_of, provenance
from bench.items import Bench, Item, faults, read_bench
from bench.journal import Journal, Prediction
from bench.judging import Case as Judged
from bench.judging import Judge, Marks, OverlapJudge, PromptedJudge, agreement
from bench.lines import add_rows, line_of, whole_lines
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
    loaded = cache(load)  # one copy, whichever parts name it
    backend = loaded(config.backend)
    config.out.mkdir(parents=True, exist_ok=True)
    asking = Asking(bench, backend, digest_of(backend), config.batch)
    predictions = asking.run(Journal(config.out / "answers.jsonl"), lambda done, of: report("asked", done, of), cancel)
    judge: Judge = OverlapJudge() if config.judge == OVERLAP else PromptedJudge(require_language_model(loaded(config.judge), "Judging"), config.times, seed=config.seed)
    marks = _judged(bench, predictions, judge, config.out / "marks.jsonl", lambda done, of: report("judged", done, of), cancel)
    similarity = require_name_similarity(loaded(config.similarity), "Comparing names")
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
    cases = [_case(item, predictions[item.id]) for item in bench.items if item.kind != "yes_no" and not item.is_absent]
    keys, kept = {case.item: _mark_key(judge, case) for case in cases}, _kept_marks(path)
    unmarked = [case for case in cases if keys[case.item] not in kept]
    for start in range(0, len(unmarked), _JUDGED_AT_ONCE):
        part = unmarked[start : start + _JUDGED_AT_ONCE]
        marked = {keys[one.item]: one for one in judge.mark(part, cancel)}
        add_rows(path, ({"key": key, "item": one.item, "raw": one.raw, "marks": one.marks} for key, one in marked.items()))
        kept |= marked
        report(len(cases) - len(unmarked) + start + len(part), len(cases))
    return {case.item: kept[keys[case.item]] for case in cases}


def _case(item: Item, said: Prediction) -> Judged:
    return Judged(item.id, item.question.text if item.question else "", item.reference.text, said.said.text)


def _mark_key(judge: Judge, case: Judged) -> str:
    return json.dumps([judge.name, case.question, case.reference, case.candidate], ensure_ascii=False)


def _kept_marks(path: Path) -> dict[str, Marks]:
    """What was marked before; what cannot be read is marked again."""
    found: dict[str, Marks] = {}
    for line in whole_lines(path):
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
    lines = "".join(
        line_of(
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
            }
        )
        for item in bench.items
    )
    write_whole(path, lines.encode())
