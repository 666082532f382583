"""Reviewing in the store: verdicts, comments, decisions and what is exported of them; nothing of an annotator's ever changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.boxes import Box
from core.builder.feedback.reading import read_corrections
from core.corrections import Edit, EditedRegion, as_edit
from core.errors import InvalidInput, InvalidRecord, NotYours, ReusedKey, StaleRevision, UnknownTask
from core.record_json import from_json, to_json
from core.records import RegionPhrase, RegionText
from core.store.review_values import Anchor, ReviewFilter, read_anchor
from core.store.values import ProjectSettings, TaskFilter
from tests.core.store.team import submit

MOVED = Box(0, 0, 0.5, 0.5)


@pytest.fixture
def task(store, a_record):
    (number,) = store.add_proposals(store.add_project("Roofs").id, [a_record(0)], user="imp").tasks
    return number


@pytest.fixture
def three(store, task):
    """Versions of ann, ben and cem; cem's has another box."""
    return [submit(store, task, user, box) for user, box in (("ann", None), ("ben", None), ("cem", MOVED))]


def edit_of(store, task, box=None):
    edit = as_edit(store.task(task, "nobody").proposal)
    return edit if box is None else replace(edit, regions=(EditedRegion("r1", box),))


def states(store, reader="rev", **wanted):
    return [(row.task, row.user, row.state) for row in store.reviews.submissions(ReviewFilter(**wanted), reader)]


def exported(store, selection):
    return [(record.correction.revision, record.correction.user, record.correction.status) for record in store.records(selection)]


def test_what_others_submitted_waits_for_review_and_one_s_own_does_not(store, task, three):
    assert states(store) == [(task, "ann", "waiting"), (task, "ben", "waiting"), (task, "cem", "waiting")]
    assert states(store, "ann") == [(task, "ben", "waiting"), (task, "cem", "waiting")]
    assert states(store, user="cem") == [(task, "cem", "waiting")] and states(store, search="PHOTOGRAPH 0") and not states(store, search="roof")
    first = store.reviews.submissions(ReviewFilter(), "rev", limit=2)
    assert [row.user for row in store.reviews.submissions(ReviewFilter(), "rev", after=first[-1].revision, limit=2)] == ["cem"]


def test_drafts_and_skipped_tasks_are_not_reviewed(store, task):
    submit(store, task, "ann", status="draft")
    submit(store, task, "ben", status="skipped", reason="unclear")
    assert states(store, state=None) == []


def test_a_verdict_is_kept_beside_the_revision_which_stays_as_it_was(store, task, three):
    before = store.revision(task, three[0])
    accepted = store.reviews.review(three[0], "rev", "accept")
    rejected = store.reviews.review(three[2], "rev", "reject", reason="The box is too small.")
    assert (accepted.verdict, rejected.reason, accepted.fixed_by) == ("accept", "The box is too small.", None)
    assert store.revision(task, three[0]) == before
    assert states(store) == [(task, "ben", "waiting")]
    assert states(store, state="reject") == [(task, "cem", "reject")]
    (mine,) = store.reviews.own("cem")
    assert (mine.state, mine.reason, mine.revision) == ("reject", "The box is too small.", three[2])
    assert store.reviews.own("ben") == ()


def test_a_fix_is_the_reviewers_own_revision_made_from_the_annotators(store, task, three):
    fixed = store.reviews.review(three[2], "rev", "fix", fix=edit_of(store, task), key="fix-00001")
    made = store.revision(task, fixed.fixed_by)
    assert (made.user, made.parent, made.status, made.edit) == ("rev", three[2], "fixed", edit_of(store, task))
    assert store.reviews.review(three[2], "rev", "fix", fix=edit_of(store, task), key="fix-00001") == fixed
    assert store.task(task, "rev").head is None, "a fix is no version of the reviewer's own"
    with pytest.raises(ReusedKey):
        store.reviews.review(three[1], "rev", "fix", fix=edit_of(store, task), key="fix-00001")


def test_the_same_verdict_twice_is_one_and_another_one_overrules_it(store, three):
    first = store.reviews.review(three[0], "rev", "accept")
    assert store.reviews.review(three[0], "rev", "accept") == first
    assert store.reviews.review(three[0], "rev", "reject", reason="No.").id == first.id + 1
    assert [row.state for row in store.reviews.own("ann")] == ["reject"]


