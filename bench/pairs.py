"""`python -m bench pairs`: how well a model compares and names distortions, on DepictQA's metadata files and on tables of two-alternative choices;
`python -m bench vote`: how its votes over pairs follow people's scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.config import PairsConfig, VoteConfig
from bench.figures import Figure, share
from bench.identity import digest_of, provenance
from bench.lines import add_rows, whole_lines
from bench.tables import read_table
from core.backends import load
from core.backends.base import Backend
from core.comparison import Comparison, said
from core.errors import InvalidInput
from core.evaluation.resampling import mean_interval
from core.evaluation.voting import Voted, VotingCorrelations, voting_correlations
from core.export.depictqa import read_depictqa
from core.export.giqa import write_whole
from core.images import Image, open_image
from core.tasks.compare import compare, identify, vote

Report = Callable[[int, int], None]
_COLUMNS = {"reference": ("reference", "ref", "image_ref"), "a": ("a", "image_a", "p0"), "b": ("b", "image_b", "p1"), "prefer_b": ("prefer_b", "judge", "h")}


@dataclass(frozen=True, slots=True)
class Case:
    """One pair, or one image whose distortions are to be named. `prefer_b`: the share of people (or the truth, 0 or 1) that finds B better."""

    id: str
    images: Mapping[str, str]
    prefer_b: float | None = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model said of a case. `gained`: share of people that agree, a tie counting half; `None` for what could not be used."""

    id: str
    gained: float | None = None
    swap_consistent: bool | None = None
    unparsed: int = 0
    named: tuple[str, ...] | None = None
    right: bool | None = None
    problem: str = ""


def read_cases(path: Path) -> tuple[list[Case], list[str]]:
    """A metadata file (JSON), or a table with the columns a, b, prefer_b and perhaps reference (2AFC as in BAPPS). Raises `InvalidInput`."""
    return _from_table(path) if path.suffix.lower() in (".csv", ".tsv") else _from_metadata(path)


def _from_metadata(path: Path) -> tuple[list[Case], list[str]]:
    samples, problems = read_depictqa(path)
    cases = list[Case]()
    for one in samples:
        classes = tuple(dict.fromkeys(given.family for given in one.distortions_a if given.family))
        if one.compares and one.a_better is not None:
            cases.append(Case(one.id, one.images, 0.0 if one.a_better else 1.0))
        elif not one.compares and len(classes) == len(one.distortions_a):
            cases.append(Case(one.id, one.images, None, classes))
        else:
            problems.append(f"{one.id}: the file does not say {'which is better' if one.compares else 'what was done to it, in names that are known'}.")
    if not cases:
        raise InvalidInput(f"{path.name} holds nothing that can be measured. {problems[0] if problems else ''}")
    return cases, problems


def _from_table(path: Path) -> tuple[list[Case], list[str]]:
    table = read_table(path)
    columns = {role: table.head(*names) for role, names in _COLUMNS.items()}
    if lacking := [role for role in ("a", "b", "prefer_b") if not columns[role]]:
        raise InvalidInput(f"{path.name} has the columns {', '.join(table.heads) or 'none'}: {', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} needed.")
    cases, problems = list[Case](), list[str]()
    for number, cells in table.rows:
        images = {role: cells.get(columns[role], "") for role in ("reference", "a", "b") if columns[role]}
        said_b = cells.get(columns["prefer_b"], "")
        liked = table.number(said_b)
        if liked is None or not 0 <= liked <= 1 or not images["a"] or not images["b"]:
            problems.append(f"Line {number}: a is {images['a']!r}, b is {images['b']!r}, prefer_b is {said_b!r}; two names and a share from 0 to 1 are needed.")
        else:
            cases.append(Case(f"{number}", {role: name for role, name in images.items() if name}, liked))
    if not cases:
        raise InvalidInput(f"{path.name} holds no pair that can be used. {problems[0] if problems else ''}")
    return cases, problems


def run_pairs(config: PairsConfig, report: Report) -> tuple[tuple[Figure, ...], list[str]]:
    """The figures and the rows that could not be used. Writes `pairs.jsonl` as answers come, which a later run goes on from, and `pairs.json`."""
    cases, problems = read_cases(config.dataset)
    backend = load(config.backend)
    config.out.mkdir(parents=True, exist_ok=True)
    owner = f"{backend.name} {digest_of(backend)} {'with' if config.reference else 'without'} reference"
    judged = list(_each(cases, owner, config, backend, report))
    found = figures(judged)
    told = {"reference": config.reference, "figures": [asdict(one) for one in found], "rows_that_cannot_be_used": problems}
    _write(config.out / "pairs.json", config.dataset, backend, told)
    return found, [*problems, *(f"{one.id}: {one.problem}" for one in judged if one.problem)]


def _each(cases: Sequence[Case], owner: str, config: PairsConfig, backend: Backend, report: Report) -> Iterator[Judged]:
    path, folder = config.out / "pairs.jsonl", config.images or config.dataset.parent
    known = {row["id"]: Judged(**{**row, "named": None if row["named"] is None else tuple(row["named"])}) for row in _known(path, owner)}
    for number, case in enumerate(cases):
        one = known.get(case.id)
        if one is None:
            one = judge(case, backend, folder, with_reference=config.reference)
            if not one.problem:
                add_rows(path, [{"by": owner, **asdict(one)}])
        report(number + 1, len(cases))
        yield one


def _known(path: Path, owner: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in whole_lines(path)]
    return [{name: value for name, value in row.items() if name != "by"} for row in rows if row.get("by") == owner]


