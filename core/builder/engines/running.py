"""A worker's part: one shard through some stages, the files written when all its records are through. The same for every engine."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby

from core.builder.engines.base import At, BatchStage, Done, Event, Job, Stage, StageCount, Stages, Task, Waiting
from core.builder.engines.patience import Patience
from core.builder.pictures import Pictures
from core.builder.pipeline import passes_by
from core.builder.shards import ShardFiles
from core.builder.sources import Row
from core.builder.sources.image_files import reason_of
from core.builder.work import Work
from core.corrections import MAX_REGIONS
from core.errors import GiqaError
from core.export.giqa import put_image
from core.records import Dropped, ImageReference

OPEN = "open"
"""The stage that makes works of rows."""
Coming = Row | Work
_BATCH = 16
_ANNOUNCE_SECONDS = 1.0


@dataclass(slots=True)
class _Tally:
    """A stage's outcomes in a shard, on the way."""

    made: list[Work | Dropped] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, stage: str) -> StageCount:
        reasons = Counter(one.reason for one in self.made if isinstance(one, Dropped))
        return StageCount(stage, len(self.made), self.seconds, dict(sorted(reasons.items())))


class Runner:
    """What a worker keeps from shard to shard: its stages with their models, images, patience."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._files = ShardFiles(job.folder, job.stages)
        self._pictures = Pictures(job.source)
        self._patience = Patience(job.limits)
        self._stages: Stages | None = None
        self._loaded = dict[str, Stage]()
        self._gaining = set[str]()  # the stages that take several together
        self._announced = 0.0

    def run(self, task: Task) -> Iterator[Event]:
        """Announces where it is, and `Done` last. Raises `GiqaError` for what ends the build. Stages whose file is there are passed over."""
        left, self._announced = self._left(task), 0.0  # the first record is always announced: from then on the worker is listened to
        if left:
            self._load(left)
            tallies = {name: _Tally() for name in left}
            for works in self._chunks(task, left):
                yield from self._through(task, works, tallies)
            for name, tally in tallies.items():
                self._files.write(name, task.shard, tally.made)
            yield Done(tuple(tally.count(name) for name, tally in tallies.items()))
        else:
            yield Done(())

    def _left(self, task: Task) -> tuple[str, ...]:
        """The stages from the first one whose file is missing."""
        there = [self._files.path(name, task.shard).is_file() for name in task.stages]
        return task.stages[there.index(False) :] if False in there else ()

    def _chunks(self, task: Task, left: Sequence[str]) -> Iterator[Sequence[Coming]]:
        """Record by record through all stages, so that an image is decoded once; some at a time where a stage gains from it."""
        size = 1 if task.careful or not self._gaining.intersection(left) else _BATCH
        rows = {row.row: row for row in self._files.rows(task.shard) if isinstance(row, Row)}
        coming: list[Coming] = [*rows.values()]
        if left[0] != OPEN:
            before = self._job.stages[self._job.stages.index(left[0]) - 1]
            coming = [*self._files.works(before, task.shard, lambda record: self._pictures.opened_before(rows[record.row], record.image.sha256))]
        for start in range(0, len(coming), size):
            yield coming[start : start + size]

    def _through(self, task: Task, chunk: Sequence[Coming], tallies: dict[str, _Tally]) -> Iterator[Event]:
        """Stages that take several together have the chunk; between them each record goes through all, while its image is at hand."""
        for together, names in groupby(tallies, self._gaining.__contains__):
            group, coming = list(names), chunk
            chunk = []
            for some in (coming,) if together else ((one,) for one in coming):
                for name in group:
                    some = yield from self._through_one(task, some, name, tallies[name])
                chunk = [*chunk, *some]

    def _through_one(self, task: Task, some: Sequence[Coming], name: str, tally: _Tally) -> Generator[Event, None, Sequence[Work]]:
        """What comes through the stage."""
        if not some:
            return []
        yield from self._announce(task, At(_row(some[0]), name, len(tally.made)))
        started = time.perf_counter()
        outcomes = yield from self._outcomes(task, name, some)
        tally.seconds += time.perf_counter() - started
        tally.made += outcomes
        return [one for one in outcomes if isinstance(one, Work)]

    def _announce(self, task: Task, at: At) -> Iterator[At]:
        if task.careful or time.monotonic() - self._announced > _ANNOUNCE_SECONDS:
            self._announced = time.monotonic()
            yield at

    def _outcomes(self, task: Task, name: str, chunk: Sequence[Coming]) -> Generator[Waiting, None, list[Work | Dropped]]:
        together = self._together(name, chunk)
        if together is not None:
            return together
        outcomes = list[Work | Dropped]()
        for one in chunk:
            lost = partial(self._lost, name, one)
            if isinstance(one, Work) and passes_by(one, name):
                outcomes.append(one)  # no model was asked, so none has shown that it works
            elif how := task.poison.get((_row(one), name)):
                outcomes.append(lost("it ended its worker", how))
            else:
                outcomes.append((yield from self._patience.attempt(name, partial(self._one, name, one), lost)))
        return outcomes

    def _together(self, name: str, chunk: Sequence[Coming]) -> list[Work | Dropped] | None:
        """The outcomes of a batch, `None` where there is none to make or it failed: then each is tried alone, and what ails is found."""
        if name not in self._gaining or len(chunk) == 1:
            return None
        works = [one for one in chunk if isinstance(one, Work) and not passes_by(one, name)]
        stage = self._stage(name)
        if len(works) < len(chunk) or not isinstance(stage, BatchStage):
            return None
        try:
            made = stage.batch(works)
        except Exception:  # noqa: BLE001 - whatever it is, it comes again for the record that it is about, and is judged there
            return None
        self._patience.succeeded(name)
        return [self._checked(name, one) for one in made]

    def _one(self, name: str, coming: Coming) -> Work | Dropped:
        if isinstance(coming, Row):
            return self._begun(coming)
        return self._checked(name, self._stage(name)(coming))

    def _begun(self, row: Row) -> Work | Dropped:
        source = self._job.source
        try:
            data = None if self._pictures.held(row) else source.data(row)
            image = self._pictures.open(row) if data is None else self._pictures.decode(row, data)
        except GiqaError as error:
            return Dropped(source.name, row.row, "source", reason_of(error), str(error), row.image)
        work = self._made().begin(image, ImageReference(image.sha256, image.size, row.image), row.source or source.name, row)
        if self._job.copy_images and data is not None:
            put_image(self._job.folder, image.sha256, data)
        return replace(work, picture=partial(self._pictures.opened_before, row, image.sha256))  # no stage's works hold the pixels of a shard

    def _checked(self, name: str, work: Work) -> Work | Dropped:
        boxes = len(work.record.live_regions) if name == self._job.stages[-1] else 0
        if boxes <= MAX_REGIONS:
            return work
        return self._lost("detect", work, "too many boxes", f"{boxes:,}, at most {MAX_REGIONS:,}")

    def _lost(self, stage: str, one: Coming, reason: str, detail: str) -> Dropped:
        image = one.image if isinstance(one, Row) else one.record.image.uri
        return Dropped(self._job.source.name, _row(one), stage, reason, detail, image)

    def _stage(self, name: str) -> Stage:
        if name not in self._loaded:
            self._loaded[name] = self._made().stage(name)
            if isinstance(self._loaded[name], BatchStage):
                self._gaining.add(name)
        return self._loaded[name]

    def _load(self, left: Sequence[str]) -> None:
        """Before the first record: loading takes minutes at times, and is no stall."""
        self._made()
        for name in left:
            if name != OPEN:
                self._stage(name)

    def _made(self) -> Stages:
        if self._stages is None:
            self._stages = self._job.make()
        return self._stages


def _row(coming: Coming) -> int:
    return coming.row if isinstance(coming, Row) else coming.record.row
