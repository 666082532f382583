"""What a quality model is measured on: photographs with one fault in a known place, photographs as they are, and photographs that people scored."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.boxes import Box
from core.distortions import ALL, Region, degrade, ellipse, rectangle
from core.errors import InvalidInput
from core.images import Image, encode_png, open_image
from core.quality import Fault

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_LEFT_OUT = ("jpeg2000",)  # blurs and rings; the questions speak of blocks
_SPOKEN = (
    (Fault.MOTION_BLUR, r"motion"),
    (Fault.BLUR, r"blur|out of focus|soft|sharpness"),
    (Fault.NOISE, r"nois|grain"),
    (Fault.JPEG, r"compress|block|jpeg"),
    (Fault.PIXELATION, r"pixel"),
    (Fault.BANDING, r"band|posteris"),
    (Fault.OVEREXPOSED, r"overexpos|too bright|blown"),
    (Fault.UNDEREXPOSED, r"underexpos|too dark"),
    (Fault.LOW_CONTRAST, r"contrast|washed|hazy|flat"),
    (Fault.COLOR_CAST, r"cast|tint"),
    (Fault.SATURATION, r"saturat|colourless|garish|faded"),
)
_DENIED = re.compile(r"\b(no|not|nothing|free of|without|clean|well judged|natural)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class FaultyPhotograph:
    """`image` is `clean` with one fault in `box`, stored losslessly."""

    image: Image
    clean: Image
    fault: Fault
    severity: int
    box: Box


def clean_photographs(folder: Path) -> list[Path]:
    """Raises `InvalidInput` where there is none."""
    found = sorted(path for path in folder.glob("**/*") if path.suffix.lower() in _SUFFIXES)
    if not found:
        raise InvalidInput(f"There is no photograph in {folder}: name a folder with files of {', '.join(_SUFFIXES)}.")
    return found


def scored_photographs(folder: Path) -> list[tuple[Path, float]]:
    """Raises `InvalidInput` for a table that cannot be read."""
    table = folder / "mos.csv"
    try:
        with table.open(newline="", encoding="utf-8") as lines:
            return [(folder / "images" / row["image"], float(row["mos"])) for row in csv.DictReader(lines)]
    except (OSError, KeyError, ValueError) as error:
        raise InvalidInput(f"Human scores are read from a table with the columns image and mos: {table} ({error!r}).") from error


def faulty_photograph(clean: Image, rng: np.random.Generator) -> FaultyPhotograph:
    """A fault, a severity and a region of 6 to 40 % of the image, all at random."""
    fault = list(Fault)[int(rng.integers(len(Fault)))]
    ways = [one for one in ALL.values() if one.fault is fault and one.name not in _LEFT_OUT]
    severity, region = int(rng.integers(1, 6)), _region(clean, rng)
    made = degrade(clean.pixels, [(ways[int(rng.integers(len(ways)))], severity, region)], int(rng.integers(2**31)))
    return FaultyPhotograph(open_image(encode_png(made.pixels)), clean, fault, severity, region.box)


def _region(image: Image, rng: np.random.Generator) -> Region:
    width, height = rng.uniform(0.25, 0.63, 2)
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    box = Box(left, top, left + width, top + height)
    return rectangle(image.size, box, 3.0) if rng.random() < 0.6 else ellipse(image.size, box, 3.0)


def named_fault(text: str) -> Fault | None:
    """The fault that a text names first, `None` where it names none or only denies faults."""
    for part in re.split(r"[.,;]", text):
        if not _DENIED.search(part):
            places = [(found.start(), fault) for fault, words in _SPOKEN if (found := re.search(words, part, re.IGNORECASE))]
            if places:
                return min(places, key=lambda place: place[0])[1]
    return None
