"""Perception from pixels to evidence, with the shipped weights: sensible on photographs, calm on what is none, clear where it cannot work."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.backends.embedded import weights
from core.backends.embedded.evidence import Evidence
from core.backends.embedded.network import cell_inputs, forward
from core.backends.embedded.perception import perceive, sigmoid
from core.backends.embedded.regions import find_regions, is_present, read_region
from core.backends.embedded.statistics import NAMES, view
from core.backends.embedded.weights import FOLDER, load_model
from core.boxes import WHOLE_IMAGE, Box, iou
from core.distortions import TAXONOMY
from core.errors import BackendUnavailable
from core.images import Image
from core.quality import Fault

Pixels = NDArray[np.uint8]
LEFT = Box(0.1, 0.15, 0.6, 0.75)
SOURCES = ("astronaut", "coffee", "chelsea", "rocket")  # scikit-image's own photographs: no source of the training


def photograph(name: str) -> Pixels:
    from skimage import data

    taken = {"astronaut": data.astronaut, "coffee": data.coffee, "chelsea": data.chelsea, "rocket": data.rocket, "motorcycle": lambda: data.stereo_motorcycle()[0]}
    pixels: Pixels = taken[name]()
    return pixels


def an_image(pixels: Pixels) -> Image:
    return Image(np.ascontiguousarray(pixels), "0" * 64, "PNG")


def with_fault(pixels: Pixels, fault: Callable[[Pixels], Pixels], box: Box = LEFT) -> Pixels:
    height, width = pixels.shape[:2]
    rows, columns = slice(round(box.y1 * height), round(box.y2 * height)), slice(round(box.x1 * width), round(box.x2 * width))
    out = pixels.copy()
    out[rows, columns] = fault(pixels)[rows, columns]
    return out


def noisy(pixels: Pixels) -> Pixels:
    return np.clip(pixels + np.random.default_rng(0).normal(0, 40, pixels.shape), 0, 255).astype(np.uint8)


def of_large_pixels(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return np.asarray(cv2.resize(pixels[2::5, 2::5], (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def compressed(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 7])[1], cv2.IMREAD_COLOR), np.uint8)


def blurred(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 4), np.uint8)


def check(evidence: Evidence) -> None:
    """Every map has the grid's shape and lies in [0, 1]; the score is in order."""
    assert set(evidence.probability) == set(evidence.strength) == set(Fault)
    scene = (evidence.quality, evidence.lightness, evidence.detail, evidence.colorfulness)
    for values in (*evidence.probability.values(), *evidence.strength.values(), *scene):
        assert values.shape == (20, 20) and values.dtype == np.float32
        assert np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1
    score = evidence.overall
    assert score.value is not None and score.low is not None and score.high is not None
    assert 0 <= score.low <= score.value <= score.high <= 1


@pytest.mark.parametrize("name", ["astronaut", "chelsea"])
def test_a_clean_photograph_of_another_source_is_called_clean(name: str) -> None:
    evidence = perceive(an_image(photograph(name)), load_model())
    check(evidence)
    assert [fault for fault in Fault if find_regions(evidence, fault, "describe")] == []


@pytest.mark.parametrize(
    ("fault", "make"),
    [
        pytest.param(Fault.NOISE, noisy, id="noise"),
        pytest.param(Fault.PIXELATION, of_large_pixels, id="pixelation"),
        pytest.param(Fault.JPEG, compressed, id="JPEG"),
        pytest.param(Fault.BLUR, blurred, id="blur"),
    ],
)
@pytest.mark.parametrize("name", ["astronaut", "chelsea"])
def test_a_strong_local_fault_is_seen_where_it_is_and_nowhere_else(name: str, fault: Fault, make: Callable[[Pixels], Pixels]) -> None:
    evidence = perceive(an_image(with_fault(photograph(name), make)), load_model())
    assert is_present(evidence.points, fault, read_region(evidence, LEFT)[fault], "answer")
    if (name, fault) != ("chelsea", Fault.BLUR):  # what is behind the cat is out of focus
        assert not is_present(evidence.points, fault, read_region(evidence, Box(0.7, 0.1, 1, 0.9))[fault], "answer")
    (region, *_) = find_regions(evidence, fault, "answer")
    assert iou(region.box, LEFT) > 0.5


