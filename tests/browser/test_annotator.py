"""Drawing, selecting and changing boxes in a real browser, by mouse and by keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from core.boxes import Box
from studio.components.canvas import CanvasRegion
from tests.browser.annotator_page import DESCRIBED
from tests.browser.canvas_driver import pixels

pytestmark = pytest.mark.browser


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
def test_each_handle_moves_its_edges(open_canvas, served, handle, to, expected):
    region = CanvasRegion("r", Box(0.25, 1 / 3, 0.5, 0.5))
    served.start = replace(served.start, regions=(region,), selected=("r",))
    canvas = open_canvas()
    canvas.drag(handle, to)
    assert canvas.boxes() == [pytest.approx(expected, abs=2)]


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


def test_clicking_selects_the_smallest_box_and_shift_several(open_canvas, served):
    outer, inner = CanvasRegion("outer", Box(0.1, 0.1, 0.9, 0.9)), CanvasRegion("inner", Box(0.4, 0.4, 0.6, 0.6))
    served.start = replace(served.start, regions=(inner, outer))
    canvas = open_canvas()
    canvas.tool("Select")
    canvas.click(400, 300)
    served.wait("the inner box", lambda value: value.selected == ("inner",))
    canvas.page.keyboard.down("Shift")
    canvas.click(100, 100)
    canvas.page.keyboard.up("Shift")
    served.wait("both", lambda value: set(value.selected) == {"outer", "inner"})
    canvas.drag((110, 110), (120, 130))
    assert canvas.boxes() == [pytest.approx((330, 260, 490, 380), abs=2), pytest.approx((90, 80, 730, 560), abs=2)]
    canvas.click(10, 10)
    served.wait("nothing", lambda value: value.selected == ())


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


def test_tab_walks_the_boxes_and_leaves_at_the_end_or_after_escape(open_canvas, served):
    served.start = replace(served.start, regions=DESCRIBED)
    canvas = open_canvas()
    focused = "document.activeElement.dataset.id ?? document.activeElement.className"
    canvas.stage.focus()
    walk = []
    for _ in range(4):
        canvas.press("Tab")
        walk.append(canvas.page.evaluate(focused))
    assert walk[:3] == ["m1", "m2", "m3"]
    assert not canvas.page.evaluate("document.querySelector('.giqa-stage').contains(document.activeElement)")
    canvas.stage.focus()
    canvas.press("Shift+Tab")
    assert canvas.page.evaluate(focused) == "m2"
    canvas.press("Escape", "Escape", "Tab")
    assert not canvas.page.evaluate("document.querySelector('.giqa-stage').contains(document.activeElement)")


def test_a_box_says_what_it_is_to_those_who_do_not_see_it(open_canvas, served):
    served.start = replace(served.start, regions=DESCRIBED)
    canvas = open_canvas()
    sky = canvas.page.get_by_role("button", name="Box 2 of 3, from the description, the sky: 280×360 px at 440, 120")
    expect(sky).to_have_attribute("aria-pressed", "false")
    canvas.stage.focus()
    canvas.page.keyboard.press("Tab")
    expect(canvas.page.locator(".giqa-spoken")).to_have_text("Box 1 of 3, from the description, the red roof: 280×240 px at 40, 60")


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


def test_the_machines_boxes_can_be_chosen_but_not_moved_or_deleted(talk):
    talk.tool("Select")
    talk.drag((100, 100), (300, 300))
    talk.press("ArrowLeft", "Delete")
    talk.served.wait("the machine's box", lambda value: value.selected == ("m1",))
    assert [region.box for region in talk.served.canvas.regions] == [region.box for region in DESCRIBED]


def test_the_keys_are_listed_and_the_list_closes(canvas):
    canvas.stage.focus()
    canvas.press("?")
    help_panel = canvas.page.get_by_role("dialog", name="Keys")
    expect(help_panel).to_be_visible()
    expect(help_panel.locator(".giqa-help-row", has_text="Draw a box")).to_have_text("Draw a boxR")
    canvas.press("Escape")
    expect(help_panel).to_be_hidden()
