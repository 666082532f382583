"""`python -m bench embedded --photos DIR`: how well the embedded model sees, on any folder of photographs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import MISSING, asdict, fields
from pathlib import Path

from bench.config import EmbeddedConfig
from core.errors import GiqaError

_HELP = {
    "photos": "folder of near-pristine photographs that no training has seen",
    "mos": "folder with mos.csv (image, mos in [0, 1]) and images/, for the overall score",
    "backend": "a quality model by name",
    "faults": "photographs with a fault to make",
    "clean": "photographs to look at as they are, at most",
    "scored": "photographs to score, at most",
    "seed": "of everything that is drawn",
    "out": "file for the figures as JSON; without it they follow the table",
}


def parse_args(argv: Sequence[str] | None) -> EmbeddedConfig:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures models of image quality.")
    command = parser.add_subparsers(dest="command", required=True)
    one = command.add_parser("embedded", help="a quality model on photographs with synthetic faults", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for field in fields(EmbeddedConfig):
        kind = Path if field.name in ("photos", "mos", "out") else type(field.default)
        needed = field.default is MISSING
        one.add_argument(f"--{field.name}", type=kind, required=needed, default=None if needed else field.default, help=_HELP[field.name])
    options = vars(parser.parse_args(argv))
    del options["command"]
    return EmbeddedConfig(**options)


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a table and JSON; a refusal is one line on standard error and status 2."""
    config = parse_args(argv)
    from bench.embedded import run_embedded, table

    try:
        figures = run_embedded(config)
    except GiqaError as error:
        print(f"python -m bench: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    print(table(figures))
    written = json.dumps({"config": {name: str(value) for name, value in asdict(config).items()}, "figures": [asdict(one) for one in figures]}, indent=1)
    if config.out is None:
        print(written)
    else:
        config.out.write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
