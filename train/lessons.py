"""What people's corrections teach: corrected records to labels of regions, one lesson an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.record_claims import RegionClaim, record_claims, removed_boxes
from core.backends.embedded.stated import claims_in
from core.backends.embedded.statistics import statistic_maps
from core.boxes import WHOLE_IMAGE, iou
from core.errors import GiqaError, InvalidInput
from core.export.giqa import NativeFolder, file_sha, read_folder
from core.grounded_text import plain
from core.images import open_image
from core.quality import Fault
from core.records import Record
from train.sources import in_processes

_SAME_PLACE = 0.3
"""IoU from which a box that was taken away lies where another one was kept: then it was a worse box, and no fault less."""


@dataclass(frozen=True, slots=True)
class RegionLabel:
    """What somebody says of a box: that at least one of the faults is in it, or that none is.

    `removed`: a machine's box that was taken away, so that only what the machine would claim there is denied. `implied`: nobody said it, but who speaks of
    an image's faults and leaves one out sees none of it.
    """

    claim: RegionClaim
    annotator: str
    removed: bool = False
    implied: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One image by the sha256 of its file, its statistic maps (20, 20, statistics), and all that was said of it."""

    image: str
    statistics: NDArray[np.float16]
    labels: tuple[RegionLabel, ...]


@dataclass(frozen=True, slots=True)
class Corrections:
    """What the exports hold. `files` and `labels` by the image's hash; `records`: the corrected ones; `silent`: those that say nothing of any fault."""

    files: Mapping[str, Path]
    labels: Mapping[str, tuple[RegionLabel, ...]]
    records: int
    silent: int
    problems: tuple[str, ...]


def labels_of(record: Record) -> tuple[RegionLabel, ...]:
    """The labels of one corrected record; none where it says nothing of any fault, good or bad."""
    annotator = record.correction.user if record.correction else ""
    claims = record_claims(record)
    said = [RegionLabel(claim, annotator) for claim in claims]
    kept = [claim.box for claim in claims if claim.present]
    gone = [box for box in removed_boxes(record) if not any(iou(box, other) >= _SAME_PLACE for other in kept)]
    removed = [RegionLabel(RegionClaim(box, tuple(Fault), False), annotator, removed=True) for box in gone]
    if not claims and not removed and not (record.description and claims_in(plain(record.description.text))):
        return ()
    named = {fault for claim in claims if claim.present for fault in claim.faults}
    rest = tuple(fault for fault in Fault if fault not in named)
    implied = [RegionLabel(RegionClaim(WHOLE_IMAGE, rest, False), annotator, implied=True)] if rest else []
    return (*said, *removed, *implied)


def read_corrections(exports: Sequence[Path]) -> Corrections:
    """Of several exports what stands in any of them, once. Raises `InvalidInput` where there is nothing to learn from or an image is not there."""
    found = [(folder, record) for export in exports for folder, record in _submitted(export)]
    if not found:
        raise InvalidInput(
            f"Nobody has submitted anything in {_listed(exports)}: correct some records in the studio, press Submit, "
            "and export them (python -m core.export --data-dir DIR --select submitted --out EXPORT)."
        )
    labels: dict[str, dict[RegionLabel, None]] = {}
    files: dict[str, Path] = {}
    missing, silent = dict[str, None](), 0
    for folder, record in found:
        said = labels_of(record)
        silent += not said
        if said:
            labels.setdefault(record.image.sha256, {}).update(dict.fromkeys(said))
            path = folder.image(record.image)
            if path is None:
                missing[record.image.sha256] = None
            else:
                files[record.image.sha256] = path
    _refuse_missing([sha for sha in missing if sha not in files], exports)
    if not files:
        raise InvalidInput(f"None of the {len(found):,} corrected records in {_listed(exports)} says anything of a fault: there is nothing to learn.")
    problems = tuple(str(problem) for folder in dict.fromkeys(folder for folder, _ in found) for problem in folder.problems)
    return Corrections(files, {sha: tuple(said) for sha, said in labels.items()}, len(found), silent, problems)


def _submitted(export: Path) -> Iterator[tuple[NativeFolder, Record]]:
    _, folder = read_folder(export)
    for record in folder.records():
        if record.correction and record.correction.status == "submitted":
            yield folder, record


def _refuse_missing(missing: Sequence[str], exports: Sequence[Path]) -> None:
    if missing:
        raise InvalidInput(
            f"{len(missing):,} images of {_listed(exports)} are missing, the first is {missing[0][:12]}…: export them with their images (without --no-images), "
            "or put them back where the records name them."
        )


def _listed(folders: Sequence[Path]) -> str:
    return ", ".join(map(str, folders))


def lessons_of(corrections: Corrections, workers: int) -> Iterator[Lesson]:
    """In the order of the images' hashes. Raises `InvalidInput` for a file that is no image, or not the one that was corrected."""
    images = sorted(corrections.files)
    maps = in_processes(_statistics, [(sha, corrections.files[sha]) for sha in images], workers)
    for sha, statistics in zip(images, maps, strict=True):
        yield Lesson(sha, statistics, corrections.labels[sha])


def _statistics(image: tuple[str, Path]) -> NDArray[np.float16]:
    sha, path = image
    try:
        if file_sha(path) != sha:
            raise InvalidInput(f"{path} is not the image that was corrected: its bytes were changed. Export again.")
        return statistic_maps(open_image(path).pixels).astype(np.float16)
    except (OSError, GiqaError) as error:
        raise InvalidInput(f"An image of the corrections cannot be used: {error}") from error
