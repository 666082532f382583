"""`python -m core.export`: the store's records as a native folder or LLaVA JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from core.errors import GiqaError

Format = Literal["giqa", "llava"]
Selection = Literal["proposals", "latest", "submitted"]


@dataclass(frozen=True, slots=True)
class ExportConfig:
    """`data_dir`: the studio's. `project`: by name, all without one. `images`: whether their files are copied too."""

    data_dir: Path
    out: Path
    format: Format = "giqa"
    select: Selection = "latest"
    project: str | None = None
    images: bool = True


def parse_args(argv: Sequence[str] | None) -> ExportConfig:
    parser = argparse.ArgumentParser(prog="python -m core.export", description="Writes what the studio holds as data for builders, trainings and benches.")
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="the studio's data folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--format", choices=get_args(Format), default="giqa", help="default: %(default)s")
    what = "as proposed, as last saved, or what was submitted alone (default: %(default)s)"
    parser.add_argument("--select", choices=get_args(Selection), default="latest", help=what)
    parser.add_argument("--project", metavar="NAME", help="one project; without it, all")
    parser.add_argument("--no-images", dest="images", action="store_false", help="leave the image files where they are")
    return ExportConfig(**vars(parser.parse_args(argv)))


def main(argv: Sequence[str] | None = None) -> None:
    """Prints counts; a refusal is one line on standard error and status 2."""
    config = parse_args(argv)
    from core.export.export import run_export  # SQLAlchemy takes a while to import; `--help` should not
    from core.store.image_files import image_library
    from core.store.store import open_store

    try:
        if not (config.data_dir / "giqa.db").is_file():
            raise GiqaError(f"There is no studio's data in {config.data_dir}: no giqa.db. Name the folder given to the studio as --data-dir.")
        store = open_store(config.data_dir)
        project = next((one.id for one in store.projects() if one.name == config.project), None)
        if config.project is not None and project is None:
            raise GiqaError(f'There is no project "{config.project}". There are: {", ".join(one.name for one in store.projects()) or "none"}.')
        done = run_export(store, image_library(config.data_dir), config.out, config.format, config.select, project, images=config.images)
    except (GiqaError, OSError) as error:  # OSError: a full disk, a folder that cannot be written
        print(f"python -m core.export: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    counts = done.counts
    print(f"{config.out}: {counts.records:,} records of {counts.images:,} images, {counts.regions:,} boxes, {counts.phrases:,} phrases, {counts.questions:,} questions")
    for name in done.missing:
        print(f"image missing: {name}", file=sys.stderr)


if __name__ == "__main__":
    main()
