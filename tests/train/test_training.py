"""The embedded model's training on a few photographs and steps: it runs whole, resumes, and repeats itself."""

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as PillowImage

from core.errors import InvalidInput
from core.quality import Fault
from train.__main__ import parse_args
from train.config import EmbeddedConfig
from train.samples import FAULTS
from train.sources import find_sources


def test_help_needs_no_torch():
    code = "import sys; from train.__main__ import parse_args\ntry: parse_args(['embedded', '--help'])\nexcept SystemExit: pass\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=Path(__file__).parents[2])


def test_the_command_line_is_the_configuration():
    config = parse_args(["embedded", "--photos", "a", "--mos", "b", "--out", "c", "--steps", "7", "--held-out", "0.3"])
    assert config == EmbeddedConfig(Path("a"), Path("b"), Path("c"), steps=7, held_out=0.3)


def test_folders_with_nothing_to_learn_from_are_refused(tmp_path):
    (tmp_path / "mos.csv").write_text("image,mos,subset\n")
    with pytest.raises(InvalidInput, match="photographs"):
        find_sources(EmbeddedConfig(tmp_path, tmp_path, tmp_path))


def test_a_table_without_scores_is_refused_with_the_columns_it_needs(tmp_path):
    (tmp_path / "mos.csv").write_text("name;score\n")
    with pytest.raises(InvalidInput):
        find_sources(EmbeddedConfig(tmp_path, tmp_path, tmp_path))


def test_every_fault_can_be_learnt():
    assert tuple(Fault) == FAULTS


@pytest.fixture
def config(tmp_path):
    photos, mos = tmp_path / "photos", tmp_path / "mos"
    (mos / "images").mkdir(parents=True)
    photos.mkdir()
    rng = np.random.default_rng(0)
    astronaut = skimage.data.astronaut()
    rows = []
    for number in range(120):
        top, left = rng.integers(0, 256, 2)
        picture = PillowImage.fromarray(astronaut[top : top + 256, left : left + 256])
        if number < 24:
            picture.save(photos / f"{number}.png")
        picture.save(mos / "images" / f"{number}.jpg")
        rows.append({"image": f"{number}.jpg", "mos": round(0.3 + 0.005 * number, 2), "subset": "ss03" if number > 80 else "ss01"})
    with (mos / "mos.csv").open("w", newline="") as lines:
        table = csv.DictWriter(lines, ["image", "mos", "subset"])
        table.writeheader()
        table.writerows(rows)
    return EmbeddedConfig(photos, mos, tmp_path / "out", samples=600, steps=6, batch=8, held_out=0.25, workers=2)


def test_no_photograph_is_on_two_sides(config):
    sources = find_sources(config)
    sides = [{*split.pristine, *(path for path, _ in split.scored)} for split in (sources.training, sources.calibration, sources.evaluation)]
    assert all(sides)
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


@pytest.mark.slow
def test_a_training_writes_a_model_that_loads_and_does_not_make_its_samples_twice(config):
    from core.backends.embedded.weights import load_model
    from train.embedded import train_embedded

    figures = train_embedded(config)
    assert 0 <= figures["yes_no_balanced_accuracy"] <= 1
    model = load_model(config.out)
    kept = {path.name: path.stat().st_mtime_ns for path in config.out.glob("samples-*")}
    train_embedded(replace(config, steps=3))
    assert kept == {path.name: path.stat().st_mtime_ns for path in config.out.glob("samples-*")}
    assert model.weights["mean"].shape == load_model.__wrapped__(config.out).weights["mean"].shape
