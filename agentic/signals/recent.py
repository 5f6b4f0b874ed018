"""What the journal's end says about the next call: rollbacks, open changes, an agent that goes in circles.

Settings, all times in seconds::

    {"kind": "rollbacks", "within": 21600}
    {"kind": "open-changes", "within": 1800}
    {"kind": "repeated-calls", "within": 300, "refused": 8, "repeated": 20}

Each reader asks `scene.world.newest` for the lines that can matter to it. A journal that cannot be read, or
does not reach back over the whole time, is UNKNOWN, unless what it holds raises the signal anyway. The
journal is one user's, of one work tree: what others do elsewhere is for live sources to tell.
"""

from __future__ import annotations

from agentic.core.native import encode_string
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.errors import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from agentic.core.values import State
    from agentic.signals.interface import Scene

    Header = Mapping[str, Any]

#: Kinds that take a change of an environment back.
ROLLBACKS = ("deploy.rollback",)
#: More scopes than this are one reading about everything.
MOST_SCOPES = 20

_SHARED = ("write-shared", "destroy-shared")
#: Calls with these effects alone may be repeated: waiting for something is no circle.
_LOOKING = frozenset(("read", "network"))
#: Calls with these effects alone count only in a row: a test is run again after every edit.
_AT_HOME = frozenset(("read", "network", "write-workspace"))

_SOURCE = "journal"


def read_rollbacks(signal: str, settings: dict[str, Any], scene: Scene) -> tuple[Reading, ...]:
    """Raised for each environment in which a rollback ran within the time: its newest one."""
    within = settings["within"]
    words = [*(f'"{kind}"' for kind in ROLLBACKS), ',"cut":[']
    headers, seen_from = _newest(scene, within, words)
    last: dict[str, Header] = {}
    for header in headers:
        if _is_act(header) and _has_run(header):
            last.update(dict.fromkeys(_rollback_environments(header), header))
    found = []
    for environment, header in sorted(last.items()):
        age = _age(header, scene.now)
        where = f" on {environment}" if environment else ""
        why = f"a rollback ran{where} {age} ago (record {header.get('seq', 0)}), within {_span(within)}"
        reading = _reading(signal, RAISED, why, scene, value=age, threshold=_span(within))
        found.append(reading._replace(environments=(environment,) if environment else ()))
    nothing = f"the journal holds no rollback of the last {_span(within)}"
    return tuple(found) or _nothing(signal, nothing, scene, within, seen_from)


def read_open_changes(signal: str, settings: dict[str, Any], scene: Scene) -> tuple[Reading, ...]:
    """Raised for each change that another session began within the time and that has no outcome yet.

    Without a session of its own a call cannot tell which changes are its own: all count as others'.
    """
    within = settings["within"]
    headers, seen_from = _newest(scene, within, [f'"{effect}"' for effect in _SHARED])
    found: list[Reading] = []
    for header in headers:
        own = scene.call.session and header.get("session") == scene.call.session
        if _is_act(header) and _is_open(header) and not own:
            found.extend(_open_change(signal, header, within, scene))
    if len(found) > MOST_SCOPES:
        why = f"{len(found)} changes of other sessions are in flight, begun within {_span(within)}"
        return (_reading(signal, RAISED, why, scene, value=str(len(found)), unit="changes"),)
    nothing = f"no other session's change of the last {_span(within)} is in flight"
    return tuple(found) or _nothing(signal, nothing, scene, within, seen_from)


def read_repeated_calls(signal: str, settings: dict[str, Any], scene: Scene) -> tuple[Reading, ...]:
    """Raised when this session was refused, or repeated a call, as often as the settings say.

    Calls without a session count as one session: the journal is one user's.
    """
    within = settings["within"]
    session = scene.call.session
    word = f'"session":{encode_string(session)}' if session else '"event":"decision"'
    headers, seen_from = _newest(scene, within, [word])
    calls = [h for h in headers if _is_act(h) and h.get("session", "") == session]
    refused = sum([call.get("permission") == "BLOCK" for call in calls])
    tool, repeated = _most_repeated(calls)
    span = _span(within)
    if refused >= settings["refused"]:
        bound = settings["refused"]
        why = f"the session was refused {refused} times within {span}, threshold {bound}"
        count = refused
    elif repeated >= settings["repeated"]:
        bound = settings["repeated"]
        why = (
            f"the session made one call ({quoted(tool, 40)}) {repeated} times within {span}, "
            f"threshold {bound}"
        )
        count = repeated
    else:
        nothing = f"refused {refused} times and at most {repeated} equal calls within {span}"
        return _nothing(signal, nothing, scene, within, seen_from)
    reading = _reading(signal, RAISED, why, scene, value=str(count), unit="calls")
    return (reading._replace(threshold=str(bound)),)


def _newest(scene: Scene, within: int, words: Iterable[str]) -> tuple[Sequence[Header], str]:
    return scene.world.newest(scene.now - within, scene.now, tuple(words))


