"""Exports as the studio writes them: small photographs that people corrected, with a pattern that the shipped model does not take for noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from skimage import data

from core.boxes import Box
from core.export.giqa import put_image, write_folder
from core.grounded_text import GroundedText, compose, plain
from core.images import Image, encode_png, open_image
from core.records import BoxProvenance, Correction, ImageReference, Record, SubmissionStatus, with_regions

PATTERN = Box(0.2, 0.2, 0.7, 0.7)
CLEAN = plain("This photograph is free of visible faults.")
NOISY = compose("There is strong noise in the ", ("middle", [PATTERN]), ".")


def a_photograph(number: int, *, patterned: bool) -> Image:
    """A part of one of scikit-image's photographs, other for each number."""
    source = (data.astronaut(), data.coffee(), data.chelsea(), data.rocket())[number % 4]
    rng = np.random.default_rng(number)
    top, left = (int(rng.integers(0, side - 160)) for side in source.shape[:2])
    pixels = source[top : top + 160, left : left + 160, :3].astype(float)
    if patterned:
        inside = slice(32, 112)
        pixels[inside, inside] += (14 * np.sin(2 * np.pi * np.arange(32, 112) / 7))[:, None, None]
    return open_image(encode_png(np.clip(pixels, 0, 255).astype(np.uint8)))


def a_record(image: Image, text: GroundedText, user: str = "ann", row: int = 0, status: SubmissionStatus = "submitted") -> Record:
    words, regions = with_regions(text)
    drawn = tuple(replace(region, provenance=BoxProvenance("drawn", f"person:{user}")) for region in regions)
    made = Correction("0" * 64, f"revision-{row}", user, status)
    return Record(ImageReference(image.sha256, image.size), "set", row, drawn, (), words, correction=made)


def write_export(folder: Path, records: Sequence[Record], images: Sequence[Image] = ()) -> Path:
    write_folder(folder, records, config={})
    for image in images:
        data = encode_png(image.pixels)
        put_image(folder, open_image(data).sha256, data)
    return folder


def an_export(folder: Path, numbers: Sequence[int]) -> Path:
    """Two of three photographs have the pattern, which people call noise."""
    images = [a_photograph(number, patterned=number % 3 != 0) for number in numbers]
    records = [a_record(image, NOISY if number % 3 else CLEAN, "ann" if number % 2 else "bob", number) for number, image in zip(numbers, images, strict=True)]
    return write_export(folder, records, images)
