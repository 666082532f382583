"""Questions and answers from the grounded description, filtered by keyword: about quality, and about an object of the text (Grounding-IQA, Sec. 3.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.backends.base import QuestionAnswer, Questioner
from core.builder.work import Work
from core.records import QuestionForm, QuestionRecord, RegionText, grounded_in, with_regions

_ABOUT_QUALITY = re.compile(
    r"blur|sharp|focus|nois|grain|expos|bright|dark|light|contrast|colou?r|saturat|tint|cast|compress|block|pixel|band|artifact|artefact|clear|clarity|detail"
    r"|quality|clean|vivid|wrong|fault|distort|resolution|good|poor|bad",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AskQuestions:
    questioner: Questioner

    def __call__(self, work: Work) -> Work:
        if work.record.description is None:
            return work
        pairs = self.questioner.ask(grounded_in(work.record, work.record.description), work.record.tags)
        record = work.record
        for pair in (one for one in pairs if _is_wanted(one, work)):
            question, regions = with_regions(pair.question, record.regions)
            said, regions = with_regions(pair.answer, regions)
            record = replace(record, regions=regions, questions=(*record.questions, QuestionRecord(pair.kind, _form(question, said), question, said)))
        return replace(work, record=record)


def _is_wanted(pair: QuestionAnswer, work: Work) -> bool:
    """Quality words outside the object's own name, and the name of an object."""
    texts = f"{pair.question.text}\n{pair.answer.text}".casefold()
    named = [one.tag.phrase.casefold() for one in work.groundings if one.tag.phrase.casefold() in texts]
    rest = texts
    for name in sorted(named, key=len, reverse=True):
        rest = rest.replace(name, " ")
    return bool(named) and bool(_ABOUT_QUALITY.search(rest))


def _form(question: RegionText, answer: RegionText) -> QuestionForm:
    return "referring" if question.phrases else "grounding" if answer.phrases else "plain"
