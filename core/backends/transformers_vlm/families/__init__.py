"""The families, by the `model_type` of a model's config. Any other vision-language model with a chat template is `ANY`, a causal text model `TEXT`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.backends.transformers_vlm.families.base import Family, grid
from core.backends.transformers_vlm.families.kosmos2 import KOSMOS2
from core.backends.transformers_vlm.families.llava import LLAVA
from core.backends.transformers_vlm.families.llava_next import LLAVA_NEXT
from core.backends.transformers_vlm.families.qwen import QWEN2_5_VL, QWEN2_VL, QWEN3_VL

FAMILIES: Mapping[str, Family] = MappingProxyType({
    "llava": LLAVA,
    "llava_next": LLAVA_NEXT,
    "qwen2_vl": QWEN2_VL,
    "qwen2_5_vl": QWEN2_5_VL,
    "qwen3_vl": QWEN3_VL,
    "qwen3_vl_moe": QWEN3_VL,
    "kosmos-2": KOSMOS2,
})

ANY = Family("a vision-language model", images_by_row=True)
TEXT = Family(
    "a text model",
    grid,
    sees_images=False,
    template=(
        "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}assistant:{% endif %}"
    ),
)
