"""From what a person names (`roofs.json`, `photographs/`, `datasets:owner/name?split=train`, `synthetic:DIR?count=1000`) to a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from core.builder.sources.base import Source, first_row
from core.builder.sources.huggingface import HubSource
from core.builder.sources.image_files import IMAGE_SUFFIXES, ImageFiles, is_image_name
from core.builder.sources.mixed import MixedSource
from core.builder.sources.parquet import ParquetSource
from core.builder.sources.photographs import PhotographSource, walk
from core.builder.sources.synthetic.source import OPTIONS, SyntheticSource, read_recipe
from core.builder.sources.tables import READERS, TableSource
from core.errors import InvalidInput

_KINDS = ", ".join([*READERS, ".parquet"])


@dataclass(frozen=True, slots=True)
class Named:
    """`kind`: "" for a path, "datasets" or "synthetic"."""

    kind: str
    place: str
    options: dict[str, str]

    def path(self) -> Path:
        return Path(self.place)

    def only(self, *known: str) -> None:
        """Raises `InvalidInput` for an option that this kind does not have."""
        for name in self.options:
            if name not in known:
                raise InvalidInput(f"{self.place} has no option {name!r}; it has {', '.join(known) or 'none'}.")


def read_source(sources: str | Path | Sequence[str | Path], images: Path | None = None, *, mix: Sequence[float] = (), seed: int = 0) -> Source:
    """One source, or several as one, `mix` naming their shares. `images`: where the images of a file lie, if not beside it.

    Raises `InvalidInput` for a source that is not there, of no known kind, or without a single row.
    """
    several = [sources] if isinstance(sources, (str, Path)) else list(sources)
    if not several:
        raise InvalidInput("There is no source: name a folder of images, or a file of rows.")
    parts = tuple(_open(_named(one), images) for one in several)
    if len(parts) == 1 and not mix:
        return parts[0]
    return MixedSource(parts, tuple(mix), seed)


def _named(source: str | Path) -> Named:
    text = str(source)
    kind, colon, rest = text.partition(":")
    if not colon or kind not in ("datasets", "synthetic"):
        kind, rest = "", text
    if not kind and Path(text).exists():
        return Named("", text, {})
    place, _, query = rest.partition("?")
    return Named(kind, place, dict(parse_qsl(query, keep_blank_values=True)))


def _open(named: Named, images: Path | None) -> Source:
    source = _opened(named, images)
    first_row(source.rows(), source.name)
    return source


def _opened(named: Named, images: Path | None) -> Source:
    path = named.path()
    if named.kind == "synthetic":
        named.only(*OPTIONS)
        return SyntheticSource(path, read_recipe(named.options))
    if named.kind == "datasets" and not path.exists():
        named.only("split", "name", "revision")
        return HubSource(named.place, named.options.get("split", "train"), named.options.get("name", ""), named.options.get("revision", ""))
    named.only("links", "split")
    if path.is_dir():
        return _folder(path, images, named)
    if not path.is_file():
        raise InvalidInput(f"There is no source {named.place}: name a folder of images, or a .json, .jsonl or .csv file.")
    files = ImageFiles(images or path.parent, _follows(named))
    if path.suffix.lower() == ".parquet":
        return ParquetSource(path.name, (path,), files)
    if path.suffix.lower() not in READERS:
        raise InvalidInput(f"{path.name} is of no known kind: name a folder of images, or a file of rows ({_KINDS}).")
    return TableSource(path, files)


def _follows(named: Named) -> bool:
    given = named.options.get("links", "refuse")
    if given not in ("refuse", "follow"):
        raise InvalidInput(f"Links are refused or followed: ?links=follow, got {given!r}.")
    return given == "follow"


def _folder(folder: Path, images: Path | None, named: Named) -> Source:
    """Images where there are some, else Parquet files, those of one split if it is named."""
    files = ImageFiles(folder, _follows(named))
    found, tables = 0, list[Path]()
    for place, names in walk(folder):
        if any(is_image_name(name) for name in names):
            return PhotographSource(files)
        found += len(names)
        tables += [place / name for name in names if name.lower().endswith(".parquet") and name.startswith(named.options.get("split", ""))]
    if tables:
        return ParquetSource(folder.resolve().name, tuple(sorted(tables)), ImageFiles(images or folder, files.follow_links))
    if (folder / "dataset_info.json").is_file() or (folder / "dataset_dict.json").is_file():
        name = folder.resolve().name
        raise InvalidInput(f"{name} was written by save_to_disk: write it as Parquet, load_from_disk({name!r})['train'].to_parquet('{name}.parquet'), and name that.")
    raise InvalidInput(f"There is no image among the {found:,} files of {folder}: images end with {', '.join(IMAGE_SUFFIXES)}.")
