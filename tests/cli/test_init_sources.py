"""`agentic init --prometheus URL …`: what is written, trusted, tried, and what is refused."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentic.cli.init_sources import declaration_of, declare
from agentic.cli.source_options import SourceOptions
from agentic.places import places_of
from agentic.ports import CliPorts
from tests.cli.conftest import Machine, Ran
from tests.cli.monitoring import API_DOWN, WATCHDOG, Stub, monitoring, trust, write_layer

CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\n"
    "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20200101T000000Z\r\n"
    "DTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:20400101\r\nSUMMARY:Freeze of tests\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
SLO = """\
version: prometheus/v1
service: api
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{.window}}]))
    alerting: {page_alert: {disable: true}, ticket_alert: {disable: true}}
"""


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with monitoring() as found:
        yield found


@pytest.fixture(autouse=True)
def _quiet(stub: Stub) -> None:
    stub.alerts = [WATCHDOG]
    stub.asked.clear()
    stub.headers.clear()


def monitoring_file(machine: Machine) -> Path:
    return machine.repository / ".agentic/monitoring.yaml"


def init(machine: Machine, *arguments: str, **variables: str) -> Ran:
    environment = {**machine.environment, "PATH": "/nonexistent", **variables}
    return machine.run("init", *arguments, environment=environment)


def declared(machine: Machine) -> dict[str, object]:
    """The sources that count here, by name."""
    policy = CliPorts(machine.environment, 0).policy(str(machine.repository))
    return {name: policy.source_settings(name) for name in policy.sources}


def test_a_source_is_declared_trusted_and_tried(fresh: Machine, stub: Stub) -> None:
    stub.alerts = [WATCHDOG, API_DOWN]
    ran = init(fresh, "--alertmanager", stub.url)
    assert ran.code == 0, ran.err
    assert "monitoring, .agentic/monitoring.yaml: written" in ran.out
    assert "this repository's layer is trusted as it is now" in ran.out
    assert "ApiDown" in ran.out
    assert "no coding agent that agentic knows was found here" in ran.err
    assert declared(fresh)["alertmanager"]["url"] == stub.url
    assert fresh.run("policy", "check").code == 0
    listed = {
        s["signal"]: s["state"] for s in fresh.run("signals", "list", "--json").json["signals"]
    }
    assert (listed["incident.active"], listed["incident.p1"]) == ("RAISED", "RAISED")


def test_the_file_reads_as_if_written_by_a_person(fresh: Machine, stub: Stub) -> None:
    init(fresh, "--alertmanager", stub.url, "--alertmanager-token-env", "ALERTS_TOKEN")
    text = monitoring_file(fresh).read_text()
    assert text.startswith("# The monitoring that decisions in this repository listen to")
    assert "written by `agentic init`" in text
    assert text.index("sources:") < text.index("signals:")
    assert "    token:\n      env: ALERTS_TOKEN\n" in text


def test_again_changes_nothing(fresh: Machine, stub: Stub) -> None:
    init(fresh, "--alertmanager", stub.url)
    before = monitoring_file(fresh).read_bytes()
    ran = init(fresh, "--alertmanager", stub.url)
    assert (ran.code, "nothing to change" in ran.out) == (0, True)
    assert monitoring_file(fresh).read_bytes() == before


def test_another_option_changes_that_part_and_shows_it(fresh: Machine, stub: Stub) -> None:
    init(fresh, "--alertmanager", stub.url, "--alertmanager-token-env", "ALERTS_TOKEN")
    (fresh.repository / "freezes.ics").write_text(CALENDAR)
    ran = init(fresh, "--calendar", "freezes.ics", "--zone", "Europe/Berlin")
    assert ran.code == 0, ran.err
    assert "+  - source: calendar" in ran.out
    assert "-  - source" not in ran.out
    assert "Freeze of tests" in ran.out
    assert declared(fresh)["alertmanager"]["token"]["env"] == "ALERTS_TOKEN"
    ran = init(fresh, "--zone", "America/New_York")
    assert "-        zone: Europe/Berlin" in ran.out
    assert "+        zone: America/New_York" in ran.out


def test_a_token_does_not_go_on_to_another_address(fresh: Machine, stub: Stub) -> None:
    init(fresh, "--alertmanager", stub.url, "--alertmanager-token-env", "ALERTS_TOKEN")
    init(fresh, "--alertmanager", stub.url.replace("127.0.0.1", "localhost"))
    assert declared(fresh)["alertmanager"]["token"] is None


def test_a_file_of_the_workspace_is_pinned_and_one_outside_is_not(fresh: Machine) -> None:
    inside, outside = fresh.repository / "freezes.ics", fresh.home / "freezes.ics"
    inside.write_text(CALENDAR)
    init(fresh, "--calendar", "freezes.ics", "--zone", "UTC")
    calendar = declared(fresh)["calendar"]
    digest = hashlib.sha256(inside.read_bytes()).hexdigest()
    assert (calendar["path"], calendar["sha256"]) == ("freezes.ics", digest)
    outside.write_text(CALENDAR)
    init(fresh, "--calendar", str(outside))
    calendar = declared(fresh)["calendar"]
    assert (calendar["path"], calendar["sha256"]) == (str(outside), None)


def test_a_changed_file_is_pinned_anew_only_when_it_is_named(fresh: Machine, stub: Stub) -> None:
    path = fresh.repository / "freezes.ics"
    path.write_text(CALENDAR)
    init(fresh, "--calendar", "freezes.ics", "--zone", "UTC")
    path.write_text(CALENDAR.replace("20400101", "20210101"))
    ran = init(fresh, "--alertmanager", stub.url)
    assert "is not the pinned file" in ran.out
    assert "UNKNOWN" in ran.out
    ran = init(fresh, "--calendar", "freezes.ics")
    assert "CLEAR" in ran.out
    assert "+    sha256:" in ran.out


def test_slos_come_from_files_and_a_prometheus(fresh: Machine, stub: Stub) -> None:
    (fresh.repository / "slos").mkdir()
    (fresh.repository / "slos/api.yaml").write_text(SLO)
    (fresh.repository / "slos/web.yaml").write_text(SLO.replace("service: api", "service: web"))
    ran = init(fresh, "--prometheus", stub.url, "--slo", "slos/api.yaml", "--slo", "slos/web.yaml")
    assert ran.code == 0, ran.err
    assert {"prometheus", "slo-api", "slo-web"} == set(declared(fresh))
    shown = fresh.run("signals", "show", "error-budget.burn", "--json").json
    assert [read["definition"] for read in shown["reads"]] == ["slo-api", "slo-web"]


def test_incidents_come_from_prometheus_where_there_is_no_alertmanager(
    fresh: Machine, stub: Stub
) -> None:
    init(fresh, "--prometheus", stub.url)
    reads = fresh.run("signals", "show", "incident.active", "--json").json["reads"]
    assert [read["source"] for read in reads] == ["prometheus"]
    init(fresh, "--alertmanager", stub.url)
    reads = fresh.run("signals", "show", "incident.active", "--json").json["reads"]
    assert [read["source"] for read in reads] == ["alertmanager"]


def test_github_gives_incidents_and_rollbacks(fresh: Machine, stub: Stub) -> None:
    ran = init(fresh, "--github", "octo/shop", "--github-url", stub.url)
    assert ran.code == 0, ran.err
    source = declared(fresh)["github"]
    assert (source["repository"], source["url"]) == ("octo/shop", stub.url)
    for name, kind in (
        ("incident.active", "github-issues"),
        ("rollback.recent", "github-rollbacks"),
    ):
        reads = fresh.run("signals", "show", name, "--json").json["reads"]
        assert kind in {read["kind"] for read in reads}


def test_the_token_is_read_where_it_is_named(fresh: Machine, stub: Stub) -> None:
    ran = init(
        fresh,
        "--alertmanager", stub.url, "--alertmanager-token-env", "ALERTS_TOKEN",
        ALERTS_TOKEN="a-secret-of-tests",
    )  # fmt: skip
    assert stub.headers[0]["Authorization"] == "Bearer a-secret-of-tests"
    assert "a-secret" not in ran.out + ran.err + monitoring_file(fresh).read_text()
    file = fresh.home / "token"
    file.write_text("another-secret\n")
    file.chmod(0o600)
    stub.headers.clear()
    init(fresh, "--alertmanager", stub.url, "--alertmanager-token-file", str(file))
    assert stub.headers[0]["Authorization"] == "Bearer another-secret"


def test_a_dry_run_writes_and_asks_nothing(fresh: Machine, stub: Stub) -> None:
    ran = init(fresh, "--alertmanager", stub.url, "--dry-run")
    assert ran.code == 0
    assert "+  - source: alertmanager" in ran.out
    assert not (fresh.repository / ".agentic").exists()
    assert stub.asked == []
    init(fresh, "--alertmanager", stub.url)
    assert "nothing would change" in init(fresh, "--alertmanager", stub.url, "--dry-run").out


def test_a_source_that_is_down_is_declared_and_told(fresh: Machine) -> None:
    with monitoring() as gone:
        url = gone.url
    ran = init(fresh, "--alertmanager", url)
    assert ran.code == 0
    assert "refuses the connection" in ran.out
    assert "2 signals are UNKNOWN, which counts like RAISED on staging and production" in ran.out


def test_with_a_host_both_are_done(fresh: Machine, stub: Stub) -> None:
    (fresh.home / ".claude").mkdir()
    ran = init(fresh, "--alertmanager", stub.url)
    assert ran.code == 0, ran.err
    assert "agentic guards every tool call" in ran.out
    assert "monitoring.yaml: written" in ran.out
    assert (fresh.home / ".claude/settings.json").exists()


# What stays for a person


def test_a_file_that_was_edited_is_left_alone(fresh: Machine, stub: Stub) -> None:
    init(fresh, "--alertmanager", stub.url)
    path = monitoring_file(fresh)
    path.write_text(path.read_text() + "# ours\n")
    before = path.read_bytes()
    ran = init(fresh, "--prometheus", stub.url)
    assert (ran.code, "has been edited since" in ran.err) == (4, True)
    assert path.read_bytes() == before


def test_somebody_elses_monitoring_file_is_left_alone(fresh: Machine, stub: Stub) -> None:
    path = write_layer(fresh, "sources: []\n", "monitoring.yaml")
    assert init(fresh, "--alertmanager", stub.url).code == 4
    assert path.read_text() == "version: 1\nsources: []\n"


def test_a_layer_that_waits_for_trust_goes_on_waiting(fresh: Machine, stub: Stub) -> None:
    write_layer(fresh, "variables: [KUBECONFIG]\n", "other.yaml")
    ran = init(fresh, "--alertmanager", stub.url)
    assert ran.code == 0, ran.err
    assert "what `.agentic` holds waits for it" in ran.out
    assert "CLEAR" in ran.out, "the sources are tried all the same"
    assert declared(fresh) == {}
    trust(fresh)
    assert set(declared(fresh)) == {"alertmanager"}


def test_a_trusted_layer_stays_trusted(fresh: Machine, stub: Stub) -> None:
    write_layer(fresh, "variables: [KUBECONFIG]\n", "other.yaml")
    trust(fresh)
    ran = init(fresh, "--alertmanager", stub.url)
    assert "this repository's layer is trusted as it is now" in ran.out
    assert set(declared(fresh)) == {"alertmanager"}


def test_a_trusted_layer_that_has_vanished_is_not_replaced(fresh: Machine, stub: Stub) -> None:
    path = write_layer(fresh, "variables: [KUBECONFIG]\n", "other.yaml")
    trust(fresh)
    path.unlink()
    assert "waits for it" in init(fresh, "--alertmanager", stub.url).out
    assert declared(fresh) == {}


def test_a_source_of_the_organisation_is_not_redefined(fresh: Machine, stub: Stub) -> None:
    folder = fresh.home / ".config/agentic"
    folder.mkdir(parents=True)
    (folder / "ours.yaml").write_text(
        "version: 1\nsources:\n  - {source: prometheus, kind: prometheus, url: 'https://p.example'}\n"
    )
    ran = init(fresh, "--prometheus", stub.url)
    assert ran.code == 3
    assert "is given by a layer below" in ran.err
    assert not monitoring_file(fresh).exists()


def test_a_link_in_place_of_the_folder_is_refused(fresh: Machine, stub: Stub) -> None:
    elsewhere = fresh.home / "elsewhere"
    elsewhere.mkdir()
    (fresh.repository / ".agentic").symlink_to(elsewhere)
    assert init(fresh, "--alertmanager", stub.url).code == 4
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_place_of_the_file_is_refused(fresh: Machine, stub: Stub) -> None:
    target = fresh.home / "precious"
    target.write_text("precious\n")
    (fresh.repository / ".agentic").mkdir()
    monitoring_file(fresh).symlink_to(target)
    assert init(fresh, "--alertmanager", stub.url).code == 4
    assert target.read_text() == "precious\n"


# Wrong input: nothing is written, nothing is asked, no secret is repeated

HTTPS = "https://metrics.example"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--prometheus", "metrics.example"], "the value of `--prometheus` is not an address"),
        (["--prometheus", "metrics.example"], "help: it begins with `https://`"),
        (["--prometheus", "ftp://metrics.example"], "is not an address"),
        (["--prometheus", "https://metrics.example/?x=1"], "is not an address"),
        (["--prometheus", "https://ada:s3cr3t@metrics.example"], "is not an address"),
        (["--prometheus", "http://metrics.example"], "plain HTTP to another machine"),
        (["--prometheus", "http://10.0.0.1:9090"], "plain HTTP to another machine"),
        (["--prometheus", HTTPS, "--allow-http", "yes"], "takes a sentence"),
        (["--allow-http", "inside the cluster"], "goes together with the address"),
        (["--ca-file", "/etc/hostname"], "goes together with the address"),
        (["--prometheus", HTTPS, "--ca-file", "/nowhere"], "is not a file"),
        (["--prometheus-token-env", "TOKEN"], "goes together with `--prometheus`"),
        (["--prometheus", HTTPS, "--prometheus-token-env", "not a name"], "not a token"),
        (["--prometheus", HTTPS, "--prometheus-token-env", "s3cr3tghp12345"], "not a token"),
        (
            ["--prometheus", HTTPS, "--prometheus-token-env", "T", "--prometheus-token-file", "/t"],
            "give either",
        ),
        (["--prometheus", HTTPS, "--prometheus-token-file", "token"], "lies in the repository"),
        (["--prometheus", HTTPS, "--prometheus-token=s3cr3t"], "No such option"),
        (["--calendar", "/nowhere.ics"], "there is no file"),
        (["--calendar", "README.md", "--calendar-token-env", "T"], "needs no token"),
        (["--calendar", "https://c.example/x.ics?token=s3cr3t"], "holds a secret in its query"),
        (["--calendar", "webcal://c.example/x.ics"], "is not an address"),
        (["--slo", "README.md"], "is neither an OpenSLO v1 document"),
        (["--slo", "/nowhere.yaml", "--prometheus", HTTPS], "there is no file"),
        (["--zone", "UTC"], "where a calendar's days are"),
        (["--calendar", "README.md", "--zone", "Europe/Berln"], "did you mean `Europe/Berlin`"),
        (["--github", "shop"], "write it like `owner/name`"),
        (["--github", "octo/shop", "--github-url", "http://git.example"], "plain HTTP"),
        (["--github-url", HTTPS], "goes together with `--github`"),
        (["--uninstall", "--prometheus", HTTPS], "`--uninstall` takes agentic out of a host"),
    ],
)  # fmt: skip
def test_wrong_input(machine: Machine, stub: Stub, arguments: list[str], says: str) -> None:
    ran = init(machine, *arguments)
    assert ran.code == 2, ran.out + ran.err
    assert says in ran.err
    assert "s3cr3t" not in ran.err + ran.out
    assert "Traceback" not in ran.err
    assert not (machine.repository / ".agentic").exists()
    assert stub.asked == []


def test_plain_http_needs_a_reason_that_is_written_down(fresh: Machine) -> None:
    ran = init(
        fresh, "--prometheus", "http://10.255.255.1:9090", "--allow-http", "inside the cluster only",
        "--dry-run",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert '+    allow_http:\n+      because: "inside the cluster only"' in ran.out


def test_sources_need_a_workspace(fresh: Machine, stub: Stub) -> None:
    ran = fresh.run("init", "--alertmanager", stub.url, cwd=fresh.home)
    assert (ran.code, "is no workspace" in ran.err) == (2, True)


def test_two_slo_files_of_one_name_are_told_apart_by_a_person(fresh: Machine) -> None:
    for folder in ("a", "b"):
        (fresh.repository / folder).mkdir()
        (fresh.repository / folder / "api.yaml").write_text(SLO)
    ran = init(fresh, "--prometheus", HTTPS, "--slo", "a/api.yaml", "--slo", "b/api.yaml")
    assert (ran.code, "would be one source" in ran.err) == (4, True)


def test_a_calendar_that_others_can_write_is_refused(fresh: Machine) -> None:
    path = fresh.repository / "freezes.ics"
    path.write_text(CALENDAR)
    os.chmod(path, 0o666)
    ran = init(fresh, "--calendar", "freezes.ics")
    assert (ran.code, "can be written by others" in ran.err) == (2, True)


def test_without_sources_a_machine_without_a_host_is_told(
    make_machine: Callable[[], Machine],
) -> None:
    ran = init(make_machine())
    assert (ran.code, "no coding agent" in ran.err) == (5, True)


def test_a_calendar_behind_an_address(fresh: Machine, stub: Stub) -> None:
    stub.answers["/team/freezes.ics"] = CALENDAR.encode()
    url = f"{stub.url}/team/freezes.ics"
    ran = init(fresh, "--calendar", url, "--zone", "Europe/Berlin")
    assert ran.code == 0, ran.err
    assert "Freeze of tests" in ran.out
    assert declared(fresh)["calendar"]["kind"] == "web-calendar"
    asked = [f for f in fresh.run("doctor", "--json").lines if f["check"] == "source"]
    assert [(f["level"], url in f["message"]) for f in asked] == [("ok", False)]


def test_a_file_that_is_slipped_in_meanwhile_is_not_trusted(fresh: Machine, stub: Stub) -> None:
    places, root = places_of(fresh.environment), str(fresh.repository)
    options = SourceOptions(alertmanager=stub.url)
    declaration = declaration_of(options, places, root, fresh.environment)
    write_layer(fresh, "variables: [KUBECONFIG]\n", "slipped-in.yaml")
    declare(declaration, places, root, is_dry_run=False)
    policy = CliPorts(fresh.environment, 0).policy(root)
    assert "has changed since it was trusted" in " ".join(policy.notices)
    assert "trusted" not in {
        standing for name, _, _, standing in policy.layers if name == "workspace"
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--calendar", "README.md"], "the calendar `README.md` "),
        (["--calendar", "nowhere.ics"], "there is no file `nowhere.ics`"),
        (["--prometheus", "http://127.0.0.1:9", "--slo", "README.md"], "README.md"),
    ],
)
def test_a_file_that_is_not_what_was_asked_for_is_refused(
    fresh: Machine, arguments: list[str], says: str
) -> None:
    ran = init(fresh, *arguments)
    assert (ran.code, ran.out) == (2, ""), ran
    assert says in ran.err
    assert f"help: give an {'iCalendar' if 'cal' in arguments[0] else 'OpenSLO v1'}" in ran.err
    assert not monitoring_file(fresh).exists()


def test_an_slo_needs_a_prometheus(fresh: Machine) -> None:
    (fresh.repository / "slo.yaml").write_text(
        "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nmetadata: {name: api}\n"
        "spec:\n  service: api\n  slos:\n    - name: availability\n      objective: 99.9\n"
        "      sli: {events: {error_query: 'rate(e[{{.window}}])', total_query: 'rate(t[{{.window}}])'}}\n"
        "      alerting: {name: ApiBurn, page_alert: {}, ticket_alert: {}}\n"
    )
    ran = init(fresh, "--slo", "slo.yaml")
    assert (ran.code, "add `--prometheus URL`" in ran.err) == (2, True), ran.err
