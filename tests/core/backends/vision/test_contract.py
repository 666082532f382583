"""What every detector, segmenter and measure of names keeps to, the embedded default included."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from skimage import data

from core.backends import load
from core.backends.base import Backend, Detector, NameSimilarity, Segment, Segmenter, Tag
from core.backends.capabilities import capabilities
from core.boxes import WHOLE_IMAGE, Box, ImageSize
from core.builder.detect import DetectBoxes
from core.builder.work import Grounding, Work
from core.images import Image
from core.records import ImageReference, Record, RegionText

DETECTORS = ("embedded", "grounding-dino", "mm-grounding-dino", "owlv2")
SEGMENTERS = ("embedded", "sam", "sam2", "sam2-published")
SIMILARITIES = ("embedded", "sentence")
SIZES = [(1, 1), (1, 3), (3, 1), (20_000, 500), (500, 20_000), (9, 8), (1, 60_000)]
PHRASES = ["the sky", "lower left corner", "face", "the sky", "", "the tower. of St. Mary, in the grass?", "SKY"]
BOXES = [Box(0.1, 0.2, 0.6, 0.9), WHOLE_IMAGE, Box(0.5, 0.5, 0.5001, 0.5001)]
POINTS = [(0.5, 0.5), (0.0, 0.0), (1.0, 1.0)]


@pytest.fixture(scope="module")
def backends(models) -> dict[str, Backend]:
    """Without thresholds, so that random weights say something."""
    names = {family: f"{family}:{folder}?threshold=0" for family, folder in models.items() if family in DETECTORS}
    names |= {family: f"sam:{models[family]}?points=4" for family in SEGMENTERS[1:]}
    names |= {"embedded": "embedded", "sentence": f"sentence:{models['sentence']}"}
    return {family: load(name) for family, name in names.items()}


def noise(width: int, height: int) -> Image:
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image(pixels, f"{width:032x}{height:032x}", "PNG")


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ("embedded", ("a quality model", "a detector", "a segmenter", "a measure of names", "a tagger", "a questioner")),
        *((family, ("a detector",)) for family in DETECTORS[1:]),
        *((family, ("a segmenter",)) for family in SEGMENTERS[1:]),
        ("sentence", ("a measure of names",)),
    ],
)
def test_a_backend_says_what_it_is(backends, family, words):
    assert capabilities(backends[family]) == words


class TestDetectors:
    @pytest.fixture(params=DETECTORS)
    def detector(self, backends, request) -> Detector:
        assert isinstance(backends[request.param], Detector)
        return backends[request.param]

    def test_phrases_keep_their_order_and_repeated_ones_their_boxes(self, detector: Detector, photograph: Image):
        found = detector.detect(photograph, PHRASES)
        assert len(found) == len(PHRASES) and found[0] == found[3] and found[4] == []
        assert any(found)
        for boxes in found:
            assert all(0 <= one.score <= 1 for one in boxes)
            assert [one.score for one in boxes] == sorted((one.score for one in boxes), reverse=True)

    def test_the_same_question_has_the_same_answer(self, detector: Detector, photograph: Image):
        assert detector.detect(photograph, PHRASES) == detector.detect(photograph, PHRASES)

    def test_threads_may_ask_at_once(self, detector: Detector, photograph: Image):
        questions = [["the sky", "face"], ["lower left corner"], ["old tower", "the sky", "cat"]] * 4
        expected = [detector.detect(photograph, phrases) for phrases in questions]
        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(lambda phrases: detector.detect(photograph, phrases), questions)) == expected

    def test_no_phrases_have_no_boxes(self, detector: Detector, photograph: Image):
        assert detector.detect(photograph, []) == []

    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_images_of_any_shape_are_looked_at(self, detector: Detector, size):
        (boxes,) = detector.detect(noise(*size), ["sky"])
        assert all(isinstance(one.box, Box) for one in boxes)

    def test_the_builder_finds_boxes_with_it(self, detector: Detector, photograph: Image):
        tags = tuple(Tag(phrase, "noisy", "negative") for phrase in ("lower left corner", "the sky", "lower left corner"))
        record = Record(ImageReference(photograph.sha256, photograph.size), "set", 0, (), tags, RegionText("The lower left corner is noisy, as is the sky."))
        work = DetectBoxes(detector)(Work(photograph, record, tuple(Grounding(tag) for tag in tags)))
        found = detector.detect(photograph, [tag.phrase for tag in tags])
        assert [tuple(region.box for region in work.live(one)) for one in work.groundings] == [tuple(one.box for one in boxes) for boxes in found]
        assert {region.provenance.source for region in work.record.regions} == {detector.name}


@pytest.mark.parametrize("family", ["embedded", "owlv2"])
def test_several_phrases_give_what_each_gives_alone(backends, photograph: Image, family):
    """Not so Grounding DINO, which reads all phrases of a text together."""
    detector = backends[family]
    assert isinstance(detector, Detector)
    for phrase, boxes in zip(PHRASES, detector.detect(photograph, PHRASES), strict=True):
        (alone,) = detector.detect(photograph, [phrase])
        assert [one.box for one in boxes] == [one.box for one in alone]
        assert [one.score for one in boxes] == pytest.approx([one.score for one in alone], abs=1e-6)


def check_segment(segment: Segment, size: ImageSize) -> None:
    assert segment.mask.shape == (size.height, size.width) and segment.mask.dtype == np.bool_
    rows, columns = np.flatnonzero(segment.mask.any(1)), np.flatnonzero(segment.mask.any(0))
    assert segment.box.to_pixels(size) == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert 0 <= segment.score <= 1


class TestSegmenters:
    @pytest.fixture(params=SEGMENTERS)
    def segmenter(self, backends, request) -> Segmenter:
        assert isinstance(backends[request.param], Segmenter)
        return backends[request.param]

    def test_each_box_and_each_click_has_its_segment_in_order(self, segmenter: Segmenter, photograph: Image):
        together = segmenter.segment(photograph, BOXES, POINTS)
        alone = [*(segmenter.segment(photograph, [box])[0] for box in BOXES), *(segmenter.segment(photograph, points=[point])[0] for point in POINTS)]
        assert len(together) == len(alone) == 6
        for one, other in zip(together, alone, strict=True):
            check_segment(one, photograph.size)
            assert one.score == pytest.approx(other.score, abs=1e-5)
            assert (one.mask != other.mask).mean() < 1e-3  # in the last bits of a batch

    def test_the_same_question_has_the_same_answer(self, segmenter: Segmenter, photograph: Image):
        for one, other in zip(segmenter.segment(photograph, BOXES, POINTS), segmenter.segment(photograph, BOXES, POINTS), strict=True):
            assert np.array_equal(one.mask, other.mask) and (one.box, one.score) == (other.box, other.score)

    def test_the_whole_image_falls_into_segments_largest_first(self, segmenter: Segmenter, photograph: Image):
        segments = segmenter.segment(photograph)
        areas = [int(segment.mask.sum()) for segment in segments]
        assert areas == sorted(areas, reverse=True) and len(areas) <= 64
        for segment in segments:
            check_segment(segment, photograph.size)

    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_images_of_any_shape_are_segmented(self, segmenter: Segmenter, size):
        image = noise(*size)
        for segment in (*segmenter.segment(image, [WHOLE_IMAGE], [(0.99, 0.01)]), *segmenter.segment(image)):
            check_segment(segment, image.size)


class TestSimilarities:
    @pytest.fixture(params=SIMILARITIES)
    def measure(self, backends, request) -> NameSimilarity:
        assert isinstance(backends[request.param], NameSimilarity)
        return backends[request.param]

    def test_shape_range_and_symmetry(self, measure: NameSimilarity):
        a, b = ["the tower", "sky", "", "old tower", "塔"], ["Sky", "a tower", "car"]
        found = measure.similarity(a, b)
        assert found.shape == (5, 3) and found.dtype == np.float64
        assert found.min() >= 0 and found.max() <= 1
        assert np.allclose(measure.similarity(b, a).T, found, atol=1e-6)
        assert np.array_equal(found, measure.similarity(a, b))

    def test_a_name_is_like_itself_whatever_its_case(self, measure: NameSimilarity):
        assert np.diagonal(measure.similarity(["sky", " The Tower ", "", "..."], ["SKY", "the tower", " ", "..."])).tolist() == [1.0] * 4

    @pytest.mark.parametrize(("a", "b"), [([], []), (["sky"], []), ([], ["sky", "car"])], ids=str)
    def test_no_names_make_an_empty_table(self, measure: NameSimilarity, a, b):
        assert measure.similarity(a, b).shape == (len(a), len(b))


def test_half_precision_still_answers(models, photograph: Image):
    for family in DETECTORS[1:]:
        detector = load(f"{family}:{models[family]}?dtype=bfloat16&threshold=0")
        assert isinstance(detector, Detector)
        assert detector.detect(photograph, ["sky"])[0]
    for family in ("sam", "sam2"):
        segmenter = load(f"sam:{models[family]}?dtype=bfloat16&points=2")
        assert isinstance(segmenter, Segmenter)
        check_segment(segmenter.segment(photograph, [WHOLE_IMAGE])[0], photograph.size)


def test_an_embedded_segment_follows_what_is_there():
    cup = Image(data.coffee(), "f" * 64, "PNG")
    (segment,) = load("embedded").segment(cup, [Box(0.25, 0.1, 0.9, 0.95)])
    left, top = int(0.55 * 600), int(0.45 * 400)
    assert segment.mask[top, left] and not segment.mask[380, 100] and 0.2 < segment.mask.mean() < 0.5
