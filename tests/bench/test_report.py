"""The page of results: figures, charts and samples, with nothing of a model's text run."""

from __future__ import annotations

from pathlib import Path

from bench.__main__ import main
from bench.config import RunConfig
from bench.report.leaderboard import COLUMNS, leaderboard, reported_rows
from bench.report.page import write_report
from bench.run import run_bench
from tests.bench.made_bench import good_model, script, small_bench


def quiet(_what: str, _done: int, _of: int) -> None: ...


def test_the_papers_rows_are_whole_and_marked_as_reported() -> None:
    rows = reported_rows()
    assert len(rows) == 16 and all(row.origin == "reported" and set(row.values) == set(COLUMNS) for row in rows)
    best = rows[-1]
    assert best.model == "Grounding-IQA (mPLUG-Owl2-7B)" and list(best.values.values()) == [0.5955, 0.5474, 22.87, 63.0, 0.6031, 0.7372, 0.8444, 0.5875, 0.7417]
    assert rows[0].values["des_miou"] is None


def test_measured_rows_stand_first_best_total_first(tmp_path: Path) -> None:
    bench = small_bench(tmp_path / "bench")
    good = run_bench(RunConfig(bench, tmp_path / "good", good_model(tmp_path / "good.json")), quiet)
    bad = run_bench(RunConfig(bench, tmp_path / "bad", script(tmp_path / "bad.json", [], "Nothing.")), quiet)
    rows = leaderboard([bad, good])
    assert [row.origin for row in rows[:3]] == ["measured", "measured", "reported"] and rows[0].model == good.model["name"]
    assert rows[2].model == "Grounding-IQA (mPLUG-Owl2-7B)"


def test_the_page_shows_figures_pictures_and_failures_and_runs_nothing(tmp_path: Path) -> None:
    bench = small_bench(tmp_path / "bench")
    hostile = script(tmp_path / "h.json", [{"when": "blurred", "probabilities": {"No": 1}}], "<script>alert(1)</script> [<img onerror=x>](<0, 209>) {{ 7*7 }}")
    run_bench(RunConfig(bench, tmp_path / "out", hostile), quiet)
    page = write_report([tmp_path / "out"], bench, tmp_path / "page").read_text()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page and "<img onerror" not in page and "{{ 7*7 }}" in page
    assert page.count('src="data:image/jpeg;base64,') >= 8 and "http://" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace("http://creativecommons.org", "")
    assert "vqa_acc_total" in page and page.count("<svg") == 3 and (tmp_path / "page" / "radar.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_results_give_the_same_page(tmp_path: Path) -> None:
    bench = small_bench(tmp_path / "bench")
    run_bench(RunConfig(bench, tmp_path / "out", good_model(tmp_path / "good.json")), quiet)
    pages = [write_report([tmp_path / "out"], None, tmp_path / name).read_bytes() for name in ("one", "other")]
    assert pages[0] == pages[1]


def test_the_command_line_takes_several_results(tmp_path: Path, capsys) -> None:
    bench = small_bench(tmp_path / "bench", images=2)
    for name in ("a", "b"):
        main(["run", "--bench", str(bench), "--out", str(tmp_path / name), "--backend", good_model(tmp_path / f"{name}.json")])
    main(["report", "--results", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "page")])
    assert capsys.readouterr().out.strip().endswith("index.html") and (tmp_path / "page" / "index.html").exists()
