"""Every family keeps to the contract, and is useful through the tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.backends.base import ImageInput, Message, Request, VisionLanguageModel
from core.backends.registry import read_name
from core.backends.transformers_vlm.families import FAMILIES
from core.boxes import Box
from core.codecs import PaddedSquare
from core.dialects import GRID_MARKUP, KosmosTags, Markup
from core.errors import MissingCapability
from core.grounded_text import compose
from core.tasks import answer, describe, score
from tests import tiny_models
from tests.core.backends.contract import CHECKS, SIZE, Subject, asking, picture

GRID_PX = 51  # a whole cell of twenty
CORNER_PX = {"llava": 0.6, "llava_next": 0.6, "qwen2_5_vl": 2.3, "qwen3_vl": 0.6, "kosmos2": 32, "vip_llava": 5.1, "gemma3": 5.1, "llama": GRID_PX}
"""Half a unit of the convention: Qwen2.5-VL's of the 252x168 pixels that the tiny model resizes to, Kosmos-2's of a patch, the generic form's of two decimals."""


@pytest.fixture
def subject(family, model_of) -> Subject:
    return Subject(model_of(family), "Is the dog blurred?", CORNER_PX[family])


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("family", tiny_models.ALL)
def test_it_keeps_to_the_contract(check, family, subject) -> None:
    check(subject)


@pytest.mark.parametrize(
    ("family", "dialect"),
    [
        pytest.param("llava", Markup(PaddedSquare), id="llava"),
        pytest.param("llava_next", Markup(PaddedSquare), id="llava_next"),
        pytest.param("kosmos2", KosmosTags(), id="kosmos"),
        pytest.param("llama", GRID_MARKUP, id="text"),
        pytest.param("qwen3_vl?boxes=grid", GRID_MARKUP, id="the operator says otherwise"),
    ],
)
def test_boxes_are_written_as_the_family_does(family, dialect, model_of) -> None:
    assert model_of(family).dialect == dialect


@pytest.mark.parametrize(
    ("family", "written"),
    [
        pytest.param("llava", "The [roof](<0.250, 0.375, 0.750, 0.875>) is noisy.", id="fractions of the padded square"),
        pytest.param("qwen2_5_vl", 'The roof is noisy.\n[{"bbox_2d": [63, 56, 189, 168], "label": "roof"}]', id="pixels of the resized image, 252x168"),
        pytest.param("qwen3_vl", 'The roof is noisy.\n[{"bbox_2d": [250, 333, 750, 1000], "label": "roof"}]', id="thousandths"),
        pytest.param(
            "kosmos2",
            "The<phrase> roof</phrase><object><patch_index_0328><patch_index_1015></object> is noisy.",
            id="patches",
        ),
        pytest.param("vip_llava", "The [roof](<0.25, 0.33, 0.75, 1.00>) is noisy.", id="fractions"),
        pytest.param("llava?boxes=fractions", "The [roof](<0.25, 0.33, 0.75, 1.00>) is noisy.", id="fractions wanted"),
        pytest.param("llava?boxes=grid", "The [roof](<125, 394>) is noisy.", id="grid wanted"),
    ],
)
def test_a_box_stands_where_the_model_means_it(family, written, model_of) -> None:
    said = compose("The ", ("roof", [Box(0.25, 1 / 3, 0.75, 1.0)]), " is noisy.")
    assert isinstance(model_of(family), VisionLanguageModel)
    assert model_of(family).dialect.write(said, SIZE) == written


@pytest.mark.parametrize("family", tiny_models.VISION)
def test_tasks_get_checked_values_from_noise(family, model_of) -> None:
    model, image = model_of(family), picture()
    assert describe(model, image).raw
    closed = answer(model, image, "Is the [dog](<0.10, 0.20, 0.60, 0.80>) blurred?")
    assert closed.grounded.text in {"Yes.", "No."} and 0.5 <= closed.confidence <= 1
    assert answer(model, image, "Where is the noise?", boxes=[Box(0, 0, 0.5, 0.5)]).status in {"answered", "unparsed"}
    assert 0 <= score(model, image).value <= 1


