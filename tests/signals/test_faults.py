"""Everything that a source can do wrong, one row each: never CLEAR, told in one sentence, never a relaxation.

Rows of the first table run against a hostile server on loopback, those of the second against a real
Prometheus. The sentence of every row is the whole `because`.
"""

from __future__ import annotations

import datetime as dt
import re
import ssl
import time
from collections.abc import Sequence
from email.utils import formatdate
from typing import Any

import pytest
import trustme

from agentic.core.policy import Policy
from agentic.core.values import CLEAR, RAISED, RANK, UNKNOWN, Reading
from tests.signals.asking import (
    DEV,
    SIGNAL,
    STAGING,
    decided,
    policy_with,
    promql,
    readings,
    source,
)
from tests.signals.hostile import Flood, Stub, answer_json
from tests.signals.hostile_rows import HOSTILE, healthy
from tests.signals.servers import PASSWORD, Platform, Secured, free_port


def assert_no_relaxation(policy: Policy, found: Sequence[Reading]) -> None:
    """Nothing is CLEAR, and staging is decided as if the signal were raised."""
    assert found
    assert all(reading.state != CLEAR for reading in found)
    assert all("\n" not in reading.because for reading in found)
    raised = decided(policy, [Reading(SIGNAL, RAISED, "it is")])
    clear = decided(policy, [Reading(SIGNAL, CLEAR, "it is not")])
    assert (clear.mode, raised.mode) == ("CONSULT", "STOP")
    decision = decided(policy, found)
    assert decision.mode == raised.mode
    assert found[0].because in decision.because
    for command in (STAGING, DEV, "git status"):
        ignored = decided(policy, [], command)
        assert RANK[decided(policy, found, command).mode] >= RANK[ignored.mode]


def the_one(found: Sequence[Reading]) -> Reading:
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("row", HOSTILE)
def test_a_hostile_source(row: str) -> None:
    make, sentence = HOSTILE[row]
    behaviour = make()
    with Stub(behaviour) as stub:
        policy = policy_with([source(stub.url, timeout="1s")], [promql("latency")])
        started = time.monotonic()
        found = readings(policy)
        spent_s = time.monotonic() - started
        name = f"`prom` at 127.0.0.1:{stub.port} "
        asked = len(stub.requests)
    reading = the_one(found)
    assert reading.state == UNKNOWN
    assert reading.because.startswith(name)
    told = reading.because.removeprefix(name)
    assert told == sentence or re.fullmatch(sentence, told), told
    assert spent_s < 5
    assert asked == (4 if row == "redirect in a circle" else 1)
    if isinstance(behaviour, Flood):
        assert behaviour.sent < behaviour.SIZE_BYTES / 4
    assert_no_relaxation(policy, found)


def test_the_same_server_is_believed_when_it_behaves() -> None:
    """Without this, a table of faults would prove nothing."""
    told = {
        **healthy(),
        "infos": ["PromQL info: x"],
        "warnings": ["PromQL info: metric might not be"],
    }
    with Stub(answer_json(told, Date=formatdate(usegmt=True))) as stub:
        policy = policy_with([source(stub.url, timeout="1s")], [promql("latency")])
        reading = the_one(readings(policy))
    assert (reading.state, reading.because) == (CLEAR, "1 x is not above 5 x")


def test_nothing_listens() -> None:
    port = free_port()
    policy = policy_with([source(f"http://127.0.0.1:{port}")], [promql("latency")])
    found = readings(policy)
    assert the_one(found).because == (
        f"`prom` at 127.0.0.1:{port} refuses the connection: nothing listens there"
    )
    assert_no_relaxation(policy, found)


def certificate(kind: str, authority: trustme.CA) -> trustme.LeafCert:
    if kind == "of another host":
        return authority.issue_cert("other.example")
    if kind == "expired":
        yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        return authority.issue_cert("127.0.0.1", not_after=yesterday)
    return (trustme.CA() if kind == "of an unknown authority" else authority).issue_cert(
        "127.0.0.1"
    )


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("of an unknown authority", "unable to get local issuer certificate"),
        ("of another host", "IP address mismatch"),
        ("expired", "certificate has expired"),
    ],
)
def test_a_wrong_certificate(kind: str, sentence: str, tmp_path: Any) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate(kind, authority).configure_cert(context)
    with Stub(answer_json(healthy()), context) as stub:
        declared = source(stub.url, ca_file=str(tmp_path / "ca.pem"), timeout="2s")
        policy = policy_with([declared], [promql("latency")])
        found = readings(policy)
        assert stub.requests == []
    because = the_one(found).because
    assert "has a certificate that is not accepted: `" in because
    assert sentence in because
    assert_no_relaxation(policy, found)


