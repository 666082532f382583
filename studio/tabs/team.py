"""The Team tab: how a project goes, in figures. All of it happens in the team page and on the review routes."""

from __future__ import annotations

from studio.components.page_program import PageProgram


def build_team_tab() -> PageProgram:
    """Layout alone: there are no Gradio events to wire."""
    return PageProgram("dashboard")
