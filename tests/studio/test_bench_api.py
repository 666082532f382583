"""The bench routes over HTTP: benchmarks brought and made, runs as real processes, their figures and samples, and what a studio that others reach refuses."""

from __future__ import annotations

import io
import signal
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from core.settings import parse_settings
from studio.app import build_api
from studio.services import build_services
from tests.bench.made_bench import good_model, small_bench
from tests.studio.test_annotation_api import ended, no_longer
from tests.waiting import until


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def model(folder) -> str:
    return good_model(folder / "good.json")


@pytest.fixture(scope="module")
def client(folder, model) -> TestClient:
    settings = parse_settings(["--data-dir", str(folder / "data"), "--backend", "embedded", model, good_model(folder / "slow.json", pause=0.4)], {})
    return TestClient(build_api(build_services(settings)), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def bench(folder) -> Path:
    return small_bench(folder / "small")


@pytest.fixture(scope="module")
def run(client, bench, model) -> dict:
    return settled(client, client.post("/api/bench", json=wanted(bench, model)))


def wanted(bench: Path, backend: str, **more: object) -> dict:
    return {"title": "First run", "folder": str(bench), "backend": backend, "judge": "embedded", **more}


def settled(client: TestClient, answer) -> dict:
    assert answer.status_code == 200, answer.text
    return no_longer(client, "running", f"/api/bench/{answer.json()['name']}")


def zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder.parent))
    return buffer.getvalue()


def test_a_run_ends_with_figures_samples_and_a_place_on_the_leaderboard(client, run, model):
    assert (run["state"], run["progress"]["what"], run["progress"]["of"]) == ("done", "judged", 12), run
    assert run["row"]["vqa_acc_yes_no"] == 0.5 and run["command"].startswith("python -m bench run --bench=")
    address = f"/api/bench/{run['name']}"
    figures = client.get(f"{address}/figures").json()
    assert {one["name"]: one["value"] for one in figures["figures"]}["vqa_acc_yes_no"] == 0.5
    assert figures["confusion"] == {"yes": {"yes": 2, "no": 0, "unreadable": 0}, "no": {"yes": 2, "no": 0, "unreadable": 0}}
    board = client.get("/api/bench/leaderboard").json()
    assert (board["rows"][0]["model"], board["rows"][0]["run"]) == (model, run["name"])
    assert [row["origin"] for row in board["rows"]].count("reported") == 16 and len(board["columns"]) == 9
    assert client.get(f"{address}/radar.png").content.startswith(b"\x89PNG")
    page = client.get(f"{address}/report")
    assert page.headers["content-disposition"].startswith("attachment") and "What went wrong most" in page.text


def test_samples_come_worst_first_by_kind_and_words_page_by_page(client, run):
    address = f"/api/bench/{run['name']}/samples"
    wrong = client.get(address, params={"wanted": "wrong", "kind": "yes_no"}).json()
    assert {(row["question"], row["reference"], row["said"]) for row in wrong["rows"]} == {(f"Is it blurred, number {number}?", "No.", "Yes.") for number in (0, 2)}
    first = client.get(address, params={"limit": 9}).json()
    second = client.get(address, params={"limit": 9, "after": first["after"]}).json()
    assert (first["count"], first["after"], len(second["rows"]), second["after"]) == (16, 9, 7, None)
    goodness = [row["goodness"] for row in (*first["rows"], *second["rows"])]
    assert goodness == sorted(goodness)
    assert client.get(address, params={"search": "WHY IS"}).json()["count"] == 4
    row = client.get(address, params={"kind": "description"}).json()["rows"][0]
    assert row["said_boxes"] and row["reference_boxes"] == [[0, 0, 0.5, 1]]
    for picture in (row["image"], f"{row['image']}/thumbnail"):
        assert client.get(picture).headers["content-type"].startswith("image/")


def test_a_sample_becomes_one_task_of_the_annotator(client, run):
    item = client.get(f"/api/bench/{run['name']}/samples", params={"kind": "what"}).json()["rows"][0]["item"]
    tasks = {client.post(f"/api/bench/{run['name']}/samples/{item}/task").json()["task"] for _ in range(2)}
    assert len(tasks) == 1
    opened = client.get(f"/api/tasks/{tasks.pop()}").json()
    assert opened["edit"]["questions"][1]["answer"]["text"] == "The sky."
    assert client.post(f"/api/bench/{run['name']}/samples/nothing-q1/task").json()["error"].startswith("This sample is not in the run's results")


def test_two_runs_of_one_benchmark_are_compared(client, run, bench):
    other = settled(client, client.post("/api/bench", json=wanted(bench, "embedded", title="Embedded")))
    found = client.get("/api/bench/comparison", params={"one": run["name"], "other": other["name"]}).json()
    assert {one["name"] for one in found["differences"]} == {"yes/no accuracy", "strict mIoU", "mark"}
    assert all(0 <= one["p"] <= 1 for one in found["differences"])


