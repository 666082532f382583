"""The queue: one task for one person at a time, as often as its overlap, and none lost on the way."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import pytest

from core.boxes import Box
from core.corrections import Edit, EditedRegion, as_edit
from core.errors import InvalidInput, LeaseLost, NotYours, UnknownTask
from core.store.values import ProjectSettings, Save, TaskFilter


def run_out(database):
    """As if every claim's time were over."""
    database.sql("UPDATE lease SET expires_at = '2026-01-01T00:00:00.000+00:00'")


@pytest.fixture
def filled(store, a_record):
    """A project with as many tasks as asked for."""

    def make(tasks: int, name: str = "Roofs", **settings) -> tuple[int, tuple[int, ...]]:
        project = store.add_project(name, ProjectSettings(**settings)).id
        return project, store.add_proposals(project, [a_record(row) for row in range(tasks)], user="admin").tasks

    return make


def save(store, task, user, status="submitted", **changed):
    opened = store.task(task, user)
    wanted = Save(task, user, opened.head.id if opened.head else None, f"{task}-{user}-{time.perf_counter_ns()}", as_edit(opened.proposal), status)
    return store.save(replace(wanted, **changed))


def claimed(store, project, user):
    claim = store.claim(project, user)
    return claim.task if claim else None


def done(store, project, user):
    task = claimed(store, project, user)
    if task is not None:
        save(store, task, user)
    return task


def test_a_task_can_be_handed_to_somebody_once(store, a_record):
    project = store.add_project("Handed").id
    (task,) = store.add_proposals(project, [a_record(0)], user="root").tasks
    for _ in range(2):
        store.give(task, "ann")
    store.check_theirs(task, "ann")
    assert store.claim(project, "bob") is None and store.claim(project, "ann").task == task


def test_each_task_goes_to_as_many_people_as_its_overlap(store, filled):
    project, tasks = filled(2, overlap=2)
    assert [claimed(store, project, user) for user in ("ann", "bob", "cat", "dan", "eve")] == [tasks[0], tasks[0], tasks[1], tasks[1], None]


def test_nobody_gets_a_task_twice_and_everybody_who_can_do_something_does(store, filled):
    project, tasks = filled(4, overlap=2)
    given = [(user, done(store, project, user)) for _ in range(4) for user in ("ann", "bob", "cat")]
    got = [one for one in given if one[1] is not None]
    assert len(set(got)) == len(got) == 8
    assert Counter(task for _, task in got) == dict.fromkeys(tasks, 2)


def test_two_windows_of_one_person_get_the_same_task(store, filled):
    project, _ = filled(2)
    first, second = store.claim(project, "ann"), store.claim(project, "ann")
    assert (first.task, first.token) == (second.task, second.token)
    assert second.expires_at >= first.expires_at


def test_a_lapsed_claim_comes_back_and_a_late_save_is_kept(database, store, filled):
    project, (task,) = filled(1)
    late = store.claim(project, "ann")
    run_out(database)
    assert claimed(store, project, "bob") == task
    with pytest.raises(LeaseLost, match="Save what you have: it is kept"):
        store.renew(task, "ann", late.token)
    assert [save(store, task, user).late for user in ("ann", "bob")] == [True, False]
    assert len(list(store.records("submitted"))) == 1
    assert claimed(store, project, "cat") is None


def test_a_sign_of_life_prolongs_a_claim(database, store, filled):
    project, (task,) = filled(1)
    claim = store.claim(project, "ann")
    for _ in range(3):
        run_out(database)
        assert store.renew(task, "ann", claim.token) > claim.expires_at
        assert claimed(store, project, "bob") is None
    run_out(database)
    assert claimed(store, project, "bob") == task


def test_a_draft_prolongs_a_claim_and_keeps_the_task(store, filled):
    project, (task,) = filled(1)
    first = store.claim(project, "ann")
    save(store, task, "ann", "draft")
    again = store.claim(project, "ann")
    assert (again.task, again.token) == (task, first.token)
    assert claimed(store, project, "bob") is None


def test_a_task_given_back_goes_to_the_next_one(store, filled):
    project, (task,) = filled(1)
    claim = store.claim(project, "ann")
    store.release(task, "ann", "another token")
    assert claimed(store, project, "bob") is None
    store.release(task, "ann", claim.token)
    store.release(task, "ann", claim.token)
    assert claimed(store, project, "bob") == task


def test_a_skipped_task_goes_to_others_and_not_to_the_same_person(store, filled):
    project, (task,) = filled(1)
    store.claim(project, "ann")
    assert save(store, task, "ann", "skipped", reason="too dark").reason == "too dark"
    assert (claimed(store, project, "ann"), claimed(store, project, "bob")) == (None, task)


