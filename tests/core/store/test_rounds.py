"""Benchmarks in rounds, the measure of anchoring, and what the queue learns from what is submitted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.backends.base import Tag
from core.boxes import Box
from core.corrections import Edit, EditedRegion, as_edit
from core.records import RegionPhrase, RegionText
from core.store.values import ProjectSettings, Save

FIRST, SECOND = Box(0, 0, 0.5, 0.5), Box(0.5, 0.5, 1, 1)
BENCHMARK = ProjectSettings(kind="benchmark", overlap=2, task_kind="objects")


@pytest.fixture
def made(store, a_record):
    def make(settings, count=1):
        return store.add_proposals(store.add_project("Bench", settings).id, [a_record(row) for row in range(count)], user="admin").tasks

    return make


def drawn(*boxes):
    return Edit(tuple(EditedRegion(f"d{number}", box) for number, box in enumerate(boxes)))


def save(store, task, user, edit, status="submitted"):
    opened = store.task(task, user)
    parent = opened.head.id if opened.head else None
    return store.save(Save(task, user, parent, f"{task}-{user}-{parent}", edit, status))


def test_the_result_of_one_round_is_the_proposal_of_the_next(store, made, a_record):
    (task,) = made(BENCHMARK)
    second = store.begin_next_round(task, drawn(FIRST, SECOND), "rev")
    opened = store.task(second, "ann")
    assert (opened.kind, opened.round, opened.reveal, opened.revealed) == ("description", 2, "shown", True)
    assert [(one.id, one.box, one.provenance.status, one.provenance.source) for one in opened.proposal.live_regions] == [
        ("d0", FIRST, "drawn", "person:rev"),
        ("d1", SECOND, "drawn", "person:rev"),
    ]
    assert opened.proposal.description == RegionText(a_record(0).description.text)
    assert opened.proposal.tags == a_record(0).tags
    described = replace(as_edit(opened.proposal), description=RegionText("A tower.", (RegionPhrase(2, 7, ("d0",)),)), tags=(Tag("tower", "sharp", "positive"),))
    third = store.begin_next_round(second, described, "rev")
    last = store.task(third, "ann")
    assert (last.kind, last.round, as_edit(last.proposal)) == ("questions", 3, described)
    assert store.begin_next_round(third, described, "rev") is None


def test_the_next_round_follows_a_new_decision_until_somebody_has_begun_it(store, made):
    (task,) = made(BENCHMARK)
    project = store.projects()[0].id
    first = store.begin_next_round(task, drawn(FIRST), "rev")
    assert store.begin_next_round(task, drawn(FIRST), "rev") == first
    other = store.begin_next_round(task, drawn(SECOND), "rev")
    assert other != first
    assert store.begin_next_round(task, drawn(FIRST), "rev") == first
    assert store.begin_next_round(task, drawn(SECOND), "rev") == other
    store.set_project(project, replace(BENCHMARK, overlap=3), "admin")
    save(store, task, "ann", drawn(FIRST))
    assert store.claim(project, "ann").task == other
    assert store.begin_next_round(task, drawn(FIRST), "rev") == other


def test_where_one_person_does_each_task_the_next_round_begins_by_itself(store, made):
    made(replace(BENCHMARK, overlap=1))
    for kind in ("objects", "description", "questions"):
        claim = store.claim(None, "ann")
        opened = store.task(claim.task, "ann")
        assert opened.kind == kind
        save(store, claim.task, "ann", drawn(FIRST) if kind == "objects" else as_edit(opened.proposal))
    assert store.claim(None, "ann") is None


def test_a_decision_or_a_consensus_begins_the_next_round(store, made):
    first, second = made(BENCHMARK, 2)
    for task in (first, second):
        for user in ("ann", "bob"):
            save(store, task, user, drawn(FIRST))
    versions = [seen.revision.id for seen in store.reviews.weighed(first, "rev").versions]
    store.reviews.adjudicate(first, drawn(SECOND), "rev", made_from=versions, target="benchmark", key="decision-1")
    store.reviews.finalise(second, "rev", "benchmark")
    following = [store.task(store.claim(None, user).task, user) for user in ("ann", "bob", "cat")]
    assert [(one.round, [region.box for region in one.proposal.live_regions]) for one in following] == [(2, [SECOND]), (2, [SECOND]), (2, [FIRST])]


def test_projects_that_refine_have_one_round(store, made):
    (task,) = made(ProjectSettings(task_kind="objects"))
    save(store, task, "ann", drawn(FIRST))
    assert store.begin_next_round(task, drawn(FIRST), "rev") is None


def test_anchoring_is_measured_between_those_who_saw_and_those_who_drew_first(store, made, a_record):
    tasks = made(replace(BENCHMARK, anchoring_share=0.5), 12)
    proposed = a_record(0).regions[0].box
    own = Box(0, 0, 1, 0.5)  # of twice the height
    shown = 0
    for task in tasks:
        if store.task(task, "ann").revealed:
            shown += 1
            save(store, task, "ann", drawn(proposed))
        else:
            save(store, task, "ann", drawn(own), "draft")
            store.reveal(task, "ann")
            save(store, task, "ann", drawn(Box(0, 0, 1, 0.3125)))
    found = store.anchoring(store.projects()[0].id)
    assert 0 < shown < 12 and (found.shown.cases, found.drawn_first.cases, found.drawn_final.cases) == (shown, 12 - shown, 12 - shown)
    assert [round(one.value, 6) for one in (found.shown, found.drawn_first, found.drawn_final)] == [0, 0.5, 0.2]
    assert round(found.pull, 6) == 0.5 and [round(end, 6) for end in found.pull_interval] == [0.5, 0.5]


def test_the_least_agreed_task_comes_first(store, made):
    tasks = made(ProjectSettings(overlap=3, order="least_agreed"), 3)
    for task, other in zip(tasks, (FIRST, SECOND, FIRST), strict=True):
        save(store, task, "ann", drawn(FIRST))
        save(store, task, "bob", drawn(other))
    assert store.claim(None, "cat").task == tasks[1]


def test_tasks_learn_how_unsure_a_model_is_of_them(store, made, a_record):
    tasks = made(ProjectSettings(order="uncertain"), 3)
    assert store.without_uncertainty(1, 2) == [(tasks[0], a_record(0)), (tasks[1], a_record(1))]
    store.set_uncertainty({tasks[0]: 0.1, tasks[1]: 0.9})
    assert [one for one, _ in store.without_uncertainty(1)] == [tasks[2]]
    assert store.claim(None, "ann").task == tasks[1]
