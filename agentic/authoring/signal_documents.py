"""The shape of signals in policy documents: sources (where to ask), reads (what to ask), services.

A signal has any number of reads; each gives readings of its own and the strictest counts. Reads that need
a connection name a `source`; the others read the clock, the journal or the call itself. Kinds of reads are
registered in `agentic.signals.registry`.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from agentic.authoring.times import (
    CronWindow,
    DateRange,
    Zone,
    checked_country,
    checked_subdivision,
)
from agentic.authoring.vocabulary import (
    Closed,
    Day,
    Duration,
    Environment,
    Line,
    Pattern,
    Sentence,
    SignalName,
    TimeOfDay,
    Word,
)

Severity = Literal["info", "warning", "high", "critical"]
Number = Annotated[float, Field(allow_inf_nan=False)]
Query = Annotated[str, Field(min_length=1, max_length=4000)]


def checked_url(text: Any, *, with_query: bool = False) -> str:
    """An http(s) address without user, password and fragment, and without a query unless it may have one.

    Raises ValueError, which never quotes it.
    """
    if isinstance(text, str) and len(text) <= 2000 and text.isprintable() and " " not in text:
        try:
            parts = urlsplit(text)
            is_plain = not (parts.username or parts.password or parts.fragment)
            is_plain = is_plain and (with_query or not parts.query)
            if (
                parts.scheme in ("http", "https")
                and parts.hostname
                and is_plain
                and parts.port != 0
            ):
                return text.rstrip("/")
        except ValueError:
            pass
    raise ValueError("is not an address like `https://host:9090`, without user, password and query")


Url = Annotated[str, BeforeValidator(checked_url)]
CalendarUrl = Annotated[str, BeforeValidator(partial(checked_url, with_query=True))]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


# Sources


class SecretReference(Closed):
    """Where a token comes from; never the token itself. Exactly one of both."""

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    file: Annotated[str, Field(pattern=r"^[/~]")] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> SecretReference:
        if (self.env is None) == (self.file is None):
            raise ValueError("needs either `env` or `file`")
        return self


class Reasoned(Closed):
    """A relaxation that must say why it is safe."""

    because: Sentence


class Connection(Closed):
    """What every HTTP source has. Proxy and CA come from here, never from the session's environment."""

    source: Word
    url: Url
    token: SecretReference | None = None
    token_scheme: Word = "Bearer"  # noqa: S105 - the word before the token
    user: Word | None = None
    password: SecretReference | None = None
    headers: dict[Word, Line] = {}
    ca_file: Annotated[str, Field(pattern=r"^/")] | None = None
    client_cert_file: Annotated[str, Field(pattern=r"^/")] | None = None
    client_key_file: Annotated[str, Field(pattern=r"^/")] | None = None
    proxy: Url | None = None
    timeout: Duration = 5
    max_bytes: Annotated[int, Field(ge=1024, le=67_108_864)] = 4_194_304
    allow_http: Reasoned | None = None


class PrometheusSource(Connection):
    """A Prometheus, or what speaks its HTTP API (Thanos, Mimir, VictoriaMetrics)."""

    kind: Literal["prometheus"]


class AlertmanagerSource(Connection):
    """An Alertmanager with API v2."""

    kind: Literal["alertmanager"]


class GithubSource(Connection):
    """One repository at GitHub or GitHub Enterprise."""

    kind: Literal["github"]
    #: For GitHub Enterprise Server the URL ends in `/api/v3`.
    url: Url = "https://api.github.com"
    #: `owner/name`, neither of them only dots.
    repository: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_-]+/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$")
    ]


class PagerdutySource(Connection):
    """PagerDuty's REST API."""

    kind: Literal["pagerduty"]
    url: Url = "https://api.pagerduty.com"
    token_scheme: Word = "Token"  # noqa: S105 - as above


class WebCalendarSource(Connection):
    """An iCalendar document behind a URL, whose query may hold what names the calendar."""

    url: CalendarUrl
    kind: Literal["web-calendar"]


