"""Taggers, questioners and detectors made of a language model: what they ask, what they believe, and what they do with nonsense."""

from __future__ import annotations

import json
import re
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.base import Detector, Questioner, Tag, Tagger
from core.backends.scripted import Rule, Script, ScriptedBackend
from core.boxes import Box
from core.builder.prompted import PromptedDetector, PromptedQuestioner, PromptedTagger
from core.builder.prompted.asking import read_objects
from core.builder.prompted.wording import FOLDER, wording
from core.codecs import Fractions
from core.dialects import Markup
from core.errors import ModelFailed
from core.grounded_text import compose, plain
from core.images import Image

IMAGE = Image(np.zeros((40, 80, 3), np.uint8), "a" * 64, "PNG")
TEXT = "The Roof is sharp, but the sky is noisy.\nThe skyline is dark."
SKY, ROOF = Tag("sky", "noisy", "negative"), Tag("Roof", "sharp", "positive")
LEFT = Box(0.1, 0.2, 0.5, 0.6)


def saying(*replies: object) -> ScriptedBackend:
    """A model that says the first thing when asked, the second when told that the first cannot be used."""
    first, *second = [one if isinstance(one, str) else json.dumps(one) for one in replies]
    return ScriptedBackend(Script(tuple(Rule("cannot be used", reply) for reply in second), first))


def entry(phrase: object = "sky", quality: object = "noisy", effect: object = "negative", **more: object) -> dict[str, object]:
    return {"phrase": phrase, "quality": quality, "effect": effect, **more}


def test_they_are_what_the_stages_need():
    model = ScriptedBackend(Script(), name="m")
    for made, kind in ((PromptedTagger(model), Tagger), (PromptedDetector(model), Detector), (PromptedQuestioner(model), Questioner)):
        assert isinstance(made, kind) and made.name == "m"


LIST = json.dumps([entry()])


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(LIST, id="alone"),
        pytest.param(f"```json\n{LIST}\n```", id="fenced"),
        pytest.param(f"Here are [the] tags (1):\n{LIST}\nI hope this helps!", id="among prose"),
        pytest.param(f"<think>[{{}}] hm</think>{LIST}", id="after thoughts"),
        pytest.param(f'{{"tags": {LIST}}}', id="in an object"),
        pytest.param(json.dumps([entry(), entry(), entry("SKY", "dark")]), id="twice"),
        pytest.param(json.dumps([entry(confidence=3, boxes=[[1, 2]])]), id="with more fields"),
        pytest.param(json.dumps([entry(effect=" Negative ")]), id="capitals and spaces"),
        pytest.param(json.dumps([entry("sky [](<0, 1>)"), entry(7), entry("dog"), entry(quality=""), entry(effect="bad"), entry(quality="x" * 101), entry()]), id="among entries that are none"),
        pytest.param(LIST[:-1] + ", " + json.dumps(entry("noisy. The")) + "]", id="a phrase over lines"),
        pytest.param(f"[{LIST}]", id="a list too many"),
    ],
)
def test_tags_are_read_from_lists_of_many_forms(reply: str):
    assert PromptedTagger(saying(reply)).tag([TEXT]) == [[SKY]]


@pytest.mark.parametrize(
    "reply",
    [
        "I cannot do that.", "", "[", "[" * 50_000, "{" * 50_000, '[{"a":' * 10_000, "null", "[1, 2]", json.dumps(entry()), LIST[:-1],
        json.dumps([entry("dog")]), json.dumps([entry(effect=None)]), json.dumps([{}]), "<think>" + LIST, LIST + "x" * 50_000, "这张照片很模糊。", "[sky](<0, 1>) is noisy",
        '[{"phrase": "sky", "quality": ' + "9" * 5_000 + "}]",
    ],
)  # fmt: skip
def test_an_unusable_list_is_asked_for_once_more_with_the_reason(reply: str):
    model = saying(reply, [entry()])
    assert PromptedTagger(model).tag([TEXT]) == [[SKY]]
    first, second = model.asked
    assert second.messages[0] == first.messages[0] and [one.speaker for one in second.messages] == ["user", "assistant", "user"]
    assert second.messages[2].text.startswith("That cannot be used: ") and sum(len(one.text) for one in second.messages[1:]) < 6_000


def test_a_model_that_gives_no_list_twice_has_failed():
    with pytest.raises(ModelFailed, match=r'Model "scripted" gave no tags, asked twice: a JSON list of objects is needed, found "No\."\. Choose another with --tagger\.'):
        PromptedTagger(saying("No.", "No.")).tag([TEXT])


