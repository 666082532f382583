"""Accounts: who may come in, with which role. Each change is one transaction, with its line in the audit log, which speaks of handles alone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from core import passwords
from core.errors import InvalidInput, SignInFailed, StoreUnavailable
from core.people import AccessToken, Account, Invite, Language, Provider, Role, name_key, tidy_name
from core.store import invites, logins, privacy, sessions
from core.store.auditing import now_text, tell
from core.store.connection import reading, writing
from core.store.schema import account as table

_LABEL_LENGTH = 60
_MOST_TOKENS = 20


class Accounts:
    """Every method is one transaction or few; all raise `StoreUnavailable` where the database fails, `InvalidInput` for a person who is not there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[Account, ...]:
        """In the order they came; closed and erased ones too."""
        with reading(self._engine) as connection:
            return tuple(_account(row) for row in connection.execute(select(table).order_by(table.c.created_at, table.c.id)))

    def get(self, person: str) -> Account:
        with reading(self._engine) as connection:
            return _account(_row(connection, person))

    def sign_in(self, name: str, password: str, address: str, device: str | None = None) -> Account:
        """Raises `TooManyAttempts`, `SignInFailed`. `device`: the token of a browser that somebody signed in from before."""
        with reading(self._engine) as connection:  # most of a flood ends here, and waits for nobody's write
            known = sessions.session_of(connection, device, "device") if device else None
            own = known is not None and known.name_key == name_key(name)
            origin = logins.origin_of(name, address, sessions.token_sha(device) if device and own else None)
            logins.check_pace(connection, origin)
        with writing(self._engine) as connection:
            logins.check_pace(connection, origin)
            logins.note_attempt(connection, origin)
            row = connection.execute(select(table).where(table.c.name_key == name_key(name), table.c.active)).first()
        if not passwords.matches(row.password_hash if row else None, password) or row is None:
            self._note_wrong_password(row)
            raise SignInFailed("Name and password do not belong together. Check both; an admin can give you a link for a new password.", code="wrongPassword")
        with writing(self._engine) as connection:
            logins.forget_attempts(connection, origin)
            tell(connection, None, row.id, "signed in", {})
        return _account(row)

    def admit(self, person: str, provider: Provider, name: str, role: Role) -> Account:
        """The account of somebody whom another service vouches for, made where there is none, brought up to date where there is. Raises `SignInFailed`."""
        with writing(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.id == person)).first()
            if row is not None and not row.active:
                raise SignInFailed("This account is closed. Ask an admin to open it again.", code="accountClosed")
            values = {"name": tidy_name(name), "name_key": name_key(name), "role": role}
            if row is None:
                _insert(connection, person, provider, values)
            else:
                connection.execute(update(table).where(table.c.id == person).values(values))
            tell(connection, None, person, "signed in", {})
            return _account(_row(connection, person))

    def check_own_password(self, person: str, password: str, address: str) -> None:
        """Before what cannot be taken back. Raises `TooManyAttempts`, `SignInFailed`."""
        origin = logins.origin_of(f"own {person}", address, None)
        with writing(self._engine) as connection:
            logins.check_pace(connection, origin)
            logins.note_attempt(connection, origin)
            row = _row(connection, person)
        if not passwords.matches(row.password_hash, password):
            raise SignInFailed("This is not your password: nothing was changed.", code="notYourPassword")
        with writing(self._engine) as connection:
            logins.forget_attempts(connection, origin)

    def set_password(self, person: str, password: str, *, session: str | None = None) -> None:
        """Ends the person's other sessions and tokens; `session`: the token of the one that goes on."""
        with reading(self._engine) as connection:
            passwords.check_password(password, _row(connection, person).name or "")
        hashed = passwords.hashed(password)  # outside the transaction: it is slow on purpose
        with writing(self._engine) as connection:
            _change(connection, person, {"password_hash": hashed})
            sessions.end_sessions(connection, person, but=session)
            tell(connection, None, person, "changed password", {})

    def set_profile(self, person: str, *, name: str | None = None, language: Language | None = None) -> Account:
        with writing(self._engine) as connection:
            if name is not None:
                _refuse_taken(connection, name, person)
                _change(connection, person, {"name": tidy_name(name), "name_key": name_key(name)})
            if language is not None:
                _change(connection, person, {"language": language})
            return _account(_row(connection, person))

    def set_role(self, person: str, role: Role, by: str) -> Account:
        with writing(self._engine) as connection:
            if role != "admin":
                _keep_an_admin(connection, person)
            _change(connection, person, {"role": role})
            tell(connection, None, by, "changed role", {"account": person, "role": role})
            return _account(_row(connection, person))

    def set_active(self, person: str, active: bool, by: str) -> Account:
        """Closing an account ends its sessions and tokens at once; its next request is a stranger's."""
        with writing(self._engine) as connection:
            if not active:
                _keep_an_admin(connection, person)
                sessions.end_sessions(connection, person)
                invites.withdraw_invites(connection, account=person)
            elif _row(connection, person).name is None:
                raise InvalidInput("This person had their data deleted: the account cannot be opened again.")
            _change(connection, person, {"active": active})
            tell(connection, None, by, "opened account" if active else "closed account", {"account": person})
            return _account(_row(connection, person))

    # One's own data

    def own_data(self, person: str) -> dict[str, Any]:
        """All that is kept about a person, as plain JSON."""
        with reading(self._engine) as connection:
            return privacy.own_data(connection, person)

    def delete_own_data(self, person: str, *, erase_work: bool) -> int:
        """How many versions were erased. Raises `InvalidInput` for the only admin."""
        with writing(self._engine) as connection:
            _keep_an_admin(connection, person)
            return privacy.delete_own_data(connection, person, erase_work=erase_work)

    # Links

    def invite(self, role: Role, by: str) -> str:
        """The token of a link for a new person."""
        with writing(self._engine) as connection:
            return invites.make_invite(connection, role, by)

    def password_link(self, person: str, by: str) -> str:
        """The token of a link that sets a new password; earlier ones stop working."""
        with writing(self._engine) as connection:
            row = _row(connection, person)
            if not row.active or row.provider != "password":
                raise InvalidInput("Only an open account with a password of its own can have a new one.")
            invites.withdraw_invites(connection, account=person)
            return invites.make_invite(connection, row.role, by, person)

    def first_admin_link(self) -> str | None:
        """The token of a link for the first admin, `None` where there is one; earlier such links stop working."""
        with writing(self._engine) as connection:
            if _admins(connection):
                return None
            invites.withdraw_invites(connection, by=invites.FIRST_ADMIN)
            return invites.make_invite(connection, "admin", invites.FIRST_ADMIN)

    def invites(self) -> tuple[Invite, ...]:
        with reading(self._engine) as connection:
            return invites.open_invites(connection)

    def invitation(self, token: str) -> tuple[Invite, str | None]:
        """What a link is for, and whose password it sets."""
        with reading(self._engine) as connection:
            invite = invites.invite_of(connection, token)
            return invite, _row(connection, invite.account).name if invite.account else None

    def withdraw_invite(self, invite: str, by: str) -> None:
        with writing(self._engine) as connection:
            if not invites.withdraw_invites(connection, invite=invite):
                raise InvalidInput("There is no such link any more.")
            tell(connection, None, by, "withdrew invite", {})

    def accept(self, token: str, name: str, password: str) -> Account:
        """The account that the link made, or whose password it set: then `name` plays no part, and its sessions end."""
        invite, owner = self.invitation(token)
        passwords.check_password(password, name if owner is None else owner)
        if owner is None:
            tidy_name(name)
        hashed = passwords.hashed(password)
        with writing(self._engine) as connection:
            if invite.account is None:
                _refuse_taken(connection, name)
                person = f"p-{secrets.token_hex(8)}"
                values = {"name": tidy_name(name), "name_key": name_key(name), "role": invite.role, "password_hash": hashed}
                _insert(connection, person, "password", values)
            else:
                person = invite.account
                _change(connection, person, {"password_hash": hashed})
                sessions.end_sessions(connection, person)
            invites.use_invite(connection, invite, person)
            tell(connection, None, person, "accepted invite", {"by": invite.by})
            return _account(_row(connection, person))

    # Sessions

    def start_session(self, person: str, kind: sessions.SessionKind, label: str = "") -> str:
        """The token, told this once."""
        with writing(self._engine) as connection:
            if kind == "program":
                label = _label(label)
                if len(sessions.access_tokens(connection, person)) >= _MOST_TOKENS:
                    raise InvalidInput(f"You have {_MOST_TOKENS} tokens: withdraw one that is no longer used.")
                tell(connection, None, person, "made token", {})
            return sessions.start_session(connection, person, kind, label)

    def who(self, token: str, kind: sessions.SessionKind) -> Account | None:
        """Whose session it is; one in use is renewed now and then."""
        with reading(self._engine) as connection:
            row = sessions.session_of(connection, token, kind)
        if row is not None and kind == "browser" and (until := sessions.renewed_until(row)):
            self._renew(token, until)
        return _account(row) if row else None

    def end_session(self, token: str) -> None:
        with writing(self._engine) as connection:
            sessions.end_session(connection, token)

    def end_other_sessions(self, person: str, session: str | None) -> None:
        with writing(self._engine) as connection:
            sessions.end_sessions(connection, person, but=session)
            tell(connection, None, person, "signed out elsewhere", {})

    def access_tokens(self, person: str) -> tuple[AccessToken, ...]:
        with reading(self._engine) as connection:
            return sessions.access_tokens(connection, person)

    def withdraw_token(self, person: str, token_id: str) -> None:
        with writing(self._engine) as connection:
            if not sessions.withdraw_token(connection, person, token_id):
                raise InvalidInput("You have no such token any more.")
            tell(connection, None, person, "withdrew token", {})

    def _note_wrong_password(self, row: Row[Any] | None) -> None:
        """For the admins' eyes: somebody tries this account. No more than the pace of tries lets through."""
        if row is not None:
            with writing(self._engine) as connection:
                tell(connection, None, row.id, "wrong password", {})

    def _renew(self, token: str, until: str) -> None:
        try:
            with writing(self._engine) as connection:
                sessions.renew(connection, token, until)
        except StoreUnavailable:  # the disk is full, say: what was asked for may still be read
            return


