"""The loop as it stands: what is due, with which command, and what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.backends.embedded.version import weights_digest
from core.builder.lock import locked
from core.errors import InvalidInput
from tests.train.corrected import NOISY, a_photograph, a_record, write_export
from train.learnt import read_learnt, revisions_in, write_learnt
from train.loop import LoopFolders, loop_steps
from train.sft.status import Status, write_status

IMAGE = a_photograph(0, patterned=True)
BOTH = frozenset({"revision-0", "revision-1"})


@pytest.fixture
def folders(tmp_path: Path) -> LoopFolders:
    return LoopFolders(
        tmp_path / "data", tmp_path / "export", tmp_path / "embedded2", tmp_path / "build", "photos", tmp_path / "bench", tmp_path / "results", tmp_path / "init"
    )


def export(folders: LoopFolders, rows: int) -> None:
    write_export(folders.export, [a_record(IMAGE, NOISY, row=row) for row in range(rows)])


def finish_training(folders: LoopFolders) -> None:
    folders.model.mkdir(exist_ok=True)
    write_learnt(folders.model, [folders.export], {"ann": 1.0})
    (folders.model / "weights.safetensors").write_bytes(b"weights")
    aside = {"before": {"type_accuracy": 0.7}, "after": {"type_accuracy": 0.72}}
    (folders.model / "card.json").write_text(json.dumps({"corrections_agreed_with": {"before": 0.5, "after": 0.8}, "samples_kept_aside": aside}))


def states(folders: LoopFolders, submitted: frozenset[str] = BOTH, offered: tuple[str, ...] = ()) -> dict[str, tuple[str, int]]:
    return {step.name: (step.state, step.new) for step in loop_steps(folders, submitted, offered)}


def test_before_the_first_export_everything_waits_for_it(folders: LoopFolders) -> None:
    waiting = dict.fromkeys(("build", "train", "bench", "switch"), ("waiting", 0))
    assert states(folders) == {"export": ("due", 2), **waiting}


def test_what_was_submitted_since_the_export_is_counted(folders: LoopFolders) -> None:
    export(folders, 1)
    assert states(folders)["export"] == ("due", 1)
    assert states(folders, frozenset({"revision-0"}))["export"] == ("done", 0)


def test_an_export_makes_the_next_steps_due(folders: LoopFolders) -> None:
    export(folders, 2)
    assert states(folders) == {"export": ("done", 0), "build": ("due", 2), "train": ("due", 2), "bench": ("waiting", 0), "switch": ("waiting", 0)}


def test_a_training_runs_while_its_folder_is_held_and_is_stopped_once_nobody_holds_it(folders: LoopFolders) -> None:
    export(folders, 2)
    folders.model.mkdir()
    write_status(folders.model, Status("training", step=3, of=10))
    with locked(folders.model):
        (running,) = (step for step in loop_steps(folders, BOTH) if step.name == "train")
    assert (running.state, running.message) == ("running", "3 of 10")
    assert states(folders)["train"] == ("stopped", 2)
    write_status(folders.model, Status("failed", message="The disk is full."))
    assert states(folders)["train"] == ("failed", 2)


def test_a_taught_model_is_measured_switched_to_and_due_again_with_new_corrections(folders: LoopFolders) -> None:
    export(folders, 2)
    finish_training(folders)
    assert states(folders) == {"export": ("done", 0), "build": ("due", 2), "train": ("done", 0), "bench": ("due", 0), "switch": ("due", 0)}
    name = f"embedded:{folders.model}"
    assert folders.results is not None
    folders.results.mkdir()
    model = {"name": name, "digest": weights_digest(name)}
    (folders.results / "results.json").write_text(json.dumps({"model": model, "figures": [{"name": "vqa_accuracy", "value": 0.6}]}))
    steps = {step.name: step for step in loop_steps(folders, BOTH, (name, "embedded"))}
    assert steps["train"].figures == (("labels agreed with", 0.5, 0.8), ("type_accuracy", 0.7, 0.72))
    assert (steps["bench"].state, steps["bench"].figures) == ("done", (("vqa_accuracy", None, 0.6),))
    assert (steps["switch"].state, steps["switch"].message) == ("done", f"{name} is on offer: choose it as the model, or embedded to go back.")
    (folders.model / "learnt.json").write_text(json.dumps({"revisions": ["revision-0"], "trust": {}}))
    assert states(folders)["train"] == ("due", 1)


def test_the_commands_are_those_of_the_command_lines(folders: LoopFolders, tmp_path: Path) -> None:
    commands = {step.name: step.command for step in loop_steps(folders, BOTH)}
    at = tmp_path
    assert commands == {
        "export": f"python -m core.export --data-dir {at}/data --select submitted --out {at}/export",
        "build": f"python -m core.builder run --source photos --corrections {at}/export --out {at}/build",
        "train": f"python -m train embedded --corrections {at}/export --init {at}/init --out {at}/embedded2",
        "bench": f"python -m bench run --bench {at}/bench --backend embedded:{at}/embedded2 --out {at}/results",
        "switch": f"python app.py --data-dir {at}/data --backend embedded:{at}/embedded2 embedded",
    }


def test_without_a_source_and_a_bench_the_loop_is_shorter(tmp_path: Path) -> None:
    steps = loop_steps(LoopFolders(tmp_path / "data", tmp_path / "export", tmp_path / "model"), frozenset())
    assert [step.name for step in steps] == ["export", "train", "switch"]


def test_what_a_folder_has_learnt_from_is_read_back_or_refused(folders: LoopFolders) -> None:
    export(folders, 2)
    folders.model.mkdir()
    write_learnt(folders.model, [folders.export], {"ann": 0.5})
    learnt = read_learnt(folders.model)
    assert (learnt.revisions, dict(learnt.trust)) == (BOTH, {"ann": 0.5}) and revisions_in([folders.export]) == BOTH
    (folders.model / "learnt.json").write_text("[]")
    with pytest.raises(InvalidInput, match="does not say what it has learnt from"):
        read_learnt(folders.model)


def test_the_loop_is_told_without_torch() -> None:
    told = "import sys, train.loop; print('torch' in sys.modules, 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split() == ["False", "False"]
