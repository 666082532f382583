"""The annotator and the grounded text in a real browser, with Python on the other side."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from core.boxes import Box
from studio.components.canvas import CanvasRegion, CanvasValue
from tests.browser.annotator_page import BLOCKS, DESCRIBED, Served, png, serve
from tests.browser.frames import count_frames, drag_about

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=window.pwned=1> ${window.pwned=2} {{value}} `</script>"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve() as served:
        yield served


@pytest.fixture
def served(server: Served) -> Served:
    """The server with an 800x600 photograph on the canvas and nothing else."""
    server.start, server.blocks = CanvasValue(image=server.add(png(800, 600), "roof.png")), []
    server.canvas = CanvasValue()
    server.opened.clear()
    return server


class Canvas:
    """The page as a person sees it; places are in pixels of the image."""

    def __init__(self, page: Page, served: Served) -> None:
        self.page, self.served = page, served
        self.stage = page.locator(".giqa-stage")

    def view(self) -> tuple[float, float, float]:
        """Page pixels of the image's corner, and its scale."""
        picture = self.page.locator(".giqa-picture").bounding_box()
        assert picture is not None and self.served.start.image is not None
        return picture["x"], picture["y"], picture["width"] / self.page.evaluate("document.querySelector('.giqa-picture').width")

    def at(self, x: float, y: float) -> tuple[float, float]:
        left, top, scale = self.view()
        return left + x * scale, top + y * scale

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, release: bool = True) -> None:
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=4)
        if release:
            self.page.mouse.up()

    def click(self, x: float, y: float, **options: Any) -> None:
        self.page.mouse.click(*self.at(x, y), **options)

    def drawn(self, count: int) -> tuple[CanvasRegion, ...]:
        """What Python knows, once it knows of `count` drawn boxes."""
        return self.served.wait(f"{count} drawn boxes", lambda value: len(value.drawn) == count).drawn

    def boxes(self) -> list[tuple[int, ...]]:
        """The drawn boxes on the page in image pixels."""
        return [tuple(round(value) for value in row) for row in self.page.evaluate("""() =>
            [...document.querySelectorAll('.giqa-region[data-source=drawn]:not(.giqa-draft) .giqa-line')].map((rect) => {
              const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => Number(rect.getAttribute(name)));
              return [x, y, x + width, y + height];
            })""")]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tool(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()


def _open(browser: Browser, served: Served, **options: Any) -> tuple[Page, list[str]]:
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 800}, **options})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(served.url)
    page.wait_for_selector(".giqa-has-image" if served.start.image else ".giqa-annotator")
    return page, errors


@pytest.fixture
def canvas(browser: Browser, served: Served) -> Iterator[Canvas]:
    page, errors = _open(browser, served)
    yield Canvas(page, served)
    page.close()
    assert errors == []


def pixels(region: CanvasRegion) -> tuple[int, ...]:
    x1, y1, x2, y2 = region.box.as_tuple()
    return round(x1 * 800), round(y1 * 600), round(x2 * 800), round(y2 * 600)


def test_a_drawn_box_reaches_python_in_whole_pixels_and_selected(canvas):
    canvas.drag((100, 100), (300, 250))
    (region,) = canvas.drawn(1)
    assert pixels(region) == pytest.approx((100, 100, 300, 250), abs=1)
    assert all(value == pytest.approx(round(value), abs=1e-9) for value in (region.box.x1 * 800, region.box.y2 * 600))
    assert canvas.served.canvas.selected == (region.id,)
    expect(canvas.page.locator(".giqa-status")).to_contain_text("Box 1 of 1, drawn by you: ")


def test_a_box_can_be_moved_resized_deleted_and_all_of_it_undone(canvas):
    canvas.drag((100, 100), (300, 250))
    canvas.drag((200, 150), (250, 170))
    moved = canvas.boxes()[0]
    assert moved == pytest.approx((150, 120, 350, 270), abs=2)
    canvas.drag((moved[2], moved[3]), (500, 400))
    assert canvas.boxes()[0] == pytest.approx((*moved[:2], 500, 400), abs=2)
    canvas.press("Delete")
    assert canvas.boxes() == []
    canvas.drawn(0)
    canvas.press("Control+z", "Control+z")
    assert canvas.boxes() == [moved]
    canvas.press("Control+z", "Control+z", "Control+z")
    assert canvas.boxes() == []
    canvas.press("Control+y", "Control+Shift+z")
    assert canvas.boxes() == [moved]
    assert pixels(canvas.drawn(1)[0]) == moved