def test_a_missing_token_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROM_TOKEN", raising=False)
    with Stub(answer_json(healthy())) as stub:
        declared = source(stub.url, token={"env": "PROM_TOKEN"})
        policy = policy_with([declared], [promql("latency")])
        found = readings(policy)
        assert stub.requests == []
    assert the_one(found).because.endswith(
        "cannot be asked: the environment variable `PROM_TOKEN` with its token is not set"
    )
    assert_no_relaxation(policy, found)


# A real Prometheus

DUPLICATES = (
    'label_replace(label_replace(vector(1), "a", "x", "", "") '
    'or label_replace(vector(2), "a", "y", "", ""), "a", "z", "", "")'
)
#: The read's fields, its state, and what is said.
REAL: dict[str, tuple[dict[str, Any], str, str]] = {
    "empty vector": ({"query": "vector(1) > 2"}, UNKNOWN, "the query has no result"),
    "unknown metric": ({"query": "no_such_metric"}, UNKNOWN, "the query has no result"),
    "NaN": (
        {"query": "vector(0) / vector(0)"},
        UNKNOWN,
        r"the value is no number \(NaN\)",
    ),
    "+Inf": ({"query": "vector(1) / vector(0)"}, RAISED, r"\+Inf x is above 5 x"),
    "-Inf below": (
        {"query": "-vector(1) / vector(0)", "raised_when": {"below": 0}},
        RAISED,
        "-Inf x is below 0 x",
    ),
    "stale sample": (
        {"query": "vector(1)", "freshness": {"query": "vector(7200)", "at_most": "10m"}},
        UNKNOWN,
        r"1 x is not above 5 x, from data whose age is 7200 s \(at most 600 s\)",
    ),
    "too few samples": (
        {"query": "vector(1)", "samples": {"query": "vector(19)", "at_least": 100}},
        UNKNOWN,
        "1 x is not above 5 x, on 19 samples where policy asks for 100",
    ),
    "duplicate series": (
        {"query": DUPLICATES},
        UNKNOWN,
        r"`prom` at [0-9.:]+ cannot answer the question \(422\): `execution: .*same labelset.*`",
    ),
    "bad PromQL": (
        {"query": "sum by (service"},
        UNKNOWN,
        r"`prom` at [0-9.:]+ refuses the question \(400\): `bad_data: .*`",
    ),
    "a string": (
        {"query": '"latency"'},
        UNKNOWN,
        r"`prom` at [0-9.:]+ answers `\"latency\"` with a `string`: only numbers can be compared",
    ),
}


@pytest.mark.parametrize("row", REAL)
def test_a_real_source(row: str, platform: Platform) -> None:
    fields, state, sentence = REAL[row]
    policy = policy_with([source(platform.prometheus)], [promql(**fields)])
    found = readings(policy)
    assert the_one(found).state == state
    assert re.fullmatch(sentence, found[0].because), found[0].because
    assert_no_relaxation(policy, found)


def test_a_plain_server_where_tls_is_expected(platform: Platform) -> None:
    url = platform.prometheus.replace("http:", "https:")
    policy = policy_with([source(url)], [promql("vector(1)")])
    found = readings(policy)
    assert "cannot be talked to over TLS: `wrong_version_number`" in the_one(found).because
    assert_no_relaxation(policy, found)


def test_the_wrong_port_of_the_platform(platform: Platform) -> None:
    policy = policy_with([source(platform.alertmanager)], [promql("latency")])
    found = readings(policy)
    assert "has no such path (404)" in the_one(found).because
    assert_no_relaxation(policy, found)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        (PASSWORD, "1 x is not above 5 x"),
        ("wrong", "does not accept our token or password (401): `Unauthorized`"),
        (None, "does not accept our token or password (401): `Unauthorized`"),
    ],
)
def test_a_real_password(
    password: str | None, sentence: str, secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = source(secured.url, ca_file=secured.ca_file, timeout="5s")
    if password:
        monkeypatch.setenv("PROM_PASSWORD", password)
        declared |= {"user": "reader", "password": {"env": "PROM_PASSWORD"}}
    policy = policy_with([declared], [promql("vector(1)")])
    found = readings(policy)
    assert the_one(found).because.endswith(sentence)
    if password == PASSWORD:
        assert found[0].state == CLEAR
    else:
        assert_no_relaxation(policy, found)


def test_a_real_certificate_of_an_unknown_authority(secured: Secured) -> None:
    policy = policy_with([source(secured.url)], [promql("vector(1)")])
    found = readings(policy)
    assert "has a certificate that is not accepted: `" in the_one(found).because
    assert_no_relaxation(policy, found)
