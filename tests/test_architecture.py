"""Who may import whom, and what an import may cost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent

HEAVY = ("torch", "transformers", "gradio", "fastapi", "scipy", "skimage", "supervision", "matplotlib", "pandas")


@pytest.mark.parametrize(
    "statement",
    [
        "import core.tasks, core.backends",
        "from core.boxes import Box, iou",
        "from core.codecs import GiqaGrid",
        "from core.grounded_text import parse, to_markup",
        "from core.images import open_image",
        "from core.backends import load",
        "from core.tasks import describe, answer, score",
        "from core.settings import parse_settings",
    ],
)
def test_what_others_import_is_there_and_light(statement: str) -> None:
    program = f"import sys\n{statement}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert (found.stdout, found.stderr) == ("\n", "")


def test_the_page_opens_without_libraries_that_it_may_never_need() -> None:
    later = ("sqlalchemy", "alembic", "psycopg", "torch", "scipy", "skimage", "supervision", "matplotlib", "transformers", "datasets")
    program = f"import sys\nimport studio.app\nprint(*(name for name in {later!r} if name in sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert found.stdout == "\n", found


def test_nobody_imports_whom_they_should_not() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert found.returncode == 0, found.stdout
