"""The monitoring file as text and back: what is declared survives, and what was edited is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.authoring.sources import LayerFiles
from agentic.authoring.validate import parse_policy
from agentic.errors import CheckFailed
from agentic.hosts.sources import (
    FILE_NAME,
    Address,
    Monitoring,
    PinnedFile,
    Repository,
    Secret,
    Standing,
    merged,
    monitoring_of,
    read_monitoring,
    rendered,
    slo_source,
    standing_of,
)

HOSTS = st.sampled_from(["a.example", "b.example:9090", "127.0.0.1:9093", "[::1]:9090"])
SECRETS = st.one_of(
    st.none(),
    st.builds(Secret, st.just("env"), st.sampled_from(["TOKEN", "yes", "NULL"])),
    st.builds(Secret, st.just("file"), st.sampled_from(["/run/token", "/a b/t: x", "/é'\"#"])),
)
REASONS = st.sampled_from(["", "inside the cluster only", 'they say: "safe", #1 - true'])
ADDRESSES = st.builds(
    Address,
    st.builds(
        lambda scheme, host, path: f"{scheme}://{host}{path}",
        st.sampled_from(["http", "https"]),
        HOSTS,
        st.sampled_from(["", "/prometheus", "/a%20b/~c"]),
    ),
    SECRETS,
    st.sampled_from(["", "/etc/ssl/ours.pem"]),
    REASONS,
)
FILES = st.builds(
    PinnedFile,
    st.sampled_from(["freezes.ics", "ops/on-call: EU.ics", "/srv/ü/freeze.ics", "yes", "1.5"]),
    st.sampled_from(["", "a" * 64, "0" * 64]),
)
SLOS = st.lists(FILES, max_size=3, unique_by=slo_source).map(
    lambda files: tuple(sorted(files, key=slo_source))
)
MONITORINGS = st.builds(
    Monitoring,
    st.none() | ADDRESSES,
    st.none() | ADDRESSES,
    st.none() | ADDRESSES | FILES,
    st.none()
    | st.builds(
        Repository,
        st.sampled_from(["octo/shop", "a-b/c_d.e"]),
        st.sampled_from(["", "https://git.example/api/v3"]),
        SECRETS,
        st.sampled_from(["", "/etc/ssl/ours.pem"]),
    ),
    SLOS,
    st.sampled_from(["UTC", "America/New_York"]),
)


def standing(data: bytes) -> Standing:
    """A layer that holds nothing else."""
    return Standing(LayerFiles("workspace", "/x", ((FILE_NAME, data),), "digest"), may_trust=True)


@given(MONITORINGS)
def test_what_is_declared_comes_back(monitoring: Monitoring) -> None:
    zone = monitoring.zone if monitoring.calendar else ""
    expected = monitoring._replace(zone=zone)
    data = rendered(expected)
    assert monitoring_of(parse_policy(data, "monitoring.yaml")) == expected
    assert read_monitoring(standing(data)) == expected


@given(MONITORINGS, st.integers(0, 10_000), st.sampled_from([b" ", b"#", b"\n", b"x"]))
def test_any_edit_below_the_header_is_noticed(
    monitoring: Monitoring, at: int, added: bytes
) -> None:
    data = rendered(monitoring)
    body = data.index(b"version: 1")
    at = body + at % (len(data) - body + 1)
    edited = data[:at] + added + data[at:]
    with pytest.raises(CheckFailed, match="has been edited since"):
        read_monitoring(standing(edited))


@given(MONITORINGS)
def test_naming_nothing_or_the_same_again_changes_nothing(monitoring: Monitoring) -> None:
    assert merged(monitoring, Monitoring()) == monitoring
    assert merged(monitoring, monitoring) == monitoring
    assert merged(Monitoring(), monitoring) == monitoring


@given(MONITORINGS, MONITORINGS)
def test_a_token_never_goes_to_another_address(known: Monitoring, wanted: Monitoring) -> None:
    try:
        found = merged(known, wanted)
    except CheckFailed:  # two SLO files of one name
        return
    for name in ("prometheus", "alertmanager"):
        after, before, now = (getattr(each, name) for each in (found, known, wanted))
        if now is None or before is None or now.url == before.url:
            continue
        assert after == now


def test_text_that_yaml_would_take_for_something_else_is_quoted() -> None:
    text = rendered(Monitoring(calendar=PinnedFile("yes", "1" * 64), zone="UTC")).decode()
    assert '    path: "yes"\n' in text
    assert f'    sha256: "{"1" * 64}"\n' in text


def test_no_folder_and_an_empty_one_may_be_trusted(tmp_path: Path) -> None:
    root, state = tmp_path / "project", tmp_path / "state"
    root.mkdir()
    assert standing_of(str(root), str(state)).may_trust
    (root / ".agentic").mkdir()
    assert standing_of(str(root), str(state)).may_trust
    (root / ".agentic/other.yaml").write_text("version: 1\n")
    assert not standing_of(str(root), str(state)).may_trust