def test_a_list_that_stays_wrong_gives_what_is_right_in_it():
    assert PromptedTagger(saying([entry("dog")], [entry("cat")])).tag([TEXT]) == [[]]
    assert PromptedTagger(saying([])).tag([TEXT]) == [[]]


def test_descriptions_are_asked_about_together_and_empty_ones_not_at_all():
    model = ScriptedBackend(Script((Rule("Text: Roof", json.dumps([entry("roof", "sharp", "positive")])), Rule("cannot", "[]")), LIST))
    assert PromptedTagger(model).tag(["The sky.", "", "  \n..", "Roof"]) == [[SKY], [], [], [Tag("Roof", "sharp", "positive")]]
    assert len(model.asked) == 2


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [("The Sky is dark", "sky", "Sky"), ("A skyline", "sky", None), ("天空很暗", "天空", "天空"), ("The s.y", "s.y", "s.y"), ("The (old) roof.", "(old) roof", "(old) roof"), ("a\nb", "a b", None), ("café au lait", "café", "café")],
)
def test_a_phrase_is_what_stands_in_the_text(text: str, phrase: str, found: str | None):
    tags = PromptedTagger(saying([entry(phrase)], [])).tag([text])[0]
    assert [tag.phrase for tag in tags] == ([found] if found else [])


def test_thirty_tags_are_enough():
    words = [f"thing{number}" for number in range(100)]
    assert len(PromptedTagger(saying([entry(word) for word in words])).tag([" ".join(words)])[0]) == 30


@given(st.text(max_size=200) | st.lists(st.sampled_from(['[{"phrase"', ":", '"sky"', "}]", "[", "]", "{", ",", '"quality"', '"effect"', '"negative"', "<think>", "</think>", "```"]), max_size=30).map(" ".join))
def test_whatever_a_model_says_a_tag_stands_in_the_text(reply: str):
    try:
        tags = PromptedTagger(saying(reply)).tag([TEXT])[0]
    except ModelFailed:
        return
    assert all(tag.phrase in TEXT for tag in tags)


@pytest.mark.parametrize("reply", ["[{" * 25_000, "{}" * 25_000, "[" + "{}," * 16_000, '"' * 50_000, "[" + "1," * 25_000], ids=range(5))
def test_long_nonsense_is_read_quickly(reply: str):
    began = time.thread_time()
    read_objects(reply)
    assert time.thread_time() - began < 1


# Questions


def pair(kind: object = "yes_no", question: object = "Is the sky noisy?", answer: object = "Yes.") -> dict[str, object]:
    return {"kind": kind, "question": question, "answer": answer}


def asked(*pairs: object, tags: tuple[Tag, ...] = (SKY, ROOF), description=None) -> list[tuple[str, str, str]]:
    found = PromptedQuestioner(saying(list(pairs), [])).ask(description or plain(TEXT), tags)
    return [(one.kind, one.question.text, one.answer.text) for one in found]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (pair(), ("yes_no", "Is the sky noisy?", "Yes.")),
        (pair("Yes/No", "Is the Sky  blurred?", "no, it is not"), ("yes_no", "Is the Sky blurred?", "No.")),
        (pair("why", "Why is the roof good?", "It is sharp."), ("why", "Why is the roof good?", "It is sharp.")),
        (pair("which", "Which part is noisy?", "The sky."), ("what", "Which part is noisy?", "The sky.")),
        (pair("how", "How does the roof look?", "Sharp"), ("how", "How does the roof look?", "Sharp")),
    ],
)
def test_questions_are_read(given, read):
    assert asked(given) == [read]


@pytest.mark.parametrize(
    "wrong",
    [
        pair("who"), pair(None), pair(question=""), pair(question=7), pair(answer=None), pair(answer=["Yes"]), pair(answer="Perhaps."), pair(question="The sky is noisy."), pair("what"),
        pair("what", "Is the sky noisy?", "Noise."), pair(question="What is wrong with the sky?"), pair(question="Is the dog noisy?"), pair(question="Is the [sky](<0, 1>) noisy?"),
        pair(question="Is the sky noisy" + "y" * 300 + "?"), pair("what", "What of the sky?", "x" * 201), pair("what", "What of the sky?", "<b>noise</b>"), pair("what", "What of the sky?", "..."), {},
    ],
)  # fmt: skip
def test_what_is_no_question_about_the_things_is_left_out(wrong):
    assert asked(wrong, pair()) == [("yes_no", "Is the sky noisy?", "Yes.")]


def test_no_question_stands_twice_and_no_more_than_forty_are_taken():
    assert len(asked(pair(), pair(question="is the SKY noisy?", answer="No."))) == 1
    assert len(asked(*(pair(question=f"Is the sky noisy {number}?") for number in range(100)))) == 40


