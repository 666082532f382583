import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Box, ImageSize, Match, coverage, iou, match, touch
from core.codecs import KOSMOS_PATCHES, AbsolutePixels, Fractions, GiqaGrid, PaddedSquare, PerMille
from core.errors import InvalidBox

sides = st.tuples(st.floats(0, 0.99), st.floats(0.005, 1)).map(lambda pair: (pair[0], min(1.0, pair[0] + pair[1])))
boxes = st.tuples(sides, sides).map(lambda axes: Box(axes[0][0], axes[1][0], axes[0][1], axes[1][1]))
CODECS = [GiqaGrid(), GiqaGrid(7, 3), KOSMOS_PATCHES, Fractions(2), PerMille(), AbsolutePixels(ImageSize(640, 480))]


def test_every_pair_of_cells_survives_decode_and_encode():
    grid = GiqaGrid()
    for (x1, x2), (y1, y2) in itertools.product(itertools.combinations_with_replacement(range(20), 2), repeat=2):
        pair = (y1 * 20 + x1, y2 * 20 + x2)
        assert grid.encode(grid.decode(pair)) == pair


@pytest.mark.parametrize("codec", CODECS, ids=str)
@given(box=boxes)
def test_what_was_written_once_is_read_and_written_unchanged(codec, box):
    written = codec.write(box)
    assert codec.write(codec.read(written)) == written


@given(boxes)
def test_a_padded_square_comes_back_within_a_unit(box):
    codec = PaddedSquare(ImageSize(300, 100), 3)
    back = codec.decode(codec.encode(box))
    assert all(abs(a - b) <= 0.0031 for a, b in zip(back.as_tuple(), box.as_tuple(), strict=True))


@pytest.mark.parametrize(
    ("size", "expected"),
    [(ImageSize(3, 1), (0.0, 0.333, 1.0, 0.667)), (ImageSize(1, 3), (0.333, 0.0, 0.667, 1.0))],
)
def test_the_whole_image_in_its_padded_square_by_hand(size, expected):
    assert PaddedSquare(size, 3).encode(Box(0, 0, 1, 1)) == expected


@pytest.mark.parametrize("numbers", ["", "1", "1, 2, 3", "a, b", "nan, 1", "1e5, 2", "٣, ٤", "-1, 5", "1.5, 30", "400, 401", "9" * 500 + ", 1"])
def test_numbers_that_are_no_cells_are_refused(numbers):
    with pytest.raises(InvalidBox):
        GiqaGrid().read(numbers)


def test_a_box_is_valid_by_construction():
    for corners in [(0, 0, 0, 1), (0.5, 0, 0.4, 1), (float("nan"), 0, 1, 1), (0, 0, 1.1, 1), (-0.1, 0, 1, 1), (True, 0, 1, 1), ("0", 0, 1, 1)]:
        with pytest.raises(InvalidBox):
            Box(*corners)


@given(boxes, boxes)
def test_overlap_is_symmetric_and_in_range(a, b):
    assert iou(a, b) == pytest.approx(iou(b, a))
    assert 0 <= iou(a, b) <= coverage(a, b) + 1e-9 <= 1 + 2e-9
    assert iou(a, a) == pytest.approx(1)
    if iou(a, b) > 0:
        assert touch(a, b)


@given(st.lists(boxes, max_size=4), st.lists(boxes, max_size=4))
def test_matching_reaches_the_best_total_of_all_assignments(predictions, references):
    small, large = sorted((predictions, references), key=len)
    best = max((sum(iou(a, b) for a, b in zip(small, order, strict=False)) for order in itertools.permutations(large, len(small))), default=0)
    assert sum(pair.iou for pair in match(predictions, references)) == pytest.approx(best)


def test_matching_leaves_out_what_does_not_overlap():
    assert match([Box(0, 0, 0.5, 0.5)], [Box(0, 0, 0.5, 0.5), Box(0.6, 0.6, 1, 1)]) == (Match(0, 0, 1.0),)