@pytest.mark.parametrize(
    ("steps", "free"),
    [
        pytest.param(["submitted"], False, id="submitted"),
        pytest.param(["submitted", "draft"], False, id="a draft takes no submission back"),
        pytest.param(["submitted", "skipped"], True, id="skipping does"),
        pytest.param(["submitted", "skipped", "submitted"], False, id="submitted again"),
        pytest.param(["submitted", "submitted"], False, id="twice is once"),
        pytest.param(["draft"], True, id="a draft alone, without a claim, takes nothing"),
    ],
)
def test_saves_from_the_list_count_in_the_queue_as_well(store, filled, steps, free):
    project, (task,) = filled(1)
    for status in steps:
        save(store, task, "ann", status)
    assert (claimed(store, project, "bob") == task) is free


@pytest.mark.parametrize("order", ["priority", "uncertain", "least_agreed", "random"])
def test_tasks_come_in_the_order_of_the_project(store, a_record, order):
    project = store.add_project("Roofs", ProjectSettings(order=order)).id
    records = [a_record(row) for row in range(6)]
    tasks = store.add_proposals(project, records, user="admin", uncertainty={record.id: row / 10 for row, record in enumerate(records)}).tasks
    store.set_priorities({tasks[4]: 2.0, tasks[1]: 1.0}, "admin")
    given = [done(store, project, "ann") for _ in tasks]
    expected = {
        "priority": [tasks[4], tasks[1], tasks[0], tasks[2], tasks[3], tasks[5]],
        "uncertain": list(reversed(tasks)),
        "least_agreed": list(tasks),
    }
    assert given == expected.get(order, given)
    assert sorted(given) == list(tasks)
    assert (given != list(tasks)) or order == "least_agreed"


def test_changing_the_order_or_the_overlap_holds_for_tasks_that_are_there(store, filled):
    project, tasks = filled(3)
    store.set_priorities({tasks[2]: 5.0}, "admin")
    store.set_project(project, ProjectSettings(order="random"), "admin")
    store.set_project(project, ProjectSettings(order="priority"), "admin")
    assert done(store, project, "ann") == tasks[2]
    store.set_project(project, ProjectSettings(overlap=2), "admin")
    assert [done(store, project, "bob") for _ in range(4)] == [tasks[2], tasks[0], tasks[1], None]


def test_gold_tasks_are_mixed_in_for_everybody_and_take_no_place(store, filled):
    project, tasks = filled(300, gold_share=0.2)
    gold = set(tasks[:60])
    for task in gold:
        store.set_gold(task, as_edit(store.task(task, "admin").proposal), "admin")
    given = {user: [done(store, project, user) for _ in range(100)] for user in ("ann", "bob")}
    for got in given.values():
        assert 5 <= sum(task in gold for task in got) <= 40
        assert len(set(got)) == 100
    assert not set(given["ann"]) & set(given["bob"]) - gold
    assert store.gold(tasks[0]) == as_edit(store.task(tasks[0], "ann").proposal)


def test_an_answer_taken_back_makes_an_ordinary_task(store, filled):
    project, (task,) = filled(1)
    store.set_gold(task, Edit(), "admin")
    assert claimed(store, project, "ann") is None
    store.set_gold(task, None, "admin")
    assert (claimed(store, project, "ann"), store.gold(task)) == (task, None)


def test_what_is_left_is_counted_for_each_person(store, filled):
    project, _ = filled(3, overlap=2)
    done(store, project, "ann")
    store.claim(project, "bob")
    assert [store.left(project, user) for user in ("ann", "bob", "cat")] == [2, 3, 2]


def test_archived_projects_hand_nothing_out(store, filled):
    first, _ = filled(1, "First")
    _, (task,) = filled(1, "Second")
    store.set_project(first, ProjectSettings(), "admin", archived=True)
    assert (store.claim(first, "ann"), claimed(store, None, "ann")) == (None, task)
    assert [project.archived for project in store.projects()] == [True, False]


def test_people_open_what_the_queue_gave_them_or_they_have_saved(store, filled):
    project, tasks = filled(3)
    claim = store.claim(project, "ann")
    store.release(claim.task, "ann", claim.token)
    save(store, tasks[2], "ann", "draft")
    for task in (tasks[0], tasks[2]):
        store.check_theirs(task, "ann")
    with pytest.raises(NotYours, match=f"Task {tasks[1]} was not given to you"):
        store.check_theirs(tasks[1], "ann")
    with pytest.raises(UnknownTask):
        store.check_theirs(99, "ann")
    assert [one.id for one in store.tasks(TaskFilter("ann", mine=True)).tasks] == [tasks[2]]