@pytest.mark.parametrize(
    ("handle", "to", "expected"),
    [
        pytest.param((200, 200), (150, 140), (150, 140, 400, 300), id="upper left"),
        pytest.param((300, 200), (300, 140), (200, 140, 400, 300), id="top"),
        pytest.param((400, 200), (450, 140), (200, 140, 450, 300), id="upper right"),
        pytest.param((400, 250), (450, 250), (200, 200, 450, 300), id="right"),
        pytest.param((400, 300), (150, 100), (200, 200, 201, 201), id="lower right, turned over"),
        pytest.param((300, 300), (300, 900), (200, 200, 400, 600), id="bottom, beyond the image"),
        pytest.param((200, 300), (150, 340), (150, 200, 400, 340), id="lower left"),
        pytest.param((200, 250), (150, 250), (150, 200, 400, 300), id="left"),
    ],
)
def test_each_handle_moves_its_edges(browser, served, handle, to, expected):
    region = CanvasRegion("r", Box(0.25, 1 / 3, 0.5, 0.5))
    served.start = replace(served.start, regions=(region,), selected=("r",))
    page, errors = _open(browser, served)
    canvas = Canvas(page, served)
    canvas.drag(handle, to)
    assert canvas.boxes() == [pytest.approx(expected, abs=2)]
    page.close()
    assert errors == []


def test_escape_gives_up_a_drag_and_nothing_changes(canvas):
    canvas.drag((100, 100), (300, 250))
    before = canvas.boxes()
    canvas.drag((200, 150), (400, 400), release=False)
    assert canvas.boxes() != before
    canvas.press("Escape")
    canvas.page.mouse.up()
    assert canvas.boxes() == before
    canvas.drag((500, 500), (600, 560), release=False)
    canvas.press("Escape")
    canvas.page.mouse.up()
    assert canvas.boxes() == before


def test_clicking_selects_the_smallest_box_and_shift_several(browser, served):
    outer, inner = CanvasRegion("outer", Box(0.1, 0.1, 0.9, 0.9)), CanvasRegion("inner", Box(0.4, 0.4, 0.6, 0.6))
    served.start = replace(served.start, regions=(inner, outer))
    page, errors = _open(browser, served)
    canvas = Canvas(page, served)
    canvas.tool("Select")
    canvas.click(400, 300)
    served.wait("the inner box", lambda value: value.selected == ("inner",))
    page.keyboard.down("Shift")
    canvas.click(100, 100)
    page.keyboard.up("Shift")
    served.wait("both", lambda value: set(value.selected) == {"outer", "inner"})
    canvas.drag((110, 110), (120, 130))
    assert canvas.boxes() == [pytest.approx((330, 260, 490, 380), abs=2), pytest.approx((90, 80, 730, 560), abs=2)]
    canvas.click(10, 10)
    served.wait("nothing", lambda value: value.selected == ())
    page.close()
    assert errors == []


def test_the_keyboard_alone_makes_moves_resizes_labels_and_deletes_a_box(canvas):
    canvas.stage.focus()
    canvas.press("Enter")
    start = canvas.boxes()[0]
    canvas.press("ArrowRight", "ArrowRight", "Shift+ArrowDown", "Alt+ArrowRight", "Alt+Shift+ArrowDown")
    expected = (start[0] + 2, start[1] + 10, start[2] + 3, start[3] + 20)
    assert canvas.boxes() == [expected]
    canvas.press("2")
    canvas.served.wait("the label", lambda value: [region.label for region in value.drawn] == ["noise"])
    assert pixels(canvas.drawn(1)[0]) == expected
    canvas.press("Control+d")
    assert [region.label for region in canvas.drawn(2)] == ["noise", "noise"]
    canvas.press("Delete", "Backspace")
    canvas.drawn(0)


