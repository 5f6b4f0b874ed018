"""`agentic init`: put agentic in front of a host's tool calls, or take it away."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from agentic.cli.host_plan import (
    AutoReplyOption,
    DryRunOption,
    InsideOption,
    ManagedDirOption,
    Plan,
    RoleOption,
    ScopeOption,
    carry_out,
    check_installation,
    found_or_refused,
)
from agentic.cli.init_sources import declaration_of, declare
from agentic.cli.output import complain, reported, usage
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
from agentic.hosts.host_health import Where, hosts_here
from agentic.hosts.install import hosts_found, refuse_windows


def init(
    host: Annotated[
        list[str] | None, typer.Option("--host", help="Which host; the ones found when not given.")
    ] = None,
    scope: ScopeOption = "user",
    auto_reply: AutoReplyOption = "",
    role: RoleOption = "",
    uninstall: Annotated[
        bool, typer.Option("--uninstall", help="Take agentic out again; settings are restored.")
    ] = False,
    dry_run: DryRunOption = False,
    managed_dir: ManagedDirOption = "",
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
    allow_inside_workspace: InsideOption = False,
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
    plan = Plan(host, scope, auto_reply=auto_reply, role=role, managed_dir=managed_dir)
    with reported():
        refuse_windows()
        declaration = (
            declaration_of(sources, plan.places, plan.root, os.environ)
            if sources.are_given
            else None
        )
        names = plan.names or plan.of_found(_found(plan, is_removal=uninstall, sources=sources))
        if not uninstall and names:
            check_installation(plan.root, scope, is_accepted=allow_inside_workspace)
        carry_out(plan, names, is_removal=uninstall, is_dry_run=dry_run)
        if declaration is not None:
            declare(declaration, plan.places, plan.root, is_dry_run=dry_run)


def _found(plan: Plan, *, is_removal: bool, sources: SourceOptions) -> tuple[str, ...]:
    """The hosts to work on where none is named. Raises Unavailable where there is nothing to do."""
    if is_removal:
        where = Where(plan.places, plan.root, os.environ, plan.managed_dir)
        return tuple(hosts_here(where))
    if not sources.are_given:
        return found_or_refused(plan.places, "agentic init --host claude-code")
    found = hosts_found(plan.places, os.environ)
    if not found:
        complain(
            "note: no coding agent that agentic knows was found here, so only sources are declared"
        )
    return found
