"""Where things are: the files of the page, and the addresses of images."""

from __future__ import annotations

from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def media_url(image_id: str) -> str:
    """Where an image is shown, upright; its thumbnail is below it at `/thumbnail`."""
    return f"/media/{image_id}"
