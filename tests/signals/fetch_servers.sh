#!/bin/sh
# Gets the monitoring servers that the tests start on loopback: prometheus, its Alertmanager and its
# Pushgateway. Does nothing when they are on PATH or were fetched before. Else Debian's packages are
# downloaded and unpacked (`dpkg -x`) into a cache folder outside the repository: nothing is installed, no
# service is started, and no root is needed.
set -eu

cache="${AGENTIC_TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/agentic-tests/servers}"
packages="prometheus prometheus-alertmanager prometheus-pushgateway"
folder="$cache/debian"

is_there() {
    for package in $packages; do
        command -v "$package" >/dev/null 2>&1 ||
            command -v "${package#prometheus-}" >/dev/null 2>&1 ||
            [ -x "$folder/usr/bin/$package" ] || return 1
    done
}

is_there && exit 0
for tool in apt-get dpkg; do
    command -v "$tool" >/dev/null 2>&1 || {
        echo "fetch_servers: put prometheus, alertmanager and pushgateway on PATH (there is no $tool)" >&2
        exit 1
    }
done

echo "fetching $packages into $folder" >&2
mkdir -p "$cache"
work="$(mktemp -d "$cache/debian.XXXXXX")"
trap 'rm -rf "$work"' EXIT
cd "$work"
# The system's own package lists first; where they were removed (container images), lists of our own.
# shellcheck disable=SC2086
if ! apt-get -qq -o APT::Sandbox::User=root download $packages >/dev/null 2>&1; then
    mkdir -p state/lists/partial cache/archives/partial
    own="-qq -o APT::Sandbox::User=root -o Dir::State=$work/state -o Dir::Cache=$work/cache"
    own="$own -o Dir::State::status=/var/lib/dpkg/status"
    apt-get $own update >&2 && apt-get $own download $packages >&2 || {
        echo "fetch_servers: apt-get cannot download $packages" >&2
        exit 1
    }
fi
mkdir kept
for package in ./*.deb; do
    dpkg -x "$package" kept
done
# Debian's Alertmanager looks for its templates in /usr/share and has no option for it. The unpacked copy
# looks below its working folder instead: the same path, as long as before, without the slash in front.
LC_ALL=C sed -i 's#/usr/share/prometheus/alertmanager#usr//share/prometheus/alertmanager#g' \
    kept/usr/bin/prometheus-alertmanager
for package in $packages; do
    "kept/usr/bin/$package" --version >/dev/null 2>&1 || {
        echo "fetch_servers: the unpacked $package does not start" >&2
        exit 1
    }
done
rm -rf "$folder"
mv kept "$folder"
