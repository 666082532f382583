"""`python -m bench sight --photos DIR --backend NAME`: how well a model sees, on any folder of photographs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import MISSING, asdict, fields
from pathlib import Path

from bench.config import SightConfig
from core.errors import GiqaError

_HELP = {
    "photos": "folder of near-pristine photographs that no training has seen",
    "mos": "folder with mos.csv (image, mos in [0, 1]) and images/, for the overall score",
    "backend": "a quality model or a vision-language model, by name",
    "faults": "photographs with a fault to make",
    "clean": "photographs to look at as they are, at most",
    "scored": "photographs to score, at most",
    "seed": "of everything that is drawn",
    "out": "file for the figures as JSON; without it they follow the table",
}


def parse_args(argv: Sequence[str] | None) -> SightConfig:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures models of image quality.")
    command = parser.add_subparsers(dest="command", required=True)
    formatter, words = argparse.ArgumentDefaultsHelpFormatter, "what a model sees of photographs with synthetic faults"
    one = command.add_parser("sight", aliases=["embedded"], help=words, formatter_class=formatter)  # "embedded": its name when it measured that one alone
    for field in fields(SightConfig):
        kind = Path if field.name in ("photos", "mos", "out") else type(field.default)
        needed = field.default is MISSING
        one.add_argument(f"--{field.name}", type=kind, required=needed, default=None if needed else field.default, help=_HELP[field.name])
    options = vars(parser.parse_args(argv))
    del options["command"]
    return SightConfig(**options)


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a table and JSON; a refusal is one line on standard error and status 2."""
    config = parse_args(argv)
    from bench.figures import table
    from bench.sight import run_sight

    try:
        measured = run_sight(config)
    except GiqaError as error:
        print(f"python -m bench: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    print(table(measured))
    options = {name: str(value) for name, value in asdict(config).items()}
    written = json.dumps({"config": options, "figures": [asdict(one) for one in measured.figures], "left_out": dict(measured.left_out)}, indent=1)
    if config.out is None:
        print(written)
    else:
        config.out.write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
