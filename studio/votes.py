"""What people vote on pairs: one line each in `votes.jsonl` of the data folder, appended and never changed."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from core.quality import Preference
from studio.services import Services

FILE = "votes.jsonl"
_writing = Lock()


def keep_vote(services: Services, *, a: str, b: str, reference: str | None, preference: Preference, user: str, said: Preference | None) -> dict[str, Any]:
    """A person's vote, on the disk when it returns; images by their ids. `said`: what the model had found, which may have been seen before. Returns what was kept.

    The one place that knows where votes go: a store that keeps comparisons as tasks takes them here.
    """
    row = {
        "a": a, "b": b, "reference": reference, "preference": preference, "user": user, "model_said": said,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip
    for image in (a, b, reference):
        if image is not None:
            services.images.pin(image)  # a vote on a picture that is gone says nothing
    path = services.settings.data_dir / FILE
    with _writing, path.open("ab") as file:
        file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return row
