"""Models on the disk: a folder as it is named, or one of the Hugging Face hub's, fetched when its name is loaded and not before."""

from __future__ import annotations

from pathlib import Path

from core.backends.base import Report
from core.backends.names import BackendName


def model_folder(name: BackendName, report: Report) -> Path:
    """The folder that holds the model's files. Raises `BackendUnavailable`, which says what is missing and how to get it."""
    folder = Path(name.target)
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download

    report("downloading", None)
    return Path(snapshot_download(name.target, revision=name.options.get("revision")))
