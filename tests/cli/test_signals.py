"""`agentic signals`: every command, its exit codes and JSON, and every way to get it wrong."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Machine
from tests.cli.monitoring import (
    ALWAYS_ON,
    API_DOWN,
    WATCHDOG,
    Stub,
    alertmanager_layer,
    monitoring,
    trust,
    write_layer,
)

READING = {
    "signal", "state", "because", "severity", "value", "unit", "threshold", "environments", "effects",
    "service", "source", "query", "observed_at", "max_age_s", "targets", "age_s",
}  # fmt: skip


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with monitoring() as found:
        yield found


@pytest.fixture(autouse=True)
def _quiet(stub: Stub) -> None:
    stub.alerts = [WATCHDOG]
    stub.answers = {}
    stub.delay_s = 0.0
    stub.asked.clear()


@pytest.fixture(scope="module")
def guarded(make_machine: Callable[[], Machine], stub: Stub) -> Machine:
    """A machine that gets its incidents from the stub."""
    made = make_machine()
    write_layer(made, alertmanager_layer(stub.url))
    trust(made)
    return made


@pytest.fixture
def own(make_machine: Callable[[], Machine], stub: Stub) -> Machine:
    """The same, for a test that leaves something behind."""
    made = make_machine()
    write_layer(made, alertmanager_layer(stub.url))
    trust(made)
    return made


def snapshots(machine: Machine) -> list[Path]:
    return sorted((machine.home / ".local/state/agentic/signals").glob("*.snapshot"))


def states(document: dict[str, Any]) -> dict[str, str]:
    return {found["signal"]: found["state"] for found in document["signals"]}


# list, show, explain


def test_list_has_every_signal_and_asks_nobody(guarded: Machine, stub: Stub) -> None:
    ran = guarded.run("signals", "list")
    assert (ran.code, ran.err, stub.asked) == (0, "", [])
    first = ran.out.splitlines()[0].split()
    assert first[:3] == ["SIGNAL", "STATE", "SEVERITY"]
    assert first[-3:] == ["AGE", "SOURCE", "BECAUSE"]
    assert "no snapshot yet" in ran.out
    before, _, after = ran.out.partition("NOT CONFIGURED")
    assert "clock.off-hours" in before
    assert "incident.active" in before
    assert "freeze.active" in after
    assert "`agentic init --calendar FILE`" in after


def test_list_as_json(guarded: Machine) -> None:
    document = guarded.run("signals", "list", "--json").json
    assert set(document) == {"now", "snapshot", "signals", "not_configured"}
    assert set(document["snapshot"]) == {"path", "written_at", "fault"}
    assert set(document["signals"][0]) == {"signal", "state", "severity", "readings", "meaning"}
    assert set(document["signals"][0]["readings"][0]) == READING
    assert set(document["not_configured"][0]) == {"signal", "meaning", "configure"}
    assert states(document)["incident.active"] == "UNKNOWN"
    assert states(document)["clock.off-hours"] == "CLEAR"


def test_show_names_definition_source_and_rules(guarded: Machine) -> None:
    ran = guarded.run("signals", "show", "incident.active")
    assert ran.code == 0
    assert ".agentic/signals.yaml:7:9" in ran.out
    assert "alertmanager at `http://127.0.0.1:" in ran.out
    assert "escalation.incident (policies/escalation.yaml:" in ran.out
    document = guarded.run("signals", "show", "incident.active", "--json").json
    assert set(document) == {
        "signal", "state", "severity", "readings", "meaning", "is_configured", "max_age_s", "reads",
        "rules",
    }  # fmt: skip
    assert [read["kind"] for read in document["reads"]] == ["alerts"]
    assert [rule["id"] for rule in document["rules"]] == ["escalation.incident"]


@pytest.mark.parametrize("name", ["incident.active", "freeze.active", "clock.off-hours", "holiday"])
def test_explain_is_prose_for_every_signal(guarded: Machine, name: str) -> None:
    ran = guarded.run("signals", "explain", name)
    assert ran.code == 0
    for heading in ("How it is told", "What it does"):
        assert heading in ran.out
    assert "because" in ran.out


def test_every_signal_and_every_kind_of_read_can_be_explained(own: Machine) -> None:
    write_layer(own, EVERY_KIND, "every.yaml")
    assert own.run("policy", "check").code == 0
    trust(own)
    names = [found["signal"] for found in own.run("signals", "list", "--json").json["signals"]]
    assert len(names) > 10
    commands = [
        ("signals", *command, name)
        for name in names
        for command in (("explain",), ("show",), ("explain", "--json"), ("show", "--json"))
    ]
    for command, ran in zip(commands, own.run_many(*commands), strict=True):
        assert (ran.code, ran.err) == (0, ""), command
        if "--json" in command:
            assert ran.json["signal"] == command[-1]
        else:
            assert command[-1] in ran.out.splitlines()[0]


EVERY_KIND = """\
sources:
  - {source: metrics, kind: prometheus, url: "https://metrics.example"}
  - {source: hub, kind: github, repository: octo/shop}
  - {source: pages, kind: pagerduty, token: {env: PAGERS_KEY}}
  - {source: days, kind: web-calendar, url: "https://calendar.example/x.ics"}
  - {source: reports, kind: file, path: "ops/*.json"}
