"""What a result was made with, beyond a model's name: its words or its weights, the program, the machine."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import sys
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from core.backends.base import Backend, VisionLanguageModel
from core.backends.embedded.version import weights_digest
from core.boxes import ImageSize
from core.tasks.prompts import ABSENT, MAX_TURNS

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("numpy", "opencv-python-headless", "pillow", "scipy", "torch", "transformers", "peft")


def digest_of(backend: Backend) -> str:
    """Of the words a model is asked in and how it writes boxes; of the embedded model, its weights and thresholds. Another one means other answers."""
    if isinstance(backend, VisionLanguageModel):
        said = {**asdict(backend.prompts), "boxes": backend.dialect.wish(ImageSize(1000, 800)), "absent": ABSENT, "turns": MAX_TURNS}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
    return weights_digest(backend.name)


def provenance() -> dict[str, object]:
    """Versions and machine; the git revision where there is one, marked where files were changed."""
    versions = {name: version for name in _PACKAGES if (version := _version(name))}
    return {"revision": _revision(), "python": platform.python_version(), "packages": versions, "machine": platform.machine(), "device": _device()}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _revision() -> str | None:
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=_ROOT, capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run(["git", "status", "--porcelain", "-uno"], cwd=_ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{head}+changes" if changed else head


def _device() -> str:
    """Of torch, where a model has loaded it: asking would take seconds."""
    torch = sys.modules.get("torch")
    return str(torch.cuda.get_device_name(0)) if torch is not None and torch.cuda.is_available() else "cpu"
