"""A sample's image with the right boxes and those that were said, small enough to stand in a page."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

from core.boxes import Box
from core.images import Image, encode_jpeg, thumbnail

_SIDE = 360


def drawn(image: Image, right: Sequence[Box], said: Sequence[Box]) -> str:
    """A data URL: the right boxes in green, those that were said in orange."""
    import supervision as sv

    small = thumbnail(image, _SIDE)
    pixels = np.ascontiguousarray(small.pixels[..., ::-1])
    for boxes, color in ((right, sv.Color.from_hex("#10b981")), (said, sv.Color.from_hex("#f97316"))):
        if boxes:
            corners = np.array([box.to_pixels(small.size) for box in boxes], float)
            pixels = sv.BoxAnnotator(color=color, thickness=2).annotate(pixels, sv.Detections(xyxy=corners, class_id=np.zeros(len(boxes), int)))
    return "data:image/jpeg;base64," + base64.b64encode(encode_jpeg(np.ascontiguousarray(pixels[..., ::-1]), 80)).decode()
