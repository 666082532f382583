"""What each stage did right and wrong, on corrections counted by hand; thresholds fitted on corrections whose answer is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.builder.feedback.diagnosis import Diagnosis, Judged, MergeCase, diagnose
from core.builder.feedback.reading import Pair, read_corrections, read_pairs
from core.builder.feedback.report import as_json, as_lines
from core.builder.feedback.thresholds import Now, Proposal, is_fitted_on, propose, read_fitted, write_fitted
from core.corrections import Edit, EditedRegion, as_edit, corrected
from core.errors import InvalidInput
from core.evaluation.shares import Share
from core.export.giqa import write_folder
from core.records import BoxProvenance, Correction, ImageReference, QuestionRecord, Record, Region, RegionPhrase, RegionText
from core.store.store import open_store
from core.store.values import Save

ROOF, SKY = Tag("roof", "noisy", "negative"), Tag("sky", "blurred", "negative")
A, B, C, D = Box(0, 0, 0.2, 0.2), Box(0.2, 0, 0.4, 0.2), Box(0.6, 0.6, 0.9, 0.9), Box(0.5, 0, 0.9, 0.4)
AB = Box(0, 0, 0.4, 0.2)


def region(name: str, box: Box, status: str = "raw", reason: str = "", probability: float | None = None, merged: tuple[str, ...] = (), score: float | None = 0.5) -> Region:
    return Region(name, box, BoxProvenance(status, "d", reason, probability, merged, score))


def proposal() -> Record:
    """The roof's two boxes were merged, one box of the sky was dropped by the filter and one kept."""
    regions = (
        region("r1", A, "dropped", "merged into r5", 0.8),
        region("r2", B, "dropped", "merged into r5", 0.9),
        region("r3", C, "dropped", 'filter: No to "Is the image quality blurred?"', 0.2),
        region("r4", D, "kept", "", 0.7),
        region("r5", AB, "merged", "", None, ("r1", "r2"), None),
    )
    text = RegionText("The roof is noisy, the sky is blurred.", (RegionPhrase(4, 8, ("r5",)), RegionPhrase(23, 26, ("r4",))))
    question = QuestionRecord("yes_no", "plain", RegionText("Is the roof noisy?"), RegionText("Yes."))
    return Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", 0, regions, (ROOF, SKY), text, (question,))


def person(record: Record) -> Record:
    """Brings the dropped box of the sky back in place of the kept one, parts the roof again, and takes the question away."""
    text = RegionText("The roof is noisy, the sky is hazy.", (RegionPhrase(4, 8, ("r1", "r2")), RegionPhrase(23, 26, ("r3",))))
    edit = Edit((EditedRegion("r1", A), EditedRegion("r2", B), EditedRegion("r3", C)), (ROOF, replace(SKY, quality="hazy")), text)
    return replace(corrected(record, edit, "ann"), correction=Correction("", "1", "ann", "submitted"))


def test_every_stage_is_counted() -> None:
    found = diagnose([Pair(proposal(), person(proposal()))])
    assert (found.records, found.changed) == (1, 1)
    assert (found.tag_precision, found.tag_recall, found.tag_words) == (Share(2, 2), Share(2, 2), Share(1, 2))
    assert (found.box_precision, found.box_recall) == (Share(1, 2), Share(1, 3))  # the merged box still covers half of one part
    assert (found.dropped_wrongly, found.kept_wrongly) == (Share(1, 1), Share(1, 3))
    assert found.merge_iou() == (1.0, pytest.approx(0.25))
    assert (found.texts_edited, found.links, found.questions) == (Share(1, 1), Share(0, 2), Share(0, 1))
    assert found.text_likeness == [pytest.approx(0.9, abs=0.1)]


def test_a_record_left_as_it_was_is_right_in_every_stage() -> None:
    same = replace(corrected(proposal(), as_edit(proposal()), "ann"), correction=Correction("", "1", "ann", "submitted"))
    found = diagnose([Pair(proposal(), same)])
    assert found.changed == 0 and found.tag_f1 == 1.0 and found.box_recall == Share(2, 2) and found.texts_edited == Share(0, 1)
    assert found.dropped_wrongly == Share(0, 1) and found.kept_wrongly == Share(0, 3) and found.links == Share(2, 2)


def images(count: int) -> list[str]:
    rng = np.random.default_rng(0)
    return [rng.bytes(32).hex() for _ in range(count)]