def judge(case: Case, backend: Backend, folder: Path, *, with_reference: bool) -> Judged:
    """An image that cannot be opened is counted and told, never guessed."""
    try:
        opened = {role: open_image(folder / name) for role, name in case.images.items() if with_reference or role != "reference"}
    except InvalidInput as error:
        return Judged(case.id, problem=str(error))
    if case.prefer_b is None:
        several = len(case.classes) > 1
        named = identify(backend, opened["a"], opened.get("reference"), several=several)
        return Judged(case.id, unparsed=int(named.unparsed), named=named.classes, right=set(named.classes) == set(case.classes) and not named.unparsed)
    found = compare(backend, opened["a"], opened["b"], opened.get("reference"))
    gained = 0.0 if found.unparsed else {"a": 1 - case.prefer_b, "b": case.prefer_b, "tie": 0.5}[found.preference]
    return Judged(case.id, gained, found.swap_consistent, found.unparsed)


def figures(judged: Sequence[Judged]) -> tuple[Figure, ...]:
    """`comparison_accuracy`: the share of people that the model agrees with (2AFC; accuracy where the truth is 0 or 1), a tie counting half, an unread reply nothing."""
    return tuple(_figures([one for one in judged if not one.problem], sum(bool(one.problem) for one in judged)))


def _figures(used: Sequence[Judged], left: int) -> Iterable[Figure]:
    compared = [one for one in used if one.gained is not None]
    if compared:
        gained = [one.gained or 0.0 for one in compared]
        low, high = mean_interval(gained, [one.id for one in compared]) or (None, None)
        yield Figure("comparison_accuracy", sum(gained) / len(gained), len(gained), low, high)
        yield share("swap_consistency", [one.swap_consistent is True for one in compared])
    if named := [one for one in used if one.named is not None]:
        yield share("distortions_named_right", [one.right is True for one in named])
    yield Figure("replies_unparsed", float(sum(one.unparsed for one in used)), len(used))
    yield Figure("rows_left_out", float(left), len(used) + left)


def _write(path: Path, dataset: Path, backend: Backend, found: Mapping[str, Any]) -> None:
    made = {"model": {"name": backend.name, "digest": digest_of(backend)}, "made_with": provenance(), "finished_at": datetime.now(UTC).isoformat(timespec="seconds")}
    write_whole(path, json.dumps({"schema_version": 1, "dataset": dataset.name, **found, **made}, indent=1, allow_nan=False).encode() + b"\n")


def run_vote(config: VoteConfig, report: Report) -> VotingCorrelations:
    """Every pair of images that share a reference is compared; writes `votes.jsonl` (pairs, as they come) and `votes.json`."""
    groups = _groups(config.dataset)
    backend = load(config.backend)
    config.out.mkdir(parents=True, exist_ok=True)
    total = sum(len(rows) * (len(rows) - 1) // 2 for rows in groups.values())
    voter = _Voter(config, backend, total, report)
    voted: dict[str, list[Voted]] = {}
    for reference, rows in groups.items():
        shares = vote(len(rows), partial(voter.compared, reference, [name for name, _ in rows]), config.weight)
        voted[reference] = [(won, score) for won, (_, score) in zip(shares, rows, strict=True)]
    found = voting_correlations(voted)
    _write(config.out / "votes.json", config.dataset, backend, {"weight": config.weight, "reference": config.reference, "correlations": asdict(found)})
    return found


def _groups(path: Path) -> dict[str, list[tuple[str, float]]]:
    """The images of each reference with people's scores, from the columns reference, image and mos (higher is better). Raises `InvalidInput`."""
    table = read_table(path)
    reference, image, mos = (table.head(name) for name in ("reference", "image", "mos"))
    groups: dict[str, list[tuple[str, float]]] = {}
    for number, cells in table.rows:
        score = table.number(cells.get(mos, ""))
        if not cells.get(reference) or not cells.get(image) or score is None:
            raise InvalidInput(f"Votes need a table with the columns reference, image and mos: {path}, line {number}, holds {', '.join(cells.values())[:200]}.")
        groups.setdefault(cells[reference], []).append((cells[image], score))
    if not any(len(group) > 1 for group in groups.values()):
        raise InvalidInput(f"{path.name} holds no two images of one reference: there is nothing to vote on.")
    return groups


class _Voter:
    """Compares, remembers and reports; images are opened once a reference."""

    def __init__(self, config: VoteConfig, backend: Backend, total: int, report: Report) -> None:
        self._config, self._backend, self._total, self._report = config, backend, total, report
        self._path = config.out / "votes.jsonl"
        self._owner = f"{backend.name} {digest_of(backend)} {'with' if config.reference else 'without'} reference"
        self._known = {(row["reference"], row["a"], row["b"]): row for row in _known(self._path, self._owner)}
        self._open: dict[str, Image] = {}
        self._reference, self._done = "", 0

    def compared(self, reference: str, names: Sequence[str], one: int, other: int) -> Comparison:
        """Two images of a reference, by number."""
        a, b = names[one], names[other]
        row = self._known.get((reference, a, b))
        if row is None:
            found = compare(self._backend, self._opened(reference, a), self._opened(reference, b), self._opened(reference, reference) if self._config.reference else None)
            row = {"reference": reference, "a": a, "b": b, "preference": found.preference, "confidence": found.confidence}
            add_rows(self._path, [{"by": self._owner, **row}])
        self._done += 1
        self._report(self._done, self._total)
        return Comparison(row["preference"], row["confidence"], said(""), "bench")

    def _opened(self, reference: str, name: str) -> Image:
        if reference != self._reference:
            self._reference, self._open = reference, {}
        if name not in self._open:
            self._open[name] = open_image((self._config.images or self._config.dataset.parent) / name)
        return self._open[name]
