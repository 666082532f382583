"""From a name to a model that is ready: `load_hf`. Everything that can be wrong with a folder is said before its weights are read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sized
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from threading import Lock
from typing import Any

from huggingface_hub.errors import StrictDataclassError

from core.backends.base import Report
from core.backends.devices import device_of, dtype_of
from core.backends.hub import model_folder
from core.backends.names import BackendName
from core.backends.prompts import Prompts
from core.backends.transformers_vlm.adapters import adapter_folder, with_adapter
from core.backends.transformers_vlm.backend import HfModel
from core.backends.transformers_vlm.families.base import FRACTIONS, Family, Processor
from core.backends.transformers_vlm.inputs import Engine
from core.backends.transformers_vlm.processors import load_processor, special_words, tokenizer_of
from core.backends.transformers_vlm.prompting import Prompter, special_tokens
from core.backends.transformers_vlm.weights import Found, look_through, read_json
from core.dialects import GRID_MARKUP, Dialect
from core.errors import BackendUnavailable

_LOG = logging.getLogger(__name__)
_ONE_AT_A_TIME = Lock()
"""transformers sets torch's default dtype while it builds a model, for all threads."""

_BROKEN = (
    OSError, ValueError, LookupError, TypeError, AttributeError, ImportError, RuntimeError, MemoryError, ArithmeticError, AssertionError, StrictDataclassError,
)  # fmt: skip
"""What a folder of nonsense makes transformers raise."""

_BOXES = ("native", "grid", "fractions")
_MAX_PIXELS = 1e9


def load_hf(name: BackendName, report: Report) -> HfModel:
    """The model of that name, on its device. Raises `BackendUnavailable` and `UnknownBackend`, which say what was found and what to do."""
    trust = name.word("remote_code", ("yes", "no"), "no") == "yes"
    name.word("boxes", _BOXES, "native")
    batch, max_pixels = int(name.number("batch", 8, 1, 512)), name.number("max_pixels", _MAX_PIXELS, 4096, _MAX_PIXELS)
    device, quantisation = device_of(name), _quantisation(name)
    folder = model_folder(name, report)
    report("looking through the files", 0.0)
    found = look_through(name.written, folder, trust=trust)
    adapter = adapter_folder(name, folder, report)
    with _ONE_AT_A_TIME:
        processor, family = _processor(name, found, max_pixels, trust=trust)
        family = replace(family, prompts=_prompts(name, family.prompts, (adapter, folder)))
        model = _model(name, replace(found, family=family), device, quantisation, report, trust=trust)
        marks_images = "token_type_ids" in signature(model.forward).parameters
        if adapter is not None:
            report("adding the adapter", 0.95)
            model = with_adapter(name, model, adapter, merge=not quantisation)
    report("ready", 1.0)
    limit = _MAX_PIXELS if family.limits_pixels else max_pixels
    tokenizer, ends = tokenizer_of(processor), _ends(model, processor)
    engine = Engine(name.written, family, model, processor, tokenizer, _devices(model), batch, _context(model), ends, limit, marks_images)
    prompter = Prompter(name.written, family, processor, special_tokens(special_words(processor)))
    return HfModel(name.written, _dialect(name, family, processor, (adapter, folder)), engine, prompter)


def _quantisation(name: BackendName) -> dict[str, Any]:
    """What to tell transformers of the `quantisation` option; empty without one."""
    wanted = name.word("quantisation", ("4bit", "8bit", "none"), "none")
    if wanted == "none":
        return {}
    if find_spec("bitsandbytes") is None:
        raise BackendUnavailable(f'Backend "{name.written}": quantisation needs bitsandbytes. Run "pip install bitsandbytes", or leave it out.')
    import torch
    from transformers import BitsAndBytesConfig

    if wanted == "8bit":
        return {"quantization_config": BitsAndBytesConfig(load_in_8bit=True)}
    return {"quantization_config": BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)}


def _processor(name: BackendName, found: Found, max_pixels: float, *, trust: bool) -> tuple[Processor, Family]:
    from transformers import AutoConfig

    family, what = found.family, "its config.json"
    try:
        AutoConfig.from_pretrained(found.folder, trust_remote_code=trust)
        what = "its processor or tokenizer"
        processor = load_processor(found.folder, family, trust=trust)
    except _BROKEN as error:
        raise _unreadable(name, what, error) from error
    _complete(processor, found.config)
    if family.render is None and not (processor.chat_template or family.template):
        raise BackendUnavailable(f'Backend "{name.written}" brings no chat template, so nobody can tell how it is asked. Put a chat_template.jinja beside it.')
    if family.limits_pixels and max_pixels < _MAX_PIXELS:
        images = processor.image_processor
        images.size = {"shortest_edge": min(images.size["shortest_edge"], int(max_pixels)), "longest_edge": int(max_pixels)}
    return processor, family


def _complete(processor: Processor, config: Mapping[str, Any]) -> None:
    """Older folders leave to the config what LLaVA's processors have to know of the vision tower, a CLIP with one token for the class."""
    vision = config.get("vision_config")
    if vars(processor).get("patch_size", 0) is None and isinstance(vision, dict):
        processor.patch_size = vision.get("patch_size", 14)
    if vars(processor).get("vision_feature_select_strategy", "") is None:
        processor.vision_feature_select_strategy = config.get("vision_feature_select_strategy", "default")
        processor.num_additional_image_tokens = 1


