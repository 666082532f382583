"""Training the embedded model's perception: samples, network, calibration, score model, figures, files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from core.backends.embedded.network import Weights, cell_inputs, image_inputs
from core.backends.embedded.perception import FAULTS
from core.quality import Fault
from train.calibration import OperatingPoints, calibrate, evaluate, look
from train.config import EmbeddedConfig
from train.network import Batch, train_network
from train.score_model import fit_scores, inputs_of, predictions
from train.sources import SampleSet, Sources, find_sources, samples_of, statistics_of


def train_embedded(config: EmbeddedConfig) -> dict[str, float]:
    """Writes `weights.safetensors`, `card.json` and `config.json` to `config.out` and returns the figures on held-out photographs.

    Samples and statistics are kept in the folder as they are finished, so that a run that was stopped does not make them again.
    """
    config.out.mkdir(parents=True, exist_ok=True)
    (config.out / "config.json").write_text(json.dumps(asdict(config), default=str, indent=1), encoding="utf-8")
    sources = find_sources(config)
    training = _samples(sources.train, config.samples, config, held_out=False)
    held_out = _samples(sources.held_out, config.samples * 2 // 15, config, held_out=True)
    weights = _train(training, config)
    points, figures = _calibrate(weights, held_out, sources, config)
    score_weights, score_figures = _fit_scores(weights, sources, config)
    figures |= score_figures
    _write(config.out, {**weights, **score_weights}, points, figures, sources)
    return figures


def _samples(paths: tuple[Path, ...], count: int, config: EmbeddedConfig, *, held_out: bool) -> SampleSet:
    with tqdm(total=count, desc="held-out samples" if held_out else "samples", unit="photo") as bar:
        return samples_of(paths, count, held_out=held_out, config=config, report=lambda made: bar.update(made - bar.n))


def _train(samples: SampleSet, config: EmbeddedConfig) -> Weights:
    """The network's weights, kept beside the run once they are trained."""
    from safetensors.numpy import load_file, save_file

    kept = config.out / f"network-{config.samples}-{config.steps}-{config.seed}.safetensors"
    if not kept.exists():
        unfinished = kept.with_suffix(".part")
        save_file(dict(_trained(samples, config)), unfinished)
        unfinished.replace(kept)
    return load_file(kept)


def _trained(samples: SampleSet, config: EmbeddedConfig) -> Weights:
    flat = samples.statistics.reshape(-1, samples.statistics.shape[-1]).astype(np.float32)
    scale: dict[str, NDArray[np.float32]] = {"mean": flat.mean(0), "std": flat.std(0) + 1e-3}
    cells = np.stack([cell_inputs(one.astype(np.float32), scale) for one in samples.statistics]).astype(np.float16)

    def draw(rng: np.random.Generator, size: int) -> Batch:
        rows, turn = rng.integers(len(cells), size=size), int(rng.integers(2))
        mirrored = [array[rows][:, ::-1] if turn else array[rows] for array in (cells, samples.present, samples.strength)]
        chosen, present, strength = (torch.from_numpy(np.ascontiguousarray(array)).float() for array in mirrored)
        images = np.stack([image_inputs(one) for one in chosen.numpy()])
        return Batch(chosen, torch.from_numpy(images), present, strength)

    with tqdm(total=config.steps, desc="training", unit="step") as bar, (config.out / "metrics.csv").open("w", encoding="utf-8") as log:
        log.write("step,loss\n")

        def report(step: int, loss: float) -> None:
            bar.update(step - bar.n)
            bar.set_postfix(loss=f"{loss:.3f}")
            log.write(f"{step},{loss:.5f}\n")

        trained = train_network(draw, config, samples.statistics.shape[-1], len(FAULTS), report)
    return {**scale, **trained}


def _calibrate(weights: Weights, held_out: SampleSet, sources: Sources, config: EmbeddedConfig) -> tuple[OperatingPoints, dict[str, float]]:
    """Thresholds are set on one half of the held-out samples, figures taken on the other."""
    seen = [look(one, weights) for one in held_out.statistics]
    clean = [look(one, weights) for one in statistics_of(sources.clean, config, "clean")]
    halves = [_half(held_out, seen, first) for first in (0, 1)]
    points = calibrate(*halves[0], clean[0::2], np.random.default_rng(config.seed))
    return points, evaluate(*halves[1], clean[1::2], points, np.random.default_rng(config.seed + 1))


def _half(samples: SampleSet, seen: list[Any], first: int) -> tuple[SampleSet, list[Any]]:
    rows = slice(first, None, 2)
    return SampleSet(samples.statistics[rows], samples.present[rows], samples.strength[rows], samples.truth[rows]), seen[rows]


def _fit_scores(weights: Weights, sources: Sources, config: EmbeddedConfig) -> tuple[dict[str, NDArray[np.float32]], dict[str, float]]:
    from scipy.stats import pearsonr, spearmanr

    known = inputs_of(statistics_of([path for path, _ in sources.scored], config, "scored"), weights)
    fitted = fit_scores(known, [mos for _, mos in sources.scored], config.seed)
    unseen = inputs_of(statistics_of([path for path, _ in sources.scored_held_out], config, "scored-held-out"), weights)
    said, truth = predictions(unseen, fitted), np.array([mos for _, mos in sources.scored_held_out])
    half_width = float(np.quantile(np.abs(said[0::2] - truth[0::2]), 0.9))
    return fitted, {
        "score_half_width": half_width,
        "score_interval_coverage": float((np.abs(said[1::2] - truth[1::2]) <= half_width).mean()),
        "score_srcc": float(spearmanr(said, truth).statistic),
        "score_plcc": float(pearsonr(said, truth).statistic),
        "scored_photographs": float(len(truth)),
    }


def _write(out: Path, weights: Mapping[str, NDArray[Any]], points: OperatingPoints, figures: Mapping[str, float], sources: Sources) -> None:
    from safetensors.numpy import save_file

    small = {name: np.ascontiguousarray(array, np.float32 if name in ("mean", "std", "score.mean", "score.std") else np.float16) for name, array in weights.items()}
    save_file(small, out / "weights.safetensors")
    card = {
        "operating_points": {
            "slope": _named(points.slope),
            "offset": _named(points.offset),
            "answer": _named(points.answer),
            "describe": _named(points.describe),
            "score_half_width": round(figures["score_half_width"], 4),
        },
        "figures_on_held_out_photographs": {name: round(value, 4) for name, value in figures.items()},
        "sources": [
            f"{len(sources.train)} near-pristine photographs: CID22 (Cloudinary, CC BY-SA 4.0) and BIQ2021",
            f"{len(sources.scored)} photographs with human mean scores: BIQ2021",
        ],
    }
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _named(values: Mapping[Fault, float]) -> dict[str, float]:
    return {fault.value: round(value, 4) for fault, value in values.items()}
