"""Grounding DINO (Liu and others, arXiv 2303.05499) and MM Grounding DINO (Zhao and others, arXiv 2401.02361) through transformers.

Many phrases go into one text, each between two full stops, and each box has a score for every token of it. The tokens of each phrase are laid down by
us, so a box's score for a phrase is the best of that phrase's own tokens: no decoded label is compared with anything.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import GroundingDinoForObjectDetection, MMGroundingDinoForObjectDetection, PreTrainedTokenizerBase

from core.backends.base import Report, ScoredBox
from core.backends.hub import model_folder
from core.backends.names import BackendName
from core.backends.vision.detections import pick, to_corners
from core.backends.vision.loading import check_dtype, check_finite, computing, expect_kind, load_tokenizer, load_weights
from core.backends.vision.phrases import Passage, Tokens, has_words, passages, phrase_scores
from core.backends.vision.pixels import PixelRecipe, read_recipe, resized, short_side_to
from core.boxes import ImageSize
from core.errors import BackendUnavailable
from core.images import Image

_LOG = logging.getLogger(__name__)
_Network = GroundingDinoForObjectDetection | MMGroundingDinoForObjectDetection
_NETWORKS: dict[str, type[_Network]] = {"grounding-dino": GroundingDinoForObjectDetection, "mm-grounding-dino": MMGroundingDinoForObjectDetection}
_FAMILIES = {"grounding-dino": "grounding-dino", "mm-grounding-dino": "mm-grounding-dino"}
_THRESHOLDS = {"grounding-dino": 0.35, "mm-grounding-dino": 0.3}
"""The authors' own: the README of Grounding DINO; the demo of mmdetection (`--pred-score-thr`)."""
_MAX_IOU = 0.8  # Grounded-SAM's: the network was trained to give each thing once, so only near copies go
_LEAST_SIDE = 64  # pixels: a strip is stretched to that, or it gives the network fewer places than it has queries
_LONGEST_TEXT = 10_000  # characters of a phrase that are tokenised at all: far more than the model reads


@dataclass(frozen=True, slots=True)
class GroundingDino:
    """A detector. A phrase's boxes depend a little on the phrases beside it in the text, as in the paper; not on their order."""

    name: str
    place: BackendName
    network: _Network
    tokenizer: PreTrainedTokenizerBase
    frame: tuple[int, int, int]  # the tokens at the start of a text, after each phrase and at the end
    recipe: PixelRecipe
    threshold: float
    max_iou: float

    def detect(self, image: Image, phrases: Sequence[str]) -> list[list[ScoredBox]]:
        with computing(self.place, self.network.device):  # a tokenizer is not for two threads at once
            read = [self._tokens(phrase) for phrase in phrases]
        wanted = list(dict.fromkeys(tokens for tokens in read if tokens))
        found = dict[Tokens, list[ScoredBox]]()
        if wanted:
            pixels = self._pixels(image)
            for held, passage in passages(wanted, self.network.config.max_text_len, *self.frame):
                corners, scores = self._look(pixels, passage)
                found.update({tokens: pick(corners, scores[:, index], self.threshold, self.max_iou) for index, tokens in enumerate(held)})
        return [list(found.get(tokens, ())) for tokens in read]

    def _tokens(self, phrase: str) -> Tokens:
        """The phrase's tokens without those that would end it; none for one that holds no word the model knows."""
        ids = self.tokenizer(phrase[:_LONGEST_TEXT].lower(), add_special_tokens=False)["input_ids"]
        ends = {*self.frame, *self.network.model.special_tokens.tolist(), *self.tokenizer.all_special_ids} - {self.tokenizer.unk_token_id}
        tokens, most = tuple(token for token in ids if token not in ends), self.network.config.max_text_len - 3
        if len(tokens) > most:
            _LOG.warning('Backend "%s": a phrase of %d tokens is cut to the first %d: "%.60s..."', self.name, len(tokens), most, phrase)
        return tokens[:most] if has_words(phrase) and set(tokens) - {self.tokenizer.unk_token_id} else ()

    def _pixels(self, image: Image) -> NDArray[np.float32]:
        sides = self.recipe.sides
        if "shortest_edge" in sides:
            size = short_side_to(image.size, sides["shortest_edge"], sides["longest_edge"], min(_LEAST_SIDE, sides["shortest_edge"]))
        else:
            size = ImageSize(sides["width"], sides["height"])
        return self.recipe.normalised(resized(image.pixels, size))

    def _look(self, pixels: NDArray[np.float32], passage: Passage) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Corners in fractions of the image, shape (queries, 4), and scores of the passage's phrases, shape (queries, phrases)."""
        device, dtype = self.network.device, self.network.dtype
        with computing(self.place, device):
            tokens = torch.tensor([passage.tokens], device=device)
            values = torch.from_numpy(pixels)[None].to(device, dtype)
            seen = self.network(pixel_values=values, input_ids=tokens, token_type_ids=torch.zeros_like(tokens), attention_mask=torch.ones_like(tokens))
            centers, logits = seen.pred_boxes[0].float().cpu().numpy(), seen.logits[0].float().cpu().numpy()
        scores = phrase_scores(logits, passage.spans)
        check_finite(self.place, centers, scores)
        return to_corners(centers), scores


def _frame(name: BackendName, folder: Path, tokenizer: PreTrainedTokenizerBase, known: set[int]) -> tuple[int, int, int]:
    """The tokens at the start of a text, after each phrase and at the end. `known`: those by which the network parts a text."""
    stop = tokenizer.get_vocab().get(".")
    if stop is None or tokenizer.cls_token_id is None or tokenizer.sep_token_id is None:
        raise BackendUnavailable(f'Backend "{name.written}": the tokenizer in {folder} lacks [CLS], [SEP] or the full stop: it is no BERT\'s. Download the model again.')
    frame = (tokenizer.cls_token_id, stop, tokenizer.sep_token_id)
    if not set(frame) <= known:
        _LOG.warning('Backend "%s": the tokenizer numbers its marks %s, and the network parts phrases at %s: it reads them as one.', name.written, frame, sorted(known))
    return frame


def load_grounding_dino(name: BackendName, report: Report) -> GroundingDino:
    """The detector of a `grounding-dino:` or `mm-grounding-dino:` name; raises `BackendUnavailable` for a folder of something else."""
    threshold = name.number("threshold", _THRESHOLDS[name.family], 0, 1)
    max_iou = name.number("nms", _MAX_IOU, 0, 1)
    check_dtype(name)
    folder = model_folder(name, report)
    kind = expect_kind(name, folder, _FAMILIES)
    recipe = read_recipe(name, folder, ("shortest_edge", "longest_edge"), ("height", "width"))
    tokenizer = load_tokenizer(name, folder)
    report("loading", None)
    network = load_weights(name, folder, _NETWORKS[kind])
    frame = _frame(name, folder, tokenizer, set(network.model.special_tokens.tolist()))
    return GroundingDino(name.written, name, network, tokenizer, frame, recipe, threshold, max_iou)
