"""Questions and answers by a language model, from the description and its tags alone (GIQA-VQA, Grounding-IQA, arXiv 2411.17237, Sec. 3.2)."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from core.backends.base import QuestionAnswer, Tag, VisionLanguageModel
from core.boxes import Box
from core.builder.prompted.asking import Read, ask_for_lists, read_each, short_text
from core.builder.prompted.wording import wording
from core.grounded_text import GroundedText, Phrase
from core.records import QuestionKind
from core.tasks.question import is_yes_no

MAX_QUESTIONS = 40
"""Of one description."""

_LONGEST_QUESTION, _LONGEST_ANSWER = 300, 200
_MOST_TOKENS = 2_048  # forty pairs of ordinary length
_KINDS: Mapping[str, QuestionKind] = MappingProxyType({"yes_no": "yes_no", "what": "what", "which": "what", "where": "what", "why": "why", "how": "how"})
_YES_NO_ANSWER = re.compile(r"(yes|no)\b", re.IGNORECASE)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PromptedQuestioner:
    model: VisionLanguageModel

    @property
    def name(self) -> str:
        return self.model.name

    def ask(self, description: GroundedText, tags: Sequence[Tag]) -> list[QuestionAnswer]:
        """Pairs that name one of the tags; its boxes go to its first mention in the question, else in the answer.

        A description without tags has none, and neither has one for which the model gave no list even when asked again.
        """
        judged = [tag for tag in tags if tag.effect != "no impact"]
        if not judged:
            return []
        listed = "\n".join(f"- {tag.phrase}: {tag.quality} ({tag.effect})" for tag in judged)
        prompt = wording("questions", text=description.text, objects=listed)
        (read,) = ask_for_lists(self.model, [prompt], [partial(read_questions, [tag.phrase for tag in judged])], _MOST_TOKENS)
        if read.faults:
            _log.info("Questions left out: %s", "; ".join(read.faults))
        boxes = {description.words(phrase): phrase.boxes for phrase in reversed(description.phrases)}
        return [_grounded(pair, boxes) for pair in read.values]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its answer in plain words."""

    kind: QuestionKind
    question: str
    answer: str


def read_questions(names: Sequence[str], objects: Sequence[dict[str, object]]) -> Read[Pair]:
    """What of a model's list can be believed; no question twice. `names`: the things that may be asked about."""
    return read_each(objects, partial(_pair, names), lambda pair: pair.question.casefold(), MAX_QUESTIONS)


def _pair(names: Sequence[str], fields: dict[str, object]) -> Pair | str:
    """The pair, or what is wrong with it."""
    kind = _KINDS.get(re.sub(r"[^a-z]+", "_", str(fields.get("kind"))[:20].casefold()))
    question, answer = short_text(fields.get("question"), _LONGEST_QUESTION), short_text(fields.get("answer"), _LONGEST_ANSWER)
    if kind is None:
        return 'the "kind" is "yes_no", "what", "why" or "how"'
    if question is None or answer is None or not question.endswith("?"):
        return 'each entry needs a "question" that ends with a question mark and an "answer", short texts without brackets'
    said = _YES_NO_ANSWER.match(answer)
    if (kind == "yes_no") != is_yes_no(question) or (kind == "yes_no") != bool(said):
        return f'the question "{question[:60]}" and its answer do not fit the kind "{kind}"'
    if not any(_mention(text, name) for name in names for text in (question, answer)):
        return f'the question "{question[:60]}" names none of the things'
    return Pair(kind, question, f"{said[1].capitalize()}." if said and kind == "yes_no" else answer)


def _mention(text: str, name: str) -> re.Match[str] | None:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)


def _grounded(pair: Pair, boxes: Mapping[str, Sequence[Box]]) -> QuestionAnswer:
    """What is named in the question has its boxes there; what only the answer names has them in the answer."""
    question = _linked(pair.question, boxes)
    left = {name: held for name, held in boxes.items() if not _mention(pair.question, name)}
    return QuestionAnswer(pair.kind, question, _linked(pair.answer, left))


def _linked(text: str, boxes: Mapping[str, Sequence[Box]]) -> GroundedText:
    """Each name's first mention with its boxes; where names overlap the longer has the words."""
    phrases = list[Phrase]()
    for name in sorted(boxes, key=len, reverse=True):
        found = _mention(text, name)
        if found and all(found.end() <= one.start or found.start() >= one.end for one in phrases):
            phrases.append(Phrase(found.start(), found.end(), tuple(boxes[name])))
    return GroundedText(text, tuple(sorted(phrases, key=lambda one: one.start)))
