"""Why a fault is claimed: what was measured in its place, in words. Figures come from the image's own tones and detail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.backends.embedded.evidence import GridMap
from core.backends.embedded.places import mean_in
from core.backends.embedded.scene import Scene
from core.boxes import Box
from core.quality import Fault

_HUES = ("red", "orange", "yellow", "green", "green", "green", "cyan", "blue", "blue", "violet", "magenta", "pink")  # every 30 degrees of hue


def reason(scene: Scene, fault: Fault, boxes: Sequence[Box]) -> str:
    """A clause without a full stop that says what shows the fault in the boxes."""
    reasons: Mapping[Fault, Callable[[], str]] = {
        Fault.BLUR: lambda: _blur(scene, boxes),
        Fault.MOTION_BLUR: lambda: "edges are drawn out along one direction, as by a moving camera or subject",
        Fault.NOISE: lambda: "grain that belongs to no surface shows even where the picture should be smooth",
        Fault.JPEG: lambda: "the borders of small square blocks show through, and edges have ripples, as strong JPEG compression leaves them",
        Fault.OVEREXPOSED: lambda: _light(scene, boxes),
        Fault.UNDEREXPOSED: lambda: _dark(scene, boxes),
        Fault.LOW_CONTRAST: lambda: _contrast(scene, boxes),
        Fault.COLOR_CAST: lambda: _cast(scene, boxes),
        Fault.SATURATION: lambda: _saturation(scene, boxes),
        Fault.PIXELATION: lambda: "squares of one colour stand where detail should be",
        Fault.BANDING: lambda: "smooth transitions break into steps of a few tones",
    }
    return reasons[fault]()


def good_reason(scene: Scene, faults: Sequence[Fault], boxes: Sequence[Box]) -> str:
    """The same for a virtue: what shows that the faults are not there."""
    if Fault.OVEREXPOSED in faults or Fault.UNDEREXPOSED in faults:
        white, black = _percent(mean_in(scene.tones.white, boxes)), _percent(mean_in(scene.tones.black, boxes))
        return f"{white} of it is clipped to white and {black} to black"
    if Fault.LOW_CONTRAST in faults and len(faults) < 3:
        return f"its tones run {_tone_range(scene, boxes)}"
    if Fault.BLUR in faults and len(faults) < 4:
        return "edges are steep, and fine structure is kept"
    if Fault.NOISE in faults and len(faults) < 4:
        return "smooth surfaces are smooth, without grain"
    return "none of the faults that I look for is strong enough there to be seen"


def _blur(scene: Scene, boxes: Sequence[Box]) -> str:
    here, best = mean_in(scene.evidence.detail, boxes), float(np.quantile(scene.evidence.detail, 0.95))
    if best > 0.05 and here < 0.8 * best:
        return f"fine detail is missing, and edges are spread out: it holds {_percent(here / best)} of the detail of the most detailed parts"
    return "fine detail is missing, and edges are spread out instead of being crisp"


def _light(scene: Scene, boxes: Sequence[Box]) -> str:
    clipped = mean_in(scene.tones.white, boxes)
    if clipped >= 0.02:
        return f"{_percent(clipped)} of it is clipped to white, where no detail is left"
    return f"its tones are pushed up: they run {_tone_range(scene, boxes)}"


def _dark(scene: Scene, boxes: Sequence[Box]) -> str:
    clipped = mean_in(scene.tones.black, boxes)
    if clipped >= 0.02:
        return f"{_percent(clipped)} of it is sunk to black, where no detail is left"
    return f"its tones are pushed down: they run {_tone_range(scene, boxes)}"


def _contrast(scene: Scene, boxes: Sequence[Box]) -> str:
    return f"its tones lie close together: they run {_tone_range(scene, boxes)}"


def _tone_range(scene: Scene, boxes: Sequence[Box]) -> str:
    """From where to where the middle of the tones reaches, on a scale from black (0 %) to white (100 %)."""
    low, high = mean_in(scene.tones.darkest, boxes), mean_in(scene.tones.lightest, boxes)
    return f"from {_percent(low)} to {_percent(high)} on the way from black to white"


def _cast(scene: Scene, boxes: Sequence[Box]) -> str:
    tint = cast_name(scene, boxes)
    return f"tones that should be neutral lean towards {tint}" if tint else "tones that should be neutral are tinted"


def cast_name(scene: Scene, boxes: Sequence[Box]) -> str:
    """The colour that the mean of the boxes leans towards, empty where it leans too little to name."""
    red, green, blue = (mean_in(_channel(scene.tones.color, index), boxes) for index in range(3))
    high, low = max(red, green, blue), min(red, green, blue)
    if high - low < 0.03:
        return ""
    hue = 60 * ((green - blue) / (high - low) % 6) if high == red else 60 * ((blue - red) / (high - low) + 2) if high == green else 60 * ((red - green) / (high - low) + 4)
    return _HUES[round(hue / 30) % 12]


def is_oversaturated(scene: Scene, boxes: Sequence[Box]) -> bool:
    """Whether unnatural saturation means too much of it, by the strength of the colours that are there."""
    return mean_in(scene.evidence.colorfulness, boxes) >= 0.3


def _saturation(scene: Scene, boxes: Sequence[Box]) -> str:
    if is_oversaturated(scene, boxes):
        return "colours are stronger than natural, so that shades of one colour run together"
    return "colours are paler than natural, close to grey"


def _channel(color: GridMap, index: int) -> GridMap:
    return np.ascontiguousarray(color[..., index])


def _percent(share: float) -> str:
    return "less than 1 %" if 0 < share < 0.005 else f"{100 * min(1.0, share):.0f} %"
