#!/bin/sh
# Installs GitHub's own description of its REST API (npm: @octokit/openapi, pinned) into the cache folder
# of the test clients, outside the repository. The stand-in for GitHub in tests/signals is held against it.
# Does nothing when it is there already.
set -eu

OPENAPI_VERSION=23.0.2

cache="${AGENTIC_TEST_CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/agentic-tests/clients}"
folder="$cache/octokit-openapi-$OPENAPI_VERSION"
description="$folder/api.github.com.json"

if [ -s "$description" ]; then
    exit 0
fi
command -v npm >/dev/null 2>&1 || { echo "fetch_github_description: npm is not on PATH" >&2; exit 1; }
echo "installing @octokit/openapi $OPENAPI_VERSION into $folder" >&2
mkdir -p "$cache"
work="$(mktemp -d "$cache/octokit-openapi.XXXXXX")"
trap 'rm -rf "$work"' EXIT
(
    cd "$work"
    echo '{"name": "agentic-test-clients", "private": true}' >package.json
    npm install --no-audit --no-fund --silent --ignore-scripts "@octokit/openapi@$OPENAPI_VERSION" >&2
)
# The package unpacks to 400 MB, of which one file of 13 MB is needed; it is moved in place as a whole.
kept="$work/kept"
mkdir "$kept"
mv "$work/node_modules/@octokit/openapi/generated/api.github.com.json" "$kept/"
mv "$work/node_modules/@octokit/openapi/LICENSE" "$kept/"
rm -rf "$folder"
mv "$kept" "$folder"
