"""One refused call, answered in the words of every host that agentic knows."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

from agentic.hosts.interface import Ran, Target
from agentic.hosts.registry import HOSTS
from agentic.places import places_of
from demo.sandbox import Sandbox

REFUSED = "git push --force origin main"
HARMLESS = "git status"


def show_hosts(machine: Sandbox, unless: Callable[[object, str], None]) -> None:
    """The reply to one call, host by host: how it is sent, and whether the host would refuse."""
    places = places_of(machine.variables)
    target = Target("user", str(machine.project), places, machine.variables)
    print(f"$ {REFUSED}\n")
    print(f"{'host':<12} {'sent as':<28} the host makes of it")
    for name, host in HOSTS.items():
        command = host.commands(target)[0]
        harmless = host.verdict(_ran(machine, name, command, HARMLESS))
        unless(harmless in {"none", "allow"}, f"{name}: `{HARMLESS}` is {harmless}")
        ran = _ran(machine, name, command, REFUSED)
        told = host.verdict(ran)
        print(f"{name:<12} {_form(ran):<28} {told}")
        unless(told == "deny", f"{name}: the refused call is {told}")


def _ran(machine: Sandbox, name: str, command: str, line: str) -> Ran:
    probe = HOSTS[name].probe(line, f"demo-{os.urandom(8).hex()}")
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        input=probe.payload,
        env={**machine.variables, **probe.variables},
        cwd=machine.project,
        capture_output=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def _form(ran: Ran) -> str:
    """How the refusal is sent: what stands on which stream, and the exit code."""
    streams = [name for name, data in (("stdout", ran.stdout), ("stderr", ran.stderr)) if data]
    return f"exit {ran.status}, {' and '.join(streams) or 'nothing'}"
