"""Training the embedded model's perception: samples, networks, calibration, score model, figures, files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save, save_file
from tqdm import tqdm

from core.backends.embedded.evidence import OperatingPoints
from core.backends.embedded.network import Weights, together
from core.backends.embedded.perception import FAULTS
from core.export.giqa import write_whole
from core.quality import Fault
from train.calibration import Looked, calibrate, look
from train.config import EmbeddedConfig
from train.drawing import drawing
from train.figures import evaluate
from train.fitting import fit_network
from train.progress import progress
from train.replay import FILE, write_replay
from train.score_model import fit_scores, harsher, harsher_statistics, inputs_of, predictions
from train.sources import SampleSet, Sources, Split, find_sources, in_processes, samples_of, samples_path, statistics_of

_SAMPLES_A_JUDGED = 10
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
    write_replay(config.out / FILE, calibration)
    write_model(config.out, {**weights, **score_weights}, _card(points, figures, sources, config))
    return figures


def _samples(split: Split, name: str, count: int, config: EmbeddedConfig) -> SampleSet:
    with tqdm(total=count, desc=f"{name} samples", unit="photo") as bar:
        return samples_of(split, name, count, config, lambda made: bar.update(made - bar.n))


def _looked(samples: SampleSet, split: Split, name: str, weights: Weights, config: EmbeddedConfig) -> Looked:
    seen = (look(one, weights) for one in samples.statistics)
    clean = [statistics_of(paths, f"clean-{name}-{number}", config) for number, paths in enumerate(split.clean)]
    return Looked(tuple(zip(seen, samples.truth, strict=True)), tuple(tuple(look(one, weights) for one in source) for source in clean))


def _train(samples: SampleSet, config: EmbeddedConfig) -> Weights:
    """The networks' weights, each kept beside the run once it is trained; they are trained side by side, in processes of their own."""
    scale = _scale(samples)
    todo = [member for member in range(config.members) if not _member_path(config, member).exists()]
    list(in_processes(partial(_train_member, config, scale), todo, min(config.workers, max(1, len(todo))), at_once=1))
    return together([load_file(_member_path(config, member)) for member in range(config.members)], scale)


def _member_path(config: EmbeddedConfig, member: int) -> Path:
    return config.out / f"network-{config.samples}-{config.steps}-{config.seed}-{member}.safetensors"


def _scale(samples: SampleSet) -> dict[str, NDArray[np.float32]]:
    """Mean and spread of each statistic over a part of the samples that is large enough."""
    part = samples.statistics[: min(len(samples.statistics), 4_000)].reshape(-1, samples.statistics.shape[-1])
    scale = {"mean": part.mean(0, dtype=np.float64), "std": part.std(0, dtype=np.float64) + 1e-3}
    return {name: values.astype(np.float32) for name, values in scale.items()}


def _train_member(config: EmbeddedConfig, scale: Weights, member: int) -> None:
    samples = SampleSet.load(samples_path(config, "training", config.samples))
    kept = _member_path(config, member)
    with progress(config, member) as report:
        weights = fit_network(drawing(samples, scale), config, member, samples.statistics.shape[-1], len(FAULTS), report, kept.with_suffix(".state"))
    unfinished = kept.with_suffix(".part")
    save_file(dict(weights), unfinished)
    unfinished.replace(kept)
    kept.with_suffix(".state").unlink(missing_ok=True)


def _fit_scores(weights: Weights, sources: Sources, config: EmbeddedConfig) -> tuple[Weights, dict[str, float]]:
    """The score model, fitted on training photographs; its interval from calibration photographs (split-conformal); its figures on the rest."""
    from scipy.stats import pearsonr, spearmanr

    inputs, truth = {}, {}
    for name, split in (("training", sources.training), ("calibration", sources.calibration), ("evaluation", sources.evaluation)):
        inputs[name] = inputs_of(statistics_of([path for path, _ in split.scored], f"scored-{name}", config), weights)
        truth[name] = np.array([mos for _, mos in split.scored])
    harsh, lowered = harsher(sources.training.scored, config.seed)
    beside = inputs_of(np.stack(list(in_processes(harsher_statistics, harsh, config.workers))), weights)
    fitted = fit_scores(np.concatenate([inputs["training"], beside]), np.concatenate([truth["training"], lowered]), config.seed)
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


def write_model(folder: Path, weights: Weights, card: Mapping[str, Any]) -> None:
    """Half precision but for the scales, which divide. Each file is whole or not there; the card comes last."""
    precision = {name: np.float32 if name.endswith(("mean", "std")) else np.float16 for name in weights}
    small = {name: np.ascontiguousarray(array, precision[name]) for name, array in weights.items()}
    write_whole(folder / "weights.safetensors", save(small))
    write_whole(folder / "card.json", (json.dumps(card, indent=1) + "\n").encode())


def _card(points: OperatingPoints, figures: Mapping[str, float], sources: Sources, config: EmbeddedConfig) -> dict[str, Any]:
    pristine, scored = sum(map(len, sources.training.pristine)), len(sources.training.scored)
    return {
        "operating_points": points_json(points, figures["score_half_width"]),
        "figures_on_photographs_kept_for_them": {name: round(value, 4) for name, value in figures.items()},
        "trained_on": [
            f"{pristine} photographs with synthetic faults: CID22 (Cloudinary), CC BY-SA 4.0, and well-rated photographs of BIQ2021's ss01 and ss03",
            *(f"among them the folder {folder.name}, whose source and licence are to be named here" for folder in config.more_photos),
            f"{scored} photographs with human mean scores: BIQ2021, official training split",
        ],
    }


def points_json(points: OperatingPoints, score_half_width: float) -> dict[str, Any]:
    """As `core.backends.embedded.weights` reads them."""
    return {
        "slope": _named(points.slope),
        "offset": _named(points.offset),
        "grade": {fault.value: [round(value, 4) for value in grade] for fault, grade in points.grades.items()},
        "answer": _named(points.thresholds["answer"]),
        "search": _named(points.thresholds["search"]),
        "describe": _named(points.thresholds["describe"]),
        "score_half_width": round(score_half_width, 4),
    }


def _named(values: Mapping[Fault, float]) -> dict[str, float]:
    return {fault.value: round(value, 4) for fault, value in values.items()}
