"""The page about the builder's stages says what is so: its code runs as it stands, and what it says of the tagger's reading holds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from core.backends.embedded.prose_words import ENTRIES
from core.builder.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "builder-stages.md").read_text(encoding="utf-8")


def test_the_balance_runs_as_the_page_has_it(tmp_path, blurred_photograph):
    (tmp_path / "photographs").mkdir()
    shutil.copy(blurred_photograph, tmp_path / "photographs" / "roof.jpg")
    main(["run", "--source", str(tmp_path / "photographs"), "--out", str(tmp_path / "roofs")])
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    code += "\nprint(len(kept))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True)
    assert done.stdout == "1\n"


def test_the_page_counts_the_words_rightly():
    assert f"{len(ENTRIES):,} words and word groups" in PAGE
