"""Runs the real Codex client against a loopback model, in a home and a project of its own.

The client is installed by tests/e2e/install_clients.sh; a missing one is an error.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentic.hosts import codex
from agentic.hosts.codex_trust import pins
from agentic.hosts.install import Request
from tests.e2e.loopback import Script
from tests.e2e.npm_clients import Cli, Run
from tests.e2e.stub_responses import ResponsesModel
from tests.hosts.machine import Machine

_RUN_WAIT_S = 90

#: Words of a run in which the client itself asks nothing and forbids nothing.
OPEN = ("--dangerously-bypass-approvals-and-sandbox",)

CODEX = Cli("codex", "codex", ResponsesModel, ".codex/config.toml", {}, lambda _: {}, ())

#: What is chosen for every run by a flag of its own, so that the person's config.toml stays as it is.
_CHOSEN = {
    "model": '"gpt-5.5"',  # a name that the client knows, so that it offers apply_patch
    "model_provider": '"stub"',
    "check_for_update_on_startup": "false",
    "analytics.enabled": "false",
}


def _provider(url: str) -> str:
    return (
        f'{{name="stub",base_url="{url}",wire_api="responses",env_key="STUB_KEY",'
        "request_max_retries=0,stream_max_retries=0,supports_websockets=false}"
    )


def run(
    script: Script,
    home: Path,
    project: Path,
    *,
    words: Sequence[str] = OPEN,
    others: Mapping[str, Script] | None = None,
    more: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    version: str = "",
) -> Run:
    """Play a script to `codex exec`, with `before` in front of it; `words` are more options."""
    with ResponsesModel(script, others) as model:
        chosen = {**_CHOSEN, "model_providers.stub": _provider(model.url)}
        options = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        done = subprocess.run(
            [*before, str(CODEX.path(version)), "exec", "--json", *options, *words, "go"],
            cwd=project,
            env=variables(home, more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_RUN_WAIT_S,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, model.results(), model.requests)


def variables(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The client's environment: nothing of this machine but PATH."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "STUB_KEY": "none",
        **(more or {}),
    }


# --- what a test does with it


def shell(command: str, **more: Any) -> dict[str, Any]:
    """A call of the shell."""
    return {"name": "exec_command", "args": {"cmd": command, **more}}


def patch(*sections: str) -> dict[str, Any]:
    """A patch of several files."""
    body = "\n".join(sections)
    return {"custom": "apply_patch", "input": f"*** Begin Patch\n{body}\n*** End Patch"}


def mcp(tool: str, **arguments: Any) -> dict[str, Any]:
    """A call of the MCP server `board`."""
    return {"namespace": "mcp__board", "name": tool, "args": arguments}


def request(machine: Machine, scope: Any = "user", **more: Any) -> Request:
    """What a person asks for at their terminal, with the client on PATH."""
    folder = CODEX.path().parent
    told = {**variables(machine.home), "PATH": f"{folder}:{os.environ['PATH']}"}
    return Request("codex", scope, machine.places, str(machine.project), told, **more)


def play(machine: Machine, *calls: dict[str, Any], words: tuple[str, ...] = (), **more: Any) -> Run:
    """One session without a person, one call a turn."""
    script = [[call] for call in calls]
    done = run(script, machine.home, machine.project, words=[*OPEN, *words], **more)
    assert done.status == 0, done.complaint
    return done


def findings(machine: Machine) -> dict[str, str]:
    """Check -> level of what doctor finds against us in this host; the worst of each."""
    rank = {"ok": 0, "warn": 1, "fail": 2}
    found: dict[str, str] = {}
    for one in codex.findings(request(machine).target):
        found[one.check] = max(found.get(one.check, "ok"), one.level, key=lambda level: rank[level])
    return found


def records(machine: Machine, event: str) -> list[dict[str, Any]]:
    """The journal's records of one event."""
    return [record for record in machine.records() if record["event"] == event]


def with_pins(machine: Machine, scope: str) -> None:
    """The user's yes to the hooks of a project, as the client keeps it."""
    told = request(machine, scope)
    wanted = codex.entries(told.target)
    path = codex.hooks_path(told.target)
    hooks = json.loads(Path(path).read_text())["hooks"]
    found = pins(hooks, wanted, path, str(CODEX.path()), told.environment["PATH"])
    settings = machine.home / ".codex/config.toml"
    settings.parent.mkdir(exist_ok=True)
    before = settings.read_text() if settings.exists() else ""
    lines = [before, f"[projects.{json.dumps(str(machine.project))}]", 'trust_level = "trusted"']
    for name, values in found.items():
        lines += [f"[hooks.state.{json.dumps(name)}]", f'trusted_hash = "{values["trusted_hash"]}"']
    settings.write_text("\n".join(lines) + "\n")


_WITH_ETC = (
    "mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work && mount -t overlay none "
    '-o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc && cp -R "$1" /etc/codex && '
    'shift && exec "$@"'
)


def with_managed(folder: Path) -> tuple[str, ...]:
    """In front of a command that is to find this folder as /etc/codex: a view of its own of /etc."""
    unshare = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-rm")
    return (*unshare, "sh", "-c", _WITH_ETC, "managed", str(folder))
