"""Synthetic samples: deterministic, labelled where the fault is, clean where there is none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.backends.embedded.grid import GRID
from core.backends.embedded.statistics import NAMES
from core.quality import Fault
from train.samples import FAULTS, Sample, make_sample
from train.variants import RECIPES, VARIANTS


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    from skimage import data

    folder, found = tmp_path_factory.mktemp("photographs"), []
    for name, pixels in (("astronaut", data.astronaut()), ("coffee", data.coffee()), ("chelsea", data.chelsea())):
        found.append(folder / f"{name}.png")
        cv2.imwrite(str(found[-1]), pixels[..., ::-1])
    return found


@pytest.fixture(scope="module")
def samples(paths: list[Path]) -> list[Sample]:
    return [make_sample([paths], [paths[:1]], False, seed) for seed in range(40)]


def test_one_seed_makes_one_sample(paths: list[Path]) -> None:
    first, second, other = (make_sample([paths], [paths], True, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.statistics, second.statistics)
    np.testing.assert_array_equal(first.present, second.present)
    assert (first.boxes, first.kinds, first.severities) == (second.boxes, second.kinds, second.severities)
    assert not np.array_equal(first.statistics, other.statistics)


def test_samples_are_clean_locally_faulty_and_faulty_all_over(samples: list[Sample]) -> None:
    clean = [sample for sample in samples if not sample.boxes]
    everywhere = [sample for sample in samples if any(box.area > 0.99 for box in sample.boxes)]
    assert 5 <= len(clean) <= 20 and 2 <= len(everywhere) <= 15
    assert all(not sample.present.any() and not sample.strength.any() for sample in clean)
    assert {kind for sample in samples for kind in sample.kinds} <= set(Fault)


def test_labels_lie_in_the_box_of_their_fault(samples: list[Sample]) -> None:
    for sample in samples:
        assert sample.statistics.shape == (GRID, GRID, len(NAMES)) and np.isfinite(sample.statistics).all()
        for box, severity, fault in zip(sample.boxes, sample.severities, sample.kinds, strict=True):
            rows, columns = np.nonzero(sample.present[..., FAULTS.index(fault)] == 1)
            if rows.size:
                assert columns.min() / GRID >= box.x1 - 0.05 and (columns.max() + 1) / GRID <= box.x2 + 0.05
                assert rows.min() / GRID >= box.y1 - 0.05 and (rows.max() + 1) / GRID <= box.y2 + 0.05
            strengths = sample.strength[..., FAULTS.index(fault)]
            assert set(np.unique(strengths.astype(float).round(3))) <= {0.0, severity / 5}


def test_at_most_two_faults_and_never_one_twice(samples: list[Sample]) -> None:
    assert all(len(sample.kinds) <= 2 and len(set(sample.kinds)) == len(sample.kinds) for sample in samples)


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_can_be_made_in_several_ways(fault: Fault) -> None:
    assert len(RECIPES[fault]) >= 2


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_variant_grows_with_its_severity_and_keeps_the_shape(variant) -> None:  # type: ignore[no-untyped-def]
    from skimage import data

    pixels = data.astronaut()[:200, 100:340]
    changes = [float(np.abs(variant.apply(pixels, severity, np.random.default_rng(2)).astype(int) - pixels).mean()) for severity in range(1, 6)]
    assert changes == sorted(changes) and changes[0] > 0.5
    assert variant.apply(pixels, 1, np.random.default_rng(2)).shape == pixels.shape
