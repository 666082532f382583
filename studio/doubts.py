"""How unsure the embedded model is of each task, for projects that hand out the most uncertain ones first."""

from __future__ import annotations

from typing import Any

from core.backends.base import Backend
from core.errors import GiqaError
from core.records import Record
from studio.jobs import Job
from studio.services import Services

_BATCH = 50


def weigh_doubts(services: Services, project: int, job: Job) -> dict[str, Any]:
    """For the project's tasks that nobody has weighed yet. What was weighed before somebody stops it is kept."""
    store = services.store.open()
    weighed = 0
    with services.models.using(services.models.proposer) as model:
        while waiting := store.without_uncertainty(project, _BATCH):
            values = {number: _doubt(services, model, record) for number, record in waiting}
            store.set_uncertainty(values)
            weighed += len(values)
            job.report(weighed, weighed + len(waiting))
    return {"project": project, "weighed": weighed}


def _doubt(services: Services, model: Backend, record: Record) -> float:
    """A task whose image cannot be read comes last."""
    from core.tasks.uncertainty import uncertainty  # with the embedded model's own code, which the page does not need at its start

    try:
        return uncertainty(model, services.images.open(record.image.sha256), record)
    except GiqaError:
        return 0.0
