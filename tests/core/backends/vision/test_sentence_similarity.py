"""The sentence embedder: means of tokens, in range, batches like one by one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from core.backends import load
from core.backends.sentence_similarity import SentenceSimilarity
from core.errors import BackendUnavailable, ModelFailed

NAMES = ["the tower", "sky", "a very old red tower in the grass", "", "塔", "Sky ", "candle"]


def embedder(folder: Path) -> SentenceSimilarity:
    found = load(f"sentence:{folder}")
    assert isinstance(found, SentenceSimilarity)
    return found


def test_a_vector_is_the_mean_of_the_tokens_at_length_one(models):
    found = embedder(models["sentence"])
    read = found.tokenizer(["old tower"], return_tensors="pt")
    with torch.inference_mode():
        mean = found.network(**read).last_hidden_state[0].mean(0)
    assert found._vectors(["sky", "old tower"])[1] == pytest.approx((mean / mean.norm()).numpy(), abs=1e-5)


def test_together_is_like_one_by_one(models):
    found = embedder(models["sentence"])
    together = found.similarity(NAMES, NAMES)
    alone = np.array([[found.similarity([a], [b])[0, 0] for b in NAMES] for a in NAMES])
    assert together == pytest.approx(alone, abs=1e-5)


def test_many_names_go_in_batches_in_their_order(models):
    found = embedder(models["sentence"])
    names = [f"{word} {number}" for number in range(100) for word in ("sky", "old tower in the grass", "a")]
    together = found.similarity(names, ["sky 42"])
    assert together.shape == (300, 1) and together[names.index("sky 42"), 0] == 1.0
    assert together[250, 0] == pytest.approx(found.similarity([names[250]], ["sky 42"])[0, 0], abs=1e-5)


def test_a_name_longer_than_the_model_reads_is_cut(models):
    assert embedder(models["sentence"]).similarity(["sky " * 20_000], ["sky"]).shape == (1, 1)


def test_weights_that_give_no_numbers_are_reported(models):
    found = embedder(models["sentence"])
    with torch.no_grad():
        next(found.network.parameters()).fill_(float("nan"))
    with pytest.raises(ModelFailed, match="values that are not numbers"):
        found.similarity(["sky"], ["tower"])


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        pytest.param("1_Pooling/config.json", {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "wants pooling_mode_cls_token", id="the first token"),
        pytest.param("modules.json", [{"type": "sentence_transformers.models.Dense"}], "wants sentence_transformers.models.Dense", id="a further layer"),
    ],
)
def test_an_embedder_that_takes_no_mean_is_refused(models, tmp_path: Path, file, content, complaint):
    shutil.copytree(models["sentence"], tmp_path / "m")
    (tmp_path / "m" / file).parent.mkdir(exist_ok=True)
    (tmp_path / "m" / file).write_text(json.dumps(content))
    with pytest.raises(BackendUnavailable, match=complaint + ", and only the mean of the tokens is taken here"):
        load(f"sentence:{tmp_path / 'm'}")


def test_the_files_of_a_published_embedder_are_understood(models, tmp_path: Path):
    shutil.copytree(models["sentence"], tmp_path / "m")
    kinds = [{"type": f"sentence_transformers.models.{kind}"} for kind in ("Transformer", "Pooling", "Normalize")]
    (tmp_path / "m" / "modules.json").write_text(json.dumps(kinds))
    (tmp_path / "m" / "1_Pooling").mkdir()
    (tmp_path / "m" / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True}))
    assert embedder(tmp_path / "m").similarity(["sky"], ["sky"])[0, 0] == 1.0


def test_a_model_that_writes_text_is_no_encoder(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llava"}')
    with pytest.raises(BackendUnavailable, match='of the architecture "llava", and this needs an encoder of text'):
        load(f"sentence:{tmp_path}")
