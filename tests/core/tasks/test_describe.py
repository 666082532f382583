"""Describing, by a model that judges for itself and by one that is prompted."""

from __future__ import annotations

from threading import Event

import pytest

from core.backends.scripted import Rule, Script, ScriptedBackend
from core.boxes import Box
from core.codecs import Fractions, GiqaGrid
from core.dialects import GRID_MARKUP, Markup
from core.errors import Cancelled, MissingCapability
from core.grounded_text import compose, plain
from core.tasks import describe
from core.tasks.describe import stream_description
from core.tasks.reading import read_reply

SKY = GiqaGrid().decode((0, 199))


def test_a_quality_model_describes_by_itself(critic, image) -> None:
    assert describe(critic, image) == plain("An image of 40 pixels.")


def test_a_prompted_models_reply_is_read_with_its_boxes(scripted, image) -> None:
    reply = "  The [sky](<0, 199>) is noisy.\n"
    assert describe(scripted(default=reply), image) == compose("The ", ("sky", [SKY]), " is noisy.")


def test_the_prompt_shows_the_image_once_and_the_models_own_way_to_write_boxes(scripted, image) -> None:
    backend = scripted()
    describe(backend, image)
    (request,) = backend.asked
    (message,) = request.messages
    assert message.speaker == "user" and [shown.image for shown in message.images] == [image]
    assert message.text.endswith("Give positions like this: [object](<124, 311>).")
    assert request.temperature == 0


def test_boxes_are_asked_for_and_read_in_the_models_own_codec(image) -> None:
    backend = ScriptedBackend(Script(default="A [cat](<0.10, 0.20, 0.30, 0.40>)."), dialect=Markup(lambda size: Fractions()))
    assert describe(backend, image) == compose("A ", ("cat", [Box(0.1, 0.2, 0.3, 0.4)]), ".")
    assert "[object](<0.20, 0.30, 0.60, 0.80>)" in backend.asked[0].messages[0].text


@pytest.mark.parametrize(
    ("reply", "text", "problems"),
    [
        pytest.param("", "", [], id="silence"),
        pytest.param("The [sky](<0, 400>).", "The sky.", ["Cell 400 is outside the 20x20 grid: cells run from 0 to 399."], id="cell 400"),
        pytest.param("The [sky](<0, 19", "The [sky](<0, 19", ["The text ends in the middle of a phrase's boxes."], id="cut off"),
        pytest.param("<script>${x}</script>", "<script>${x}</script>", [], id="html stays text"),
    ],
)
def test_a_models_slips_are_kept_as_problems(reply: str, text: str, problems: list[str], scripted, image) -> None:
    grounded = describe(scripted(default=reply), image)
    assert (grounded.text, grounded.phrases, [problem.message for problem in grounded.problems]) == (text, (), problems)


def test_an_endless_model_ends(image) -> None:
    backend = ScriptedBackend(Script((Rule("photograph", "noise ", endless=True),)))
    assert describe(backend, image).text == ("noise " * 512).strip()


def test_a_backend_that_can_do_neither_is_refused(mute, image) -> None:
    with pytest.raises(MissingCapability) as refusal:
        describe(mute, image)
    assert str(refusal.value) == (
        'Describing an image: this needs a vision-language model, and backend "mute" is nothing that can be asked. Choose another backend.'
    )


def test_a_description_is_shown_as_it_grows_and_ends_whole(scripted, image) -> None:
    backend = scripted(default="The [sky](<0, 199>) is noisy.")
    seen = list(stream_description(backend, image))
    assert [one.text for one in seen][:2] == ["The", "The sky"] and len(seen) > 3 and all("[" not in one.text for one in seen)
    assert seen[-1] == describe(backend, image) and seen[-1].raw == "The [sky](<0, 199>) is noisy."


def test_a_stream_that_is_cancelled_says_so(scripted, image) -> None:
    cancel = Event()
    grown = stream_description(scripted(Rule("photograph", "noise ", endless=True)), image, cancel)
    next(grown)
    cancel.set()
    with pytest.raises(Cancelled):
        list(grown)


def test_a_flood_of_boxes_is_cut_and_counted(scripted, image) -> None:
    flood = " ".join(f"[a{n}](<{n % 380}, {n % 380 + 19}>)" for n in range(10_000))
    grounded, _ = read_reply(flood, GRID_MARKUP, image.size)
    assert sum(len(phrase.boxes) for phrase in grounded.phrases) == 100
    assert grounded.problems[-1].message.startswith("The reply holds ")
