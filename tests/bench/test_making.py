"""A benchmark made of photographs: in the wanted proportions, the same again by its seed, and sound."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.config import MakeConfig, RunConfig
from bench.items import faults, read_bench
from bench.making import _wanted, make_bench
from bench.run import run_bench
from core.errors import InvalidInput
from tests.conftest import shipped


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for name in ("astronaut.png", "coffee.png", "chelsea.png"):
        shutil.copy(shipped(name), folder / name)
    return folder


@pytest.fixture(scope="module")
def made(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bench") / "made"
    make_bench(MakeConfig(photos, out, des=4, vqa=20))
    return out


def test_the_proportions_are_the_papers() -> None:
    assert _wanted(150) == {"yes": 40, "no": 40, "what": 28, "why": 16, "how": 11, "absent": 15} and sum(_wanted(7).values()) == 7
    assert _wanted(0) == {"yes": 0, "no": 0, "what": 0, "why": 0, "how": 0, "absent": 0}


def test_a_made_benchmark_is_sound_and_holds_what_was_wanted(made: Path) -> None:
    bench = read_bench(made)
    assert faults(bench) == [] and bench.counts()["description"] == 4
    questions = [item for item in bench.items if item.kind != "description"]
    answers = Counter(item.reference.text.split(".")[0].split(",")[0].split(" ")[0] for item in questions if item.kind == "yes_no")
    assert len(questions) >= 16 and answers["Yes"] == answers["No"] > 0 and sum(item.is_absent for item in questions) == 2
    assert any(item.is_grounding for item in questions) and "exact" in (made / "README.md").read_text()


def test_the_embedded_model_can_be_measured_on_it(made: Path, tmp_path: Path) -> None:
    figures = {one.name: one for one in run_bench(RunConfig(made, tmp_path / "out"), lambda _what, _done, _of: None).figures}
    assert figures["vqa_acc_yes_no"].value is not None and figures["des_miou_strict"].value is not None and figures["vqa_absent_rejected"].count == 2


@pytest.mark.slow
def test_the_same_seed_makes_the_same_benchmark(photos: Path, made: Path, tmp_path: Path) -> None:
    main(["make", "--photos", str(photos), "--out", str(tmp_path / "again"), "--des", "4", "--vqa", "20"])
    assert read_bench(tmp_path / "again").digest == read_bench(made).digest
    make_bench(MakeConfig(photos, tmp_path / "other", des=4, vqa=20, seed=1))
    assert read_bench(tmp_path / "other").digest != read_bench(made).digest


def test_a_folder_that_holds_something_is_refused(photos: Path, made: Path) -> None:
    with pytest.raises(InvalidInput, match="not empty"):
        make_bench(MakeConfig(photos, made))