class FileSource(Closed):
    """A file: an iCalendar, a report, an SLO definition, an incident file.

    A relative path is below the workspace. Whoever works in a workspace could have written a file there,
    so what such a file says may raise a signal; it clears one only when `sha256` pins its content or
    `may_clear` says why it can be believed.
    """

    kind: Literal["file"]
    source: Word
    path: Pattern
    sha256: Sha256 | None = None
    may_clear: Reasoned | None = None
    max_bytes: Annotated[int, Field(ge=1024, le=67_108_864)] = 4_194_304


Source = Annotated[
    PrometheusSource
    | AlertmanagerSource
    | GithubSource
    | PagerdutySource
    | WebCalendarSource
    | FileSource,
    Field(discriminator="kind"),
]


# Reads


class Bound(Closed):
    """When a value raises: exactly one of these; `between` includes both ends."""

    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    between: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None

    @model_validator(mode="after")
    def _one_of_all(self) -> Bound:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                "needs exactly one of `above`, `at_least`, `below`, `at_most`, `between`"
            )
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError("has a `between` whose first number is the greater one")
        return self


class ScopeLabels(Closed):
    """Which labels of a sample or an alert tell its service and its environment."""

    service: Word = "service"
    environment: Word = "environment"


class Read(Closed):
    """What every read has. `environments`, where given, limit what its readings are about."""

    #: Kinds of sources it can be read from; empty where it needs none.
    FROM: ClassVar[tuple[str, ...]] = ()

    environments: Annotated[list[Environment], Field(min_length=1)] | None = None


class ClockRead(Read):
    """Raised outside the hours in which people watch."""

    kind: Literal["clock"]
    zone: Zone
    days: Annotated[list[Day], Field(min_length=1)]
    start: TimeOfDay
    end: TimeOfDay


