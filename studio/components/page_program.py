"""A program of its own in the page: it speaks to the studio's routes, never through Gradio's events."""

from __future__ import annotations

from typing import Any

import gradio as gr

from studio.components.annotator import STYLESHEET


class PageProgram(gr.HTML):
    """Holds nothing for Gradio. `program`: its module is `assets/js/PROGRAM/app.js`, which exports `mount`, its stylesheet `assets/css/PROGRAM.css`."""

    def __init__(self, program: str, **options: Any) -> None:
        super().__init__(
            value=None,
            html_template="<div></div>",
            js_on_load=f'import("/assets/js/{program}/app.js").then((module) => module.mount({{element}}));',
            apply_default_css=False,
            head=f'{STYLESHEET}<link rel="stylesheet" href="/assets/css/{program}.css">',
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
