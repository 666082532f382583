"""`python -m core.builder`: `check` a source, `run` a build from it to grounded records, and show the `statistics` of what was made."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import get_args

from core.builder.box_merge import MergeMode
from core.builder.config import BuildConfig
from core.builder.iqa_filter import FilterMode
from core.builder.showing_statistics import StatisticsConfig, add_statistics, show_statistics
from core.builder.sources.checking import CheckConfig, add_check, show_check
from core.errors import GiqaError


def parse_args(argv: Sequence[str] | None) -> BuildConfig | CheckConfig | StatisticsConfig:
    parser = argparse.ArgumentParser(prog="python -m core.builder", description="The GIQA-160K pipeline: tags, boxes, filter, merge, grounded text, questions.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="build records; run it again to go on where it was stopped")
    what = "a folder of images; .json (Q-Instruct, LLaVA, DQ-495K), .jsonl, .csv, .parquet; datasets:OWNER/NAME?split=train; synthetic:FOLDER?count=1000; may be given again"
    run.add_argument("--source", action="append", required=True, help=what)
    run.add_argument("--mix", default="", metavar="SHARES", help="the share of each source, such as 0.7,0.3 (default: all of all)")
    run.add_argument("--seed", type=_count, default=0, metavar="N", help="what is drawn by chance is drawn the same for the same seed (default: %(default)s)")
    run.add_argument("--images", type=Path, metavar="DIR", help="the folder of a file's images (default: the file's own)")
    run.add_argument("--out", type=Path, required=True, metavar="DIR", help="the native folder to make")
    run.add_argument("--backend", default="embedded", help="who reads, looks and asks (default: %(default)s)")
    run.add_argument("--filter", choices=get_args(FilterMode), default="several", help="boxes that IQA-Filter judges (default: %(default)s, of objects with several)")
    run.add_argument("--merge", choices=get_args(MergeMode), default="paper", help="Box-Merge as printed, or order-free (default: %(default)s)")
    run.add_argument("--limit", type=_count, default=0, metavar="N", help="only the first rows")
    run.add_argument("--copy-images", action=argparse.BooleanOptionalAction, default=True, help="keep the image files in the folder too (default: yes)")
    add_check(commands)
    add_statistics(commands)
    options = vars(parser.parse_args(argv))
    command = options.pop("command")
    if command == "statistics":
        return StatisticsConfig(**options)
    options["source"] = tuple(options["source"])
    try:
        return CheckConfig(**options) if command == "check" else BuildConfig(**options)
    except GiqaError as error:
        parser.error(str(error))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"a whole number of rows is needed, got {text!r}")
    return int(text)


def main(argv: Sequence[str] | None = None) -> None:
    """Progress and a summary; a refusal is one line on standard error and status 2; Ctrl+C says how to go on, status 130."""
    config = parse_args(argv)
    try:
        if isinstance(config, StatisticsConfig):
            show_statistics(config)
        elif isinstance(config, CheckConfig):
            if not show_check(config):
                raise SystemExit(1)
        else:
            _run(config)
    except (GiqaError, OSError) as error:
        print(f"python -m core.builder: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
        raise SystemExit(130) from None


def _run(config: BuildConfig) -> None:
    from tqdm import tqdm

    from core.backends import load
    from core.builder.pipeline import Pipeline, build
    from core.builder.sources import read_source
    from core.builder.summary import summary

    source = read_source(config.source, config.images, mix=config.shares(), seed=config.seed)
    pipeline = Pipeline.of(load(config.backend), config)
    for note in source.notes():
        print(note, file=sys.stderr)
    with tqdm(total=sum(1 for _ in islice(source.rows(), config.limit or None)), unit="row") as bar:
        build(config, source, pipeline, lambda done: bar.update(done - bar.n) and None)
    print(summary(config.out))


if __name__ == "__main__":
    main()
