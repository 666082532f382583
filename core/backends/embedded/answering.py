"""Answers to questions, in the short forms of the Grounding-IQA paper (arXiv 2411.17237) with one sentence that says what was seen and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.backends.embedded import declining
from core.backends.embedded.claims import Claim
from core.backends.embedded.comparing import is_more, rank_faults, which_place
from core.backends.embedded.describing import describe_scene, praise
from core.backends.embedded.findings import Finding, found_in, look_for, probability_of_any
from core.backends.embedded.forms import Kind
from core.backends.embedded.locating import answer_where
from core.backends.embedded.places import WHOLE, Place, merged
from core.backends.embedded.questions import Question, understand
from core.backends.embedded.reasons import good_reason, reason
from core.backends.embedded.scene import Scene
from core.backends.embedded.targets import Unfound, apart, find_targets, rest_of
from core.backends.embedded.verdicts import Verdict, judge, place_score, rating, saw, saw_none, where_found
from core.backends.embedded.vocabulary import ALL_FAULTS
from core.backends.embedded.wording import (
    FAULT_WORDS,
    Part,
    fault_noun,
    fault_phrase,
    graded_adjective,
    in_places,
    level,
    listed,
    sentence,
    severity_word,
    the_places,
)
from core.boxes import Box
from core.grounded_text import GroundedText, concatenate, plain
from core.quality import Answer, Turn

_PROBLEMS = {"language": declining.decline_language, "subject": declining.decline_subject, "unmeasured": declining.decline_unmeasured}
_COUNTS = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def answer_question(scene: Scene, question: GroundedText, drawn: Sequence[Box] = (), history: Sequence[Turn] = ()) -> Answer:
    """Answers in the words of photographers, or declines; a box is given for what was found and for nothing else."""
    asked = understand(question, drawn, history)
    if asked.problem:
        return _PROBLEMS[asked.problem]()
    if not asked.claims and not asked.mentions and asked.kind != "describe" and not (asked.compares and len(asked.drawn) > 1):
        return declining.decline_unclear() if question_is_whole(asked.kind) else declining.decline_reference()
    if scene.unfit:
        return Answer(plain(scene.unfit), "declined")
    targets = find_targets(asked, scene)
    if isinstance(targets, Unfound):
        return declining.unfound(targets)
    if asked.kind in ("sure", "follow-up"):
        return declining.decline_reference()
    found = _HANDLERS[asked.kind](scene, asked, targets)
    return _sure(_noted(found, targets)) if asked.again else _noted(found, targets)


def question_is_whole(kind: Kind) -> bool:
    """Kinds that stand on their own; "Why?" and the like lean on an earlier question."""
    return kind in ("yes_no", "exists", "what", "count")


def _noted(found: Answer, targets: Sequence[Place]) -> Answer:
    """The answer with what was assumed to find its places."""
    notes = dict.fromkeys(place.note for place in targets if place.note)
    return Answer(concatenate([found.grounded, *map(plain, notes)]), found.status, found.confidence) if found.status == "answered" else found


def _sure(found: Answer) -> Answer:
    """The same answer, led by how sure it is."""
    if found.confidence is None:
        return Answer(concatenate([plain("I can put no figure on it, but I stand by it."), found.grounded]), found.status)
    opening = f"I am {100 * found.confidence:.0f} % sure." if found.confidence < 0.995 else "I am more than 99 % sure."
    return Answer(concatenate([plain(opening), found.grounded]), found.status, found.confidence)


def _yes_no(scene: Scene, asked: Question, targets: Sequence[Place]) -> Answer:
    if not asked.claims:
        return declining.decline_unclear()
    if asked.compares and len(targets) == 1 and len(asked.claims) > 1:
        return rank_faults(scene, asked.claims, targets[0], named=asked.joined_by_or)
    if asked.compares and (len(_compared(targets)) > 1 or not targets[0].is_whole):
        return _compare(scene, asked, targets)
    if asked.joined_by_or and len(asked.claims) > 1 and len({claim.faults for claim in asked.claims} | {claim.role for claim in asked.claims}) > 1:
        return _either(scene, asked.claims, targets)
    verdicts = [judge(scene, claim, targets, asked.extent) for claim in asked.claims]
    failing = [verdict for verdict in verdicts if not verdict.holds]
    decisive = failing or verdicts
    seen = list(dict.fromkeys(verdict.seen for verdict in decisive))
    return Answer(concatenate([plain("No." if failing else "Yes."), *seen]), confidence=_confidence(decisive, bool(failing)))


def _confidence(verdicts: Sequence[Verdict], denied: bool) -> float | None:
    """Of "yes": that all hold, the least sure decides. Of "no": that one of them does not."""
    known = [verdict.probability for verdict in verdicts if verdict.probability is not None]
    if len(known) < len(verdicts):
        return None
    return max(1 - probability for probability in known) if denied else min(known)


def _exists(scene: Scene, asked: Question, targets: Sequence[Place]) -> Answer:
    """"Is there a face?": places that are looked for answer by being found; of anything else no claim is made."""
    if asked.claims:
        return _yes_no(scene, asked, targets)
    if not any(mention.name in _LOOKED_FOR for mention in asked.mentions):
        return declining.decline_unclear()
    return Answer(concatenate([plain("Yes."), sentence("I see ", *the_places(targets))]))


_LOOKED_FOR = frozenset({"face", "person", "sky", "background", "subject"})


def _either(scene: Scene, claims: Sequence[Claim], targets: Sequence[Place]) -> Answer:
    """"Is it sharp or blurred?", "Is it noisy or blocky?": what holds is named."""
    verdicts = [(claim, judge(scene, claim, targets)) for claim in claims]
    holding = [(claim, verdict) for claim, verdict in verdicts if verdict.holds]
    if not holding:
        faults = tuple(dict.fromkeys(fault for claim in claims for fault in claim.faults))
        return Answer(concatenate([plain("Neither."), saw_none(faults, targets)]), confidence=_confidence([verdict for _, verdict in verdicts], True))
    names = [_claim_word(scene, claim, targets) for claim, _ in holding]
    seen = dict.fromkeys(verdict.seen for _, verdict in holding)
    return Answer(concatenate([sentence(listed(names)), *seen]), confidence=_confidence([verdict for _, verdict in holding], False))


def _claim_word(scene: Scene, claim: Claim, targets: Sequence[Place]) -> str:
    """The short answer that a holding claim gives: the virtue, or the worst of its faults."""
    if claim.role != "fault" or "quality" in claim.name:
        return {"lightness": "bright", "darkness": "dark"}.get(claim.name, claim.name)
    return FAULT_WORDS[found_in(scene, claim.faults, targets)[0][1].fault].adjective


def _compare(scene: Scene, asked: Question, targets: Sequence[Place]) -> Answer:
    places = _compared(targets)
    if len(places) < 2 and places[0].is_whole:
        return declining.decline_comparison()
    if len(places) < 2:
        places = (places[0], rest_of(places[0].boxes))
    claim = asked.claims[0] if asked.claims else _QUALITY
    if asked.kind in ("yes_no", "exists") and not asked.joined_by_or:
        return is_more(scene, claim, places, asked.likeness)
    return which_place(scene, claim, places)


def _compared(targets: Sequence[Place]) -> Sequence[Place]:
    """The places set against each other: those named, or the boxes of one phrase, or those drawn."""
    if len(targets) == 1 and len(targets[0].boxes) > 1:
        return apart(targets[0].boxes)
    return targets


_QUALITY = Claim("virtue", "of good quality", ALL_FAULTS)


def _what(scene: Scene, asked: Question, targets: Sequence[Place]) -> Answer:
    """"What is wrong here?" names faults; "What is blurred?" asks for a place."""
    if not asked.claims:
        return declining.decline_unclear()
    if all(claim.role == "aspect" for claim in asked.claims):
        return _how(scene, asked, targets)
    if asked.claims[0].role == "virtue" and len(asked.claims[0].faults) == len(ALL_FAULTS):
        return Answer(praise(scene) or plain("Nothing stands out as good."))
    if len(asked.claims[0].faults) < len(ALL_FAULTS) and targets == (WHOLE,) and asked.claims[0].role != "aspect":
        return answer_where(scene, asked.claims[0], targets)
    faults = tuple(dict.fromkeys(fault for claim in asked.claims for fault in claim.faults))
    found = found_in(scene, faults, targets)[: 1 if asked.claims[0].degree == "most" else 3]
    if not found:
        probability = probability_of_any(scene, faults, targets)
        short = plain("Nothing stands out." if len(faults) > 3 else "Nothing that I can see.")
        return Answer(concatenate([short, saw_none(faults, targets)]), confidence=1 - probability)
    names = dict.fromkeys(FAULT_WORDS[finding.fault].bare for _, finding in found)
    naming = listed([name if index == 0 else name.lower() for index, name in enumerate(names)])
    return Answer(concatenate([sentence(naming), saw(found)]), confidence=found[0][1].reading.probability)


def _how(scene: Scene, asked: Question, targets: Sequence[Place]) -> Answer:
    claim = asked.claims[0] if asked.claims else _QUALITY
    if "quality" in claim.name or len(claim.faults) == len(ALL_FAULTS):
        return _how_good(scene, targets)
    found = found_in(scene, claim.faults, targets)
    if not found:
        probability = probability_of_any(scene, claim.faults, targets)
        return Answer(concatenate([sentence(_good_word(claim)), saw_none(claim.faults, targets)]), confidence=1 - probability)
    place, worst = found[0]
    if claim.role == "fault":
        short, seen = severity_word(worst.reading.strength), sentence("I see ", fault_noun(worst.fault), " ", *in_places(where_found(place, worst)))
    else:
        short, seen = graded_adjective(worst.fault, worst.reading.strength), saw(found)
    return Answer(concatenate([sentence(short), seen]), confidence=worst.reading.probability)


def _how_good(scene: Scene, targets: Sequence[Place]) -> Answer:
    place = targets[0]
    score = place_score(scene, place)
    found = found_in(scene, ALL_FAULTS, [place])
    word = level(score)
    return Answer(concatenate([sentence(word) if word else plain(""), rating(place, score), *([saw(found)] if found else [])]))


def _good_word(claim: Claim) -> str:
    if len(claim.faults) == 1 or claim.role == "fault":
        return FAULT_WORDS[claim.faults[0]].absent
    return {"sharpness": "sharp", "exposure": "well exposed", "colour": "natural in colour"}.get(claim.name, claim.name)


def _why(scene: Scene, asked: Question, targets: Sequence[Place]) -> Answer:
    if asked.compares and asked.claims:
        return _compare(scene, asked, targets)
    claim = asked.claims[0] if asked.claims else Claim("fault", "faults", ALL_FAULTS)
    found = found_in(scene, claim.faults, targets)
    if "quality" in claim.name and claim.role == "virtue":
        return _why_good(scene, claim, targets)
    if found:
        return _why_faulty(scene, found)
    probability = probability_of_any(scene, claim.faults, targets)
    if claim.role == "fault":
        return Answer(_nothing_found(claim, targets), "absent", 1 - probability)
    boxes = [box for place in targets for box in place.boxes]
    return Answer(concatenate([saw_none(claim.faults, targets), sentence(good_reason(scene, claim.faults, boxes))]), confidence=1 - probability)


def _why_good(scene: Scene, claim: Claim, targets: Sequence[Place]) -> Answer:
    """What speaks for the image, after whether it is good at all."""
    good = praise(scene) if targets == (WHOLE,) else None
    return Answer(concatenate([judge(scene, claim, targets).seen, *([good] if good else [])]))


def _why_faulty(scene: Scene, found: Sequence[tuple[Place, Finding]]) -> Answer:
    """One or two faults, each with what shows it."""
    sentences: list[GroundedText] = []
    for place, finding in found[:2]:
        parts: list[Part] = [fault_phrase(finding.fault, finding.reading.strength), " ", *in_places(where_found(place, finding))]
        sentences.append(sentence(*parts, f": {reason(scene, finding.fault, finding.boxes)}"))
    return Answer(concatenate(sentences), confidence=found[0][1].reading.probability)


def _nothing_found(claim: Claim, targets: Sequence[Place]) -> GroundedText:
    """Without boxes: what is absent is nowhere."""
    nouns = "faults" if len(claim.faults) > 3 else listed([fault_noun(fault) for fault in claim.faults], "and")
    named = [f" {place.preposition} {place.article}{place.name}" for place in targets if not place.is_whole]
    return plain(f"I looked for {nouns}{listed(named) if named else ''} and found none strong enough to point at.")


def _where(scene: Scene, asked: Question, targets: Sequence[Place]) -> Answer:
    if asked.claims:
        return answer_where(scene, asked.claims[0], targets)
    if any(mention.kind in ("place", "boxes") for mention in asked.mentions):
        return Answer(sentence(*the_places(targets)))
    return declining.decline_unclear()


def _which(scene: Scene, asked: Question, targets: Sequence[Place]) -> Answer:
    if len(_compared(targets)) > 1:
        return _compare(scene, asked, targets)
    if asked.joined_by_or and len(asked.claims) > 1:
        return rank_faults(scene, asked.claims, targets[0], named=True)
    if asked.compares:
        return declining.decline_comparison()
    return _what(scene, asked, targets)


def _count(scene: Scene, asked: Question, targets: Sequence[Place]) -> Answer:
    if not asked.claims:
        return _count_places(asked, targets)
    claim = asked.claims[0]
    if len(claim.faults) == len(ALL_FAULTS):
        found = found_in(scene, ALL_FAULTS, targets[:1])
        return Answer(concatenate([plain(f"{_number(len(found))}."), saw(found) if found else saw_none(ALL_FAULTS, targets)]))
    finding = max((look_for(scene, fault, targets[0]) for fault in claim.faults), key=lambda one: (one.present, one.reading.probability))
    if not finding.present:
        return Answer(concatenate([plain("None."), saw_none(claim.faults, targets)]), confidence=1 - finding.reading.probability)
    return Answer(concatenate([plain(f"{_number(len(finding.regions))}."), saw([(targets[0], finding)])]), confidence=finding.reading.probability)


def _count_places(asked: Question, targets: Sequence[Place]) -> Answer:
    """Faces and people; nothing else can be counted."""
    if not any(mention.name in ("face", "person") for mention in asked.mentions):
        return declining.decline_unclear()
    count = sum(len(place.boxes) for place in targets)
    return Answer(concatenate([plain(f"{_number(count)}."), sentence("I am sure of ", *the_places(merged(targets)))]))


def _number(count: int) -> str:
    return _COUNTS[count] if count < len(_COUNTS) else str(count)


def _describe(scene: Scene, _: Question, targets: Sequence[Place]) -> Answer:
    return Answer(describe_scene(scene)) if targets == (WHOLE,) else _how_good(scene, targets)


_HANDLERS: Mapping[Kind, Callable[[Scene, Question, Sequence[Place]], Answer]] = {
    "yes_no": _yes_no,
    "exists": _exists,
    "what": _what,
    "how": _how,
    "why": _why,
    "where": _where,
    "which": _which,
    "count": _count,
    "describe": _describe,
}
