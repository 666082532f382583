"""The build routes over real HTTP: what may be asked for, builds as real processes, their records, and what a studio that others reach refuses."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from core.settings import parse_settings
from studio.app import build_api
from studio.builds.plan import BuildPlan, command, shown_command
from studio.builds.sources import in_folder, synthetic
from studio.services import Services, build_services
from tests.studio.test_annotation_api import ended, no_longer, png


@pytest.fixture
def services(tmp_path) -> Services:
    return build_services(parse_settings(["--data-dir", str(tmp_path / "data")], {}))


def client_of(services: Services) -> TestClient:
    return TestClient(build_api(services), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


@pytest.fixture
def client(services) -> TestClient:
    return client_of(services)


@pytest.fixture
def public(tmp_path) -> TestClient:
    settings = parse_settings(["--data-dir", str(tmp_path / "data")], {})
    return client_of(build_services(replace(settings, host="0.0.0.0")))


@pytest.fixture
def photographs(tmp_path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for seed in range(3):
        (folder / f"roof{seed}.png").write_bytes(png(seed))
    (folder / "rows.csv").write_text("image,text\n" + "".join(f'roof{seed}.png,"The background is blurry."\n' for seed in range(4)))
    return folder


def zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    return buffer.getvalue()


def by_path(place: Path, **more: object) -> dict:
    return {"source": {"kind": "path", "place": str(place)}, "title": "Roofs", **more}


def settled(client: TestClient, started) -> dict:
    assert started.status_code == 200, started.text
    return no_longer(client, "running", f"/api/builds/{started.json()['name']}")


def test_a_table_is_checked_built_looked_through_and_taken_away(client, photographs):
    check = ended(client, client.post("/api/builds/check", json={"source": {"kind": "path", "place": str(photographs / "rows.csv")}}))
    assert (check["result"]["rows"], check["result"]["fatal"]) == (4, 1) and "roof3.png" in check["result"]["faults"][0]
    build = settled(client, client.post("/api/builds", json=by_path(photographs / "rows.csv")))
    assert (build["state"], build["progress"]["done"], build["progress"]["dropped"]) == ("done", 4, 1), build
    address = f"/api/builds/{build['name']}"
    rows = client.get(f"{address}/records", params={"search": "roof1"}).json()["rows"]
    assert [(row["kind"], row["name"], row["text"]) for row in rows] == [("record", "roof1.png", "The background is blurry.")]
    assert [row["stage"] for row in client.get(f"{address}/records", params={"state": "dropped"}).json()["rows"]] == ["source"]
    for picture in (rows[0]["image"]["url"], f"{rows[0]['image']['url']}/thumbnail", f"{rows[0]['image']['url']}/crop?box=0,0,0.5,0.5"):
        assert client.get(picture).headers["content-type"].startswith("image/")
    way = client.get(f"{address}/records/{rows[0]['id']}/way").json()
    assert [step["stage"] for step in way["steps"]] == ["open", "tags", "detect", "filter", "merge", "fuse", "questions"]
    assert way["steps"][1]["tags"] == [{"phrase": "background", "quality": "blurry", "effect": "negative"}]
    assert client.get(f"{address}/statistics").json()["values"]["records"] == 3
    assert client.get(f"{address}/statistics.png").content.startswith(b"\x89PNG")
    task = client.post(f"{address}/records/{rows[0]['id']}/task").json()["task"]
    assert task == client.post(f"{address}/records/{rows[0]['id']}/task").json()["task"]
    assert client.get(f"/api/tasks/{task}").json()["edit"]["description"]["text"] == "The background is blurry."
    result = ended(client, client.post(f"{address}/import"))["result"]
    assert (result["added"], result["already"]) == (2, 1)
    packed = ended(client, client.post(f"{address}/export", json={"format": "giqa"}))["result"]
    names = zipfile.ZipFile(io.BytesIO(client.get(packed["url"]).content)).namelist()
    assert "manifest.json" in names and not any(name.startswith("stages") for name in names)


def test_pages_of_records_join_without_gap_or_double(client, photographs):
    build = settled(client, client.post("/api/builds", json=by_path(photographs)))
    after, seen = "", list[str]()
    for _ in range(3):
        page = client.get(f"/api/builds/{build['name']}/records", params={"after": after, "limit": 1}).json()
        seen += [row["name"] for row in page["rows"]]
        after = page["after"]
    assert sorted(seen) == ["roof0.png", "roof1.png", "roof2.png"] and after == ""


def test_an_upload_is_built_where_paths_are_not_taken_and_no_folder_of_the_server_is_told(public, photographs, tmp_path):
    token = public.post("/api/builds/uploads", params={"name": "roofs.zip"}, content=zipped(photographs)).json()["upload"]
    wanted = {"source": {"kind": "upload", "place": token}, "title": "Roofs", "limit": 10}
    check = ended(public, public.post("/api/builds/check", json={"source": wanted["source"]}))
    build = settled(public, public.post("/api/builds", json=wanted))
    assert build["state"] == "done", build
    told = [check, build, public.get(f"/api/builds/{build['name']}/records").json(), public.get("/api/builds").json()]
    assert str(tmp_path) not in str(told)
    assert public.post("/api/builds", json=wanted).json()["error"].startswith("What was uploaded is no longer on the server")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({}, "upload a .zip or a table in place of a path", id="a path"),
        pytest.param({"limit": 0}, "builds 1 to 500 rows, all were asked for", id="all rows"),
        pytest.param({"limit": 501}, "builds 1 to 500 rows, 501 were asked for", id="too many rows"),
        pytest.param({"workers": 2}, "a studio that others reach gives one", id="workers"),
        pytest.param({"detector": "grounding-dino:any"}, "is not on offer here: choose among embedded", id="a model that is not allowed"),
    ],
)
def test_a_studio_that_others_reach_refuses(public, photographs, changed, said):
    answer = public.post("/api/builds", json=by_path(photographs, **{"limit": 10, **changed}))
    assert answer.status_code == 422 and said in answer.json()["error"]
    assert public.get("/api/builds").json() == {"builds": []}


def test_a_source_that_is_not_there_fails_with_its_message_and_can_be_deleted(client, tmp_path):
    build = settled(client, client.post("/api/builds", json=by_path(tmp_path / "nowhere")))
    assert build["state"] == "failed" and build["message"].startswith("There is no source")
    assert client.delete(f"/api/builds/{build['name']}").json() == {"deleted": True}
    assert "deleted" in client.get(f"/api/builds/{build['name']}").json()["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/builds"), ("POST", "/api/builds/check"), ("POST", "/api/builds/command"), ("POST", "/api/builds/uploads"), ("POST", "/api/builds/x/stop"),
        ("POST", "/api/builds/x/resume"), ("DELETE", "/api/builds/x"), ("POST", "/api/builds/x/import"), ("POST", "/api/builds/x/export"), ("POST", "/api/builds/x/records/abcd/task"),
    ],
)  # fmt: skip
def test_a_write_from_another_sites_page_is_refused(client, method, path):
    assert client.request(method, path, json={}, headers={"Origin": "https://elsewhere.example"}).status_code == 403


@pytest.mark.parametrize("name", ["..", "%2e%2e", "A", "a/../b", ".uploads", "x" * 80])
def test_a_name_that_no_build_has_leads_nowhere(client, name):
    assert client.get(f"/api/builds/{name}").status_code in (404, 422) or client.get(f"/api/builds/{name}").headers["content-type"].startswith("text/html")


def test_the_command_line_names_what_differs_from_the_papers_defaults_and_takes_no_value_for_a_flag():
    plan = BuildPlan("x", "--out=/etc", filter="all", seed=3)
    assert shown_command(plan, "my folder") == "python -m core.builder run --source=--out=/etc --filter=all --seed=3 '--out=my folder' --shard-size=10"
    assert "--source=--out=/etc" in command(plan, Path("out"))


def test_a_zip_of_one_folder_with_a_table_is_that_table(photographs):
    assert in_folder(photographs).source == str(photographs / "rows.csv")
    (photographs / "more.csv").write_text("image\n")
    with pytest.raises(ValueError, match=r"2 tables \(more.csv, rows.csv\): pack one"):
        in_folder(photographs)


def test_synthetic_faults_need_a_folder(photographs):
    for path in photographs.glob("*.csv"):
        path.unlink()
    assert synthetic(in_folder(photographs), 5).source == f"synthetic:{photographs}?count=5"
