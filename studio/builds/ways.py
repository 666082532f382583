"""One record's way through the stages as the page shows it: what is new after each."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from core.builder.explaining import Step, explain
from core.records import Region
from studio.builds.browsing import links, picture


def way_json(build: str, folder: Path, record_id: str) -> dict[str, Any]:
    """Raises `InvalidInput` for a record that is not in the build."""
    way = explain(folder, record_id)
    steps = [_step(build, after, before) for before, after in pairwise((None, *way.steps)) if after is not None]
    end = {"stage": way.dropped.stage, "reason": way.dropped.reason, "detail": way.dropped.detail} if way.dropped else None
    return {"id": way.id, "image": picture(build, way.record), "steps": steps, "dropped": end, "corrected": way.record.correction is not None}


def _step(build: str, step: Step, before: Step | None) -> dict[str, Any]:
    record, known = step.record, before.record if before else None
    had = {region.id: region for region in known.regions} if known else {}
    tags = [one.tag for one in before.groundings] if before else []
    asked, refused = (known.questions if known else ()), (before.refused if before else ())
    text = record.description if record.description and (known is None or record.description != known.description) else None
    return {
        "stage": step.stage,
        "text": {"text": text.text, "phrases": links(text)} if text else None,
        "tags": [{"phrase": one.tag.phrase, "quality": one.tag.quality, "effect": one.tag.effect} for one in step.groundings if one.tag not in tags],
        "regions": [_region(build, step, one) for one in record.regions if had.get(one.id) != one],
        "live": [{"id": one.id, "box": list(one.box.as_tuple())} for one in record.live_regions],
        "questions": [{"kind": one.kind, "form": one.form, "question": one.question.text, "answer": one.answer.text} for one in record.questions if one not in asked],
        "refused": [{"reason": one.reason, "detail": one.detail} for one in step.refused if one not in refused],
    }


def _question(step: Step, quality: str) -> str:
    """As IQA-Filter asks: a prompted model of the crop, the embedded one of the box in the whole image."""
    made = step.record.provenance
    subject = "this part" if made.versions.get("filter", made.backend).partition(":")[0] == "embedded" else "the image quality"
    return f"Is {subject} {quality}?"


def _region(build: str, step: Step, region: Region) -> dict[str, Any]:
    made, tag = region.provenance, next((one.tag for one in step.groundings if region.id in one.regions), None)
    corners = ",".join(f"{value:.6f}" for value in region.box.as_tuple())
    return {
        "id": region.id, "box": list(region.box.as_tuple()), "status": made.status, "source": made.source, "reason": made.reason, "score": made.score,
        "probability": made.probability, "merged_from": list(made.merged_from), "of": tag.phrase if tag else "", "question": _question(step, tag.quality) if tag else "",
        "crop": f"/api/builds/{build}/images/{step.record.image.sha256}/crop?box={corners}",
    }  # fmt: skip
