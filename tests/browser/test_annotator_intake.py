"""How an image comes into the annotator, and what is said when it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.browser.annotator_page import png
from tests.browser.at_rest import until_in
from tests.browser.canvas_driver import bring_file

pytestmark = pytest.mark.browser


def test_an_answer_about_an_image_replaced_meanwhile_is_dropped(canvas):
    canvas.page.get_by_role("button", name="Slowly").click()
    canvas.page.locator(".giqa-file").set_input_files({"name": "new.png", "mimeType": "image/png", "buffer": png(500, 400, 3)})
    canvas.served.wait("the new image", lambda value: value.image and value.image.name == "new.png")
    canvas.page.wait_for_timeout(2000)
    assert (canvas.served.canvas.image.name, canvas.served.canvas.regions) == ("new.png", ())
    expect(canvas.page.locator(".giqa-name")).to_contain_text("new.png")
    expect(canvas.page.locator(".giqa-region:not(.giqa-draft)")).to_have_count(0)


@pytest.mark.parametrize(("kind", "target"), [("drop", ".giqa-frame"), ("drop", "body"), ("paste", "body")])
def test_an_image_can_be_dropped_or_pasted_anywhere(empty, kind, target):
    bring_file(empty.page, kind, target, png(320, 240))
    value = empty.served.wait("the image", lambda value: value.image is not None)
    assert (value.image.name, value.image.width, value.image.height, value.regions) == ("dropped ünï.png", 320, 240, ())
    expect(empty.page.locator(".giqa-name")).to_have_text("dropped ünï.png · 320×240 px")
    until_in(empty.page, lambda: empty.served.opened)
    empty.page.wait_for_timeout(200)
    assert empty.served.opened == ["dropped ünï.png"]  # once


def test_what_is_pasted_into_a_text_box_is_the_text_boxs(empty):
    bring_file(empty.page, "paste", "textarea", png(320, 240))
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


@pytest.mark.parametrize(
    "data",
    [pytest.param(b"", id="0 bytes"), pytest.param(b"GIF89a but not", id="not an image"), pytest.param(png(64, 64)[:300], id="cut off")],
)
def test_a_file_that_is_no_image_is_refused_in_words_and_the_canvas_stays(canvas, data):
    bring_file(canvas.page, "drop", ".giqa-frame", data, "broken.png")
    expect(canvas.page.locator(".giqa-error").first).to_be_visible()
    words = canvas.page.locator(".giqa-error span").first.text_content() or ""
    assert len(words) > 20 and "Traceback" not in words and "status" not in words
    expect(canvas.page.locator(".giqa-name")).to_have_text("roof.png · 800×600 px")
    canvas.page.get_by_role("button", name="Dismiss").click()
    expect(canvas.page.locator(".giqa-error").first).to_be_hidden()


def test_a_studio_that_does_not_answer_is_said_so(empty):
    empty.page.route("**/api/images", lambda route: route.abort())
    bring_file(empty.page, "drop", "body", png(20, 20))
    expect(empty.page.locator(".giqa-error span").first).to_have_text(
        "The image could not be sent: the studio did not answer. Check that it is running and that you are connected, then try again."
    )
    expect(empty.page.get_by_role("button", name="Choose an image")).to_be_visible()


def test_a_picture_that_cannot_be_loaded_is_said_so(open_canvas, served):
    served.start = replace(served.start, image=replace(served.start.image, url="/nowhere.png"))
    canvas = open_canvas()
    words = "The picture of roof.png could not be loaded. Reload the page, or open the image again."
    expect(canvas.page.locator(".giqa-error span").first).to_have_text(words)


def test_the_camera_takes_a_picture(empty):
    empty.page.get_by_role("button", name="Use the camera").click()
    empty.page.get_by_role("button", name="Take the picture").click()
    value = empty.served.wait("the picture", lambda value: value.image is not None)
    assert value.image.name == "webcam.png"
    expect(empty.page.get_by_role("dialog", name="Camera")).to_have_count(0)


def test_a_camera_that_is_not_there_is_explained(empty):
    empty.page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError')); }")
    empty.page.get_by_role("button", name="Use the camera").click()
    alert = empty.page.get_by_role("dialog", name="Camera").get_by_role("alert")
    expect(alert).to_have_text("No camera was found. Connect one, or choose a file instead.")
