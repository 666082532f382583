"""Text and colours for the pictures that the builder draws."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PIL import ImageDraw, ImageFont

Color = tuple[int, int, int]
Span = tuple[str, Color]
"""Words and the colour they are written in."""

INK, GREY, LINE, PAPER = (32, 36, 44), (110, 116, 128), (222, 226, 232), (255, 255, 255)
SERIES: tuple[Color, ...] = ((38, 101, 200), (226, 114, 30), (34, 150, 102), (176, 58, 150), (196, 44, 56), (120, 92, 210), (0, 142, 160), (150, 116, 20))
"""Colours that can be told apart, also in print."""

_FILES = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf")
_WIDE_FILES = ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc", "PingFang.ttc", "msyh.ttc")
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=32)
def font(size: int, *, wide: bool = False) -> Font:
    """A font of the system, or Pillow's own. `wide`: one with Chinese, Japanese and Korean, if there is one."""
    for name in (*_WIDE_FILES, *_FILES) if wide else _FILES:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def font_for(text: str, size: int) -> Font:
    return font(size, wide=any(char >= "\u2e80" for char in text))


def width_of(text: str, size: int) -> float:
    return font_for(text, size).getlength(text)


def shortened(text: str, size: int, width: float) -> str:
    """The text, cut so that it fits."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrapped(spans: Sequence[Span], size: int, width: float) -> list[list[Span]]:
    """Lines of at most `width` pixels; words are parted at spaces, and characters of scripts that have none."""
    lines: list[list[Span]] = [[]]
    used = 0.0
    for text, color in spans:
        for word in _words(text):
            length = width_of(word, size)
            if used + length > width and lines[-1]:
                lines.append([])
                used = 0.0
                word = word.lstrip(" ")
                length = width_of(word, size)
            if word:
                lines[-1].append((word, color))
                used += length
    return lines


def _words(text: str) -> list[str]:
    """With the space before them; long ones in pieces."""
    words, word = list[str](), ""
    for char in text.replace("\n", " "):
        if word and (char == " " or char >= "\u2e80" or len(word) >= 40):
            words.append(word)
            word = ""
        word += char
    return [*words, word] if word else words


def write(draw: ImageDraw.ImageDraw, place: tuple[float, float], spans: Sequence[Span], size: int) -> None:
    """One line, its top left corner at `place`."""
    x, y = place
    for text, color in spans:
        used = font_for(text, size)
        draw.text((x, y), text, fill=color, font=used)
        x += used.getlength(text)
