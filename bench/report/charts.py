"""Charts as SVG for the page and PNG beside it, drawn by matplotlib."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from bench.report.leaderboard import COLUMNS, Row
from core.evaluation.confidence import Bin

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.projections.polar import PolarAxes

_COLORS = ("#4f46e5", "#ea580c", "#059669", "#db2777", "#64748b")


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure as Drawn  # half a second to import

    return Drawn(figsize=(width, height), layout="constrained")


def as_svg(figure: Figure) -> str:
    """To stand in a page; the same figure gives the same text."""
    from matplotlib import rc_context

    out = io.StringIO()
    with rc_context({"svg.hashsalt": "giqa"}):
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    text = out.getvalue()
    return text[text.index("<svg") :]


def as_png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=160)
    return out.getvalue()


def radar(rows: Sequence[Row]) -> Figure:
    """The nine axes, each from 0 to the best of all rows on it; an axis on which a model has no value breaks its line."""
    figure = _figure(6.5, 5.2)
    axes = cast("PolarAxes", figure.add_subplot(projection="polar"))
    most = {name: max((row.values[name] or 0.0 for row in rows), default=0.0) or 1.0 for name in COLUMNS}
    angles = [2 * math.pi * number / len(COLUMNS) for number in range(len(COLUMNS))]
    for row, color in zip(rows, _COLORS, strict=False):
        values = [math.nan if row.values[name] is None else (row.values[name] or 0.0) / most[name] for name in COLUMNS]
        axes.plot([*angles, angles[0]], [*values, values[0]], color=color, label=row.model, linestyle="-" if row.origin == "measured" else "--", marker="o", markersize=3)
    axes.set_xticks(angles, [f"{title}\n{most[name]:.3g}" for name, title in COLUMNS.items()], fontsize=8)
    axes.set_yticks([0.25, 0.5, 0.75, 1.0], [""] * 4)
    axes.set_theta_offset(math.pi / 2)
    axes.set_theta_direction(-1)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return figure


def reliability_diagram(bins: Sequence[Bin]) -> Figure:
    """How often claims were right, by how sure the model was; on the diagonal confidence means what it says."""
    figure = _figure(4.2, 3.6)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=_COLORS[-1], linestyle=":", linewidth=1)
    axes.bar([(one.low + one.high) / 2 for one in bins], [one.right / one.count for one in bins], width=0.09, color=_COLORS[0], alpha=0.8)
    for one in bins:
        axes.annotate(str(one.count), ((one.low + one.high) / 2, one.right / one.count), ha="center", va="bottom", fontsize=7)
    axes.set(xlim=(0, 1), ylim=(0, 1.08), xlabel="confidence", ylabel="share that was right")
    return figure


def bars(values: Mapping[str, float | None], label: str) -> Figure:
    figure = _figure(4.2, 0.5 + 0.42 * len(values))
    axes = figure.add_subplot()
    names = list(values)[::-1]
    drawn = axes.barh(names, [values[name] or 0.0 for name in names], color=_COLORS[0])
    axes.bar_label(drawn, ["-" if values[name] is None else f"{values[name]:.3f}" for name in names], padding=3, fontsize=8)
    axes.set(xlim=(0, 1.15), xlabel=label)
    return figure


def scatter(predicted: Sequence[float], human: Sequence[float], fitted: Callable[[Sequence[float]], Sequence[float]] | None = None) -> Figure:
    """Predictions across, human scores up, and the curve that was fitted between them."""
    figure = _figure(4.6, 4.2)
    axes = figure.add_subplot()
    axes.scatter(predicted, human, s=10, alpha=0.5, color=_COLORS[0], linewidths=0)
    if fitted is not None:
        across = sorted(predicted)
        axes.plot(across, fitted(across), color=_COLORS[1])
    axes.set(xlabel="predicted", ylabel="human score")
    return figure
