"""What people bring to annotate: photographs, native folders, and zips of either. Machine proposals are made where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.builder.config import BuildConfig
from core.builder.pipeline import Pipeline
from core.builder.sources import Row, Source, read_source
from core.builder.sources.image_files import ImageMissing
from core.errors import GiqaError, InvalidInput
from core.export.giqa import NativeFolder, read_folder
from core.export.label_studio_reading import LabelStudioFile, ReadTask
from core.export.recognition import Foreign, Several, foreign
from core.records import Dropped, ImageReference, Record
from studio.imported import Imported, begin_import
from studio.jobs import Job
from studio.services import Services

PHOTOGRAPHS = "photographs"
"""The source of records that were proposed for photographs from the page."""


def propose(services: Services, project: str, images: Sequence[tuple[str, str]], job: Job, user: str, source: str = PHOTOGRAPHS) -> dict[str, Any]:
    """Proposals by the embedded model for images of the library, `(id, name)` each. An image that the project has already is not added again."""
    imported = begin_import(services, project, user)
    pipeline = proposer(services)
    for number, (name, shown) in enumerate(images):
        job.report(number, len(images))
        try:
            image = services.images.open(name)
            services.images.pin(name)
            imported.take(pipeline.record(image, ImageReference(name, image.size, shown), source, 0))
            imported.store()  # each as it comes: what is there can be opened
        except GiqaError as error:
            imported.problems.append(f"{shown}: {error}")
    job.report(len(images), len(images))
    return imported.ended(job)


def proposer(services: Services) -> Pipeline:
    """The builder's stages on the embedded model; a job does not count among its users, for visitors come first."""
    with services.models.using(services.models.proposer) as model:
        return Pipeline.of(model, BuildConfig(Path(), Path()))


def import_folder(services: Services, project: str, folder: Path, job: Job, user: str, *, ours: bool) -> dict[str, Any]:
    """A native folder, or photographs with or without a table of descriptions. `ours`: the operator's own folder, whose records may name images elsewhere."""
    from core.export.archive import inner_folder

    inner = inner_folder(folder)
    imported = begin_import(services, project, user)
    try:
        if (inner / "manifest.json").is_file():
            _take_native(services, inner, imported, job, ours=ours)
        elif found := foreign(inner):
            _take_foreign(services, found, imported, job)
        else:
            _take_source(services, _source(inner, imported), imported, job)
    finally:
        imported.store()  # what was read before somebody stopped it is kept
    return imported.ended(job)


def import_zip(services: Services, project: str, file: Path, job: Job, user: str, *, max_bytes: int) -> dict[str, Any]:
    """What a zip holds, unpacked beside it: a folder that carries the zip's name, for people know it by that. Raises `InvalidInput`."""
    from core.export.archive import unzip

    folder = file.parent / "unpacked" / file.stem
    unzip(file, folder, max_bytes=max_bytes)
    try:
        return import_folder(services, project, folder, job, user, ours=False)
    except InvalidInput as error:
        raise InvalidInput(str(error).replace(str(folder), file.name)) from error  # where it lay is nobody's concern, and gone


def import_records(services: Services, project: str, file: Path, job: Job, user: str) -> dict[str, Any]:
    """A single file of records, whose images are in the library already."""
    folder = file.parent / "folder"
    (folder / "records").mkdir(parents=True)
    file.replace(folder / "records" / "part-00000.jsonl")
    imported = begin_import(services, project, user)
    found = NativeFolder(folder)
    try:
        for record in _each(found.records(), 0, job):
            _take_record(services, found, record, imported, ours=False)
    finally:
        imported.store()
    imported.problems += map(str, found.problems)
    return imported.ended(job)


def import_file(services: Services, project: str, file: Path, job: Job, user: str) -> dict[str, Any]:
    """What another program wrote, without its images: tasks whose images the library has already come in. Raises `InvalidInput` for anything else."""
    found = foreign(file)
    if found is None:
        raise InvalidInput(f"{file.name} is neither COCO nor an export of Label Studio. A table of descriptions comes in a .zip, together with its images.")
    imported = begin_import(services, project, user)
    try:
        _take_foreign(services, found, imported, job)
    finally:
        imported.store()
    return imported.ended(job)


def import_record(services: Services, project: str, folder: Path, record: Record, user: str) -> int:
    """The number of the task for a record of one of our folders; the same record gives the same task. Raises `InvalidInput` where its image is gone."""
    _keep_images(services, NativeFolder(folder), record, ours=False)
    store = services.store.open()
    return store.add_proposals(store.add_project(project).id, [replace(record, correction=None)], user=user).tasks[0]


def _take_native(services: Services, folder: Path, imported: Imported, job: Job, *, ours: bool) -> None:
    manifest, found = read_folder(folder)
    for record in _each(found.records(), manifest.counts.records, job):
        _take_record(services, found, record, imported, ours=ours)
    imported.problems += map(str, found.problems)


def _take_foreign(services: Services, rows: Foreign, imported: Imported, job: Job) -> None:
    """Of Label Studio's tasks every person's version, as a revision of theirs; of the others one record each."""
    try:
        for number, task in enumerate(_tasks(rows), 1):
            job.report(number, number)
            _take_task(services, task, imported)
    finally:
        imported.problems += map(str, rows.problems)


