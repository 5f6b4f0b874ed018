"""`make demo`: a guarded session on a sample repository, from installation to a tampered journal.

1. a throw-away home and a clone of demo/sample, agentic installed into the clone's settings;
2. every recorded payload goes through the command line that was written there;
3. the table of what was decided, compared with demo/expected.yaml;
4. one decision told in full, and one command at two moments;
5. one refused call, answered in every host's own protocol;
6. one deployment before, during and after an incident, on a real Prometheus and Alertmanager;
7. the journal is verified, a copy of it is tampered with, and that is caught.

Ends with 1 when anything is not as expected.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import yaml

from agentic.hosts.registry import HOSTS
from demo.hosts import show_hosts
from demo.live import show_live
from demo.sandbox import Sandbox, sandbox, shortened

HERE = Path(__file__).resolve().parent
PAYLOADS = sorted((HERE / "payloads").glob("*.json"))
SCOPE = "local"
MIN_CALLS = 40

#: See demo/payloads/README.md.
RECORDED_HOME = "/home/ada"
RECORDED_PROJECT = "/home/ada/churn"

WORKING_HOURS = "2026-11-18T10:00Z"
SATURDAY_NIGHT = "2026-11-21T23:00Z"
DEPLOY = ("kubectl", "apply", "-k", "k8s/overlays/staging")
EXIT_CONSULT, EXIT_STOP, EXIT_CHECK_FAILED = 10, 20, 4


class Seen(NamedTuple):
    """One payload and what became of it."""

    name: str
    call: str
    record: dict[str, Any]
    answer: str


class Problems:
    """What was not as expected, told when it happens and counted for the end."""

    def __init__(self) -> None:
        self.count = 0

    def unless(self, is_as_expected: object, told: str) -> None:
        """Tell a problem unless something is as expected."""
        if not is_as_expected:
            self.count += 1
            print(f"  NOT AS EXPECTED: {told}")


def payload_for(machine: Sandbox, path: Path) -> str:
    """A recorded payload with the recording's folders replaced by this machine's.

    Ten payloads make a session: one that was refused as often as all of them together, within seconds,
    would be taken for an agent that goes in circles.
    """
    text = path.read_text()
    session = json.loads(text)["session_id"]
    tens = path.stem.partition("-")[0][:-1]
    for recorded, here in (
        (RECORDED_PROJECT, machine.project),
        (RECORDED_HOME, machine.home),
        (session, f"{session[: -len(tens)]}{tens}"),
    ):
        text = text.replace(recorded, str(here))
    return text


def call_of(payload: dict[str, Any], home: str) -> str:
    """The call as a person would write it, on one line."""
    given = payload["tool_input"]
    for key in ("command", "file_path", "url", "path", "pattern", "query", "notebook_path"):
        if isinstance(given.get(key), str):
            return f"{payload['tool_name']}: {' '.join(given[key].split())}".replace(home, "~")
    return str(payload["tool_name"])


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def title(text: str) -> None:
    print(f"\n== {text}\n")


def fed(machine: Sandbox, problems: Problems) -> list[Seen]:
    """Every payload through the installed hook, in order; the calls with the record that each left."""
    commands: dict[str, str] = {}
    calls: list[tuple[str, str, str]] = []
    for path in PAYLOADS:
        text = payload_for(machine, path)
        payload = json.loads(text)
        event = payload["hook_event_name"]
        if event not in commands:
            commands[event] = machine.hook_command(SCOPE, event)
        answer = machine.call(commands[event], text)
        problems.unless(
            answer.status == 0, f"{path.name}: exit {answer.status}: {answer.complaint}"
        )
        if event == "PreToolUse":
            reply = answer.reply.get("hookSpecificOutput", {})
            calls.append(
                (
                    path.stem,
                    call_of(payload, str(machine.home)),
                    reply.get("permissionDecision", "none"),
                )
            )
    told = machine.agentic("audit", "tail", "--count", "1000", "--event", "decision", "--json")
    records = [json.loads(line) for line in told.stdout.splitlines()]
    problems.unless(
        len(records) == len(calls), f"{len(calls)} calls left {len(records)} records in the journal"
    )
    return [
        Seen(name, call, record, answer)
        for (name, call, answer), record in zip(calls, records, strict=False)
    ]


def expected_mode(row: dict[str, Any], record: dict[str, Any]) -> str:
    """The mode that a row expects: `raised` where the clock had something to say, else `mode`."""
    is_raised = any(reading["state"] != "CLEAR" for reading in record.get("readings", ()))
    mode: str = row["raised"] if is_raised and "raised" in row else row["mode"]
    return mode


def show_table(seen: list[Seen], problems: Problems) -> None:
    expected = yaml.safe_load((HERE / "expected.yaml").read_text())["payloads"]
    print(f"{'call':46} {'operations':34} {'environment':11} {'mode':7} {'permission':10} why")
    for row in seen:
        record = row.record
        kinds = ", ".join(dict.fromkeys(record["kinds"]))
        places = ", ".join(dict.fromkeys(record["environments"]))
        why = reason_of(record)
        print(
            f"{cut(row.call, 46):46} {cut(kinds, 34):34} {cut(places, 11):11} {record['mode']:7} "
            f"{record['permission']:10} {cut(why, 80)}"
        )
        wanted = expected.get(row.name)
        problems.unless(wanted, f"{row.name} is not in expected.yaml")
        if wanted:
            mode = expected_mode(wanted, record)
            problems.unless(
                record["mode"] == mode, f"{row.name}: {record['mode']} instead of {mode}"
            )
            missing = set(wanted.get("kinds", ())) - set(record["kinds"])
            problems.unless(not missing, f"{row.name}: {sorted(missing)} was not recognised")
            problems.unless(
                row.answer == wanted.get("answer", row.answer),
                f"{row.name}: answered {row.answer} instead of {wanted.get('answer')}",
            )
    counted = {
        mode: sum(row.record["mode"] == mode for row in seen)
        for mode in ("AUTO", "CONSULT", "STOP")
    }
    print(
        f"\n{len(seen)} calls: " + ", ".join(f"{count} {mode}" for mode, count in counted.items())
    )
    problems.unless(len(seen) >= MIN_CALLS, f"fewer than {MIN_CALLS} payloads")
    problems.unless(all(counted.values()), "the payloads do not show all three modes")


def reason_of(record: dict[str, Any]) -> str:
    """The sentence of the step that decided."""
    reasons = record.get("reasons") or {}
    if isinstance(reasons, dict):
        return str(reasons.get("because", ""))
    return str(reasons[-1]) if reasons else ""


def show_trace(machine: Sandbox, seen: list[Seen], problems: Problems) -> None:
    stopped = next((row for row in seen if row.record["mode"] == "STOP"), None)
    if stopped is None:
        problems.unless(None, "nothing was stopped")
        return
    done = machine.agentic("explain", str(stopped.record["seq"]))
    print(f"$ agentic explain {stopped.record['seq']}\n{shortened(machine, done.stdout)}")
    problems.unless(
        f"-> STOP by {stopped.record['rules'][0]}" in done.stdout, "explain tells no trace"
    )


def show_clock(machine: Sandbox, problems: Problems) -> None:
    for moment, status in ((WORKING_HOURS, EXIT_CONSULT), (SATURDAY_NIGHT, EXIT_STOP)):
        arguments = ("check", "--at", moment, "--env", "staging", "--", *DEPLOY)
        done = machine.agentic(*arguments, check=False)
        print(
            f"$ agentic {' '.join(arguments)}\n{done.stdout.rstrip()}\n[exit {done.returncode}]\n"
        )
        problems.unless(done.returncode == status, f"exit {done.returncode} instead of {status}")


def show_tampering(machine: Sandbox, problems: Problems) -> None:
    verified = machine.agentic("audit", "verify", check=False)
    print(f"$ agentic audit verify\n{shortened(machine, verified.stdout)}\n")
    problems.unless(verified.returncode == 0, f"the journal does not verify: {verified.stderr}")
    journal = json.loads(machine.agentic("audit", "where", "--json").stdout)["journal"]
    copy = machine.home / "copy-of-the-journal.jsonl"
    text = Path(journal).read_text()
    changed = text.replace('"mode":"STOP"', '"mode":"AUTO"', 1)
    problems.unless(changed != text, "there was no STOP to turn into an AUTO")
    copy.write_text(changed)
    print("one STOP of a copy is turned into an AUTO:\n")
    caught = machine.agentic("audit", "verify", "--journal", str(copy), check=False)
    told = shortened(machine, caught.stdout + caught.stderr)
    print(f"$ agentic audit verify --journal ~/{copy.name}\n{told}")
    print(f"[exit {caught.returncode}]")
    problems.unless(caught.returncode == EXIT_CHECK_FAILED, "the tampering was not caught")


def main() -> int:
    started = perf_counter()
    problems = Problems()
    with sandbox() as machine:
        title("agentic is installed for Claude Code, in a clone of a churn service")
        done = machine.agentic("init", "--host", "claude-code", "--scope", SCOPE)
        print(shortened(machine, done.stdout))
        title(f"{len(PAYLOADS)} recorded payloads go through the hook that was installed")
        seen = fed(machine, problems)
        show_table(seen, problems)
        title("One decision, told in full")
        show_trace(machine, seen, problems)
        title("The same command on a Wednesday morning and on a Saturday night")
        show_clock(machine, problems)
        title(f"One refused call in the words of {len(HOSTS)} hosts")
        show_hosts(machine, problems.unless)
        title("The same command before, during and after an incident")
        show_live(machine, DEPLOY, problems.unless)
        title("The journal")
        show_tampering(machine, problems)
    verdict = (
        "as expected" if not problems.count else f"{problems.count} things were not as expected"
    )
    print(f"\n{verdict}, in {perf_counter() - started:.0f} s")
    return 1 if problems.count else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as problem:
        sys.exit(f"the demo cannot go on: {problem}")
