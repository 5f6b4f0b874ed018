"""The `alerts` read: raised while an alert of enough severity fires, by the service and environment it names.

1. ask for the alerts that match: an Alertmanager's, with silenced and inhibited ones, or a Prometheus's
   (`ALERTS`, firing only, where silences are not known);
2. look, without the matchers, for the Watchdog: an alert that always fires. Without it, an empty list
   proves nothing;
3. keep the severities that count; a missing or unknown one is critical;
4. one reading for each scope, and one that says why the rest is unknown, where it is.

A silence does not hide an alert, it says who silenced it until when: whoever may silence could otherwise
switch the guard off. In an Alertmanager that several senders share, a Watchdog proves one of them.

Sources: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml,
https://github.com/prometheus/alertmanager/blob/main/pkg/labels/parse.go,
https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules (checked 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.core.values import CLEAR, RAISED, SEVERITIES, UNKNOWN
from agentic.errors import quoted
from agentic.signals.live.interface import Answers, Read, Round, SourceFailed
from agentic.signals.live.prometheus import query
from agentic.signals.live.scopes import Finding, Scope, readings_of, scope_of, shown_moment
from agentic.signals.severity import severity_of
from agentic.signals.snapshot import SKEW_S

if TYPE_CHECKING:
    from agentic.signals.live.http import Client

#: A Prometheus repeats a firing alert every minute, and says that it ends four minutes later.
WATCHDOG_AGE_S = 300
_NAME_CHARACTERS = 40
_NAMES_SHOWN = 2
_MATCHER = re.compile(
    r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*\Z", re.DOTALL | re.ASCII
)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}
#: Labels of `ALERTS` that this reader sets itself.
_OURS = ("__name__", "alertstate")


class Alert(NamedTuple):
    """One alert: `since` is Unix seconds (0: not told), `note` says who or what suppresses it."""

    name: str
    labels: dict[str, str]
    severity: str
    since: float = 0.0
    note: str = ""


class Answer(NamedTuple):
    """What a source says: the alerts that match, what it was asked, and why an empty list proves nothing.

    `doubt` is empty when the Watchdog is there.
    """

    alerts: list[Alert]
    asked: str
    doubt: str


def read_alerts(read: Read, round: Round) -> Answers:
    """The readings of the alerts that fire, one for each scope. Raises SourceFailed."""
    client: Client = round.connect(read.settings["source"])
    asking = _ask_alertmanager if client.settings["kind"] == "alertmanager" else _ask_prometheus
    answer = asking(client, read, round)
    counting = [
        alert
        for alert in answer.alerts
        if alert.severity in read.settings["severities"] and alert.name != read.settings["watchdog"]
    ]
    findings = _findings(counting, answer, read, round)
    wanted = " or ".join(read.settings["severities"])
    if answer.doubt:
        findings.append(Finding(UNKNOWN, Scope(), answer.doubt, query=answer.asked))
    elif not findings:
        relaxed = read.settings.get("no_watchdog")
        proof = f"no Watchdog: {relaxed['because']}" if relaxed else "the Watchdog arrives"
        because = f"no alert of severity {wanted} fires ({proof})"
        findings = [Finding(CLEAR, Scope(), because, "", "0", "alerts", "0", answer.asked)]
    return readings_of(findings, read, round)


# Sentences


def _findings(alerts: Sequence[Alert], answer: Answer, read: Read, round: Round) -> list[Finding]:
    """One raised finding for each scope, told by its worst and oldest alert."""
    by_scope: dict[Scope, list[Alert]] = {}
    for alert in alerts:
        by_scope.setdefault(scope_of(alert.labels, read, round), []).append(alert)
    return [
        Finding(
            RAISED,
            scope,
            _sentence(group),
            group[0].severity,
            str(len(group)),
            "alerts" if len(group) > 1 else "alert",
            "0",
            answer.asked,
            len(group),
        )
        for scope, found in by_scope.items()
        for group in [sorted(found, key=_urgency)]
    ]


def _urgency(alert: Alert) -> tuple[int, float, str]:
    return -SEVERITIES.index(alert.severity), alert.since, alert.name


def _sentence(alerts: Sequence[Alert]) -> str:
    worst = alerts[0]
    since = f" since {shown_moment(worst.since)}" if worst.since else ""
    note = f", {worst.note}" if worst.note else ""
    told = f"{quoted(worst.name, _NAME_CHARACTERS)} fires ({worst.severity}){since}{note}"
    names = list(dict.fromkeys(alert.name for alert in alerts[1:] if alert.name != worst.name))
    if len(alerts) == 1:
        return told
    shown = [quoted(name, _NAME_CHARACTERS) for name in names[:_NAMES_SHOWN]]
    if len(names) > _NAMES_SHOWN:
        shown.append("…")
    more = f"; {len(alerts) - 1} more"
    return told + more + (f": {', '.join(shown)}" if shown else " of that name")


def _proves_nothing(watchdog: str, what: str) -> str:
    return f"the Watchdog alert {quoted(watchdog, _NAME_CHARACTERS)} {what}, so an empty list proves nothing"


# Matchers


class Matcher(NamedTuple):
    """A label, how it is compared (`=`, `!=`, `=~`, `!~`), and with what."""

    label: str
    comparison: str
    value: str

    def __str__(self) -> str:
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.comparison}"{value}"'


def parse_matcher(text: str) -> Matcher:
    """One matcher in Alertmanager's grammar; quotes around the value are optional. Raises SourceFailed.

    Regular expressions are the server's business (RE2, anchored at both ends).
    """
    found = _MATCHER.match(text)
    if not found:
        raise SourceFailed(
            f"the matcher {quoted(text)} is not a label, one of = != =~ !~, and a value"
        )
    label, comparison, value = found.groups()
    is_quoted = value.startswith('"')
    if is_quoted:
        inner = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', value, re.DOTALL)
        value = inner[1] if inner else None
    elif '"' in value:
        value = None
    if value is None:
        raise SourceFailed(f"the matcher {quoted(text)} has a quote that does not end")
    if label in _OURS:
        raise SourceFailed(f"the matcher {quoted(text)} is about what no alert has as its label")
    return Matcher(label, comparison, re.sub(r"\\(.)", _unescaped, value, flags=re.DOTALL))


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[0])


def _matchers(read: Read) -> list[str]:
    return [str(parse_matcher(text)) for text in read.settings["matchers"]]


# Prometheus


def _ask_prometheus(client: Client, read: Read, round: Round) -> Answer:
    """Firing alerts by the series that rules write; a rule that is not evaluated loses its series.

    `ALERTS_FOR_STATE` holds since when, on the same labels.
    """
    matchers = _matchers(read)
    wanted = ", ".join(['alertstate="firing"', *matchers])
    watchdog = Matcher("alertname", "=", read.settings["watchdog"])
    asked = f"ALERTS{{{wanted}}}"
    began = f"ALERTS_FOR_STATE{{{', '.join(matchers)}}}"
    expression = f'{asked} or ALERTS{{alertstate="firing", {watchdog}}} or {began}'
    firing: list[dict[str, str]] = []
    since: dict[tuple[tuple[str, str], ...], float] = {}
    for sample in query(client, expression, round):
        labels = {name: value for name, value in sample.labels.items() if name not in _OURS}
        if "alertstate" in sample.labels:
            firing.append(labels)
        else:
            since[tuple(sorted(labels.items()))] = sample.value
    doubt = ""
    is_alive = any(labels.get("alertname") == watchdog.value for labels in firing)
    if not is_alive and not read.settings.get("no_watchdog"):
        doubt = _proves_nothing(watchdog.value, "does not fire")
    alerts = [
        _alert(labels, read, since.get(tuple(sorted(labels.items())), 0)) for labels in firing
    ]
    return Answer(alerts, asked, doubt)


def _alert(labels: dict[str, str], read: Read, since: float, note: str = "") -> Alert:
    severity = severity_of(labels.get(read.settings["severity_label"], ""))
    return Alert(labels.get("alertname", "unnamed"), labels, severity, since, note)


# Alertmanager


class _Posted(NamedTuple):
    """One alert as Alertmanager holds it; times are Unix seconds."""

    labels: dict[str, str]
    starts_at: float
    ends_at: float
    updated_at: float
    silences: list[str]
    other_reasons: list[str]


def _ask_alertmanager(client: Client, read: Read, round: Round) -> Answer:
    matchers = _matchers(read)
    posted = _posted(client, matchers)
    ended = [one for one in posted if one.ends_at < round.now - SKEW_S]
    alive = [one for one in posted if one.ends_at >= round.now - SKEW_S]
    doubt = ""
    if not read.settings.get("no_watchdog"):
        doubt = _watchdog_doubt(client, read, round, None if matchers else posted)
    if ended and not doubt:
        # A server lists no alert that has ended by its own clock, so one of the clocks is wrong.
        doubt = f"{len(ended)} alerts are listed that have ended: one of the clocks is wrong"
    notes = _silences(client) if any(one.silences for one in alive) else {}
    alerts = [_alert(one.labels, read, one.starts_at, _note(one, notes)) for one in alive]
    asked = f"/api/v2/alerts{{{', '.join(matchers)}}}"
    return Answer(alerts, asked, doubt)


def _watchdog_doubt(
    client: Client, read: Read, round: Round, every: Sequence[_Posted] | None
) -> str:
    """Why the Watchdog does not prove that alerts arrive; empty when it does.

    It is among `every` alert, where all were asked for. Never raises SourceFailed: a failure here must not
    hide the alerts that were found.
    """
    name = read.settings["watchdog"]
    try:
        if every is None:
            every = _posted(client, [str(Matcher("alertname", "=", name))])
        found = [one for one in every if one.labels.get("alertname") == name]
    except SourceFailed as failure:
        return str(failure)
    if not found:
        return _proves_nothing(name, "does not arrive")
    age_s = round.now - max(one.updated_at for one in found)
    if age_s < -SKEW_S:
        return _proves_nothing(name, "is from the future")
    limit_s = max(WATCHDOG_AGE_S, read.max_age_s)
    if age_s > limit_s or all(one.ends_at < round.now - SKEW_S for one in found):
        return _proves_nothing(name, f"last arrived {age_s:.0f} s ago (at most {limit_s} s)")
    return ""


def _posted(client: Client, matchers: Sequence[str]) -> list[_Posted]:
    """The alerts that match, suppressed and unprocessed ones included. Raises SourceFailed."""
    answer = client.get_json(
        "/api/v2/alerts",
        [
            ("active", "true"),
            ("silenced", "true"),
            ("inhibited", "true"),
            ("unprocessed", "true"),
            *(("filter", matcher) for matcher in matchers),
        ],
    )
    try:
        return [_posted_alert(item) for item in answer]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise client.failed("answers with alerts in a shape that is not Alertmanager's") from None


def _posted_alert(item: dict[str, Any]) -> _Posted:
    """One item of the answer. Raises KeyError, TypeError, ValueError or AttributeError when it is none."""
    labels, status = item["labels"], item["status"]
    if not all(isinstance(value, str) for value in labels.values()):
        raise TypeError("labels are text")
    reasons = ["inhibited by another alert"] if status.get("inhibitedBy") else []
    if status.get("mutedBy"):
        reasons.append(f"muted by {quoted(status['mutedBy'][0], 30)}")
    if status["state"] == "suppressed" and not reasons and not status.get("silencedBy"):
        reasons.append("suppressed")
    return _Posted(
        labels,
        _unix_s(item["startsAt"]),
        _unix_s(item["endsAt"]),
        _unix_s(item["updatedAt"]),
        list(status.get("silencedBy") or ()),
        reasons,
    )


def _unix_s(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment.timestamp()


def _silences(client: Client) -> dict[str, str]:
    """What each silence says about itself; empty when that cannot be had, the alerts count anyway."""
    try:
        answer = client.get_json("/api/v2/silences")
        return {
            item["id"]: (
                f"silenced by {quoted(item['createdBy'], 30)} until "
                f"{shown_moment(_unix_s(item['endsAt']))} ({quoted(item['comment'], 40)})"
            )
            for item in answer
        }
    except (SourceFailed, KeyError, TypeError, ValueError):
        return {}


def _note(posted: _Posted, silences: dict[str, str]) -> str:
    """Who or what suppresses an alert."""
    if not posted.silences:
        return posted.other_reasons[0] if posted.other_reasons else ""
    return silences.get(posted.silences[0], "silenced, by whom could not be told")
