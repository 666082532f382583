"""What is said where no judgement can be made: why not, and what can be asked instead. Never a box."""

from __future__ import annotations

from core.backends.embedded.targets import Unfound
from core.backends.embedded.wording import echo
from core.grounded_text import plain
from core.quality import Answer

_CAN_DO = (
    "I can tell you about blur, noise, compression, pixelation, banding, exposure, contrast and colour, in the whole image, in a box that you draw, "
    'or in places such as "the upper left".'
)
_NOT_ENGLISH = "I understand questions in English only. Please ask, for example: Is this part blurred?"
_NOT_QUALITY = f"I judge the technical quality of photographs, and that is not a question I can answer. {_CAN_DO}"
_NOT_MEASURED = f"I have no measure for that kind of fault, so I cannot judge it. {_CAN_DO}"
_NOT_UNDERSTOOD = f"I did not understand what the question asks about. {_CAN_DO}"
_NO_BEFORE = "I do not know what that refers to. Ask about a fault or a place first, for example: Where is the noise?"


def decline_language() -> Answer:
    return Answer(plain(_NOT_ENGLISH), "declined")


def decline_subject() -> Answer:
    return Answer(plain(_NOT_QUALITY), "declined")


def decline_unmeasured() -> Answer:
    return Answer(plain(_NOT_MEASURED), "declined")


def decline_unclear() -> Answer:
    return Answer(plain(_NOT_UNDERSTOOD), "declined")


def decline_reference() -> Answer:
    """A follow-up with nothing before it."""
    return Answer(plain(_NO_BEFORE), "declined")


def decline_comparison() -> Answer:
    return Answer(plain("To compare, I need two parts: draw two boxes, or name two places, such as the left side and the right side."), "declined")


def unfound(missing: Unfound) -> Answer:
    """A part that cannot be told: looked for and not there, or nothing that can be recognised at all."""
    name = echo(missing.name)
    if missing.looked_for:
        return Answer(plain(_LOOKED_FOR.get(name, f"I could not tell any {name} apart in this image. Draw a box round it and ask again.")), "absent")
    if name.split()[0] in ("this", "that", "these", "those"):
        return Answer(plain("Which part do you mean? Draw a box round it and ask again."), "declined")
    advice = 'Draw a box round it and ask again, or name a place such as "the upper left".'
    return Answer(plain(f'I cannot recognise things such as "{name}" in an image. {advice}'), "declined")


_LOOKED_FOR = {
    "face": "I looked for faces and found none that I am sure of. If there is one, draw a box round it and ask again.",
    "person": "I looked for people and found none that I am sure of. If there is one, draw a box round it and ask again.",
    "sky": "I looked for a sky, a smooth light area along the top, and found none. If there is one, draw a box round it and ask again.",
    "background": "I could not tell the background from the subject here. Draw a box round the part you mean and ask again.",
}
