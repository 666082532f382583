"""Fuse: which words of the description the boxes go to, and that the text never changes."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.base import Tag
from core.boxes import Box, ImageSize
from core.builder.fuse import Fuse
from core.builder.mentions import find_mention
from core.builder.work import Grounding, Work
from core.codecs import Fractions, GiqaGrid
from core.grounded_text import parse, to_markup
from core.images import Image
from core.records import BoxProvenance, ImageReference, Record, Region, RegionPhrase, RegionText, grounded_in

IMAGE = Image(np.zeros((30, 40, 3), np.uint8), "a" * 64, "PNG")
SKY = Tag("sky", "noisy", "negative")
LEFT, RIGHT = Box(0, 0, 0.2, 1), Box(0.8, 0, 1, 1)


def work(text: str = "", *boxes: Box, tag: Tag = SKY) -> Work:
    regions = tuple(Region(f"r{number}", box, BoxProvenance("raw", "d", "", 0.5)) for number, box in enumerate(boxes, 1))
    record = Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", 0, regions, (tag,), RegionText(text))
    return Work(IMAGE, record, (Grounding(tag, tuple(region.id for region in regions)),))


@pytest.mark.parametrize(
    ("text", "phrase", "place"),
    [
        ("The sky is noisy.", "sky", (4, 7)),
        ("The skyline under the sky.", "sky", (22, 25)),
        ("Sky and sky.", "sky", (0, 3)),
        ("🗼 The sky.", "sky", (6, 9)),
        ("Nothing here.", "sky", None),
        ("The [sky] is noisy.", "[sky]", None),
        ("The s.y is odd.", "s.y", (4, 7)),
        ("It is noisy.", "sky", None),
        ("SKY and sky.", "Sky", (0, 3)),
        ("The trees are dark.", "tree", (4, 9)),
        ("One tree is dark.", "trees", (4, 8)),
        ("A man and two women.", "woman", (14, 19)),
        ("The berries.", "the berry", (4, 11)),
        ("The street-lamps glow.", "street lamp", (4, 16)),
        ("The tower is dark.", "tall brick tower", (4, 9)),
        ("One tower, another tower.", "tall tower", None),
        ("The leaves are blurred.", "leaves on the left", (4, 10)),
        ("The vehicle is sharp.", "car", (4, 11)),
        ("A vehicle beside a vehicle.", "car", None),
        ("Nothing.", "", None),
        ("The [face] of the man [x](<1", "man", (18, 21)),
    ],
)
def test_boxes_go_to_the_first_mention_of_their_object(text, phrase, place):
    tag = replace(SKY, phrase=phrase)
    fused = Fuse()(work(text, LEFT, tag=tag)).record.description
    assert fused.phrases == ((RegionPhrase(*place, ("r1",)),) if place else ())
    assert fused.text == text


def test_the_longer_of_two_overlapping_phrases_has_the_words():
    start = work("The man's face is noisy, his face dark.", LEFT, RIGHT)
    short, long = Grounding(Tag("face", "dark", "negative"), ("r1",)), Grounding(Tag("man's face", "noisy", "negative"), ("r2",))
    fused = Fuse()(replace(start, groundings=(short, long))).record.description
    assert fused.phrases == (RegionPhrase(4, 14, ("r2",)), RegionPhrase(29, 33, ("r1",)))


def test_an_object_without_boxes_stays_text():
    assert Fuse()(work("The sky is noisy.")).record.description == RegionText("The sky is noisy.")


def test_two_tags_of_one_phrase_share_its_words_and_no_box_stands_twice():
    start = work("The car is sharp and noisy.", LEFT, LEFT, RIGHT)
    tags = [Tag("car", "sharp", "positive"), Tag("car", "noisy", "negative")]
    fused = Fuse()(replace(start, groundings=(Grounding(tags[0], ("r1",)), Grounding(tags[1], ("r2", "r3"))))).record
    assert fused.description.phrases == (RegionPhrase(4, 7, ("r1", "r3")),)
    assert fused.regions[1].provenance == BoxProvenance("dropped", "d", "same box as r1", 0.5)


def test_links_that_the_description_brought_stay():
    start = work("The sky is noisy, the sky is dark.", LEFT)
    linked = replace(start.record, description=RegionText(start.record.description.text, (RegionPhrase(22, 25, ("r1",)),)))
    assert Fuse()(replace(start, record=linked)).record == linked


PARTS = st.lists(st.sampled_from(["sky", "the", "man's face", "faces", "[", "](<1, 2>)", "trees", ",", "noisy", "é", "🗼", "\n"]), max_size=14).map(" ".join)


@pytest.mark.parametrize("codec", [GiqaGrid(), Fractions()], ids=["grid", "fractions"])
@settings(deadline=None)
@given(text=PARTS | st.text(max_size=60), phrases=st.lists(PARTS | st.sampled_from(["sky", "face", "man's face", "tree", "skies"]), max_size=4))
def test_the_text_is_unchanged_and_can_be_written_and_read_back(codec, text, phrases):
    text = parse(text, codec).text
    regions = (Region("r1", LEFT), Region("r2", RIGHT))
    record = Record(ImageReference("a" * 64, ImageSize(40, 30)), "set", 0, regions, (), RegionText(text))
    groundings = tuple(Grounding(Tag(phrase, "noisy", "negative"), ("r1", "r2")[: 1 + number % 2]) for number, phrase in enumerate(phrases))
    fused = Fuse()(Work(IMAGE, record, groundings)).record
    assert fused.description.text == text
    said = grounded_in(fused, fused.description)
    assert parse(to_markup(said, codec), codec).text == text


@pytest.mark.parametrize("text", ["sky " * 12_000, "big " + " " * 50_000, "big-" * 12_000, "x" * 50_000], ids=["words", "spaces", "hyphens", "one word"])
def test_long_texts_are_searched_quickly(text):
    began = time.thread_time()
    for phrase in ("big red tower", "skies of blue", "y" * 3_000, "a b c d e f g h i j k l m n"):
        find_mention(text, phrase, [(0, 3)])
    assert time.thread_time() - began < 2
