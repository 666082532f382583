"""The queue and the projects over HTTP: what a page is sent, what is hidden from it, and who may do what."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fastapi.testclient import TestClient

from core.settings import parse_settings
from studio.app import build_api
from studio.people import Person, person
from studio.services import build_services
from tests.conftest import ROOT, free_port
from tests.postgres_server import new_database
from tests.studio.test_annotation_api import a_save, ended, proposed

PEOPLE = {name: Person(f"p-{name}", name.title(), role) for name, role in (("ann", "annotator"), ("bob", "annotator"), ("rev", "reviewer"), ("adm", "admin"))}


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request, tmp_path):
    settings = ["--data-dir", str(tmp_path / "data")]
    if request.param == "sqlite":
        yield build_services(parse_settings(settings, {}))
        return
    with new_database(request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")) as url:
        built = build_services(parse_settings([*settings, "--database-url", url.render_as_string(hide_password=False)], {}))
        yield built
        built.store.open().close()


@pytest.fixture
def app(services):
    return build_api(services)


@pytest.fixture
def client(app) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


@pytest.fixture
def become(app):
    """From now on every request comes from this person."""

    def change(name: str) -> None:
        app.dependency_overrides[person] = lambda: PEOPLE[name]

    return change


def claimed(client, project=1):
    return client.post("/api/queue/claim", json={"project": project}).json()


def test_a_task_is_claimed_kept_saved_and_the_next_one_comes(client):
    proposed(client)
    client.put("/api/projects/1", json={"settings": {"guideline": "Look closely.", "vocabulary": ["noisy", " noisy ", "sharp"]}})
    first = claimed(client)
    task = first["task"]
    assert (task["id"], first["lease_seconds"], first["left"]) == (1, 600, 2)
    assert (task["kind"], task["guideline"], task["vocabulary"]) == ("description", "Look closely.", ["noisy", "sharp"])
    assert (task["reveal"], task["revealed"], task["beside"], task["round"]) == ("shown", True, [], 1)
    renewed = client.post("/api/queue/renew", json={"task": 1, "token": first["token"]}).json()
    assert renewed["expires_at"] >= first["expires_at"]
    assert client.post("/api/tasks/1/revisions", json=a_save(task, status="submitted", seconds=3.5)).json()["late"] is False
    lost = client.post("/api/queue/renew", json={"task": 1, "token": first["token"]})
    assert (lost.status_code, lost.json()["error"].startswith("Your time with this task ran out")) == (409, True)
    assert {name: lost.json()[name] for name in ("code", "values")} == {"code": "timeRanOut", "values": {}}
    second = claimed(client)
    assert (second["task"]["id"], second["left"]) == (2, 1)
    assert client.post("/api/queue/release", json={"task": 2, "token": second["token"]}).json() == {"released": True}
    assert claimed(client)["task"]["id"] == 2
    client.post("/api/tasks/2/revisions", json=a_save(second["task"], status="skipped", key="key-00002", reason="dark"))
    assert claimed(client) == {"task": None, "token": None, "expires_at": None, "lease_seconds": None, "left": 0}


def test_what_is_hidden_is_not_sent_until_own_boxes_are_saved(client):
    client.post("/api/projects", json={"name": "Roofs", "settings": {"kind": "benchmark", "overlap": 3, "task_kind": "objects"}})
    proposed(client, 1)
    sent = claimed(client)["task"]
    assert (sent["reveal"], sent["revealed"], sent["edit"]["regions"], sent["edit"]["description"], sent["edit"]["tags"]) == ("after", False, [], None, [])
    assert not {"regions", "tags", "description", "questions"} & {name for name, value in sent["proposal"].items() if value}
    early = client.post("/api/tasks/1/reveal")
    assert (early.status_code, "Draw the key objects first" in early.json()["error"]) == (422, True)
    edit = {**sent["edit"], "regions": [{"id": "d1", "box": [0, 0, 1, 1]}]}
    saved = client.post("/api/tasks/1/revisions", json=a_save(sent, edit=edit)).json()
    shown = client.post("/api/tasks/1/reveal").json()["task"]
    assert (shown["revealed"], shown["revision"], shown["edit"]["regions"]) == (True, saved["revision"], edit["regions"])
    assert shown["proposed"]["description"]["text"]
    assert client.get("/api/tasks/1").json()["proposed"] == shown["proposed"]


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("post", "/api/projects", {"name": "x"}, "This is for admins"),
        ("put", "/api/projects/1", {"settings": {"overlap": 2}}, "This is for admins"),
        ("put", "/api/tasks/1/gold", {"edit": None}, "This is for admins"),
        ("get", "/api/tasks/1/gold", None, "This is for admins"),
        ("get", "/api/tasks/2", None, "Task 2 was not given to you"),
        ("get", "/api/tasks/2/history", None, "Task 2 was not given to you"),
        ("post", "/api/tasks/2/reveal", None, "Task 2 was not given to you"),
        ("post", "/api/tasks/2/revisions", {}, "Task 2 was not given to you"),
        ("get", "/api/tasks/1/revisions/1", None, "Revision 1 is somebody else's"),
    ],
)
def test_annotators_see_and_change_what_the_queue_gave_them(client, become, method, path, body, message):
    proposed(client)
    client.put("/api/projects/1", json={"settings": {"overlap": 2}})
    become("bob")
    task = claimed(client)["task"]
    client.post("/api/tasks/1/revisions", json=a_save(task))
    become("ann")
    assert claimed(client)["task"]["id"] == 1
    refused = client.request(method, path, json=body)
    assert (refused.status_code, message in refused.json()["error"]) == (403, True), refused.text
    assert [one["id"] for one in client.get("/api/tasks").json()["tasks"]] == [1]
    assert client.get("/api/projects").json()["projects"][0]["counts"]["all"] == 1
    become("rev")
    assert client.get("/api/tasks/2").status_code == client.get("/api/tasks/1/revisions/1").status_code == 200


def test_gold_answers_are_told_to_nobody(client):
    proposed(client, 1)
    client.put("/api/projects/1", json={"settings": {"gold_share": 1}})
    edit = client.get("/api/tasks/1").json()["edit"]
    assert client.get("/api/tasks/1/gold").json() == {"gold": False}
    assert client.put("/api/tasks/1/gold", json={"edit": edit}).json() == {"gold": True}
    assert client.get("/api/tasks/1/gold").json() == {"gold": True}
    sent = claimed(client)
    assert sent["task"]["id"] == 1
    assert "gold" not in str({**sent, "task": {**sent["task"], "proposal": None}})
    assert client.put("/api/tasks/1/gold", json={}).json()["error"].startswith('A gold answer is {"edit": ...}')
    assert client.put("/api/tasks/9/gold", json={"edit": edit}).status_code == 404


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"overlap": 0}, "overlap lies between 1 and 100, got 0"),
        ({"overlap": "many"}, "settings.overlap"),
        ({"kind": "other"}, "settings.kind"),
        ({"unknown": 1}, "settings.unknown"),
        ({"gold_share": 2}, "gold share lies between 0 and 1, got 2"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_their_fault(client, settings, message):
    refused = client.post("/api/projects", json={"name": "Roofs", "settings": settings})
    assert (refused.status_code, message in refused.json()["error"]) == (422, True), refused.text
    assert client.get("/api/projects").json()["projects"] == []


def test_a_change_of_some_settings_leaves_the_others(client):
    client.post("/api/projects", json={"name": "Roofs", "settings": {"guideline": "Look.", "overlap": 3}})
    changed = client.put("/api/projects/1", json={"settings": {"order": "random"}, "name": "Towers", "archived": True}).json()
    assert (changed["name"], changed["archived"], changed["settings"]["guideline"], changed["settings"]["overlap"], changed["settings"]["order"]) == ("Towers", True, "Look.", 3, "random")
    assert client.get("/api/projects/1").json() == {**changed, "left": 0}
    assert client.get("/api/projects/7").status_code == 422


def test_a_project_that_goes_by_doubt_weighs_its_tasks_when_they_come_and_when_it_is_changed(client, services):
    proposed(client, 2)
    assert len(services.store.open().without_uncertainty(1)) == 2
    changed = client.put("/api/projects/1", json={"settings": {"order": "uncertain"}})
    assert ended(client, changed)["result"] == {"project": 1, "weighed": 2}
    assert proposed(client, 3)["added"] == 1
    assert services.store.open().without_uncertainty(1) == []
    assert "job" not in client.put("/api/projects/1", json={"settings": {"overlap": 2}}).json()


def test_anchoring_is_told_to_reviewers(client, become):
    client.post("/api/projects", json={"name": "Roofs", "settings": {"kind": "benchmark", "task_kind": "objects"}})
    assert client.get("/api/projects/1/anchoring").json() == {"shown": None, "drawn_first": None, "drawn_final": None, "pull": None, "pull_interval": None}
    become("ann")
    assert client.get("/api/projects/1/anchoring").status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"reason": "dark \0"}, id="a reason with a character for nothing"),
        pytest.param({"seconds": -1}, id="negative seconds"),
        pytest.param({"seconds": True}, id="seconds that are no number"),
        pytest.param({"seconds": 1e9}, id="thirty years"),
        pytest.param({"parent": 2**62}, id="a parent far away"),
    ],
)
def test_saves_that_no_database_could_hold_are_refused(client, change):
    proposed(client, 1)
    task = claimed(client)["task"]
    assert client.post("/api/tasks/1/revisions", json=a_save(task, **change)).status_code in (409, 422)
    assert client.get("/api/tasks/1/history").json() == {"revisions": []}


def test_the_largest_save_is_taken_and_a_larger_one_refused_whole(client):
    proposed(client, 1)
    task = claimed(client)["task"]
    tags = [{"phrase": f"{number}" + "é" * 900, "quality": "q" * 400, "effect": "negative"} for number in range(500)]
    saved = client.post("/api/tasks/1/revisions", json=a_save(task, edit={**task["edit"], "tags": tags}))
    assert saved.status_code == 200 and client.get("/api/tasks/1").json()["edit"]["tags"] == tags
    assert client.post("/api/tasks/1/revisions", content=b'{"key": "' + b"x" * 5 * 2**20).status_code == 413


@pytest.mark.parametrize("name", ["\0", "%00", "a\u0000b"])
def test_strange_characters_in_names_and_searches_do_no_harm(client, name):
    made = client.post("/api/projects", json={"name": f"x{name}"})
    assert made.status_code == 200
    assert client.get("/api/tasks", params={"search": name}).json()["tasks"] == []
    assert client.post("/api/queue/renew", json={"task": 1, "token": name}).status_code in (409, 422)


def test_a_database_server_that_is_not_there_is_told_at_the_start(tmp_path):
    url = f"postgresql://me:secret@127.0.0.1:{free_port()}/x"
    command = [sys.executable, "app.py", "--port", str(free_port()), "--data-dir", str(tmp_path)]
    told = subprocess.run(command, cwd=ROOT, env={"GIQA_DATABASE_URL": url, "PATH": ""}, capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stderr.splitlines()[-1].split(".")[0]) == (1, "StoreUnavailable: The database server does not answer")
    assert "secret" not in told.stderr
