"""What a question asks: its kind, what it claims of quality, and the parts of the image it mentions. No image is looked at here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.backends.embedded import everyday_words as everyday
from core.backends.embedded.claims import Claim, Likeness, find_claims
from core.backends.embedded.forms import Kind, find_kind, without_lead
from core.backends.embedded.vocabulary import ANY_FAULT, QUALITY
from core.backends.embedded.words import Tag, split, tagged
from core.boxes import Box
from core.grounded_text import GroundedText
from core.quality import Turn

Extent = Literal["", "strong", "mild", "everywhere", "main", "only"]
MentionKind = Literal["boxes", "place", "this", "this part", "image", "noun"]

_DETERMINERS = frozenset(split("the a an this that these those my your his her their its our any some every each many"))
_LINKS = frozenset(split("in on of at behind near around with inside under over beside are is was were does do between there see"))
_MEMORY = 6  # turns that a follow-up may reach back


@dataclass(frozen=True, slots=True)
class Mention:
    """A part of the image that the question speaks of. `name`: as asked; `boxes`: of markup, else empty."""

    kind: MentionKind
    name: str
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood. `problem`: why it cannot be answered at all, empty where it can.

    `joined_by_or`: any of the claims will do. `compares`: one place is set against another, `likeness` for being alike. `extent`: what
    the claim must amount to. `again`: an earlier answer was doubted.
    """

    kind: Kind
    claims: tuple[Claim, ...] = ()
    mentions: tuple[Mention, ...] = ()
    joined_by_or: bool = False
    compares: bool = False
    likeness: Likeness = ""
    extent: Extent = ""
    drawn: tuple[Box, ...] = ()
    problem: Literal["", "language", "subject", "unmeasured"] = ""
    again: bool = False


_SIDES = (Mention("place", "left side"), Mention("place", "right side"))


def understand(question: GroundedText, drawn: Sequence[Box] = (), history: Sequence[Turn] = ()) -> Question:
    """Reads a question in any wording; `drawn`: boxes beside it; `history`: earlier turns, oldest first, which short questions lean on."""
    asked = _read(question, tuple(drawn))
    if asked.problem or not history or not _leans(asked, question):
        return replace(asked, kind=_alone(asked.claims)) if asked.kind == "follow-up" and asked.claims else asked
    turns = history[-_MEMORY:]
    before = understand(turns[-1].question, turns[-1].boxes, turns[:-1])
    return asked if before.problem or _starts_afresh(asked, before) else _lean(asked, before)


def _alone(claims: Sequence[Claim]) -> Kind:
    """What a word by itself asks: "noise?" whether there is any, "sharpness?" how it is."""
    return "how" if claims[0].role == "aspect" else "yes_no"


def _read(question: GroundedText, drawn: tuple[Box, ...]) -> Question:
    if is_foreign(question.text):
        return Question("yes_no", problem="language")
    tags = without_lead(tagged(question))
    kind = find_kind(tags)
    claims = find_claims(tags, kind)
    compares = _compares(tags, claims)
    mentions = _mentions(tags, question)
    if kind == "where" and any(tag.word == "side" for tag in tags[:3]) and any(claim.degree == "more" for claim in claims):
        mentions = mentions if len(mentions) > 1 else _SIDES
    if kind == "follow-up" and not question.text.rstrip().endswith("?"):
        claims = tuple(claim for claim in claims if not claim.is_loose)  # "Good." and "ok" are no questions
    several = sum(mention.kind in ("boxes", "place") for mention in mentions) > 1 or len(drawn) > 1
    return Question(
        kind=_settled_kind(kind, bool(claims), compares and several),
        claims=claims,
        mentions=mentions,
        joined_by_or=any(tag.word == "or" for tag in tags),
        compares=compares,
        likeness=_likeness([tag.word for tag in tags]),
        extent=_extent(tags),
        drawn=drawn,
        problem=_problem(tags),
        again=kind == "sure" and bool(claims),
    )


