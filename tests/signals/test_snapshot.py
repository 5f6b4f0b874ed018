"""What a hook makes of a snapshot: a good one is read, anything else is UNKNOWN and never relaxes."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentic.audit.record import line_of, prepared, record_of_decision
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Decision, Reading, ToolCall
from agentic.govern import govern
from agentic.signals.interface import World, read_signals
from agentic.signals.snapshot import (
    MAX_BYTES,
    Snapshot,
    Timetable,
    aged,
    answer_of,
    checked,
    read_snapshot,
    readings_of,
    snapshot_path,
)
from tests.fakes import ROOT
from tests.ports_fakes import NOON, make_ports, shell
from tests.signals.configured import policy_of

POLICY = policy_of(
    """
sources:
  - {source: incidents, kind: file, path: /srv/incidents.json}
signals:
  - signal: incident.active
    meaning: an incident is open
    severity: high
    reads: [{kind: incident-file, source: incidents}]
"""
)
DIGEST = POLICY.signals_digest
CLEAR_ENTRY = {
    "signal": "incident.active",
    "state": CLEAR,
    "because": "no incident is open",
    "source": "incidents",
    "observed_at": NOON - 10,
    "max_age_s": 300,
}
#: CONSULT on its own; a raised or unknown incident makes it STOP.
COMMAND = "kubectl apply -k k8s/overlays/staging"


def content(body: Any, **header: Any) -> bytes:
    """The bytes of a snapshot whose body is a value, or text as it is."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = hashlib.sha256(text).hexdigest()
    head = {"format": 1, "sha256": digest, "written_at": NOON - 10, "policy": DIGEST, **header}
    return json.dumps(head).encode() + b"\n" + text + b"\n"


def good(*entries: Any) -> bytes:
    return content({"incident.active": [list(entries)]})


def put(state: Path, data: bytes, mode: int = 0o600) -> Path:
    folder = state / "signals"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = Path(snapshot_path(str(state), DIGEST))
    path.write_bytes(data)
    path.chmod(mode)
    return path


def readings(state: Path, now: int = NOON) -> tuple[Reading, ...]:
    world = World(str(state), lambda *_: ((), ""))
    return read_signals(world, POLICY, POLICY.signals, ToolCall("other", {}, "/"), now)


def decided(state: Path, now: int = NOON) -> Decision:
    ports = make_ports(policy=POLICY, now=now)
    world = World(str(state), lambda *_: ((), ""))
    return govern(
        shell(COMMAND, declared_environment="staging"),
        ports._replace(readings=lambda p, names, call, at: read_signals(world, p, names, call, at)),
    )


def test_a_good_snapshot_is_read(tmp_path: Path) -> None:
    put(tmp_path, good(CLEAR_ENTRY))
    assert [(r.state, r.because) for r in readings(tmp_path)] == [(CLEAR, "no incident is open")]
    assert decided(tmp_path).mode == "CONSULT"


def test_what_it_says_is_raised_climbs(tmp_path: Path) -> None:
    put(tmp_path, good({**CLEAR_ENTRY, "state": RAISED, "because": "INC-7 is open"}))
    assert decided(tmp_path).mode == "STOP"


# Faults


def missing(state: Path) -> None:
    (state / "signals").mkdir(mode=0o700)


def no_folder(state: Path) -> None:
    """Nothing was ever written."""


def world_writable(state: Path) -> None:
    put(state, good(CLEAR_ENTRY), 0o602)


def group_writable(state: Path) -> None:
    put(state, good(CLEAR_ENTRY), 0o620)


def folder_open_to_all(state: Path) -> None:
    put(state, good(CLEAR_ENTRY)).parent.chmod(0o777)


def a_link(state: Path) -> None:
    path = put(state, good(CLEAR_ENTRY))
    path.rename(state / "elsewhere")
    path.symlink_to(state / "elsewhere")


