"""The review routes over real HTTP: from three versions to an adjudicated export, who may do what, and what is refused."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image as PillowImage

from core.export.giqa import read_folder
from core.settings import parse_settings
from studio.app import build_api
from studio.services import build_services
from tests.studio.team import as_person, taking_its_word, three_tasks
from tests.studio.test_annotation_api import exported as made_export
from tests.studio.test_annotation_api import no_longer

REV, ADM = as_person("rev", "reviewer"), as_person("adm", "admin")
MOVED = [0.3, 0.3, 0.9, 0.9]


@pytest.fixture
def services(tmp_path):
    return build_services(parse_settings(["--data-dir", str(tmp_path / "data")], {}))


@pytest.fixture
def client(services):
    return TestClient(taking_its_word(build_api(services)), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


@pytest.fixture
def project(services):
    buffer = io.BytesIO()
    PillowImage.fromarray(np.full((40, 60, 3), 90, np.uint8)).save(buffer, "PNG")
    return three_tasks(services.store.open(), services.images, buffer.getvalue())


def opened(client, who) -> dict:
    task = client.post("/api/queue/claim", json={}, headers=who).json()["task"]
    assert task is not None
    return task


def image_of(task):
    return {"sha256": task["image"]["id"], "width": task["image"]["width"], "height": task["image"]["height"]}


def submitted(client, name: str, box=None, text="The sky 🗼 is noisy.") -> tuple[int, int]:
    """Takes the next task from the queue and submits it; the task and the revision."""
    task = opened(client, as_person(name))
    edit = task["edit"] | {"description": task["edit"]["description"] | {"text": text}}
    edit = edit if box is None else edit | {"regions": [{"id": "r1", "box": box}]}
    save = {"parent": task["revision"], "key": f"{name}-{task['id']:04}", "image": image_of(task), "edit": edit, "status": "submitted", "reason": ""}
    answer = client.post(f"/api/tasks/{task['id']}/revisions", json=save, headers=as_person(name))
    assert answer.status_code == 200, answer.text
    return task["id"], answer.json()["revision"]


@pytest.fixture
def three(client, project):
    """The first task's three versions, cem's with another box; its number and their revisions."""
    found = [submitted(client, name, MOVED if name == "cem" else None) for name in ("ann", "ben", "cem")]
    assert len({task for task, _ in found}) == 1
    return found[0][0], [revision for _, revision in found]


def versions(client, task):
    answer = client.get(f"/api/tasks/{task}/versions", headers=REV)
    assert answer.status_code == 200, answer.text
    return answer.json()


def a_decision(found, **changed):
    made_from = [one["revision"] for one in found["versions"]]
    return {"edit": found["versions"][0]["edit"], "image": image_of(found["task"]), "made_from": made_from, "target": "benchmark", "key": "decide-0001", "replaces": None, **changed}


def test_from_three_versions_to_an_adjudicated_export(client, three, tmp_path):
    task, revisions = three
    rows = client.get("/api/review/queue", headers=REV).json()["rows"]
    assert [(row["user"], row["state"], row["revision"]) for row in rows] == [(name, "waiting", number) for name, number in zip(("ann", "ben", "cem"), revisions, strict=True)]
    (row,) = client.get("/api/review/decisions", headers=REV).json()["rows"]
    assert (row["task"], row["versions"], row["wanted"], row["target"]) == (task, 3, 3, None)

    found = versions(client, task)
    assert [one["user"] for one in found["versions"]] == ["ann", "ben", "cem"] and found["task"]["guideline"] == "Look closely."
    assert [(group["kept"], group["members"]) for group in found["groups"]] == [(True, {str(revisions[0]): "r1", str(revisions[1]): "r1"}), (False, {str(revisions[2]): "r1"})]
    assert 0 < found["agreement"] < 1 and found["decided"] is None

    rejected = {"revision": revisions[2], "verdict": "reject", "reason": "The box is not at the sky."}
    assert client.post(f"/api/tasks/{task}/reviews", json=rejected, headers=REV).json()["verdict"] == "reject"
    (mine,) = client.get("/api/review/mine", headers=as_person("cem")).json()["rows"]
    assert (mine["state"], mine["reason"], mine["agreement"]) == ("reject", "The box is not at the sky.", None)

    made = client.get(f"/api/tasks/{task}/consensus", headers=REV).json()
    assert made["made_from"] == revisions and made["votes"] == {"r1": 2} and made["edit"]["regions"] == [{"id": "r1", "box": [0.1, 0.1, 0.5, 0.5]}]
    decided = client.post(f"/api/tasks/{task}/adjudication", json=a_decision(found, edit=made["edit"]), headers=REV)
    assert decided.status_code == 200 and decided.json()["target"] == "benchmark"
    assert versions(client, task)["decided"]["edit"] == made["edit"]
    assert client.get("/api/review/decisions", headers=REV).json()["rows"] == []

    exported = made_export(client, {"select": "adjudicated"}, headers=ADM)
    assert exported["counts"]["records"] == 1
    with zipfile.ZipFile(io.BytesIO(client.get(exported["url"], headers=ADM).content)) as packed:
        packed.extractall(tmp_path / "out")
    (record,) = read_folder(tmp_path / "out")[1].records()
    assert (record.correction.user, record.correction.status, record.correction.revision) == ("rev", "submitted", str(decided.json()["revision"]))
    assert [event["what"] for event in client.get("/api/audit?user=rev", headers=ADM).json()["events"]] == ["adjudicated", "reviewed"]


def test_a_fix_keeps_the_annotators_version_beside_it(client, three):
    task, revisions = three
    edit = versions(client, task)["versions"][2]["edit"] | {"regions": [{"id": "r1", "box": [0.1, 0.1, 0.5, 0.5]}]}
    sent = {"revision": revisions[2], "verdict": "fix", "reason": "", "edit": edit, "key": "fix-000001", "image": image_of(versions(client, task)["task"])}
    fixed = client.post(f"/api/tasks/{task}/reviews", json=sent, headers=REV).json()
    assert client.post(f"/api/tasks/{task}/reviews", json=sent, headers=REV).json() == fixed
    found = versions(client, task)["versions"][2]
    assert found["edit"]["regions"][0]["box"] == MOVED and found["review"]["fixed_by"] == fixed["fixed_by"]
    assert client.get(f"/api/tasks/{task}/revisions/{fixed['fixed_by']}", headers=REV).json()["edit"] == edit


@pytest.mark.parametrize(
    ("method", "path", "who"),
    [
        ("get", "/api/review/queue", "annotator"), ("get", "/api/review/decisions", "annotator"), ("get", "/api/tasks/1/versions", "annotator"),
        ("get", "/api/tasks/1/consensus", "annotator"), ("post", "/api/tasks/1/reviews", "annotator"), ("post", "/api/tasks/1/adjudication", "annotator"),
        ("post", "/api/projects/1/finalise", "annotator"), ("get", "/api/projects/1/finalise?least=0.5", "annotator"), ("get", "/api/audit", "annotator"), ("get", "/api/audit", "reviewer"),
    ],
)  # fmt: skip
def test_what_is_for_others_is_refused(client, three, method, path, who):
    answer = client.request(method, path, json={} if method == "post" else None, headers=as_person("eve", who))
    assert answer.status_code == 403 and "Ask an admin for the role." in answer.json()["error"]


@pytest.mark.parametrize("path", ["/api/tasks/1/reviews", "/api/tasks/1/comments", "/api/tasks/1/adjudication", "/api/comments/1/resolve", "/api/projects/1/finalise"])
def test_another_sites_page_cannot_write(client, three, path):
    refused = client.post(path, json={}, headers={**ADM, "Origin": "http://evil.example"})
    assert refused.status_code == 403 and "another site's page" in refused.json()["error"]


@pytest.mark.parametrize(
    ("who", "change", "status", "message"),
    [
        pytest.param(REV, {"verdict": "perhaps"}, 422, "one of accept, fix, reject", id="verdict"),
        pytest.param(REV, {"verdict": "reject"}, 422, "A reason is a text of 1 to 2,000", id="no reason"),
        pytest.param(REV, {"reason": "a\0b"}, 422, "NUL", id="a character that PostgreSQL refuses"),
        pytest.param(REV, {"reason": 3}, 422, "A reason is a text", id="reason"),
        pytest.param(REV, {"revision": "x"}, 422, "named by number", id="revision"),
        pytest.param(REV, {"revision": 99}, 404, "no revision 99", id="no revision"),
        pytest.param(as_person("ann", "reviewer"), {}, 403, "Nobody reviews their own work", id="one's own"),
        pytest.param(REV, {"verdict": "fix", "key": "fix-000001"}, 422, "another image", id="a fix without an image"),
    ],
)
def test_a_review_that_cannot_be_is_refused_in_a_sentence(client, three, who, change, status, message):
    task, revisions = three
    answer = client.post(f"/api/tasks/{task}/reviews", json={"revision": revisions[0], "verdict": "accept", "reason": "", **change}, headers=who)
    assert (answer.status_code, message in answer.json()["error"]) == (status, True), answer.text


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        pytest.param({"target": "moon"}, 422, "one of benchmark, training", id="target"),
        pytest.param({"made_from": [True]}, 422, "by number", id="made of odd things"),
        pytest.param({"made_from": [77]}, 422, "newest versions", id="made of others"),
        pytest.param({"key": "x"}, 422, "8 to 200 characters", id="key"),
        pytest.param({"replaces": 5}, 409, "Somebody else decided", id="a decision that is not there"),
        pytest.param({"edit": None}, 422, "An edit is a JSON object", id="no edit"),
        pytest.param({"image": {"sha256": "a" * 64, "width": 1, "height": 1}}, 422, "another image", id="another image"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_in_a_sentence(client, three, change, status, message):
    task, _ = three
    answer = client.post(f"/api/tasks/{task}/adjudication", json=a_decision(versions(client, task), **change), headers=REV)
    assert (answer.status_code, message in answer.json()["error"]) == (status, True), answer.text


def test_bodies_that_are_no_review_are_refused(client, three):
    for data, status in ((b"{", 422), (b"[]", 422), (b"x" * (5 * 2**20 + 1), 413)):
        assert client.post("/api/tasks/1/reviews", content=data, headers=REV).status_code == status


def test_comments_are_pinned_answered_and_seen_by_whom_they_concern(client, three):
    task, revisions = three
    pinned = {"text": "<b>Too</b> large 🗼", "anchor": {"kind": "point", "x": 0.5, "y": 0.25}, "revision": revisions[2]}
    first = client.post(f"/api/tasks/{task}/comments", json=pinned, headers=REV).json()
    assert (first["text"], first["anchor"], first["user"]) == (pinned["text"], pinned["anchor"], "rev")
    answer = client.post(f"/api/tasks/{task}/comments", json={"text": "Mended.", "thread": first["id"]}, headers=as_person("cem"))
    assert answer.json()["anchor"] == pinned["anchor"]
    assert client.post(f"/api/comments/{first['id']}/resolve", json={}, headers=as_person("cem")).json()["resolved"]

    def seen(who):
        return [one["id"] for one in client.get(f"/api/tasks/{task}/comments", headers=who).json()["comments"]]

    assert seen(REV) == seen(as_person("cem")) == [1, 2] and seen(as_person("ann")) == []
    assert client.get(f"/api/tasks/{task}/comments", headers=as_person("eve")).status_code == 403, "a task that the queue never gave her"
    refused = client.post(f"/api/tasks/{task}/comments", json={"text": "x", "anchor": {"kind": "moon"}}, headers=REV)
    assert refused.status_code == 422 and "pinned to one of" in refused.json()["error"]


def test_an_annotator_sees_own_figures_and_nothing_of_gold_flags_or_others(client, three, project):
    number, _ = project
    mine = client.get(f"/api/projects/{number}/dashboard", headers=as_person("ann")).json()
    assert [one["user"] for one in mine["workers"]] == ["ann"] and mine["progress"]["tasks"] == 3
    own = client.get(f"/api/projects/{number}/agreement", headers=as_person("ann")).json()
    assert list(own["people"]) == ["ann"] and "gold" not in own and "flags" not in own
    everything = client.get(f"/api/projects/{number}/agreement", headers=REV).json()
    assert set(everything["people"]) == {"ann", "ben", "cem"} and everything["flags"] == {} and everything["parts"]["boxes"]["value"] == pytest.approx(1 / 3)
    assert len(client.get(f"/api/projects/{number}/dashboard", headers=REV).json()["workers"]) == 3
    assert client.get("/api/projects/99/agreement", headers=REV).status_code == 422


def test_anchoring_is_for_reviewers(client, three, project):
    number, _ = project
    found = client.get(f"/api/projects/{number}/anchoring", headers=REV).json()
    assert found["shown"]["cases"] == 3 and found["drawn_first"] is None and found["pull"] is None
    assert client.get(f"/api/projects/{number}/anchoring", headers=as_person("ann")).status_code == 403


def test_what_agrees_is_finalised_at_one_press(client, project):
    number, _ = project
    for box in (None, None, MOVED):
        for name in ("ann", "ben", "cem"):
            submitted(client, name, box if name == "cem" else None)
    ready = client.get(f"/api/projects/{number}/finalise?least=0.9", headers=REV).json()["tasks"]
    assert ready >= 2
    job = client.post(f"/api/projects/{number}/finalise", json={"least": 0.9, "target": "training"}, headers=REV).json()["job"]
    told = no_longer(client, "running", f"/api/jobs/{job}", headers=REV)
    assert (told["state"], told["result"]["finalised"]) == ("done", 2)
    assert client.get(f"/api/projects/{number}/dashboard", headers=REV).json()["progress"]["training"] == 2
    assert len(client.get("/api/review/decisions?decided=true", headers=REV).json()["rows"]) == 2


def test_lists_come_in_pages(client, three):
    first = client.get("/api/review/queue?limit=2", headers=REV).json()
    assert [row["user"] for row in first["rows"]] == ["ann", "ben"]
    rest = client.get(f"/api/review/queue?limit=2&after={first['next']}", headers=REV).json()
    assert ([row["user"] for row in rest["rows"]], rest["next"]) == (["cem"], None)
    for after in ("moon", "nan:1", "0.5:-1", f"0.5:{10**30}", "inf:3"):
        assert client.get(f"/api/review/decisions?after={after}", headers=REV).status_code == 422
    assert client.get("/api/review/queue?search=%00&user=%00", headers=REV).json()["rows"] == []
    page = client.get("/api/audit?limit=1", headers=ADM).json()
    assert client.get(f"/api/audit?before={page['next']}", headers=ADM).json()["events"][0]["id"] < page["events"][0]["id"]


def test_of_two_who_decide_at_once_the_second_is_told(client, three):
    task, _ = three
    found = versions(client, task)
    assert client.post(f"/api/tasks/{task}/adjudication", json=a_decision(found), headers=REV).status_code == 200
    late = client.post(f"/api/tasks/{task}/adjudication", json=a_decision(found, key="decide-0002"), headers=ADM)
    assert late.status_code == 409 and "Look at their version" in late.json()["error"]


