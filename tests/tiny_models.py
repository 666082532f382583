"""Complete model folders of every family at tiny random size: config, safetensors, tokenizer, processor. Built in under a second each, offline.

Their words are noise; what is tested is everything around them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

_CORPUS = [
    "Is the dog blurred? Yes. No. How good is the technical quality of this photograph? Answer with one word: excellent, good, fair, poor, bad.",
    "USER: ASSISTANT: The tower in the background is noisy and the sky is overexposed. Describe this image in detail. Question: Answer:",
    '[{"bbox_2d": [0, 1, 2, 3], "label": "object"}] [dog](<0.20, 0.30, 0.60, 0.80>) 0123456789 Image A: Image B: Reference image 1 2',
]
_TEXT = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 4096}


def tokenizer(special: tuple[str, ...] = (), *, bytes_level: bool = False, vocabulary: int = 400, **more: object):
    """A trained BPE tokenizer: of bytes as Qwen's, else of pieces with a mark for spaces as Llama's."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE(unk_token=None if bytes_level else "<unk>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False) if bytes_level else pre_tokenizers.Metaspace(prepend_scheme="first")
    made.decoder = decoders.ByteLevel() if bytes_level else decoders.Metaspace(prepend_scheme="first")
    marks = ["<s>", "<pad>", "</s>", "<unk>", *special]
    alphabet = pre_tokenizers.ByteLevel.alphabet() if bytes_level else [chr(code) for code in range(33, 127)]
    made.train_from_iterator(_CORPUS, trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=marks, initial_alphabet=alphabet, show_progress=False))
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>", **more)


def _vision(**more: int) -> dict[str, int]:
    return {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 56, "patch_size": 14, **more}


def llava(folder: Path, *, seed: int = 0, **text: int) -> Path:
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor

    words = tokenizer(("<image>",))
    sizes = _TEXT | text
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**_vision(projection_dim=32)), text_config=LlamaConfig(vocab_size=len(words), **sizes), image_token_index=words.convert_tokens_to_ids("<image>")
    )
    images = CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    processor = LlavaProcessor(images, words, patch_size=14, vision_feature_select_strategy="default", num_additional_image_tokens=1)
    return _save(folder, LlavaForConditionalGeneration, config, processor, seed)


def llava_next(folder: Path, *, seed: int = 0) -> Path:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaNextConfig, LlavaNextForConditionalGeneration, LlavaNextImageProcessorPil, LlavaNextProcessor

    words = tokenizer(("<image>",))
    tiles = [[56, 112], [112, 56], [112, 112]]
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(**_vision(projection_dim=32)),
        text_config=LlamaConfig(vocab_size=len(words), **_TEXT),
        image_token_index=words.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=tiles,
    )
    images = LlavaNextImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56}, image_grid_pinpoints=tiles)
    processor = LlavaNextProcessor(images, words, patch_size=14, vision_feature_select_strategy="default", num_additional_image_tokens=1)
    return _save(folder, LlavaNextForConditionalGeneration, config, processor, seed)


_QWEN_MARKS = ("<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
_QWEN_ROPE = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 2]}