signals:
  - signal: holiday
    reads:
      - {kind: holidays, country: DE, subdivision: BE, zone: Europe/Berlin}
      - {kind: calendar, source: days, zone: Europe/Berlin, words: [closed]}
      - kind: windows
        zone: UTC
        windows: [{start: "0 18 * * 5", end: "0 8 * * 1", because: weekends are quiet}]
  - signal: deploy.unhealthy
    reads:
      - kind: promql
        source: metrics
        query: max(latency_seconds)
        raised_when: {above: 0.5}
        unit: s
        for: 5m
        environments: [production]
  - signal: error-budget.burn
    reads:
      - kind: burn-rate
        source: metrics
        slo: {name: api, objective: 0.999, errors: "rate(e[$window])", total: "rate(t[$window])"}
  - signal: error-budget.exhausted
    reads: [{kind: error-budget, source: metrics, definition: reports, slo_name: api}]
  - signal: rollback.recent
    reads: [{kind: github-rollbacks, source: hub}, {kind: incident-file, source: reports}]
  - signal: incident.p1
    reads:
      - {kind: pagerduty-incidents, source: pages}
      - {kind: github-issues, source: hub, labels: [incident, outage]}
  - signal: quality.suspicious
    reads: [{kind: gate-report, source: reports, measurement: auc, raised_when: {above: 0.99}}]
  - signal: gate.failed
    reads: [{kind: gate-report, source: reports}]
  - signal: drift.severe
    reads: [{kind: drift-report, source: reports, multiple: 2.0}]
  - signal: drift.heartbeat-missing
    reads: [{kind: drift-report, source: reports, heartbeat: 2d}]
  - signal: credential.detected
    reads: [{kind: diff-credentials}]
