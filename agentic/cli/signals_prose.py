"""Signals in sentences: what each kind of read asks and how it judges, and what rules make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentic.cli.signals_policy import KnownRule, KnownSignals, how_to_configure
from agentic.core.reason import one_line
from agentic.errors import quoted
from agentic.signals.registry import HOT

if TYPE_CHECKING:
    from agentic.core.policy import Policy
    from agentic.core.values import Reading

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_UNITS = ((604_800, "w"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_CLIMBS = {"climb": "climbs one step", "CONSULT": "is at least CONSULT", "STOP": "is STOP"}
_SHOWN_KINDS = 6


def duration(seconds: float) -> str:
    """Seconds as policy writes them: the largest unit that divides them, `90s` or `6h`."""
    whole = int(seconds)
    for size, unit in _UNITS:
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def age(seconds: int) -> str:
    """How long ago, in one unit: `12s`, `5m`, `3h`, `2d`; `-` for the future, which a clock gets wrong."""
    if seconds < 0:
        return "-"
    for size, unit in _UNITS[1:]:
        if seconds >= 2 * size or unit == "s":
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


# What a read does


def _clock(read: Mapping[str, Any]) -> str:
    days = ", ".join(_DAYS[day] for day in read["days"])
    return f"raised outside {days} {read['start']}-{read['end']} in {read['zone']}"


def _holidays(read: Mapping[str, Any]) -> str:
    place = "-".join(filter(None, (read["country"], read["subdivision"])))
    return f"raised on public holidays of {place}, whole days in {read['zone']}"


def _calendar(read: Mapping[str, Any]) -> str:
    words = ", ".join(map(quoted, read["words"]))
    which = f"events that name {words}" if words else "every event"
    return f"raised during {which}; days without a time are days in {read['zone']}"


def _windows(read: Mapping[str, Any]) -> str:
    return (
        f"raised in {len(read['windows'])} recurring windows and {len(read['also'])} dated ranges, "
        f"in {read['zone']}, but for {len(read['exceptions'])} exceptions"
    )


def _alerts(read: Mapping[str, Any]) -> str:
    severities = " or ".join(read["severities"])
    matchers = f" that match {', '.join(map(quoted, read['matchers']))}" if read["matchers"] else ""
    proof = (
        f"without a watchdog, because {read['no_watchdog']['because']}"
        if read["no_watchdog"]
        else f"clear only while {quoted(read['watchdog'])} fires, which proves that alerts arrive"
    )
    return (
        f"raised while an alert of severity {severities}{matchers} fires, silenced or not; {proof}"
    )


def bound(raised_when: Mapping[str, Any] | None) -> str:
    """A bound as people say it: `above 0.99`."""
    for name, value in (raised_when or {}).items():
        if name == "between" and value is not None:
            return f"between {value[0]:g} and {value[1]:g}"
        if value is not None:
            return f"{name.replace('_', ' ')} {value:g}"
    return "beyond its own bound"


def _promql(read: Mapping[str, Any]) -> str:
    text = f"raised where {quoted(read['query'], 300)} is {bound(read['raised_when'])}"
    text += f" {read['unit']}" if read["unit"] else ""
    text += f" for {duration(read['for_s'])}" if read["for_s"] else ""
    return f"{text}; no series means {read['when_empty']}, NaN means {read['when_nan']}"


def _slo(read: Mapping[str, Any]) -> str:
    if read["slo"]:
        slo = read["slo"]
        return f"{quoted(slo['name'])} ({slo['objective']:.6g} over {duration(slo['period'])})"
    one = f"{quoted(read['slo_name'])} of " if read["slo_name"] else "each SLO of "
    return f"{one}{quoted(read['definition'])}"


def _burn_rate(read: Mapping[str, Any]) -> str:
    return (
        f"raised while the error budget of {_slo(read)} burns too fast in a long and a short window"
    )


def _error_budget(read: Mapping[str, Any]) -> str:
    left = f"{read['remaining_at_most'] * 100:g} %"
    return f"raised while at most {left} of the error budget of {_slo(read)} is left"


def _issues(read: Mapping[str, Any]) -> str:
    labels = " or ".join(map(quoted, read["labels"]))
    return f"raised while an issue labelled {labels} by somebody with write permission is open"


def _github_rollbacks(read: Mapping[str, Any]) -> str:
    words = " or ".join(map(quoted, read["words"]))
    return f"raised when a deployment of the last {duration(read['within'])} says {words}"


def _pagerduty(read: Mapping[str, Any]) -> str:
    urgency = " or ".join(read["urgencies"])
    return f"raised while an incident of {urgency} urgency is triggered or acknowledged"


def _gate_report(read: Mapping[str, Any]) -> str:
    if not read["measurement"]:
        return "raised by every gate of the report that did not pass"
    unless = ", unless somebody explained it there" if read["unless_explained"] else ""
    return f"raised where {quoted(read['measurement'])} is {bound(read['raised_when'])}{unless}"


def _drift_report(read: Mapping[str, Any]) -> str:
    if read["heartbeat"]:
        return f"raised when the newest report is older than {duration(read['heartbeat'])}"
    return f"raised where a feature's drift is above {read['multiple']:g} times its alert threshold"


def _repeated(read: Mapping[str, Any]) -> str:
    return (
        f"raised when one session was refused {read['refused']} times, or made one call "
        f"{read['repeated']} times, within {duration(read['within'])}"
    )


#: kind of read -> its sentence
_READS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "clock": _clock,
    "holidays": _holidays,
    "calendar": _calendar,
    "windows": _windows,
    "alerts": _alerts,
    "promql": _promql,
    "burn-rate": _burn_rate,
    "error-budget": _error_budget,
    "github-issues": _issues,
    "github-rollbacks": _github_rollbacks,
    "pagerduty-incidents": _pagerduty,
    "incident-file": lambda _: "raised while the file says that an incident is open",
    "gate-report": _gate_report,
    "drift-report": _drift_report,
    "diff-credentials": lambda read: (
        f"raised when what the branch adds since {quoted(read['base'])} holds a credential"
    ),
    "call-credentials": lambda _: "raised when the call itself holds a credential",
    "rollbacks": lambda read: (
        f"raised when the journal holds a rollback of the last {duration(read['within'])}"
    ),
    "open-changes": lambda read: (
        "raised when another session's change of the same target has begun and not ended within "
        + duration(read["within"])
    ),
    "repeated-calls": _repeated,
}


def read_sentence(read: Mapping[str, Any]) -> str:
    """How one read is judged, as one line."""
    text = one_line(_READS[read["kind"]](read), 400)
    places = read.get("environments")
    return f"{text}; about {', '.join(places)} only" if places else text


def asked_sentence(read: Mapping[str, Any], known: KnownSignals) -> str:
    """Who is asked for one read: its source by name and address."""
    name = read.get("source")
    if not name:
        return f"nobody: {read['kind']} is told on the spot"
    found = known.source(name)
    if found is None:
        return f"{read['kind']} from {quoted(name)}, which is not declared"
    source = found.source
    place = source.path if source.kind == "file" else source.url
    return f"{read['kind']} from {quoted(name)}, {source.kind} at {quoted(place, 120)}"


# What rules make of it


def rule_sentences(known: KnownRule) -> list[str]:
    """What a rule does when the signal is raised, and when nobody can tell."""
    rule = known.rule
    what = (
        f"every operation with the effect {' or '.join(rule.effects)}"
        if rule.effects
        else _kinds(rule.kinds)
    )
    but = f", but not {_kinds(rule.except_kinds)}" if rule.except_kinds else ""
    where = f" on {', '.join(rule.environments)}" if rule.environments else ""
    lines = [f"raised: {what}{but}{where} {_CLIMBS[rule.to]}, because {rule.because} ({rule.id})"]
    if rule.ignore_unknown:
        places = ", ".join(rule.ignore_unknown.environments)
        why = rule.ignore_unknown.because
        lines.append(f"unknown: the same, but on {places} nothing, because {why}")
    else:
        lines.append("unknown: the same")
    return lines


def _kinds(kinds: list[str] | None) -> str:
    if kinds is None:
        return "every operation"
    shown = ", ".join(kinds[:_SHOWN_KINDS])
    return f"{shown} and {len(kinds) - _SHOWN_KINDS} more" if len(kinds) > _SHOWN_KINDS else shown


# A whole signal


def shown(name: str, policy: Policy, known: KnownSignals) -> str:
    """A signal's definition, its reads with their places, and its rules, as indented text."""
    lines = [f"{name}: {known.meanings[name] or 'policy does not say what it means'}"]
    settings = policy.signal_settings(name) if name in policy.signals else None
    if settings:
        lines.append(
            f"severity {settings['severity']}, a clear holds {duration(settings['max_age_s'])}"
        )
    lines += ["", "reads"]
    reads = known.reads_of(name)
    for number, found in enumerate(reads, 1):
        standing = "" if found.origin.is_trusted else ", NOT TRUSTED, so it does not count"
        lines.append(f"  {number}. {asked_sentence(found.settings, known)}{standing}")
        lines.append(f"     {read_sentence(found.settings)}")
        lines.append(f"     {found.origin.where()}")
    if not reads:
        lines.append(f"  none, so it is not configured: {how_to_configure(name)}")
    lines += ["", "rules"]
    for rule in known.rules_of(name):
        lines.append(f"  {rule.rule.id} ({rule.origin.where()})")
        lines += [f"     {sentence}" for sentence in rule_sentences(rule)]
    if not known.rules_of(name):
        lines.append("  none names it; it counts for rules about how many signals are raised")
    return "\n".join(lines)