def _nothing(
    signal: str, why: str, scene: Scene, within: int, seen_from: str
) -> tuple[Reading, ...]:
    """Nothing was found: CLEAR when the whole time was seen, else UNKNOWN."""
    if not seen_from:
        return (_reading(signal, CLEAR, why, scene, threshold=_span(within)),)
    held = _span(max(0, scene.now - seconds_of(seen_from)))
    why = f"the journal reaches back {held} without a gap, not {_span(within)}"
    return (_reading(signal, UNKNOWN, why, scene, threshold=_span(within)),)


def _reading(signal: str, state: State, why: str, scene: Scene, **fields: Any) -> Reading:
    return Reading(signal, state, why, source=_SOURCE, observed_at=scene.now, **fields)


def _is_act(header: Header) -> bool:
    """Whether a record is the decision on a call that was really made, not on a question."""
    return header.get("event") == "decision" and header.get("purpose") == "ACT"


def _has_run(header: Header) -> bool:
    """Whether a call ran: its outcome says so, or it was let through and nothing says otherwise."""
    outcome = header.get("outcome", "")
    return outcome != "refused" if outcome else header.get("permission") == "RUN"


def _is_open(header: Header) -> bool:
    """Whether a call may be under way: let through, or before a person, and without an outcome."""
    return header.get("permission") in ("RUN", "ASK") and not header.get("outcome")


def _rollback_environments(header: Header) -> set[str]:
    """Where the record's rollbacks acted; the empty name (everywhere) when it may hide one."""
    kinds, environments = header.get("kinds", ()), header.get("environments", ())
    if _is_cut(header) or len(kinds) != len(environments):
        return {""} if "write-shared" in header.get("effects", ()) else set()
    return {where for kind, where in zip(kinds, environments, strict=True) if kind in ROLLBACKS}


def _open_change(signal: str, header: Header, within: int, scene: Scene) -> list[Reading]:
    """A reading for each environment that the change is about, with its targets there."""
    who = quoted(header.get("session") or "unknown", 24)
    age = _age(header, scene.now)
    found = []
    for environment, targets in sorted(_scopes(header).items()):
        what = "an unnamed target" if "" in targets else quoted(min(targets), 60)
        where = f" on {environment}" if environment else ""
        why = (
            f"session {who} began to change {what}{where} {age} ago "
            f"(record {header.get('seq', 0)}), which has not ended"
        )
        reading = _reading(signal, RAISED, why, scene, value=age, threshold=_span(within))
        found.append(
            reading._replace(
                environments=(environment,) if environment else (),
                targets=() if "" in targets else tuple(sorted(targets)),
            )
        )
    return found


def _scopes(header: Header) -> dict[str, set[str]]:
    """Environment -> targets of a call; an empty name stands for all of them, where it is not told."""
    environments, named = header.get("environments", ()), header.get("targets", ())
    if _is_cut(header) or not environments:
        return {"": {""}}
    if len(named) != len(environments):
        named = [""] * len(environments)
    scopes: dict[str, set[str]] = {}
    for environment, target in zip(environments, named, strict=True):
        scopes.setdefault(environment, set()).add(target)
    # What a call does on this machine alone is nobody else's target, unless it does nothing more.
    return {name: held for name, held in scopes.items() if name != "local"} or scopes


def _is_cut(header: Header) -> bool:
    """Whether the record was too long to tell all of its operations."""
    return "operations" in header or not {"kinds", "environments"}.isdisjoint(header.get("cut", ()))


def _most_repeated(calls: Iterable[Header]) -> tuple[str, int]:
    """The tool and the number of the call that was made most often, as repeating counts."""
    counts: dict[str, int] = {}
    best, tool, last = 0, "", ""
    for call in calls:
        effects, made = set(call.get("effects", ())), str(call.get("call_digest", ""))
        if not made or effects <= _LOOKING:
            continue
        if effects <= _AT_HOME and made != last:
            counts[made] = 0
        last = made
        counts[made] = counts.get(made, 0) + 1
        if counts[made] > best:
            best, tool = counts[made], str(call.get("host_tool") or call.get("tool", ""))
    return tool, best


def _age(header: Header, now: int) -> str:
    return _span(max(0, now - seconds_of(str(header["time"]))))


def _span(seconds: int) -> str:
    """Seconds as a person says them, in the two largest units."""
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    return f"{rest} s"


def seconds_of(time: str) -> int:
    """A record's time (`2026-11-21T09:30:00.125Z`) as Unix seconds. Raises ValueError."""
    year, month, day = int(time[:4]), int(time[5:7]), int(time[8:10])
    hour, minute, second = int(time[11:13]), int(time[14:16]), int(time[17:19])
    # days since 1970-01-01 in the Gregorian calendar, with the year beginning in March
    before = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 + of_year - 719_468
    return days * 86_400 + hour * 3600 + minute * 60 + second
