"""The simulated annotator of `benchmarks.learning`: the small model, the tasks, the curve and its picture."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from core.backends.embedded.doubt import doubt_of
from core.backends.embedded.network import together
from core.backends.embedded.perception import evidence_of
from core.backends.embedded.regions import box_logit, regions_of
from core.backends.embedded.weights import Model, load_model
from core.boxes import ImageSize, iou
from core.errors import InvalidInput
from core.grounded_text import compose, plain
from core.quality import FAULT_NAMES, Fault
from core.records import Correction, ImageReference, Record, with_regions
from train.calibration import Looked, Seen, Truth, calibrate, look
from train.config import EmbeddedConfig
from train.drawing import drawing
from train.embedded import points_json, write_model
from train.figures import evaluate
from train.fitting import fit_network
from train.lessons import Lesson, labels_of
from train.samples import Sample, make_sample
from train.sources import SampleSet, in_processes
from train.teaching import teach

Order = Literal["random", "uncertain"]
ORDERS: tuple[Order, ...] = ("random", "uncertain")
BUDGETS = (25, 50, 100, 200)
_SHARES = (0.55, 0.15, 0.15, 0.15)
_COUNTS = {"training": 3_000, "replay": 300, "tasks": 600, "judged": 600}
"""Samples of each part; no photograph is in two."""
_NEW = 0.2
"""Share of tasks, and of what is judged, that may carry the family left out."""
_STEPS, _MEMBERS, _WORKERS = 1_000, 2, 2
_GOAL = 0.7


@dataclass(frozen=True, slots=True)
class Point:
    """One model. `new`: balanced accuracy of yes or no about a region, of the family left out; `old`: of the others; `found`: mean IoU of the new one."""

    order: str
    seed: int
    corrections: int
    new: float
    old: float
    found: float


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """All that every simulation shares. `doubts`: of each task, by the model before it is taught."""

    model: Model
    replay: SampleSet
    tasks: SampleSet
    judged: SampleSet
    doubts: tuple[float, ...]
    family: Fault


def run(photos: Path, out: Path, family: Fault, seeds: int) -> None:
    """Prints the figures; `curve.csv` and `curve.png` come to `out`."""
    started = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    stage = prepare(photos, out, family)
    print(f"small model without {family}, and its samples: {time.perf_counter() - started:.0f} s", flush=True)
    jobs = [(order, seed) for seed in range(seeds) for order in ORDERS]
    points = [judge(stage, stage.model, "none", 0, 0)]
    with ProcessPoolExecutor(_WORKERS, get_context("spawn"), initializer=_one_thread) as pool:
        for found in pool.map(partial(curve, stage), *zip(*jobs, strict=True)):
            points += found
            print(*(f"{one.order:>9} seed {one.seed} {one.corrections:4} corrections: {family} {one.new:.3f}, old {one.old:.3f}" for one in found), sep="\n", flush=True)
    _write(out / "curve.csv", points)
    draw(points, family, out / "curve.png")
    print(*summary(points, family), f"{time.perf_counter() - started:.0f} s in all; {out / 'curve.png'}", sep="\n")


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def prepare(photos: Path, out: Path, family: Fault) -> Stage:
    """The small model, kept in `out` for the next time, and the samples."""
    parts = _parted(photos)
    sets = {name: _samples(parts[name], name, family) for name in _COUNTS}
    folder = out / f"without-{family}"
    if not (folder / "card.json").is_file():
        _train(sets["training"], sets["replay"], folder)
    model = load_model(folder)
    seen = [(evidence_of(statistics.astype(np.float32), model)) for statistics in sets["tasks"].statistics]
    return Stage(model, sets["replay"], sets["tasks"], sets["judged"], tuple(doubt_of(one, ()) for one in seen), family)


def _parted(photos: Path) -> dict[str, list[Path]]:
    found = sorted(path for path in photos.glob("*") if path.suffix.lower() in (".webp", ".png", ".jpg", ".jpeg"))
    if len(found) < 60:
        raise InvalidInput(f"{photos} holds {len(found)} photographs: 60 at least are needed, so that none is in two parts.")
    mixed = [found[int(number)] for number in np.random.default_rng(0).permutation(len(found))]
    edges = np.round(np.cumsum((0, *_SHARES)) * len(mixed)).astype(int)
    return {name: mixed[edges[at] : edges[at + 1]] for at, name in enumerate(_COUNTS)}


def _samples(photos: Sequence[Path], name: str, family: Fault) -> SampleSet:
    """The first training and the replay are without the family; of the rest a part may have it."""
    number, old = tuple(_COUNTS).index(name), tuple(fault for fault in Fault if fault is not family)
    rng = np.random.default_rng(number)
    kinds = [(family,) if name in ("tasks", "judged") and rng.random() < _NEW / 0.7 else old for _ in range(_COUNTS[name])]
    made = list(in_processes(partial(_sample, list(photos), name == "training"), [(1_000_000 * number + at, kind) for at, kind in enumerate(kinds)], _WORKERS))
    arrays = {field: np.stack([one.arrays[field] for one in made]) for field in ("statistics", "medians", "present", "strength")}
    return SampleSet(**arrays, truth=tuple(tuple(zip(one.boxes, one.severities, one.kinds, strict=True)) for one in made))


def _sample(photos: list[Path], everyday: bool, seeded: tuple[int, tuple[Fault, ...]]) -> Sample:
    seed, kinds = seeded
    return make_sample([photos], [photos], everyday, seed, kinds)


def _train(training: SampleSet, calibration: SampleSet, folder: Path) -> None:
    """A small model, its operating points set on the replay's samples; it gives no scores worth the name."""
    folder.mkdir(parents=True, exist_ok=True)
    flat = training.statistics[:1_000].astype(np.float32).reshape(-1, training.statistics.shape[-1])
    scale = {"mean": flat.mean(0), "std": flat.std(0) + 1e-3}
    with ProcessPoolExecutor(_WORKERS, get_context("spawn"), initializer=_one_thread) as pool:
        members = list(pool.map(partial(_train_member, training, scale, folder), range(_MEMBERS)))
    weights = together(members, scale)
    shipped = load_model()
    weights |= {name: array for name, array in shipped.weights.items() if name.startswith("score.")}
    seen = tuple((look(one, weights), truth) for one, truth in zip(calibration.statistics, calibration.truth, strict=True))
    points = calibrate(Looked(seen, ()), np.random.default_rng(0))
    write_model(folder, weights, {"operating_points": points_json(points, shipped.half_width)})


