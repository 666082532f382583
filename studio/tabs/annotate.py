"""The Annotate tab: tasks opened one after another, corrected and saved. All of it happens in the task editor and on the annotation routes."""

from __future__ import annotations

from studio.components.task_editor import TaskEditor


def build_annotate_tab() -> TaskEditor:
    """Layout alone: there are no Gradio events to wire."""
    return TaskEditor()
