"""Conversations behind one image: the same loss and gradients as one by one, and as transformers itself computes them, in every family."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image as Pillow

from core.boxes import ImageSize
from core.grounded_text import plain
from tests.train.sft.conftest import FAMILIES, photograph
from train.sft.attention import use_it
from train.sft.batches import Collator, block_mask
from train.sft.conversations import Conversation, Exchange, ImageFile
from train.sft.loss import summed_loss
from train.sft.planning import Row, rows_of
from train.sft.tokens import Encoder


def told(number: int, images: tuple[ImageFile, ...], *turns: tuple[str, str]) -> Conversation:
    return Conversation("s", str(number), "answer", images, tuple(Exchange(plain(asked), plain(answer)) for asked, answer in turns))


@pytest.fixture
def conversations(tmp_path) -> list[Conversation]:
    """Three images with several conversations of unlike lengths, two images at once, text alone, and one with two turns."""
    images = []
    for number in range(3):
        data, size = photograph(number)
        path = tmp_path / f"{number}.png"
        path.write_bytes(data)
        images.append(ImageFile(path, size, f"image {number}"))
    several = [told(10 * i + j, (image,), ("Is it sharp? " * (j + 1) + str(i), "No, not at all. " * (i + j + 1))) for i, image in enumerate(images) for j in range(3)]
    both = tuple(replace(image, role=role) for image, role in zip(images[:2], "ab", strict=True))
    pairs = [told(90, both, ("Which is better?", "Image A.")), told(91, both, ("Which is worse?", "Image B it is."))]
    return [*several, *pairs, told(92, (), ("Hello?", "Hello.")), told(93, (images[0],), ("Is it dark?", "Yes."), ("Why?", "Little light."))]


def loss_and_gradients(model, batches):
    inner = model.engine.model
    inner.zero_grad()
    losses = [summed_loss(inner, inner.get_output_embeddings(), batch) for batch in batches]
    sum(losses).backward()
    return sum(loss.item() for loss in losses), {name: one.grad.clone() for name, one in inner.named_parameters() if one.grad is not None}


@pytest.mark.parametrize("ours", [True, False], ids=["our attention", "transformers' own attention"])
@pytest.mark.parametrize("family", FAMILIES)
def test_conversations_behind_one_image_give_the_loss_and_gradients_of_each_alone(family, ours, fresh, conversations) -> None:
    model = fresh(family)
    if ours:
        use_it(model.engine.model)
    encoder = Encoder(model)
    collator = Collator(encoder, model.engine.tokenizer.pad_token_id, pytest.fail, ours)
    samples = [encoder.sample(one) for one in conversations]
    rows = rows_of(samples, 10**6, share=True)
    assert [len(row.samples) for row in rows] == [4, 3, 3, 2, 1]
    apart, one_by_one = loss_and_gradients(model, [collator.batch([Row((sample,))]) for sample in samples])
    together, shared = loss_and_gradients(model, [collator.batch(rows)])
    assert together == pytest.approx(apart, rel=1e-6)
    assert shared.keys() == one_by_one.keys()
    largest = max(one.abs().max().item() for one in one_by_one.values())
    for name, gradient in one_by_one.items():
        torch.testing.assert_close(shared[name], gradient, rtol=1e-4, atol=1e-6 * largest, msg=name)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_is_what_transformers_computes_of_the_whole_text(family, fresh, conversations) -> None:
    model = fresh(family)
    encoder = Encoder(model)
    collator = Collator(encoder, model.engine.tokenizer.pad_token_id, pytest.fail)
    for one in conversations:
        sample = encoder.sample(one)
        ours = summed_loss(model.engine.model, model.engine.model.get_output_embeddings(), collator.batch([Row((sample,))])).item()
        assert theirs(model, encoder, sample) == pytest.approx(ours, rel=1e-5), one.id


def theirs(model, encoder, sample) -> float:
    """By transformers' own processor on the whole text, and its own loss."""
    text, _ = encoder._written(sample.conversation)
    pictures = [encoder.fitted(Pillow.open(image.path)) for image in sample.conversation.images]
    read = dict(model.engine.processor(text=[text], images=pictures, return_tensors="pt") if pictures else model.engine.tokenizer([text], return_tensors="pt"))
    length, head = sample.tokens, sample.head_tokens
    read = {name: value[:, :length] if value.ndim == 2 and value.shape == read["attention_mask"].shape else value for name, value in list(read.items())[::-1]}
    labels = torch.full_like(read["input_ids"], -100)
    labels[0, head:][torch.tensor(sample.learnt)] = read["input_ids"][0, head:][torch.tensor(sample.learnt)]
    return model.engine.model(**read, labels=labels).loss.item() * int(sample.learnt.sum())


def test_each_token_sees_what_came_before_of_the_image_and_its_own_conversation() -> None:
    seen = block_mask(torch.tensor([[0, 0, 1, 1, 2, 2, -1]]))[0, 0].int().tolist()
    assert seen == [
        [1, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0],
        [1, 1, 0, 0, 1, 0, 0],
        [1, 1, 0, 0, 1, 1, 0],
        [1, 1, 0, 0, 0, 0, 1],
    ]


def test_a_row_stays_within_the_budget(fresh, conversations) -> None:
    encoder = Encoder(fresh("llava"))
    samples = [encoder.sample(one) for one in conversations]
    budget = max(one.tokens for one in samples) + 10
    rows = rows_of(samples, budget, share=True)
    assert all(row.tokens <= budget for row in rows) and len(rows) > 5
    assert sorted(id(one) for row in rows for one in row.samples) == sorted(map(id, samples))


def test_an_image_that_cannot_be_read_is_told_once_and_its_words_count_nothing(fresh, tmp_path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG broken")
    model, found = fresh("llava"), []
    encoder = Encoder(model)
    image = ImageFile(Path(tmp_path / "broken.png"), ImageSize(60, 60), "broken")
    collator = Collator(encoder, 1, lambda given, reason: found.append((given.key, reason)))
    rows = [Row((encoder.sample(told(1, (image,), ("Is it sharp?", "No."))),))]
    for _ in range(2):
        assert summed_loss(model.engine.model, model.engine.model.get_output_embeddings(), collator.batch(rows)).item() == 0
    assert [key for key, _ in found] == ["broken"]
