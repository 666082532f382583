"""Bringing a database up to this version's tables: at every start, safe when several programs start at once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text

from core.errors import StoreUnavailable
from core.store.connection import writing

HEAD = "0002"
"""The newest migration."""
_MIGRATING = 4_150_127
"""The advisory lock that programs take which bring a database up to date."""


def migrate(engine: Engine) -> None:
    """Raises `StoreUnavailable` for a database of a newer version, which stays as it is."""
    with writing(engine) as connection:  # whoever comes second waits here and finds the work done
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
        version = _version(connection)
        if version != HEAD:
            _upgrade(connection, version)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, version: str | None) -> None:
    from alembic import command  # a quarter of a second to import, needed once in a database's life
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise StoreUnavailable(f"The database was written by a newer version of the studio (its schema is {version}, this one reads up to {HEAD}): update it.")
    command.upgrade(config, "head")
