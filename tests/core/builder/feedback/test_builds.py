"""Corrections in later builds, from the command line: what people submitted stands; a record's way is told; thresholds go from diagnose to run."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.backends.base import Tag
from core.boxes import Box
from core.builder.__main__ import main
from core.builder.explaining import as_lines, explain
from core.builder.feedback.pins import CHANGED
from core.corrections import Edit, EditedRegion, as_edit
from core.errors import InvalidInput
from core.export.giqa import read_folder
from core.images import encode_png
from core.records import QuestionRecord, Record, RegionPhrase, RegionText
from core.store.store import open_store
from core.store.values import Save

TEXTS = ("The background is noisy.", "The left side is blurred and the background is dark.")


def picture(path: Path, number: int) -> None:
    rng = np.random.default_rng(number)
    path.write_bytes(encode_png(np.clip(rng.normal(120, 40, (48, 64, 3)), 0, 255).astype(np.uint8)))


def source(folder: Path, images: int = 2) -> Path:
    """Each image with two texts."""
    folder.mkdir()
    rows = []
    for number in range(images):
        picture(folder / f"{number}.png", number)
        rows += [{"image": f"{number}.png", "description": text} for text in TEXTS]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "rows.jsonl"


def run(rows: Path, out: Path, *options: str | Path) -> list[Record]:
    main(["run", "--source", str(rows), "--out", str(out), *map(str, options)])
    return list(read_folder(out)[1].records())


def edited(record: Record) -> Edit:
    """What a person makes of it: one box, one tag, another text, a question of their own."""
    text = RegionText("The corner is soft.", (RegionPhrase(4, 10, ("mine",)),))
    question = QuestionRecord("what", "plain", RegionText("What is soft?"), RegionText("The corner."))
    return replace(as_edit(record), regions=(EditedRegion("mine", Box(0, 0, 0.3, 0.3)),), tags=(Tag("corner", "soft", "negative"),), description=text, questions=(question,))


def submit(data: Path, records: list[Record]) -> None:
    store = open_store(data)
    numbers = store.add_proposals(store.add_project("p").id, records, user="ann").tasks
    for number, record in zip(numbers, records, strict=True):
        store.save(Save(number, "ann", None, f"key-{number}", edited(record), "submitted"))
    store.close()


def test_what_people_submitted_stands_in_every_later_build(tmp_path: Path) -> None:
    rows = source(tmp_path / "source", images=3)
    first = run(rows, tmp_path / "first")
    submit(tmp_path / "data", [first[1], first[4]])
    again = run(rows, tmp_path / "again", "--corrections", tmp_path / "data", "--balance", "1,1", "--filter", "all")
    assert [record.id for record in again] == [record.id for record in first]
    for number, record in enumerate(again):
        if number in (1, 4):
            assert record.correction is not None and record.correction.user == "ann" and record.correction.flag == ""
            assert record.description == edited(first[number]).description and record.tags == edited(first[number]).tags
            assert record.questions == edited(first[number]).questions and [one.id for one in record.live_regions] == ["mine"]
        else:
            assert record.correction is None and record.description is not None and record.description.text in TEXTS
    main(["run", "--source", str(rows), "--out", str(tmp_path / "again"), "--corrections", str(tmp_path / "data"), "--balance", "1,1", "--filter", "all"])
    assert list(read_folder(tmp_path / "again")[1].records()) == again


def test_workers_and_an_exported_folder_give_the_same_pins(tmp_path: Path) -> None:
    rows = source(tmp_path / "source")
    submit(tmp_path / "data", run(rows, tmp_path / "first")[:3])
    of_data = run(rows, tmp_path / "a", "--corrections", tmp_path / "data")
    shutil.copytree(tmp_path / "a", tmp_path / "export")  # a build holds corrections as an export does
    of_folder = run(rows, tmp_path / "b", "--corrections", tmp_path / "export", "--workers", "2", "--shard-size", "1")
    assert of_data == of_folder and sum(record.correction is not None for record in of_folder) == 3


def test_a_changed_text_is_flagged_and_nobodys_work_is_overwritten(tmp_path: Path) -> None:
    rows = source(tmp_path / "source", images=1)
    first = run(rows, tmp_path / "first")
    submit(tmp_path / "data", first)
    lines = rows.read_text().splitlines()
    rows.write_text("\n".join([lines[0], json.dumps({"image": "0.png", "description": "Somebody wrote this anew."}), ""]))
    again = run(rows, tmp_path / "again", "--corrections", tmp_path / "data")
    assert [record.correction.flag for record in again if record.correction] == ["", CHANGED]
    assert again[1].description == edited(first[1]).description


def test_other_corrections_are_another_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = source(tmp_path / "source", images=1)
    first = run(rows, tmp_path / "first")
    submit(tmp_path / "data", first[:1])
    with pytest.raises(SystemExit):
        run(rows, tmp_path / "first", "--corrections", tmp_path / "data")
    assert "corrections_digest" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(rows, tmp_path / "new", "--corrections", tmp_path / "source")
    assert "holds no corrections" in capsys.readouterr().err


def test_a_record_s_way_is_told_stage_by_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = source(tmp_path / "source", images=1)
    records = run(rows, tmp_path / "out", "--filter", "all")
    way = explain(tmp_path / "out", records[1].id[:12])
    assert [step.stage for step in way.steps] == ["open", "tags", "detect", "filter", "merge", "fuse", "questions"] and way.record == records[1]
    lines = list(as_lines(way))
    assert lines[0].startswith(f"{records[1].id}: 0.png, rows.jsonl row 1") and any("tag: left side | blurred | negative" in line for line in lines)
    assert any(" raw by embedded; score " in line for line in lines) and any("probability" in line for line in lines)
    shutil.rmtree(tmp_path / "out" / "stages")
    assert [step.stage for step in explain(tmp_path / "out", records[1].id).steps] == ["questions"]
    capsys.readouterr()
    main(["explain", str(tmp_path / "out"), records[1].id, "--json", str(tmp_path / "way.json"), "--pictures", str(tmp_path / "crops")])
    assert "crops" in capsys.readouterr().out and json.loads((tmp_path / "way.json").read_text())["id"] == records[1].id
    assert len(list((tmp_path / "crops").glob("*.jpg"))) == sum(region.provenance.probability is not None for region in records[1].regions)


@pytest.mark.parametrize(("wanted", "message"), [("zz", "hexadecimal"), ("0" * 32, "no record's id begins"), ("", "hexadecimal")], ids=["no id", "another's", "empty"])
def test_a_record_that_is_not_there_is_refused(wanted: str, message: str, tmp_path: Path) -> None:
    run(source(tmp_path / "source", images=1), tmp_path / "out")
    with pytest.raises(InvalidInput, match=message):
        explain(tmp_path / "out", wanted)


def test_a_dropped_row_s_way_ends_with_the_reason(tmp_path: Path) -> None:
    rows = source(tmp_path / "source", images=1)
    out = tmp_path / "out"
    kept = run(rows, out)[0]
    path = next(out.glob("stages/*-fuse/*.jsonl"))
    lines = path.read_text().splitlines()
    gone = {"source": "rows.jsonl", "row": kept.row, "stage": "fuse", "reason": "the model failed", "detail": "twice", "image": "0.png"}
    path.write_text("\n".join([json.dumps({"dropped": gone}, sort_keys=True), *lines[1:], ""]))
    way = explain(out, kept.id)
    assert way.dropped is not None and way.steps[-1].stage == "merge" and list(as_lines(way))[-1] == "dropped in fuse: the model failed. twice"


def test_thresholds_go_from_diagnose_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = source(tmp_path / "source", images=1)
    submit(tmp_path / "data", run(rows, tmp_path / "first"))
    capsys.readouterr()
    main(["diagnose", "--corrections", str(tmp_path / "data"), "--json", str(tmp_path / "d.json"), "--fitted", str(tmp_path / "fitted.json")])
    said = capsys.readouterr().out
    assert said.startswith("2 corrected records, 2 of them changed") and "too few to say" in said
    assert json.loads((tmp_path / "d.json").read_text())["shares"]["text: edited"]["hits"] == 2
    (tmp_path / "fitted.json").write_text(json.dumps({"settings": {"detector_threshold": 0.99, "max_area": 0.1}}))
    built = run(rows, tmp_path / "fitted", "--use-fitted", tmp_path / "fitted.json")
    reasons = {region.provenance.reason for record in built for region in record.regions}
    assert "detector: scored under 0.99" in reasons
    manifest, _ = read_folder(tmp_path / "fitted")
    assert (manifest.config["detector_threshold"], manifest.config["max_area"], manifest.config["filter_probability"]) == (0.99, 0.1, 0.5)
