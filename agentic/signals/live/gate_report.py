"""The GateReport: what a gate measured, of what, and its verdict, as a file that signals can read.

Evaluation, fairness, tests, canaries, cost, data freshness and deploy health all hand over this one
document; docs/schemas/gate-report.schema.json is generated from here, and version 1 does not change.

The four verdicts are those that an analysis of Argo Rollouts ends with (Successful, Failed, Inconclusive,
Error). A result is, as in a Keptn evaluation, a metric with its value and the criterion it was held
against. The producer's `run` is the in-toto test result's link to the run, the artefact's digest is what
an in-toto subject is matched by. Not borrowed: scores and warnings, which hide the gate that failed.
Sources (checked 2026-11-21):
https://github.com/argoproj/argo-rollouts/blob/master/pkg/apis/rollouts/v1alpha1/analysis_types.go,
https://github.com/keptn/spec/blob/master/cloudevents.md (sh.keptn.event.evaluation.finished),
https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

from agentic.signals.live.bounds import COMPARISONS, meets
from agentic.signals.live.documents import (
    LINE_PATTERN,
    WORD_PATTERN,
    Closed,
    Count,
    Line,
    Moment,
    Number,
    Sentence,
    VersionOne,
    Word,
    parse_document,
)

Verdict = Literal["pass", "fail", "inconclusive", "error"]
Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{7,64}$")]
#: Source: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests (checked 2026-11-21)
Digest = Annotated[str, StringConstraints(pattern=r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")]


#: Attribute -> value; the schema is written out, because key patterns are generated in many ways.
Slice = Annotated[
    dict[Word, Line],
    Field(max_length=8),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": 8,
            "propertyNames": {"maxLength": 120, "pattern": WORD_PATTERN},
            "additionalProperties": {"type": "string", "maxLength": 300, "pattern": LINE_PATTERN},
        }
    ),
]


class Producer(Closed):
    """Who measured."""

    name: Word
    """The program or workflow; a newer report of the same one replaces an older one."""
    version: Word | None = None
    run: Annotated[str, StringConstraints(max_length=500, pattern=r"^\S+$")] | None = None
    """The URL or the id of the run, where its logs are."""


class Subject(Closed):
    """What was measured, as far as it is known. The service and the environment are the scope."""

    service: Word
    environment: Word | None = None
    """As in `production`; absent: what was measured says nothing about where it will run."""
    model: Word | None = None
    model_version: Word | None = None
    commit: Commit | None = None
    artefact: Digest | None = None
    """The digest of the image, wheel or model file, as in `sha256:...`."""


class Limit(Closed):
    """Exactly one of these, which the value must meet to pass; `between` includes both ends."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [name], "properties": {name: {"not": {"type": "null"}}}}
                for name in (*COMPARISONS, "between")
            ]
        }
    )

    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    between: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None

    @model_validator(mode="after")
    def _one_of_all(self) -> Limit:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                "needs exactly one of `above`, `at_least`, `below`, `at_most`, `between`"
            )
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError("has a `between` whose first number is the greater one")
        return self

    def is_met_by(self, value: float) -> bool:
        """Whether a value lies on the right side."""
        return meets(self.model_dump(), value)


class Explanation(Closed):
    """Why a person accepts a result that looks wrong."""

    text: Sentence
    by: Annotated[str, StringConstraints(min_length=2, max_length=120, pattern=r"^\S(.*\S)?$")]
    """The person who says so."""
    at: Moment


class Result(Closed):
    """One measurement, what it was held against, and the verdict."""

    gate: Word
    measurement: Word
    """What was measured, as in `roc_auc`; signals name it."""
    value: Number | None
    """Null when there is none: it could not be measured, or the gate is a plain yes or no."""
    unit: Line = ""
    bound: Limit | None = None
    verdict: Verdict
    """`inconclusive`: measured, but it proves nothing; `error`: it could not be measured."""
    samples: Count | None = None
    """How many events, rows or tests the value rests on."""
    slice: Slice = {}
    """The group that was measured, as in {"country": "DE"}; empty: everybody."""
    explanation: Explanation | None = None
    because: Sentence | None = None
    """What went wrong, in one sentence."""

    @model_validator(mode="after")
    def _a_pass_holds(self) -> Result:
        if self.verdict == "pass" and self.bound is not None:
            if self.value is None:
                raise ValueError("has the verdict `pass` and a bound, but no value")
            if not self.bound.is_met_by(self.value):
                raise ValueError("has the verdict `pass`, but its value does not meet its bound")
        return self


class GateReport(Closed):
    """What gates measured of one subject at one moment."""

    version: VersionOne
    kind: Literal["gate-report"]
    produced_at: Moment
    producer: Producer
    subject: Subject
    results: Annotated[list[Result], Field(min_length=1, max_length=1000)]


def parse_gate_report(data: bytes, name: str) -> GateReport:
    """The report that bytes spell. Raises: InvalidDocument with all problems in one line each."""
    return parse_document(GateReport, data, name)
