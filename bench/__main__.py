"""`python -m bench COMMAND`: measures models of image quality."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.config import (
    CalibrateConfig,
    CompareConfig,
    ContaminationConfig,
    MakeConfig,
    PairsConfig,
    ReportConfig,
    RunConfig,
    ScoreConfig,
    SightConfig,
    ValidateConfig,
    VoteConfig,
)
from core.command_line import add_options, heed_sigterm
from core.errors import Cancelled, GiqaError, InvalidInput

_HELP = {
    "photos": "folder of near-pristine photographs that no training has seen",
    "mos": "folder with mos.csv (image, mos in [0, 1]) and images/, for the overall score",
    "backend": "a model by name",
    "faults": "photographs with a fault to make",
    "clean": "photographs to look at as they are, at most",
    "scored": "photographs to score, at most",
    "seed": "of everything that is drawn",
    "out": "where the results go; a run that was stopped goes on there",
    "bench": "the benchmark: a native folder",
    "judge": 'who marks texts: "embedded" compares what they claim, or a language model by name',
    "similarity": "who compares names",
    "times": "how often a judge marks each text",
    "batch": "items asked at once",
    "dataset": "a table (CSV) with a line an image: its file name and its mean human score",
    "images": "the folder of the table's images, if not the table's own",
    "method": "how the score is made: auto, levels, good_poor, standard, mixed",
    "levels": "of the standard: 3, 5, 7 or 9",
    "read": "a level by the number that is written, or by the words' probabilities: number, words",
    "segmenter": "who finds the parts for mixed, by name, if not the model itself",
    "scores": "the folder of a finished score run",
    "worst": "the worst score people could give, if not the table's worst",
    "best": "the best score people could give, if not the table's best",
    "reference": "show the references that the file names",
    "weight": "what a win counts: win (1), or confidence",
    "preset": "a data set whose columns are known: koniq, spaq, livec, kadid, agiqa, biq2021, tid2013",
    "image_column": "the column of file names",
    "mos_column": "the column of scores",
    "results": "results folders",
    "train": "a training set: a native folder, or any folder of images",
    "near": "bits of 64 that may differ between two looks of one picture",
    "des": "descriptions wanted",
    "vqa": "questions wanted",
    "one": "a results folder",
    "other": "another results folder, of the same benchmark",
}


_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class _Command:
    config: type[Any]
    help: str
    run: Callable[[Any], None]


def _sight(config: SightConfig) -> None:
    from bench.figures import table
    from bench.sight import run_sight

    measured = run_sight(config)
    print(table(measured.figures, measured.left_out))
    options = {name: str(value) for name, value in asdict(config).items()}
    _keep(json.dumps({"config": options, "figures": [asdict(one) for one in measured.figures], "left_out": dict(measured.left_out)}, indent=1), config.out)


def _keep(written: str, out: Path | None) -> None:
    if out is None:
        print(written)
    else:
        out.write_text(written + "\n", encoding="utf-8")


def _run(config: RunConfig) -> None:
    from tqdm import tqdm

    from bench.figures import table
    from bench.progress import ProgressFile
    from bench.run import run_bench

    bars: dict[str, tqdm[Any]] = {}
    told = ProgressFile(config.out)

    def report(what: str, done: int, of: int) -> None:
        told.report(what, done, of)
        bar = bars.setdefault(what, tqdm(total=of, desc=what))
        bar.update(done - bar.n)

    result = run_bench(config, report)
    for bar in bars.values():
        bar.close()
    print(table(result.figures))


def _score(config: ScoreConfig) -> None:
    from tqdm import tqdm

    from bench.scoring import lines_of, run_score

    with tqdm(unit="image") as bar:

        def report(number: int, of: int) -> None:
            bar.total = of
            bar.update(number - bar.n)

        done = run_score(config, report)
    print("\n".join(lines_of(done)))


def _calibrate(config: CalibrateConfig) -> None:
    from bench.scoring import calibrate

    fit = calibrate(config)
    print(f"{config.out}: {fit.backend} by {fit.method}, {fit.count:,} images of {fit.source}, SRCC {fit.srcc:.4f}, interval +-{fit.half_width:.3f}")


def _pairs(config: PairsConfig) -> None:
    from bench.figures import table
    from bench.pairs import run_pairs

    with _bar("pair") as report:
        found, problems = run_pairs(config, report)
    print("\n".join([table(found), *problems[:_MOST_PROBLEMS]]))


def _vote(config: VoteConfig) -> None:
    from bench.pairs import run_vote

    with _bar("pair") as report:
        found = run_vote(config, report)
    print(json.dumps(asdict(found), indent=1))


@contextmanager
def _bar(unit: str) -> Iterator[Callable[[int, int], None]]:
    from tqdm import tqdm

    with tqdm(unit=unit) as bar:

        def report(number: int, of: int) -> None:
            bar.total = of
            bar.update(number - bar.n)

        yield report


def _validate(config: ValidateConfig) -> None:
    from bench.items import faults, read_bench
    from core.export.giqa import validate

    found, counts = validate(config.bench), ""
    try:
        bench = read_bench(config.bench)
        found += faults(bench)
        counts = f"{json.dumps(bench.counts())}, "
    except InvalidInput as error:
        found.append(str(error))
    print("\n".join([*found, f"{config.bench.resolve().name}: {counts}{len(found)} faults"]))
    if found:
        raise SystemExit(1)


def _compare(config: CompareConfig) -> None:
    from bench.comparing import compare, lines_of

    print("\n".join(lines_of(compare(config.one, config.other))))


def _report(config: ReportConfig) -> None:
    from bench.report.page import write_report

    print(write_report(config.results, config.bench, config.out))


def _contamination(config: ContaminationConfig) -> None:
    from core.evaluation.contamination import contamination

    found = contamination(config.train, config.bench, config.near)
    print("\n".join(f"{one.kind} ({one.distance} of 64 bits differ): {one.one} and {one.other}" for one in found))
    print(f"{len(found)} images of {config.bench} stand in {config.train} too.")
    if found:
        raise SystemExit(1)


def _make(config: MakeConfig) -> None:
    from bench.making import make_bench

    made = make_bench(config)
    print(f"{config.out}: {made.images:,} images, {made.descriptions:,} descriptions, questions: {json.dumps(made.questions)}")


_COMMANDS: Mapping[str, _Command] = {
    "run": _Command(RunConfig, "GIQA-Bench: put a benchmark's descriptions and questions to a model", _run),
    "make": _Command(MakeConfig, "a benchmark with exact answers, from photographs of your own", _make),
    "score": _Command(ScoreConfig, "how a model's overall scores follow people's", _score),
    "calibrate": _Command(CalibrateConfig, "a monotone fit of a finished score run to people's scores", _calibrate),
    "pairs": _Command(PairsConfig, "how well a model compares two images and names distortions: DepictQA's metadata, or 2AFC tables as of BAPPS", _pairs),
    "vote": _Command(VoteConfig, "how votes over pairs that share a reference follow people's scores", _vote),
    "compare": _Command(CompareConfig, "whether two models differ on one benchmark", _compare),
    "report": _Command(ReportConfig, "a page of one or several results beside the paper's", _report),
    "contamination": _Command(ContaminationConfig, "images of a benchmark that a training set holds too", _contamination),
    "validate": _Command(ValidateConfig, "every fault of a benchmark", _validate),
    "sight": _Command(SightConfig, "what a model sees of photographs with synthetic faults", _sight),
}


def parse_args(argv: Sequence[str] | None) -> tuple[str, Any]:
    """The command and its options."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures models of image quality.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in _COMMANDS.items():
        former = ["embedded"] if name == "sight" else []  # its name when it measured that one alone
        add_options(commands.add_parser(name, aliases=former, help=command.help, description=command.help), command.config, _HELP)
    options = vars(parser.parse_args(argv))
    name = {"embedded": "sight"}.get(given := options.pop("command"), given)
    return name, _COMMANDS[name].config(**options)


def main(argv: Sequence[str] | None = None) -> None:
    """A refusal is one line on standard error and status 2; Ctrl+C says how to go on, status 130."""
    name, config = parse_args(argv)
    try:
        _COMMANDS[name].run(config)
    except Cancelled as error:
        raise SystemExit(str(error)) from error
    except (GiqaError, OSError) as error:
        print(f"python -m bench: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    heed_sigterm()
    main()
