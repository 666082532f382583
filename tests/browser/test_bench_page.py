"""The Bench tab on a real server, in a real browser: a benchmark made, a run watched to its end, its samples looked through and sent on, the leaderboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bench.made_bench import small_bench
from tests.browser.annotate_driver import Studio, go_to
from tests.browser.at_rest import sideways

pytestmark = pytest.mark.browser
LONG_MS = 90_000


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Studio]:
    running = Studio(tmp_path_factory.mktemp("bench"))
    yield running
    running.kill()


def open_tab(page: Page, studio: Studio) -> None:
    page.goto(studio.address)
    go_to(page, "Bench")


def test_a_model_is_run_looked_through_compared_and_ranked(browser: Browser, studio: Studio, tmp_path):
    page = browser.new_page(viewport={"width": 1400, "height": 950})
    errors = list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_tab(page, studio)
    form = page.get_by_role("form", name="New run")
    form.locator('input[name="title"]').fill("First <i>run</i>")
    form.locator('select[name="bench"]').select_option(label="A folder of this machine…")
    form.locator('input[name="folder"]').fill(str(tmp_path / "nowhere"))
    expect(form.locator(".giqa-command")).to_contain_text("is no benchmark")
    form.locator('input[name="folder"]').fill(str(small_bench(tmp_path / "small")))
    expect(form.locator(".giqa-command")).to_contain_text("python -m bench run")
    form.get_by_role("button", name="Start").click()

    state = page.get_by_role("region", name="The run")
    expect(state.locator("h3")).to_have_text("First <i>run</i>")
    expect(state.locator("header .giqa-state")).to_have_text("Done", timeout=LONG_MS)
    expect(state.get_by_role("table", name="Figures", exact=True).get_by_role("row")).not_to_have_count(1)
    expect(state.get_by_role("img")).to_have_js_property("complete", True)

    samples = page.get_by_role("region", name="Samples")
    samples.get_by_label("Which samples").select_option("all")
    expect(samples.get_by_role("status").first).to_have_text("16 samples")
    samples.get_by_label("Which kind").select_option("description")
    expect(samples.get_by_role("status").first).to_have_text("4 samples")
    expect(samples.locator(".giqa-sample-truth p")).to_have_text("The sky is noisy. Overall the quality is poor.")
    expect(samples.locator('.giqa-region[data-id="t0"]')).to_have_count(1)
    expect(samples.locator('.giqa-region[data-id^="s"]')).not_to_have_count(0)
    with page.expect_download() as taken:
        state.get_by_role("link", name="Report").click()
    assert taken.value.suggested_filename.endswith(".html")

    page.get_by_role("button", name="Leaderboard").click()
    board = page.get_by_role("region", name="Leaderboard")
    expect(board.get_by_role("row")).to_have_count(18)
    board.get_by_role("button", name="BLEU@4").click()
    expect(board.get_by_role("row").nth(1)).to_contain_text("22.87")
    board.get_by_role("button", name="embedded").click()

    samples.get_by_label("Which samples").select_option("all")
    samples.get_by_role("button", name="Send this sample's image to the annotators").click()
    expect(page.get_by_role("textbox", name="Description")).to_have_value("The sky is noisy. Overall the quality is poor.", timeout=LONG_MS)
    assert not errors


def test_the_tab_fits_a_telephone(browser: Browser, studio: Studio):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    open_tab(page, studio)
    expect(page.get_by_role("region", name="The run")).to_be_visible(timeout=LONG_MS)
    assert sideways(page) <= 0
