"""What a person asks: read from text with or without markup, bounded, and told apart by form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.boxes import Box
from core.codecs import Fractions, GiqaGrid
from core.errors import InvalidInput
from core.grounded_text import GroundedText, parse

MAX_QUESTION_LENGTH = 2_000
"""In code points: a page of text, and far below any model's context."""

_YES_NO = re.compile(
    r"(?:and |but |so )?(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)(?:n['’]?t)?\b",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(r"\bor\b(?!\s+(?:not|no)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _GridOrFractions:
    """Reads the two forms of GIQA markup: `<142, 309>` and `<0.12, 0.30, 0.48, 0.77>`."""

    def write(self, box: Box) -> str:
        return GiqaGrid().write(box)

    def read(self, numbers: str) -> Box:
        return Fractions().read(numbers) if numbers.count(",") == 3 else GiqaGrid().read(numbers)


def read_question(question: str | GroundedText) -> GroundedText:
    """The question with its boxes on its phrases. Raises `InvalidInput` for an empty or endless one, and for boxes that cannot be read."""
    _check_length(question if isinstance(question, str) else question.text)
    if isinstance(question, GroundedText):
        return question
    asked = parse(question.strip(), _GridOrFractions())
    if asked.problems and attempts_boxes(question):
        problem = asked.problems[0]
        raise InvalidInput(f"The boxes of the question cannot be read: {problem.message} Write them like [dog](<142, 309>), or draw them.")
    return asked


def _check_length(text: str) -> None:
    if not text.strip():
        raise InvalidInput('The question is empty: ask something, such as "Is the image blurred?".')
    if len(text) > MAX_QUESTION_LENGTH:
        raise InvalidInput(f"A question may have {MAX_QUESTION_LENGTH:,} characters, this one has {len(text):,}: shorten it.")


def attempts_boxes(markup: str) -> bool:
    """Whether somebody tried to write boxes there: a lone bracket is only punctuation."""
    return "(<" in markup


def is_yes_no(question: str) -> bool:
    """Whether "Yes" or "No" answers it: it opens with a verb and offers no choice of its own ("Is it sharp or blurred?")."""
    last_sentence = re.split(r"(?<=[.!?;:])\s+", question.strip())[-1]
    return bool(_YES_NO.match(last_sentence)) and not _ALTERNATIVE.search(last_sentence)
