"""What a model server replied, read field by field and trusted in none."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from core.backends.openai_api.server import Server
from core.errors import ModelFailed

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a streamed reply. `ends`: the server says that it was the last. `thinks`: it holds thoughts, which are no text."""

    text: str
    ends: bool
    thinks: bool = False


def first_choice(data: Any, server: Server) -> dict[str, Any]:
    """The first choice of a reply. Raises `ModelFailed` for an error with a status of success, a reply by another model, and one without choices."""
    if not isinstance(data, dict):
        raise ModelFailed(f"The server at {server.address} answered with JSON that is no reply: {server.quoted(str(data), 200)}.")
    if error := data.get("error"):
        said = error.get("message", error) if isinstance(error, dict) else error
        raise ModelFailed(f'The server at {server.address} reports an error in its reply: "{server.quoted(str(said))}".')
    _check_model(data.get("model"), server)
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise ModelFailed(f"The server at {server.address} gave a reply without a choice: {server.quoted(str(data), 200)}.")
    return choices[0]


def text_of(choice: dict[str, Any], server: Server) -> str:
    """The words of a whole reply; raises `ModelFailed` where it holds none, and says what it holds. An empty text is a reply."""
    message = choice.get("message")
    said = message if isinstance(message, dict) else {}
    text = _words(said.get("content"))
    if text is None:
        text = _words(said.get("refusal"))
    if text is None:
        raise ModelFailed(f'Model "{server.model}" gave no text: {_instead(said, choice.get("finish_reason"))}')
    return text


def piece_of(data: Any, server: Server) -> Piece:
    """What one event of a stream adds; events without a choice (of usage, say) add nothing."""
    if isinstance(data, dict) and data.get("choices") == [] and not data.get("error"):
        return Piece("", ends=False)
    choice = first_choice(data, server)
    part = choice.get("delta")
    said = part if isinstance(part, dict) else {}
    if said.get("tool_calls"):
        raise ModelFailed(f'Model "{server.model}" gave no text: {_instead(said, None)}')
    text, thinks = _words(said.get("content")) or _words(said.get("refusal")) or "", bool(said.get("reasoning_content") or said.get("reasoning"))
    return Piece(text, bool(choice.get("finish_reason")), thinks)


def is_related(asked: str, said: str) -> bool:
    """Whether a server that names `said` answers for `asked`: the same, with or without a folder, an owner, a version or a tag."""
    one, other = asked.strip().casefold(), said.strip().casefold()
    if one.startswith(other) or other.startswith(one) or one.endswith(other) or other.endswith(one):
        return True
    one, other = (name.rstrip("/").rpartition("/")[2] for name in (one, other))
    return one.startswith(other) or other.startswith(one)


def _check_model(said: Any, server: Server) -> None:
    if isinstance(said, str) and said.strip() and not is_related(server.model, said):
        other = server.quoted(said, 100)
        raise ModelFailed(f'The server at {server.address} answers for the model "{other}", asked was "{server.model}". If that is the one, write it after the "#".')


def _words(content: Any) -> str | None:
    """A text, or the texts of a list of parts; `None` for anything else. Half characters become question marks."""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type", "text") in ("text", "output_text")]
        texts = [part for part in parts if isinstance(part, str)]
        return _whole_characters("".join(texts)) if texts else None
    return _whole_characters(content) if isinstance(content, str) else None


def _whole_characters(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _instead(said: dict[str, Any], reason: Any) -> str:
    if said.get("tool_calls") or said.get("function_call"):
        return "it called a tool, and none was offered. Serve it without tools."
    if said.get("reasoning_content") or said.get("reasoning"):
        cut = ", and its tokens ended before it replied" if reason == "length" else ""
        return f"it only thought{cut}. Serve it with reasoning turned off."
    return "the content of its reply is empty. Ask again, or choose another model."