def explained(
    name: str, policy: Policy, known: KnownSignals, readings: Sequence[Reading], now: int
) -> str:
    """A signal told in whole sentences: meaning, who is asked, how it is judged, what follows, what to do."""
    meaning = known.meanings[name] or "policy does not say what it means"
    lines = [
        f"`{name}` is raised when {meaning}." if known.meanings[name] else f"`{name}`: {meaning}."
    ]
    lines += ["", "How it is told"]
    reads = known.reads_of(name)
    for found in reads:
        lines.append(f"  It asks {asked_sentence(found.settings, known)}.")
        lines.append(f"  It is {read_sentence(found.settings)}.")
        if not found.origin.is_trusted:
            lines.append("  Nobody trusted that yet, so it is not asked: `agentic policy trust`.")
    if len(reads) > 1:
        lines.append("  Each of these answers by itself, and the strictest answer counts.")
    if not reads:
        lines.append(
            f"  Nobody is asked: it has no source here. Configure it: {how_to_configure(name)}."
        )
    lines += ["", "What it does"]
    rules = known.rules_of(name)
    for rule in rules:
        lines += [f"  {_capital(sentence)}." for sentence in rule_sentences(rule)]
    if not rules:
        lines.append(
            "  No rule names it. It counts where a rule is about how many signals are raised."
        )
    if name in policy.signals:
        lines += ["", "What is known now", *_known_lines(readings, now)]
        lines += ["", "When nobody can tell", *_unknown_lines(name, policy)]
    return "\n".join(lines)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _known_lines(readings: Sequence[Reading], now: int) -> list[str]:
    lines = []
    for reading in readings:
        when = f", {age(now - reading.observed_at)} ago" if reading.observed_at else ""
        lines.append(
            f"  {reading.state} ({one_line(reading.source, 60)}{when}): {one_line(reading.because)}"
        )
    return lines


def _unknown_lines(name: str, policy: Policy) -> list[str]:
    settings = policy.signal_settings(name)
    if all(read["kind"] in HOT for read in settings["reads"]):
        return [
            "  It is told on the spot, so it is unknown only when that fails: `agentic doctor`."
        ]
    holds = duration(settings["max_age_s"])
    return [
        f"  A clear answer holds {holds} after it was seen; older, missing or failed is UNKNOWN.",
        "  A raised one stays until its source says otherwise.",
        f"  Ask now: `agentic signals refresh {name}`. Keep it fresh: `agentic signals watch`.",
        "  See what is wrong with its source: `agentic doctor`, `agentic signals lint`.",
    ]
