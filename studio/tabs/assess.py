"""The Assess tab: open a photograph, read its grounded description, ask about boxes, see the heat maps, take the result away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import gradio as gr

from core.backends.base import Backend, QualityModel
from core.backends.capabilities import require_quality_model
from core.boxes import Box
from core.errors import InvalidInput
from core.grounded_text import GroundedText
from core.images import Image
from core.quality import FAULT_NAMES, Fault, Score, Turn
from core.store.image_files import StoredImage
from core.tasks import answer, describe, score
from core.tasks.suggest import suggest
from studio.addresses import media_url
from studio.components.annotator import Annotator
from studio.components.canvas import CanvasImage, CanvasRegion, CanvasValue, HeatMap
from studio.components.grounded_text_view import GroundedTextView
from studio.components.sample_gallery import SampleGallery
from studio.components.score_view import ScoreView
from studio.conversation import Block, add_answer, add_grounded, conversation_json, described, history, read_blocks
from studio.corrections import correction_task
from studio.messages import shows_errors
from studio.pictures import annotated_picture, assessment_json, markup_text
from studio.services import Services

_SUGGESTIONS = 4
_NO_HEAT = "None"
_CHEAP: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": None, "show_progress": "hidden"}
_MODEL: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 1, "concurrency_id": "model", "show_progress": "hidden"}
_DOWNLOAD = "(url) => { if (!url) return; const link = document.createElement('a'); link.href = url; link.download = ''; link.click(); }"

_OPEN_TASK = """(task) => { if (!task) return;
  history.replaceState(history.state, '', '#task=' + Number(task));
  document.dispatchEvent(new CustomEvent('giqa:open-task', {detail: {task: Number(task)}})); }"""
_CONSENT = """(...given) => { if (!confirm('Your photograph and this result are kept on this public studio, where others can see and correct them. Go on?'))
  throw new Error('Nothing was kept.');
  return given; }"""


@dataclass(frozen=True, slots=True)
class AssessTab:
    canvas: Annotator
    samples: SampleGallery
    heat: gr.Dropdown
    score: ScoreView
    conversation: GroundedTextView
    suggestions: Sequence[gr.Button]
    question: gr.Textbox
    ask: gr.Button
    describe: gr.Button
    backend: gr.Dropdown
    take_picture: gr.Button
    take_markup: gr.Button
    take_json: gr.Button
    takeaway: gr.Textbox
    correct: gr.Button
    task: gr.Textbox


def build_assess_tab(services: Services) -> AssessTab:
    names = services.settings.backends
    with gr.Row(elem_classes="giqa-assess", equal_height=False):
        with gr.Column(scale=7, min_width=320, elem_classes="giqa-left"):
            canvas = Annotator(channel="assess")
            heat = gr.Dropdown(_heat_choices(), value=_NO_HEAT, label="Heat map", info="Where a fault is seen, and how strongly")
        with gr.Column(scale=5, min_width=320, elem_classes="giqa-right"):
            score_view = ScoreView()
            conversation = GroundedTextView(channel="assess")
            with gr.Row(elem_classes="giqa-suggestions"):
                suggestions = [gr.Button(visible=False, size="sm", variant="secondary") for _ in range(_SUGGESTIONS)]
            with gr.Row(elem_classes="giqa-ask"):
                question = gr.Textbox(
                    label="Question", placeholder="Is this part blurred? Where is the noise? Why?", lines=1, max_lines=4, scale=5, elem_id="giqa-question"
                )
                ask = gr.Button("Ask", variant="primary", scale=1, min_width=80)
            backend = gr.Dropdown(list(names), value=names[0], label="Model", visible=len(names) > 1)
            with gr.Row(elem_classes="giqa-actions"):
                again = gr.Button("Describe again", size="sm")
                picture = gr.Button("Save picture", size="sm")
                markup = gr.Button("Save markup", size="sm")
                everything = gr.Button("Save JSON", size="sm")
                correct = gr.Button("Correct this", size="sm", variant="primary")
            with gr.Accordion("Sample photographs", open=True):
                samples = SampleGallery([(sample.name, sample.label) for sample in services.samples.available()])
            takeaway = gr.Textbox(visible="hidden", label="Address of the file")
            task = gr.Textbox(visible="hidden", label="Number of the task")
    taking = (picture, markup, everything, takeaway, correct, task)
    return AssessTab(canvas, samples, heat, score_view, conversation, suggestions, question, ask, again, backend, *taking)


@dataclass(frozen=True, slots=True)
class _Handlers:
    """What the tab's events do, in the order a person meets them."""

    services: Services

    @shows_errors
    def open_sample(self, canvas: CanvasValue, event: gr.EventData) -> CanvasValue:
        name = str(event._data.get("name", ""))
        stored = self.services.images.add(self.services.samples.data(name), self.services.samples.label(name))
        return canvas.opened(_on_canvas(stored))

    @shows_errors
    def describe_image(self, canvas: CanvasValue, backend: str) -> Iterator[list[Any]]:
        if canvas.image is None:
            raise InvalidInput("Open a photograph first: drop one on the canvas, or choose a sample.")
        yield [gr.skip(), conversation_json([_note("Looking at the photograph…")]), None, _NO_HEAT, *_buttons(())]
        image, model = self.services.images.open(canvas.image.id), self.services.backends.get(backend)
        block, regions = add_grounded(describe(model, image), Block("d", "description", ""), ())
        fresh = replace(canvas.with_machine_regions(regions), heat=None)
        notes = [_note(note) for note in canvas.image.notes]
        rest = suggest(model, image, _boxes(fresh.drawn))
        yield [fresh, conversation_json([*notes, block]), score(model, image), _NO_HEAT, *_buttons(rest)]

    @shows_errors
    def ask_question(self, canvas: CanvasValue, conversation: object, question: str, backend: str) -> list[Any]:
        if canvas.image is None:
            raise InvalidInput("Open a photograph first, then ask about it.")
        image, model, blocks = self.services.images.open(canvas.image.id), self.services.backends.get(backend), read_blocks(conversation)
        drawn = _asked_about(canvas)
        said = answer(model, image, question, _boxes(drawn), history(blocks, canvas.regions))
        blocks, regions = add_answer(blocks, canvas.regions, question.strip(), drawn, said)
        return [replace(canvas, regions=regions), conversation_json(blocks), "", *_buttons(suggest(model, image, _boxes(drawn), history(blocks, regions)))]

    @shows_errors
    def show_heat(self, canvas: CanvasValue, fault: str, backend: str) -> CanvasValue:
        if canvas.image is None or fault == _NO_HEAT:
            return replace(canvas, heat=None)
        return replace(canvas, heat=_heat(self.services.backends.get(backend), self.services.images.open(canvas.image.id), Fault(fault)))

    @shows_errors
    def save_picture(self, canvas: CanvasValue) -> str:
        image = _open_for_taking(canvas, self.services)
        return self.services.takeaways.put(annotated_picture(image, [(region.label, region.box) for region in canvas.regions]), _file_name(canvas, "png"))

    @shows_errors
    def save_markup(self, canvas: CanvasValue, conversation: object) -> str:
        _open_for_taking(canvas, self.services)
        description, turns = _taken(canvas, conversation)
        return self.services.takeaways.put(markup_text(description, turns).encode(), _file_name(canvas, "txt"))

    @shows_errors
    def save_json(self, canvas: CanvasValue, conversation: object, backend: str) -> str:
        image, (description, turns) = _open_for_taking(canvas, self.services), _taken(canvas, conversation)
        overall: Score = score(self.services.backends.get(backend), image)
        return self.services.takeaways.put(assessment_json(image, backend, description, turns, overall).encode(), _file_name(canvas, "json"))

    @shows_errors
    def correct_this(self, canvas: CanvasValue, conversation: object, backend: str) -> tuple[str, gr.Tabs]:
        if canvas.image is None:
            raise InvalidInput("There is nothing to correct yet: open a photograph first.")
        description, turns = _taken(canvas, conversation)
        number = correction_task(self.services, canvas.image.id, backend, description, turns, _boxes(canvas.drawn))
        return str(number), gr.Tabs(selected="annotate")


