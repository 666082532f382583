"""Other programs' files over real HTTP: what comes in becomes tasks and versions, what goes out comes back, and what cannot is told."""

from __future__ import annotations

import io
import json
import resource
import time
import zipfile
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from bench.items import read_bench
from core.errors import Cancelled
from core.export.conversion import SOURCES, Form
from core.export.recognition import open_rows
from core.settings import parse_settings
from core.store.values import Selection
from studio.app import build_api
from studio.exports import export_zip
from studio.jobs import Job
from studio.services import SCRATCH, Services, build_services
from studio.takeaway import TakeawayShelf
from tests.core.export.any_records import PICTURES, a_record, exported
from tests.studio.test_annotation_api import a_save, ended, proposed
from tests.studio.test_annotation_api import exported as made_export

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


def noise(side: int) -> bytes:
    """A photograph that does not pack: over three bytes a pixel."""
    return cv2.imencode(".png", np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8))[1].tobytes()


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
    made = made_export(client, {"format": "bench", "select": "benchmark"})
    assert made["counts"]["records"] == 1 and made["notes"] == [] and decided.target == "benchmark"
    bench = read_bench(unpacked(client, made["url"], tmp_path / "bench"))
    assert [(item.kind, item.reference.text, len(item.reference.boxes)) for item in bench.items] == [("description", "Too noisy.", 1)]
    refused = ended(client, client.post("/api/exports", json={"format": "bench", "select": "training"}))
    assert refused["state"] == "failed" and 'the selection "training" holds no record' in refused["message"] and refused["code"] == "exportEmpty"


@pytest.mark.parametrize("form", get_args(Form))
def test_every_form_goes_out_under_the_name_of_its_content(client, tmp_path, task, form):
    client.post("/api/tasks/1/revisions", json=a_save(task, status="submitted"))
    made = made_export(client, {"format": form, "project": 1, "select": "submitted"})
    again = made_export(client, {"format": form, "project": 1, "select": "submitted"})
    assert made["name"] == again["name"] and made["name"].startswith(f"{form}-") and made["counts"]["records"] == 1
    told = json.loads((unpacked(client, made["url"], tmp_path / "out") / SOURCES).read_text())
    assert (told["format"], told["select"], told["project"], told["counts"]["records"], told["people"], told["revisions"]) == (form, "submitted", "Roofs", 1, {"local": 1}, ["1"])


@pytest.mark.parametrize("form", ["giqa", "coco", "yolo", "label-studio"])
def test_what_goes_out_comes_into_another_studio_as_it_was(client, tmp_path, task, form):
    client.post("/api/tasks/1/revisions", json=a_save(task, status="submitted"))
    made = made_export(client, {"format": form})
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


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        pytest.param("holiday.zip", zipped({"readme.txt": "x"}), "There is no image among the 1 files of holiday.zip: images end with", id="no image"),
        pytest.param("holiday.zip", zipped({"data.yaml": "names: [", "labels/a.txt": ""}), "data.yaml cannot be read as YAML", id="damaged classes"),
        pytest.param("holiday.zip", zipped({"images/a.jpg": PICTURES[0], "labels/a.txt": ""}), "holiday has no list of classes: data.yaml with names", id="no classes"),
        pytest.param("-.zip", zipped({}), "There is no image among the 0 files of zip: images end with", id="a name of nothing"),
        pytest.param("t.json", json.dumps([{"id": 1, "data": {"image": "gone.jpg"}}]).encode(), "There is no image gone.jpg beside the file", id="no image beside"),
    ],
)
def test_an_import_that_brings_nothing_names_what_was_given_and_makes_no_project(client, services, name, data, message):
    job = ended(client, client.post(f"/api/imports?name={name}&project=Holiday", content=data))
    told = job["message"] or "".join(job["result"]["problems"])
    assert message in told and str(services.settings.data_dir) not in told
    assert client.get("/api/projects").json()["projects"] == []
    refused = ended(client, client.post(f"/api/imports?name={name}&project={'x' * 201}", content=data))
    assert (refused["state"], refused["message"]) == ("failed", "A project's name has 1 to 200 characters, got 201.")


class Stopping(Job):
    """A job that somebody stops at this step of a thousand."""

    def __init__(self, step: int) -> None:
        super().__init__("stopped")
        self._step = step

    def report(self, done: int, total: int) -> None:
        if done >= self._step:
            self.stop.set()
        super().report(done, total)


@pytest.mark.parametrize("step", [pytest.param(0, id="at once"), pytest.param(300, id="among the records"), pytest.param(700, id="while it is packed")])
def test_an_export_that_is_stopped_leaves_nothing(client, services, task, step):
    with pytest.raises(Cancelled, match="The export was stopped: nothing of it is kept"):
        export_zip(services, 1, "giqa", "latest", Stopping(step), images=True, user="ann")
    assert list((services.settings.data_dir / SCRATCH).iterdir()) == []
    assert not (services.settings.data_dir / "takeaway").exists()


def test_an_export_tells_how_far_it_is(client, services, task):
    told = list[tuple[int, int]]()

    class Telling(Job):
        def report(self, done: int, total: int) -> None:
            told.append((done, total))

    export_zip(services, 1, "giqa", "latest", Telling("told"), images=True, user="ann")
    assert told[:2] == [(0, 1_000), (300, 1_000)] and told[-1] == (1_000, 1_000) and told == sorted(told)


def test_an_export_that_the_disk_has_no_room_for_is_told_and_leaves_nothing(client, services, task):
    client.post("/api/images", content=noise(1200), headers={"X-Filename": "large.png"})
    large = client.post("/api/images", content=noise(1200), headers={"X-Filename": "large.png"}).json()
    ended(client, client.post("/api/proposals", json={"project": "Large", "images": [{"id": large["id"], "name": "large.png"}]}))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * 2**20, before[1]))
    try:
        job = ended(client, client.post("/api/exports", json={}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert job["state"] == "failed" and "cannot be written: File too large. Make room" in job["message"]
    assert list((services.settings.data_dir / SCRATCH).iterdir()) == []
    assert made_export(client, {})["counts"]["records"] == 3


def test_a_download_that_broke_off_goes_on_where_it_ended(client, task):
    made = made_export(client, {})
    whole = client.get(made["url"])
    begun, tag = whole.content[:1_000], whole.headers["ETag"]
    rest = client.get(made["url"], headers={"Range": "bytes=1000-", "If-Range": tag})
    assert (rest.status_code, rest.headers["Content-Range"]) == (206, f"bytes 1000-{made['bytes'] - 1}/{made['bytes']}")
    assert begun + rest.content == whole.content


def test_the_shelf_of_exports_does_not_fill_the_disk(tmp_path):
    shelf = TakeawayShelf(tmp_path / "shelf", keep_bytes=250)
    urls = list[str]()
    for number in range(4):
        (tmp_path / "made").write_bytes(bytes(100))
        urls.append(shelf.put_file(tmp_path / "made", f"{number}.zip"))
        time.sleep(0.01)
    kept = [number for number, url in enumerate(urls) if (tmp_path / "shelf" / url.removeprefix("/takeaway/")).is_file()]
    assert kept == [2, 3]
    (tmp_path / "made").write_bytes(bytes(1_000))
    assert shelf.file(*shelf.put_file(tmp_path / "made", "large.zip").split("/")[2:]).stat().st_size == 1_000
