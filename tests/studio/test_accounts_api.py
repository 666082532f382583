"""People over real HTTP: coming in, one's own account, what admins do, and what everybody else may not."""

from __future__ import annotations

import base64
import io
import json
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image as PillowImage

from tests.conftest import running_studio
from tests.studio.people_driver import ADDRESS, PASSWORD, a_studio, built, came_in, stranger
from tests.studio.test_annotation_api import ended
from tests.waiting import until


@pytest.fixture
def services(tmp_path):
    return a_studio(tmp_path, "--auth", "accounts")


@pytest.fixture
def app(services):
    return built(services)


@pytest.fixture
def admin(app, services):
    return came_in(app, services, "Root", "admin")


@pytest.fixture
def anna(app, services):
    return came_in(app, services, "Anna", "annotator")


def my_id(client) -> str:
    return client.get("/api/me").json()["id"]


def error(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_an_admin_invites_and_the_link_opens_the_studio_once(app, admin):
    link = admin.post("/api/invites", json={"role": "reviewer"}).json()["link"]
    assert link.startswith(f"{ADDRESS}/login#invite=")
    token, ben = link.split("=")[1], stranger(app)
    assert ben.post("/api/invitation", json={"token": token}).json()["role"] == "reviewer"
    assert [one["role"] for one in admin.get("/api/invites").json()["invites"]] == ["reviewer"]
    assert error(ben.post("/api/invitation/accept", json={"token": token, "name": "Ben", "password": "short"})) == (422, "A password has 10 to 200 characters, found 5: a few words of your own do well.")
    told = ben.post("/api/invitation/accept", json={"token": token, "name": "Ben", "password": PASSWORD})
    assert (told.status_code, told.json()["name"], told.json()["role"]) == (200, "Ben", "reviewer")
    assert ben.get("/api/me").json() == told.json()
    assert error(stranger(app).post("/api/invitation", json={"token": token}))[0] == 422
    assert admin.get("/api/invites").json() == {"invites": []}


def test_signing_in_out_and_in_again(app, anna):
    assert anna.delete("/api/session").status_code == 200
    assert anna.get("/api/me").status_code == 401
    assert error(anna.post("/api/session", json={"name": "Anna", "password": "wrong"}))[0] == 401
    assert anna.post("/api/session", json={"name": " anna ", "password": PASSWORD}).json()["name"] == "Anna"
    assert anna.get("/api/me").status_code == 200


def test_who_was_revoked_is_a_stranger_at_the_next_request(app, admin, anna):
    token = anna.post("/api/me/tokens", json={"label": "script"}).json()["token"]
    program = stranger(app)
    program.headers["Authorization"] = f"Bearer {token}"
    assert program.get("/api/me").json()["name"] == "Anna"
    assert admin.put(f"/api/people/{my_id(anna)}", json={"active": False}).json()["active"] is False
    for client in (anna, program):
        assert error(client.get("/api/tasks")) == (401, "Sign in first.")
        assert client.post("/api/tasks/1/revisions", json={}).status_code == 401


def test_a_role_that_changes_counts_from_the_next_request(admin, anna):
    assert error(anna.get("/api/people")) == (403, "This is for reviewers: you are signed in as Anna (annotator). Ask an admin for the role.")
    admin.put(f"/api/people/{my_id(anna)}", json={"role": "reviewer"})
    assert [one["name"] for one in anna.get("/api/people").json()["people"]] == ["Root", "Anna"]
    assert set(anna.get("/api/people").json()["people"][0]) == {"id", "name", "role"}
    assert "provider" in admin.get("/api/people").json()["people"][0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *[("GET", path) for path in ("/api/people", "/api/invites", "/api/builds")],
        *[("POST", path) for path in ("/api/invites", "/api/people/p-1/link", "/api/imports/folder", "/api/imports", "/api/proposals", "/api/projects/sample", "/api/exports", "/api/builds")],
        *[("PUT", "/api/people/p-1"), ("DELETE", "/api/invites/1")],
    ],
)
def test_an_annotator_does_not_do_an_admins_work(anna, method, path):
    bodies = {"/api/exports": {}, "/api/invites": {"role": "admin"}, "/api/proposals": {"project": "x", "images": []}, "/api/imports/folder": {"path": "/", "project": "x"}}
    assert anna.request(method, path, json=bodies.get(path, {})).status_code == 403


