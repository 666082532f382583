"""The Assess tab: open a photograph, read its grounded description, ask about boxes, see the heat maps, take the result away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import gradio as gr

from core.backends.base import Backend
from core.backends.capabilities import require_quality_model
from core.backends.pool import PROPOSER
from core.boxes import Box
from core.errors import GiqaError, InvalidInput
from core.images import Image
from core.quality import FAULT_NAMES, Answer, Fault, Score
from core.store.image_files import StoredImage
from core.tasks import score
from core.tasks.answer import stream_answer
from core.tasks.describe import stream_description
from core.tasks.question import read_question
from core.tasks.suggest import suggest
from studio.addresses import media_url
from studio.blocks import Block, conversation_json, read_blocks
from studio.components.annotator import Annotator
from studio.components.canvas import CanvasImage, CanvasRegion, CanvasValue, HeatMap
from studio.components.grounded_text_view import GroundedTextView
from studio.components.model_picker import Choice, ModelPicker
from studio.components.sample_gallery import SampleGallery
from studio.components.score_view import ScoreView
from studio.conversation import Assessment, answer_name, asked_block, assessment, history, is_growing, settled
from studio.corrections import correction_task
from studio.frames import Frame, Frames
from studio.messages import shows_errors
from studio.people import person
from studio.pictures import annotated_picture, assessment_json, markup_text
from studio.services import Services
from studio.telling import Teller

_SUGGESTIONS = 4
_NO_HEAT = "None"
_BY_PROPOSER = ", as the embedded model sees it"
_CHEAP: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": None, "show_progress": "hidden"}
_GROWING: dict[str, Any] = {**_CHEAP, "trigger_mode": "multiple"}
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
    models: ModelPicker
    take_picture: gr.Button
    take_markup: gr.Button
    take_json: gr.Button
    takeaway: gr.Textbox
    correct: gr.Button
    task: gr.Textbox


def build_assess_tab(services: Services) -> AssessTab:
    names = services.settings.backends
    others = tuple(names) != (PROPOSER,)
    with gr.Row(elem_classes="giqa-assess", equal_height=False):
        with gr.Column(scale=7, min_width=320, elem_classes="giqa-left"):
            canvas = Annotator(channel="assess")
            heat = gr.Dropdown(_heat_choices(), value=_NO_HEAT, label="Heat map", info="Where a fault is seen, and how strongly" + (_BY_PROPOSER if others else ""))
        with gr.Column(scale=5, min_width=320, elem_classes="giqa-right"):
            models = ModelPicker(services.models)
            score_view = ScoreView()
            conversation = GroundedTextView(channel="assess")
            with gr.Row(elem_classes=["giqa-suggestions", *(["giqa-by-embedded"] if others else [])]):
                suggestions = [gr.Button(visible=False, size="sm", variant="secondary") for _ in range(_SUGGESTIONS)]
            with gr.Row(elem_classes="giqa-ask"):
                question = gr.Textbox(
                    label="Question", placeholder="Is this part blurred? Where is the noise? Why?", lines=1, max_lines=4, scale=5, elem_id="giqa-question"
                )
                ask = gr.Button("Ask", variant="primary", scale=1, min_width=80)
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
    return AssessTab(canvas, samples, heat, score_view, conversation, suggestions, question, ask, again, models, *taking)


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
    async def describe_image(self, canvas: CanvasValue, choice: Choice, request: gr.Request) -> AsyncIterator[list[Any]]:
        if canvas.image is None:
            raise InvalidInput("Open a photograph first: drop one on the canvas, or choose a sample.")
        notes = [Block("n", "note", note) for note in canvas.image.notes]
        with self.services.runs.begin(request.session_hash or "") as run:
            yield [canvas.with_machine_regions(()), conversation_json([*notes, Block("n", "note", "Looking at the photograph…")]), None, _NO_HEAT, *_buttons(())]
            image = await asyncio.to_thread(self.services.images.open, canvas.image.id)
            teller = Teller(self.services.models, run)
            for second, name in enumerate(choice.models):
                block = Block(f"d{second or ''}", "description", "", model=self._label(name), second=bool(second))
                teller.start(name, block, lambda model: map(Answer, stream_description(model, image, run.cancel)), None if second else lambda model: score(model, image))
            frames = Frames(canvas, (), tuple(notes), teller)
            async for _ in teller.changes():
                yield [*_shown(frames.now()), teller.tellings[0].score, gr.skip(), *_kept_buttons()]
            if not run.superseded:
                rest = await asyncio.to_thread(self._suggestions, image, _boxes(canvas.drawn))
                yield [*_shown(frames.whole()), teller.tellings[0].score, gr.skip(), *_buttons(rest)]

    @shows_errors
    async def ask_question(self, canvas: CanvasValue, conversation: object, question: str, choice: Choice, request: gr.Request) -> AsyncIterator[list[Any]]:
        if canvas.image is None:
            raise InvalidInput("Open a photograph first, then ask about it.")
        asked, drawn, before = read_question(question), _asked_about(canvas), settled(read_blocks(conversation))
        blocks = (*before, asked_block(before, question.strip(), drawn))
        with self.services.runs.begin(request.session_hash or "") as run:
            yield [gr.skip(), conversation_json(blocks), "", *_kept_buttons()]
            image = await asyncio.to_thread(self.services.images.open, canvas.image.id)
            teller = Teller(self.services.models, run)
            for second, name in enumerate(choice.models):
                turns = history(before, canvas.regions, second=bool(second))
                block = Block(answer_name(blocks, second=bool(second)), "answer", "", model=self._label(name), second=bool(second))
                teller.start(name, block, lambda model, turns=turns: stream_answer(model, image, asked, _boxes(drawn), turns, run.cancel))  # type: ignore[misc]
            frames = Frames(canvas, canvas.regions, blocks, teller)
            async for _ in teller.changes():
                yield [*_shown(frames.now()), gr.skip(), *_kept_buttons()]
            if not run.superseded:
                again = [question.strip()] if any(telling.state == "failed" for telling in teller.tellings) else []
                rest = await asyncio.to_thread(self._suggestions, image, _boxes(drawn), frames)
                yield [*_shown(frames.whole()), gr.skip(), *_buttons([*again, *rest])]

    @shows_errors
    def stop(self, conversation: object, request: gr.Request) -> Any:
        """What was said stays. Where nothing runs any more, the page was left behind by a server that was started again."""
        return gr.skip() if self.services.runs.stop(request.session_hash or "") else conversation_json(settled(read_blocks(conversation)))

    @shows_errors
    def show_heat(self, canvas: CanvasValue, fault: str) -> CanvasValue:
        shown = replace(canvas, heat=None, keeps=("regions",))
        if canvas.image is None or fault == _NO_HEAT:
            return shown
        image = self.services.images.open(canvas.image.id)
        with self.services.models.using(self.services.models.proposer) as model:
            return replace(shown, heat=_heat(model, image, Fault(fault)))

    @shows_errors
    def save_picture(self, canvas: CanvasValue) -> str:
        image = _open_for_taking(canvas, self.services)
        return self.services.takeaways.put(annotated_picture(image, [(region.label, region.box) for region in canvas.regions]), _file_name(canvas, "png"))

    @shows_errors
    def save_markup(self, canvas: CanvasValue, conversation: object, choice: Choice) -> str:
        _open_for_taking(canvas, self.services)
        said, compared = _said(canvas, conversation, choice)
        text = markup_text(said.description, said.turns)
        if compared:
            text += f"\nCompared with {compared.backend}:\n{markup_text(compared.description, compared.turns)}"
        return self.services.takeaways.put(text.encode(), _file_name(canvas, "txt"))

    @shows_errors
    def save_json(self, canvas: CanvasValue, conversation: object, choice: Choice) -> str:
        image, (said, compared) = _open_for_taking(canvas, self.services), _said(canvas, conversation, choice)
        return self.services.takeaways.put(assessment_json(image, said, self._score(said.backend, image), compared).encode(), _file_name(canvas, "json"))

    @shows_errors
    def correct_this(self, canvas: CanvasValue, conversation: object, choice: Choice, request: gr.Request) -> tuple[str, gr.Tabs]:
        if canvas.image is None:
            raise InvalidInput("There is nothing to correct yet: open a photograph first.")
        said, _ = _said(canvas, conversation, choice)
        if is_growing(read_blocks(conversation)) or (not said.description and self.services.runs.is_on(request.session_hash or "")):
            raise InvalidInput("The model has not finished. Wait for it or press Stop, then correct what it said.")
        who = person(request.request)
        number = correction_task(self.services, who.id, canvas.image.id, said.backend, said.description, said.turns, _boxes(canvas.drawn))
        if not who.may("reviewer"):
            self.services.store.open().give(number, who.id)  # annotators may open what they were given
        return str(number), gr.Tabs(selected="annotate")

    def _label(self, name: str) -> str:
        """A model's name beside what it says, where there is a choice of models."""
        return name if len(self.services.models.names) > 1 else ""

    def _suggestions(self, image: Image, boxes: Sequence[Box], frames: Frames | None = None) -> tuple[str, ...]:
        with self.services.models.using(self.services.models.proposer) as model:
            return suggest(model, image, boxes, history(frames.blocks, frames.regions) if frames else ())

    def _score(self, name: str, image: Image) -> Score | None:
        """`None` where the model fails: what it said is taken away all the same."""
        try:
            with self.services.models.using(name) as model:
                return score(model, image)
        except GiqaError:
            return None


