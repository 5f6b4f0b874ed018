"""`agentic mcp`: the gateway, agentic as a server, and what a person approved of each server."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast, get_args

import typer

from agentic.cli.audit import here
from agentic.cli.mcp_doctor import doctor
from agentic.cli.output import (
    choice,
    complain,
    did_you_mean,
    reported,
    say,
    say_json,
    shown_time,
    table,
    usage,
)
from agentic.errors import AgenticError, CheckFailed, Unavailable, quoted
from agentic.mcp.approving import approve_items, forget_server, servers_seen, shown_difference
from agentic.mcp.pins import DIGEST_DIGITS, SERVER, digest_of_all
from agentic.mcp.settings import (
    Annotate,
    Blocked,
    Setup,
    read_gateway,
    server_from_option,
    server_from_words,
)
from agentic.mcp.visible import marks_of
from agentic.places import places_of

if TYPE_CHECKING:
    from agentic.mcp.approving import Seen
    from agentic.mcp.pins import Difference

#: How much of a digest a person types who has just read, on the same screen, what it stands for.
_TYPED_DIGITS = 8

_T = TypeVar("_T")

mcp_app = typer.Typer(
    help="Guard MCP servers: a gateway that judges every call, and pins of what servers show.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

mcp_app.command("doctor")(doctor)

ServerArgument = Annotated[str, typer.Argument(help="The server's name in the gateway.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
HttpOption = Annotated[
    str, typer.Option("--http", help="Serve at HOST:PORT on this machine instead of over stdio.")
]
WORDS = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}


@mcp_app.command(context_settings=WORDS)
def gateway(
    command: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND… | URL")] = None,
    config: Annotated[
        str, typer.Option("--config", help="YAML file with the servers and their limits.")
    ] = "",
    server: Annotated[
        list[str] | None,
        typer.Option("--server", help="One server: NAME=COMMAND… or NAME=URL; may be repeated."),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The name of the one server after --.")] = "",
    env: Annotated[
        list[str] | None,
        typer.Option("--env", help="A variable that started servers get; may be repeated."),
    ] = None,
    http: HttpOption = "",
    cwd: Annotated[str, typer.Option("--cwd", help="The folder that calls are judged in.")] = "",
    role: Annotated[str, typer.Option("--role", help="The agent role that calls come from.")] = "",
    blocked: Annotated[
        str, typer.Option("--blocked", help="Tools that policy stops: show (default) or hide.")
    ] = "",
    annotate: Annotated[
        str, typer.Option("--annotate", help="Where a tool tells its mode: meta, title or none.")
    ] = "",
) -> None:
    """Stand between an MCP client and its servers: judge, limit, clean and record every call."""
    with reported():
        setup = _setup(command or [], config, server or [], name, tuple(env or ()))
        setup = _presented(setup, blocked, annotate)
        _checked_address(http)
        serving = _serving()
        folder = os.path.abspath(cwd) if cwd else here()
        _run(
            lambda: serving.serve_gateway(
                setup, os.environ, folder, http=http, role=role, say=complain
            )
        )


@mcp_app.command()
def serve(http: HttpOption = "") -> None:
    """Let any MCP client ask agentic: check, explain, request an approval, search the journal."""
    with reported():
        _checked_address(http)
        serving = _serving()
        _run(
            lambda: serving.serve_agentic(
                os.environ, here(), answers(serving), http=http, say=complain
            )
        )


@mcp_app.command("list")
def list_servers(json: JsonOption = False) -> None:
    """List the servers that were seen behind a gateway, and what of them is approved."""
    with reported():
        seen = servers_seen(_state())
        if json:
            for row in seen:
                say_json(_server_json(row))
        elif not seen:
            say("no server has been seen behind a gateway yet")
        else:
            say(
                table(
                    ("server", "approved", "new", "changed", "gone", "seen", "what"),
                    map(_row, seen),
                )
            )


@mcp_app.command()
def pins(
    server: Annotated[str, typer.Argument(help="Only this server.")] = "",
    json: JsonOption = False,
) -> None:
    """List every approved definition: its digest, when, by whom."""
    with reported():
        rows = [
            (seen.identity.name, key, pin)
            for seen in servers_seen(_state(), server)
            for key, pin in seen.pins.items()
        ]
        if json:
            for name, key, pin in rows:
                say_json({"server": name, "item": key, **pin._asdict()})
        elif not rows:
            say("nothing is approved")
        else:
            shown = [
                (name, key, pin.sha256[:12], shown_time(pin.approved_at), pin.approved_by)
                for name, key, pin in rows
            ]
            say(table(("server", "item", "digest", "approved", "by"), shown))


@mcp_app.command()
def diff(
    server: Annotated[str, typer.Argument(help="Only this server.")] = "",
    items: Annotated[
        list[str] | None, typer.Argument(metavar="[TOOL]…", help="Only these tools.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show what servers show now and a person has not approved; exit 4 when there is any."""
    with reported():
        found = servers_seen(_state(), server)
        if server and not found:
            raise _unknown(server)
        waiting = [seen for seen in found if seen.waiting or seen.fault]
        for seen in waiting:
            if json:
                say_json(_server_json(seen))
            else:
                say(shown_difference(seen, _chosen(seen, items or [])))
        if not waiting:
            if not json:
                say("everything that the servers show is approved")
            return
        raise typer.Exit(4)


