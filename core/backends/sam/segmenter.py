"""The segmenter: an image is embedded once, and asked by boxes, clicks or a grid."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import Sam2Model, SamModel

from core.backends.base import Point, Report, Segment
from core.backends.hub import model_folder
from core.backends.names import BackendName
from core.backends.sam.automatic import Automatic, Candidates
from core.backends.sam.geometry import Fit
from core.backends.vision.loading import check_dtype, check_finite, computing, expect_kind, load_weights
from core.backends.vision.pixels import PixelRecipe, padded, read_recipe, resized, square_side
from core.backends.vision.segments import check_points, most_segments, nothing_found, pixel_box, to_segment
from core.boxes import Box, ImageSize
from core.images import Image

_NETWORKS: dict[str, type[SamModel | Sam2Model]] = {"sam": SamModel, "sam2": Sam2Model, "sam2_video": Sam2Model}
"""The published SAM 2 checkpoints say sam2_video: the same weights and some for films, which are left aside."""
_MIN_IOU = {"sam": 0.88, "sam2": 0.8, "sam2_video": 0.8}
"""The authors' own, of `SamAutomaticMaskGenerator` and `SAM2AutomaticMaskGenerator`, as are the next three."""
_MIN_STABILITY = 0.95
_MAX_IOU = 0.7
_GRID = 32
_PROMPTS_AT_ONCE = 16  # the decoder takes about 40 MB for each; on a CPU more at once are no quicker
_IMAGENET = PixelRecipe({}, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # of every checkpoint; without torchvision, transformers cannot write SAM 2's down
_REMEMBERED = 2  # embedded images, up to 16 MB each: a person clicks on one image again and again

Masks = NDArray[np.float32]


class Sam:
    """Threads may share it; each waits for the device."""

    def __init__(self, name: BackendName, network: SamModel | Sam2Model, recipe: PixelRecipe, rule: Automatic) -> None:
        self.name = name.written
        self._place = name
        self._network = network
        self._recipe = recipe
        self._rule = rule
        self._side = square_side(network.prompt_encoder.input_image_size)
        self._embedded: OrderedDict[str, Any] = OrderedDict()

    def segment(self, image: Image, boxes: Sequence[Box] = (), points: Sequence[Point] = ()) -> list[Segment]:
        """A box takes the one mask the network gives for it, a click the one of three that it trusts most, as the authors advise."""
        check_points(points)
        fit = Fit.padded(image.size, self._side) if isinstance(self._network, SamModel) else Fit.stretched(self._side)
        if not boxes and not points:
            return self._everything(image, fit)
        in_boxes = self._ask(image, fit, [fit.to_square(box.as_tuple()) for box in boxes], several=False)
        at_points = self._ask(image, fit, [fit.to_square(point) for point in points], several=True)
        targets = [*boxes, *(pixel_box(point, image.size) for point in points)]
        asked = [answer for answers in (in_boxes, at_points) for masks, scores in answers for answer in zip(masks, scores, strict=True)]
        return [_best(fit, masks, scores, target, image.size) for (masks, scores), target in zip(asked, targets, strict=True)]

    def _everything(self, image: Image, fit: Fit) -> list[Segment]:
        found = Candidates(self._rule)
        for masks, scores in self._ask(image, fit, [fit.to_square(point) for point in self._rule.points()], several=True):
            flat = masks.reshape(-1, *masks.shape[2:])
            found.add(flat, scores.reshape(-1), fit.held(flat))
        made = (to_segment(fit.mask(found.logits[index].astype(np.float32), image.size), found.scores[index]) for index in found.best()[: most_segments(image.size)])
        return sorted((segment for segment in made if segment), key=lambda segment: -int(segment.mask.sum()))

    def _ask(self, image: Image, fit: Fit, prompts: Sequence[list[float]], *, several: bool) -> Iterator[tuple[Masks, Masks]]:
        """For each batch the logits, shape (prompts, masks, low, low), and the network's estimates of their IoU, shape (prompts, masks)."""
        for first in range(0, len(prompts), _PROMPTS_AT_ONCE):
            part = prompts[first : first + _PROMPTS_AT_ONCE]
            with computing(self._place, self._network.device):
                seen = self._network(image_embeddings=self._look(image, fit), multimask_output=several, **self._prompt(part))
                masks, scores = seen.pred_masks[0].float().cpu().numpy(), seen.iou_scores[0].float().cpu().numpy()
            check_finite(self._place, masks, scores)
            yield masks, scores

    def _prompt(self, prompts: Sequence[list[float]]) -> dict[str, torch.Tensor]:
        """Boxes (four numbers each) or clicks (two), as the network takes them."""
        values = torch.tensor([prompts], dtype=self._network.dtype, device=self._network.device)
        if values.shape[-1] == 4:
            return {"input_boxes": values}
        return {"input_points": values[:, :, None], "input_labels": torch.ones(values.shape[:2], dtype=torch.int64, device=values.device)[..., None]}

    def _look(self, image: Image, fit: Fit) -> Any:
        """The image as the network keeps it: made once, while the device is ours."""
        if image.sha256 not in self._embedded:
            pixels = padded(self._recipe.normalised(resized(image.pixels, fit.taken)), ImageSize(fit.side, fit.side))
            values = torch.from_numpy(pixels)[None].to(self._network.device, self._network.dtype)
            self._embedded[image.sha256] = self._network.get_image_embeddings(values)
            while len(self._embedded) > _REMEMBERED:
                self._embedded.popitem(last=False)
        self._embedded.move_to_end(image.sha256)
        return self._embedded[image.sha256]


def _best(fit: Fit, masks: Masks, scores: Masks, target: Box, size: ImageSize) -> Segment:
    """Of the masks of one prompt the one of the highest estimate; where it is empty, what was pointed at."""
    index = int(np.argmax(scores))
    return to_segment(fit.mask(masks[index], size), float(scores[index])) or nothing_found(target, size)


def load_sam(name: BackendName, report: Report) -> Sam:
    """The segmenter of a `sam:` name; raises `BackendUnavailable` for a folder of something else."""
    side = name.number("points", _GRID, 1, 128)
    max_iou = name.number("nms", _MAX_IOU, 0, 1)
    name.number("threshold", 0, 0, 1)  # its default waits for the architecture
    check_dtype(name)
    folder = model_folder(name, report)
    kind = expect_kind(name, folder, dict.fromkeys(_NETWORKS, "sam"))
    recipe = read_recipe(name, folder, default=_IMAGENET)
    report("loading", None)
    network = load_weights(name, folder, _NETWORKS[kind])
    return Sam(name, network, recipe, Automatic(int(side), name.number("threshold", _MIN_IOU[kind], 0, 1), _MIN_STABILITY, max_iou))
