"""The view (zoom, pan, touch, smoothness), and the value that Python and the page both change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from core.boxes import Box
from studio.components.canvas import CanvasRegion, CanvasValue
from tests.browser.annotator_page import BLOCKS, DESCRIBED, png
from tests.browser.at_rest import at_rest, sideways
from tests.browser.canvas_driver import pixels, touch
from tests.browser.frames import count_frames, drag_about

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("ratio", [1, 2])
def test_zooming_keeps_the_point_under_the_cursor_at_any_pixel_ratio(open_canvas, ratio):
    canvas = open_canvas(device_scale_factor=ratio)
    canvas.stage.focus()
    cursor = canvas.at(613, 211)
    canvas.page.mouse.move(*cursor)
    for delta in (-120, -120, -240, -120, 120, -240, 60):
        before = canvas.view()[2]
        canvas.page.mouse.wheel(0, delta)
        canvas.zoomed(before)
        assert canvas.at(613, 211) == pytest.approx(cursor, abs=0.5)
    assert canvas.view()[2] > 1.2


@pytest.mark.parametrize("ratio", [1, 2])
def test_a_box_drawn_while_zoomed_in_stands_on_the_pixels_it_was_drawn_on(open_canvas, ratio):
    canvas = open_canvas(device_scale_factor=ratio)
    canvas.stage.focus()
    canvas.page.mouse.move(*canvas.at(400, 300))
    for _ in range(5):
        before = canvas.view()[2]
        canvas.page.mouse.wheel(0, -240)
        canvas.zoomed(before)
    canvas.drag((380, 290), (420, 315))
    assert pixels(canvas.drawn(1)[0]) == (380, 290, 420, 315)
    rect, picture = canvas.page.locator(".giqa-region[data-source=drawn] .giqa-line").first.bounding_box(), canvas.at(380, 290)
    assert (rect["x"], rect["y"]) == pytest.approx(picture, abs=2)


def test_the_wheel_scrolls_the_page_until_the_canvas_has_the_focus(canvas):
    canvas.page.mouse.move(*canvas.at(400, 300))
    before = canvas.view()[2]
    canvas.page.mouse.wheel(0, -240)
    canvas.page.wait_for_timeout(100)
    assert canvas.view()[2] == before
    canvas.stage.focus()
    canvas.page.mouse.wheel(0, -240)
    canvas.zoomed(before)
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


def test_one_finger_draws_and_two_pinch(open_canvas):
    canvas = open_canvas(has_touch=True, viewport={"width": 390, "height": 844})
    finger = canvas.page.context.new_cdp_session(canvas.page)
    touch(finger, "touchStart", canvas.at(100, 100))
    for step in range(1, 5):
        touch(finger, "touchMove", canvas.at(100 + 50 * step, 100 + 40 * step))
    touch(finger, "touchEnd")
    assert pixels(canvas.drawn(1)[0]) == pytest.approx((100, 100, 300, 260), abs=3)
    before = canvas.view()[2]
    middle = canvas.at(400, 450)
    spread = [(middle[0] - 20, middle[1]), (middle[0] + 20, middle[1])]
    touch(finger, "touchStart", spread[0])
    touch(finger, "touchStart", *spread)
    for step in range(1, 6):
        touch(finger, "touchMove", (spread[0][0] - 8 * step, middle[1]), (spread[1][0] + 8 * step, middle[1]))
    touch(finger, "touchEnd")
    assert canvas.view()[2] == pytest.approx(before * 3, rel=0.05)
    assert canvas.at(400, 450) == pytest.approx(middle, abs=2)
    assert len(canvas.boxes()) == 1


def test_what_was_drawn_while_an_answer_was_made_stays(canvas):
    canvas.page.get_by_role("button", name="Slowly").click()
    canvas.drag((500, 400), (600, 500))
    value = canvas.served.wait("both", lambda value: len(value.regions) == 4)
    assert [region.source for region in value.regions] == ["described", "described", "answered", "drawn"]
    assert value.selected == (value.drawn[0].id,)
    canvas.stage.focus()
    canvas.press("Control+z")
    canvas.drawn(0)


def test_python_can_open_another_image(canvas):
    canvas.drag((100, 100), (300, 250))
    canvas.drawn(1)
    canvas.page.get_by_role("button", name="Other").click()
    expect(canvas.page.locator(".giqa-name")).to_have_text("other.png · 300×500 px")
    assert canvas.boxes() == []
    canvas.page.get_by_role("button", name="Describe").click()
    expect(canvas.page.locator(".giqa-region[data-source=described]")).to_have_count(2)


def test_python_can_clear_the_canvas(canvas):
    canvas.drag((100, 100), (300, 250))
    canvas.drawn(1)
    canvas.page.get_by_role("button", name="Clear").click()
    expect(canvas.page.get_by_text("Drop a photograph here")).to_be_visible()
    assert canvas.served.wait("an empty canvas", lambda value: value.image is None).regions == ()


def test_a_canvas_that_was_hidden_comes_back_with_its_boxes(canvas):
    canvas.drag((100, 100), (300, 250))
    before = canvas.boxes()
    canvas.page.get_by_role("button", name="Hide").click()
    expect(canvas.stage).to_be_hidden()
    canvas.page.get_by_role("button", name="Show").click()
    expect(canvas.stage).to_be_visible()
    assert canvas.boxes() == before
    canvas.stage.focus()
    canvas.press("Delete")
    canvas.drawn(0)


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


def test_dragging_one_of_200_boxes_on_24_megapixels_leaves_room_for_50_frames_a_second(open_canvas, served):
    """The page's own work for a frame; how many frames there are in the end is the machine's affair too, so half of those of a pointer that drags nothing will do."""
    grid = [(column / 20, row / 10) for row in range(10) for column in range(20)]
    regions = tuple(CanvasRegion(f"r{n}", Box(x + 0.005, y + 0.01, x + 0.04, y + 0.08)) for n, (x, y) in enumerate(grid))
    served.start = CanvasValue(image=served.add(png(6000, 4000), "large.png"), regions=regions, selected=("r0",))
    canvas = open_canvas()
    canvas.page.wait_for_function("document.querySelector('.giqa-picture').complete")
    corner = at_rest(canvas.stage)
    left, top = canvas.at(120, 180)
    idle = count_frames(canvas.page, lambda: drag_about(canvas.page, canvas.page.get_by_label("Question"), 5, 5))
    frames = count_frames(canvas.page, lambda: drag_about(canvas.page, canvas.stage, left - corner["x"], top - corner["y"]))
    served.wait("the drag's end", lambda value: value.revision > 0)
    assert frames.busy_seconds < 0.01 and frames.per_second > idle.per_second / 2, (idle, frames)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_nothing_overflows_the_page(open_canvas, served, width, scheme):
    served.start, served.blocks = replace(served.start, regions=DESCRIBED), BLOCKS
    canvas = open_canvas(viewport={"width": width, "height": 844}, color_scheme=scheme)
    canvas.page.wait_for_selector(".giqa-phrase")
    assert sideways(canvas.page) <= 0
