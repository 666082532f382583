"""How alike versions are, on pairs worked out by hand; figures over many tasks, beyond chance, and each person beside the others."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.base import Tag
from core.boxes import Box
from core.corrections import Edit, EditedRegion
from core.evaluation.agreement import Shared, agreement, gold_score, level, overall, task_agreement
from core.evaluation.agreement_pairs import likeness, version_of
from core.records import Judgement, QuestionRecord, RegionPhrase, RegionText

LEFT, RIGHT, LEFT_HALF = Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1), Box(0, 0, 0.25, 1)
NOISY, BLURRED = Tag("sky", "noisy", "negative"), Tag("The tower", "blurred", "negative")


def regions(*boxes):
    return tuple(EditedRegion(f"r{number}", box) for number, box in enumerate(boxes))


def text(words, **phrases):
    """`text("The sky is noisy", sky="r0")`: the phrase "sky" linked to the region r0."""
    found = [RegionPhrase(words.index(name), words.index(name) + len(name), tuple(ids.split())) for name, ids in phrases.items()]
    return RegionText(words, tuple(sorted(found, key=lambda one: one.start)))


def asked(question, answer, kind="yes_no"):
    return QuestionRecord(kind, "plain", RegionText(question), RegionText(answer))


SKY = Edit(regions(LEFT, RIGHT), (NOISY, BLURRED), text("The sky is noisy, the tower blurred", sky="r0", tower="r1"))


def compared(one, other):
    return likeness(version_of(one), version_of(other))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(Edit(), Edit(), {}, id="nothing said by either"),
        pytest.param(SKY, SKY, {"boxes": 1, "iou": 1, "labels": 1, "tags": 1, "links": 1, "text": 1}, id="the same"),
        pytest.param(Edit(regions(LEFT)), Edit(), {"boxes": 0}, id="one box against none"),
        pytest.param(Edit(regions(LEFT, RIGHT)), Edit(regions(LEFT_HALF)), {"boxes": 2 / 3, "iou": 0.5}, id="half a box is the same box, one missing"),
        pytest.param(Edit(regions(Box(0, 0, 0.2, 1))), Edit(regions(LEFT)), {"boxes": 0, "iou": 0.4}, id="too small to be the same"),
        pytest.param(Edit(tags=(NOISY, BLURRED)), Edit(tags=(Tag("SKY", "noisy", "negative"),)), {"tags": 0.5}, id="letters' case plays no part in tags"),
        pytest.param(Edit(tags=(NOISY,)), Edit(tags=(replace(NOISY, effect="positive"),)), {"tags": 0}, id="another effect is another tag"),
        pytest.param(
            replace(SKY, tags=()), Edit(regions(RIGHT, LEFT), (), text("The sky is noisy", sky="r0")),
            {"boxes": 1, "iou": 1, "labels": 0, "links": 0, "text": 2 * 3 / (7 + 4)}, id="the same boxes under crossed names",
        ),
        pytest.param(
            replace(SKY, tags=()), Edit(regions(RIGHT, LEFT), (), text("A sky is noisy,", sky="r1")),
            {"boxes": 1, "iou": 1, "labels": 1 / 2, "links": 2 / 3, "text": 2 * 3 / (7 + 4)}, id="one of two links",
        ),
        pytest.param(Edit(questions=(asked("Is it sharp?", "Yes."),)), Edit(questions=(asked("is it sharp", "yes, quite"),)), {"answers": 1}, id="both say yes"),
        pytest.param(Edit(questions=(asked("Why?", "A blur", "why"),)), Edit(questions=(asked("Why?", "Noise", "why"),)), {"answers": 0}, id="other words"),
        pytest.param(Edit(questions=(asked("Why?", "A blur", "why"),)), Edit(questions=(asked("How?", "Noise", "how"),)), {}, id="other questions"),
        pytest.param(Edit(absent=("the cat",)), Edit(absent=("Cat", "dog")), {"absent": 0.5}, id="absent"),
        pytest.param(Edit(judgement=Judgement("a", 0.25)), Edit(judgement=Judgement("b", 0.75)), {"preference": 0, "rating": 0.5}, id="judgements"),
        pytest.param(Edit(judgement=Judgement("a", 0.25)), Edit(), {"preference": 0}, id="a score that one did not give"),
    ],
)  # fmt: skip
def test_two_versions_are_compared_part_by_part(one, other, expected):
    assert compared(one, other) == pytest.approx(expected)
    assert compared(other, one) == pytest.approx(expected)


def test_of_equal_words_each_is_its_own_phrase():
    twice = RegionText("candle and candle", (RegionPhrase(0, 6, ("r0",)), RegionPhrase(11, 17, ("r1",))))
    assert compared(Edit(regions(LEFT, RIGHT), (), twice), Edit(regions(RIGHT, LEFT), (), twice))["links"] == 0


@pytest.mark.parametrize(
    ("edits", "kind", "expected"),
    [
        pytest.param([], "description", None, id="nobody"),
        pytest.param([SKY], "description", None, id="one person"),
        pytest.param([Edit(), Edit()], "objects", 1.0, id="both found nothing"),
        pytest.param([SKY, SKY, SKY], "description", 1.0, id="three alike"),
        pytest.param([SKY, SKY, replace(SKY, tags=(NOISY,))], "description", (1 + 2 * (1 + 0.5 + 1 + 1) / 4) / 3, id="one with a tag less"),
        pytest.param([Edit(regions(LEFT)), Edit(regions(LEFT_HALF), (NOISY,))], "objects", 1.0, id="tags are not asked for where objects are"),
        pytest.param([Edit(judgement=Judgement("a"))] * 2 + [Edit(judgement=Judgement("tie"))], "comparison", 1 / 3, id="two of three prefer A"),
        pytest.param([Edit(judgement=Judgement(None, 0.2)), Edit(judgement=Judgement(None, 0.7))], "score", 0.5, id="half the scale apart"),
        pytest.param([Edit(questions=(asked("Sharp?", one),)) for one in ("Yes", "No")], "questions", 0.0, id="yes and no"),
    ],
)
def test_a_tasks_one_figure(edits, kind, expected):
    assert task_agreement(edits, kind) == (None if expected is None else pytest.approx(expected))


def test_a_gold_score_is_the_likeness_to_the_known_answer():
    assert gold_score(SKY, SKY, "description") == 1 and gold_score(Edit(), SKY, "description") == 0


NUMBERS = st.integers(0, 8)
BOXES = st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(1, 8), st.integers(1, 8)).map(lambda b: Box(b[0] / 16, b[1] / 16, (b[0] + b[2]) / 16, (b[1] + b[3]) / 16)), max_size=4)
TAGS = st.lists(st.builds(Tag, st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from(["negative", "positive"])), max_size=3)
WORDS = st.lists(st.sampled_from(["noisy", "sharp", "sky", "tower"]), max_size=8).map(" ".join)
EDITS = st.builds(lambda boxes, tags, words: Edit(regions(*boxes), tuple(tags), RegionText(words)), BOXES, TAGS, WORDS)


@given(EDITS, EDITS)
def test_likeness_is_symmetric_in_range_and_one_with_itself(one, other):
    found, turned = compared(one, other), compared(other, one)
    assert found == pytest.approx(turned)
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in found.values())
    assert all(value == pytest.approx(1) for value in compared(one, one).values())


@given(st.lists(EDITS, min_size=2, max_size=4), st.randoms())
def test_the_order_of_people_plays_no_part(edits, random):
    shuffled = random.sample(edits, len(edits))
    assert task_agreement(edits, "description") == pytest.approx(task_agreement(shuffled, "description"))


def team(count, *, noise):
    """Three people draw each task's one box; `noise`: the share of theirs that are drawn anywhere."""
    random = Random(7)

    def anywhere():
        x, y = random.uniform(0, 0.7), random.uniform(0, 0.7)
        return Box(x, y, x + 0.3, y + 0.3)

    tasks = []
    for task in range(count):
        truth = anywhere()
        versions = {user: Edit(regions(anywhere() if random.random() < noise else truth)) for user in ("ann", "ben", "cem")}
        tasks.append(Shared(task, "objects", versions))
    return tasks


