"""`python -m core.builder diagnose`: how well each stage did by what people made of its output, and better thresholds."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class DiagnoseConfig:
    """`corrections`: an exported folder or the studio's data folder. `proposals`: the build that was corrected; the studio's data knows its own."""

    corrections: Path
    proposals: Path | None
    json: Path | None
    fitted: Path | None


def add_diagnose(commands: argparse._SubParsersAction[Any]) -> None:
    words = "how well each stage did, by what people corrected; proposes better thresholds"
    one = commands.add_parser("diagnose", help=words)
    one.add_argument("--corrections", type=Path, required=True, metavar="DIR", help="an exported folder, or the studio's data folder")
    one.add_argument("--proposals", type=Path, metavar="DIR", help="the build that was corrected; the studio's data folder knows its own")
    one.add_argument("--json", type=Path, metavar="FILE", help="the figures as JSON")
    one.add_argument("--fitted", type=Path, metavar="FILE", help="where to write the thresholds that do better, for run --use-fitted")


def show_diagnosis(config: DiagnoseConfig) -> None:
    """Raises `InvalidInput` where there is nothing to compare."""
    from core.builder.feedback.diagnosis import diagnose
    from core.builder.feedback.reading import read_pairs
    from core.builder.feedback.report import as_json, as_lines
    from core.builder.feedback.thresholds import Now, propose, write_fitted

    found = diagnose(read_pairs(config.corrections, config.proposals))
    proposals = propose(found, Now.of_build(config.proposals))
    print("\n".join(as_lines(found, proposals)))
    if config.json:
        config.json.write_text(json.dumps(as_json(found, proposals), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    if config.fitted:
        write_fitted(config.fitted, proposals)
        print(f"{config.fitted}: {len(proposals)} thresholds. Use them with run --use-fitted {config.fitted}")
