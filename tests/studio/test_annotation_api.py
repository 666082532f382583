"""The annotation routes over real HTTP: a task's life, what is refused and how, imports and exports that come back."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image as PillowImage

from core.corrections import as_edit, edit_json
from core.export.giqa import read_folder, validate, write_folder
from core.record_json import dumps
from core.settings import parse_settings
from studio.app import build_api
from studio.services import Services, build_services
from tests.waiting import HANG_SECONDS, until


def png(seed: int, size: tuple[int, int] = (60, 40)) -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def services(tmp_path) -> Services:
    return build_services(parse_settings(["--data-dir", str(tmp_path / "data")], {}))


@pytest.fixture
def client(services) -> TestClient:
    return TestClient(build_api(services), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


def ended(client: TestClient, started, **more) -> dict:
    assert started.status_code == 200, started.text
    return no_longer(client, "running", f"/api/jobs/{started.json()['job']}", **more)


def no_longer(client: TestClient, state: str, path: str, **options) -> dict:
    """What the studio says of a job, a run or a build once it is in another state."""
    return until(lambda: told if (told := client.get(path, **options).json())["state"] != state else {}, f"{path} is {state} still")


def exported(client: TestClient, wanted: dict, **more) -> dict:
    """What an export gave."""
    job = ended(client, client.post("/api/exports", json=wanted, **more), **more)
    assert job["state"] == "done", job
    return job["result"]


def proposed(client: TestClient, count: int = 2, project: str = "Roofs") -> dict:
    images = [client.post("/api/images", content=png(seed), headers={"X-Filename": f"roof{seed}.png"}).json() for seed in range(count)]
    job = ended(client, client.post("/api/proposals", json={"project": project, "images": [{"id": one["id"], "name": one["name"]} for one in images]}))
    assert job["state"] == "done", job
    return job["result"]


@pytest.fixture
def task(client) -> dict:
    proposed(client)
    return client.get("/api/tasks/1").json()


def a_save(task: dict, **changed) -> dict:
    image = {"sha256": task["image"]["id"], "width": task["image"]["width"], "height": task["image"]["height"]}
    edit = {**task["edit"], "regions": [{"id": "d1", "box": [0.1, 0.1, 0.5, 0.5]}], "description": {"text": "Too noisy.", "phrases": [{"start": 4, "end": 9, "regions": ["d1"]}]}, "questions": []}
    return {"parent": task["revision"], "key": "key-00001", "image": image, "edit": edit, "status": "draft", "reason": "", **changed}


def test_photographs_become_tasks_with_proposals(client):
    assert client.get("/api/projects").json() == {"projects": [], "folders": True}
    assert proposed(client) == {"project": 1, "added": 2, "already": 0, "problems": []}
    assert proposed(client) == {"project": 1, "added": 0, "already": 2, "problems": []}
    (project,) = client.get("/api/projects").json()["projects"]
    assert {name: project[name] for name in ("id", "name", "counts")} == {"id": 1, "name": "Roofs", "counts": {"all": 2, "open": 2, "draft": 0, "submitted": 0, "skipped": 0}}
    page = client.get("/api/tasks?limit=1").json()
    assert (len(page["tasks"]), page["next"], page["counts"]["all"]) == (1, 1, 2)
    (second,) = client.get(f"/api/tasks?after={page['next']}").json()["tasks"]
    assert (second["id"], second["state"], second["image"]["name"]) == (2, "open", "roof1.png")
    assert client.get(second["image"]["thumbnail"]).status_code == 200
    opened = client.get("/api/tasks/1").json()
    assert opened["edit"] == opened["proposed"] and (opened["revision"], opened["next"], opened["previous"]) == (None, 2, None)
    assert opened["proposal"]["provenance"]["backend"] == "embedded"


def test_a_save_is_acknowledged_and_there_when_the_task_is_opened_again(client, task):
    saved = client.post("/api/tasks/1/revisions", json=a_save(task))
    assert saved.status_code == 200
    told = saved.json()
    assert (told["revision"], told["parent"], told["status"], told["user"], told["changes"]["boxes_added"]) == (1, None, "draft", "local", 1)
    again = client.get("/api/tasks/1").json()
    assert (again["revision"], again["state"], again["edit"]["description"]["text"]) == (1, "draft", "Too noisy.")
    assert client.get("/api/tasks?state=draft").json()["counts"] == {"all": 2, "open": 1, "draft": 1, "submitted": 0, "skipped": 0}
    assert [one["id"] for one in client.get("/api/tasks?state=draft&search=").json()["tasks"]] == [1]
    assert [one["revision"] for one in client.get("/api/tasks/1/history").json()["revisions"]] == [1]
    assert client.get("/api/tasks/1/revisions/1").json()["edit"] == again["edit"]


def test_the_same_save_twice_is_stored_once_and_a_stale_one_is_told_both_versions(client, task):
    first = client.post("/api/tasks/1/revisions", json=a_save(task)).json()
    assert client.post("/api/tasks/1/revisions", json=a_save(task)).json() == first
    stale = client.post("/api/tasks/1/revisions", json=a_save(task, key="key-00002", status="submitted"))
    assert stale.status_code == 409
    told = stale.json()
    assert told["current"]["revision"] == 1 and told["current"]["edit"]["description"]["text"] == "Too noisy."
    assert told["base"] == task["proposed"] and "saved elsewhere" in told["error"] and told["code"] == "savedElsewhere"
    assert client.post("/api/tasks/1/revisions", json=a_save(task, key="key-00002", status="submitted", parent=1)).status_code == 200
    assert client.post("/api/tasks/1/revisions", json=a_save(task, status="skipped")).status_code == 422


NASTY = "<img src=x onerror=alert(1)> ${alert(1)} `x` مرحبا 🗼"


def test_html_and_templates_in_every_field_stay_text(client, task):
    text = {"text": NASTY, "phrases": [{"start": 0, "end": 4, "regions": ["d1"]}]}
    tags = [{"phrase": NASTY, "quality": NASTY, "effect": "negative"}]
    asked = [{"kind": "what", "form": "plain", "question": text, "answer": text}]
    edit = {"regions": [{"id": "d1", "box": [0, 0, 1, 1]}], "tags": tags, "description": text, "questions": asked, "broken": [{"words": NASTY, "regions": ["d1"]}]}
    assert client.post("/api/tasks/1/revisions", json=a_save(task, edit=edit, reason=NASTY)).status_code == 200
    assert client.get("/api/tasks/1").json()["edit"] == edit


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        pytest.param({"parent": "x"}, 422, "names its parent revision by number", id="parent"),
        pytest.param({"parent": 7}, 409, "saved elsewhere", id="unknown parent"),
        pytest.param({"key": "short"}, 422, "8 to 200 characters", id="key"),
        pytest.param({"status": "done"}, 422, "one of draft, submitted, skipped", id="status"),
        pytest.param({"reason": "\ud83d"}, 422, "half a character", id="half an emoji"),
        pytest.param({"reason": 3}, 422, "A reason is a text", id="reason"),
        pytest.param({"image": {"sha256": "a" * 64, "width": 60, "height": 40}}, 422, "another image than the task's", id="another image"),
        pytest.param({"image": None}, 422, "another image than the task's", id="no image"),
        pytest.param({"edit": None}, 422, "An edit is a JSON object", id="no edit"),
        pytest.param({"edit": {"regions": []}}, 422, "it has no 'tags'", id="half an edit"),
    ],
)
def test_a_bad_save_is_refused_with_its_fault(client, task, change, status, message):
    refused = client.post("/api/tasks/1/revisions", content=json.dumps(a_save(task, **change)))
    assert (refused.status_code, message in refused.json()["error"]) == (status, True), refused.text
    assert client.get("/api/tasks/1/history").json() == {"revisions": []}


def test_ten_thousand_boxes_too_much_data_and_no_json_are_refused(client, task):
    many = [{"id": str(number), "box": [0, 0, 1, 1]} for number in range(10_000)]
    assert "at most 1,000 boxes" in client.post("/api/tasks/1/revisions", json=a_save(task, edit={**task["edit"], "regions": many})).json()["error"]
    assert client.post("/api/tasks/1/revisions", content=b"x" * (5 * 2**20 + 1)).status_code == 413
    assert "not JSON" in client.post("/api/tasks/1/revisions", content=b"{").json()["error"]
    nan = json.dumps(a_save(task, edit={**task["edit"], "regions": [{"id": "a", "box": [0, 0, 1, float("nan")]}]}))
    assert "regions[0]" in client.post("/api/tasks/1/revisions", content=nan).json()["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "/api/tasks/1/revisions"), ("post", "/api/imports"), ("post", "/api/imports/folder"), ("post", "/api/proposals"), ("post", "/api/exports"), ("post", "/api/projects/sample"), ("post", "/api/jobs/x/cancel")],
)  # fmt: skip
def test_another_sites_page_cannot_write(client, method, path):
    refused = getattr(client, method)(path, json={}, headers={"Origin": "http://evil.example"})
    assert refused.status_code == 403 and "another site's page" in refused.json()["error"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/tasks/99", 404), ("/api/tasks/99/history", 404), ("/api/tasks/1/revisions/5", 404), ("/api/jobs/none", 422), ("/api/tasks?state=odd", 422), ("/api/tasks?limit=9999", 422), ("/api/tasks/x", 422), (f"/api/tasks/{10**20}", 422), (f"/api/tasks/1/revisions/{10**20}", 422)],
)  # fmt: skip
def test_what_is_not_there_is_said_in_a_sentence(client, path, status):
    answer = client.get(path)
    assert (answer.status_code, set(answer.json()) - {"code", "values"}) == (status, {"error"})


def test_a_native_folder_comes_in_as_a_zip_and_goes_out_the_same(client, services, tmp_path, task):
    client.post("/api/tasks/1/revisions", json=a_save(task, status="submitted"))
    made = exported(client, {"select": "latest"})
    assert made["name"].startswith("giqa-") and made["counts"]["records"] == 2 and made["missing"] == []
    assert exported(client, {"select": "latest"})["name"] == made["name"]
    archive = client.get(made["url"]).content
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        packed.extractall(tmp_path / "out")
    assert validate(tmp_path / "out") == []
    first, second = read_folder(tmp_path / "out")[1].records()
    assert first.correction.status == "submitted" and edit_json(as_edit(first))["description"]["text"] == "Too noisy."
    assert second == services.store.open().task(2, "local").proposal
    other = TestClient(build_api(build_services(parse_settings(["--data-dir", str(tmp_path / "other")], {}))), base_url="http://127.0.0.1:7860")
    job = ended(other, other.post("/api/imports?project=Back&name=x.zip", content=archive))
    assert job["result"] == {"project": 1, "added": 2, "already": 0, "problems": []}
    assert other.get("/api/tasks/1").json()["edit"]["description"]["text"] == "Too noisy."
    assert other.get("/api/tasks/1").json()["proposal"]["regions"][0]["provenance"]["status"] == "drawn"


def test_a_folder_that_lists_missing_images_brings_the_rest(client, services, tmp_path, task):
    records = list(services.store.open().records("proposals"))
    write_folder(tmp_path / "bare", records, config={})
    for path in (services.settings.data_dir / "images").glob(f"*/{records[0].image.sha256}.*"):
        path.unlink()
    job = ended(client, client.post("/api/imports/folder", json={"path": str(tmp_path / "bare"), "project": "Bare"}))
    assert job["result"]["added"] == 1
    assert job["result"]["problems"] == [f"Record {records[0].id[:12]}… (roof0.png) is left out: its image is missing."]


def test_a_zip_of_photographs_with_a_table_is_proposed_for(client):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("set/rows.csv", "image,description\na.png,The lower right is blurred.\ngone.png,The sky is noisy.\n")
        packed.writestr("set/a.png", png(5))
    job = ended(client, client.post("/api/imports?name=set.zip&project=Set", content=buffer.getvalue()))
    assert job["result"]["added"] == 1 and job["result"]["problems"] == ["gone.png: the image is missing."]
    edit = client.get("/api/tasks/1").json()["edit"]
    assert edit["description"]["text"] == "The lower right is blurred." and edit["description"]["phrases"][0]["regions"] == ["r1"]


def test_three_images_among_two_hundred_other_things(client, tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(number))
    for number in range(200):
        (tmp_path / f"note{number}.txt").write_text("hello")
    job = ended(client, client.post("/api/imports/folder", json={"path": str(tmp_path), "project": "Mixed"}))
    assert job["result"]["added"] == 3 and job["result"]["problems"][0].endswith("other files are passed over")


def zipped(**files: bytes | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"package__json": '{"name": "x"}'}, "package.json is no table of descriptions"),
        ({"exif__json": '[{"iso": 100}]'}, "exif.json names no image and is passed over."),
        ({"a__csv": "image,text\n", "b__csv": "image,text\n"}, "There are 2 tables (a.csv, b.csv): bring one."),
    ],
)
def test_a_file_that_only_looks_like_a_table_does_not_hide_the_photographs(client, files, problem):
    job = ended(client, client.post("/api/imports?name=x.zip", content=zipped(x__png=png(1), **files)))
    assert job["result"]["added"] == 1 and any(problem in one for one in job["result"]["problems"])


def test_a_record_of_another_size_than_its_stored_image_is_left_out(client, services, task):
    record = next(services.store.open().records("proposals"))
    line = json.loads(dumps(record)) | {"row": 9}
    line["image"] |= {"width": 6000, "height": 7}
    del line["id"]
    job = ended(client, client.post("/api/imports?name=x.jsonl", content=json.dumps(line).encode()))
    assert job["result"]["added"] == 0 and "has 60x40 pixels, the record says 6000x7" in job["result"]["problems"][0]


def test_a_damaged_zip_is_told(client):
    data = bytearray(zipped(a__png=png(1)))
    for damaged in (bytes(data[:40] + b"\xff" * 30 + data[70:]), zipped()):
        job = ended(client, client.post("/api/imports?name=x.zip", content=damaged))
        assert job["state"] == "failed" and "Something went wrong" not in job["message"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [("a.exe", b"x", "bring a .zip"), ("a.zip", b"no zip", "not a zip file"), ("a.jsonl", b'{"schema_version": 99}\n', "")],
)
def test_what_cannot_be_imported_is_told(client, name, data, message):
    started = client.post(f"/api/imports?name={name}", content=data)
    told = started.json()["error"] if started.status_code != 200 else ended(client, started)
    text = told if isinstance(told, str) else told["message"] or "".join(told["result"]["problems"])
    assert message in text and (message or "update it" in text)


def test_an_export_of_nothing_and_of_a_deleted_image_is_said(client, services, task):
    refused = ended(client, client.post("/api/exports", json={"select": "submitted"}))
    assert refused["state"] == "failed" and 'selection "submitted" holds no record' in refused["message"]
    for path in (services.settings.data_dir / "images").glob(f"*/{task['image']['id']}.*"):
        path.unlink()
    assert client.get(task["image"]["url"]).status_code == 422
    assert client.get("/api/tasks/1").status_code == 200
    assert exported(client, {})["missing"] == ["roof0.png"]


def test_folders_of_the_machine_are_for_its_own_people(tmp_path):
    services = build_services(parse_settings(["--data-dir", str(tmp_path / "data"), "--host", "0.0.0.0"], {}))
    client = TestClient(build_api(services), base_url="http://127.0.0.1:7860")
    assert client.get("/api/projects").json()["folders"] is False
    refused = client.post("/api/imports/folder", json={"path": str(tmp_path), "project": "x"})
    assert refused.status_code == 422 and "open to other machines" in refused.json()["error"]


def test_the_whole_loop_keeps_every_field(client, services, tmp_path, blurred_photograph):
    """Photographs, builder, import, correction, export, reader."""
    from core.builder.__main__ import main as build
    from core.corrections import corrected, read_edit

    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "a.jpg").write_bytes(blurred_photograph.read_bytes())
    build(["run", "--source", str(tmp_path / "photographs"), "--out", str(tmp_path / "built"), "--copy-images"])
    (proposal,) = read_folder(tmp_path / "built")[1].records()
    ended(client, client.post("/api/imports/folder", json={"path": str(tmp_path / "built"), "project": "Loop"}))
    task = client.get("/api/tasks/1").json()
    assert services.store.open().task(1, "local").proposal == proposal
    edit = {**task["edit"], "regions": [*task["edit"]["regions"], {"id": "d1", "box": [0, 0, 0.5, 0.5]}], "tags": task["edit"]["tags"][:1]}
    assert client.post("/api/tasks/1/revisions", json=a_save(task, edit=edit, status="submitted")).status_code == 200
    made = exported(client, {"select": "submitted"})
    with zipfile.ZipFile(io.BytesIO(client.get(made["url"]).content)) as packed:
        packed.extractall(tmp_path / "out")
    (back,) = read_folder(tmp_path / "out")[1].records()
    expected = corrected(proposal, read_edit(edit), "local")
    assert replace(back, correction=None) == expected and back.id == proposal.id
    assert (tmp_path / "out" / "images" / f"{back.image.sha256}.jpg").read_bytes() == blurred_photograph.read_bytes()


def test_a_job_can_be_stopped(client, services):
    import threading

    begun, go = threading.Event(), threading.Event()

    def work(job):
        begun.set()
        go.wait(HANG_SECONDS)
        job.report(1, 2)
        return {}

    job = services.jobs.start(work)
    assert begun.wait(HANG_SECONDS)
    client.post(f"/api/jobs/{job.id}/cancel")
    go.set()
    told = no_longer(client, "running", f"/api/jobs/{job.id}")
    assert (told["state"], told["message"]) == ("cancelled", "Stopped after 1 of 2. What was done is kept.")


def test_a_database_that_fails_is_told_and_nothing_is_acknowledged(client, services, tmp_path):
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "giqa.db").write_bytes(b"surely no database " * 100)
    answer = client.get("/api/tasks")
    assert answer.status_code == 503 and "holds something else or is damaged" in answer.json()["error"]


def test_the_sample_project_is_there_at_one_press(client):
    job = ended(client, client.post("/api/projects/sample"))
    assert job["result"]["added"] == 12 and job["result"]["problems"] == []
    assert client.get("/api/projects").json()["projects"][0]["counts"]["open"] == 12
    assert Path(client.get("/api/tasks/1").json()["image"]["name"]).name == "Astronaut, part noisy"
