"""A link from the machine itself, for those who cannot get in: `python -m studio.invite --role admin`, or `--name NAME` for a new password.

It reads the studio's own settings (`--data-dir`, `--database-url`, their variables); the studio may run meanwhile.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from core.errors import GiqaError, InvalidInput
from core.people import ROLES, name_key
from core.settings import parse_settings
from core.store.accounts import Accounts
from core.store.store import open_store
from studio.accounts_api import invite_link

_BY = "studio"


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m studio.invite", description="Print a link that works once, for a week.", allow_abbrev=False)
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument("--role", choices=ROLES, default="admin", help="for a new person (default: %(default)s)")
    wanted.add_argument("--name", help="for a new password of this person")
    parser.add_argument("--address", default="http://127.0.0.1:7860", help="where people open the studio (default: %(default)s)")
    given, rest = parser.parse_known_args(argv)
    try:
        settings = parse_settings(rest, os.environ)
        accounts = open_store(settings.data_dir, settings.database_url).accounts
        token = accounts.invite(given.role, _BY) if given.name is None else accounts.password_link(_handle(accounts, given.name), _BY)
    except GiqaError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    print(invite_link(given.address.rstrip("/"), token))


def _handle(accounts: Accounts, name: str) -> str:
    found = next((one.id for one in accounts.all() if one.name is not None and name_key(one.name) == name_key(name)), None)
    if found is None:
        raise InvalidInput(f"Nobody here is called {name[:60]}. Check the name, and --data-dir.")
    return found


if __name__ == "__main__":
    main()
