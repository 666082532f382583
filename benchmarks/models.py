"""What our adapter costs over transformers itself, on random models of the real architectures: time, memory, forward passes, batches, boxes.

    python -m benchmarks.models [--only overhead|choose|batch|second|boxes] [--runs N] [--threads N]

The two sides of each comparison take turns; figures are medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

from core.backends import load
from core.backends.base import ImageInput, Message, Request
from core.backends.transformers_vlm.backend import HfModel
from core.boxes import Box, ImageSize
from core.grounded_text import compose
from core.images import Image
from tests import tiny_models

_TOKENS = 64
_SIZE = ImageSize(1000, 750)
_TINY: Mapping[str, int] = MappingProxyType({})
_WIDE = {"hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 6, "num_attention_heads": 8, "num_key_value_heads": 8}


def _model(family: str, folder: Path, sizes: Mapping[str, int] = _TINY, options: str = "") -> HfModel:
    path = folder / f"{family}{len(sizes)}"
    loaded = load(f"hf:{path if path.is_dir() else tiny_models.ALL[family](path, **sizes)}{options}")
    assert isinstance(loaded, HfModel)
    return loaded


def _image(seed: int) -> Image:
    return Image(np.random.default_rng(seed).integers(0, 255, (480, 640, 3), np.uint8), f"{seed:064}", "PNG")


def _request(seed: int, tokens: int = _TOKENS) -> Request:
    return Request((Message("user", "How good is the technical quality of this photograph?", (ImageInput(_image(seed)),)),), tokens)


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _in_turns(runs: int, *sides: Callable[[], Any]) -> list[list[float]]:
    """Seconds of each side in each round, the sides in turns and each first as often as last."""
    for side in sides:
        side()
    taken: list[list[float]] = [[] for _ in sides]
    for round_number in range(runs):
        order = range(len(sides)) if round_number % 2 else range(len(sides) - 1, -1, -1)
        for at in order:
            taken[at].append(_seconds(sides[at]))
    return taken


def _directly(model: HfModel, request: Request) -> Any:
    """The same reply by transformers alone: its processor, its `generate`, its `decode`."""
    import torch
    from PIL import Image as Pillow

    processor, inner = model.engine.processor, model.engine.model
    chat = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": request.messages[0].text}]}]
    text = processor.apply_chat_template(chat, chat_template=processor.chat_template or model.engine.family.template, add_generation_prompt=True)
    inputs = processor(text=[text], images=[Pillow.fromarray(request.messages[0].images[0].image.pixels)], return_tensors="pt")
    with torch.inference_mode():
        tokens = inner.generate(**inputs, max_new_tokens=request.max_new_tokens, do_sample=False)
    return processor.batch_decode(tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)[0]


def overhead(runs: int, folder: Path) -> None:
    """One generation through the adapter against the same by transformers alone; copies of the weights."""
    model = _model("llava", folder, _WIDE)
    request = _request(0)
    ours, theirs = _in_turns(runs * 3, lambda: model.generate([request]), lambda: _directly(model, request))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    weights = sum(parameter.numel() for parameter in model.engine.model.parameters())
    copies = _tensors_of(model) / weights
    print(f"overhead of a generation of {_TOKENS} tokens, {weights / 1e6:.0f} M weights: median {100 * (statistics.median(ratios) - 1):+.1f} % (goal under 5 %),")
    print(f"    {1000 * statistics.median(ours):.0f} ms against {1000 * statistics.median(theirs):.0f} ms, {len(ours)} rounds")
    print(f"copies of the weights in memory: {copies:.2f} (goal 1.00)")


def _tensors_of(model: HfModel) -> int:
    """Numbers in all live tensors as large as the model's, each storage once."""
    import gc

    import torch

    shapes = {tuple(parameter.shape) for parameter in model.engine.model.parameters()}
    found = (thing for thing in gc.get_objects() if isinstance(thing, torch.Tensor) and tuple(thing.shape) in shapes)
    return sum({tensor.untyped_storage().data_ptr(): tensor.numel() for tensor in found}.values())


