"""The studio's own routes, on the real application."""

import io

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image as PillowImage

from core.settings import parse_settings
from studio.api import add_routes
from studio.services import build_services
from tests.waiting import until


@pytest.fixture
def client(tmp_path):
    app = FastAPI()
    services = build_services(parse_settings(["--data-dir", str(tmp_path), "--max-upload-mb", "1", "--max-megapixels", "2"], {}))
    add_routes(app, services)
    return TestClient(app, base_url="http://studio.test")


def test_an_uploaded_image_is_described_and_shown_upright(client):
    buffer = io.BytesIO()
    picture = PillowImage.fromarray(np.zeros((20, 40, 3), np.uint8))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(buffer, "JPEG", exif=exif)
    answer = client.post("/api/images", content=buffer.getvalue(), headers={"X-Filename": "my%20photo.jpg"})
    image = answer.json()
    assert answer.status_code == 200
    assert (image["width"], image["height"], image["name"]) == (20, 40, "my photo.jpg")
    shown = client.get(image["url"])
    assert PillowImage.open(io.BytesIO(shown.content)).size == (20, 40)
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in shown.headers["cache-control"]


def test_an_image_seen_before_is_not_sent_again(client, png):
    url = client.post("/api/images", content=png).json()["url"]
    tag = client.get(url).headers["etag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_the_thumbnail_is_small(client):
    buffer = io.BytesIO()
    PillowImage.new("RGB", (1200, 800), "teal").save(buffer, "PNG")
    url = client.post("/api/images", content=buffer.getvalue()).json()["url"]
    assert PillowImage.open(io.BytesIO(client.get(f"{url}/thumbnail").content)).size == (320, 213)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"", 422, id="nothing"),
        pytest.param(b"hello", 422, id="text"),
        pytest.param(b"<svg onload=alert(1)>", 422, id="svg"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 40, 422, id="a damaged png"),
        pytest.param(b"x" * 1_100_000, 413, id="more bytes than allowed"),
    ],
)
def test_what_is_no_image_is_refused_in_a_sentence(client, data, status):
    answer = client.post("/api/images", content=data)
    assert answer.status_code == status
    assert len(answer.json()["error"]) > 10
    assert "Traceback" not in answer.text


def test_more_pixels_than_allowed_are_refused(client):
    buffer = io.BytesIO()
    PillowImage.new("1", (3000, 3000)).save(buffer, "PNG")
    answer = client.post("/api/images", content=buffer.getvalue())
    assert answer.status_code == 413
    assert "3000" in answer.json()["error"].replace(",", "")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="a program"),
        pytest.param({"Origin": "http://studio.test"}, 200, id="the studio's own page"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="another site"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed page"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="another site without its name"),
    ],
)
def test_only_the_studios_own_page_and_programs_may_upload(client, png, headers, status):
    answer = client.post("/api/images", content=png, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize("address", ["/media/" + "0" * 64, "/media/..%2f..%2fetc%2fpasswd", "/media/x/thumbnail", "/samples/nothing", "/takeaway/aaaaaaaaaaaaaaaaaaaaaa/x.txt"])
def test_an_unknown_address_is_answered_in_a_sentence(client, address):
    answer = client.get(address)
    assert answer.status_code in (404, 422)
    assert "Traceback" not in answer.text


def test_every_sample_has_a_picture_and_can_be_opened(tmp_path):
    services = build_services(parse_settings(["--data-dir", str(tmp_path)], {}))
    samples = services.samples.available()
    assert len(samples) == 12
    for sample in samples:
        thumbnail = PillowImage.open(io.BytesIO(services.samples.thumbnail(sample.name)))
        assert max(thumbnail.size) == 240
        assert services.images.add(services.samples.data(sample.name), sample.label).name == sample.label


def test_a_full_disk_is_told_and_loses_nothing(client, png, monkeypatch):
    from core.store.image_files import ImageLibrary

    url = client.post("/api/images", content=png).json()["url"]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ImageLibrary, "_write", full)
    other = io.BytesIO()
    PillowImage.new("RGB", (9, 9)).save(other, "PNG")
    answer = client.post("/api/images", content=other.getvalue())
    assert answer.status_code == 507
    assert "disk" in answer.json()["error"]
    assert client.get(url).status_code == 200


def test_taken_files_come_as_attachments_and_old_ones_go(tmp_path):
    from core.errors import InvalidInput
    from studio.takeaway import TakeawayShelf

    shelf = TakeawayShelf(tmp_path)
    addresses = [shelf.put(b"x", f"../../é {number}<b>.json") for number in range(70)]
    _, _, token, name = addresses[-1].split("/")
    assert shelf.file(token, name).read_bytes() == b"x"
    assert len(list(tmp_path.iterdir())) == 60
    with pytest.raises(InvalidInput, match="no longer"):
        shelf.file("..", "passwd")


def test_the_models_tell_how_they_are_and_load_when_asked(tmp_path):
    script = tmp_path / "broken.json"
    script.write_text("{")
    services = build_services(parse_settings(["--data-dir", str(tmp_path), "--backend", "embedded", f"scripted:{script}"], {}))
    app = FastAPI()
    add_routes(app, services)
    client = TestClient(app, base_url="http://studio.test")
    idle = {"title": "", "what": "", "share": None, "bytes": 0, "problem": "", "users": 0}
    listed = [{"name": "embedded", "phase": "not loaded", **idle}, {"name": f"scripted:{script}", "phase": "not loaded", **idle}]
    assert client.get("/api/models").json() == {"models": listed, "default": "embedded"}
    assert client.post("/api/models/load", json={"name": f"scripted:{script}"}).status_code == 200
    state = until(lambda: told if (told := client.get("/api/models").json()["models"][1])["phase"] == "failed" else {})
    assert (state["phase"], "makes no sense" in state["problem"]) == ("failed", True)


@pytest.mark.parametrize(
    ("sent", "headers", "status"),
    [
        pytest.param({"name": "hf:evil/model"}, {}, 422, id="not offered"),
        pytest.param({"name": 7}, {}, 422, id="no text"),
        pytest.param({}, {}, 422, id="nothing"),
        pytest.param({"name": "embedded"}, {"Origin": "http://evil.example"}, 403, id="another site"),
    ],
)
def test_only_offered_models_are_loaded_and_only_by_the_studios_page(client, sent, headers, status):
    answer = client.post("/api/models/load", json=sent, headers=headers)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_samples_are_listed_with_what_they_were_made_of_and_opened(client):
    listed = {one["name"]: one for one in client.get("/api/samples").json()["samples"]}
    assert (listed["astronaut-noisy"]["of"], listed["astronaut"]["of"]) == ("astronaut", None)
    opened = client.post("/api/samples/astronaut-noisy").json()
    assert (opened["name"], opened["width"], opened["height"]) == ("Astronaut, part noisy", 512, 512)
    assert client.get(opened["url"]).headers["content-type"].startswith("image/")
    assert client.post("/api/samples/nothing").json()["error"] == 'There is no sample "nothing". Choose one from the page.'
    assert client.post("/api/samples/astronaut", headers={"Origin": "https://elsewhere.example"}).status_code == 403
