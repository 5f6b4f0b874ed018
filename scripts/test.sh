#!/bin/sh
# Runs every test on all cores, prints each room's time beside its budget, then checks that every
# claim of docs/claims.yaml was proved by this run. What the tests drive and pip cannot install (the
# real coding-agent clients, MCP servers, the monitoring servers) is fetched first. Arguments go to pytest;
# then it is not a full run.
set -eu
cd "$(dirname "$0")/.."

if [ $# -gt 0 ]; then
    exec .venv/bin/python -m pytest "$@"
fi

if [ -f tests/e2e/install_clients.sh ]; then
    if ! command -v npm >/dev/null 2>&1; then
        echo "test: the end-to-end tests drive real clients from npm, and npm is not on PATH" >&2
        exit 1
    fi
    sh tests/e2e/install_clients.sh
fi

PYTHON=.venv/bin/python sh tests/mcp/install_servers.sh
sh tests/signals/fetch_servers.sh
sh tests/signals/fetch_github_description.sh

rm -f .test-report.json
AGENTIC_TEST_REPORT="$PWD/.test-report.json" \
    .venv/bin/python -m pytest -n auto --dist worksteal -q
exec .venv/bin/python -m scripts.generate --check-claims