def test_perfect_agreement_and_pure_chance_are_told_apart():
    perfect, chance = agreement(team(60, noise=0)), agreement(team(60, noise=1))
    assert (perfect.tasks, perfect.versions) == (60, 180)
    boxes = perfect.parts["boxes"]
    assert (boxes.value, boxes.interval, boxes.corrected, boxes.pairs, boxes.tasks) == (1, (1, 1), 1, 180, 60)
    assert 0 < boxes.chance < 0.2
    assert abs(chance.parts["boxes"].corrected) < 0.1
    low, high = chance.overall.interval
    assert low <= chance.overall.value <= high


def test_one_who_draws_anywhere_stands_apart_from_the_others():
    tasks = [replace(one, versions={**one.versions, "dee": Edit(regions(Box(0, 0, 0.1, 0.1)))}) for one in team(20, noise=0)]
    found = agreement(tasks).people
    assert [round(one.mine, 2) for one in found["ann"][:2]] == [0.67, 0.67] and found["ann"][0].others == pytest.approx(1 / 3)
    assert (found["dee"][0].mine, found["dee"][0].others) == (0, 1)


def test_values_on_a_scale_have_their_alpha():
    said = [("Yes", "a", 0.1), ("No", "b", 0.9), ("Yes", "tie", 0.5)]
    tasks = [Shared(n, "score", {u: Edit((), (NOISY,), None, (asked("Sharp?", yes),), judgement=Judgement(best, rating)) for u in "ab"}) for n, (yes, best, rating) in enumerate(said)]
    found = agreement([*tasks, Shared(9, "score", {"a": Edit()})])
    assert (found.tasks, {name: (one.value, one.units) for name, one in found.alphas.items()}) == (
        3, {"answers": (1, 3), "effects": (None, 3), "preference": (1, 3), "rating": (1, 3)},
    )  # fmt: skip
    assert found.kappa.value == 1 and found.kappa.units == 3


def test_nothing_shared_has_no_figures():
    found = agreement([Shared(1, "objects", {"ann": SKY})])
    assert (found.tasks, found.overall, found.parts, found.alphas, found.kappa, found.people) == (0, None, {}, {}, None, {})


@pytest.mark.parametrize(("rating", "expected"), [(0, 0), (0.19, 0), (0.2, 1), (0.99, 4), (1, 4)])
def test_levels(rating, expected):
    assert level(rating) == expected


def test_an_unknown_kind_counts_every_part():
    assert overall({"boxes": 1.0, "rating": 0.0}, "something new") == 0.5