@mcp_app.command()
def approve(
    server: ServerArgument,
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOOL]…", help="Only these tools; without, everything shown."),
    ] = None,
    digest: Annotated[
        str, typer.Option("--digest", help="The first 32 or more digits that `mcp diff` shows.")
    ] = "",
) -> None:
    """Let clients see and call what `agentic mcp diff SERVER` shows, as long as it stays as it is."""
    with reported():
        found = servers_seen(_state(), server)
        if not found:
            raise _unknown(server)
        seen = _waiting_one(found, items or [], digest)
        chosen = _chosen(seen, items or [])
        if not chosen:
            say(f"nothing of {seen.identity.name} waits for approval")
            return
        if digest and len(digest) < DIGEST_DIGITS:
            message = f"`--digest` needs {DIGEST_DIGITS} digits or more"
            usage(message, f"`agentic mcp diff {seen.identity.name}` prints them")
        typed = digest or _typed(seen, chosen)
        places = places_of(os.environ)
        approve_items(places, here(), seen, chosen, typed, int(time.time()))
        count = "1 definition" if len(chosen) == 1 else f"{len(chosen)} definitions"
        say(f"approved {count} of {seen.identity.name}")


@mcp_app.command()
def forget(server: ServerArgument) -> None:
    """Withdraw every approval of a server; nothing of it can be used until it is approved anew."""
    with reported():
        count = forget_server(places_of(os.environ), here(), server, int(time.time()))
        if not count:
            raise _unknown(server)
        say(f"withdrew the approvals of {server}")


def _state() -> str:
    return places_of(os.environ).state


def _unknown(server: str) -> CheckFailed:
    message = f"no server {quoted(server)} has been seen behind a gateway"
    return CheckFailed(
        "mcp.server", message, "start it once: `agentic mcp gateway --name NAME -- …`"
    )


def _setup(
    words: list[str], config: str, servers: list[str], name: str, inherit: tuple[str, ...]
) -> Setup:
    """The gateway's setup from a file, from --server options, or from the words after `--`."""
    if sum((bool(config), bool(servers), bool(words))) != 1:
        usage("give either `--config FILE`, `--server NAME=…`, or `--name NAME -- COMMAND…`")
    if config:
        if inherit:
            usage("`--env` goes with a server on the command line", "write `inherit:` in the file")
        return read_gateway(config)
    if words:
        if not name:
            usage("the server needs a name", "add `--name NAME`; policy and pins know it by that")
        return Setup((_or_usage(lambda: server_from_words(name, tuple(words), inherit)),))
    found = _or_usage(lambda: tuple(server_from_option(text, inherit) for text in servers))
    names = [server.name for server in found]
    for each in names:
        if names.count(each) > 1:
            usage(f"the server {quoted(each)} is named twice")
    return Setup(found)


def _presented(setup: Setup, blocked: str, annotate: str) -> Setup:
    """The setup with what the command line says about lists."""
    if blocked:
        choice(blocked, get_args(Blocked), "value of --blocked")
        setup = setup._replace(blocked=cast("Blocked", blocked))
    if annotate:
        choice(annotate, get_args(Annotate), "value of --annotate")
        setup = setup._replace(annotate=cast("Annotate", annotate))
    return setup


def _checked_address(http: str) -> None:
    if http:
        from agentic.mcp.access import address_of

        _or_usage(lambda: address_of(http))


def _or_usage(function: Callable[[], _T]) -> _T:
    """The function's value; what it refuses as a usage error is one."""
    try:
        return function()
    except AgenticError as problem:
        if problem.code != "usage":
            raise
        usage(problem.message, problem.help)


