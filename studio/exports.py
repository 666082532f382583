"""Exports from the page: a zip named by its content."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, get_args

from core.errors import Cancelled
from core.export.conversion import Form
from core.store.values import Selection
from studio.jobs import Job
from studio.services import Services, scratch

_MOST_NOTES = 200
_STEPS = 1_000
_WRITTEN = 600
"""Of the steps: the records are in the folder. The rest is packing."""


def export_options() -> dict[str, list[str]]:
    """What can be chosen: forms, and selections of records."""
    return {"formats": list(get_args(Form)), "selections": list(get_args(Selection))}


def export_zip(services: Services, project: int | None, form: Form, select: Selection, job: Job, *, images: bool, user: str) -> dict[str, Any]:
    """Name, address, size, what is in it, and the images that are missing, and what the form has no place for. Until it is whole there is nothing to take.

    Raises `InvalidInput` where nothing is selected, `DiskFull`, and `Cancelled`.
    """
    from core.export.archive import zip_folder
    from core.export.export import run_export
    from core.export.giqa import full_disk_told

    with tempfile.TemporaryDirectory(prefix="giqa-export-", dir=scratch(services)) as name, full_disk_told(services.settings.data_dir):
        folder, packed = Path(name) / "export", Path(name) / "export.zip"
        store = services.store.open()
        done = run_export(store, services.images, folder, form, select, project, images=images, user=user, report=_share(job, 0, _WRITTEN))
        zip_folder(folder, packed, _share(job, _WRITTEN, _STEPS))
        size, shown = packed.stat().st_size, f"{form}-{done.content[:12]}.zip"
        url = services.takeaways.put_file(packed, shown)
    counts = {"records": done.counts.records, "images": done.counts.images, "boxes": done.counts.regions, "questions": done.counts.questions}
    return {"name": shown, "url": url, "bytes": size, "counts": counts, "missing": list(done.missing), "notes": list(done.notes[:_MOST_NOTES])}


def _share(job: Job, first: int, last: int) -> Any:
    """Progress of one part of the work, as steps of the whole."""

    def report(done: int, total: int) -> None:
        try:
            job.report(first + (last - first) * done // max(1, total), _STEPS)
        except Cancelled:
            raise Cancelled("The export was stopped: nothing of it is kept.", code="exportStopped") from None

    return report
