"""Label Studio's JSON, written: `tasks.json`, and `labeling_config.xml` for a project that shows it.

A record as a machine proposed it is a prediction, one that a person corrected an annotation. Boxes are `rectanglelabels` in percent, linked words `labels` of the
text with a relation to each of their boxes, the description and open answers `textarea`, Yes and No `choices`. The record stands whole in `data.giqa`: tags, box
origins and whatever else Label Studio does not show come back as they went.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from core.export.foreign import UNNAMED, labels_of
from core.export.giqa import whole_file, write_whole
from core.record_json import from_json, to_json
from core.records import QuestionRecord, Record, Region, linked_among

TASKS, CONFIG = "tasks.json", "labeling_config.xml"
BOX, WORDS, DESCRIPTION, ANSWER, YES_NO, PHRASE = "box", "words", "description", "answer", "yes_no", "phrase"
"""Names of the config's controls; answers are numbered from 1."""
MOST_SHOWN = 30
"""Questions that a page shows; more stand in `data.giqa` alone."""
LOCAL = "/data/local-files/?d="


def write_label_studio(folder: Path, rows: Iterable[tuple[Record, str]]) -> int:
    """`rows`: each record with the file of its image. Returns how many questions are not shown. Memory does not grow with the records."""
    labels, shown, hidden = dict[str, None](), 0, 0
    with TemporaryFile("w+", encoding="utf-8") as spool:
        for record, name in rows:
            labels |= dict.fromkeys(labels_of(record).values())
            shown = max(shown, min(len(record.questions), MOST_SHOWN))
            hidden += max(0, len(record.questions) - MOST_SHOWN)
            spool.write(json.dumps([name, to_json(record)], allow_nan=False) + "\n")
        spool.seek(0)
        with whole_file(folder / TASKS) as file:
            file.write(b"[")
            for number, line in enumerate(spool, 1):
                name, data = json.loads(line)
                file.write(("\n" if number == 1 else ",\n").encode() + json.dumps(_task(number, name, data, shown), ensure_ascii=False).encode())
            file.write(b"]\n")
    write_whole(folder / CONFIG, labeling_config([*labels] or [UNNAMED], shown))
    return hidden


def _task(number: int, name: str, data: dict[str, Any], shown: int) -> dict[str, Any]:
    record = from_json(data)
    asked = {f"question_{place}": record.questions[place - 1].question.text if place <= len(record.questions) else "" for place in range(1, shown + 1)}
    text = record.description.text if record.description else ""
    result = [*_boxes(record), *_words(record), *_texts(record)]
    told = {"id": number, "data": {"image": LOCAL + quote(name), "text": text, **asked, "giqa": data}}
    if record.correction is None:
        return {**told, "predictions": [{"model_version": record.provenance.backend or "proposal", "result": result}]}
    return {**told, "annotations": [{"result": result, "was_cancelled": record.correction.status == "skipped", "ground_truth": False}]}


def _boxes(record: Record) -> Iterator[dict[str, Any]]:
    size, labels = record.image.size, labels_of(record)
    for region in record.live_regions:
        value = {**_percent(region), "rotation": 0, "rectanglelabels": [labels[region.id]]}
        score = {"score": region.provenance.score} if region.provenance.score is not None else {}
        frame = {"original_width": size.width, "original_height": size.height, "image_rotation": 0}
        yield {"id": region.id, "type": "rectanglelabels", "from_name": BOX, "to_name": "image", **frame, "value": value, **score}


def _percent(region: Region) -> dict[str, float]:
    box = region.box
    return {"x": box.x1 * 100, "y": box.y1 * 100, "width": box.width * 100, "height": box.height * 100}


def _words(record: Record) -> Iterator[dict[str, Any]]:
    """Spans of the description in code points, as Label Studio counts them, and what ties them to boxes."""
    if record.description is None:
        return
    text = linked_among(record.description, {one.id for one in record.live_regions})
    for number, phrase in enumerate(text.phrases, 1):
        value = {"start": phrase.start, "end": phrase.end, "text": text.text[phrase.start : phrase.end], "labels": [PHRASE]}
        yield {"id": f"{PHRASE}-{number}", "type": "labels", "from_name": WORDS, "to_name": "text", "value": value}
        for name in phrase.regions:
            yield {"type": "relation", "from_id": f"{PHRASE}-{number}", "to_id": name, "direction": "right"}


def _texts(record: Record) -> Iterator[dict[str, Any]]:
    if record.description:
        yield _said(DESCRIPTION, "textarea", record.description.text)
    for number, one in enumerate(record.questions[:MOST_SHOWN], 1):
        choice = plain_choice(one)
        yield _said(f"{YES_NO}_{number}", "choices", choice) if choice else _said(f"{ANSWER}_{number}", "textarea", one.answer.text)


def _said(name: str, kind: str, text: str) -> dict[str, Any]:
    return {"id": name, "type": kind, "from_name": name, "to_name": "image", "value": {"choices" if kind == "choices" else "text": [text]}}


def plain_choice(one: QuestionRecord) -> str:
    """Yes or No where the whole answer is that word, else ""."""
    bare = one.answer.text.strip().rstrip(".").capitalize()
    return bare if one.kind == "yes_no" and bare in ("Yes", "No") else ""


def labeling_config(labels: Iterable[str], questions: int) -> bytes:
    """The XML of a project that shows such tasks, for Settings, Labeling Interface, Code."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Image", name="image", value="$image", zoom="true", zoomControl="true")
    _labels(ElementTree.SubElement(view, "RectangleLabels", name=BOX, toName="image", canRotate="false"), labels)
    ElementTree.SubElement(view, "Header", value="The description; tie words to boxes with relations")
    _labels(ElementTree.SubElement(view, "Labels", name=WORDS, toName="text"), [PHRASE])
    ElementTree.SubElement(view, "Text", name="text", value="$text")
    _area(view, DESCRIPTION)
    for number in range(1, questions + 1):
        ElementTree.SubElement(view, "Header", value=f"$question_{number}")
        _labels(ElementTree.SubElement(view, "Choices", name=f"{YES_NO}_{number}", toName="image", showInline="true"), ("Yes", "No"), "Choice")
        _area(view, f"{ANSWER}_{number}")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode").encode() + b"\n"


def _labels(parent: ElementTree.Element, values: Iterable[str], tag: str = "Label") -> None:
    for value in values:
        ElementTree.SubElement(parent, tag, value=value)


def _area(view: ElementTree.Element, name: str) -> None:
    ElementTree.SubElement(view, "TextArea", name=name, toName="image", editable="true", maxSubmissions="1", rows="3")
