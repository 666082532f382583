"""SAM and SAM 2: where prompts go and masks come from, the automatic rule on masks made by hand, and the networks at tiny size."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

from core.backends import load
from core.backends.sam.automatic import Automatic, Candidates, stability
from core.backends.sam.geometry import Fit
from core.backends.sam.segmenter import Sam, _best
from core.boxes import WHOLE_IMAGE, Box, ImageSize, iou
from core.errors import InvalidInput, ModelFailed
from core.images import Image

KINDS = ("sam", "sam2", "sam2-published")
SIZES = [(100, 100), (640, 480), (480, 640), (20_000, 500), (3, 1), (1, 3), (1, 1), (1, 60_000)]


def segmenter(models: dict[str, Path], kind: str, query: str = "") -> Sam:
    found = load(f"sam:{models[kind]}{query}")
    assert isinstance(found, Sam)
    return found


def trusting(found: Sam) -> Sam:
    """With logits far from 0, as a trained network's are, so that masks are stable, and estimates above 0."""
    with torch.no_grad():
        for network in found._network.mask_decoder.output_hypernetworks_mlps:
            network.proj_out.weight.mul_(1e7)
            network.proj_out.bias.mul_(1e7)
        found._network.mask_decoder.iou_prediction_head.proj_out.bias.add_(0.5)
    return found


def drawn(fit: Fit, box: Box, low: int = 256) -> np.ndarray:
    """Logits that are 8 in the box and -8 elsewhere, as far as the low resolution can say."""
    x1, y1, x2, y2 = (value * low / fit.side for value in fit.to_square(box.as_tuple()))
    cells = np.arange(low)
    inside = ((cells + 1 > y1) & (cells < y2))[:, None] & ((cells + 1 > x1) & (cells < x2))[None]
    return np.where(inside, 8.0, -8.0).astype(np.float32)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", ["sam", "sam2"])
def test_a_box_drawn_in_low_resolution_comes_back_at_its_place(size, kind):
    image = ImageSize(*size)
    fit = Fit.padded(image, 1024) if kind == "sam" else Fit.stretched(1024)
    box = Box(0.25, 0.25, 0.75, 0.875) if min(size) > 3 else WHOLE_IMAGE
    mask = fit.mask(drawn(fit, box), image)
    assert mask.shape == (image.height, image.width) and mask.dtype == np.bool_
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    step_x, step_y = (side / 256 * 1024 / taken for side, taken in ((image.width, fit.taken.width), (image.height, fit.taken.height)))
    assert abs(columns[0] - box.x1 * image.width) <= step_x + 1 and abs(columns[-1] + 1 - box.x2 * image.width) <= step_x + 1
    assert abs(rows[0] - box.y1 * image.height) <= step_y + 1 and abs(rows[-1] + 1 - box.y2 * image.height) <= step_y + 1


@pytest.mark.parametrize("size", [(400, 512), (512, 400), (300, 20), (37, 500)], ids=str)
def test_masks_are_those_of_the_models_own_processor(size):
    width, height = size
    fit = Fit.padded(ImageSize(width, height), 256)
    logits = np.random.default_rng(0).normal(0, 5, (64, 64)).astype(np.float32)
    theirs = SamImageProcessorPil().post_process_masks(
        [torch.from_numpy(logits)[None, None]], [(height, width)], [(fit.taken.height, fit.taken.width)], pad_size={"height": 256, "width": 256}
    )[0][0, 0].numpy()
    assert (fit.mask(logits, ImageSize(width, height)) != theirs).mean() < 1e-3  # in the last bits of what is nearly 0
    stretched = torch.nn.functional.interpolate(torch.from_numpy(logits)[None, None], (height, width), mode="bilinear")[0, 0].numpy() > 0
    assert (Fit.stretched(256).mask(logits, ImageSize(width, height)) != stretched).mean() < 1e-3


