"""Exports from the page: a zip named by its content."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, get_args

from core.export.conversion import Form
from core.store.values import Selection
from studio.services import Services, scratch

_MOST_NOTES = 200


def export_options() -> dict[str, list[str]]:
    """What can be chosen: forms, and selections of records."""
    return {"formats": list(get_args(Form)), "selections": list(get_args(Selection))}


def export_zip(services: Services, project: int | None, form: Form, select: Selection, *, images: bool, user: str) -> dict[str, Any]:
    """Name, address, size, what is in it, and the images that are missing, and what the form has no place for. Raises `InvalidInput` where nothing is selected."""
    from core.export.archive import zip_folder
    from core.export.export import run_export

    with tempfile.TemporaryDirectory(prefix="giqa-export-", dir=scratch(services)) as name:
        folder = Path(name)
        done = run_export(services.store.open(), services.images, folder / "export", form, select, project, images=images, user=user)
        zip_folder(folder / "export", folder / "export.zip")
        size = (folder / "export.zip").stat().st_size
        shown = f"{form}-{done.content[:12]}.zip"
        url = services.takeaways.put_file(folder / "export.zip", shown)
    counts = {"records": done.counts.records, "images": done.counts.images, "boxes": done.counts.regions, "questions": done.counts.questions}
    return {"name": shown, "url": url, "bytes": size, "counts": counts, "missing": list(done.missing), "notes": list(done.notes[:_MOST_NOTES])}