def a_pipe(state: Path) -> None:
    path = put(state, b"")
    path.unlink()
    os.mkfifo(path, 0o600)


def a_second_name(state: Path) -> None:
    os.link(put(state, good(CLEAR_ENTRY)), state / "elsewhere")


def a_folder(state: Path) -> None:
    path = put(state, b"")
    path.unlink()
    path.mkdir(mode=0o700)


def a_hundred_megabytes(state: Path) -> None:
    with put(state, good(CLEAR_ENTRY)).open("ab") as file:
        file.truncate(100_000_000)


def somebody_elses(state: Path) -> None:
    if (
        os.geteuid() != 0
    ):  # nobody but root can give a file away; the folder's check stands in for it
        folder_open_to_all(state)
        return
    os.chown(put(state, good(CLEAR_ENTRY)), 12345, 12345)


def folder_of_somebody_else(state: Path) -> None:
    if os.geteuid() != 0:
        folder_open_to_all(state)
        return
    os.chown(put(state, good(CLEAR_ENTRY)).parent, 12345, 12345)


def half_written(state: Path) -> None:
    data = good(CLEAR_ENTRY)
    put(state, data[: len(data) // 2])


def unreadable_as_text(state: Path) -> None:
    put(state, content(b'{"incident.active": [[{"because": "\xff\xfe"}]]}'))


def deeply_nested(state: Path) -> None:
    put(state, content(b'{"incident.active":' + b"[" * 100_000 + b"]" * 100_000 + b"}"))


def one_bit_flipped(state: Path) -> None:
    put(state, good(CLEAR_ENTRY).replace(b"no incident", b"no Incident"))


BODIES: dict[str, Any] = {
    "a list": [],
    "a number": 5,
    "null": None,
    "text": "CLEAR",
    "no such signal": {},
    "no places": {"incident.active": []},
    "places that are a number": {"incident.active": 1},
    "a place that is a number": {"incident.active": [1]},
    "an empty place": {"incident.active": [[]]},
    "an entry that is a number": {"incident.active": [[1]]},
    "an entry that is text": {"incident.active": [["CLEAR"]]},
    "an entry without fields": {"incident.active": [[{}]]},
    "an unknown field": {"incident.active": [[{**CLEAR_ENTRY, "colour": "green"}]]},
    "an unknown state": {"incident.active": [[{**CLEAR_ENTRY, "state": "GREEN"}]]},
    "a number for a state": {"incident.active": [[{**CLEAR_ENTRY, "state": 0}]]},
    "a number for a text": {"incident.active": [[{**CLEAR_ENTRY, "because": 7}]]},
    "a text for a number": {"incident.active": [[{**CLEAR_ENTRY, "observed_at": "now"}]]},
    "a float for a time": {"incident.active": [[{**CLEAR_ENTRY, "observed_at": NOON - 0.5}]]},
    "a yes for a time": {"incident.active": [[{**CLEAR_ENTRY, "observed_at": True}]]},
    "a time beyond all records": {"incident.active": [[{**CLEAR_ENTRY, "observed_at": 2**53}]]},
    "a negative age": {"incident.active": [[{**CLEAR_ENTRY, "max_age_s": -1}]]},
    "a text for a list": {"incident.active": [[{**CLEAR_ENTRY, "environments": "dev"}]]},
    "a list of numbers": {"incident.active": [[{**CLEAR_ENTRY, "environments": [1]}]]},
    "another signal": {"incident.active": [[{**CLEAR_ENTRY, "signal": "data.stale"}]]},
    "no time": {
        "incident.active": [[{k: v for k, v in CLEAR_ENTRY.items() if k != "observed_at"}]]
    },
    "from the future": {"incident.active": [[{**CLEAR_ENTRY, "observed_at": NOON + 3600}]]},
    "too old": {"incident.active": [[{**CLEAR_ENTRY, "observed_at": NOON - 301}]]},
    "too old by policy": {
        "incident.active": [[{**CLEAR_ENTRY, "observed_at": NOON - 301, "max_age_s": 999_999}]]
    },
    "never too old": {
        "incident.active": [[{**CLEAR_ENTRY, "observed_at": NOON - 301, "max_age_s": 0}]]
    },
    "broken windows": {
        "incident.active": [
            [
                {
                    "signal": "incident.active",
                    "windows": [[1]],
                    "known_until": 9,
                    "clear_because": "x",
                }
            ]
        ]
    },
    "a calendar where alerts are asked": {
        "incident.active": [
            [
                {
                    "signal": "incident.active",
                    "windows": [],
                    "known_until": 2 * NOON,
                    "clear_because": "nothing for ever",
                    "observed_at": NOON,
                }
            ]
        ]
    },
    "a calendar that ends": {
        "incident.active": [
            [
                {
                    "signal": "incident.active",
                    "windows": [],
                    "known_until": NOON - 1,
                    "clear_because": "x",
                    "observed_at": NOON - 10,
                }
            ]
        ]
    },
}
HEADERS: dict[str, dict[str, Any]] = {
    "another version": {"format": 2},
    "another policy": {"policy": "f" * 64},
    "a wrong sha256": {"sha256": "0" * 64},
    "a sha256 that is a number": {"sha256": 5},
    "a time that is text": {"written_at": "now"},
}
RAW = {
    "nothing": b"",
    "a line": b"hello\n",
    "blanks": b" \n \n",
    "zeros": b"\0" * 4096,
    "one line only": good(CLEAR_ENTRY).split(b"\n")[0] + b"\n",
    "a header that is a list": b"[]\n{}\n",
    "a byte order mark": b"\xef\xbb\xbf" + good(CLEAR_ENTRY),
    "the same key twice": content(b'{"incident.active":[[]],"incident.active":[[]]}'),
    "not a number": content(b'{"incident.active":[[{"observed_at":NaN}]]}'),
}


def writes(data: bytes) -> Callable[[Path], None]:
    def write(state: Path) -> None:
        put(state, data)

    return write


FAULTS: dict[str, Callable[[Path], None]] = {
    **{
        function.__name__: function
        for function in (
            missing, no_folder, world_writable, group_writable, folder_open_to_all, a_link, a_pipe,
            a_second_name, a_folder, a_hundred_megabytes, somebody_elses, folder_of_somebody_else,
            half_written, unreadable_as_text, deeply_nested, one_bit_flipped,
        )
    },
    **{f"body: {name}": writes(content(body)) for name, body in BODIES.items()},
    **{
        f"header: {name}": writes(content({"incident.active": [[CLEAR_ENTRY]]}, **header))
        for name, header in HEADERS.items()
    },
    **{f"file: {name}": writes(data) for name, data in RAW.items()},
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_snapshot_is_unknown_and_relaxes_nothing(name: str, tmp_path: Path) -> None:
    FAULTS[name](tmp_path)
    started = time.monotonic()
    found = readings(tmp_path)
    assert time.monotonic() - started < 2
    assert [(r.signal, r.state) for r in found] == [("incident.active", UNKNOWN)]
    why = found[0].because
    assert why
    assert why.isprintable()
    assert not any(word in why for word in ("Error", "NoneType", "Traceback"))
    decision = decided(tmp_path)
    assert decision.mode == "STOP"
    assert decision.rules.count("escalation.incident") == 1


@pytest.mark.parametrize("name", FAULTS)
def test_the_record_says_why_nothing_was_known(name: str, tmp_path: Path) -> None:
    FAULTS[name](tmp_path)
    decision = decided(tmp_path)
    call = shell(COMMAND)._replace(cwd=ROOT)
    record = record_of_decision(call, decision, answer="deny", user="ada", now=NOON)
    line, _ = line_of(prepared(record), 1, "0" * 64)
    read = json.loads(line)
    assert [(r["signal"], r["state"]) for r in read["readings"]] == [("incident.active", UNKNOWN)]
    assert read["sensitive"]["reasons"]["value"]["readings"] == [decision.readings[0].because]


def test_a_broken_entry_hides_no_raised_one(tmp_path: Path) -> None:
    put(tmp_path, good({**CLEAR_ENTRY, "state": RAISED, "because": "INC-7 is open"}, {"state": 5}))
    assert [r.state for r in readings(tmp_path)] == [RAISED, UNKNOWN]


def test_a_raised_one_does_not_age_away(tmp_path: Path) -> None:
    put(tmp_path, good({**CLEAR_ENTRY, "state": RAISED, "because": "INC-7 is open"}))
    later = readings(tmp_path, NOON + 86_400)[0]
    assert later.state == RAISED
    assert later.because == "INC-7 is open (that answer is 86410 s old, more than 300 s)"


def test_a_file_of_the_largest_size_is_still_read(tmp_path: Path) -> None:
    filler = "x" * (MAX_BYTES - 2000)
    put(tmp_path, content({"incident.active": [[CLEAR_ENTRY]], "filler": [[filler]]}))
    assert readings(tmp_path)[0].state == CLEAR


def test_reads_are_told_apart_by_their_number() -> None:
    settings = {"reads": [{"kind": "a"}, {"kind": "b"}], "severity": "high", "max_age_s": 300}
    snapshot = Snapshot({"incident.active": [[CLEAR_ENTRY]]})
    found = [readings_of(snapshot, "incident.active", n, settings, NOON)[0] for n in (0, 1)]
    assert [(r.state, r.source) for r in found] == [(CLEAR, "incidents"), (UNKNOWN, "b")]


@pytest.mark.parametrize(
    ("age", "state"), [(0, CLEAR), (300, CLEAR), (301, UNKNOWN), (-120, CLEAR), (-121, UNKNOWN)]
)
def test_a_clear_holds_for_its_age(age: int, state: str) -> None:
    assert (
        aged(Reading("s", CLEAR, "b", observed_at=1000, max_age_s=300), 1000 + age).state == state
    )


@pytest.mark.parametrize(
    ("now", "state"),
    [(9, CLEAR), (10, RAISED), (19, RAISED), (20, CLEAR), (29, CLEAR), (30, UNKNOWN)],
)
def test_a_timetable_is_looked_up(now: int, state: str) -> None:
    table = Timetable("s", ((10, 20, "freeze"),), 30, "open")
    assert table.at(now).state == state


def test_an_entry_is_the_answer_that_it_was_made_of() -> None:
    reading = Reading(
        "s", RAISED, "b", "high", "1", "x", "2", ("dev",), ("read",), "api", "p", "q", 5, 6
    )
    table = Timetable("s", ((10, 20, "freeze"),), 30, "open", environments=("dev",))
    for answer in (reading, table):
        assert answer_of(json.loads(json.dumps(answer._asdict()))) == answer


def test_a_field_nested_without_end_is_damage_of_its_entry_alone(tmp_path: Path) -> None:
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    good_entry = {**CLEAR_ENTRY, "state": RAISED}
    bad = [{**CLEAR_ENTRY, "environments": deep}, {**CLEAR_ENTRY, "windows": deep}]
    put(tmp_path, content({"incident.active": [[*bad, good_entry]]}))
    assert [r.state for r in readings(tmp_path)] == [RAISED, UNKNOWN]


def test_every_field_is_checked() -> None:
    """A field that `Reading` or `Timetable` gains is checked, too: any of another type is refused."""
    for answer in (Reading("s", RAISED, "b"), Timetable("s", (), 30, "open")):
        assert checked(answer) == answer
        for name in answer._fields:
            with pytest.raises((TypeError, ValueError)):
                checked(answer._replace(**{name: 1.5}))


def test_no_state_folder_is_no_snapshot() -> None:
    assert read_snapshot("", "0" * 64).fault
