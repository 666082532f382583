"""Questions and answers from the grounded description: about quality and an object of the text (the paper's keyword filter), true to it, and none twice.

What is left out is kept with its reason (`Work.refused`), to be counted (Grounding-IQA, Sec. 3.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.backends.base import QuestionAnswer, Questioner
from core.builder.absent import ask_of_absent
from core.builder.checking import NoMode, fault_of
from core.builder.work import Refused, Work
from core.grounded_text import GroundedText
from core.records import QuestionForm, QuestionRecord, RegionText, grounded_in, with_regions

_ABOUT_QUALITY = re.compile(
    r"blur|sharp|focus|nois|grain|expos|bright|dark|light|contrast|colou?r|saturat|tint|cast|compress|block|pixel|band|artifact|artefact|clear|clarity|detail"
    r"|quality|clean|vivid|wrong|fault|distort|resolution|good|poor|bad|textur|legib|recogni|visib|smear|hazy|dull|crisp",
    re.IGNORECASE,
)
NOT_ABOUT_QUALITY = "not about quality"
NO_OBJECT = "about no object of the description"
TWICE = "asked before"


@dataclass(frozen=True, slots=True)
class AskQuestions:
    """`no`: which "No" counts. `absent`: the share of records with questions that are also asked about an object of which the text does not speak; none
    where "No" must be contradicted. `seed`: draws those records and objects.
    """

    questioner: Questioner
    no: NoMode = "paper"
    absent: float = 0.25
    seed: int = 0

    def __call__(self, work: Work) -> Work:
        if work.record.description is None:
            return work
        description, record = grounded_in(work.record, work.record.description), work.record
        kept, refused = dict[tuple[str, ...], QuestionAnswer](), list[Refused]()
        for pair in self.questioner.ask(description, record.tags):
            reason = _unwanted(pair, work) or fault_of(pair, description, record.tags, [one.box for one in record.live_regions], self.no)
            reason = reason or (TWICE if _key(pair.question) in kept else None)
            if reason:
                refused.append(Refused("questions", reason, f"{pair.question.text} {pair.answer.text}"[:500]))
            else:
                kept[_key(pair.question)] = pair
        share = self.absent if kept and self.no == "paper" else 0.0
        absent = ask_of_absent(description.text, record.tags, f"{self.seed} {record.id}", share)
        for pair in (*kept.values(), *([absent] if absent else [])):
            question, regions = with_regions(pair.question, record.regions)
            said, regions = with_regions(pair.answer, regions)
            record = replace(record, regions=regions, questions=(*record.questions, QuestionRecord(pair.kind, _form(question, said), question, said)))
        return replace(work, record=record, refused=(*work.refused, *refused))


def _unwanted(pair: QuestionAnswer, work: Work) -> str | None:
    """Quality words are sought outside the object's own name: "the bright area" alone asks nothing of quality."""
    texts = f"{pair.question.text}\n{pair.answer.text}".casefold()
    named = [one.tag.phrase.casefold() for one in work.groundings if one.tag.phrase.casefold() in texts]
    rest = texts
    for name in sorted(named, key=len, reverse=True):
        rest = rest.replace(name, " ")
    if not named:
        return NO_OBJECT
    return None if _ABOUT_QUALITY.search(rest) else NOT_ABOUT_QUALITY


def _key(question: GroundedText) -> tuple[str, ...]:
    """What makes a question the same as another: its words, punctuation and case aside, and its boxes."""
    return (" ".join(re.findall(r"\w+", question.text.casefold())), *sorted(str(box) for box in question.boxes))


def _form(question: RegionText, answer: RegionText) -> QuestionForm:
    return "referring" if question.phrases else "grounding" if answer.phrases else "plain"
