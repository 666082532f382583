"""The review pages' routes: what is to be looked at, verdicts, comments, versions side by side, decisions, figures of a project, the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from core.corrections import Edit, read_edit
from core.errors import InvalidInput, NotYours, StaleRevision
from core.store.review_values import START, ReviewFilter, ReviewState, Target, Verdict, read_anchor, text_of
from studio.annotation_api import theirs
from studio.annotation_json import check_image
from studio.auth import require_same_origin
from studio.bodies import MOST_SAVE_BYTES, body, json_of
from studio.jobs import Job
from studio.people import Who, require
from studio.review_json import comment_json, consensus_json, decision_json, quality_json, review_json, row_json, weighed_json
from studio.services import Services

_WRITE = [Depends(require_same_origin)]
_REVIEWER = [require("reviewer")]
_REVIEWER_WRITES = [*_WRITE, *_REVIEWER]
_Id = Annotated[int, Path(ge=0, lt=2**62)]
_Number = Annotated[int, Query(ge=0, lt=2**62)]
_Limit = Annotated[int, Query(ge=1, le=200)]
_Person = Annotated[str | None, Query(max_length=200)]


class _Wanted(BaseModel):
    """The reviewers' lists as they stand in an address. `after`: what the page before gave as `next`."""

    project: int | None = Field(None, ge=0, lt=2**62)
    state: ReviewState | Literal["all"] = "waiting"
    user: str | None = Field(None, max_length=200)
    search: str = Field("", max_length=200)

    def filter(self) -> ReviewFilter:
        user, search = ((text or "").replace("\0", " ") for text in (self.user, self.search))  # PostgreSQL's texts hold no NUL
        return ReviewFilter(self.project, None if self.state == "all" else self.state, user or None, search)


class _Comment(BaseModel):
    text: str = Field(max_length=20_000)
    anchor: dict[str, Any] = Field(default_factory=lambda: {"kind": "task"})
    thread: int | None = Field(None, ge=0, lt=2**62)
    revision: int | None = Field(None, ge=0, lt=2**62)


class _Resolved(BaseModel):
    resolved: bool = True


class _Bulk(BaseModel):
    """Tasks whose versions agree at least so far are finalised with their consensus."""

    least: float = Field(ge=0, le=1)
    target: Target


def review_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api")
    _add_list_routes(router, services)
    _add_verdict_routes(router, services)
    _add_comment_routes(router, services)
    _add_decision_routes(router, services)
    _add_figure_routes(router, services)
    return router


