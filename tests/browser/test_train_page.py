"""The Train tab on a real server, in a real browser: a tiny model trained and used, and the whole loop from corrections to a better embedded model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import tiny_models
from tests.browser.annotate_driver import Studio, go_to
from tests.browser.at_rest import sideways
from tests.studio.test_train_api import submit
from tests.train.sft.conftest import native

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG_MS = 150_000


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Studio]:
    running = Studio(tmp_path_factory.mktemp("train"))
    running.client.base_url = running.address
    yield running
    running.kill()


def open_tab(page: Page, studio: Studio) -> None:
    page.goto(studio.address)
    go_to(page, "Train")


def train(page: Page, title: str, data: Path, base: Path, rate: str) -> None:
    page.get_by_role("button", name="New training").click()
    form = page.get_by_role("form", name="New training")
    form.locator('input[name="title"]').fill(title)
    form.locator('select[name="data"]').select_option(label="A folder or file of this machine…")
    form.locator('input[name="folder"]').fill(str(data))
    form.locator('select[name="model"]').select_option(label="Another of the hub, or a folder…")
    form.locator('input[name="other"]').fill(str(base))
    form.locator('select[name="preset"]').select_option("tiny")
    for name, value in {"epochs": "9", "max_steps": "12", "held_out": "0.3", "evaluate_every": "4", "learning_rate": rate}.items():
        form.locator(f'input[name="{name}"]').fill(value)
    expect(form.locator(".giqa-command")).to_contain_text("python -m train sft")
    form.get_by_role("button", name="Start").click()
    expect(page.get_by_role("region", name="The run").locator("h3").first).to_have_text(title)


def test_a_tiny_model_is_trained_compared_used_and_found_again(browser: Browser, studio: Studio, tmp_path):
    data, base = native(tmp_path / "roofs", 8), tiny_models.ALL["llava"](tmp_path / "tiny-llava")
    page = browser.new_page(viewport={"width": 1400, "height": 950})
    errors = list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_tab(page, studio)
    train(page, "First <i>run</i>", data, base, "0.003")
    run = page.get_by_role("region", name="The run")
    page.reload()
    studio.kill()
    studio.start()  # the training goes on meanwhile
    open_tab(page, studio)
    errors.clear()  # a page that is loading while its server is killed has some
    expect(run.locator("header .giqa-state").first).to_have_text("Done", timeout=LONG_MS)
    expect(run.get_by_role("img", name=re.compile("^Loss"))).to_be_visible()
    expect(run.locator(".giqa-curves-legend li").first).to_contain_text("held out")
    expect(run.get_by_label("At which step")).to_have_value("12")
    expect(run.locator(".giqa-training-samples img").first).to_have_js_property("complete", True)
    expect(run).to_contain_text("held out. Nothing was left out.")

    train(page, "Slower", data, base, "0.0003")
    expect(run.locator("header .giqa-state").first).to_have_text("Done", timeout=LONG_MS)
    run.get_by_label("First <i>run</i>").check()
    expect(run.locator(".giqa-curves").first.locator(".giqa-curve")).to_have_count(2)

    run.get_by_role("button", name="Use this model").click()
    expect(run).to_contain_text("The studio uses this model")
    visitor = browser.new_page(viewport={"width": 1400, "height": 950})
    visitor.goto(studio.address)
    picker = visitor.get_by_role("combobox", name="Model", exact=True)
    expect(picker.locator("option")).to_have_text(["Slower", "embedded"])
    expect(picker).to_have_value(re.compile(r"adapter="))
    run.get_by_role("button", name="Go back to the former model").click()
    run.get_by_role("button", name="Take it off offer").click()
    expect(visitor.locator(".giqa-models")).to_be_hidden()
    run.get_by_role("button", name="Delete this run").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator(".giqa-build-row")).to_have_count(1)
    assert not errors


def test_the_whole_loop_from_corrections_to_a_model_in_use(browser: Browser, studio: Studio):
    page = browser.new_page(viewport={"width": 1400, "height": 950})
    errors = list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_tab(page, studio)
    page.get_by_role("button", name="The loop").click()
    loop = page.get_by_role("region", name="The loop")
    expect(loop.get_by_role("status")).to_contain_text("Nobody has submitted a correction yet")
    studio.job("/api/projects/sample")
    for task in studio.get("/api/tasks")["tasks"]:
        submit(studio.client, task["id"])

    def step(name: str):
        return loop.locator(f'[data-step="{name}"]')

    expect(loop.get_by_role("status")).to_contain_text("are not exported yet", timeout=LONG_MS)
    step("export").get_by_role("button", name="Export", exact=True).click()
    expect(step("export").locator(".giqa-state")).to_have_text("Done", timeout=LONG_MS)
    step("train").get_by_role("button", name="Teach").click()
    step("bench").get_by_role("button", name="Make one from the sample photographs").click()
    expect(step("train").locator(".giqa-state")).to_have_text("Done", timeout=LONG_MS)
    expect(step("train").get_by_role("table", name="Before and after").get_by_role("row")).to_have_count(7)
    step("bench").get_by_role("button", name="Measure both").click(timeout=LONG_MS)
    expect(step("bench").locator(".giqa-state")).to_have_text("Done", timeout=LONG_MS)
    measured = step("bench").get_by_role("table", name="Both models on the benchmark")
    expect(measured.get_by_role("columnheader")).to_have_text(["", "embedded, as shipped", "Taught by corrections", "Change"])
    expect(measured.get_by_role("row").nth(1)).to_have_text(re.compile(r"Descriptions: mIoU0\.\d{4}0\.\d{4}"))
    step("switch").get_by_role("button", name="Use the new model").click()
    expect(loop.get_by_role("status")).to_contain_text("The studio uses Taught by corrections.")
    taught = studio.get("/api/models")["default"]
    assert taught.startswith("embedded:")

    studio.kill()
    studio.start()
    open_tab(page, studio)
    assert studio.get("/api/models")["default"] == taught
    expect(loop.get_by_role("status")).to_contain_text("Go on correcting", timeout=LONG_MS)
    step("switch").get_by_role("button", name="Go back to the former model").click()
    expect(step("switch").locator(".giqa-state")).to_have_text("To do")
    assert studio.get("/api/models")["default"] == "embedded" and not errors


@pytest.mark.parametrize("width", [390, 2560])
def test_the_tab_fits_the_page(browser: Browser, studio: Studio, width):
    page = browser.new_page(viewport={"width": width, "height": 844})
    open_tab(page, studio)
    page.get_by_role("button", name="The loop").click()
    expect(page.get_by_role("region", name="The loop")).to_be_visible(timeout=LONG_MS)
    page.locator(".giqa-build-row").first.click()
    expect(page.get_by_role("region", name="The run")).to_be_visible()
    page.get_by_role("button", name="New training").click()
    assert sideways(page) <= 0
