"""Processors of transformers without torchvision, and what their tokenizers read as more than words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.backends.transformers_vlm.families.base import Family, Processor


def load_processor(folder: Path, family: Family, *, trust: bool) -> Processor:
    """The processor in that folder, ready to pad on the left; for a model that reads only text, its tokenizer."""
    from transformers import AutoProcessor, AutoTokenizer

    if not family.sees_images:
        processor = AutoTokenizer.from_pretrained(folder, trust_remote_code=trust)
    elif family.without_video:
        processor = _images_only(family.without_video).from_pretrained(folder)
    else:
        processor = AutoProcessor.from_pretrained(folder, trust_remote_code=trust)
    tokenizer = tokenizer_of(processor)
    tokenizer.padding_side = "left"
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
    return processor


def _images_only(name: str) -> Any:
    """A processor class that takes an image processor and a tokenizer, and no video processor: that one wants torchvision."""
    import transformers

    parent: Any = vars(transformers)[name] if name in vars(transformers) else transformers.__getattr__(name)

    def initialise(self: Any, image_processor: Any = None, tokenizer: Any = None, chat_template: str | None = None, **_: Any) -> None:
        parent.__init__(self, image_processor, tokenizer, None, chat_template=chat_template)
        self.video_processor = None

    return type(name, (parent,), {"__init__": initialise})


def tokenizer_of(processor: Processor) -> Any:
    """The tokenizer of a processor; a tokenizer is its own."""
    from transformers import PreTrainedTokenizerBase

    return processor if isinstance(processor, PreTrainedTokenizerBase) else processor.tokenizer


def special_words(processor: Processor) -> list[str]:
    """Every text that stands for a token of its own, placeholders of images included."""
    tokenizer = tokenizer_of(processor)
    own = [value for key, value in vars(processor).items() if key.endswith("_token") and isinstance(value, str)]
    return [*tokenizer.get_added_vocab(), *tokenizer.all_special_tokens, *own]
