"""GitHub as a source: open issues with an incident label, and deployments that were rollbacks.

A label is a claim, so it counts only by who set it: the latest `labeled` event must be of an account that
may write to the repository now. An issue template sets labels in the name of an author without any rights,
and triage may label without being able to write. What cannot be told - no event, a deleted account, a
permission that GitHub keeps to itself - is UNKNOWN. So is an app's label unless `trusted_apps` names the app:
for an app GitHub answers `none` or 404, and a workflow labels for whoever started it.

Labels `service:NAME` and `env:NAME` narrow what an issue is about, `P1`, `sev2` and `severity:high` tell how
bad it is. They count under the same rule, since a scope that anybody could narrow would clear an incident.

Sources (checked 2026-11-21): https://docs.github.com/en/rest/issues/events,
https://docs.github.com/en/rest/deployments/deployments, and for apps
https://github.com/anthropics/claude-code-action/issues/1018, https://github.com/anomalyco/opencode/issues/43532
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from agentic.core.values import SEVERITIES
from agentic.errors import quoted
from agentic.signals.live.github_repository import Item, Repository
from agentic.signals.live.interface import Answers, Read, Round, SourceFailed, environments_of
from agentic.signals.severity import severity_of

#: Issues whose events are looked at; each costs a request, and one more for each new account.
MAX_EXAMINED = 30
MAX_SCOPES = 20
_NAMED = 3

_SCOPE_LABEL = re.compile(r"(service|env|environment)\s*:\s*(\S.*)", re.IGNORECASE)
_SEVERITY_LABEL = re.compile(
    r"(?:severity|sev|priority|urgency)\s*[:/]\s*(\S+)|(p[0-5]|sev[-_]?[0-5])", re.IGNORECASE
)


class Setter(NamedTuple):
    """Who set a label, and whether that counts: None where it cannot be told, then `why` says why."""

    login: str
    counts: bool | None
    why: str = ""


class Incident(NamedTuple):
    """An open issue with an incident label: which one, who set it, and what the issue is about."""

    number: int
    title: str
    label: str
    setter: Setter
    severity: str = ""
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


Scope = tuple[str, tuple[str, ...]]


def read_issues(read: Read, round: Round) -> Answers:
    """Raised for each scope with an incident that counts; UNKNOWN besides where that cannot be told.

    Incidents whose label was set by somebody without rights do not raise; the clear sentence names them.
    """
    repository = Repository(read.settings["source"], round)
    issues, doubts = _open_issues(repository, read.settings["labels"])
    counted: list[Incident] = []
    ignored: list[Incident] = []
    for issue in issues[:MAX_EXAMINED]:
        try:
            incident = _incident(issue, repository, read, round)
        except SourceFailed as problem:
            doubts.append(f"whether issue #{issue['number']} counts: {problem}")
            continue
        if incident.setter.counts is None:
            doubts.append(f"whether issue #{incident.number} counts: {incident.setter.why}")
        else:
            (counted if incident.setter.counts else ignored).append(incident)
    if len(issues) > MAX_EXAMINED:
        doubts.append(f"who labelled {len(issues) - MAX_EXAMINED} more open issues: too many")
    labels = ", ".join(quoted(label, 40) for label in read.settings["labels"][:_NAMED])
    query = f"open issues labelled {labels} in {repository.name}"
    readings = [
        read.raised(
            _incidents_because(group, repository),
            round,
            severity=_worst(incident.severity or read.severity for incident in group),
            service=service,
            environments=environments,
            value=str(len(group)),
            unit="open issues",
            threshold="0",
            query=query,
        )
        for (service, environments), group in _by_scope(counted).items()
    ]
    if doubts:
        more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
        readings.append(read.unknown(f"cannot tell {doubts[0]}{more}", round, query=query))
    if not readings:
        because = f"no open issue of {repository.shown} has the label {labels}"
        if ignored:
            because = f"no incident is open in {repository.shown}{_not_counted(ignored)}"
        readings.append(read.clear(because, round, query=query))
    return readings


def read_rollbacks(read: Read, round: Round) -> Answers:
    """Raised for each environment with a rollback within the time.

    A repository without any deployment proves nothing: then nobody records them there.
    """
    repository = Repository(read.settings["source"], round)
    since = round.now - read.settings["within"]
    deployments, is_whole = repository.listed("/deployments")
    if not deployments:
        return [
            read.unknown(
                f"{repository.shown} has no deployments, so nobody records rollbacks there", round
            )
        ]
    moments = [_moment(deployment, repository) for deployment in deployments]
    newest: dict[tuple[str, ...], tuple[float, str]] = {}
    for moment, deployment in sorted(zip(moments, deployments, strict=True), key=lambda p: -p[0]):
        sign = _rollback_sign(deployment, read.settings["words"]) if moment >= since else ""
        if sign:
            place = str(deployment.get("environment") or "")
            newest.setdefault(
                environments_of(place, round), (moment, f"to {quoted(place, 40)} {sign}")
            )
    query = f"deployments of {repository.name}"
    limit_min = read.settings["within"] // 60
    fields = {"unit": "min", "threshold": str(limit_min), "query": query}
    readings = [
        read.raised(
            f"a rollback {what}, {_minutes_ago(moment, round)} min ago in {repository.shown}, "
            f"less than {limit_min} min",
            round,
            environments=environments,
            value=str(_minutes_ago(moment, round)),
            **fields,
        )
        for environments, (moment, what) in newest.items()
    ]
    if not is_whole and min(moments) >= since:
        because = (
            f"{repository.shown} had more than {len(deployments)} deployments in {limit_min} min"
        )
        readings.append(read.unknown(f"{because}, not all were read", round, query=query))
    if not readings:
        because = f"no deployment of {repository.shown} in the last {limit_min} min was a rollback"
        readings.append(read.clear(because, round, query=query))
    return readings


# Issues


def _open_issues(
    repository: Repository, labels: Sequence[str]
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """Open issues with one of the labels, the newest first, and what could not be told about them.

    Asked label by label: several in one question would mean all of them at once.
    """
    found: dict[int, Mapping[str, Any]] = {}
    doubts: list[str] = []
    for label in labels:
        issues, is_whole = repository.listed("/issues", (("state", "open"), ("labels", label)))
        is_used = False
        for issue in issues:
            number = issue.get("number")
            if not isinstance(number, int) or not isinstance(issue.get("labels"), list):
                raise SourceFailed(f"GitHub lists something in {repository.shown} that is no issue")
            if label.casefold() in {name.casefold() for name in _label_names(issue)}:
                is_used = True
                if issue.get("state") != "closed" and not issue.get("pull_request"):
                    found[number] = issue
        if not is_whole:
            doubts.append(f"how many issues have {quoted(label, 40)}: more than {len(issues)}")
        if not is_used and not repository.has_label(label):
            doubts.append(f"who would report one: {repository.shown} has no label {quoted(label)}")
    return [found[number] for number in sorted(found, reverse=True)], doubts


def _label_names(issue: Mapping[str, Any]) -> list[str]:
    """The labels of an issue; GitHub's description allows objects and plain names."""
    names = [label.get("name") if isinstance(label, dict) else label for label in issue["labels"]]
    return [name for name in names if isinstance(name, str)]


