"""`python -m core.builder statistics FOLDER`: tables on the terminal, and files where they are asked for."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StatisticsConfig:
    """`json`, `png`, `sheet`: files to write. `samples`: records on the sheet."""

    folder: Path
    json: Path | None = None
    png: Path | None = None
    sheet: Path | None = None
    samples: int = 12


def add_statistics(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command and its options."""
    parser = commands.add_parser("statistics", help="count what was built: the paper's Table 1, box areas, words, what was dropped")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a native folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the counts as JSON")
    parser.add_argument("--png", type=Path, metavar="FILE", help="draw them")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="draw some records with their boxes and words (PNG)")
    parser.add_argument("--samples", type=int, default=12, metavar="N", help="records on the sheet (default: %(default)s)")


def show_statistics(config: StatisticsConfig) -> None:
    """Raises `InvalidInput` for what is no native folder."""
    from core.builder.charts import draw_statistics
    from core.builder.sheet import draw_sheet
    from core.builder.statistics import statistics_of, to_json
    from core.builder.summary import report
    from core.export.giqa import write_whole

    found = statistics_of(config.folder)
    print(report(found))
    if config.json:
        write_whole(config.json, json.dumps(to_json(found), ensure_ascii=False, indent=1).encode() + b"\n")
    if config.png:
        draw_statistics(found, config.png, config.folder.resolve().name)
    if config.sheet:
        draw_sheet(config.folder, config.sheet, config.samples)
