"""DepictQA's tasks (ECCV 2024; DepictQA-Wild, TIP 2025): describe one image's distortions, compare two, reason which factors weigh how; each with or without
a reference, brief or detailed. Also: name distortions among twelve classes, and score by voting over pairs."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event

from core.backends.base import Backend, PairModel
from core.backends.capabilities import require_vision_language_model
from core.comparison import Comparison, Detail, Identified, PairText, Side
from core.errors import InvalidInput
from core.images import Image
from core.tasks.compare.asking import ask_better, ask_classes, ask_distortions, ask_reasons
from core.tasks.compare.reading import CLASSES
from core.tasks.compare.voting import vote

__all__ = ["CLASSES", "compare", "describe_distortions", "identify", "named_beside", "vote"]


def compare(backend: Backend, a: Image | None, b: Image | None, reference: Image | None = None, *, detail: Detail = "brief", cancel: Event | None = None) -> Comparison:
    """Which of the two is better; `detailed` gives the reasons with boxes in A or B. A prompted model is asked in both orders, and where they disagree it is a tie.

    Raises `InvalidInput` where an image is missing, `MissingCapability` for a backend that compares nothing or takes one image only, and `Cancelled`.
    """
    if a is None or b is None:
        missing = [name for name, image in (("A", a), ("B", b)) if image is None]
        raise InvalidInput(f"Image {' and image '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: a comparison needs both.")
    if isinstance(backend, PairModel):
        return backend.compare(a, b, reference, detail)
    model = require_vision_language_model(backend, "Comparing images")
    found = ask_better(model, a, b, reference, cancel)
    return ask_reasons(model, a, b, reference, found, cancel) if detail == "detailed" else found


def describe_distortions(
    backend: Backend, image: Image, reference: Image | None = None, *, detail: Detail = "detailed", cancel: Event | None = None
) -> PairText:
    """What is wrong with the image, against its reference where there is one; phrases hold boxes in the image (side "a")."""
    if isinstance(backend, PairModel):
        return backend.describe_distortions(image, reference, detail)
    return ask_distortions(require_vision_language_model(backend, "Describing distortions"), image, reference, detail, cancel)


def identify(backend: Backend, image: Image, reference: Image | None = None, *, several: bool = True, cancel: Event | None = None) -> Identified:
    """The image's distortions among the twelve classes, one or `several`."""
    if isinstance(backend, PairModel):
        return backend.identify(image, reference, several=several)
    return ask_classes(require_vision_language_model(backend, "Naming distortions"), image, reference, several=several, cancel=cancel)


def named_beside(
    backend: Backend, found: Comparison, a: Image, b: Image, reference: Image | None = None, *, cancel: Event | None = None
) -> Mapping[Side, Identified]:
    """The distortions of a pair that was compared: of both against a reference of their scene; of the worse against the better where the two show one scene, for
    what both have is the scene's own; else of each by itself."""
    pairs: dict[Side, tuple[Image, Image | None]]
    if found.scene == "same" and found.reference_scene != "same":
        pairs = {"b": (b, a)} if found.preference == "a" else {"a": (a, b)} if found.preference == "b" else {}
    else:
        beside = None if found.reference_scene == "different" else reference
        pairs = {"a": (a, beside), "b": (b, beside)}
    return {side: identify(backend, image, other, cancel=cancel) for side, (image, other) in pairs.items()}
