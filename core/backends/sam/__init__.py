"""SAM (Kirillov and others, ICCV 2023) and SAM 2 and 2.1 (Ravi and others, arXiv 2408.00714) through transformers: by box, by click, or all there is."""

from core.backends.sam.segmenter import load_sam

__all__ = ["load_sam"]
