"""What people vote on pairs: each pair is a comparison task of one project, each vote a revision of it that is submitted."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from core.corrections import Edit
from core.quality import Preference
from core.records import ComparedImage, ImageReference, Judgement, Record
from core.store.values import ProjectSettings, Save
from studio.services import Services

if TYPE_CHECKING:
    from core.store.store import Store

PROJECT = "Compared pairs"
_OVERLAP = 100
"""People who may vote on one pair: nobody's vote closes it to others."""
_GUIDELINE = "Which image has the better technical quality? Call it a tie where you see no difference, or where the two faults weigh the same."


def keep_vote(services: Services, *, a: str, b: str, reference: str | None, preference: Preference, user: str) -> dict[str, Any]:
    """A person's vote, on the disk when it returns; images by their ids in the library. A later vote of the same person on the pair takes its place, and both are kept.

    Raises `InvalidInput` for an image that is gone, and what the store raises.
    """
    store = services.store.open()
    record = _record(services, a, b, reference)
    number = store.add_proposals(_project(store, user), [record], user=user).tasks[0]
    head = store.task(number, user).head
    saved = store.save(Save(number, user, head.id if head else None, secrets.token_hex(12), Edit(judgement=Judgement(preference)), "submitted"))
    return {"task": number, "revision": saved.id}


def _record(services: Services, a: str, b: str, reference: str | None) -> Record:
    """`source` names the images beside A, for a record is known by its own image, source and row."""
    for image in filter(None, (a, b, reference)):
        services.images.pin(image)  # a vote on a picture that is gone says nothing
    beside = [ComparedImage("b", _reference(services, b)), *([ComparedImage("reference", _reference(services, reference))] if reference else [])]
    return Record(_reference(services, a), f"pair:{b[:16]}:{(reference or '')[:16]}", 0, beside=tuple(beside))


def _reference(services: Services, image: str) -> ImageReference:
    known = services.images.get(image)
    return ImageReference(known.id, known.size, known.name)


def _project(store: Store, user: str) -> int:
    found = store.add_project(PROJECT)
    if found.settings.task_kind != "comparison":
        store.set_project(found.id, ProjectSettings(kind="benchmark", guideline=_GUIDELINE, overlap=_OVERLAP, task_kind="comparison"), user)
    return found.id
