"""`python -m core.export`: the studio's records, or a folder of them, as a native folder, LLaVA JSON, or a data set for the Hugging Face hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from core.errors import GiqaError

if TYPE_CHECKING:
    from core.export.conversion import Rows

Format = Literal["giqa", "llava", "datasets"]
Selection = Literal["proposals", "latest", "submitted"]


@dataclass(frozen=True, slots=True)
class ExportConfig:
    """`data_dir`: the studio's, or else `folder`: of records. `project`: by name, all without one. `images`: whether their files are copied too.

    `validation`, `license`, `name`, `push_to_hub`, `public`: of a data set.
    """

    data_dir: Path | None
    out: Path
    format: Format = "giqa"
    select: Selection = "latest"
    project: str | None = None
    images: bool = True
    folder: Path | None = None
    validation: float = 0.05
    license: str = "unknown"
    name: str = "Grounded image quality"
    push_to_hub: str | None = None
    public: bool = False


def parse_args(argv: Sequence[str] | None) -> ExportConfig:
    parser = argparse.ArgumentParser(prog="python -m core.export", description="Writes records as data for builders, trainings, benches and the hub.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data-dir", type=Path, metavar="DIR", help="the studio's data folder")
    source.add_argument("--folder", type=Path, metavar="DIR", help="a native folder, as the builder writes it, or Parquet files with our columns")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--format", "--to", choices=get_args(Format), default="giqa", help="default: %(default)s")
    what = "of the studio: as proposed, as last saved, or what was submitted alone (default: %(default)s)"
    parser.add_argument("--select", choices=get_args(Selection), default="latest", help=what)
    parser.add_argument("--project", metavar="NAME", help="of the studio: one project; without it, all")
    parser.add_argument("--no-images", dest="images", action="store_false", help="leave the image files where they are")
    dataset = parser.add_argument_group("a data set (--to datasets)")
    dataset.add_argument("--validation", type=float, default=0.05, metavar="SHARE", help="of the images, chosen by their hash (default: %(default)s)")
    dataset.add_argument("--license", default="unknown", metavar="ID", help="as the hub names licences, such as cc-by-4.0 (default: %(default)s)")
    dataset.add_argument("--name", default="Grounded image quality", help="the title of its card (default: %(default)s)")
    dataset.add_argument("--push-to-hub", metavar="OWNER/NAME", help="send it to the Hugging Face hub, as a private data set")
    dataset.add_argument("--public", action="store_true", help="as a public one")
    return ExportConfig(**vars(parser.parse_args(argv)))


def main(argv: Sequence[str] | None = None) -> None:
    """Prints counts; a refusal is one line on standard error and status 2."""
    config = parse_args(argv)
    try:
        if config.push_to_hub:
            if config.format != "datasets":
                raise GiqaError("Only a data set goes to the hub: add --to datasets.")
            from core.export.hub import check_repository

            check_repository(config.push_to_hub)
        _from_folder(config, config.folder) if config.folder else _from_store(config)
        if config.push_to_hub:
            from core.export.hub import push

            print(push(config.out, config.push_to_hub, private=not config.public))
    except (GiqaError, OSError) as error:  # OSError: a full disk, a folder that cannot be written
        print(f"python -m core.export: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error


def _from_folder(config: ExportConfig, folder: Path) -> None:
    from core.export.conversion import RecordFolder, to_llava, to_native

    if not folder.exists():
        raise GiqaError(f"There is no folder {folder}: name a native folder, or one of Parquet files.")
    source = RecordFolder(folder)
    if config.format == "datasets":
        _dataset(config, source)
        return
    written = (to_native if config.format == "giqa" else to_llava)(source, config.out, images=config.images)
    _told(config, written, source)


def _from_store(config: ExportConfig) -> None:
    from core.export.export import StoreRows, run_export  # SQLAlchemy takes a while to import; `--help` should not
    from core.store.image_files import image_library
    from core.store.store import open_store

    if config.data_dir is None or not (config.data_dir / "giqa.db").is_file():
        raise GiqaError(f"There is no studio's data in {config.data_dir}: no giqa.db. Name the folder given to the studio as --data-dir.")
    store, library = open_store(config.data_dir), image_library(config.data_dir)
    project = next((one.id for one in store.projects() if one.name == config.project), None)
    if config.project is not None and project is None:
        raise GiqaError(f'There is no project "{config.project}". There are: {", ".join(one.name for one in store.projects()) or "none"}.')
    if config.format == "datasets":
        _dataset(config, StoreRows(store, library, config.select, project))
        return
    done = run_export(store, library, config.out, config.format, config.select, project, images=config.images)
    counts = done.counts
    print(f"{config.out}: {counts.records:,} records of {counts.images:,} images, {counts.regions:,} boxes, {counts.phrases:,} phrases, {counts.questions:,} questions")
    for name in done.missing:
        print(f"image missing: {name}", file=sys.stderr)


def _dataset(config: ExportConfig, source: Rows) -> None:
    from core.export.conversion import to_dataset
    from core.export.datasets import DatasetOptions

    _told(config, to_dataset(source, config.out, DatasetOptions(config.name, config.license, config.validation), images=config.images), source)


def _told(config: ExportConfig, written: str, source: Rows) -> None:
    print(f"{config.out}: {written}")
    for problem in source.problems:
        print(f"left out: {problem}", file=sys.stderr)
    for name in sorted(source.missing):
        print(f"image missing: {name}", file=sys.stderr)


if __name__ == "__main__":
    main()
