"""The words in which a language model is asked. A family whose models want other words makes its own `Prompts`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompts:
    """`{...}` stand for what is filled in: `{boxes}` the dialect's wish for boxes, `{subject}` what is rated, `{choices}` the words to choose from,
    `{standard}` levels with their words, best first."""

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
