"""The command lines of `bench` as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class SightConfig:
    """One evaluation of a backend on photographs with synthetic faults, and on human scores where a table of them is given."""

    photos: Path
    mos: Path | None = None
    backend: str = "embedded"
    faults: int = 500
    clean: int = 200
    scored: int = 400
    seed: int = 0
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class RunConfig:
    """One run of GIQA-Bench. `judge`: "embedded" for the overlap judge, or a language model; `times`: it marks each text; `batch`: items asked at once."""

    bench: Path
    out: Path
    backend: str = "embedded"
    judge: str = "embedded"
    similarity: str = "embedded"
    times: int = 3
    batch: int = 8
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ScoreConfig:
    """One table of human scores against a model's. `preset`: a data set whose columns are known; or name the columns. `levels`, `read`: of the methods standard
    and mixed; `segmenter`: who finds the parts for mixed, the model itself where it can."""

    dataset: Path
    out: Path
    images: Path | None = None
    backend: str = "embedded"
    method: str = "auto"
    preset: str = ""
    image_column: str = ""
    mos_column: str = ""
    levels: Literal[3, 5, 7, 9] = 7
    read: Literal["number", "words"] = "number"
    segmenter: str = ""


@dataclass(frozen=True, slots=True)
class CalibrateConfig:
    """From the scores of a `bench score` run to a calibration. `worst`, `best`: what people's scale reaches from and to, if not the table's own."""

    scores: Path
    out: Path
    worst: float | None = None
    best: float | None = None


@dataclass(frozen=True, slots=True)
class PairsConfig:
    """Comparisons and distortions to name. `reference`: whether the references that the file names are shown."""

    dataset: Path
    out: Path
    images: Path | None = None
    backend: str = "embedded"
    reference: bool = True


@dataclass(frozen=True, slots=True)
class VoteConfig:
    """Images that share a reference, with people's scores."""

    dataset: Path
    out: Path
    images: Path | None = None
    backend: str = "embedded"
    weight: Literal["win", "confidence"] = "win"
    reference: bool = True


@dataclass(frozen=True, slots=True)
class ValidateConfig:
    bench: Path


@dataclass(frozen=True, slots=True)
class CompareConfig:
    """Two results of one benchmark."""

    one: Path
    other: Path


@dataclass(frozen=True, slots=True)
class ReportConfig:
    """`bench`: for the samples' pictures."""

    results: tuple[Path, ...]
    out: Path
    bench: Path | None = None


@dataclass(frozen=True, slots=True)
class ContaminationConfig:
    """`train`: a native folder, or any folder of images."""

    bench: Path
    train: Path
    near: int = 6


@dataclass(frozen=True, slots=True)
class MakeConfig:
    """A synthetic benchmark: `des` descriptions, `vqa` questions."""

    photos: Path
    out: Path
    des: int = 100
    vqa: int = 150
    seed: int = 0
