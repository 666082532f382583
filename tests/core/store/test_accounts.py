"""Accounts, sessions, links and the pace of passwords, on a real database."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core.errors import InvalidInput, SignInFailed, TooManyAttempts
from core.store.auditing import time_text
from core.store.connection import reading, writing
from core.store.store import open_store

PASSWORD = "nine brown horses"
HOME, ELSEWHERE = "192.0.2.7", "198.51.100.9"


@pytest.fixture
def accounts(store):
    return store.accounts


def add(accounts, name: str, role: str = "annotator"):
    return accounts.accept(accounts.invite(role, "studio"), name, PASSWORD)


def sql(accounts, statement: str, **values):
    with writing(accounts._engine) as connection:
        return connection.execute(text(statement), values)


def rows(accounts, statement: str) -> list[tuple]:
    with reading(accounts._engine) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def later(accounts, **ago) -> None:
    """Moves what stands in the tables back, as if that much time had passed."""
    for table, columns in (("session", ("created_at", "expires_at")), ("invite", ("expires_at",)), ("login_attempt", ("at",))):
        for row in rows(accounts, f"SELECT DISTINCT {', '.join(columns)} FROM {table}"):
            for column, value in zip(columns, row, strict=True):
                sql(accounts, f"UPDATE {table} SET {column} = :new WHERE {column} = :old", old=value, new=time_text(datetime.fromisoformat(value) - timedelta(**ago)))


def test_an_invited_person_has_an_opaque_handle_the_links_role_and_a_slow_hash(accounts):
    anna = add(accounts, "  Anna   Åström ", "reviewer")
    assert (anna.name, anna.role, anna.provider, anna.active) == ("Anna Åström", "reviewer", "password", True)
    assert anna.id.startswith("p-") and len(anna.id) == 18
    ((stored,),) = rows(accounts, "SELECT password_hash FROM account")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$") and PASSWORD not in stored
    assert accounts.all() == (anna,) and accounts.get(anna.id) == anna


def test_no_token_is_stored_as_it_is(accounts):
    anna = add(accounts, "Anna")
    tokens = [accounts.start_session(anna.id, "browser"), accounts.start_session(anna.id, "program", "script"), accounts.invite("admin", anna.id)]
    stored = str(rows(accounts, "SELECT * FROM session") + rows(accounts, "SELECT * FROM invite") + rows(accounts, "SELECT * FROM event"))
    assert not [token for token in tokens if token in stored]


def test_a_link_works_once_also_when_two_use_it_at_the_same_time(accounts):
    token, outcomes, ready = accounts.invite("annotator", "studio"), [], threading.Barrier(2)

    def use(name: str) -> None:
        ready.wait()
        try:
            outcomes.append(accounts.accept(token, name, PASSWORD).name)
        except InvalidInput as error:
            outcomes.append(str(error)[:9])

    threads = [threading.Thread(target=use, args=(name,)) for name in ("Anna", "Ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1] == "This link" and len(accounts.all()) == 1
    with pytest.raises(InvalidInput, match=r"This link is no longer good: .* Ask an admin for another"):
        accounts.accept(token, "Cleo", PASSWORD)


def test_a_link_is_over_after_a_week_or_when_it_is_withdrawn(accounts):
    token = accounts.invite("annotator", "studio")
    later(accounts, days=7, seconds=1)
    assert accounts.invites() == ()
    with pytest.raises(InvalidInput, match="no longer good"):
        accounts.invitation(token)
    token = accounts.invite("admin", "studio")
    (invite,) = accounts.invites()
    assert (invite.role, invite.by, invite.account) == ("admin", "studio", None)
    accounts.withdraw_invite(invite.id, "studio")
    with pytest.raises(InvalidInput, match="no longer good"):
        accounts.accept(token, "Anna", PASSWORD)
    with pytest.raises(InvalidInput, match="There is no such link any more"):
        accounts.withdraw_invite(invite.id, "studio")


def test_the_first_admins_link_is_made_anew_until_somebody_used_it(accounts):
    first, second = accounts.first_admin_link(), accounts.first_admin_link()
    with pytest.raises(InvalidInput, match="no longer good"):
        accounts.accept(first, "Anna", PASSWORD)
    assert accounts.accept(second, "Anna", PASSWORD).role == "admin"
    assert accounts.first_admin_link() is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("", "1 to 60 visible characters", id="empty"),
        pytest.param(" \t ", "1 to 60 visible characters", id="blank"),
        pytest.param("x" * 61, "1 to 60 visible characters", id="endless"),
        pytest.param("Anna\u202e", "1 to 60 visible characters", id="turns the text around"),
        pytest.param("An\0na", "1 to 60 visible characters", id="nul"),
        pytest.param("\ud800", "1 to 60 visible characters", id="half a character"),
        pytest.param("ben", "Somebody is called ben already", id="taken, in other case"),
        pytest.param("ＢＥＮ", "Somebody is called ＢＥＮ already", id="taken, in wide letters"),
    ],
)
def test_names_that_cannot_be_told_apart_or_seen_are_refused(accounts, name, told):
    add(accounts, "Ben")
    token = accounts.invite("annotator", "studio")
    with pytest.raises(InvalidInput, match=told):
        accounts.accept(token, name, PASSWORD)
    assert accounts.accept(token, "Anna", PASSWORD).name == "Anna", "the link still works"


def test_a_session_is_renewed_while_it_is_used_and_ends_when_it_is_not(accounts):
    anna = add(accounts, "Anna")
    token = accounts.start_session(anna.id, "browser")
    for _ in range(8):
        later(accounts, days=6)
        assert accounts.who(token, "browser") == anna
    later(accounts, days=7, seconds=1)
    assert accounts.who(token, "browser") is None


def test_no_session_lives_longer_than_two_months_however_much_it_is_used(accounts):
    token = accounts.start_session(add(accounts, "Anna").id, "browser")
    for _ in range(9):
        later(accounts, days=6)
        assert accounts.who(token, "browser")
    later(accounts, days=6)
    later(accounts, seconds=1)
    assert accounts.who(token, "browser") is None


def test_a_token_opens_only_the_door_it_was_made_for(accounts):
    anna = add(accounts, "Anna")
    tokens = {kind: accounts.start_session(anna.id, kind, "label") for kind in ("browser", "program", "device")}
    opened = {(made, asked): accounts.who(token, asked) is not None for made, token in tokens.items() for asked in ("browser", "program")}
    assert [pair for pair, found in opened.items() if found] == [("browser", "browser"), ("program", "program")]


def test_a_closed_account_is_out_at_once_and_comes_back_only_by_signing_in(accounts):
    admin, anna = add(accounts, "Root", "admin"), add(accounts, "Anna")
    session, token = accounts.start_session(anna.id, "browser"), accounts.start_session(anna.id, "program", "script")
    link = accounts.password_link(anna.id, admin.id)
    accounts.set_active(anna.id, False, admin.id)
    assert (accounts.who(session, "browser"), accounts.who(token, "program")) == (None, None)
    with pytest.raises(SignInFailed, match="do not belong together"):
        accounts.sign_in("Anna", PASSWORD, HOME)
    with pytest.raises(InvalidInput, match="no longer good"):
        accounts.accept(link, "", PASSWORD)
    accounts.set_active(anna.id, True, admin.id)
    assert accounts.who(session, "browser") is None
    assert accounts.sign_in("Anna", PASSWORD, HOME).id == anna.id


def test_the_only_admin_can_be_neither_closed_nor_made_less(accounts):
    admin = add(accounts, "Root", "admin")
    for attempt in (lambda: accounts.set_active(admin.id, False, admin.id), lambda: accounts.set_role(admin.id, "reviewer", admin.id)):
        with pytest.raises(InvalidInput, match="This is the only admin: make somebody else an admin first"):
            attempt()
    second = add(accounts, "Anna")
    accounts.set_role(second.id, "admin", admin.id)
    assert accounts.set_role(admin.id, "annotator", second.id).role == "annotator"


def test_a_new_password_ends_all_other_sessions(accounts):
    anna = add(accounts, "Anna")
    here, there = accounts.start_session(anna.id, "browser"), accounts.start_session(anna.id, "browser")
    accounts.set_password(anna.id, "ten red foxes", session=here)
    assert accounts.who(here, "browser") == anna and accounts.who(there, "browser") is None
    assert accounts.sign_in("anna", "ten red foxes", HOME) == anna
    link = accounts.password_link(anna.id, "p-root")
    assert accounts.invitation(link)[1] == "Anna"
    assert accounts.accept(link, "whoever", "six wet seals") == anna
    assert accounts.who(here, "browser") is None
    assert accounts.sign_in("Anna", "six wet seals", HOME) == anna


def test_a_thousand_wrong_passwords_cost_little_and_lock_nobody_out(accounts):
    anna = add(accounts, "Anna")
    started, pauses, wrong = time.process_time(), [], 0
    for number in range(1_000):
        try:
            accounts.sign_in("Anna", f"wrong {number}", ELSEWHERE)
        except TooManyAttempts as error:
            pauses.append(error.seconds)
        except SignInFailed:
            wrong += 1
    assert wrong <= 12 and len(pauses) == 1_000 - wrong and 1 <= min(pauses) <= max(pauses) <= 60
    assert time.process_time() - started < 10
    assert accounts.sign_in("Anna", PASSWORD, HOME) == anna, "the right person, from elsewhere"
    later(accounts, seconds=60)
    assert accounts.sign_in("Anna", PASSWORD, ELSEWHERE) == anna, "and from the same address after a pause"


def test_a_browser_known_from_before_is_not_slowed_down_by_strangers(accounts):
    anna, mallory = add(accounts, "Anna"), add(accounts, "Mallory")
    device, others = accounts.start_session(anna.id, "device"), accounts.start_session(mallory.id, "device")
    for number in range(120):  # from many addresses, all at once
        sql(accounts, "INSERT INTO login_attempt (name_sha, address, at) SELECT :n, :a, :t", n=_name_sha("anna"), a=f"203.0.113.{number}", t=time_text(datetime.now(UTC)))
    with pytest.raises(TooManyAttempts, match=r"Too many wrong passwords. Try again in \d+ seconds?\."):
        accounts.sign_in("Anna", PASSWORD, HOME)
    with pytest.raises(TooManyAttempts):
        accounts.sign_in("Anna", PASSWORD, HOME, others)
    assert accounts.sign_in("Anna", PASSWORD, HOME, device) == anna
    for _ in range(5):
        with pytest.raises(SignInFailed):
            accounts.sign_in("Anna", "wrong", HOME, device)
    with pytest.raises(TooManyAttempts):
        accounts.sign_in("Anna", "wrong", HOME, device)


def _name_sha(name: str) -> str:
    from core.store.logins import origin_of

    return origin_of(name, "", None).name_sha


def test_many_tries_at_once_are_not_all_let_through(tmp_path):
    first, second = open_store(tmp_path), open_store(tmp_path)  # as two processes
    add(first.accounts, "Anna")
    outcomes: list[str] = []

    def attempt(number: int) -> None:
        try:
            (first if number % 2 else second).accounts.sign_in("Anna", "wrong", ELSEWHERE)
        except (TooManyAttempts, SignInFailed) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 40 and outcomes.count("SignInFailed") <= 7


def test_one_address_cannot_try_many_names_and_one_network_of_version_6_is_one_address(accounts):
    told = []
    for number in range(40):
        try:
            accounts.sign_in(f"name {number}", "wrong", f"2001:db8:1:2::{number:x}")
        except (TooManyAttempts, SignInFailed) as error:
            told.append(type(error).__name__)
    assert told.count("SignInFailed") <= 22 and told[-1] == "TooManyAttempts"
    with pytest.raises(SignInFailed):
        accounts.sign_in("name 1", "wrong", "2001:db8:1:3::1")


def test_what_was_tried_is_forgotten_after_an_hour(accounts):
    with pytest.raises(SignInFailed):
        accounts.sign_in("Anna", "wrong", HOME)
    later(accounts, hours=1, seconds=1)
    with pytest.raises(SignInFailed):
        accounts.sign_in("Ben", "wrong", HOME)
    assert len(rows(accounts, "SELECT * FROM login_attempt")) == 1


@pytest.mark.parametrize("password", ["x" * 100_000, "", "\ud800", "\0", "nine brown horses "])
def test_strange_passwords_are_wrong_and_nothing_more(accounts, password):
    add(accounts, "Anna")
    with pytest.raises(SignInFailed):
        accounts.sign_in("Anna", password, HOME)


@pytest.mark.parametrize("name", ["", "\ud800", "x" * 10_000, "' OR 1=1 --", "\0"])
def test_strange_names_are_nobodys(accounts, name):
    with pytest.raises(SignInFailed):
        accounts.sign_in(name, PASSWORD, HOME)


def test_a_person_of_another_service_keeps_their_handle_and_takes_the_role_of_the_list(accounts):
    one = accounts.admit("p-hub", "huggingface", "anna", "annotator")
    assert accounts.admit("p-hub", "huggingface", "anna-renamed", "admin").id == one.id
    assert [(found.name, found.role) for found in accounts.all()] == [("anna-renamed", "admin")]
    with pytest.raises(SignInFailed):
        accounts.sign_in("anna-renamed", "", HOME)
    accounts.admit("p-boss", "huggingface", "boss", "admin")
    accounts.set_active(one.id, False, "p-boss")
    with pytest.raises(SignInFailed, match="This account is closed"):
        accounts.admit("p-hub", "huggingface", "anna", "admin")


def test_the_audit_log_says_who_did_what_by_handles_alone(accounts):
    admin, anna = add(accounts, "Root", "admin"), add(accounts, "Anna")
    accounts.set_role(anna.id, "reviewer", admin.id)
    accounts.set_active(anna.id, False, admin.id)
    log = rows(accounts, 'SELECT "user", what, detail FROM event ORDER BY id')
    assert log[-2:] == [(admin.id, "changed role", f'{{"account": "{anna.id}", "role": "reviewer"}}'), (admin.id, "closed account", f'{{"account": "{anna.id}"}}')]
    assert "Anna" not in str(log) and "Root" not in str(log)
