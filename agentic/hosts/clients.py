"""Which client of a host is on this machine, and what its version lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping

from agentic.hosts.interface import Client, Host

_VERSION_WAIT_S = 15


def client_of(host: Host, environment: Mapping[str, str]) -> Client | None:
    """The client that PATH finds first, or None; its version is empty when it does not tell."""
    search = environment.get("PATH", os.defpath)
    path = next((p for name in host.PROGRAMS if (p := shutil.which(name, path=search))), None)
    if path is None:
        return None
    try:
        ran = subprocess.run(
            [path, "--version"],
            capture_output=True,
            check=False,
            timeout=_VERSION_WAIT_S,
            stdin=subprocess.DEVNULL,
            env={**environment, "DISABLE_AUTOUPDATER": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return Client(path, "")
    return Client(path, host.version_of(ran.stdout.decode("utf-8", "replace").split()))


def lacks_of(host: Host, version: str) -> list[str]:
    """What this client version lacks of what we rely on; nothing for an unreadable version."""
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return []
    told = (int(parts[0]), int(parts[1]), int(parts[2]))
    return [
        f"before {'.'.join(map(str, lack.since))}: {lack.what}"
        for lack in host.LACKS
        if told < lack.since
    ]
