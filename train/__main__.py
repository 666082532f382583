"""`python -m train COMMAND`: fine-tunes a multimodal model, merges its adapter, or trains the embedded model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from core.command_line import add_options, heed_sigterm
from core.errors import Cancelled, GiqaError
from train.config import CorrectionsConfig, EmbeddedConfig
from train.sft.config import HELP, MERGE_HELP, MergeConfig, SftConfig, preset_values

Config = EmbeddedConfig | CorrectionsConfig | SftConfig | MergeConfig

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
    "corrections": "folders of corrected records, as the studio exports them: the model is taught what people corrected",
    "init": "folder of the embedded model to begin with",
}
_TAUGHT = "--corrections"


def parse_args(argv: Sequence[str] | None = None) -> Config:
    """Raises `InvalidSettings` for settings that make no sense together."""
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    given = sys.argv[1:] if argv is None else argv
    of_embedded = CorrectionsConfig if any(word.partition("=")[0] == _TAUGHT for word in given) else EmbeddedConfig
    more = f"With {_TAUGHT} EXPORT it is taught what people corrected instead: python -m train embedded {_TAUGHT} EXPORT --help tells of that."
    add_options(commands.add_parser("embedded", help="train and calibrate the embedded model", epilog=more), of_embedded, _HELP)
    sft = commands.add_parser("sft", help="fine-tune a multimodal model on grounded records")
    add_options(sft, SftConfig, HELP)
    add_options(commands.add_parser("merge", help="base model and adapter as one folder"), MergeConfig, MERGE_HELP)
    options = vars(parser.parse_args(argv))
    if options["command"] == "sft":
        sft.set_defaults(**preset_values(options["preset"]))  # flags go over presets, presets over defaults
        options = vars(parser.parse_args(argv))
    kinds: dict[str, type[Config]] = {"embedded": of_embedded, "sft": SftConfig, "merge": MergeConfig}
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

        name = run_sft(config)
        if name:
            print(name)
    elif isinstance(config, MergeConfig):
        from train.sft.merging import run_merge

        print(run_merge(config))
    elif isinstance(config, CorrectionsConfig):
        from train.from_corrections import run_corrections

        print(run_corrections(config))
    else:
        from train.embedded import train_embedded

        for name, value in train_embedded(config).items():
            print(f"{name:>28} {value:.3f}")


if __name__ == "__main__":
    heed_sigterm()
    main()
