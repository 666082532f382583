"""The Score tab's routes over real HTTP: one photograph with its parts, many in a table, calibrations, what is refused."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from core.evaluation.calibration import Calibration, write_calibration
from core.settings import parse_settings
from studio.app import build_api
from studio.score_api import CALIBRATIONS
from studio.services import Services, build_services
from tests.conftest import shipped
from tests.studio.test_annotation_api import ended, png

NUMBERS = {"default": "5", "rules": [{"when": "words alone", "probabilities": {"Good": 1}}]}


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Services:
    folder = tmp_path_factory.mktemp("score")
    (folder / "numbers.json").write_text(json.dumps(NUMBERS))
    return build_services(parse_settings(["--data-dir", str(folder / "data"), "--backend", "embedded", f"scripted:{folder}/numbers.json"], {}))


@pytest.fixture(scope="module")
def client(services) -> TestClient:
    return TestClient(build_api(services), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def coffee(client) -> str:
    return client.post("/api/images", content=shipped("coffee.png").read_bytes(), headers={"X-Filename": "coffee.png"}).json()["id"]


def scripted(client: TestClient) -> str:
    return next(name for name in client.get("/api/scores/offer").json()["models"] if name.startswith("scripted:"))


def scored(client: TestClient, image: str, **more: object) -> dict:
    job = ended(client, client.post("/api/scores", json={"image": image, **more}))
    assert job["state"] == "done", job
    return job["result"]


def test_what_is_on_offer_is_told_with_the_standards(client):
    offer = client.get("/api/scores/offer").json()
    assert "embedded" in offer["models"] and offer["standards"]["7"][0] == [7, "Perfect"] and offer["standards"]["3"] == [[3, "Excellent"], [2, "Fair"], [1, "Poor"]]


def test_the_default_scores_the_whole_and_its_parts(client, coffee):
    found = scored(client, coffee)
    score, regions = found["score"], found["regions"]
    assert 0 <= score["low"] < score["value"] < score["high"] <= 1 and score["method"] == "embedded" and found["calibration"] == ""
    assert len(regions) > 5 and abs(sum(one["share"] for one in regions) - 1) < 0.1 and all(0 <= one["value"] <= 1 and len(one["outline"]) >= 3 for one in regions)
    assert any(one["importance"] < 0 for one in regions) and len({one["id"] for one in regions}) == len(regions)


def test_a_prompted_model_scores_the_parts_that_the_embedded_one_finds(client, coffee):
    found = scored(client, coffee, model=scripted(client), method="mixed")
    assert found["score"]["parts"]["whole"] == 5 and found["score"]["method"] == "mixed, 7 levels by number" and {one["value"] for one in found["regions"]} == {4 / 6}
    assert scored(client, coffee, model=scripted(client), method="standard", levels=5, read="words")["score"]["value"] == 0.75


def test_a_calibration_of_the_data_folder_is_used_and_named(client, services, coffee):
    folder = services.settings.data_dir / CALIBRATIONS
    folder.mkdir()
    (folder / "broken.json").write_text("{")
    write_calibration(folder / "fit.json", Calibration(scripted(client), "mixed, 7 levels by number", "roofs.csv", (0, 1), (0.0, 1.0), (0.25, 0.25), 0.125, 0.7, 50))
    found = scored(client, coffee, model=scripted(client), method="mixed")
    assert (found["score"]["value"], found["score"]["low"], found["score"]["high"], found["calibration"]) == (0.25, 0.125, 0.375, "roofs.csv")


def test_many_are_scored_in_order_and_one_that_is_gone_says_so(client, coffee):
    others = [client.post("/api/images", content=png(seed), headers={"X-Filename": f"{seed}.png"}).json()["id"] for seed in range(2)]
    images = [{"id": coffee, "name": "coffee.png"}, {"id": "0" * 64, "name": "gone.png"}, *({"id": one, "name": "small.png"} for one in others)]
    job = ended(client, client.post("/api/scores/batch", json={"images": images}))
    rows = job["result"]["rows"]
    assert [row["name"] for row in rows] == ["coffee.png", "gone.png", "small.png", "small.png"] and job["result"]["wanted"] == 4
    assert rows[0]["value"] is not None and rows[1]["value"] is None and rows[1]["problem"] and "value" in rows[2]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"image": "0" * 64}, 200, "is gone|not|no "), ({"image": "x" * 70}, 422, "cannot be read"), ({}, 422, "cannot be read"), ({"image": "0", "method": "best"}, 422, "cannot be read"),
        ({"image": "0", "levels": 4}, 422, "cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_is_refused_in_a_sentence(body, status, said, client):
    answer = client.post("/api/scores", json=body)
    assert answer.status_code == status
    if status == 200:
        job = ended(client, answer)
        assert job["state"] == "failed" and job["message"]
    else:
        assert "cannot be read" in answer.json()["error"]


def test_a_model_that_is_not_offered_is_refused(client, coffee):
    job = ended(client, client.post("/api/scores", json={"image": coffee, "model": "hf:evil/model"}))
    assert job["state"] == "failed" and "is not offered here" in job["message"]


def test_another_sites_page_may_not_ask(client, coffee):
    for path in ("/api/scores", "/api/scores/batch"):
        assert client.post(path, json={"image": coffee}, headers={"Origin": "http://evil.example"}).status_code == 403