def _settled_kind(kind: Kind, claims: bool, places_set_against: bool) -> Kind:
    """"Which side is noisier?" picks between places; "how sure are you that it is noisy?" repeats a question."""
    if kind == "where" and places_set_against:
        return "which"
    return "yes_no" if kind == "sure" and claims else kind


def _extent(tags: Sequence[Tag]) -> Extent:
    """"very noisy", "only slightly noisy", "noisy everywhere", "is noise the main problem", "is blur the only fault"."""
    words = {word for tag in tags if tag.phrase < 0 for word in tag.words}
    general = any(tag.sense == ANY_FAULT for tag in tags) and any(tag.sense not in (None, ANY_FAULT, QUALITY) for tag in tags)
    if general and words & {"main", "biggest", "worst", "primary", "major", "dominant", "chief", "largest"}:
        return "main"
    if general and "only" in words:
        return "only"
    if words & everyday.WHOLE_WORDS:
        return "everywhere"
    mild = words & everyday.MILD_WORDS
    if mild and (words & {"only", "just", "merely"} or (tags[-1].word in everyday.MILD_WORDS)):
        return "mild"
    return "strong" if words & everyday.STRONG_WORDS else ""


def _problem(tags: Sequence[Tag]) -> Literal["", "subject", "unmeasured"]:
    words = [tag.word for tag in tags if tag.phrase < 0]
    if any(word in everyday.OFF_SUBJECT for word in words) or words[:3] in (["what", "colour", "is"], ["what", "colour", "are"]):
        return "subject"
    if words[:3] == ["how", "many", "pixels"] or {"size", "megapixels", "dimensions"} & set(words):
        return "subject"
    return "unmeasured" if any(word in everyday.UNMEASURED for word in words) else ""


def is_foreign(text: str) -> bool:
    """Whether the text is mostly in another script, or in common words of another language."""
    letters = [letter for letter in text if letter.isalpha()]
    if letters and sum(ord(letter) > 0x24F for letter in letters) > 0.5 * len(letters):
        return True
    words = split(text)
    foreign = sum(word in everyday.FOREIGN for word in words)
    english = sum(word in everyday.ENGLISH for word in words)
    return (foreign >= 2 and foreign > english) or (foreign == 1 and english == 0 and len(words) > 1)


def _likeness(words: Sequence[str]) -> Likeness:
    """"as sharp as", "equally sharp"."""
    if {"equally", "same", "similar", "similarly", "equal"} & set(words):
        return "equal"
    return "as much" if words.count("as") > 1 else ""


def _compares(tags: Sequence[Tag], claims: Sequence[Claim]) -> bool:
    words = [tag.word for tag in tags]
    set_against = any(word in ("than", "versus", "vs", "compare", "compared", "comparison", "difference", "between") for word in words)
    superlative_of_two = any(claim.degree != "plain" for claim in claims) and "or" in words
    return set_against or superlative_of_two or any(claim.degree == "more" for claim in claims) or bool(_likeness(words))


def _mentions(tags: Sequence[Tag], question: GroundedText) -> tuple[Mention, ...]:
    """In reading order; nouns only where nothing else is mentioned, since words round a known place describe it."""
    found: list[Mention] = []
    for index, tag in enumerate(tags):
        if tag.phrase >= 0:
            phrase = question.phrases[tag.phrase]
            found.append(Mention("boxes", question.words(phrase), phrase.boxes))
        elif tag.place:
            found.append(Mention("image" if tag.place == "whole image" else "place", tag.place))
        elif tag.word in everyday.POINTING_WORDS:
            found += _pointing(tags, index)
        elif tag.word in everyday.IMAGE_WORDS:
            found.append(Mention("image", tag.word))
    certain = [mention for mention in found if mention.kind in ("boxes", "place")]
    noun = "" if certain else _noun(tags)
    return tuple(dict.fromkeys([*found, Mention("noun", noun)] if noun else found))


