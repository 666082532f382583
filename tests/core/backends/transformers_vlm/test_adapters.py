"""LoRA adapters: a tiny one is trained here, loaded by name, and refused for any other base."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from core.backends import load
from core.dialects import GRID_MARKUP
from core.errors import BackendUnavailable
from tests import tiny_models
from tests.core.backends.contract import QUESTIONS, asking


def trained(base: Path, folder: Path) -> Path:
    """A few steps of LoRA on the language model of the folder in `base`."""
    import torch
    from peft import LoraConfig, get_peft_model

    model = load(f"hf:{base}").engine.model
    config = LoraConfig(r=4, lora_alpha=64, target_modules=r".*language_model.*\.(q_proj|v_proj|o_proj)|model\.layers.*\.(q_proj|v_proj)", task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config)
    optimizer = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], 0.05)
    ids = torch.arange(4, 40)[None]
    for _ in range(4):
        adapted(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    adapted.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapter(folder_of, tmp_path_factory) -> Path:
    return trained(folder_of("llava"), tmp_path_factory.mktemp("runs") / "giqa")


def test_an_adapter_changes_what_the_model_says_and_costs_no_layers(adapter, folder_of, model_of) -> None:
    from peft import PeftModel

    plain, adapted = model_of("llava"), model_of(f"llava?adapter={adapter}")
    requests = [asking(plain, question) for question in QUESTIONS]
    assert adapted.generate(requests) != plain.generate(requests)
    apart = PeftModel.from_pretrained(load(f"hf:{folder_of('llava')}").engine.model, adapter)
    encoded = plain.engine.encoded([plain.prompter.prompt(requests[0])])
    assert adapted.engine.model(**encoded).logits.allclose(apart(**encoded).logits, atol=1e-3)
    assert sum(p.numel() for p in adapted.engine.model.parameters()) == sum(p.numel() for p in plain.engine.model.parameters())


def test_an_adapter_says_how_it_writes_boxes(adapter, folder_of, tmp_path) -> None:
    copy = Path(shutil.copytree(adapter, tmp_path / "giqa"))
    (copy / "giqa.json").write_text('{"boxes": "grid"}')
    assert load(f"hf:{folder_of('llava')}?adapter={copy}").dialect == GRID_MARKUP
    assert load(f"hf:{folder_of('llava')}?adapter={copy}&boxes=native").dialect != GRID_MARKUP


def edited(name: str, **fields: object):
    def spoil(folder: Path) -> None:
        path = folder / name
        path.write_text(json.dumps(json.loads(path.read_text()) | fields))

    return spoil


def halved(folder: Path) -> None:
    data = (folder / "adapter_model.safetensors").read_bytes()
    (folder / "adapter_model.safetensors").write_bytes(data[: len(data) // 2])


def without_a_tensor(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "adapter_model.safetensors")
    save_file(dict(sorted(tensors.items())[1:]), folder / "adapter_model.safetensors")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(lambda folder: (folder / "adapter_config.json").unlink(), "holds no adapter_config.json, so it is no adapter.", id="no config"),
        pytest.param(lambda folder: (folder / "adapter_config.json").write_text("{"), "adapter_config.json is damaged", id="damaged config"),
        pytest.param(lambda folder: (folder / "adapter_model.safetensors").unlink(), "lacks adapter_model.safetensors; it holds no weights. Save it again.", id="no weights"),
        pytest.param(
            lambda folder: (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin"),
            "it holds adapter_model.bin, which is refused since it can run code.",
            id="only .bin",
        ),
        pytest.param(halved, "is damaged or half-downloaded", id="cut short"),
        pytest.param(without_a_tensor, "1 of its tensors have no place there or are missing, such as", id="a tensor is missing"),
        pytest.param(edited("adapter_config.json", peft_type="PREFIX_TUNING"), "is of type PREFIX_TUNING; only LORA is supported.", id="another kind"),
        pytest.param(edited("adapter_config.json", r=2), "does not fit", id="another rank"),
        pytest.param(
            edited("adapter_config.json", base_model_name_or_path="liuhaotian/other-7b"),
            "was made for liuhaotian/other-7b, not for ",
            id="for another base, by name",
        ),
    ],
)
def test_a_spoilt_adapter_is_refused_with_the_reason(spoil, message, adapter, folder_of, tmp_path) -> None:
    copy = Path(shutil.copytree(adapter, tmp_path / "giqa"))
    spoil(copy)
    with pytest.raises(BackendUnavailable) as refusal:
        load(f"hf:{folder_of('llava')}?adapter={copy}")
    assert message in str(refusal.value)


@pytest.mark.parametrize("named", [True, False], ids=["its base is named", "its base is not named"])
def test_an_adapter_for_another_base_is_refused_with_both_names(named, adapter, folder_of, tmp_path) -> None:
    copy, other = Path(shutil.copytree(adapter, tmp_path / "giqa")), folder_of("llama")
    if not named:
        edited("adapter_config.json", base_model_name_or_path=None)(copy)
    with pytest.raises(BackendUnavailable) as refusal:
        load(f"hf:{other}?adapter={copy}")
    assert str(other) in str(refusal.value) and (str(folder_of("llava")) in str(refusal.value)) == named
    assert ("was made for" if named else "does not fit") in str(refusal.value)


def test_an_adapter_alone_is_no_model(adapter) -> None:
    with pytest.raises(BackendUnavailable, match=r"is an adapter, not a model\. Name its base model and the adapter with it: hf:BASE\?adapter="):
        load(f"hf:{adapter}")


@pytest.mark.parametrize("made_for", ["someone/tiny-llava", "/elsewhere/Tiny-LLaVA", "", None])
def test_a_base_may_have_moved(made_for, adapter, folder_of, tmp_path) -> None:
    copy = Path(shutil.copytree(adapter, tmp_path / "giqa"))
    edited("adapter_config.json", base_model_name_or_path=made_for)(copy)
    model = load(f"hf:{folder_of('llava')}?adapter={copy}")
    assert len(model.generate([asking(model, "Is it sharp?")])) == 1


def test_a_wider_model_of_the_family_refuses_it(adapter, tmp_path) -> None:
    wide = tiny_models.llava(tmp_path / "tiny-llava", hidden_size=64)
    with pytest.raises(BackendUnavailable, match="does not fit"):
        load(f"hf:{wide}?adapter={adapter}")


def test_an_adapter_says_in_which_words_it_is_asked(adapter, folder_of, tmp_path) -> None:
    copy = Path(shutil.copytree(adapter, tmp_path / "giqa"))
    (copy / "giqa.json").write_text(json.dumps({"boxes": "grid", "prompts": {"describe": "Describe it.", "answer": "", "open_question": ""}}))
    model = load(f"hf:{folder_of('llava')}?adapter={copy}")
    assert (model.prompts.describe, model.prompts.answer, model.prompts.closed_question) == ("Describe it.", "", "Answer Yes or No.")


@pytest.mark.parametrize("prompts", [{"greet": "Hello"}, {"describe": 7}, {"describe": "{secret}"}, {"describe": "{"}, ["describe"]])
def test_prompts_that_cannot_be_used_are_refused(prompts, adapter, folder_of, tmp_path) -> None:
    copy = Path(shutil.copytree(adapter, tmp_path / "giqa"))
    (copy / "giqa.json").write_text(json.dumps({"prompts": prompts}))
    with pytest.raises(BackendUnavailable, match=r"the prompts in its giqa\.json cannot be used"):
        load(f"hf:{folder_of('llava')}?adapter={copy}")
