"""`python -m train embedded` from photographs to files, at the smallest size; its command line; its refusals."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.backends.embedded.weights import load_model
from core.errors import InvalidInput
from train.__main__ import main, parse_args
from train.config import EmbeddedConfig
from train.sources import find_sources

pytestmark = pytest.mark.slow


def write_photographs(folder: Path, count: int, suffix: str) -> list[str]:
    folder.mkdir(parents=True)
    names = []
    for number in range(count):
        rng = np.random.default_rng(number)
        coarse = cv2.resize(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8), (96, 80), interpolation=cv2.INTER_CUBIC)
        pixels = np.clip(coarse + rng.normal(0, 3 + number % 30, coarse.shape), 0, 255).astype(np.uint8)
        names.append(f"{number:03}{suffix}")
        cv2.imwrite(str(folder / names[-1]), pixels)
    return names


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 photographs, and 120 with scores that fall with their noise."""
    folder = tmp_path_factory.mktemp("data")
    write_photographs(folder / "photos", 24, ".png")
    names = write_photographs(folder / "mos" / "images", 120, ".jpg")
    with (folder / "mos" / "mos.csv").open("w", newline="", encoding="utf-8") as lines:
        rows = csv.writer(lines)
        rows.writerow(("image", "mos", "subset"))
        rows.writerows((name, 0.95 - 0.03 * (number % 30), ("ss01", "ss03")[number % 2]) for number, name in enumerate(names))
    return folder


def a_config(data: Path, out: Path, **changed: int) -> EmbeddedConfig:
    return EmbeddedConfig(data / "photos", data / "mos", out, **{"samples": 400, "steps": 10, "members": 2, "batch": 4, "workers": 2, **changed})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from train.embedded import train_embedded

    out = tmp_path_factory.mktemp("run")
    train_embedded(a_config(data, out))
    return out


def test_a_run_leaves_a_model_that_loads_with_its_card_and_settings(run: Path) -> None:
    model = load_model(run)
    assert 0 < model.half_width < 1
    card = json.loads((run / "card.json").read_text(encoding="utf-8"))
    assert card["figures_on_photographs_kept_for_them"]["scored_photographs"] == 12
    assert json.loads((run / "config.json").read_text(encoding="utf-8"))["steps"] == 10
    assert not list(run.glob("*.part*"))


def test_a_run_that_is_taken_up_again_ends_with_the_same_files(run: Path, data: Path) -> None:
    from train.embedded import train_embedded

    before = {name: (run / name).read_bytes() for name in ("weights.safetensors", "card.json")}
    for path in (run / "weights.safetensors", run / "card.json", *run.glob("network-*"), *run.glob("statistics-clean-*")):
        path.unlink()
    train_embedded(a_config(data, run))
    assert {name: (run / name).read_bytes() for name in before} == before


def test_samples_of_a_run_that_was_killed_are_gone_on_with(data: Path, tmp_path: Path) -> None:
    from train.sources import samples_of, samples_path

    split = find_sources(a_config(data, tmp_path)).training
    whole = samples_of(split, "training", 20, a_config(data, tmp_path / "whole"), lambda _: None)
    config = a_config(data, tmp_path / "cut")
    done = samples_path(config, "training", 20)
    shutil.copytree(samples_path(a_config(data, tmp_path / "whole"), "training", 20), done.with_suffix(".part"))
    lines = (done.with_suffix(".part") / "truth.jsonl").read_text().splitlines(keepends=True)
    (done.with_suffix(".part") / "truth.jsonl").write_text("".join(lines[:7]) + lines[7][:3])
    np.lib.format.open_memmap(done.with_suffix(".part") / "statistics.npy", mode="r+")[7:] = 0
    made = list[int]()
    again = samples_of(split, "training", 20, config, made.append)
    assert again.truth == whole.truth
    np.testing.assert_array_equal(again.statistics, whole.statistics)


def test_no_photograph_is_on_two_sides(data: Path, tmp_path: Path) -> None:
    sources = find_sources(a_config(data, tmp_path))
    splits = (sources.training, sources.calibration, sources.evaluation)
    sides = [{*chain(*split.pristine), *chain(*split.clean), *(path for path, _ in split.scored)} for split in splits]
    assert all(not (one & other) for one, other in ((sides[0], sides[1]), (sides[0], sides[2]), (sides[1], sides[2])))
    assert sum(len(side) for side in sides) == 144
    assert all(path.parent.name == "photos" or 0.95 - 0.03 * (int(path.stem) % 30) >= 0.70 for path in chain(*sources.training.clean))


def test_every_further_folder_is_a_source_of_its_own_on_all_sides(data: Path, tmp_path: Path) -> None:
    write_photographs(tmp_path / "more", 20, ".jpg")
    alone, more = (find_sources(replace(a_config(data, tmp_path), more_photos=folders)) for folders in ((), (tmp_path / "more",)))
    assert [len(source) for source in more.training.pristine[:2]] == [len(alone.training.pristine[0]), 16]
    assert all({path.parent for path in split.clean[1]} == {tmp_path / "more"} for split in (more.training, more.calibration, more.evaluation))
    assert alone.training.everyday and not alone.calibration.everyday and not alone.evaluation.everyday


def test_a_further_folder_without_photographs_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        find_sources(replace(a_config(data, tmp_path), more_photos=(tmp_path,)))
    assert str(refused.value) == f"There is no photograph in {tmp_path}: name folders with files of .webp, .png, .jpg, .jpeg."


def test_too_few_photographs_are_refused(data: Path, tmp_path: Path) -> None:
    config = EmbeddedConfig(tmp_path, data / "mos", tmp_path)
    with pytest.raises(InvalidInput) as refused:
        find_sources(config)
    assert str(refused.value) == f"At least 20 photographs and 100 human scores are needed, found 0 in {tmp_path} and 120 in {data / 'mos'}."


def test_a_table_that_is_missing_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"Human scores are read from a table with the columns image, mos, subset: .*mos\.csv"):
        find_sources(EmbeddedConfig(data / "photos", tmp_path, tmp_path))


def test_the_command_line_is_the_config() -> None:
    config = parse_args(["embedded", "--photos", "a", "--mos", "b", "--out", "c", "--steps", "7", "--learning-rate", "0.1", "--more-photos", "d", "e"])
    assert config == EmbeddedConfig(Path("a"), Path("b"), Path("c"), (Path("d"), Path("e")), steps=7, learning_rate=0.1)


def test_a_refusal_is_one_line_and_a_failing_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["embedded", "--photos", str(tmp_path), "--mos", str(tmp_path), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("python -m train: error: Human scores are read from a table")


def test_help_is_quick_for_it_knows_no_torch() -> None:
    code = "import sys, train.__main__ as m\ntry: m.main(['embedded', '--help'])\nexcept SystemExit: pass\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--photos" in done.stdout and done.stdout.splitlines()[-1] == "False"
