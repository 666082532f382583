"""A studio with accounts in this process, and people who come in by invitation."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from core.settings import parse_settings
from studio.app import build_api
from studio.services import Services, build_services

PASSWORD = "nine brown horses"
ADDRESS = "http://studio.test"


def a_studio(folder: Path, *options: str, **variables: str) -> Services:
    return build_services(parse_settings(["--data-dir", str(folder), *options], variables))


def stranger(app, address: str = ADDRESS) -> TestClient:
    return TestClient(app, base_url=address, raise_server_exceptions=False, follow_redirects=False)


def came_in(app, services: Services, name: str, role: str, address: str = ADDRESS) -> TestClient:
    """A browser of a new person's, signed in."""
    client = stranger(app, address)
    token = services.store.open().accounts.invite(role, "studio")
    answer = client.post("/api/invitation/accept", json={"token": token, "name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return client


def built(services: Services):
    return build_api(services)
