"""A diagnosis for a person, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.builder.feedback.diagnosis import Diagnosis
from core.builder.feedback.thresholds import Proposal
from core.evaluation.shares import Share


def as_lines(found: Diagnosis, proposals: Sequence[Proposal]) -> list[str]:
    lines = [f"{found.records:,} corrected records, {found.changed:,} of them changed"]
    lines += [f"  {what:<44}{_told(share)}" for what, share in _shares(found).items()]
    if merged := found.merge_iou():
        lines.append(f"  {'merge: mean IoU before and after':<44}{merged[0]:.3f} -> {merged[1]:.3f}   {len(found.merges):,} objects")
    if found.text_likeness:
        mean = sum(found.text_likeness) / len(found.text_likeness)
        lines.append(f"  {'text: likeness of those edited':<44}{mean:.3f}")
    lines += [
        f"proposed: {one.setting} {one.current:g} -> {one.value:g} ({one.figure} {one.now:.3f} -> {one.fitted:.3f} on {one.count:,} cases kept aside)"
        for one in proposals
    ]
    return lines if proposals else [*lines, "No other thresholds do better on corrections kept aside, or there are too few to say."]


def as_json(found: Diagnosis, proposals: Sequence[Proposal]) -> dict[str, Any]:
    shares = {what: {"hits": share.hits, "count": share.count, "value": share.value, "interval": share.interval} for what, share in _shares(found).items()}
    merged = found.merge_iou()
    likeness = sum(found.text_likeness) / len(found.text_likeness) if found.text_likeness else None
    return {
        "records": found.records,
        "changed": found.changed,
        "shares": shares,
        "merge_iou": {"before": merged[0], "after": merged[1], "objects": len(found.merges)} if merged else None,
        "text_likeness": likeness,
        "proposed": [asdict(one) for one in proposals],
    }


def _shares(found: Diagnosis) -> dict[str, Share]:
    return {
        "tags: precision": found.tag_precision,
        "tags: recall": found.tag_recall,
        "tags: quality and effect right too": found.tag_words,
        "boxes: precision": found.box_precision,
        "boxes: recall": found.box_recall,
        "filter: dropped wrongly": found.dropped_wrongly,
        "filter: kept wrongly": found.kept_wrongly,
        "text: edited": found.texts_edited,
        "links: kept": found.links,
        "questions: kept": found.questions,
    }


def _told(share: Share) -> str:
    if share.value is None or share.interval is None:
        return "  -"
    low, high = share.interval
    return f"{share.value:.3f} [{low:.3f}, {high:.3f}]   {share.hits:,} of {share.count:,}"
