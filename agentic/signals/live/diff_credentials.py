"""Credentials in what a branch adds and in files: detect-secrets' named detectors and our own formats.

A detector counts here when its pattern is a format that somebody gave a name to, so that a finding can stop
a push. Left out are: entropy and `keyword` (every test fixture and every lock file), public addresses (no
credential), basic authentication (our own scanner knows the passwords of examples), and four whose patterns
also match ordinary text: Artifactory (`APA…` begins many words), IBM Cloud IAM (any 44 characters behind
`key`), Telegram (a number, a colon, a digest), Twilio (two letters and a digest).
Source: https://github.com/Yelp/detect-secrets/tree/master/detect_secrets/plugins (checked 2026-11-21)

The detectors are called directly: filters and `pragma: allowlist secret` are not honoured, because whoever
writes the secret could write the comment too. A finding is a kind, a file and a line, never the text.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from agentic.core.values import Reading
from agentic.errors import quoted
from agentic.recognize.credentials import formats_in, is_example
from agentic.recognize.secret_prefilter import may_hold_secret
from agentic.signals.live.files import FileMissing, named, read_each
from agentic.signals.live.git_added import Line, added_lines, lines_of_diff
from agentic.signals.live.interface import Read, Round, SourceFailed

#: (module of detect_secrets.plugins, class, kind of credential in our words)
DETECTORS = (
    ("aws", "AWSKeyDetector", "aws-access-key-id"),
    ("azure_storage_key", "AzureStorageKeyDetector", "azure-key"),
    ("cloudant", "CloudantDetector", "cloudant-key"),
    ("discord", "DiscordBotTokenDetector", "discord-token"),
    ("github_token", "GitHubTokenDetector", "github-token"),
    ("gitlab_token", "GitLabTokenDetector", "gitlab-token"),
    ("ibm_cos_hmac", "IbmCosHmacDetector", "ibm-cos-key"),
    ("jwt", "JwtTokenDetector", "jwt"),
    ("mailchimp", "MailchimpDetector", "mailchimp-key"),
    ("npm", "NpmDetector", "npm-token"),
    ("openai", "OpenAIDetector", "openai-key"),
    ("private_key", "PrivateKeyDetector", "private-key"),
    ("pypi_token", "PypiTokenDetector", "pypi-token"),
    ("sendgrid", "SendGridDetector", "sendgrid-key"),
    ("slack", "SlackDetector", "slack-token"),
    ("softlayer", "SoftlayerDetector", "softlayer-key"),
    ("square_oauth", "SquareOAuthDetector", "square-secret"),
    ("stripe", "StripeDetector", "stripe-key"),
)

#: Longer lines are searched in pieces that overlap by more than any format is long.
_PIECE = 8_192
_OVERLAP = 2_048
_BLOCK = 65_536
#: A key's body: a line that only names a key has none behind it.
_KEY_BODY = re.compile(r"[A-Za-z0-9+/]{40}")
_LINES_TO_BODY = 8
_MOST_NAMED = 2


class Found(NamedTuple):
    """One credential: its kind, the file (or what else the text is of) and the line, from 1."""

    kind: str
    path: str
    line: int


class Detector(Protocol):
    """What detect-secrets' plugins offer."""

    def analyze_string(self, string: str) -> Iterable[str]:
        """The secrets in a text."""


def read_diff_credentials(read: Read, round: Round) -> Sequence[Reading]:
    """Raised when the branch, the index or one of the files holds a credential.

    Raises: SourceFailed when nothing was found and not everything could be searched.
    """
    found: list[Found] = []
    problems: list[str] = []
    searched: list[str] = []
    try:
        lines = added_lines(read.settings["base"], round)
        searched.append(f"{len(lines)} lines added since {quoted(read.settings['base'], 60)}")
        found.extend(scan_lines(lines, round.deadline))
    except SourceFailed as problem:
        problems.append(str(problem))
    for pattern in read.settings.get("files") or ():
        try:
            searched.append(f"{_scan_files(pattern, round, found)} files of {quoted(pattern, 60)}")
        except SourceFailed as problem:
            problems.append(str(problem))
    if found:
        unique = list(dict.fromkeys(found))
        value = str(len(unique))
        return [read.raised(told(unique), round, value=value, unit="credentials", threshold="0")]
    if problems:
        raise SourceFailed("; ".join(problems[:2]))
    return [read.clear(f"no credential is known in {', '.join(searched)}", round, value="0")]


def scan_text(text: str, name: str) -> list[Found]:
    """The credentials in a text, all of its lines counted; `name` is what findings call it."""
    lines = (Line(name, number, line) for number, line in enumerate(text.split("\n"), 1))
    return scan_lines(list(lines))


