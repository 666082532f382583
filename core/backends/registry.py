"""Names of backends -> import paths. A backend's module, and with it torch, is imported when its name is loaded and not before."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from core.backends.base import Backend, Report
from core.backends.names import BackendName, parse_name
from core.errors import UnknownBackend


@dataclass(frozen=True, slots=True)
class Family:
    """`path`: a function that takes the name and a report. `target`: what stands after the colon, in capitals. `alone`: the family is a name without it."""

    path: str
    target: str
    options: tuple[str, ...] = ()
    takes_model: bool = False
    alone: bool = False


_PLACE = ("device", "dtype", "revision")

_FAMILIES: Mapping[str, Family] = MappingProxyType({
    "embedded": Family("core.backends.embedded.backend:load_embedded", "FOLDER", alone=True),
    "hf": Family(
        "core.backends.transformers_vlm.loading:load_hf",
        "MODEL",
        (*_PLACE, "adapter", "device_map", "quantisation", "max_pixels", "boxes", "batch", "remote_code"),
    ),
    "openai": Family("core.backends.openai_api:load_openai", "ADDRESS#NAME", ("boxes", "concurrency", "timeout", "retries", "text_only"), takes_model=True),
    "grounding-dino": Family("core.backends.grounding_dino:load_grounding_dino", "MODEL", (*_PLACE, "threshold", "nms")),
    "mm-grounding-dino": Family("core.backends.grounding_dino:load_grounding_dino", "MODEL", (*_PLACE, "threshold", "nms")),
    "owlv2": Family("core.backends.owlv2:load_owlv2", "MODEL", (*_PLACE, "threshold", "nms")),
    "sam": Family("core.backends.sam:load_sam", "MODEL", (*_PLACE, "points", "threshold", "nms")),
    "sentence": Family("core.backends.sentence_similarity:load_sentence", "MODEL", _PLACE),
    "scripted": Family("core.backends.scripted:load_scripted", "PATH"),
})

_REFUSED = re.compile(r"mplug[-_]?owl[-_]?[23]|one[-_]?align", re.IGNORECASE)


def _silent(_what: str, _share: float | None) -> None: ...


def load(name: str, report: Report = _silent) -> Backend:
    """The backend of that name, ready to be asked. Names come from the operator only: one can reach the disk and the network.

    Raises `UnknownBackend` (with the nearest name) and `BackendUnavailable` (its weights, package or server is missing).
    """
    read = read_name(name)
    family = _FAMILIES[read.family]
    module, _, function = family.path.partition(":")
    make = vars(importlib.import_module(module))[function]
    backend: Backend = make(read, report)
    return backend


def read_name(name: str) -> BackendName:
    """The name in its parts; raises `UnknownBackend` for one that `load` could never load; imports nothing."""
    word, colon, rest = name.partition(":")
    family = _FAMILIES.get(word)
    if family is None:
        near = get_close_matches(word.lower(), _FAMILIES, n=1)
        hint = f' Did you mean "{near[0] if _FAMILIES[near[0]].alone else _spelled(near[0])}"?' if near else ""
        raise UnknownBackend(f'No backend "{name}".{hint} Known: {", ".join(known_names())}.')
    read = parse_name(name, family.options, takes_model=family.takes_model)
    if not (read.target and (read.model or not family.takes_model)) and (colon or not family.alone):
        alone = f', or "{word}" alone' if family.alone else ""
        raise UnknownBackend(f'Backend "{name}" lacks a part: write "{_spelled(word)}"{alone}.')
    if word == "hf" and _REFUSED.search(rest):
        raise UnknownBackend(
            f'Backend "{name}": the code of mPLUG-Owl2, mPLUG-Owl3 and OneAlign does not run on transformers 5. '
            "Serve such a model in an environment of its own, and name that server: openai:ADDRESS#NAME."
        )
    return read


def holds_weights(name: BackendName) -> bool:
    """Whether its family loads weights into this machine's memory, from a folder or the hub."""
    return _FAMILIES[name.family].target == "MODEL"


def known_names() -> tuple[str, ...]:
    """Every name, families with the part that follows the colon in capitals."""
    return tuple(spelled for name, family in _FAMILIES.items() for spelled in ((name, _spelled(name)) if family.alone else (_spelled(name),)))


def _spelled(name: str) -> str:
    return f"{name}:{_FAMILIES[name].target}"
