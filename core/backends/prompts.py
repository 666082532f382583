"""The words in which a language model is asked. A family whose models want other words makes its own `Prompts`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompts:
    """`{...}` stand for what is filled in: `{boxes}` the dialect's wish for boxes, `{subject}` what is rated, `{choices}` the words to choose from,
    `{standard}` levels with their words, best first, `{reference}` how a pristine reference is pointed at, empty without one, `{said}` the model's own words."""

    describe: str = (
        "Look at the technical quality of this photograph: sharpness, noise, exposure, contrast, colour, compression. "
        "Describe it in a few sentences: which objects or areas are good or faulty, how that affects the whole, and at the end an overall verdict. {boxes}"
    )
    answer: str = "Answer questions about the technical quality of this photograph, briefly."
    open_question: str = 'Where the answer is a place, name it with its position. {boxes} If what is asked about is not there, reply "{absent}"'
    closed_question: str = "Answer Yes or No."
    score: str = "How good is the technical quality of {subject}? Answer with one word: {choices}."
    standard: str = "You judge the quality of photographs. This is the standard, each number with its meaning; higher is better.\n{standard}"
    standard_number: str = "Rate the technical quality of {subject} by the standard. Reply with the number alone."
    standard_words: str = "Rate the technical quality of {subject} by the standard. Answer with its words alone: {choices}."
    better: str = "Which image has the better technical quality, Image A or Image B?{reference} Answer with one word: {choices}."
    reasons: str = (
        "Compare the technical quality of Image A and Image B.{reference} Say which faults each has and where, how much each factor weighs (sharpness, noise, exposure, "
        "contrast, colour, compression), and why one of them is better or neither is. "
        "Always say of which image you speak. {boxes} End with: Better: A, Better: B or Better: equal."
    )
    sound: str = "This is said of Image A and Image B: {said}\nIs it right in every point?{reference} Answer with one word: {choices}."
    distortions: str = "Which distortions does the image have, and how strong are they?{reference} Answer in one short sentence."
    distortions_detailed: str = "Describe the distortions of the image in a few sentences: which, how strong, where, and what they do to it.{reference} {boxes}"
    distortion: str = "Which of these distortions does the image have most of all?{reference} Answer with one word: {choices}."
    distortions_named: str = "Which of these distortions does the image have, one or several?{reference} {choices}. Answer with their names alone, parted by commas."
