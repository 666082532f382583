"""The Bench tab: models measured, their answers looked through. All of it happens in the bench desk and on the bench routes."""

from __future__ import annotations

from studio.components.page_program import PageProgram


def build_bench_tab() -> PageProgram:
    """Layout alone: there are no Gradio events to wire."""
    return PageProgram("bench")
