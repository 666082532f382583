"""The wordings in which descriptions are asked for."""

from __future__ import annotations

from collections import Counter

from core.codecs import GiqaGrid
from core.grounded_text import parse, plain
from core.question_pool import drawn, wordings


def test_there_are_fifteen_wordings_some_with_the_template():
    assert len(set(wordings())) == len(wordings()) == 15
    assert 5 <= sum("[label] (<x, y>)" in one for one in wordings()) <= 10
    assert all(parse(one, GiqaGrid()) == plain(one) and not parse(one, GiqaGrid()).problems for one in wordings())  # else they would not read back


def test_a_wording_is_drawn_by_key_and_seed_and_all_come_up():
    assert drawn("a", 0) == drawn("a", 0)
    counts = Counter(drawn(str(number), 0) for number in range(3_000))
    assert len(counts) == 15 and min(counts.values()) > 120
    assert any(drawn(str(number), 0) != drawn(str(number), 1) for number in range(20))
