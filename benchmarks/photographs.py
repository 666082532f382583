"""Photographs of a wanted size, made from one that scikit-image ships, so that every machine measures the same pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def jpeg(width: int, height: int, seed: int = 0) -> bytes:
    """A JPEG (quality 92) of that size: a real photograph enlarged, with sensor-like grain of its own for each seed."""
    import skimage

    source = cv2.imread(str(Path(skimage.__file__).parent / "data" / "astronaut.png"))
    assert source is not None, "scikit-image ships data/astronaut.png"
    enlarged = cv2.resize(source, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(seed).normal(0, 3, (256, 256, 3))
    tiled = np.tile(grain, (height // 256 + 1, width // 256 + 1, 1))[:height, :width]
    return cv2.imencode(".jpg", np.clip(enlarged + tiled, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