def qwen2_5_vl(folder: Path, *, seed: int = 0) -> Path:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    words = tokenizer(_QWEN_MARKS, bytes_level=True)
    vision = {"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 4, "out_hidden_size": 32, "patch_size": 14, "fullatt_block_indexes": [1]}
    config = Qwen2_5_VLConfig(text_config={**_TEXT, "vocab_size": len(words), "rope_parameters": _QWEN_ROPE}, vision_config=vision, **_qwen_marks(words))
    return _save_qwen(folder, Qwen2_5_VLForConditionalGeneration, config, words, 14, seed)


def qwen3_vl(folder: Path, *, seed: int = 0) -> Path:
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    words = tokenizer(_QWEN_MARKS, bytes_level=True)
    vision = {"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 4, "out_hidden_size": 32, "patch_size": 16, "num_position_embeddings": 64}
    vision |= {"deepstack_visual_indexes": [0]}
    text = {**_TEXT, "vocab_size": len(words), "head_dim": 8, "rope_parameters": _QWEN_ROPE}
    return _save_qwen(folder, Qwen3VLForConditionalGeneration, Qwen3VLConfig(text_config=text, vision_config=vision, **_qwen_marks(words)), words, 16, seed)


def _qwen_marks(words) -> dict[str, int]:
    names = {"image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>", "vision_start_token_id": "<|vision_start|>", "vision_end_token_id": "<|vision_end|>"}
    return {key: words.convert_tokens_to_ids(mark) for key, mark in names.items()}


def _save_qwen(folder: Path, kind: type, config, words, patch: int, seed: int) -> Path:
    """Its own processor wants torchvision: the two parts are saved alone."""
    from transformers import Qwen2VLImageProcessorPil

    words.eos_token = "<|im_end|>"
    _save(folder, kind, config, words, seed)
    Qwen2VLImageProcessorPil(patch_size=patch, min_pixels=(4 * patch) ** 2, max_pixels=(16 * patch) ** 2).save_pretrained(folder)
    return folder


def kosmos2(folder: Path, *, seed: int = 0) -> Path:
    from transformers import CLIPImageProcessorPil, Kosmos2Config, Kosmos2ForConditionalGeneration, Kosmos2Processor

    images = CLIPImageProcessorPil(size={"height": 56, "width": 56}, crop_size={"height": 56, "width": 56})
    processor = Kosmos2Processor(images, tokenizer(vocabulary=600))
    text = {"vocab_size": len(processor.tokenizer), "embed_dim": 32, "ffn_dim": 64, "layers": 2, "attention_heads": 4, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    config = Kosmos2Config(text_config=text, vision_config=_vision(), latent_query_num=64)
    return _save(folder, Kosmos2ForConditionalGeneration, config, processor, seed)


def vip_llava(folder: Path, *, seed: int = 0) -> Path:
    """A vision-language model of no family of ours, with a chat template of its own."""
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, LlamaConfig, LlavaProcessor, VipLlavaConfig, VipLlavaForConditionalGeneration

    words = tokenizer(("<image>",))
    layers = {"vision_feature_layers": [-2, -1]}
    config = VipLlavaConfig(
        vision_config=CLIPVisionConfig(**_vision(projection_dim=32)), text_config=LlamaConfig(vocab_size=len(words), **_TEXT), image_token_index=words.convert_tokens_to_ids("<image>"), **layers
    )
    images = CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    processor = LlavaProcessor(images, words, patch_size=14, vision_feature_select_strategy="default", num_additional_image_tokens=1)
    processor.chat_template = (
        "{% for m in messages %}{{ '###' + m['role'] + ': ' }}{% for p in m['content'] %}{{ '<image>' if p['type'] == 'image' else p['text'] }}{% endfor %}"
        "{% endfor %}{% if add_generation_prompt %}###Assistant:{% endif %}"
    )
    return _save(folder, VipLlavaForConditionalGeneration, config, processor, seed)


def gemma3(folder: Path, *, seed: int = 0) -> Path:
    """A vision-language model of no family of ours, whose class transformers lists as a causal one too, and which sees an image's tokens both ways."""
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3ImageProcessorPil, Gemma3Processor

    marks = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    words = tokenizer(tuple(marks.values()), extra_special_tokens=marks)
    numbers = {key: words.convert_tokens_to_ids(marks[mark]) for key, mark in (("image_token_index", "image_token"), ("boi_token_index", "boi_token"), ("eoi_token_index", "eoi_token"))}
    words.image_token_id = numbers["image_token_index"]
    text = {**_TEXT, "vocab_size": len(words), "head_dim": 8, "sliding_window": 512, "pad_token_id": words.pad_token_id}
    vision = {key: value for key, value in _vision().items() if key != "projection_dim"}
    config = Gemma3Config(text_config=text, vision_config=vision, mm_tokens_per_image=4, **numbers)
    processor = Gemma3Processor(Gemma3ImageProcessorPil(size={"height": 56, "width": 56}), words, image_seq_length=4)
    processor.chat_template = (
        "{% for m in messages %}{{ '<s>' if loop.first }}{{ m['role'] + ': ' }}{% for p in m['content'] %}{{ '<start_of_image>' if p['type'] == 'image' else p['text'] }}{% endfor %}"
        "{% endfor %}{% if add_generation_prompt %}model: {% endif %}"
    )
    return _save(folder, Gemma3ForConditionalGeneration, config, processor, seed)


def llama(folder: Path, *, seed: int = 0) -> Path:
    """A causal model that reads only text."""
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tokenizer()
    return _save(folder, LlamaForCausalLM, LlamaConfig(vocab_size=len(words), **_TEXT), words, seed)


def bert(folder: Path, *, seed: int = 0) -> Path:
    """A model that cannot be prompted."""
    from transformers import BertConfig, BertModel

    sizes = {key: _TEXT[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")}
    words = tokenizer()
    return _save(folder, BertModel, BertConfig(vocab_size=len(words), **sizes), words, seed)


def _save(folder: Path, kind: type, config, processor, seed: int) -> Path:
    import torch

    words = processor if not hasattr(processor, "tokenizer") else processor.tokenizer
    torch.manual_seed(seed)
    model = kind(config).eval()
    for parameter in model.parameters():  # wider than the default, so that replies differ from each other
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.15)
    if model.can_generate():  # replies go on until their limit, so that they can be cancelled
        model.get_output_embeddings().weight.data[words.eos_token_id] = 0
        model.generation_config.eos_token_id, model.generation_config.pad_token_id = words.eos_token_id, words.pad_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


VISION: Mapping[str, Callable[..., Path]] = MappingProxyType({
    "llava": llava, "llava_next": llava_next, "qwen2_5_vl": qwen2_5_vl, "qwen3_vl": qwen3_vl, "kosmos2": kosmos2, "vip_llava": vip_llava, "gemma3": gemma3,
})  # fmt: skip
"""Every family that sees images."""

ALL: Mapping[str, Callable[..., Path]] = MappingProxyType({**VISION, "llama": llama})
