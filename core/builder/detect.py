"""Stage 2: boxes for each object, asked for by the phrase as the text has it, never by the bare noun (Grounding-IQA, Sec. 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.backends.base import Detector
from core.builder.work import Grounding, Work, dropped, raw
from core.records import Region

_MOST_BOXES = 100
"""Of one phrase: a detector that gives more has found texture, not things."""


@dataclass(frozen=True, slots=True)
class DetectBoxes:
    """Objects whose words the description links to boxes already (a model's own description) keep those. A box scored under `least` goes, and is kept with
    the reason."""

    detector: Detector
    least: float = 0.0

    def __call__(self, work: Work) -> Work:
        linked = _linked(work)
        wanted = [one for one in work.groundings if one.tag.phrase not in linked]
        phrases = list(dict.fromkeys(one.tag.phrase for one in wanted))
        found = dict(zip(phrases, self.detector.detect(work.image, phrases), strict=True))
        groundings = list[Grounding]()
        for one in work.groundings:
            if one.tag.phrase in linked:
                groundings.append(replace(one, regions=linked[one.tag.phrase]))
                continue
            names = list[str]()
            for scored in sorted(found[one.tag.phrase], key=lambda box: -box.score)[:_MOST_BOXES]:
                score = min(1.0, max(0.0, scored.score))
                region = Region(work.next_id(), scored.box, raw(self.detector.name, score))
                region = dropped(region, f"detector: scored under {self.least:g}") if score < self.least else region
                work = work.adding([region])
                names.append(region.id)
            groundings.append(replace(one, regions=tuple(names)))
        return replace(work, groundings=tuple(groundings))


def _linked(work: Work) -> dict[str, tuple[str, ...]]:
    """The words of the description's own phrases, and their regions."""
    text = work.record.description
    return {text.text[phrase.start : phrase.end]: phrase.regions for phrase in reversed(text.phrases)} if text else {}
