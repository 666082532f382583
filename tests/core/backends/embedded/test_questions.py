"""How questions are understood: degrees, extents, languages and follow-ups. Wordings: test_question_wordings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backends.embedded.claims import Claim
from core.backends.embedded.questions import Question, is_foreign, understand
from core.boxes import Box
from core.codecs import GiqaGrid
from core.grounded_text import parse, plain
from core.quality import Answer, Fault, Turn


def _claim_text(claim: Claim) -> str:
    sign = {"fault": "+", "virtue": "-", "aspect": "~"}[claim.role]
    if len(claim.faults) == len(Fault):
        return sign + ("quality" if "quality" in claim.name else "all")
    return sign + ",".join(fault.value for fault in claim.faults)


def _summary(question: Question) -> tuple[str, str, str]:
    if question.problem:
        return question.problem, "", ""
    mentions = [mention.name if mention.kind in ("place", "noun") else mention.kind for mention in question.mentions]
    return question.kind, " ".join(map(_claim_text, question.claims)), " ".join(name.replace(" ", "_") for name in mentions)


@pytest.mark.parametrize(
    ("question", "degree"),
    [
        pytest.param("Which is blurrier, left or right?", "more", id="a comparative"),
        pytest.param("Which part is the noisiest?", "most", id="a superlative"),
        pytest.param("Which has more noise, the top or the bottom?", "more", id="more of a noun"),
        pytest.param("Where is the most noise?", "most", id="most of a noun"),
        pytest.param("What is the biggest fault?", "most", id="the biggest"),
        pytest.param("Is the face sharp?", "plain", id="no comparison"),
    ],
)
def test_degrees_are_told_apart(question: str, degree: str) -> None:
    assert understand(plain(question)).claims[0].degree == degree


@pytest.mark.parametrize(
    ("question", "extent"),
    [
        pytest.param("Is it very noisy?", "strong", id="very"),
        pytest.param("Is the noise severe?", "strong", id="severe"),
        pytest.param("Is it only slightly noisy?", "mild", id="only slightly"),
        pytest.param("Is the noise slight?", "mild", id="slight"),
        pytest.param("Is it a bit noisy?", "", id="a bit is a manner of speaking"),
        pytest.param("Is the whole image noisy?", "everywhere", id="the whole image"),
        pytest.param("Is noise the main problem?", "main", id="the main problem"),
        pytest.param("Is noise the only problem?", "only", id="the only problem"),
        pytest.param("Is it noisy?", "", id="plain"),
    ],
)
def test_what_a_claim_must_amount_to_is_understood(question: str, extent: str) -> None:
    assert understand(plain(question)).extent == extent


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        pytest.param("Le ciel est-il flou dans la photo ?", True, id="French"),
        pytest.param("Warum ist das Bild unscharf?", True, id="German"),
        pytest.param("¿Por qué está borrosa la imagen?", True, id="Spanish"),
        pytest.param("Dove è la sfocata?", True, id="Italian"),
        pytest.param("照片清晰吗", True, id="Chinese"),
        pytest.param("Размыто ли изображение?", True, id="Russian"),
        pytest.param("هل الصورة ضبابية؟", True, id="Arabic"),
        pytest.param("Is the café sharp?", False, id="an accent in English"),
        pytest.param("Is the 東京 sign blurred?", False, id="a foreign name in English"),
        pytest.param("Is it sharp? 🙂", False, id="an emoji"),
        pytest.param("", False, id="nothing"),
        pytest.param("noise", False, id="one word"),
    ],
)
def test_other_languages_are_recognised(text: str, foreign: bool) -> None:
    assert is_foreign(text) is foreign


def _turns(*questions: str) -> list[Turn]:
    answer = Answer(plain("Yes."))
    return [Turn(parse(question, GiqaGrid()), (), answer) for question in questions]


@pytest.mark.parametrize(
    ("before", "question", "summary"),
    [
        pytest.param(["Is the top noisy?"], "Why?", ("why", "+noise", "top"), id="why keeps fault and place"),
        pytest.param(["Is the top noisy?"], "Where?", ("where", "+noise", "top"), id="where keeps fault and place"),
        pytest.param(["Is the top noisy?"], "And the bottom?", ("yes_no", "+noise", "bottom"), id="another place"),
        pytest.param(["Is the top noisy?"], "What about banding?", ("yes_no", "+banding", "top"), id="another fault"),
        pytest.param(["Is the top noisy?"], "How severe is it?", ("how", "+noise", "top"), id="how severe"),
        pytest.param(["Is the top noisy?"], "How bad?", ("how", "+noise", "top"), id="how bad means the fault"),
        pytest.param(["Is the top noisy?"], "Is it blurred?", ("yes_no", "+blur,motion_blur", "top"), id="it is the place"),
        pytest.param(["Is the top noisy?"], "Are you sure?", ("yes_no", "+noise", "top"), id="doubt repeats the question"),
        pytest.param(["Is the top noisy?", "Why?"], "And the left?", ("why", "+noise", "left_side"), id="a chain"),
        pytest.param(["Is the top noisy?", "And the bottom?"], "Why?", ("why", "+noise", "bottom"), id="the nearest turn counts"),
        pytest.param(["Is [the dog](<0, 84>) sharp?"], "Why?", ("why", "-blur,motion_blur", "boxes"), id="boxes of markup are kept"),
        pytest.param(["Is the top noisy?"], "Is the image sharp?", ("yes_no", "-blur,motion_blur", "image"), id="a whole question leans on nothing"),
        pytest.param(["Is the left blurrier than the right?"], "Why does it look bad?", ("why", "+quality", "this"), id="after a comparison it is the image"),
        pytest.param(["Is the left blurrier than the right?"], "Why is it worse?", ("why", "+blur,motion_blur", "left_side right_side"), id="what is worse was compared"),
        pytest.param(["Tell me a joke"], "Why?", ("why", "", ""), id="a declined question gives nothing"),
        pytest.param([], "Why?", ("why", "", ""), id="nothing before"),
    ],
)
def test_short_questions_lean_on_earlier_ones(before: list[str], question: str, summary: tuple[str, str, str]) -> None:
    assert _summary(understand(plain(question), (), _turns(*before))) == summary


def test_boxes_drawn_anew_are_what_a_short_question_is_about() -> None:
    drawn = (Box(0.1, 0.1, 0.3, 0.3),)
    asked = understand(plain("And here?"), drawn, _turns("Is the top noisy?"))
    assert (asked.drawn, [claim.faults for claim in asked.claims], asked.kind) == (drawn, [(Fault.NOISE,)], "yes_no")


def test_a_long_history_is_followed_a_few_turns_back_only() -> None:
    asked = understand(plain("Why?"), (), _turns("Is the top noisy?", *["Why?"] * 200))
    assert asked.kind == "why"


@given(st.text(max_size=400))
def test_any_text_is_understood_as_something(text: str) -> None:
    assert understand(plain(text)).kind