def _tasks(rows: Foreign) -> Iterator[ReadTask]:
    for part in rows.parts if isinstance(rows, Several) else (rows,):
        yield from part.tasks() if isinstance(part, LabelStudioFile) else (ReadTask(record, data, ()) for record, data in part.rows())


def _take_task(services: Services, task: ReadTask, imported: Imported) -> None:
    try:
        _keep_data(services, task.record, task.data)
        if task.versions:
            imported.take_versions(task)
        else:
            imported.take(task.record)
    except GiqaError as error:
        imported.problems.append(f"{task.record.image.uri or task.record.image.sha256[:12]}: {error}")


def _keep_data(services: Services, record: Record, data: bytes | None) -> None:
    """Puts the image into the library, or makes sure that it is there. Raises `InvalidInput` where it is missing or another one."""
    name = record.image.sha256
    if not services.images.has(name):
        if data is None:
            raise InvalidInput("its image is missing.")
        if len(data) > services.settings.max_upload_bytes:
            raise InvalidInput("its image's file is larger than the studio takes.")
        services.images.add(data, Path(record.image.uri).name)
    if not services.images.has(name) or services.images.get(name).size != record.image.size:
        raise InvalidInput("its image is another one than the record says.")
    services.images.pin(name)


def _each(records: Iterable[Record], total: int, job: Job) -> Iterator[Record]:
    for number, record in enumerate(records):
        job.report(number, max(total, number))
        yield record


def _take_record(services: Services, found: NativeFolder, record: Record, imported: Imported, *, ours: bool) -> None:
    images = {(one.sha256, one.size) for one in (record.image, *(other.image for other in record.beside))}
    try:
        if not images <= imported.images:  # several records speak of one image
            _keep_images(services, found, record, ours=ours)
    except GiqaError as error:
        imported.problems.append(f"Record {record.id[:12]}… ({record.image.uri or record.image.sha256[:12]}) is left out: {error}")
    else:
        imported.images |= images
        imported.take(record)


def _keep_images(services: Services, found: NativeFolder, record: Record, *, ours: bool) -> None:
    """The record's own image and those beside it. Raises `InvalidInput` where one is missing or another one."""
    for image in (record.image, *(one.image for one in record.beside)):
        _keep_image(services, found, image, ours=ours)


def _keep_image(services: Services, found: NativeFolder, image: ImageReference, *, ours: bool) -> None:
    """Puts the image into the library, if it is not there."""
    name = image.sha256
    if not services.images.has(name):
        path = found.image(image) if ours else found.copied_image(image)
        if path is None:
            raise InvalidInput("its image is missing.")
        if path.stat().st_size > services.settings.max_upload_bytes:
            raise InvalidInput("its image's file is larger than the studio takes.")
        stored = services.images.add(path.read_bytes(), Path(image.uri).name or path.name)
        if stored.id != name or stored.size != image.size:
            raise InvalidInput(f"its image is another one than the record says: {stored.width}x{stored.height}, hash {stored.id[:12]}….")
    elif (known := services.images.get(name).size) != image.size:
        raise InvalidInput(f"its image has {known.width}x{known.height} pixels, the record says {image.size.width}x{image.size.height}.")
    services.images.pin(name)


def _source(folder: Path, imported: Imported) -> Source:
    """A table beside the images, or else the images alone; a file that only looks like a table does not hide the images."""
    tables = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".csv", ".jsonl", ".json") and not path.name.startswith("."))
    if len(tables) > 1:
        imported.problems.append(f"There are {len(tables)} tables ({', '.join(path.name for path in tables[:5])}): bring one. The photographs come in without them.")
    for table in tables if len(tables) == 1 else ():
        try:
            found = read_source(table, folder)
        except InvalidInput as error:
            imported.problems.append(f"{table.name} is no table of descriptions: {error}")
        else:
            if any(isinstance(one, Row) for one in found.rows()):
                return found
            imported.problems.append(f"{table.name} names no image and is passed over.")
    return read_source(folder, None)


def _take_source(services: Services, source: Source, imported: Imported, job: Job) -> None:
    pipeline = proposer(services)
    total = sum(1 for _ in source.rows())
    for number, row in enumerate(source.rows()):
        job.report(number, total)
        if isinstance(row, Dropped):
            imported.problems.append(_told(row))
            continue
        try:
            imported.take(_proposed(services, pipeline, source, row))
        except ImageMissing:
            imported.problems.append(f"{row.image}: the image is missing.")
        except (GiqaError, OSError) as error:
            imported.problems.append(f"{row.image}: {error}")
    imported.problems += source.notes()


def _proposed(services: Services, pipeline: Pipeline, source: Source, row: Row) -> Record:
    data = source.data(row)
    if len(data) > services.settings.max_upload_bytes:
        raise InvalidInput("the file is larger than the studio takes.")
    stored = services.images.add(data, Path(row.image).name)
    services.images.pin(stored.id)
    return pipeline.record(services.images.open(stored.id), ImageReference(stored.id, stored.size, row.image), source.name, row.row, row.text, row.given)


def _told(one: Dropped) -> str:
    return f"Row {one.row}: {one.reason}. {one.detail}".strip()
