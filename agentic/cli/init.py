"""`agentic init`: put agentic in front of a host's tool calls, or take it away."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, cast

import typer

from agentic import exit_codes
from agentic.cli.init_sources import declaration_of, declare
from agentic.cli.output import choice, complain, reported, say, usage
from agentic.cli.source_options import (
    AlertmanagerOption,
    AlertmanagerTokenEnv,
    AlertmanagerTokenFile,
    AllowHttpOption,
    CaFileOption,
    CalendarOption,
    CalendarTokenEnv,
    CalendarTokenFile,
    GithubOption,
    GithubTokenEnv,
    GithubTokenFile,
    GithubUrlOption,
    PrometheusOption,
    PrometheusTokenEnv,
    PrometheusTokenFile,
    SloOption,
    SourceOptions,
    ZoneOption,
)
from agentic.errors import Unavailable, quoted
from agentic.hosts.install import (
    Request,
    check_scope,
    hosts_found,
    install,
    own_folders_inside,
    preview,
    refuse_windows,
    uninstall,
    uninstall_preview,
)
from agentic.hosts.interface import SCOPES
from agentic.hosts.registry import HOSTS
from agentic.places import Places, places_of
from agentic.workspace import workspace_root

if TYPE_CHECKING:
    from agentic.hosts.interface import Scope

AUTO_REPLIES = ("none", "allow")


def init(
    host: Annotated[
        list[str] | None, typer.Option("--host", help="Which host; the ones found when not given.")
    ] = None,
    scope: Annotated[
        str,
        typer.Option(
            "--scope",
            help="user: all your work; local: this clone; project: committed; managed: this machine.",
        ),
    ] = "user",
    auto_reply: Annotated[
        str,
        typer.Option(
            "--auto-reply",
            help="none: AUTO leaves the host's own questions alone; allow: AUTO answers them with yes.",
        ),
    ] = "",
    role: Annotated[
        str, typer.Option("--role", help="The agent role, for the permission matrix.")
    ] = "",
    uninstall: Annotated[
        bool, typer.Option("--uninstall", help="Take agentic out again; settings are restored.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the change to the settings; write nothing.")
    ] = False,
    managed_dir: Annotated[
        str,
        typer.Option(
            "--managed-dir", help="Where managed settings lie, when not in the usual place."
        ),
    ] = "",
    prometheus: PrometheusOption = "",
    alertmanager: AlertmanagerOption = "",
    calendar: CalendarOption = "",
    slo: SloOption = None,
    github: GithubOption = "",
    github_url: GithubUrlOption = "",
    zone: ZoneOption = "",
    prometheus_token_env: PrometheusTokenEnv = "",
    prometheus_token_file: PrometheusTokenFile = "",
    alertmanager_token_env: AlertmanagerTokenEnv = "",
    alertmanager_token_file: AlertmanagerTokenFile = "",
    calendar_token_env: CalendarTokenEnv = "",
    calendar_token_file: CalendarTokenFile = "",
    github_token_env: GithubTokenEnv = "",
    github_token_file: GithubTokenFile = "",
    ca_file: CaFileOption = "",
    allow_http: AllowHttpOption = "",
    allow_inside_workspace: Annotated[
        bool,
        typer.Option(
            "--allow-inside-workspace",
            help="Accept an installation that the governed agent itself could remove.",
        ),
    ] = False,
) -> None:
    """Wire agentic into a coding agent's settings and prove that it answers; declare live sources."""
    sources = SourceOptions(
        prometheus=prometheus,
        alertmanager=alertmanager,
        calendar=calendar,
        slo=tuple(slo or ()),
        github=github,
        github_url=github_url,
        zone=zone,
        prometheus_token_env=prometheus_token_env,
        prometheus_token_file=prometheus_token_file,
        alertmanager_token_env=alertmanager_token_env,
        alertmanager_token_file=alertmanager_token_file,
        calendar_token_env=calendar_token_env,
        calendar_token_file=calendar_token_file,
        github_token_env=github_token_env,
        github_token_file=github_token_file,
        ca_file=ca_file,
        allow_http=allow_http,
    )
    if sources.are_given and uninstall:
        usage(
            "`--uninstall` takes agentic out of a host; sources stand in `.agentic/monitoring.yaml`"
        )
    choice(scope, SCOPES, "scope")
    if auto_reply:
        choice(auto_reply, AUTO_REPLIES, "auto reply")
    for name in host or ():
        choice(name, HOSTS, "host")
    with reported():
        refuse_windows()
        places = places_of(os.environ)
        root = workspace_root("", _folder(), places.home)
        if scope in {"local", "project"} and not root:
            usage(
                f"the current folder is no workspace to install into with `--scope {scope}`",
                "change into a project's folder, or use `--scope user`",
            )
        declaration = (
            declaration_of(sources, places, root, os.environ) if sources.are_given else None
        )
        hosts = tuple(host or ()) or _found(places, is_needed=declaration is None)
        if not uninstall and hosts:
            _check_installation(root, scope, is_accepted=allow_inside_workspace)
        for name in hosts:
            check_scope(name, scope)
            request = Request(
                name,
                cast("Scope", scope),
                places,
                root,
                os.environ,
                auto_reply,
                role,
                os.path.abspath(managed_dir) if managed_dir else "",
            )
            _one(request, is_removal=uninstall, is_dry_run=dry_run)
        if declaration is not None:
            declare(declaration, places, root, is_dry_run=dry_run)


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


def _headline(*, is_removal: bool, is_changed: bool) -> str:
    if is_removal:
        return "agentic is taken out" if is_changed else "nothing to take out"
    return "agentic guards every tool call" if is_changed else "nothing to change"


def _say_how_it_answers(request: Request) -> None:
    if request.auto_reply == "allow":
        say("  answers    AUTO answers the host's own questions with yes (--auto-reply allow)")
    if request.scope == "project":
        names = ", ".join(os.path.relpath(file.path, request.root) for file in request.files)
        say(f"  next       commit {names}; whoever lacks agentic is told how to install it")
    say("  sessions   a running session takes it up when it is started anew")


def _found(places: Places, *, is_needed: bool) -> tuple[str, ...]:
    found = hosts_found(places, os.environ)
    if not found and not is_needed:
        complain(
            "note: no coding agent that agentic knows was found here, so only sources are declared"
        )
    elif not found:
        raise Unavailable(
            "init.no-host",
            "no coding agent that agentic knows was found on this machine",
            help="name one to write its settings anyway: `agentic init --host claude-code`",
        )
    return found


def _check_installation(root: str, scope: str, *, is_accepted: bool) -> None:
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


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""
