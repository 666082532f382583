"""Reviews and decisions: what is to be looked at, verdicts, and one version made of several. Nothing of an annotator's is ever changed:
a reviewer's fix and a decision are revisions of their own, with the states `fixed` and `adjudicated`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, insert, or_, select, tuple_, update

from core.boxes import ImageSize
from core.corrections import Edit, corrected, edit_json, read_edit
from core.errors import InvalidInput, NotYours, ReusedKey, StaleRevision, UnknownTask
from core.record_json import from_json
from core.records import ImageReference
from core.store import schema
from core.store.auditing import now_text, tell
from core.store.connection import in_project
from core.store.queue import lock_task
from core.store.review_values import MAX_REASON, Adjudication, DecisionRow, Review, ReviewFilter, ReviewRow, Seen, Target, Verdict, Weighed, text_of
from core.store.revisions import read_revision, without_content

_submission, _revision, _review, _task, _adjudication = schema.submission, schema.revision, schema.review, schema.task, schema.adjudication
CURRENT = and_(_submission.c.task == _revision.c.task, _submission.c.user == _revision.c.user, _submission.c.revision == _revision.c.id)
"""A revision is its author's newest submission; by task and person, which have an index."""
_verdict = select(_review.c.verdict).where(_review.c.revision == _revision.c.id).order_by(_review.c.id.desc()).limit(1).scalar_subquery()
_why = select(_review.c.reason).where(_review.c.revision == _revision.c.id).order_by(_review.c.id.desc()).limit(1).scalar_subquery()
_decided = select(_adjudication.c.target).where(_adjudication.c.task == _task.c.id).order_by(_adjudication.c.id.desc()).limit(1).scalar_subquery()


def submissions_to_review(connection: Connection, wanted: ReviewFilter, reader: str, after: int, limit: int) -> tuple[ReviewRow, ...]:
    """Newest submissions of others than `reader`, oldest first, those behind the revision `after`. What has been decided waits no more."""
    rows = connection.execute(_submitted(connection, wanted).where(_revision.c.user != reader, _revision.c.id > after).limit(limit))
    return tuple(_review_row(row) for row in rows)


def reviews_of(connection: Connection, user: str, after: int, limit: int) -> tuple[ReviewRow, ...]:
    """One's own submissions that somebody has looked at, in the same order: what came back, and what stands."""
    rows = connection.execute(_submitted(connection, ReviewFilter(None, None, user)).where(_verdict.is_not(None), _revision.c.id > after).limit(limit))
    return tuple(_review_row(row) for row in rows)


def tasks_to_decide(connection: Connection, project: int | None, decided: bool, after: tuple[float, int], limit: int) -> tuple[DecisionRow, ...]:
    """Tasks with two versions or more, least agreed first; behind `after`: agreement (2 where it is unknown) and number of a row."""
    image, order = schema.image, func.coalesce(_task.c.agreement, 2.0)
    conditions: list[ColumnElement[bool]] = [_task.c.submitted >= 2, tuple_(order, _task.c.id) > tuple_(*after)]
    conditions += [] if project is None else [_task.c.project == project]
    conditions.append(exists().where(_adjudication.c.task == _task.c.id) if decided else ~exists().where(_adjudication.c.task == _task.c.id))
    columns = (_task.c.id, _task.c.project, _task.c.title, _task.c.overlap, _task.c.agreement, *image.c, _task.c.submitted, _decided.label("target"))
    query = select(*columns).join(image, image.c.sha256 == _task.c.image).where(*conditions).order_by(order, _task.c.id).limit(limit)
    return tuple(
        DecisionRow(row.id, row.project, row.title, _image(row), row.submitted, row.overlap, row.agreement, row.target) for row in connection.execute(query)
    )


def ready_tasks(connection: Connection, project: int, least: float) -> tuple[int, ...]:
    """Undecided tasks with as many versions as wanted, two at least, that agree by `least` or whose agreement is not known yet."""
    full = and_(_task.c.submitted >= 2, _task.c.submitted >= _task.c.overlap)
    agreed = or_(_task.c.agreement.is_(None), _task.c.agreement >= least)
    query = select(_task.c.id).where(_task.c.project == project, full, agreed, ~exists().where(_adjudication.c.task == _task.c.id))
    return tuple(connection.execute(query.order_by(_task.c.id)).scalars())


