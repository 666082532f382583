"""How well a model compares, names distortions and votes; calibrations from score runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bench.__main__ import main, parse_args
from bench.config import PairsConfig, ScoreConfig, VoteConfig
from bench.pairs import Case, Judged, figures, judge, read_cases, run_pairs, run_vote
from bench.scoring import method_of, run_score
from core.backends.scripted import Rule, Script, ScriptedBackend
from core.builder.comparing import CompareConfig, make_comparisons
from core.distortions import TAXONOMY
from core.errors import InvalidInput
from core.evaluation.calibration import read_calibration
from core.evaluation.voting import voting_correlations
from core.images import encode_png, open_image
from tests.conftest import shipped


def still(*_: int) -> None: ...


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Path:
    photos, out = tmp_path_factory.mktemp("photos"), tmp_path_factory.mktemp("pairs")
    shutil.copy(shipped("chelsea.png"), photos)
    make_comparisons(CompareConfig(photos, out, 5, 1, 300), still)
    return out


@pytest.fixture(scope="module")
def ladder(tmp_path_factory) -> Path:
    """Four severities of one photograph, in a folder."""
    folder = tmp_path_factory.mktemp("ladder")
    photograph = open_image(shipped("chelsea.png"))
    (folder / "ref.png").write_bytes(encode_png(photograph.pixels))
    for severity in (1, 2, 4, 5):
        (folder / f"{severity}.png").write_bytes(encode_png(TAXONOMY["gaussian_noise_rgb"].apply(photograph.pixels, severity, np.random.default_rng(0))))
    return folder


def test_the_embedded_default_is_measured_on_its_own_kind_of_data(pairs, tmp_path):
    found, problems = run_pairs(PairsConfig(pairs / "quality_compare.json", tmp_path), still)
    by_name = {one.name: one for one in found}
    assert problems == [] and by_name["comparison_accuracy"].count == 10 and by_name["comparison_accuracy"].value >= 0.8
    assert by_name["swap_consistency"].value == 1.0 and by_name["replies_unparsed"].value == 0
    before = (tmp_path / "pairs.jsonl").read_bytes()
    assert run_pairs(PairsConfig(pairs / "quality_compare.json", tmp_path), still)[0] == found and (tmp_path / "pairs.jsonl").read_bytes() == before
    assert json.loads((tmp_path / "pairs.json").read_text())["model"]["name"] == "embedded"


def test_distortions_are_named_on_files_of_one_image(pairs, tmp_path):
    (named, *_), _ = run_pairs(PairsConfig(pairs / "quality_single_A.json", tmp_path), still)
    assert named.name == "distortions_named_right" and named.count == 5


def test_a_table_of_choices_is_judged_by_the_share_of_people_that_agree(ladder, tmp_path):
    (ladder / "2afc.csv").write_text("ref,p0,p1,judge\nref.png,1.png,5.png,0.2\nref.png,4.png,1.png,1.0\nref.png,1.png,1.png,0.3\nref.png,gone.png,1.png,0\n,,1.png,0\nref.png,1.png,5.png,7\n")
    found, problems = run_pairs(PairsConfig(ladder / "2afc.csv", tmp_path), still)
    by_name = {one.name: one.value for one in found}
    assert by_name["comparison_accuracy"] == pytest.approx((0.8 + 1.0 + 0.5) / 3) and by_name["rows_left_out"] == 1
    assert [problem.split(":")[0] for problem in problems[:2]] == ["Line 6", "Line 7"] and "gone.png" in problems[2]


@pytest.mark.parametrize(("text", "said"), [("x,y\n1,2\n", "has the columns x, y: a, b, prefer_b are needed"), ("a,b,prefer_b\n", "holds no pair that can be used"), ("a,b,prefer_b\nx,y,z\n", "Line 2: a is 'x'")])
def test_tables_without_what_is_needed_are_refused(text, said, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InvalidInput, match=said):
        read_cases(tmp_path / "t.csv")


def test_what_a_metadata_file_does_not_say_is_told(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps([{"image_A": "a", "image_B": "b"}, {"image_A": "a", "distortion_name": ["lens_cap"], "severity": [1]}, {"image_A": "a", "image_B": "b", "A_better_B": 1}]))
    cases, problems = read_cases(tmp_path / "m.json")
    assert cases == [Case("2", {"a": "a", "b": "b"}, 0.0)] and [problem.split(":")[0] for problem in problems] == ["0", "1"]


def test_a_reply_that_cannot_be_read_gains_nothing(ladder):
    silent = ScriptedBackend(Script((Rule("", "hm", {"A": float("nan"), "blur": float("nan")}),)))
    found = judge(Case("1", {"a": "1.png", "b": "5.png"}, 0.0), silent, ladder, with_reference=False)
    assert (found.gained, found.unparsed) == (0.0, 2)
    assert judge(Case("2", {"a": "1.png"}, None, ("noise",)), silent, ladder, with_reference=False) == Judged("2", unparsed=1, named=(), right=False)
    assert {one.name: one.value for one in figures([found])}["swap_consistency"] == 0


def test_votes_follow_a_ladder_of_severities(ladder, tmp_path):
    (ladder / "votes.csv").write_text("reference,image,mos\n" + "".join(f"ref.png,{severity}.png,{5 - severity}\n" for severity in (1, 2, 4, 5)))
    reports = []
    found = run_vote(VoteConfig(ladder / "votes.csv", tmp_path), lambda *one: reports.append(one))
    assert (found.srcc, found.srcc_by_reference, found.images, found.references) == (pytest.approx(1), pytest.approx(1), 4, 1) and reports[-1] == (6, 6)
    lines = (tmp_path / "votes.jsonl").read_text()
    assert run_vote(VoteConfig(ladder / "votes.csv", tmp_path), still) == found and (tmp_path / "votes.jsonl").read_text() == lines


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "reference,image,mos\nr,a,x\n", "reference,image,mos\nr,a,1\nq,b,2\n"])
def test_votes_need_images_that_share_a_reference(text, tmp_path):
    (tmp_path / "v.csv").write_text(text)
    with pytest.raises(InvalidInput):
        run_vote(VoteConfig(tmp_path / "v.csv", tmp_path / "out"), still)


def test_means_over_references_flatter_and_both_are_given():
    found = voting_correlations({"one": [(0.1, 1), (0.5, 2), (0.9, 3)], "other": [(0.1, 7), (0.5, 8), (0.9, 9)], "single": [(0, 1)]})
    assert found.srcc_by_reference == pytest.approx(1) and 0 < found.srcc < 0.7 and (found.images, found.references) == (7, 2)


def test_a_score_run_becomes_a_calibration(tmp_path):
    rng = np.random.default_rng(0)
    lines = ["image,mos"]
    for number in range(32):
        pixels = TAXONOMY["gaussian_noise_rgb"].apply(open_image(shipped("coffee.png")).pixels[:200, :200], 1 + number % 5, rng)
        (tmp_path / f"{number}.png").write_bytes(encode_png(pixels))
        lines.append(f"{number}.png,{5 - number % 5}")
    (tmp_path / "mos.csv").write_text("\n".join(lines) + "\n")
    run_score(ScoreConfig(tmp_path / "mos.csv", tmp_path / "run"), still)
    main(["calibrate", "--scores", str(tmp_path / "run"), "--out", str(tmp_path / "fit.json"), "--worst", "0", "--best", "5"])
    fit = read_calibration(tmp_path / "fit.json")
    assert (fit.backend, fit.method, fit.source, fit.scale, fit.count) == ("embedded", "auto", "mos.csv", (0.0, 5.0), 32) and fit.srcc > 0.9
    with pytest.raises(SystemExit):
        main(["calibrate", "--scores", str(tmp_path / "none"), "--out", str(tmp_path / "fit.json")])


def test_the_methods_options_are_flags():
    _, config = parse_args(["score", "--dataset", "d", "--out", "o", "--method", "mixed", "--levels", "5", "--read", "words"])
    assert method_of(config).name == "mixed, 5 levels by words"
    with pytest.raises(SystemExit):
        parse_args(["score", "--dataset", "d", "--out", "o", "--levels", "4"])
    assert parse_args(["pairs", "--dataset", "d", "--out", "o", "--no-reference"])[1].reference is False
