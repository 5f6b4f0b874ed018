#!/bin/sh
# Makes .venv and installs agentic into it, editable. Usage: sh scripts/setup.sh runtime|dev
# A stamp file newer than pyproject.toml means that there is nothing to do (see Makefile).
set -eu
cd "$(dirname "$0")/.."
wanted=$1

fail() {
    echo "setup: $1" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if [ ! -x .venv/bin/python ]; then
    python=
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || fail "agentic needs Python 3.11 or newer, and none was found on PATH"
    "$python" -m venv .venv || fail "$python cannot make virtual environments (on Debian: apt install python3-venv)"
fi
is_new_enough .venv/bin/python || fail ".venv holds a Python older than 3.11: remove it and try again"

case $wanted in
    runtime) what=. ;;
    dev) what=".[dev]" ;;
    *) fail "say runtime or dev, not \`$wanted\`" ;;
esac
echo "setup: installing $wanted dependencies into .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -e "$what" \
    || fail "pip could not install agentic: the lines above say why"
touch .venv/.runtime
[ "$wanted" = runtime ] || touch .venv/.dev
