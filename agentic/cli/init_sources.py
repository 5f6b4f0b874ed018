"""`agentic init --prometheus URL …`: declare sources in the repository's own layer, and try each once.

1. what was named becomes a `Monitoring` value, or one line says what is wrong with it;
2. it joins what the file declares already, and the whole layer must be valid with it;
3. the file is written and, where nothing untrusted is in the layer, trusted;
4. every source is asked once, and what it says is printed.

A token is never taken from the command line, where history files and process lists would show it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from agentic.authoring.build import shipped_documents
from agentic.authoring.effective import effective_policy, found_layers
from agentic.authoring.layers import read_files
from agentic.authoring.signal_documents import checked_url
from agentic.authoring.signals import signal_tables
from agentic.authoring.sources import WORKSPACE, LayerFiles
from agentic.authoring.trust import trust_layer
from agentic.authoring.validate import ParsedFile, parse_policy
from agentic.cli.output import complain, did_you_mean, say, usage
from agentic.cli.signals_asked import Asker, tried_lines
from agentic.cli.source_options import SourceOptions
from agentic.core.native import sha256_hex
from agentic.core.policy import Policy
from agentic.errors import InvalidDocument, Unavailable, quoted
from agentic.hosts.settings import Change, apply
from agentic.hosts.sources import (
    Address,
    Monitoring,
    PinnedFile,
    Repository,
    Secret,
    Standing,
    merged,
    read_monitoring,
    rendered,
    standing_of,
)
from agentic.places import Places, private_folder
from agentic.shipped import POLICIES, shipped_folder

#: The longest that trying all sources once may take.
TRY_S = 10.0
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SECRET_WORDS = ("token", "key", "secret", "password", "auth")
_FILE_HELP = {
    "calendar": "give an iCalendar file (.ics), its path as seen from the current folder",
    "slo": "give an OpenSLO v1, Sloth or Pyrra file, its path as seen from the current folder",
}


class Declaration(NamedTuple):
    """The monitoring file as it will be, with how the layer was found."""

    change: Change
    standing: Standing


def declaration_of(
    options: SourceOptions, places: Places, root: str, environment: Mapping[str, str]
) -> Declaration:
    """What is to be written into the repository's layer; nothing is written or asked yet.

    Raises AgenticError, or exits with a usage error.
    """
    if not root:
        usage(
            "sources are declared in a repository's own layer, and the current folder is no workspace",
            "change into a project's folder",
        )
    wanted = _wanted(options, root, environment)
    standing = standing_of(root, places.state)
    monitoring = _complete(merged(read_monitoring(standing), wanted))
    change = Change(standing.path, standing.before, rendered(monitoring))
    _check(standing.layer_with(change.after or b""), places, root)
    return Declaration(change, standing)


def declare(declaration: Declaration, places: Places, root: str, *, is_dry_run: bool) -> None:
    """Write the file, trust the layer if that may be, and try the sources. Raises AgenticError."""
    change = declaration.change
    title = f"monitoring, {os.path.relpath(change.path, root)}"
    if is_dry_run:
        say(change.diff().rstrip("\n") if change.is_needed else f"{title}: nothing would change")
        return
    if not change.is_needed:
        say(f"{title}: nothing to change")
    else:
        apply(change)
        say(f"{title}: {'written' if change.before is None else 'changed'}")
        if change.before is not None:
            say(change.diff().rstrip("\n"))
    is_trusted = _trusted(declaration, places)
    _try(change, places, root, is_trusted=is_trusted)


# --- what was named


def _wanted(options: SourceOptions, root: str, environment: Mapping[str, str]) -> Monitoring:
    """The named sources as values, or a usage error that never repeats what could be a secret."""
    _check_companions(options)
    if options.zone and options.zone not in available_timezones():
        names = sorted(available_timezones())
        usage(f"unknown time zone {quoted(options.zone)}", did_you_mean(options.zone, names))
    ca_file = _absolute(options.ca_file) if options.ca_file else ""
    if ca_file and not os.path.isfile(ca_file):
        usage(f"`--ca-file` {quoted(ca_file, 200)} is not a file")

    def address(name: str) -> Address | None:
        given = getattr(options, name)
        if not given:
            return None
        url = _url(name, given, options.allow_http, with_query=name == "calendar")
        return Address(
            url,
            _token(name, options, root, environment),
            ca_file if url.startswith("https://") else "",
            options.allow_http if _is_open(url) else "",
        )

    calendar: Address | PinnedFile | None = None
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", options.calendar):
        calendar = address("calendar")
    elif options.calendar:
        if options.calendar_token_env or options.calendar_token_file:
            usage("a calendar file needs no token")
        zone = options.zone or "UTC"
        calendar = _pinned("calendar", options.calendar, root, partial(_judge_calendar, zone))
    return Monitoring(
        address("prometheus"),
        address("alertmanager"),
        calendar,
        _repository(options, root, environment, ca_file),
        tuple(_pinned("slo", path, root, _judge_slos) for path in options.slo),
        options.zone,
    )


def _check_companions(options: SourceOptions) -> None:
    """A usage error for an option that says how to reach a source which is not named."""
    for name in ("prometheus", "alertmanager", "calendar", "github"):
        given = [kind for kind in ("env", "file") if getattr(options, f"{name}_token_{kind}")]
        if given and not getattr(options, name):
            usage(f"`--{name}-token-{given[0]}` goes together with `--{name}`")
        if len(given) == 2:
            usage(f"give either `--{name}-token-env` or `--{name}-token-file`")
    if options.github_url and not options.github:
        usage("`--github-url` goes together with `--github`")
    named = (options.prometheus, options.alertmanager, options.calendar, options.github)
    for flag, value in (("--ca-file", options.ca_file), ("--allow-http", options.allow_http)):
        if value and not any(named):
            usage(f"`{flag}` goes together with the address that it is about")
    if options.allow_http and len(options.allow_http) < 8:
        usage("`--allow-http` takes a sentence that says why it is safe")


def _repository(
    options: SourceOptions, root: str, environment: Mapping[str, str], ca_file: str
) -> Repository | None:
    if not options.github:
        return None
    if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", options.github):
        usage(f"{quoted(options.github)} is not a repository", "write it like `owner/name`")
    url = _url("github-url", options.github_url, "") if options.github_url else ""
    return Repository(options.github, url, _token("github", options, root, environment), ca_file)


def _is_open(url: str) -> bool:
    """Whether an address is plain HTTP to another machine."""
    parts = urlsplit(url)
    try:
        is_local = ip_address(parts.hostname or "").is_loopback
    except ValueError:
        is_local = parts.hostname == "localhost"
    return parts.scheme == "http" and not is_local


def _url(name: str, given: str, allow_http: str, *, with_query: bool = False) -> str:
    """A source's address. What is not one is not repeated: a password may be in it."""
    try:
        url = checked_url(given, with_query=with_query)
    except ValueError as problem:
        has_scheme = "://" in given
        usage(
            f"the value of `--{name}` {problem}",
            f"a token goes into a variable or a file: `--{name.partition('-')[0]}-token-env NAME`"
            if has_scheme
            else f"it begins with `https://`, or on this machine with `http://`: `--{name} https://HOST`",
        )
    query = url.partition("?")[2].lower()
    if any(word in query.replace("=", "&").split("&") for word in _SECRET_WORDS):
        usage(
            f"the address of `--{name}` holds a secret in its query",
            "anybody who reads the repository could use it: name the token instead",
        )
    if _is_open(url) and not allow_http:
        usage(
            f"`--{name}` is plain HTTP to another machine: whoever is between could answer instead",
            "use https, or say why it is safe here: `--allow-http 'inside the cluster only'`",
        )
    return url


