"""What a running program tells whoever looks on: a small JSON file, replaced again and again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path


def write_status_file(path: Path, told: Mapping[str, object]) -> None:
    """Whole or not at all, but not put on the disk: it is worth nothing after a power cut. A disk too full for it stops nobody's work."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(json.dumps(told, indent=1), encoding="utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