def _model(name: BackendName, found: Found, device: Any, quantisation: Mapping[str, Any], report: Report, *, trust: bool) -> Any:
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    kind: Any = AutoModelForImageTextToText if found.family.sees_images else AutoModelForCausalLM
    spread = name.options.get("device_map")
    options = {"use_safetensors": True, "dtype": dtype_of(name, device), "trust_remote_code": trust, "output_loading_info": True, **quantisation}
    options["ignore_mismatched_sizes"] = True  # they are refused below, by name
    try:
        with _told(report, f"loading {found.bytes / 1e9:.1f} GB of weights"):
            model, loaded = kind.from_pretrained(found.folder, device_map=spread or device, **options)
    except _BROKEN as error:
        raise _unreadable(name, "its weights", error) from error
    if lacking := sorted([*loaded["missing_keys"], *(key for key, *_ in loaded["mismatched_keys"])]):
        raise BackendUnavailable(
            f'Backend "{name.written}": {len(lacking)} tensors that {type(model).__name__} needs are not in the weights, such as {lacking[0]}. '
            "The weights are of another model, or half-downloaded: download them again."
        )
    if loaded["unexpected_keys"]:
        _LOG.warning("%s: %d tensors of the weights have no place in %s", name.written, len(loaded["unexpected_keys"]), type(model).__name__)
    _plain_generation(model)
    return model.eval()


@contextmanager
def _told(report: Report, what: str) -> Iterator[None]:
    """Tells of transformers' progress through the weights, in place of its bar."""
    from transformers.utils import logging

    def hook(make: Callable[..., Any], given: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return _counted(given[0], report, what) if given and isinstance(given[0], Sized) else make(*given, **options)

    report(what, 0.1)
    before = logging.set_tqdm_hook(hook)
    try:
        yield
    finally:
        logging.set_tqdm_hook(before)


def _counted(tensors: Any, report: Report, what: str) -> Iterator[Any]:
    for done, tensor in enumerate(tensors, start=1):
        yield tensor
        report(what, 0.1 + 0.8 * done / len(tensors))


def _unreadable(name: BackendName, what: str, error: Exception) -> BackendUnavailable:
    first = (" ".join(str(error).split()) or type(error).__name__)[:300]
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower() or "can't allocate" in str(error):
        return BackendUnavailable(f'Backend "{name.written}" does not fit into memory. Try dtype=bfloat16, quantisation=4bit or device_map=auto.')
    if isinstance(error, ImportError) or "to be installed" in first:
        return BackendUnavailable(f'Backend "{name.written}": {what} needs a package that is not installed: {first}. Install it, or serve the model: openai:ADDRESS#NAME.')
    return BackendUnavailable(f'Backend "{name.written}": {what} cannot be loaded: {first}. Download the model again, or choose another.')


def _plain_generation(model: Any) -> None:
    """Takes out of the checkpoint what would change replies unasked (sampling, penalties); the tokens that end a reply stay in `_ends`."""
    from transformers import GenerationConfig

    for part in model.modules():
        own = vars(part).get("generation_config")
        if own is not None:
            part.generation_config = GenerationConfig(bos_token_id=own.bos_token_id, eos_token_id=own.eos_token_id, pad_token_id=own.pad_token_id)


def _ends(model: Any, processor: Processor) -> tuple[int, ...]:
    own = vars(model).get("generation_config")
    told = own.eos_token_id if own is not None else None
    listed = told if isinstance(told, list) else [told]
    return tuple(dict.fromkeys(token for token in [*listed, tokenizer_of(processor).eos_token_id] if token is not None))


def _devices(model: Any) -> tuple[str, ...]:
    return tuple(sorted({str(parameter.device) for parameter in model.parameters()}))


def _context(model: Any) -> int:
    """How many tokens it can read; 0 where its config does not say."""
    try:
        return int(model.config.get_text_config().max_position_embeddings)
    except (AttributeError, TypeError):
        return 0


def _prompts(name: BackendName, own: Prompts, folders: tuple[Path | None, Path]) -> Prompts:
    """The words that a training left in giqa.json beside the adapter or the model, else the family's."""
    told = (read_json(name.written, folder / "giqa.json").get("prompts") for folder in folders if folder is not None)
    said: Any = next(filter(None, told), {})
    try:
        prompts = replace(own, **said)
        for words in asdict(prompts).values():
            words.format(boxes="", subject="", choices="", absent="", standard="", reference="", said="")
    except (TypeError, AttributeError, LookupError, ValueError) as error:
        raise BackendUnavailable(f'Backend "{name.written}": the prompts in its giqa.json cannot be used ({error}). Correct them, or take them out.') from error
    return prompts


def _dialect(name: BackendName, family: Family, processor: Processor, folders: tuple[Path | None, Path]) -> Dialect:
    """The `boxes` option, else what the adapter's or the model's own giqa.json says, else the family's."""
    said = [name.options.get("boxes"), *(read_json(name.written, folder / "giqa.json").get("boxes") for folder in folders if folder is not None)]
    word = next((found for found in said if found is not None), "native")
    if word not in _BOXES:
        raise BackendUnavailable(f'Backend "{name.written}": its giqa.json says boxes "{word}", known are {", ".join(_BOXES)}. Correct it, or add boxes=grid.')
    if word == "native":
        return family.dialect(processor)
    return FRACTIONS if word == "fractions" else GRID_MARKUP
