#!/bin/sh
# Runs every test on all cores. What the tests drive and pip cannot install (the real coding-agent
# clients) is installed first, into .test-clients. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."

if [ -f tests/e2e/install_clients.sh ]; then
    if ! command -v npm >/dev/null 2>&1; then
        echo "test: the end-to-end tests drive real clients from npm, and npm is not on PATH" >&2
        exit 1
    fi
    sh tests/e2e/install_clients.sh
fi
exec .venv/bin/python -m pytest -n auto --dist worksteal -q "$@"