def test_the_time_a_task_took_is_counted_from_the_claim_unless_it_is_known(store, filled):
    project, tasks = filled(2)
    store.claim(project, "ann")
    time.sleep(0.05)
    assert 0.05 <= save(store, tasks[0], "ann").seconds < 60
    store.claim(project, "ann")
    assert save(store, tasks[1], "ann", seconds=12.5).seconds == 12.5


def own(store, task, user, *boxes, key="own"):
    regions = tuple(EditedRegion(f"d{number}", box) for number, box in enumerate(boxes))
    return store.save(Save(task, user, None, key, Edit(regions), "draft"))


def test_a_hidden_proposal_is_shown_once_own_boxes_are_saved(store, filled, a_record):
    _, (task,) = filled(1, kind="benchmark", task_kind="objects")
    opened = store.task(task, "ann")
    assert (opened.reveal, opened.revealed, as_edit(opened.proposal)) == ("after", False, Edit())
    with pytest.raises(InvalidInput, match="Draw the key objects first"):
        store.reveal(task, "ann")
    saved = own(store, task, "ann", Box(0, 0, 0.5, 0.5))
    assert (saved.blind, saved.changes.boxes_added, saved.changes.boxes_removed) == (True, 1, 0)
    revealed = store.reveal(task, "ann")
    assert (revealed.revealed, revealed.proposal, revealed.head) == (True, a_record(0), saved)
    assert not store.task(task, "bob").revealed
    assert store.save(Save(task, "ann", saved.id, "seen", as_edit(a_record(0)), "submitted")).blind is False
    (record,) = store.records("submitted")
    assert record.regions == a_record(0).regions


def test_the_list_shows_nothing_of_a_hidden_proposal(store, filled):
    _, (task,) = filled(1, kind="benchmark")
    (line,) = store.tasks(TaskFilter("ann")).tasks
    assert (line.title, line.boxes) == ("0.jpg", 0)
    own(store, task, "ann", Box(0, 0, 0.5, 0.5))
    assert store.tasks(TaskFilter("ann")).tasks[0].boxes == 1


def test_what_was_drawn_blind_is_no_removal_of_boxes_nobody_saw(store, filled):
    _, (task,) = filled(1, kind="benchmark")
    own(store, task, "ann", Box(0, 0, 0.5, 0.5))
    (record,) = store.records("latest")
    assert [(one.id, one.provenance.status) for one in record.regions] == [("d0", "drawn")]


@pytest.mark.parametrize(("kind", "usual", "other"), [("refine", "shown", "after"), ("benchmark", "after", "shown")])
def test_a_share_of_tasks_is_shown_the_other_way_round(store, filled, kind, usual, other):
    _, tasks = filled(400, kind=kind, anchoring_share=0.25)
    found = Counter(store.task(task, "ann").reveal for task in tasks)
    assert set(found) == {usual, other} and 60 <= found[other] <= 140


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"overlap": 0}, "overlap lies between 1 and 100, got 0"),
        ({"gold_share": 1.5}, "gold share lies between 0 and 1, got 1.5"),
        ({"anchoring_share": float("nan")}, "anchoring share lies between 0 and 1, got nan"),
        ({"lease_minutes": 0}, "lease, in minutes, lies between 0.001 and 1440, got 0"),
        ({"order": "best"}, "order is one of priority, least_agreed, uncertain, random, got 'best'"),
        ({"kind": "other"}, "kind is one of refine, benchmark, got 'other'"),
        ({"vocabulary": ("",)}, "at most 500 words of 1 to 200 characters"),
        ({"guideline": "x" * 50_001}, "at most 50,000 characters, got 50,001"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(InvalidInput, match=message):
        ProjectSettings(**settings)


def test_settings_come_back_as_they_were_given(store):
    settings = ProjectSettings("benchmark", "Look closely.\n模糊", ("noisy", "sharp"), 3, "uncertain", 0.1, 0.2, 7.5, "objects")
    made = store.add_project("Bench", settings)
    assert (made.settings, store.project(made.id)) == (settings, made)
    with pytest.raises(InvalidInput, match='There is a project "Bench" already'):
        store.add_project("Bench", settings)
    other = store.add_project("Other")
    with pytest.raises(InvalidInput, match='There is a project "Bench" already'):
        store.set_project(other.id, settings, "admin", name=" Bench ")
    assert store.set_project(other.id, settings, "admin", name="New name").name == store.project(other.id).name == "New name"
