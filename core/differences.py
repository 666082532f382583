"""What several versions of one task disagree on, row by row: what each says. Boxes are told apart by `core.consensus.matched`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.corrections import Edit
from core.evaluation.agreement_pairs import answer_key
from core.evaluation.answers import normalized

Kind = Literal["text", "tag", "question", "absent", "preference", "rating"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`what`: the tag, question or thing that is spoken of; `said`: each version's words, in order, "" where it has none."""

    kind: Kind
    what: str
    said: tuple[str, ...]


def differences(versions: Sequence[Edit]) -> tuple[Difference, ...]:
    """In the order in which they are first met; what all say alike is left out."""
    found = [*_texts(versions), *_tags(versions), *_questions(versions), *_absent(versions), *_judgements(versions)]
    return tuple(found)


def _texts(versions: Sequence[Edit]) -> list[Difference]:
    said = tuple(edit.description.text if edit.description else "" for edit in versions)
    return [Difference("text", "", said)] if len(set(said)) > 1 else []


def _tags(versions: Sequence[Edit]) -> list[Difference]:
    """By phrase and quality; the words are the effect."""
    keyed = [{(normalized(tag.phrase), normalized(tag.quality)): tag for tag in edit.tags} for edit in versions]
    found = []
    for key, tag in {key: tag for version in reversed(keyed) for key, tag in version.items()}.items():
        said = tuple(str(version[key].effect) if key in version else "" for version in keyed)
        if len(set(said)) > 1:
            found.append(Difference("tag", f"{tag.phrase}: {tag.quality}", said))
    return found


def _questions(versions: Sequence[Edit]) -> list[Difference]:
    keyed = [{normalized(one.question.text): one for one in edit.questions} for edit in versions]
    found = []
    for key, one in {key: one for version in reversed(keyed) for key, one in version.items()}.items():
        if len({answer_key(version[key]) if key in version else None for version in keyed}) > 1:
            found.append(Difference("question", one.question.text, tuple(version[key].answer.text if key in version else "" for version in keyed)))
    return found


def _absent(versions: Sequence[Edit]) -> list[Difference]:
    keyed = [{normalized(words): words for words in edit.absent} for edit in versions]
    every = {key: words for version in reversed(keyed) for key, words in version.items()}
    return [Difference("absent", words, tuple(version.get(key, "") for version in keyed)) for key, words in every.items() if not all(key in version for version in keyed)]


def _judgements(versions: Sequence[Edit]) -> list[Difference]:
    preferences = tuple(edit.judgement.preference or "" for edit in versions)
    ratings = tuple("" if edit.judgement.rating is None else f"{edit.judgement.rating:.2f}" for edit in versions)
    return [Difference(kind, "", said) for kind, said in (("preference", preferences), ("rating", ratings)) if len(set(said)) > 1]  # type: ignore[arg-type]
