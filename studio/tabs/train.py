"""The Train tab: models trained on what people corrected, watched, and put on offer. All of it happens in the train desk and on the training routes."""

from __future__ import annotations

from studio.components.page_program import PageProgram


def build_train_tab() -> PageProgram:
    """Layout alone: there are no Gradio events to wire."""
    return PageProgram("train")
