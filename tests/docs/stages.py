"""Where the examples of each page run: a throw-away machine, and for live pages real monitoring beside it.

A live page writes the addresses at which Prometheus and Alertmanager usually listen; the real ones stand on
free ports of loopback. Its team watches around the clock, so that the hour of the run decides nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from demo.live import (
    AROUND_THE_CLOCK,
    FAILING,
    HEALTHY,
    Monitoring,
    alert_names,
    monitoring,
    programs_found,
)
from demo.sandbox import Sandbox, sandbox
from tests.docs.examples import LIVE_PAGES, TOLD_PAGES, Stage

ALERT = "ChurnPredictionsFail"
#: Longer than any `for` of the page.
HELD_S = 3.0
PATIENCE_S = 60.0
#: Its one event is over, so that no day of a run is in a freeze.
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//churn//freezes//EN
BEGIN:VEVENT
UID:year-end@churn
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20251220
DTEND;VALUE=DATE:20260104
SUMMARY:Year-end freeze
END:VEVENT
END:VCALENDAR
"""


@contextmanager
def stage_of(page: str) -> Iterator[Stage]:
    """The machine that a page's examples run on.

    Raises RuntimeError when it is a live page and the servers are missing.
    """
    with sandbox() as machine:
        if page in LIVE_PAGES:
            with _monitored(machine) as stage:
                yield stage
        elif page in TOLD_PAGES:
            yield Stage(machine, (("~", str(machine.home)),))
        else:
            yield Stage(machine)


@contextmanager
def _monitored(machine: Sandbox) -> Iterator[Stage]:
    programs = programs_found()
    if programs is None:
        raise RuntimeError(
            "prometheus and alertmanager are missing: run `sh tests/signals/fetch_servers.sh`"
        )
    organisation = machine.home / ".config/agentic"
    organisation.mkdir(parents=True)
    (organisation / "hours.yaml").write_text(AROUND_THE_CLOCK)
    machine.agentic("policy", "trust", "--layer", "organisation", "--yes")
    (machine.project / "ops").mkdir()
    (machine.project / "ops/freezes.ics").write_text(CALENDAR.replace("\n", "\r\n"))
    folder = machine.home / "monitoring"
    folder.mkdir()
    with monitoring(programs, folder) as servers:
        _wait_for(lambda: "Watchdog" in alert_names(servers), "the Watchdog alert arrives")
        yield Stage(
            machine,
            (
                ("127.0.0.1:9090", servers.prometheus.removeprefix("http://")),
                ("127.0.0.1:9093", servers.alertmanager.removeprefix("http://")),
                ("~", str(machine.home)),
            ),
            {
                "one in five predictions fails": lambda: _turn(servers, FAILING),
                "the service is healthy again": lambda: _turn(servers, HEALTHY),
            },
        )


def _turn(servers: Monitoring, error_ratio: float) -> None:
    """Let the service tell another error ratio, and wait until the alert has followed it."""
    servers.error_ratio[0] = error_ratio
    is_wanted = error_ratio == FAILING
    _wait_for(lambda: (ALERT in alert_names(servers)) is is_wanted, "the alert follows its metric")
    time.sleep(HELD_S)


def _wait_for(look: Callable[[], bool], what: str) -> None:
    """Return once it is so. Raises RuntimeError, which says what did not come about."""
    ends = time.monotonic() + PATIENCE_S
    while not look():
        if time.monotonic() > ends:
            raise RuntimeError(f"within {PATIENCE_S:g} s not: {what}")
        time.sleep(0.1)