def test_a_stronger_fault_reads_stronger_and_scores_lower() -> None:
    rng, pixels = np.random.default_rng(0), photograph("coffee")
    grain = rng.normal(0, 1, pixels.shape)
    seen = [perceive(an_image(np.clip(pixels + sigma * grain, 0, 255).astype(np.uint8)), load_model()) for sigma in (0, 12, 25, 60)]
    strengths = [read_region(evidence, WHOLE_IMAGE)[Fault.NOISE].strength for evidence in seen[1:]]
    scores = [evidence.overall.value or 0.0 for evidence in seen]
    assert strengths == sorted(strengths)
    assert scores[0] > scores[2] > scores[3]


@pytest.mark.parametrize("name", ["contrast_scale_up", "contrast_stretch_up", "oversharpen", "brighten_gamma_hsv", "saturate_hsv_down", "jitter"])
def test_the_mean_score_falls_with_the_severity_of_what_people_notice_least(name: str) -> None:
    model = load_model()
    scores = [[perceive(an_image(TAXONOMY[name].apply(photograph(one)[::2, ::2], level, np.random.default_rng(0))), model).overall.value or 0.0 for one in SOURCES] for level in (1, 3, 5)]
    mild, middle, strong = np.mean(scores, axis=1)
    assert mild > middle > strong


@pytest.mark.parametrize("name", ["motorcycle", "rocket", "coffee"])
def test_a_photograph_scores_at_its_own_size_what_it_scores_reduced_to_the_size_that_people_rated(name: str) -> None:
    pixels = photograph(name)
    assert max(pixels.shape) > 512
    own, reduced = (perceive(an_image(shown), load_model()).overall.value for shown in (pixels, view(pixels)))
    assert own == pytest.approx(reduced, abs=0.03)


@pytest.mark.parametrize("make", [noisy, of_large_pixels, compressed, blurred])
def test_a_fault_costs_a_larger_photograph_too(make: Callable[[Pixels], Pixels]) -> None:
    pixels = photograph("motorcycle")
    clean, faulty = (perceive(an_image(shown), load_model()).overall.value or 0.0 for shown in (pixels, make(pixels)))
    assert faulty < clean - 0.05


def test_the_scene_is_described_without_judgement() -> None:
    pixels = np.zeros((400, 400, 3), np.uint8)
    pixels[:, 200:] = (255, 255, 255)
    pixels[200:, :200] = np.random.default_rng(0).integers(0, 2, (200, 200, 1)) * 255
    evidence = perceive(an_image(pixels), load_model())
    assert evidence.lightness[2:8, 2:8].max() < 0.05 and evidence.lightness[2:8, 12:18].min() > 0.95
    assert evidence.detail[12:18, 2:8].min() > evidence.detail[2:8, 2:8].max() + 0.5
    assert evidence.colorfulness.max() < 0.05


RNG = np.random.default_rng(3)
ODD_IMAGES = {
    "one pixel": np.full((1, 1, 3), 90, np.uint8),
    "two by three": RNG.integers(0, 256, (2, 3, 3), dtype=np.uint8),
    "under 32 pixels": RNG.integers(0, 256, (24, 31, 3), dtype=np.uint8),
    "black": np.zeros((300, 400, 3), np.uint8),
    "white": np.full((300, 400, 3), 255, np.uint8),
    "one colour": np.full((300, 400, 3), (30, 160, 90), np.uint8),
    "pure noise": RNG.integers(0, 256, (300, 400, 3), dtype=np.uint8),
    "line art": np.where(np.indices((300, 400)).sum(0)[..., None] % 40 < 2, 0, 255).repeat(3, 2).astype(np.uint8),
    "a panorama": np.asarray(cv2.resize(RNG.integers(0, 256, (10, 400, 3), dtype=np.uint8), (20_000, 500)), np.uint8),
    "a tall strip": RNG.integers(0, 256, (5000, 8, 3), dtype=np.uint8),
}


@pytest.mark.parametrize("name", ODD_IMAGES)
def test_no_image_is_too_odd_to_be_looked_at(name: str) -> None:
    evidence = perceive(an_image(ODD_IMAGES[name]), load_model())
    check(evidence)
    for fault in Fault:
        assert len(find_regions(evidence, fault, "answer")) <= 3