@pytest.mark.parametrize(
    ("reviewer", "verdict", "options", "error", "message"),
    [
        pytest.param("ann", "accept", {}, NotYours, "Nobody reviews their own work", id="one's own"),
        pytest.param("rev", "reject", {}, InvalidInput, "A reason is a text of 1 to 2,000 characters, got 0", id="no reason"),
        pytest.param("rev", "reject", {"reason": "\ud83d"}, InvalidInput, "half a character", id="half an emoji"),
        pytest.param("rev", "fix", {"key": "key-00009"}, InvalidInput, "A fix brings the mended version", id="a fix of nothing"),
        pytest.param("rev", "accept", {"fix": Edit()}, InvalidInput, "A fix brings the mended version", id="an acceptance with a fix"),
        pytest.param("rev", "fix", {"key": "ann-1-1", "fix": Edit()}, ReusedKey, "carries the key of another one", id="a key that is taken"),
    ],
)
def test_a_verdict_that_cannot_be_is_refused_in_words(store, three, reviewer, verdict, options, error, message):
    with pytest.raises(error, match=message):
        store.reviews.review(three[0], reviewer, verdict, **options)
    assert store.reviews.own("ann") == ()


def test_a_fix_that_fits_no_record_is_refused(store, task, three):
    edit = replace(edit_of(store, task), description=RegionText("The sky", (RegionPhrase(4, 7, ("nowhere",)),)))
    with pytest.raises(InvalidRecord, match="names the region"):
        store.reviews.review(three[0], "rev", "fix", fix=edit, key="fix-00001")


def test_what_its_author_has_changed_meanwhile_is_not_reviewed_unseen(store, task, three):
    newer = submit(store, task, "ann", MOVED)
    with pytest.raises(StaleRevision, match="another version since"):
        store.reviews.review(three[0], "rev", "accept")
    assert store.reviews.review(newer, "rev", "accept").revision == newer
    with pytest.raises(UnknownTask, match="no revision 99"):
        store.reviews.review(99, "rev", "accept")


def test_a_task_that_came_back_and_was_done_again_waits_again(store, task, three):
    store.reviews.review(three[0], "rev", "reject", reason="Again, please.")
    again = submit(store, task, "ann", MOVED)
    assert (task, "ann", "waiting") in states(store)
    assert [row.revision for row in store.reviews.submissions(ReviewFilter(user="ann"), "rev")] == [again]


def test_several_versions_lie_side_by_side_for_those_who_decide(store, task, three):
    found = store.reviews.weighed(task, "rev")
    assert [(seen.revision.user, seen.review) for seen in found.versions] == [("ann", None), ("ben", None), ("cem", None)]
    assert found.decided is None and found.proposal == store.task(task, "rev").proposal
    assert [(row.task, row.versions, row.target) for row in store.reviews.decisions(None)] == [(task, 3, None)]
    with pytest.raises(UnknownTask):
        store.reviews.weighed(99, "rev")


def test_who_is_at_work_on_the_task_does_not_see_the_others(store, task, three):
    submit(store, task, "rev", status="draft")
    with pytest.raises(NotYours, match="Submit or skip your own version first"):
        store.reviews.weighed(task, "rev")
    submit(store, task, "rev")
    assert len(store.reviews.weighed(task, "rev").versions) == 4


def test_a_decision_is_a_revision_of_its_own_with_all_that_it_was_made_from(store, task, three):
    made = store.reviews.adjudicate(task, edit_of(store, task, MOVED), "rev", made_from=three, target="benchmark", key="decide-01")
    assert (made.made_from, made.target, made.by) == (tuple(three), "benchmark", "rev")
    revision = store.revision(task, made.revision)
    assert (revision.user, revision.status, revision.parent) == ("rev", "adjudicated", three[0])
    assert store.reviews.adjudicate(task, edit_of(store, task, MOVED), "rev", made_from=three, target="benchmark", key="decide-01") == made
    assert store.reviews.weighed(task, "rev").decided == (made, edit_of(store, task, MOVED))
    assert store.reviews.decisions(None) == () and [row.target for row in store.reviews.decisions(None, decided=True)] == ["benchmark"]
    assert states(store) == [], "what is decided waits for no review"


def test_what_is_decided_is_handed_out_no_more(store, a_record):
    project = store.add_project("Three each", ProjectSettings(overlap=3)).id
    (task,) = store.add_proposals(project, [a_record(0)], user="imp").tasks
    made_from = [submit(store, task, user) for user in ("ann", "ben")]
    assert store.left(project, "cem") == 1
    store.reviews.adjudicate(task, edit_of(store, task), "rev", made_from=made_from, target="training", key="decide-01")
    assert store.left(project, "cem") == 0 and store.claim(project, "cem") is None


def test_two_who_decide_at_once_do_not_overwrite_each_other(store, task, three):
    first = store.reviews.adjudicate(task, edit_of(store, task), "rev", made_from=three, target="training", key="decide-01")
    with pytest.raises(StaleRevision, match="Somebody else decided"):
        store.reviews.adjudicate(task, edit_of(store, task, MOVED), "adm", made_from=three, target="training", key="decide-02")
    second = store.reviews.adjudicate(task, edit_of(store, task, MOVED), "adm", made_from=three, target="benchmark", key="decide-02", replaces=first.id)
    assert exported(store, "adjudicated") == [(str(second.revision), "adm", "submitted")]
    assert store.revision(task, first.revision).edit == edit_of(store, task)


