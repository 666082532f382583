"""Every fault of a source, named before a build begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.builder.sources import Row, Source, read_source
from core.builder.sources.checking import Check
from core.records import Dropped
from studio.builds.sources import Found
from studio.jobs import Job

_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Watched:
    """A source whose rows tell the job how far they are, and end when it is stopped."""

    source: Source
    job: Job
    limit: int

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def digest(self) -> str:
        return self.source.digest

    def rows(self) -> Iterator[Row | Dropped]:
        for number, row in enumerate(self.source.rows()):
            self.job.report(number, max(self.limit, 0))
            yield row

    def data(self, row: Row) -> bytes:
        return self.source.data(row)

    def notes(self) -> list[str]:
        return self.source.notes()


def check_source(made: Found, limit: int, job: Job) -> dict[str, Any]:
    """What is found in the first `limit` rows, 0 for all. Raises `InvalidInput` where the source cannot be opened."""
    source = read_source(made.source, Path(made.images) if made.images else None)
    check, fatal, shown, more = Check(_Watched(source, job, limit), limit=limit), 0, list[str](), 0
    for fault in check.faults():
        fatal += fault.is_fatal
        if len(shown) < _MOST_SHOWN:
            shown.append(str(fault))
        else:
            more += 1
    return {"name": source.name, "rows": check.rows, "fatal": fatal, "faults": shown, "more": more, "reasons": dict(check.reasons.most_common()), "notes": source.notes()}
