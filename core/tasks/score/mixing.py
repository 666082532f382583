"""Mix-grained scoring (Dog-IQA, arXiv 2410.02505): the levels of an image's parts and of the whole, put together by area."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

from core.backends.base import Backend, Segmenter
from core.backends.capabilities import missing
from core.boxes import Box
from core.images import Image, crop
from core.quality import RegionScore, Score
from core.tasks.score.grains import Grain, find_grains
from core.tasks.score.standards import StandardGuided, read_levels

_MANY = 64  # segments: where the scale of totals ends


def mixed_score(
    backend: Backend, image: Image, box: Box | None, way: StandardGuided, segmenter: Segmenter | None = None, cancel: Event | None = None
) -> Score:
    """`value`: the paper's total on the scale from its least to its greatest. It ranks images and says nothing by itself: calibrate it before people see it.

    A level that could not be read is left out of the mean and counted; without the whole image's there is no total. `box`: that part is taken for the image.
    """
    shown = image if box is None else crop(image, box)
    grains = find_grains(_segmenter_of(backend, segmenter), shown, way.least_pixels)
    whole, *levels = read_levels(backend, shown, [None, *(grain.box for grain in grains)], way.context, way, cancel)
    regions = tuple(_scored(grains, [None if level is None else way.share(level) for level in levels], box))
    unparsed = sum(level is None for level in (whole, *levels))
    read = [(grain.share, level) for grain, level in zip(grains, levels, strict=True) if level is not None]
    if whole is None or not read:
        return Score(None, None, None, way.name, unparsed=unparsed, regions=regions)
    mean = _mean(read)
    total = mean + way.per_segment * len(read) + way.whole * whole
    value = _scaled(total, way)
    return Score(value, value, value, way.name, {"segments": mean, "count": len(read), "whole": whole, "total": total}, unparsed, regions)


def _segmenter_of(backend: Backend, segmenter: Segmenter | None) -> Segmenter:
    if segmenter is not None:
        return segmenter
    if isinstance(backend, Segmenter):
        return backend
    raise missing(backend, "Scoring an image by its parts (give a segmenter beside it, such as the embedded one)", "a segmenter")


def _scaled(total: float, way: StandardGuided) -> float:
    """From 0 for the least total (every level 1, one segment) to 1 for the greatest (every level the best, 64 segments)."""
    least = 1 + way.per_segment + way.whole
    greatest = way.levels * (1 + way.whole) + way.per_segment * _MANY
    return min(1.0, max(0.0, (total - least) / (greatest - least)))


def _scored(grains: Sequence[Grain], values: Sequence[float | None], box: Box | None) -> list[RegionScore]:
    read = [(grain.share, value) for grain, value in zip(grains, values, strict=True) if value is not None]
    return [
        RegionScore(_placed(grain.box, box), grain.share, value, _importance(grain.share, value, read), _moved(grain, box))
        for grain, value in zip(grains, values, strict=True)
    ]


def _importance(share: float, value: float | None, read: Sequence[tuple[float, float]]) -> float:
    """The mean of all less the mean of the others: 0 for one that could not be read, or that stands alone."""
    rest = sum(area for area, _ in read) - share
    if value is None or rest <= 1e-9:
        return 0.0
    mean = _mean(read)
    others = (mean * (rest + share) - value * share) / rest
    return min(1.0, max(-1.0, mean - others))


def _mean(read: Sequence[tuple[float, float]]) -> float:
    """Of `(area, value)`, by area."""
    return sum(area * value for area, value in read) / sum(area for area, _ in read)


def _placed(part: Box, box: Box | None) -> Box:
    """A part of a part as a part of the image."""
    if box is None:
        return part
    x1, y1, x2, y2 = (start + side * at for start, side, at in zip((box.x1, box.y1) * 2, (box.width, box.height) * 2, part.as_tuple(), strict=True))
    return Box(x1, y1, min(1.0, x2), min(1.0, y2))


def _moved(grain: Grain, box: Box | None) -> tuple[tuple[float, float], ...]:
    return grain.outline if box is None else tuple((box.x1 + box.width * x, box.y1 + box.height * y) for x, y in grain.outline)
