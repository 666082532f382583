"""The Compare tab's own routes: a pair compared, a question about it, where it differs, and a person's vote."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from core.backends.base import Backend, ImageInput, Message, QualityModel, Request
from core.backends.capabilities import require_vision_language_model
from core.boxes import Box
from core.comparison import Comparison, PairText, Side, all_in, joined, said
from core.errors import InvalidInput
from core.images import Image
from core.pairs.alignment import align
from core.pairs.difference import difference
from core.quality import Preference
from core.tasks import answer, compare
from core.tasks.compare import named_beside
from core.tasks.compare.reading import read_pair_text
from core.tasks.question import read_question
from studio.auth import require_same_origin
from studio.jobs import Job
from studio.people import Who
from studio.services import Services
from studio.votes import keep_vote

_WRITE = [Depends(require_same_origin)]
_ANSWER_TOKENS = 256
_SIDES: tuple[Side, ...] = ("a", "b", "reference")


class _Pair(BaseModel):
    a: str = Field("", max_length=64)
    b: str = Field("", max_length=64)
    reference: str = Field("", max_length=64)
    model: str = Field("", max_length=500)


class _Question(_Pair):
    question: str = Field(max_length=2_000)


class _Vote(_Pair):
    preference: Preference


def compare_routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/comparisons")

    @router.post("", dependencies=_WRITE)
    def pair(wanted: _Pair) -> dict[str, str]:
        _both(wanted)
        return {"job": services.jobs.start(lambda job: _compared(services, wanted, job)).id}

    @router.post("/ask", dependencies=_WRITE)
    def ask(wanted: _Question) -> dict[str, str]:
        _both(wanted)
        read_question(wanted.question)
        return {"job": services.jobs.start(lambda job: _answered(services, wanted, job)).id}

    @router.post("/difference", dependencies=_WRITE)
    def differs(wanted: _Pair) -> dict[str, Any]:
        _both(wanted)
        return _difference(services, wanted)

    @router.post("/votes", dependencies=_WRITE)
    def vote(wanted: _Vote, who: Who) -> dict[str, Any]:
        _both(wanted)
        return keep_vote(services, a=wanted.a, b=wanted.b, reference=wanted.reference or None, preference=wanted.preference, user=who.id)

    return router


def _both(wanted: _Pair) -> None:
    missing = [name for name, image in (("A", wanted.a), ("B", wanted.b)) if not image]
    if missing:
        raise InvalidInput(f"Image {' and image '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: choose a photograph for it.")


def _opened(services: Services, wanted: _Pair) -> tuple[Image, Image, Image | None]:
    images = services.images
    return images.open(wanted.a), images.open(wanted.b), images.open(wanted.reference) if wanted.reference else None


def _compared(services: Services, wanted: _Pair, job: Job) -> dict[str, Any]:
    a, b, reference = _opened(services, wanted)
    job.report(0, 2)
    with services.models.using(services.models.offered(wanted.model), job.stop) as backend:
        found = compare(backend, a, b, reference, detail="detailed", cancel=job.stop)
        job.report(1, 2)
        named = {side: list(one.classes) for side, one in named_beside(backend, found, a, b, reference, cancel=job.stop).items()}
        return {**comparison_json(found), "distortions": named, "model": backend.name}


def _answered(services: Services, wanted: _Question, job: Job) -> dict[str, Any]:
    a, b, reference = _opened(services, wanted)
    job.report(0, 1)
    with services.models.using(services.models.offered(wanted.model), job.stop) as backend:
        told = _each(backend, a, b, wanted.question) if isinstance(backend, QualityModel) else _together(backend, a, b, reference, wanted.question, job)
        return {"text": text_json(told, "answer"), "model": backend.name}


def _each(backend: Backend, a: Image, b: Image, question: str) -> PairText:
    """A quality model is asked about one image after the other."""
    answers = [(side, answer(backend, image, question)) for side, image in (("a", a), ("b", b))]
    return joined(*(part for side, one in answers for part in (said(f"Image {side.upper()}:"), all_in(one.grounded, "a" if side == "a" else "b"))))


def _together(backend: Backend, a: Image, b: Image, reference: Image | None, question: str, job: Job) -> PairText:
    model = require_vision_language_model(backend, "Asking about a pair")
    images = (*([ImageInput(reference, "reference")] if reference else []), ImageInput(a, "a"), ImageInput(b, "b"))
    (reply,) = model.generate([Request((Message("user", f"{question.strip()}\n{model.dialect.wish(a.size)}".strip(), images),), _ANSWER_TOKENS)], job.stop)
    found, readable = read_pair_text(reply, model.dialect, a.size, b.size)
    return found if readable else said("The reply could not be read.")


def _difference(services: Services, wanted: _Pair) -> dict[str, Any]:
    """How far A and B depart from the reference, or from each other where there is none: rows of values in [0, 1] for each, `null` for another scene."""
    a, b, reference = _opened(services, wanted)
    beside = (reference, reference) if reference else (b, a)
    return {side: _rows(image, other) for side, image, other in zip(("a", "b"), (a, b), beside, strict=True)}


def _rows(image: Image, other: Image) -> list[list[float]] | None:
    laid = align(image, other)
    if laid is None:
        return None
    return [[round(min(1.0, float(value)), 3) for value in row] for row in difference(image, other, laid).total]


def comparison_json(found: Comparison) -> dict[str, Any]:
    return {
        "preference": found.preference, "confidence": found.confidence, "reasons_confidence": found.reasons_confidence, "method": found.method,
        "swap_consistent": found.swap_consistent, "chances": list(found.chances), "scene": found.scene, "reference_scene": found.reference_scene,
        "notes": list(found.notes), "unparsed": found.unparsed, "text": text_json(found.text, "reasons"),
    }  # fmt: skip


def text_json(text: PairText, name: str) -> dict[str, Any]:
    """A block as the grounded text view takes it, and the boxes of its phrases by image; regions are called by the block, the side and a number."""
    regions: dict[Side, list[dict[str, Any]]] = {side: [] for side in _SIDES}
    phrases = list[dict[str, Any]]()
    for phrase, side in zip(text.grounded.phrases, text.sides, strict=True):
        ids = [_region(regions[side], name, side, box, text.grounded.words(phrase)) for box in phrase.boxes]
        phrases.append({"start": phrase.start, "end": phrase.end, "regions": ids})
    return {"block": {"id": name, "kind": "answer", "text": text.text, "phrases": phrases}, "regions": regions}


def _region(regions: list[dict[str, Any]], name: str, side: Side, box: Box, words: str) -> str:
    known = next((one["id"] for one in regions if one["box"] == list(box.as_tuple())), None)
    if known is None:
        known = f"{name}-{side}{len(regions)}"
        regions.append({"id": known, "box": list(box.as_tuple()), "label": words[:80]})
    return str(known)