def _token(
    name: str, options: SourceOptions, root: str, environment: Mapping[str, str]
) -> Secret | None:
    variable: str = getattr(options, f"{name}_token_env")
    path: str = getattr(options, f"{name}_token_file")
    if variable:
        looks_secret = any(c.islower() for c in variable) and variable not in environment
        if not _VARIABLE.match(variable) or looks_secret:
            usage(
                f"`--{name}-token-env` takes the name of an environment variable, not a token",
                f"put the token into a variable: `--{name}-token-env {name.upper()}_TOKEN`",
            )
        return Secret("env", variable)
    if not path:
        return None
    absolute = _absolute(path)
    if (os.path.realpath(absolute) + "/").startswith(os.path.realpath(root) + "/"):
        usage(
            f"`--{name}-token-file` lies in the repository, where everybody could read it",
            "keep it outside, readable for you alone",
        )
    return Secret("file", absolute)


def _absolute(path: str) -> str:
    return os.path.normpath(os.path.join(os.getcwd(), os.path.expanduser(path)))


def _judge_calendar(zone: str, name: str, data: bytes, now: int) -> None:
    """Raises SourceFailed when a file is no calendar that a freeze can be told from."""
    from agentic.signals.live.interface import SourceFailed
    from agentic.signals.live.occurrences import occurrences
    from agentic.signals.live.timetables import known_around

    try:
        occurrences(data, zone, (), known_around(now), time.monotonic() + TRY_S)
    except SourceFailed as failure:
        raise SourceFailed(f"the calendar {quoted(name, 200)} {failure}") from None


