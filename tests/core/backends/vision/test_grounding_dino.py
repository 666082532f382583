"""Grounding DINO and its MM kin: what the network reads of phrases, whose each box is, and bad phrases and weights."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertTokenizer, GroundingDinoProcessor
from transformers.models.grounding_dino.image_processing_pil_grounding_dino import GroundingDinoImageProcessorPil

from core.backends import load
from core.backends.base import ScoredBox
from core.backends.grounding_dino import GroundingDino
from core.backends.vision.detections import MOST_BOXES
from core.backends.vision.phrases import passages
from core.boxes import WHOLE_IMAGE
from core.errors import BackendUnavailable, ModelFailed, UnknownBackend
from core.images import Image
from tests.tiny_vision_models import WORDS

FAMILIES = ("grounding-dino", "mm-grounding-dino")


def detector(models: dict[str, Path], family: str = "grounding-dino", query: str = "?threshold=0") -> GroundingDino:
    found = load(f"{family}:{models[family]}{query}")
    assert isinstance(found, GroundingDino)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_the_text_is_the_one_of_the_models_own_processor(models, family):
    found = detector(models, family)
    phrases = ["The tower", "a red car", "sky"]
    ((_, passage),) = passages([found._tokens(phrase) for phrase in phrases], 256, *found.frame)
    theirs = GroundingDinoProcessor(GroundingDinoImageProcessorPil(), found.tokenizer)(text=phrases, images=np.zeros((64, 64, 3), np.uint8))
    assert list(passage.tokens) == theirs["input_ids"]


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_and_boxes_are_those_of_the_model_called_directly(models, family, photograph: Image):
    """Whose token is whose comes from the tokenizer's own offsets here, and the boxes from transformers' own reading."""
    found = detector(models, family, "?threshold=0&nms=1")
    text, phrases = "the tower. sky. a red car.", ["the tower", "sky", "a red car"]
    processor = GroundingDinoProcessor(GroundingDinoImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 107}), found.tokenizer)
    inputs = processor(images=photograph.pixels, text=text, return_tensors="pt", return_offsets_mapping=True)
    offsets = inputs.pop("offset_mapping")[0].tolist()
    with torch.inference_mode():
        seen = found.network(**inputs)
    boxes = processor.post_process_grounded_object_detection(seen, threshold=0.0, text_threshold=0.0)[0]["boxes"].numpy()
    for phrase, scored in zip(phrases, found.detect(photograph, phrases), strict=True):
        first = text.index(phrase)
        own = [index for index, (start, end) in enumerate(offsets) if first <= start < end <= first + len(phrase)]
        expected = seen.logits[0, :, own].max(1).values.sigmoid().numpy()
        order = np.argsort(-expected, kind="stable")
        assert len(own) == len(phrase.split()) and len(scored) == len(order)
        assert [one.score for one in scored] == pytest.approx(expected[order], abs=1e-5)
        assert np.array([one.box.as_tuple() for one in scored[:3]]) == pytest.approx(np.clip(boxes[order[:3]], 0, 1), abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("width", "height", "grids"),
    [
        pytest.param(64, 64, [(8, 8), (4, 4), (2, 2), (1, 1)], id="a square"),
        pytest.param(1, 3, [(8, 14), (4, 7), (2, 4), (1, 2)], id="1x3"),
        pytest.param(3, 1, [(14, 8), (7, 4), (4, 2), (2, 1)], id="3x1"),
    ],
)
def test_boxes_are_fractions_of_the_image_by_hand(models, family, width, height, grids):
    """With heads that add nothing, a box is the place its query began with: the middle of a cell of one of four grids, 0.05 to 0.4 wide and high."""
    found = detector(models, family, "?threshold=0&nms=1")
    with torch.no_grad():
        for name, weight in found.network.named_parameters():
            if "bbox_embed.layers.2" in name or ("bbox_embed." in name and ".layers.2." in name):
                weight.zero_()
    (boxes,) = found.detect(Image(np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8), "d" * 64, "PNG"), ["sky"])
    sides = [0.05 * 2**level for level in range(4)]
    cells = [((x + 0.5) / across, (y + 0.5) / down, side) for (across, down), side in zip(grids, sides, strict=True) for x in range(across) for y in range(down)]
    hand = np.clip([(x - side / 2, y - side / 2, x + side / 2, y + side / 2) for x, y, side in cells], 0, 1)
    for one in boxes:
        away = np.abs(hand - np.array(one.box.as_tuple())).max(1).min()
        assert away < 1e-4 or one.box == WHOLE_IMAGE, one  # a query that begins at the border of the image is given all of it
    assert sum(one.box != WHOLE_IMAGE for one in boxes) >= 5


@pytest.mark.parametrize("family", FAMILIES)
def test_the_order_of_phrases_moves_no_box(models, family, photograph: Image):
    found = detector(models, family)
    phrases = ["the tower", "sky", "a red car", "grass"]
    for forward, backward in zip(found.detect(photograph, phrases), reversed(found.detect(photograph, phrases[::-1])), strict=True):
        assert np.array([(one.score, *one.box.as_tuple()) for one in forward]) == pytest.approx(
            np.array([(one.score, *one.box.as_tuple()) for one in backward]), abs=1e-4
        )


def test_phrases_have_boxes_of_their_own_and_repeated_ones_the_same(models, photograph: Image):
    sky, tower, again, capitals = detector(models).detect(photograph, ["sky", "tower", "sky", "  SKY"])
    assert sky == again == capitals and sky is not again
    assert [one.score for one in sky] != [one.score for one in tower]


@pytest.mark.parametrize(
    ("phrase", "read"),
    [
        pytest.param("St. Mary's church.", "st mary[UNK]s church", id="dots inside and after"),
        pytest.param("3.5 mm lens", "3 5 mm lens", id="a number"),
        pytest.param("which car?", "w ##h ##i ##c ##h car", id="a question mark"),
        pytest.param("sky, grass", "sky, grass", id="a comma"),
        pytest.param("the [SEP] sky [CLS]", "the[UNK]sep[UNK]sky[UNK]cls[UNK]", id="the tokenizer's own marks are words like others"),
        pytest.param("The OLD Tower", "the old tower", id="capitals"),
        pytest.param("塔 tower", "[UNK] tower", id="a word it does not know beside one it does"),
    ],
)
def test_a_phrase_stays_one_phrase_whatever_stands_in_it(models, photograph: Image, phrase, read):
    found = detector(models)
    tokens = found._tokens(phrase)
    marks = set(found.network.model.special_tokens.tolist())
    assert not marks & set(tokens)
    assert found.tokenizer.decode(list(tokens)).replace(" ##", "").replace(" ", "") == read.replace(" ##", "").replace(" ", "")
    own, sky = found.detect(photograph, [phrase, "sky"])
    assert own and sky


@pytest.mark.parametrize("phrase", ["", "   ", ".", "...?", ",", "塔", "…"])
def test_a_phrase_without_a_known_word_has_no_box_and_does_not_disturb_others(models, photograph: Image, phrase):
    found = detector(models)
    nothing, sky = found.detect(photograph, [phrase, "sky"])
    assert nothing == [] and sky == found.detect(photograph, ["sky"])[0]


def test_no_phrases_give_no_boxes(models, photograph: Image):
    assert detector(models).detect(photograph, []) == []


def test_more_phrases_than_one_text_holds_are_asked_in_several(models, photograph: Image):
    found = detector(models)
    phrases = [f"{color} {thing} {place}" for color in ("red", "blue", "green", "old") for thing in WORDS.split()[9:20] for place in ("left", "right")]
    texts = list(passages([found._tokens(phrase) for phrase in phrases], 256, *found.frame))
    assert len(texts) == 2 and len(set(map(tuple, (found._tokens(phrase) for phrase in phrases)))) == len(phrases)
    boxes = found.detect(photograph, phrases)
    assert len(boxes) == 88 and all(boxes)
    in_second = phrases.index(found.tokenizer.decode(list(texts[1][0][0])))
    assert boxes[in_second] == found.detect(photograph, phrases[in_second:])[0]


def test_an_endless_phrase_is_cut_and_said_so(models, photograph: Image, caplog):
    with caplog.at_level(logging.WARNING):
        (boxes,) = detector(models).detect(photograph, ["sky " * 5000])
    assert boxes and "a phrase of 2500 tokens is cut to the first 253" in caplog.text


def test_a_phrase_has_a_sensible_number_of_boxes_best_first(models, photograph: Image):
    (boxes,) = detector(models, query="?threshold=0&nms=1").detect(photograph, ["sky"])
    assert 0 < len(boxes) <= MOST_BOXES
    assert [one.score for one in boxes] == sorted((one.score for one in boxes), reverse=True)


def test_the_threshold_and_the_overlap_are_options(models, photograph: Image):
    (everything,) = detector(models).detect(photograph, ["sky"])
    middle = everything[len(everything) // 2].score
    (some,) = detector(models, query=f"?threshold={middle}").detect(photograph, ["sky"])
    assert some == [one for one in everything if one.score >= middle]
    (alone,) = detector(models, query="?threshold=0&nms=0").detect(photograph, ["sky"])
    assert 0 < len(alone) < len(everything)
    assert {found.threshold for found in (detector(models, family, "") for family in FAMILIES)} == {0.35, 0.3}


@pytest.mark.parametrize("query", ["?threshold=2", "?nms=x", "?dtype=int8"])
def test_options_outside_their_range_are_refused(models, query):
    with pytest.raises(UnknownBackend):
        detector(models, query=query)


@pytest.mark.parametrize("broken", ["model.decoder.bbox_embed.0.layers.2.bias", "model.text_projection.bias"])
def test_weights_that_give_no_numbers_are_reported(models, photograph: Image, broken):
    found = detector(models)
    with torch.no_grad():
        dict(found.network.named_parameters())[broken].fill_(float("nan"))
    with pytest.raises(ModelFailed, match=r"values that are not numbers\. Its weights may be damaged, or write dtype=float32"):
        found.detect(photograph, ["sky"])


@pytest.mark.parametrize(
    ("family", "other", "message"),
    [
        pytest.param("grounding-dino", "mm-grounding-dino", 'of the architecture "mm-grounding-dino", and this needs grounding-dino. Write "mm-grounding-dino:', id="its kin"),
        pytest.param("grounding-dino", "sam", 'of the architecture "sam", and this needs grounding-dino\\.$', id="a segmenter"),
        pytest.param("owlv2", "grounding-dino", 'of the architecture "grounding-dino", and this needs owlv2\\.$', id="another detector"),
        pytest.param("sam", "owlv2", 'of the architecture "owlv2", and this needs sam or sam2 or sam2_video\\.$', id="a detector"),
    ],
)
def test_a_folder_of_another_architecture_is_refused_by_name(models, family, other, message):
    with pytest.raises(BackendUnavailable, match=message):
        load(f"{family}:{models[other]}")


def with_vocabulary(folder: Path, to: Path, words: list[str]) -> Path:
    """The model with a tokenizer of these words alone."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("tokenizer*"))
    BertTokenizer(vocab={word: number for number, word in enumerate(words)}).save_pretrained(to)
    return to


