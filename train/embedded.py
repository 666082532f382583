"""Training the embedded model's perception: samples, network, calibration, score model, figures, files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from core.backends.embedded.network import Weights, cell_inputs, image_inputs
from core.backends.embedded.perception import FAULTS
from core.backends.embedded.weights import OperatingPoints
from core.quality import Fault
from train.calibration import Looked, calibrate, look
from train.config import EmbeddedConfig
from train.figures import evaluate
from train.network import Batch, train_network
from train.score_model import fit_scores, inputs_of, predictions
from train.sources import SampleSet, Sources, Split, find_sources, samples_of, statistics_of

_SAMPLES_A_JUDGED = 7.5
"""Samples to train on, for each sample of the calibration and of the evaluation split."""


def train_embedded(config: EmbeddedConfig) -> dict[str, float]:
    """Writes `weights.safetensors`, `card.json` and `config.json` to `config.out` and returns the figures on photographs kept for them.

    Samples, statistics and the trained network are kept in the folder as they are finished, so that a run that was stopped does not make them again.
    """
    config.out.mkdir(parents=True, exist_ok=True)
    (config.out / "config.json").write_text(json.dumps(asdict(config), default=str, indent=1), encoding="utf-8")
    sources, judged = find_sources(config), int(config.samples / _SAMPLES_A_JUDGED)
    calibration = _samples(sources.calibration, "calibration", judged, config)
    evaluation = _samples(sources.evaluation, "evaluation", judged, config)
    weights = _train(_samples(sources.training, "training", config.samples, config), config)
    points = calibrate(_looked(calibration, sources.calibration, "calibration", weights, config), np.random.default_rng(config.seed))
    seen = _looked(evaluation, sources.evaluation, "evaluation", weights, config)
    figures = evaluate(seen, points, np.random.default_rng(config.seed + 1))
    score_weights, score_figures = _fit_scores(weights, sources, config)
    figures |= score_figures
    _write({**weights, **score_weights}, _card(points, figures, sources), config)
    return figures


def _samples(split: Split, name: str, count: int, config: EmbeddedConfig) -> SampleSet:
    with tqdm(total=count, desc=f"{name} samples", unit="photo") as bar:
        return samples_of(split, name, count, config, lambda made: bar.update(made - bar.n))


def _looked(samples: SampleSet, split: Split, name: str, weights: Weights, config: EmbeddedConfig) -> Looked:
    seen = zip((look(one, weights) for one in samples.statistics), samples.truth, strict=True)
    return Looked(tuple(seen), tuple(look(one, weights) for one in statistics_of(split.clean, f"clean-{name}", config)))


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
    flat = samples.statistics.reshape(-1, samples.statistics.shape[-1])
    scale: dict[str, NDArray[np.float32]] = {"mean": flat.mean(0, dtype=np.float64), "std": flat.std(0, dtype=np.float64) + 1e-3}
    scale = {name: values.astype(np.float32) for name, values in scale.items()}
    cells = np.stack([cell_inputs(one.astype(np.float32), scale).astype(np.float16) for one in samples.statistics])
    images = np.stack([image_inputs(one.astype(np.float32)) for one in cells])

    def draw(rng: np.random.Generator, size: int) -> Batch:
        rows, mirrored = rng.integers(len(cells), size=size), slice(None, None, -1 if rng.random() < 0.5 else 1)
        chosen = (np.ascontiguousarray(array[rows][:, :, mirrored], np.float32) for array in (cells, samples.present, samples.strength))
        inputs, present, strength = (torch.from_numpy(array) for array in chosen)
        return Batch(inputs, torch.from_numpy(images[rows]), present, strength)

    with tqdm(total=config.steps, desc="training", unit="step") as bar, (config.out / "metrics.csv").open("w", buffering=1, encoding="utf-8") as log:
        log.write("step,loss\n")

        def report(step: int, loss: float) -> None:
            bar.update(step - bar.n)
            bar.set_postfix(loss=f"{loss:.3f}")
            log.write(f"{step},{loss:.5f}\n")

        trained = train_network(draw, config, samples.statistics.shape[-1], len(FAULTS), report)
    return {**scale, **trained}


def _fit_scores(weights: Weights, sources: Sources, config: EmbeddedConfig) -> tuple[Weights, dict[str, float]]:
    """The score model, fitted on training photographs; its interval's width from calibration photographs (split-conformal); its figures on the rest."""
    from scipy.stats import pearsonr, spearmanr

    inputs, truth = {}, {}
    for name, split in (("training", sources.training), ("calibration", sources.calibration), ("evaluation", sources.evaluation)):
        inputs[name] = inputs_of(statistics_of([path for path, _ in split.scored], f"scored-{name}", config), weights)
        truth[name] = np.array([mos for _, mos in split.scored])
    fitted = fit_scores(inputs["training"], truth["training"], config.seed)
    errors = {name: predictions(inputs[name], fitted) - truth[name] for name in ("calibration", "evaluation")}
    half_width = float(np.quantile(np.abs(errors["calibration"]), 0.9, method="higher"))
    said = errors["evaluation"] + truth["evaluation"]
    return fitted, {
        "score_half_width": half_width,
        "score_interval_coverage": float((np.abs(errors["evaluation"]) <= half_width).mean()),
        "score_srcc": float(spearmanr(said, truth["evaluation"]).statistic),
        "score_plcc": float(pearsonr(said, truth["evaluation"]).statistic),
        "scored_photographs": float(len(said)),
    }


def _write(weights: Weights, card: Mapping[str, Any], config: EmbeddedConfig) -> None:
    """Half precision but for the scales, which divide."""
    from safetensors.numpy import save_file

    precision = {name: np.float32 if name.endswith(("mean", "std")) else np.float16 for name in weights}
    small = {name: np.ascontiguousarray(array, precision[name]) for name, array in weights.items()}
    unfinished = config.out / "weights.safetensors.part"
    save_file(small, unfinished)
    unfinished.replace(config.out / "weights.safetensors")
    (config.out / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _card(points: OperatingPoints, figures: Mapping[str, float], sources: Sources) -> dict[str, Any]:
    pristine, scored = len(sources.training.pristine), len(sources.training.scored)
    return {
        "operating_points": {
            "slope": _named(points.slope),
            "offset": _named(points.offset),
            "answer": _named(points.thresholds["answer"]),
            "search": _named(points.thresholds["search"]),
            "describe": _named(points.thresholds["describe"]),
            "score_half_width": round(figures["score_half_width"], 4),
        },
        "figures_on_photographs_kept_for_them": {name: round(value, 4) for name, value in figures.items()},
        "trained_on": [
            f"{pristine} photographs with synthetic faults: CID22 (Cloudinary), CC BY-SA 4.0, and Unsplash photographs of BIQ2021's ss03 rated 0.75 or better",
            f"{scored} photographs with human mean scores: BIQ2021, official training split",
        ],
    }


def _named(values: Mapping[Fault, float]) -> dict[str, float]:
    return {fault.value: round(value, 4) for fault, value in values.items()}
