"""LLaVA-1.5: one square of pixels. The image is padded to a square with the processor's mean colour; boxes are fractions of that square."""

from __future__ import annotations

from PIL import Image as Pillow

from core.backends.transformers_vlm.families.base import Family, Processor
from core.backends.transformers_vlm.geometry import letterboxed
from core.codecs import PaddedSquare
from core.dialects import Dialect, Markup

VICUNA = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'][0]['text'] + ' ' }}{% else %}"
    "{{ 'USER: ' if message['role'] == 'user' else 'ASSISTANT: ' }}"
    "{% for part in message['content'] %}{{ '<image>\\n' if part['type'] == 'image' else part['text'] }}{% endfor %}"
    "{{ ' ' if message['role'] == 'user' else '</s>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


_GREY = (0.5, 0.5, 0.5)


def padded_square(_processor: Processor) -> Dialect:
    """Three decimals, as its training data has."""
    return Markup(PaddedSquare)


def _fit(image: Pillow.Image, processor: Processor) -> Pillow.Image:
    return letterboxed(image, processor.image_processor.image_mean or _GREY)


LLAVA = Family("LLaVA-1.5", padded_square, fit=_fit, template=VICUNA, inline_image="<image>\n", shares_images=True)