"""


# refresh


def test_refresh_writes_what_hooks_read(own: Machine, stub: Stub) -> None:
    stub.alerts = [WATCHDOG, API_DOWN]
    ran = own.run("signals", "refresh")
    assert (ran.code, ran.err) == (0, "")
    assert "RAISED" in ran.out
    assert str(snapshots(own)[0]) in ran.out
    stub.asked.clear()
    listed = own.run("signals", "list", "--json").json
    assert states(listed)["incident.active"] == "RAISED"
    assert listed["snapshot"]["fault"] == ""
    assert listed["snapshot"]["written_at"]
    assert stub.asked == []


def test_refresh_ends_with_5_when_one_could_not_be_told(
    make_machine: Callable[[], Machine],
) -> None:
    machine = make_machine()
    with monitoring() as gone:
        write_layer(machine, alertmanager_layer(gone.url))
    trust(machine)
    ran = machine.run("signals", "refresh", "--json")
    assert ran.code == 5
    assert set(ran.json) == {"now", "snapshot", "signals"}
    assert set(states(ran.json).values()) == {"UNKNOWN"}


def test_refresh_of_one_keeps_the_others(own: Machine, stub: Stub) -> None:
    assert own.run("signals", "refresh").code == 0
    stub.alerts = [WATCHDOG, API_DOWN]
    ran = own.run("signals", "refresh", "incident.p1", "--json")
    assert states(ran.json) == {"incident.p1": "RAISED"}
    listed = states(own.run("signals", "list", "--json").json)
    assert (listed["incident.active"], listed["incident.p1"]) == ("CLEAR", "RAISED")


def test_refresh_without_a_source_has_nothing_to_do(machine: Machine) -> None:
    ran = machine.run("signals", "refresh")
    assert (ran.code, "nothing to refresh" in ran.out) == (0, True)
    assert machine.run("signals", "refresh", "--json").json["signals"] == []
    assert snapshots(machine) == []


def test_refreshes_at_once_leave_one_whole_snapshot(own: Machine, stub: Stub) -> None:
    stub.delay_s = 0.05
    command = [sys.executable, "-m", "agentic.cli.main", "signals", "refresh", "--json"]
    started = [
        subprocess.Popen(
            command,
            cwd=own.repository,
            env=own.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    done = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0] * 4, done
    assert len(snapshots(own)) == 1
    assert states(own.run("signals", "list", "--json").json)["incident.active"] == "CLEAR"
    assert [p.name for p in snapshots(own)[0].parent.iterdir() if p.name.endswith(".tmp")] == []


def test_a_snapshot_that_somebody_made_up_is_shown_and_breaks_nothing(own: Machine) -> None:
    assert own.run("signals", "refresh").code == 0
    (path,) = snapshots(own)
    header, body = path.read_text().split("\n", 1)
    entries = json.loads(body)
    entries["incident.active"][0] = [
        {
            "signal": "incident.active",
            "state": "RAISED",
            "because": "\x1b[2Jgone\nSTOP",
            "severity": "bogus",
            "observed_at": 2**52,
            "max_age_s": 1,
        }
    ]
    text = json.dumps(entries)
    digest = hashlib.sha256(text.encode()).hexdigest()
    told = {**json.loads(header), "sha256": digest, "written_at": 2**80}
    path.write_text(json.dumps(told) + "\n" + text + "\n")
    *shown, told, examined = own.run_many(
        ("signals", "list"),
        ("signals", "list", "--json"),
        ("signals", "show", "incident.active"),
        ("signals", "explain", "incident.active"),
        ("explain", "--", "kubectl --context staging apply -f k.yaml"),
        ("doctor",),
    )
    for ran in shown:
        assert (ran.code, ran.err) == (0, ""), ran
        assert "\x1b" not in ran.out
    assert (told.code, "\x1b" in told.out) == (0, False), told
    assert examined.err == ""


# check


def test_check_is_0_only_when_all_is_clear_and_writes_nothing(guarded: Machine, stub: Stub) -> None:
    assert guarded.run("signals", "check", "incident.active", "incident.p1").code == 0
    stub.alerts = [WATCHDOG, API_DOWN]
    ran = guarded.run("signals", "check", "--json")
    assert ran.code == 4
    assert set(ran.json) == {"now", "state", "signals"}
    assert ran.json["state"] == "RAISED"
    stub.alerts = []
    ran = guarded.run("signals", "check", "incident.active", "--json")
    assert (ran.code, ran.json["state"]) == (4, "UNKNOWN"), "without a watchdog"
    assert snapshots(guarded) == []


def test_check_waits_no_longer_than_its_deadline(guarded: Machine, stub: Stub) -> None:
    stub.delay_s = 5.0
    started = time.monotonic()
    assert guarded.run("signals", "check", "incident.active", "--deadline", "400ms").code == 4
    assert time.monotonic() - started < 4.5


def test_check_for_an_environment_leaves_out_what_could_not_count_there(
    own: Machine, stub: Stub
) -> None:
    more = (
        "  - signal: freeze.active\n    reads:\n"
        "      - kind: windows\n        zone: UTC\n        environments: [production]\n"
        "        also: [{from: '2020-01-01', until: '2040-01-01', because: a freeze of tests}]\n"
    )
    write_layer(own, alertmanager_layer(stub.url, more))
    trust(own)
    assert own.run("signals", "check", "--environment", "production").code == 4
    ran = own.run("signals", "check", "--env", "staging", "--json")
    assert (ran.code, ran.json["state"]) == (0, "CLEAR")
    assert "freeze.active" not in states(ran.json)
    assert "incident.active" in states(ran.json)


def test_an_unknown_counts_only_where_a_rule_says_so(own: Machine, stub: Stub) -> None:
    stub.alerts = []
    assert own.run("signals", "check", "incident.active", "--env", "staging").code == 4
    ran = own.run("signals", "check", "incident.active", "--env", "dev")
    assert (ran.code, "no signal could change an answer there" in ran.out) == (0, True)


SECRET = "ghp_" + "Zq3xW8vN5tK2mR7pL9cB4fH6jD1sG0yTeXuA"
DIFF = f"""\
diff --git a/app.py b/app.py
--- a/app.py
+++ b/app.py
@@ -1,2 +1,3 @@
 import os
