"""Compression: JPEG by quality, JPEG 2000 by the PSNR it reaches."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image as PillowImage

from core.distortions.base import Distortion, Float, Pixels
from core.quality import Fault

_JPEG = (25, 18, 12, 8, 5)
_JPEG2000 = (29.0, 27.5, 26.0, 24.5, 23.0)  # decibels


def _bytes(image: Float) -> Pixels:
    clipped: Pixels = np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
    return clipped


def _jpeg(image: Float, level: int, _rng: np.random.Generator) -> Float:
    _, data = cv2.imencode(".jpg", _bytes(image)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG[level]])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None  # it was encoded a line ago
    return decoded[..., ::-1].astype(np.float32) / 255


def _jpeg2000(image: Float, level: int, _rng: np.random.Generator) -> Float:
    buffer = io.BytesIO()
    PillowImage.fromarray(_bytes(image)).save(buffer, "JPEG2000", quality_mode="dB", quality_layers=[_JPEG2000[level]], irreversible=True)
    return np.asarray(PillowImage.open(buffer).convert("RGB"), np.float32) / 255


DISTORTIONS = (
    Distortion("jpeg", "compression", Fault.JPEG, _jpeg),
    Distortion("jpeg2000", "compression", Fault.JPEG, _jpeg2000),
)
