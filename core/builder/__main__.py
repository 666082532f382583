"""`python -m core.builder run`: photographs, with or without descriptions, to grounded records."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import get_args

from core.builder.box_merge import MergeMode
from core.builder.config import BuildConfig
from core.builder.engines.base import EngineConfig, EngineName
from core.builder.iqa_filter import FilterMode
from core.errors import GiqaError


def parse_args(argv: Sequence[str] | None) -> tuple[BuildConfig, EngineConfig]:
    parser = argparse.ArgumentParser(prog="python -m core.builder", description="The GIQA-160K pipeline: tags, boxes, filter, merge, grounded text, questions.")
    run = parser.add_subparsers(dest="command", required=True).add_parser("run", help="build records; run it again to go on where it was stopped")
    _add_output(run)
    _add_engine(run.add_argument_group("how it is run", "nothing of this changes what is made: another run may take other values and go on"))
    options = vars(parser.parse_args(argv))
    made = {one.name: options[one.name] for one in fields(BuildConfig)}
    ways = {one.name: options[one.name] for one in fields(EngineConfig) if one.name in options}
    try:
        return BuildConfig(**made), EngineConfig(**ways)
    except GiqaError as error:
        run.error(str(error))


def _add_output(run: argparse.ArgumentParser) -> None:
    run.add_argument("--source", type=Path, required=True, help="a folder of images, or a LLaVA .json, a .jsonl or a .csv (image, description)")
    run.add_argument("--images", type=Path, metavar="DIR", help="the folder of a file's images (default: the file's own)")
    run.add_argument("--out", type=Path, required=True, metavar="DIR", help="the native folder to make")
    run.add_argument("--backend", default="embedded", metavar="NAME", help="who reads, looks and asks, and describes what has no text (default: %(default)s)")
    run.add_argument("--tagger", metavar="NAME", help="who reads the descriptions: any language model (default: the backend)")
    run.add_argument("--detector", metavar="NAME", help="who finds boxes: a detector, or any vision-language model (default: the backend)")
    run.add_argument("--filter-model", metavar="NAME", help="who judges boxes for IQA-Filter: any vision-language model (default: the backend)")
    run.add_argument("--questioner", metavar="NAME", help="who asks: any language model (default: the backend)")
    run.add_argument("--filter", choices=get_args(FilterMode), default="several", help="boxes that IQA-Filter judges (default: %(default)s, of objects with several)")
    run.add_argument("--merge", choices=get_args(MergeMode), default="paper", help="Box-Merge as printed, or order-free (default: %(default)s)")
    run.add_argument("--limit", type=_count, default=0, metavar="N", help="only the first rows")
    run.add_argument("--copy-images", action=argparse.BooleanOptionalAction, default=True, help="keep the image files in the folder too (default: yes)")
    run.add_argument("--seed", type=_count, default=0, metavar="N", help="what is drawn by chance is drawn the same for the same seed (default: %(default)s)")
    run.add_argument("--shard-size", type=_count, default=50, metavar="N", help="rows that are done, and after a crash done again, together (default: %(default)s)")


def _add_engine(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--workers", type=_count, default=1, metavar="N", help="processes, each with models of its own (default: %(default)s)")
    group.add_argument("--engine", choices=get_args(EngineName), default="local", help="this machine, or a Ray cluster (default: %(default)s)")
    group.add_argument("--stage-by-stage", action="store_true", help="every row through a stage before the next begins: a worker holds one model at a time")
    group.add_argument("--gpus-per-worker", type=float, default=0.0, metavar="G", help="1, 2, or a share such as 0.5 (default: none is set aside)")
    group.add_argument("--ray-address", default="", metavar="ADDRESS", help="a running cluster (default: one that is started here)")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"a whole number is needed, got {text!r}")
    return int(text)


def main(argv: Sequence[str] | None = None) -> None:
    """Progress and a summary; a refusal is one line on standard error and status 2; Ctrl+C says how to go on, status 130."""
    config, engine = parse_args(argv)

    from core.builder.build import build
    from core.builder.showing import shown_on
    from core.builder.sources import read_source
    from core.builder.summary import summary

    try:
        source = read_source(config.source, config.images)
        if source.passed_over:
            print(f"{len(source.kept):,} images; {source.passed_over:,} other files are passed over", file=sys.stderr)
        build(config, source, engine, report=shown_on(sys.stderr))
    except (GiqaError, OSError) as error:
        print(f"python -m core.builder: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
        raise SystemExit(130) from None
    print(summary(config.out))


if __name__ == "__main__":
    main()