def test_boxes_go_to_the_question_or_else_to_the_answer():
    described = compose("The ", ("Roof", [LEFT]), " is sharp, but the ", ("sky", [LEFT, Box(0, 0, 1, 1)]), " is noisy.")
    replies = [pair(), pair("what", "Which part is sharp?", "The roof."), pair("why", "Why is the sky worse than the roof?", "The sky is noisy."), pair("how", "How is the skyline of the sky?", "Dark.")]
    found = PromptedQuestioner(saying(replies)).ask(described, [SKY, ROOF])
    words = [([one.question.words(p) for p in one.question.phrases], [one.answer.words(p) for p in one.answer.phrases]) for one in found]
    assert words == [(["sky"], []), ([], ["roof"]), (["sky", "roof"], []), (["sky"], [])]
    assert found[0].question.boxes == (LEFT, Box(0, 0, 1, 1)) and found[1].answer.boxes == (LEFT,)


def test_nothing_is_asked_about_a_text_that_judges_nothing():
    model = saying([pair()])
    assert PromptedQuestioner(model).ask(plain(TEXT), []) == [] == PromptedQuestioner(model).ask(plain(TEXT), [Tag("photo", "good", "no impact")])
    assert model.asked == []


def test_without_a_list_there_are_no_questions_and_the_record_lives():
    assert PromptedQuestioner(saying("No.", "No.")).ask(plain(TEXT), [SKY]) == []


# Boxes


@pytest.mark.parametrize(
    ("reply", "count"),
    [
        pytest.param("The [sky](<0, 0, 1, 0.5>).", 1, id="one"),
        pytest.param("[sky](<0, 0, 1, 0.5>, <0, 0.5, 1, 1>) and [sky](<0, 0, 1, 0.5>)", 2, id="two, one of them twice"),
        pytest.param("The [dog](<0, 0, 1, 0.2>) is under the [noisy sky](<0, 0, 1, 0.5>).", 1, id="its own words before others"),
        pytest.param("It is [here](<0, 0, 1, 0.5>).", 1, id="words of its own"),
        pytest.param("Not in the image.", 0, id="absent"),
        pytest.param("Not in the image. There is a [dog](<0, 0, 1, 0.5>).", 0, id="absent, and something else is there"),
        pytest.param("<think>[sky](<0, 0, 1, 0.5>)</think>Not in the image.", 0, id="a thought"),
        pytest.param("[sky](<0, 0, 7, 0.5>)", 0, id="outside"),
        pytest.param("[sky](<0, 0, 0.5>) (<1, 2>) [](<0, 0, 1, 1>)", 0, id="no boxes"),
        pytest.param("It is at the top.", 0, id="words"),
        pytest.param("", 0, id="nothing"),
        pytest.param("".join(f"[sky](<0,0,1,{n / 10_000:.4f}>)" for n in range(1, 5_001)), 100, id="five thousand"),
    ],
)
def test_places_are_read_and_nothing_is_guessed(reply: str, count: int):
    model = ScriptedBackend(Script(default=reply), dialect=Markup(lambda _size: Fractions(4)))
    (boxes,) = PromptedDetector(model).detect(IMAGE, ["sky"])
    assert len(boxes) == count and all(one.score == 1 for one in boxes)


def test_each_phrase_is_asked_for_once_in_one_batch():
    script = Script((Rule("photograph: sky", "[sky](<0, 0, 1, 0.5>)"), Rule("photograph: roof", "[roof](<0, 0.5, 1, 1>)")), "Not in the image.")
    model = ScriptedBackend(script, dialect=Markup(lambda _size: Fractions()))
    found = PromptedDetector(model).detect(IMAGE, ["sky", "roof", "dog", "sky", "[x](<0, 1>)", "y" * 500, ""])
    assert [[one.box.as_tuple() for one in boxes] for boxes in found] == [[(0, 0, 1, 0.5)], [(0, 0.5, 1, 1)], [], [(0, 0, 1, 0.5)], [], [], []]
    assert len(model.asked) == 3 and model.asked[0].messages[0].images[0].image is IMAGE


# Wordings


def test_what_is_filled_in_is_not_looked_at_again():
    filled = wording("questions", text="{objects} {text} \\1", objects="- {text}")
    assert "{objects} {text} \\1" in filled and "- {text}" in filled


def test_every_wording_has_its_places():
    places = {path.stem: sorted(set(re.findall(r"\{(\w+)\}", path.read_text()))) for path in FOLDER.glob("*.txt")}
    assert places == {"tags": ["examples", "text"], "questions": ["objects", "text"], "repair": ["fault"], "places": ["phrase"]}
