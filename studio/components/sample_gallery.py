"""The shelf of sample photographs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr


class SampleGallery(gr.HTML):
    """Shows samples by name and label; `select` tells which one was chosen, as `{"name": ...}` in the event's data."""

    def __init__(self, samples: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(
            value=[{"name": name, "label": label} for name, label in samples],
            html_template='<div class="giqa-gallery" role="group" aria-label="Sample photographs"></div>',
            js_on_load="import('/assets/js/gallery.js').then((module) => module.mount({element, props, trigger, watch})); 'select';",
            apply_default_css=False,
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "array"}
