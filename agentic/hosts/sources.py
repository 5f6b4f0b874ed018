"""The monitoring file of a repository: which sources `agentic init` declares and what they are asked.

Goes in: what a person named (`--prometheus URL` and so on). Comes out: `.agentic/monitoring.yaml` as text
that reads as if a person had written it, and back again, so that a later run changes only what it names.
A file that somebody has edited since is never written over. Writes nothing itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from agentic.authoring.signal_documents import (
    AlertmanagerSource,
    FileSource,
    GithubSource,
    PrometheusSource,
    WebCalendarSource,
)
from agentic.authoring.sources import (
    WORKSPACE,
    WORKSPACE_FOLDER,
    LayerFiles,
    files_digest,
    read_layer,
)
from agentic.authoring.trust import trusted_state
from agentic.authoring.validate import parse_policy
from agentic.errors import CheckFailed, quoted

if TYPE_CHECKING:
    from agentic.authoring.signal_documents import Connection
    from agentic.authoring.validate import ParsedFile

FILE_NAME = "monitoring.yaml"

_HEADER = """\
# The monitoring that decisions in this repository listen to, written by `agentic init`.
#
# As long as nobody edits this file, `agentic init` may change it: name a source again to change it.
# To go on by hand, edit it as you like; from then on init leaves it alone. docs/SIGNALS.md shows
# every kind of source and read. A source counts once a person has trusted this folder.
"""
_CHECKSUM = re.compile(rb"\A(?:#[^\n]*\n)*?# agentic init: sha256 ([0-9a-f]{64})\n")


class Secret(NamedTuple):
    """Where a token is: `kind` is `env` (a variable's name) or `file` (an absolute path)."""

    kind: str
    place: str


class Address(NamedTuple):
    """A source behind HTTP. `allow_http` says why plain HTTP is safe there, else it is empty."""

    url: str
    token: Secret | None = None
    ca_file: str = ""
    allow_http: str = ""


class Repository(NamedTuple):
    """A repository at GitHub (`owner/name`) or at a GitHub Enterprise behind `url`."""

    name: str
    url: str = ""
    token: Secret | None = None
    ca_file: str = ""


class PinnedFile(NamedTuple):
    """A file, relative where it lies in the workspace; there `sha256` pins what was seen."""

    path: str
    sha256: str = ""


class Monitoring(NamedTuple):
    """All that init can declare. `zone` is where the days of the calendar are."""

    prometheus: Address | None = None
    alertmanager: Address | None = None
    calendar: Address | PinnedFile | None = None
    github: Repository | None = None
    slos: tuple[PinnedFile, ...] = ()
    zone: str = ""


class Standing(NamedTuple):
    """The workspace's layer as found. `may_trust`: what is there is nothing, or just what is trusted."""

    layer: LayerFiles
    may_trust: bool

    @property
    def path(self) -> str:
        """Where the monitoring file is."""
        return f"{self.layer.path}/{FILE_NAME}"

    @property
    def before(self) -> bytes | None:
        """The monitoring file's content, None where there is none."""
        return dict(self.layer.files).get(FILE_NAME)

    def layer_with(self, data: bytes) -> LayerFiles:
        """The layer as it was found, with this monitoring file in it."""
        files = tuple(sorted({**dict(self.layer.files), FILE_NAME: data}.items()))
        return self.layer._replace(files=files, digest=files_digest(files))


def standing_of(root: str, state_dir: str) -> Standing:
    """The workspace's layer before a change. Raises CheckFailed when it cannot be read."""
    folder = f"{root.rstrip('/')}/{WORKSPACE_FOLDER}"
    layer = read_layer(WORKSPACE, folder)
    if layer.fault:
        raise CheckFailed(
            "init.layer", f"{quoted(folder, 200)} cannot be used: {layer.fault}", "mend it first"
        )
    trusted = trusted_state(state_dir, WORKSPACE, folder)
    may_trust = not layer.digest if trusted is None else trusted.sha256 == layer.digest
    return Standing(layer, may_trust)


# From the file


def read_monitoring(standing: Standing) -> Monitoring:
    """What the file declares; nothing where there is no file.

    Raises: CheckFailed when somebody has edited it since init wrote it, InvalidDocument when it is none.
    """
    data = standing.before
    if data is None:
        return Monitoring()
    found = _CHECKSUM.match(data)
    if found is None or hashlib.sha256(data[found.end() :]).hexdigest().encode() != found[1]:
        raise CheckFailed(
            "init.edited",
            f"{quoted(standing.path, 200)} was not written by init, or has been edited since",
            "edit it by hand, then `agentic policy check`; or move it away and run this again",
        )
    return monitoring_of(parse_policy(data, standing.path))


def monitoring_of(file: ParsedFile) -> Monitoring:
    """The declarations of a parsed monitoring file."""
    result = Monitoring()
    for source in file.document.sources:
        match source:
            case PrometheusSource():
                result = result._replace(prometheus=_address(source))
            case AlertmanagerSource():
                result = result._replace(alertmanager=_address(source))
            case WebCalendarSource():
                result = result._replace(calendar=_address(source))
            case GithubSource():
                url = source.url if "url" in source.model_fields_set else ""
                found = Repository(source.repository, url, _secret(source), source.ca_file or "")
                result = result._replace(github=found)
            case FileSource(source="calendar"):
                result = result._replace(calendar=_file(source))
            case FileSource():
                result = result._replace(slos=(*result.slos, _file(source)))
    zones = [
        read.zone
        for signal in file.document.signals
        for read in signal.reads
        if read.kind == "calendar"
    ]
    return result._replace(zone=zones[0] if zones else "")


def _address(source: Connection) -> Address:
    because = source.allow_http.because if source.allow_http else ""
    return Address(source.url, _secret(source), source.ca_file or "", because)


def _secret(source: Connection) -> Secret | None:
    if source.token is None:
        return None
    if source.token.env is not None:
        return Secret("env", source.token.env)
    return Secret("file", source.token.file or "")


def _file(source: FileSource) -> PinnedFile:
    return PinnedFile(source.path, source.sha256 or "")


# To the file


def merged(known: Monitoring, wanted: Monitoring) -> Monitoring:
    """What was declared with what is wanted now in its place; SLO files join those that were there.

    A token goes on to the same address only: whoever names another one names its token, too.

    Raises: CheckFailed when two SLO files would be sources of one name.
    """
    slos: dict[str, PinnedFile] = {}
    for slo in (*known.slos, *wanted.slos):
        first = slos.setdefault(slo_source(slo), slo)
        if first.path != slo.path:
            message = f"{quoted(first.path)} and {quoted(slo.path)} would be one source"
            raise CheckFailed("init.slo", message, "give one of the files another name")
        slos[slo_source(slo)] = slo
    return Monitoring(
        _readdressed(known.prometheus, wanted.prometheus),
        _readdressed(known.alertmanager, wanted.alertmanager),
        _recalendared(known.calendar, wanted.calendar),
        _rerepositoried(known.github, wanted.github),
        tuple(slos[name] for name in sorted(slos)),
        wanted.zone or known.zone,
    )


def _readdressed(known: Address | None, wanted: Address | None) -> Address | None:
    if wanted is None or known is None or known.url != wanted.url:
        return wanted or known
    return Address(
        wanted.url,
        wanted.token or known.token,
        wanted.ca_file or known.ca_file,
        wanted.allow_http or known.allow_http,
    )


def _recalendared(
    known: Address | PinnedFile | None, wanted: Address | PinnedFile | None
) -> Address | PinnedFile | None:
    if isinstance(known, Address) and isinstance(wanted, Address):
        return _readdressed(known, wanted)
    return wanted or known


def _rerepositoried(known: Repository | None, wanted: Repository | None) -> Repository | None:
    if wanted is None or known is None or known[:2] != wanted[:2]:
        return wanted or known
    return wanted._replace(
        token=wanted.token or known.token, ca_file=wanted.ca_file or known.ca_file
    )


def slo_source(slo: PinnedFile) -> str:
    """The name of the source of an SLO file: `slo-` and the file's own name."""
    stem = os.path.splitext(os.path.basename(slo.path))[0].lower()
    return "slo-" + (re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "file")


def rendered(monitoring: Monitoring) -> bytes:
    """The file that declares it, with comments, ending in a newline."""
    lines = ["version: 1", ""]
    lines += ["# Where to ask. A token is named here, never written here."]
    lines += _section("sources", _source_lines(monitoring))
    lines += [
        "",
        "# What is asked, and for which signal. The strictest answer of all reads counts.",
    ]
    lines += _section("signals", _signal_lines(monitoring))
    body = "\n".join(lines) + "\n"
    checksum = hashlib.sha256(body.encode()).hexdigest()
    return f"{_HEADER}# agentic init: sha256 {checksum}\n{body}".encode()


def _section(key: str, entries: Iterable[str]) -> list[str]:
    lines = list(entries)
    return [f"{key}:", *lines] if lines else [f"{key}: []"]


def _text(value: str) -> str:
    """A value as YAML: plain where it is plainly text, else in double quotes."""
    is_plain = re.fullmatch(r"[A-Za-z/~][A-Za-z0-9_./~-]*", value) and value.lower() not in {
        "true", "false", "null", "yes", "no", "on", "off",
    }  # fmt: skip
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _source_lines(monitoring: Monitoring) -> Iterator[str]:
    if monitoring.prometheus:
        yield from _http_lines("prometheus", "prometheus", monitoring.prometheus)
    if monitoring.alertmanager:
        yield from _http_lines("alertmanager", "alertmanager", monitoring.alertmanager)
    calendar = monitoring.calendar
    if isinstance(calendar, Address):
        yield from _http_lines("calendar", "web-calendar", calendar)
    elif calendar is not None:
        yield from _file_lines("calendar", calendar, "--calendar")
    if monitoring.github:
        found = monitoring.github
        yield "  - source: github"
        yield "    kind: github"
        if found.url:
            yield f"    url: {_text(found.url)}"
        yield f"    repository: {_text(found.name)}"
        yield from _reached_lines(found.token, found.ca_file)
    for slo in monitoring.slos:
        yield from _file_lines(slo_source(slo), slo, "--slo")


def _http_lines(name: str, kind: str, address: Address) -> Iterator[str]:
    yield f"  - source: {name}"
    yield f"    kind: {kind}"
    yield f"    url: {_text(address.url)}"
    yield from _reached_lines(address.token, address.ca_file)
    if address.allow_http:
        yield "    allow_http:"
        yield f"      because: {_text(address.allow_http)}"


def _reached_lines(token: Secret | None, ca_file: str) -> Iterator[str]:
    if token:
        yield "    token:"
        yield f"      {token.kind}: {_text(token.place)}"
    if ca_file:
        yield f"    ca_file: {_text(ca_file)}"


def _file_lines(name: str, file: PinnedFile, option: str) -> Iterator[str]:
    if file.sha256:
        yield f"  # Pinned: when it is changed on purpose, run `agentic init {option} {file.path}` again."
    yield f"  - source: {name}"
    yield "    kind: file"
    yield f"    path: {_text(file.path)}"
    if file.sha256:
        yield f"    sha256: {_text(file.sha256)}"


def _signal_lines(monitoring: Monitoring) -> Iterator[str]:
    alerts = "alertmanager" if monitoring.alertmanager else "prometheus"
    has_alerts = bool(monitoring.alertmanager or monitoring.prometheus)
    if has_alerts or monitoring.github:
        yield from _signal_head("incident.active")
    if has_alerts:
        yield "      # Alerts of severity high or critical. Without the alert `Watchdog`, which always fires,"
        yield "      # nobody can tell an empty list from a broken chain, so the answer is UNKNOWN."
        yield from _read_lines("alerts", alerts)
    if monitoring.github:
        yield "      # Open issues with the label, when somebody with write permission has set it."
        yield from _read_lines("github-issues", "github")
        yield "        labels: [incident]"
    if has_alerts:
        yield from _signal_head("incident.p1")
        yield from _read_lines("alerts", alerts)
        yield "        severities: [critical]"
    if monitoring.github:
        yield from _signal_head("rollback.recent")
        yield from _read_lines("github-rollbacks", "github")
    if monitoring.calendar:
        yield from _signal_head("freeze.active")
        yield "      # Every event of the calendar is a freeze; its whole days are days in this zone."
        yield from _read_lines("calendar", "calendar")
        yield f"        zone: {_text(monitoring.zone)}"
    if monitoring.slos:
        yield from _signal_head("error-budget.burn")
        yield "      # Too fast in a long and a short window at once; how fast follows from the objective."
        for slo in monitoring.slos:
            yield from _read_lines("burn-rate", "prometheus", slo_source(slo))
        yield from _signal_head("error-budget.exhausted")
        for slo in monitoring.slos:
            yield from _read_lines("error-budget", "prometheus", slo_source(slo))


def _signal_head(name: str) -> Iterator[str]:
    yield f"  - signal: {name}"
    yield "    reads:"


def _read_lines(kind: str, source: str, definition: str = "") -> Iterator[str]:
    yield f"      - kind: {kind}"
    yield f"        source: {source}"
    if definition:
        yield f"        definition: {definition}"
