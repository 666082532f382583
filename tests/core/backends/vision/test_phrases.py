"""Whose token is whose: texts of many phrases, and scores of tokens to scores of phrases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.vision.phrases import Passage, has_words, passages, phrase_scores

START, STOP, END = 101, 1012, 102
PHRASES = st.lists(st.lists(st.integers(200, 999), min_size=1, max_size=9).map(tuple), max_size=20)


def test_phrases_stand_between_stops_with_their_spans():
    ((held, passage),) = passages([(7,), (8, 9)], 256, START, STOP, END)
    assert held == [(7,), (8, 9)]
    assert passage == Passage((START, 7, STOP, 8, 9, STOP, END), ((1, 2), (3, 5)))


def test_no_phrases_make_no_text():
    assert list(passages([], 256, START, STOP, END)) == []


@settings(deadline=None)
@given(PHRASES, st.integers(12, 40))
def test_every_phrase_stands_once_in_a_text_that_is_short_enough(phrases, most):
    found = list(passages(phrases, most, START, STOP, END))
    assert [phrase for held, _ in found for phrase in held] == phrases
    for held, passage in found:
        assert len(passage.tokens) <= most
        assert [passage.tokens[first:after] for first, after in passage.spans] == held
        assert all(passage.tokens[after] == STOP for _, after in passage.spans)


def test_a_phrase_scores_by_the_best_of_its_own_tokens_alone():
    logits = np.full((3, 10), -np.inf)
    logits[:, :7] = -9.0
    logits[0, 1], logits[1, 4], logits[2, 2], logits[2, 0] = 0.0, 2.0, 50.0, 50.0  # the stop and [CLS] belong to nobody
    scores = phrase_scores(logits, ((1, 2), (3, 5)))
    low = 1 / (1 + np.exp(9.0))
    assert scores == pytest.approx(np.array([[0.5, low], [low, 1 / (1 + np.exp(-2.0))], [low, low]]))


@pytest.mark.parametrize(("logit", "score"), [(-1000.0, 0.0), (1000.0, 1.0), (-np.inf, 0.0)], ids=str)
def test_scores_of_extreme_logits_do_not_overflow(logit, score):
    with np.errstate(over="raise", invalid="raise"):
        assert phrase_scores(np.array([[logit]]), ((0, 1),)) == score


def test_what_is_not_a_number_stays_so():
    assert np.isnan(phrase_scores(np.array([[0.0, np.nan]]), ((0, 2),))).all()


@pytest.mark.parametrize(("phrase", "has"), [("", False), (" .?,", False), ("3", True), ("sky.", True), ("塔", True), ("…", False)])
def test_a_phrase_of_marks_alone_has_no_words(phrase, has):
    assert has_words(phrase) == has