def _row(connection: Connection, person: str) -> Row[Any]:
    row = connection.execute(select(table).where(table.c.id == person)).first()
    if row is None:
        raise InvalidInput("There is no such person. Reload the page.", code="noPerson")
    return row


def _account(row: Row[Any]) -> Account:
    return Account(row.id, row.name, row.role, row.provider, row.active, row.language, row.created_at)


def _insert(connection: Connection, person: str, provider: Provider, values: Mapping[str, Any]) -> None:
    connection.execute(insert(table).values(id=person, provider=provider, active=True, created_at=now_text(), **values))


def _change(connection: Connection, person: str, values: Mapping[str, Any]) -> None:
    _row(connection, person)
    connection.execute(update(table).where(table.c.id == person).values(values))


def _refuse_taken(connection: Connection, name: str, but: str = "") -> None:
    if connection.execute(select(table.c.id).where(table.c.name_key == name_key(name), table.c.id != but)).first():
        raise InvalidInput(f"Somebody is called {tidy_name(name)} already: choose another name.", code="nameTaken", name=tidy_name(name))


def _admins(connection: Connection, but: str = "") -> int:
    query = select(func.count()).select_from(table).where(table.c.role == "admin", table.c.active, table.c.id != but)
    return connection.execute(query).scalar_one()


def _keep_an_admin(connection: Connection, person: str) -> None:
    row = _row(connection, person)
    if row.role == "admin" and row.active and not _admins(connection, but=person):
        raise InvalidInput("This is the only admin: make somebody else an admin first.", code="onlyAdmin")


def _label(label: str) -> str:
    tidy = " ".join(label.split())
    if not 0 < len(tidy) <= _LABEL_LENGTH or not tidy.isprintable():
        raise InvalidInput(f"Give the token a name of 1 to {_LABEL_LENGTH} characters, such as the program that will use it.")
    return tidy