def _train_member(training: SampleSet, scale: dict[str, np.ndarray], folder: Path, member: int) -> dict[str, np.ndarray]:
    config = EmbeddedConfig(Path(), Path(), folder, steps=_STEPS, members=_MEMBERS, workers=_MEMBERS)
    return dict(fit_network(drawing(training, scale), config, member, training.statistics.shape[-1], len(Fault), _unsaid, folder / f"{member}.state"))


def _unsaid(_step: int, _loss: float) -> None: ...


def curve(stage: Stage, order: Order, seed: int) -> list[Point]:
    """The model after each budget of corrections, always taught anew from the beginning."""
    queue = [int(task) for task in np.random.default_rng(seed).permutation(len(stage.doubts))[: 2 * len(stage.doubts) // 3]]  # other tasks for each seed
    if order == "uncertain":
        queue.sort(key=lambda task: -stage.doubts[task])
    return [judge(stage, _taught(stage, queue[:count], seed), order, seed, count) for count in BUDGETS]


def _taught(stage: Stage, tasks: Sequence[int], seed: int) -> Model:
    lessons = [_corrected(stage.tasks, task) for task in tasks]
    taught = teach(stage.model, lessons, stage.replay, seed)
    return Model(taught.weights, taught.points, stage.model.half_width)


def _corrected(tasks: SampleSet, task: int) -> Lesson:
    """What the annotator makes of it: the true boxes, each with the fault by its name, or a photograph without visible faults."""
    truth = tasks.truth[task]
    said = [part for box, _, fault in truth for part in (f"There is {FAULT_NAMES[fault]} in the ", (f"part {fault}", [box]), ". ")]
    text = compose(*said) if said else plain("This photograph is free of visible faults.")
    words, regions = with_regions(text)
    image = f"{task:064x}"
    record = Record(ImageReference(image, ImageSize(512, 512)), "tasks", task, regions, (), words, correction=Correction("0" * 64, f"{task}", "annotator", "submitted"))
    return Lesson(image, tasks.statistics[task], labels_of(record))


def judge(stage: Stage, model: Model, order: str, seed: int, count: int) -> Point:
    """On photographs that neither training nor corrections saw."""
    seen = [(look(one, model.weights), truth) for one, truth in zip(stage.judged.statistics, stage.judged.truth, strict=True)]
    old = tuple((one, truth) for one, truth in seen if stage.family not in [fault for _, _, fault in truth])
    new = [(one, truth) for one, truth in seen if stage.family in [fault for _, _, fault in truth]]
    figures = evaluate(Looked(old, ()), model.points, np.random.default_rng(0))
    return Point(order, seed, count, _said(new, old, model, stage.family), figures["yes_no_balanced_accuracy"], _found(new, model, stage.family))


def _said(new: Sequence[tuple[Seen, Truth]], old: Sequence[tuple[Seen, Truth]], model: Model, family: Fault) -> float:
    """Balanced accuracy: of the boxes that have the family, and of the same boxes on photographs that have not."""
    boxes = [box for _, truth in new for box, _, fault in truth if fault is family]

    def says(one: Seen, number: int) -> bool:
        box = boxes[number % len(boxes)]
        return model.points.slope[family] * box_logit(one.of(family)[0], box, family, one.closer) + model.points.offset[family] >= 0

    yes = np.mean([says(one, number) for number, one in enumerate(one for one, truth in new for _ in truth)])
    no = np.mean([not says(one, number) for number, (one, _) in enumerate(old)])
    return float(yes + no) / 2


def _found(new: Sequence[tuple[Seen, Truth]], model: Model, family: Fault) -> float:
    found = [(regions_of(*one.of(family), family, 0.5, model.points, one.closer), box) for one, truth in new for box, _, _ in truth if box.area < 0.9]
    return float(np.mean([iou(regions[0].box, box) if regions else 0.0 for regions, box in found]))


def needed(points: Sequence[Point], order: Order, gain: float, start: float) -> float | None:
    """How many corrections the order needs for the gain, by its mean curve, straight between budgets; `None` where it does not come to it."""
    budgets = (0, *BUDGETS)
    means = [start, *(float(np.mean([one.new for one in points if one.order == order and one.corrections == count])) for count in BUDGETS)]
    best = np.maximum.accumulate(means)
    reached = np.flatnonzero(best >= start + gain)
    if not reached.size:
        return None
    at = int(reached[0])
    low, high = best[at - 1], best[at]
    return budgets[at - 1] + (budgets[at] - budgets[at - 1]) * float((start + gain - low) / (high - low))


def summary(points: Sequence[Point], family: Fault) -> Iterator[str]:
    start = next(one for one in points if one.order == "none")
    yield f"{family}, yes or no about a region (balanced accuracy), mean of the seeds; old families; where the new one is (mean IoU)"
    yield f"        0 corrections: {start.new:.3f}; {start.old:.3f}; {start.found:.3f}"
    for order in ORDERS:
        for count in BUDGETS:
            own = [one for one in points if one.order == order and one.corrections == count]
            new, old, found = (np.array(values) for values in zip(*((one.new, one.old, one.found) for one in own), strict=True))
            yield f"{order:>9} {count:4}: {new.mean():.3f} (+-{new.std():.3f}); {old.mean():.3f}; {found.mean():.3f}"
    lost = start.old - min(np.mean([one.old for one in points if one.order == order and one.corrections == count]) for order in ORDERS for count in BUDGETS)
    yield f"old families lose at most {100 * lost:.1f} points (goal: 1)"
    for share in (0.5, 0.7, 0.9):
        gain = share * (float(np.mean([one.new for one in points if one.order == "random" and one.corrections == BUDGETS[-1]])) - start.new)
        random, uncertain = (needed(points, order, gain, start.new) for order in ORDERS)
        ratio = f"{uncertain / random:.2f}" if random and uncertain else "-"
        yield f"for {share:.0%} of what {BUDGETS[-1]} in random order gain: random {random or 0:.0f}, uncertain {uncertain or 0:.0f}: {ratio} (goal {_GOAL})"


def _write(path: Path, points: Sequence[Point]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("order", "seed", "corrections", "new", "old", "found"))
        rows.writerows((one.order, one.seed, one.corrections, f"{one.new:.4f}", f"{one.old:.4f}", f"{one.found:.4f}") for one in points)


def draw(points: Sequence[Point], family: Fault, path: Path) -> None:
    """The mean of the seeds as lines, each seed as a dot."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    start = next(one for one in points if one.order == "none")
    for axes, field, title in zip(figure.subplots(1, 2), ("new", "old"), (f"{family}, left out of the first training", "the families it knew"), strict=True):
        for order, colour in zip(ORDERS, ("tab:grey", "tab:blue"), strict=True):
            own = [(one.corrections, one.new if field == "new" else one.old) for one in points if one.order == order]
            first = start.new if field == "new" else start.old
            means = [first, *(float(np.mean([value for count, value in own if count == budget])) for budget in BUDGETS)]
            axes.plot((0, *BUDGETS), means, color=colour, label=f"{order} order")
            axes.scatter(*zip(*own, strict=True), color=colour, s=12, alpha=0.6)
        axes.set(title=title, xlabel="corrections", ylabel="yes or no about a region, balanced accuracy")
        axes.legend()
    figure.savefig(path, dpi=120)
