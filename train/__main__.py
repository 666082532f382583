"""`python -m train embedded ...`: the command line of `train`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from core.command_line import add_options
from core.errors import GiqaError
from train.config import EmbeddedConfig

_HELP = {
    "photos": "folder of near-pristine photographs, the ground for synthetic faults",
    "mos": "folder with mos.csv (image, mos in [0, 1], subset) and images/",
    "more_photos": "further folders of near-pristine photographs, each a source of its own",
    "out": "folder for the weights, the card and what is kept to resume",
    "samples": "synthetic photographs to learn from",
    "steps": "gradient steps of each network",
    "members": "networks whose opinions are averaged",
    "batch": "samples in a step",
    "learning_rate": "the highest, after the warm-up",
    "weight_decay": "of AdamW",
    "held_out": "share of the photographs kept for calibration and figures",
    "workers": "one-thread processes for the samples, threads for the network: no more than there are idle cores",
    "seed": "of everything that is drawn",
}


def parse_args(argv: Sequence[str] | None = None) -> EmbeddedConfig:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add_options(commands.add_parser("embedded", help="train and calibrate the embedded model"), EmbeddedConfig, _HELP)
    options = vars(parser.parse_args(argv))
    del options["command"]
    return EmbeddedConfig(**options)


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the figures; a refusal is one line on standard error and status 2."""
    config = parse_args(argv)
    from train.embedded import train_embedded  # torch takes seconds to import; `--help` should not

    try:
        figures = train_embedded(config)
    except GiqaError as error:
        print(f"python -m train: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    for name, value in figures.items():
        print(f"{name:>28} {value:.3f}")


if __name__ == "__main__":
    main()
