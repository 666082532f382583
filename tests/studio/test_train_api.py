"""The training routes over HTTP: runs as real processes on a tiny model, their curves, what is put on offer, the loop, and what is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
from fastapi.testclient import TestClient

from core.settings import parse_settings
from studio.app import build_api
from studio.services import build_services
from studio.trainings.plan import TrainPlan
from studio.trainings.telling import thinned
from tests import tiny_models
from tests.studio.test_annotation_api import ended, no_longer
from tests.studio.test_build_api import png
from tests.train.sft.conftest import native
from tests.waiting import until

HERE = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("train")


@pytest.fixture(scope="module")
def data(folder) -> Path:
    return native(folder / "roofs", 8)


def studio(folder: Path, *, host: str = "127.0.0.1", name: str = "data") -> TestClient:
    settings = replace(parse_settings(["--data-dir", str(folder / name)], {}), host=host)
    return TestClient(build_api(build_services(settings)), base_url=HERE, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(folder) -> TestClient:
    return studio(folder)


@pytest.fixture(scope="module")
def base(folder) -> Path:
    return tiny_models.ALL["llava"](folder / "tiny-llava")


def wanted(data: Path, base: object, **more: object) -> dict:
    shown = {"title": "First run", "data": {"kind": "folder", "place": str(data)}, "model": str(base), "preset": "tiny", "max_steps": 3, "held_out": 0.3, "evaluate_every": 2}
    return {**shown, **more}


def settled(client: TestClient, answer) -> dict:
    assert answer.status_code == 200, answer.text
    return waited(client, answer.json()["name"])


def waited(client: TestClient, name: str) -> dict:
    return no_longer(client, "running", f"/api/train/{name}")


@pytest.fixture(scope="module")
def run(client, data, base) -> dict:
    return settled(client, client.post("/api/train", json=wanted(data, base)))


def test_a_run_ends_with_curves_samples_and_a_model(client, run, data, base):
    assert (run["state"], run["status"]["step"], run["status"]["of"], run["message"]) == ("done", 3, 3, ""), run
    assert run["command"] == (
        f"python -m train sft --data={data} --model=hf:{base} --out=RUN --preset=tiny --max-steps=3 --held-out=0.3 --evaluate-every=2 --seed=0"
    )
    assert run["model"].startswith(f"hf:{base}?adapter=") and not run["offered"]
    address = f"/api/train/{run['name']}"
    curves = client.get(f"{address}/curves").json()
    assert [row["step"] for row in curves["metrics"]] == [1, 2, 3] and [row["step"] for row in curves["evaluations"]] == [0, 2, 3]
    assert all(row["loss"] > 0 and row["tokens_per_second"] > 0 for row in curves["metrics"])
    newest = client.get(f"{address}/samples").json()["evaluations"][0]
    assert newest["step"] == 3 and newest["rows"][0]["reference"].startswith("The dog of picture")
    picture = client.get(newest["rows"][0]["picture"])
    assert (picture.headers["content-type"], picture.headers["x-content-type-options"], picture.content[:2]) == ("image/jpeg", "nosniff", b"\xff\xd8")
    counts = client.get(f"{address}/data").json()["data"]
    assert counts["images"] == 8 and counts["learnt"] + counts["held_out"] == 32


def test_its_model_is_put_on_offer_used_kept_across_a_restart_and_taken_away(client, run, folder):
    address, model = f"/api/train/{run['name']}", run["model"]
    assert client.post(f"{address}/offer").json()["offered"] is True
    assert [model in client.get(offer).json()["models"] for offer in ("/api/bench/offer", "/api/builds/offer", "/api/train/offer")] == [True] * 3
    used = client.post(f"{address}/use").json()
    assert (used["offered"], used["default"]) == (True, True)
    later = studio(folder).get("/api/models").json()
    assert (later["default"], later["models"][0]["title"]) == (model, "First run")
    assert client.delete(address).json()["error"].startswith("This run's model is on offer")
    assert client.delete(f"{address}/use").json()["default"] is False
    assert client.get("/api/models").json()["default"] == "embedded"
    assert client.delete(f"{address}/offer").json()["offered"] is False
    assert [one["name"] for one in client.get("/api/models").json()["models"]] == ["embedded"]


@pytest.mark.slow
def test_a_run_is_stopped_found_again_gone_on_with_and_deleted(client, data, base, folder):
    name = client.post("/api/train", json=wanted(data, base, title="Long", max_steps=5_000, epochs=900)).json()["name"]
    place = folder / "data" / "trainings" / name
    later = studio(folder)
    until(lambda: (status := later.get(f"/api/train/{name}").json())["state"] != "running" or (status["status"] and status["status"]["step"] > 3))
    assert client.delete(f"/api/train/{name}").json()["error"] == "This runs: stop it before you delete it."
    later.post(f"/api/train/{name}/stop")
    stopped = waited(client, name)
    assert stopped["state"] == "stopped" and stopped["model"] is None
    assert client.post(f"/api/train/{name}/use").json()["error"].startswith("This run has no model yet")
    known = (place / "out" / "metrics.csv").read_text().splitlines()[:4]
    client.post(f"/api/train/{name}/resume")
    until(lambda: client.get(f"/api/train/{name}").json()["status"]["step"] > stopped["status"]["step"])
    client.post(f"/api/train/{name}/stop")
    assert waited(client, name)["state"] == "stopped" and (place / "out" / "metrics.csv").read_text().splitlines()[:4] == known
    assert client.delete(f"/api/train/{name}").json() == {"deleted": True} and not place.exists()


def test_a_run_that_is_refused_says_why(client, data, base):
    run = settled(client, client.post("/api/train", json=wanted(data / "manifest.json", base, title="No data")))
    assert (run["state"], run["model"]) == ("failed", None) and "manifest.json" in run["message"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"model": "openai:http://x#y"}, "Only hf: models and the embedded one are trained here", id="a server"),
        pytest.param({"model": "sam:x/y"}, "Only hf: models and the embedded one are trained here", id="a segmenter"),
        pytest.param({"model": "hf:mPLUG-Owl2"}, 'Backend "hf:mPLUG-Owl2"', id="a model that does not run"),
        pytest.param({"data": {"kind": "folder", "place": "/nowhere"}}, "There is no folder or file /nowhere", id="no data"),
        pytest.param({"data": {"kind": "folder", "place": "a\0b"}}, "There is no folder or file", id="a NUL"),
        pytest.param({"data": {"kind": "export", "place": "../../etc"}}, "These records are not on the studio", id="an export that is a path"),
        pytest.param({"data": {"kind": "build", "place": "../../etc"}}, "This is no build's name.", id="a build that is a path"),
        pytest.param({"data": {"kind": "folder", "place": ""}}, "There is no folder or file", id="no place"),
        pytest.param({"preset": "best"}, 'There is no preset "best"', id="no preset"),
        pytest.param({"bench_every": 5, "evaluate_every": 0}, "--bench-every needs --evaluate-every", id="settings that make no sense together"),
        pytest.param({"preset": "qlora", "method": "full"}, "Quantised weights cannot be trained", id="a recipe and a method"),
        pytest.param({"bench": "../x"}, "This benchmark is not on the studio", id="no benchmark"),
        pytest.param({"learning_rate": 3}, "The request cannot be read: body.learning_rate", id="a rate beyond one"),
        pytest.param({"max_steps": 0}, "The request cannot be read: body.max_steps", id="no steps"),
        pytest.param({"title": ""}, "The request cannot be read: body.title", id="no title"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(client, data, base, change, said):
    for route in ("/api/train", "/api/train/command"):
        answer = client.post(route, json={**wanted(data, base), **change})
        assert answer.status_code == 422 and answer.json()["error"].startswith(said), answer.text


def test_the_command_is_shown_before_the_records_are_exported_and_started_after(client):
    fresh = {"title": "x", "model": "embedded", "data": {"kind": "fresh", "place": ""}}
    assert client.post("/api/train/command", json=fresh).json() == {"command": "python -m train embedded --corrections=EXPORT --out=RUN --seed=0"}
    assert client.post("/api/train", json=fresh).json()["error"].startswith("Export the records first")


def test_the_embedded_model_is_taught_by_native_folders_alone(client, data):
    taught = {"title": "x", "model": "embedded", "data": {"kind": "folder", "place": str(data)}}
    assert client.post("/api/train/command", json=taught).json() == {"command": f"python -m train embedded --corrections={data} --out=RUN --seed=0"}
    answer = client.post("/api/train/command", json={**taught, "data": {"kind": "folder", "place": str(data / "records")}})
    assert answer.json()["error"].startswith("The embedded model is taught by a native folder")


def test_a_studio_that_others_reach_takes_no_paths_and_trains_what_is_on_offer_alone(folder, data, base):
    public = studio(folder, host="0.0.0.0", name="public")
    assert "open to other machines" in public.post("/api/train", json=wanted(data, "embedded")).json()["error"]
    offer = public.get("/api/train/offer").json()
    assert (offer["paths"], offer["models"]) == (False, ["embedded"])
    job = public.post("/api/projects/sample", json={})
    ended(public, job)
    kept = ended(public, public.post("/api/train/exports", json={"select": "latest"}))["result"]
    asked = {"title": "x", "data": {"kind": "export", "place": kept["name"]}}
    refused = public.post("/api/train/command", json={**asked, "model": "hf:llava-hf/llava-1.5-7b-hf"})
    assert refused.json()["error"] == "The model 'hf:llava-hf/llava-1.5-7b-hf' is not on offer here: choose among embedded."
    shown = public.post("/api/train/command", json={**asked, "model": "embedded"}).json()["command"]
    assert shown == f"python -m train embedded --corrections=training-data/{kept['name']}/data --out=RUN --seed=0"


def test_an_export_is_made_kept_and_deleted(folder):
    client = studio(folder, name="exports")
    state = ended(client, client.post("/api/train/exports", json={"select": "reviewed"}))
    assert state["message"].startswith('There is nothing to export: the selection "reviewed" holds no record.')
    assert list((folder / "exports" / "training-data").iterdir()) == []
    ended(client, client.post("/api/projects/sample", json={}))
    kept = ended(client, client.post("/api/train/exports", json={"select": "proposals"}))["result"]
    assert (kept["title"], kept["corrections"], kept["missing"]) == ("All projects, proposals", 0, 0) and kept["records"] > 3
    assert [one["name"] for one in client.get("/api/train/offer").json()["exports"]] == [kept["name"]]
    assert client.delete(f"/api/train/exports/{kept['name']}").json() == {"deleted": True}
    assert client.delete(f"/api/train/exports/{kept['name']}").status_code == 422


def test_the_loop_says_what_is_new_and_refuses_steps_out_of_turn(folder):
    client = studio(folder, name="loop")
    state = client.get("/api/loop").json()
    assert (state["submitted"], [(one["name"], one["state"]) for one in state["steps"]]) == (0, [("export", "due"), ("train", "waiting"), ("bench", "waiting"), ("switch", "waiting")])
    assert client.post("/api/loop/train").json()["error"] == "Nothing was exported yet: export what people corrected first."
    assert client.post("/api/loop/bench", json={"bench": ""}).json()["error"].startswith("Both models are measured once the new one is made")
    assert client.post("/api/loop/build").json()["error"] == "A rebuild needs a finished build and exported corrections."
    ended(client, client.post("/api/projects/sample", json={}))
    for task in client.get("/api/tasks").json()["tasks"][:3]:
        submit(client, task["id"])
    assert (before := client.get("/api/loop").json())["submitted"] == 3 and before["steps"][0]["new"] == 3
    ended(client, client.post("/api/train/exports", json={"select": "submitted"}))
    after = client.get("/api/loop").json()["steps"]
    assert [(one["name"], one["state"], one["new"]) for one in after[:2]] == [("export", "done", 0), ("train", "due", 3)]
    assert after[0]["message"] == "3 records of 3 images, 3 of them corrected"
    assert client.get("/api/loop", params={"bench": "../x"}).json()["error"].startswith("This benchmark is not on the studio")


@pytest.mark.slow
def test_the_newest_build_is_built_again_with_what_people_corrected(folder):
    client, photographs = studio(folder, name="rebuilt"), folder / "photographs"
    photographs.mkdir()
    for seed in range(2):
        (photographs / f"roof{seed}.png").write_bytes(png(seed))
    built = client.post("/api/builds", json={"source": {"kind": "path", "place": str(photographs)}, "title": "Roofs"}).json()["name"]
    assert settled_build(client, built)["state"] == "done"
    ended(client, client.post(f"/api/builds/{built}/import"))
    for task in client.get("/api/tasks").json()["tasks"]:
        submit(client, task["id"])
    assert [one["state"] for one in client.get("/api/loop").json()["steps"]][:3] == ["due", "waiting", "waiting"]
    kept = ended(client, client.post("/api/train/exports", json={"select": "submitted"}))["result"]
    again = client.post("/api/loop/build").json()["name"]
    assert settled_build(client, again)["plan"]["corrections"].endswith(f"/{kept['name']}/data")
    step = client.get("/api/loop").json()["steps"][1]
    assert (step["name"], step["state"], step["new"], step["message"]) == ("build", "done", 0, "2 of 2 rows")


def settled_build(client: TestClient, name: str) -> dict:
    return no_longer(client, "running", f"/api/builds/{name}")


def submit(client: TestClient, task: int) -> None:
    opened = client.get(f"/api/tasks/{task}").json()
    image = {"sha256": opened["image"]["id"], "width": opened["image"]["width"], "height": opened["image"]["height"]}
    save = {"parent": opened["revision"], "key": f"submit-{task:06}", "image": image, "edit": opened["edit"], "status": "submitted", "reason": ""}
    assert client.post(f"/api/tasks/{task}/revisions", json=save).status_code == 200


@pytest.mark.parametrize("path", ["/api/train", "/api/train/exports", "/api/train/x-000000/use", "/api/train/x-000000/stop", "/api/loop/train", "/api/loop/bench"])
def test_a_write_from_another_site_is_refused(client, path):
    assert client.post(path, json={}, headers={"Origin": "https://elsewhere.example"}).status_code == 403


@pytest.mark.parametrize("path", ["/api/train/..%2fx", "/api/train/x-000000", "/api/train/x-000000/curves", "/api/train/x-000000/samples/1/1.jpg", "/api/train/UPPER/samples"])
def test_a_run_that_is_not_there_is_told(client, path):
    assert client.get(path).status_code in (404, 422)


def test_a_run_of_another_version_keeps_no_other_from_being_shown(folder):
    client, place = studio(folder, name="older"), folder / "older" / "trainings" / "old-000000"
    place.mkdir(parents=True)
    (place / "run.json").write_text('{"plan": {"title": "x", "colour": 3}, "begun": "2026-01-01"}')
    assert client.get("/api/train").json() == {"runs": []}
    assert client.get("/api/train/old-000000").json()["error"].startswith("This run was planned by another version of the studio")
    assert client.get("/api/loop").status_code == 200


@pytest.mark.parametrize(("count", "most", "kept"), [(0, 5, []), (3, 5, [0, 1, 2]), (10, 5, [1, 3, 5, 7, 9]), (11, 5, [1, 4, 7, 10])])
def test_curves_are_thinned_evenly_and_end_with_the_last(count, most, kept):
    assert thinned(range(count), most) == kept


def test_no_value_of_a_plan_is_taken_for_a_flag():
    plan = TrainPlan("x", "--out=/etc", "x", "hf:x/y", preset="tiny")
    assert plan.arguments(Path("run"))[:4] == ["sft", "--data=--out=/etc", "--model=hf:x/y", "--out=run"]
