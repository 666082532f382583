"""Signing in with Hugging Face, against a server that plays it: who comes in, as what, and what cannot be forged."""

from __future__ import annotations

from urllib.parse import parse_qs, urlparse

import httpx
import pytest

from studio.space_login import local_path, role_of
from tests.studio.identity_provider import CLIENT, SECRET, playing_provider
from tests.studio.people_driver import a_studio, built, stranger

LIST = "anna ben:reviewer the-lab"


@pytest.fixture
def provider():
    with playing_provider() as playing:
        yield playing


@pytest.fixture
def app(tmp_path, provider):
    variables = {"OAUTH_CLIENT_ID": CLIENT, "OAUTH_CLIENT_SECRET": SECRET, "OPENID_PROVIDER_URL": provider.address, "GIQA_ALLOW": LIST}
    return built(a_studio(tmp_path, "--auth", "huggingface", **variables))


def person(name: str, *groups: str) -> dict:
    return {"sub": f"id-of-{name}", "preferred_username": name, "name": "A Full Name", "email": "who@example.org", "orgs": [{"sub": "1", "preferred_username": one} for one in groups]}


def signed_in(client, provider, who: dict, path: str = "/login/huggingface") -> httpx.Response:
    provider.person = who
    away = client.get(path)
    assert away.status_code == 303, away.text
    back = httpx.get(away.headers["location"]).headers["location"]
    return client.get(back)


@pytest.mark.parametrize(
    ("who", "role"),
    [
        pytest.param(person("Anna"), "admin", id="the first of the list"),
        pytest.param(person("ben"), "reviewer", id="with a role"),
        pytest.param(person("carl", "The-Lab", "others"), "annotator", id="by organisation"),
        pytest.param(person("ben", "the-lab"), "reviewer", id="by both: the higher"),
    ],
)
def test_who_is_on_the_list_comes_in_with_its_role(app, provider, who, role):
    client = stranger(app)
    answer = signed_in(client, provider, who, "/login/huggingface?next=/%3Fview%3Da")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?view=a")
    me = client.get("/api/me").json()
    assert (me["name"], me["role"], me["auth"]) == (who["preferred_username"], role, "huggingface")
    again = stranger(app)
    signed_in(again, provider, who)
    assert again.get("/api/me").json()["id"] == me["id"] and "id-of" not in me["id"]


def error(answer) -> str:
    return parse_qs(urlparse(answer.headers["location"]).fragment)["error"][0]


@pytest.mark.parametrize(
    ("who", "told"),
    [
        pytest.param(person("mallory"), "mallory is not on this Space's list. Ask its owner to add you (GIQA_ALLOW), and sign in again.", id="not on the list"),
        pytest.param({**person("x"), "name": "anna"}, "x is not on this Space's list", id="whose full name is somebody's user name"),
        pytest.param({"sub": "1", "preferred_username": ["anna"]}, "did not say who you are", id="a list for a name"),
        pytest.param({"preferred_username": "anna"}, "did not say who you are", id="nobody"),
        pytest.param({**person("x"), "orgs": "the-lab"}, "x is not on", id="organisations that are no list"),
    ],
)
def test_others_are_told_why_not(app, provider, who, told):
    client = stranger(app)
    assert told in error(signed_in(client, provider, who))
    assert client.get("/api/me").status_code == 401


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(app, provider):
    provider.person = person("anna")
    own, other = stranger(app), stranger(app)
    back = httpx.get(own.get("/login/huggingface").headers["location"]).headers["location"]
    assert "begun elsewhere" in error(other.get(back)), "a link to sign a victim in as somebody else"
    assert "begun elsewhere" in error(own.get(back.split("&state=")[0] + "&state=guessed"))
    assert own.get(back).headers["location"] == "/"
    assert other.get("/api/me").status_code == 401


@pytest.mark.parametrize(("path", "told"), [("/userinfo", "status 500"), ("/token", "status 400"), ("/.well-known/openid-configuration", "status 500")])
def test_a_provider_that_fails_is_told_without_its_secrets(app, provider, path, told):
    client = stranger(app)
    provider.person = person("anna")
    back = httpx.get(client.get("/login/huggingface").headers["location"]).headers["location"]
    provider.broken.add(path)
    answer = client.get(back)
    assert told in error(answer) and SECRET not in str(answer.headers)
    assert "stopped there" in error(client.get("/login/callback?error=access_denied"))


def test_a_provider_that_is_gone_is_told(tmp_path):
    variables = {"OAUTH_CLIENT_ID": CLIENT, "OAUTH_CLIENT_SECRET": SECRET, "OPENID_PROVIDER_URL": "http://127.0.0.1:9", "GIQA_ALLOW": LIST}
    answer = stranger(built(a_studio(tmp_path, "--auth", "huggingface", **variables))).get("/login/huggingface")
    assert (answer.status_code, answer.json()["error"]) == (401, "Hugging Face cannot be reached. Try again later.")


def test_on_a_space_the_cookies_work_in_its_frame_and_the_way_back_is_its_own_host(tmp_path, provider):
    variables = {"SPACE_ID": "anna/studio", "SPACE_HOST": "anna-studio.hf.space", "OAUTH_CLIENT_ID": CLIENT, "OAUTH_CLIENT_SECRET": SECRET, "OPENID_PROVIDER_URL": provider.address}
    client = stranger(built(a_studio(tmp_path, **variables)), "https://own.example")
    away = client.get("/login/huggingface")
    assert parse_qs(urlparse(away.headers["location"]).query)["redirect_uri"] == ["https://anna-studio.hf.space/login/callback"]
    (cookie,) = away.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-giqa_state=") and "Secure" in cookie and "SameSite=none" in cookie and "HttpOnly" in cookie
    assert "frame-ancestors https://huggingface.co" in client.get("/login").headers["content-security-policy"]


def test_there_are_no_passwords_where_hugging_face_vouches(app, provider):
    client = stranger(app)
    assert client.post("/api/session", json={"name": "anna", "password": ""}).json()["error"] == "People sign in with Hugging Face here: there are no passwords."
    signed_in(client, provider, person("anna"))
    signed_in(other := stranger(app), provider, person("ben"))
    ben = other.get("/api/me").json()["id"]
    assert client.put(f"/api/people/{ben}", json={"role": "admin"}).json()["error"].startswith("Roles come from the Space's list of names")
    assert client.put(f"/api/people/{ben}", json={"active": False}).status_code == 200
    assert other.get("/api/me").status_code == 401
    assert "account is closed" in error(signed_in(other, provider, person("ben")))


@pytest.mark.parametrize("wanted", ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:x", "", "/a\nb", "/login", "evil"])
def test_signing_in_leads_to_no_other_site(wanted):
    assert local_path(wanted) == "/"


def test_an_empty_name_matches_nobody():
    assert role_of({"preferred_username": "", "orgs": [{}]}, (("anna", "admin"),)) is None
