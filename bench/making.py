"""`python -m bench make`: a benchmark of synthetic degradations, whose boxes, faults and answers are exact, in the proportions of GIQA-Bench.

The builder makes the records and asks the questions; here the items are chosen, so that each kind has its share: of 150 questions 90 for Yes or No, half of each
answer, and 30 What, 18 Why, 12 How (Grounding-IQA, arXiv 2411.17237, Table 1, has 35 Yes and 55 No). Each description is of an image of its own.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from bench.config import MakeConfig
from core.builder.absent import absent_object
from core.builder.balance import side_of
from core.builder.build import build
from core.builder.config import BuildConfig
from core.builder.sources import read_source
from core.errors import InvalidInput
from core.export.giqa import put_image, read_folder, write_folder, write_whole
from core.records import QuestionRecord, Record, RegionText
from core.tasks.prompts import ABSENT

_PER_ITEM = 3
"""Records made for each description or question wanted: enough that every kind can be chosen."""
_OPEN: Mapping[str, int] = MappingProxyType({"what": 30, "why": 18, "how": 12})
_BINARY_SHARE = 90 / 150
_ABSENT_SHARE = 0.1  # of all questions: about things that are not in the image
_WHERE_ABSENT = ("Where is the {x}?", "Which part of the {x} is blurred?", "How noisy is the {x}?")


@dataclass(frozen=True, slots=True)
class Made:
    """How many items of each kind came out; fewer than wanted where the photographs were too few."""

    images: int
    descriptions: int
    questions: Mapping[str, int]


def make_bench(config: MakeConfig) -> Made:
    """Writes a native folder with its images and a card. The same photographs, numbers and seed give the same records.

    Raises `InvalidInput` for a folder that is not empty, and for photographs that cannot be used.
    """
    if config.out.exists() and any(config.out.iterdir()):
        raise InvalidInput(f"{config.out} is not empty: name a new folder with --out.")
    with tempfile.TemporaryDirectory() as scratch:
        found = _built(config, Path(scratch) / "build")
        records = list(_chosen(found, config))
        write_folder(config.out, records, config={"made_by": "bench make", "des": config.des, "vqa": config.vqa, "seed": config.seed})
        for record in records:
            for path in (Path(scratch) / "build" / "images").glob(f"{record.image.sha256}.*"):
                put_image(config.out, record.image.sha256, path.read_bytes())
    made = _counted(records)
    write_whole(config.out / "README.md", _card(config, made).encode())
    return made


def _built(config: MakeConfig, folder: Path) -> list[Record]:
    rows = _PER_ITEM * max(config.des, config.vqa, 1)
    source = f"synthetic:{config.photos}?count={rows}&seed={config.seed}"
    wanted = BuildConfig((source,), folder, backend="embedded", filter="off", no_answers="contradicted", seed=config.seed)
    build(wanted, read_source(wanted.source))
    return sorted(read_folder(folder)[1].records(), key=lambda record: _draw(config.seed, record.id))


def _draw(seed: int, *words: str) -> bytes:
    return hashlib.sha256("\n".join([str(seed), *words]).encode()).digest()


def _chosen(records: Sequence[Record], config: MakeConfig) -> Iterator[Record]:
    """Descriptions of the first images; questions by kind, spread over the images: no image gives two of a kind before all have given one."""
    described = {record.id for record in _one_an_image(records)[: config.des]}
    kept = _questions(records, config)
    for record in records:
        questions = tuple(kept.get(record.id, ()))
        if record.id in described or questions:
            yield replace(record, description=record.description if record.id in described else None, questions=questions, correction=None)


def _one_an_image(records: Sequence[Record]) -> list[Record]:
    seen: dict[str, Record] = {}
    for record in records:
        seen.setdefault(record.image.sha256, record)
    return list(seen.values())


def _questions(records: Sequence[Record], config: MakeConfig) -> dict[str, list[QuestionRecord]]:
    asked = [(record, one) for record in records for one in (*record.questions, *_absent(record, config.seed))]
    by_kind: dict[str, list[tuple[Record, QuestionRecord]]] = {}
    for record, one in sorted(asked, key=lambda pair: _draw(config.seed, pair[0].id, pair[1].question.text)):
        by_kind.setdefault(_kind(one), []).append((record, one))
    kept: dict[str, list[QuestionRecord]] = {}
    for kind, count in _wanted(config.vqa).items():
        for record, one in by_kind.get(kind, [])[:count]:
            kept.setdefault(record.id, []).append(one)
    return kept


def _wanted(total: int) -> dict[str, int]:
    """How many questions of each kind; what rounding leaves over goes to What."""
    absent = round(total * _ABSENT_SHARE)
    each = round((total - absent) * _BINARY_SHARE / 2)
    opened = total - absent - 2 * each
    parts = {kind: opened * share // sum(_OPEN.values()) for kind, share in _OPEN.items()}
    parts["what"] += opened - sum(parts.values())
    return {"yes": each, "no": each, **parts, "absent": absent}


def _kind(one: QuestionRecord) -> str:
    if one.answer.text == ABSENT:
        return "absent"
    return side_of(one) if one.kind == "yes_no" else one.kind


def _absent(record: Record, seed: int) -> Iterator[QuestionRecord]:
    """One question about something that the description does not speak of."""
    text = record.description.text if record.description else ""
    digest = _draw(seed, record.id, "absent")
    if name := absent_object(text, record.tags, f"{seed} {record.id}"):
        yield QuestionRecord("what", "plain", RegionText(_WHERE_ABSENT[digest[0] % len(_WHERE_ABSENT)].format(x=name)), RegionText(ABSENT))


def _counted(records: Sequence[Record]) -> Made:
    kinds: dict[str, int] = {}
    for one in (one for record in records for one in record.questions):
        kinds[_kind(one)] = kinds.get(_kind(one), 0) + 1
    return Made(len({record.image.sha256 for record in records}), sum(record.description is not None for record in records), dict(sorted(kinds.items())))


def _card(config: MakeConfig, made: Made) -> str:
    lines = [f"{count:,} {kind} questions" for kind, count in made.questions.items()]
    return "\n".join([
        "# A synthetic GIQA-Bench",
        "",
        f"{made.images:,} images, {made.descriptions:,} descriptions, {', '.join(lines)}. Made by `python -m bench make` with seed {config.seed} from photographs",
        "without faults of their own: faults were put into exact places, so boxes, faults and answers are exact, and as good as the photographs are.",
        "Descriptions and questions are templates: a text score measures how near a model comes to their words. Yes and No are equally many; about one question in ten",
        f'asks for something that is not there ("{ABSENT}").',
        "",
        "```json",
        json.dumps({"des": config.des, "vqa": config.vqa, "seed": config.seed}),
        "```",
        "",
    ])  # fmt: skip
