"""Models that trainings made and an admin put on offer: kept in a file, so that a studio that starts again offers them still."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from core.backends.pool import ModelPool
from core.backends.registry import read_name
from core.errors import UnknownBackend
from core.export.giqa import write_whole

_log = logging.getLogger(__name__)


class ModelOffers:
    """Thread-safe. The pool knows what may be asked for; this file, what to put into it at the next start."""

    def __init__(self, file: Path, models: ModelPool) -> None:
        self._file, self._models = file, models
        self._lock = Lock()
        self._titles: dict[str, str] = {}
        self._take_up()

    @property
    def titles(self) -> Mapping[str, str]:
        """By name what people call them."""
        return dict(self._titles)

    @property
    def preferred(self) -> str | None:
        """The default, where it is one of these."""
        return first if (first := self._models.names[0]) in self._titles else None

    def offer(self, name: str, title: str) -> None:
        """Raises `UnknownBackend` for a name that could never be loaded."""
        with self._lock:
            self._models.offer(name)
            self._titles[name] = title
            self._keep()

    def withdraw(self, name: str) -> None:
        """Nothing happens where it is not on offer."""
        with self._lock:
            if self._titles.pop(name, None) is not None:
                self._models.withdraw(name)
                self._keep()

    def prefer(self, name: str | None) -> None:
        """`None`: the operator's first again. Raises `UnknownBackend` for one that is not offered."""
        with self._lock:
            self._models.prefer(name)
            self._keep()

    def _keep(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._file, json.dumps({"offered": self._titles, "default": self.preferred}, indent=1, ensure_ascii=False).encode())

    def _take_up(self) -> None:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            offered, default = {str(name): str(title) for name, title in kept["offered"].items()}, kept["default"]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("%s cannot be read, so no trained model is on offer: %s", self._file, error)
            return
        for name, title in offered.items():
            if _is_there(name):
                self._models.offer(name)
                self._titles[name] = title
            else:
                _log.warning("the trained model %s is gone and no longer on offer", name)
        if default in self._titles:
            self._models.prefer(default)


def _is_there(name: str) -> bool:
    try:
        read = read_name(name)
    except UnknownBackend:
        return False
    return Path(read.options.get("adapter") or read.target).is_dir()
