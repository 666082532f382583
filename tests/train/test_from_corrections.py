"""`python -m train embedded --corrections`, from an export to a model that answers by its name."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.backends import load
from core.backends.base import QualityModel
from core.backends.embedded.weights import FOLDER
from core.builder.lock import locked
from core.errors import BackendUnavailable, InvalidInput
from core.grounded_text import compose, plain
from core.images import Image
from tests.conftest import heed_ctrl_c
from tests.train.corrected import NOISY, PATTERN, a_photograph, a_record, an_export, write_export
from tests.waiting import until
from train.__main__ import main, parse_args
from train.config import SHIPPED, CorrectionsConfig
from train.from_corrections import contradicted
from train.learnt import read_learnt
from train.replay import FILE, read_replay, write_replay
from train.sft.status import read_status

ASKED = compose("Is the ", ("middle", [PATTERN]), " noisy?")


@pytest.fixture(scope="module")
def init(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model with a fifth of its replay: quicker."""
    folder = tmp_path_factory.mktemp("models") / "init"
    shutil.copytree(FOLDER, folder)
    kept = read_replay(FOLDER / FILE)
    part = [array[:40] for array in (kept.statistics, kept.medians, kept.present, kept.strength)]
    write_replay(folder / FILE, replace(kept, statistics=part[0], medians=part[1], present=part[2], strength=part[3], truth=kept.truth[:40]))
    return folder


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return an_export(tmp_path_factory.mktemp("data") / "export", range(36))


@pytest.fixture(scope="module")
def run(init: Path, export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "embedded2"
    main(["embedded", "--corrections", str(export), "--init", str(init), "--out", str(out)])
    return out


def says_noisy(name: str, images: list[Image]) -> float:
    """The share of images of which the model says that their middle is noisy."""
    backend = load(name)
    assert isinstance(backend, QualityModel)
    return float(np.mean([backend.answer(image, ASKED).text.startswith("Yes") for image in images]))


def test_the_taught_model_says_on_other_photographs_what_people_said(run: Path) -> None:
    patterned, plain_ones = ([a_photograph(number, patterned=kind) for number in range(100, 112)] for kind in (True, False))
    assert says_noisy("embedded", patterned) < 0.2
    assert says_noisy(f"embedded:{run}", patterned) > 0.5 > 0.4 > says_noisy(f"embedded:{run}", plain_ones)


def test_the_folder_tells_what_it_was_taught_and_what_came_of_it(run: Path, init: Path, export: Path) -> None:
    card = json.loads((run / "card.json").read_text())
    taught = card["taught"]
    assert (taught["records"], taught["images"], taught["annotators"], taught["labels_of_presence"]) == (36, 36, 2, 24)
    assert card["corrections_agreed_with"]["after"] > card["corrections_agreed_with"]["before"]
    assert set(card["samples_kept_aside"]) == {"before", "after"}
    readme = (run / "README.md").read_text()
    assert "Taught by 36 corrected records of 36 images by 2 people" in readme and "| before | after |" in readme and "CID22" in readme
    learnt = read_learnt(run)
    assert len(learnt.revisions) == 36 and set(learnt.trust) == {"ann", "bob"}
    assert (run / FILE).read_bytes() == (init / FILE).read_bytes()
    assert read_status(run).state == "finished"
    assert sorted(path.name for path in run.iterdir() if path.suffix == ".part") == []
    assert json.loads((run / "config.json").read_text())["corrections"] == [str(export)]


@pytest.mark.slow
def test_a_taught_model_can_be_taught_again(run: Path, tmp_path: Path) -> None:
    again = tmp_path / "embedded3"
    main(["embedded", "--corrections", str(an_export(tmp_path / "more", range(40, 46))), "--init", str(run), "--out", str(again)])
    patterned = [a_photograph(number, patterned=True) for number in range(100, 108)]
    assert says_noisy(f"embedded:{again}", patterned) > 0.5


@pytest.mark.slow
def test_the_same_corrections_give_the_same_model(run: Path, init: Path, export: Path, tmp_path: Path) -> None:
    main(["embedded", "--corrections", str(export), "--init", str(init), "--out", str(tmp_path / "same")])
    assert (tmp_path / "same" / "weights.safetensors").read_bytes() == (run / "weights.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param(0.57, "", id="labels that hold of other images"),
        pytest.param(0.35, "", id="just"),
        pytest.param(None, "", id="too few images to tell"),
        pytest.param(
            0.18,
            "Beware: models that were taught most of people's labels say only 18% of the rest, no more than of labels given at random: "
            "they contradict each other or the images. Look through the corrections before you use this model.",
            id="labels that nothing explains",
        ),
    ],
)
def test_corrections_that_contradict_each_other_are_told_of(after: float | None, said: str) -> None:
    assert contradicted(after) == said


