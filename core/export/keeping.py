"""Submissions as files that are written once and never changed, for a place that outlives this disk; and a store from such files.

`projects/NAME-CONTENT.json` (one for each state of its settings), `tasks/XX/NAME.json` with the proposal, `submissions/XX/NAME.json`, `images/XX/SHA256.EXT`.
Names are made from what the files are about, so that nothing is written twice, whoever writes it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import Any

from core.errors import GiqaError
from core.store.image_files import ImageLibrary
from core.store.submissions import Submissions

SCHEMA = "giqa-studio/kept/1"
_FAULTS = (GiqaError, KeyError, TypeError, ValueError, OSError)


@dataclass(slots=True)
class Restored:
    """What came back; `problems`: files that could not be used, with the reason."""

    tasks: int = 0
    submissions: int = 0
    problems: list[str] = field(default_factory=list)


class KeptFolder:
    """A folder that follows the store: `collect` writes what is new. One thread at a time."""

    def __init__(self, folder: Path, store: Submissions, images: ImageLibrary) -> None:
        self.folder, self._store, self._images = folder, store, images
        self._task, self._submission = 0, 0
        self._names: dict[int, str] = {}

    def is_fresh(self) -> bool:
        """Whether the store waits for what was kept."""
        return self._store.is_empty()

    def collect(self) -> None:
        """Files for what the store holds now. Raises `StoreUnavailable`, `OSError`; what is written stays, the rest comes next time."""
        for project in self._store.projects():
            self._write(f"projects/{_digest(project['name'])}-{_digest(_line(project))}.json", {**project, "at": datetime.now(UTC).isoformat()})
        while tasks := self._store.tasks(self._task):
            for number, task in tasks:
                self._add_task(number, task)
        while submissions := self._store.submissions(self._submission):
            for number, one in submissions:
                self._write(_submission_file(one["key"]), {**one, "task": self._names[one["task"]]})
                self._submission = number

    def erased(self) -> list[str]:
        """Files of submissions that their people wanted gone."""
        return [name for name in map(_submission_file, self._store.erased_keys()) if (self.folder / name).exists()]

    def restore(self, report: Callable[[int, int], None]) -> Restored:
        """The folder's files into the empty store. One bad file costs itself alone. `report`: how many of how many are done."""
        found, numbers = Restored(), dict[str, int]()
        files = {kind: sorted(self.folder.glob(f"{kind}/**/*.json")) for kind in ("projects", "tasks", "submissions")}
        total = sum(map(len, files.values()))
        for project in _newest([data for _, data in self._read(files["projects"], found)]):
            _attempt(found, str(project.get("name")), self._store.restore_project, project)
        for name, task in self._read(files["tasks"], found):
            _attempt(found, name, self._restore_task, name, task, numbers)
            report(len(files["projects"]) + len(numbers), total)
        found.tasks = len(numbers)
        for name, one in sorted(self._read(files["submissions"], found), key=lambda row: str(row[1].get("created_at"))):
            found.submissions += _attempt(found, name, self._restore_submission, one, numbers)
            report(total - len(files["submissions"]) + found.submissions, total)
        return found

    def _add_task(self, number: int, task: dict[str, Any]) -> None:
        record = task["proposal"]
        name = f"{_digest(_line([task['project'], record]))}.json"
        for image in _images(record):
            self._add_image(image)
        self._write(f"tasks/{name[:2]}/{name}", task)
        self._names[number], self._task = name, number

    def _add_image(self, image: Mapping[str, Any]) -> None:
        target = self.folder / _image_file(str(image["sha256"]), str(image["uri"]))
        if not target.exists() and self._images.has(str(image["sha256"])):
            _put(target, self._images.file(str(image["sha256"]), "original").read_bytes())

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        target = self.folder / name
        if not target.exists():
            _put(target, (json.dumps({"schema": SCHEMA, **content}, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode())

    def _read(self, files: list[Path], found: Restored) -> Iterator[tuple[str, dict[str, Any]]]:
        for file in files:
            try:
                data = json.loads(file.read_bytes())
                if not isinstance(data, dict) or data.get("schema") != SCHEMA:
                    raise ValueError("it was not written by this version of the studio")
            except (OSError, ValueError, RecursionError) as error:
                found.problems.append(f"{file.name}: {error}")
            else:
                yield file.name, data

    def _restore_task(self, name: str, task: dict[str, Any], numbers: dict[str, int]) -> None:
        for image in _images(task["proposal"]):
            file = self.folder / _image_file(str(image["sha256"]), str(image["uri"]))
            if file.is_file():
                stored = self._images.add(file.read_bytes(), PurePosixPath(str(image["uri"])).name)
                self._images.pin(stored.id)
        numbers[name] = self._store.restore_task(task)

    def _restore_submission(self, one: dict[str, Any], numbers: dict[str, int]) -> None:
        self._store.restore_submission(numbers[str(one["task"])], one)


def _attempt(found: Restored, name: str, work: Callable[..., None], *given: Any) -> bool:
    """Whether it worked; if not, the reason is among the problems."""
    try:
        work(*given)
    except _FAULTS as error:
        found.problems.append(f"{name}: {type(error).__name__}: {error}")
        return False
    return True


def _images(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [record["image"], *(one["image"] for one in record.get("beside", ()))]


def _newest(projects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One state for each name."""
    newest = {str(one.get("name")): one for one in sorted(projects, key=lambda one: str(one.get("at")))}
    return list(newest.values())


def _submission_file(key: str) -> str:
    name = _digest(key)
    return f"submissions/{name[:2]}/{name}.json"


def _image_file(sha256: str, uri: str) -> str:
    suffix = PurePosixPath(uri).suffix.lower()
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"an image is named by 64 hexadecimal digits, got {sha256[:80]!r}")
    return f"images/{sha256[:2]}/{sha256}{suffix if re.fullmatch(r'[.][a-z0-9]{1,5}', suffix) else ''}"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _put(target: Path, data: bytes) -> None:
    """Whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as file:
        file.write(data)
    Path(file.name).replace(target)
