"""Similarity of names by a sentence embedder, such as `sentence-transformers/all-MiniLM-L6-v2`, through transformers: cosine of mean vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, PreTrainedModel, PreTrainedTokenizerBase

from core.backends.base import Report
from core.backends.hub import model_folder
from core.backends.names import BackendName
from core.backends.vision.loading import check_dtype, check_finite, computing, load_tokenizer, load_weights, read_kind
from core.errors import BackendUnavailable

_AT_ONCE = 128
_MOST_TOKENS = 256  # the limit all-MiniLM-L6-v2 states for itself; names have a few
_LONGEST_NAME = 10_000  # characters that are tokenised at all
_UNUSED = ("sentence_transformers.models.Transformer", "sentence_transformers.models.Pooling", "sentence_transformers.models.Normalize")


@dataclass(frozen=True, slots=True)
class SentenceSimilarity:
    """Names with the same letters but for case and spaces around are the same name."""

    name: str
    place: BackendName
    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    def similarity(self, a: Sequence[str], b: Sequence[str]) -> NDArray[np.float64]:
        left, right = ([" ".join(name.split()).casefold() for name in names] for names in (a, b))
        known = {name: index for index, name in enumerate(dict.fromkeys((*left, *right)))}
        if not left or not right:
            return np.zeros((len(left), len(right)))
        vectors = self._vectors(list(known))
        rows, columns = [known[name] for name in left], [known[name] for name in right]
        cosines = np.clip(vectors[rows] @ vectors[columns].T, 0.0, 1.0)
        same = np.asarray(rows)[:, None] == np.asarray(columns)[None]
        return np.where(same, 1.0, cosines)

    def _vectors(self, names: Sequence[str]) -> NDArray[np.float64]:
        """One vector of length 1 a name; names of like length go together."""
        order = sorted(range(len(names)), key=lambda index: len(names[index]))
        vectors = np.zeros((len(names), self.network.config.hidden_size))
        for first in range(0, len(order), _AT_ONCE):
            part = order[first : first + _AT_ONCE]
            vectors[part] = self._embed([names[index][:_LONGEST_NAME] for index in part])
        check_finite(self.place, vectors)
        return vectors

    def _embed(self, names: Sequence[str]) -> NDArray[np.float64]:
        """The mean of each name's tokens, padding left out, at length 1."""
        with computing(self.place, self.network.device):
            read = self.tokenizer(list(names), padding=True, truncation=True, max_length=_MOST_TOKENS, return_tensors="pt").to(self.network.device)
            hidden = self.network(**read).last_hidden_state.float()
            weights = read["attention_mask"][..., None].float()
            means = (hidden * weights).sum(1) / weights.sum(1)
            vectors: NDArray[np.float64] = torch.nn.functional.normalize(means, dim=1).cpu().numpy().astype(np.float64)
        return vectors


def load_sentence(name: BackendName, report: Report) -> SentenceSimilarity:
    """The embedder of a `sentence:` name; raises `BackendUnavailable` for one that does not take the mean of its tokens."""
    check_dtype(name)
    folder = model_folder(name, report)
    _check_kind(name, folder)
    _check_modules(name, folder)
    tokenizer = load_tokenizer(name, folder)
    report("loading", None)
    network = load_weights(name, folder, cast("type[PreTrainedModel]", AutoModel), "pooler.")  # it makes the class that config.json names
    return SentenceSimilarity(name.written, name, network, tokenizer)


def _check_kind(name: BackendName, folder: Path) -> None:
    """Encoders of text are those that can fill a gap in it."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    kind = read_kind(name, folder)
    if kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        raise BackendUnavailable(
            f'Backend "{name.written}": {folder} holds a model of the architecture "{kind}", and this needs an encoder of text. '
            "Choose a model such as sentence-transformers/all-MiniLM-L6-v2."
        )


def _check_modules(name: BackendName, folder: Path) -> None:
    """A folder without `modules.json` is a plain encoder, whose mean is taken."""
    modules = _read_json(name, folder / "modules.json") or []
    odd = [str(one.get("type")) for one in modules if one.get("type") not in _UNUSED]
    pooling = _read_json(name, folder / "1_Pooling" / "config.json") or {}
    others = [key for key, on in pooling.items() if key.startswith("pooling_mode_") and on is True and key != "pooling_mode_mean_tokens"]
    if odd or others:
        raise BackendUnavailable(
            f'Backend "{name.written}": {folder} wants {", ".join((*odd, *others))}, and only the mean of the tokens is taken here. '
            "Choose a model such as sentence-transformers/all-MiniLM-L6-v2."
        )


def _read_json(name: BackendName, path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError) as error:
        raise BackendUnavailable(f'Backend "{name.written}": {path} cannot be read ({error}). Download the model again.') from error