+token = "{SECRET}"
 print(os)
"""


def test_a_diff_without_end_is_refused(guarded: Machine) -> None:
    ran = guarded.run("signals", "check", "incident.active", "--diff", "/dev/zero")
    assert ran.code == 2
    assert "`/dev/zero` is larger than 64 MiB" in ran.err


def test_a_credential_in_a_diff_is_named_and_not_shown(guarded: Machine) -> None:
    ran = guarded.run("signals", "check", "incident.active", "--diff", "-", stdin=DIFF)
    assert ran.code == 4
    assert "github-token in `app.py` line 2" in ran.out
    assert SECRET not in ran.out + ran.err
    clean = DIFF.replace(SECRET, "$TOKEN")
    assert guarded.run("signals", "check", "incident.active", "--diff", "-", stdin=clean).code == 0
    assert guarded.run("signals", "check", "incident.active", "--diff", "-", stdin="").code == 0


# test


def test_a_clock_at_any_time(machine: Machine) -> None:
    ran = machine.run("signals", "test", "clock.off-hours", "--at", "2026-11-21T23:00Z")
    assert ran.code == 4
    assert ran.out.startswith("at 2026-11-21T23:00:00Z\n")
    ran = machine.run("signals", "test", "clock.off-hours", "--at", "2026-11-18T12:00Z", "--json")
    assert (ran.code, ran.json["state"]) == (0, "CLEAR")
    assert set(ran.json) == {"signal", "state", "severity", "readings", "requests"}


def test_windows_over_a_change_of_the_clock(own: Machine) -> None:
    more = (
        "  - signal: freeze.active\n    reads:\n"
        "      - kind: windows\n        zone: America/New_York\n"
        '        windows: [{start: "0 18 * * 5", end: "0 8 * * 1", because: weekends}]\n'
    )
    write_layer(own, "signals:\n" + ALWAYS_ON + more.replace("weekends", "weekends are quiet"))
    trust(own)
    # On 2026-11-01 New York leaves summer time: Monday 08:00 there is 13:00 UTC, not 12:00.
    assert own.run("signals", "test", "freeze.active", "--at", "2026-11-02T12:59Z").code == 4
    assert own.run("signals", "test", "freeze.active", "--at", "2026-11-02T13:00Z").code == 0


RECORDED = "2026-11-21T12:00:00Z"


@pytest.fixture
def recorded(own: Machine) -> Callable[[str, object], str]:
    """Writes a recorded response; returns its path."""

    def write(name: str, document: object) -> str:
        path = own.home / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(path)

    return write


def posted(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "updatedAt": "2026-11-21T11:59:50.000Z"}


def test_recorded_responses_go_through_the_reader(
    own: Machine, stub: Stub, recorded: Callable[[str, object], str]
) -> None:
    base = ("signals", "test", "incident.active", "--at", RECORDED, "--response")
    ran = own.run(*base, recorded("a", [posted(API_DOWN), posted(WATCHDOG)]))
    assert ran.code == 4
    assert "ApiDown" in ran.out
    assert "request 1: /api/v2/alerts?" in ran.out
    assert own.run(*base, recorded("w", [posted(WATCHDOG)])).code == 0
    ran = own.run(*base, recorded("e", []), "--json")
    assert (ran.code, ran.json["state"]) == (4, "UNKNOWN"), "no watchdog in the record"
    ran = own.run(*base, recorded("h", "<html>"))
    assert (ran.code, "UNKNOWN" in ran.out) == (4, True)
    assert stub.asked == []


def test_too_few_and_too_many_recorded_responses(
    own: Machine, recorded: Callable[[str, object], str]
) -> None:
    more = (
        "  - signal: deploy.unhealthy\n    reads:\n"
        "      - {kind: promql, source: metrics, query: x, raised_when: {above: 1},"
        " samples: {query: y, at_least: 5}}\n"
        "sources:\n  - {source: metrics, kind: prometheus, url: 'https://metrics.example'}\n"
    )
    write_layer(own, "signals:\n" + more, "more.yaml")
    trust(own)
    one = recorded("one", {"status": "success", "data": {"resultType": "vector", "result": []}})
    base = ("signals", "test", "deploy.unhealthy", "--at", RECORDED, "--response", one)
    ran = own.run(*base)
    assert (ran.code, "asked more often than 1 recorded" in ran.out) == (4, True)
    watchdog = recorded("w", [posted(WATCHDOG)])
    base = ("signals", "test", "incident.active", "--at", RECORDED)
    ran = own.run(*base, "--response", watchdog, "--response", watchdog)
    assert (ran.code, ran.err) == (0, "note: 1 responses were not asked for\n")


def test_a_recorded_answer_of_prometheus(own: Machine, stub: Stub) -> None:
    read = (
        "sources:\n  - {source: metrics, kind: prometheus, url: 'https://metrics.example'}\n"
        "signals:\n  - signal: deploy.unhealthy\n    reads:\n"
        "      - {kind: promql, source: metrics, query: 'x > 1', raised_when: {above: 1},"
        " when_empty: clear, because: the query is empty when all is well}\n"
    )
    write_layer(own, read)
    trust(own)
    for value, code in (("3", 4), ("0.5", 0), ("NaN", 4)):
        found = [{"metric": {"service": "api"}, "value": [1795262400, value]}]
        body = {"status": "success", "data": {"resultType": "vector", "result": found}}
        path = own.home / "response.json"
        path.write_text(json.dumps(body))
        ran = own.run(
            "signals", "test", "deploy.unhealthy", "--at", RECORDED, "--response", str(path)
        )
        assert ran.code == code, (value, ran)


def test_a_recorded_file_stands_for_a_file_source(own: Machine) -> None:
    read = (
        "sources:\n  - {source: days, kind: file, path: freezes.ics}\n"
        "signals:\n  - signal: freeze.active\n    reads:\n"
        "      - {kind: calendar, source: days, zone: UTC}\n"
    )
    write_layer(own, read)
    trust(own)
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        "DTSTAMP:20200101T000000Z\r\nDTSTART:20261224T120000Z\r\nDTEND:20261226T120000Z\r\n"
        "SUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    (own.home / "other.ics").write_text(text)
    base = ("signals", "test", "freeze.active", "--response", str(own.home / "other.ics"), "--at")
    assert own.run(*base, "2026-12-25T00:00Z").code == 4
    assert own.run(*base, "2026-12-27T00:00Z").code == 0


# watch


def test_one_watch_at_a_time_keeps_the_snapshot_and_stops_when_told(
    own: Machine, stub: Stub
) -> None:
    command = [sys.executable, "-m", "agentic.cli.main", "signals", "watch"]
    watcher = subprocess.Popen(
        command,
        cwd=own.repository,
        env=own.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + 30
        while not snapshots(own) and time.monotonic() < until:
            time.sleep(0.05)
        assert snapshots(own)
        second = own.run("signals", "watch")
        assert (second.code, "already running" in second.err) == (5, True)
        found = [f for f in _findings(own) if f["check"] == "watcher"]
        assert [f["level"] for f in found] == ["ok"]
        assert states(own.run("signals", "list", "--json").json)["incident.active"] == "CLEAR"
    finally:
        watcher.send_signal(signal.SIGTERM)
        out, err = watcher.communicate(timeout=20)
    assert (watcher.returncode, out) == (0, "")
    assert "watching 2 signals" in err


def _findings(machine: Machine) -> list[dict[str, str]]:
    return machine.run("doctor", "--json").lines


# Whoever did not trust it is not asked; whoever went away is not waited for


@pytest.mark.parametrize(
    "arguments",
    [
        ["signals", "refresh"],
        ["signals", "check"],
        ["signals", "lint"],
        ["signals", "list"],
        ["doctor"],
    ],
)
def test_a_source_that_nobody_trusted_is_not_asked(
    make_machine: Callable[[], Machine], stub: Stub, arguments: list[str]
) -> None:
    machine = make_machine()
    write_layer(machine, alertmanager_layer(stub.url))
    machine.run(*arguments)
    assert stub.asked == []


def test_a_reader_that_goes_away_is_no_error_message(guarded: Machine) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "agentic.cli.main", "signals", "list"],
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=guarded.repository,
        env=guarded.environment,
        check=False,
        timeout=60,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (5, b"")


# Wrong input


@pytest.mark.parametrize("command", ["show", "explain", "refresh", "check", "test"])
def test_an_unknown_signal_is_wrong_usage(guarded: Machine, command: str) -> None:
    more = ["--at", "2026-11-21T12:00Z"] if command == "test" else []
    ran = guarded.run("signals", command, "incident.activ", *more)
    assert ran.code == 2
    assert ran.err == (
        "unknown signal `incident.activ` [usage]\n  help: did you mean `incident.active`?\n"
    )


@pytest.mark.parametrize("command", ["refresh", "check", "test"])
def test_a_signal_without_a_source_cannot_be_asked(guarded: Machine, command: str) -> None:
    more = ["--at", "2026-11-21T12:00Z"] if command == "test" else []
    ran = guarded.run("signals", command, "freeze.active", *more)
    assert (ran.code, "`agentic init --calendar FILE`" in ran.err) == (4, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["refresh", "--deadline", "soon"], "write it like 500ms, 5s or 1m"),
        (["check", "--deadline", "-1s"], "write it like 500ms, 5s or 1m"),
        (["check", "--environment", "prodution"], "did you mean `production`"),
        (["check", "--environment", "unknown"], "unknown environment"),
        (["check", "--diff", "/nowhere"], "cannot be read"),
        (["check", "--diff", "README.md"], "is not a unified diff"),
        (["watch", "--deadline", "x"], "write it like 500ms, 5s or 1m"),
        (["lint", "--deadline", "x"], "write it like 500ms, 5s or 1m"),
        (["test", "clock.off-hours"], "`--at TIME`, `--response FILE`"),
        (["test", "clock.off-hours", "--at", "noon"], "is not a time"),
        (["test", "clock.off-hours", "--response", "README.md"], "has no source whose response"),
        (["test", "incident.active", "--at", "2026-11-21T12:00Z"], "does not follow a clock"),
        (["test", "incident.active", "--response", "/nowhere"], "cannot be read"),
        (["test", "incident.active", "--response", "README.md", "--read", "7"], "has 1 reads"),
        (["frobnicate"], "No such command"),
        (["show"], "Missing argument"),
        (["list", "incident.active"], "unexpected extra argument"),
    ],
)
def test_wrong_usage_is_one_clear_line(
    guarded: Machine, stub: Stub, arguments: list[str], says: str
) -> None:
    ran = guarded.run("signals", *arguments)
    assert ran.code == 2, ran
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert stub.asked == []
