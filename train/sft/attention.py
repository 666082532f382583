"""Attention over conversations behind one image, as transformers' attention interface takes it: nothing is computed between an image and what comes after it."""

from __future__ import annotations

from typing import Any

import torch

NAME = "behind_one_image"


def use_it(model: Any) -> None:
    """Tells transformers of it, and the model's language part to use it."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.base_model.language_model.set_attn_implementation(NAME)


def attention(
    module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attention_mask: torch.Tensor | None, **options: Any
) -> tuple[torch.Tensor, None]:
    """Tensors are of shape (rows, heads, length, width). A mask for fewer queries than there are keys is for the last ones: those before are the heads that
    all rows begin with, which see what came before in them. Whatever else is asked is transformers' own."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    head = key.shape[2] - attention_mask.shape[2] if attention_mask is not None else 0
    if head <= 0 or query.shape[2] != key.shape[2]:
        whole, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
        return whole, None
    options.pop("is_causal", None)
    first, _ = sdpa_attention_forward(module, query[:, :, :head], key[:, :, :head], value[:, :, :head], None, is_causal=True, **options)
    rest, _ = sdpa_attention_forward(module, query[:, :, head:], key, value, attention_mask, is_causal=False, **options)
    return torch.cat([first, rest], dim=1), None