def scan_diff(diff: bytes) -> list[Found]:
    """The credentials in the lines that a unified diff adds, by the files and lines that it names."""
    return scan_lines(list(lines_of_diff(diff)))


def _scan_files(pattern: str, round: Round, found: list[Found]) -> int:
    """Search the files that a pattern names; how many there were. Raises: SourceFailed.

    A pattern that matches nothing names nothing that could leak; a file that is named must be there.
    """
    source = {"kind": "file", "source": pattern, "path": pattern}
    try:
        contents = read_each(pattern, round._replace(sources={pattern: source}))
    except FileMissing:
        if "*" in pattern:
            return 0
        raise
    failures = [content for content in contents if isinstance(content, SourceFailed)]
    for content in contents:
        if not isinstance(content, SourceFailed):
            text = content.data.decode("utf-8", "replace")
            lines = [Line(content.path, n, line) for n, line in enumerate(text.split("\n"), 1)]
            found.extend(scan_lines(lines, round.deadline))
    if failures:
        raise failures[0]
    return len(contents)


def told(found: Sequence[Found]) -> str:
    """What was found and where, on one line that names a few; never the text of a credential."""
    named_ones = [f"{one.kind} in {named(one.path)} line {one.line}" for one in found[:_MOST_NAMED]]
    more = len(found) - len(named_ones)
    return "; ".join(named_ones) + (f"; and {more} more" if more else "")


def scan_lines(lines: Sequence[Line], deadline: float | None = None) -> list[Found]:
    """The credentials in lines, each kind once a line. Raises: SourceFailed after the deadline."""
    found: list[Found] = []
    for first, block in _blocks(lines):
        suspects: dict[str, Detector] = {}
        may_hold = False
        for text in _pieces("\n".join([line.text for line in block])):
            if deadline is not None and time.monotonic() >= deadline:
                raise SourceFailed("there was no time left to search what was added")
            suspects |= {kind: one for one, kind in _detectors() if any(one.analyze_string(text))}
            may_hold = may_hold or may_hold_secret(text)
        if not suspects and not may_hold:
            continue
        for number, line in enumerate(block, first):
            kinds = _kinds_in(line.text, suspects)
            if "private-key" in kinds and not _has_body(lines, number):
                kinds.discard("private-key")
            found.extend(Found(kind, line.path, line.number) for kind in sorted(kinds))
    return found


def _blocks(lines: Sequence[Line]) -> Iterator[tuple[int, Sequence[Line]]]:
    """Neighbouring lines to search at once, behind the index of the first; a long line comes alone."""
    first, size = 0, 0
    for number, line in enumerate(lines):
        length = len(line.text) + 1
        if number > first and (size + length > _BLOCK or length > _PIECE or size > _BLOCK):
            yield first, lines[first:number]
            first, size = number, 0
        size = _BLOCK + 1 if length > _PIECE else size + length
    if first < len(lines):
        yield first, lines[first:]


def _pieces(text: str) -> list[str]:
    """A text in overlapping pieces where one of its lines is too long for patterns to be run over it."""
    if len(text) <= _PIECE or "\n" in text:
        return [text]
    return [text[at : at + _PIECE] for at in range(0, len(text) - _OVERLAP, _PIECE - _OVERLAP)]


def _kinds_in(text: str, suspects: Mapping[str, Detector]) -> set[str]:
    """The kinds of credentials in one line: the detectors' words for it, else our own."""
    kinds: set[str] = set()
    for piece in _pieces(text):
        for kind, detector in suspects.items():
            secrets = detector.analyze_string(piece)
            if any(kind == "private-key" or not is_example(kind, secret) for secret in secrets):
                kinds.add(kind)
        if not kinds and may_hold_secret(piece):
            kinds.update(formats_in(piece))
    return kinds


def _has_body(lines: Sequence[Line], number: int) -> bool:
    """Whether a key, and not only its label, begins in a line."""
    path = lines[number].path
    following = lines[number : number + _LINES_TO_BODY]
    return any(_KEY_BODY.search(line.text) for line in following if line.path == path)


@cache
def _detectors() -> tuple[tuple[Detector, str], ...]:
    """The detectors and what we call their findings; loading them takes a fifth of a second."""
    made: list[tuple[Detector, str]] = []
    for module, name, kind in DETECTORS:
        detector: Any = getattr(import_module(f"detect_secrets.plugins.{module}"), name)()
        made.append((detector, kind))
    return tuple(made)
