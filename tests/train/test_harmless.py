"""Harmless changes and textures: repeatable, of the shape they were given, within what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from train.harmless import _SOMETIMES, varied
from train.textures import dead_leaves, fine_texture


def test_a_photograph_is_varied_alike_for_one_seed_and_otherwise_for_another() -> None:
    pixels = data.coffee()
    first, again, other = (varied(pixels, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.uint8 and (first.shape != other.shape or (first != other).any())
    assert all(200 <= side <= 600 for side in first.shape[:2])


@pytest.mark.parametrize("change", [change for _, change in _SOMETIMES], ids=lambda change: change.__name__)
def test_a_harmless_change_keeps_shape_and_range(change) -> None:  # type: ignore[no-untyped-def]
    pixels = data.coffee().astype(np.float32)
    for seed in range(3):
        changed = change(pixels, np.random.default_rng(seed))
        assert changed.shape == pixels.shape and np.isfinite(changed).all()
        assert 0.2 < np.clip(changed, 0, 255).mean() / pixels.mean() < 2.5


@pytest.mark.parametrize("seed", range(8))
def test_a_texture_has_no_bias_and_is_the_same_again(seed: int) -> None:
    first, again = (fine_texture(90, 140, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (90, 140) and abs(float(first.mean())) < 1e-3 and float(first.std()) == pytest.approx(0.5, abs=0.01)


def test_dead_leaves_differ_from_seed_to_seed_and_fill_the_picture() -> None:
    first, other = (dead_leaves(200, np.random.default_rng(seed)) for seed in (0, 1))
    assert first.shape == (200, 200, 3) and first.dtype == np.uint8 and (first != other).any()
    assert first.std() > 10
