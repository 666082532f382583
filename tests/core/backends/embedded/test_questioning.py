"""The embedded questioner: what is asked and answered, and that every wording is read back as it was meant."""

from __future__ import annotations

import pytest

from core.backends.base import Tag
from core.backends.embedded import question_wordings as wordings
from core.backends.embedded.claims import Claim, find_claims
from core.backends.embedded.questioning import ask_about
from core.backends.embedded.stated import agree, claims_in, claims_of
from core.backends.embedded.tagging import read_tags
from core.backends.embedded.words import tagged
from core.boxes import Box
from core.builder.checking import fault_of
from core.grounded_text import GroundedText, compose, plain
from core.quality import Fault
from tests.core.backends.embedded.test_tagging import wanted

MINUS, PLUS, NONE = "negative", "positive", "no impact"
FACE, SKY = Box(0.35, 0.13, 0.53, 0.31), Box(0, 0, 1, 0.3)
TEXT = compose("The ", ("sky", [SKY]), " is very noisy, but the ", ("faces", [FACE]), " are clear. The image is dark.")


def linked(text: str) -> GroundedText:
    """The text with a box on the first mention of every phrase that is read from it."""
    parts, position = [], 0
    places = sorted({(text.index(tag.phrase), tag.phrase) for tag in read_tags(text) if tag.effect != NONE})
    for number, (at, phrase) in enumerate(places):
        if at >= position:
            parts += [text[position:at], (phrase, [Box(0, 0, (number + 1) / 20, 1)])]
            position = at + len(phrase)
    return compose(*parts, text[position:])


DESCRIPTIONS = [linked(text) for name in ("developed_on.txt", "held_out.txt") for text, want in wanted(name) if want]


def test_as_many_no_as_yes_and_as_many_open_as_both():
    pairs = ask_about(TEXT, read_tags(TEXT.text))
    said = [pair.answer.text for pair in pairs if pair.kind == "yes_no"]
    assert (said.count("Yes."), said.count("No."), len(pairs)) == (2, 2, 8)
    assert {box for pair in pairs for box in (*pair.question.boxes, *pair.answer.boxes)} <= set(TEXT.boxes)


@pytest.mark.parametrize("seed", range(5))
def test_every_pair_stands_by_its_description(seed):
    count = 0
    for description in DESCRIPTIONS:
        tags = [tag for tag in read_tags(description.text) if tag.effect != NONE]
        for pair in ask_about(description, tags, seed):
            assert fault_of(pair, description, tags, description.boxes) is None, (description.text, pair.question.text, pair.answer.text)
            count += 1
    assert count > 300


def test_seeds_draw_among_wordings_and_one_seed_draws_the_same():
    tags = read_tags(TEXT.text)
    assert ask_about(TEXT, tags, 4) == ask_about(TEXT, tags, 4)
    asked = {pair.question.text for seed in range(60) for pair in ask_about(TEXT, tags, seed)}
    kinds = {(pair.kind, bool(pair.answer.boxes)) for seed in range(60) for pair in ask_about(TEXT, tags, seed)}
    assert len(asked) > 40 and kinds >= {("yes_no", False), ("what", False), ("what", True), ("why", False), ("why", True), ("how", False)}


NOISE, SHARP = Claim("fault", "noise", (Fault.NOISE,)), Claim("virtue", "sharp", (Fault.BLUR, Fault.MOTION_BLUR))


@pytest.mark.parametrize(("wordings", "claim"), [(wordings.FAULTY, NOISE), (wordings.FAVOURED, SHARP)], ids=["faults", "virtues"])
@pytest.mark.parametrize("phrase", ["sky", "dark areas", "leaves on the left"])
def test_what_is_asked_is_read_back(wordings, claim, phrase):
    for wording in wordings:
        question = wordings_module().worded(wording, (phrase, [SKY]), claim)
        found = find_claims(tagged(question), "yes_no")
        assert any(agree(one, claim) for one in found), question.text


def wordings_module():
    return wordings


@pytest.mark.parametrize("words", ["leaves on the left", "trees", "people", "men", "dog and cat"])
def test_several_things_take_a_plural_verb(words):
    assert wordings.worded("{is} the {x} sharp?", (words, [SKY])).text == f"Are the {words} sharp?"


@pytest.mark.parametrize("words", ["sky", "glass of drinks", "grass", "man with glasses", "bus"])
def test_one_thing_takes_a_singular_verb(words):
    assert wordings.worded("{does} the {x} look sharp?", (words, [SKY])).text == f"Does the {words} look sharp?"


@pytest.mark.parametrize("tags", [[], [Tag("sky", "noisy", NONE)], [Tag("tower", "noisy", MINUS)], [Tag("sky", "", MINUS)], [Tag("sky", "red", MINUS)]])
def test_nothing_is_asked_without_boxes_quality_or_impact(tags):
    assert ask_about(TEXT, tags) == []
    assert ask_about(plain(TEXT.text), [Tag("sky", "noisy", MINUS)]) == []


def test_nothing_is_denied_that_the_text_says_anywhere():
    text = compose("The ", ("sky", [SKY]), " is blurred. Everything is too dark, noisy, overexposed, pixelated and low in contrast, with a colour cast.")
    for seed in range(30):
        (denied,) = [pair.question for pair in ask_about(text, [Tag("sky", "blurred", MINUS)], seed) if pair.answer.text == "No."]
        assert [claim.role for claim in claims_in(denied)] == ["virtue"]


def test_an_object_of_two_minds_about_one_fault_is_not_asked_about():
    assert ask_about(TEXT, [Tag("sky", "noisy", MINUS), Tag("sky", "clear", PLUS)]) == []


def test_an_object_with_a_virtue_and_another_fault_is_asked_about_both_and_never_called_good_or_poor():
    pairs = [pair for seed in range(30) for pair in ask_about(TEXT, [Tag("sky", "noisy", MINUS), Tag("sky", "sharp", PLUS)], seed)]
    assert any("noise" in pair.question.text for pair in pairs) and any("sharp" in pair.question.text for pair in pairs)
    assert not [pair for pair in pairs if pair.kind == "why" and not pair.answer.boxes]


def test_which_part_is_asked_only_where_one_part_is_the_answer():
    tags = [Tag("sky", "noisy", MINUS), Tag("faces", "noisy", MINUS)]
    assert not [pair for seed in range(30) for pair in ask_about(TEXT, tags, seed) if pair.answer.boxes]


@pytest.mark.parametrize(
    ("tag", "roles"),
    [
        (Tag("sky", "dark", MINUS), [("fault", "underexposure")]),
        (Tag("sky", "bright", PLUS), [("virtue", "well exposed")]),
        (Tag("sign", "illegible", MINUS), [("fault", "poor quality")]),
        (Tag("sky", "sharp but noisy", MINUS), [("fault", "noise")]),
        (Tag("image", "dark", NONE), []),
    ],
)
def test_a_tag_claims_what_its_effect_allows(tag, roles):
    assert [(claim.role, claim.name) for claim in claims_of(tag)] == roles
