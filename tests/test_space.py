"""The README is a Space's card: its front matter is what the hub reads."""

from __future__ import annotations

import re
from pathlib import Path

from huggingface_hub import metadata_load

ROOT = Path(__file__).resolve().parent.parent
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def test_the_front_matter_is_what_a_space_takes():
    card = metadata_load(ROOT / "README.md")
    assert {**card, "tags": None, "title": None, "emoji": None} == {
        "title": None,
        "emoji": None,
        "colorFrom": "indigo",
        "colorTo": "gray",
        "sdk": "gradio",
        "sdk_version": _pinned("gradio[mcp]"),
        "python_version": "3.11",
        "app_file": "app.py",
        "license": "apache-2.0",
        "short_description": card["short_description"],
        "hf_oauth": True,
        "tags": None,
    }
    assert len(card["short_description"]) <= 60 and {card["colorFrom"], card["colorTo"]} <= COLOURS
    assert (ROOT / card["app_file"]).is_file()


def _pinned(package: str) -> str:
    return re.search(rf"^{re.escape(package)}==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)[1]
