"""Proof of learning: what a model gains from what it is taught.

    python -m benchmarks.learning embedded --photos DIR [--out DIR] [--family pixelation] [--seeds 3]
    python -m benchmarks.learning sft ...

`embedded`: an annotator of the embedded model's own loop, simulated. A small model is trained without one family of faults. Photographs with all families come
in as tasks; the annotator draws the true box and names the fault of 25, 50, 100, 200 of them, in random order or the most uncertain first (as
`core.tasks.uncertainty` orders them), and the model is taught by `train.teaching`, as `python -m train embedded --corrections` does. Measured on photographs
that neither saw: yes or no about a region, for the family that was left out and for the old ones. `sft` is `benchmarks.learning_sft`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from core.quality import Fault


def main(argv: Sequence[str] | None = None) -> None:
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["sft"]:
        importlib.import_module("benchmarks.learning_sft").main(words[1:])
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("half", nargs="?", choices=("embedded", "sft"), default="embedded")
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="folder of near-pristine photographs, 60 or more")
    parser.add_argument("--out", type=Path, default=Path("runs/learning"), metavar="DIR", help="for the small model, which is kept, the figures and the plot")
    parser.add_argument("--family", type=Fault, choices=tuple(Fault), default=Fault.PIXELATION, help="left out of the first training (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=3, help="orders and teachings (default: %(default)s)")
    options = parser.parse_args(words)
    from benchmarks.learning_embedded import run  # torch takes seconds to import

    run(options.photos, options.out, options.family, options.seeds)


if __name__ == "__main__":
    main()
