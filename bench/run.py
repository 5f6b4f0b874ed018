"""`make bench`: every speed promise as a ratio or rate measured in this one run, beside its bar.

Absolute times of different machines say nothing about each other, so whole-process times are ratios to
an empty interpreter started in turn with them (pairs interleaved, medians compared). Informs; a missed
bar does not fail, because a loaded machine proves nothing. A row whose subject cannot be measured says so.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, perf_counter_ns

from bench import corpus, execute, gateway, hosts, signals
from bench.process import paired, payload_of, process_ms
from bench.row import Row
from demo.sandbox import sandbox

# The hook


def hook_rows() -> Iterator[Row]:
    """The installed hook, exactly as its settings start it, shell wrapper included."""
    with sandbox() as machine:
        machine.agentic("init", "--host", "claude-code", "--scope", "user")
        hook = ["/bin/sh", "-c", machine.hook_command("user")]
        plain = payload_of(machine, corpus.PLAIN)
        first = process_ms(hook, plain, machine.variables, machine.project)
        plain_pair = paired(machine, hook, plain)
        hard_pair = paired(machine, hook, payload_of(machine, corpus.COMPOUND))
        yield Row("empty interpreter (the floor)", plain_pair.floor_ms, "ms")
        yield Row("hook, very first call after install", first, "ms")
        yield Row("hook, plain command", plain_pair.command_ms, "ms")
        yield Row("hook, plain command / floor", plain_pair.ratio, "x", 1.5)
        yield Row("hook, compound command", hard_pair.command_ms, "ms")
        yield Row("hook, compound command / floor", hard_pair.ratio, "x", 2.5)
        append_us = journal_append_us()
        own_us = (plain_pair.command_ms - plain_pair.floor_ms) * 1000
        yield Row("journal append, no fdatasync", append_us, "us")
        yield Row("journal append / hook's own time", append_us / own_us, "x", 0.1)


def journal_append_us() -> float:
    """Median time of one append of an AUTO record, in microseconds."""
    from agentic.audit.journal import open_journal
    from agentic.audit.record import record_of_decision

    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        state.mkdir(mode=0o700)
        root = Path(folder) / "project"
        root.mkdir()
        journal = open_journal(str(root), str(state))
        call, decision = corpus.decision()
        spent: list[int] = []
        for _ in range(2000):
            record = record_of_decision(
                call, decision, answer="none", user="ada", now=1_790_000_000
            )
            started = perf_counter_ns()
            journal.append(record, durable=False)
            spent.append(perf_counter_ns() - started)
        return median(spent) / 1000


# Inside the process


def decide_rows() -> Iterator[Row]:
    """The deciding function on one operation, by the number of rules in the policy."""
    times = {count: corpus.decide_us(count) for count in (30, 300, 3_000, 100_000)}
    for count, spent in times.items():
        yield Row(f"decide, {count:,} rules", spent, "us", 10.0)
    yield Row(
        "decide, slowest / fastest of these", max(times.values()) / min(times.values()), "x", 1.5
    )
    crowded = corpus.decide_us(10_000, kinds=200)
    yield Row(
        "decide, 10,000 rules on 200 kinds", crowded, "us", note="10 rules match the operation"
    )


def batch_rows() -> Iterator[Row]:
    """`agentic check --batch`, whole process, commands a second."""
    with sandbox() as machine, tempfile.TemporaryDirectory() as folder:
        for name, commands, bar in (
            ("simple", corpus.simple_commands(10_000), 5_000.0),
            ("mixed", corpus.mixed_commands(5_000), 2_000.0),
        ):
            file = Path(folder) / f"{name}.jsonl"
            rows = (
                {"id": str(number), "tool": "shell", "command": command}
                for number, command in enumerate(commands)
            )
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
            machine.agentic("check", "--batch", str(file))
            started = perf_counter()
            done = machine.agentic("check", "--batch", str(file))
            elapsed = perf_counter() - started
            answered = len(done.stdout.splitlines())
            if answered != len(commands):
                raise RuntimeError(f"{answered} of {len(commands)} commands were answered")
            yield Row(f"check --batch, {name}", answered / elapsed, "/s", bar, at_most=False)


def compile_rows() -> Iterator[Row]:
    """Reading, validating and compiling a layer of 2,000 rules on top of the shipped policy."""
    seconds, rules = corpus.compile_s(2_000)
    yield Row(f"compile, {rules:,} rules more than shipped", seconds, "s", 2.0)


GROUPS: dict[str, Callable[[], Iterator[Row]]] = {
    "the hook's process": hook_rows,
    "deciding": decide_rows,
    "run and shims": execute.run_rows,
    "batches": batch_rows,
    "compiling": compile_rows,
    "live signals": signals.promql_rows,
    "the hook of every host": hosts.host_rows,
    "the hook with signals": signals.hook_rows,
    "the watch": signals.watch_rows,
    "the MCP gateway": gateway.rows,
}


def shown(row: Row) -> str:
    """One printed line."""
    value = f"{row.value:,.2f}" if row.value < 1000 else f"{row.value:,.0f}"
    text = f"  {row.name:42} {value:>10} {row.unit:3}"
    if row.bar is not None:
        is_met = row.value <= row.bar if row.at_most else row.value >= row.bar
        sign = "<=" if row.at_most else ">="
        text += f"  bar {sign} {row.bar:g}  {'met' if is_met else 'MISSED'}"
    return text + (f"  ({row.note})" if row.note else "")


def main() -> int:
    """0 when every row could be measured, else 1."""
    unmeasured = 0
    for title, measure in GROUPS.items():
        print(title)
        try:
            for row in measure():
                print(shown(row), flush=True)
        except Exception as problem:  # noqa: BLE001 - one row that fails must not hide the others
            unmeasured += 1
            print(f"  could not be measured: {str(problem)[:300]}")
    return 1 if unmeasured else 0


if __name__ == "__main__":
    sys.exit(main())
