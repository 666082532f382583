"""Folders that hold no model, half of one, or weights that could run code: refused with the fix."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.backends import load
from core.errors import BackendUnavailable, UnknownBackend

FAMILIES = ("grounding-dino", "mm-grounding-dino", "owlv2", "sam", "sentence")


def _only_bin(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def _cut_off(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])


def _half_the_weights(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file({name: weights[name] for name in sorted(weights)[::2]}, folder / "model.safetensors", {"format": "pt"})


def _lost_shard(folder: Path) -> None:
    names = list(load_file(folder / "model.safetensors"))
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    shards = {name: f"model-0000{1 + index % 2}-of-00002.safetensors" for index, name in enumerate(names)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": shards}))


def _other_shapes(folder: Path) -> None:
    weights = {name: torch.zeros((3, *value.shape)) if value.is_floating_point() else value for name, value in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        pytest.param(lambda folder: (folder / "config.json").unlink(), "has no config.json, so it is no model of transformers", id="no configuration"),
        pytest.param(lambda folder: (folder / "config.json").write_text("{"), "cannot be read", id="half a configuration"),
        pytest.param(lambda folder: (folder / "config.json").write_text('{"model_type": "resnet"}'), 'architecture "resnet"|cannot be loaded|lack', id="another model"),
        pytest.param(lambda folder: (folder / "model.safetensors").unlink(), "has no model.safetensors. The download was not finished: start it again", id="no weights"),
        pytest.param(_only_bin, "holds its weights as .bin or .pt, which can run code when they are read. Take a revision with model.safetensors", id="pickled weights"),
        pytest.param(_cut_off, "cannot be loaded .* Download the model again", id="cut off weights"),
        pytest.param(_half_the_weights, "lack [0-9]+ of the model's parts, .* among them: they are of another model, or half there", id="half the weights"),
        pytest.param(_lost_shard, "cannot be loaded .* Download the model again", id="a lost shard"),
        pytest.param(_other_shapes, "cannot be loaded .* Download the model again", id="weights of another size"),
    ],
)
def test_a_damaged_folder_is_refused_with_the_fix(models, tmp_path: Path, family: str, spoil: Callable[[Path], None], complaint: str):
    folder = tmp_path / "model"
    shutil.copytree(models[family], folder)
    spoil(folder)
    with pytest.raises(BackendUnavailable, match=complaint) as refusal:
        load(f"{family}:{folder}")
    assert str(refusal.value).startswith(f'Backend "{family}:{folder}":')


@pytest.mark.parametrize("family", ["grounding-dino", "owlv2", "sentence"])
def test_a_folder_without_a_tokenizer_is_refused(models, tmp_path: Path, family: str):
    shutil.copytree(models[family], tmp_path / "m", ignore=shutil.ignore_patterns("tokenizer*", "vocab*"))
    with pytest.raises(BackendUnavailable, match=r"has no tokenizer \(tokenizer.json or vocab.txt\). Copy the whole folder"):
        load(f"{family}:{tmp_path / 'm'}")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("query", "error", "complaint"),
    [
        pytest.param("dtype=int8", UnknownBackend, "dtype is one of float32, bfloat16, float16", id="a precision that does not exist"),
        pytest.param("device=cuda:99", BackendUnavailable, 'there is no device "cuda:99" here', id="a device that is not there"),
    ],
)
def test_a_place_that_does_not_exist_is_refused(models, family: str, query: str, error: type[Exception], complaint: str):
    with pytest.raises(error, match=complaint):
        load(f"{family}:{models[family]}?{query}")


@pytest.mark.parametrize("family", FAMILIES)
def test_loading_says_what_goes_on(models, family: str):
    said = list[str]()
    load(f"{family}:{models[family]}", lambda what, share: said.append(what))
    assert said[-1] == "loading"


@pytest.mark.parametrize("family", FAMILIES)
def test_half_precision_can_be_asked_for(models, family: str):
    found = load(f"{family}:{models[family]}?dtype=bfloat16")
    assert found.name == f"{family}:{models[family]}?dtype=bfloat16"


def _without(folder: Path, *parts: str) -> None:
    weights = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not any(part in name for part in parts)}
    assert len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize(
    ("family", "part"),
    [pytest.param("grounding-dino", "swin.layernorm", id="as published"), pytest.param("sentence", "pooler.", id="saved without its pooler")],
)
def test_weights_that_are_not_needed_may_be_missing(models, tmp_path: Path, family: str, part: str):
    shutil.copytree(models[family], tmp_path / "m")
    _without(tmp_path / "m", part)
    assert load(f"{family}:{tmp_path / 'm'}").name == f"{family}:{tmp_path / 'm'}"


@pytest.mark.parametrize("kind", ["bert", "unheard-of"])
@pytest.mark.parametrize("family", ["sentence", "owlv2", "grounding-dino"])
def test_code_in_a_folder_never_runs(models, tmp_path: Path, family: str, kind: str):
    folder = tmp_path / "m"
    shutil.copytree(models[family], folder)
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'was-run')!r}, 'w')\n\nclass Evil: ...\n")
    for file, fields in (
        ("config.json", {"auto_map": dict.fromkeys(("AutoConfig", "AutoModel", "AutoTokenizer"), "evil.Evil"), "model_type": kind}),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["evil.Evil", "evil.Evil"]}, "tokenizer_class": "Evil"}),
    ):
        (folder / file).write_text(json.dumps(json.loads((folder / file).read_text()) | fields))
    with suppress(BackendUnavailable):  # an architecture that transformers knows is loaded as such, the code beside it left alone
        load(f"{family}:{folder}")
    assert not (tmp_path / "was-run").exists()
