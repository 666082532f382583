"""One row a model, in the columns of Grounding-IQA's tables; reported rows beside measured ones, never mixed up with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from bench.results import Result

COLUMNS: Mapping[str, str] = MappingProxyType({
    "des_miou": "DES mIoU",
    "des_tag_recall": "DES Tag-Recall",
    "des_bleu4": "BLEU@4",
    "des_llm_score": "LLM-Score",
    "vqa_miou": "VQA mIoU",
    "vqa_tag_recall": "VQA Tag-Recall",
    "vqa_acc_yes_no": "Acc (Y)",
    "vqa_acc_open": "Acc (W)",
    "vqa_acc_total": "Acc (Total)",
})
"""The nine axes of the paper's radar, higher is better: shares in [0, 1], BLEU@4 and LLM-Score in [0, 100]."""

_MEASURED = {"des_miou": "des_miou_paired", "vqa_miou": "vqa_miou_paired"}  # the paper's likely convention
_PAPER = """
LLaVA-1.5-7B | - - 2.82 47.00 - - .4444 .5167 .4733
LLaVA-1.5-13B | - - 3.00 49.00 - - .3888 .5250 .4433
LLaVA-1.6-7B | - - 3.04 50.50 - - .4889 .5333 .5067
mPLUG-Owl2-7B | - - 3.62 48.25 - - .5889 .5250 .5633
Shikra-7B | .4506 .4768 .40 27.00 .4126 .4359 .5333 .3917 .4767
Kosmos-2-1.6B | .4946 .3448 2.63 39.25 .4982 .4103 .3889 .4750 .4233
Ferret-7B | .6458 .6778 3.16 43.75 .5393 .5769 .4111 .4875 .4417
GroundingGPT-7B | .4967 .5391 1.99 32.50 .3845 .5321 .5444 .5250 .5367
DepictQA-Wild-7B | - - 3.34 56.50 - - .4333 .5458 .4783
Q-Instruct (LLaVA-1.5-7B) | - - 22.69 58.25 - - .6444 .5375 .6017
Q-Instruct (LLaVA-1.5-13B) | - - 19.01 57.25 - - .6222 .5417 .5900
Q-Instruct (mPLUG-Owl2-7B) | - - 21.46 62.00 - - .6111 .5375 .5817
Grounding-IQA (LLaVA-1.5-7B) | .5763 .5283 19.02 60.00 .5180 .5961 .7777 .5458 .6850
Grounding-IQA (LLaVA-1.5-13B) | .6302 .5548 20.24 60.50 .6830 .7564 .7889 .5542 .6950
Grounding-IQA (LLaVA-1.6-7B) | .6583 .5981 19.17 60.00 .5459 .6538 .8333 .5625 .7250
Grounding-IQA (mPLUG-Owl2-7B) | .5955 .5474 22.87 63.00 .6031 .7372 .8444 .5875 .7417
"""
"""Grounding-IQA (arXiv 2411.17237), Tables 2 and 3."""


@dataclass(frozen=True, slots=True)
class Row:
    """`values`: by column, `None` where there is none. `origin`: "reported" by the paper on its own unreleased bench, or "measured" here."""

    model: str
    origin: Literal["reported", "measured"]
    values: Mapping[str, float | None]
    note: str = ""


def reported_rows() -> list[Row]:
    """The paper's sixteen."""
    rows = []
    for line in _PAPER.strip().splitlines():
        model, _, numbers = line.partition(" | ")
        values = [None if one == "-" else float(one) for one in numbers.split()]
        rows.append(Row(model, "reported", dict(zip(COLUMNS, values, strict=True))))
    return rows


def measured_row(result: Result) -> Row:
    values = {name: figure.value if (figure := result.figure(_MEASURED.get(name, name))) else None for name in COLUMNS}
    return Row(result.model["name"], "measured", values, f"{result.bench['name']}, judged by {result.judged_by['judge']}")


def leaderboard(results: Sequence[Result]) -> list[Row]:
    """The measured ones first, best total first; then the reported ones likewise."""
    return [*_best_first(map(measured_row, results)), *_best_first(reported_rows())]


def _best_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: -(row.values["vqa_acc_total"] or 0.0))
