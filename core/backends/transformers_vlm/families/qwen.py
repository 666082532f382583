"""Qwen-VL: images of their own shape in tiles of 28 or 32 pixels, boxes as JSON.

Qwen2.5-VL counts pixels of the resized image, Qwen2-VL and Qwen3-VL thousandths of width and height.
"""

from __future__ import annotations

from core.backends.transformers_vlm.families.base import Family, Processor
from core.backends.transformers_vlm.geometry import smart_resized
from core.codecs import AbsolutePixels, PerMille
from core.dialects import Dialect, JsonBoxes

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}{% for part in message['content'] %}"
    "{{ '<|vision_start|><|image_pad|><|vision_end|>' if part['type'] == 'image' else part['text'] }}{% endfor %}{{ '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def _thousandths(_processor: Processor) -> Dialect:
    return JsonBoxes(lambda _size: PerMille())


def _resized_pixels(processor: Processor) -> Dialect:
    images = processor.image_processor
    factor, least, most = images.patch_size * images.merge_size, images.size["shortest_edge"], images.size["longest_edge"]
    return JsonBoxes(lambda size: AbsolutePixels(smart_resized(size, factor, least, most)))


QWEN2_VL = Family("Qwen2-VL", _thousandths, template=CHATML, without_video="Qwen2VLProcessor", limits_pixels=True, shares_images=True, rope_index=True)
QWEN2_5_VL = Family("Qwen2.5-VL", _resized_pixels, template=CHATML, without_video="Qwen2_5_VLProcessor", limits_pixels=True, shares_images=True, rope_index=True)
QWEN3_VL = Family("Qwen3-VL", _thousandths, template=CHATML, without_video="Qwen3VLProcessor", limits_pixels=True, shares_images=True, rope_index=True)
