"""`agentic audit`: where the journal is, what it says, whether it is whole."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from agentic.audit.journal import Journal, open_journal
from agentic.audit.query import Entry, entries, flat, last, matching, of_id
from agentic.audit.verify import verify_journal
from agentic.cli.explain import explained_entry
from agentic.cli.output import complain, reported, say, say_json, table
from agentic.errors import CheckFailed, quoted
from agentic.places import places_of
from agentic.workspace import main_work_tree, workspace_root

audit_app = typer.Typer(
    help="Read and verify the journal of this workspace.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

JournalOption = Annotated[
    str, typer.Option("--journal", help="A journal file instead of this workspace's own.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON Lines.")]


def here() -> str:
    """The current folder, or `/` when it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return "/"


def own_journal(cwd: str) -> Journal:
    """The journal of the workspace that a folder belongs to. Raises Unavailable."""
    places = places_of(os.environ)
    root = workspace_root("", cwd, places.home)
    return open_journal(main_work_tree(root), places.state)


def _path(journal: str) -> str:
    if not journal:
        return own_journal(here()).path
    if not Path(journal).is_file():
        raise CheckFailed("journal.absent", f"there is no journal at {quoted(journal)}")
    return journal


@audit_app.command()
def where(json: JsonOption = False) -> None:
    """Print where this workspace's journal and its head are."""
    with reported():
        journal = own_journal(here())
        if json:
            say_json({"journal": journal.path, "head": journal.head})
        else:
            say(f"journal  {journal.path}\nhead     {journal.head}")


@audit_app.command()
def verify(journal: JournalOption = "", json: JsonOption = False) -> None:
    """Check every hash, link and number; exit 4 when something is wrong.

    A journal given with --journal is a copy: it is checked by itself, without the head kept apart.
    """
    with reported():
        if journal:
            found = verify_journal(_path(journal))
        else:
            own = own_journal(here())
            found = verify_journal(own.path, own.read_head())
        if json:
            shown = found._asdict()
            for name in ("problems", "notes"):
                shown[name] = [problem._asdict() for problem in shown[name]]
            say_json(shown)
        else:
            head = (
                "compared with its head" if not journal else "without its head, which is kept apart"
            )
            say(f"{found.path}: {found.status}, {found.records} records, {found.seal}, {head}")
            for note in found.notes:
                say(f"  note: line {note.line}: {note.message}")
        if found.problems:
            for problem in found.problems:
                place = f"{found.path}:{problem.line}" if problem.line else found.path
                complain(f"{place}: {problem.message} [journal.{problem.kind}]")
            complain("  help: keep the file as it is; `agentic doctor` says what can be done")
            raise typer.Exit(4)


@audit_app.command()
def show(
    id: Annotated[str, typer.Argument(help="Number, hash, call, grant or request id.")],
    journal: JournalOption = "",
    json: JsonOption = False,
) -> None:
    """Print the records that an id means, with those linked to them."""
    with reported():
        found = of_id(entries(_path(journal)), id)
        if not found:
            raise CheckFailed(
                "journal.no-record",
                f"no record has the id {quoted(id)}",
                help="`agentic audit tail` lists the latest ones",
            )
        for number, entry in enumerate(found):
            if json:
                say_json(flat(entry))
            else:
                say(("\n" if number else "") + explained_entry(entry))


@audit_app.command()
def tail(
    count: Annotated[int, typer.Option("-n", "--count", min=0, help="How many records.")] = 20,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as records come.")] = False,
    event: Annotated[str, typer.Option(help="Only this event, like decision.")] = "",
    mode: Annotated[str, typer.Option(help="Only AUTO, CONSULT or STOP.")] = "",
    kind: Annotated[str, typer.Option(help="Only this operation kind; may end in *.")] = "",
    session: Annotated[str, typer.Option(help="Only this session.")] = "",
    journal: JournalOption = "",
    json: JsonOption = False,
) -> None:
    """Print the latest records, the oldest first."""
    with reported():
        path = _path(journal)

        def chosen() -> Iterator[Entry]:
            return matching(
                entries(path), event=event, mode=mode.upper(), kind=kind, session=session
            )

        shown = last(chosen(), count)
        if json:
            for entry in shown:
                say_json(flat(entry))
        else:
            say(
                table(
                    ("id", "time", "event", "mode", "permission", "what", "answer"),
                    map(_row, shown),
                )
            )
        seen = shown[-1].header["seq"] if shown else 0
        while follow:
            time.sleep(0.5)
            for entry in chosen():
                if entry.header["seq"] > seen:
                    seen = entry.header["seq"]
                    say_json(flat(entry)) if json else say("  ".join(_row(entry)))


def _row(entry: Entry) -> tuple[str, ...]:
    header: dict[str, Any] = entry.header
    what = ", ".join(dict.fromkeys(header.get("kinds", ()))) or header.get("status", "")
    return (
        str(header["seq"]),
        str(header["time"])[:19] + "Z",
        str(header["event"]),
        header.get("mode", ""),
        header.get("permission", ""),
        what if len(what) <= 60 else what[:59] + "…",
        header.get("answer", ""),
    )
