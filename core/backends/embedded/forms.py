"""The form of a question: yes/no, what, why, how, where, which, how many; told by its words, not by its punctuation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from core.backends.embedded import everyday_words as everyday
from core.backends.embedded.words import Tag, split

Kind = Literal["yes_no", "exists", "what", "why", "how", "where", "which", "count", "describe", "sure", "follow-up"]

_LEADS = tuple(
    split(lead)
    for lead in (
        "please", "hi", "hello", "hey", "so", "and", "but", "also", "well", "ok", "okay", "now", "thanks", "thank you", "excuse me",
        "then", "yes or no", "can you tell me", "could you tell me", "can you tell", "could you tell", "can you please tell me",
        "could you please tell me", "would you tell me", "can you say", "could you say", "tell me", "do you think", "do you think that",
        "would you say", "would you say that", "i wonder", "i would like to know", "i want to know", "i'd like to know", "let me know",
        "in your opinion", "in your view", "if", "whether", "do you know", "can you explain", "could you explain", "please tell me",
        "quick question", "just", "be honest", "honestly", "can you", "could you", "would you", "can i ask", "may i ask", "you",
        "to you", "i ask", "question",
    )
)  # fmt: skip

_WHY = ("why", "because", "reason", "reasons", "cause", "causes", "caused", "explain")
_WHY_RUNS = ("how come", "what makes", "what made", "what leads", "based on what", "how do you know", "how can you tell", "what evidence")
_WHERE_STARTS = ("where", "where's", "locate", "point", "show", "highlight", "mark", "find", "indicate", "outline")
_SPOT_WORDS = frozenset(
    split(
        "part parts area areas region regions place places side spot spots corner zone zones section sections half object objects location bit bits"
        " quarter edge portion portions position"
    )
)
_HOW_RUNS = (
    "to what extent", "to what degree", "what do you think", "your opinion", "what level", "what degree", "how's",
    "what severity", "on a scale", "the level of", "the amount of", "the degree of", "the extent of", "the severity of", "the strength of",
    "give a score", "give me a score", "what score", "what grade", "what rating",
)  # fmt: skip
_HOW_STARTS = ("how", "how's", "rate", "score", "grade", "assess", "evaluate", "judge", "severity")
_DESCRIBE_STARTS = ("describe", "summarise", "summarize", "summary", "overview", "analyse", "analyze")
_DESCRIBE_RUNS = (
    "tell me about", "give me an overview", "what do you see", "what can you see", "what can you tell me", "what can you say",
    "what about the image", "full description",
)  # fmt: skip
_WHAT_STARTS = ("what", "what's", "which", "name", "list", "identify", "tell")
_SURE_RUNS = (
    "are you sure", "are you certain", "how sure", "how certain", "how confident", "are you confident", "really sure", "you sure",
    "is that right", "is that true", "is that correct", "really",
)  # fmt: skip


def without_lead(tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """The question without greetings and "could you tell me whether"; never emptied."""
    words = [tag.word for tag in tags]
    for lead in _LEADS:
        if len(tags) > len(lead) and _starts(words, lead) and lead not in (("and",), ("but",)) and not _is_sure(words) and not _describes(words):
            return without_lead(tags[_tag_count(tags, len(lead)) :])
    return tuple(tags)


def _describes(words: Sequence[str]) -> bool:
    return any(" ".join(words).startswith(run) for run in _DESCRIBE_RUNS)


def _tag_count(tags: Sequence[Tag], words: int) -> int:
    """How many tags hold the first so many words."""
    count = 0
    while words > 0:
        words -= len(tags[count].words)
        count += 1
    return count


def _starts(words: Sequence[str], lead: Sequence[str]) -> bool:
    return " ".join(words).startswith(" ".join(lead) + " ")


def find_kind(tags: Sequence[Tag]) -> Kind:
    """The kind of question the words make; "follow-up" where they only name something ("And the left?")."""
    words = " ".join(tag.word if tag.phrase < 0 else "*" for tag in tags).split()
    if _is_sure(words):
        return "sure"
    if not words:
        return "follow-up"
    if words[:1] in (["and"], ["but"]):
        rest = find_kind(tags[1:]) if len(tags) > 1 else "follow-up"
        return "follow-up" if rest in ("yes_no", "exists") and not _opens_with_verb(words[1:]) else rest
    if words[:2] in (["what", "about"], ["how", "about"]):
        return "follow-up"
    text = " ".join(words)
    return _special(words, text) or _wh(words) or ("yes_no" if _is_statement(words) else "follow-up")


def _is_sure(words: Sequence[str]) -> bool:
    text = " ".join(words)
    return len(words) <= 7 and (text in ("sure", "certain", "how so") or any(text.startswith(run) for run in _SURE_RUNS))


def _special(words: Sequence[str], text: str) -> Kind | None:
    """Kinds that a few words anywhere decide."""
    if "how many" in text or "number of" in text or words[0] == "count":
        return "count"
    if words[0] in _WHY or any(run in text for run in _WHY_RUNS) or (words[0] in ("what", "what's") and any(word in _WHY for word in words)):
        return "why"
    if "where" in words or words[0] in _WHERE_STARTS or _asks_for_spot(words):
        return "where"
    if words[0] == "compare" or "difference" in words:
        return "which"
    if words[0] in (*_DESCRIBE_STARTS, "call", "rate", "consider") and "as" in words:
        return "yes_no"
    if words[0] in _DESCRIBE_STARTS or _describes(words):
        return "how" if any(word in text for word in ("sharpness", "exposure", "contrast", "colour", "noise", "severity")) else "describe"
    return "how" if words[0] in _HOW_STARTS or (any(run in text for run in _HOW_RUNS) and not _opens_with_verb(words)) else None


def _asks_for_spot(words: Sequence[str]) -> bool:
    """"Which part is noisy?", "In what areas ...", "What is the most affected part?"."""
    if words[:3] == ["what", "is", "the"] and _SPOT_WORDS & set(words[4:6]):
        return words[3] in ("most", "worst", "best") or words[3].endswith("est")
    return any(word in ("which", "what") and _SPOT_WORDS & set(words[index + 1 : index + 3]) for index, word in enumerate(words[:3]))


def _wh(words: Sequence[str]) -> Kind | None:
    if words[0] == "which" or words[:2] in (["who", "is"], ["what", "one"]):
        return "which"
    if words[0] in _WHAT_STARTS or (words[0] in ("in", "on", "with", "by", "from") and words[1:2] in (["what"], ["which"])):
        return "how" if words[-1] == "like" or {"level", "levels"} & set(words) else "what"
    if _opens_with_verb(words) and ("there" in words[:2] or {"see", "contain", "find", "show"} & set(words[:4])):
        return "exists"
    return "yes_no" if _opens_with_verb(words) else None


def _opens_with_verb(words: Sequence[str]) -> bool:
    return bool(words) and (words[0] in everyday.AUXILIARIES or words[0] in ("any", "anything", "there's", "it's", "that's", "is"))


def _is_statement(words: Sequence[str]) -> bool:
    """"The image is noisy.", "it's blurry, isn't it": a verb somewhere, or words to agree to."""
    return len(words) > 1 and any(word in everyday.AUXILIARIES or word in ("it's", "looks", "seems", "that's", "there's") for word in words)
