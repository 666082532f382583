"""LLaVA-1.6 (LLaVA-NeXT): the whole image once and its tiles, nothing cut off. Boxes as LLaVA-1.5 writes them.

Its authors do not say what boxes refer to with tiles; its data are those of LLaVA-1.5, whose boxes are of the padded square.
"""

from __future__ import annotations

from core.backends.transformers_vlm.families.base import Family
from core.backends.transformers_vlm.families.llava import VICUNA, padded_square

LLAVA_NEXT = Family("LLaVA-1.6", padded_square, template=VICUNA, inline_image="<image>\n", shares_images=True)
