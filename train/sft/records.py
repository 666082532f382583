"""Our own records as conversations: the description, each question, and which of two images is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from core.export.giqa import NativeFolder, read_folder
from core.export.parquet import ParquetFolder
from core.grounded_text import plain
from core.question_pool import drawn
from core.records import ImageReference, Record, grounded_in
from train.sft.conversations import Conversation, Exchange, ImageFile, Reading, Task

_BETTER: Mapping[str, str] = {"a": "Image A.", "b": "Image B.", "tie": "They are equally good."}
_WHICH = "Which of the two images is of better technical quality, Image A or Image B?"


def read_native(folder: Path, name: str, corrected_weight: float, into: Reading, *, pool: bool) -> None:
    """Every record of a native folder. `pool`: descriptions are asked for in our own wordings, else in those of the model's family. Raises `InvalidInput` for what is none."""
    _, found = read_folder(folder)
    for record in found.records():
        _add(record, found, name, corrected_weight, into, pool=pool)
    for problem in found.problems:
        into.skip(name, problem.line, "line cannot be read", str(problem))


def read_parquet(folder: Path, name: str, images: Path, corrected_weight: float, into: Reading, *, pool: bool) -> None:
    """Parquet files with our columns; their images are kept in `images`, a folder of the run."""
    shards = ParquetFolder(folder)
    kept = NativeFolder(images)
    for record in shards.records(images):
        _add(record, kept, name, corrected_weight, into, pool=pool)
    for problem in shards.problems:
        into.skip(name, problem.line, "row cannot be read", str(problem))


def _add(record: Record, folder: NativeFolder, name: str, corrected_weight: float, into: Reading, *, pool: bool) -> None:
    images = list(_images(record, folder))
    missing = next((reference.uri or reference.sha256 for reference, path in images if path is None), None)
    if missing is not None:
        into.skip(name, record.row, "image missing", "It is not where the record says; was it moved?", missing)
        return
    if record.correction and (record.correction.status == "skipped" or record.correction.flag):
        into.skip(name, record.row, "skipped or flagged by its annotator", record.correction.flag)
        return
    roles = ["image" if len(images) == 1 else "a", *(one.role for one in record.beside)]
    files = tuple(ImageFile(path, reference.size, reference.sha256, role) for (reference, path), role in zip(images, roles, strict=True) if path)  # type: ignore[arg-type]
    weight = corrected_weight if record.correction and record.correction.status == "submitted" else 1.0
    photograph = record.synthesis.photograph if record.synthesis else ""
    for part, task, exchange in _exchanges(record, pool=pool):
        if exchange.told.text.strip():
            into.conversations.append(Conversation(name, f"{record.id}-{part}", task, files, (exchange,), weight, photograph))
        else:
            into.skip(name, record.row, "empty answer", part, record.image.uri)


def _images(record: Record, folder: NativeFolder) -> Iterator[tuple[ImageReference, Path | None]]:
    for reference in (record.image, *(one.image for one in record.beside)):
        yield reference, folder.image(reference)


def _exchanges(record: Record, *, pool: bool) -> Iterator[tuple[str, Task, Exchange]]:
    if record.description:
        asked = drawn(record.id, record.provenance.seed) if pool else ""
        yield "des", "describe", Exchange(plain(asked), grounded_in(record, record.description))
    for number, one in enumerate(record.questions):
        yield f"q{number}", "answer", Exchange(grounded_in(record, one.question), grounded_in(record, one.answer))
    if record.judgement.preference and any(one.role == "b" for one in record.beside):
        yield "which", "compare", Exchange(plain(_WHICH), plain(_BETTER[record.judgement.preference]))
