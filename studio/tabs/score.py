"""The Score tab: all of it happens in its page program and on its routes (`studio/score_api.py`)."""

from __future__ import annotations

from studio.components.page_program import PageProgram


def build_score_tab() -> PageProgram:
    """Layout alone: there are no Gradio events to wire."""
    return PageProgram("scoring")
