"""Detectors, segmenters and a sentence embedder on their real architectures at tiny random size: complete directories, made and saved without the network."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    CLIPTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    MMGroundingDinoConfig,
    MMGroundingDinoForObjectDetection,
    Owlv2Config,
    Owlv2ForObjectDetection,
    Sam2Config,
    Sam2Model,
    Sam2VideoConfig,
    Sam2VideoModel,
    SamConfig,
    SamModel,
    SwinConfig,
)

WORDS = """the a an of in on and with to sky tower window car tree grass water man woman dog cat red blue green old left right church st mary s photo image
noise grain clock lens mm 3 5 2 background candle candles"""
_IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "rescale_factor": 1 / 255}


def bert_tokenizer(folder: Path) -> None:
    """BERT's, with its own numbers for the marks (101 [CLS], 102 [SEP], 1012 ".", 1029 "?"): Grounding DINO knows them by number."""
    words = {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]", 1010: ",", 1012: ".", 1029: "?"}
    words |= dict(enumerate((*WORDS.split(), *"abcdefghijklmnopqrstuvwxyz", *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")), 200))
    unique = {words.get(number, f"[unused{number}]"): number for number in range(1040)}
    BertTokenizer(vocab=unique).save_pretrained(folder)


def _seeded() -> None:
    torch.manual_seed(0)


def _image_processor(folder: Path, **fields: object) -> None:
    (folder / "preprocessor_config.json").write_text(json.dumps(_IMAGENET | fields))


def _dino_parts() -> dict[str, object]:
    backbone = SwinConfig(embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 2, 2, 2], window_size=4, image_size=64, out_indices=[2, 3, 4])
    text = BertConfig(vocab_size=1040, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    small = {"d_model": 64, "encoder_layers": 1, "decoder_layers": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "num_queries": 30}
    return {"backbone_config": backbone, "text_config": text, **small, **heads}


def tiny_grounding_dino(folder: Path, *, mm: bool = False) -> Path:
    _seeded()
    made = (
        MMGroundingDinoForObjectDetection(MMGroundingDinoConfig(**_dino_parts()))
        if mm
        else GroundingDinoForObjectDetection(GroundingDinoConfig(**_dino_parts()))
    )
    with torch.no_grad():  # random boxes of zero spread would all be one
        for layer in made.bbox_embed:
            layer.layers[-1].weight.normal_(0, 0.5)
    made.save_pretrained(folder)
    bert_tokenizer(folder)
    _image_processor(folder, size={"shortest_edge": 64, "longest_edge": 107}, image_processor_type="GroundingDinoImageProcessor")
    return folder


def tiny_owlv2(folder: Path) -> Path:
    _seeded()
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = ["!", *letters, *(f"{letter}</w>" for letter in letters), *(f"{sign}</w>" for sign in "0123456789,.?-'"), *"0123456789"]
    merges = [("t", "h"), ("th", "e</w>"), ("s", "k"), ("sk", "y</w>")]
    vocabulary += ["th", "the</w>", "sk", "sky</w>", "<|startoftext|>", "<|endoftext|>"]
    numbers = {word: number for number, word in enumerate(vocabulary)}
    CLIPTokenizer(vocab=numbers, merges=merges, pad_token="!", model_max_length=16).save_pretrained(folder)
    text = {"vocab_size": len(vocabulary), "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"bos_token_id": numbers["<|startoftext|>"], "eos_token_id": numbers["<|endoftext|>"]}
    vision = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 96, "patch_size": 16}
    made = Owlv2ForObjectDetection(Owlv2Config(text_config=text | ends, vision_config=vision, projection_dim=16))
    made.save_pretrained(folder)
    clip = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
    _image_processor(folder, size={"height": 96, "width": 96}, image_processor_type="Owlv2ImageProcessor", **clip)
    return folder


def _sam_heads() -> dict[str, dict[str, int]]:
    prompts = {"hidden_size": 32, "image_size": 64, "patch_size": 16, "mask_input_channels": 4}
    decoder = {"hidden_size": 32, "mlp_dim": 32, "num_attention_heads": 2, "iou_head_hidden_dim": 32}
    return {"prompt_encoder_config": prompts, "mask_decoder_config": decoder}


def tiny_sam(folder: Path) -> Path:
    _seeded()
    vision = {"hidden_size": 16, "output_channels": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 64, "patch_size": 16}
    shape = {"window_size": 2, "global_attn_indexes": [0], "num_pos_feats": 16, "mlp_dim": 32, "initializer_range": 0.02}
    SamModel(SamConfig(vision_config=vision | shape, **_sam_heads())).save_pretrained(folder)
    _image_processor(folder, size={"longest_edge": 64}, pad_size={"height": 64, "width": 64}, image_processor_type="SamImageProcessor")
    return folder


def tiny_sam2(folder: Path, *, video: bool = False) -> Path:
    """`video`: as the published checkpoints are, whose configuration is of the video model."""
    _seeded()
    hiera = {"hidden_size": 8, "image_size": [64, 64], "blocks_per_stage": [1, 1, 2, 1], "embed_dim_per_stage": [8, 16, 32, 64]}
    stages = {"num_attention_heads_per_stage": [1, 1, 2, 2], "window_size_per_stage": [4, 4, 4, 4], "global_attention_blocks": [3]}
    backbone = {"model_type": "sam2_hiera_det_model", **hiera, **stages}
    sizes = {"backbone_channel_list": [64, 32, 16, 8], "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]], "fpn_hidden_size": 32}
    parts = {"vision_config": {"model_type": "sam2_vision_model", "backbone_config": backbone, **sizes}, **_sam_heads()}
    if video:
        memory = {"image_size": 64, "memory_attention_hidden_size": 32, "memory_attention_num_layers": 1, "memory_attention_feed_forward_hidden_size": 32}
        more = {"memory_encoder_hidden_size": 32, "memory_encoder_output_channels": 8, "mask_downsampler_embed_dim": 32, "memory_fuser_embed_dim": 32}
        Sam2VideoModel(Sam2VideoConfig(**parts, **memory, **more, memory_fuser_intermediate_dim=32, memory_attention_rope_feat_sizes=[4, 4])).save_pretrained(folder)
    else:
        Sam2Model(Sam2Config(**parts)).save_pretrained(folder)
    _image_processor(folder, size={"height": 64, "width": 64}, image_processor_type="Sam2ImageProcessor")
    return folder


def tiny_sentence_model(folder: Path) -> Path:
    _seeded()
    BertModel(BertConfig(vocab_size=1040, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)).save_pretrained(folder)
    bert_tokenizer(folder)
    return folder
