"""The Review tab: submissions looked at, commented on and decided. All of it happens in the review page and on the review routes."""

from __future__ import annotations

from studio.components.page_program import PageProgram


def build_review_tab() -> PageProgram:
    """Layout alone: there are no Gradio events to wire."""
    return PageProgram("review")
