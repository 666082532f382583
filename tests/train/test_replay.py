"""What keeps the embedded model from forgetting: small, and as good as what it was made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.backends.embedded.weights import FOLDER
from core.errors import InvalidInput
from train.replay import FILE, SAMPLES, read_replay, write_replay


def test_the_shipped_replay_is_small_whole_and_of_every_fault() -> None:
    kept = read_replay(FOLDER / FILE)
    assert (FOLDER / FILE).stat().st_size < 2.5e6 and len(kept.truth) == len(kept.statistics) == SAMPLES
    assert {fault for truth in kept.truth for _, _, fault in truth} and any(not truth for truth in kept.truth)
    assert set(np.unique(kept.present)) == {-1, 0, 1} and np.isfinite(kept.statistics.astype(np.float32)).all()


def test_what_is_kept_comes_back_within_an_eighth_of_a_deviation(tmp_path: Path) -> None:
    kept = read_replay(FOLDER / FILE)
    write_replay(tmp_path / FILE, kept)
    again = read_replay(tmp_path / FILE)
    spread = kept.statistics.astype(np.float32).reshape(-1, kept.statistics.shape[-1]).std(0)
    assert (np.abs(again.statistics.astype(np.float32) - kept.statistics.astype(np.float32)) <= 0.15 * spread + 0.02).all()
    assert again.truth == kept.truth and (again.present == kept.present).all() and (again.strength == kept.strength).all()


def test_only_so_many_samples_are_kept(tmp_path: Path) -> None:
    kept = read_replay(FOLDER / FILE)
    twice = replace(kept, **{name: np.concatenate([vars_of(kept)[name]] * 2) for name in ("statistics", "medians", "present", "strength")}, truth=kept.truth * 2)
    write_replay(tmp_path / FILE, twice)
    assert len(read_replay(tmp_path / FILE).truth) == SAMPLES


def vars_of(samples: object) -> dict[str, np.ndarray]:
    return {name: getattr(samples, name) for name in ("statistics", "medians", "present", "strength")}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(lambda path: path.unlink(), "cannot be read", id="not there"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:1_000]), "cannot be read", id="cut short"),
        pytest.param(lambda path: path.write_text("<html>"), "cannot be read", id="something else"),
        pytest.param(lambda path: np.savez(path, names=np.array(["one"])), "statistics of another version", id="another version"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path, damage: object, said: str) -> None:
    path = tmp_path / FILE
    path.write_bytes((FOLDER / FILE).read_bytes())
    assert callable(damage)
    damage(path)
    with pytest.raises(InvalidInput, match=said) as refused:
        read_replay(path)
    assert str(path) in str(refused.value)