class HolidaysRead(Read):
    """Raised on public holidays of a country (ISO 3166), whole days in a zone."""

    kind: Literal["holidays"]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    subdivision: Word | None = None
    zone: Zone
    also: list[DateRange] = []
    exceptions: list[DateRange] = []

    @field_validator("country")
    @classmethod
    def _known_country(cls, code: str) -> str:
        return checked_country(code)

    @field_validator("subdivision")
    @classmethod
    def _known_subdivision(cls, code: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")  # absent when it was refused itself
        return code if code is None or country is None else checked_subdivision(code, country)


class CalendarRead(Read):
    """Raised during the events of an iCalendar; all-day events are days in `zone`."""

    FROM = ("file", "web-calendar")
    kind: Literal["calendar"]
    source: Word
    zone: Zone
    #: Only events whose summary or category holds one of these words; none given: all events.
    words: list[Line] = []
    exceptions: list[DateRange] = []


class WindowsRead(Read):
    """Raised in recurring windows and dated ranges, without any calendar file."""

    kind: Literal["windows"]
    zone: Zone
    windows: list[CronWindow] = []
    also: list[DateRange] = []
    exceptions: list[DateRange] = []

    @model_validator(mode="after")
    def _can_be_raised(self) -> WindowsRead:
        if not self.windows and not self.also:
            raise ValueError("needs `windows` or `also`, else it is never raised")
        return self


class AlertsRead(Read):
    """Raised while an alert of enough severity fires; silenced ones count and say by whom.

    `watchdog` is the alert that always fires: without it an empty list proves nothing.
    """

    FROM = ("alertmanager", "prometheus")
    kind: Literal["alerts"]
    source: Word
    matchers: list[Line] = []
    severities: Annotated[list[Severity], Field(min_length=1)] = ["high", "critical"]
    severity_label: Word = "severity"
    labels: ScopeLabels = ScopeLabels()
    watchdog: Word = "Watchdog"
    no_watchdog: Reasoned | None = None


class Samples(Closed):
    """How many events a value must rest on: below `at_least` it proves nothing."""

    query: Query
    at_least: Annotated[float, Field(gt=0)]


class Freshness(Closed):
    """A query for the age in seconds of pushed data: above `at_most` the value is stale."""

    query: Query
    at_most: Duration


class PromqlRead(Read):
    """Raised where the result of a query is beyond a bound, for each series by its own labels."""

    FROM = ("prometheus",)
    kind: Literal["promql"]
    source: Word
    query: Query
    raised_when: Bound
    unit: Line = ""
    for_s: Duration = Field(alias="for", default=0)
    labels: ScopeLabels = ScopeLabels()
    minimum_series: Annotated[int, Field(ge=1)] = 1
    samples: Samples | None = None
    freshness: Freshness | None = None
    #: What an empty result means: unknown, unless the query is one that is empty when all is well.
    when_empty: Literal["unknown", "raised", "clear"] = "unknown"
    when_nan: Literal["unknown", "raised", "clear"] = "unknown"
    because: Sentence | None = None

    @model_validator(mode="after")
    def _a_clear_has_a_reason(self) -> PromqlRead:
        if "clear" in (self.when_empty, self.when_nan) and self.because is None:
            raise ValueError("needs a `because` for the `clear` that stands for no data")
        return self


class Slo(Closed):
    """An objective with its error ratio as two PromQL expressions; `$window` is replaced by a duration."""

    name: Word
    service: Word | None = None
    objective: Annotated[float, Field(gt=0, lt=1)]
    period: Duration = 2_592_000
    errors: Query
    total: Query


class SloRead(Read):
    """What burn-rate and error-budget share: one inline SLO, or a definition file in a known format."""

    FROM = ("prometheus",)
    source: Word
    slo: Slo | None = None
    #: A `file` source with an OpenSLO v1, Sloth or Pyrra document, and which SLO in it (all when absent).
    definition: Word | None = None
    slo_name: Word | None = None
    labels: ScopeLabels = ScopeLabels()
    #: Events in the window that a ratio must rest on.
    minimum_events: Annotated[float, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _one_of_both(self) -> SloRead:
        if (self.slo is None) == (self.definition is None):
            raise ValueError("needs either `slo` or `definition`")
        return self


class BurnWindow(Closed):
    """One pair of windows: the share of the period's budget that the long one may use up."""

    budget_share: Annotated[float, Field(gt=0, le=1)]
    long: Duration
    short: Duration
    severity: Severity


class BurnRateRead(SloRead):
    """Raised when the budget burns too fast in a long and a short window at once."""

    kind: Literal["burn-rate"]
    windows: Annotated[list[BurnWindow], Field(min_length=1)] | None = None


class ErrorBudgetRead(SloRead):
    """Raised when at most this share of the period's error budget is left."""

    kind: Literal["error-budget"]
    remaining_at_most: Annotated[float, Field(ge=0, lt=1)] = 0.0


#: A label of GitHub. In a question a comma would mean two labels at once.
LabelName = Annotated[
    str,
    Field(
        max_length=100,
        pattern=r"^[^\s,\x00-\x1f\x7f]([^,\x00-\x1f\x7f]*[^\s,\x00-\x1f\x7f])?$",
    ),
]


class GithubIssuesRead(Read):
    """Raised while an issue with one of the labels is open, set by somebody with write permission.

    Labels `service:NAME` and `env:NAME` on the issue narrow what it is about, under the same condition.
    """

    FROM = ("github",)
    kind: Literal["github-issues"]
    source: Word
    labels: Annotated[list[LabelName], Field(min_length=1, max_length=10)] = ["incident"]
    #: Label -> severity; `P1`, `sev2` and `severity:high` are known without it.
    severities: dict[LabelName, Severity] = {}
    #: Apps whose labels count like a person's (`pagerduty[bot]`); any other app's leaves it unknown.
    trusted_apps: list[Word] = []


class GithubDeploymentsRead(Read):
    """Raised when a deployment within the time was a rollback, by its task, description or payload."""

    FROM = ("github",)
    kind: Literal["github-rollbacks"]
    source: Word
    within: Duration = 21_600
    words: Annotated[list[Word], Field(min_length=1)] = ["rollback"]


#: What a service's address at PagerDuty ends in: `PIJ90N7`.
ServiceId = Annotated[str, Field(pattern=r"^[A-Z0-9]{4,40}$")]


class PagerdutyRead(Read):
    """Raised while an incident is triggered or acknowledged, for the service that it is on."""

    FROM = ("pagerduty",)
    kind: Literal["pagerduty-incidents"]
    source: Word
    #: None given: every service that the token may see.
    services: Annotated[list[ServiceId], Field(max_length=20)] = []
    urgencies: Annotated[list[Literal["high", "low"]], Field(min_length=1)] = ["high"]


class DocumentRead(Read):
    """What reads of report files have: how old a document may be, by its own moment, and still clear."""

    FROM = ("file",)
    source: Word
    document_max_age: Duration = 86_400


class IncidentFileRead(DocumentRead):
    """Raised while a file says that an incident is open; its shape is in docs/SIGNALS.md."""

    kind: Literal["incident-file"]
    document_max_age: Duration = 3600
    #: Only incidents this bad; none given: all.
    severities: Annotated[list[Severity], Field(min_length=1)] | None = None


class GateReportRead(DocumentRead):
    """Raised by one measurement of gate reports, or by gates that fail; each with its own scope."""

    kind: Literal["gate-report"]
    #: The measurement whose value is compared, or whose verdict counts; absent: every gate's verdict.
    measurement: Word | None = None
    raised_when: Bound | None = None
    #: A written explanation in the report clears it: a person looked.
    unless_explained: bool = False

    @model_validator(mode="after")
    def _a_bound_has_a_measurement(self) -> GateReportRead:
        if self.raised_when is not None and self.measurement is None:
            raise ValueError("needs a `measurement` for its `raised_when`")
        return self


class DriftReportRead(DocumentRead):
    """Raised when a feature's drift is above `multiple` times its own alert threshold."""

    kind: Literal["drift-report"]
    multiple: Annotated[float, Field(gt=0)] = 2.0
    #: Raised instead when the newest report is older than this.
    heartbeat: Duration | None = None


class DiffCredentialsRead(Read):
    """Raised when detect-secrets finds a credential in what the branch adds since `base`, or in files."""

    kind: Literal["diff-credentials"]
    base: Word = "origin/HEAD"
    files: list[Pattern] = []


class CallCredentialsRead(Read):
    """Raised when the call itself holds a credential in plain text."""

    kind: Literal["call-credentials"]


class RollbacksRead(Read):
    """Raised when the journal holds a rollback within the time."""

    kind: Literal["rollbacks"]
    within: Duration = 21_600


class OpenChangesRead(Read):
    """Raised when another session's change of the same target has begun and not ended."""

    kind: Literal["open-changes"]
    within: Duration = 1800


class RepeatedCallsRead(Read):
    """Raised when one session was refused, or repeated one call, too often in a short time."""

    kind: Literal["repeated-calls"]
    within: Duration = 300
    refused: Annotated[int, Field(ge=2)] = 8
    repeated: Annotated[int, Field(ge=3)] = 20


AnyRead = Annotated[
    ClockRead
    | HolidaysRead
    | CalendarRead
    | WindowsRead
    | AlertsRead
    | PromqlRead
    | BurnRateRead
    | ErrorBudgetRead
    | GithubIssuesRead
    | GithubDeploymentsRead
    | PagerdutyRead
    | IncidentFileRead
    | GateReportRead
    | DriftReportRead
    | DiffCredentialsRead
    | CallCredentialsRead
    | RollbacksRead
    | OpenChangesRead
    | RepeatedCallsRead,
    Field(discriminator="kind"),
]


class SignalEntry(Closed):
    """A signal that escalators may name; configured only when it has a read.

    The shipped policy and whoever adds a signal say its `meaning`; a layer that only adds reads to a known
    signal need not repeat it. A CLEAR holds for `max_age`.
    """

    signal: SignalName
    meaning: Sentence | None = None
    severity: Severity = "warning"
    max_age: Duration = 300
    reads: list[AnyRead] = []


def _telling_pattern(pattern: str) -> str:
    """The pattern. Raises ValueError for one that covers whatever there is."""
    if not any(character.isalnum() for character in pattern):
        raise ValueError(
            "covers every target, so the alerts of all other services would be left out"
        )
    return pattern


class ServiceEntry(Closed):
    """A service by name and the targets that are it, so that another service's alert stays out.

    The name is a pattern, too. What covers every target is refused: an operation that is about one declared
    service is not touched by the others' alerts.
    """

    service: Annotated[Word, AfterValidator(_telling_pattern)]
    targets: list[Annotated[Pattern, AfterValidator(_telling_pattern)]] = []