def _pointing(tags: Sequence[Tag], index: int) -> list[Mention]:
    """"this image" is the image, "this part" a part, "it" whatever was spoken of; "this fault" points at no place."""
    word = tags[index].word
    following = tags[index + 1] if index + 1 < len(tags) else None
    if following and following.word in everyday.IMAGE_WORDS:
        return []
    if following and following.word in everyday.REGION_WORDS and word not in ("it", "its", "there"):
        return [Mention("this part", f"{word} {following.word}")]
    if word == "there" and index > 0 and (tags[index - 1].word in everyday.AUXILIARIES or (following and following.word in ("any", "is", "are"))):
        return []
    return [Mention("this", word)] if word not in ("one", "ones", "them") else []


def _noun(tags: Sequence[Tag]) -> str:
    """The unknown words where a thing is named: after an article, a linking verb or a preposition, unless they describe the image."""
    for index, tag in enumerate(tags):
        if tag.known or tag.phrase >= 0:
            continue
        before = tags[index - 1].word if index else ""
        run = _unknown_run(tags, index)
        after = tags[index + len(run)] if index + len(run) < len(tags) else None
        opens = index == 0 and after is not None and after.sense is not None
        if opens or before in _DETERMINERS or before in _LINKS or before.endswith("'s"):
            return "" if _describes_image(tags, index) else " ".join(run)
    return ""


def _unknown_run(tags: Sequence[Tag], start: int) -> list[str]:
    """Up to three unknown words in a row."""
    run: list[str] = []
    for tag in tags[start : start + 3]:
        if tag.known:
            break
        run.append(tag.word)
    return run


def _describes_image(tags: Sequence[Tag], index: int) -> bool:
    """"the photo of a dog" is about the photo."""
    words = [tag.word for tag in tags[max(0, index - 5) : index]]
    if "of" not in words:
        return False
    before = words[: len(words) - 1 - words[::-1].index("of")]
    return bool(before) and before[-1] in everyday.IMAGE_WORDS


def _leans(asked: Question, question: GroundedText) -> bool:
    """Whether the question needs what was asked before: it lacks a claim, a place, or both."""
    words = split(question.text)
    names_place = any(mention.kind in ("boxes", "place", "noun", "image", "this part") for mention in asked.mentions)
    names_claim = any(not claim.is_loose for claim in asked.claims)
    if asked.kind in ("describe", "count") or (names_place and names_claim):
        return False
    return asked.kind in ("sure", "follow-up") or (not names_claim and not (names_place and asked.claims)) or (not names_place and "it" in words)


def _starts_afresh(asked: Question, before: Question) -> bool:
    """After a comparison "Why does it look bad?" is of the image; "Why is it worse?" is of what was compared."""
    return before.compares and asked.kind == "why" and bool(asked.claims) and all(one.is_loose and one.degree == "plain" for one in asked.claims)


def _lean(asked: Question, before: Question) -> Question:
    """The question with what it leaves out taken from the one before."""
    own_claims = tuple(claim for claim in asked.claims if not claim.is_loose)
    own_places = tuple(mention for mention in asked.mentions if mention.kind != "this")
    same_drawing = asked.drawn == before.drawn or not asked.drawn
    keep_places = not own_places and same_drawing
    kind = before.kind if asked.kind in ("follow-up", "sure") else asked.kind
    claims = own_claims or before.claims or asked.claims
    if asked.kind == "follow-up" and own_claims:
        claims = tuple(replace(claim, degree=before.claims[0].degree) for claim in own_claims) if before.claims else own_claims
    return replace(
        asked,
        kind=kind,
        claims=claims,
        mentions=before.mentions if keep_places else asked.mentions,
        drawn=before.drawn if keep_places and not asked.drawn else asked.drawn,
        compares=asked.compares or (before.compares and asked.kind in ("follow-up", "sure", "why")),
        joined_by_or=before.joined_by_or if not own_claims else asked.joined_by_or,
        again=asked.kind == "sure",
    )
