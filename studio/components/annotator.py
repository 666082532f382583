"""The annotator: boxes on an image, drawn by people and by the machine. Its browser side is `assets/js/annotator.js`."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import gradio as gr

from core.errors import InvalidInput
from studio.components.canvas import CanvasValue, read_canvas

STYLESHEET = '<link rel="stylesheet" href="/assets/css/annotator.css">'

# Constant: data reaches the page as props only, for a template that holds data runs what stands in it. "opened" makes the event of that name.
_ON_LOAD = """import("/assets/js/annotator.js").then((module) => module.mount({element, props, trigger, watch})); "opened";"""


class Annotator(gr.HTML):
    """Takes `CanvasValue`s or `None`, which clears the canvas; gives `CanvasValue`s.

    Events: `change` after each of the person's changes, the selection too; `opened` when an image was uploaded here and stands in the value.
    `channel`: text views of the same channel show each other's regions. `labels`: the keys 1 to 9 give these to the selected boxes.
    """

    def __init__(self, value: CanvasValue | None = None, *, channel: str = "assess", labels: Sequence[str] = (), **options: Any) -> None:
        super().__init__(
            value,
            html_template="<div></div>",
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            head=STYLESHEET,
            channel=channel,
            labels=list(labels),
            **options,
        )

    def preprocess(self, payload: object) -> CanvasValue:
        try:
            return read_canvas(payload)
        except InvalidInput as error:
            raise gr.Error(html.escape(str(error)), print_exception=False) from error

    def postprocess(self, value: CanvasValue | None) -> dict[str, Any] | None:
        return value.to_json() if value else None

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "image, regions, selected, heat, readonly and revision"}

    def example_payload(self) -> dict[str, Any]:
        return CanvasValue().to_json()

    def example_value(self) -> CanvasValue:
        return CanvasValue()