def _judge_slos(name: str, data: bytes, now: int) -> None:
    """Raises SourceFailed when a file holds no SLO definition that can be computed."""
    from agentic.signals.live.slo_formats import parse_slos

    parse_slos(data, name, now)


def _pinned(
    option: str, path: str, root: str, judge: Callable[[str, bytes, int], None]
) -> PinnedFile:
    """A file as a source: relative and pinned in the workspace, else by its absolute path.

    A usage error for one that cannot be read, or that is not what the option takes.
    """
    from agentic.signals.live.files import read_file
    from agentic.signals.live.interface import Round, SourceFailed

    place = os.path.realpath(_absolute(path))
    inside = os.path.realpath(root) + "/"
    is_inside = place.startswith(inside)
    shown = place.removeprefix(inside) if is_inside else place
    now = int(time.time())
    alone = Round(
        now,
        time.monotonic() + TRY_S,
        {option: {"kind": "file", "path": shown}},
        lambda _name: None,
        root,
        {},
    )
    try:
        content = read_file(option, alone)
        judge(shown, content.data, now)
    except SourceFailed as failure:
        usage(f"`--{option}`: {failure}", _FILE_HELP[option])
    return PinnedFile(shown, sha256_hex(content.data) if is_inside else "")


def _complete(monitoring: Monitoring) -> Monitoring:
    """The declarations with what they lack; a usage error for what cannot be guessed."""
    if monitoring.slos and monitoring.prometheus is None:
        usage("an SLO is computed from a Prometheus", "add `--prometheus URL`")
    if monitoring.calendar is None and monitoring.zone:
        usage(
            "`--zone` says where a calendar's days are", "add `--calendar FILE` or `--calendar URL`"
        )
    if monitoring.calendar is not None and not monitoring.zone:
        complain("note: the calendar's whole days are taken as days in UTC; `--zone` changes that")
        return monitoring._replace(zone="UTC")
    return monitoring


# --- the layer


def _check(new: LayerFiles, places: Places, root: str) -> None:
    """Raises InvalidDocument when the workspace's layer as it will be is not valid."""
    shipped = shipped_documents(shipped_folder(POLICIES))
    lower: list[ParsedFile] = []
    for layer, _ in found_layers(root, places.state, places.config):
        if layer.name != WORKSPACE:
            lower.extend(read_files(shipped, layer, lower)[0])
    problems = read_files(shipped, new, lower)[1]
    if problems:
        raise InvalidDocument(problems)


def _trusted(declaration: Declaration, places: Places) -> bool:
    """Trust the layer as init leaves it, unless something in it still waits for a person's trust.

    What is trusted is what was judged, not what lies there now: a file that somebody has slipped in
    meanwhile makes the layer another one, which nobody trusts.
    """
    standing = declaration.standing
    if not standing.may_trust:
        say(
            "  trust      what `.agentic` holds waits for it: look at it, then run `agentic policy trust`"
        )
        return False
    layer = standing.layer_with(declaration.change.after or b"")
    try:
        private_folder(places.state)
        trust_layer(places.state, layer, int(time.time()))
    except Unavailable as problem:
        mend = (
            "the file is written and nothing of it counts: mend that, then `agentic policy trust`"
        )
        raise Unavailable(problem.code, problem.message, problem.help or mend) from None
    say("  trust      this repository's layer is trusted as it is now")
    return True


# --- trying


def _try(change: Change, places: Places, root: str, *, is_trusted: bool) -> None:
    """Ask every source once and print what it says; keep the answers where the layer counts."""
    policy = effective_policy(root, places.state, places.config)
    if not is_trusted:
        policy = _as_if_trusted(change, policy)
    asker = Asker(places, root, policy, int(time.time()))
    for line in tried_lines(asker, TRY_S, is_kept=is_trusted, indent=2):
        say(f"  {line}")
    if is_trusted:
        say(
            "  next       keep it fresh for hooks: `agentic signals watch`, or `refresh` from a timer"
        )


def _as_if_trusted(change: Change, policy: Policy) -> Policy:
    """The policy with the file's own signals and sources only: what a person is about to trust."""
    tables = signal_tables([parse_policy(change.after or b"", change.path)], [])
    return policy._replace(
        signals=tables.signals, sources=tables.sources, signals_digest=tables.digest
    )
