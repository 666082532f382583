"""The embedded backend: perception, people and plain language. A quality model; tagger, detector and questioner of the builder;
a segmenter and a measure of names; offline, on one core.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from core.backends.base import Point, QuestionAnswer, Report, ScoredBox, Segment, Tag
from core.backends.embedded.answering import answer_question
from core.backends.embedded.describing import describe_scene
from core.backends.embedded.detecting import detect_phrase
from core.backends.embedded.doubt import doubt_of
from core.backends.embedded.identifying import identify
from core.backends.embedded.naming import name_similarity
from core.backends.embedded.pair_words import Shown, named
from core.backends.embedded.pairs import compare_shown, describe_beside
from core.backends.embedded.people import PeopleFinder, working_copy
from core.backends.embedded.perception import perceive
from core.backends.embedded.questioning import ask_about
from core.backends.embedded.record_claims import record_claims
from core.backends.embedded.regions import score_region, visible_strength
from core.backends.embedded.scene import Scene, make_scene, measure_tones
from core.backends.embedded.segmenting import segment_image
from core.backends.embedded.tagging import read_tags
from core.backends.embedded.unfit import why_unfit
from core.backends.embedded.weights import Model, folder_of, load_model
from core.backends.names import BackendName
from core.boxes import Box
from core.comparison import Comparison, Detail, Identified, PairText, Side, all_in, said
from core.grounded_text import GroundedText
from core.images import Image
from core.pairs.alignment import align
from core.pairs.difference import difference
from core.quality import Answer, QualityMaps, Score, Turn
from core.records import Record

_REMEMBERED = 16  # scenes, about 800 KB each with the small grey copy


class EmbeddedBackend:
    """Looks at an image once and speaks about it as often as asked; keeps maps of the last few images, no pixels. Threads may share it."""

    def __init__(self, model: Model, name: str = "embedded") -> None:
        self.name = name
        self._model = model
        self._people = PeopleFinder()
        self._lock = Lock()
        self._scenes: OrderedDict[str, Scene] = OrderedDict()

    def describe(self, image: Image) -> GroundedText:
        return describe_scene(self._look(image))

    def answer(self, image: Image, question: GroundedText, boxes: Sequence[Box] = (), history: Sequence[Turn] = ()) -> Answer:
        return answer_question(self._look(image), question, boxes, history)

    def score(self, image: Image, box: Box | None = None) -> Score:
        evidence = self._look(image).evidence
        return evidence.overall if box is None else score_region(evidence, box)

    def maps(self, image: Image) -> QualityMaps:
        """Strengths where the fault is as likely as an answer needs it to be, faint round about, nothing elsewhere."""
        evidence = self._look(image).evidence
        return QualityMaps({fault: visible_strength(evidence, fault) for fault in evidence.probability}, evidence.quality)

    def doubt(self, image: Image, record: Record) -> float:
        """How unsure it is of the image and how much it disagrees with the record, in [0, 1]."""
        return doubt_of(self._look(image).evidence, record_claims(record))
    def compare(self, a: Image, b: Image, reference: Image | None = None, detail: Detail = "detailed") -> Comparison:
        return compare_shown(self._shown("a", a), self._shown("b", b), self._shown("reference", reference) if reference else None, detail)

    def describe_distortions(self, image: Image, reference: Image | None = None, detail: Detail = "detailed") -> PairText:
        if reference is not None:
            return describe_beside(self._shown("a", image), self._shown("reference", reference), detail)
        if detail == "brief":
            return said(named(self.identify(image)))
        return all_in(self.describe(image), "a")

    def identify(self, image: Image, reference: Image | None = None, *, several: bool = True) -> Identified:
        laid = align(image, reference) if reference else None
        if reference is None or laid is None:
            return identify(self._look(image).evidence, several=several)
        return identify(self._look(image).evidence, self._look(reference).evidence, difference(image, reference, laid), several=several)

    def _shown(self, side: Side, image: Image) -> Shown:
        return Shown(side, image, self._look(image).evidence)

    def detect(self, image: Image, phrases: Sequence[str]) -> list[list[ScoredBox]]:
        scene = self._look(image)
        return [detect_phrase(image, scene, phrase) for phrase in phrases]

    def segment(self, image: Image, boxes: Sequence[Box] = (), points: Sequence[Point] = ()) -> list[Segment]:
        return segment_image(image, boxes, points)

    def similarity(self, a: Sequence[str], b: Sequence[str]) -> NDArray[np.float64]:
        return name_similarity(a, b)

    def tag(self, descriptions: Sequence[str]) -> list[list[Tag]]:
        return [read_tags(description) for description in descriptions]

    def ask(self, description: GroundedText, tags: Sequence[Tag]) -> list[QuestionAnswer]:
        return ask_about(description, tags)

    def _look(self, image: Image) -> Scene:
        with self._lock:
            if image.sha256 in self._scenes:
                self._scenes.move_to_end(image.sha256)
                return self._scenes[image.sha256]
        small = working_copy(image.pixels)
        finder, evidence, unfit = self._people, perceive(image, self._model), why_unfit(image.pixels)
        if unfit:
            evidence = replace(evidence, rate=lambda: Score(None, None, None, "embedded"))
        tones, look_closer = measure_tones(image.pixels), lambda known: finder.look_closer(small, known)
        scene = make_scene(evidence, lambda: finder.facing(small), tones, image.sha256, unfit, look_closer)
        with self._lock:
            self._scenes[image.sha256] = scene
            while len(self._scenes) > _REMEMBERED:
                self._scenes.popitem(last=False)
        return scene


def load_embedded(name: BackendName, _report: Report) -> EmbeddedBackend:
    """The backend, ready to be asked, with the shipped weights or those of the folder it names. Raises `BackendUnavailable` where these or OpenCV's
    cascades are missing."""
    return EmbeddedBackend(load_model(folder_of(name.target)), name.written)