def test_thresholds_are_fitted_where_the_boxes_part() -> None:
    values = np.linspace(0, 1, 200)
    judged = [Judged(image, None, float(value), value < 0.5, value > 0.3) for image, value in zip(images(200), values, strict=True)]
    (one,) = propose(Diagnosis(judged=judged), Now())
    assert (one.setting, one.current) == ("filter_probability", 0.5) and one.value == pytest.approx(0.3, abs=0.051)
    assert one.fitted > one.now and one.count == sum(not is_fitted_on(case.image) for case in judged)


def test_noise_proposes_nothing_that_is_not_better_on_what_was_kept_aside() -> None:
    rng = np.random.default_rng(1)
    judged = [Judged(image, float(rng.random()), float(rng.random()), False, bool(rng.random() < 0.5)) for image in images(300)]
    assert all(one.fitted > one.now for one in propose(Diagnosis(judged=judged), Now(0.0, 0.0)))


def test_merging_is_fitted_where_people_part_what_it_joined() -> None:
    cases = [MergeCase(image, (A, B), (AB,), (A, B)) for image in images(100)]
    by_name = {one.setting: one for one in propose(Diagnosis(merges=cases), Now())}
    assert by_name["max_area"].value < A.area + 0.02 and by_name["max_area"].now == pytest.approx(0.25) and by_name["max_area"].fitted == 1.0


def test_few_corrections_propose_nothing() -> None:
    judged = [Judged(image, None, 0.4, True, True) for image in images(20)]
    assert propose(Diagnosis(judged=judged), Now()) == []


def test_fitted_thresholds_are_read_back(tmp_path: Path) -> None:
    write_fitted(tmp_path / "fitted.json", [Proposal("filter_probability", 0.5, 0.3, "F1", 0.8, 0.9, 80)])
    assert read_fitted(tmp_path / "fitted.json") == {"filter_probability": 0.3}


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"settings": {"filter_probability": "x"}}', '{"settings": {"filter_probability": NaN}}', '{"settings": {"max_area": 2}}', '{"settings": {"seed": 0.5}}'],
)
def test_a_file_that_holds_no_thresholds_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "fitted.json"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=r"fitted\.json"):
        read_fitted(path)
    with pytest.raises(InvalidInput):
        read_fitted(tmp_path / "gone.json")


def test_corrections_come_from_the_studios_data_with_what_they_were_made_from(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    numbers = store.add_proposals(store.add_project("p").id, [proposal(), replace(proposal(), row=1)], user="ann").tasks
    store.save(Save(numbers[0], "ann", None, "k1", as_edit(person(proposal())), "submitted"))
    store.close()
    (pair,) = read_pairs(tmp_path, None)
    assert pair.proposal == proposal() and pair.corrected.correction is not None and pair.corrected.live_regions == person(proposal()).live_regions


def test_corrections_of_an_exported_folder_are_compared_with_the_build(tmp_path: Path) -> None:
    write_folder(tmp_path / "build", [proposal(), replace(proposal(), row=1)], config={})
    write_folder(tmp_path / "export", [person(proposal())], config={})
    assert [pair.proposal for pair in read_pairs(tmp_path / "export", tmp_path / "build")] == [proposal()]
    assert list(read_corrections(tmp_path / "build")) == []
    with pytest.raises(InvalidInput, match="--proposals"):
        list(read_pairs(tmp_path / "export", None))
    write_folder(tmp_path / "other", [replace(proposal(), row=7)], config={})
    with pytest.raises(InvalidInput, match="none of its 1 corrections"):
        list(read_pairs(tmp_path / "export", tmp_path / "other"))
    with pytest.raises(InvalidInput, match="holds no corrections"):
        list(read_corrections(tmp_path))


def test_the_report_says_it_in_lines_and_in_json() -> None:
    found = diagnose([Pair(proposal(), person(proposal()))])
    lines = as_lines(found, [Proposal("filter_probability", 0.5, 0.3, "F1 of the boxes kept", 0.8, 0.9, 80)])
    assert lines[0] == "1 corrected records, 1 of them changed"
    assert any(line.split() == ["filter:", "dropped", "wrongly", "1.000", "[0.207,", "1.000]", "1", "of", "1"] for line in lines)
    assert lines[-1] == "proposed: filter_probability 0.5 -> 0.3 (F1 of the boxes kept 0.800 -> 0.900 on 80 cases kept aside)"
    assert json.loads(json.dumps(as_json(found, [])))["merge_iou"] == {"before": 1.0, "after": pytest.approx(0.25), "objects": 1}
    assert as_lines(Diagnosis(), [])[-1].startswith("No other thresholds")
