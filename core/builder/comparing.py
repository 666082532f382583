"""`python -m core.builder compare`: pairs of one photograph, degraded in two ways, with what is to be said of them: DepictQA's fields and training records."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.builder.sources.image_files import is_image_name
from core.builder.sources.photographs import walk
from core.builder.sources.synthetic.areas import region
from core.builder.sources.synthetic.recipe import Plan, Recipe, plan
from core.builder.sources.synthetic.wording import Seen, describe
from core.builder.sources.synthetic.words import fault_words
from core.codecs import GiqaGrid
from core.distortions import SEVERITY_WORDS, TAXONOMY, degrade
from core.errors import GiqaError, InvalidInput
from core.export.depictqa import Given, PairSample, write_depictqa
from core.export.giqa import write_whole
from core.grounded_text import GroundedText, to_markup
from core.images import Image, encode_png, open_image, thumbnail

_BETTER = "Which image has the better quality, Image A or Image B?"
_WHY = "Compare the quality of Image A and Image B: which factors differ, how much does each weigh, and which image is better?"
_ONE = "Describe the distortions of the image: which, how strong and where."
_TRIES = 20  # plans drawn until the two images differ in how much they lost
_LEAST_GAP = 0.08  # of that loss: less is a matter of taste
_ALIKE = 0.5  # of the pairs have one distortion at two severities


@dataclass(frozen=True, slots=True)
class CompareConfig:
    """`count`: pairs, 0 for four of each photograph. `side`: the longer side in pixels that photographs are reduced to."""

    photos: Path
    out: Path
    count: int = 0
    seed: int = 0
    side: int = 768


@dataclass(frozen=True, slots=True)
class _Made:
    """One degraded copy: its pixels' file, what was done, and what is to be said of it."""

    file: str
    given: tuple[Given, ...]
    text: GroundedText
    loss: float


def add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("compare", help="make pairs to compare, from good photographs; run it again to go on")
    command.add_argument("--photos", type=Path, required=True, metavar="DIR", help="a folder of good photographs")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="where images, metadata and training records go")
    command.add_argument("--count", type=int, default=0, metavar="N", help="pairs (default: four of each photograph)")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of everything that is drawn (default: %(default)s)")
    command.add_argument("--side", type=int, default=768, metavar="PX", help="the longer side that photographs are reduced to (default: %(default)s)")


def make_comparisons(config: CompareConfig, report: Callable[[int, int], None]) -> dict[str, int]:
    """Images, a metadata file for each task and `train.jsonl`; what is there of an earlier run is kept. Returns how many of each, and the photographs left out.

    Raises `InvalidInput` for a folder without photographs.
    """
    names = _photographs(config.photos)
    count = config.count or 4 * len(names)
    (config.out / "images").mkdir(parents=True, exist_ok=True)
    (config.out / "pairs").mkdir(exist_ok=True)
    unusable = 0
    for index in range(count):
        kept = config.out / "pairs" / f"{index:06}.json"
        if not kept.exists():
            try:
                rows = _pair(config, index, names[index % len(names)])
            except GiqaError:
                unusable += 1
                rows = []
            write_whole(kept, json.dumps([_kept(one) for one in rows]).encode())
        report(index + 1, count)
    return {**_finish(config, count), "left_out": unusable}


def _photographs(folder: Path) -> list[str]:
    found = [(place / name).relative_to(folder).as_posix() for place, names in walk(folder) for name in names if is_image_name(name)] if folder.is_dir() else []
    if not found:
        raise InvalidInput(f"There is no photograph in {folder}: name a folder of good ones.")
    return sorted(found)


def _pair(config: CompareConfig, index: int, name: str) -> list[PairSample]:
    """The samples of one pair: which is better, why, and each image alone; with the reference and without."""
    chance = random.Random(f"{config.seed}:pair:{index}")
    photograph = thumbnail(open_image(config.photos / name), config.side)
    reference = f"images/{index:06}-reference.png"
    (config.out / reference).write_bytes(encode_png(photograph.pixels))
    plans = _plans(config, index, chance)
    a, b = (_made(config, photograph, one, f"images/{index:06}-{side}.png", chance) for one, side in zip(plans, "ab", strict=True))
    images = {"a": a.file, "b": b.file}
    better = a.loss < b.loss
    samples = list[PairSample]()
    for suffix, beside in (("", {"reference": reference}), ("_noref", {})):
        for kind, query, answer in (("better", _BETTER, f"Image {'A' if better else 'B'}"), ("why", _WHY, _reasons(a, b, better=better))):
            samples.append(PairSample(f"{index:06}-{kind}{suffix}", f"quality_compare{suffix}", query, answer, {**beside, **images}, better, a.given, b.given))
        samples.append(PairSample(f"{index:06}-one{suffix}", f"quality_single_A{suffix}", _ONE, _markup(a.text), {**beside, "a": a.file}, None, a.given))
    return samples


