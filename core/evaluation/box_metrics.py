"""How well boxes agree. Pairs are matched one to one with the greatest total IoU (Hungarian matching)."""

from __future__ import annotations

from collections.abc import Sequence

from core.boxes import Box, match


def strict_mean_iou(predictions: Sequence[Box], references: Sequence[Box]) -> float:
    """Sum of matched IoU over max(predictions, references), in [0, 1], higher is better: neither silence nor flooding gains. 1 where both are empty."""
    most = max(len(predictions), len(references))
    return sum(pair.iou for pair in match(predictions, references)) / most if most else 1.0


def paired_mean_iou(predictions: Sequence[Box], references: Sequence[Box]) -> float | None:
    """Mean IoU of the matched pairs alone, higher is better; `None` where nothing matches."""
    pairs = match(predictions, references)
    return sum(pair.iou for pair in pairs) / len(pairs) if pairs else None


def hits(predictions: Sequence[Box], references: Sequence[Box], least: float = 0.5) -> int:
    """How many one-to-one pairs have an IoU of `least` or more."""
    return sum(pair.iou >= least for pair in match(predictions, references))
