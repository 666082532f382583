"""Reviews, versions, decisions, comments and figures as the pages know them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.consensus import Group, consensus
from core.corrections import as_edit, edit_json
from core.differences import differences
from core.evaluation.agreement import Figure, task_agreement
from core.record_json import to_json
from core.store.review_values import Adjudication, Comment, DecisionRow, Review, ReviewRow, Seen, Weighed
from studio.annotation_json import image_json, revision_json

if TYPE_CHECKING:
    from core.store.dashboard import Quality


def row_json(row: ReviewRow | DecisionRow) -> dict[str, Any]:
    return {**asdict(row), "image": image_json(row.image)}


def review_json(one: Review) -> dict[str, Any]:
    return asdict(one)


def comment_json(one: Comment) -> dict[str, Any]:
    return {**asdict(one), "anchor": one.anchor.to_json()}


def decision_json(one: Adjudication) -> dict[str, Any]:
    return {**asdict(one), "made_from": list(one.made_from)}


def weighed_json(found: Weighed, guideline: str) -> dict[str, Any]:
    """The task as the editor opens it, every version, what they differ in, and their boxes in groups."""
    edits = [seen.revision.edit for seen in found.versions]
    proposal = found.proposal
    task = {"id": found.task, "project": found.project, "kind": found.kind, "guideline": guideline, "image": image_json(proposal.image)}
    beside = [{"role": one.role, "image": image_json(one.image)} for one in proposal.beside]
    agreed = found.agreement if found.agreement is not None else task_agreement(edits, found.kind)
    return {
        "task": {**task, "beside": beside, "proposal": to_json(proposal), "proposed": edit_json(as_edit(proposal))},
        "agreement": agreed,
        "versions": [_version_json(seen) for seen in found.versions],
        "differences": [asdict(one) for one in differences(edits)],
        "groups": _groups_json(consensus(edits).groups, found.versions) if edits else [],
        "decided": {**decision_json(found.decided[0]), "edit": edit_json(found.decided[1])} if found.decided else None,
    }


def consensus_json(found: Weighed) -> dict[str, Any]:
    made = consensus([seen.revision.edit for seen in found.versions])
    made_from = [seen.revision.id for seen in found.versions]
    return {"edit": edit_json(made.edit), "made_from": made_from, "votes": dict(made.votes), "groups": _groups_json(made.groups, found.versions)}


def _version_json(seen: Seen) -> dict[str, Any]:
    one = seen.revision
    return {**revision_json(one), "seconds": one.seconds, "blind": one.blind, "edit": edit_json(one.edit), "review": review_json(seen.review) if seen.review else None}


def _groups_json(groups: Sequence[Group], versions: Sequence[Seen]) -> list[dict[str, Any]]:
    """`members`: by revision the id of its box."""
    return [{"box": list(one.box.as_tuple()), "kept": one.kept, "members": {versions[place].revision.id: name for place, name in one.members}} for one in groups]


def quality_json(found: Quality, user: str | None) -> dict[str, Any]:
    """`user`: somebody who sees their own likeness to the others and nothing of gold, flags or other people."""
    one = found.agreement
    people = {name: {"value": value, "tasks": count} for name, (value, count) in found.means.items() if user in (None, name)}
    told = {
        "tasks": one.tasks,
        "versions": one.versions,
        "submissions": found.submissions,
        "overall": _figure(one.overall),
        "parts": {part: _figure(figure) for part, figure in one.parts.items()},
        "alphas": {name: asdict(alpha) for name, alpha in one.alphas.items()},
        "kappa": asdict(one.kappa) if one.kappa else None,
        "lately": found.lately,
        "before": found.before,
        "people": people,
    }
    if user is not None:
        return told
    gold = {name: {"value": value, "tasks": count} for name, (value, count) in found.gold.items()}
    return {**told, "gold": gold, "flags": {name: [asdict(flag) for flag in flags] for name, flags in found.flags.items() if flags}}


def _figure(one: Figure | None) -> dict[str, Any] | None:
    return asdict(one) if one else None
