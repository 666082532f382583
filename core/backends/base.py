"""The seams between tasks and models: small protocols, each with the values it takes.

A backend has a `name` and implements one or more of these. `core.backends.load` makes them from names; nothing else imports one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.backends.prompts import Prompts
from core.boxes import Box
from core.comparison import Comparison, Detail, Identified, PairText
from core.dialects import Dialect
from core.grounded_text import GroundedText
from core.images import Image
from core.quality import Answer, QualityMaps, Score, Turn

ImageRole = Literal["image", "reference", "a", "b"]

Report = Callable[[str, float | None], None]
"""Told what is going on while a backend is loaded, and which share of it is done, in [0, 1], where that is known."""


@runtime_checkable
class Backend(Protocol):
    """Anything that `load` returns."""

    @property
    def name(self) -> str:
        """The name it was loaded by; kept in every record it makes."""


@runtime_checkable
class QualityModel(Backend, Protocol):
    """A model that judges quality by itself, without prompts: the embedded default. Deterministic for one image."""

    def describe(self, image: Image) -> GroundedText: ...

    def answer(self, image: Image, question: GroundedText, boxes: Sequence[Box] = (), history: Sequence[Turn] = ()) -> Answer:
        """`question` carries its own boxes on its phrases; `boxes` are those drawn beside it; `history`: oldest first."""

    def score(self, image: Image, box: Box | None = None) -> Score: ...

    def maps(self, image: Image) -> QualityMaps: ...


@runtime_checkable
class PairModel(Backend, Protocol):
    """A model that compares images by itself, without prompts: the embedded default. The same for both orders of A and B."""

    def compare(self, a: Image, b: Image, reference: Image | None = None, detail: Detail = "detailed") -> Comparison: ...

    def describe_distortions(self, image: Image, reference: Image | None = None, detail: Detail = "detailed") -> PairText:
        """What is wrong with the image, and against its reference where there is one; phrases lie in side "a"."""

    def identify(self, image: Image, reference: Image | None = None, *, several: bool = True) -> Identified: ...


@dataclass(frozen=True, slots=True)
class ImageInput:
    """An image in a request, with the role it plays (DepictQA introduces images by role)."""

    image: Image
    role: ImageRole = "image"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat. Boxes in `text` are written in the model's own dialect."""

    speaker: Literal["system", "user", "assistant"]
    text: str
    images: tuple[ImageInput, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What a vision-language model is asked: messages, and how to decode. `temperature` 0 is greedy."""

    messages: tuple[Message, ...]
    max_new_tokens: int = 512
    temperature: float = 0.0
    seed: int = 0


@runtime_checkable
class VisionLanguageModel(Backend, Protocol):
    """A model that is prompted; what to ask and how to read the reply is `core.tasks`' work.

    Every method raises `MissingCapability` for a request that the model cannot take (images to one that reads only text, several to one that
    takes one), and `ModelFailed` where the model ran and gave nothing usable.
    """

    @property
    def dialect(self) -> Dialect:
        """How this model writes boxes."""

    @property
    def prompts(self) -> Prompts:
        """The words it is asked in."""

    @property
    def sees_images(self) -> bool:
        """False for a model that reads only text."""

    def generate(self, requests: Sequence[Request], cancel: Event | None = None) -> list[str]:
        """One reply per request, in order. Raises `Cancelled` soon after `cancel` is set."""

    def stream(self, request: Request, cancel: Event | None = None) -> Iterator[str]:
        """The reply in pieces as it comes; ends early, without an error, soon after `cancel` is set."""

    def choose(self, requests: Sequence[Request], choices: Sequence[str], cancel: Event | None = None) -> list[list[float]]:
        """For each request the probabilities of the choices as its reply, in their order, summing to 1; not-a-number where the model gave none."""


@dataclass(frozen=True, slots=True)
class ScoredBox:
    """A detector's box and how sure it is, in [0, 1]."""

    box: Box
    score: float


@runtime_checkable
class Detector(Backend, Protocol):
    def detect(self, image: Image, phrases: Sequence[str]) -> list[list[ScoredBox]]:
        """For each phrase its boxes, best first; an empty list where the phrase is not in the image."""


Point = tuple[float, float]
"""`(x, y)` in fractions of the image, each in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One segment: `mask` bool of shape (image height, image width), never empty, its tight box and its score in [0, 1].

    Score 0: nothing was found that can be trusted, and the mask may be no more than what was pointed at: the box, or the clicked pixel.
    """

    mask: NDArray[np.bool_]
    box: Box
    score: float


@runtime_checkable
class Segmenter(Backend, Protocol):
    def segment(self, image: Image, boxes: Sequence[Box] = (), points: Sequence[Point] = ()) -> list[Segment]:
        """The segment in each box, then the one at each point, in order; without either, segments of the whole image, largest first.

        Raises `InvalidInput` for a point outside the image.
        """


@runtime_checkable
class NameSimilarity(Backend, Protocol):
    def similarity(self, a: Sequence[str], b: Sequence[str]) -> NDArray[np.float64]:
        """How alike two names of things are, each of `a` with each of `b`: shape (len(a), len(b)), in [0, 1], 1 for the same name."""


@dataclass(frozen=True, slots=True)
class Tag:
    """An object of a description and what is said of its quality (stage 1 of the GIQA-160K pipeline)."""

    phrase: str
    quality: str
    effect: Literal["no impact", "positive", "negative"]


@runtime_checkable
class Tagger(Backend, Protocol):
    def tag(self, descriptions: Sequence[str]) -> list[list[Tag]]: ...


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """A question and its answer, as grounded text."""

    kind: Literal["yes_no", "what", "why", "how"]
    question: GroundedText
    answer: GroundedText


@runtime_checkable
class Questioner(Backend, Protocol):
    def ask(self, description: GroundedText, tags: Sequence[Tag]) -> list[QuestionAnswer]: ...
