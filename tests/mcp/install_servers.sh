#!/bin/sh
# Installs the MCP servers that the gateway's tests stand in front of, at pinned versions, into a cache folder
# outside the repository: one from npm, two from PyPI, each in a place of its own, since they need different
# versions of the same package. Does nothing when they are there already. Prints nothing but errors.
set -eu

FILESYSTEM=2026.8.31
GIT=2026.10.19
SQLITE=2025.4.25

cache="${AGENTIC_TEST_MCP_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/agentic-tests/mcp-servers}"
python="${PYTHON:-python3}"

fail() {
    echo "install_servers: $1" >&2
    exit 1
}

installed() {
    [ -x "$cache/$1" ] && [ -f "$cache/${1%%/*}/installed" ]
}

from_pypi() { # folder, program, requirements…
    folder=$1 program=$2
    shift 2
    installed "$folder/bin/$program" && return
    echo "installing $* into $cache/$folder" >&2
    rm -rf "${cache:?}/$folder"
    "$python" -m venv "$cache/$folder"
    "$cache/$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2
    [ -x "$cache/$folder/bin/$program" ] || fail "$program was not installed"
    touch "$cache/$folder/installed"
}

mkdir -p "$cache"
from_pypi "git-$GIT" mcp-server-git "mcp-server-git==$GIT"
from_pypi "sqlite-$SQLITE" mcp-server-sqlite "mcp-server-sqlite==$SQLITE" "mcp<2"

folder="filesystem-$FILESYSTEM"
program="$folder/node_modules/.bin/mcp-server-filesystem"
if ! installed "$program"; then
    command -v npm >/dev/null 2>&1 || fail "npm is not on PATH"
    echo "installing @modelcontextprotocol/server-filesystem $FILESYSTEM into $cache/$folder" >&2
    rm -rf "${cache:?}/$folder"
    mkdir -p "$cache/$folder"
    cd "$cache/$folder"
    echo '{"name": "agentic-test-servers", "private": true}' >package.json
    npm install --no-audit --no-fund --silent "@modelcontextprotocol/server-filesystem@$FILESYSTEM" >&2
    [ -x "$cache/$program" ] || fail "mcp-server-filesystem was not installed"
    touch "$cache/$folder/installed"
fi