def weighed(connection: Connection, number: int, reader: str) -> Weighed:
    """Raises `UnknownTask`, and `NotYours` for somebody who is at work on a version of their own: they would no longer be blind."""
    task = _task_and_proposal(connection, number)
    proposal = from_json(json.loads(task.payload))
    _check_not_working(connection, number, reader)
    rows = connection.execute(_newest_of_each(number)).all()
    reviews = _newest_reviews(connection, [row.id for row in rows])
    versions = tuple(Seen(read_revision(row, proposal), reviews.get(row.id)) for row in rows)
    return Weighed(task.id, task.project, task.kind, proposal, task.agreement, versions, _decision(connection, number))


def add_review(connection: Connection, revision: int, reviewer: str, verdict: Verdict, reason: str, fix: Edit | None, key: str) -> Review:
    """The review as stored; sent again, it is stored once.

    Raises `NotYours` for one's own work, `StaleRevision` where a newer version was submitted, `InvalidInput` for a rejection without a reason or a fix
    without a version, `UnknownTask`.
    """
    text_of(reason, "A reason", 1 if verdict == "reject" else 0, MAX_REASON)
    if (fix is not None) != (verdict == "fix"):
        raise InvalidInput("A fix brings the mended version, an acceptance or rejection brings none.")
    row = connection.execute(select(_revision).where(_revision.c.id == revision)).first()
    if row is None:
        raise UnknownTask(f"There is no revision {revision}. Reload the page.", code="noRevision", revision=revision)
    lock_task(connection, row.task)
    if row.user == reviewer:
        raise NotYours("Nobody reviews their own work: somebody else has to look at this one.", code="ownReview")
    if known := _same_review(connection, revision, reviewer, verdict, reason, key):
        return known
    _check_newest(connection, row)
    fixed_by = None if fix is None else add_version(connection, row.task, reviewer, revision, key, fix, "fixed")
    values = {"revision": revision, "reviewer": reviewer, "verdict": verdict, "reason": reason, "created_at": now_text(), "fixed_by": fixed_by}
    stored = connection.execute(insert(_review).values(values).returning(_review)).one()
    tell(connection, row.task, reviewer, "reviewed", {"revision": revision, "verdict": verdict, "fixed_by": fixed_by})
    return _read_review(stored)


def adjudicate(
    connection: Connection, task: int, edit: Edit, by: str, made_from: Sequence[int], target: Target, key: str, replaces: int | None, *, bulk: bool = False
) -> Adjudication:
    """The final version of a task. `replaces`: the decision that the person saw, `None` for none.

    Raises `StaleRevision` where somebody else decided meanwhile, `NotYours` where every version is one's own, `InvalidInput` for versions that the
    task does not have, `UnknownTask`.
    """
    lock_task(connection, task)
    if known := connection.execute(select(_adjudication).join(_revision).where(_revision.c.idempotency_key == key)).first():
        return _read_adjudication(known)
    authors = {row.id: row.user for row in connection.execute(_newest_of_each(task))}
    if not made_from or not set(made_from) <= authors.keys():
        raise InvalidInput("A decision names the newest versions that it was made from. Somebody may have submitted another one: open the task again.", code="newerSubmission")
    if all(author == by for author in authors.values()):
        raise NotYours("Nobody decides on their own work alone: somebody else has to submit or decide on this one.", code="ownDecision")
    before = _decision(connection, task)
    if (before[0].id if before else None) != replaces:
        raise StaleRevision("Somebody else decided on this task since you opened it. Look at their version.", before[0].revision if before else None, code="decidedElsewhere")
    revision = add_version(connection, task, by, made_from[0], key, edit, "adjudicated")
    values = {"task": task, "revision": revision, "by": by, "made_from": json.dumps(list(made_from)), "created_at": now_text(), "target": target}
    stored = connection.execute(insert(_adjudication).values(values).returning(_adjudication)).one()
    # the queue hands it to nobody else: as many as have submitted are enough
    few = update(_task).where(_task.c.id == task, _task.c.submitted > 0, _task.c.submitted < _task.c.overlap)
    connection.execute(few.values(overlap=_task.c.submitted, state=case((_task.c.gold, "gold"), else_="full")))
    tell(connection, task, by, "adjudicated", {"revision": revision, "made_from": list(made_from), "target": target, "bulk": bulk})
    return _read_adjudication(stored)


