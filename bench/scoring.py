"""`python -m bench score`: how a model's overall score follows people's, on any table of images and mean scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Any

import numpy as np

from bench.config import CalibrateConfig, ScoreConfig
from bench.identity import digest_of, provenance
from bench.lines import add_rows, whole_lines
from bench.tables import Table, read_table
from core.backends import load
from core.backends.base import Backend, Segmenter
from core.backends.capabilities import require_segmenter
from core.errors import Cancelled, InvalidInput
from core.evaluation.calibration import Calibration, fit_calibration, write_calibration
from core.evaluation.correlation import Correlations, correlations, logistic_fit
from core.evaluation.resampling import bootstrap_interval
from core.export.giqa import write_whole
from core.images import open_image
from core.tasks import score
from core.tasks.score import METHODS, Method, StandardGuided, method_name

SCHEMA_VERSION = 1
_DRAWS = 400
_SHOWN = 10

PRESETS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "koniq": ("image_name", "MOS"),
    "spaq": ("Image name", "MOS"),
    "livec": ("image", "MOS"),
    "kadid": ("dist_img", "dmos"),
    "agiqa": ("name", "mos_quality"),
    "biq2021": ("Images", "MOS"),
    "tid2013": ("image", "mos"),
})
"""The columns of a data set's table: the image's file name, and its mean score, higher is better."""

REPORTED: Mapping[str, tuple[float, float]] = MappingProxyType({
    "koniq": (0.819, 0.811), "livec": (0.756, 0.752), "spaq": (0.902, 0.897), "kadid": (0.612, 0.624), "agiqa": (0.823, 0.797),
})  # fmt: skip
"""SRCC and PLCC that Dog-IQA reports with mPLUG-Owl3-7B (arXiv 2410.02505); reported, not reproduced."""


@dataclass(frozen=True, slots=True)
class Row:
    image: str
    mos: float


@dataclass(frozen=True, slots=True)
class Scored:
    """`predicted` is `None` where the model gave nothing that could be read, with the reason."""

    image: str
    mos: float
    predicted: float | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """`intervals`: 95 % of SRCC and PLCC, by drawing images again. `unread`: rows without a prediction, left out of the correlations and counted.

    `problems`: rows of the table that cannot be used; `reported`: what a paper gives for this data set.
    """

    rows: tuple[Scored, ...]
    correlations: Correlations
    intervals: Mapping[str, tuple[float, float] | None]
    unread: int
    problems: tuple[str, ...] = ()
    reported: Mapping[str, object] | None = None


def read_scores(path: Path, columns: tuple[str, str] | None) -> tuple[list[Row], list[str]]:
    """The rows that can be used and what is wrong with the others. `columns`: of image and score; without them they are found by their names.

    Raises `InvalidInput`.
    """
    table = read_table(path)
    image, mos = _columns(path, table, columns)
    rows, problems = list[Row](), list[str]()
    for number, cells in table.rows:
        value = table.number(cells.get(mos, ""))
        if not cells.get(image) or value is None:
            problems.append(f"Line {number}: {image} is {cells.get(image)!r}, {mos} is {cells.get(mos)!r}.")
        else:
            rows.append(Row(cells[image], value))
    if not rows:
        raise InvalidInput(f"The table {path} holds no image with a score in the columns {image} and {mos}. {problems[0] if problems else ''}")
    return rows, problems


def _columns(path: Path, table: Table, columns: tuple[str, str] | None) -> tuple[str, str]:
    for names in [columns] if columns else [*PRESETS.values(), ("image", "mos"), ("filename", "score"), ("image", "score")]:
        if all(found := (table.head(names[0]), table.head(names[1]))):
            return found
    said = f"{columns[0]} and {columns[1]}" if columns else "image and mos, or those of a data set (--preset)"
    raise InvalidInput(f"{path} has the columns {', '.join(table.heads) or 'none'}: {said} are needed. Name them with --image-column and --mos-column.")


def run_score(config: ScoreConfig, report: Callable[[int, int], None], cancel: Event | None = None) -> Scores:
    """Writes `scores.jsonl` as they come and `scores.json` to `config.out`; goes on where it was stopped."""
    columns = (config.image_column, config.mos_column) if config.image_column and config.mos_column else PRESETS[config.preset] if config.preset else None
    rows, problems = read_scores(config.dataset, columns)
    method = method_of(config)
    backend = load(config.backend)
    config.out.mkdir(parents=True, exist_ok=True)
    images = config.images or config.dataset.parent
    scored = tuple(_each(rows, backend, config, images, report, cancel))
    read = [one for one in scored if one.predicted is not None]
    found = correlations([one.predicted or 0.0 for one in read], [one.mos for one in read])
    done = Scores(scored, found, _intervals(read), len(scored) - len(read), tuple(problems), _reported(config))
    data = {
        "schema_version": SCHEMA_VERSION, "dataset": config.dataset.name, "model": {"name": backend.name, "digest": digest_of(backend)}, "method": method_name(method),
        "correlations": asdict(done.correlations), "intervals": done.intervals, "unread": done.unread, "rows_that_cannot_be_used": done.problems,
        "reported": done.reported, "made_with": provenance(), "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip
    _draw(config.out / "scatter.png", read)
    write_whole(config.out / "scores.json", json.dumps(data, indent=1, allow_nan=False).encode() + b"\n")
    return done


def _draw(path: Path, read: Sequence[Scored]) -> None:
    """Predictions against people's scores, with the curve that was fitted; nothing of fewer than two images."""
    if len(read) < 2:
        return
    from bench.report.charts import as_png, scatter

    x, y = (np.array([float(value) for value in side]) for side in zip(*((one.predicted or 0.0, one.mos) for one in read), strict=True))
    bent, order = logistic_fit(x, y) if np.ptp(x) and np.ptp(y) else None, np.argsort(x)
    write_whole(path, as_png(scatter(x.tolist(), y.tolist(), None if bent is None else lambda across: np.interp(across, x[order], bent[order]).tolist())))


