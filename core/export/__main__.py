"""`python -m core.export`: the studio's records, or data of this or another program, in any form: native folder, LLaVA, COCO, YOLO, Label Studio, benchmark, data set."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from core.errors import GiqaError
from core.export.conversion import Form
from core.store.values import Selection

if TYPE_CHECKING:
    from core.export.counting import Counts
    from core.export.datasets import DatasetOptions

_SHOWN = 200  # of each kind of trouble; the rest is counted


@dataclass(frozen=True, slots=True)
class ExportConfig:
    """`data_dir`: the studio's, or else `folder`: of records, or a file of another program, whose images lie beside it or in `image_folder`.

    `project`: by name, all without one. `images`: whether their files are copied too. `validation`, `license`, `name`, `push_to_hub`, `public`: of a data set.
    """

    data_dir: Path | None
    out: Path
    format: Form = "giqa"
    select: Selection = "latest"
    database_url: str | None = None
    project: str | None = None
    images: bool = True
    folder: Path | None = None
    image_folder: Path | None = None
    validation: float = 0.05
    license: str = "unknown"
    name: str = "Grounded image quality"
    push_to_hub: str | None = None
    public: bool = False


def parse_args(argv: Sequence[str] | None, environ: Mapping[str, str]) -> ExportConfig:
    parser = argparse.ArgumentParser(prog="python -m core.export", description="Writes records as data for builders, trainings, benches, other programs and the hub.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data-dir", type=Path, metavar="DIR", help="the studio's data folder")
    source.add_argument("--folder", type=Path, metavar="PATH", help="a native folder, Parquet files with our columns, a COCO or Label Studio file, a YOLO folder")
    parser.add_argument("--image-folder", type=Path, metavar="DIR", help="where the images of a COCO or Label Studio file lie, if not beside it")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--format", "--to", choices=get_args(Form), default="giqa", help="default: %(default)s")
    what = "of the studio: as proposed; as last saved; or the tasks alone that came as far (default: %(default)s)"
    parser.add_argument("--select", choices=get_args(Selection), default="latest", help=what)
    url = "of the studio: its PostgreSQL server, where it has one; better given as GIQA_DATABASE_URL, which no list of processes shows"
    parser.add_argument("--database-url", metavar="URL", default=environ.get("GIQA_DATABASE_URL") or None, help=url)
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
    config = parse_args(argv, os.environ)
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
    from core.export.conversion import convert
    from core.export.recognition import open_rows

    source = open_rows(folder, config.image_folder)
    written = convert(source, config.out, config.format, _options(config), {"from": folder.resolve().name}, images=config.images)
    _told(config, written.counts, written.notes, source.missing)
    _listed("left out", [str(problem) for problem in source.problems])


def _from_store(config: ExportConfig) -> None:
    from core.export.export import run_export  # SQLAlchemy takes a while to import; `--help` should not
    from core.store.image_files import image_library
    from core.store.store import open_store

    if config.data_dir is None or not (config.database_url or (config.data_dir / "giqa.db").is_file()):
        raise GiqaError(f"There is no studio's data in {config.data_dir}: no giqa.db. Name the folder given to the studio as --data-dir.")
    store, library = open_store(config.data_dir, config.database_url), image_library(config.data_dir)
    project = next((one.id for one in store.projects() if one.name == config.project), None)
    if config.project is not None and project is None:
        raise GiqaError(f'There is no project "{config.project}". There are: {", ".join(one.name for one in store.projects()) or "none"}.')
    done = run_export(store, library, config.out, config.format, config.select, project, images=config.images, options=_options(config))
    _told(config, done.counts, done.notes, done.missing)


def _options(config: ExportConfig) -> DatasetOptions:
    from core.export.datasets import DatasetOptions

    return DatasetOptions(config.name, config.license, config.validation)


def _told(config: ExportConfig, counts: Counts, notes: Sequence[str], missing: Iterable[str]) -> None:
    print(f"{config.out}: {counts.records:,} records of {counts.images:,} images, {counts.regions:,} boxes, {counts.phrases:,} phrases, {counts.questions:,} questions")
    for note in notes:
        print(note)
    _listed("image missing", sorted(missing))


def _listed(what: str, told: Sequence[str]) -> None:
    for one in told[:_SHOWN]:
        print(f"{what}: {one}", file=sys.stderr)
    if len(told) > _SHOWN:
        print(f"{what}: {len(told) - _SHOWN:,} more", file=sys.stderr)


if __name__ == "__main__":
    main()
