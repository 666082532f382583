"""What a server says when it does not give a reply, as errors that tell an operator what to do, and when another try is worth it."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from core.backends.openai_api.server import KEY_VARIABLES, Server
from core.errors import BackendUnavailable, GiqaError, MissingCapability, ModelFailed

_LONGEST_PAUSE_SECONDS = 8.0
_NO_IMAGES = re.compile(
    r"(?:\bnot\b|n't|\bno\b|cannot|only|unsupported|at most|too many).{0,80}(?:image|vision|multi-?modal)|image\S* .{0,60}(?:\bnot\b|n't|unsupported)",
    re.IGNORECASE,
)


class Refused(ModelFailed):
    """The server did not like the request itself, or failed over it each time."""

    def __init__(self, message: str, status: int, said: str) -> None:
        super().__init__(message)
        self.status = status
        self.said = said


class NotFound(BackendUnavailable):
    """Neither path nor model is known there."""


class TryAgain(Exception):
    """Something that may pass. `final`: the error where it does not; `after_seconds`: what the server asked us to wait, if it did."""

    def __init__(self, final: GiqaError, after_seconds: float | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.after_seconds = after_seconds

    def pause_seconds(self, number: int) -> float:
        """How long to wait after try `number` (from 0): what was asked, else twice as long each time with jitter, so that many clients do not come back at once."""
        if self.after_seconds is not None:
            return self.after_seconds
        longest = min(_LONGEST_PAUSE_SECONDS, 0.5 * 2.0**number)
        return longest * random.uniform(0.5, 1.0)


def refusal(server: Server, status: int, headers: Mapping[str, str], body: bytes) -> Exception:
    """The error for a status that is not a success."""
    said = server.quoted(_message(body))
    words = f"The server at {server.address} answered with status {status}" + (f': "{said}".' if said else ".")
    if 300 <= status < 400:
        return BackendUnavailable(f"The server at {server.address} sends us to another address ({_host(headers)}): name that one, if it is meant.")
    if status in (401, 403):
        return BackendUnavailable(_about_the_key(server, status))
    if status == 404:
        return NotFound(words)
    if status in (429, 502, 503, 504):
        return TryAgain(BackendUnavailable(f"{words} It has too much to do, or is not ready: try again later."), _retry_after(headers))
    if status >= 500:
        return TryAgain(Refused(f"{words} Its own log says why.", status, said), _retry_after(headers))
    return Refused(words, status, said)


def about_images(refused: Refused, server: Server) -> GiqaError:
    """The same, told as a lack where the server says that it takes no image, or not so many."""
    if not _NO_IMAGES.search(refused.said):
        return refused
    return MissingCapability(f'{refused} Model "{server.model}" cannot take the images of this request. For one that reads only text, add text_only=yes to its name.')


def _about_the_key(server: Server, status: int) -> str:
    names = " or ".join(reversed(KEY_VARIABLES))
    found = f"does not take the key in {names}" if server.key else f"wants a key: set {names}"
    return f"The server at {server.address} {found} (status {status})."


def _host(headers: Mapping[str, str]) -> str:
    """Where a redirect leads, without what may be secret in it."""
    try:
        parts = urlsplit(headers.get("location", ""))
        return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "of its own"
    except ValueError:
        return "one that cannot be read"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or a date; `None` where neither can be read."""
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text) if not text or text[0].isdigit() else parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds) if seconds < float("inf") else None


def _message(body: bytes) -> str:
    """The words in an error's body, whichever server wrote it; an HTML page has none worth showing."""
    text = body.decode("utf-8", "replace")
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return "" if text.lstrip().startswith("<") else text
    for name in ("error", "detail", "message"):
        while isinstance(data, dict) and name in data:
            data = data[name]
    return data if isinstance(data, str) else json.dumps(data)