def _each(rows: Sequence[Row], backend: Backend, config: ScoreConfig, images: Path, report: Callable[[int, int], None], cancel: Event | None) -> Iterator[Scored]:
    path, owner = config.out / "scores.jsonl", f"{backend.name} {digest_of(backend)} {method_name(method_of(config))}"
    known = _known(path, owner)
    segmenter = require_segmenter(load(config.segmenter), "Finding the parts of an image") if config.segmenter else None
    for number, row in enumerate(rows):
        if cancel is not None and cancel.is_set():
            raise Cancelled(f"Stopped after {number:,} of {len(rows):,} images. Run it again to go on.")
        one = known.get(row.image)
        if one is None:
            one = _scored(row, backend, config, images, segmenter)
            add_rows(path, [{"by": owner, **asdict(one)}])
        report(number + 1, len(rows))
        yield Scored(row.image, row.mos, one.predicted, one.problem)


def _known(path: Path, owner: str) -> dict[str, Scored]:
    found: dict[str, Scored] = {}
    for line in whole_lines(path):
        try:
            data = json.loads(line)
            if data["by"] == owner and data["predicted"] is not None:
                found[data["image"]] = Scored(data["image"], data["mos"], float(data["predicted"]))
        except (ValueError, KeyError, TypeError):  # asked again
            continue
    return found


def method_of(config: ScoreConfig) -> Method | StandardGuided:
    """Raises `InvalidInput` for a method that is not."""
    if config.method in ("standard", "mixed"):
        return StandardGuided(config.levels, config.read, parts=config.method == "mixed")
    if config.method not in METHODS:
        raise InvalidInput(f'No score method "{config.method}": choose {", ".join(METHODS)}.')
    return config.method


def calibrate(config: CalibrateConfig) -> Calibration:
    """Raises `InvalidInput` for a folder without a finished run, and where no fit can be made."""
    try:
        made = json.loads((config.scores / "scores.json").read_text(encoding="utf-8"))
        name, method, source = made["model"]["name"], made["method"], made["dataset"]
        rows = [row for row in map(json.loads, whole_lines(config.scores / "scores.jsonl")) if row["by"].startswith(f"{name} ") and row["by"].endswith(f" {method}")]
        pairs = {row["image"]: (float(row["predicted"]), float(row["mos"])) for row in rows if row["predicted"] is not None}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{config.scores} holds no finished score run ({error!r}): run python -m bench score first, and name its --out.") from error
    scale = (config.worst, config.best) if config.worst is not None and config.best is not None else None
    predicted, human = [one for one, _ in pairs.values()], [mos for _, mos in pairs.values()]
    fit = fit_calibration(predicted, human, backend=name, method=method, source=source, scale=scale)
    write_calibration(config.out, fit)
    return fit


def _scored(row: Row, backend: Backend, config: ScoreConfig, images: Path, segmenter: Segmenter | None) -> Scored:
    """An image that cannot be opened, or a reply that cannot be read, is counted, never guessed."""
    try:
        said = score(backend, open_image(images / row.image), method=method_of(config), segmenter=segmenter)
    except InvalidInput as error:
        return Scored(row.image, row.mos, None, str(error))
    return Scored(row.image, row.mos, said.value, "" if said.value is not None else "the reply could not be read")


def _intervals(rows: Sequence[Scored]) -> dict[str, tuple[float, float] | None]:
    from scipy.stats import pearsonr, spearmanr

    def figure(way: Callable[..., Any]) -> Callable[[Sequence[Scored]], float | None]:
        def of(some: Sequence[Scored]) -> float | None:
            predicted, human = [one.predicted or 0.0 for one in some], [one.mos for one in some]
            return float(way(predicted, human).statistic) if min(len(set(predicted)), len(set(human))) > 1 else None

        return of

    names = [one.image for one in rows]
    return {name: bootstrap_interval(rows, names, figure(way), times=_DRAWS) for name, way in (("srcc", spearmanr), ("plcc", pearsonr))}


def _reported(config: ScoreConfig) -> dict[str, object] | None:
    if config.preset not in REPORTED:
        return None
    srcc, plcc = REPORTED[config.preset]
    return {"model": "Dog-IQA with mPLUG-Owl3-7B, as reported", "srcc": srcc, "plcc": plcc, "source": "arXiv 2410.02505"}


def lines_of(done: Scores) -> list[str]:
    """For a terminal; of the rows that cannot be used the first few."""
    found = done.correlations
    fitted = [("PLCC, logistic fit", found.plcc_fitted, ""), ("RMSE, fitted", found.rmse, "")]
    shown = [("SRCC", found.srcc, "srcc"), ("KRCC", found.krcc, ""), ("PLCC", found.plcc, "plcc"), *fitted]
    lines = [f"{name:<20}{'-' if value is None else f'{value:.4f}':>8}  {_told(done.intervals.get(key))}" for name, value, key in shown]
    beside = [f"Reported: SRCC {done.reported['srcc']}, PLCC {done.reported['plcc']} ({done.reported['model']}, {done.reported['source']})"] if done.reported else []
    left = len(done.problems) - _SHOWN
    told = [*done.problems[:_SHOWN], *([f"… and {left:,} more rows that cannot be used"] if left > 0 else [])]
    return [f"{found.count:,} images scored, {done.unread:,} not read", *lines, *beside, *told]


def _told(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"[{interval[0]:.4f}, {interval[1]:.4f}]"
