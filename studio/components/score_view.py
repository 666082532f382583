"""The overall score as a bar with its interval."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core.quality import Score


class ScoreView(gr.HTML):
    """Shows a `Score`, or nothing for `None`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            value=None,
            html_template='<div class="giqa-score" aria-live="polite"></div>',
            js_on_load="import('/assets/js/score.js').then((module) => module.mount({element, props, watch}));",
            apply_default_css=False,
            **options,
        )

    def postprocess(self, value: Score | None) -> Any:
        return None if value is None or value.value is None else {"value": value.value, "low": value.low, "high": value.high}

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
