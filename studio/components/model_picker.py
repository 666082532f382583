"""Which model is asked, and which one it is compared with. Its browser side is `assets/js/model_picker.js`, which follows the models' states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core.backends.pool import ModelPool
from studio.components.annotator import STYLESHEET

_ON_LOAD = """import("/assets/js/model_picker.js").then((module) => module.mount({element, props, watch}));"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Names of offered models. `rival`: the one compared with, empty for none; never the same."""

    model: str
    rival: str = ""

    @property
    def models(self) -> tuple[str, ...]:
        return (self.model, self.rival) if self.rival else (self.model,)

    def to_json(self) -> dict[str, str]:
        return {"model": self.model, "rival": self.rival}


def read_choice(value: object, names: Sequence[str]) -> Choice:
    """The choice as it comes back from the browser; the first model where it makes no sense."""
    fields = value if isinstance(value, Mapping) else {}
    model, rival = fields.get("model"), fields.get("rival")
    model = model if isinstance(model, str) and model in names else names[0]
    return Choice(model, rival if isinstance(rival, str) and rival in names and rival != model else "")


class ModelPicker(gr.HTML):
    """Takes and gives a `Choice` among the models on offer, which may become more or fewer while the page is open; hidden where the embedded one is alone."""

    def __init__(self, models: ModelPool, **options: Any) -> None:
        self._models = models
        super().__init__(
            Choice(models.names[0]),
            html_template="<div></div>",
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            head=STYLESHEET,
            names=list(models.names),
            **options,
        )

    def preprocess(self, payload: object) -> Choice:
        return read_choice(payload, self._models.names)

    def postprocess(self, value: Choice | None) -> dict[str, str]:
        return (value or Choice(self._models.names[0])).to_json()

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "model, and rival where two are compared"}

    def example_payload(self) -> dict[str, Any]:
        return Choice(self._models.names[0]).to_json()

    def example_value(self) -> Choice:
        return Choice(self._models.names[0])
