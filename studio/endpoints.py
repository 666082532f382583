"""Named endpoints for programs: describe, answer, score and compare, over HTTP (`gradio_client`) and MCP. Their docstrings are the tools' descriptions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from core.boxes import Box
from core.errors import InvalidInput
from core.images import Image, open_image
from core.tasks import answer, compare, describe, score
from core.tasks.compare import named_beside
from studio.messages import tells_errors
from studio.pictures import Compared, answer_json, compared_json, grounded_json, score_json
from studio.services import Services

_MOST_BOXES = 20
_PROGRAMS = 8  # calls at once, each with a thread of its own; people at the page have theirs


def add_endpoints(services: Services) -> None:
    """Inside a `gr.Blocks`: components that are not shown, an event each."""
    photograph = gr.File(label="Photograph", type="filepath", visible=False)
    image_a, image_b, reference = (gr.File(label=label, type="filepath", visible=False) for label in ("Image A", "Image B", "Reference"))
    question = gr.Textbox(label="Question", visible=False)
    boxes = gr.Textbox("", label="Boxes", visible=False)
    model = gr.Textbox("", label="Model", visible=False)
    result = gr.JSON(label="Result", visible=False)

    @tells_errors
    def describe_photograph(photograph: str, model: str = "") -> dict[str, Any]:
        """Describe the quality of a photograph: its faults and strengths, with the places they are in.

        Args:
            photograph: the image file.
            model: one of the models on offer here; empty for the default one.

        Returns:
            text, markup (phrases with 20x20 grid boxes) and phrases with boxes [x1, y1, x2, y2] in fractions of the upright image.
        """
        with services.models.using(services.models.offered(model)) as backend:
            return grounded_json(describe(backend, _opened(photograph, services)))

    @tells_errors
    def answer_question(photograph: str, question: str, boxes: str = "", model: str = "") -> dict[str, Any]:
        """Answer a question about the quality of a photograph or of parts of it.

        Args:
            photograph: the image file.
            question: such as "Is this part blurred?" or "Where is the noise?"; it may carry markup, "Is the [dog](<142, 309>) blurred?".
            boxes: JSON list of boxes [x1, y1, x2, y2] in fractions of the image that the question is about; empty for none.
            model: one of the models on offer here; empty for the default one.

        Returns:
            text, markup, phrases with boxes, status (answered, declined, absent, unparsed) and confidence.
        """
        with services.models.using(services.models.offered(model)) as backend:
            return answer_json(answer(backend, _opened(photograph, services), question, read_boxes(boxes)))

    @tells_errors
    def score_photograph(photograph: str, boxes: str = "", model: str = "") -> dict[str, Any]:
        """Score the overall quality of a photograph, or of one part of it, from 0 to 1, higher is better.

        Args:
            photograph: the image file.
            boxes: JSON list with one box [x1, y1, x2, y2] in fractions of the image; empty for the whole image.
            model: one of the models on offer here; empty for the default one.

        Returns:
            value with its interval low..high, and the method.
        """
        parts = read_boxes(boxes)
        with services.models.using(services.models.offered(model)) as backend:
            return score_json(score(backend, _opened(photograph, services), parts[0] if parts else None))

    @tells_errors
    def compare_photographs(image_a: str, image_b: str, reference: str | None = None, model: str = "") -> Compared:
        """Tell which of two photographs has the better technical quality, how surely, and why: what is wrong with each, and where.

        Args:
            image_a: the one image file.
            image_b: the other image file, of the same scene or of another one.
            reference: a pristine image file of the same scene, which both are held against; none where there is none.
            model: one of the models on offer here; empty for the default one.

        Returns:
            preference (a, b or tie), confidence in it from 0 to 1 or null, the reasons as text and as phrases with the image (a, b or reference) and the boxes
            [x1, y1, x2, y2] in fractions of it that they speak of, reasons_confidence that they hold, from 0 to 1 or null, distortions by image (of one scene
            without a reference, those of the worse alone), whether A and B (scene) and the reference (reference_scene) show the same scene, whether both orders
            gave one verdict (swap_consistent), the method, and notes.
        """
        a, b = _opened(image_a, services, "Image A"), _opened(image_b, services, "Image B")
        beside = _opened(reference, services, "The reference") if reference else None
        with services.models.using(services.models.offered(model)) as backend:
            found = compare(backend, a, b, beside, detail="detailed")
            return compared_json(found, named_beside(backend, found, a, b, beside))

    queued = services.settings.auth == "none"  # a queued MCP call is a call of Gradio's to itself, without the caller's token
    _publish(describe_photograph, "describe", [photograph, model], result, queued=queued)
    _publish(answer_question, "answer", [photograph, question, boxes, model], result, queued=queued)
    _publish(score_photograph, "score", [photograph, boxes, model], result, queued=queued)
    _publish(compare_photographs, "compare", [image_a, image_b, reference, model], result, queued=queued)


def _publish(function: Callable[..., Any], name: str, inputs: list[Any], result: Any, *, queued: bool) -> None:
    gr.Button(visible=False).click(function, inputs, result, api_name=name, queue=queued, concurrency_id="programs", concurrency_limit=_PROGRAMS)


def _opened(photograph: str | None, services: Services, name: str = "") -> Image:
    """`name`: what it is called where there are several."""
    if not photograph:
        raise InvalidInput(f"{name} is missing: send an image file for it." if name else "No photograph was given: send an image file.")
    settings = services.settings
    with Path(photograph).open("rb") as file:  # not by its path, which an error would name
        return open_image(file, max_pixels=settings.max_image_pixels, max_bytes=settings.max_upload_bytes)


def read_boxes(text: str | None) -> tuple[Box, ...]:
    """`[[0.1, 0.2, 0.5, 0.6]]` to boxes; raises `InvalidInput` saying what was found."""
    if not text or not text.strip():
        return ()
    form = "Boxes are a JSON list such as [[0.1, 0.2, 0.5, 0.6]], in fractions of the image"
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{form}; this is not JSON: {text[:60]}") from error
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 4 for row in rows):
        raise InvalidInput(f"{form}; found {text[:60]}")
    if len(rows) > _MOST_BOXES:
        raise InvalidInput(f"At most {_MOST_BOXES} boxes at once, found {len(rows)}.")
    return tuple(Box(*row) for row in rows)
