"""Help for annotators over HTTP: snapping, asking, proposing again, where boxes come from; and what is refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image as PillowImage

from core.boxes import Box
from core.corrections import Changes, Edit, EditedRegion
from core.settings import parse_settings
from core.store.values import Revision
from studio.app import build_api
from studio.assist_api import steps_of
from studio.services import Services, build_services
from tests.studio.test_annotation_api import a_save, ended

BOX = [0.2, 0.2, 0.7, 0.8]


def disc() -> bytes:
    """A bright disc, its box (0.3, 0.3) to (0.6, 0.7), on a dark ground."""
    y, x = np.mgrid[:150, :200]
    inside = ((x - 90) / 30) ** 2 + ((y - 75) / 30) ** 2 <= 1
    pixels = np.where(inside[..., None], (250, 240, 60), (20, 40, 90)) + np.random.default_rng(0).integers(-4, 5, (150, 200, 3))
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Services:
    return build_services(parse_settings(["--data-dir", str(tmp_path_factory.mktemp("assist"))], {}))


@pytest.fixture(scope="module")
def client(services) -> TestClient:
    return TestClient(build_api(services), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def task(client) -> dict:
    image = client.post("/api/images", content=disc(), headers={"X-Filename": "disc.png"}).json()
    ended(client, client.post("/api/proposals", json={"project": "Discs", "images": [{"id": image["id"], "name": "disc.png"}]}))
    return client.get("/api/tasks/1").json()


def test_a_box_snaps_to_what_stands_out_in_it_and_to_nothing_where_nothing_does(client, task):
    assert client.post("/api/assist/snap", json={"task": 1, "box": BOX}).json()["box"] == pytest.approx([0.3, 0.3, 0.6, 0.7], abs=0.02)
    assert client.post("/api/assist/snap", json={"task": 1, "box": [0.7, 0.75, 0.95, 0.98]}).json() == {"box": None}


def test_a_model_answers_about_a_box_in_the_background(client, task):
    job = ended(client, client.post("/api/assist/ask", json={"task": 1, "box": BOX, "question": "Is this part blurred?"}))
    assert job["state"] == "done" and job["result"]["text"].startswith("No. ") and 0.5 <= job["result"]["confidence"] <= 1


def test_a_model_proposes_again_and_nothing_is_stored(client, task):
    job = ended(client, client.post("/api/assist/propose", json={"task": 1, "model": "embedded"}))
    assert job["result"]["model"] == "embedded" and job["result"]["edit"] == task["proposed"]
    assert client.get("/api/tasks/1/history").json() == {"revisions": []}


@pytest.mark.parametrize(
    ("route", "body", "status", "error"),
    [
        pytest.param("snap", {"task": 99, "box": BOX}, 404, "There is no task 99", id="no such task"),
        pytest.param("snap", {"task": 1, "box": [0.5, 0.5, 0.4, 0.9]}, 422, "A box needs", id="inside out"),
        pytest.param("snap", {"task": 1, "box": [0.5, 0.5]}, 422, "cannot be read", id="half a box"),
        pytest.param("snap", {"task": -1, "box": BOX}, 422, "cannot be read", id="a number below nothing"),
        pytest.param("ask", {"task": 1, "box": BOX, "question": "x" * 3_000}, 422, "cannot be read", id="an endless question"),
        pytest.param("ask", {"task": 1, "box": BOX, "question": "?", "model": "hf:someone/else"}, 422, "is not offered here", id="a model that is not offered"),
        pytest.param("propose", {"task": 1, "model": "../../etc"}, 422, "is not offered here", id="a path for a model"),
    ],
)
def test_what_cannot_be_helped_is_refused(client, task, route, body, status, error):
    answer = client.post(f"/api/assist/{route}", json=body)
    assert answer.status_code == status and error in answer.json()["error"]


def test_another_sites_page_gets_no_help(client, task):
    answer = client.post("/api/assist/snap", json={"task": 1, "box": BOX}, headers={"Origin": "https://elsewhere.test"})
    assert answer.status_code == 403


def test_no_model_speaks_before_the_own_boxes_of_a_benchmark(client, task):
    project = client.post("/api/projects", json={"name": "Blind", "settings": {"kind": "benchmark", "task_kind": "objects"}}).json()
    ended(client, client.post("/api/proposals", json={"project": "Blind", "images": [{"id": task["image"]["id"], "name": "disc.png"}]}))
    blind = client.get(f"/api/tasks?project={project['id']}").json()["tasks"][0]["id"]
    for route, body in (("ask", {"box": BOX, "question": "Is it blurred?"}), ("propose", {})):
        answer = client.post(f"/api/assist/{route}", json={"task": blind, **body})
        assert answer.status_code == 422 and "without a model's opinion until your own boxes are saved" in answer.json()["error"]
    assert client.post("/api/assist/snap", json={"task": blind, "box": BOX}).status_code == 200


def test_the_crop_is_what_the_filter_is_shown(client, task):
    answer = client.get(f"/media/{task['image']['id']}/crop?box=0.2,0.2,0.7,0.8")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert PillowImage.open(io.BytesIO(answer.content)).size == (120, 108)  # a tenth of the sides more all round
    for bad in ("1,2", "a,b,c,d", "0.5,0.5,0.5,0.5", "nan,0,1,1", "0,0,2,2"):
        assert client.get(f"/media/{task['image']['id']}/crop?box={bad}").status_code == 422, bad
    assert client.get(f"/media/{'0' * 64}/crop?box=0,0,1,1").status_code in (404, 422)


def test_the_work_of_a_person_is_told_with_its_time(client, task):
    saved = client.post("/api/tasks/1/revisions", json=a_save(task, key="key-work-1", status="submitted", seconds=7.5))
    assert saved.status_code == 200, saved.text
    work = client.get("/api/work").json()
    assert (work["counts"], work["seconds"]) == ({"draft": 0, "submitted": 1, "skipped": 0}, 7.5)
    assert [(one["task"], one["status"], one["seconds"]) for one in work["tasks"]] == [(1, "submitted", 7.5)]
    assert client.get("/api/tasks/1/boxes/d1/history").json()["steps"][0]["what"] == "Added"


def test_the_steps_of_a_box_are_those_where_it_changed():
    def version(at: str, *boxes: Box) -> Revision:
        return Revision(1, 1, "u", None, Edit(tuple(EditedRegion("r1", box) for box in boxes)), "draft", "", at, Changes())

    here, there = Box(0, 0, 0.5, 0.5), Box(0, 0, 0.5, 0.6)
    proposed = Edit((EditedRegion("r1", here),))
    versions = [version("1", here), version("2", there), version("3", there), version("4"), version("5", here)]
    assert [(one["at"], one["what"]) for one in steps_of("r1", proposed, versions, "Ben")] == [("2", "Moved"), ("4", "Removed"), ("5", "Added")]
    assert steps_of("r2", proposed, versions, "Ben") == []
