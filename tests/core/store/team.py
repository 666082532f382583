"""What annotators do in tests: submit a version of a task, as it was proposed or with the first box elsewhere."""

from __future__ import annotations

from dataclasses import replace

from core.boxes import Box
from core.corrections import EditedRegion, as_edit
from core.store.store import Store
from core.store.values import Save


def submit(store: Store, task: int, user: str, box: Box | None = None, *, status: str = "submitted", reason: str = "") -> int:
    """The number of the revision."""
    opened = store.task(task, user)
    edit = as_edit(opened.proposal)
    if box is not None:
        edit = replace(edit, regions=(EditedRegion("r1", box), *edit.regions[1:]))
    head = opened.head.id if opened.head else None
    return store.save(Save(task, user, head, f"{user}-{task}-{(head or 0) + 1}", edit, status, reason)).id
