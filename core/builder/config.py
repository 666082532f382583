"""One build as a frozen value: the command line, and `config.json` beside what it made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.builder.balance import Ratio
from core.builder.box_merge import MergeMode
from core.builder.checking import NoMode
from core.builder.iqa_filter import FilterMode
from core.errors import InvalidSettings


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """What decides the output. `source`: one or several, as `read_source` takes them; the images of files are in `images`. `limit`: rows at most, 0 for
    all. `mix`: the shares of several sources, "0.7,0.3", drawn by `seed`; "" for all of all.

    `no_answers`: which "No" counts. `balance`: "Yes" answers per "No" and open questions per yes/no question, "1,1" in the paper; "" keeps them all.
    `shard_size`: rows that are done, and after a crash done again, together, and make one part of the folder.
    `filter_probability`: of "Yes", below which IQA-Filter drops a box; `detector_threshold`: the score below which a box is not looked at further;
    `max_area`, `min_coverage`: T_a and T_o of Box-Merge. `corrections`: what people submitted, which stands in this build; `examples`: how many of
    them a prompted tagger is shown.
    `tagger`, `detector`, `filter_model`, `questioner`: backends by name for these parts, where it is not `backend`.
    """

    source: Path | tuple[str, ...]
    out: Path
    images: Path | None = None
    backend: str = "embedded"
    tagger: str | None = None
    detector: str | None = None
    filter_model: str | None = None
    questioner: str | None = None
    filter: FilterMode = "several"
    merge: MergeMode = "paper"
    filter_probability: float = 0.5
    detector_threshold: float = 0.0
    max_area: float = 0.256
    min_coverage: float = 0.95
    corrections: Path | None = None
    examples: int = 0
    limit: int = 0
    copy_images: bool = True
    no_answers: NoMode = "paper"
    balance: str = ""
    mix: str = ""
    seed: int = 0
    shard_size: int = 50

    def __post_init__(self) -> None:
        if self.shard_size < 1:
            raise InvalidSettings(f"A shard holds 1 row or more, got {self.shard_size}: 50 is usual.")
        shares = {"filter probability": self.filter_probability, "detector threshold": self.detector_threshold}
        for name, value in {**shares, "max area": self.max_area, "min coverage": self.min_coverage}.items():
            if not 0 <= value <= 1:
                raise InvalidSettings(f"The {name} is a number from 0 to 1, got {value!r}.")
        if self.examples and self.corrections is None:
            raise InvalidSettings("Examples for the tagger are drawn from people's corrections: name these with --corrections.")
        self.shares()
        self.ratio()

    def ratio(self) -> Ratio | None:
        """The balance, `None` for all questions. Raises `InvalidSettings` for what is no pair of numbers, `InvalidInput` for one not above zero."""
        try:
            yes, open_ = (float(one) for one in (self.balance or "1,1").split(","))
        except ValueError as error:
            raise InvalidSettings(f"A balance is two numbers, Yes per No and open per yes/no questions: --balance 1,1 as in the paper; got {self.balance!r}.") from error
        return Ratio(yes, open_) if self.balance else None

    def shares(self) -> tuple[float, ...]:
        """Raises `InvalidSettings` for what is no list of numbers."""
        try:
            return tuple(float(one) for one in self.mix.split(",") if self.mix)
        except ValueError as error:
            raise InvalidSettings(f"Shares are numbers with commas between them, --mix 0.7,0.3, got {self.mix!r}.") from error