@pytest.mark.slow
def test_a_run_is_stopped_and_goes_on_without_asking_again(client, bench, folder):
    answer = client.post("/api/bench", json=wanted(bench, f"scripted:{folder / 'slow.json'}", title="Slow"))
    name = answer.json()["name"]
    answers = folder / "data" / "bench-runs" / name / "out" / "answers.jsonl"
    until(answers.is_file)
    assert client.delete(f"/api/bench/{name}").json()["error"] == "This runs: stop it before you delete it."
    client.post(f"/api/bench/{name}/stop")
    stopped = settled(client, answer)
    assert stopped["state"] == "stopped" and client.get(f"/api/bench/{name}/figures").json()["error"].startswith("This run is not finished")
    known = answers.read_text().splitlines()
    done = settled(client, client.post(f"/api/bench/{name}/resume"))
    assert done["state"] == "done" and answers.read_text().splitlines()[: len(known)] == known
    assert client.delete(f"/api/bench/{name}").json() == {"deleted": True} and not answers.exists()


def test_a_run_that_is_refused_says_why(client, folder, model):
    broken = small_bench(folder / "broken")
    next((broken / "images").iterdir()).unlink()
    run = settled(client, client.post("/api/bench", json=wanted(broken, model, title="Broken")))
    assert run["state"] == "failed" and "its image is missing" in run["message"]


@pytest.fixture
def begun_in_the_background() -> Iterator[None]:
    """As a shell script's `python app.py &`: such a studio ignores Ctrl+C, and so does all that it starts."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("begun_in_the_background")
def test_a_run_that_a_former_studio_began_is_found_and_stopped(client, bench, folder, model):
    answer = client.post("/api/bench", json=wanted(bench, f"scripted:{folder / 'slow.json'}", title="Found again")).json()
    settings = parse_settings(["--data-dir", str(folder / "data"), "--backend", "embedded", model], {})
    later = TestClient(build_api(build_services(settings)), base_url="http://127.0.0.1:7860")
    assert later.get(f"/api/bench/{answer['name']}").json()["state"] == "running"
    assert later.post(f"/api/bench/{answer['name']}/stop").status_code == 200
    no_longer(later, "running", f"/api/bench/{answer['name']}")
    assert client.get(f"/api/bench/{answer['name']}").json()["state"] == "stopped"


def test_a_benchmark_is_brought_as_a_zip_and_a_broken_one_is_refused(client, bench, folder, model):
    made = ended(client, client.post("/api/bench/benchmarks", params={"name": "my%20bench.zip"}, content=zipped(bench)))["result"]
    assert (made["title"], made["records"], made["questions"]) == ("my bench", 4, 12)
    assert made in client.get("/api/bench/offer").json()["benchmarks"]
    run = settled(client, client.post("/api/bench", json={**wanted(bench, model), "folder": "", "bench": made["name"]}))
    assert run["state"] == "done" and run["plan"]["bench_title"] == "my bench"
    assert client.delete(f"/api/bench/benchmarks/{made['name']}").json() == {"deleted": True}
    assert client.get(f"/api/bench/{run['name']}/figures").status_code == 200
    state = ended(client, client.post("/api/bench/benchmarks", params={"name": "x.zip"}, content=b"no zip"))
    assert state["state"] == "failed" and "zip" in state["message"]


@pytest.mark.slow
def test_a_benchmark_is_made_of_the_sample_photographs(client):
    made = ended(client, client.post("/api/bench/benchmarks/made", json={"title": "From samples", "descriptions": 3, "questions": 5}))["result"]
    assert made["title"] == "From samples" and made["records"] >= 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"backend": "hf:somewhere/else"}, "The model 'hf:somewhere/else' is not on offer here", id="a model that is not offered"),
        pytest.param({"folder": "/nowhere"}, "/nowhere is no benchmark: a native folder holds a manifest.json.", id="a folder that is not there"),
        pytest.param({"folder": "", "bench": "../../etc"}, "This benchmark is not on the studio: it may have been deleted.", id="a name that is a path"),
        pytest.param({"times": 99}, "The request cannot be read: body.times: Input should be less than or equal to 9.", id="too many repeats"),
    ],
)
def test_what_cannot_be_run_is_refused(client, bench, model, change, said):
    answer = client.post("/api/bench", json={**wanted(bench, model), **change})
    assert answer.status_code == 422 and answer.json()["error"].startswith(said)


def test_a_studio_that_others_reach_takes_no_paths_and_tells_none(folder, bench, model):
    settings = parse_settings(["--data-dir", str(folder / "public"), "--backend", "embedded", model], {})
    public = TestClient(build_api(build_services(replace(settings, host="0.0.0.0"))), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)
    assert "bring the benchmark as a .zip" in public.post("/api/bench", json=wanted(bench, model)).json()["error"]
    assert "open to other machines" in public.post("/api/bench/benchmarks/made", json={"title": "x", "photographs": str(bench)}).json()["error"]
    made = ended(public, public.post("/api/bench/benchmarks", params={"name": "b.zip"}, content=zipped(bench)))["result"]
    run = settled(public, public.post("/api/bench", json={**wanted(bench, "embedded"), "folder": "", "bench": made["name"]}))
    assert run["state"] == "done" and str(folder) not in str(run)


def test_a_write_from_another_site_is_refused(client, bench, model):
    assert client.post("/api/bench", json=wanted(bench, model), headers={"Origin": "https://elsewhere.example"}).status_code == 403
