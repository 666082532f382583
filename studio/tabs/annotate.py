"""The Annotate tab: tasks opened one after another, corrected and saved. All of it happens in the task editor and on the annotation routes."""

from __future__ import annotations

from studio.components.page_program import PageProgram


def build_annotate_tab() -> PageProgram:
    """Layout alone: there are no Gradio events to wire."""
    return PageProgram("annotate")
