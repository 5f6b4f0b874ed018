#!/bin/sh
# Installs the coding-agent clients that the end-to-end tests drive, at pinned versions, into a cache
# folder outside the repository. Does nothing when they are there already.
set -eu

CLAUDE_CODE_VERSION=2.1.329

cache="${AGENTIC_TEST_CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/agentic-tests/clients}"
folder="$cache/claude-code-$CLAUDE_CODE_VERSION"
client="$folder/node_modules/.bin/claude"

if [ -x "$client" ] && "$client" --version 2>/dev/null | grep -q "^$CLAUDE_CODE_VERSION "; then
    exit 0
fi
command -v npm >/dev/null 2>&1 || { echo "install_clients: npm is not on PATH" >&2; exit 1; }
echo "installing @anthropic-ai/claude-code $CLAUDE_CODE_VERSION into $folder" >&2
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
echo '{"name": "agentic-test-clients", "private": true}' >package.json
npm install --no-audit --no-fund --silent "@anthropic-ai/claude-code@$CLAUDE_CODE_VERSION" >&2
"$client" --version | grep -q "^$CLAUDE_CODE_VERSION " || {
    echo "install_clients: $client does not tell version $CLAUDE_CODE_VERSION" >&2
    exit 1
}
