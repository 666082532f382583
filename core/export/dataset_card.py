"""The README.md of a data set on the Hugging Face hub: what is in it, where it comes from, how it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.export.columns import EXPLAINED
from core.export.table1 import Table1
from core.records import Record

_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_MOST_SOURCES = 30
_NOBODY = "the source itself"


@dataclass(slots=True)
class CardCounts:
    """Counted while the rows are written."""

    table: Table1 = field(default_factory=Table1)
    sources: dict[str, int] = field(default_factory=dict)
    backends: dict[str, int] = field(default_factory=dict)
    synthetic: int = 0
    corrected: int = 0
    without_image: int = 0

    def add(self, record: Record, *, has_image: bool) -> None:
        self.table.add(record)
        self.sources[record.source] = self.sources.get(record.source, 0) + 1
        self.backends[record.provenance.backend] = self.backends.get(record.provenance.backend, 0) + 1
        self.synthetic += record.synthesis is not None
        self.corrected += record.correction is not None
        self.without_image += not has_image


def dataset_card(name: str, license_name: str, splits: Mapping[str, int], counts: CardCounts, validation: float) -> str:
    """Markdown with the hub's head. `license_name`: an identifier of the hub's list, or "unknown"."""
    return "\n".join([*_head(name, license_name, splits, counts), *_body(name, license_name, splits, counts, validation)]) + "\n"


def _head(name: str, license_name: str, splits: Mapping[str, int], counts: CardCounts) -> list[str]:
    size = next((word for most, word in _SIZES if counts.table.records < most), "n>10M")
    files = [line for split in splits for line in (f"  - split: {split}", f"    path: data/{split}-*")]
    tags = ["image-quality-assessment", "visual-grounding", *(["synthetic"] if counts.synthetic else [])]
    return [
        "---", f"license: {license_name}", f"pretty_name: {_quoted(name)}", "task_categories:", "- visual-question-answering", "- image-to-text",
        "language:", "- en", "tags:", *(f"- {tag}" for tag in tags), "size_categories:", f"- {size}",
        "configs:", "- config_name: default", "  data_files:", *files, "---", "",
    ]  # fmt: skip


def _body(name: str, license_name: str, splits: Mapping[str, int], counts: CardCounts, validation: float) -> list[str]:
    table = counts.table
    questions = ", ".join(f"{kind} {count:,}" for kind, count in sorted(table.open.items())) or "none"
    lines = [
        f"# {name}", "",
        "Grounded image quality assessment: descriptions whose phrases carry boxes, and questions about regions, in the form of GIQA-160K"
        " (Grounding-IQA, arXiv 2411.17237). Built with GIQA Studio.", "",
        "| | images | total | DES | VQA yes/no | VQA open |", "|---|--:|--:|--:|--:|--:|",
        f"| all | {table.images:,} | {table.total:,} | {table.descriptions:,} | {table.yes_no:,} (Yes {table.yes:,}, No {table.no:,})"
        f" | {table.open.total():,} ({questions}) |",
        "", "| split | rows |", "|---|--:|", *(f"| {split} | {rows:,} |" for split, rows in splits.items()), "",
        _about_splits(validation), "", "## Where it comes from", "", "| source | rows |", "|---|--:|", *_sources(counts), "",
        f"Made by: {', '.join(f'{backend or _NOBODY} ({rows:,} rows)' for backend, rows in sorted(counts.backends.items()))}."
        f" Corrected by people: {counts.corrected:,} rows. Synthetic, with exact boxes, types and severities: {counts.synthetic:,} rows.",
        *([f"{counts.without_image:,} rows have no image inside: only its hash and name."] if counts.without_image else []),
    ]  # fmt: skip
    return [*lines, *_usage(license_name)]


def _about_splits(validation: float) -> str:
    if not validation:
        return "All rows are in one split."
    told = f"About {validation:.0%} of the images are for validation."
    return f"{told} An image's split follows from its hash, so no image stands in both; synthetic ones follow their photograph."


def _sources(counts: CardCounts) -> list[str]:
    known = sorted(counts.sources.items(), key=lambda one: -one[1])
    more = sum(rows for _, rows in known[_MOST_SOURCES:])
    return [*(f"| {source.replace('|', ' ')} | {rows:,} |" for source, rows in known[:_MOST_SOURCES]), *([f"| others | {more:,} |"] if more else [])]


def _usage(license_name: str) -> list[str]:
    return [
        "", "## Columns", "", "| column | what it is |", "|---|---|", *(f"| `{name}` | {what} |" for name, what in EXPLAINED.items()), "",
        "## Use", "", "```python", "from datasets import load_dataset", "", 'rows = load_dataset("OWNER/NAME", split="train", streaming=True)',
        'print(next(iter(rows))["markup"])', "```", "", "## Licence", "",
        f"{license_name}. The images keep the licences of the data sets they come from: check them before you pass them on.",
    ]  # fmt: skip


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
