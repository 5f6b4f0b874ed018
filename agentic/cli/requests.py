"""`agentic requests`: what waits for a person's yes, and the yes or no."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentic.cli.audit import here
from agentic.cli.output import reported, say, say_json, shown_time, table, usage
from agentic.errors import quoted
from agentic.ports import CliPorts

if TYPE_CHECKING:
    from agentic.approvals.grants import FileGrants
    from agentic.approvals.requests import Request

requests_app = typer.Typer(
    help="See and answer what agents were not allowed to do without a person's yes.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

IdArgument = Annotated[str, typer.Argument(help="The request's id, like r-0123456789.")]
BecauseOption = Annotated[str, typer.Option("--because", help="Why; it goes into the journal.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _store() -> tuple[FileGrants, CliPorts]:
    ports = CliPorts(os.environ, int(time.time()))
    return ports.store(here()).approvals(), ports


@requests_app.command("list")
def list_requests(
    every: Annotated[bool, typer.Option("--all", help="Also answered and expired ones.")] = False,
    json: JsonOption = False,
) -> None:
    """List the requests that wait for an answer, the oldest first."""
    with reported():
        store, ports = _store()
        found = [r for r in store.requests(ports.now) if every or r.state == "pending"]
        if json:
            for request in found:
                say_json(request._asdict())
        elif not found:
            say("no request waits for an answer" if not every else "there are no requests")
        else:
            say(table(("id", "state", "asked", "expires", "operation"), map(_row, found)))


@requests_app.command()
def show(id: IdArgument, json: JsonOption = False) -> None:
    """Print one request: the block that the agent was shown, what exactly, and how to answer."""
    with reported():
        store, ports = _store()
        request = store.find(id, ports.now)
        if json:
            say_json(request._asdict())
            return
        say(shown(request))


@requests_app.command()
def approve(
    id: IdArgument,
    digest: Annotated[
        str, typer.Option("--digest", help="The first 8 or more digits of the request's digest.")
    ] = "",
    because: BecauseOption = "",
) -> None:
    """Let the request's action run once, soon, and only as it was shown."""
    with reported():
        store, ports = _store()
        request = store.find(id, ports.now)
        typed = digest or _typed(request)
        policy = ports.policy(here())
        ttl_s = int(policy.settings["grant_ttl_s"])
        grant = store.approve(
            id, typed, approver=ports.places.user, now=ports.now, because=because, ttl_s=ttl_s
        )
        say(
            f"granted {grant.id}: the next time the agent asks for exactly this, it runs once"
            f" (until {shown_time(grant.expires_at)}, assurance {grant.assurance})"
        )


@requests_app.command()
def deny(id: IdArgument, because: BecauseOption = "") -> None:
    """Refuse the request; the same action stays refused until the request would have expired."""
    with reported():
        store, ports = _store()
        request = store.deny(id, approver=ports.places.user, now=ports.now, because=because)
        say(f"denied {request.id}")


def shown(request: Request) -> str:
    """A request as a person should read it before answering."""
    facts: list[tuple[str, Any]] = [
        ("request", f"{request.id} ({request.state})"),
        ("asked", shown_time(request.created_at)),
        ("expires", shown_time(request.expires_at)),
        (
            "by",
            " ".join(filter(None, (request.requester, request.host, request.agent, request.role))),
        ),
        ("session", request.session),
        ("digest", request.request_digest),
    ]
    lines = [f"{name:<8} {value}" for name, value in facts if value]
    lines += ["", request.block, "", "what it covers"]
    lines += [f"  {operation}" for operation in request.operations]
    if request.answered_by:
        when = shown_time(request.answered_at)
        why = request.answer_because or "no reason given"
        lines += ["", f"answered by {request.answered_by} at {when}: {why}"]
    elif request.state == "pending":
        lines += [
            "",
            f"yes: agentic requests approve {request.id} --digest {request.request_digest[:8]}",
            f"no:  agentic requests deny {request.id} --because TEXT",
        ]
    return "\n".join(lines)


def _typed(request: Request) -> str:
    """The digest's first digits as typed by the person at the terminal."""
    if not sys.stdin.isatty():
        usage(
            "approving needs the digest of what was read",
            f"add `--digest`; `agentic requests show {request.id}` prints it",
        )
    say(shown(request))
    return str(typer.prompt("type the first 8 digits of the digest to approve"))


def _row(request: Request) -> tuple[str, ...]:
    more = f" and {len(request.operations) - 1} more" if len(request.operations) > 1 else ""
    operation = (request.operations[0] if request.operations else quoted("")) + more
    return (
        request.id,
        request.state,
        shown_time(request.created_at),
        shown_time(request.expires_at),
        operation if len(operation) <= 80 else operation[:79] + "…",
    )
