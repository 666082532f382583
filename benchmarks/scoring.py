"""`python -m benchmarks.scoring [PHOTOS]`: how right and how fast scoring and comparing are. PHOTOS: a folder of good photographs that no training has seen;
without it those that scikit-image ships, which are few. `--photographs N` looks at the first N (default 20)."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import cv2
import numpy as np
import skimage
from tqdm import tqdm

from benchmarks.photographs import jpeg
from core.backends.base import Request, Segment
from core.backends.embedded.backend import EmbeddedBackend
from core.backends.embedded.weights import load_model
from core.backends.scripted import Script, ScriptedBackend
from core.comparison import SWAPPED
from core.distortions import TAXONOMY
from core.errors import InvalidInput
from core.evaluation.correlation import correlations
from core.images import Image, encode_png, open_image, thumbnail
from core.tasks import compare, score
from core.tasks.compare import identify

_SHIPPED = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")
_SIDE = 768
_CALL_SECONDS = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring", description=__doc__)
    parser.add_argument("photos", type=Path, nargs="?", help="a folder of good photographs")
    parser.add_argument("--photographs", type=int, default=20, metavar="N", help="at most so many (default: %(default)s)")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    photographs = _photographs(options.photos, options.photographs)
    backend = EmbeddedBackend(load_model())
    _rights(backend, photographs)
    _falls(backend, photographs)
    _overhead(photographs[0])
    _folder(backend)
    _large(backend)


def _photographs(folder: Path | None, most: int) -> list[Image]:
    paths = sorted(folder.rglob("*")) if folder else [Path(skimage.__file__).parent / "data" / name for name in _SHIPPED]
    found = list[Image]()
    for path in paths:
        if len(found) < most and path.is_file():
            try:
                found.append(thumbnail(open_image(path), _SIDE))
            except InvalidInput:
                continue
    return found


def _distorted(image: Image, name: str, severity: int, seed: int) -> Image:
    return open_image(encode_png(TAXONOMY[name].apply(image.pixels, severity, np.random.default_rng(seed))))


@dataclass(slots=True)
class _Tally:
    gained: list[float] = field(default_factory=list)
    swapped: list[bool] = field(default_factory=list)
    named: list[bool] = field(default_factory=list)


def _rights(backend: EmbeddedBackend, photographs: Sequence[Image]) -> None:
    """Pairs of one photograph under one distortion at two severities, a tie counting half; both orders; the class of the stronger."""
    rng = np.random.default_rng(0)
    tallies = {True: _Tally(), False: _Tally()}
    for number, image in enumerate(tqdm(photographs, desc="pairs")):
        for name in TAXONOMY:
            low, high = sorted(rng.choice(np.arange(1, 6), 2, replace=False).tolist())
            mild, strong = (_distorted(image, name, severity, number) for severity in (low, high))
            for with_reference, tally in tallies.items():
                _judge(backend, mild, strong, image if with_reference else None, tally, TAXONOMY[name].family)
    for with_reference, tally in tallies.items():
        told = "with reference" if with_reference else "without"
        print(f"A/B accuracy {told}: {np.mean(tally.gained):.3f} of {len(tally.gained)} pairs (goal {'.90' if with_reference else '.85'})")
        print(f"swap consistency {told}: {np.mean(tally.swapped):.3f} (goal 1.0); distortion named right, one of twelve: {np.mean(tally.named):.3f}")


def _judge(backend: EmbeddedBackend, mild: Image, strong: Image, reference: Image | None, tally: _Tally, family: str) -> None:
    there, back = compare(backend, mild, strong, reference), compare(backend, strong, mild, reference)
    tally.gained.append({"a": 1.0, "tie": 0.5, "b": 0.0}[there.preference])
    tally.swapped.append(SWAPPED[there.preference] == back.preference)
    tally.named.append(identify(backend, strong, reference, several=False).classes == (family,))


def _falls(backend: EmbeddedBackend, photographs: Sequence[Image]) -> None:
    """How the mean score goes with the severity, for each distortion."""
    rising = list[str]()
    for name in tqdm(TAXONOMY, desc="severities"):
        means = [_mean_score(backend, photographs, name, severity) for severity in range(1, 6)]
        if (correlations(range(1, 6), means).srcc or 0.0) >= 0:
            rising.append(name)
    falls = len(TAXONOMY) - len(rising)
    told = f"negative for {falls} of {len(TAXONOMY)} distortions (goal 32); not for {', '.join(rising) or 'none'}"
    print(f"severity and mean score over {len(photographs)} photographs: {told}")


def _mean_score(backend: EmbeddedBackend, photographs: Sequence[Image], name: str, severity: int) -> float:
    values = [score(backend, _distorted(image, name, severity, number)).value for number, image in enumerate(photographs)]
    return float(np.mean([value for value in values if value is not None]))


@dataclass
class _Timed(ScriptedBackend):
    """A model whose calls take a known time."""

    spent: float = 0.0

    def generate(self, requests: Sequence[Request], cancel: Event | None = None) -> list[str]:
        time.sleep(_CALL_SECONDS * len(requests))
        self.spent += _CALL_SECONDS * len(requests)
        return ["5"] * len(requests)


@dataclass
class _Parts:
    """Twenty strips, found in no time."""

    name: str = "strips"

    def segment(self, image: Image, boxes: object = (), points: object = ()) -> list[Segment]:
        from core.backends.vision.segments import to_segment

        masks = [np.zeros(image.pixels.shape[:2], np.bool_) for _ in range(20)]
        for mask, columns in zip(masks, np.array_split(np.arange(image.size.width), 20), strict=True):
            mask[:, columns] = True
        return [segment for mask in masks if (segment := to_segment(mask, 1.0))]


def _overhead(image: Image) -> None:
    model, segmenter = _Timed(Script(())), _Parts()
    seconds = _seconds(lambda: score(model, image, method="mixed", segmenter=segmenter))
    finding = _seconds(lambda: segmenter.segment(thumbnail(image, 1024)))
    print(f"mix-grained scoring, 21 calls of {1000 * _CALL_SECONDS:.0f} ms: {100 * (seconds - finding - model.spent) / model.spent:.1f} % beside the calls (goal under 5)")


def _folder(backend: EmbeddedBackend) -> None:
    """From files to scores, with as many threads as cores."""
    files = [jpeg(1_200, 850, seed) for seed in range(100)]
    with ThreadPoolExecutor(2) as threads:
        seconds = _seconds(lambda: list(threads.map(lambda data: score(backend, open_image(data)), files)))
    print(f"100 one-megapixel photographs scored: {seconds:.1f} s in two threads (goal 15)")


def _large(backend: EmbeddedBackend) -> None:
    one, other = (open_image(jpeg(6_000, 4_000, seed)) for seed in (1, 2))
    alone, beside = _seconds(lambda: compare(backend, one, other)), _seconds(lambda: compare(backend, one, other, one))
    print(f"a 24-megapixel pair compared: {alone:.1f} s, with a reference {beside:.1f} s")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
