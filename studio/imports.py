"""What people bring to annotate: photographs, native folders, and zips of either. Machine proposals are made where there are none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.boxes import ImageSize
from core.builder.config import BuildConfig
from core.builder.pipeline import Pipeline
from core.builder.sources import Row, Source, read_source
from core.builder.sources.image_files import ImageMissing
from core.errors import GiqaError, InvalidInput
from core.export.giqa import NativeFolder, read_folder
from core.export.label_studio_reading import LabelStudioFile, ReadTask
from core.export.recognition import Foreign, Several, foreign
from core.records import Dropped, ImageReference, Record
from core.store.values import Save
from studio.doubts import weigh_doubts
from studio.jobs import Job
from studio.services import Services

_BATCH = 500
_MOST_PROBLEMS = 200
PHOTOGRAPHS = "photographs"
"""The source of records that were proposed for photographs from the page."""


@dataclass(slots=True)
class Imported:
    """Collects records and puts them into the store, some at a time."""

    services: Services
    project: int
    user: str
    added: int = 0
    already: int = 0
    problems: list[str] = field(default_factory=list)
    waiting: list[Record] = field(default_factory=list)
    images: set[tuple[str, ImageSize]] = field(default_factory=set)

    def take(self, record: Record) -> None:
        self.waiting.append(record if record.correction is None else replace(record, correction=None))
        if len(self.waiting) >= _BATCH:
            self.store()

    def store(self) -> None:
        if self.waiting:
            done = self.services.store.open().add_proposals(self.project, self.waiting, user=self.user)
            self.already += done.already
            self.added += len(self.waiting) - done.already
            self.waiting.clear()

    def take_versions(self, task: ReadTask) -> None:
        """The task with each person's versions. What was brought before is not added again; what somebody saved here since stays the newest."""
        self.store()
        store = self.services.store.open()
        done = store.add_proposals(self.project, [replace(task.record, correction=None)], user=self.user)
        self.already += done.already
        self.added += 1 - done.already
        heads = dict[str, int]()
        for one in task.versions:
            name = hashlib.sha256(f"{self.project} {done.tasks[0]} {one.user} {one.key}".encode()).hexdigest()[:32]
            reason = "cancelled in Label Studio" if one.status == "skipped" else ""
            try:
                saved = store.save(Save(done.tasks[0], one.user, heads.get(one.user), f"import-{name}", one.edit, one.status, reason))
            except GiqaError as error:
                self.problems.append(f"{task.record.image.uri}: the version of {one.user} is not taken: {error}")
            else:
                heads[one.user] = saved.id

    def ended(self, job: Job) -> dict[str, Any]:
        """What came in. Where the queue goes by a model's doubts, they are weighed now."""
        self.store()
        if self.services.store.open().project(self.project).settings.order == "uncertain":
            weigh_doubts(self.services, self.project, job)
        return self.to_json()

    def to_json(self) -> dict[str, Any]:
        shown = self.problems[:_MOST_PROBLEMS]
        more = len(self.problems) - len(shown)
        problems = [*shown, *([f"… and {more:,} more"] if more else [])]
        return {"project": self.project, "added": self.added, "already": self.already, "problems": problems}


def propose(services: Services, project: str, images: Sequence[tuple[str, str]], job: Job, user: str, source: str = PHOTOGRAPHS) -> dict[str, Any]:
    """Proposals by the embedded model for images of the library, `(id, name)` each. An image that the project has already is not added again."""
    imported = Imported(services, services.store.open().add_project(project).id, user)
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
    imported = Imported(services, services.store.open().add_project(project).id, user)
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


def import_records(services: Services, project: str, file: Path, job: Job, user: str) -> dict[str, Any]:
    """A single file of records, whose images are in the library already."""
    folder = file.parent / "folder"
    (folder / "records").mkdir(parents=True)
    file.replace(folder / "records" / "part-00000.jsonl")
    imported = Imported(services, services.store.open().add_project(project).id, user)
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
    imported = Imported(services, services.store.open().add_project(project).id, user)
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