def wire_assess_tab(tab: AssessTab, services: Services, tabs: gr.Tabs) -> None:
    do = _Handlers(services)
    shown = [tab.canvas, tab.conversation, tab.score, tab.heat, *tab.suggestions]

    looking: dict[str, Any] = {"fn": do.describe_image, "inputs": [tab.canvas, tab.backend], "outputs": shown, **_MODEL, "trigger_mode": "always_last"}
    tab.canvas.opened(**looking)
    tab.samples.select(do.open_sample, tab.canvas, tab.canvas, **_CHEAP).then(**{key: value for key, value in looking.items() if key != "trigger_mode"})
    tab.describe.click(**looking)
    asking: dict[str, Any] = {
        "inputs": [tab.canvas, tab.conversation, tab.question, tab.backend],
        "outputs": [tab.canvas, tab.conversation, tab.question, *tab.suggestions],
        **_MODEL,
    }
    gr.on([tab.ask.click, tab.question.submit], do.ask_question, **asking)
    for button in tab.suggestions:
        button.click(lambda text: text, button, tab.question, **_CHEAP).then(do.ask_question, **asking)
    tab.heat.input(do.show_heat, [tab.canvas, tab.heat, tab.backend], tab.canvas, **_MODEL)
    consent = _CONSENT if services.settings.on_space else None
    said = [tab.canvas, tab.conversation, tab.backend]
    taking: dict[str, Any] = {"fn": None, "inputs": tab.takeaway, "outputs": None, "js": _DOWNLOAD, "api_visibility": "private"}
    tab.take_picture.click(do.save_picture, tab.canvas, tab.takeaway, **_MODEL).success(**taking)
    tab.take_markup.click(do.save_markup, [tab.canvas, tab.conversation], tab.takeaway, **_CHEAP).success(**taking)
    tab.take_json.click(do.save_json, said, tab.takeaway, **_MODEL).success(**taking)
    opening = tab.correct.click(do.correct_this, said, [tab.task, tabs], js=consent, **_CHEAP)
    opening.success(None, tab.task, None, js=_OPEN_TASK, api_visibility="private")