def add_version(connection: Connection, task: int, user: str, parent: int, key: str, edit: Edit, status: Literal["fixed", "adjudicated"]) -> int:
    """A reviewer's own revision, made from another's. Raises `ReusedKey`, `InvalidRecord`."""
    row = _task_and_proposal(connection, task)
    blind = bool(connection.execute(select(_revision.c.blind).where(_revision.c.id == parent)).scalar())
    proposal = from_json(json.loads(row.payload))
    corrected(without_content(proposal) if blind else proposal, edit, user)
    payload = json.dumps(edit_json(edit), ensure_ascii=False, sort_keys=True, allow_nan=False)
    sha = hashlib.sha256(f"{task}\n{user}\n{status}\n{payload}".encode()).hexdigest()
    if connection.execute(select(_revision.c.id).where(_revision.c.idempotency_key == key)).first():
        raise ReusedKey("This save carries the key of another one. Reload the page; your other save is stored.", code="keyUsed")
    told = {"task": task, "user": user, "parent": parent, "proposal": row.proposal, "idempotency_key": key, "status": status, "reason": ""}
    stored = {**told, "blind": blind, "payload": payload, "payload_sha": sha, "created_at": now_text()}
    number: int = connection.execute(insert(_revision).values(stored).returning(_revision.c.id)).scalar_one()
    return number


def decided_revisions(connection: Connection, tasks: Sequence[int], target: Target | None = None) -> dict[int, int]:
    """By task the revision of its newest decision; `target`: only of those that were finalised for that."""
    rows = connection.execute(select(_adjudication).where(_adjudication.c.task.in_(tasks)).order_by(_adjudication.c.id))
    newest = {row.task: row for row in rows}
    return {task: row.revision for task, row in newest.items() if target in (None, row.target)}


def reviewed_revisions(connection: Connection, tasks: Sequence[int]) -> tuple[dict[int, int], set[int]]:
    """By task the version that stands after review, accepted or mended, the one looked at last; and all revisions that were rejected in the end."""
    query = select(_review, _revision.c.task).join(_revision, _revision.c.id == _review.c.revision).where(_revision.c.task.in_(tasks)).order_by(_review.c.id)
    last = {row.revision: row for row in connection.execute(query)}
    standing = {row.task: row.fixed_by or row.revision for row in sorted(last.values(), key=lambda row: row.id) if row.verdict != "reject"}
    return standing, {row.revision for row in last.values() if row.verdict == "reject"}


def _submitted(connection: Connection, wanted: ReviewFilter) -> Select[Any]:
    """Driven by the revisions' own key: a page costs what it shows, however many tasks there are."""
    image, mine = schema.image, _submission
    joined = _revision.join(mine, CURRENT).join(_task, _task.c.id == _revision.c.task).join(image, image.c.sha256 == _task.c.image)
    conditions: list[ColumnElement[bool]] = [mine.c.status == "submitted"]
    conditions += [] if wanted.project is None else [in_project(connection, _task.c.project, wanted.project)]
    conditions += [] if wanted.user is None else [_revision.c.user == wanted.user]
    conditions += [_task.c.title_lower.contains(wanted.search.strip().lower(), autoescape=True)] if wanted.search.strip() else []
    if wanted.state == "waiting":
        conditions += [~exists().where(_review.c.revision == _revision.c.id), ~exists().where(_adjudication.c.task == _task.c.id)]
    elif wanted.state is not None:
        conditions.append(_verdict == wanted.state)
    told = (_task.c.project, _task.c.title, _task.c.agreement, *image.c, mine.c.boxes, mine.c.changed, mine.c.updated_at)
    columns = (_revision.c.id, _revision.c.task, _revision.c.user, *told, _verdict.label("verdict"), _why.label("why"))
    return select(*columns).select_from(joined).where(*conditions).order_by(_revision.c.id)


