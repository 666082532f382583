"""The description and the conversation, linked to the annotator's boxes. Its browser side is `assets/js/grounded_text_view.js`."""

from __future__ import annotations

from typing import Any

import gradio as gr

from studio.components.annotator import STYLESHEET

_ON_LOAD = """import("/assets/js/grounded_text_view.js").then((module) => module.mount({element, props, trigger, watch})); "stop";"""


class GroundedTextView(gr.HTML):
    """Shows `{"blocks": [{"id", "kind", "text", "phrases": [{"start", "end", "regions": [ids]}], "status", "confidence"}]}`; offsets in code points.

    `kind`: description, question, answer or note. `status`: as in `core.quality.Answer`, or `None`. More fields are those of `studio.blocks.Block`. Event:
    `stop`, when the button of that name on a growing block is pressed. What comes back from the page is untrusted and
    is not read here: the reader of conversations is the one who knows what they are for. `channel`: that of the annotator it speaks of.
    """

    def __init__(self, value: dict[str, Any] | None = None, *, channel: str = "assess", **options: Any) -> None:
        super().__init__(
            value,
            html_template="<div></div>",
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            head=STYLESHEET,
            channel=channel,
            **options,
        )

    def preprocess(self, payload: object) -> object:
        return payload

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, Any]:
        return value or {"blocks": []}

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "blocks of text with phrases"}

    def example_payload(self) -> dict[str, Any]:
        return {"blocks": []}

    def example_value(self) -> dict[str, Any]:
        return {"blocks": []}