def _add_list_routes(router: APIRouter, services: Services) -> None:
    @router.get("/review/queue", dependencies=_REVIEWER)
    def queue(who: Who, wanted: Annotated[_Wanted, Depends()], after: _Number = 0, limit: _Limit = 60) -> dict[str, Any]:
        rows = services.store.open().reviews.submissions(wanted.filter(), who.id, after=after, limit=limit + 1)
        return {"rows": [row_json(row) for row in rows[:limit]], "next": rows[limit - 1].revision if len(rows) > limit else None}

    @router.get("/review/decisions", dependencies=_REVIEWER)
    def decisions(project: _Number | None = None, decided: bool = False, after: str = "", limit: _Limit = 60) -> dict[str, Any]:
        rows = services.store.open().reviews.decisions(project, decided=decided, after=_place(after), limit=limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        return {"rows": [row_json(row) for row in rows[:limit]], "next": f"{2.0 if last.agreement is None else last.agreement}:{last.task}" if last else None}

    @router.get("/review/mine")
    def mine(who: Who, after: _Number = 0, limit: _Limit = 60) -> dict[str, Any]:
        rows = services.store.open().reviews.own(who.id, after=after, limit=limit + 1)
        shown = [{**row_json(row), "agreement": None} for row in rows[:limit]]
        return {"rows": shown, "next": rows[limit - 1].revision if len(rows) > limit else None}


def _add_verdict_routes(router: APIRouter, services: Services) -> None:
    @router.get("/tasks/{number}/versions", dependencies=_REVIEWER)
    def versions(number: _Id, who: Who) -> dict[str, Any]:
        store = services.store.open()
        found = store.reviews.weighed(number, who.id)
        return weighed_json(found, store.project(found.project).settings.guideline)

    @router.get("/tasks/{number}/consensus", dependencies=_REVIEWER)
    def consensus(number: _Id, who: Who) -> dict[str, Any]:
        found = services.store.open().reviews.weighed(number, who.id)
        if not found.versions:
            raise InvalidInput("Nobody has submitted this task yet: there is nothing to make a consensus of.", code="nothingSubmitted")
        return consensus_json(found)

    @router.post("/tasks/{number}/reviews", dependencies=_REVIEWER_WRITES)
    async def review(number: _Id, who: Who, request: Request) -> dict[str, Any]:
        data = _object(json_of(await body(request, MOST_SAVE_BYTES)))
        verdict: Verdict = _one_of(data, "verdict", ("accept", "fix", "reject"))
        fix = _edit(services, number, data) if verdict == "fix" else None
        desk, reason = services.store.open().reviews, data.get("reason", "")
        revision = _whole(data, "revision")
        key = _key(data) if fix else ""
        return review_json(await run_in_threadpool(desk.review, revision, who.id, verdict, reason=reason, fix=fix, key=key))


def _add_comment_routes(router: APIRouter, services: Services) -> None:
    @router.get("/tasks/{number}/comments")
    def comments(number: _Id, who: Who) -> dict[str, Any]:
        desk = theirs(services, number, who).reviews
        return {"comments": [comment_json(one) for one in desk.comments(number, who.id, all_of_them=who.may("reviewer"))]}

    @router.post("/tasks/{number}/comments", dependencies=_WRITE)
    def comment(number: _Id, wanted: _Comment, who: Who) -> dict[str, Any]:
        desk = theirs(services, number, who).reviews
        told = {"thread": wanted.thread, "revision": wanted.revision, "all_of_them": who.may("reviewer")}
        return comment_json(desk.comment(number, who.id, wanted.text, read_anchor(wanted.anchor), **told))  # type: ignore[arg-type]

    @router.post("/comments/{number}/resolve", dependencies=_WRITE)
    def resolve(number: _Id, wanted: _Resolved, who: Who) -> dict[str, Any]:
        return comment_json(services.store.open().reviews.resolve(number, who.id, wanted.resolved, all_of_them=who.may("reviewer")))


def _add_decision_routes(router: APIRouter, services: Services) -> None:
    @router.post("/tasks/{number}/adjudication", dependencies=_REVIEWER_WRITES)
    async def adjudicate(number: _Id, who: Who, request: Request) -> dict[str, Any]:
        data = _object(json_of(await body(request, MOST_SAVE_BYTES)))
        target: Target = _one_of(data, "target", ("benchmark", "training"))
        made_from = data.get("made_from")
        if not isinstance(made_from, list) or any(isinstance(one, bool) or not isinstance(one, int) for one in made_from):
            raise InvalidInput("A decision names the revisions that it was made from, by number.")
        replaces = None if data.get("replaces") is None else _whole(data, "replaces")
        edit, key, desk = _edit(services, number, data), _key(data), services.store.open().reviews
        made = await run_in_threadpool(desk.adjudicate, number, edit, who.id, made_from=made_from, target=target, key=key, replaces=replaces)
        return decision_json(made)

    @router.get("/projects/{number}/finalise", dependencies=_REVIEWER)
    def ready(number: _Id, least: Annotated[float, Query(ge=0, le=1)]) -> dict[str, int]:
        return {"tasks": len(services.store.open().reviews.ready(number, least))}

    @router.post("/projects/{number}/finalise", dependencies=_REVIEWER_WRITES)
    def finalise(number: _Id, wanted: _Bulk, who: Who) -> dict[str, str]:
        return {"job": services.jobs.start(lambda job: _finalise(services, number, wanted, who.id, job)).id}


def _finalise(services: Services, project: int, wanted: _Bulk, user: str, job: Job) -> Mapping[str, Any]:
    desk = services.store.open().reviews
    tasks, done = desk.ready(project, wanted.least), 0
    for place, task in enumerate(tasks):
        job.report(place, len(tasks))
        with suppress(NotYours, StaleRevision):  # one's own work alone, or somebody was quicker
            done += desk.finalise(task, user, wanted.target, wanted.least) is not None
    return {"finalised": done, "left": len(tasks) - done}


def _add_figure_routes(router: APIRouter, services: Services) -> None:
    @router.get("/projects/{number}/dashboard")
    def dashboard(number: _Id, who: Who) -> dict[str, Any]:
        store = services.store.open()
        store.project(number)
        return asdict(store.reviews.dashboard(number, None if who.may("reviewer") else who.id))

    @router.get("/projects/{number}/agreement")
    def agreement(number: _Id, who: Who) -> dict[str, Any]:
        store = services.store.open()
        store.project(number)
        return quality_json(store.reviews.quality(number), None if who.may("reviewer") else who.id)

    @router.get("/projects/{number}/anchoring", dependencies=_REVIEWER)
    def anchored(number: _Id) -> dict[str, Any]:
        store = services.store.open()
        store.project(number)
        return asdict(store.anchoring(number))

    @router.get("/audit", dependencies=[require("admin")])
    def audit(before: _Number | None = None, user: _Person = None, task: _Number | None = None, limit: _Limit = 100) -> dict[str, Any]:
        asked = None if user is None else user.replace("\0", " ")
        events = services.store.open().reviews.audit(before=before, user=asked, task=task, limit=limit)
        return {"events": [asdict(event) for event in events], "next": events[-1].id if len(events) == limit else None}


def _place(after: str) -> tuple[float, int]:
    if not after:
        return START
    agreement, _, task = after.partition(":")
    try:
        place = float(agreement), int(task)
    except ValueError:
        place = (-1.0, -1)
    if not 0 <= place[0] <= 2 or not 0 <= place[1] < 2**62:
        raise InvalidInput("The place in the list cannot be read. Reload the page.")
    return place


def _object(data: object) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidInput(f"A review is a JSON object, got {type(data).__name__}.")
    return data


def _one_of(data: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> Any:
    if data.get(name) not in allowed:
        raise InvalidInput(f"The {name} is one of {', '.join(allowed)}, got {str(data.get(name))[:40]!r}.")
    return data[name]


def _whole(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**62:
        raise InvalidInput(f"The {name} is named by number, got {str(value)[:40]!r}.")
    return value


def _key(data: Mapping[str, Any]) -> str:
    return text_of(data.get("key"), "A save's key", 8, 200)


def _edit(services: Services, number: int, data: Mapping[str, Any]) -> Edit:
    """The version that is sent, if it was made on the task's image."""
    check_image(services.store.open().task(number, "").image, data.get("image"))
    return read_edit(data.get("edit"))