def _plans(config: CompareConfig, index: int, chance: random.Random) -> tuple[Plan, Plan]:
    """Two ways to degrade one photograph that cost it differently."""
    for turn in range(_TRIES):
        recipe = Recipe(seed=config.seed * 1_000 + turn, clean=0.05, whole=0.5)
        one, other = plan(recipe, 2 * index), plan(recipe, 2 * index + 1)
        if chance.random() < _ALIKE and one.steps:
            first = one.steps[0]
            severity = chance.choice([level for level in range(1, 6) if level != first.severity])
            other = Plan((type(first)(first.distortion, severity, 0), *one.steps[1:]), one.areas, one.softness)
        if abs(_loss(one) - _loss(other)) >= _LEAST_GAP:
            return (one, other) if chance.random() < 0.5 else (other, one)
    raise InvalidInput("No two ways to degrade it differ enough.")


def _loss(made: Plan) -> float:
    """What faults cost: by severity, a small area with a strong fault still spoiling a photograph (the same as the words of the overall quality)."""
    return float(sum(step.severity / 5 * (0.35 + 0.65 * made.areas[step.area].frame.area**0.5) for step in made.steps))


def _made(config: CompareConfig, photograph: Image, made: Plan, file: str, chance: random.Random) -> _Made:
    regions = [region(area, photograph.pixels, made.softness * max(photograph.pixels.shape)) for area in made.areas]
    steps = [(TAXONOMY[step.distortion], step.severity, regions[step.area][1]) for step in made.steps]
    pixels = degrade(photograph.pixels, steps, seed=chance.randrange(2**31)).pixels if steps else photograph.pixels
    (config.out / file).write_bytes(encode_png(pixels))
    seen = [Seen(shape, found.box, tuple((step.distortion, step.severity) for step in made.steps if step.area == place)) for place, (shape, found) in enumerate(regions)]
    given = tuple(Given(step.distortion, TAXONOMY[step.distortion].family, step.severity) for step in made.steps)
    return _Made(file, given, describe(seen, chance)[1], _loss(made))


def _reasons(a: _Made, b: _Made, *, better: bool) -> str:
    """Both images, and what decides; boxes in the paper's markup, of the image that is spoken of."""
    worse = b if better else a
    strongest = max(worse.given, key=lambda one: one.severity or 0)
    weighs = f"{SEVERITY_WORDS[(strongest.severity or 1) - 1]} {fault_words(strongest.name).nouns[0]} of Image {'B' if better else 'A'}"
    return f"Image A: {_markup(a.text)} Image B: {_markup(b.text)} What weighs most is the {weighs}. Better: {'A' if better else 'B'}"


def _markup(text: GroundedText) -> str:
    return to_markup(text, GiqaGrid())


def _kept(one: PairSample) -> dict[str, Any]:
    given = {side: [[each.name, each.family, each.severity] for each in of] for side, of in (("a", one.distortions_a), ("b", one.distortions_b))}
    return {"id": one.id, "task": one.task, "query": one.query, "answer": one.answer, "images": dict(one.images), "a_better": one.a_better, "given": given}


def _read(config: CompareConfig, count: int) -> Iterator[PairSample]:
    for index in range(count):
        for row in json.loads((config.out / "pairs" / f"{index:06}.json").read_bytes()):
            given = row.pop("given")
            yield PairSample(**row, distortions_a=tuple(Given(*one) for one in given["a"]), distortions_b=tuple(Given(*one) for one in given["b"]))


def _finish(config: CompareConfig, count: int) -> dict[str, int]:
    samples = list(_read(config, count))
    by_task: dict[str, list[PairSample]] = {}
    for one in samples:
        by_task.setdefault(one.task, []).append(one)
    for task, some in by_task.items():
        write_depictqa(config.out / f"{task}.json", some)
    write_whole(config.out / "train.jsonl", "".join(json.dumps(training_row(one), ensure_ascii=False) + "\n" for one in samples).encode())
    return {task: len(some) for task, some in by_task.items()}


def training_row(one: PairSample) -> dict[str, Any]:
    """A conversation about several images: `images` in the order of the `<image>` tokens, each introduced by its role."""
    roles: Sequence[tuple[str, str]] = (("reference", "Reference image"), ("a", "Image A"), ("b", "Image B"))
    shown = [(words, one.images[role]) for role, words in roles if role in one.images]
    heads = "".join(f"{words}: <image>\n" for words, _ in shown) if len(shown) > 1 else "<image>\n"
    turns = [{"from": "human", "value": f"{heads}{one.query}"}, {"from": "gpt", "value": one.answer}]
    return {"id": one.id, "images": [file for _, file in shown], "conversations": turns}


def show_comparisons(config: CompareConfig) -> None:
    from tqdm import tqdm

    with tqdm(unit="pair") as bar:
        made = make_comparisons(config, lambda number, of: bar.reset(of) or bar.update(number) if bar.total != of else bar.update(number - bar.n))
    print(f"{config.out}: {json.dumps(made)}")
