"""The Compare tab on a real server, in a real browser: a pair with its reference, the reasons in the right picture, the slider, questions, a vote."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.boxes import Box, ImageSize
from core.distortions import TAXONOMY, degrade, rectangle
from core.images import encode_png, open_image
from tests.browser.at_rest import all_at_rest, sideways
from tests.conftest import RunningStudio, shipped

pytestmark = pytest.mark.browser
LONG_MS = 60_000
SIDES = ("reference", "a", "b")
PICTURES = ".giqa-comparing .giqa-pane .giqa-pane-picture"
NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> dict[str, Path]:
    """A is slightly noisy, B pixelated in its right half."""
    folder, clean = tmp_path_factory.mktemp("pair"), open_image(shipped("coffee.png"))
    b = degrade(clean.pixels, [(TAXONOMY["pixelate"], 5, rectangle(ImageSize(600, 400), Box(0.5, 0.1, 0.95, 0.9)))], 0).pixels
    pixels = {"reference": clean.pixels, "a": TAXONOMY["gaussian_noise_rgb"].apply(clean.pixels, 1, np.random.default_rng(0)), "b": b}
    paths = {side: folder / f"{side} <b>.png" for side in SIDES}
    for side, path in paths.items():
        path.write_bytes(encode_png(pixels[side]))
    return paths


def open_tab(page: Page, studio: RunningStudio) -> Page:
    page.goto(studio.address)
    page.get_by_role("tab", name="Compare", exact=True).first.click()
    return page


def choose(page: Page, side: str, path: Path) -> None:
    page.locator(f'.giqa-slot[data-side="{side}"] input[type=file]').set_input_files(path)
    expect(page.locator(f'.giqa-slot[data-side="{side}"]')).to_contain_text(path.name)


def verdict(page: Page, words: str) -> None:
    expect(page.locator(".giqa-pair-verdict-word")).to_have_text(words, timeout=LONG_MS)


def test_a_pair_is_compared_looked_at_asked_about_and_voted_on(new_context: NewContext, studio: RunningStudio, pair: dict[str, Path]):
    page = open_tab(new_context(viewport={"width": 1400, "height": 950}).new_page(), studio)
    for side in ("b", "a"):
        choose(page, side, pair[side])
    expect(page.locator(".giqa-pair-verdict-word")).to_be_visible(timeout=LONG_MS)
    choose(page, "reference", pair["reference"])
    expect(page.locator(".giqa-pair-facts")).to_contain_text("against the reference", timeout=LONG_MS)
    first = page.locator(".giqa-pair-verdict-word").inner_text()
    expect(page.locator(".giqa-pair-facts")).to_contain_text("Both orders of A and B gave the same verdict.")

    phrase = page.locator(".giqa-answer .giqa-phrase").first
    phrase.focus()
    lit = page.locator(".giqa-comparing .giqa-pane:has(.giqa-marked) figcaption")
    expect(lit).to_have_count(1)
    worse = "Image B" if first.startswith("A") else "Image A"
    assert lit.inner_text() == worse  # the reasons begin with the worse
    page.keyboard.press("Enter")
    widths = [one["width"] for one in all_at_rest(page, PICTURES)]
    assert widths[0] == pytest.approx(widths[1], abs=1) == pytest.approx(widths[2], abs=1)
    page.get_by_role("button", name="Show all").first.click()
    frame = page.locator(".giqa-comparing .giqa-pane-frame").nth(1)
    frame.hover()
    page.mouse.wheel(0, -300)
    least = 1.2 * page.locator(".giqa-comparing .giqa-pane-frame").first.bounding_box()["width"] * 0.9
    page.wait_for_function("([pictures, least]) => document.querySelector(pictures).getBoundingClientRect().width > least", arg=[PICTURES, least])
    nearer = all_at_rest(page, PICTURES)
    assert nearer[0]["width"] == pytest.approx(nearer[2]["width"], abs=1)

    page.get_by_role("button", name="Difference map").click()
    expect(page.locator(".giqa-comparing .giqa-pane-heat:visible")).to_have_count(2)
    page.get_by_role("button", name="Slider").click()
    expect(page.locator(".giqa-wipe")).to_be_visible()
    page.get_by_label("How much of A is shown over B").fill("20")
    expect(page.locator(".giqa-wipe-cut")).to_have_attribute("style", re.compile("80%"))
    page.get_by_role("button", name="Slider").click()

    page.get_by_label("Ask about this pair").fill("Is there pixelation?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".giqa-answer .giqa-record-text")).to_contain_text("Image B: Yes", timeout=LONG_MS)

    page.get_by_role("button", name="Tie", exact=True).press("Enter")
    expect(page.locator(".giqa-votes")).to_contain_text("Kept in the project")
    expect(page.locator('[data-vote="tie"]')).to_have_attribute("aria-pressed", "true")
    (project,) = [one for one in httpx.get(f"{studio.address}/api/projects").json()["projects"] if one["name"] == "Compared pairs"]
    assert project["counts"]["submitted"] == 1

    page.get_by_role("button", name="Swap A and B").click()
    expect(page.locator('.giqa-slot[data-side="a"]')).to_contain_text("b <b>.png")
    verdict(page, "B is better" if first.startswith("A") else "A is better")


def test_the_same_photograph_twice_is_a_tie_and_a_file_that_is_none_is_said(new_context: NewContext, studio: RunningStudio, pair: dict[str, Path], tmp_path):
    page = open_tab(new_context(viewport={"width": 1400, "height": 950}).new_page(), studio)
    (tmp_path / "notes.txt").write_text("no image")
    page.locator('.giqa-slot[data-side="a"] input[type=file]').set_input_files(tmp_path / "notes.txt")
    expect(page.locator(".giqa-comparing .giqa-task-message")).to_contain_text("notes.txt: This is text.", timeout=LONG_MS)
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_disabled()
    for side in ("a", "b"):
        choose(page, side, pair["reference"])
    verdict(page, "A tie")
    expect(page.locator(".giqa-answer .giqa-record-text")).to_contain_text("Both images are identical.")
    choose(page, "reference", shipped("astronaut.png"))
    verdict(page, "A tie")
    page.get_by_role("button", name="Take Image B away").click()
    expect(page.locator(".giqa-answer")).to_be_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark"), (2560, "light")])
def test_nothing_overflows_the_page(new_context: NewContext, studio: RunningStudio, pair: dict[str, Path], width: int, scheme: str):
    page = new_context(viewport={"width": max(width, 700), "height": 844}, color_scheme=scheme).new_page()
    open_tab(page, studio)
    page.set_viewport_size({"width": width, "height": 844})
    for side in SIDES:
        choose(page, side, pair[side])
    expect(page.locator(".giqa-pair-verdict-word")).to_be_visible(timeout=LONG_MS)
    assert sideways(page) <= 0
