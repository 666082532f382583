"""`python -m core.store`: a backup of the database while the studio runs, and a check of what is in it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import GiqaError, InvalidInput


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """`mend`: of a check, whether the queue's counters are put right."""

    command: str
    data_dir: Path | None
    database_url: str | None
    out: Path | None = None
    mend: bool = False


def parse_args(argv: Sequence[str] | None, environ: Mapping[str, str]) -> StoreConfig:
    parser = argparse.ArgumentParser(prog="python -m core.store", description="Keeps the studio's database safe.")
    commands = parser.add_subparsers(dest="command", required=True)
    backup = commands.add_parser("backup", help="copy the database as it stands at one moment; the studio may run meanwhile")
    backup.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new file")
    check = commands.add_parser("check", help="look for damage and contradictions; ends with 1 where there are any")
    check.add_argument("--mend", action="store_true", help="count again what the queue goes by, after somebody changed tasks or claims by hand")
    for one in (backup, check):
        one.add_argument("--data-dir", type=Path, metavar="DIR", help="the studio's data folder")
        url = environ.get("GIQA_DATABASE_URL") or None
        one.add_argument("--database-url", metavar="URL", default=url, help="of a PostgreSQL server, in place of the folder [GIQA_DATABASE_URL]")
    return StoreConfig(**vars(parser.parse_args(argv)))


def main(argv: Sequence[str] | None = None) -> int:
    config = parse_args(argv, os.environ)
    try:
        return _backup(config) if config.command == "backup" else _check(config)
    except GiqaError as error:
        sys.exit(f"{type(error).__name__}: {error}")


def _backup(config: StoreConfig) -> int:
    from core.store.backup import address_of, back_up  # SQLAlchemy takes a while to import; `--help` should not

    assert config.out is not None
    size = back_up(address_of(config.data_dir, config.database_url), config.out)
    print(f"{config.out}: {size:,} bytes. The images are files of the data folder: copy that too.")
    return 0


def _check(config: StoreConfig) -> int:
    from core.store.backup import address_of, check, mend
    from core.store.connection import connect

    address = address_of(config.data_dir, config.database_url)
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).is_file():
        raise InvalidInput(f"There is no database {address.database}. Name the studio's data folder with --data-dir.")
    engine = connect(address)
    if config.mend:
        print(f"{mend(engine):,} tasks counted again.")
    found = check(engine)
    print(", ".join(f"{number:,} {name}" for name, number in sorted(found.rows.items()) if number) or "The database is empty.")
    print(*(found.problems or ("Nothing is wrong.",)), sep="\n")
    return 1 if found.problems else 0


if __name__ == "__main__":
    sys.exit(main())
