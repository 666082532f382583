"""The build desk: a program of its own in the page, which speaks to the build routes. Its browser side is `assets/js/build/app.js`."""

from __future__ import annotations

from typing import Any

import gradio as gr

from studio.components.annotator import STYLESHEET

_ON_LOAD = """import("/assets/js/build/app.js").then((module) => module.mount({element}));"""


class BuildDesk(gr.HTML):
    """Holds nothing for Gradio: builds are processes, and all that is known of them comes over the studio's own routes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            value=None,
            html_template="<div></div>",
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            head=STYLESHEET + '<link rel="stylesheet" href="/assets/css/build.css">',
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
