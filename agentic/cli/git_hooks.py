"""`agentic git-hooks`: judge commits and pushes where they are made, whoever makes them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from agentic import exit_codes
from agentic.cli.output import choice, code_of, complain, reported, say, say_json, table, usage
from agentic.cli.run import VERDICTS, refuse
from agentic.core.reason import one_line
from agentic.core.values import RUN, Decision
from agentic.errors import AgenticError
from agentic.execute import git_hooks, git_judge
from agentic.execute.judge import current_folder
from agentic.hosts.launcher import interpreter_words, module_folders, write_atomically
from agentic.places import Places, places_of, private_folder

git_hooks_app = typer.Typer(
    help="Git's own hooks: commits and pushes are judged and searched for credentials.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RepositoryOption = Annotated[
    str, typer.Option("--repo", help="The repository; by default the current folder's.")
]
#: git gives a hook arguments of its own, which may look like options.
WORDS = {"ignore_unknown_options": True}


@git_hooks_app.command()
def install(
    repo: RepositoryOption = "",
    hooks_path: Annotated[
        bool,
        typer.Option(
            "--hooks-path",
            help="Write a folder of agentic's own and let core.hooksPath lead to it; hooks that are"
            " there are called from it.",
        ),
    ] = False,
) -> None:
    """Write pre-commit, commit-msg and pre-push; hooks that are there are kept and run first."""
    with reported():
        places = places_of(os.environ)
        private_folder(places.state)
        maker = git_hooks.Maker(interpreter_words(), module_folders(), places, write_atomically)
        told = git_hooks.install(_repository(repo), maker, own_folder=hooks_path)
        say(table(("hook", "done"), told.items()))
        say("note: `git commit --no-verify` and `git push --no-verify` skip them, as git is made")


@git_hooks_app.command()
def uninstall(repo: RepositoryOption = "") -> None:
    """Remove agentic's hooks and put back those that were there."""
    with reported():
        told = git_hooks.uninstall(_repository(repo))
        say(
            table(("hook", "done"), told.items())
            if told
            else "there are no git hooks of agentic here"
        )


@git_hooks_app.command()
def status(
    repo: RepositoryOption = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the hooks of a repository; exit 4 when one of agentic's does not judge."""
    with reported():
        repository = _repository(repo)
        found = git_hooks.installed(repository)
        faults = git_hooks.faults_of(repository)
        if json:
            hooks = [hook._asdict() for hook in found]
            say_json({"folder": repository.hooks, "hooks": hooks, "faults": faults})
        elif not found and not faults:
            say("there are no git hooks of agentic here")
        elif found:
            say(table(("hook", "state", "runs first"), found))
        for fault in faults:
            complain(fault)
        if faults:
            complain("  help: `agentic git-hooks install` mends them")
            raise typer.Exit(exit_codes.CHECK_FAILED)


@git_hooks_app.command("pre-commit", context_settings=WORDS)
def pre_commit() -> None:
    """Judge the commit that git is about to make: what git calls, not a person."""
    with reported():
        _leave(git_judge.pre_commit(_asked(places_of(os.environ))))


@git_hooks_app.command("commit-msg", context_settings=WORDS)
def commit_msg(
    file: Annotated[str, typer.Argument(help="The file with the message.")],
) -> None:
    """Judge the message of a commit: what git calls, not a person."""
    with reported():
        _leave(git_judge.commit_msg(_asked(places_of(os.environ)), file))


@git_hooks_app.command("pre-push", context_settings=WORDS)
def pre_push(
    remote: Annotated[str, typer.Argument(help="The remote's name, or its URL.")],
    url: Annotated[str, typer.Argument(help="The remote's URL.")] = "",
) -> None:
    """Judge a push, each of its refs read from standard input: what git calls, not a person."""
    with reported():
        asked = _asked(places_of(os.environ))
        _leave(git_judge.pre_push(asked, remote or url, sys.stdin.read()))


def serve(arguments: Sequence[str], places: Places) -> NoReturn:
    """Answer an installed hook and end the process: 0 lets git go on, anything else does not."""
    status = exit_codes.BUG
    try:
        status = _served(arguments, places)
    except AgenticError as problem:
        way = f"; {problem.help}" if problem.help else ""
        complain(f"agentic: blocked: {one_line(problem.message + way)}; run `agentic doctor`")
        status = code_of(problem)
    except BaseException as problem:  # noqa: BLE001 - FAIL-SAFE: whatever it is, git must not go on
        complain(f"agentic: blocked: {one_line(str(problem) or type(problem).__name__)}")
    os._exit(status)


def _served(arguments: Sequence[str], places: Places) -> int:
    name, *rest = arguments
    choice(name, git_hooks.HOOKS, "git hook")
    asked = _asked(places)
    if name == "pre-commit":
        return _code(git_judge.pre_commit(asked))
    if name == "commit-msg":
        return _code(git_judge.commit_msg(asked, rest[0]))
    lines = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    return _code(git_judge.pre_push(asked, rest[0], lines))


def _leave(decision: Decision | None) -> NoReturn:
    raise typer.Exit(_code(decision))


def _code(decision: Decision | None) -> int:
    """The exit code for a decision; one that does not run is told on standard error."""
    if decision is None or decision.permission == RUN:
        return exit_codes.OK
    refuse(decision)
    return VERDICTS[decision.mode]


def _asked(places: Places) -> git_judge.Asked:
    return git_judge.Asked(current_folder(), os.environ, places)


def _repository(given: str) -> git_hooks.Repository:
    folder = os.path.abspath(given) if given else current_folder()
    if not os.path.isdir(folder):
        usage(f"there is no folder `{folder}`")
    return git_hooks.repository_at(folder)
