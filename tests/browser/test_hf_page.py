"""The journey on a real vision-language model at tiny random size, and on one that is downloaded while the page is used. Its words are noise."""

from __future__ import annotations

import re
from threading import Event

import httpx
import pytest
from playwright.sync_api import expect

from tests import tiny_models
from tests.browser.test_models_page import ask, choose, done, growing, last_answer, open_photograph
from tests.conftest import running_studio
from tests.core.backends.hub_server import FakeHub, playing, safetensors
from tests.waiting import until

pytestmark = pytest.mark.browser
DOWNLOADED = "hf:me/large"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> str:
    return f"hf:{tiny_models.llava(tmp_path_factory.mktemp('tiny') / 'llava')}?dtype=float32&device=cpu"


@pytest.fixture(scope="module")
def hub():
    """Its weights come half way until it is told to go on."""
    with playing(FakeHub({"config.json": b"{}", "model.safetensors": safetensors(6_000_000)}, go_on=Event())) as hub:
        yield hub


@pytest.fixture(scope="module")
def running(tmp_path_factory, tiny, hub):
    environment = {"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path_factory.mktemp("hub")), "OMP_NUM_THREADS": "1"}
    with running_studio(tmp_path_factory.mktemp("studio"), "--backend", tiny, DOWNLOADED, "embedded", **environment) as running:
        yield running


@pytest.fixture
def page(new_context, running):
    page = new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.goto(running.address)
    expect(page.get_by_text("Drop a photograph here")).to_be_visible()
    return page


def phase(running, name: str) -> str:
    return next(state["phase"] for state in httpx.get(f"{running.address}/api/models").json()["models"] if state["name"] == name)


def test_the_page_is_used_while_the_default_model_is_loaded_and_then_that_speaks(page, running, tiny, blurred_photograph):
    loaded = phase(running, tiny)
    choose(page, "embedded")
    open_photograph(page, blurred_photograph)
    done(page)
    assert loaded in ("loading", "ready")
    choose(page, tiny)
    expect(page.locator(".giqa-model-words").first).to_contain_text("Ready, about")
    page.get_by_role("button", name="Describe again").click()
    growing(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    done(page)
    expect(page.locator("[data-kind=description]")).to_have_attribute("data-state", "stopped")
    ask(page, "Is it blurred?")
    expect(last_answer(page).locator("details")).to_contain_text("Probabilities")
    expect(last_answer(page).locator("p")).to_have_text(re.compile("^(Yes|No)\\.$"))


def test_a_download_shows_how_far_it_is_while_another_model_answers(page, running, hub, blurred_photograph):
    choose(page, "embedded")
    open_photograph(page, blurred_photograph)
    done(page)
    choose(page, DOWNLOADED)
    state = page.locator(".giqa-model-state").first
    expect(state).to_contain_text("Loading: downloading,")
    choose(page, "embedded")
    ask(page, "Is it blurred?")
    expect(last_answer(page)).to_contain_text("blur")
    assert phase(running, DOWNLOADED) == "loading"
    choose(page, DOWNLOADED)
    expect(state).to_contain_text(re.compile(r"downloading, \d+ MB of 24 MB"))
    expect(state.locator("progress")).to_be_visible()
    hub.go_on.set()
    expect(state).to_have_attribute("data-phase", "failed")
    expect(state.locator(".giqa-model-words")).to_contain_text(f'Backend "{DOWNLOADED}"')


def test_a_studio_that_is_told_to_stop_does_not_wait_for_a_download(tmp_path):
    """Which takes for ever here."""
    with playing(FakeHub({"config.json": b"{}", "model.safetensors": safetensors(20_000_000)}, go_on=Event())) as hub:
        environment = {"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "hub")}
        with running_studio(tmp_path, "--backend", DOWNLOADED, **environment):
            until(lambda: "model.safetensors" in hub.fetched)
