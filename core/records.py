"""Records: the values that are stored and exchanged. A record holds no time and no path of a machine, so that builds compare byte for byte.

Their JSON is in `core.record_json`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.errors import InvalidRecord
from core.grounded_text import GroundedText, Phrase
from core.quality import Preference

BoxStatus = Literal["raw", "kept", "dropped", "merged", "drawn", "corrected"]
QuestionKind = Literal["yes_no", "what", "why", "how"]
QuestionForm = Literal["referring", "grounding", "plain"]
TagEffect = Literal["no impact", "positive", "negative"]
SubmissionStatus = Literal["draft", "submitted", "skipped"]
DecidedPart = Literal["phrase", "tag", "question"]
Verdict = Literal["accepted", "changed", "rejected"]


@dataclass(frozen=True, slots=True)
class ImageReference:
    """`sha256` of the original bytes; `size` upright; `uri`: where it was found, if that is worth keeping."""

    sha256: str
    size: ImageSize
    uri: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise InvalidRecord(f"An image is named by 64 hexadecimal digits, got {self.sha256[:80]!r}.")


@dataclass(frozen=True, slots=True)
class BoxProvenance:
    """Where a box comes from and what became of it.

    `status`: as the detector gave it (raw), past the filter (kept), made of others (merged), no longer in use (dropped, see `reason`), put there by
    a person (drawn), or a machine's box that a person moved (corrected). `source`: a backend by name, or `person:NAME`. `score`: the detector's;
    `probability`: the filter's, that the box shows what the text says; both in [0, 1]. `merged_from`: ids of the regions it was made of.
    """

    status: BoxStatus = "raw"
    source: str = ""
    reason: str = ""
    probability: float | None = None
    merged_from: tuple[str, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Region:
    id: str
    box: Box
    provenance: BoxProvenance = BoxProvenance()


@dataclass(frozen=True, slots=True)
class RegionPhrase:
    """`text[start:end]` and the ids of its regions; offsets in code points."""

    start: int
    end: int
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegionText:
    """A grounded text whose phrases name regions of the record."""

    text: str
    phrases: tuple[RegionPhrase, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    kind: QuestionKind
    form: QuestionForm
    question: RegionText
    answer: RegionText


@dataclass(frozen=True, slots=True)
class RecordProvenance:
    """The backend by name, versions by package or model, and the seed. `text`: the `text_digest` of the source's text, "" where it gave none."""

    backend: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What makes a record a person's: the revision, who made it, how far it was taken, and the sha256 of the proposal's line (`dumps`).

    `flag`: why somebody should look at it again, "" where nothing speaks for it.
    """

    proposal: str
    revision: str
    user: str
    status: SubmissionStatus
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Degradation:
    """One fault that was put into the image on purpose. `distortion`: as `core.distortions.ALL` names it; `severity` 1 (slight) to 5 (catastrophic).

    `shape` of the area it fills: rectangle, ellipse, polygon, superpixel, foreground or whole; `region`: the id of that area's exact box.
    """

    distortion: str
    severity: int
    shape: str
    region: str

    def __post_init__(self) -> None:
        if self.severity not in range(1, 6):
            raise InvalidRecord(f"A severity is a whole number from 1 to 5, got {self.severity!r}.")


@dataclass(frozen=True, slots=True)
class Synthesis:
    """How a synthetic image was made: the pristine photograph by name, the seed, and the faults in the order of application, none for a clean one."""

    photograph: str
    seed: int
    steps: tuple[Degradation, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedImage:
    """An image beside the record's own, which is A: image B, or the reference of both."""

    role: Literal["b", "reference"]
    image: ImageReference


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person thinks of the whole: which of two images is better (A is the record's own), and an overall score in [0, 1], higher is better; `None`: not said."""

    preference: Preference | None = None
    rating: float | None = None

    def __post_init__(self) -> None:
        if self.rating is not None and not 0 <= self.rating <= 1:
            raise InvalidRecord(f"A rating lies between 0 and 1, got {self.rating!r}.")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person made of one phrase, tag or question of the proposal: left as it is, changed, or taken away. `at`: its place among the proposal's;
    `proposed`: what it said."""

    part: DecidedPart
    at: int
    verdict: Verdict
    proposed: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A row that did not become a record. `stage`: where it ended; `reason`: a few words, the same for all of a kind, to count by; `detail`: more."""

    source: str
    row: int
    stage: str
    reason: str
    detail: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One image with what is said of it. `source` and `row`: where in which data set it stood. Every phrase names regions that are there.

    `absent`: what is spoken of or asked for and cannot be seen in the image, in the text's own words. `beside`: the images it is compared with.
    `decisions`: what the person whose correction it is made of the proposal's parts that are no boxes; what nobody decided is left out.
    """

    image: ImageReference
    source: str
    row: int
    regions: tuple[Region, ...] = ()
    tags: tuple[Tag, ...] = ()
    description: RegionText | None = None
    questions: tuple[QuestionRecord, ...] = ()
    provenance: RecordProvenance = RecordProvenance()
    correction: Correction | None = None
    synthesis: Synthesis | None = None
    absent: tuple[str, ...] = ()
    beside: tuple[ComparedImage, ...] = ()
    judgement: Judgement = Judgement()
    decisions: tuple[Decision, ...] = ()

    def __post_init__(self) -> None:
        known = {region.id for region in self.regions}
        if len(known) != len(self.regions):
            raise InvalidRecord("Two regions of the record have one id.")
        for step in self.synthesis.steps if self.synthesis else ():
            if step.region not in known:
                raise InvalidRecord(f'A degradation names the region "{step.region[:40]}", which the record does not hold.')
        roles = [one.role for one in self.beside]
        if len(set(roles)) < len(roles):
            raise InvalidRecord("Two images beside the record's own play one role.")
        texts = [*([self.description] if self.description else []), *(text for one in self.questions for text in (one.question, one.answer))]
        for name in (name for text in texts for phrase in text.phrases for name in phrase.regions):
            if name not in known:
                raise InvalidRecord(f'A phrase names the region "{name[:40]}", which the record does not hold.')
        boxes = {region.id: region.box for region in self.regions}
        for text in texts:
            _grounded(text, boxes)

    @property
    def id(self) -> str:
        """A hash of image, source and row: the same in every run."""
        return hashlib.sha256(json.dumps([self.image.sha256, self.source, self.row]).encode()).hexdigest()[:32]

    @property
    def live_regions(self) -> tuple[Region, ...]:
        """The regions in use: all but the dropped ones, which stay for the reason they went."""
        return tuple(region for region in self.regions if region.provenance.status != "dropped")


def text_digest(text: str) -> str:
    """What a source's text is known by: 32 hexadecimal digits, "" for no text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32] if text else ""


def with_regions(text: GroundedText, regions: Sequence[Region] = ()) -> tuple[RegionText, tuple[Region, ...]]:
    """The text with region ids for its boxes; a box that is a region in use already keeps its id, new ones are appended."""
    ids = {region.box: region.id for region in regions if region.provenance.status != "dropped"}
    added = list(regions)
    for box in text.boxes:
        if box not in ids:
            ids[box] = f"r{len(added) + 1}"
            added.append(Region(ids[box], box))
    phrases = tuple(RegionPhrase(phrase.start, phrase.end, tuple(ids[box] for box in phrase.boxes)) for phrase in text.phrases)
    return RegionText(text.text, phrases), tuple(added)


def grounded(text: RegionText, regions: Sequence[Region]) -> GroundedText:
    """The text with the boxes of its regions; phrases without regions are plain words."""
    return _grounded(text, {region.id: region.box for region in regions})


def _grounded(text: RegionText, boxes: Mapping[str, Box]) -> GroundedText:
    phrases = tuple(
        Phrase(phrase.start, phrase.end, tuple(dict.fromkeys(boxes[name] for name in phrase.regions))) for phrase in text.phrases if phrase.regions
    )
    return GroundedText(text.text, phrases)


def grounded_in(record: Record, text: RegionText) -> GroundedText:
    """One of the record's texts with the boxes of its live regions; links to dropped ones are left out."""
    return grounded(linked_among(text, {region.id for region in record.live_regions}), record.live_regions)


def linked_among(text: RegionText, names: Set[str]) -> RegionText:
    """The text with its links to these regions alone; phrases without one become plain words."""
    phrases = (replace(phrase, regions=tuple(name for name in phrase.regions if name in names)) for phrase in text.phrases)
    return replace(text, phrases=tuple(phrase for phrase in phrases if phrase.regions))
