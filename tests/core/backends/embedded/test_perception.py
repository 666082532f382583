import numpy as np
import pytest
import skimage.data

from core.backends.embedded.network import cell_inputs, forward
from core.backends.embedded.perception import perceive
from core.backends.embedded.regions import candidate_boxes, cell_weights, find_regions, is_present, read_region, score_region
from core.backends.embedded.statistics import GRID, NAMES, native_tiles, statistic_maps
from core.backends.embedded.weights import FOLDER, load_model
from core.boxes import WHOLE_IMAGE, Box, ImageSize, iou
from core.distortions import ALL, degrade, rectangle
from core.errors import BackendUnavailable
from core.images import Image
from core.quality import Fault

LOWER_RIGHT = Box(0.45, 0.45, 0.95, 0.95)


def image_of(pixels: np.ndarray) -> Image:
    return Image(np.ascontiguousarray(pixels), "0" * 64, "PNG")


def degraded(name: str, severity: int, box: Box = LOWER_RIGHT) -> Image:
    pixels = skimage.data.astronaut()
    region = rectangle(ImageSize(512, 512), box)
    return image_of(degrade(pixels, [(ALL[name], severity, region)], 0).pixels)


ODD = [
    pytest.param(np.zeros((1, 1, 3), np.uint8), id="one pixel"),
    pytest.param(np.full((20, 31, 3), 255, np.uint8), id="white and tiny"),
    pytest.param(np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8), id="pure noise"),
    pytest.param(np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 90, 0).repeat(3, 2), id="a grey ramp"),
    pytest.param(np.tile(np.array([[0, 255]], np.uint8)[..., None], (60, 2500, 3)), id="a panorama of stripes"),
]


@pytest.mark.parametrize("pixels", ODD)
def test_odd_images_give_finite_maps_in_range(pixels):
    evidence = perceive(image_of(pixels))
    for maps in (evidence.probability, evidence.strength):
        assert all(np.isfinite(plane).all() and plane.min() >= 0 and plane.max() <= 1 for plane in maps.values())
    assert 0 <= evidence.overall.low <= evidence.overall.value <= evidence.overall.high <= 1


def test_statistics_have_a_name_each_and_one_value_a_cell():
    maps = statistic_maps(skimage.data.coffee())
    assert maps.shape == (GRID, GRID, len(NAMES))
    assert np.isfinite(maps).all()


def test_tiles_begin_on_jpegs_block_grid():
    pixels = np.indices((640, 800)).transpose(1, 2, 0).astype(np.uint16)
    tiles = native_tiles(np.dstack([pixels[..., 0] % 8, pixels[..., 1] % 8, pixels[..., 0] * 0]).astype(np.uint8))
    assert tiles.shape == (20, 20, 40, 40, 3)
    assert (tiles[:, :, 0, 0] == 0).all()


def test_the_same_image_is_seen_the_same_way_twice():
    image = image_of(skimage.data.coffee())
    first, second = perceive(image), perceive(image)
    assert first.overall == second.overall
    assert all((first.probability[fault] == second.probability[fault]).all() for fault in Fault)


@pytest.mark.parametrize(
    ("name", "severity", "fault"),
    [("gaussian_noise_rgb", 3, Fault.NOISE), ("jpeg", 4, Fault.JPEG), ("gaussian_blur", 5, Fault.BLUR), ("saturate_hsv_up", 3, Fault.SATURATION)],
)
def test_a_strong_local_fault_is_found_where_it_is(name, severity, fault):
    evidence = perceive(degraded(name, severity))
    inside, outside = read_region(evidence, LOWER_RIGHT)[fault], read_region(evidence, Box(0, 0, 0.4, 0.4))[fault]
    assert inside.probability > outside.probability
    assert is_present(fault, inside, "answer")
    assert iou(find_regions(evidence, fault, "answer")[0].box, LOWER_RIGHT) > 0.3


@pytest.mark.parametrize("name", ["astronaut", "rocket"])
def test_a_clean_photograph_raises_no_fault_of_compression_or_pixelation(name):
    evidence = perceive(image_of(getattr(skimage.data, name)()))
    assert find_regions(evidence, Fault.JPEG, "describe") == []
    assert find_regions(evidence, Fault.PIXELATION, "describe") == []


def test_more_noise_is_stronger_noise():
    strengths = [read_region(perceive(degraded("gaussian_noise_rgb", severity)), LOWER_RIGHT)[Fault.NOISE].strength for severity in (1, 3, 5)]
    assert strengths == sorted(strengths)


def test_a_degraded_photograph_scores_lower_than_itself():
    clean = perceive(image_of(skimage.data.astronaut())).overall.value
    assert perceive(degraded("gaussian_blur", 5, WHOLE_IMAGE)).overall.value < clean


def test_the_score_of_a_region_lies_in_its_interval():
    score = score_region(perceive(degraded("gaussian_noise_rgb", 5)), LOWER_RIGHT)
    assert 0 <= score.low <= score.value <= score.high <= 1


def test_a_fault_everywhere_is_one_box_of_the_whole_image():
    assert candidate_boxes(np.full((20, 20), 0.9, np.float32)) == [WHOLE_IMAGE]


def test_nothing_has_no_region():
    assert candidate_boxes(np.full((20, 20), 0.01, np.float32)) == []


def test_a_rectangle_of_cells_is_found_exactly():
    probability = np.zeros((20, 20), np.float32)
    probability[4:10, 5:15] = 0.8
    assert candidate_boxes(probability) == [Box(0.25, 0.2, 0.75, 0.5)]


def test_cell_weights_are_the_covered_share_of_each_cell():
    weights = cell_weights(Box(0, 0, 0.075, 1), (20, 20))
    assert weights[:, 0] == pytest.approx(1)
    assert weights[:, 1] == pytest.approx(0.5)
    assert weights[:, 2:].max() == 0


def test_missing_weights_name_the_file_and_the_command(tmp_path):
    with pytest.raises(BackendUnavailable, match=r"weights\.safetensors.*python -m train embedded"):
        load_model(tmp_path)


@pytest.mark.parametrize(("name", "damage"), [("weights.safetensors", b"x" * 100), ("card.json", b"{}"), ("card.json", b"not json")])
def test_damaged_files_are_named(tmp_path, name, damage):
    for path in FOLDER.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(damage)
    with pytest.raises(BackendUnavailable, match=name.replace(".", r"\.")):
        load_model(tmp_path)


def test_the_network_in_torch_and_in_numpy_agree():
    import torch

    from core.backends.embedded.network import image_inputs
    from train.network import FaultNetwork

    torch.manual_seed(0)
    network = FaultNetwork(len(NAMES), len(Fault)).eval()
    weights = {**network.arrays(), "mean": np.zeros(len(NAMES), np.float32), "std": np.ones(len(NAMES), np.float32)}
    cells = cell_inputs(np.random.default_rng(0).normal(size=(GRID, GRID, len(NAMES))).astype(np.float32), weights)
    with torch.no_grad():
        expected = network(torch.from_numpy(cells)[None], torch.from_numpy(image_inputs(cells))[None])[0].numpy()
    assert forward(cells, weights)[0] == pytest.approx(expected, abs=1e-4)
