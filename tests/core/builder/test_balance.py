"""Balance: exact, the same in any order and by any shards, and only ever leaving questions out."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.boxes import ImageSize
from core.builder.balance import SIDES, Ratio, balanced, count, plan, side_of
from core.errors import InvalidInput
from core.records import ImageReference, QuestionRecord, Record, RegionText

KINDS = {"yes": ("yes_no", "Yes."), "no": ("yes_no", "No, it is sharp."), "open": ("what", "Blur."), "why": ("why", "Yes, blur.")}


def record(row: int, *asked: str) -> Record:
    questions = tuple(QuestionRecord(KINDS[one][0], "plain", RegionText(f"Q{at}?"), RegionText(KINDS[one][1])) for at, one in enumerate(asked))
    return Record(ImageReference("a" * 64, ImageSize(4, 3)), "set", row, questions=questions)


def sides(records) -> Counter[str]:
    return Counter(side_of(one) for found in records for one in found.questions)


def rolled(number: int, seed: int = 0) -> list[Record]:
    rng = random.Random(seed)
    return [record(row, *rng.choices(list(KINDS), weights=(5, 3, 4, 2), k=rng.randrange(9))) for row in range(number)]


RECORDS = st.lists(st.lists(st.sampled_from(list(KINDS)), max_size=6), max_size=30).map(lambda rows: [record(row, *asked) for row, asked in enumerate(rows)])


@settings(deadline=None)
@given(RECORDS, st.integers(0, 3))
def test_yes_equals_no_and_binary_equals_open_with_as_many_as_there_can_be(records, seed):
    there, kept = sides(records), sides(balanced(lambda: records, seed=seed))
    most = min(there["yes"], there["no"], there["open"] // 2)
    assert (kept["yes"], kept["no"], kept["open"]) == (most, most, 2 * most)


@settings(deadline=None)
@given(RECORDS, st.integers(0, 3), st.randoms())
def test_neither_order_nor_shards_matter(records, seed, shuffle):
    whole = {one.id: one for one in balanced(lambda: records, seed=seed)}
    shuffled = list(records)
    shuffle.shuffle(shuffled)
    cut = shuffle.randrange(len(records) + 1)
    parts = [shuffled[:cut], shuffled[cut:]]
    chosen = plan([count(part, seed) for part in parts], seed=seed)
    assert {one.id: one for part in parts for one in map(chosen, part)} == whole


@settings(deadline=None)
@given(RECORDS)
def test_nothing_is_changed_but_questions_left_out_and_the_counts_tell_how_many(records):
    chosen = plan([count(records)])
    made = [chosen(one) for one in records]
    assert [one.id for one in made] == [one.id for one in records]
    assert all(set(after.questions) <= set(before.questions) for before, after in zip(records, made, strict=True))
    assert sides(made) == Counter({side: number for side, number in chosen.kept.items() if number})
    assert sides(records) == Counter({side: chosen.kept[side] + chosen.left_out[side] for side in SIDES if chosen.kept[side] + chosen.left_out[side]})


@pytest.mark.parametrize(
    ("yes_per_no", "open_per_binary", "there", "wanted"),
    [
        pytest.param(1, 1, (50_000, 30_000, 70_000), (30_000, 30_000, 60_000), id="the paper's"),
        pytest.param(1, 1, (50_000, 30_000, 50_484), (25_242, 25_242, 50_484), id="as many as in GIQA-160K"),
        pytest.param(35 / 55, 60 / 90, (35, 55, 60), (35, 55, 60), id="the benchmark's"),
        pytest.param(2, 0.5, (10, 10, 100), (10, 5, 7), id="others"),
        pytest.param(0.1, 0.1, (10, 10, 10), (1, 10, 1), id="few of a side"),
        pytest.param(1, 1, (10, 0, 10), (0, 0, 0), id="a side missing"),
        pytest.param(1, 1, (0, 0, 0), (0, 0, 0), id="nothing"),
    ],
)  # fmt: skip
def test_the_most_questions_that_keep_a_ratio(yes_per_no, open_per_binary, there, wanted):
    assert tuple(Ratio(yes_per_no, open_per_binary).wanted(*there).values()) == wanted


def test_another_seed_leaves_out_others():
    records = rolled(200)
    assert list(balanced(lambda: records, seed=1)) == list(balanced(lambda: records, seed=1)) != list(balanced(lambda: records, seed=2))


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_a_ratio_that_makes_no_sense_is_refused(value):
    with pytest.raises(InvalidInput, match=r"A ratio of questions is above zero, got .* yes per no"):
        Ratio(value)


def test_few_questions_are_found_before_many_and_no_side_is_favoured_by_its_place():
    records = [record(row, "yes", "yes", "no", "open", "open") for row in range(3_000)]
    first = Counter(one.question.text for made in balanced(lambda: records) for one in made.questions if side_of(one) == "yes")
    assert abs(first["Q0?"] - first["Q1?"]) < 250
