"""The task editor: a program of its own in the page, which speaks to the annotation routes. Its browser side is `assets/js/annotate/app.js`."""

from __future__ import annotations

from typing import Any

import gradio as gr

from studio.components.annotator import STYLESHEET

_ON_LOAD = """import("/assets/js/annotate/app.js").then((module) => module.mount({element}));"""


class TaskEditor(gr.HTML):
    """Holds nothing for Gradio: tasks, saves and lists go over the studio's own routes, which acknowledge and keep them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            value=None,
            html_template="<div></div>",
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            head=STYLESHEET + '<link rel="stylesheet" href="/assets/css/annotate.css">',
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
