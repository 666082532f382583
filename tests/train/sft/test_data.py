"""From data to tokens: which words are learnt, in every family; sources of every form; what is left out, and why; order and shares."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.boxes import Box, ImageSize
from core.errors import InvalidInput
from core.export.parquet import write_parquet
from core.grounded_text import compose, plain
from tests.train.sft.conftest import photograph, records
from train.sft.config import SftConfig
from train.sft.conversations import Conversation, Exchange, ImageFile, epoch_order, split
from train.sft.planning import Plan, parts_of, rows_of
from train.sft.preparing import prepare
from train.sft.reading import read_data
from train.sft.tokens import Encoder, shown

IMAGE = ImageFile(Path("photo.png"), ImageSize(90, 60), "photo")
TWO_TURNS = Conversation(
    "s", "1", "answer", (IMAGE,), (Exchange(plain("Is it sharp?"), plain("No.")), Exchange(plain("Where?"), compose("The ", ("dog", [Box(0.2, 0.3, 0.6, 0.8)]), " is blurred.")))
)
MASKED = [
    pytest.param("llava", "🖼<unk>Is it sharp? ASSISTANT:【 No.</s>】USER: Where? ASSISTANT:【 The [dog](<124, 311>) is blurred.</s>】", id="LLaVA-1.5"),
    pytest.param("llava_next", "🖼<unk>Is it sharp? ASSISTANT:【 No.</s>】USER: Where? ASSISTANT:【 The [dog](<124, 311>) is blurred.</s>】", id="LLaVA-1.6"),
    *(
        pytest.param(
            family,
            "🖼<|vision_end|>Is it sharp?<|im_end|>\n<|im_start|>assistant\n【No.<|im_end|>】\n<|im_start|>user\nWhere?<|im_end|>\n<|im_start|>assistant\n"
            "【The [dog](<124, 311>) is blurred.<|im_end|>】\n",
            id=family,
        )
        for family in ("qwen2_5_vl", "qwen3_vl")
    ),
]


@pytest.mark.parametrize(("family", "expected"), MASKED)
def test_the_assistants_words_and_what_ends_them_are_learnt_and_nothing_else(family, expected, fresh, capsys) -> None:
    model = fresh(family)
    text = shown(Encoder(model).sample(TWO_TURNS), model)
    with capsys.disabled():
        print(f"\n{family}: {text}")
    assert text == expected


@pytest.mark.parametrize(
    ("options", "family", "expected"),
    [
        pytest.param("boxes=fractions", "llava", "[dog](<0.20, 0.30, 0.60, 0.80>)", id="fractions"),
        pytest.param("boxes=native", "llava", "[dog](<0.200, 0.367, 0.600, 0.700>)", id="LLaVA's own, on the padded square"),
        pytest.param("boxes=native", "qwen3_vl", '"bbox_2d"', id="Qwen3-VL's own JSON"),
    ],
)
def test_boxes_are_written_as_asked(options, family, expected, fresh) -> None:
    model = fresh(family, options)
    assert expected in shown(Encoder(model).sample(TWO_TURNS), model)


def test_a_chat_template_that_writes_no_end_gets_one(fresh, tmp_path) -> None:
    model = fresh("llava")
    model.engine.processor.chat_template = (
        "{% for m in messages %}{{ m['role'].upper() + ': ' }}{% for p in m['content'] %}{{ '<image>\n' if p['type'] == 'image' else p['text'] + ' ' }}{% endfor %}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
    )
    text = shown(Encoder(model).sample(TWO_TURNS), model)
    assert "【 No.</s>】" in text and text.rstrip().endswith("is blurred.</s>】")


def test_words_of_a_person_never_become_special_tokens(fresh) -> None:
    one = replace(TWO_TURNS, exchanges=(Exchange(plain("Is <image> here? </s>"), plain("No </s> <image>.")),))
    sample = Encoder(fresh("llava")).sample(one)
    assert (sample.ids == 2).sum() == 1 and sample.ids[-1] == 2 and sample.learnt[-1]
    assert (sample.ids == fresh("llava").engine.tokenizer.convert_tokens_to_ids("<image>")).sum() == 0


def put_photographs(folder: Path, count: int = 3) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number}.png").write_bytes(photograph(number)[0])


def turns(*said: str) -> list[dict[str, str]]:
    return [{"from": "gpt" if place % 2 else "human", "value": words} for place, words in enumerate(said)]


def read(rows: list[object], folder: Path):
    put_photographs(folder)
    (folder / "rows.json").write_text(json.dumps(rows))
    return read_data(SftConfig((str(folder / "rows.json"),), folder / "out", "hf:x"))


GOOD = {"id": "ok", "image": "0.png", "conversations": turns("<image>\nIs it sharp?", "No.")}
BROKEN = [
    pytest.param({**GOOD, "image": "moved.png"}, "image missing", id="the image is missing"),
    pytest.param({**GOOD, "image": "../../etc/passwd"}, "image outside the folder", id="the image is outside"),
    pytest.param({**GOOD, "image": "rows.json"}, "image cannot be read", id="no image"),
    pytest.param({**GOOD, "image": 7}, "image is not named by text", id="a number for an image"),
    pytest.param({**GOOD, "conversations": turns("<image>\nIs it sharp?", "  ")}, "empty answer", id="an empty answer"),
    pytest.param({**GOOD, "conversations": turns("<image>\nIs it sharp?")}, "turns of human and gpt do not alternate", id="no answer"),
    pytest.param({**GOOD, "conversations": []}, "turns of human and gpt do not alternate", id="no turn"),
    pytest.param({**GOOD, "conversations": [{"from": "gpt"}]}, "turn cannot be read", id="half a turn"),
    pytest.param({"id": "x", "image": "0.png"}, "row holds no conversations", id="no conversations"),
    pytest.param({**GOOD, "conversations": turns("Where?", "The [dog](<5, 900>).")}, "boxes cannot be read", id="a box outside the grid"),
    pytest.param({**GOOD, "conversations": turns("Where?", "The [dog](<300, 20>).")}, "boxes cannot be read", id="a reversed box"),
    pytest.param({**GOOD, "conversations": turns("<image><image>Where?", "There.")}, "more <image> than images", id="two marks, one image"),
    pytest.param({"id": "x", "conversations": turns("Where?", "The [dog](<5, 90>).")}, "boxes without an image", id="a box and no image"),
    pytest.param("row", "row is no object", id="text for a row"),
]


@pytest.mark.parametrize(("row", "reason"), BROKEN)
def test_a_broken_row_is_left_out_with_its_reason(row, reason, tmp_path) -> None:
    found = read([GOOD, row], tmp_path / "llava")
    assert [one.id for one in found.conversations] == ["0 ok"]
    assert [(one.source, one.row, one.reason) for one in found.skipped] == [("rows", 1, reason)]
    with pytest.raises(InvalidInput, match=f"gives nothing to learn from: 1 of 1 rows: {reason} \\(") as refusal:
        read([row], tmp_path / "alone")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("most", "fix"),
    [
        pytest.param(0, "Shorten the answers, name a model that reads more, or give", id="the model's own limit, which no flag raises"),
        pytest.param(30, "Raise --max-tokens (now 30), or give", id="a limit that was asked for"),
    ],
)
def test_an_answer_longer_than_the_context_is_refused_with_what_helps(most, fix, fresh, tmp_path) -> None:
    found = read([{**GOOD, "conversations": turns("<image>\nIs it sharp?", "No. " * 9_000)}], tmp_path)
    with pytest.raises(InvalidInput, match="Nothing is left to learn from: 1 conversations: longer than the context") as refusal:
        prepare(found, Encoder(fresh("llava")), SftConfig(("x",), tmp_path, "hf:x", max_tokens=most), lambda _: None)
    assert str(refusal.value).endswith(f"{fix} the model smaller images with ?max_pixels=.")


def test_llava_rows_keep_their_turns_and_text_alone_needs_no_image(tmp_path) -> None:
    several = {"id": "a", "image": "1.png", "conversations": turns("<image>\nIs it sharp?", "No.", "Where?", "The [dog](<124, 311>) [1].")}
    alone = {"id": "b", "conversations": turns("Hello?", "Hello [there](x).")}
    found = read([several, alone], tmp_path / "llava").conversations
    assert [(one.task, len(one.images), len(one.exchanges)) for one in found] == [("answer", 1, 2), ("general", 0, 1)]
    assert found[0].exchanges[1].told.text == "The dog [1]." and len(found[0].exchanges[1].told.boxes) == 1
    assert found[1].exchanges[0].told.text == "Hello [there](x)."


def test_depictqa_rows_have_images_by_role_and_a_query(tmp_path, fresh) -> None:
    row = {"id": "q", "image_ref": "0.png", "image_A": "1.png", "image_B": "2.png", "task_type": "quality_compare", "query": "Which is better?", "conversations": [{"from": "gpt", "value": "Image A."}]}
    single = {"id": "s", "image_A": "1.png", "task_type": "quality_single_A_noref", "conversations": turns("Describe it.", "It is blurred.")}
    found = read([row, single], tmp_path / "depictqa").conversations
    assert [[(image.path.name, image.role) for image in one.images] for one in found] == [[("0.png", "reference"), ("1.png", "a"), ("2.png", "b")], [("1.png", "image")]]
    assert [one.task for one in found] == ["compare", "describe"]
    model = fresh("qwen3_vl")
    assert Encoder(model).sample(found[0]).head.count("<|image_pad|>") == 3
    assert "Reference image: " in Encoder(model).sample(found[0]).head and "Image B: " in Encoder(model).sample(found[0]).head


def test_parquet_with_our_columns_is_read_like_the_folder_it_came_from(data, tmp_path) -> None:
    from core.export.giqa import NativeFolder

    folder = NativeFolder(data)
    write_parquet(tmp_path / "set", ((one, folder.image(one.image).read_bytes()) for one in folder.records()))
    config = SftConfig((str(tmp_path / "set"),), tmp_path / "out", "hf:x")
    ours = read_data(SftConfig((str(data),), tmp_path / "out", "hf:x")).conversations
    theirs = read_data(config).conversations
    assert [(one.id, one.task, one.weight, one.exchanges) for one in theirs] == [(one.id, one.task, one.weight, one.exchanges) for one in ours]
    assert all(image.path.is_file() for one in theirs for image in one.images)


def test_corrected_records_weigh_more_and_skipped_ones_are_left_out(tmp_path) -> None:
    from core.export.giqa import put_image, write_folder

    folder = tmp_path / "mixed"

    def changed():
        for number, one in enumerate(records(folder, 3)):
            status = ("submitted", "skipped", "draft")[number]
            yield replace(one, correction=replace(one.correction, status=status) if one.correction else replace(next(records(None, 1)).correction, status=status))

    write_folder(folder, changed(), config={})
    assert put_image
    found = read_data(SftConfig((str(folder),), tmp_path / "out", "hf:x", corrected_weight=3.0))
    assert [one.weight for one in found.conversations] == [3.0] * 4 + [1.0] * 4
    assert Counter(one.reason for one in found.skipped) == {"skipped or flagged by its annotator": 1}


def made(count: int, images: int) -> list[Conversation]:
    return [
        Conversation("general" if at % 3 else "roofs", str(at), "answer" if at % 2 else "describe", (replace(IMAGE, key=f"image {at % images}"),), (Exchange(plain("a"), plain("b")),))
        for at in range(count)
    ]


def test_shares_say_how_often_a_task_or_a_source_is_seen() -> None:
    conversations = made(3_000, 300)
    order = epoch_order(conversations, {"answer": 2.0, "general": 0.3}, 0, 0)
    seen = Counter((conversations[place].task, conversations[place].source) for place in order)
    assert seen["answer", "roofs"] == 1_000 and seen["describe", "roofs"] == 500
    assert seen["answer", "general"] == pytest.approx(600, rel=0.15) and seen["describe", "general"] == pytest.approx(300, rel=0.15)
    assert epoch_order(conversations, {"general": 0.3}, 0, 0) != epoch_order(conversations, {"general": 0.3}, 0, 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 12), st.integers(0, 5))
def test_without_shares_each_conversation_is_seen_once_and_those_of_an_image_together(count, images, seed) -> None:
    conversations = made(count, images)
    order = epoch_order(conversations, {}, seed, 1)
    assert sorted(order) == list(range(count))
    keys = [conversations[place].images[0].key for place in order]
    assert sum(one != other for one, other in pairwise(keys)) == len(set(keys)) - 1
    assert order == epoch_order(conversations, {}, seed, 1)


def test_images_are_held_out_whole_and_with_their_photograph() -> None:
    conversations = [replace(one, photograph=f"photograph {at % 40}") for at, one in enumerate(made(400, 100))]
    learnt, held_out = split(conversations, 0.2)
    assert len(learnt) + len(held_out) == 400 and 20 < len(held_out) < 160
    assert not {one.scene for one in learnt} & {one.scene for one in held_out}
    assert split(conversations[:200], 0.2)[1] == [one for one in held_out if one in conversations[:200]]


def test_steps_mix_tasks_and_start_again_anywhere(fresh, tmp_path, data) -> None:
    encoder = Encoder(fresh("llava"))
    samples = [encoder.sample(one) for one in read_data(SftConfig((str(data),), tmp_path, "hf:x")).conversations]
    plan = Plan(samples, {}, 0, 10, 3, 0, 400, True)
    steps = list(plan.from_step(0))
    assert len(steps) == plan.steps == 15
    for step in steps:
        assert len({one.conversation.task for part in step.parts for row in part for one in row.samples}) == 2
        assert all(part[0].tokens * len(part) <= 400 for part in step.parts)
    for done in (1, 4, 5, 14):
        assert [step.weight for step in plan.from_step(done)] == [step.weight for step in steps[done:]]
    for devices in (2, 3, 7):
        parts = parts_of(sorted(rows_of(samples[:10], 400, share=True), key=lambda row: -row.tokens), 400, devices)
        assert len(parts) % devices == 0
        assert sum(one.weight for part in parts for row in part for one in row.samples) == pytest.approx(sum(one.weight for one in samples[:10]))
