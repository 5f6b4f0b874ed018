"""Real monitoring on loopback: Prometheus, its Alertmanager and its Pushgateway, as Debian ships them.

Each process of a test run starts its own set when a test first asks for it, on free ports, in a temporary
folder, and stops it at the end. Scrapes and rules run every second. A missing program fails the run: see
fetch_servers.sh beside this file.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
import requests
import trustme

CACHE = Path(
    os.environ.get("AGENTIC_TEST_SERVERS")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentic-tests/servers"
)
#: How long a server may take to start, and a change to arrive, on a loaded machine.
PATIENCE_S = 60.0

_Found = TypeVar("_Found")


def program(name: str) -> str:
    """The path of `prometheus`, `prometheus-alertmanager` or `prometheus-pushgateway`."""
    for candidate in (name, name.removeprefix("prometheus-")):
        if found := shutil.which(candidate):
            return found
    unpacked = CACHE / "debian/usr/bin" / name
    if not unpacked.is_file():
        pytest.fail(
            f"{name} is neither on PATH nor in {CACHE}: run `sh tests/signals/fetch_servers.sh`",
            pytrace=False,
        )
    return str(unpacked)


def http(method: str, url: str, **options: Any) -> requests.Response:
    """A request without anything from the environment. Raises requests' errors, also for a status."""
    with requests.Session() as session:
        session.trust_env = False
        reply = session.request(method, url, timeout=20, **options)
    reply.raise_for_status()
    return reply


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(look: Callable[[], _Found], what: str, patience_s: float = PATIENCE_S) -> _Found:
    """The first true thing that `look` finds; a failure that says `what` did not come about."""
    ends = time.monotonic() + patience_s
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.05)
    pytest.fail(f"within {patience_s:g} s not: {what}", pytrace=False)


@contextmanager
def running(command: list[str], url: str, folder: Path, **options: Any) -> Iterator[None]:
    """A server process until the block ends. `options` are those of the request whether it is ready.

    It works in the folder of its package, where a fetched Alertmanager looks for its templates.
    """
    log = folder / "log"
    package = Path(command[0]).parents[2]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=package
        )

    def is_ready() -> bool:
        if process.poll() is not None:
            pytest.fail(f"{command[0]} ended: {log.read_text()[-800:]}", pytrace=False)
        try:
            return http("GET", f"{url}/-/ready", **options).ok
        except requests.RequestException:
            return False

    try:
        eventually(is_ready, f"{command[0]} is ready")
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


