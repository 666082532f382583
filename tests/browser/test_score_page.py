"""The Score tab on a real server, in a real browser: a photograph with its parts, the standard, a batch with its CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.distortions import TAXONOMY
from core.images import encode_png, open_image
from tests.browser.at_rest import at_rest, sideways
from tests.conftest import RunningStudio, running_studio, shipped

pytestmark = pytest.mark.browser
LONG_MS = 60_000
NewContext = Callable[..., BrowserContext]
NUMBERS = '{"default": "5", "pause_seconds": 0}'


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[RunningStudio]:
    folder = tmp_path_factory.mktemp("score")
    (folder / "numbers.json").write_text(NUMBERS)
    with running_studio(folder, "--backend", "embedded", f"scripted:{folder}/numbers.json") as running:
        yield running


@pytest.fixture(scope="module")
def ladder(tmp_path_factory) -> list[Path]:
    """One photograph, clean and ever worse."""
    folder, clean = tmp_path_factory.mktemp("ladder"), open_image(shipped("coffee.png"))
    paths = []
    for severity in (0, 2, 5):
        pixels = TAXONOMY["gaussian_noise_rgb"].apply(clean.pixels, severity, np.random.default_rng(0)) if severity else clean.pixels
        paths.append(folder / f"coffee{severity}.png")
        paths[-1].write_bytes(encode_png(pixels))
    return paths


def open_tab(page: Page, studio: RunningStudio) -> Page:
    page.goto(studio.address)
    page.get_by_role("tab", name="Score", exact=True).first.click()
    return page


def choose(page: Page, number: int, files: Path | list[Path]) -> None:
    page.locator(".giqa-scoring input[type=file]").nth(number).set_input_files(files)


def test_a_photograph_is_scored_with_its_parts_by_the_default_and_by_a_standard(new_context: NewContext, studio: RunningStudio):
    page = open_tab(new_context(viewport={"width": 1300, "height": 900}).new_page(), studio)
    choose(page, 0, shipped("astronaut.png"))
    expect(page.locator(".giqa-score-card .giqa-score-number")).to_have_text(re.compile(r"^\d{1,3}$"), timeout=LONG_MS)
    expect(page.locator(".giqa-score-card")).to_contain_text("Nine in ten human scores of such photographs lie between")
    assert page.locator(".giqa-scoring .giqa-shape polygon").count() > 10

    part = page.locator(".giqa-part").first
    part.focus()
    expect(page.locator(".giqa-scoring .giqa-shape.giqa-marked")).to_have_count(1)
    picture = page.locator(".giqa-scoring .giqa-pane-picture")
    before = at_rest(picture)
    page.keyboard.press("Enter")
    after = at_rest(picture)
    assert after["width"] > 1.2 * before["width"]
    frame = page.locator(".giqa-scoring .giqa-pane-frame")
    frame.focus()
    page.keyboard.press("0")
    assert at_rest(picture)["width"] == pytest.approx(before["width"], abs=1)
    page.keyboard.press("+")
    assert at_rest(picture)["width"] > 1.2 * before["width"]

    page.locator(".giqa-scoring").get_by_label("Model", exact=True).select_option(index=1)
    page.locator(".giqa-scoring").get_by_label("Method", exact=True).select_option("mixed")
    expect(page.locator(".giqa-score-card")).to_contain_text("it ranks photographs and says little by itself", timeout=LONG_MS)
    expect(page.locator(".giqa-score-card")).to_contain_text("mixed, 7 levels by number")
    page.get_by_text("The standard", exact=True).click()
    expect(page.locator(".giqa-standard li").first).to_have_text("Perfect")


def test_many_photographs_stand_in_a_table_that_is_sorted_and_taken_away(new_context: NewContext, studio: RunningStudio, ladder: list[Path], tmp_path):
    page = open_tab(new_context(viewport={"width": 1300, "height": 900}).new_page(), studio)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "cut.jpg").write_bytes(b"")
    choose(page, 1, [tmp_path / "cut.jpg", *ladder, tmp_path / "notes.txt"])
    expect(page.locator(".giqa-batch header")).to_contain_text("3 photographs scored, 2 not.", timeout=LONG_MS)
    rows = page.locator(".giqa-score-table tbody tr")
    assert [row.split("\t")[1] for row in rows.all_inner_texts()] == ["coffee5.png", "coffee2.png", "coffee0.png", "cut.jpg", "notes.txt"]
    expect(rows.nth(3)).to_contain_text("The file is empty (0 bytes)")
    expect(rows.nth(4)).to_contain_text("This is text.")
    page.locator(".giqa-sort", has_text="Score").press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Score")
    assert [row.split("\t")[1] for row in rows.all_inner_texts()] == ["coffee0.png", "coffee2.png", "coffee5.png", "cut.jpg", "notes.txt"]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the table as CSV").click()
    lines = Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "image,score,low,high,method,unparsed,problem" and [line.split(",")[0] for line in lines[1:]] == ["coffee0.png", "coffee2.png", "coffee5.png", "cut.jpg", "notes.txt"]
    assert lines[4].startswith("cut.jpg,,,,,0,") and "The file is empty" in lines[4]
    page.locator(".giqa-row-name").first.click()
    expect(page.locator(".giqa-score-card .giqa-score-number")).to_be_visible(timeout=LONG_MS)


def test_photographs_of_a_folder_are_told_apart_by_their_folders(new_context: NewContext, studio: RunningStudio, ladder: list[Path], tmp_path):
    page = open_tab(new_context().new_page(), studio)
    for name, path in zip(("one/same.png", "two/same.png", "two/other.txt"), ladder, strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(path.read_bytes())
    choose(page, 2, tmp_path)
    expect(page.locator(".giqa-batch header")).to_contain_text("2 photographs scored.", timeout=LONG_MS)
    assert sorted(page.locator(".giqa-row-name").all_inner_texts()) == ["one/same.png", "two/same.png"]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light"), (2560, "dark")])
def test_nothing_overflows_the_page(new_context: NewContext, studio: RunningStudio, ladder: list[Path], width: int, scheme: str):
    page = new_context(viewport={"width": width, "height": 844}, color_scheme=scheme).new_page()
    open_tab(page, studio)
    choose(page, 0, ladder[1])
    expect(page.locator(".giqa-score-card .giqa-score-number")).to_be_visible(timeout=LONG_MS)
    assert sideways(page) <= 0
