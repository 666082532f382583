"""The gate: no route answers a stranger, no write takes another site's page, and this stays so for routes that come one day."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Mount, Route

from studio.app import build_app
from studio.gate import PUBLIC
from tests.studio.people_driver import PASSWORD, a_studio, came_in, stranger


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    return a_studio(tmp_path_factory.mktemp("guarded"), "--auth", "accounts")


@pytest.fixture(scope="module")
def app(services):
    return build_app(services)


@pytest.fixture(scope="module")
def open_app(tmp_path_factory):
    return build_app(a_studio(tmp_path_factory.mktemp("open")))


def routes_of(routes, prefix: str = "") -> set[tuple[str, str]]:
    """Method and path of every route, Gradio's and those of mounted files too, with something in place of each parameter."""
    found = set()
    for route in routes:
        if isinstance(route, Mount):
            found |= routes_of(route.routes or [], prefix + route.path) or {("GET", f"{prefix}{route.path}/x")}
        elif isinstance(route, Route) or hasattr(route, "methods"):
            found |= {(method, re.sub(r"\{[^}]*\}", "1", prefix + route.path)) for method in route.methods or ()}
        elif hasattr(route, "routes"):
            found |= routes_of(route.routes, prefix)
        elif hasattr(route, "original_router"):
            found |= routes_of(route.original_router.routes, prefix)
    return found


def test_every_route_is_found(app):
    found = routes_of(app.routes)
    own = {path for _, path in found if path.startswith(("/api/", "/media/", "/samples/", "/takeaway/"))}
    assert len(own) > 40 and len(found) > 100
    assert ("POST", "/gradio_api/queue/join") in found and ("POST", "/gradio_api/upload") in found and ("GET", "/assets/js/x") in found


def test_a_stranger_is_refused_at_every_route_but_those_for_signing_in(app):
    client = stranger(app)
    answered = {}
    for method, path in sorted(routes_of(app.routes) - PUBLIC):
        if (method, path) == ("HEAD", "/login") or (method == "HEAD" and ("GET", path) in PUBLIC):
            continue
        answered[method, path] = client.request(method, path).status_code
    assert {one: status for one, status in answered.items() if status != 401} == {}


def test_every_write_refuses_another_sites_page(app, services, open_app):
    signed_in = came_in(app, services, "Origin", "admin")
    for client, studio in ((signed_in, app), (stranger(app), app), (stranger(open_app), open_app)):
        writes = [one for one in sorted(routes_of(studio.routes)) if one[0] not in ("GET", "HEAD", "OPTIONS")]
        assert len(writes) > 30
        for headers in ({"Origin": "https://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://studio.test.evil.test"}):
            refused = {(method, path): client.request(method, path, headers=headers).status_code for method, path in writes}
            assert {one: status for one, status in refused.items() if status != 403} == {}


@pytest.mark.parametrize("role", ["annotator", "reviewer"])
def test_builds_benches_trainings_and_the_loop_are_for_admins(app, services, role):
    client = came_in(app, services, f"Nina, {role}", role)
    guarded = [(method, path) for method, path in sorted(routes_of(app.routes)) if path.startswith(("/api/builds", "/api/bench", "/api/train", "/api/loop")) and method != "HEAD"]
    assert len(guarded) > 40
    assert {one: status for one in guarded if (status := client.request(*one).status_code) != 403} == {}


def test_what_is_added_one_day_is_guarded_too(tmp_path):
    app = build_app(a_studio(tmp_path, "--auth", "accounts"))
    added = Route("/api/one-day", lambda _: None, methods=["GET", "POST"])
    app.router.routes.insert(0, added)
    client = stranger(app)
    assert client.get("/api/one-day").json() == {"error": "Sign in first.", "code": "signIn", "values": {}, "login": "/login"}
    assert client.post("/api/one-day").status_code == 401


