"""What the embedded backend keeps of an image to speak about it: the evidence, people, tones, and the places found by looking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.evidence import Evidence, FaultyRegion, GridMap
from core.backends.embedded.people import People
from core.backends.embedded.places import Place, largest_part, most, surround
from core.backends.embedded.regions import find_regions
from core.boxes import Box, enclosing
from core.quality import Fault

_GRID, _SAMPLES = 20, 8  # cells a side, and pixels sampled along each side of a cell


@dataclass(frozen=True, slots=True, eq=False)
class Tones:
    """Light and colour per cell of a 20x20 grid, from sampled pixels, all in [0, 1].

    `color`: mean RGB, shape (20, 20, 3). `white`, `black`: shares of clipped pixels. `darkest`, `lightest`: luma that a tenth lies below or above.
    """

    color: GridMap
    white: GridMap
    black: GridMap
    darkest: GridMap
    lightest: GridMap


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All that language is made from. `regions`: where each fault is found when it is sought, the strongest first.

    `find_people` looks for faces seen from the front, `look_closer` for those from the side and for whole people too; both remember: most questions about a
    box can do without, and looking takes longer than all else together.
    `seed`: the image's hash, which picks among wordings. `unfit`: why the image cannot be judged, empty where it can.
    """

    evidence: Evidence
    regions: Mapping[Fault, tuple[FaultyRegion, ...]]
    find_people: Callable[[], People]
    tones: Tones
    seed: str
    look_closer: Callable[[], People]
    unfit: str = ""

    @property
    def people(self) -> People:
        """Who faces the camera: enough to tell the subject and to describe."""
        return self.find_people()

    @property
    def everybody(self) -> People:
        """All that can be found, for whoever asks for faces or people."""
        return self.look_closer()


def measure_tones(pixels: NDArray[np.uint8]) -> Tones:
    """The tones of an RGB image of shape (height, width, 3); about a millisecond at any size."""
    side = _GRID * _SAMPLES
    sampled = np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_NEAREST), np.float32)
    cells = sampled.reshape(_GRID, _SAMPLES, _GRID, _SAMPLES, 3).transpose(0, 2, 1, 3, 4).reshape(_GRID, _GRID, -1, 3)
    luma = cells @ np.array([0.299, 0.587, 0.114], np.float32)
    low, high = np.quantile(luma, (0.1, 0.9), axis=2)
    return Tones(
        color=cells.mean(axis=2) / 255,
        white=(cells.min(axis=3) >= 250).mean(axis=2).astype(np.float32),
        black=(cells.max(axis=3) <= 8).mean(axis=2).astype(np.float32),
        darkest=(low / 255).astype(np.float32),
        lightest=(high / 255).astype(np.float32),
    )


def make_scene(
    evidence: Evidence,
    find_people: Callable[[], People],
    tones: Tones,
    seed: str,
    unfit: str = "",
    look_closer: Callable[[People], People] = lambda known: known,
) -> Scene:
    """The scene with its regions, which every answer looks at and which are sought once. `look_closer`: given who was found."""
    facing = cache(find_people)
    regions = {fault: tuple(find_regions(evidence, fault, "search")) for fault in evidence.probability}
    return Scene(evidence, regions, facing, tones, seed, cache(lambda: look_closer(facing())), unfit)


def find_place(scene: Scene, name: str) -> Place | None:
    """The place that has to be looked for ("sky", "face", "brightest area"), or `None` where the image shows none."""
    finders: Mapping[str, Callable[[Scene], Place | None]] = {
        "background": _background,
        "subject": subject,
        "brightest area": lambda seen: Place("brightest area", (most(seen.evidence.lightness),)),
        "darkest area": lambda seen: Place("darkest area", (most(1 - seen.evidence.lightness),)),
        "sharpest area": lambda seen: Place("most detailed area", (most(seen.evidence.detail),)),
        "smoothest area": lambda seen: Place("smoothest area", (most(1 - seen.evidence.detail),)),
        "sky": _sky,
        "face": lambda seen: _people("face", "faces", seen.people.faces or seen.everybody.faces),
        "person": _person,
    }
    return finders[name](scene)


def _people(one: str, several: str, boxes: tuple[Box, ...]) -> Place | None:
    return Place(one if len(boxes) == 1 else several, boxes) if boxes else None


def _person(scene: Scene) -> Place | None:
    """Whole figures, or else the faces: a face is the part of a person that is sure."""
    return _people("person", "people", scene.everybody.persons) or _people("face", "faces", scene.everybody.faces)


def subject(scene: Scene) -> Place:
    """The faces, or else the most detailed part of the image, which says what it was taken for."""
    if scene.people.faces:
        place = _people("face", "faces", scene.people.faces)
        assert place is not None
        return place
    note = "I take the most detailed area for the subject."
    return Place("most detailed area", (most(scene.evidence.detail),), note=note)


def _background(scene: Scene) -> Place | None:
    """All round the subject, where the subject leaves room for one."""
    found = subject(scene)
    around = surround(enclosing(found.boxes))
    if not around or enclosing(found.boxes).area > 0.6:
        return None
    return Place("background", around, note=f"I take what lies round the {found.name} for the background.")


def _sky(scene: Scene) -> Place | None:
    """A large smooth part that touches the top, is wider than half the image, and is light or blue."""
    evidence, color = scene.evidence, _onto(scene.tones.color, scene.evidence.lightness.shape)
    blue = color[..., 2] >= color[..., 0] + 0.02
    smooth = evidence.detail <= max(0.3, float(np.quantile(evidence.detail, 0.3)))
    mask = smooth & (blue | (evidence.lightness > 0.6)) & (evidence.lightness > 0.2)
    mask[int(0.75 * len(mask)) :] = False
    part = largest_part(mask)
    if part is None or part[0].y1 > 0.06 or part[0].width < 0.5 or part[0].area * part[1] < 0.08:
        return None
    return Place("sky", (part[0],), note="I take the smooth, light area at the top for the sky.")


def _onto(values: GridMap, shape: tuple[int, ...]) -> GridMap:
    """A map on the grid of another."""
    return np.asarray(cv2.resize(values, (shape[1], shape[0]), interpolation=cv2.INTER_AREA), np.float32)