def test_tab_walks_the_boxes_and_leaves_at_the_end_or_after_escape(browser, served):
    served.start = replace(served.start, regions=DESCRIBED)
    page, errors = _open(browser, served)
    canvas = Canvas(page, served)
    focused = "document.activeElement.dataset.id ?? document.activeElement.className"
    canvas.stage.focus()
    walk = []
    for _ in range(4):
        canvas.press("Tab")
        walk.append(page.evaluate(focused))
    assert walk[:3] == ["m1", "m2", "m3"]
    assert not page.evaluate("document.querySelector('.giqa-stage').contains(document.activeElement)")
    canvas.stage.focus()
    canvas.press("Shift+Tab")
    assert page.evaluate(focused) == "m2"
    canvas.press("Escape", "Escape", "Tab")
    assert not page.evaluate("document.querySelector('.giqa-stage').contains(document.activeElement)")
    page.close()
    assert errors == []


def test_a_box_says_what_it_is_to_those_who_do_not_see_it(browser, served):
    served.start = replace(served.start, regions=DESCRIBED)
    page, _ = _open(browser, served)
    expect(page.get_by_role("button", name="Box 2 of 3, from the description, the sky: 280×360 px at 440, 120")).to_have_attribute("aria-pressed", "false")
    Canvas(page, served).stage.focus()
    page.keyboard.press("Tab")
    expect(page.locator(".giqa-spoken")).to_have_text("Box 1 of 3, from the description, the red roof: 280×240 px at 40, 60")
    page.close()


def test_keys_typed_into_a_text_box_never_touch_the_canvas(canvas):
    canvas.drag((100, 100), (300, 250))
    before, tool = canvas.boxes(), canvas.stage.get_attribute("data-tool")
    question = canvas.page.get_by_label("Question")
    question.click()
    canvas.page.keyboard.type("vhr d 1 + - 0 ?")
    canvas.press("Backspace", "ArrowLeft", "Delete", "Control+z", "Enter", "Control+d", "Escape")
    assert canvas.boxes() == before
    assert canvas.stage.get_attribute("data-tool") == tool
    expect(canvas.page.locator("dialog[open]")).to_have_count(0)


@pytest.fixture
def talk(browser: Browser, served: Served) -> Iterator[Canvas]:
    """A description and a conversation beside their boxes."""
    served.start, served.blocks = replace(served.start, regions=DESCRIBED), BLOCKS
    page, errors = _open(browser, served)
    page.wait_for_selector(".giqa-phrase")
    yield Canvas(page, served)
    page.close()
    assert errors == []