def wire_assess_tab(tab: AssessTab, services: Services, tabs: gr.Tabs) -> None:
    do = _Handlers(services)
    shown = [tab.canvas, tab.conversation, tab.score, tab.heat, *tab.suggestions]

    looking: dict[str, Any] = {"fn": do.describe_image, "inputs": [tab.canvas, tab.models], "outputs": shown, **_CHEAP}
    tab.canvas.opened(**looking, trigger_mode="multiple")
    tab.samples.select(do.open_sample, tab.canvas, tab.canvas, **_CHEAP).then(**looking)
    tab.describe.click(**looking, trigger_mode="multiple")
    asking: dict[str, Any] = {
        "inputs": [tab.canvas, tab.conversation, tab.question, tab.models],
        "outputs": [tab.canvas, tab.conversation, tab.question, *tab.suggestions],
    }
    gr.on([tab.ask.click, tab.question.submit], do.ask_question, **asking, **_GROWING)
    for button in tab.suggestions:
        button.click(lambda text: text, button, tab.question, **_CHEAP).then(do.ask_question, **asking, **_CHEAP)
    tab.conversation.stop(do.stop, tab.conversation, tab.conversation, **_CHEAP)
    tab.heat.input(do.show_heat, [tab.canvas, tab.heat], tab.canvas, **_GROWING)
    consent = _CONSENT if services.settings.on_space else None
    said = [tab.canvas, tab.conversation, tab.models]
    taking: dict[str, Any] = {"fn": None, "inputs": tab.takeaway, "outputs": None, "js": _DOWNLOAD, "api_visibility": "private"}
    tab.take_picture.click(do.save_picture, tab.canvas, tab.takeaway, **_CHEAP).success(**taking)
    tab.take_markup.click(do.save_markup, said, tab.takeaway, **_CHEAP).success(**taking)
    tab.take_json.click(do.save_json, said, tab.takeaway, **_CHEAP).success(**taking)
    opening = tab.correct.click(do.correct_this, said, [tab.task, tabs], js=consent, **_CHEAP)
    opening.success(None, tab.task, None, js=_OPEN_TASK, api_visibility="private")


