"""The evaluation of a model: what it counts, what it says of itself, and a run at the smallest size."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from bench.__main__ import main, parse_args
from bench.config import SightConfig
from bench.faulty import clean_photographs, faulty_photograph, named_fault
from bench.figures import Figure, share, table
from bench.sight import WHERE, YES_NO, Findings, _balanced, _seen, run_sight
from core.backends.embedded.words import tagged
from core.errors import InvalidInput
from core.grounded_text import plain
from core.images import open_image
from core.quality import Fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Serious blur is visible in this part.", Fault.BLUR),
        ("Motion blur.", Fault.MOTION_BLUR),
        ("Yes. Slight noise and compression blocks.", Fault.NOISE),
        ("Compression blocks, and some noise.", Fault.JPEG),
        ("A loss of contrast.", Fault.LOW_CONTRAST),
        ("I see no noise or blur in this part.", None),
        ("The part is clean.", None),
        ("Nothing stands out, but there is banding.", Fault.BANDING),
        ("", None),
    ],
)
def test_the_fault_that_a_text_claims_is_read_and_a_denied_one_is_not(text, fault):
    assert named_fault(text) is fault


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("asked", [YES_NO, WHERE], ids=["yes or no", "where"])
def test_every_fault_is_asked_about_in_words_that_mean_it(asked, fault):
    senses = [tag.sense for tag in tagged(plain(asked[fault])) if tag.sense]
    assert senses and fault in {one for sense in senses for one in sense.faults}


def test_a_faulty_photograph_differs_in_its_box_alone(blurred_photograph):
    clean = open_image(blurred_photograph)
    for seed in range(8):
        made = faulty_photograph(clean, np.random.default_rng(seed))
        left, top, right, bottom = made.box.to_pixels(clean.size)
        changed = np.abs(made.image.pixels.astype(int) - clean.pixels).sum(-1)
        inside = changed[top:bottom, left:right].copy()
        changed[max(0, top - 12) : bottom + 12, max(0, left - 12) : right + 12] = 0
        assert inside.any() and not changed.any()
        assert 0.04 < made.box.area < 0.45 and made.severity in range(1, 6)


def test_one_seed_makes_one_photograph(blurred_photograph):
    first, second = (faulty_photograph(open_image(blurred_photograph), np.random.default_rng(3)) for _ in range(2))
    assert (first.fault, first.severity, first.box, first.image.sha256) == (second.fault, second.severity, second.box, second.image.sha256)


def found(**changed) -> Findings:
    perfect = {"fault": Fault.NOISE, "severity": 4, "said_yes": True, "said_yes_to_another": False, "said_yes_when_clean": False, "kind": Fault.NOISE, "kind_when_clean": None}
    return Findings(**{**perfect, "strength": 0.8, "located": 0.5, "described": 0.2, **changed})


def test_yes_no_weighs_yes_and_both_kinds_of_no():
    assert _balanced("x", [found()]).value == 1
    assert _balanced("x", [found(said_yes=False)]).value == 0.5
    assert _balanced("x", [found(said_yes_to_another=True)]).value == 0.75
    assert _balanced("x", [found(said_yes_to_another=True, said_yes_when_clean=True)]).value == 0.5
    assert _balanced("x", [found(said_yes=None, said_yes_to_another=None, said_yes_when_clean=None)]).value == 0  # unreadable is wrong either way
    assert _balanced("x", []).value is None


def test_the_figures_are_counted_as_they_are_named():
    figures = {one.name: one for one in _seen([found(), found(severity=1, kind=None, located=0.1, strength=0.2), found(severity=3, located=0.2, described=0.6, strength=0.5)])}
    assert figures["grounding_miou"].value == pytest.approx(0.8 / 3)
    assert figures["severity_rho"].value == pytest.approx(1)
    assert figures["type_accuracy"].value == pytest.approx((2 / 3 + 1) / 2)
    assert (figures["strong_faults_located_when_asked"].value, figures["strong_faults_described"].value) == (0.5, 0.5)
    prompted = {one.name: one for one in _seen([found(strength=None, unparsed=2), found(strength=None, unparsed=1)])}
    assert "severity_rho" not in prompted and (prompted["answers_unparsed"].value, prompted["answers_unparsed"].count) == (0.25, 12)
    with pytest.raises(InvalidInput, match="give --faults of 1 or more"):
        list(_seen([]))


def test_shares_come_with_wilsons_interval():
    one = share("x", [True] * 7 + [False] * 3)
    assert (one.value, one.count, one.low, one.high) == (0.7, 10, pytest.approx(0.397, abs=2e-3), pytest.approx(0.892, abs=2e-3))
    lines = table((one, Figure("longer name", 2, 3)), {"y": "too hard"}).splitlines()
    assert lines == ["x              0.7000  [0.3968, 0.8922]   n = 10", "longer name    2.0000                     n = 3", "y            left out: too hard"]


def test_a_run_prints_a_table_and_writes_json(blurred_photograph, tmp_path, capsys):
    (tmp_path / "photos" / "inner").mkdir(parents=True)
    (tmp_path / "mos" / "images").mkdir(parents=True)
    shutil.copy(blurred_photograph, tmp_path / "photos" / "inner" / "a.jpg")
    for number in range(3):
        shutil.copy(blurred_photograph, tmp_path / "mos" / "images" / f"{number}.jpg")
    (tmp_path / "mos" / "mos.csv").write_text("image,mos\n" + "".join(f"{number}.jpg,0.{number + 3}\n" for number in range(3)))
    main(["sight", "--photos", str(tmp_path / "photos"), "--mos", str(tmp_path / "mos"), "--faults", "6", "--out", str(tmp_path / "figures.json")])
    printed = capsys.readouterr().out
    written = json.loads((tmp_path / "figures.json").read_text())
    names = [one["name"] for one in written["figures"]]
    assert all(name in printed for name in names)
    assert {"yes_no_balanced_accuracy", "type_accuracy", "severity_rho", "grounding_miou", "clean_with_false_region", "score_srcc"} <= set(names)
    assert written["config"]["faults"] == "6"


def test_a_vision_language_model_is_measured_and_what_it_cannot_have_is_named(blurred_photograph, tmp_path, capsys):
    (tmp_path / "images").mkdir()
    shutil.copy(blurred_photograph, tmp_path / "images" / "0.jpg")
    shutil.copy(blurred_photograph, tmp_path / "images" / "1.jpg")
    (tmp_path / "mos.csv").write_text("image,mos\n0.jpg,0.3\n1.jpg,0.4\n")
    rules = [
        {"when": "Answer Yes or No", "probabilities": {"Yes": 1}},
        {"when": "How good is", "probabilities": {"good": 1}},
        {"when": "What is wrong", "reply": "(<1, 2>)"},
        {"when": "Where|Which part", "reply": "The [part](<0, 399>)."},
        {"when": "Look at", "reply": "The [left](<0, 389>) is blurred."},
    ]
    (tmp_path / "model.json").write_text(json.dumps({"rules": rules}))
    main(["sight", "--photos", str(tmp_path / "images"), "--mos", str(tmp_path), "--faults", "4", "--backend", f"scripted:{tmp_path / 'model.json'}", "--out", str(tmp_path / "out.json")])
    written = json.loads((tmp_path / "out.json").read_text())
    figures = {one["name"]: one["value"] for one in written["figures"]}
    assert (figures["yes_no_balanced_accuracy"], figures["answers_unparsed"], figures["clean_with_false_region"], figures["scores_unparsed"]) == (0.5, 2 / 6, 1, 0)
    assert 0.04 < figures["grounding_miou"] < 0.5
    assert set(written["left_out"]) == {"severity_rho", "score_interval_coverage"} and not set(figures) & set(written["left_out"])
    assert "severity_rho" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "message"), [(["--photos", "nowhere"], "There is no photograph in nowhere"), (["--photos", "nowhere", "--backend", "nobody"], 'No backend "nobody"')])
def test_a_refusal_is_one_line(capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        main(["sight", *arguments])
    assert ended.value.code == 2 and message in capsys.readouterr().err


def test_the_command_line_is_the_config_and_its_help_is_quick():
    expected = ("sight", SightConfig(Path("a"), seed=3))
    assert parse_args(["sight", "--photos", "a", "--seed", "3"]) == parse_args(["embedded", "--photos", "a", "--seed", "3"]) == expected
    code = "import sys, bench.__main__ as m\ntry: m.main(['sight', '--help'])\nexcept SystemExit: pass\nprint('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()[-1] == "False"


def test_photographs_are_found_in_folders_within(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("a/b/x.PNG", "y.jpg", "z.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in clean_photographs(tmp_path)] == ["x.PNG", "y.jpg"]


def test_photographs_that_cannot_be_used_are_drawn_again(blurred_photograph, tmp_path):
    shutil.copy(blurred_photograph, tmp_path / "a.jpg")
    Pillow.new("RGB", (1, 1)).save(tmp_path / "tiny.png")
    (tmp_path / "broken.png").write_bytes(b"no image")
    assert run_sight(SightConfig(tmp_path, faults=6, clean=0)).figures
    for name in ("a.jpg", "tiny.png"):
        (tmp_path / name).unlink()
    with pytest.raises(InvalidInput, match="A hundred photographs in a row could not be used, the last: "):
        run_sight(SightConfig(tmp_path, faults=1, clean=0))
