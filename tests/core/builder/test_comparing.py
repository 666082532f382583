"""Pairs to compare, made of good photographs: exact truth, both formats, the same again, going on where it was stopped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from core.builder.__main__ import main
from core.builder.comparing import CompareConfig, make_comparisons
from core.codecs import GiqaGrid
from core.errors import InvalidInput
from core.export.depictqa import read_depictqa
from core.grounded_text import parse
from core.images import open_image
from tests.conftest import shipped


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for name in ("astronaut.png", "coffee.png"):
        shutil.copy(shipped(name), folder)
    return folder


@pytest.fixture(scope="module")
def made(photos, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("pairs")
    assert make_comparisons(CompareConfig(photos, out, 6, 3, 256), lambda *_: None) == {"quality_compare": 12, "quality_single_A": 6, "quality_compare_noref": 12, "quality_single_A_noref": 6, "left_out": 0}
    return out


def test_each_pair_has_a_truth_that_follows_from_what_was_done(made):
    samples, problems = read_depictqa(made / "quality_compare.json")
    assert problems == [] and {one.a_better for one in samples} == {True, False}
    for one in samples:
        assert set(one.images) == {"reference", "a", "b"} and (one.distortions_a or one.distortions_b)
        names = [[given.name for given in side] for side in (one.distortions_a, one.distortions_b)]
        if len(names[0]) == 1 and names[0] == names[1]:
            assert one.a_better is (one.distortions_a[0].severity < one.distortions_b[0].severity)
        assert one.answer.endswith("A" if one.a_better else "B")


def test_all_images_of_a_pair_are_there_and_of_one_size(made):
    for one in read_depictqa(made / "quality_compare.json")[0]:
        assert len({open_image(made / file).size for file in one.images.values()}) == 1


def test_without_a_reference_none_is_named(made):
    samples = read_depictqa(made / "quality_compare_noref.json")[0] + read_depictqa(made / "quality_single_A_noref.json")[0]
    assert all("reference" not in one.images and one.task.endswith("_noref") for one in samples)


def test_training_records_name_their_images_in_the_order_of_their_tokens(made):
    rows = [json.loads(line) for line in (made / "train.jsonl").read_text().splitlines()]
    assert len(rows) == 36
    for row in rows:
        asked, told = (turn["value"] for turn in row["conversations"])
        assert asked.count("<image>") == len(row["images"]) and all((made / file).is_file() for file in row["images"])
        assert parse(told, GiqaGrid()).problems == ()
        if len(row["images"]) == 3:
            assert [line.split(":")[0] for line in asked.splitlines()[:3]] == ["Reference image", "Image A", "Image B"]
    assert any("](<" in row["conversations"][1]["value"] and "What weighs most" in row["conversations"][1]["value"] for row in rows)


def test_a_run_that_was_stopped_goes_on_and_ends_with_the_same_bytes(made, photos, tmp_path):
    def stop(number: int, _of: int) -> None:
        if number == 2:
            raise KeyboardInterrupt

    config = CompareConfig(photos, tmp_path, 6, 3, 256)
    with pytest.raises(KeyboardInterrupt):
        make_comparisons(config, stop)
    make_comparisons(config, lambda *_: None)
    same = [path.relative_to(made) for path in made.rglob("*") if path.is_file()]
    assert all((tmp_path / path).read_bytes() == (made / path).read_bytes() for path in same) and len(same) == 18 + 6 + 5


def test_a_photograph_that_cannot_be_used_is_counted(photos, tmp_path):
    shutil.copy(shipped("coffee.png"), tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no image")
    made = make_comparisons(CompareConfig(tmp_path, tmp_path / "out", 2, 0, 128), lambda *_: None)
    assert made["left_out"] == 1 and made["quality_compare"] == 2


def test_a_folder_without_photographs_is_refused_in_a_sentence(tmp_path, capsys):
    with pytest.raises(InvalidInput, match="There is no photograph in"):
        make_comparisons(CompareConfig(tmp_path, tmp_path / "out"), lambda *_: None)
    with pytest.raises(SystemExit):
        main(["compare", "--photos", str(tmp_path / "none"), "--out", str(tmp_path / "out")])
    assert "python -m core.builder: error: There is no photograph in" in capsys.readouterr().err
