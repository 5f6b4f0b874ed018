#!/bin/sh
# Installs the coding-agent clients that the end-to-end tests drive, at pinned versions, into a cache
# folder outside the repository. Does nothing when they are there already. With AGENTIC_CAMPAIGN=whole the
# newest version of each client that is tried so goes into a folder `NAME-latest` beside them.
set -eu

CLAUDE_CODE_VERSION=2.1.329
GEMINI_CLI_VERSION=0.61.0
QWEN_CODE_VERSION=0.15.10
QWEN_CODE_THAT_ASKS_VERSION=0.24.4
COPILOT_VERSION=1.0.102
CODEX_VERSION=0.169.0
OPENCODE_VERSION=1.18.33
CLINE_VERSION=3.0.65

cache="${AGENTIC_TEST_CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/agentic-tests/clients}"

# The version of PACKAGE in FOLDER, or nothing: installed FOLDER PACKAGE
installed() {
    sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' "$1/node_modules/$2/package.json" 2>/dev/null | head -n 1
}

# Puts PACKAGE@VERSION into FOLDER and starts its PROGRAM once: install FOLDER PACKAGE VERSION PROGRAM
install() {
    command -v npm >/dev/null 2>&1 || { echo "install_clients: npm is not on PATH" >&2; exit 1; }
    echo "installing $2 $3 into $1" >&2
    rm -rf "$1"
    mkdir -p "$1/home"
    echo '{"name": "agentic-test-clients", "private": true}' >"$1/package.json"
    (cd "$1" && npm install --no-audit --no-fund --silent "$2@$3" >&2)
    told=$(HOME="$1/home" "$1/node_modules/.bin/$4" --version 2>/dev/null </dev/null)
    case "$told" in
    *"$(installed "$1" "$2")"*) ;;
    *)
        echo "install_clients: $1/node_modules/.bin/$4 does not tell its version" >&2
        exit 1
        ;;
    esac
}

# A pinned client: pinned NAME PACKAGE VERSION PROGRAM
pinned() {
    [ "$(installed "$cache/$1-$3" "$2")" = "$3" ] || install "$cache/$1-$3" "$2" "$3" "$4"
}

# The newest client, for the whole campaign only: newest NAME PACKAGE PROGRAM
newest() {
    [ "${AGENTIC_CAMPAIGN:-}" = whole ] || return 0
    latest=$(npm view "$2" version)
    [ "$(installed "$cache/$1-latest" "$2")" = "$latest" ] || install "$cache/$1-latest" "$2" "$latest" "$3"
}

pinned claude-code @anthropic-ai/claude-code "$CLAUDE_CODE_VERSION" claude
pinned gemini-cli @google/gemini-cli "$GEMINI_CLI_VERSION" gemini
pinned qwen-code @qwen-code/qwen-code "$QWEN_CODE_VERSION" qwen
pinned qwen-code @qwen-code/qwen-code "$QWEN_CODE_THAT_ASKS_VERSION" qwen
pinned copilot @github/copilot "$COPILOT_VERSION" copilot
pinned codex @openai/codex "$CODEX_VERSION" codex
pinned opencode opencode-ai "$OPENCODE_VERSION" opencode
pinned cline cline "$CLINE_VERSION" cline
newest claude-code @anthropic-ai/claude-code claude
newest gemini-cli @google/gemini-cli gemini
newest qwen-code @qwen-code/qwen-code qwen
newest copilot @github/copilot copilot
newest codex @openai/codex codex
newest opencode opencode-ai opencode
newest cline cline cline

# OpenCode fetches packages for its plugins at its first start: once, here, so that no test reaches a registry.
for folder in "$cache/opencode-$OPENCODE_VERSION" "$cache/opencode-latest"; do
    if [ -d "$folder" ] && [ ! -d "$folder/home/.config/opencode/node_modules/@opencode-ai" ]; then
        mkdir -p "$folder/home/.config/opencode/plugin" "$folder/home/empty"
        echo 'export const Nothing = async () => ({})' >"$folder/home/.config/opencode/plugin/nothing.js"
        (cd "$folder/home/empty" && HOME="$folder/home" XDG_CONFIG_HOME="$folder/home/.config" \
            OPENCODE_DISABLE_AUTOUPDATE=1 "$folder/node_modules/.bin/opencode" debug agent build) \
            >/dev/null </dev/null
    fi
done
