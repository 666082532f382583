"""Models that think aloud before they reply: what they think is no part of the reply."""

from __future__ import annotations

_OPENING, _CLOSING = "<think>", "</think>"


def without_reasoning(reply: str) -> str:
    """The reply after the last thought is closed; empty where the model only thought.

    Chat templates may write the opening mark themselves, so a closing one alone ends a thought too.
    """
    _, closed, after = reply.rpartition(_CLOSING)
    spoken = after if closed else reply
    before, _, _ = spoken.partition(_OPENING)
    return before.lstrip() if closed else before