@pytest.mark.parametrize(
    ("fit", "point", "expected"),
    [
        pytest.param(Fit.padded(ImageSize(640, 480), 1024), (0.5, 0.5), [512, 384], id="SAM"),
        pytest.param(Fit.padded(ImageSize(1, 3), 1024), (1, 1), [341, 1024], id="SAM, 1x3"),
        pytest.param(Fit.padded(ImageSize(20_000, 500), 1024), (0.25, 1), [256, 26], id="SAM, a strip"),
        pytest.param(Fit.stretched(1024), (0.5, 0.25), [512, 256], id="SAM 2"),
    ],
)
def test_prompts_are_placed_where_the_image_lies(fit, point, expected):
    assert fit.to_square(point) == expected
    assert fit.to_square((*point, *point)) == expected * 2


def test_the_part_that_holds_the_image_is_all_that_is_counted():
    fit = Fit.padded(ImageSize(1000, 250), 1024)
    assert fit.held(np.zeros((5, 256, 256), np.float32)).shape == (5, 64, 256)
    assert fit.held(np.zeros((256, 256), np.float32)).shape == (64, 256)
    assert Fit.padded(ImageSize(60_000, 1), 1024).held(np.zeros((256, 256), np.float32)).shape == (1, 256)


def test_the_grid_is_the_middles_of_its_cells():
    assert Automatic(2, 0, 0, 0).points() == [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
    assert len(Automatic(32, 0, 0, 0).points()) == 1024


def test_a_mask_is_stable_where_its_edge_is_steep():
    steep = np.where(np.arange(8) < 4, 9.0, -9.0)[None].repeat(8, 0)
    gentle = np.linspace(2, -2, 8)[None].repeat(8, 0)
    found = stability(np.stack([steep, gentle, np.full((8, 8), -9.0)]).astype(np.float32))
    assert found.tolist() == [1.0, pytest.approx(2 / 6), 0.0]


def test_of_copies_the_best_stays_and_the_largest_comes_first():
    fit, rule = Fit.stretched(1024), Automatic(1, 0.8, 0.9, 0.7)
    boxes = [Box(0, 0, 0.2, 0.2), Box(0.3, 0.3, 0.9, 0.9), Box(0.3, 0.3, 0.9, 0.89), Box(0.6, 0, 0.9, 0.2), Box(0, 0.6, 0.1, 0.7)]
    logits = np.stack([drawn(fit, box) for box in boxes] + [np.full((256, 256), -8, np.float32)])
    found = Candidates(rule)
    found.add(logits, np.array([0.9, 0.85, 0.95, 0.5, 0.81, 0.99], np.float32), fit.held(logits))
    assert [found.scores[index] for index in found.best()] == pytest.approx([0.95, 0.9, 0.81])  # the distrusted and the empty are gone
    assert Candidates(rule).best() == []


def test_the_most_trusted_mask_of_a_prompt_is_taken():
    fit, size = Fit.stretched(1024), ImageSize(320, 200)
    masks = np.stack([drawn(fit, Box(0, 0, 0.5, 1)), drawn(fit, Box(0.5, 0.5, 1, 1)), drawn(fit, WHOLE_IMAGE)])
    segment = _best(fit, masks, np.array([0.3, 1.2, 0.5]), WHOLE_IMAGE, size)
    assert iou(segment.box, Box(0.5, 0.5, 1, 1)) > 0.98 and segment.score == 1.0


def test_an_empty_mask_is_what_was_pointed_at_with_no_score():
    fit, size = Fit.stretched(1024), ImageSize(40, 20)
    segment = _best(fit, np.full((1, 256, 256), -3, np.float32), np.array([0.9]), Box(0.5, 0.5, 0.75, 1), size)
    assert (segment.box, segment.score, int(segment.mask.sum())) == (Box(0.5, 0.5, 0.75, 1), 0.0, 100)


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_image_falls_into_segments_largest_first(models, photograph: Image, kind):
    found = trusting(segmenter(models, kind, "?threshold=0&points=6&nms=0.95"))
    segments = found.segment(photograph)
    areas = [int(segment.mask.sum()) for segment in segments]
    assert segments and areas == sorted(areas, reverse=True)
    again = found.segment(photograph)
    assert [segment.box for segment in again] == [segment.box for segment in segments]


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_give_what_the_model_called_directly_gives(models, photograph: Image, kind):
    found = segmenter(models, kind)
    fit = Fit.padded(photograph.size, 64) if kind == "sam" else Fit.stretched(64)
    box, point = Box(0.2, 0.1, 0.7, 0.9), (0.4, 0.3)
    by_box, by_point = found.segment(photograph, [box], [point])
    with torch.inference_mode():
        look = found._look(photograph, fit)
        boxed = found._network(image_embeddings=look, input_boxes=torch.tensor([[fit.to_square(box.as_tuple())]]), multimask_output=False)
        clicked = found._network(image_embeddings=look, input_points=torch.tensor([[[fit.to_square(point)]]]), multimask_output=True)
    assert by_box.score == pytest.approx(float(boxed.iou_scores[0, 0, 0].clip(0, 1)), abs=1e-5)
    assert by_point.score == pytest.approx(float(clicked.iou_scores[0, 0].max().clip(0, 1)), abs=1e-5)
    assert np.array_equal(by_box.mask, fit.mask(boxed.pred_masks[0, 0, 0].numpy(), photograph.size))


def test_an_image_is_embedded_once_for_many_clicks(models, photograph: Image):
    found = segmenter(models, "sam2")
    found.segment(photograph, points=[(0.1, 0.1)])
    first = found._embedded[photograph.sha256]
    found.segment(photograph, points=[(0.9, 0.1)])
    assert found._embedded[photograph.sha256] is first
    for sha in "cde":
        found.segment(Image(photograph.pixels, sha * 64, "PNG"), points=[(0.5, 0.5)])
    assert len(found._embedded) == 2


def test_more_prompts_than_one_batch_keep_their_order(models, photograph: Image):
    found = segmenter(models, "sam")
    boxes = [Box(index / 100, 0.1, index / 100 + 0.2, 0.8) for index in range(70)]
    together = found.segment(photograph, boxes)
    alone = [found.segment(photograph, [boxes[index]])[0] for index in (0, 63, 64, 69)]
    assert len(together) == 70
    for one, index in zip(alone, (0, 63, 64, 69), strict=True):
        assert one.score == pytest.approx(together[index].score, abs=1e-5) and (one.mask != together[index].mask).mean() < 1e-3


@pytest.mark.parametrize("point", [(1.01, 0.5), (-0.1, 0.5), (float("nan"), 0.5)], ids=str)
def test_a_click_outside_the_image_is_refused(models, photograph: Image, point):
    with pytest.raises(InvalidInput, match="A point is a pair of fractions of the image, from 0 to 1"):
        segmenter(models, "sam").segment(photograph, points=[point])


@pytest.mark.parametrize("kind", ["sam", "sam2"])
def test_weights_that_give_no_numbers_are_reported(models, photograph: Image, kind):
    found = segmenter(models, kind)
    with torch.no_grad():
        found._network.mask_decoder.iou_prediction_head.proj_out.bias.fill_(float("nan"))
    with pytest.raises(ModelFailed, match="values that are not numbers"):
        found.segment(photograph, [WHOLE_IMAGE])


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_without_a_processor_is_taken_at_the_size_of_its_network(models, tmp_path, photograph: Image, kind):
    """Without torchvision, transformers can write no processor of SAM 2."""
    shutil.copytree(models[kind], tmp_path / "m", ignore=shutil.ignore_patterns("preprocessor_config.json"))
    (there,), (here,) = (load(f"sam:{folder}").segment(photograph, [Box(0.2, 0.2, 0.8, 0.8)]) for folder in (models[kind], tmp_path / "m"))
    assert np.array_equal(there.mask, here.mask)


def test_thresholds_are_those_of_the_authors(models):
    rules = [segmenter(models, kind)._rule for kind in KINDS]
    assert rules == [Automatic(32, 0.88, 0.95, 0.7), Automatic(32, 0.8, 0.95, 0.7), Automatic(32, 0.8, 0.95, 0.7)]
