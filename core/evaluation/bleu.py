"""BLEU as the COCO caption evaluation computes it (Papineni et al. 2002; Chen et al., arXiv 1504.00325), on given tokens."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_TINY, _SMALL = 1e-15, 1e-9  # the COCO evaluation's guards: without a match the value is tiny, not 0
TOKENIZER = "giqa-words-1"
"""What a result names: lower case, runs of letters and digits with inner hyphens and apostrophes; punctuation is left out."""
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")

Tokens = Sequence[str]


def words(text: str) -> list[str]:
    """The tokens of a text by `TOKENIZER`."""
    return _WORD.findall(text.lower().replace("’", "'"))


def corpus_bleu(predictions: Sequence[Tokens], references: Sequence[Sequence[Tokens]], order: int = 4) -> float:
    """BLEU over all pairs in [0, 1], higher is better. `references[i]`: one or more for the i-th prediction; the closest in length counts for brevity."""
    correct, guessed, length, wanted = [0] * order, [0] * order, 0, 0
    for prediction, several in zip(predictions, references, strict=True):
        length += len(prediction)
        wanted += min((abs(len(one) - len(prediction)), len(one)) for one in several)[1]
        for size in range(1, order + 1):
            found = _ngrams(prediction, size)
            most = _union([_ngrams(one, size) for one in several])
            correct[size - 1] += sum(min(count, most[ngram]) for ngram, count in found.items())
            guessed[size - 1] += max(0, len(prediction) - size + 1)
    product = math.prod((hit + _TINY) / (tried + _SMALL) for hit, tried in zip(correct, guessed, strict=True))
    ratio = (length + _TINY) / (wanted + _SMALL)
    return product ** (1 / order) * (math.exp(1 - 1 / ratio) if ratio < 1 else 1.0)


def _ngrams(tokens: Tokens, size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[start:] for start in range(size)), strict=False))


def _union(counts: Sequence[Counter[tuple[str, ...]]]) -> Counter[tuple[str, ...]]:
    """The greatest count of each."""
    return counts[0] if len(counts) == 1 else Counter({ngram: max(one[ngram] for one in counts) for ngram in set().union(*counts)})
