"""`python -m train COMMAND`: fine-tunes a multimodal model, merges its adapter, or trains the embedded model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from core.command_line import add_options
from core.errors import Cancelled, GiqaError
from train.config import EmbeddedConfig
from train.sft.config import HELP, MERGE_HELP, MergeConfig, SftConfig, preset_values

Config = EmbeddedConfig | SftConfig | MergeConfig

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


def parse_args(argv: Sequence[str] | None = None) -> Config:
    """Raises `InvalidSettings` for settings that make no sense together."""
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add_options(commands.add_parser("embedded", help="train and calibrate the embedded model"), EmbeddedConfig, _HELP)
    sft = commands.add_parser("sft", help="fine-tune a multimodal model on grounded records")
    add_options(sft, SftConfig, HELP)
    add_options(commands.add_parser("merge", help="base model and adapter as one folder"), MergeConfig, MERGE_HELP)
    options = vars(parser.parse_args(argv))
    if options["command"] == "sft":
        sft.set_defaults(**preset_values(options["preset"]))  # flags go over presets, presets over defaults
        options = vars(parser.parse_args(argv))
    kinds: dict[str, type[Config]] = {"embedded": EmbeddedConfig, "sft": SftConfig, "merge": MergeConfig}
    return kinds[options.pop("command")](**options)


def main(argv: Sequence[str] | None = None) -> None:
    """Prints what came of it; a refusal is one line on standard error and status 2, a training that was asked to stop ends with status 130."""
    try:
        _run(parse_args(argv))
    except Cancelled as error:
        print(error, file=sys.stderr)
        raise SystemExit(130) from error
    except GiqaError as error:
        print(f"python -m train: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("Stopped at once. Run the same command again to go on from the last checkpoint.", file=sys.stderr)
        raise SystemExit(130) from None


def _run(config: Config) -> None:
    if isinstance(config, SftConfig):
        from train.sft.run import run_sft  # torch takes seconds to import; `--help` should not

        print(run_sft(config))
    elif isinstance(config, MergeConfig):
        from train.sft.merging import run_merge

        print(run_merge(config))
    else:
        from train.embedded import train_embedded

        for name, value in train_embedded(config).items():
            print(f"{name:>28} {value:.3f}")


if __name__ == "__main__":
    main()