def test_another_persons_revision_is_a_reviewers_to_see_and_nobody_elses(app, services, admin, anna):
    image = admin.post("/api/images", content=_png()).json()
    ended(admin, admin.post("/api/proposals", json={"project": "Roofs", "images": [{"id": image["id"], "name": "roof.png"}]}))
    task = anna.post("/api/queue/claim", json={"project": 1}).json()["task"]
    body = {"parent": None, "key": "key-00001", "image": {"sha256": image["id"], "width": 60, "height": 40}, "edit": task["edit"], "status": "submitted", "reason": ""}
    saved = anna.post("/api/tasks/1/revisions", json=body)
    assert saved.status_code == 200, saved.text
    assert saved.json()["user"] == my_id(anna)
    address = f"/api/tasks/1/revisions/{saved.json()['revision']}"
    ben = came_in(app, services, "Ben", "annotator")
    assert [client.get(address).status_code for client in (anna, admin, ben)] == [200, 200, 403]
    assert [ben.get(f"/api/tasks/1{part}").status_code for part in ("", "/history")] == [403, 403]


def _png() -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def test_ones_own_name_language_and_password(app, anna, services):
    assert anna.put("/api/me", json={"language": "de"}).json()["language"] == "de"
    assert anna.put("/api/me", json={"name": "Anna B"}).json() == {**anna.get("/api/me").json(), "name": "Anna B", "language": "de"}
    came_in(app, services, "Ben", "annotator")
    assert error(anna.put("/api/me", json={"name": "BEN"})) == (422, "Somebody is called BEN already: choose another name.")
    assert anna.put("/api/me", json={"language": "tlh"}).status_code == 422
    assert error(anna.put("/api/me/password", json={"current": "wrong", "new": "six wet seals"})) == (401, "This is not your password: nothing was changed.")
    other = stranger(app)
    other.post("/api/session", json={"name": "Anna B", "password": PASSWORD})
    assert anna.put("/api/me/password", json={"current": PASSWORD, "new": "six wet seals"}).status_code == 200
    assert (anna.get("/api/me").status_code, other.get("/api/me").status_code) == (200, 401)


def test_tokens_are_shown_once_listed_by_name_and_withdrawn(app, anna, services):
    token = anna.post("/api/me/tokens", json={"label": "nightly script"}).json()["token"]
    (listed,) = anna.get("/api/me/tokens").json()["tokens"]
    assert listed["label"] == "nightly script" and token not in str(listed)
    program = stranger(app)
    program.headers["Authorization"] = f"bearer {token}"
    assert program.get("/api/me").status_code == 200
    ben = came_in(app, services, "Ben", "annotator")
    assert error(ben.delete(f"/api/me/tokens/{listed['id']}")) == (422, "You have no such token any more.")
    assert anna.delete(f"/api/me/tokens/{listed['id']}").status_code == 200
    assert program.get("/api/me").status_code == 401
    assert anna.post("/api/me/tokens", json={"label": " "}).status_code == 422


def test_signing_out_everywhere_else_ends_sessions_and_tokens(app, anna):
    token = anna.post("/api/me/tokens", json={"label": "script"}).json()["token"]
    other = stranger(app)
    other.post("/api/session", json={"name": "Anna", "password": PASSWORD})
    assert anna.delete("/api/me/sessions").status_code == 200
    assert (anna.get("/api/me").status_code, other.get("/api/me").status_code) == (200, 401)
    assert other.get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_an_admin_gives_a_link_for_a_new_password_and_sees_no_password(app, admin, anna):
    link = admin.post(f"/api/people/{my_id(anna)}/link").json()["link"]
    client, token = stranger(app), link.split("=")[1]
    assert client.post("/api/invitation", json={"token": token}).json()["name"] == "Anna"
    told = client.post("/api/invitation/accept", json={"token": token, "password": "six wet seals"})
    assert told.json()["name"] == "Anna" and client.get("/api/me").status_code == 200
    assert anna.get("/api/me").status_code == 401


