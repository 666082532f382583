#!/usr/bin/env bash
# Installs what the studio needs and starts it; arguments go to app.py.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/environment.sh
make_environment requirements.txt
exec "$python" app.py "$@"
