#!/usr/bin/env bash
# Style, types and who imports whom.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh
make_environment requirements-dev.txt
rm -f studio/components/*.pyi  # Gradio writes them beside its components, and mypy would read them in place of the code
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/lint-imports
