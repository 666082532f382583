"""Corrections from where they are: a native folder that was exported, or the studio's data folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInput
from core.export.giqa import read_folder
from core.records import Record


@dataclass(frozen=True, slots=True)
class Pair:
    """One record as the machine proposed it, and as a person submitted it."""

    proposal: Record
    corrected: Record


def read_corrections(where: Path) -> Iterator[Record]:
    """Every record that a person submitted, in the order in which it is kept; of several people's versions the newest.

    Raises `InvalidInput` for a place that holds neither a native folder nor a studio's data.
    """
    if (where / "giqa.db").is_file():
        yield from _of_studio(where, proposals=False)
        return
    if not (where / "manifest.json").is_file():
        raise InvalidInput(f"{where} holds no corrections: name an exported folder (with a manifest.json) or the studio's data folder (with a giqa.db).")
    _, found = read_folder(where)
    yield from (record for record in found.records() if record.correction and record.correction.status == "submitted")


def read_pairs(corrections: Path, proposals: Path | None) -> Iterator[Pair]:
    """Corrections beside what they were made from, in the proposals' order. `proposals`: the build's folder; a studio's data folder knows its own.

    Raises `InvalidInput` for an exported folder without the build, and where the two have no record in common.
    """
    corrected = {record.id: record for record in read_corrections(corrections)}
    found = False
    for proposal in _proposals(corrections, proposals):
        if proposal.id in corrected:
            found = True
            yield Pair(proposal, corrected[proposal.id])
    if not found:
        said = "nobody has submitted anything there yet" if not corrected else f"none of its {len(corrected):,} corrections is of a record of that build"
        raise InvalidInput(f"There is nothing to compare in {corrections}: {said}.")


def _proposals(corrections: Path, proposals: Path | None) -> Iterator[Record]:
    if proposals is not None:
        yield from read_folder(proposals)[1].records()
    elif (corrections / "giqa.db").is_file():
        yield from _of_studio(corrections, proposals=True)
    else:
        raise InvalidInput(f"{corrections} holds corrections without what they were made from: name the build's folder with --proposals.")


def _of_studio(folder: Path, *, proposals: bool) -> Iterator[Record]:
    from core.store.store import open_store

    store = open_store(folder)
    try:
        yield from store.records("proposals" if proposals else "submitted")
    finally:
        store.close()