def pointed(page: Page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.giqa-region.giqa-pointed')].map((group) => group.dataset.id)")


def test_pointing_at_a_phrase_shows_its_box_and_dims_the_others(talk):
    roof = talk.page.locator(".giqa-phrase", has_text="The red roof")
    roof.hover()
    assert pointed(talk.page) == ["m1"]
    expect(talk.stage).to_have_class("giqa-stage giqa-dimming")
    talk.page.get_by_label("Question").hover()
    assert pointed(talk.page) == []
    talk.page.locator(".giqa-phrase", has_text="the sky").focus()
    assert pointed(talk.page) == ["m2"]


def test_choosing_a_phrase_selects_its_box_until_it_is_chosen_again(talk):
    noise = talk.page.locator(".giqa-phrase", has_text="noise")
    noise.click()
    talk.served.wait("the box of the phrase", lambda value: value.selected == ("m3",))
    expect(noise).to_have_attribute("aria-pressed", "true")
    talk.page.get_by_label("Question").hover()
    assert pointed(talk.page) == ["m3"]
    noise.press("Enter")
    talk.served.wait("nothing", lambda value: value.selected == ())
    expect(noise).to_have_attribute("aria-pressed", "false")


def test_choosing_a_phrase_brings_a_box_out_of_sight_into_view(talk):
    talk.page.mouse.move(*talk.at(40, 40))
    talk.page.keyboard.down("Control")
    for _ in range(6):
        talk.page.mouse.wheel(0, -200)
    talk.page.keyboard.up("Control")
    talk.page.locator(".giqa-phrase", has_text="the sky").click()
    stage, box = talk.stage.bounding_box(), talk.page.locator("[data-id=m2] .giqa-line").bounding_box()
    assert stage["x"] <= box["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"]


def test_pointing_at_a_box_marks_its_phrases_and_selecting_it_presses_them(talk):
    talk.page.mouse.move(*talk.at(700, 300))
    sky = talk.page.locator(".giqa-phrase", has_text="the sky")
    expect(sky).to_have_class("giqa-phrase giqa-pointed")
    expect(talk.page.locator(".giqa-status")).to_have_text("Box 2 of 3, from the description, the sky: 280×360 px at 440, 120")
    talk.page.mouse.move(*talk.at(5, 5))
    expect(sky).to_have_class("giqa-phrase")
    talk.click(700, 300)
    expect(sky).to_have_attribute("aria-pressed", "true")


def test_phrases_stand_at_code_points_and_verdicts_in_words(talk):
    page = talk.page
    assert page.locator("[data-id=d] .giqa-phrase").all_text_contents() == ["The red roof", "the sky"]
    expect(page.locator("[data-id=d] p")).to_have_text(BLOCKS[0]["text"])
    expect(page.locator("[data-id=a1] header")).to_have_text("Answer86 % sure")
    expect(page.locator("[data-id=a2] header")).to_have_text("AnswerNot answered")
    expect(page.locator("[data-id=q1] header")).to_have_text("You")


def test_selecting_a_box_scrolls_its_phrase_into_sight_within_the_panel(browser, served):
    served.start = replace(served.start, regions=DESCRIBED)
    filler = [{"id": f"n{index}", "kind": "note", "text": "More words.", "phrases": [], "status": None, "confidence": None} for index in range(40)]
    served.blocks = [*filler, BLOCKS[0]]
    page, _ = _open(browser, served)
    page.wait_for_selector(".giqa-phrase")
    page.add_style_tag(content="#text { max-height: 200px; overflow-y: auto !important; }")
    Canvas(page, served).click(100, 100)
    expect(page.locator(".giqa-phrase", has_text="The red roof")).to_be_in_viewport()
    assert page.evaluate("document.querySelector('#text').scrollTop") > 0
    assert page.evaluate("window.scrollY") == 0
    page.close()


def test_the_machines_boxes_can_be_chosen_but_not_moved_or_deleted(talk):
    talk.tool("Select")
    talk.drag((100, 100), (300, 300))
    talk.press("ArrowLeft", "Delete")
    talk.served.wait("the machine's box", lambda value: value.selected == ("m1",))
    assert [region.box for region in talk.served.canvas.regions] == [region.box for region in DESCRIBED]


def test_markup_in_every_text_stays_text(browser, served):
    image = replace(served.start.image, name=HOSTILE, notes=(HOSTILE,))
    served.start = replace(served.start, image=image, regions=(CanvasRegion("r", Box(0, 0, 0.5, 0.5), HOSTILE),), selected=("r",))
    served.blocks = [
        {"id": "d", "kind": kind, "text": HOSTILE, "phrases": [{"start": 0, "end": 20, "regions": ["r"]}], "status": None, "confidence": None}
        for kind in ("description", "question", "answer", "note")
    ]
    page, errors = _open(browser, served)
    page.wait_for_selector(".giqa-phrase")
    expect(page.locator(".giqa-tag")).to_have_text(HOSTILE)
    expect(page.locator(".giqa-name")).to_have_text(f"{HOSTILE} · 800×600 px · {HOSTILE}")
    assert page.locator(".giqa-block p").all_text_contents() == [HOSTILE] * 4
    page.locator(".giqa-file").set_input_files({"name": HOSTILE.replace("/", "_"), "mimeType": "image/png", "buffer": b"not an image <b>${1}"})
    expect(page.locator(".giqa-error")).to_be_visible()
    assert page.evaluate("window.pwned") is None
    assert page.locator("#canvas img, #text img").count() == 1
    page.close()
    assert errors == []


@pytest.mark.parametrize("ratio", [1, 2])
def test_zooming_keeps_the_point_under_the_cursor_at_any_pixel_ratio(browser, served, ratio):
    page, _ = _open(browser, served, device_scale_factor=ratio)
    canvas = Canvas(page, served)
    canvas.stage.focus()
    cursor = canvas.at(613, 211)
    page.mouse.move(*cursor)
    for delta in (-120, -120, -240, -120, 120, -240, 60):
        page.mouse.wheel(0, delta)
        page.wait_for_timeout(60)
        assert canvas.at(613, 211) == pytest.approx(cursor, abs=0.5)
    assert canvas.view()[2] > 1.5
    page.close()


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_box_drawn_while_zoomed_in_stands_on_the_pixels_it_was_drawn_on(browser, served, ratio):
    page, _ = _open(browser, served, device_scale_factor=ratio)
    canvas = Canvas(page, served)
    canvas.stage.focus()
    page.mouse.move(*canvas.at(400, 300))
    for _ in range(5):
        page.mouse.wheel(0, -240)
    page.wait_for_timeout(100)
    canvas.drag((380, 290), (420, 315))
    assert pixels(canvas.drawn(1)[0]) == (380, 290, 420, 315)
    rect, picture = page.locator(".giqa-region[data-source=drawn] .giqa-line").first.bounding_box(), canvas.at(380, 290)
    assert (rect["x"], rect["y"]) == pytest.approx(picture, abs=2)
    page.close()


def test_the_wheel_scrolls_the_page_until_the_canvas_has_the_focus(canvas):
    canvas.page.mouse.move(*canvas.at(400, 300))
    before = canvas.view()[2]
    canvas.page.mouse.wheel(0, -240)
    canvas.page.wait_for_timeout(100)
    assert canvas.view()[2] == before
    canvas.stage.focus()
    canvas.page.mouse.wheel(0, -240)
    canvas.page.wait_for_timeout(100)
    assert canvas.view()[2] > before


def test_plus_minus_fit_and_the_space_bar_move_the_view(canvas):
    canvas.stage.focus()
    start = canvas.view()
    canvas.press("+", "+", "-")
    assert canvas.view()[2] == pytest.approx(start[2] * 1.25)
    expect(canvas.page.locator(".giqa-zoom")).to_have_text(f"{round(start[2] * 125)} %")
    canvas.page.keyboard.down("Space")
    left, top, _ = canvas.view()
    canvas.page.mouse.move(*canvas.at(400, 300))
    canvas.page.mouse.down()
    canvas.page.mouse.move(canvas.at(400, 300)[0] + 50, canvas.at(400, 300)[1] + 30)
    canvas.page.mouse.up()
    canvas.page.keyboard.up("Space")
    assert canvas.view()[:2] == pytest.approx((left + 50, top + 30), abs=1)
    assert canvas.boxes() == []
    canvas.press("0")
    assert canvas.view() == pytest.approx(start)


def _touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_one_finger_draws_and_two_pinch(browser, served):
    page, errors = _open(browser, served, has_touch=True, viewport={"width": 390, "height": 844})
    canvas, finger = Canvas(page, served), page.context.new_cdp_session(page)
    _touch(finger, "touchStart", canvas.at(100, 100))
    for step in range(1, 5):
        _touch(finger, "touchMove", canvas.at(100 + 50 * step, 100 + 40 * step))
    _touch(finger, "touchEnd")
    assert pixels(canvas.drawn(1)[0]) == pytest.approx((100, 100, 300, 260), abs=3)
    before = canvas.view()[2]
    middle = canvas.at(400, 450)
    spread = [(middle[0] - 20, middle[1]), (middle[0] + 20, middle[1])]
    _touch(finger, "touchStart", spread[0])
    _touch(finger, "touchStart", *spread)
    for step in range(1, 6):
        _touch(finger, "touchMove", (spread[0][0] - 8 * step, middle[1]), (spread[1][0] + 8 * step, middle[1]))
    _touch(finger, "touchEnd")
    assert canvas.view()[2] == pytest.approx(before * 3, rel=0.05)
    assert canvas.at(400, 450) == pytest.approx(middle, abs=2)
    assert len(canvas.boxes()) == 1
    page.close()
    assert errors == []


def test_what_was_drawn_while_an_answer_was_made_stays(canvas):
    canvas.page.get_by_role("button", name="Slowly").click()
    canvas.drag((500, 400), (600, 500))
    value = canvas.served.wait("both", lambda value: len(value.regions) == 4)
    assert [region.source for region in value.regions] == ["described", "described", "answered", "drawn"]
    assert value.selected == (value.drawn[0].id,)
    canvas.stage.focus()
    canvas.press("Control+z")
    canvas.drawn(0)


def test_an_answer_about_an_image_replaced_meanwhile_is_dropped(canvas):
    canvas.page.get_by_role("button", name="Slowly").click()
    canvas.page.locator(".giqa-file").set_input_files({"name": "new.png", "mimeType": "image/png", "buffer": png(500, 400, 3)})
    canvas.served.wait("the new image", lambda value: value.image and value.image.name == "new.png")
    canvas.page.wait_for_timeout(2000)
    assert (canvas.served.canvas.image.name, canvas.served.canvas.regions) == ("new.png", ())
    expect(canvas.page.locator(".giqa-name")).to_contain_text("new.png")
    expect(canvas.page.locator(".giqa-region:not(.giqa-draft)")).to_have_count(0)


def test_python_can_open_another_image(canvas):
    canvas.drag((100, 100), (300, 250))
    canvas.drawn(1)
    canvas.page.get_by_role("button", name="Other").click()
    expect(canvas.page.locator(".giqa-name")).to_have_text("other.png · 300×500 px")
    assert canvas.boxes() == []
    canvas.page.get_by_role("button", name="Describe").click()
    expect(canvas.page.locator(".giqa-region[data-source=described]")).to_have_count(2)


def test_a_heat_map_lies_over_the_image_and_is_told_in_words(canvas):
    canvas.page.get_by_role("button", name="Heat").click()
    expect(canvas.page.locator(".giqa-heat-legend")).to_contain_text("Noise: strongest in the lower right (100 %)")
    corner = "document.querySelector('.giqa-heat').getContext('2d').getImageData(19, 19, 1, 1).data"
    assert list(canvas.page.evaluate(f"[...{corner}]"))[:3] == pytest.approx([252, 255, 184], abs=2)
    heat, picture = canvas.page.locator(".giqa-heat").bounding_box(), canvas.page.locator(".giqa-picture").bounding_box()
    assert heat == pytest.approx(picture, abs=0.5)


def test_a_read_only_canvas_lets_look_and_choose_only(canvas):
    canvas.drag((100, 100), (300, 250))
    canvas.drawn(1)
    canvas.page.get_by_role("button", name="Read only").click()
    expect(canvas.page.locator(".giqa-readonly")).to_be_visible()
    before = canvas.boxes()
    canvas.drag((200, 150), (400, 400))
    canvas.press("Delete", "r", "Enter", "Control+z", "Control+d")
    assert canvas.boxes() == before
    for name in ("Draw a box", "Delete", "Undo", "Replace image"):
        expect(canvas.page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    expect(canvas.page.get_by_role("button", name="Zoom in", exact=True)).to_be_visible()


def test_the_keys_are_listed_and_the_list_closes(canvas):
    canvas.stage.focus()
    canvas.press("?")
    help_panel = canvas.page.get_by_role("dialog", name="Keys")
    expect(help_panel).to_be_visible()
    expect(help_panel.locator(".giqa-help-row", has_text="Draw a box")).to_have_text("Draw a boxR")
    canvas.press("Escape")
    expect(help_panel).to_be_hidden()


@pytest.fixture
def empty(browser: Browser, served: Served) -> Iterator[Canvas]:
    served.start = CanvasValue()
    page, errors = _open(browser, served)
    yield Canvas(page, served)
    page.close()
    assert errors == []


def _files(page: Page, kind: str, target: str, data: bytes, name: str = "dropped ünï.png", media_type: str = "image/png") -> None:
    """A file dropped or pasted, as the browser would tell of it."""
    page.evaluate(
        """([kind, target, data, name, type]) => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], name, { type }));
          const event = kind === 'paste'
            ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true })
            : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
          document.querySelector(target).dispatchEvent(event);
        }""",
        [kind, target, base64.b64encode(data).decode(), name, media_type],
    )


@pytest.mark.parametrize(("kind", "target"), [("drop", ".giqa-frame"), ("drop", "body"), ("paste", "body")])
def test_an_image_can_be_dropped_or_pasted_anywhere(empty, kind, target):
    _files(empty.page, kind, target, png(320, 240))
    value = empty.served.wait("the image", lambda value: value.image is not None)
    assert (value.image.name, value.image.width, value.image.height, value.regions) == ("dropped ünï.png", 320, 240, ())
    expect(empty.page.locator(".giqa-name")).to_have_text("dropped ünï.png · 320×240 px")
    empty.page.wait_for_timeout(200)
    assert empty.served.opened == ["dropped ünï.png"]


def test_what_is_pasted_into_a_text_box_is_the_text_boxs(empty):
    _files(empty.page, "paste", "textarea", png(320, 240))
    empty.page.wait_for_timeout(400)
    assert (empty.served.canvas.image, empty.served.opened) == (None, [])


def test_an_image_can_be_chosen_and_replaced_with_its_boxes_gone(empty):
    with empty.page.expect_file_chooser() as chooser:
        empty.page.get_by_role("button", name="Choose an image").click()
    chooser.value.set_files({"name": "first.png", "mimeType": "image/png", "buffer": png(320, 240)})
    empty.served.wait("the image", lambda value: value.image is not None)
    empty.served.start = empty.served.canvas
    empty.drag((20, 20), (100, 100))
    empty.drawn(1)
    with empty.page.expect_file_chooser() as chooser:
        empty.page.get_by_role("button", name="Replace image").click()
    chooser.value.set_files({"name": "second.png", "mimeType": "image/png", "buffer": png(200, 300, 2)})
    value = empty.served.wait("the second image", lambda value: value.image.name == "second.png")
    assert (value.regions, value.revision) == ((), 3)


@pytest.mark.parametrize("data", [pytest.param(b"", id="0 bytes"), pytest.param(b"GIF89a but not", id="not an image"), pytest.param(png(64, 64)[:300], id="cut off")])
def test_a_file_that_is_no_image_is_refused_in_words_and_the_canvas_stays(canvas, data):
    _files(canvas.page, "drop", ".giqa-frame", data, "broken.png")
    expect(canvas.page.locator(".giqa-error").first).to_be_visible()
    words = canvas.page.locator(".giqa-error span").first.text_content() or ""
    assert len(words) > 20 and "Traceback" not in words and "status" not in words
    expect(canvas.page.locator(".giqa-name")).to_have_text("roof.png · 800×600 px")
    canvas.page.get_by_role("button", name="Dismiss").click()
    expect(canvas.page.locator(".giqa-error").first).to_be_hidden()


def test_a_studio_that_does_not_answer_is_said_so(empty):
    empty.page.route("**/api/images", lambda route: route.abort())
    _files(empty.page, "drop", "body", png(20, 20))
    expect(empty.page.locator(".giqa-error span").first).to_have_text(
        "The image could not be sent: the studio did not answer. Check that it is running and that you are connected, then try again."
    )
    expect(empty.page.get_by_role("button", name="Choose an image")).to_be_visible()


def test_a_picture_that_cannot_be_loaded_is_said_so(browser, served):
    served.start = replace(served.start, image=replace(served.start.image, url="/nowhere.png"))
    page, _ = _open(browser, served)
    expect(page.locator(".giqa-error span").first).to_have_text("The picture of roof.png could not be loaded. Reload the page, or open the image again.")
    page.close()


def test_the_camera_takes_a_picture(empty):
    empty.page.get_by_role("button", name="Use the camera").click()
    empty.page.get_by_role("button", name="Take the picture").click(timeout=10_000)
    value = empty.served.wait("the picture", lambda value: value.image is not None)
    assert value.image.name == "webcam.png"
    expect(empty.page.get_by_role("dialog", name="Camera")).to_have_count(0)


def test_a_camera_that_is_not_there_is_explained(empty):
    empty.page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError')); }")
    empty.page.get_by_role("button", name="Use the camera").click()
    expect(empty.page.get_by_role("dialog", name="Camera").get_by_role("alert")).to_have_text("No camera was found. Connect one, or choose a file instead.")


def test_dragging_one_of_200_boxes_on_24_megapixels_runs_at_50_frames_a_second(browser, served):
    grid = [(column / 20, row / 10) for row in range(10) for column in range(20)]
    regions = tuple(CanvasRegion(f"r{n}", Box(x + 0.005, y + 0.01, x + 0.04, y + 0.08)) for n, (x, y) in enumerate(grid))
    served.start = CanvasValue(image=served.add(png(6000, 4000), "large.png"), regions=regions, selected=("r0",))
    page, errors = _open(browser, served)
    page.wait_for_function("document.querySelector('.giqa-picture').complete")
    page.wait_for_timeout(1000)
    canvas = Canvas(page, served)
    left, top = canvas.at(120, 180)
    corner = canvas.stage.bounding_box()
    frames = count_frames(page, lambda: drag_about(page, canvas.stage, left - corner["x"], top - corner["y"]))
    served.wait("the drag's end", lambda value: value.revision > 0)
    assert frames.per_second >= 50, frames
    page.close()
    assert errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_nothing_overflows_the_page(browser, served, width, scheme):
    served.start, served.blocks = replace(served.start, regions=DESCRIBED), BLOCKS
    page, _ = _open(browser, served, viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.wait_for_selector(".giqa-phrase")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.close()