def nobody_submitted(folder: Path) -> list[str]:
    image = a_photograph(0, patterned=True)
    return [str(write_export(folder, [a_record(image, NOISY, status="draft")], [image]))]


def without_images(folder: Path) -> list[str]:
    return [str(write_export(folder, [a_record(a_photograph(0, patterned=True), NOISY)]))]


def of_no_fault(folder: Path) -> list[str]:
    image = a_photograph(0, patterned=True)
    return [str(write_export(folder, [a_record(image, plain("A cat on a chair."))], [image]))]


def no_folder(folder: Path) -> list[str]:
    return [str(folder)]


def a_changed_image(folder: Path) -> list[str]:
    image, other = a_photograph(0, patterned=True), a_photograph(1, patterned=True)
    write_export(folder, [a_record(image, NOISY)], [image, other])
    paths = {path.stem: path for path in (folder / "images").iterdir()}
    shutil.copyfile(paths[other.sha256], paths[image.sha256])
    return [str(folder)]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(nobody_submitted, "Nobody has submitted anything in ", id="drafts alone"),
        pytest.param(without_images, "1 images of ", id="images missing"),
        pytest.param(of_no_fault, "None of the 1 corrected records in ", id="nothing said of faults"),
        pytest.param(no_folder, "is not a native folder", id="no folder"),
        pytest.param(a_changed_image, "is not the image that was corrected", id="another image under its name"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_in_one_line(
    make: Callable[[Path], list[str]], said: str, init: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["embedded", "--corrections", *make(tmp_path / "export"), "--init", str(init), "--out", str(tmp_path / "out")])
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("python -m train: error: ") and said in error
    assert not (tmp_path / "out" / "card.json").exists()


def a_config(export: Path, out: Path, init: Path = SHIPPED) -> CorrectionsConfig:
    return CorrectionsConfig((export,), out, init)


def test_a_folder_that_holds_something_is_left_alone(run: Path, export: Path, init: Path, tmp_path: Path) -> None:
    from train.from_corrections import run_corrections

    with pytest.raises(InvalidInput, match="holds a model already: name a new folder with --out"):
        run_corrections(a_config(export, run, init))
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InvalidInput, match="is not an empty folder"):
        run_corrections(a_config(export, tmp_path, init))
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / "config.json").write_text("{}")
    with pytest.raises(InvalidInput, match="holds a run with other settings"):
        run_corrections(a_config(export, begun, init))


def test_two_runs_do_not_share_a_folder(export: Path, init: Path, tmp_path: Path) -> None:
    from train.from_corrections import run_corrections

    with locked(tmp_path), pytest.raises(InvalidInput, match=r"is in use by process \d+"):
        run_corrections(a_config(export, tmp_path, init))


def test_a_model_of_another_version_or_without_a_memory_is_no_beginning(export: Path, init: Path, tmp_path: Path) -> None:
    from train.from_corrections import run_corrections

    with pytest.raises(BackendUnavailable, match="The embedded model's weights cannot be read"):
        run_corrections(a_config(export, tmp_path / "out", tmp_path))
    shutil.copytree(init, tmp_path / "forgetful")
    (tmp_path / "forgetful" / FILE).unlink()
    with pytest.raises(InvalidInput, match="What keeps the embedded model from forgetting cannot be read"):
        run_corrections(a_config(export, tmp_path / "out", tmp_path / "forgetful"))
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_ctrl_c_leaves_no_half_model_and_the_same_command_begins_anew(export: Path, init: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "train", "embedded", "--corrections", str(export), "--init", str(init), "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c)
    until(lambda: process.poll() is not None or ((out / "status.json").exists() and read_status(out).state == "training"))
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130 and error.strip().endswith("holds no model yet: run the same command again to begin anew.")
    assert read_status(out).state == "stopped" and not (out / "card.json").exists() and not (out / "weights.safetensors").exists()
    assert _begins_anew(command)


def _begins_anew(command: list[str]) -> bool:
    """Whether the same command gets to learning again; it is stopped there."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    out = Path(command[-1])
    until(lambda: process.poll() is not None or read_status(out).state == "training")
    process.kill()
    process.communicate()
    return read_status(out).state == "stopped"


def test_the_command_line_is_the_frozen_value() -> None:
    given = parse_args(["embedded", "--corrections", "a", "b", "--out", "c", "--seed", "3"])
    assert given == CorrectionsConfig((Path("a"), Path("b")), Path("c"), seed=3)
    assert SHIPPED == FOLDER


