"""GIQA-Bench from the command line: known answers give known figures, a killed run goes on, what cannot be read is counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.comparing import compare
from bench.config import RunConfig
from bench.items import faults, items_of, read_bench
from bench.journal import Journal
from bench.results import read_result
from bench.run import run_bench
from core.errors import InvalidInput
from core.grounded_text import plain
from tests.bench.made_bench import good_model, make_bench, picture, record, script, small_bench
from tests.conftest import ROOT
from tests.waiting import until


def quiet(_what: str, _done: int, _of: int) -> None: ...


def test_a_model_that_knows_the_answers_scores_as_counted_by_hand(tmp_path: Path) -> None:
    bench = small_bench(tmp_path / "bench")
    result = run_bench(RunConfig(bench, tmp_path / "out", good_model(tmp_path / "good.json")), quiet)
    said = {one.name: one.value for one in result.figures}
    grid = pytest.approx(0.9025 * 0.5 / 0.5, abs=0.1)  # cell centres of the grid lose half a cell on each side
    assert said["des_miou_strict"] == said["des_miou_paired"] == said["vqa_miou_strict"] == grid
    assert said["des_tag_recall"] == said["des_tag_f1"] == said["vqa_tag_recall"] == 1.0
    assert (said["des_bleu4"], said["des_llm_score"], said["vqa_acc_open"], said["vqa_exact_match"]) == (pytest.approx(100), 100, 1.0, 1.0)
    assert (said["vqa_acc_yes_no"], said["vqa_balanced_accuracy"], said["vqa_baseline_always_yes"]) == (0.5, 0.5, 0.5)
    assert said["vqa_acc_total"] == pytest.approx((4 * 0.5 + 8 * 1.0) / 12)
    assert said["vqa_brier"] == pytest.approx((0.04 + 0.64) / 2) and said["vqa_calibration_error"] == pytest.approx(0.3)
    assert said["des_unreadable"] == said["vqa_unreadable"] == 0.0
    assert result.judged_by["judge"] == "embedded-overlap" and result.bench["counts"] == {"images": 4, "description": 4, "what": 4, "why": 4, "yes_no": 4}
    assert read_result(tmp_path / "out" / "results.json").figures == result.figures


def test_a_model_that_babbles_is_counted_and_never_guessed(tmp_path: Path) -> None:
    babble = script(tmp_path / "bad.json", [{"when": "blurred", "probabilities": {"Yes": float("nan")}}], "[sky](<389, 0>)")
    result = run_bench(RunConfig(small_bench(tmp_path / "bench"), tmp_path / "out", babble), quiet)
    said = {one.name: one.value for one in result.figures}
    assert (said["vqa_unreadable"], said["vqa_acc_yes_no"], said["des_miou_strict"], said["des_tag_recall"]) == (1.0, 0.0, 0.0, 0.0)
    answers = list(Journal(tmp_path / "out" / "answers.jsonl").read().values())
    assert all(one.problems for one in answers if one.raw)


def test_every_item_is_asked_once_and_again_only_where_the_bench_has_changed(tmp_path: Path) -> None:
    bench, name = small_bench(tmp_path / "bench"), good_model(tmp_path / "good.json")
    run_bench(RunConfig(bench, tmp_path / "out", name), quiet)
    first = (tmp_path / "out" / "answers.jsonl").read_bytes()
    run_bench(RunConfig(bench, tmp_path / "out", name), quiet)
    assert (tmp_path / "out" / "answers.jsonl").read_bytes() == first
    run_bench(RunConfig(small_bench(tmp_path / "more", images=5), tmp_path / "out", name), quiet)
    assert (tmp_path / "out" / "answers.jsonl").read_bytes().startswith(first)
    assert len(Journal(tmp_path / "out" / "answers.jsonl").read()) == 20


def test_a_killed_run_goes_on_and_asks_no_more_than_a_batch_again(tmp_path: Path) -> None:
    bench, name = small_bench(tmp_path / "bench", images=8), good_model(tmp_path / "slow.json", pause=0.02)
    command = [sys.executable, "-m", "bench", "run", "--bench", str(bench), "--out", str(tmp_path / "out"), "--backend", name, "--batch", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal = tmp_path / "out" / "answers.jsonl"
    until(lambda: journal.exists() and journal.read_bytes().count(b"\n") >= 4)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with journal.open("ab") as file:
        file.write(b'{"half": ')
    kept = journal.read_bytes().count(b"\n")
    assert 4 <= kept < 32
    run_bench(RunConfig(bench, tmp_path / "out", name, batch=2), quiet)
    lines = journal.read_text().splitlines()
    assert len(lines) == 32 == len({json.loads(line)["key"] for line in lines})
    whole = run_bench(RunConfig(bench, tmp_path / "whole", name), quiet)
    assert read_result(tmp_path / "out" / "results.json").figures == whole.figures


def test_the_embedded_model_is_measured_like_any_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "--bench", str(small_bench(tmp_path / "bench", images=2)), "--out", str(tmp_path / "out")])
    assert "vqa_acc_total" in capsys.readouterr().out
    result = read_result(tmp_path / "out" / "results.json")
    assert result.model["name"] == "embedded" and len(result.model["digest"]) == 16


def test_two_models_are_compared_item_by_item(tmp_path: Path) -> None:
    bench = small_bench(tmp_path / "bench", images=6)
    run_bench(RunConfig(bench, tmp_path / "good", good_model(tmp_path / "good.json")), quiet)
    run_bench(RunConfig(bench, tmp_path / "bad", script(tmp_path / "bad.json", [], "Nothing.")), quiet)
    _, _, differences = compare(tmp_path / "good", tmp_path / "bad")
    found = {one.name: one for one in differences}
    assert found["strict mIoU"].one > 0.8 and found["strict mIoU"].other == 0 and found["strict mIoU"].p == pytest.approx(2 / 2**6)
    assert found["mark"].one == 1 and found["yes/no accuracy"].p == 1.0
    run_bench(RunConfig(small_bench(tmp_path / "another", images=2), tmp_path / "other", good_model(tmp_path / "good.json")), quiet)
    with pytest.raises(InvalidInput, match="different benchmarks"):
        compare(tmp_path / "good", tmp_path / "other")


def test_what_is_not_there_is_to_be_rejected(tmp_path: Path) -> None:
    data = picture(0)
    absent = [("what", plain(f"Where is the {thing}?"), plain("Not in the image.")) for thing in ("dog", "cat", "bus")]
    bench = make_bench(tmp_path / "bench", [(data, record(data, 0, None, absent))])
    model = script(tmp_path / "m.json", [{"when": "dog", "reply": "Not in the image."}, {"when": "cat", "reply": "The [cat](<0, 389>)."}], "No.")
    said = {one.name: one.value for one in run_bench(RunConfig(bench, tmp_path / "out", model), quiet).figures}
    assert said["vqa_absent_rejected"] == pytest.approx(2 / 3) and said["vqa_acc_open"] is None


def test_faults_of_a_benchmark_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = picture(0)
    questions = [("yes_no", plain("Is it dark?"), plain("Perhaps.")), ("what", plain("What?"), plain(""))]
    bench = make_bench(tmp_path / "bench", [(data, record(data, 0, None, questions))])
    found = faults(read_bench(bench))
    assert len(found) == 2 and "neither" in found[0] and "empty" in found[1]
    with pytest.raises(SystemExit) as refusal:
        main(["validate", "--bench", str(bench)])
    assert refusal.value.code == 1 and "2 faults" in capsys.readouterr().out
    with pytest.raises(InvalidInput, match="2 faults, the first"):
        run_bench(RunConfig(bench, tmp_path / "out"), quiet)


def test_a_benchmark_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    bench = small_bench(tmp_path / "bench")
    part = next((bench / "records").glob("*.jsonl"))
    lines = part.read_text().splitlines()
    part.write_text("\n".join([*lines, lines[0], ""]))
    with pytest.raises(InvalidInput, match="items twice"):
        read_bench(bench)
    part.write_text("\n".join([*lines, "{", ""]))
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_bench(bench)
    with pytest.raises(InvalidInput, match="asks nothing"):
        read_bench(make_bench(tmp_path / "empty", []))


def test_a_missing_or_another_image_ends_the_run_by_name(tmp_path: Path) -> None:
    bench = small_bench(tmp_path / "bench")
    image = sorted((bench / "images").iterdir())[0]
    image.write_bytes(picture(99))
    with pytest.raises(InvalidInput, match="is another one than the record says"):
        run_bench(RunConfig(bench, tmp_path / "out"), quiet)
    image.unlink()
    with pytest.raises(InvalidInput, match=r"its image is missing"):
        run_bench(RunConfig(bench, tmp_path / "out"), quiet)


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "no result"), ("[]", "no result"), ('{"schema_version": 99}', "reads up to 1"), ('{"schema_version": 1, "figures": [{}]}', "no result")],
    ids=["cut off", "a list", "newer", "without names"],
)
def test_a_result_that_cannot_be_read_says_why(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=message):
        read_result(path)


def test_items_carry_their_boxes_and_what_they_ask() -> None:
    data = picture(0)
    one = record(data, 3, plain("The sky is noisy."), [("yes_no", plain("Is the sky noisy?"), plain("Yes."))])
    described, asked = items_of(one)
    assert (described.kind, described.question, described.reference.text) == ("description", None, "The sky is noisy.")
    assert (asked.kind, asked.id, asked.is_grounding, asked.is_absent) == ("yes_no", f"{one.id}-q0", False, False)
