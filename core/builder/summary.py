"""What a build made, dropped and left as text, counted from its folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from core.export.giqa import NativeFolder, read_folder


def summary(folder: Path) -> str:
    """Lines for a person."""
    manifest, found = read_folder(folder)
    boxes, objects, questions = _counted(found)
    lines = [f"{manifest.counts.records:,} records of {manifest.counts.images:,} images in {folder}"]
    lines += [f"  dropped {count:,}: {reason}" for reason, count in manifest.counts.dropped_by_reason.items()]
    lines.append(f"  objects: {objects['grounded']:,} with boxes, {objects['text']:,} left as text")
    lines.append("  boxes: " + (", ".join(f"{count:,} {status}" for status, count in sorted(boxes.items())) or "none"))
    lines.append("  questions: " + (", ".join(f"{count:,} {kind.replace('_', '/')}" for kind, count in sorted(questions.items())) or "none"))
    return "\n".join(lines)


def _counted(found: NativeFolder) -> tuple[Counter[str], Counter[str], Counter[str]]:
    boxes, objects, questions = Counter[str](), Counter[str](), Counter[str]()
    for record in found.records():
        boxes.update(region.provenance.status for region in record.regions)
        questions.update(one.kind for one in record.questions)
        text = record.description
        linked = {text.text[phrase.start : phrase.end].casefold() for phrase in text.phrases} if text else set()
        objects.update("grounded" if tag.phrase.casefold() in linked else "text" for tag in record.tags)
    return boxes, objects, questions
