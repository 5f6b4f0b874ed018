"""`agentic signals` as somebody reads it who sees it for the first time: width, next steps, what waits."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentic.cli.signals_view import missing_text, readings_table, unknown_line
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from tests.cli.conftest import Machine, git
from tests.cli.monitoring import Stub, alertmanager_layer, monitoring, trust, write_layer

NOW = 1_795_262_400
LONG = "the burn rate of `api-availability` is 21.3 over 1h and 18.9 over 5m, threshold 14.4 of both windows"
READINGS = {
    "error-budget.burn": [
        Reading(
            "error-budget.burn", RAISED, LONG, "critical", "21.3", "times", "above 14.4 times",
            service="checkout", source="prometheus", observed_at=NOW - 12,
        ),
    ],
    "incident.active": [
        Reading("incident.active", UNKNOWN, "nothing listens there", "high", source="alertmanager"),
        Reading("incident.active", CLEAR, "no alert fires", "high", source="prometheus"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with monitoring() as found:
        yield found


@pytest.fixture
def waiting(fresh: Machine, stub: Stub) -> Machine:
    """A machine with a layer that nobody trusted."""
    write_layer(fresh, alertmanager_layer(stub.url))
    return fresh


# Width


@pytest.mark.parametrize("width", [200, 132, 100, 80])
def test_a_table_stays_within_a_terminal_and_loses_no_reason(width: int) -> None:
    lines = readings_table(READINGS, NOW, width).splitlines()
    assert max(map(len, lines)) <= width
    told = " ".join(" ".join(lines).split())
    for reading in (found for group in READINGS.values() for found in group):
        assert reading.because in told
        assert reading.state in told


def test_where_nobody_reads_on_a_terminal_a_reading_is_one_line() -> None:
    lines = readings_table(READINGS, NOW).splitlines()
    assert len(lines) == 1 + 3
    assert lines == readings_table(READINGS, NOW, 400).splitlines()
    assert lines[1].endswith(LONG)


def test_a_table_without_rows_is_its_heading() -> None:
    assert len(readings_table({}, NOW, 20).splitlines()) <= 1


def shown_on_a_terminal(machine: Machine, columns: int, *arguments: str) -> list[str]:
    """The lines that a command prints on a terminal of that width."""
    ours, theirs = pty.openpty()
    try:
        command = [sys.executable, "-m", "agentic.cli.main", *arguments]
        environment = {**machine.environment, "COLUMNS": str(columns)}
        process = subprocess.Popen(
            command, cwd=machine.repository, env=environment, stdin=theirs, stdout=theirs
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # Linux says so when the other side is closed
                part = b""
            if not part:
                break
            shown += part
        process.wait(timeout=30)
    finally:
        os.close(ours)
    return shown.decode().replace("\r\n", "\n").splitlines()


def test_list_is_readable_on_a_narrow_terminal(waiting: Machine) -> None:
    trust(waiting)
    lines = shown_on_a_terminal(waiting, 100, "signals", "list")
    readings, _, missing = "\n".join(lines).partition("\nNOT CONFIGURED")
    assert "incident.active" in readings
    assert "freeze.active" in missing
    for block in (readings.split("\n\n")[0], missing.split("\n\n")[0]):
        assert max(map(len, block.splitlines())) <= 100, "sentences wrap, rows do not"


# Next steps


def test_what_is_not_configured_stands_below_what_one_does_about_it() -> None:
    text = missing_text(
        {
            "b.one": ("one is bad", "a read of kind `promql`"),
            "a.two": ("two is bad", "`agentic init --two`"),
            "c.three": ("three is bad", "a read of kind `promql`"),
        }
    )
    assert text.splitlines() == [
        "NOT CONFIGURED  RAISED WHEN",
        "`agentic init --two`:",
        "  a.two         two is bad",
        "a read of kind `promql`:",
        "  b.one         one is bad",
        "  c.three       three is bad",
    ]


def test_an_unknown_says_where_to_look() -> None:
    found = [reading for group in READINGS.values() for reading in group]
    assert unknown_line(found).startswith("1 signal is UNKNOWN, which counts like RAISED")
    assert "`agentic doctor`" in unknown_line(found)
    assert unknown_line([reading for reading in found if reading.state != UNKNOWN]) == ""


@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["refresh"], ["check"]])
def test_what_waits_for_trust_is_told(waiting: Machine, stub: Stub, command: list[str]) -> None:
    stub.asked.clear()
    ran = waiting.run("signals", *command)
    assert ran.err.startswith("note: the workspace layer is not trusted as it is now")
    assert ran.err.endswith("run `agentic policy trust`\n")
    assert ran.err.count("\n") == 1
    assert stub.asked == []


def test_a_signal_that_waits_for_trust_names_that_and_no_option(waiting: Machine) -> None:
    ran = waiting.run("signals", "check", "incident.active")
    assert (ran.code, "`agentic policy trust`" in ran.err) == (4, True)
    assert "--alertmanager" not in ran.err
    found = waiting.run("signals", "list", "--json").json["not_configured"]
    ways = {entry["signal"]: entry["configure"] for entry in found}
    assert ways["incident.active"].startswith("agentic policy trust")
    assert ways["freeze.active"].startswith("agentic init --calendar")


def test_a_linked_work_tree_says_that_its_layer_waits(waiting: Machine) -> None:
    trust(waiting)
    git(waiting.repository, "add", ".agentic")
    git(waiting.repository, "commit", "-qm", "signals")
    tree = waiting.home / "tree"
    git(waiting.repository, "worktree", "add", "-q", str(tree), "-b", "other")
    ran = waiting.run("signals", "list", cwd=tree)
    is_counting = "incident.active" in ran.out.partition("NOT CONFIGURED")[0]
    assert is_counting != ("`agentic policy trust`" in ran.err), (
        "it counts, or says why it does not"
    )


def test_a_signal_that_needs_no_snapshot_is_named(machine: Machine) -> None:
    ran = machine.run("signals", "refresh", "clock.off-hours")
    assert ran.code == 0
    assert ran.out == "`clock.off-hours` needs no snapshot, so there is nothing to refresh\n"


def test_a_snapshot_that_cannot_be_written_says_what_to_do(waiting: Machine) -> None:
    trust(waiting)
    path = Path(waiting.run("signals", "list", "--json").json["snapshot"]["path"])
    path.mkdir(parents=True)
    ran = waiting.run("signals", "refresh")
    assert ran.code == 5
    assert "help: hooks go on with what they had: `agentic doctor`" in ran.err
    assert ran.err.count("\n") == 2


# Wrong input


@pytest.mark.parametrize(
    ("name", "help_text"),
    [
        ("inc", "did you mean `incident.active`?"),
        ("Incident.Active", "did you mean `incident.active`?"),
        ("zzz", "`agentic signals list` has all names"),
    ],
)
def test_an_unknown_name_leads_on(machine: Machine, name: str, help_text: str) -> None:
    ran = machine.run("signals", "explain", name)
    assert (ran.code, ran.err) == (2, f"unknown signal `{name}` [usage]\n  help: {help_text}\n")


@pytest.mark.parametrize(
    ("read", "says"),
    [
        ("9", "`clock.off-hours` has 1 reads"),
        ("-1", "`-1` is no number of a read"),
        ("x", "`x` is no number of a read"),
    ],
)
def test_a_read_that_there_is_not(machine: Machine, read: str, says: str) -> None:
    base = ("signals", "test", "clock.off-hours", "--at", "2026-11-18T12:00Z", "--read")
    ran = machine.run(*base, read)
    assert (ran.code, says in ran.err) == (2, True), ran.err
    assert machine.run(*base, "1").code == 0


def test_one_read_of_several_is_tried_alone(fresh: Machine) -> None:
    """One signal with two clocks of which one is always raised: the other one alone is clear."""
    always = 'days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: "00:00", end: "24:00"'
    never = 'days: [Wed], start: "03:00", end: "03:01"'
    write_layer(
        fresh,
        "signals:\n  - signal: holiday\n    reads:\n"
        f"      - {{kind: clock, zone: UTC, {always}}}\n      - {{kind: clock, zone: UTC, {never}}}\n",
    )
    trust(fresh)
    base = ("signals", "test", "holiday", "--at", "2026-11-18T12:00Z")
    assert fresh.run(*base).code == 4
    assert fresh.run(*base, "--read", "1").code == 0
    assert fresh.run(*base, "--read", "2").code == 4


def test_a_recorded_file_that_is_not_there_is_wrong_usage(fresh: Machine) -> None:
    write_layer(
        fresh,
        "sources:\n  - {source: days, kind: file, path: freezes.ics}\n"
        "signals:\n  - signal: freeze.active\n    reads:\n"
        "      - {kind: calendar, source: days, zone: UTC}\n",
    )
    trust(fresh)
    ran = fresh.run("signals", "test", "freeze.active", "--response", "nowhere")
    assert (ran.code, ran.err) == (
        2,
        "`nowhere` cannot be read: no such file or directory [usage]\n",
    )


def test_help_names_no_type_of_the_program(machine: Machine) -> None:
    commands = ("list", "show", "explain", "refresh", "check", "watch", "test", "lint")
    helps = machine.run_many(*(("signals", command, "--help") for command in commands))
    for command, ran in zip(commands, helps, strict=True):
        assert ran.code == 0, command
        options = ran.out.partition("Options:")[2]
        assert not any(word in options for word in ("<", ">=")), command


def test_a_watch_whose_reader_goes_away_is_no_bug(waiting: Machine) -> None:
    trust(waiting)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "agentic.cli.main", "signals", "watch"]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=writer,
        cwd=waiting.repository,
        env=waiting.environment,
        check=False,
        timeout=60,
    )
    os.close(writer)
    assert (done.returncode, done.stdout) == (5, b"")


def test_explain_as_json_holds_the_prose(make_machine: Callable[[], Machine]) -> None:
    found = make_machine().run("signals", "explain", "clock.off-hours", "--json").json
    assert found["signal"] == "clock.off-hours"
    assert "How it is told" in found["explanation"]
    assert [read["kind"] for read in found["reads"]] == ["clock"]
