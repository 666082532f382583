"""The statistics of a build as lines for a terminal: a short form after each run, and the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from core.builder.statistics import BINS, KINDS, Statistics, statistics_of
from core.export.giqa import read_manifest

_SHOWN = 15


def summary(folder: Path) -> str:
    """Lines for a person, after a run."""
    found, counts = statistics_of(folder), read_manifest(folder).counts
    lines = [f"{counts.records:,} records of {counts.images:,} images in {folder}"]
    lines += [f"  dropped {count:,}: {reason}" for reason, count in counts.dropped_by_reason.items()]
    lines.append(f"  objects: {found.objects['grounded']:,} with boxes, {found.objects['text']:,} left as text")
    lines.append(f"  boxes: {_listed(found.boxes)}")
    lines.append("  questions: " + _listed({kind.replace("_", "/"): count for kind, count in found.questions.items()}))
    return "\n".join(lines)


def report(found: Statistics) -> str:
    """Everything, as tables."""
    blocks = [_table_1(found), _boxes(found), _dropped(found), _frequencies(found)]
    if found.doubles:
        blocks.append(["Images under two names", *(f"  {first} = {second}" for first, second in found.doubles)])
    return "\n\n".join("\n".join(block) for block in blocks)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items())) or "none"


def _table_1(found: Statistics) -> list[str]:
    table = found.table
    head = ("images", "total", "DES", "VQA yes/no", "Yes", "No", "VQA open", "what", "why", "how")
    values = (table.images, table.total, table.descriptions, table.yes_no, table.yes, table.no, table.open.total(), *(table.open[kind] for kind in ("what", "why", "how")))
    widths = [max(len(name), len(f"{value:,}")) for name, value in zip(head, values, strict=True)]
    rows = [
        "  ".join(name.rjust(width) for name, width in zip(head, widths, strict=True)),
        "  ".join(f"{value:,}".rjust(width) for value, width in zip(values, widths, strict=True)),
    ]
    other = [f"{table.other:,} yes/no questions are answered with neither."] if table.other else []
    return ["Table 1", *rows, *other, f"questions by form: {_listed(found.forms)}"]


def _boxes(found: Statistics) -> list[str]:
    """Shares of each kind's boxes by area, the last bins together."""
    totals = {kind: sum(found.areas[kind]) for kind in KINDS}
    lines = [
        f"Boxes: {_listed(found.boxes)}",
        f"lost: {_listed(found.lost)}",
        f"objects: {found.objects['grounded']:,} with boxes, {found.objects['text']:,} left as text",
        f"{'area of the image':>18}  " + "  ".join(f"{kind:>8}" for kind in KINDS),
    ]
    groups = [(place, place + 1) for place in range(6)] + [(6, 10), (10, BINS)]
    for first, last in groups:
        shares = (f"{sum(found.areas[kind][first:last]) / totals[kind]:8.1%}" if totals[kind] else f"{'-':>8}" for kind in KINDS)
        lines.append(f"{f'{100 * first // BINS} to {100 * last // BINS} %':>18}  " + "  ".join(shares))
    lines.append(f"{'boxes':>18}  " + "  ".join(f"{totals[kind]:8,}" for kind in KINDS))
    return lines


def _dropped(found: Statistics) -> list[str]:
    if not found.gone:
        return ["Rows dropped: none"]
    return [f"Rows dropped: {found.gone.total():,}", *(f"  {rows:>8,}  {stage}: {reason}" for (stage, reason), rows in found.gone.most_common())]


def _frequencies(found: Statistics) -> list[str]:
    named = (("objects", found.phrases), ("qualities", found.qualities), ("effects", found.effects), ("words", found.words))
    lines = ["Most frequent", *(f"  {name}: {_most(counts)}" for name, counts in named)]
    return [*lines, f"  synthetic faults: {found.faults.total():,} of {len(found.faults):,} kinds and severities"] if found.faults else lines


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common(_SHOWN)) or "none"
