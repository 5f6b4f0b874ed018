"""A machine with agentic installed for any host: what its hook answers to the host's own payloads."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from agentic.hosts.install import Done, Request, install, uninstall
from agentic.hosts.interface import Host, Ran
from agentic.hosts.registry import HOSTS
from agentic.hosts.settings import installed
from agentic.places import private_folder
from tests.hosts.machine import Machine, new_machine


class HostMachine(NamedTuple):
    """A home and a project on which one host is used."""

    host: Host
    machine: Machine

    @property
    def variables(self) -> dict[str, str]:
        return {"HOME": str(self.machine.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def request(self, scope: Any = "user", **more: Any) -> Request:
        machine = self.machine
        return Request(
            self.host.HOST, scope, machine.places, str(machine.project), self.variables, **more
        )

    def install(self, scope: str = "user", **more: Any) -> Done:
        return install(self.request(scope, **more))

    def write(self, scope: str = "user", **more: Any) -> bool:
        """Whether writing the files changed any; the launcher is not built, nothing is tried."""
        request = self.request(scope, **more)
        private_folder(request.places.state)
        told = {"host": request.host, "scope": request.scope, "options": request.options}
        changes = [installed(request.places, file, **told) for file in request.files]  # type: ignore[arg-type]
        return any(change.is_needed for change in changes)

    def uninstall(self, scope: str = "user", **more: Any) -> Done:
        return uninstall(self.request(scope, **more))

    def ask(self, payload: object, *, scope: Any = "user", as_heredoc: bool = False) -> Ran:
        """What the hook's command does with a payload on standard input, or hung on its end."""
        (command,) = self.host.commands(self.request(scope).target)
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        given = None if as_heredoc else data
        if as_heredoc:
            command = f"{command} <<'END_OF_PAYLOAD'\n{data.decode()}\nEND_OF_PAYLOAD"
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            input=given,
            stdin=subprocess.DEVNULL if as_heredoc else None,
            capture_output=True,
            cwd=self.machine.project,
            env=self.variables,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def records(self, event: str) -> list[dict[str, Any]]:
        return [record for record in self.machine.records() if record["event"] == event]

    def found(self, check: str) -> dict[str, str]:
        """Message -> level of the findings whose check begins so."""
        rows = self.host.findings(self.request().target)
        return {row.message: row.level for row in rows if row.check.startswith(check)}


def new_host_machine(folder: Path, name: str) -> HostMachine:
    """A fresh machine for one host; nothing is installed yet."""
    return HostMachine(HOSTS[name], new_machine(folder))