PROMETHEUS_CONFIG = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{folder}/rules/*.yml]
scrape_configs:
  - job_name: pushgateway
    honor_labels: true
    static_configs: [{{targets: ["{pushgateway}"]}}]
alerting:
  alertmanagers:
    - static_configs: [{{targets: ["{alertmanager}"]}}]
"""
ALERTMANAGER_CONFIG = """\
route: {receiver: nobody, group_wait: 0s, group_interval: 1s}
receivers: [{name: nobody}]
"""


class Platform:
    """The three servers. URLs are without a slash at the end."""

    def __init__(self, folder: Path, prometheus: int, alertmanager: int, pushgateway: int) -> None:
        self.folder = folder
        self.prometheus = f"http://127.0.0.1:{prometheus}"
        self.alertmanager = f"http://127.0.0.1:{alertmanager}"
        self.pushgateway = f"http://127.0.0.1:{pushgateway}"

    def push(self, job: str, metrics: str) -> None:
        """Put metrics in the text format under a job, in place of what it had."""
        http("PUT", f"{self.pushgateway}/metrics/job/{job}", data=metrics)

    def take_back(self, job: str) -> None:
        """Remove all metrics of a job."""
        http("DELETE", f"{self.pushgateway}/metrics/job/{job}")

    def write_rules(self, rules: str) -> None:
        """Replace all rules by one file's text, in force when this returns."""
        (self.folder / "prometheus/rules/rules.yml").write_text(rules)
        http("POST", f"{self.prometheus}/-/reload")

    def values(self, query: str) -> list[str]:
        """The values that a query has now, for waiting."""
        answer = http("GET", f"{self.prometheus}/api/v1/query", params={"query": query}).json()
        return [one["value"][1] for one in answer["data"]["result"]]

    def alerts(self, **params: str) -> list[dict[str, Any]]:
        """The alerts that Alertmanager holds now, silenced ones included."""
        return list(http("GET", f"{self.alertmanager}/api/v2/alerts", params=params).json())

    def silence(self, alert: str, author: str, comment: str) -> str:
        """Silence an alert by name for an hour; returns the silence's id."""
        now = time.time()
        made = http(
            "POST",
            f"{self.alertmanager}/api/v2/silences",
            json={
                "matchers": [
                    {"name": "alertname", "value": alert, "isRegex": False, "isEqual": True}
                ],
                "startsAt": _utc(now - 1),
                "endsAt": _utc(now + 3600),
                "createdBy": author,
                "comment": comment,
            },
        )
        return str(made.json()["silenceID"])

    def unsilence(self, silence: str) -> None:
        """End a silence."""
        http("DELETE", f"{self.alertmanager}/api/v2/silence/{silence}")


def _utc(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment))


@contextmanager
def platform_in(folder: Path) -> Iterator[Platform]:
    """All three servers, talking to each other, until the block ends."""
    ports = {name: free_port() for name in ("prometheus", "alertmanager", "pushgateway")}
    homes = {name: folder / name for name in ports}
    for home in homes.values():
        home.mkdir()
    (homes["prometheus"] / "rules").mkdir()
    platform = Platform(folder, **ports)
    at = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    (homes["prometheus"] / "config.yml").write_text(
        PROMETHEUS_CONFIG.format(
            folder=homes["prometheus"],
            pushgateway=at["pushgateway"],
            alertmanager=at["alertmanager"],
        )
    )
    (homes["alertmanager"] / "config.yml").write_text(ALERTMANAGER_CONFIG)
    commands = {
        "pushgateway": [program("prometheus-pushgateway")],
        "alertmanager": [
            program("prometheus-alertmanager"),
            f"--config.file={homes['alertmanager']}/config.yml",
            f"--storage.path={homes['alertmanager']}/data",
            "--cluster.listen-address=",
        ],
        "prometheus": prometheus_command(homes["prometheus"]),
    }
    with ExitStack() as stack:
        for name, command in commands.items():
            told = [*command, f"--web.listen-address={at[name]}"]
            stack.enter_context(running(told, f"http://{at[name]}", homes[name]))
        yield platform


def prometheus_command(home: Path) -> list[str]:
    """Prometheus with the files of a folder, without its listen address."""
    return [
        program("prometheus"),
        f"--config.file={home}/config.yml",
        f"--storage.tsdb.path={home}/data",
        "--web.enable-lifecycle",
        # An alert that fires before the Alertmanager is found would be sent again after a minute only.
        "--rules.alert.resend-delay=3s",
    ]


#: A user and a password that `secured` knows; the hash is bcrypt's.
USER = "reader"
PASSWORD = "correct horse"
PASSWORD_HASH = "$2b$04$.yPI5T6.LyBqUjabt1glQuRBnCVLM5gB7chenIWtHEPwZLoPlpOTq"
WEB_CONFIG = """\
tls_server_config: {{cert_file: {folder}/certificate.pem, key_file: {folder}/key.pem}}
basic_auth_users: {{{user}: "{hash}"}}
"""


class Secured(NamedTuple):
    """A Prometheus behind TLS and a password; its certificate is of the authority in `ca_file`."""

    url: str
    ca_file: str


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """The secured Prometheus of this test process."""
    folder = tmp_path_factory.mktemp("secured")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    (folder / "config.yml").write_text("global: {}\n")
    (folder / "web.yml").write_text(WEB_CONFIG.format(folder=folder, user=USER, hash=PASSWORD_HASH))
    port = free_port()
    found = Secured(f"https://127.0.0.1:{port}", str(folder / "ca.pem"))
    command = [
        *prometheus_command(folder),
        f"--web.config.file={folder}/web.yml",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(command, found.url, folder, verify=found.ca_file, auth=(USER, PASSWORD)):
        yield found


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The three servers of this test process."""
    with platform_in(tmp_path_factory.mktemp("platform")) as started:
        yield started
