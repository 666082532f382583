#!/usr/bin/env bash
# Installs what the tests need, a browser and node included, and runs them but for the slow ones; arguments go to pytest, and `-m slow` runs those.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/environment.sh
make_environment requirements-dev.txt

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v node >/dev/null || missing+=(nodejs libatomic1)
fc-list 2>/dev/null | grep -q NotoSansCJK || missing+=(fonts-noto-cjk)
fc-list 2>/dev/null | grep -q NotoColorEmoji || missing+=(fonts-noto-color-emoji)
if [ ${#missing[@]} -gt 0 ] && ! apt_install "${missing[@]}"; then
  command -v node >/dev/null || { say "node 18 or newer is needed for the JavaScript tests: install nodejs."; exit 1; }
  command -v chromium >/dev/null || "$python" -m playwright install chromium || exit 1
fi

export HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error GRADIO_ANALYTICS_ENABLED=False
if [ $# -gt 0 ]; then exec "$python" -m pytest "$@"; fi
exec "$python" -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not slow"
