#!/usr/bin/env bash
# Style, types and who imports whom.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh
make_environment requirements-dev.txt
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/lint-imports
