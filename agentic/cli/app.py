"""The commands and their options; each one builds what it needs and calls the room that does the work."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from agentic import __version__, exit_codes
from agentic.audit.query import entries, flat, of_id
from agentic.cli import check as checking
from agentic.cli.audit import audit_app, here, own_journal
from agentic.cli.doctor import doctor
from agentic.cli.explain import explained, explained_entry
from agentic.cli.git_hooks import git_hooks_app
from agentic.cli.hosts import hosts_app
from agentic.cli.init import init
from agentic.cli.mcp import mcp_app
from agentic.cli.output import choice, reported, say, say_json, usage
from agentic.cli.policy import policy_app
from agentic.cli.requests import requests_app
from agentic.cli.shim import shim_app
from agentic.cli.signals import signals_app
from agentic.cli.sync import sync
from agentic.core.values import ENVIRONMENTS, PURPOSE_ASK, ToolCall
from agentic.errors import CheckFailed, quoted
from agentic.govern import govern
from agentic.ports import CliPorts

app = typer.Typer(
    name="agentic",
    help="Recognise, classify, escalate, answer and record what agents and CI want to do.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(policy_app, name="policy")
app.add_typer(audit_app, name="audit")
app.add_typer(requests_app, name="requests")
app.add_typer(signals_app, name="signals")
app.add_typer(hosts_app, name="hosts")
app.add_typer(mcp_app, name="mcp")
app.add_typer(shim_app, name="shim")
app.add_typer(git_hooks_app, name="git-hooks")
app.command("init")(init)
app.command("sync")(sync)
app.command("doctor")(doctor)

WORDS = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}

EnvironmentOption = Annotated[
    str,
    typer.Option(
        "--env", help="Judge as at least this environment: it can only make the answer stricter."
    ),
]
FolderOption = Annotated[str, typer.Option("--cwd", help="The folder the call would run in.")]
RoleOption = Annotated[
    str, typer.Option("--agent", help="The agent role, for the permission matrix.")
]
TimeOption = Annotated[
    str, typer.Option("--at", help="Answer as at this time, like 2026-11-21T23:00Z (hypothetical).")
]
LiveOption = Annotated[
    bool,
    typer.Option("--live", help="Ask the sources of live signals now, instead of the snapshot."),
]
DeadlineOption = Annotated[
    str,
    typer.Option(
        "--deadline", help="With --live: how long to wait for them, like 500ms, 5s (default) or 1m."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def _version(wanted: bool) -> None:
    if wanted:
        say(f"agentic {__version__}")
        raise typer.Exit(exit_codes.OK)


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Recognise, classify, escalate, answer and record what agents and CI want to do."""


@app.command(context_settings=WORDS)
def check(
    command: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND…")] = None,
    env: EnvironmentOption = "",
    cwd: FolderOption = "",
    agent: RoleOption = "",
    at: TimeOption = "",
    live: LiveOption = False,
    deadline: DeadlineOption = "",
    tool: Annotated[str, typer.Option("--tool", help="Neutral tool name, with --input.")] = "",
    input: Annotated[
        str, typer.Option("--input", help="File with the tool's input as JSON, or -.")
    ] = "",
    batch: Annotated[str, typer.Option("--batch", help="JSON Lines file of calls, or -.")] = "",
    json: JsonOption = False,
) -> None:
    """Say what would be decided. Exit 0 may run, 10 CONSULT, 20 STOP; nothing is run or recorded."""
    words = command or []
    if sum((bool(words), bool(tool or input), bool(batch))) != 1:
        usage("give either `-- COMMAND…`, `--tool NAME --input FILE`, or `--batch FILE`")
    if env:
        choice(env, ENVIRONMENTS, "environment")
    folder = _folder(cwd)
    deadline_s = checking.live_deadline_s(deadline, at, is_live=live)
    ports = CliPorts(os.environ, checking.moment(at), deadline_s)
    with reported():
        if batch:
            raise typer.Exit(checking.check_batch(batch, ports, folder, env, agent))
        if tool or input:
            if not (tool and input):
                usage("`--tool` and `--input` go together")
            call = checking.call_of_input(tool, input, folder, env, agent)
        else:
            text = checking.command_text(words)
            call = ToolCall(
                "shell",
                {"command": text},
                folder,
                can_ask=True,
                declared_environment=env,
                role=agent,
            )
        raise typer.Exit(checking.check_one(call, ports, as_json=json))


@app.command(context_settings=WORDS)
def explain(
    command: Annotated[list[str] | None, typer.Argument(metavar="ID | -- COMMAND…")] = None,
    env: EnvironmentOption = "",
    cwd: FolderOption = "",
    agent: RoleOption = "",
    at: TimeOption = "",
    live: LiveOption = False,
    deadline: DeadlineOption = "",
    json: JsonOption = False,
) -> None:
    """Tell the whole trace of a recorded decision (by its number) or of a command."""
    words = command or []
    if not words:
        usage("give a record number, or `-- COMMAND…`")
    folder = _folder(cwd)
    deadline_s = checking.live_deadline_s(deadline, at, is_live=live)
    ports = CliPorts(os.environ, checking.moment(at), deadline_s)
    with reported():
        if len(words) == 1 and "--" not in sys.argv:
            _explain_record(words[0], as_json=json)
            return
        if env:
            choice(env, ENVIRONMENTS, "environment")
        call = ToolCall(
            "shell",
            {"command": checking.command_text(words)},
            folder,
            can_ask=True,
            declared_environment=env,
            role=agent,
        )
        decision = govern(call, ports.for_call(call), PURPOSE_ASK)
        if json:
            trace = [step._asdict() for step in decision.trace]
            say_json({**checking.decision_json(decision), "trace": trace, "way": decision.way})
        else:
            say(explained(decision, ports.now))


def _explain_record(id: str, *, as_json: bool) -> None:
    found = of_id(entries(own_journal(here()).path), id)
    if not found:
        raise CheckFailed(
            "journal.no-record",
            f"no record has the id {quoted(id)}",
            help="`agentic audit tail` lists the latest; to explain a command write `-- COMMAND`",
        )
    for entry in found:
        if as_json:
            say_json(flat(entry))
        else:
            say(explained_entry(entry) + "\n")


@app.command(context_settings=WORDS)
def run(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND…")],
    env: EnvironmentOption = "",
    agent: RoleOption = "",
    deadline: Annotated[
        str,
        typer.Option(help="How long to wait for sources of signals, like 500ms, 5s (default), 1m."),
    ] = "",
    status: Annotated[
        str, typer.Option(help="File that gets the verdict and the end as one line of JSON.")
    ] = "",
) -> None:
    """Decide on a command, record it, and run it without a shell where it may run.

    Exit: the command's own code; 10 CONSULT and 20 STOP where it was not run, 127 and 126 where it could
    not be started. `agentic requests` shows what waits for a person.
    """
    from agentic.cli.run import main as run_command

    run_command(sys.argv[2:])


@app.command(context_settings={**WORDS, "allow_extra_args": True})
def hook(
    host: Annotated[str, typer.Argument(help="Which host calls, for example claude-code.")],
) -> None:
    """Answer one hook call of a host: its payload on standard input, its reply on standard output."""
    from agentic.hook import main as run_hook

    run_hook([host])


def _folder(given: str) -> str:
    """The folder a call is judged in: absolute, from `--cwd` or the current one."""
    try:
        here = os.getcwd()
    except OSError:
        if not given.startswith("/"):
            usage("the current folder is gone", "give an absolute `--cwd`")
        here = "/"
    return os.path.normpath(os.path.join(here, given)) if given else here
