"""What versions disagree on, row by row."""

from __future__ import annotations

from core.backends.base import Tag
from core.corrections import Edit
from core.differences import Difference, differences
from core.records import Judgement, QuestionRecord, RegionText


def asked(question, answer, kind="yes_no"):
    return QuestionRecord(kind, "plain", RegionText(question), RegionText(answer))


ONE = Edit((), (Tag("sky", "noisy", "negative"),), RegionText("The sky."), (asked("Sharp?", "No."),), (), ("cat",), Judgement("a", 0.25))


def test_equal_versions_differ_in_nothing():
    assert differences([ONE, ONE, ONE]) == () and differences([]) == () and differences([ONE]) == ()


def test_each_version_says_its_own_and_what_is_missing_is_empty():
    other = Edit((), (Tag("Sky", "noisy", "positive"), Tag("roof", "dark", "negative")), RegionText("A sky."), (asked("sharp", "Yes"),), (), (), Judgement("b"))
    assert differences([ONE, other]) == (
        Difference("text", "", ("The sky.", "A sky.")),
        Difference("tag", "sky: noisy", ("negative", "positive")),
        Difference("tag", "roof: dark", ("", "negative")),
        Difference("question", "Sharp?", ("No.", "Yes")),
        Difference("absent", "cat", ("cat", "")),
        Difference("preference", "", ("a", "b")),
        Difference("rating", "", ("0.25", "")),
    )


def test_words_that_mean_the_same_are_no_difference():
    assert differences([Edit(questions=(asked("Sharp?", "No."),)), Edit(questions=(asked("sharp", "no, not at all"),))]) == ()
