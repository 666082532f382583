"""`python -m core.builder`: `check` a source, `run` a build from it to grounded records, show the `statistics` of what was made and `explain` one record's way;
`diagnose` the stages on what people corrected; make pairs to `compare`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

from core.builder.box_merge import MergeMode
from core.builder.checking import NoMode
from core.builder.comparing import CompareConfig, add_compare, show_comparisons
from core.builder.config import BuildConfig
from core.builder.engines.base import EngineConfig, EngineName
from core.builder.explaining import ExplainConfig, add_explain, show_explanation
from core.builder.feedback.showing import DiagnoseConfig, add_diagnose, show_diagnosis
from core.builder.feedback.thresholds import read_fitted
from core.builder.iqa_filter import FilterMode
from core.builder.showing_statistics import StatisticsConfig, add_statistics, show_statistics
from core.builder.sources.checking import CheckConfig, add_check, show_check
from core.command_line import heed_sigterm
from core.errors import GiqaError


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What is made, and how."""

    build: BuildConfig
    engine: EngineConfig


Config = RunConfig | CheckConfig | StatisticsConfig | ExplainConfig | DiagnoseConfig | CompareConfig


def parse_args(argv: Sequence[str] | None) -> Config:
    parser = argparse.ArgumentParser(prog="python -m core.builder", description="The GIQA-160K pipeline: tags, boxes, filter, merge, grounded text, questions.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="build records; run it again to go on where it was stopped")
    _add_output(run)
    _add_engine(run.add_argument_group("how it is run", "nothing of this changes what is made: another run may take other values and go on"))
    add_check(commands)
    add_statistics(commands)
    add_explain(commands)
    add_diagnose(commands)
    add_compare(commands)
    options = vars(parser.parse_args(argv))
    command = options.pop("command")
    kept: Mapping[str, type[StatisticsConfig | ExplainConfig | DiagnoseConfig | CompareConfig]] = {
        "statistics": StatisticsConfig, "explain": ExplainConfig, "diagnose": DiagnoseConfig, "compare": CompareConfig,
    }  # fmt: skip
    if command in kept:
        return kept[command](**options)
    options["source"] = tuple(options["source"])
    try:
        return CheckConfig(**options) if command == "check" else _run_config(options)
    except GiqaError as error:
        parser.error(str(error))


def _run_config(options: Mapping[str, Any]) -> RunConfig:
    """Raises `InvalidSettings`, and `InvalidInput` for fitted thresholds that cannot be read."""
    made, ways = ({one.name: options[one.name] for one in fields(kind) if one.name in options} for kind in (BuildConfig, EngineConfig))
    made |= read_fitted(options["use_fitted"]) if options["use_fitted"] else {}
    return RunConfig(BuildConfig(**made), EngineConfig(**ways))


def _add_output(run: argparse.ArgumentParser) -> None:
    what = "a folder of images; .json (Q-Instruct, LLaVA, DQ-495K), .jsonl, .csv, .parquet; datasets:OWNER/NAME?split=train; synthetic:FOLDER?count=1000; may be given again"
    run.add_argument("--source", action="append", required=True, help=what)
    run.add_argument("--mix", default="", metavar="SHARES", help="the share of each source, such as 0.7,0.3 (default: all of all)")
    run.add_argument("--images", type=Path, metavar="DIR", help="the folder of a file's images (default: the file's own)")
    run.add_argument("--out", type=Path, required=True, metavar="DIR", help="the native folder to make")
    run.add_argument("--backend", default="embedded", metavar="NAME", help="who reads, looks and asks, and describes what has no text (default: %(default)s)")
    run.add_argument("--tagger", metavar="NAME", help="who reads the descriptions: any language model (default: the backend)")
    run.add_argument("--detector", metavar="NAME", help="who finds boxes: a detector, or any vision-language model (default: the backend)")
    run.add_argument("--filter-model", metavar="NAME", help="who judges boxes for IQA-Filter: any vision-language model (default: the backend)")
    run.add_argument("--questioner", metavar="NAME", help="who asks: any language model (default: the backend)")
    run.add_argument("--filter", choices=get_args(FilterMode), default="several", help="boxes that IQA-Filter judges (default: %(default)s, of objects with several)")
    run.add_argument("--merge", choices=get_args(MergeMode), default="paper", help="Box-Merge as printed, or order-free (default: %(default)s)")
    run.add_argument("--filter-probability", type=float, default=0.5, metavar="P", help="of Yes, below which IQA-Filter drops a box (default: %(default)s)")
    run.add_argument("--detector-threshold", type=float, default=0.0, metavar="S", help="a box scored below is not looked at further (default: all are)")
    run.add_argument("--max-area", type=float, default=0.256, metavar="T_A", help="boxes of a smaller share of the image merge where they touch (default: %(default)s)")
    run.add_argument("--min-coverage", type=float, default=0.95, metavar="T_O", help="boxes merge where one covers more of the other (default: %(default)s)")
    run.add_argument("--use-fitted", type=Path, metavar="FILE", help="these four as diagnose proposed them")
    run.add_argument("--corrections", type=Path, metavar="DIR", help="an exported folder, or the studio's data: what people submitted stands, whatever the machine says")
    run.add_argument("--examples", type=_count, default=0, metavar="N", help="so many corrected texts are shown to a prompted tagger (default: none)")
    run.add_argument("--no-answers", choices=get_args(NoMode), default="paper", help="the No to questions that the text does not answer, or only to those it denies")
    run.add_argument("--balance", default="", metavar="YES,OPEN", help="Yes per No, and open per yes/no questions: 1,1 in the paper (default: all are kept)")
    run.add_argument("--limit", type=_count, default=0, metavar="N", help="only the first rows")
    run.add_argument("--copy-images", action=argparse.BooleanOptionalAction, default=True, help="keep the image files in the folder too (default: yes)")
    run.add_argument("--seed", type=_count, default=0, metavar="N", help="what is drawn by chance is drawn the same for the same seed (default: %(default)s)")
    run.add_argument("--shard-size", type=_count, default=50, metavar="N", help="rows that are done, and after a crash done again, together (default: %(default)s)")


def _add_engine(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--workers", type=_count, default=1, metavar="N", help="processes, each with models of its own (default: %(default)s)")
    group.add_argument("--engine", choices=get_args(EngineName), default="local", help="this machine, or a Ray cluster (default: %(default)s)")
    group.add_argument("--stage-by-stage", action="store_true", help="every row through a stage before the next begins: a worker holds one model at a time")
    shares = "1, 2, or a share such as 0.5; by stage, which pays with --stage-by-stage: detect=1,filter=0.5 (default: none is set aside)"
    group.add_argument("--gpus-per-worker", default="0", metavar="G", help=shares)
    group.add_argument("--ray-address", default="", metavar="ADDRESS", help="a running cluster (default: one that is started here)")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"a whole number is needed, got {text!r}")
    return int(text)


def main(argv: Sequence[str] | None = None) -> None:
    """Progress and a summary; a refusal is one line on standard error and status 2; Ctrl+C says how to go on, status 130."""
    config = parse_args(argv)
    try:
        if isinstance(config, StatisticsConfig):
            show_statistics(config)
        elif isinstance(config, ExplainConfig):
            show_explanation(config)
        elif isinstance(config, DiagnoseConfig):
            show_diagnosis(config)
        elif isinstance(config, CompareConfig):
            show_comparisons(config)
        elif isinstance(config, CheckConfig):
            if not show_check(config):
                raise SystemExit(1)
        else:
            _run(config)
    except (GiqaError, OSError) as error:
        print(f"python -m core.builder: error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
        raise SystemExit(130) from None


def _run(config: RunConfig) -> None:
    from core.builder.build import build
    from core.builder.showing import shown_on
    from core.builder.sources import read_source
    from core.builder.summary import summary

    made = config.build
    source = read_source(made.source, made.images, mix=made.shares(), seed=made.seed)
    for note in source.notes():
        print(note, file=sys.stderr)
    build(made, source, config.engine, report=shown_on(sys.stderr))
    print(summary(made.out))


if __name__ == "__main__":
    heed_sigterm()
    main()
