"""OWLv2 (Minderer and others, arXiv 2306.09683) through transformers: the image is looked at once, and each phrase by itself is matched with its places."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import Owlv2ForObjectDetection, PreTrainedTokenizerBase

from core.backends.base import Report, ScoredBox
from core.backends.hub import model_folder
from core.backends.names import BackendName
from core.backends.vision.detections import pick, to_corners
from core.backends.vision.loading import check_dtype, check_finite, computing, expect_kind, load_tokenizer, load_weights
from core.backends.vision.phrases import has_words
from core.backends.vision.pixels import PixelRecipe, long_side_to, padded, read_recipe, resized, square_side
from core.boxes import ImageSize
from core.images import Image

_LOG = logging.getLogger(__name__)
_THRESHOLD = 0.1  # transformers' own, in `post_process_grounded_object_detection`
_MAX_IOU = 0.3  # transformers' own, where it suppresses at all (`post_process_image_guided_detection`): a box for each patch, many of one thing
_PHRASES_AT_ONCE = 64
_LONGEST_TEXT = 1_000  # characters of a phrase that are tokenised at all: far more than the model reads


@dataclass(frozen=True, slots=True)
class Owlv2:
    """A detector. The boxes of a phrase do not depend on the phrases beside it."""

    name: str
    place: BackendName
    network: Owlv2ForObjectDetection
    tokenizer: PreTrainedTokenizerBase
    recipe: PixelRecipe
    threshold: float
    max_iou: float
    side: int  # pixels of the square that the network sees
    longest: int  # tokens that are read of a phrase, its two ends included

    def detect(self, image: Image, phrases: Sequence[str]) -> list[list[ScoredBox]]:
        read = [self._cleaned(phrase) for phrase in phrases]
        wanted = list(dict.fromkeys(phrase for phrase in read if phrase))
        if not wanted:
            return [[] for _ in read]
        pixels, share = self._pixels(image)
        centers, scores = self._look(pixels, wanted)
        corners = to_corners(centers) / np.asarray([*share, *share])
        found = {phrase: pick(corners, scores[:, index], self.threshold, self.max_iou) for index, phrase in enumerate(wanted)}
        return [list(found.get(phrase, ())) for phrase in read]

    def _cleaned(self, phrase: str) -> str:
        """Lower case, as the tokenizer has it, without the tokenizer's own marks, which would end it."""
        text = phrase[:_LONGEST_TEXT].lower()
        for mark in self.tokenizer.all_special_tokens:
            text = text.replace(mark, " ")
        return " ".join(text.split()) if has_words(text) else ""

    def _pixels(self, image: Image) -> tuple[NDArray[np.float32], tuple[float, float]]:
        """The image in the top left of a black square, and the share of the square's sides that it takes (across, down)."""
        side = self.side
        size = long_side_to(image.size, side)
        black = -np.asarray(self.recipe.mean) / np.asarray(self.recipe.deviation)
        square = padded(self.recipe.normalised(resized(image.pixels, size)), ImageSize(side, side), black.astype(np.float32))
        return square, (size.width / side, size.height / side)

    def _look(self, pixels: NDArray[np.float32], phrases: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Centres and sides in fractions of the square, shape (patches, 4), and scores, shape (patches, phrases)."""
        network, device = self.network, self.network.device
        with computing(self.place, device):
            features = network.image_embedder(torch.from_numpy(pixels)[None].to(device, network.dtype))[0]
            flat = features.flatten(1, 2)
            logits = [network.class_predictor(flat, self._words(part)[None])[0][0].float() for part in _parts(phrases)]
            centers = network.box_predictor(flat, features)[0].float().cpu().numpy()
            scores = torch.cat(logits, 1).sigmoid().cpu().numpy()
        check_finite(self.place, centers, scores)
        return centers, scores

    def _words(self, phrases: Sequence[str]) -> torch.Tensor:
        """One vector a phrase, shape (phrases, width)."""
        most = self.longest
        for phrase, ids in zip(phrases, self.tokenizer(list(phrases))["input_ids"], strict=True):
            if len(ids) > most:
                _LOG.warning('Backend "%s": a phrase of %d tokens is cut to the first %d: "%.60s..."', self.name, len(ids), most, phrase)
        tokens = self.tokenizer(list(phrases), padding="max_length", max_length=most, truncation=True, return_tensors="pt").to(self.network.device)
        words: torch.Tensor = self.network.owlv2.get_text_features(tokens["input_ids"], tokens["attention_mask"]).pooler_output
        return words


def _parts(phrases: Sequence[str]) -> list[Sequence[str]]:
    return [phrases[first : first + _PHRASES_AT_ONCE] for first in range(0, len(phrases), _PHRASES_AT_ONCE)]


def load_owlv2(name: BackendName, report: Report) -> Owlv2:
    """The detector of an `owlv2:` name; raises `BackendUnavailable` for a folder of something else."""
    threshold = name.number("threshold", _THRESHOLD, 0, 1)
    max_iou = name.number("nms", _MAX_IOU, 0, 1)
    check_dtype(name)
    folder = model_folder(name, report)
    expect_kind(name, folder, {"owlv2": "owlv2"})
    recipe = read_recipe(name, folder)
    tokenizer = load_tokenizer(name, folder)
    report("loading", None)
    network = load_weights(name, folder, Owlv2ForObjectDetection)
    side, longest = square_side(network.owlv2.vision_model.config.image_size), network.owlv2.text_model.config.max_position_embeddings
    return Owlv2(name.written, name, network, tokenizer, recipe, threshold, max_iou, side, longest)
