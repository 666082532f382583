# Sourced by the other scripts: a virtual environment in .venv, installed from the project's own files, made again when they change.
# Sets `python`. Reads PYTHON (the interpreter to start from; default python3).

say() { printf '%s\n' "$*" >&2; }

# apt_install PACKAGE...: where we are root on Debian or Ubuntu; elsewhere fails, and the caller says what is missing.
apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "Installing from Debian's packages: $*"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# make_environment REQUIREMENTS: .venv holds what that file and those it includes name.
make_environment() {
  local base=${PYTHON:-python3} stamp
  command -v "$base" >/dev/null || apt_install python3 python3-venv || { say "Python 3.11 or newer is needed: install python3."; exit 1; }
  "$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "Python 3.11 or newer is needed, found $("$base" --version). Name another with PYTHON=..."; exit 1; }
  if [ ! -x .venv/bin/python ]; then
    "$base" -c 'import ensurepip' 2>/dev/null || apt_install python3-venv || { say "Python's venv module is missing: install python3-venv."; exit 1; }
    "$base" -m venv .venv || exit 1
  fi
  python=.venv/bin/python
  stamp=.venv/installed-$1
  [ -f "$stamp" ] && cat requirements*.txt | cmp -s - "$stamp" && return
  say "Installing $1 into .venv (about 2.5 GB; minutes the first time)"
  "$python" -m pip install --quiet --disable-pip-version-check -r "$1" || exit 1
  cat requirements*.txt >"$stamp"
}