def test_greyscale_is_a_choice_and_no_fault_of_colour() -> None:
    grey = cv2.cvtColor(cv2.cvtColor(photograph("chelsea"), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    evidence = perceive(an_image(np.asarray(grey, np.uint8)), load_model())
    assert not find_regions(evidence, Fault.SATURATION, "describe") and not find_regions(evidence, Fault.COLOR_CAST, "describe")


def test_looking_twice_shows_the_same() -> None:
    image = an_image(photograph("rocket"))
    first, second = (perceive(image, load_model()) for _ in range(2))
    assert first.overall == second.overall
    for fault in Fault:
        np.testing.assert_array_equal(first.probability[fault], second.probability[fault])


def test_sigmoid_neither_overflows_nor_leaves_the_unit_interval() -> None:
    logits = np.array([-1e4, -1.0, 0.0, 1.0, 1e4], np.float32)
    np.testing.assert_allclose(sigmoid(logits), [0, 0.268941, 0.5, 0.731059, 1], atol=1e-6)


def test_the_network_sees_a_shifted_image_the_same_way_inside() -> None:
    weights, rng = load_model().weights, np.random.default_rng(0)
    maps = weights["mean"] + weights["std"] * rng.normal(0, 0.1, (20, 20, len(NAMES))).astype(np.float32)
    mirrored = forward(cell_inputs(maps[::-1, ::-1], weights), weights).logits[::-1, ::-1]
    assert mirrored.shape == (20, 20, 2 * len(Fault))
    straight = forward(cell_inputs(maps, weights), weights).logits
    assert float(np.corrcoef(straight.ravel(), mirrored.ravel())[0, 1]) > 0.9


def test_the_shipped_files_are_small_and_say_where_they_come_from() -> None:
    assert (FOLDER / "weights.safetensors").stat().st_size < 8_000_000
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    assert "CC BY-SA 4.0" in " ".join(card["trained_on"]) and "BIQ2021" in " ".join(card["trained_on"])
    assert 0.05 < load_model().half_width < 0.4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("weights.safetensors", "card.json"):
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


def without_weights(folder: Path) -> Path:
    (folder / "weights.safetensors").unlink()
    return folder / "weights.safetensors"


def without_card(folder: Path) -> Path:
    (folder / "card.json").unlink()
    return folder / "card.json"


def truncated(folder: Path) -> Path:
    path = folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    return path


def of_another_version(folder: Path) -> Path:
    from safetensors.numpy import save_file

    save_file({"mean": np.zeros(7, np.float32)}, folder / "weights.safetensors")
    return folder / "weights.safetensors"


def without_a_layer(folder: Path) -> Path:
    return changed(folder, lambda kept: kept.pop("net1.coarse2.up.weight"))


def of_another_width(folder: Path) -> Path:
    return changed(folder, lambda kept: kept.update({"net0.head.weight": kept["net0.head.weight"][:50]}))


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    from safetensors.numpy import load_file, save_file

    path = folder / "weights.safetensors"
    kept = load_file(path)
    change(kept)
    save_file({name: np.ascontiguousarray(array) for name, array in kept.items()}, path)
    return path


def not_json(folder: Path) -> Path:
    (folder / "card.json").write_text("<html>", encoding="utf-8")
    return folder / "card.json"


def without_a_fault(folder: Path) -> Path:
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    del card["operating_points"]["describe"]["banding"]
    path.write_text(json.dumps(card), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(without_weights, "The embedded model's weights cannot be read: {path} (", id="no weights"),
        pytest.param(truncated, "The embedded model's weights cannot be read: {path} (", id="truncated weights"),
        pytest.param(of_another_version, "The embedded model's weights do not fit this version: {path}.", id="weights of another version"),
        pytest.param(without_a_layer, "The embedded model's weights do not fit this version: {path}.", id="weights that lack a layer"),
        pytest.param(of_another_width, "The embedded model's weights do not fit this version: {path}.", id="a layer of another width"),
        pytest.param(without_card, "The embedded model's card cannot be read: {path} (", id="no card"),
        pytest.param(not_json, "The embedded model's card is damaged: {path} (", id="a card that is not JSON"),
        pytest.param(without_a_fault, "The embedded model's card is damaged: {path} (KeyError('banding')).", id="a card without a fault"),
    ],
)
def test_damaged_files_are_named_with_what_to_do(folder: Path, damage: Callable[[Path], Path], said: str) -> None:
    path = damage(folder)
    with pytest.raises(BackendUnavailable) as refused:
        load_model(folder)
    assert str(refused.value).startswith(said.format(path=path))
    assert str(refused.value).endswith("Name a folder that python -m train embedded made with this version.")


def test_the_shipped_weights_have_a_command_that_makes_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "FOLDER", folder)
    without_weights(folder)
    with pytest.raises(BackendUnavailable, match=r"Restore it from the repository, or make it: python -m train embedded --photos DIR --mos DIR --out "):
        load_model(folder)