@pytest.mark.parametrize(
    ("by", "made_from", "error", "message"),
    [
        pytest.param("rev", [], InvalidInput, "names the newest versions", id="made of nothing"),
        pytest.param("rev", [999], InvalidInput, "names the newest versions", id="made of what is not there"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(store, task, three, by, made_from, error, message):
    with pytest.raises(error, match=message):
        store.reviews.adjudicate(task, edit_of(store, task), by, made_from=made_from, target="training", key="decide-01")


def test_nobody_decides_on_their_own_work_alone(store, task):
    mine = submit(store, task, "ann")
    with pytest.raises(NotYours, match="Nobody decides on their own work alone"):
        store.reviews.adjudicate(task, edit_of(store, task), "ann", made_from=[mine], target="training", key="decide-01")


def test_a_task_is_finalised_with_the_consensus(store, task, three):
    made = store.reviews.finalise(task, "rev", "training")
    assert store.revision(task, made.revision).edit == edit_of(store, task) and made.made_from == tuple(three)
    assert store.reviews.finalise(task, "rev", "training") == made, "pressed twice, done once"


def test_exports_choose_how_far_a_version_has_come(store, task, three, tmp_path):
    assert exported(store, "submitted") == [(str(three[2]), "cem", "submitted")]
    assert exported(store, "reviewed") == exported(store, "adjudicated") == []
    store.reviews.review(three[2], "rev", "reject", reason="Too small.")
    store.reviews.review(three[0], "rev", "accept")
    assert exported(store, "reviewed") == exported(store, "submitted") == [(str(three[0]), "ann", "submitted")]
    fix = store.reviews.review(three[1], "rev", "fix", fix=edit_of(store, task, MOVED), key="fix-00001")
    assert exported(store, "reviewed") == [(str(fix.fixed_by), "rev", "submitted")]
    made = store.reviews.adjudicate(task, edit_of(store, task, MOVED), "adm", made_from=three, target="benchmark", key="decide-01")
    final = [(str(made.revision), "adm", "submitted")]
    assert exported(store, "adjudicated") == exported(store, "benchmark") == exported(store, "reviewed") == exported(store, "submitted") == final
    assert exported(store, "training") == []
    (record,) = store.records("adjudicated")
    assert from_json(to_json(record)) == record, "its line can be read back"
    if (tmp_path / "giqa.db").exists():
        assert list(read_corrections(tmp_path)) == [record], "the builder pins it as a correction"
    assert record.regions[0].provenance.source == "person:adm" and record.regions[0].provenance.status == "corrected"


def test_a_rejected_submission_alone_is_not_exported(store, task):
    mine = submit(store, task, "ann")
    store.reviews.review(mine, "rev", "reject", reason="No.")
    assert exported(store, "submitted") == [] and len(exported(store, "latest")) == 1


def test_reviews_and_decisions_stand_in_the_audit_log(store, task, three):
    store.reviews.review(three[0], "rev", "accept")
    store.reviews.adjudicate(task, edit_of(store, task), "rev", made_from=three, target="training", key="decide-01")
    newest = store.reviews.audit(limit=2)
    assert [(event.what, event.user, event.task) for event in newest] == [("adjudicated", "rev", task), ("reviewed", "rev", task)]
    assert newest[0].detail["made_from"] == three and newest[1].detail["verdict"] == "accept"
    assert [event.what for event in store.reviews.audit(before=newest[1].id, user="cem")] == ["submitted"]
    assert store.reviews.audit(task=99) == ()


def test_fixes_and_decisions_cannot_be_changed_from_a_shell_either(store, task, three):
    fixed = store.reviews.review(three[2], "rev", "fix", fix=edit_of(store, task), key="fix-00001")
    with store._engine.connect() as shell, pytest.raises(DBAPIError):
        shell.execute(text(f"UPDATE revision SET payload = '{{}}' WHERE id = {fixed.fixed_by}"))


# Comments

PIN = Anchor("point", x=0.25, y=0.5)


def told(store, task, reader, *, reviewer=False):
    return [(one.user, one.text, one.resolved) for one in store.reviews.comments(task, reader, all_of_them=reviewer)]


def test_a_comment_reaches_the_author_of_the_version_and_no_other_annotator(store, task, three):
    store.reviews.comment(task, "rev", "Too small.", Anchor("region", region="r1"), revision=three[2], all_of_them=True)
    assert told(store, task, "cem") == told(store, task, "adm", reviewer=True) == [("rev", "Too small.", False)]
    assert told(store, task, "ann") == []


def test_a_thread_is_answered_resolved_and_opened_again(store, task, three):
    first = store.reviews.comment(task, "rev", "Why?", PIN, revision=three[2], all_of_them=True)
    reply = store.reviews.comment(task, "cem", "It is blurred.", Anchor(), thread=first.id)
    assert (reply.anchor, reply.revision, reply.thread) == (PIN, three[2], first.id)
    assert store.reviews.resolve(first.id, "cem", True).resolved
    assert told(store, task, "cem") == [("rev", "Why?", True), ("cem", "It is blurred.", False)]
    assert not store.reviews.resolve(first.id, "rev", False, all_of_them=True).resolved


def test_an_annotators_question_reaches_reviewers_alone(store, task, three):
    store.reviews.comment(task, "ann", "Is this sky?", Anchor("phrase", start=4, end=7, words="sky"))
    assert told(store, task, "rev", reviewer=True) == told(store, task, "ann") == [("ann", "Is this sky?", False)]
    assert told(store, task, "ben") == []


@pytest.mark.parametrize(
    ("user", "options", "error", "message"),
    [
        pytest.param("ann", {"text": "  "}, InvalidInput, "1 to 5,000 characters", id="empty"),
        pytest.param("ann", {"text": "x" * 5_001}, InvalidInput, "got 5001", id="endless"),
        pytest.param("ann", {"thread": 1}, InvalidInput, "no such thread", id="another's thread"),
        pytest.param("ann", {"revision": 3}, NotYours, "another person's version", id="another's version"),
        pytest.param("ann", {"revision": 99}, UnknownTask, "no revision 99", id="no version"),
        pytest.param("ann", {"task": 99}, UnknownTask, "no task 99", id="no task"),
    ],
)
def test_a_comment_that_cannot_be_is_refused(store, task, three, user, options, error, message):
    store.reviews.comment(task, "rev", "For cem alone.", Anchor(), revision=three[2], all_of_them=True)
    with pytest.raises(error, match=message):
        store.reviews.comment(**{"task": task, "user": user, "text": "Hm.", "anchor": Anchor(), **options})


def test_others_threads_can_be_resolved_by_nobody_who_cannot_see_them(store, task, three):
    hidden = store.reviews.comment(task, "rev", "For cem alone.", Anchor(), revision=three[2], all_of_them=True)
    with pytest.raises(UnknownTask, match="no comment"):
        store.reviews.resolve(hidden.id, "ann", True)
    with pytest.raises(UnknownTask, match="no comment 99"):
        store.reviews.resolve(99, "rev", True, all_of_them=True)


@pytest.mark.parametrize(
    "anchor",
    [
        {"kind": "task"}, {"kind": "region", "region": "r1"}, {"kind": "phrase", "start": 0, "end": 3, "words": "The"}, {"kind": "point", "x": 0.5, "y": 0.0},
    ],
)  # fmt: skip
def test_anchors_travel_as_json(anchor):
    assert read_anchor(anchor).to_json() == anchor


@pytest.mark.parametrize(
    ("anchor", "message"),
    [
        (None, "pinned to one of"), ({"kind": "moon"}, "pinned to one of"), ({"kind": "region"}, "region's id"), ({"kind": "region", "region": "x" * 101}, "region's id"),
        ({"kind": "phrase", "start": 3, "end": 3}, "ends behind"), ({"kind": "phrase", "start": True, "end": 3}, "whole number"),
        ({"kind": "point", "x": 1.5, "y": 0}, "between 0 and 1"), ({"kind": "point", "x": float("nan"), "y": 0}, "between 0 and 1"), ({"kind": "point", "x": "0", "y": 0}, "between 0 and 1"),
    ],
)  # fmt: skip
def test_anchors_that_point_nowhere_are_refused(anchor, message):
    with pytest.raises(InvalidInput, match=message):
        read_anchor(anchor)


def test_what_is_decided_in_a_benchmark_goes_on_to_the_next_round(store, a_record):
    project = store.add_project("Bench", ProjectSettings(kind="benchmark", overlap=2, task_kind="objects")).id
    (task,) = store.add_proposals(project, [a_record(0)], user="imp").tasks
    made_from = [submit(store, task, user) for user in ("ann", "ben")]
    edit = edit_of(store, task, MOVED)
    store.reviews.adjudicate(task, edit, "rev", made_from=made_from, target="benchmark", key="decide-01")
    first, following = store.tasks(TaskFilter("rev", project)).tasks
    opened = store.task(following.id, "rev")
    assert first.id == task and (opened.round, opened.kind) == (2, "description")
    assert opened.proposal.live_regions[0].box == MOVED
