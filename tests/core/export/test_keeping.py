"""Submissions as files, a store from such files, and both through a hub that is played by a server on this machine."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from core.backends.base import Tag
from core.boxes import Box
from core.corrections import as_edit
from core.export.keeping import KeptFolder
from core.grounded_text import compose
from core.records import ImageReference, Record, RecordProvenance, RegionText, with_regions
from core.store.image_files import ImageLibrary, image_library
from core.store.store import Store, open_store
from core.store.values import ProjectSettings, Save
from tests.core.export.dataset_hub import playing_datasets

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = ProjectSettings(guideline="Look twice.", vocabulary=("blurred", "noisy"), overlap=2, order="random", lease_minutes=3)


def an_image(library: ImageLibrary, seed: int) -> ImageReference:
    buffer = io.BytesIO()
    PillowImage.fromarray(np.random.default_rng(seed).integers(0, 255, (30, 40, 3), np.uint8)).save(buffer, "PNG")
    stored = library.add(buffer.getvalue(), f"photo {seed}.PNG")
    return ImageReference(stored.id, stored.size, stored.name)


def filled(folder: Path, tasks: int = 3) -> tuple[Store, ImageLibrary]:
    """A project of a few tasks: the first submitted by two people, the second skipped by one and drafted by the other, the rest untouched."""
    store, library = open_store(folder), image_library(folder)
    project = store.add_project("Skies", SETTINGS)
    records = []
    for row in range(tasks):
        text, regions = with_regions(compose("The ", ("sky", [Box(0, 0, 1, 0.25)]), f" of photograph {row} is noisy 🌊."))
        records.append(Record(an_image(library, row), "set", row, regions, (Tag("sky", "noisy", "negative"),), text, provenance=RecordProvenance("embedded")))
    numbers = store.add_proposals(project.id, records, user="p-admin").tasks
    for number, (task, user, status) in enumerate([(0, "p-anna", "submitted"), (0, "p-ben", "submitted"), (1, "p-anna", "skipped"), (1, "p-ben", "draft"), (0, "p-anna", "submitted")]):
        opened = store.task(numbers[task], user)
        edit = replace(as_edit(opened.proposal), description=RegionText(f"version {number} of {user}"))
        store.save(Save(numbers[task], user, opened.head.id if opened.head else None, f"key-{number}", edit, status, "too dark" if status == "skipped" else "", 12.5))
    return store, library


def kept(store: Store, library: ImageLibrary, folder: Path) -> KeptFolder:
    return KeptFolder(folder, store.submissions, library)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_submission_is_a_file_of_its_own_that_never_changes(tmp_path):
    store, library = filled(tmp_path / "data")
    folder = kept(store, library, tmp_path / "kept")
    folder.collect()
    first = files(tmp_path / "kept")
    kinds = [name.split("/")[0] for name in first]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"projects": 1, "tasks": 3, "submissions": 4, "images": 3}
    folder.collect()
    kept(store, library, tmp_path / "kept").collect()  # as after a restart
    assert files(tmp_path / "kept") == first
    opened = store.task(2, "p-ben")
    store.save(Save(2, "p-ben", opened.head.id, "key-more", as_edit(opened.proposal), "submitted"))
    folder.collect()
    again = files(tmp_path / "kept")
    assert len(again) == len(first) + 1 and {name: again[name] for name in first} == first


def test_an_empty_store_is_made_whole_again(tmp_path):
    store, library = filled(tmp_path / "data")
    kept(store, library, tmp_path / "kept").collect()
    new, images = open_store(tmp_path / "new"), image_library(tmp_path / "new")
    steps = []
    folder = kept(new, images, tmp_path / "kept")
    assert folder.is_fresh()
    restored = folder.restore(lambda done, total: steps.append((done, total)))
    assert (restored.tasks, restored.submissions, restored.problems) == (3, 4, []) and steps[-1] == (8, 8)
    (project,) = new.projects()
    assert (project.name, project.settings) == ("Skies", SETTINGS)
    by_image = {row.image.sha256: row.id for row in new.tasks(_everything()).tasks}
    for task in store.tasks(_everything()).tasks:
        there = by_image[task.image.sha256]
        assert new.task(there, "p-x").proposal == store.task(task.id, "p-x").proposal
        assert images.file(task.image.sha256, "original").read_bytes() == library.file(task.image.sha256, "original").read_bytes()
        for user in ("p-anna", "p-ben"):
            told = [(one.edit, one.status, one.reason, one.created_at, one.seconds) for one in new.history(there, user)]
            assert told == [(one.edit, one.status, one.reason, one.created_at, one.seconds) for one in store.history(task.id, user) if one.status != "draft"]
    before = files(tmp_path / "kept")
    folder.collect()
    assert set(before) <= set(files(tmp_path / "kept")) and len(files(tmp_path / "kept")) == len(before), "what was brought back is not written anew"
    assert not folder.is_fresh()
    assert folder.restore(lambda *_: None).submissions == 4, "the same again changes nothing"
    assert [one.id for one in new.history(by_image[store.task(1, "p-x").image.sha256], "p-anna")] == [4, 1]


def _everything():
    from core.store.values import TaskFilter

    return TaskFilter("p-nobody")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"", "Expecting value", id="empty"),
        pytest.param(b"{" * 100_000, "Expecting property name", id="deep"),
        pytest.param(b"\xff\xfe", "utf-16|utf-8|codec|Expecting", id="no text"),
        pytest.param(b"[]", "not written by this version", id="a list"),
        pytest.param(b'{"schema": "giqa-studio/kept/2"}', "not written by this version", id="of another version"),
        pytest.param(b'{"schema": "giqa-studio/kept/1"}', "KeyError", id="with nothing in it"),
        pytest.param(b'{"schema": "giqa-studio/kept/1", "task": "none.json", "key": "x"}', "KeyError", id="of a task that is not there"),
    ],
)
def test_a_bad_file_costs_itself_alone(tmp_path, content, told):
    import re

    store, library = filled(tmp_path / "data")
    kept(store, library, tmp_path / "kept").collect()
    for kind in ("tasks", "submissions", "projects"):
        (tmp_path / "kept" / kind / "bad.json").write_bytes(content)
    new = open_store(tmp_path / "new")
    restored = kept(new, image_library(tmp_path / "new"), tmp_path / "kept").restore(lambda *_: None)
    assert (restored.tasks, restored.submissions, len(restored.problems)) == (3, 4, 3)
    assert all(re.search(told, problem) for problem in restored.problems), restored.problems


def test_an_image_that_is_gone_costs_its_picture_alone(tmp_path):
    store, library = filled(tmp_path / "data")
    kept(store, library, tmp_path / "kept").collect()
    for path in (tmp_path / "kept" / "images").rglob("*.png"):
        path.unlink()
    restored = kept(open_store(tmp_path / "new"), image_library(tmp_path / "new"), tmp_path / "kept").restore(lambda *_: None)
    assert (restored.tasks, restored.submissions, restored.problems) == (3, 4, [])


PROGRAM = textwrap.dedent(
    """
    import json, sys, time
    from pathlib import Path
    from core.export.keeper import Keeper
    from core.export.keeping import KeptFolder
    from core.store.image_files import image_library
    from core.store.store import open_store

    data, told = Path(sys.argv[1]), None
    store = open_store(data)
    keeper = Keeper("me/kept", lambda: KeptFolder(data / "submissions", store.submissions, image_library(data)), look_seconds=0.05)
    keeper.start()
    for _ in range(200):
        time.sleep(0.05)
        told = keeper.state()
        if told.error or (told.sent_at and not told.waiting):
            break
    if len(sys.argv) > 2:
        store.accounts.delete_own_data(sys.argv[2], erase_work=True)
        keeper.push()
    print(json.dumps([told.place, bool(told.sent_at), told.waiting, told.error, [one.name for one in store.projects()], len(store.history(1, "p-anna")) if store.projects() else 0]))
    keeper.close(5)
    """
)


def kept_by_a_process(address: str, data: Path, *more: str) -> list:
    environment = os.environ | {"HF_ENDPOINT": address, "HF_TOKEN": "hf_test", "HF_HUB_OFFLINE": "0", "HF_HOME": str(data.parent / "home"), "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(data), *more], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.splitlines()[-1])


def test_what_one_machine_sends_the_next_one_brings_back(tmp_path):
    filled(tmp_path / "data")
    with playing_datasets() as hub:
        assert kept_by_a_process(hub.address, tmp_path / "data") == ["me/kept", True, 0, None, ["Skies"], 2]
        sent = dict(hub.files)
        assert len(hub.commits) == 1 and len(sent) == 11
        assert kept_by_a_process(hub.address, tmp_path / "new") == ["me/kept", True, 0, None, ["Skies"], 2]
        assert hub.files == sent, "nothing that was kept is ever changed"


def test_a_hub_that_refuses_is_told_and_costs_nothing(tmp_path):
    filled(tmp_path / "data")
    with playing_datasets() as hub:
        hub.refuse = 403
        place, sent, _, error, projects, _ = kept_by_a_process(hub.address, tmp_path / "data")
        assert (place, sent, error, projects) == ("me/kept", False, "The hub refused (403): the token may not write there", ["Skies"])
    place, sent, _, error, *_ = kept_by_a_process("http://127.0.0.1:9", tmp_path / "new")
    assert not sent and error.startswith("The hub cannot be reached")


def test_erased_work_leaves_the_data_set(tmp_path):
    store, _ = filled(tmp_path / "data")
    store.accounts.admit("p-boss", "huggingface", "boss", "admin")
    store.accounts.admit("p-anna", "huggingface", "anna", "annotator")
    store.close()
    with playing_datasets() as hub:
        kept_by_a_process(hub.address, tmp_path / "data", "p-anna")
        left = [json.loads(data) for name, data in hub.files.items() if name.startswith("submissions/")]
        assert [one["user"] for one in left] == ["p-ben"] and "p-anna" not in str(hub.files)
        assert [len(one) for one in hub.commits] == [11, 3]
