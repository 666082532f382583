"""Scores against a table of human scores, however the table is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.config import ScoreConfig
from bench.scoring import PRESETS, Row, lines_of, read_scores, run_score
from core.errors import InvalidInput
from tests.bench.made_bench import picture, script


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        pytest.param("image,mos\na.png,0.5\nb.png,1\n", [Row("a.png", 0.5), Row("b.png", 1.0)], id="commas"),
        pytest.param("image;mos\na.png;0,5\n", [Row("a.png", 0.5)], id="semicolons and a decimal comma"),
        pytest.param("image\tmos\na.png\t72 %\n", [Row("a.png", 72.0)], id="tabs and percent"),
        pytest.param("\ufeffImage Name,MOS\na.png,55.1\n", [Row("a.png", 55.1)], id="a mark at the start, SPAQ's columns"),
        pytest.param("x,filename,score\n1,a b.png,3\n", [Row("a b.png", 3.0)], id="other columns beside"),
    ],
)
def test_tables_of_many_kinds_are_read(text: str, rows: list[Row], tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text, encoding="utf-8")
    assert read_scores(path, None) == (rows, [])


def test_lines_without_a_score_are_named(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("image,mos\na.png,1\nb.png,\nc.png,NaN\n,3\nd.png,high\n")
    rows, problems = read_scores(path, None)
    assert rows == [Row("a.png", 1.0)] and [problem.split(":")[0] for problem in problems] == ["Line 3", "Line 4", "Line 5", "Line 6"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "image,mos\n", "image,mos\nx,y\n"], ids=["empty", "no such columns", "no rows", "no scores"])
def test_a_table_that_cannot_be_used_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"scores\.csv"):
        read_scores(path, None)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_scores(tmp_path / "gone.csv", None)


def made(tmp_path: Path, count: int = 6) -> Path:
    for number in range(count):
        (tmp_path / f"{number}.png").write_bytes(picture(number))
    lines = [f"{number}.png,{number}" for number in range(count)]
    (tmp_path / "scores.csv").write_text("\n".join(["image,mos", *lines, "gone.png,3", ""]))
    return tmp_path / "scores.csv"


def test_scores_are_correlated_and_what_could_not_be_read_is_counted(tmp_path: Path) -> None:
    done = run_score(ScoreConfig(made(tmp_path), tmp_path / "out"), lambda _done, _of: None)
    assert done.unread == 1 and done.correlations.count == 6 and done.correlations.srcc is not None
    assert "There is no file" in next(one.problem for one in done.rows if one.predicted is None)
    kept = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert kept["unread"] == 1 and kept["model"]["name"] == "embedded" and kept["reported"] is None
    assert lines_of(done)[0] == "6 images scored, 1 not read"


def test_a_constant_model_has_no_correlation_and_a_silent_one_no_score(tmp_path: Path) -> None:
    table = made(tmp_path)
    constant = script(tmp_path / "c.json", [{"when": "quality", "probabilities": {"good": 1.0}}])
    done = run_score(ScoreConfig(table, tmp_path / "constant", backend=constant), lambda _done, _of: None)
    assert done.correlations.srcc is None and done.correlations.count == 6
    silent = script(tmp_path / "s.json", [{"when": "quality", "probabilities": {"good": float("nan")}}])
    done = run_score(ScoreConfig(table, tmp_path / "silent", backend=silent), lambda _done, _of: None)
    assert done.unread == 7 and done.correlations.count == 0


def test_a_second_run_asks_only_what_is_missing(tmp_path: Path) -> None:
    table = made(tmp_path)
    run_score(ScoreConfig(table, tmp_path / "out"), lambda _done, _of: None)
    (tmp_path / "gone.png").write_bytes(picture(7))
    done = run_score(ScoreConfig(table, tmp_path / "out"), lambda _done, _of: None)
    assert done.unread == 0 and len((tmp_path / "out" / "scores.jsonl").read_text().splitlines()) == 8


def test_presets_name_an_image_and_a_score() -> None:
    assert set(PRESETS) == {"koniq", "spaq", "livec", "kadid", "agiqa", "biq2021", "tid2013"} and all(len(columns) == 2 for columns in PRESETS.values())