def _on_canvas(stored: StoredImage) -> CanvasImage:
    return CanvasImage(stored.id, media_url(stored.id), stored.width, stored.height, stored.name, stored.notes)


def _boxes(regions: Sequence[CanvasRegion]) -> tuple[Box, ...]:
    return tuple(region.box for region in regions)


def _asked_about(canvas: CanvasValue) -> tuple[CanvasRegion, ...]:
    """The chosen boxes; where none is chosen, those that were drawn and not yet asked about are not guessed at: the question is of the image."""
    return canvas.selected_regions


def _buttons(questions: Sequence[str]) -> list[Any]:
    padded = [*questions, *[""] * _SUGGESTIONS][:_SUGGESTIONS]
    return [gr.Button(value=question, visible=bool(question)) for question in padded]


def _shown(frame: Frame) -> list[Any]:
    return [frame.canvas or gr.skip(), conversation_json(frame.blocks)]


def _kept_buttons() -> list[Any]:
    return [gr.skip()] * _SUGGESTIONS


def _heat_choices() -> list[tuple[str, str]]:
    return [("None", _NO_HEAT), *((name[0].upper() + name[1:], fault.value) for fault, name in FAULT_NAMES.items())]


def _heat(model: Backend, image: Image, fault: Fault) -> HeatMap:
    rows = require_quality_model(model, "Heat maps").maps(image).strength[fault]
    return HeatMap(FAULT_NAMES[fault], tuple(tuple(round(float(value), 3) for value in row) for row in rows))


def _open_for_taking(canvas: CanvasValue, services: Services) -> Image:
    if canvas.image is None:
        raise InvalidInput("There is nothing to save yet: open a photograph first.")
    return services.images.open(canvas.image.id)


def _said(canvas: CanvasValue, conversation: object, choice: Choice) -> tuple[Assessment, Assessment | None]:
    """What the model said, and the one compared with."""
    blocks = read_blocks(conversation)
    said, compared = (assessment(blocks, canvas.regions, choice.model, second=second) for second in (False, True))
    return said, compared if compared.description or compared.turns else None


def _file_name(canvas: CanvasValue, suffix: str) -> str:
    stem = PurePath(canvas.image.name).stem if canvas.image else ""
    return f"{stem or 'photograph'}-quality.{suffix}"
