"""Tasks, revisions and lists as the annotation pages know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from core.corrections import as_edit, edit_json, read_edit
from core.errors import GiqaError, InvalidInput, StoreUnavailable
from core.record_json import to_json
from core.records import ImageReference
from core.store.values import Counts, Page, Project, Revision, Save, Task
from studio.addresses import media_url

_LONGEST_KEY, _LONGEST_REASON, _MOST_SECONDS = 200, 2_000, 7 * 86_400


def refusal_json(error: GiqaError) -> dict[str, Any]:
    """The message in English, and what the pages need to say it in another language."""
    told = {"error": str(error)}
    if isinstance(error, StoreUnavailable):
        return {**told, "code": "store", "values": {"detail": str(error)}}
    return {**told, "code": error.code, "values": error.values} if error.code else told


def page_json(page: Page, counts: Counts) -> dict[str, Any]:
    rows = [
        {
            "id": one.id,
            "title": one.title,
            "state": one.state,
            "boxes": one.boxes,
            "changed": one.changed,
            "updated_at": one.updated_at,
            "image": image_json(one.image),
        }
        for one in page.tasks
    ]
    return {"tasks": rows, "next": page.next, "counts": counts_json(counts)}


def counts_json(counts: Counts) -> dict[str, int]:
    return {"all": counts.all, **asdict(counts)}


def image_json(image: ImageReference) -> dict[str, Any]:
    url = media_url(image.sha256)
    size = {"width": image.size.width, "height": image.size.height}
    return {"id": image.sha256, "url": url, "thumbnail": f"{url}/thumbnail", **size, "name": PurePosixPath(image.uri).name}


def opened_json(task: Task, project: Project, following: int | None = None, previous: int | None = None) -> dict[str, Any]:
    """A task as the editor opens it. Where the proposal is hidden from the person, nothing of it is sent."""
    proposed = as_edit(task.proposal)
    head = task.head
    return {
        "id": task.id,
        "project": task.project,
        "kind": task.kind,
        "round": task.round,
        "guideline": project.settings.guideline,
        "vocabulary": list(project.settings.vocabulary),
        "reveal": task.reveal,
        "revealed": task.revealed,
        "beside": [{"role": one.role, "image": image_json(one.image)} for one in task.proposal.beside],
        "image": image_json(task.image),
        "proposal": to_json(task.proposal),
        "proposed": edit_json(proposed),
        "edit": edit_json(head.edit if head else proposed),
        "revision": head.id if head else None,
        "state": task.state,
        "reason": head.reason if head else "",
        "saved_at": head.created_at if head else None,
        "seconds": head.seconds if head else None,
        "next": following,
        "previous": previous,
    }


def revision_json(one: Revision) -> dict[str, Any]:
    return {
        "revision": one.id,
        "parent": one.parent,
        "user": one.user,
        "status": one.status,
        "reason": one.reason,
        "saved_at": one.created_at,
        "changes": asdict(one.changes),
        "late": one.late,
    }


def read_save(task: Task, data: object, user: str) -> Save:
    """A save from untrusted JSON. Raises `InvalidInput` for one that is malformed, or was made on another image than the task's."""
    if not isinstance(data, Mapping):
        raise InvalidInput(f"A save is a JSON object, got {type(data).__name__}.")
    parent, key, status, reason = data.get("parent"), data.get("key"), data.get("status"), data.get("reason", "")
    if parent is not None and (isinstance(parent, bool) or not isinstance(parent, int)):
        raise InvalidInput(f"A save names its parent revision by number, got {str(parent)[:40]!r}.")
    if not isinstance(key, str) or not 8 <= len(key) <= _LONGEST_KEY:
        raise InvalidInput(f"A save carries a key of 8 to {_LONGEST_KEY} characters, got {str(key)[:40]!r}.")
    if status not in ("draft", "submitted", "skipped"):
        raise InvalidInput(f"A save is one of draft, submitted, skipped, got {str(status)[:40]!r}.")
    if not isinstance(reason, str) or len(reason) > _LONGEST_REASON:
        raise InvalidInput(f"A reason is a text of at most {_LONGEST_REASON:,} characters.")
    if not _is_unicode(f"{key}{reason}") or "\0" in f"{key}{reason}":
        raise InvalidInput("The save's key or reason holds half a character, or one that stands for nothing. Write it again.")
    check_image(task.image, data.get("image"))
    return Save(task.id, user, parent, key, read_edit(data.get("edit")), status, reason, _seconds(data.get("seconds")))


def _seconds(value: object) -> float | None:
    """The time that the editor measured, if it did."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_SECONDS:
        raise InvalidInput(f"A save's seconds are a number from 0 to {_MOST_SECONDS:,}, got {str(value)[:40]!r}.")
    return float(value)


def check_image(image: ImageReference, named: object) -> None:
    """Boxes are fractions of one image: on another one, or one turned round, they would point elsewhere."""
    expected = {"sha256": image.sha256, "width": image.size.width, "height": image.size.height}
    if not isinstance(named, Mapping) or any(named.get(name) != value for name, value in expected.items()):
        raise InvalidInput("The save was made on another image than the task's. Reload the page; your work is still in this browser.", code="otherImage")


def _is_unicode(text: str) -> bool:
    """Half a surrogate pair, as a browser can cut an emoji, could be stored nowhere."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
