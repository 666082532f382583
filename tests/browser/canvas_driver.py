"""The annotator as a person handles it, through a real browser. Places are in pixels of the image."""

from __future__ import annotations

import base64
from typing import Any

from playwright.sync_api import CDPSession, Page

from studio.components.canvas import CanvasRegion, CanvasValue
from tests.browser.annotator_page import Served


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

    def zoomed(self, before: float) -> None:
        """Until the scale is another: the browser hands a turn of the wheel on when it comes to it."""
        self.page.wait_for_function(
            "(before) => { const picture = document.querySelector('.giqa-picture'); return Math.abs(picture.getBoundingClientRect().width / picture.width - before) > 1e-4; }", arg=before
        )

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
        """What Python knows, once it knows of the `count` drawn boxes that stand on the page."""
        shown = sorted(self.boxes())

        def known(value: CanvasValue) -> bool:
            width, height = (value.image.width, value.image.height) if value.image else (1, 1)
            return len(value.drawn) == count and sorted(pixels(region, width, height) for region in value.drawn) == shown

        return self.served.wait(f"{count} drawn boxes at {shown}", known).drawn

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


def pixels(region: CanvasRegion, width: int = 800, height: int = 600) -> tuple[int, ...]:
    x1, y1, x2, y2 = region.box.as_tuple()
    return round(x1 * width), round(y1 * height), round(x2 * width), round(y2 * height)


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def bring_file(page: Page, kind: str, target: str, data: bytes, name: str = "dropped ünï.png", media_type: str = "image/png") -> None:
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


def pointed(page: Page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.giqa-region.giqa-pointed')].map((group) => group.dataset.id)")
