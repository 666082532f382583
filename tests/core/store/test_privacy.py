"""A person's own data: given whole, and deleted so that nothing of it is left but what others' work stands on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from core.corrections import Edit, as_edit, read_edit
from core.errors import InvalidInput, StoreUnavailable
from core.records import RegionText
from core.store.connection import reading, writing
from core.store.values import Save, TaskFilter

PASSWORD = "nine brown horses"


@pytest.fixture
def team(store, a_record):
    """Anna, who has submitted three tasks and drafted a fourth, with her words in each; Ben, who has submitted one; an admin."""
    people = [store.accounts.accept(store.accounts.invite(role, "studio"), name, PASSWORD) for name, role in (("Root", "admin"), ("Anna", "annotator"), ("Ben", "annotator"))]
    root, anna, ben = (one.id for one in people)
    tasks = store.add_proposals(store.add_project("Skies").id, [a_record(row) for row in range(4)], user=root).tasks
    for number, task in enumerate(tasks):
        _save(store, task, anna, "draft" if number == 3 else "submitted", f"annas-{number}")
    _save(store, tasks[0], ben, "submitted", "bens-0")
    return store, root, anna, ben, tasks


def _save(store, task: int, user: str, status: str, words: str):
    edit = replace(as_edit(store.task(task, user).proposal), description=RegionText(f"words of {words}"))
    return store.save(Save(task, user, None, f"key-{words}", edit, status))


def _sql(store, statement: str, **values):
    with writing(store._engine) as connection:
        return connection.execute(text(statement), values)


def _all(store) -> str:
    """The whole database as text."""
    with reading(store._engine) as connection:
        tables = ("account", "session", "invite", "login_attempt", "revision", "submission", "comment", "event", "lease")
        return "\n".join(str(tuple(row)) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}")))


def _comment(store, task: int, user: str, words: str) -> None:
    statement = 'INSERT INTO comment (task, anchor, "user", text, resolved, created_at) VALUES (:task, :anchor, :user, :words, :no, :at)'
    _sql(store, statement, task=task, anchor='{"kind": "task"}', user=user, words=words, no=False, at="2026-01-01T00:00:00.000+00:00")


def test_ones_own_data_is_given_whole_and_nobody_elses(team):
    store, _, anna, _, tasks = team
    _comment(store, tasks[0], anna, "annas remark")
    store.accounts.start_session(anna, "program", "script")
    data = json.loads(json.dumps(store.accounts.own_data(anna)))
    assert data["account"] == {**data["account"], "id": anna, "name": "Anna", "role": "annotator", "provider": "password"}
    assert [(one["task"], one["status"], one["payload"]["description"]["text"]) for one in data["versions"]] == [
        (task, "draft" if number == 3 else "submitted", f"words of annas-{number}") for number, task in enumerate(tasks)
    ]
    assert [one["text"] for one in data["comments"]] == ["annas remark"] and [one["label"] for one in data["sessions"]] == ["script"]
    assert "argon2" not in str(data) and "bens" not in str(data) and "token" not in str(data["sessions"])


def test_deleting_ones_data_leaves_the_work_under_a_handle_without_a_name(team):
    store, root, anna, ben, tasks = team
    _comment(store, tasks[0], anna, "annas remark")
    _comment(store, tasks[0], ben, "bens remark")
    session = store.accounts.start_session(anna, "browser")
    assert store.accounts.delete_own_data(anna, erase_work=False) == 0
    left = _all(store)
    assert "Anna" not in left and "annas remark" not in left and "bens remark" in left
    assert store.accounts.who(session, "browser") is None
    (account,) = [one for one in store.accounts.all() if one.id == anna]
    assert (account.name, account.active) == (None, False)
    assert store.task(tasks[1], anna).head.edit.description.text == "words of annas-1"
    with pytest.raises(InvalidInput, match="cannot be opened again"):
        store.accounts.set_active(anna, True, root)
    assert store.accounts.accept(store.accounts.invite("annotator", root), "Anna", PASSWORD).id != anna, "the name is free again"


def test_erasing_ones_work_leaves_tombstones_room_in_the_queue_and_what_was_decided(team):
    store, root, anna, ben, tasks = team
    decided = store.task(tasks[0], anna).head.id
    statement = 'INSERT INTO adjudication (task, revision, "by", made_from, created_at) VALUES (:task, :ben, :root, :made, :at)'
    _sql(store, statement, task=tasks[0], ben=store.task(tasks[0], ben).head.id, root=root, made=json.dumps([decided]), at="2026-01-01T00:00:00.000+00:00")
    before = _counters(store)
    assert store.accounts.delete_own_data(anna, erase_work=True) == 3
    left = _all(store)
    assert "annas-0" in left and "bens-0" in left, "a decision stands on it; and others' work"
    assert not [words for words in ("words of annas-1", "words of annas-2", "words of annas-3") if words in left]
    with reading(store._engine) as connection:
        rows = connection.execute(text('SELECT status, payload FROM revision WHERE "user" = :anna ORDER BY id'), {"anna": anna}).all()
    assert [row.status for row in rows] == ["submitted", "erased", "erased", "erased"]
    assert all(read_edit(json.loads(row.payload)) == Edit() for row in rows[1:])
    assert [len(store.history(task, anna)) for task in tasks] == [1, 0, 0, 0]
    assert store.counts(TaskFilter(anna)).submitted == 1
    assert [(old.taken - new.taken, old.submitted - new.submitted) for old, new in zip(before, _counters(store), strict=True)] == [(0, 0), (1, 1), (1, 1), (0, 0)]
    assert f"('{anna}', 'deleted data', '{{\"erased_versions\": 3}}')" in _log(store)
    assert [record.description.text for record in store.records("submitted")] != []


def _counters(store):
    with reading(store._engine) as connection:
        return connection.execute(text("SELECT taken, submitted FROM task ORDER BY id")).all()


def _log(store) -> str:
    with reading(store._engine) as connection:
        return "\n".join(str(tuple(row)) for row in connection.execute(text('SELECT "user", what, detail FROM event')))


def test_the_guard_of_versions_is_back_afterwards_and_where_erasing_fails_was_never_gone(team, monkeypatch):
    store, _, anna, ben, tasks = team

    def guarded() -> bool:
        with pytest.raises(StoreUnavailable, match="never changed or deleted"):
            _sql(store, "UPDATE revision SET reason = 'x'")
        return True

    from core.store import privacy

    with monkeypatch.context() as patch:
        patch.setattr(privacy, "ERASED", None)  # the column takes no nothing: the update fails in mid-way
        with pytest.raises(StoreUnavailable):
            store.accounts.delete_own_data(anna, erase_work=True)
    assert guarded() and "words of annas-1" in _all(store) and "Anna" in _all(store)
    store.accounts.delete_own_data(anna, erase_work=True)
    assert guarded()
    assert _save_again(store, tasks[1], ben)


def _save_again(store, task: int, user: str) -> bool:
    return _save(store, task, user, "submitted", "bens-again").status == "submitted"


def test_claims_of_somebody_who_leaves_come_back_to_the_queue(team):
    store, root, _, _, _ = team
    cleo = store.accounts.accept(store.accounts.invite("annotator", root), "Cleo", PASSWORD).id
    claim = store.claim(None, cleo)
    before = _counters(store)
    store.accounts.delete_own_data(cleo, erase_work=True)
    assert claim is not None and sum(one.taken for one in before) - sum(one.taken for one in _counters(store)) == 1


def test_the_only_admin_stays(team):
    store, root, *_ = team
    with pytest.raises(InvalidInput, match="only admin"):
        store.accounts.delete_own_data(root, erase_work=True)
