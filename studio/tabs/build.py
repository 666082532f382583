"""The Build tab: data made from photographs, watched as it grows. All of it happens in the build desk and on the build routes."""

from __future__ import annotations

from studio.components.page_program import PageProgram


def build_build_tab() -> PageProgram:
    """Layout alone: there are no Gradio events to wire."""
    return PageProgram("build")