def test_a_person_takes_their_data_and_leaves(app, admin, anna):
    answer = anna.get("/api/me/data")
    assert answer.headers["content-disposition"] == f'attachment; filename="{my_id(anna)}.json"' and answer.json()["account"]["name"] == "Anna"
    handle = my_id(anna)
    assert error(anna.request("DELETE", "/api/me", json={"password": "wrong"}))[0] == 401
    assert anna.request("DELETE", "/api/me", json={"password": PASSWORD, "erase_work": True}).json() == {"erased_versions": 0, "login": "/login"}
    assert anna.get("/api/me").status_code == 401
    (left,) = [one for one in admin.get("/api/people").json()["people"] if one["id"] == handle]
    assert (left["name"], left["active"], left["erased"]) == (handle, False, True)
    assert error(admin.request("DELETE", "/api/me", json={"password": PASSWORD})) == (422, "This is the only admin: make somebody else an admin first.")


def test_a_flood_of_wrong_passwords_is_told_when_to_come_back(app, anna):
    client = stranger(app)
    answers = [client.post("/api/session", json={"name": "Anna", "password": f"guess {number}"}) for number in range(1_000)]
    refused = [one for one in answers if one.status_code == 429]
    assert {one.status_code for one in answers} == {401, 429} and len(refused) > 985
    assert all(1 <= int(one.headers["retry-after"]) <= 60 for one in refused)
    assert anna.get("/api/me").status_code == 200, "who is signed in notices nothing"
    again = anna.post("/api/session", json={"name": "Anna", "password": PASSWORD})
    assert again.status_code == 200, "nor does a browser that was signed in before"


@pytest.mark.parametrize("body", [{}, [], {"name": 1, "password": "x"}, {"name": "a"}, {"name": "a", "password": "x" * 2_000}, {"name": "\ud800", "password": "\ud800"}, b"\xff", b"[" * 100_000])
def test_a_sign_in_that_cannot_be_read_is_refused_in_a_sentence(app, body):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = stranger(app).post("/api/session", content=data, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 401, 422) and answer.json()["error"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    with running_studio(tmp_path_factory.mktemp("guarded"), "--auth", "accounts", landing="/login") as running:
        yield running


@pytest.fixture(scope="module")
def token(guarded) -> str:
    until(lambda: "#invite=" in guarded.log.read_text())
    link = next(line for line in guarded.log.read_text().splitlines() if "#invite=" in line)
    with httpx.Client(base_url=guarded.address) as client:
        assert client.post("/api/invitation/accept", json={"token": link.split("=")[1], "name": "Root", "password": PASSWORD}).json()["role"] == "admin"
        return client.post("/api/me/tokens", json={"label": "test"}).json()["token"]


def test_a_program_describes_with_a_token_and_not_without(guarded, token, blurred_photograph):
    with pytest.raises(Exception, match=r"401|Sign in|login"):
        Client(guarded.address, verbose=False)
    client = Client(guarded.address, headers={"Authorization": f"Bearer {token}"}, verbose=False)
    assert "blur" in client.predict(handle_file(blurred_photograph), "Is it blurred?", "", api_name="/answer")["text"].lower()


async def _called(address: str, headers: dict[str, str], photograph: str) -> str:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(f"{address}/gradio_api/mcp/", headers=headers) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        told = await session.call_tool("describe_photograph", {"photograph": photograph})
        return told.content[0].text


def test_a_tool_is_called_over_mcp_with_a_token(guarded, token, blurred_photograph):
    photograph = f"data:image/jpeg;base64,{base64.b64encode(blurred_photograph.read_bytes()).decode()}"
    with ThreadPoolExecutor(1) as thread:  # a browser's test may have left a loop in this one
        told = thread.submit(anyio.run, _called, guarded.address, {"Authorization": f"Bearer {token}"}, photograph).result()
        assert "quality" in told, told
        with pytest.raises(Exception, match="unhandled errors"):
            thread.submit(anyio.run, _called, guarded.address, {}, photograph).result()


def test_an_uploaded_file_is_shown_to_those_who_are_signed_in(guarded, token, blurred_photograph):
    headers = {"Authorization": f"Bearer {token}"}
    (path,) = httpx.post(f"{guarded.address}/gradio_api/upload", files={"files": blurred_photograph.read_bytes()}, headers=headers).json()
    address = f"{guarded.address}/gradio_api/file={path}"
    assert (httpx.get(address).status_code, httpx.get(address, headers=headers).status_code) == (401, 200)
