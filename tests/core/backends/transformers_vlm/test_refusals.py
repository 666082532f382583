"""Folders that are not what they should be: each is refused with what was found and what to do, before any weights are read."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.backends import load
from core.errors import BackendUnavailable, UnknownBackend
from tests import tiny_models
from tests.core.backends.contract import asking


@pytest.fixture
def llama(folder_of, tmp_path) -> Path:
    """A copy that may be spoilt."""
    return Path(shutil.copytree(folder_of("llama"), tmp_path / "model"))


def refused(name: str) -> str:
    with pytest.raises(BackendUnavailable) as refusal:
        load(name)
    return str(refusal.value)


def edit(path: Path, **fields: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def only_bin(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def truncated(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])


def missing_shard(folder: Path) -> None:
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors").rename(folder / shards["a"])
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))


def without(tensor: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        from safetensors.torch import load_file, save_file

        tensors = {key: value for key, value in load_file(folder / "model.safetensors").items() if tensor not in key}
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})

    return spoil


def config(**fields: object) -> Callable[[Path], None]:
    return lambda folder: edit(folder / "config.json", **fields)


def deleted(*names: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return spoil


def written(name: str, text: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_text(text)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(only_bin, "holds weights as pytorch_model.bin only. Weights load from safetensors only", id="only .bin"),
        pytest.param(deleted("model.safetensors"), "holds no weights (no model.safetensors). Download the model again.", id="no weights"),
        pytest.param(truncated, "is damaged or half-downloaded", id="cut short"),
        pytest.param(written("model.safetensors", "<html>Not found</html>"), "is damaged or half-downloaded", id="a web page as weights"),
        pytest.param(missing_shard, "is half-downloaded: 1 of 2 files of weights are missing in", id="a shard is missing"),
        pytest.param(without("layers.1.mlp"), "3 tensors that LlamaForCausalLM needs are not in the weights, such as model.layers.1.mlp.down_proj.weight.", id="tensors are missing"),
        pytest.param(config(hidden_size=64), "tensors that LlamaForCausalLM needs are not in the weights", id="weights of another size"),
        pytest.param(written("config.json", "{"), "config.json is damaged (Expecting property name", id="damaged config"),
        pytest.param(written("config.json", "[]"), "config.json is damaged: it holds no JSON object.", id="config is a list"),
        pytest.param(written("config.json", "{}"), "holds no model_type", id="an empty config"),
        pytest.param(deleted("config.json"), "holds no config.json, so it is no model of transformers; it holds", id="no config"),
        pytest.param(config(model_type="gpt9", architectures=["Gpt9"]), 'it is of type "gpt9" (Gpt9), which is neither a vision-language model nor', id="an unknown type"),
        pytest.param(config(model_type="grounding-dino"), "cannot be prompted. Name it grounding-dino:MODEL.", id="a detector"),
        pytest.param(config(model_type="sam2"), "cannot be prompted. Name it sam:MODEL.", id="a segmenter"),
        pytest.param(config(model_type="mplug_owl2"), "does not run on transformers 5. Serve such a model in an environment of its own", id="mplug-owl2"),
        pytest.param(config(architectures=["MPLUGOwl2LlamaForCausalLM"]), "does not run on transformers 5", id="onealign, by its architecture"),
        pytest.param(config(model_type="llava", architectures=["LlavaLlamaForCausalLM"]), "Take a converted one, such as llava-hf/llava-1.5-7b-hf", id="LLaVA's own code"),
        pytest.param(config(architectures=["LlamaForSequenceClassification"]), "which is neither a vision-language model nor a causal text model", id="another head"),
        pytest.param(config(model_type="own", auto_map={"AutoModelForCausalLM": "own.Own"}), "if you trust it, add remote_code=yes to the name.", id="code of its own"),
        pytest.param(config(hidden_size="wide"), "its config.json cannot be loaded: Validation error for field 'hidden_size'", id="a size in words"),
        pytest.param(config(num_attention_heads=0), "its config.json cannot be loaded: integer modulo by zero", id="no heads"),
        pytest.param(config(pad_token_id=10**9), "its weights cannot be loaded: Padding_idx must be within num_embeddings", id="padding outside the words"),
        pytest.param(config(architectures="Nope", model_type=["llama"]), "which is neither a vision-language model", id="a type that is a list"),
        pytest.param(written("model.safetensors.index.json", '{"weight_map": {"a": "gone.safetensors"}}'), "1 of 1 files of weights are missing", id="an index of nothing"),
        pytest.param(deleted("tokenizer.json"), "its processor or tokenizer cannot be loaded", id="no tokenizer"),
        pytest.param(written("tokenizer.json", "{}"), "its processor or tokenizer cannot be loaded", id="damaged tokenizer"),
        pytest.param(written("giqa.json", '{"boxes": "circles"}'), 'its giqa.json says boxes "circles", known are native, grid, fractions.', id="unknown boxes"),
    ],
)
def test_a_spoilt_folder_is_refused_with_the_reason(spoil, message, llama) -> None:
    spoil(llama)
    text = refused(f"hf:{llama}")
    assert message in text or (message == "holds no model_type" and "its config.json gives no model_type" in text), text
    assert text.startswith(f'Backend "hf:{llama}"')
    assert text.rstrip().endswith((".", "adapter=FOLDER", '"'))


def test_a_model_that_cannot_be_prompted_is_refused(tmp_path) -> None:
    assert 'it is of type "bert" (BertModel), which is neither a vision-language model' in refused(f"hf:{tiny_models.bert(tmp_path / 'bert')}")


def test_a_vision_language_model_without_its_image_processor_is_refused(folder_of, tmp_path) -> None:
    folder = Path(shutil.copytree(folder_of("llava"), tmp_path / "model"))
    (folder / "processor_config.json").unlink()
    assert "its processor or tokenizer cannot be loaded" in refused(f"hf:{folder}")


def test_a_model_that_nobody_knows_how_to_ask_is_refused(folder_of, tmp_path) -> None:
    folder = Path(shutil.copytree(folder_of("vip_llava"), tmp_path / "model"))
    (folder / "chat_template.jinja").unlink()
    assert "brings no chat template, so nobody can tell how it is asked. Put a chat_template.jinja beside it." in refused(f"hf:{folder}")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        pytest.param("boxes=circles", UnknownBackend, "boxes is one of native, grid, fractions", id="boxes"),
        pytest.param("dtype=int8", UnknownBackend, "dtype is one of float32, bfloat16, float16", id="dtype"),
        pytest.param("device=gpu", BackendUnavailable, 'there is no device "gpu" here. Write device=cpu, or leave it out.', id="no such device"),
        pytest.param("device=meta", BackendUnavailable, 'there is no device "meta" here', id="a device that holds nothing"),
        pytest.param("batch=0", UnknownBackend, "batch is a number from 1 to 512", id="batch"),
        pytest.param("max_pixels=5", UnknownBackend, "max_pixels is a number from 4096", id="pixels"),
        pytest.param("quantisation=2bit", UnknownBackend, "quantisation is one of 4bit, 8bit, none", id="quantisation"),
        pytest.param("quantisation=4bit", BackendUnavailable, 'quantisation needs bitsandbytes. Run "pip install bitsandbytes", or leave it out.', id="not installed"),
        pytest.param("remote_code=true", UnknownBackend, "remote_code is one of yes, no", id="remote code"),
        pytest.param("adapter=/nowhere/giqa", BackendUnavailable, "there is no adapter folder /nowhere/giqa. Check the path.", id="no adapter"),
        pytest.param("device_map=everywhere", BackendUnavailable, "its weights cannot be loaded", id="device map"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, error, message, folder_of) -> None:
    if "bitsandbytes" in message and __import__("importlib.util").util.find_spec("bitsandbytes"):
        pytest.skip("bitsandbytes is installed")
    with pytest.raises(error, match=re.escape(message)):
        load(f"hf:{folder_of('llama')}?{options}")


@pytest.mark.parametrize("options", ["dtype=bfloat16", "device=cpu", "device_map=cpu", "device_map=auto", "batch=2", "max_pixels=100000", "remote_code=no", "dtype=float16&batch=1"])
@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl"])
def test_options_that_make_sense_load_a_model_that_answers(family, options, model_of) -> None:
    model = model_of(f"{family}?{options}")
    assert len(model.generate([asking(model, "Is it sharp?"), asking(model, "Where?")])) == 2
    assert sum(model.choose([asking(model, "Is it sharp?")], ["Yes", "No"])[0]) == pytest.approx(1)


def test_loading_tells_how_far_it_is(folder_of) -> None:
    told: list[tuple[str, float | None]] = []
    load(f"hf:{folder_of('llava')}", lambda what, share: told.append((what, share)))
    shares = [share for _, share in told if share is not None]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1 and len(shares) > 5
    assert told[-1] == ("ready", 1.0) and any(what.startswith("loading 0.0 GB of weights") for what, _ in told)


def test_what_older_processors_leave_out_is_read_from_the_config(folder_of, tmp_path, model_of) -> None:
    folder = Path(shutil.copytree(folder_of("llava"), tmp_path / "older"))
    edit(folder / "processor_config.json", patch_size=None, vision_feature_select_strategy=None, num_additional_image_tokens=0)
    model = load(f"hf:{folder}")
    assert model.generate([asking(model, "Is it sharp?")]) == model_of("llava").generate([asking(model, "Is it sharp?")])


def test_remote_code_does_not_run_unasked(llama) -> None:
    edit(llama / "config.json", model_type="own", auto_map={"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Own"})
    (llama / "own.py").write_text("import pathlib; pathlib.Path(__file__).with_name('ran').touch()")
    refused(f"hf:{llama}")
    assert not (llama / "ran").exists()


def test_a_processor_that_wants_a_package_names_it(folder_of, tmp_path) -> None:
    folder = Path(shutil.copytree(folder_of("vip_llava"), tmp_path / "model"))
    edit(folder / "processor_config.json", processor_class="SmolVLMProcessor")
    (folder / "video_preprocessor_config.json").write_text('{"video_processor_type": "SmolVLMVideoProcessor"}')
    told = refused(f"hf:{folder}")
    assert "its processor or tokenizer needs a package that is not installed: " in told
    assert "ownload" not in told and told.endswith("Install it, or serve the model: openai:ADDRESS#NAME.")
