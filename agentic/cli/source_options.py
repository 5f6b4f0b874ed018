"""The options of `agentic init` that name sources. A token has none: only the place where one is."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer

PrometheusOption = Annotated[
    str, typer.Option("--prometheus", metavar="URL", help="Ask this Prometheus for live signals.")
]
AlertmanagerOption = Annotated[
    str, typer.Option("--alertmanager", metavar="URL", help="Ask this Alertmanager for incidents.")
]
CalendarOption = Annotated[
    str,
    typer.Option("--calendar", metavar="FILE|URL", help="Change freezes: an iCalendar's events."),
]
SloOption = Annotated[
    list[str] | None,
    typer.Option("--slo", metavar="FILE", help="An SLO definition: OpenSLO v1, Sloth or Pyrra."),
]
GithubOption = Annotated[
    str,
    typer.Option("--github", metavar="OWNER/REPO", help="Ask GitHub for incidents and rollbacks."),
]
GithubUrlOption = Annotated[
    str, typer.Option("--github-url", metavar="URL", help="The API of a GitHub Enterprise.")
]
ZoneOption = Annotated[
    str, typer.Option("--zone", help="Where the calendar's days are, like Europe/Berlin.")
]
PrometheusTokenEnv = Annotated[
    str, typer.Option("--prometheus-token-env", metavar="NAME", help="Variable with its token.")
]
PrometheusTokenFile = Annotated[
    str, typer.Option("--prometheus-token-file", metavar="PATH", help="File with its token.")
]
AlertmanagerTokenEnv = Annotated[
    str, typer.Option("--alertmanager-token-env", metavar="NAME", help="Variable with its token.")
]
AlertmanagerTokenFile = Annotated[
    str, typer.Option("--alertmanager-token-file", metavar="PATH", help="File with its token.")
]
CalendarTokenEnv = Annotated[
    str, typer.Option("--calendar-token-env", metavar="NAME", help="Variable with its token.")
]
CalendarTokenFile = Annotated[
    str, typer.Option("--calendar-token-file", metavar="PATH", help="File with its token.")
]
GithubTokenEnv = Annotated[
    str, typer.Option("--github-token-env", metavar="NAME", help="Variable with its token.")
]
GithubTokenFile = Annotated[
    str, typer.Option("--github-token-file", metavar="PATH", help="File with its token.")
]
CaFileOption = Annotated[
    str,
    typer.Option("--ca-file", metavar="PATH", help="Certificates that the named sources may show."),
]
AllowHttpOption = Annotated[
    str,
    typer.Option(
        "--allow-http", metavar="BECAUSE", help="Why plain HTTP to another machine is safe here."
    ),
]


class SourceOptions(NamedTuple):
    """The source options of one command line, as given; empty where one was not."""

    prometheus: str = ""
    alertmanager: str = ""
    calendar: str = ""
    slo: tuple[str, ...] = ()
    github: str = ""
    github_url: str = ""
    zone: str = ""
    prometheus_token_env: str = ""
    prometheus_token_file: str = ""
    alertmanager_token_env: str = ""
    alertmanager_token_file: str = ""
    calendar_token_env: str = ""
    calendar_token_file: str = ""
    github_token_env: str = ""
    github_token_file: str = ""
    ca_file: str = ""
    allow_http: str = ""

    @property
    def are_given(self) -> bool:
        """Whether any of them was."""
        return any(self)
