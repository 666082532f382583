"""`python -m core.builder run`: photographs, with or without descriptions, to grounded records."""

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
from core.errors import GiqaError


def parse_args(argv: Sequence[str] | None) -> BuildConfig:
    parser = argparse.ArgumentParser(prog="python -m core.builder", description="The GIQA-160K pipeline: tags, boxes, filter, merge, grounded text, questions.")
    run = parser.add_subparsers(dest="command", required=True).add_parser("run", help="build records; run it again to go on where it was stopped")
    run.add_argument("--source", type=Path, required=True, help="a folder of images, or a LLaVA .json, a .jsonl or a .csv (image, description)")
    run.add_argument("--images", type=Path, metavar="DIR", help="the folder of a file's images (default: the file's own)")
    run.add_argument("--out", type=Path, required=True, metavar="DIR", help="the native folder to make")
    run.add_argument("--backend", default="embedded", help="who reads, looks and asks (default: %(default)s)")
    run.add_argument("--filter", choices=get_args(FilterMode), default="several", help="boxes that IQA-Filter judges (default: %(default)s, of objects with several)")
    run.add_argument("--merge", choices=get_args(MergeMode), default="paper", help="Box-Merge as printed, or order-free (default: %(default)s)")
    run.add_argument("--limit", type=_count, default=0, metavar="N", help="only the first rows")
    run.add_argument("--copy-images", action=argparse.BooleanOptionalAction, default=True, help="keep the image files in the folder too (default: yes)")
    options = vars(parser.parse_args(argv))
    del options["command"]
    return BuildConfig(**options)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"a whole number of rows is needed, got {text!r}")
    return int(text)


def main(argv: Sequence[str] | None = None) -> None:
    """Progress and a summary; a refusal is one line on standard error and status 2; Ctrl+C says how to go on, status 130."""
    config = parse_args(argv)
    from tqdm import tqdm

    from core.backends import load
    from core.builder.pipeline import Pipeline, build
    from core.builder.sources import read_source
    from core.builder.summary import summary

    try:
        source = read_source(config.source, config.images)
        pipeline = Pipeline.of(load(config.backend), config)
        for note in source.notes():
            print(note, file=sys.stderr)
        with tqdm(total=sum(1 for _ in islice(source.rows(), config.limit or None)), unit="row") as bar:
            build(config, source, pipeline, lambda done: bar.update(done - bar.n) and None)
    except (GiqaError, OSError) as error:
        print(f"python -m core.builder: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
        raise SystemExit(130) from None
    print(summary(config.out))


if __name__ == "__main__":
    main()
