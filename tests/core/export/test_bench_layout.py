"""A benchmark's layout: the bench reads what is exported for it, and every fault is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.__main__ import main
from bench.items import faults, read_bench
from core.export.conversion import convert
from core.export.datasets import DatasetOptions
from core.export.giqa import read_folder, validate
from core.records import Correction, QuestionRecord, RegionPhrase, RegionText
from tests.core.export.any_records import PICTURES, Given, a_record, exported

RIGHT = a_record().questions


def test_the_bench_reads_what_is_exported_for_it(tmp_path):
    rows = [a_record(0, correction=Correction("a" * 64, "17", "ann", "submitted")), a_record(1, 1), a_record(2, description=None, questions=())]
    done = convert(Given([(rows[0], PICTURES[0]), (rows[1], PICTURES[1]), (rows[2], PICTURES[0])]), tmp_path / "x", "bench", DatasetOptions(), {"select": "latest"}, images=True)
    bench = read_bench(tmp_path / "x")
    assert bench.counts() == {"images": 2, "description": 2, "what": 2, "yes_no": 2} and faults(bench) == [] == validate(tmp_path / "x")
    assert done.notes == ("1 records ask nothing and are left out.",)
    assert read_folder(tmp_path / "x")[0].config == {"select": "latest", "layout": "bench"}


def test_the_truth_holds_no_leftovers_of_machines_and_no_names(tmp_path):
    exported(tmp_path / "x", "bench", [(a_record(0, correction=Correction("a" * 64, "17", "ann", "submitted")), PICTURES[0])])
    (record,) = read_folder(tmp_path / "x")[1].records()
    assert [(one.id, one.provenance.source, one.provenance.reason, one.provenance.score) for one in record.regions] == [("r1", "", "", None), ("r2", "", "", None)]
    assert record.correction is None and record.description == a_record().description
    assert "ann" not in (tmp_path / "x" / "records" / "part-00000.jsonl").read_text().replace("annotation", "")


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (replace(RIGHT[0], answer=RegionText(" ")), "the right answer is empty."),
        (replace(RIGHT[0], answer=RegionText("Perhaps.")), 'the right answer of a yes/no question is neither: "Perhaps.".'),
        (replace(RIGHT[0], question=RegionText("", ())), "the question is empty."),
        (replace(RIGHT[0], question=RegionText("Is it noisy?")), "a referring question has boxes in its question, and this one has none."),
        (replace(RIGHT[1], answer=RegionText("The Zaun.", (RegionPhrase(4, 8, ("r3",)),))), "a grounding question has boxes in its answer, and this one has none."),
    ],
)
def test_every_fault_is_named_when_it_is_exported_and_when_it_is_validated(tmp_path, capsys, question, message):
    record = a_record(0, questions=(RIGHT[1], question, QuestionRecord("what", "plain", RegionText("What?"), RegionText(""))))
    done = convert(Given([(record, PICTURES[0])]), tmp_path / "x", "bench", DatasetOptions(), {}, images=True)
    assert f"{record.id}-q1: {message}" in done.notes and f"{record.id}-q2: the right answer is empty." in done.notes
    with pytest.raises(SystemExit):
        main(["validate", "--bench", str(tmp_path / "x")])
    told = capsys.readouterr().out
    assert all(note in told for note in done.notes) and told.endswith(f'{{"images": 1, "description": 1, "what": {2 + (question.kind == "what")}{", " + chr(34) + "yes_no" + chr(34) + ": 1" if question.kind == "yes_no" else ""}}}, {len(done.notes)} faults\n')


def test_missing_images_and_damaged_lines_are_named_all_of_them(tmp_path, capsys):
    folder = exported(tmp_path / "x", "bench", [(a_record(0), PICTURES[0]), (a_record(1, 1), PICTURES[1])])
    next((folder / "images").iterdir()).unlink()
    with (folder / "records" / "part-00000.jsonl").open("a") as file:
        file.write("nonsense\nmore nonsense\n")
    with pytest.raises(SystemExit):
        main(["validate", "--bench", str(folder)])
    told = capsys.readouterr().out
    assert "line 3: This is not JSON" in told and "line 4: This is not JSON" in told and "is missing" in told and "its bytes were changed" in told


def test_an_image_that_is_missing_is_told_at_once(tmp_path):
    done = convert(Given([(a_record(), None)]), tmp_path / "x", "bench", DatasetOptions(), {}, images=True)
    assert done.notes == (f"{a_record().id}: its image is missing (set/0.jpg).",)
