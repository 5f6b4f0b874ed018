"""`agentic shim`: put judged wrappers in front of programs that can do harm, see them, take them away."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from agentic import exit_codes
from agentic.cli.output import choice, complain, reported, say, say_json, table, usage
from agentic.errors import AgenticError, quoted
from agentic.execute import shims
from agentic.execute.words import USAGE
from agentic.hosts.launcher import interpreter_words, module_folders, write_atomically
from agentic.places import Places, places_of, private_folder
from agentic.recognize.programs import REGISTRY

SHELLS = ("bash", "zsh", "fish")

shim_app = typer.Typer(
    help="Wrappers in a PATH folder, for hosts without hooks and for plain terminals.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

FolderOption = Annotated[
    str,
    typer.Option("--dir", help="The folder of the shims; by default one below agentic's state."),
]
ProgramsArgument = Annotated[list[str] | None, typer.Argument(metavar="[PROGRAM]…")]


@shim_app.command()
def install(programs: ProgramsArgument = None, dir: FolderOption = "") -> None:
    """Put shims in front of programs: the named ones, else all of the default list that are on PATH."""
    with reported():
        places = places_of(os.environ)
        folder = _folder(dir, places)
        private_folder(places.state)
        maker = shims.Maker(interpreter_words(), module_folders(), places)
        try:
            told = shims.install(folder, programs or [], _path(), maker)
        except AgenticError as problem:
            if problem.code == USAGE:
                usage(problem.message)
            raise
        say(table(("program", "shim"), told.items()))
        for name in programs or []:
            if name not in REGISTRY:
                say(
                    f"note: {quoted(name)} is not in agentic's tables: each call of it asks a person"
                )
        if not shims.is_default(folder.path, places):
            say(f"note: a hook guards this folder only when it is called `{shims.KNOWN_NAME}`")
        if folder.path not in _path().split(":"):
            say(f'put it first on PATH: export PATH={shlex.quote(folder.path)}:"$PATH"')


@shim_app.command()
def uninstall(programs: ProgramsArgument = None, dir: FolderOption = "") -> None:
    """Remove the named shims, or all of them with their folder. Other files in it stay."""
    with reported():
        told = shims.uninstall(_folder(dir, places_of(os.environ)), programs or [])
        say(table(("program", "shim"), told.items()) if told else "there are no shims")


@shim_app.command()
def status(
    dir: FolderOption = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the shims with the programs behind them; exit 4 when one does not stand in front of its own."""
    with reported():
        folder = _folder(dir, places_of(os.environ)).path
        found = shims.shims_in(folder, _path())
        faults = shims.faults_of(folder, _path()) if found else []
        if json:
            say_json({"folder": folder, "shims": [s._asdict() for s in found], "faults": faults})
        elif not found:
            say("there are no shims")
        else:
            say(table(("program", "shim", "starts"), ((s.name, s.state, s.program) for s in found)))
        for fault in faults:
            complain(fault)
        if faults:
            complain(
                "  help: `agentic shim install` mends shims, and says what PATH must begin with"
            )
            raise typer.Exit(exit_codes.CHECK_FAILED)


@shim_app.command()
def shell(
    shell: Annotated[str, typer.Argument(metavar="[bash|zsh|fish]")] = "", dir: FolderOption = ""
) -> None:
    """Print functions for `eval "$(agentic shim shell)"`: for a shell whose PATH is not yours to order."""
    with reported():
        name = choice(shell or Path(os.environ.get("SHELL", "bash")).name, SHELLS, "shell")
        folder = _folder(dir, places_of(os.environ)).path
        found = shims.shims_in(folder, "")
        if not found:
            usage("there are no shims to call", "run `agentic shim install`")
        say(shims.shell_functions(name, folder, [one.name for one in found]))


def _folder(given: str, places: Places) -> shims.Folder:
    path = os.path.abspath(os.path.expanduser(given)) if given else shims.default_folder(places)
    if ":" in path or "\n" in path:
        usage(f"{quoted(path)} cannot stand on PATH")
    return shims.Folder(path, write_atomically)


def _path() -> str:
    return os.environ.get("PATH", "")
