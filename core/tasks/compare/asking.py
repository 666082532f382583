"""Putting pairs to a prompted model: images in their roles, both orders, probabilities where it gives them, else its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Event

from core.backends.base import ImageInput, Message, Request, VisionLanguageModel
from core.backends.reasoning import without_reasoning
from core.comparison import SWAPPED, Comparison, Detail, Identified, PairText, said, verdict_words
from core.images import Image
from core.quality import Preference
from core.tasks.compare.reading import CLASSES, read_classes, read_pair_text, read_verdict
from core.tasks.reading import checked_probabilities

_BETTER = ("A", "B", "Equal")
_VERDICTS: tuple[Preference, ...] = ("a", "b", "tie")
_REFERENCE = " The reference image shows the same scene without distortions: judge against it."
_NO_CLASS = "none"
_SOUND = ("Yes", "No")
_BRIEF_TOKENS, _WORD_TOKENS, _LONG_TOKENS = 64, 16, 512


@dataclass(frozen=True, slots=True)
class _Order:
    """What was said of the images in one order: `None` where it could not be read. `chances` of a, b and neither, where the model gave them."""

    verdict: Preference | None
    chances: tuple[float, float, float] | None = None

    @property
    def of_a(self) -> float:
        """The probability that A is better; a word counts as certain."""
        if self.chances:
            return self.chances[0] + self.chances[2] / 2
        return {"a": 1.0, "b": 0.0}.get(self.verdict or "", 0.5)

    def turned(self) -> _Order:
        chances = (self.chances[1], self.chances[0], self.chances[2]) if self.chances else None
        return _Order(SWAPPED[self.verdict] if self.verdict else None, chances)


def ask_better(model: VisionLanguageModel, a: Image, b: Image, reference: Image | None, cancel: Event | None = None) -> Comparison:
    """The verdict of both orders; a tie where they disagree, where the model finds none better, and where nothing could be read."""
    text = model.prompts.better.format(reference=_pointing(reference), choices=", ".join(_BETTER))
    asked = [Request((_shown(text, reference, *pair),), _WORD_TOKENS) for pair in ((a, b), (b, a))]
    there, back = _orders(model, asked, cancel)
    orders = (there, back.turned())
    agreed = orders[0].verdict if orders[0].verdict == orders[1].verdict else None
    unparsed = sum(one.verdict is None for one in orders)
    sure = [one.chances[_VERDICTS.index(agreed)] for one in orders if agreed and one.chances]
    preference: Preference = agreed or "tie"
    notes = (f"{unparsed} of 2 replies gave no verdict that could be read.",) if unparsed else () if agreed else ("The two orders gave different verdicts: a tie.",)
    return Comparison(
        preference, min(1.0, sum(sure) / 2) if len(sure) == 2 else None, said(verdict_words(preference)), "asked in both orders", agreed is not None,
        tuple(min(1.0, one.of_a) for one in orders), notes=notes, unparsed=unparsed,
    )  # fmt: skip


def _orders(model: VisionLanguageModel, asked: Sequence[Request], cancel: Event | None) -> list[_Order]:
    """By the probabilities of the words; where the model gives none, by what it replies."""
    chances = [checked_probabilities(found, len(_BETTER)) for found in model.choose(asked, _BETTER, cancel)]
    silent = [request for request, found in zip(asked, chances, strict=True) if found is None]
    replies = iter(model.generate(silent, cancel) if silent else [])
    return [_Order(read_verdict(next(replies))) if found is None else _Order(_likeliest(found), (found[0], found[1], found[2])) for found in chances]


def _likeliest(chances: Sequence[float]) -> Preference:
    """Neither, where two are equally likely."""
    best = max(chances)
    named = [verdict for verdict, chance in zip(_VERDICTS, chances, strict=True) if chance == best]
    return named[0] if len(named) == 1 else "tie"


def ask_reasons(model: VisionLanguageModel, a: Image, b: Image, reference: Image | None, found: Comparison, cancel: Event | None = None) -> Comparison:
    """The comparison with the model's reasons. Where they end in another verdict, a note says so: they were given in one order."""
    text = model.prompts.reasons.format(reference=_pointing(reference), boxes=model.dialect.wish(a.size))
    (reply,) = model.generate([Request((_shown(text, reference, a, b),), _LONG_TOKENS)], cancel)
    reasons, readable = read_pair_text(reply, model.dialect, a.size, b.size)
    if not readable:
        return replace(found, notes=(*found.notes, "The reasons could not be read."), unparsed=found.unparsed + 1)
    spoken = read_verdict(reply)
    other = spoken not in (None, found.preference)
    notes = (*found.notes, f"The reasons speak for {_called(spoken)}, the verdict of both orders is {_called(found.preference)}.") if other else found.notes
    return replace(found, text=reasons, notes=notes, reasons_confidence=_soundness(model, a, b, reference, reply, cancel))


def _soundness(model: VisionLanguageModel, a: Image, b: Image, reference: Image | None, reply: str, cancel: Event | None) -> float | None:
    """The probability of "Yes" where the model is asked whether its own words are right (Kadavath and others, 2022); `None` where it gives none. DepictQA takes
    the probabilities of the words that weigh most instead, for which a model has to tell that of every token."""
    text = model.prompts.sound.format(said=without_reasoning(reply).strip(), reference=_pointing(reference), choices=", ".join(_SOUND))
    chances = checked_probabilities(model.choose([Request((_shown(text, reference, a, b),), _WORD_TOKENS)], _SOUND, cancel)[0], len(_SOUND))
    return min(1.0, chances[0]) if chances else None


def _called(preference: Preference | None) -> str:
    return {"a": "Image A", "b": "Image B"}.get(preference or "", "a tie")


def ask_distortions(model: VisionLanguageModel, image: Image, reference: Image | None, detail: Detail, cancel: Event | None = None) -> PairText:
    """The image plays A; an empty text where the model said nothing."""
    words = model.prompts.distortions if detail == "brief" else model.prompts.distortions_detailed
    text = words.format(reference=_pointing(reference), boxes=model.dialect.wish(image.size))
    (reply,) = model.generate([Request((_shown(text, reference, image),), _BRIEF_TOKENS if detail == "brief" else _LONG_TOKENS)], cancel)
    return read_pair_text(reply, model.dialect, image.size, image.size)[0]


def ask_classes(model: VisionLanguageModel, image: Image, reference: Image | None, *, several: bool, cancel: Event | None = None) -> Identified:
    """One by the probabilities of the twelve and none, or by the words where there are no probabilities; several always by the words."""
    choices = (*CLASSES, _NO_CLASS)
    words = model.prompts.distortions_named if several else model.prompts.distortion
    request = Request((_shown(words.format(reference=_pointing(reference), choices=", ".join(choices)), reference, image),), _BRIEF_TOKENS)
    if not several and (chances := checked_probabilities(model.choose([request], choices, cancel)[0], len(choices))):
        best = choices[chances.index(max(chances))]
        return Identified(() if best == _NO_CLASS else (best,))
    named = read_classes(model.generate([request], cancel)[0])
    return Identified((), unparsed=True) if named is None else Identified(named if several else named[:1])


def _pointing(reference: Image | None) -> str:
    return _REFERENCE if reference else ""


def _shown(text: str, reference: Image | None, first: Image, second: Image | None = None) -> Message:
    """The reference first, as DepictQA has it; each introduced by its role."""
    images = [ImageInput(reference, "reference")] if reference else []
    return Message("user", text, (*images, ImageInput(first, "a"), *([ImageInput(second, "b")] if second else [])))