@pytest.mark.parametrize(
    ("path", "headers", "status", "leads_to"),
    [
        pytest.param("/", {"Accept": "text/html,*/*"}, 303, "/login", id="the page"),
        pytest.param("/?view=a%26b", {"Accept": "text/html"}, 303, "/login?next=/%3Fview%3Da%2526b", id="a page with a query"),
        pytest.param("//evil.test/x", {"Accept": "text/html"}, 303, None, id="a path that looks like another site"),
        pytest.param("/", {"Accept": "application/json"}, 401, None, id="a program at the page"),
        pytest.param("/api/tasks", {"Accept": "text/html"}, 401, None, id="an own route, whoever asks"),
        pytest.param("/media/" + "0" * 64, {"Accept": "text/html"}, 401, None, id="a photograph"),
        pytest.param("/assets/js/login/../annotate/app.js", {}, 401, None, id="beside the public files"),
        pytest.param("/login/", {}, 401, None, id="a public path with a slash more"),
        pytest.param("/LOGIN", {}, 401, None, id="a public path in capitals"),
    ],
)
def test_pages_lead_to_the_sign_in_page_and_the_rest_says_so(app, path, headers, status, leads_to):
    answer = stranger(app).get(path, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.json() == {"error": "Sign in first.", "code": "signIn", "values": {}, "login": "/login"}
    if leads_to:
        assert answer.headers["location"] == leads_to
    assert answer.headers["cache-control"] == "no-store"


def test_the_sign_in_page_loads_nothing_from_elsewhere(app):
    client = stranger(app)
    page = client.get("/login")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"] and "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"https?://", page.text)
    for path in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer x"}, {"Authorization": "Bearer "}, {"Authorization": "Basic YTpi"}, {"Cookie": "giqa_session=x"}, {"Cookie": "giqa_session=\xff"}, {"Cookie": "giqa_session="}])
def test_what_is_no_token_opens_nothing(app, headers):
    raw = {key: value.encode("latin-1") for key, value in headers.items()}
    assert stranger(app).get("/api/me", headers=raw).status_code == 401


def test_a_person_who_signed_in_is_known_to_own_routes_and_to_gradio(app, services):
    client = came_in(app, services, "Anna", "reviewer")
    me = client.get("/api/me").json()
    assert {**me, "id": "?"} == {"id": "?", "name": "Anna", "role": "reviewer", "auth": "accounts", "language": ""}
    assert me["id"].startswith("p-") and "Anna" not in me["id"]
    assert client.get("/gradio_api/user").json() == me["id"]
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
    assert client.get("/api/tasks").status_code == 200


def test_the_cookie_is_out_of_scripts_reach_and_bound_to_its_host_behind_https(app, services):
    for address, name, secure in (("http://studio.test", "giqa_session", False), ("https://studio.test", "__Host-giqa_session", True)):
        client = came_in(app, services, f"Cookie {secure}", "annotator", address)
        answer = client.post("/api/session", json={"name": f"Cookie {secure}", "password": PASSWORD})
        (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{name}=")]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
        assert ("Secure" in cookie) == secure
        assert client.get("/api/me").status_code == 200


def test_behind_a_proxy_the_pages_own_origin_is_the_forwarded_one(app):
    client = stranger(app)
    headers = {"Origin": "https://studio.example", "X-Forwarded-Host": "studio.example"}
    assert client.post("/api/session", json={"name": "Nobody", "password": "x"}, headers=headers).status_code == 401
    assert client.post("/api/session", json={"name": "Nobody", "password": "x"}, headers={"Origin": "https://studio.example"}).status_code == 403


def test_without_accounts_nobody_signs_in_and_the_store_stays_shut(open_app, tmp_path):
    client = stranger(open_app)
    assert client.get("/api/me").json() == {"id": "local", "name": "local", "role": "admin", "auth": "none", "language": ""}
    assert client.get("/api/people").json() == {"people": [{"id": "local", "name": "local", "role": "admin"}]}
    assert client.get("/gradio_api/user").json() is None
    refused = client.post("/api/session", json={"name": "a", "password": "b"})
    assert (refused.status_code, refused.json()["error"]) == (422, "This studio has no accounts: everybody works as one person. Start it with --auth accounts.")


def test_a_database_that_cannot_be_read_lets_nobody_in(tmp_path):
    (tmp_path / "giqa.db").write_bytes(b"no database, but long enough to be read as one" * 9)
    client = TestClient(build_app(a_studio(tmp_path, "--auth", "accounts")), base_url="http://studio.test", raise_server_exceptions=False, cookies={"giqa_session": "x"})
    answer = client.get("/api/tasks")
    assert answer.status_code == 503 and "damaged" in answer.json()["error"]
