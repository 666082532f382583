"""Photographs and records of every sort, for what must come back from other programs' files as it went."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image as PillowImage

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.export.conversion import convert
from core.export.datasets import DatasetOptions
from core.export.giqa import Problem
from core.records import BoxProvenance, Correction, ImageReference, QuestionRecord, Record, RecordProvenance, Region, RegionPhrase, RegionText


def photograph(seed: int = 0, size: tuple[int, int] = (60, 40), orientation: int = 1) -> bytes:
    """A small photograph; `size` as stored, before EXIF turns it."""
    picture = PillowImage.fromarray(np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8))
    exif = picture.getexif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


PICTURES = (photograph(0), photograph(1, (64, 64)), photograph(2, (60, 40), orientation=6))
SIZES = (ImageSize(60, 40), ImageSize(64, 64), ImageSize(40, 60))
WORDS = ("sky", "red car", "屋根", "🗼 tower", "Zaun", "the dog", "<b>", "${x}", "مبنى")


@dataclass(slots=True)
class Given:
    """Rows as a source gives them."""

    given: list[tuple[Record, bytes | None]]
    problems: list[Problem] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)

    def rows(self) -> Iterator[tuple[Record, bytes | None]]:
        yield from self.given


def a_record(row: int = 0, picture: int = 0, **changes: object) -> Record:
    """Three boxes, one of them dropped; two linked phrases, two questions, a tag."""
    regions = (
        Region("r1", Box(0.1, 0.2, 0.5, 0.75), BoxProvenance("kept", "detector", probability=0.75, score=0.5)),
        Region("r2", Box(0.5, 0, 1, 1 / 3), BoxProvenance("drawn", "person:ann")),
        Region("r3", Box(0, 0, 1, 1), BoxProvenance("dropped", "detector", "filter: No")),
    )
    text = RegionText("🗼 The sky is noisy, the Zaun is sharp.", (RegionPhrase(6, 9, ("r1",)), RegionPhrase(20, 28, ("r2", "r1"))))
    yes = QuestionRecord("yes_no", "referring", RegionText("Is the sky noisy?", (RegionPhrase(3, 10, ("r1",)),)), RegionText("Yes."))
    what = QuestionRecord("what", "grounding", RegionText("What is sharp?"), RegionText("The Zaun.", (RegionPhrase(4, 8, ("r2",)),)))
    sha = hashlib.sha256(PICTURES[picture]).hexdigest()
    made = Record(ImageReference(sha, SIZES[picture], f"set/{picture}.jpg"), "set", row, regions, (Tag("sky", "noisy", "negative"),), text, (yes, what), RecordProvenance("scripted", {"tags": "1"}, 3))
    return replace(made, **changes)


BOXES = st.tuples(*[st.floats(0, 0.45)] * 2, *[st.floats(0.55, 1)] * 2).map(lambda four: Box(*four))


@st.composite
def records(draw: st.DrawFn) -> list[tuple[Record, bytes | None]]:
    """A few records of few images, several of one image among them."""
    made = []
    for row in range(draw(st.integers(1, 4))):
        picture = draw(st.integers(0, 2))
        statuses = draw(st.lists(st.sampled_from(["raw", "kept", "dropped", "drawn"]), max_size=4))
        regions = tuple(Region(f"r{number}", draw(BOXES), BoxProvenance(status, "detector", score=draw(st.none() | st.floats(0, 1)))) for number, status in enumerate(statuses))
        live = [one.id for one in regions if one.provenance.status != "dropped"]
        text = _text(draw, live)
        questions = tuple(QuestionRecord("what", "plain", RegionText("What?"), _text(draw, live)) for _ in range(draw(st.integers(0, 2))))
        correction = draw(st.none() | st.builds(Correction, st.just("a" * 64), st.just("7"), st.sampled_from(["ann", "bob"]), st.sampled_from(["draft", "submitted"])))
        sha = hashlib.sha256(PICTURES[picture]).hexdigest()
        described = text if text.text or draw(st.booleans()) else None
        image = ImageReference(sha, SIZES[picture], f"set/{picture}.jpg")
        made.append((Record(image, "set", row, regions, (Tag("sky", "noisy", "negative"),), described, questions, correction=correction), PICTURES[picture]))
    return made


def _text(draw: st.DrawFn, live: list[str]) -> RegionText:
    text, phrases = "", []
    for words in draw(st.lists(st.sampled_from(WORDS), max_size=3)):
        text += " so "
        names = draw(st.lists(st.sampled_from(live), unique=True, max_size=3)) if live else []
        if names:
            phrases.append(RegionPhrase(len(text), len(text) + len(words), tuple(names)))
        text += words
    return RegionText(text, tuple(phrases))


def exported(folder: Path, form: str, given: list[tuple[Record, bytes | None]], **options: bool) -> Path:
    """The folder that these records become."""
    convert(Given(given), folder, form, DatasetOptions(validation=0.0), {"from": "test"}, **{"images": True, **options})
    return folder
