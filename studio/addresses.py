"""Addresses of images."""

from __future__ import annotations


def media_url(image_id: str) -> str:
    """Where an image is shown, upright; its thumbnail is below it at `/thumbnail`."""
    return f"/media/{image_id}"