@pytest.mark.parametrize("family", ["llava", "llava_next", "qwen2_5_vl", "qwen3_vl", "vip_llava"])
def test_several_images_are_told_apart_by_role(family, model_of) -> None:
    model = model_of(family)
    images = tuple(ImageInput(picture(seed=seed), role) for seed, role in enumerate(["reference", "a", "b", "image", "image"]))
    request = Request((Message("user", "Which is sharper?", images),), max_new_tokens=4)
    text = model.prompter.prompt(request).text
    tags = ["Reference image: ", "Image A: ", "Image B: ", "Image 1: ", "Image 2: ", "Which is sharper?"]
    assert [text.index(tag) for tag in tags] == sorted(text.index(tag) for tag in tags)
    assert len(model.generate([request])) == 1


@pytest.mark.parametrize("count", [0, 2])
def test_kosmos_takes_exactly_one_image(count, model_of) -> None:
    request = Request((Message("user", "Which is sharper?", tuple(ImageInput(picture()) for _ in range(count))),))
    with pytest.raises(MissingCapability, match=rf"Kosmos-2 takes exactly one image, got {count}\. Choose another model for this\."):
        model_of("kosmos2").generate([request])


@pytest.mark.parametrize(
    ("texts", "prompt"),
    [
        pytest.param(("Describe the quality of this image in detail:",), "<grounding> Describe the quality of this image in detail:", id="to be finished"),
        pytest.param(("Is it sharp?",), "<grounding> Question: Is it sharp? Answer:", id="a question"),
        pytest.param(("Is it sharp?", "No.", "Why?"), "<grounding> Question: Is it sharp? Answer: No. Question: Why? Answer:", id="several turns"),
    ],
)
def test_kosmos_is_asked_in_its_own_form(texts, prompt, model_of) -> None:
    messages = tuple(Message("assistant" if at % 2 else "user", text, () if at else (ImageInput(picture()),)) for at, text in enumerate(texts))
    assert model_of("kosmos2").prompter.prompt(Request(messages)).text == prompt


@pytest.mark.parametrize(
    ("family", "prompt"),
    [
        pytest.param("llava", "Be brief. USER: <image>\nIs it sharp? ASSISTANT: No.</s>USER: Why? ASSISTANT:", id="llava"),
        pytest.param(
            "qwen3_vl",
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>Is it sharp?<|im_end|>\n"
            "<|im_start|>assistant\nNo.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n",
            id="qwen",
        ),
    ],
)
def test_a_chat_is_written_in_the_familys_form(family, prompt, model_of) -> None:
    chat = (Message("system", "Be brief."), Message("user", "Is it sharp?", (ImageInput(picture()),)), Message("assistant", "No."), Message("user", "Why?"))
    assert model_of(family).prompter.prompt(Request(chat)).text == prompt


def test_the_guide_names_every_family_and_option() -> None:
    guide = (Path(__file__).parents[4] / "docs" / "models.md").read_text(encoding="utf-8")
    options = ("adapter", "boxes", "dtype", "device", "device_map", "quantisation", "max_pixels", "batch", "revision", "remote_code")
    assert [word for word in (*FAMILIES, *options) if f"`{word}`" not in guide] == []
    read_name(f"hf:x?{'&'.join(f'{option}=1' for option in options)}")


def test_questions_with_and_without_images_go_together(model_of) -> None:
    for family in ("llava", "llava_next", "qwen2_5_vl", "qwen3_vl"):
        model = model_of(family)
        requests = [asking(model, "Is it sharp?"), Request((Message("user", "What is noise?"),), 12), asking(model, "Where is the tower?")]
        assert model.generate(requests) == [model.generate([request])[0] for request in requests]
        assert len(model.choose(requests, ["Yes", "No"])) == 3


def test_tokens_of_an_image_are_marked_where_the_model_looks_at_them_both_ways(model_of) -> None:
    gemma, other = model_of("gemma3"), model_of("vip_llava")
    seen = gemma.engine.encoded([gemma.prompter.prompt(asking(gemma, "Is it blurred?"))])
    assert seen["token_type_ids"].bool().equal(seen["input_ids"] == gemma.engine.model.config.image_token_id)
    assert int(seen["token_type_ids"].sum()) == 4
    unseen = Request((Message("user", "Is it blurred?"),))
    assert "token_type_ids" not in gemma.engine.encoded([gemma.prompter.prompt(unseen)])
    assert "token_type_ids" not in other.engine.encoded([other.prompter.prompt(asking(other, "Is it blurred?"))])