def _serving() -> ModuleType:
    """The part that needs the `mcp` package. Raises: Unavailable when that is not installed."""
    try:
        from agentic.mcp import serving
    except ModuleNotFoundError as problem:
        message = f"the package {quoted(problem.name)} is not installed"
        way = "install `agentic-governance[mcp]`"
        raise Unavailable("mcp.package", message, way) from None
    return serving


def answers(serving: ModuleType) -> Any:
    """How `agentic mcp serve` tells what the commands of the same names tell."""
    from agentic.cli.check import decision_json
    from agentic.cli.explain import explained, explained_entry

    return serving.Answers(decision_json, explained, explained_entry, _signals_now)


def _signals_now() -> dict[str, Any]:
    from agentic.cli.signals_asked import asker, known_readings
    from agentic.cli.signals_view import by_signal, signal_json

    found = asker()
    names = sorted(found.policy.signals)
    groups = by_signal(known_readings(found, names), names)
    return {
        "now": found.now,
        "signals": [signal_json(name, readings, found.now) for name, readings in groups.items()],
    }


def _run(function: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run until it ends; what went wrong in a group of tasks is told as the one error that it is."""
    import anyio

    try:
        anyio.run(function)
    except KeyboardInterrupt:
        return
    except BaseExceptionGroup as problem:
        found: BaseException = problem
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        raise found from None


def _waiting_one(found: list[Seen], items: list[str], digest: str) -> Seen:
    """Which of several servers of one name is meant: the one of that digest, else the latest that waits."""
    waiting = [seen for seen in found if seen.waiting or seen.fault] or found
    for seen in waiting:
        named = _named(seen, items)
        if digest and named and digest_of_all(named).startswith(digest.lower()):
            return seen
    return waiting[0]


def _named(seen: Seen, items: list[str]) -> tuple[Difference, ...] | None:
    """The items that wait, or those named and the server itself; None where one named does not wait."""
    if not items:
        return seen.waiting
    by_name = _by_name(seen)
    if not all(name in by_name for name in items):
        return None
    own = tuple(each for each in seen.waiting if each.key == SERVER)
    return (*own, *(by_name[name] for name in dict.fromkeys(items)))


def _by_name(seen: Seen) -> dict[str, Difference]:
    return {each.key.partition(":")[2]: each for each in seen.waiting if ":" in each.key}


def _chosen(seen: Seen, items: list[str]) -> tuple[Difference, ...]:
    """The items to approve: all that wait, or those named; a usage error for one that does not wait."""
    found = _named(seen, items)
    if found is None:
        known = sorted(_by_name(seen))
        name = next(name for name in items if name not in known)
        message = f"nothing called {quoted(name)} of {quoted(seen.identity.name)} waits"
        usage(message, did_you_mean(name, known) if known else "")
    return found


def _typed(seen: Seen, chosen: tuple[Difference, ...]) -> str:
    """The digest, once the person who read the difference has typed its first digits."""
    if not sys.stdin.isatty():
        usage(
            "approving needs the digest of what was read",
            f"add `--digest`; `agentic mcp diff {seen.identity.name}` prints it",
        )
    say(shown_difference(seen, chosen))
    typed = str(typer.prompt(f"type the first {_TYPED_DIGITS} digits of the digest to approve"))
    digest = digest_of_all(chosen)
    is_right = len(typed) >= _TYPED_DIGITS and digest.startswith(typed.lower())
    return digest if is_right else typed


def _row(seen: Seen) -> tuple[str, ...]:
    states = [each.state for each in seen.differences]
    counts = tuple(str(states.count(state)) for state in ("approved", "new", "changed", "gone"))
    if seen.fault:
        counts = ("none", *counts[1:])
    what = seen.identity.url or " ".join(seen.identity.command)
    shown = what if len(what) <= 60 else what[:59] + "…"
    return (seen.identity.name, *counts, shown_time(seen.seen_at), shown)


def _server_json(seen: Seen) -> dict[str, Any]:
    return {
        "server": seen.identity.as_json(),
        "seen_at": seen.seen_at,
        "fault": seen.fault,
        "digest": digest_of_all(seen.waiting) if seen.waiting else "",
        "items": [
            {
                "item": each.key,
                "state": each.state,
                "digest": each.digest,
                "marks": list(marks_of(each.shown).all) if each.shown is not None else [],
                "approved": each.approved,
                "shown": each.shown,
            }
            for each in seen.differences
        ],
    }
