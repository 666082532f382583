"""The Compare tab's routes over real HTTP: a pair, a question, where it differs, a vote that is kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from fastapi.testclient import TestClient

from core.distortions import TAXONOMY
from core.images import encode_png, open_image
from core.settings import parse_settings
from core.store.values import TaskFilter
from studio.app import build_api
from studio.services import Services, build_services
from studio.votes import PROJECT
from tests.conftest import shipped
from tests.studio.test_annotation_api import ended

SCRIPT = {
    "default": "The [cup](<21, 99>) of Image B is noisy.",
    "rules": [{"when": "better technical quality", "reply": "Both.", "probabilities": {"A": 1}}, {"when": "Compare the", "reply": "In Image B the [cup](<21, 99>) is noisy. Better: A"}],
}


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Services:
    folder = tmp_path_factory.mktemp("compare")
    (folder / "model.json").write_text(json.dumps(SCRIPT))
    return build_services(parse_settings(["--data-dir", str(folder / "data"), "--backend", "embedded", f"scripted:{folder}/model.json"], {}))


@pytest.fixture(scope="module")
def client(services) -> TestClient:
    return TestClient(build_api(services), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def pair(client) -> dict[str, str]:
    clean = open_image(shipped("coffee.png"))
    files = {"reference": shipped("coffee.png").read_bytes()}
    for side, severity in (("a", 1), ("b", 4)):
        files[side] = encode_png(TAXONOMY["gaussian_noise_rgb"].apply(clean.pixels, severity, np.random.default_rng(0)))
    return {side: client.post("/api/images", content=data, headers={"X-Filename": f"{side}.png"}).json()["id"] for side, data in files.items()}


def compared(client: TestClient, body: dict) -> dict:
    job = ended(client, client.post("/api/comparisons", json=body))
    assert job["state"] == "done", job
    return job["result"]


def test_a_pair_is_compared_with_reasons_in_the_right_image(client, pair):
    found = compared(client, pair)
    assert (found["preference"], found["swap_consistent"], found["reference_scene"], found["model"]) == ("a", True, "same", "embedded")
    assert "noise" in found["distortions"]["b"]
    known = {one["id"]: side for side, regions in found["text"]["regions"].items() for one in regions}
    phrases = found["text"]["block"]["phrases"]
    assert phrases and {known[name] for phrase in phrases for name in phrase["regions"]} == {"a", "b"}
    text = found["text"]["block"]["text"]
    assert all(0 <= phrase["start"] < phrase["end"] <= len(text) for phrase in phrases)


def test_the_same_pair_swapped_gets_the_opposite_verdict(client, pair):
    one, other = compared(client, pair), compared(client, {**pair, "a": pair["b"], "b": pair["a"]})
    assert (one["preference"], other["preference"]) == ("a", "b") and one["confidence"] == other["confidence"]


def test_a_prompted_model_that_favours_the_first_gets_a_tie(client, pair):
    model = next(name for name in client.get("/api/scores/offer").json()["models"] if name.startswith("scripted:"))
    found = compared(client, {**pair, "model": model})
    assert (found["preference"], found["swap_consistent"]) == ("tie", False) and found["text"]["regions"]["b"][0]["label"] == "cup"
    assert "The reasons speak for Image A, the verdict of both orders is a tie." in found["notes"]
    told = ended(client, client.post("/api/comparisons/ask", json={**pair, "model": model, "question": "What is noisy?"}))["result"]
    assert told["text"]["block"]["text"] == "The cup of Image B is noisy."


def test_a_question_is_put_to_both_images(client, pair):
    told = ended(client, client.post("/api/comparisons/ask", json={**pair, "question": "Is there noise?"}))["result"]["text"]["block"]["text"]
    assert told.startswith("Image A: ") and " Image B: Yes" in told


def test_the_difference_maps_are_larger_where_more_was_done(client, pair):
    maps = client.post("/api/comparisons/difference", json=pair).json()
    assert np.mean(maps["b"]) > np.mean(maps["a"]) > 0 and np.shape(maps["a"]) == (20, 20)
    astronaut = client.post("/api/images", content=shipped("astronaut.png").read_bytes()).json()["id"]
    assert client.post("/api/comparisons/difference", json={"a": pair["a"], "b": astronaut}).json() == {"a": None, "b": None}


def test_a_vote_is_a_submitted_revision_of_a_comparison_task_and_can_be_changed(client, services, pair):
    first, second = (client.post("/api/comparisons/votes", json={**pair, "preference": preference}).json() for preference in ("a", "tie"))
    assert first["task"] == second["task"] and first["revision"] != second["revision"]
    store = services.store.open()
    task = store.task(first["task"], "local")
    assert task.kind == "comparison" and task.head.edit.judgement.preference == "tie" and task.head.status == "submitted"
    assert [(one.role, one.image.sha256) for one in task.proposal.beside] == [("b", pair["b"]), ("reference", pair["reference"])]
    (project,) = [one for one in store.projects() if one.name == PROJECT]
    client.post("/api/comparisons/votes", json={"a": pair["a"], "b": pair["reference"], "preference": "b"})
    assert store.counts(TaskFilter("local", project.id)).all == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"a": "", "b": "x"}, "Image A is missing: choose a photograph for it."), ({}, "Image A and image B are missing: choose a photograph for it."), ({"a": "x"}, "Image B is missing: choose a photograph for it."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["", "/difference"])
def test_a_missing_image_is_named(path, body, said, client):
    answer = client.post(f"/api/comparisons{path}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (422, said)


def test_nothing_is_asked_and_no_other_word_is_a_vote(client, pair):
    assert "The question is empty" in client.post("/api/comparisons/ask", json={**pair, "question": "  "}).json()["error"]
    assert client.post("/api/comparisons/votes", json={**pair, "preference": "both"}).status_code == 422
    gone = client.post("/api/comparisons/votes", json={"a": "0" * 64, "b": pair["b"], "preference": "a"})
    assert gone.status_code == 422 and gone.json()["error"]


def test_another_sites_page_may_not_ask_or_vote(client, pair):
    for path in ("", "/ask", "/difference", "/votes"):
        body = {**pair, "question": "x", "preference": "a"}
        assert client.post(f"/api/comparisons{path}", json=body, headers={"Origin": "http://evil.example"}).status_code == 403
