"""From data to samples: read, checked against the bench, split, written as tokens, counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.errors import InvalidInput
from core.evaluation.contamination import fingerprints, fingerprints_of
from core.evaluation.duplicates import duplicates
from core.export.giqa import write_whole
from core.records import Dropped
from train.sft.config import SftConfig
from train.sft.conversations import Conversation, Reading, images_of, split
from train.sft.reading import data_hash, read_data
from train.sft.tokens import Encoder, Sample, shown

_PERCENTILES = (0, 50, 90, 99, 100)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """`learnt`: what is trained on; `held_out`: of other images. `hash`: of all data."""

    learnt: tuple[Sample, ...]
    held_out: tuple[Sample, ...]
    hash: str


def read_and_check(config: SftConfig, say: Say) -> Reading:
    """Raises `InvalidInput` for data that cannot be used, or that hold images of the bench."""
    say("Reading the data.")
    found = read_data(config)
    if config.bench:
        say("Comparing the images with those of the bench.")
        _check_contamination(found.conversations, config.bench, allowed=config.allow_contamination, say=say)
    return found


def _check_contamination(conversations: Sequence[Conversation], bench: Path, *, allowed: bool, say: Say) -> None:
    pairs = duplicates(list(fingerprints_of(image.path for image in images_of(conversations))), list(fingerprints(bench)))
    if not pairs:
        return
    told = f"{len(pairs)} images of the data stand in {bench} too, such as {pairs[0].one} ({pairs[0].kind} of {pairs[0].other})."
    if not allowed:
        raise InvalidInput(f"{told} Figures of that bench would say nothing. Take them out, or train all the same with --allow-contamination.")
    say(told)


def prepare(found: Reading, encoder: Encoder, config: SftConfig, say: Say) -> Prepared:
    """Raises `InvalidInput` where nothing is left to learn from. Writes nothing."""
    most = config.max_tokens or encoder.model.engine.context or 2**31
    say(f"Writing {len(found.conversations):,} conversations as tokens.")
    samples = list[Sample]()
    for place, one in enumerate(found.conversations):
        try:
            sample = encoder.sample(one)
        except InvalidInput as error:
            if not samples and place > 20:  # not one of them: it is the model, not the conversation
                raise
            found.skip(one.source, place, "cannot be written for this model", str(error), one.id)
            continue
        if sample.tokens > most:
            found.skip(one.source, place, "longer than the context", f"{sample.tokens:,} tokens of {most:,}", one.id)
        else:
            samples.append(sample)
    if not samples:
        raise InvalidInput(_nothing(found.skipped, config.max_tokens))
    sides = split([one.conversation for one in samples], config.held_out)
    held = {id(one) for one in sides[1]}
    learnt = tuple(one for one in samples if id(one.conversation) not in held)
    held_out = tuple(one for one in samples if id(one.conversation) in held)
    if not learnt:  # so few that all were held out
        learnt, held_out = tuple(samples), ()
    return Prepared(learnt, held_out, data_hash([one.conversation for one in samples]))


def _nothing(skipped: Sequence[Dropped], asked_for: int) -> str:
    """`asked_for`: --max-tokens, 0 where the model's own context is the limit, which no flag can raise."""
    reason, count = Counter(one.reason for one in skipped).most_common(1)[0]
    example = next(one for one in skipped if one.reason == reason)
    shorter = f"Raise --max-tokens (now {asked_for:,})" if asked_for else "Shorten the answers, name a model that reads more"
    fix = f"{shorter}, or give the model smaller images with ?max_pixels=." if "context" in reason else "Look at the example."
    return f"Nothing is left to learn from: {count:,} conversations: {reason} ({example.detail}). {fix}"


def write_data_report(folder: Path, config: SftConfig, found: Reading, prepared: Prepared, encoder: Encoder) -> None:
    """`data.json`: what is learnt from, with counts and lengths; `skipped.jsonl`: what is not, and why; `example.txt`: what the model is shown."""
    samples = [*prepared.learnt, *prepared.held_out]
    lengths, learnt = np.array([one.tokens for one in samples]), np.array([int(one.learnt.sum()) for one in samples])
    report = {
        "sha256": prepared.hash,
        "sources": dict(Counter(one.conversation.source for one in samples)),
        "tasks": dict(Counter(one.conversation.task for one in samples)),
        "images": sum(1 for _ in images_of([one.conversation for one in samples])),
        "corrected": sum(one.conversation.weight != 1 for one in samples),
        "learnt": len(prepared.learnt),
        "held_out": len(prepared.held_out),
        "skipped": dict(Counter(one.reason for one in found.skipped)),
        "tokens": {f"p{at}": int(np.percentile(lengths, at)) for at in _PERCENTILES} | {"all": int(lengths.sum())},
        "learnt_tokens": {f"p{at}": int(np.percentile(learnt, at)) for at in _PERCENTILES} | {"all": int(learnt.sum())},
        "held_out_share": config.held_out,
    }
    write_whole(folder / "data.json", json.dumps(report, indent=1).encode() + b"\n")
    write_whole(folder / "skipped.jsonl", "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in found.skipped).encode())
    write_whole(folder / "example.txt", ("What stands in 【brackets】 is learnt, 🖼 is an image.\n\n" + shown(prepared.learnt[0], encoder.model) + "\n").encode())