def closed_set(runs: int, folder: Path) -> None:
    """Forward passes of a yes/no question, and its time against generating one token."""
    model = _model("llava", folder, _WIDE)
    passes: list[tuple[int, int]] = []
    hook = model.engine.model.get_output_embeddings().register_forward_hook(lambda _module, given, _out: passes.append(tuple(given[0].shape[:2])))
    model.choose([_request(0)], ["Yes", "No"])
    hook.remove()
    one = _request(0, tokens=1)
    ours, theirs = _in_turns(runs * 8, lambda: model.choose([one], ["Yes", "No"]), lambda: model.generate([one]))
    print(f"yes/no: {len(passes)} forward pass, {max(0, len(passes) - 1)} decoding steps (goal 1 and 0)")
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"    {1000 * statistics.median(ours):.1f} ms against {1000 * statistics.median(theirs):.1f} ms for generating one token: {ratio:.2f} times (goal 1.00)")


def batch(runs: int, folder: Path) -> None:
    """Throughput of 8 requests at once against one after the other, on the tiny LLaVA."""
    model = _model("llava", folder)
    requests = [_request(seed) for seed in range(8)]
    together, alone = _in_turns(runs * 2, lambda: model.generate(requests), lambda: [model.generate([request]) for request in requests])
    gain = statistics.median(b / a for a, b in zip(together, alone, strict=True))
    print(f"batch of 8 on the tiny LLaVA: {gain:.1f} times the throughput of batch 1 (goal 2), {8 * _TOKENS / statistics.median(together):,.0f} tokens/s")


def second(runs: int, folder: Path) -> None:
    """The longest wait for a piece of a stream while another model is loaded beside it."""
    model = _model("llava", folder)
    other = folder / f"llava{len(_WIDE)}"
    if not other.is_dir():
        tiny_models.llava(other, **_WIDE)
    quiet = _longest_wait(model, lambda: time.sleep(0.5))
    waits = [_longest_wait(model, lambda: load(f"hf:{other}")) for _ in range(runs)]
    print(f"a stream while another model loads: longest wait for a piece {1000 * statistics.median(waits):.0f} ms, {1000 * quiet:.0f} ms without")


def _longest_wait(model: HfModel, work: Callable[[], Any]) -> float:
    thread = threading.Thread(target=work)
    pieces = model.stream(_request(0, tokens=100_000))
    next(pieces)
    thread.start()
    waits = []
    while thread.is_alive():
        waits.append(_seconds(lambda: next(pieces)))
    pieces.close()  # type: ignore[attr-defined]  # a generator
    return max(waits)


def boxes(runs: int, folder: Path) -> None:
    """How far a corner moves on its way through each family's own form, in pixels of an image of 1000x750; Qwen's input is not shrunk."""
    for family in tiny_models.VISION:
        model = _model(family, folder, options="?max_pixels=1003520" if family.startswith("qwen") else "")
        moved = [_moved(model, box) for box in _boxes(200 * runs)]
        print(f"round trip of a box, {model.engine.family.title} ({family}): median {statistics.median(moved):.2f} px, worst {max(moved):.2f} px at 1,000 px")


def _boxes(count: int) -> Sequence[Box]:
    corners = np.sort(np.random.default_rng(0).uniform(0, 1, (count, 2, 2)), axis=1)
    return [Box(*pair.flatten().tolist()) for pair in corners if (pair[1] - pair[0]).min() > 0.02]


def _moved(model: HfModel, box: Box) -> float:
    (found,) = model.dialect.read(model.dialect.write(compose(("tower", [box])), _SIZE), _SIZE).boxes
    sides = (_SIZE.width, _SIZE.height) * 2
    return max(abs(a - b) * side for a, b, side in zip(box.as_tuple(), found.as_tuple(), sides, strict=True))


MEASURES = {"overhead": overhead, "choose": closed_set, "batch": batch, "second": second, "boxes": boxes}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=MEASURES, help="one measure")
    parser.add_argument("--runs", type=int, default=5, help="rounds, times a few for the short ones")
    parser.add_argument("--threads", type=int, default=2, help="threads of torch: the machine's cores or fewer")
    options = parser.parse_args(argv)
    import torch

    torch.set_num_threads(options.threads)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {options.threads} threads, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as name:
        for measure in [MEASURES[options.only]] if options.only else MEASURES.values():
            measure(options.runs, Path(name))


if __name__ == "__main__":
    main()