def _review_row(row: Row[Any]) -> ReviewRow:
    shown = (row.task, row.project, row.title, _image(row), row.id, row.user, row.boxes, bool(row.changed), row.updated_at)
    return ReviewRow(*shown, row.verdict or "waiting", row.why or "", row.agreement)


def _image(row: Row[Any]) -> ImageReference:
    return ImageReference(row.sha256, ImageSize(row.width, row.height), row.uri)


def _task_and_proposal(connection: Connection, number: int) -> Any:
    proposal = schema.proposal
    columns = (_task.c.id, _task.c.project, _task.c.kind, _task.c.agreement, proposal.c.id.label("proposal"), proposal.c.payload)
    row = connection.execute(select(*columns).join(proposal, proposal.c.task == _task.c.id).where(_task.c.id == number)).first()
    if row is None:
        raise UnknownTask(f"There is no task {number}: it may belong to another database. Go back to the list.", code="noTask", task=number)
    return row


def _check_not_working(connection: Connection, task: int, reader: str) -> None:
    lease = schema.lease
    held = connection.execute(select(lease.c.task).where(lease.c.task == task, lease.c.user == reader, lease.c.expires_at > now_text())).first()
    mine = connection.execute(select(_submission.c.status).where(_submission.c.task == task, _submission.c.user == reader)).scalar()
    if held or mine == "draft":
        raise NotYours("You are at work on this task yourself. Submit or skip your own version first: until then the others' are hidden from you.", code="atWorkYourself")


def _newest_of_each(task: int) -> Select[Any]:
    joined = _revision.join(_submission, CURRENT)
    return select(_revision).select_from(joined).where(_submission.c.task == task, _submission.c.status == "submitted").order_by(_revision.c.id)


def _check_newest(connection: Connection, row: Row[Any]) -> None:
    mine = connection.execute(select(_submission).where(_submission.c.task == row.task, _submission.c.user == row.user)).first()
    if mine is None or mine.revision != row.id or mine.status != "submitted":
        raise StaleRevision("Its author has saved another version since you opened this one. Open it again.", mine.revision if mine else None, code="newerVersion")


def _same_review(connection: Connection, revision: int, reviewer: str, verdict: Verdict, reason: str, key: str) -> Review | None:
    """The newest review of the revision, if it is the very one that is sent again."""
    row = connection.execute(select(_review).where(_review.c.revision == revision).order_by(_review.c.id.desc()).limit(1)).first()
    if row is None or (row.reviewer, row.verdict, row.reason) != (reviewer, verdict, reason):
        return None
    if verdict == "fix" and connection.execute(select(_revision.c.idempotency_key).where(_revision.c.id == row.fixed_by)).scalar() != key:
        return None
    return _read_review(row)


def _newest_reviews(connection: Connection, revisions: Sequence[int]) -> dict[int, Review]:
    rows = connection.execute(select(_review).where(_review.c.revision.in_(revisions)).order_by(_review.c.id))
    return {row.revision: _read_review(row) for row in rows}


def _decision(connection: Connection, task: int) -> tuple[Adjudication, Edit] | None:
    query = select(_adjudication, _revision.c.payload).join(_revision, _revision.c.id == _adjudication.c.revision).where(_adjudication.c.task == task)
    row = connection.execute(query.order_by(_adjudication.c.id.desc()).limit(1)).first()
    return (_read_adjudication(row), read_edit(json.loads(row.payload))) if row else None


def _read_review(row: Row[Any]) -> Review:
    return Review(row.id, row.revision, row.reviewer, row.verdict, row.reason, row.created_at, row.fixed_by)


def _read_adjudication(row: Row[Any]) -> Adjudication:
    return Adjudication(row.id, row.task, row.revision, row.by, tuple(json.loads(row.made_from)), row.target, row.created_at)


