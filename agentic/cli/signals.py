"""`agentic signals`: what the live signals say, how each is told, and whether their definitions hold.

`list`, `show` and `explain` ask nobody; `refresh`, `watch`, `check` and `lint` ask the sources that policy
names; `test` answers for another moment, or from a recorded response.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from agentic import exit_codes
from agentic.cli.output import (
    choice,
    complain,
    reported,
    say,
    say_json,
    seconds_of,
    shown_time,
    unix_time,
    usage,
)
from agentic.cli.signals_asked import (
    Asker,
    asked_readings,
    asker,
    known_readings,
    refreshed,
)
from agentic.cli.signals_diff import diff_reading, read_diff
from agentic.cli.signals_named import check_name, configured, note_untrusted
from agentic.cli.signals_policy import (
    KnownSignals,
    how_to_give_source,
    is_counting,
    known_signals,
)
from agentic.cli.signals_prose import explained, shown
from agentic.cli.signals_view import (
    by_signal,
    missing_text,
    readings_table,
    signal_json,
    snapshot_line,
    strictest_state,
    terminal_width,
    unknown_line,
)
from agentic.core.values import CLEAR, ENVIRONMENTS, UNKNOWN, Reading
from agentic.errors import quoted
from agentic.signals.snapshot import snapshot_path

signals_app = typer.Typer(
    help="See, refresh, test and lint the live signals that escalate decisions.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A signal, like incident.active.")
]
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...", help="Signals; all that are configured when none is named."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def _here() -> tuple[Asker, KnownSignals]:
    found = asker()
    return found, known_signals(found.root, found.places.state, found.places.config)


def _say_readings(groups: Mapping[str, Sequence[Reading]], now: int) -> None:
    """The table, as wide as the terminal, and what it means where something is UNKNOWN."""
    say(readings_table(groups, now, terminal_width()))
    unknown = unknown_line(reading for group in groups.values() for reading in group)
    if unknown:
        say(f"\n{unknown}")


@signals_app.command("list")
def list_signals(json: JsonOption = False) -> None:
    """List every signal with what is known of it now, and those that have no source. Asks nobody."""
    with reported():
        here, known = _here()
        groups = by_signal(
            known_readings(here, sorted(here.policy.signals)), sorted(here.policy.signals)
        )
        missing = [name for name in known.names if name not in groups]
        note_untrusted(known)
        if json:
            say_json(_list_json(here, known, groups, missing))
            return
        _say_readings(groups, here.now)
        if here.has_live_reads:
            say("\n" + snapshot_line(here.snapshot, here.now))
        if missing:
            ways = {n: (known.meanings[n], how_to_give_source(known, n)) for n in missing}
            say("\n" + missing_text(ways))
            say(
                "\na read goes into a file of `.agentic`, like .agentic/signals.yaml: "
                "docs/SIGNALS.md shows every kind"
            )


def _list_json(
    here: Asker, known: KnownSignals, groups: dict[str, list[Reading]], missing: list[str]
) -> dict[str, object]:
    snapshot = here.snapshot
    return {
        "now": here.now,
        "snapshot": {
            "path": snapshot_path(here.places.state, here.policy.signals_digest),
            "written_at": snapshot.written_at or None,
            "fault": snapshot.fault if here.has_live_reads else "",
        },
        "signals": [
            {**signal_json(name, found, here.now), "meaning": known.meanings.get(name, "")}
            for name, found in groups.items()
        ],
        "not_configured": [
            {
                "signal": name,
                "meaning": known.meanings[name],
                "configure": how_to_give_source(known, name).replace("`", ""),
            }
            for name in missing
        ],
    }


@signals_app.command("show")
def show_signal(name: NameArgument, json: JsonOption = False) -> None:
    """Show one signal: its definition, reads, sources, rules and what is known of it now. Asks nobody."""
    with reported():
        here, known = _here()
        check_name(name, known)
        found = list(known_readings(here, [name]))
        if json:
            say_json(_show_json(here, known, name, found))
            return
        say(shown(name, here.policy, known))
        if found:
            say("\nwhat is known now")
            _say_readings(by_signal(found, [name]), here.now)


def _show_json(
    here: Asker, known: KnownSignals, name: str, found: list[Reading]
) -> dict[str, object]:
    settings = here.policy.signal_settings(name) if name in here.policy.signals else {}
    return {
        **signal_json(name, found, here.now),
        "meaning": known.meanings[name],
        "is_configured": bool(settings),
        "max_age_s": settings.get("max_age_s"),
        "reads": [
            {
                "where": read.origin.where(),
                "layer": read.origin.layer,
                "is_trusted": read.origin.is_trusted,
                **read.settings,
            }
            for read in known.reads_of(name)
        ],
        "rules": [
            {"id": r.rule.id, "to": r.rule.to, "where": r.origin.where(), "because": r.rule.because}
            for r in known.rules_of(name)
        ],
    }


@signals_app.command()
def explain(name: NameArgument, json: JsonOption = False) -> None:
    """Tell in prose what a signal means, who is asked, how it is judged and what it does. Asks nobody."""
    with reported():
        here, known = _here()
        check_name(name, known)
        found = by_signal(known_readings(here, [name]), [name])[name]
        text = explained(name, here.policy, known, found, here.now)
        if json:
            say_json({**_show_json(here, known, name, found), "explanation": text})
        else:
            say(text)


@signals_app.command()
def refresh(
    names: NamesArgument = None,
    deadline: Annotated[
        str, typer.Option("--deadline", metavar="TIME", help="How long to wait: 500ms, 5s or 1m.")
    ] = "10s",
    json: JsonOption = False,
) -> None:
    """Ask every live source once and keep the answers for hooks. Exit 5 when one could not be told."""
    seconds = seconds_of(deadline, "--deadline")
    with reported():
        here, known = _here()
        wanted = [name for name in configured(here, known, names) if here.is_live(name)]
        readings = refreshed(here, wanted, seconds) if wanted else ()
        path = snapshot_path(here.places.state, here.policy.signals_digest)
        groups = by_signal(readings, wanted)
        if json:
            signals = [signal_json(name, found, here.now) for name, found in groups.items()]
            say_json({"now": here.now, "snapshot": path if wanted else None, "signals": signals})
        elif not wanted:
            what = ", ".join(map(quoted, names)) if names else "no signal here"
            how = "needs no snapshot" if names else "is read from a source"
            say(f"{what} {how}, so there is nothing to refresh")
        else:
            _say_readings(groups, here.now)
            say(f"\nwritten to {path}")
        if any(reading.state == UNKNOWN for reading in readings):
            raise typer.Exit(exit_codes.UNAVAILABLE)


@signals_app.command("check")
def check_signals(
    names: NamesArgument = None,
    deadline: Annotated[
        str, typer.Option("--deadline", metavar="TIME", help="How long to wait: 500ms, 5s or 1m.")
    ] = "5s",
    environment: Annotated[
        str,
        typer.Option("--environment", "--env", metavar="NAME", help="Only what could count there."),
    ] = "",
    diff: Annotated[
        str,
        typer.Option("--diff", metavar="FILE|-", help="Look for credentials in a diff, too."),
    ] = "",
    json: JsonOption = False,
) -> None:
    """Ask the sources now, writing nothing. Exit 0: all clear, 4: one is raised or cannot be told."""
    seconds = seconds_of(deadline, "--deadline")
    if environment:
        choice(environment, ENVIRONMENTS[:-1], "environment")
    with reported():
        here, known = _here()
        data = read_diff(diff) if diff else None
        readings = [
            reading
            for reading in asked_readings(here, configured(here, known, names), seconds)
            if not environment or _counts(known, reading, environment)
        ]
        if data is not None:
            readings.append(diff_reading(data, here.now))
        groups = by_signal(readings, [])
        if json:
            signals = [signal_json(name, found, here.now) for name, found in groups.items()]
            say_json({"now": here.now, "state": _overall(readings), "signals": signals})
        elif readings:
            _say_readings(groups, here.now)
        else:
            say("no signal could change an answer there" if environment else "nothing to check")
        if any(reading.state != CLEAR for reading in readings):
            raise typer.Exit(exit_codes.CHECK_FAILED)


def _overall(readings: list[Reading]) -> str:
    return strictest_state(readings) if readings else CLEAR


def _counts(known: KnownSignals, reading: Reading, environment: str) -> bool:
    """Whether a reading could change an answer about an environment."""
    if reading.environments and environment not in reading.environments:
        return False
    return is_counting(known, reading.signal, environment, state=reading.state)


@signals_app.command()
def watch(
    deadline: Annotated[
        str,
        typer.Option("--deadline", metavar="TIME", help="The longest that one round may take."),
    ] = "10s",
) -> None:
    """Keep the snapshot fresh until stopped (Ctrl-C or SIGTERM); one watcher at a time.

    How often a signal is asked follows from its `max_age` in policy: well before a clear one expires.
    """
    seconds = seconds_of(deadline, "--deadline")
    with reported():
        from agentic.signals.live.watch import watch as keep_fresh

        here, known = _here()
        note_untrusted(known)
        try:
            keep_fresh(
                lambda: asker().policy,
                state=here.places.state,
                workspace=here.root,
                deadline_s=seconds,
            )
        except BrokenPipeError:  # whoever read the log went away; typer would end with 1, a bug
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
            raise typer.Exit(exit_codes.UNAVAILABLE) from None


@signals_app.command("test")
def try_signal(
    name: NameArgument,
    at: Annotated[
        str,
        typer.Option(
            "--at", metavar="TIME", help="The moment to answer for, like 2026-12-24T18:00Z."
        ),
    ] = "",
    response: Annotated[
        list[str] | None,
        typer.Option(
            "--response",
            metavar="FILE",
            help="A recorded response; one for each request, in order.",
        ),
    ] = None,
    read: Annotated[
        str,
        typer.Option(
            "--read", metavar="N", help="Which read, when the signal has several (from 1)."
        ),
    ] = "",
    json: JsonOption = False,
) -> None:
    """Judge a signal at another moment, or from recorded responses. Exit 4 unless it is clear."""
    from agentic.cli.signals_replay import replayed, timed

    if not at and not response:
        usage("say what to test with: `--at TIME`, `--response FILE`, or both")
    if read and not (read.isascii() and read.isdigit() and int(read)):
        usage(
            f"{quoted(read)} is no number of a read", "`agentic signals show` numbers them from 1"
        )
    number = int(read or 0)
    with reported():
        here, known = _here()
        configured(here, known, [name])
        here = here._replace(now=unix_time(at) if at else here.now)
        result = replayed(here, name, response, number) if response else timed(here, name, number)
        if json:
            requests = list(result.requests)
            say_json({**signal_json(name, result.readings, here.now), "requests": requests})
        else:
            say(f"at {shown_time(here.now)}")
            say(readings_table({name: result.readings}, here.now, terminal_width()))
            for place, request in enumerate(result.requests, 1):
                say(f"request {place}: {request}")
            for note in result.notes:
                complain(f"note: {note}")
        if strictest_state(result.readings) != CLEAR:
            raise typer.Exit(exit_codes.CHECK_FAILED)


@signals_app.command()
def lint(
    deadline: Annotated[
        str,
        typer.Option(
            "--deadline", metavar="TIME", help="How long the sources may take, all together."
        ),
    ] = "30s",
    offline: Annotated[
        bool, typer.Option("--offline", help="Look at the definitions only; ask nobody.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON Lines.")] = False,
) -> None:
    """Find definitions that can never work: metrics that do not exist, thresholds out of reach, old pins.

    Exit 4 when there is a fault.
    """
    from agentic.cli.signals_lint import linted

    seconds = seconds_of(deadline, "--deadline")
    with reported():
        here, known = _here()
        faults, notes = linted(here, known, seconds, is_offline=offline)
        for found in faults:
            say_json(found._asdict()) if json else complain(str(found))
        if not json:
            for note in notes:
                say(f"note: {note}")
            if not faults:
                count = len(known.reads)
                say(f"{count} reads of {len(here.policy.signals)} signals are sound")
        if faults:
            raise typer.Exit(exit_codes.CHECK_FAILED)
