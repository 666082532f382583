"""What a person has done, and the list by kinds of tasks."""

from __future__ import annotations

from core.corrections import as_edit
from core.store.values import ProjectSettings, Save, TaskFilter, Work


def test_the_work_of_a_person_is_theirs_alone_newest_first_with_counts_and_time(store, a_record):
    project = store.add_project("Roofs").id
    tasks = store.add_proposals(project, [a_record(row) for row in range(3)], user="admin").tasks
    edit = as_edit(store.task(tasks[0], "ann").proposal)
    store.save(Save(tasks[0], "ann", None, "key-ann-0", edit, "submitted", seconds=12.5))
    store.save(Save(tasks[2], "ann", None, "key-ann-2", edit, "skipped", "unclear", seconds=4.0))
    store.save(Save(tasks[1], "ann", None, "key-ann-1", edit, "draft"))
    store.save(Save(tasks[0], "bob", None, "key-bob-0", edit, "submitted", seconds=99.0))
    work = store.work("ann")
    assert {(one.task, one.status) for one in work.tasks} == {(tasks[1], "draft"), (tasks[2], "skipped"), (tasks[0], "submitted")}
    assert [one.saved_at for one in work.tasks] == sorted((one.saved_at for one in work.tasks), reverse=True)
    assert (work.drafts, work.submitted, work.skipped, work.seconds) == (1, 1, 1, 16.5)
    assert store.work("nobody") == Work((), 0, 0, 0, 0.0)


def test_the_list_shows_one_kind_of_task(store, a_record):
    first, second = store.add_project("Roofs").id, store.add_project("Scores", ProjectSettings(task_kind="score")).id
    for project in (first, second):
        store.add_proposals(project, [a_record(row) for row in range(2)], user="admin")
    shown = store.tasks(TaskFilter("ann", kind="score")).tasks
    assert {one.project for one in shown} == {second} and len(shown) == store.counts(TaskFilter("ann", kind="score")).open == 2
