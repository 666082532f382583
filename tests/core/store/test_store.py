"""What the store promises: nothing acknowledged is lost, nothing is overwritten, one key is one save."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from core.boxes import Box
from core.corrections import Changes, Edit, EditedRegion, as_edit
from core.errors import InvalidInput, InvalidRecord, ReusedKey, StaleRevision, UnknownTask
from core.records import BoxProvenance, RegionPhrase, RegionText
from core.store.store import open_store
from core.store.values import Counts, Save, TaskFilter

ANN = TaskFilter("ann")
MOVED = Box(0, 0, 0.5, 0.5)


@pytest.fixture
def project(store):
    return store.add_project("Roofs").id


@pytest.fixture
def task(store, project, a_record):
    (number,) = store.add_proposals(project, [a_record(0)], user="ann").tasks
    return number


def moved(store, task, **changed):
    edit = replace(as_edit(store.task(task, "ann").proposal), regions=(EditedRegion("r1", MOVED),))
    return Save(**{"task": task, "user": "ann", "parent": None, "key": "k1", "edit": edit, "status": "draft", **changed})


def test_a_project_is_made_once(store):
    assert store.add_project(" My  roofs ") == store.add_project("My roofs")
    assert [project.name for project in store.projects()] == ["My roofs"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_project_needs_a_name(store, name):
    with pytest.raises(InvalidInput, match="1 to 200 characters"):
        store.add_project(name)


def test_proposals_become_tasks_once(store, project, a_record):
    first = store.add_proposals(project, [a_record(0), a_record(1)], user="ann")
    again = store.add_proposals(project, [a_record(1), a_record(2)], user="ann")
    assert (first.already, again.already) == (0, 1)
    assert again.tasks[0] == first.tasks[1]
    assert store.counts(ANN) == Counts(open=3)
    assert [record.row for record in store.records("proposals")] == [0, 1, 2]


def test_another_proposal_for_the_same_image_is_another_task(store, project, a_record):
    assert store.add_proposals(project, [a_record(0), replace(a_record(0), tags=())], user="ann").already == 0


def test_proposals_for_a_project_that_is_not_there_are_refused(store, a_record):
    with pytest.raises(InvalidInput, match="no project 7"):
        store.add_proposals(7, [a_record(0)], user="ann")


def test_a_task_opens_with_its_proposal(store, task, a_record):
    opened = store.task(task, "ann")
    assert (opened.proposal, opened.head, opened.state, opened.image) == (a_record(0), None, "open", a_record(0).image)


def test_a_save_is_there_for_its_user_alone(store, task):
    saved = store.save(moved(store, task))
    assert (saved.parent, saved.status, saved.changes) == (None, "draft", Changes(boxes_moved=1))
    assert store.task(task, "ann").head == saved
    assert store.task(task, "bob").head is None
    assert store.revision(task, saved.id) == saved


def test_revisions_form_a_chain(store, task):
    first = store.save(moved(store, task))
    second = store.save(moved(store, task, parent=first.id, key="k2", status="submitted"))
    assert [(one.id, one.parent, one.status) for one in store.history(task, "ann")] == [(second.id, first.id, "submitted"), (first.id, None, "draft")]


@pytest.mark.parametrize("parent", [None, 99], ids=["made from the proposal", "made from nothing known"])
def test_a_save_from_an_old_version_is_refused_and_told_the_newest(store, task, parent):
    first = store.save(moved(store, task))
    with pytest.raises(StaleRevision, match="saved elsewhere") as refused:
        store.save(moved(store, task, key="k2", parent=parent))
    assert refused.value.current == first.id
    assert len(store.history(task, "ann")) == 1


def test_a_save_sent_twice_is_acknowledged_twice_and_stored_once(store, task):
    first = store.save(moved(store, task))
    store.save(moved(store, task, parent=first.id, key="k2"))
    assert store.save(moved(store, task)) == first
    assert len(store.history(task, "ann")) == 2


def test_one_key_for_two_saves_is_refused(store, task):
    store.save(moved(store, task))
    with pytest.raises(ReusedKey, match="key of another one"):
        store.save(moved(store, task, status="submitted"))


def test_an_edit_that_does_not_fit_is_refused_whole(store, task):
    edit = Edit(description=RegionText("sky", (RegionPhrase(0, 3, ("nowhere",)),)))
    before = store.events()
    with pytest.raises(InvalidRecord, match="does not hold"):
        store.save(moved(store, task, edit=edit))
    assert (store.history(task, "ann"), store.events()) == ((), before)


@pytest.mark.parametrize("ask", [lambda store: store.task(9, "ann"), lambda store: store.history(9, "ann"), lambda store: store.revision(9, 1)])
def test_a_task_that_is_not_there_is_named(store, ask):
    with pytest.raises(UnknownTask, match="9"):
        ask(store)


def test_states_are_counted_listed_and_stepped_through(store, project, a_record):
    tasks = store.add_proposals(project, [a_record(row) for row in range(5)], user="ann").tasks
    for number, status in ((tasks[1], "draft"), (tasks[2], "submitted"), (tasks[3], "skipped")):
        store.save(moved(store, number, key=str(number), status=status))
    assert store.counts(ANN) == Counts(2, 1, 1, 1)
    assert store.counts(TaskFilter("bob")) == Counts(open=5)
    assert [task.id for task in store.tasks(replace(ANN, state="open")).tasks] == [tasks[0], tasks[4]]
    assert store.neighbour(tasks[0], replace(ANN, state="open"), 1) == tasks[4]
    assert store.neighbour(tasks[2], ANN, -1) == tasks[1]
    assert store.neighbour(tasks[4], ANN, 1) is None
    (draft,) = store.tasks(replace(ANN, state="draft")).tasks
    assert (draft.boxes, draft.changed, draft.title) == (1, True, "The sky of photograph 1 is noisy.")


def test_pages_follow_each_other_without_gap_or_double(store, project, a_record):
    tasks = store.add_proposals(project, [a_record(row) for row in range(7)], user="ann").tasks
    seen, after = [], 0
    while after is not None:
        page = store.tasks(ANN, after=after, limit=3)
        seen += [task.id for task in page.tasks]
        after = page.next
    assert tuple(seen) == tasks


@pytest.mark.parametrize(("search", "rows"), [("GRAPH 3", [3]), ("set", []), ("3.jpg", [3]), ("%", [4]), ("_", []), ("  ", [0, 1, 2, 3, 4])])
def test_titles_and_file_names_are_searched_as_they_are_written(store, project, a_record, search, rows):
    store.add_proposals(project, [*(a_record(row) for row in range(4)), a_record(4, "100% sky")], user="ann")
    assert [int(task.image.sha256, 16) for task in store.tasks(replace(ANN, search=search)).tasks] == rows


def test_records_come_back_as_proposed_as_saved_and_as_submitted(store, project, a_record):
    tasks = store.add_proposals(project, [a_record(row) for row in range(3)], user="ann").tasks
    first = store.save(moved(store, tasks[0], status="submitted"))
    store.save(moved(store, tasks[0], parent=first.id, key="k2", edit=replace(moved(store, tasks[0]).edit, tags=())))
    store.save(moved(store, tasks[1], key="k3"))
    assert [record.correction for record in store.records("proposals")] == [None] * 3
    assert [record.correction and record.correction.status for record in store.records("latest")] == ["draft", "draft", None]
    (submitted,) = store.records("submitted")
    assert (submitted.correction.revision, submitted.correction.user, len(submitted.tags)) == (str(first.id), "ann", 1)
    assert submitted.regions[0].provenance == BoxProvenance("corrected", "person:ann", "moved; was ")
    assert list(store.records("submitted", user="bob")) == list(store.records("submitted", project=project + 1)) == []


def test_threads_that_save_one_task_at_once_make_one_chain(store, task):
    told = []

    def work(name):
        for number in range(10):
            head = store.task(task, "ann").head
            with suppress(StaleRevision):
                told.append(store.save(moved(store, task, parent=head.id if head else None, key=f"{name}-{number}")).id)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    history = store.history(task, "ann")
    assert sorted(told) == sorted(one.id for one in history)
    assert [one.parent for one in history] == [*(one.id for one in history[1:]), None]


@pytest.mark.parametrize("table", ["proposal", "revision"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET payload = ''"])
def test_an_sql_shell_cannot_change_what_was_said(database, store, task, table, change):
    store.save(moved(store, task))
    with pytest.raises(DBAPIError, match=f"rows of {table} are never changed"):
        database.sql(change.format(table))
    assert store.task(task, "ann").head is not None


@pytest.mark.parametrize("table", ["proposal", "revision"])
def test_an_sql_shell_cannot_put_another_row_in_its_place(database, store, task, table):
    store.save(moved(store, task))
    replaced = "INSERT OR REPLACE INTO {0} SELECT * FROM {0}" if database.is_sqlite else "INSERT INTO {0} SELECT * FROM {0} ON CONFLICT (id) DO UPDATE SET payload = ''"
    with pytest.raises(DBAPIError, match=f"rows of {table} are never changed"):
        database.sql(replaced.format(table))
    assert store.task(task, "ann").head is not None


def test_skipping_takes_a_submission_back(store, task):
    first = store.save(moved(store, task, status="submitted"))
    second = store.save(moved(store, task, parent=first.id, key="k2", status="skipped"))
    assert list(store.records("submitted")) == []
    store.save(moved(store, task, parent=second.id, key="k3", status="submitted"))
    assert len(list(store.records("submitted"))) == 1


@pytest.mark.parametrize("name", ["what?", "a?mode=ro", "é%20x", "q?uri=true&x=1", "#1"])
def test_a_folder_of_any_name_holds_its_database(tmp_path, name):
    open_store(tmp_path / name).close()
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name / "giqa.db").is_file()


def test_what_happened_is_in_the_log(database, store, task):
    store.save(moved(store, task, status="skipped", reason="too small"))
    assert database.sql('SELECT "user", what FROM event ORDER BY id') == [("ann", "imported"), ("ann", "skipped")]
