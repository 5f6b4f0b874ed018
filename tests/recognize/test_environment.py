"""Names to environments: words, patterns, addresses, paths, and which answer wins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.recognize.environment import (
    host_of,
    is_loopback,
    matches,
    named,
    stricter,
    strictest_named,
    words_of,
)
from tests.fakes import FACTS

PATTERNED = FACTS._replace(
    environment_names={
        "context": (("*prod", "production"), ("*nonprod*", "staging"), ("kind-*", "local")),
        "account": (("111122223333", "production"),),
        "project": (("acme-prod-sandbox", "dev"),),
        "host": (("*.internal", "staging"),),
        "region": (("eu-sovereign-1", "production"),),
    }
)


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("prod", "production"),
        ("acme-prod-eu", "production"),
        ("acmeProdEU", "production"),
        ("ACMEProd", "production"),
        ("PROD_DB", "production"),
        ("prod2", "production"),
        ("prod-01", "production"),
        ("2prod", "production"),
        ("staging", "staging"),
        ("stg.eu", "staging"),
        ("pre-prod", "staging"),
        ("preprod", "staging"),
        ("nonProd", "staging"),
        ("non_prod", "staging"),
        ("not-prod", "staging"),
        ("not-production", "staging"),
        ("preproduction", "staging"),
        ("staging-prod", "production"),
        ("prod-staging", "production"),
        ("non-prod-prod", "production"),
        ("acme-dev", "dev"),
        ("minikube", "local"),
        ("product-api", ""),
        ("reproduce", ""),
        ("devices", ""),
        ("main", ""),
        ("", ""),
    ],
)
def test_words_of_a_context(name: str, environment: str) -> None:
    assert named("context", name, FACTS) == environment


@pytest.mark.parametrize(
    ("source", "name", "environment"),
    [
        ("context", "acme-nonprod", "staging"),  # the more specific pattern
        ("context", "kind-anything", "local"),
        ("context", "ACMEPROD", "production"),
        ("account", "111122223333", "production"),
        ("cluster", "arn:aws:eks:eu-west-1:111122223333:cluster/main", "production"),
        ("project", "acme-prod-sandbox", "dev"),
        ("host", "db.internal", "staging"),
        ("host", "https://db.internal:5432/x", "staging"),
        ("region", "eu-sovereign-1", "production"),
        ("region", "prod-fake-1", ""),
    ],
)
def test_patterns_come_before_words(source: str, name: str, environment: str) -> None:
    assert named(source, name, PATTERNED) == environment


@pytest.mark.parametrize(
    ("address", "environment"),
    [
        ("https://api.prod.example.com/v1", "production"),
        ("http://localhost:8000/prod", "local"),
        ("http://127.0.0.1:9090", "local"),
        ("http://[::1]:9090", "local"),
        ("http://localhost@prod.example.com", "production"),
        ("http://127.0.0.1.prod.example.com", "production"),
        ("https://example.com/production/x", "production"),
        ("https://example.com/dev/x", ""),
        ("https://user:prod@example.com", ""),
        ("k8s://https://prod.example.com", "production"),
    ],
)
def test_addresses(address: str, environment: str) -> None:
    assert named("host", address, FACTS) in (
        {environment} if "example.com/" not in address else {environment, ""}
    )
    assert named("name", address, FACTS) == environment


@pytest.mark.parametrize(
    ("path", "environment"),
    [
        ("overlays/staging", "staging"),
        ("infra/envs/prod/main.tf", "production"),
        ("overlays/dev-eu", "dev"),
        ("values-dev.yaml", "dev"),
        ("dev.tfvars", "dev"),
        ("k8s/dev/api.yaml", "dev"),
        ("services/dev-tools/k8s/api.yaml", ""),
        ("vendor/local-cache/x.yaml", ""),
        ("services/prod-tools/x.yaml", "production"),
        ("live/dev/vpc", "dev"),
        ("infrastructure-live/staging/vpc", "staging"),
        ("live/vpc", "production"),
        ("k8s/dev/prod.yaml", "production"),
    ],
)
def test_paths(path: str, environment: str) -> None:
    assert named("path", path, FACTS) == environment


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("api-dev", "dev"),
        ("dev", "dev"),
        ("api-dev2", "dev"),
        ("dev-portal", ""),
        ("prod-api", "production"),
    ],
)
def test_a_name_is_lesser_only_by_its_last_word(name: str, environment: str) -> None:
    assert named("name", name, FACTS) == environment


def test_strictest_of_several_wins_and_says_what_told_it() -> None:
    candidates = [("context", "dev", "--context dev"), ("namespace", "prod", "-n prod")]
    assert strictest_named(candidates, FACTS) == ("production", "-n prod")
    assert strictest_named(candidates[::-1], FACTS) == ("production", "-n prod")


def test_nothing_told_is_unknown() -> None:
    assert strictest_named([("context", "main", "x"), ("namespace", "", "")], FACTS) == (
        "unknown",
        "",
    )


def test_a_computed_value_is_unknown_unless_it_says_production() -> None:
    dev = ("namespace", "dev", "-n dev")
    assert strictest_named([dev, ("computed", "$X", "x")], FACTS)[0] == "unknown"
    assert strictest_named([dev, ("computed", "prod-$X", "x")], FACTS)[0] == "production"
    assert strictest_named([dev, ("computed", "dev-$X", "x")], FACTS)[0] == "unknown"
    assert strictest_named([("computed", "prod-$X", "x")], FACTS)[0] == "production"


def test_an_operand_only_raises() -> None:
    assert strictest_named([("operand", "dev", "x")], FACTS) == ("unknown", "")
    assert strictest_named([("operand", "staging", "x")], FACTS) == ("unknown", "")
    assert strictest_named([("operand", "prod", "x")], FACTS) == ("production", "x")
    dev = ("context", "dev", "c")
    assert strictest_named([dev, ("operand", "staging", "x")], FACTS) == ("staging", "x")


names = st.text(alphabet="abcdeprodstaglive-_./:@ PRODX019", max_size=24)
sources = st.sampled_from(
    ["context", "namespace", "path", "name", "host", "operand", "bucket", "computed"]
)
RANK = {"local": 1, "dev": 2, "staging": 3, "production": 4, "unknown": 5}


@given(
    st.lists(st.tuples(sources, names, st.just("x")), max_size=5),
    st.tuples(sources, names, st.just("y")),
)
def test_another_candidate_never_lowers(
    candidates: list[tuple[str, str, str]], further: tuple[str, str, str]
) -> None:
    before = strictest_named(candidates, FACTS)
    after = strictest_named([*candidates, further], FACTS)
    if before[1]:
        assert RANK[after[0]] >= RANK[before[0]]


@given(st.lists(st.tuples(sources, names, st.just("x")), max_size=5))
def test_order_is_irrelevant(candidates: list[tuple[str, str, str]]) -> None:
    assert strictest_named(candidates, FACTS)[0] == strictest_named(candidates[::-1], FACTS)[0]


@given(st.text(max_size=40))
def test_any_name_has_words_a_host_and_an_answer(name: str) -> None:
    assert all(word == word.lower() for word in words_of(name))
    assert "/" not in host_of(name)
    assert isinstance(is_loopback(name), bool)
    for source in ("context", "path", "host", "name"):
        assert named(source, name, FACTS) in {"", "local", "dev", "staging", "production"}


@given(st.text(alphabet="ab*", max_size=8), st.text(alphabet="ab", max_size=8))
def test_matches_is_what_fnmatch_says(pattern: str, text: str) -> None:
    from fnmatch import fnmatchcase

    assert matches(pattern, text) == fnmatchcase(text, pattern)


def test_stricter() -> None:
    assert stricter("dev", "staging") == "staging"
    assert stricter("unknown", "production") == "unknown"
    assert stricter("", "local") == "local"