def test_a_tokenizer_without_a_full_stop_is_refused(models, tmp_path):
    folder = with_vocabulary(models["grounding-dino"], tmp_path / "m", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sky"])
    with pytest.raises(BackendUnavailable, match=r"lacks \[CLS\], \[SEP\] or the full stop"):
        load(f"grounding-dino:{folder}")


def test_a_tokenizer_of_other_numbers_is_used_with_a_warning(models, tmp_path, photograph: Image, caplog):
    folder = with_vocabulary(models["grounding-dino"], tmp_path / "m", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "sky", "tower"])
    found = load(f"grounding-dino:{folder}?threshold=0")
    assert "the network parts phrases at [101, 102, 1012, 1029]: it reads them as one" in caplog.text
    assert all(found.detect(photograph, ["sky.", "tower"]))


def test_a_tokenizer_larger_than_the_network_fails_as_a_model(models, tmp_path, photograph: Image):
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "."]
    folder = with_vocabulary(models["grounding-dino"], tmp_path / "m", [*marks, *(f"word{number}" for number in range(2000))])
    with pytest.raises(ModelFailed, match=r"the model failed .* Its files may be of several models"):
        load(f"grounding-dino:{folder}").detect(photograph, ["word1999"])


def test_a_processor_of_fixed_sides_is_followed(models, tmp_path, photograph: Image):
    folder = tmp_path / "m"
    shutil.copytree(models["grounding-dino"], folder)
    fields = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").unlink()
    (folder / "processor_config.json").write_text(json.dumps({"image_processor": fields | {"size": {"height": 96, "width": 64}}}))
    found = detector({"grounding-dino": folder})
    assert found._pixels(photograph).shape == (3, 96, 64) and found.detect(photograph, ["sky"])[0]


def test_a_box_is_a_value_of_its_own(models, photograph: Image):
    (boxes,) = detector(models).detect(photograph, ["sky"])
    assert all(isinstance(one, ScoredBox) and 0 <= one.score <= 1 for one in boxes)
