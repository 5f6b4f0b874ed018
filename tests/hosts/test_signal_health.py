"""Doctor on live signals: each source's fault with its remedy, the snapshot's age, and who is never asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentic.authoring.review import trust_here
from agentic.hosts.health import Finding, World, examined
from agentic.signals.live.watch import refresh_once
from tests.cli.monitoring import Stub, alertmanager_layer, monitoring
from tests.hosts.machine import Machine


@pytest.fixture
def stub() -> Iterator[Stub]:
    with monitoring() as found:
        yield found


def layer(machine: Machine, text: str, *, is_trusted: bool = True) -> None:
    folder = machine.project / ".agentic"
    folder.mkdir(exist_ok=True)
    (folder / "signals.yaml").write_text("version: 1\n" + text)
    if is_trusted:
        places = machine.places
        trust_here(str(machine.project), places.state, places.config, int(time.time()))


def found(machine: Machine, check: str, **fields: int) -> list[Finding]:
    variables = {**machine.variables, "PATH": "/nonexistent"}
    now = fields.get("now", int(time.time()))
    world = World(machine.places, str(machine.project), variables, now, "/nonexistent")
    return [finding for finding in examined(world) if finding.check == check]


def refresh(machine: Machine, now: int) -> None:
    from agentic.ports import CliPorts

    policy = CliPorts({"HOME": str(machine.home)}, now).policy(str(machine.project))
    refresh_once(
        policy, state=machine.places.state, now=now, deadline_s=10, workspace=str(machine.project)
    )


def test_without_sources_nothing_is_asked_and_one_line_says_what_is_missing(fresh: Machine) -> None:
    assert found(fresh, "source") == []
    assert found(fresh, "snapshot") == []
    assert found(fresh, "watcher") == []
    (line,) = found(fresh, "signals")
    assert line.level == "ok"
    assert "incident.active" in line.message


def test_a_source_that_answers(fresh: Machine, stub: Stub) -> None:
    layer(fresh, alertmanager_layer(stub.url))
    (finding,) = found(fresh, "source")
    assert finding.level == "ok"
    assert finding.message.startswith(f"`alerts`: alertmanager at `{stub.url}` answers in ")
    assert finding.message.endswith(" ms, without a token")
    assert stub.asked == ["/api/v2/status"]


def test_a_layer_that_nobody_trusted_is_not_asked(fresh: Machine, stub: Stub) -> None:
    layer(fresh, alertmanager_layer(stub.url), is_trusted=False)
    assert found(fresh, "source") == []
    assert stub.asked == []


def test_a_source_that_is_gone(fresh: Machine) -> None:
    with monitoring() as gone:
        url = gone.url
    layer(fresh, alertmanager_layer(url))
    (finding,) = found(fresh, "source")
    assert (finding.level, "refuses the connection" in finding.message) == ("fail", True)
    assert finding.help


def test_a_source_that_hangs_does_not_hold_up_the_others(fresh: Machine, stub: Stub) -> None:
    stub.delay_s = 30.0
    other = "  - {source: here, kind: file, path: README.md}\n"
    layer(fresh, alertmanager_layer(stub.url).replace("signals:\n", other + "signals:\n", 1))
    started = time.monotonic()
    first, second = found(fresh, "source")
    assert time.monotonic() - started < 20
    assert (first.level, second.level) == ("fail", "ok")
    assert "`alerts`" in first.message


def test_a_token_that_is_not_there_and_one_that_is(
    fresh: Machine, stub: Stub, tmp_path: Path
) -> None:
    def with_token(reference: str) -> Finding:
        text = alertmanager_layer(stub.url)
        layer(
            fresh, text.replace("kind: alertmanager,", f"kind: alertmanager, token: {reference},")
        )
        (finding,) = found(fresh, "source")
        return finding

    missing = with_token("{env: AGENTIC_TESTS_NO_SUCH_VARIABLE}")
    assert missing.level == "fail"
    assert "`AGENTIC_TESTS_NO_SUCH_VARIABLE` with its token is not set" in missing.message
    assert "set the variable where `agentic signals` runs" in missing.help
    assert stub.asked == []
    token = tmp_path / "token"
    token.write_text("s3cr3t-of-tests\n")
    token.chmod(0o666)
    assert with_token(f"{{file: {token}}}").level == "fail"
    token.chmod(0o600)
    there = with_token(f"{{file: {token}}}")
    assert there.level == "ok"
    assert there.message.endswith(f"with the token of file `{token}`")
    assert "s3cr3t" not in str(there)


def test_files_say_whether_they_can_clear(fresh: Machine) -> None:
    layer(
        fresh,
        "sources:\n  - {source: notes, kind: file, path: README.md}\n"
        "  - {source: gone, kind: file, path: gone.md}\n",
    )
    first, second = found(fresh, "source")
    assert (first.level, "can raise but not clear" in first.message) == ("ok", True)
    assert (second.level, "gone.md" in second.message) == ("fail", True)


def test_plain_http_to_another_machine_is_a_warning_even_when_it_answers(
    fresh: Machine, stub: Stub
) -> None:
    reason = ", allow_http: {because: inside the cluster only}"
    layer(fresh, alertmanager_layer(stub.url).replace(f"'{stub.url}'", f"'{stub.url}'{reason}"))
    (finding,) = found(fresh, "source")
    assert finding.level == "warn"
    assert "because inside the cluster only" in finding.message


def test_the_snapshot_is_missing_fresh_old_and_spoiled(fresh: Machine, stub: Stub) -> None:
    layer(fresh, alertmanager_layer(stub.url))
    (finding,) = found(fresh, "snapshot")
    assert (finding.level, "2 signals are UNKNOWN to hooks" in finding.message) == ("fail", True)
    assert "agentic signals refresh" in finding.help
    now = int(time.time())
    refresh(fresh, now)
    (finding,) = found(fresh, "snapshot", now=now + 60)
    assert (finding.level, finding.message) == ("ok", "written 60 s ago, holds 300 s")
    (finding,) = found(fresh, "snapshot", now=now + 900)
    assert (finding.level, "written 900 s ago" in finding.message) == ("fail", True)
    stub.alerts = []
    refresh(fresh, now + 1)
    (finding,) = found(fresh, "snapshot", now=now + 60)
    assert finding.level == "warn"
    assert finding.message == "written 59 s ago; UNKNOWN to hooks: incident.active, incident.p1"
    (path,) = Path(fresh.places.state, "signals").glob("*.snapshot")
    path.chmod(0o666)
    (finding,) = found(fresh, "snapshot")
    assert "can be written by others" in finding.message
    path.chmod(0o600)
    path.write_text("spoiled")
    (finding,) = found(fresh, "snapshot")
    assert "damaged" in finding.message


def test_a_watcher_that_could_not_take_its_lock_is_told_with_the_remedy(
    fresh: Machine, stub: Stub
) -> None:
    layer(fresh, alertmanager_layer(stub.url))
    found(fresh, "watcher")
    (lock,) = (fresh.home / ".local/state/agentic/signals").glob("*.watch")
    lock.unlink()
    lock.mkdir()
    (finding,) = found(fresh, "watcher")
    assert (finding.level, "is a directory" in finding.message) == ("fail", True)
    assert "state folder" in finding.help


def test_nobody_watches_is_a_warning_with_the_remedy(fresh: Machine, stub: Stub) -> None:
    layer(fresh, alertmanager_layer(stub.url))
    (finding,) = found(fresh, "watcher")
    assert finding.level == "warn"
    assert "agentic signals watch" in finding.help
