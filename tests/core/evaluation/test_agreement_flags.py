"""Flags: each rule by hand, and how often honest people are suspected, by simulation."""

from __future__ import annotations

from random import Random

import pytest

from core.evaluation.agreement_flags import Done, Flag, falling_by_chance, flags

HONEST = [Done(100, True, 0.8, 0.8, 0.8, True)] * 30


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        pytest.param(HONEST, (), id="like the others"),
        pytest.param([], (), id="nothing done"),
        pytest.param([Done()] * 30, (), id="nothing known"),
        pytest.param([Done(30)] * 10, (Flag("rushing", "time", 30, 100, 10),), id="a third of the time"),
        pytest.param([Done(30)] * 9, (), id="too few to tell"),
        pytest.param([Done(45)] * 10, (), id="quick, not rushing"),
        pytest.param([Done(30)] * 5 + [Done(100)] * 5, (), id="half of them quick"),
        pytest.param([Done(mine=0.5, others=0.8)] * 10, (Flag("careless", "agreement", 0.5, pytest.approx(0.8), 10),), id="far from the others"),
        pytest.param([Done(mine=0.5, others=0.5)] * 10, (), id="hard tasks are hard for all"),
        pytest.param([Done(mine=0.5)] * 10, (Flag("careless", "agreement", 0.5, pytest.approx(0.8), 10),), id="two a task: beside what is usual"),
        pytest.param([Done(gold=0.4)] * 8, (Flag("careless", "gold", pytest.approx(0.4), pytest.approx(0.8), 8),), id="far from gold"),
        pytest.param([Done(gold=0.4)] * 7, (), id="too little gold"),
        pytest.param([Done(changed=False, others_changed=True)] * 16, (Flag("careless", "unchanged", 1, 0, 16),), id="leaves what all others change"),
        pytest.param([Done(changed=False, others_changed=False)] * 50, (), id="leaves what needs no change"),
        pytest.param([Done(changed=False, others_changed=True)] * 15, (), id="not sure yet"),
        pytest.param(
            [Done(mine=0.9 - step / 40, others=0.9) for step in range(20)],
            (Flag("drifting", "agreement", pytest.approx(0.5375), pytest.approx(0.7875), 20), Flag("careless", "agreement", pytest.approx(0.6625), pytest.approx(0.9), 20)),
            id="falling, and low by now",
        ),
        pytest.param([Done(mine=0.9 - step / 40, others=0.9 - step / 40) for step in range(20)], (), id="the tasks became harder"),
        pytest.param([Done(gold=0.95 - step / 80) for step in range(20)], (Flag("drifting", "gold", pytest.approx(0.76875), pytest.approx(0.89375), 20),), id="gold falls"),
    ],
)
def test_a_flag_names_the_figures_that_raised_it(done, expected):
    assert flags({"me": done, "ann": HONEST, "ben": HONEST})["me"] == expected


def test_alone_nobody_is_flagged():
    assert flags({"me": [Done(1, False, None, None, None, None)] * 50}) == {"me": ()}


@pytest.mark.parametrize(
    ("values", "chance"),
    [
        pytest.param([5, 4, 3, 2, 1], 0.0137, id="S = -10, variance 16.67: z = -9 / 4.08"),
        pytest.param([1, 2, 3, 4, 5], 0.9965, id="rising"),
        pytest.param([1, 1, 1], 1.0, id="flat"),
    ],
)
def test_a_falling_row_has_a_small_chance(values, chance):
    assert falling_by_chance(values) == pytest.approx(chance, abs=5e-4)


def a_person(random, tasks, *, pace=1.0, skill=0.0, fall=0.0, lazy=False):
    """One who does `tasks` (difficulty, agreement of the others): seconds spread by people (0.3) and tasks (0.6, both of the logarithm), likeness by 0.12."""
    own = random.gauss(0, 0.3)
    level = random.gauss(0, 0.03) + skill
    changes = random.uniform(0.5, 0.95)

    def likeness(base, place):
        return min(1.0, max(0.0, base + level - fall * place / len(tasks) + random.gauss(0, 0.12)))

    return [
        Done(
            pace * 60 * random.lognormvariate(own, 0.6),
            not lazy and random.random() < changes,
            likeness(base, place),
            base,
            likeness(0.8, place) if random.random() < 0.1 else None,
            random.random() < 0.7,
        )
        for place, base in enumerate(tasks)
    ]


def simulated(teams, tasks=150, people=8, **odd):
    """The flags of the last of a team's people, who alone has what `odd` says."""
    found = []
    for seed in range(teams):
        random = Random(seed)
        shared = [min(1.0, max(0.2, random.gauss(0.75, 0.12))) for _ in range(tasks)]
        team = {str(number): a_person(random, shared) for number in range(people - 1)}
        found.append({(flag.kind, flag.sign) for flag in flags({**team, "odd": a_person(random, shared, **odd)})["odd"]})
    return found


def test_honest_people_are_seldom_suspected():
    found = simulated(100)
    assert sum(map(bool, found)) <= 3, found


@pytest.mark.parametrize(
    ("odd", "flag"),
    [
        pytest.param({"pace": 0.25}, ("rushing", "time"), id="a quarter of the time"),
        pytest.param({"skill": -0.3}, ("careless", "agreement"), id="lower by .3"),
        pytest.param({"skill": -0.3}, ("careless", "gold"), id="lower by .3 on gold"),
        pytest.param({"fall": 0.4}, ("drifting", "agreement"), id="falling by .4"),
        pytest.param({"lazy": True}, ("careless", "unchanged"), id="accepts everything"),
    ],
)
def test_what_should_be_seen_is_seen(odd, flag):
    assert sum(flag in found for found in simulated(20, **odd)) >= 18
