"""`python -m train embedded --corrections EXPORT`: the embedded model after what people corrected, in a folder of its own.

    weights.safetensors, card.json   the model, by the name `embedded:FOLDER`; the card is written last
    README.md                        the card in words, with the figures before and after
    replay.npz                       what keeps the next round from forgetting
    learnt.json                      which revisions it has learnt from, and how far each annotator was believed
    config.json, status.json         the settings, and how far it is
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from core.backends.embedded.evidence import OperatingPoints
from core.backends.embedded.network import Weights
from core.backends.embedded.version import weights_digest
from core.backends.embedded.weights import Model, load_model
from core.builder.lock import locked
from core.errors import Cancelled, GiqaError, InvalidInput
from core.export.giqa import file_sha, write_whole
from train.calibration import Looked, look
from train.config import SHIPPED, CorrectionsConfig
from train.embedded import points_json, write_model
from train.figures import evaluate
from train.learnt import write_learnt
from train.lessons import Corrections, Lesson, lessons_of, read_corrections
from train.replay import FILE, read_replay
from train.sft.status import Status, write_status
from train.sources import SampleSet
from train.teaching import Taught, teach
from train.trust import CHANCE

_KEPT_ASIDE = 0.3
"""Share of the replayed samples that nothing is learnt from: the figures before and after are measured on them."""


def run_corrections(config: CorrectionsConfig) -> str:
    """Teaches, writes the folder and says what came of it. Nothing of the model is there before all of it is; a run that was stopped begins anew.

    Raises `InvalidInput` (nothing to learn from, images missing, a folder that holds something), `BackendUnavailable` (no such model), `Cancelled`.
    """
    model, replay = load_model(config.init), read_replay(config.init / FILE)
    corrections = read_corrections(config.corrections)
    _refuse_taken(config)
    config.out.mkdir(parents=True, exist_ok=True)
    with locked(config.out):
        write_whole(config.out / "config.json", json.dumps(_settings(config), indent=1).encode())
        try:
            return _run(config, model, replay, corrections)
        except KeyboardInterrupt as error:
            _say(config, Status("stopped", message="Stopped. Nothing was learnt; run the same command again to begin anew."))
            raise Cancelled(f"Stopped. {config.out} holds no model yet: run the same command again to begin anew.") from error
        except GiqaError as error:
            _say(config, Status("failed", message=str(error)))
            raise


def _run(config: CorrectionsConfig, model: Model, replay: SampleSet, corrections: Corrections) -> str:
    lessons = _lessons(config, corrections)
    taught_on, aside = _parted(replay)
    torch.set_num_threads(1)  # two on busy cores took many times longer
    with tqdm(total=100, desc="learning", unit="%") as bar:

        def report(done: int, of: int) -> None:
            share = 100 * done // of
            if share > bar.n:
                bar.update(share - bar.n)
                _say(config, Status("training", step=done, of=of))

        taught = teach(model, lessons, taught_on, config.seed, report)
    _say(config, Status("evaluating"))
    before, after = (_figures(aside, weights, points, config.seed) for weights, points in ((model.weights, model.points), (taught.weights, taught.points)))
    card = _card(config, model, corrections, taught, before, after)
    write_whole(config.out / FILE, (config.init / FILE).read_bytes())
    write_learnt(config.out, config.corrections, taught.trust)
    write_whole(config.out / "README.md", _readme(config, card).encode())
    write_model(config.out, taught.weights, card)
    _say(config, Status("finished"))
    return _told(config, card, corrections)


def _lessons(config: CorrectionsConfig, corrections: Corrections) -> list[Lesson]:
    count = len(corrections.files)
    found = list[Lesson]()
    for lesson in tqdm(lessons_of(corrections, config.workers), total=count, desc="looking at the images", unit="image"):
        found.append(lesson)
        _say(config, Status("preparing", step=len(found), of=count))
    return found


def _refuse_taken(config: CorrectionsConfig) -> None:
    if (config.out / "card.json").exists() or (config.out / "weights.safetensors").exists():
        raise InvalidInput(f"{config.out} holds a model already: name a new folder with --out.")
    kept = config.out / "config.json"
    others = [path.name for path in config.out.iterdir() if path.name not in (".lock", "status.json", "config.json")] if config.out.is_dir() else []
    if config.out.exists() and (not config.out.is_dir() or others) and not kept.is_file():
        raise InvalidInput(f"{config.out} is not an empty folder: name a new one with --out.")
    if kept.is_file() and _read(kept) != json.loads(json.dumps(_settings(config))):
        raise InvalidInput(f"{config.out} holds a run with other settings: name a new folder with --out, or the same settings to begin that one anew.")


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def _settings(config: CorrectionsConfig) -> dict[str, Any]:
    """All but how many processes work on it."""
    return {**{name: value for name, value in asdict(config).items() if name != "workers"}, "corrections": list(map(str, config.corrections))} | {
        "out": str(config.out), "init": str(config.init)
    }  # fmt: skip


def _parted(replay: SampleSet) -> tuple[SampleSet, SampleSet]:
    """What is learnt from, and what the figures are measured on."""
    rest = len(replay.truth) - max(1, int(_KEPT_ASIDE * len(replay.truth)))
    return _part(replay, slice(None, rest)), _part(replay, slice(rest, None))


def _part(samples: SampleSet, rows: slice) -> SampleSet:
    return SampleSet(samples.statistics[rows], samples.medians[rows], samples.present[rows], samples.strength[rows], samples.truth[rows])


def _figures(samples: SampleSet, weights: Weights, points: OperatingPoints, seed: int) -> dict[str, float]:
    seen = tuple(zip((look(one, weights) for one in samples.statistics), samples.truth, strict=True))
    figures = evaluate(Looked(seen, ()), points, np.random.default_rng(seed))
    return {name: round(value, 4) for name, value in figures.items() if not name.startswith("yes_no_severity")}


def _card(
    config: CorrectionsConfig, model: Model, corrections: Corrections, taught: Taught, before: Mapping[str, float], after: Mapping[str, float]
) -> dict[str, Any]:
    labels = [label for image in corrections.labels.values() for label in image if not label.implied]
    return {
        "operating_points": points_json(taught.points, model.half_width),
        "taught": {
            "began_as": _digest(config.init),
            "exports": [file_sha(export / "manifest.json")[:16] for export in config.corrections],
            "records": corrections.records,
            "images": len(corrections.files),
            "annotators": len(taught.trust),
            "labels_of_presence": sum(label.claim.present for label in labels),
            "labels_of_absence": sum(not label.claim.present for label in labels),
            "records_that_say_nothing": corrections.silent,
            "seed": config.seed,
        },
        "corrections_agreed_with": {"before": _figure(taught.agreed_before), "after": _figure(taught.agreed_after)},
        "samples_kept_aside": {"before": before, "after": after},
        "trained_on": [*_origins(config.init), f"{len(corrections.files)} photographs that people corrected"],
    }


def _digest(folder: Path) -> str:
    return weights_digest("embedded" if folder == SHIPPED else f"embedded:{folder}")


def _figure(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def _origins(folder: Path) -> list[str]:
    """What the model to begin with was made from."""
    card = _read(folder / "card.json") or {}
    return [str(one) for one in card.get("trained_on", [])]


_NAMES = {
    "yes_no_balanced_accuracy": "yes or no about a region (balanced accuracy)",
    "type_accuracy": "which fault it is",
    "severity_rho": "severity (rank correlation)",
    "grounding_miou": "where it is (mean IoU)",
    "clean_with_false_region": "faultless photographs with a false region (lower is better)",
}


def _rows(card: Mapping[str, Any]) -> list[tuple[str, float | None, float | None]]:
    agreed, aside = card["corrections_agreed_with"], card["samples_kept_aside"]
    kept = [(f"synthetic samples kept aside: {words}", aside["before"][name], aside["after"][name]) for name, words in _NAMES.items()]
    return [("people's labels it says too, on images it was not taught", agreed["before"], agreed["after"]), *kept]


def _readme(config: CorrectionsConfig, card: Mapping[str, Any]) -> str:
    taught = card["taught"]
    rows = "\n".join(f"| {words} | {_told_figure(before)} | {_told_figure(after)} |" for words, before, after in _rows(card))
    made = "\n".join(f"- {one}" for one in card["trained_on"])
    return (
        "# The embedded model, taught on\n\n"
        f"Taught by {taught['records']:,} corrected records of {taught['images']:,} images by {taught['annotators']:,} people: {taught['labels_of_presence']:,} faults "
        f"that they see and {taught['labels_of_absence']:,} that they deny. It began as the model with the digest `{taught['began_as']}`.\n\n"
        f"| | before | after |\n|---|--:|--:|\n{rows}\n\n"
        f"Trained on:\n\n{made}\n\n"
        f"Use it by the name `embedded:{config.out}`. The licence of the photographs that people corrected is to be named here before it is passed on.\n"
    )


def contradicted(after: float | None) -> str:
    """What to say where models that were taught most of the labels say next to none of the rest, "" where they do; a share in [0, 1]."""
    if after is None or after >= CHANCE:
        return ""
    return (
        f"Beware: models that were taught most of people's labels say only {after:.0%} of the rest, no more than of labels given at random: "
        "they contradict each other or the images. Look through the corrections before you use this model."
    )


def _told_figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _told(config: CorrectionsConfig, card: Mapping[str, Any], corrections: Corrections) -> str:
    lines = [f"{words:<88}{_told_figure(before):>7} -> {_told_figure(after)}" for words, before, after in _rows(card)]
    notes = [f"{corrections.silent:,} records say nothing of any fault and taught nothing."] if corrections.silent else []
    notes += [f"left out: {problem}" for problem in corrections.problems]
    notes += [warning] if (warning := contradicted(card["corrections_agreed_with"]["after"])) else []
    return "\n".join([*lines, *notes, f"Use it: --backend embedded embedded:{config.out}"])


def _say(config: CorrectionsConfig, status: Status) -> None:
    write_status(config.out, status)
