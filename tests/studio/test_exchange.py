"""Other programs' files over real HTTP: what comes in becomes tasks and versions, what goes out comes back, and what cannot is told."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from bench.items import read_bench
from core.export.conversion import SOURCES, Form
from core.export.recognition import open_rows
from core.settings import parse_settings
from core.store.values import Selection
from studio.app import build_api
from studio.services import Services, build_services
from tests.core.export.any_records import PICTURES, a_record, exported
from tests.studio.test_annotation_api import a_save, ended, proposed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def services(tmp_path) -> Services:
    return build_services(parse_settings(["--data-dir", str(tmp_path / "data")], {}))


@pytest.fixture
def client(services) -> TestClient:
    return TestClient(build_api(services), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


@pytest.fixture
def task(client) -> dict:
    proposed(client)
    return client.get("/api/tasks/1").json()


def zipped(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def unpacked(client, url: str, folder):
    with zipfile.ZipFile(io.BytesIO(client.get(url).content)) as archive:
        archive.extractall(folder)
    return folder


def test_every_form_and_selection_that_there_is_is_offered(client):
    assert client.get("/api/exports/options").json() == {"formats": list(get_args(Form)), "selections": list(get_args(Selection))}
    for words in (ROOT / "assets" / "js" / "i18n").glob("*/annotate_dialogs.js"):
        told = words.read_text(encoding="utf-8")
        assert [one for one in (*get_args(Form), *get_args(Selection)) if f'"export.{one}":' not in told] == [], words


def test_what_was_decided_for_the_benchmark_is_a_benchmark(client, services, tmp_path, task):
    client.post("/api/tasks/1/revisions", json=a_save(task, status="submitted"))
    store = services.store.open()
    decided = store.reviews.adjudicate(1, store.task(1, "local").head.edit, "judge", made_from=[1], target="benchmark", key="decided-1")
    made = client.post("/api/exports", json={"format": "bench", "select": "benchmark"}).json()
    assert made["counts"]["records"] == 1 and made["notes"] == [] and decided.target == "benchmark"
    bench = read_bench(unpacked(client, made["url"], tmp_path / "bench"))
    assert [(item.kind, item.reference.text, len(item.reference.boxes)) for item in bench.items] == [("description", "Too noisy.", 1)]
    refused = client.post("/api/exports", json={"format": "bench", "select": "training"})
    assert refused.status_code == 422 and 'the selection "training" holds no record' in refused.json()["error"]


@pytest.mark.parametrize("form", get_args(Form))
def test_every_form_goes_out_under_the_name_of_its_content(client, tmp_path, task, form):
    client.post("/api/tasks/1/revisions", json=a_save(task, status="submitted"))
    made = client.post("/api/exports", json={"format": form, "project": 1, "select": "submitted"}).json()
    again = client.post("/api/exports", json={"format": form, "project": 1, "select": "submitted"}).json()
    assert made["name"] == again["name"] and made["name"].startswith(f"{form}-") and made["counts"]["records"] == 1
    told = json.loads((unpacked(client, made["url"], tmp_path / "out") / SOURCES).read_text())
    assert (told["format"], told["select"], told["project"], told["counts"]["records"], told["people"], told["revisions"]) == (form, "submitted", "Roofs", 1, {"local": 1}, ["1"])


@pytest.mark.parametrize("form", ["giqa", "coco", "yolo", "label-studio"])
def test_what_goes_out_comes_into_another_studio_as_it_was(client, tmp_path, task, form):
    client.post("/api/tasks/1/revisions", json=a_save(task, status="submitted"))
    made = client.post("/api/exports", json={"format": form}).json()
    other = TestClient(build_api(build_services(parse_settings(["--data-dir", str(tmp_path / "other")], {}))), base_url="http://127.0.0.1:7860")
    job = ended(other, other.post("/api/imports?project=Back&name=x.zip", content=client.get(made["url"]).content))
    assert job["result"] == {"project": 1, "added": 2, "already": 0, "problems": []}
    assert other.get("/api/tasks/1").json()["edit"]["description"]["text"] == "Too noisy."
    assert other.get("/api/tasks/1").json()["edit"]["regions"] == [{"id": "d1", "box": [0.1, 0.1, 0.5, 0.5]}]
    assert other.get("/api/tasks/2").json()["edit"] == client.get("/api/tasks/2").json()["edit"]


COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 60, "height": 40}, {"id": 2, "file_name": "http://example.org/b.jpg"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [6, 4, 30, 20]}, {"id": 2, "image_id": 1, "category_id": 1, "bbox": [0, 0, 0, 0]}],
    "categories": [{"id": 1, "name": "car"}],
}


def test_a_coco_zip_of_anyones_becomes_tasks_with_boxes(client):
    files = {"annotations/instances.json": json.dumps(COCO), "images/a.jpg": PICTURES[0]}
    job = ended(client, client.post("/api/imports?name=x.zip&project=Cars", content=zipped(files)))
    assert job["result"]["added"] == 1 and job["result"]["problems"] == [
        "instances.json, annotations 2: it cannot be used: its box has no area: [0, 0, 0, 0].",
        "instances.json, images 2: its image is not there: http://example.org/b.jpg is an address (http): nothing is fetched. Put the image beside the file and name it there.",
    ]
    edit = client.get("/api/tasks/1").json()["edit"]
    assert edit["description"] == {"text": "car.", "phrases": [{"start": 0, "end": 3, "regions": ["r1"]}]}
    again = ended(client, client.post("/api/imports?name=x.zip&project=Cars", content=zipped(files)))
    assert (again["result"]["added"], again["result"]["already"]) == (0, 1)


def test_a_yolo_zip_of_anyones_becomes_tasks_with_boxes(client):
    files = {"data.yaml": "names: [car]", "train/images/a.jpg": PICTURES[0], "train/labels/a.txt": "0 0.5 0.5 0.5 0.5\nnonsense\n"}
    job = ended(client, client.post("/api/imports?name=x.zip", content=zipped(files)))
    assert job["result"]["added"] == 1 and len(job["result"]["problems"]) == 1
    assert client.get("/api/tasks/1").json()["edit"]["regions"] == [{"id": "r1", "box": [0.25, 0.25, 0.75, 0.75]}]


def a_project() -> list[dict]:
    def annotation(number: int, by: str, x: float, **more: object) -> dict:
        value = {"x": x, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["Car"]}
        return {"id": number, "completed_by": {"email": by}, "result": [{"id": "b", "type": "rectanglelabels", "original_width": 60, "original_height": 40, "value": value}], **more}

    annotations = [annotation(1, "ann@example.org", 10), annotation(2, "bob@example.org", 30), annotation(3, "cy@example.org", 0, was_cancelled=True), annotation(4, "ann@example.org", 50)]
    return [{"id": 7, "data": {"image": "/data/upload/1/1a2b3c4d-a.jpg"}, "annotations": annotations}]


def test_a_label_studio_project_keeps_the_work_of_each_person(client, services):
    files = {"export/project-1.json": json.dumps(a_project()), "export/images/a.jpg": PICTURES[0]}
    for added in (1, 0):  # bringing it again changes nothing
        job = ended(client, client.post("/api/imports?name=x.zip&project=Moved", content=zipped(files)))
        assert (job["result"]["added"], job["result"]["problems"]) == (added, [])
    store = services.store.open()
    heads = {user: store.task(1, user).head for user in ("ann@example.org", "bob@example.org", "cy@example.org")}
    assert {user: (head.status, head.reason, [round(one.box.x1, 6) for one in head.edit.regions]) for user, head in heads.items()} == {
        "ann@example.org": ("submitted", "", [0.5]),
        "bob@example.org": ("submitted", "", [0.3]),
        "cy@example.org": ("skipped", "cancelled in Label Studio", [0.0]),
    }
    assert [one.edit.regions[0].box.x1 for one in store.history(1, "ann@example.org")] == [0.5, 0.1]


def test_a_json_file_alone_brings_records_whose_images_are_here(client, tmp_path):
    path = exported(tmp_path / "x", "coco", [(a_record(0), PICTURES[0]), (a_record(1, 1), PICTURES[1])]) / "annotations.json"
    client.post("/api/images", content=PICTURES[0], headers={"X-Filename": "a.jpg"})
    job = ended(client, client.post("/api/imports?name=annotations.json", content=path.read_bytes()))
    assert job["result"]["added"] == 1 and job["result"]["problems"][0] == "set/1.jpg: its image is missing."


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"{}", "is neither COCO nor an export of Label Studio"), (b"\xff\xfe{", "is neither"), (b"", "is neither"), (b'{"images": [', "lists no image"), (b"[" * 300_000, "is neither")],
)
def test_a_json_file_that_is_nothing_of_that_is_told(client, data, message):
    job = ended(client, client.post("/api/imports?name=odd.json", content=data))
    assert job["state"] == "failed" and message in job["message"]


def test_a_zip_that_leaves_its_folder_brings_nothing(client, tmp_path):
    job = ended(client, client.post("/api/imports?name=x.zip", content=zipped({"../annotations.json": json.dumps(COCO)})))
    assert job["state"] == "failed" and "names a file outside itself" in job["message"]


def test_an_import_from_the_operators_folder_takes_other_programs_files_too(client, tmp_path):
    folder = exported(tmp_path / "x", "yolo", [(a_record(0), PICTURES[0])])
    assert len(list(open_rows(folder).rows())) == 1
    job = ended(client, client.post("/api/imports/folder", json={"path": str(folder), "project": "Own"}))
    assert job["result"] == {"project": 1, "added": 1, "already": 0, "problems": []}