def _on_canvas(stored: StoredImage) -> CanvasImage:
    return CanvasImage(stored.id, media_url(stored.id), stored.width, stored.height, stored.name, stored.notes)


def _note(text: str) -> Block:
    return Block("n", "note", text)


def _boxes(regions: Sequence[CanvasRegion]) -> tuple[Box, ...]:
    return tuple(region.box for region in regions)


def _asked_about(canvas: CanvasValue) -> tuple[CanvasRegion, ...]:
    """The chosen boxes; where none is chosen, those that were drawn and not yet asked about are not guessed at: the question is of the image."""
    return canvas.selected_regions


def _buttons(questions: Sequence[str]) -> list[Any]:
    padded = [*questions, *[""] * _SUGGESTIONS][:_SUGGESTIONS]
    return [gr.Button(value=question, visible=bool(question)) for question in padded]


def _heat_choices() -> list[tuple[str, str]]:
    return [("None", _NO_HEAT), *((name[0].upper() + name[1:], fault.value) for fault, name in FAULT_NAMES.items())]


def _heat(backend: Backend, image: Image, fault: Fault) -> HeatMap:
    model: QualityModel = require_quality_model(backend, "Heat maps")
    rows = model.maps(image).strength[fault]
    return HeatMap(FAULT_NAMES[fault], tuple(tuple(round(float(value), 3) for value in row) for row in rows))


def _open_for_taking(canvas: CanvasValue, services: Services) -> Image:
    if canvas.image is None:
        raise InvalidInput("There is nothing to save yet: open a photograph first.")
    return services.images.open(canvas.image.id)


def _taken(canvas: CanvasValue, conversation: object) -> tuple[GroundedText | None, tuple[Turn, ...]]:
    blocks = read_blocks(conversation)
    return described(blocks, canvas.regions), history(blocks, canvas.regions)


def _file_name(canvas: CanvasValue, suffix: str) -> str:
    stem = PurePath(canvas.image.name).stem if canvas.image else ""
    return f"{stem or 'photograph'}-quality.{suffix}"
