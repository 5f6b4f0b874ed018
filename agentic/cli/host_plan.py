"""What `agentic hosts` and `agentic init` have in common: options, the plan, carrying it out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, cast

import typer

from agentic import exit_codes
from agentic.cli.output import choice, complain, say, usage
from agentic.errors import AgenticError, Unavailable, quoted
from agentic.hosts.install import (
    Request,
    check_scope,
    hosts_found,
    install,
    own_folders_inside,
    preview,
    uninstall,
    uninstall_preview,
)
from agentic.hosts.interface import SCOPES
from agentic.hosts.packages import (
    PACKAGED,
    install_package,
    preview_package,
    uninstall_package,
    uninstall_preview_package,
)
from agentic.hosts.registry import HOSTS
from agentic.places import Places, places_of
from agentic.workspace import workspace_root

if TYPE_CHECKING:
    from agentic.hosts.interface import Scope

AUTO_REPLIES = ("none", "allow")

HostsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[HOST]…", help="The ones found when not given.")
]
ScopeOption = Annotated[
    str,
    typer.Option(
        "--scope",
        help="user: all your work; local: this clone; project: committed; managed: this machine.",
    ),
]
AutoReplyOption = Annotated[
    str,
    typer.Option(
        "--auto-reply",
        help="none: AUTO leaves the host's own questions alone; allow: AUTO answers them with yes.",
    ),
]
RoleOption = Annotated[
    str, typer.Option("--role", help="The agent role, for the permission matrix.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show the change to the settings; write nothing.")
]
ManagedDirOption = Annotated[
    str,
    typer.Option("--managed-dir", help="Where managed settings lie, when not in the usual place."),
]
ToOption = Annotated[
    str,
    typer.Option(
        "--to",
        help="With --scope managed or --package: write the files below this folder, to deploy them.",
    ),
]
PackageOption = Annotated[
    bool,
    typer.Option(
        "--package", help="The host's own package form (plugin, extension) instead of its settings."
    ),
]
InsideOption = Annotated[
    bool,
    typer.Option(
        "--allow-inside-workspace",
        help="Accept an installation that the governed agent itself could remove.",
    ),
]


class Plan:
    """What a command line asks for, checked: the hosts, and what each request has in common."""

    def __init__(
        self,
        names: list[str] | None,
        scope: str,
        *,
        auto_reply: str = "",
        role: str = "",
        managed_dir: str = "",
        to: str = "",
        is_package: bool = False,
    ) -> None:
        choice(scope, SCOPES, "scope")
        if auto_reply:
            choice(auto_reply, AUTO_REPLIES, "auto reply")
        for name in names or ():
            choice(name, HOSTS, "host")
        if to and scope != "managed" and not is_package:
            usage(
                "`--to` goes with `--scope managed` or `--package`: else the host looks elsewhere"
            )
        if is_package and (scope != "user" or auto_reply or role or managed_dir):
            usage("a package is one for everybody: `--package` goes with `--to` alone")
        self.is_package = is_package
        self.names = tuple(dict.fromkeys(names or ()))
        self.scope = cast("Scope", scope)
        self.auto_reply, self.role = auto_reply, role
        self.managed_dir = os.path.abspath(managed_dir) if managed_dir else ""
        self.to = os.path.abspath(to) if to else ""
        self.places = places_of(os.environ)
        self.root = workspace_root("", folder(), self.places.home)
        if scope in {"local", "project"} and not self.root:
            usage(
                f"the current folder is no workspace to install into with `--scope {scope}`",
                "change into a project's folder, or use `--scope user`",
            )

    def request(self, name: str) -> Request:
        """What is asked for one host. Raises AgenticError where it has no such scope."""
        check_scope(name, self.scope)
        return Request(
            name,
            self.scope,
            self.places,
            self.root,
            os.environ,
            self.auto_reply,
            self.role,
            self.managed_dir,
            self.to,
        )

    def of_found(self, found: tuple[str, ...]) -> tuple[str, ...]:
        """The hosts that are named; else those found that have this scope."""
        known = [name for name in found if self.scope in HOSTS[name].SCOPES]
        if self.is_package:
            known = [name for name in known if name in PACKAGED]
        return self.names or tuple(known)


def found_or_refused(places: Places, command: str) -> tuple[str, ...]:
    """The hosts found here. Raises Unavailable where there is none, with a `command` that names one."""
    found = hosts_found(places, os.environ)
    if not found:
        raise Unavailable(
            "init.no-host",
            "no coding agent that agentic knows was found on this machine",
            help=f"name one to write its settings anyway: `{command}`",
        )
    return found


def carry_out(plan: Plan, names: tuple[str, ...], *, is_removal: bool, is_dry_run: bool) -> None:
    """Install or uninstall host after host; one that fails does not keep the next from being done.

    Raises the first AgenticError when all are done.
    """
    problems: list[AgenticError] = []
    for name in names:
        try:
            if plan.is_package:
                _one_package(plan, name, is_removal=is_removal, is_dry_run=is_dry_run)
            else:
                _one(plan.request(name), is_removal=is_removal, is_dry_run=is_dry_run)
        except AgenticError as problem:
            if len(names) > 1:
                say(f"{HOSTS[name].TITLE}, scope {plan.scope}: not done")
                complain(str(problem))
            problems.append(problem)
    if problems:
        raise (
            problems[0]
            if len(names) == 1
            else Unavailable(
                "hosts.not-done",
                f"{len(problems)} of {len(names)} hosts could not be done",
                help="each is told above; the others are in place",
            )
        )


def _one(request: Request, *, is_removal: bool, is_dry_run: bool) -> None:
    title = f"{HOSTS[request.host].TITLE}, scope {request.scope}"
    if is_dry_run:
        changes = uninstall_preview(request) if is_removal else preview(request)
        diffs = [change.diff().rstrip("\n") for change in changes if change.is_needed]
        say("\n".join(diffs) or f"{title}: nothing would change")
        return
    done = uninstall(request) if is_removal else install(request)
    say(f"{title}: {_headline(is_removal=is_removal, is_changed=done.is_changed)}")
    for line in done.lines:
        say(f"  {line}")
    if not is_removal:
        _say_how_it_answers(request)


def _one_package(plan: Plan, name: str, *, is_removal: bool, is_dry_run: bool) -> None:
    title = f"{HOSTS[name].TITLE}, package"
    known = (name, plan.places, os.environ)
    to = f"{plan.to}/{name}" if plan.to else ""
    if is_dry_run:
        changes = uninstall_preview_package(*known) if is_removal else preview_package(*known, to)
        diffs = [change.diff().rstrip("\n") for change in changes if change.is_needed]
        say("\n".join(diffs) or f"{title}: nothing would change")
        return
    done = uninstall_package(*known) if is_removal else install_package(*known, to)
    headline = _headline(is_removal=is_removal, is_changed=done.is_changed)
    say(f"{title}: {'written, to be deployed' if to else headline}")
    for line in done.lines:
        say(f"  {line}")


def _headline(*, is_removal: bool, is_changed: bool) -> str:
    if is_removal:
        return "agentic is taken out" if is_changed else "nothing to take out"
    return "agentic guards every tool call" if is_changed else "nothing to change"


def _say_how_it_answers(request: Request) -> None:
    if request.auto_reply == "allow":
        say("  answers    AUTO answers the host's own questions with yes (--auto-reply allow)")
    if request.to:
        say(f"  next       deploy what is below {request.to} to the same places on each machine")
    elif request.scope == "project":
        names = ", ".join(os.path.relpath(file.path, request.root) for file in request.files)
        say(f"  next       commit {names}; whoever lacks agentic is told how to install it")
    say("  sessions   a running session takes it up when it is started anew")


def check_installation(root: str, scope: str, *, is_accepted: bool) -> None:
    """Warn about, or refuse, a guard that lies in the workspace that it is to guard."""
    inside = own_folders_inside(root)
    if not inside:
        return
    problem = (
        f"agentic is installed inside the workspace that it is to govern: {quoted(inside[0], 200)}"
    )
    better = (
        "an agent could remove it there; better: `pipx install agentic-governance && agentic init`"
    )
    if scope == "local" or is_accepted:
        complain(f"warning: {problem}\n  help: {better}")
        return
    complain(
        f"{problem} [init.inside-workspace]\n  help: {better}, or `--scope local` for this clone only"
    )
    raise typer.Exit(exit_codes.USAGE)


def folder() -> str:
    """The current folder, or empty when it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""