def _incident(
    issue: Mapping[str, Any], repository: Repository, read: Read, round: Round
) -> Incident:
    """An issue with who set its label; of several incident labels the one that says most.

    Raises SourceFailed when its history cannot be had.
    """
    latest = _latest_events(repository, issue["number"])
    wanted = {label.casefold() for label in read.settings["labels"]}
    apps = {_app_name(app) for app in read.settings["trusted_apps"]}
    setters = {
        name: _setter(latest.get(name.casefold()), repository, apps)
        for name in _label_names(issue)
        if name.casefold() in wanted
        or _SCOPE_LABEL.fullmatch(name)
        or _severity(name, read.settings["severities"])
    }
    told = sorted(
        (name for name in setters if name.casefold() in wanted),
        key=lambda name: (True, None, False).index(setters[name].counts),
    )
    label = told[0]
    return Incident(
        issue["number"],
        str(issue.get("title") or ""),
        label,
        setters[label],
        severity=_worst(
            _severity(name, read.settings["severities"])
            for name, setter in setters.items()
            if setter.counts
        ),
        services=_narrowed("service", setters),
        environments=_environments(_narrowed("env", setters), round),
    )


def _latest_events(repository: Repository, number: int) -> dict[str, Item]:
    """By label in lower case, the last event in which it was set or removed. Raises SourceFailed."""
    events, is_whole = repository.listed(f"/issues/{number}/events")
    if not is_whole:
        raise SourceFailed(f"it has more than {len(events)} events")
    latest: dict[str, Item] = {}
    for event in sorted(
        (event for event in events if event.get("event") in ("labeled", "unlabeled")),
        key=lambda event: (str(event.get("created_at")), _number(event.get("id"))),
    ):
        label = event.get("label")
        name = label.get("name") if isinstance(label, dict) else None
        if not isinstance(name, str):
            raise SourceFailed("one of its label events names no label")
        latest[name.casefold()] = event
    return latest


