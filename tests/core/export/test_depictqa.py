"""DepictQA's metadata files, written here and read back, and as their own builder writes them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.distortions import TAXONOMY
from core.errors import InvalidInput
from core.export.depictqa import Given, PairSample, family_of, read_depictqa, write_depictqa

PAIR = PairSample("1", "quality_compare", "Which?", "Image A", {"reference": "r.png", "a": "a.png", "b": "b.png"}, True, (Given("jpeg", "compression", 1),), (Given("lens_blur", "blur", 4),))
ONE = PairSample("2", "quality_single_A_noref", "What?", "Noise.", {"a": "a.png"}, None, (Given("speckle_noise", "noise", 2), Given("jpeg", "compression", 5)))


def read(tmp_path, rows: object):
    (tmp_path / "meta.json").write_text(rows if isinstance(rows, str) else json.dumps(rows))
    return read_depictqa(tmp_path / "meta.json")


def test_what_is_written_is_read_back(tmp_path):
    write_depictqa(tmp_path / "meta.json", [PAIR, ONE])
    assert read_depictqa(tmp_path / "meta.json") == ([PAIR, ONE], [])
    assert set(json.loads((tmp_path / "meta.json").read_text())[0]) == {
        "id", "image_ref", "image_A", "image_B", "query", "task_type", "conversations", "distortion_name", "distortion_class", "severity", "A_better_B", "distortions_A", "distortions_B",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "sample"),
    [
        pytest.param(
            {"id": "7", "image_ref": "r", "image_A": "a", "image_B": "b", "task_type": "quality_compare", "query": "Which?", "answer": "Image B", "A_better_B": False},
            PairSample("7", "quality_compare", "Which?", "Image B", {"reference": "r", "a": "a", "b": "b"}, False), id="their test file of comparisons",
        ),
        pytest.param(
            {"id": "8", "image_ref": None, "image_A": "a", "image_B": None, "task_type": "quality_single_A_noref", "conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "Noise"}], "distortion_names": ["noise_gaussian_RGB", "brightness_darken_shift_HSV"], "severities": [2, 5]},
            PairSample("8", "quality_single_A_noref", "Q", "Noise", {"a": "a"}, None, (Given("noise_gaussian_RGB", "noise", 2), Given("brightness_darken_shift_HSV", "darken", 5))), id="their training file of two distortions",
        ),
        pytest.param(
            {
                "id": "9", "image_ref": "r", "image_A": "a", "image_B": "b", "task_type": "quality_compare", "query": "Why?", "text": "Image B is noisy.",
                "distortions_A": {"distortion_classes": None, "distortion_names": None, "severities": 0},
                "distortions_B": {"distortion_classes": ["noise", "darken"], "distortion_names": ["noise_poisson", "brightness_darken_shift_RGB"], "severities": [1, 3]},
            },
            PairSample("9", "quality_compare", "Why?", "Image B is noisy.", {"reference": "r", "a": "a", "b": "b"}, None, (), (Given("noise_poisson", "noise", 1), Given("brightness_darken_shift_RGB", "darken", 3))), id="their file of detailed comparisons, two distortions",
        ),
        pytest.param(
            {"image_ref": "r", "image_A": "a", "image_B": "b", "distortions_A": {"distortion_class": "blur", "distortion_name": "blur_zoom", "severity": 2}, "distortions_B": {"distortion_class": None, "distortion_name": None, "severity": 0}},
            PairSample("0", "quality_compare", "", "", {"reference": "r", "a": "a", "b": "b"}, None, (Given("blur_zoom", "blur", 2),)), id="their file of detailed comparisons, one distortion",
        ),
        pytest.param(
            {"id": "x_0", "img_ref": "r", "img_lq_A": {"img_path": "a", "distortion_name": "pixelate", "distortion_class": "pixelate", "severity": 4}, "img_lq_B": {"img_path": "b", "distortion_names": ["blur_lens"], "distortion_classes": ["blur"], "severities": [1]}},
            PairSample("x_0", "quality_compare", "", "", {"reference": "r", "a": "a", "b": "b"}, None, (Given("pixelate", "pixelate", 4),), (Given("blur_lens", "blur", 1),)), id="a pair before its questions",
        ),
        pytest.param({"img_ref": "r", "img_lq": "a", "distortion_names": None, "severities": 0}, PairSample("0", "quality_single_A", "", "", {"reference": "r", "a": "a"}), id="a clean image before conversations"),
        pytest.param({"image_A": "a", "image_B": "b", "distortion_name": "blur_lens", "severity": "obvious"}, PairSample("0", "quality_compare_noref", "", "", {"a": "a", "b": "b"}, None, (Given("blur_lens", "blur", 3),)), id="words for severities"),
    ],
)  # fmt: skip
def test_their_own_files_are_read(row, sample, tmp_path):
    assert read(tmp_path, [row]) == read(tmp_path, row) == ([sample], [])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        pytest.param(7, "an object was expected, got int.", id="no object"), pytest.param({"image_B": "b"}, "it names no image A.", id="no A"),
        pytest.param({"image_A": "a", "task_type": "quality_compare"}, "its task is quality_compare, and it names no image B.", id="no B"),
        pytest.param({"image_A": ["a"]}, "a text was expected, got \"['a']\".", id="a list for a name"), pytest.param({"image_A": "a", "conversations": "x"}, "its conversations are no list of turns.", id="no turns"),
        pytest.param({"image_A": "a", "image_B": "b", "A_better_B": "yes"}, "A_better_B is 'yes', 0 or 1 was expected.", id="a word for the truth"),
        pytest.param({"image_A": "a", "distortion_name": ["x"], "severity": [9]}, "a severity is '9', a word or a number from 1 to 5 was expected.", id="a severity off the scale"),
        pytest.param({"image_A": "a", "distortion_name": ["x", "y"], "severity": [1]}, "it names 2 distortions and 1 severities.", id="not as many"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_named_and_the_next_is_read(row, problem, tmp_path):
    assert read(tmp_path, [row, {"image_A": "a"}]) == ([PairSample("1", "quality_single_A_noref", "", "", {"a": "a"})], [f"Row 0: {problem}"])


@pytest.mark.parametrize("text", ["", "{", "7", "[" * 100_000])
def test_a_file_that_is_no_list_is_refused(text, tmp_path):
    with pytest.raises(InvalidInput, match=r"^meta\.json"):
        read(tmp_path, text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(["image_A", "image_B", "severity", "distortion_name", "conversations", "A_better_B", "from", "value", "distortions_A"]), some, max_size=5), max_leaves=12))
def test_any_json_is_read_without_another_error(value):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "meta.json"
        path.write_text(json.dumps([value]))
        samples, problems = read_depictqa(path)
        assert len(samples) + len(problems) == 1


def test_every_distortion_has_its_class_by_both_names():
    assert all(family_of(name) == one.family for name, one in TAXONOMY.items())
    theirs = {"blur_jitter": "blur", "compression_jpeg_2000": "compression", "contrast_weaken_stretch": "contrast_weaken", "saturate_strengthen_HSV": "saturate_strengthen", "quantization_otsu": "quantization", "lens_cap": ""}
    assert {name: family_of(name) for name in theirs} == theirs
