"""Corrected texts as examples of a prompted tagger."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.backends.base import Tag
from core.backends.scripted import Rule, Script, ScriptedBackend
from core.boxes import ImageSize
from core.builder.config import BuildConfig
from core.builder.feedback.examples import examples_of
from core.builder.prompted.tagger import Example, PromptedTagger
from core.errors import InvalidSettings
from core.export.giqa import write_folder
from core.records import Correction, ImageReference, Record, RegionText

NOISY = Tag("roof", "noisy", "negative")


def corrected(row: int, text: str, *tags: Tag) -> Record:
    return Record(ImageReference("a" * 64, ImageSize(4, 3)), "set", row, (), tags, RegionText(text), correction=Correction("", str(row), "ann", "submitted"))


RECORDS = [
    *(corrected(row, f"The roof {row} is noisy.", NOISY) for row in range(6)),
    corrected(10, "The roof is noisy. " * 40, NOISY),
    corrected(11, "The sky is blue.", NOISY),
    corrected(12, "The roof is noisy."),
    corrected(13, "The roof {text} is noisy.", NOISY),
    replace(corrected(14, "The roof is noisy.", NOISY), correction=None),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "export", RECORDS, config={})
    write_folder(tmp_path / "turned", RECORDS[::-1], config={})
    return tmp_path


def test_examples_are_short_corrected_texts_that_name_their_tags(folder: Path) -> None:
    found = examples_of(folder / "export", 100, 0)
    assert sorted(one.text for one in found) == [f"The roof {row} is noisy." for row in range(6)] and all(one.tags == (NOISY,) for one in found)


def test_they_are_drawn_by_seed_whatever_the_order(folder: Path) -> None:
    drawn = [examples_of(folder / name, 3, 1) for name in ("export", "turned")]
    assert drawn[0] == drawn[1] and len(drawn[0]) == 3
    assert len({examples_of(folder / "export", 3, seed) for seed in range(6)}) > 1


def test_the_model_sees_them_before_the_text() -> None:
    model = ScriptedBackend(Script((Rule(".", json.dumps([{"phrase": "sky", "quality": "dark", "effect": "negative"}])),)))
    tags = PromptedTagger(model, (Example("The roof\nis noisy.", (NOISY,)),)).tag(["The sky is dark."])
    assert tags == [[Tag("sky", "dark", "negative")]]
    asked = model.asked[0].messages[0].text
    shown = 'Text: The roof is noisy.\nReply: [{"phrase": "roof", "quality": "noisy", "effect": "negative"}]\n\nText: The sky is dark.\nReply:'
    assert asked.endswith(shown) and "{examples}" not in asked
    PromptedTagger(model).tag(["The sky is dark."])
    assert "{examples}" not in model.asked[1].messages[0].text


def test_examples_without_corrections_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="--corrections"):
        BuildConfig(tmp_path, tmp_path / "out", examples=3)