def _setter(event: Item | None, repository: Repository, trusted_apps: set[str]) -> Setter:
    """Who set a label, by its last event, and whether that counts."""
    if event is None or event["event"] != "labeled":
        return Setter("", None, "no event tells who set its label")
    actor = event.get("actor")
    login = actor.get("login") if isinstance(actor, dict) else None
    if not isinstance(actor, dict) or not isinstance(login, str):
        return Setter("", None, "the account that set its label is gone")
    if actor.get("type") == "Bot":
        if _app_name(login) in trusted_apps:
            return Setter(login, counts=True)
        why = f"the app {quoted(login, 40)} set its label, and `trusted_apps` does not name it"
        return Setter(login, None, why)
    try:
        return Setter(login, repository.may_write(login))
    except SourceFailed as problem:
        return Setter(login, None, str(problem))


def _app_name(login: str) -> str:
    return login.casefold().removesuffix("[bot]")


def _narrowed(dimension: str, setters: Mapping[str, Setter]) -> tuple[str, ...]:
    """What labels like `service:NAME` say, sorted; empty (all) where one of them cannot be judged."""
    found: set[str] = set()
    for name, setter in setters.items():
        match = _SCOPE_LABEL.fullmatch(name)
        if match and match[1].casefold().startswith(dimension):
            if setter.counts is None:
                return ()
            if setter.counts:
                found.add(match[2].strip())
    return tuple(sorted(found))


def _environments(names: Sequence[str], round: Round) -> tuple[str, ...]:
    """The environments that names mean; empty (all) where one of them means none."""
    told = [environments_of(name, round) for name in names]
    return tuple(sorted({one for found in told for one in found})) if all(told) else ()


def _severity(label: str, severities: Mapping[str, str]) -> str:
    """The severity that a label tells, by policy's map or by the one table; empty when it tells none."""
    for name, severity in severities.items():
        if name.casefold() == label.casefold():
            return severity
    match = _SEVERITY_LABEL.fullmatch(label.strip())
    return severity_of(match[1] or match[2]) if match else ""


def _worst(severities: Iterable[str]) -> str:
    return max(severities, key=("", *SEVERITIES).index, default="")


def _by_scope(incidents: Sequence[Incident]) -> dict[Scope, list[Incident]]:
    """Incidents by what they are about; when there are too many, all in one scope that covers everything."""
    groups: dict[Scope, list[Incident]] = {}
    for incident in incidents:
        for service in incident.services or ("",):
            groups.setdefault((service, incident.environments), []).append(incident)
    return groups if len(groups) <= MAX_SCOPES else {("", ()): list(incidents)}


def _incidents_because(incidents: Sequence[Incident], repository: Repository) -> str:
    """One line that names the newest incident, who labelled it, and how many more there are."""
    first = incidents[0]
    more = f", and {len(incidents) - 1} more" if len(incidents) > 1 else ""
    return (
        f"issue #{first.number} {quoted(first.title, 60)} is open in {repository.shown}, "
        f"labelled {quoted(first.label, 40)} by {quoted(first.setter.login, 40)}{more}"
    )


def _not_counted(incidents: Sequence[Incident]) -> str:
    named = ", ".join(
        f"#{incident.number} {quoted(incident.label, 40)} by {quoted(incident.setter.login, 40)}"
        for incident in incidents[:_NAMED]
    )
    more = f" and {len(incidents) - _NAMED} more" if len(incidents) > _NAMED else ""
    return f"; not counted, as who set the label may not write: {named}{more}"


# Deployments


def _moment(deployment: Item, repository: Repository) -> float:
    """When a deployment was created, Unix seconds. Raises SourceFailed."""
    try:
        created = datetime.fromisoformat(deployment["created_at"])
    except (KeyError, TypeError, ValueError):
        created = None
    if created is None or created.tzinfo is None:
        raise SourceFailed(f"a deployment of {repository.shown} does not tell when it was created")
    return created.timestamp()


def _minutes_ago(moment: float, round: Round) -> int:
    return max(0, int(round.now - moment) // 60)


def _rollback_sign(deployment: Item, words: Sequence[str]) -> str:
    """What marks a deployment as a rollback, for a sentence; empty when nothing does."""
    task = deployment.get("task")
    for word in words:
        if isinstance(task, str) and task.casefold() == word.casefold():
            return f"(its task is {quoted(task, 40)})"
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        for field in ("description", "payload"):
            if _holds(deployment.get(field), pattern):
                return f"(its {field} says {quoted(word, 40)})"
    return ""


def _holds(value: Any, pattern: re.Pattern[str]) -> bool:
    """Whether a text holds the word, or an object has it in a text or as the name of a true value."""
    if isinstance(value, str):
        try:
            inner = json.loads(value) if value.startswith(("{", "[")) else None
        except ValueError:
            inner = None
        return bool(pattern.search(value)) if inner is None else _holds(inner, pattern)
    if isinstance(value, dict):
        return any(
            (inner and pattern.fullmatch(name)) or _holds(inner, pattern)
            for name, inner in value.items()
        )
    return isinstance(value, list) and any(_holds(inner, pattern) for inner in value)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
