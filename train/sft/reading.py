"""All data of a run, whatever form they have: native folders, JSON files, Parquet, data sets of the hub."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import BackendUnavailable, InvalidInput
from core.export.columns import OWN
from core.export.giqa import put_image
from train.sft.config import TASKS, SftConfig
from train.sft.conversations import Conversation, Reading
from train.sft.records import read_native, read_parquet
from train.sft.rows import opener, read_json, read_rows

_HUB = "datasets:"


def read_data(config: SftConfig) -> Reading:
    """Every conversation, in the order of the sources. Raises `InvalidInput` where a source gives none, naming the commonest reason."""
    found = Reading()
    names = [_name(one) for one in config.data]
    for name, count in Counter(names).items():
        if count > 1:
            raise InvalidInput(f'Two data folders are called "{name}": rename one, since --mix and the counts go by name.')
    if unknown := [name for name in config.shares if name not in (*TASKS, *names)]:
        raise InvalidInput(f'--mix names "{unknown[0]}", which is neither a task ({", ".join(TASKS)}) nor one of the data ({", ".join(names)}).')
    for one, name in zip(config.data, names, strict=True):
        before, skipped = len(found.conversations), len(found.skipped)
        _read(one, name, config, found)
        if len(found.conversations) == before:
            raise InvalidInput(_nothing(one, Counter(lost.reason for lost in found.skipped[skipped:]), found))
    return found


def _name(given: str) -> str:
    return given.removeprefix(_HUB) if given.startswith(_HUB) else Path(given).expanduser().resolve().stem


def _read(given: str, name: str, config: SftConfig, into: Reading) -> None:
    path = Path(given).expanduser()
    if given.startswith(_HUB):
        _read_shards(_download(given.removeprefix(_HUB)), name, config, into)
    elif path.is_file() and path.suffix in (".json", ".jsonl"):
        read_json(path, name, config.images or path.parent, into)
    elif (path / "manifest.json").is_file() or (path / "records").is_dir():
        read_native(path, name, config.corrected_weight, into, pool=config.boxes == "grid")
    elif path.suffix == ".parquet" or _shards(path):
        _read_shards(path, name, config, into)
    elif not path.exists():
        raise InvalidInput(f"There are no data at {given}: name a native folder, a .json or .jsonl file, a folder of Parquet, or datasets:OWNER/NAME.")
    else:
        raise InvalidInput(f"{given} holds nothing to learn from: no manifest.json of a native folder and no Parquet; name its .json or .jsonl file.")


def _read_shards(path: Path, name: str, config: SftConfig, into: Reading) -> None:
    from pyarrow.parquet import read_schema

    kept, files = config.out / "data", _shards(path)
    if set(OWN) <= set(read_schema(files[0]).names):
        read_parquet(path, name, kept, config.corrected_weight, into, pool=config.boxes == "grid")
    else:
        from datasets import load_dataset

        rows = load_dataset("parquet", data_files=list(map(str, files)), split="train", streaming=True)
        read_rows(_with_images(rows, kept), name, opener(kept), into)


def _shards(path: Path) -> list[Path]:
    return [path] if path.suffix == ".parquet" else sorted(one for one in path.rglob("*.parquet") if not one.name.startswith("."))


def _download(repository: str) -> Path:
    """The Parquet files of a data set of the hub, fetched once into its cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(snapshot_download(repository, repo_type="dataset", allow_patterns="*.parquet"))
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise BackendUnavailable(f"The data set {repository} cannot be fetched: {str(error).splitlines()[0][:200]} Download it and name its folder of Parquet.") from error


def _with_images(rows: Any, kept: Path) -> Iterator[Mapping[str, object]]:
    """Rows whose images lie within them, as bytes, with the images as files of the run by their hash."""
    from datasets import Image

    for name, kind in (rows.features or {}).items():
        if isinstance(kind, Image):
            rows = rows.cast_column(name, Image(decode=False))
    for row in rows:
        yield {name: _named(value, kept) for name, value in row.items()}


def _named(value: object, kept: Path) -> object:
    if not (isinstance(value, Mapping) and isinstance(value.get("bytes"), bytes)):
        return value
    data: bytes = value["bytes"]
    return put_image(kept, hashlib.sha256(data).hexdigest(), data).relative_to(kept).as_posix()


def _nothing(given: str, reasons: Counter[str], found: Reading) -> str:
    if not reasons:
        return f"{given} holds no conversation to learn from."
    reason, count = reasons.most_common(1)[0]
    example = next(one for one in reversed(found.skipped) if one.reason == reason)
    fix = "Name the folder of the images with --images." if reason == "image missing" else "Correct the file."
    return f"{given} gives nothing to learn from: {count:,} of {reasons.total():,} rows: {reason} ({example.detail or example.image}). {fix}"


def data_hash(conversations: list[Conversation]) -> str:
    """Of everything that is learnt: words, boxes, images by name and size, weights; 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for one in conversations:
        images = [[image.path.name, image.size.width, image.size.height, image.role] for image in one.images]
        said = [[[text.text, [[p.start, p.end, [box.as_tuple() for box in p.boxes]] for p in text.phrases]] for text in (turn.asked, turn.told)] for turn in one.exchanges]
        digest.update(json.dumps([one.source, one.id, one.weight, images, said]).encode())
    return digest.hexdigest()
