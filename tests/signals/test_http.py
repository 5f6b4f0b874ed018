"""The HTTP client of sources: where it connects, what it sends, what it keeps to itself."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from agentic.signals.live.http import Client, Pool, Reply
from agentic.signals.live.interface import SourceFailed
from agentic.signals.live.session import open_session
from tests.signals.asking import TOKEN, asking, client, failure
from tests.signals.hostile import (
    Stub,
    answer,
    answer_json,
    bomb,
    by_path,
    drip,
    redirect,
    tunnel,
)
from tests.signals.servers import PASSWORD, USER, Platform, Secured, http

# Where it connects


@pytest.mark.parametrize(
    ("base", "path", "line"),
    [
        ("", "/api", b"GET /api?q=a+b%26c HTTP/1.1"),
        ("/", "/api", b"GET /api?q=a+b%26c HTTP/1.1"),
        ("/tenant/7/", "/api", b"GET /tenant/7/api?q=a+b%26c HTTP/1.1"),
        ("/x.ics?key=1", "", b"GET /x.ics?key=1&q=a+b%26c HTTP/1.1"),
        ("/x?key=1", "/api", b"GET /x/api?key=1&q=a+b%26c HTTP/1.1"),
    ],
)
def test_a_path_is_below_the_sources_url(base: str, path: str, line: bytes) -> None:
    with Stub(answer_json({"a": [1, 2.5, None]})) as stub, client(stub.url + base) as asked:
        assert asked.get_json(path, [("q", "a b&c")]) == {"a": [1, 2.5, None]}
    assert stub.requests[0].partition(b"\r\n")[0] == line


def test_a_redirect_on_the_same_origin_is_followed_with_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROM_TOKEN", TOKEN)
    behaviour = by_path(old=redirect("/new"), otherwise=answer_json("here"))
    with asking(behaviour, token={"env": "PROM_TOKEN"}) as (asked, stub):
        assert asked.get_json("/old") == "here"
    assert [b"Bearer " + TOKEN.encode() in request for request in stub.requests] == [True, True]


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://127.0.0.1:{other}/",
        "http://user:pw@127.0.0.1:{port}/",
        "//127.0.0.2:{port}/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_elsewhere_reaches_nobody(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROM_TOKEN", TOKEN)
    with Stub(answer_json("elsewhere")) as other, Stub(answer(b"")) as stub:
        stub.behaviour = redirect(location.format(port=stub.port, other=other.port))
        with client(stub.url, token={"env": "PROM_TOKEN"}) as asked:
            assert "only its own address is asked" in failure(asked)
    assert (len(stub.requests), other.requests) == (1, [])


@pytest.mark.parametrize("url", ["http://10.1.2.3:9090", "http://prometheus.example"])
def test_plain_http_to_another_machine_is_refused(url: str) -> None:
    with client(url) as asked:
        assert failure(asked).endswith(
            "is not asked over plain HTTP: use https, or say `allow_http`"
        )


@pytest.mark.parametrize(
    "secret",
    [
        {"token": {"env": "PROM_TOKEN"}},
        {"user": "ada", "password": {"env": "PROM_TOKEN"}},
        {"headers": {"authorization": "Bearer x"}},
    ],
)
@pytest.mark.parametrize("url", ["http://10.1.2.3:9090", "http://prometheus.example"])
def test_no_secret_goes_over_plain_http_whatever_is_allowed(
    url: str, secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROM_TOKEN", TOKEN)
    with client(url, allow_http={"because": "a lab"}, **secret) as asked:
        assert failure(asked).endswith("has a token, which is not sent over plain HTTP: use https")


def test_a_proxy_makes_loopback_another_machine() -> None:
    with client("http://127.0.0.1:9", proxy="http://127.0.0.1:8") as asked:
        assert "plain HTTP" in failure(asked)


def test_a_proxy_is_the_settings_proxy_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    with Stub(answer_json("proxied")) as proxy, Stub(answer_json("direct")) as stub:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        with client(stub.url) as asked:
            assert asked.get_json("/x") == "direct"
        assert proxy.requests == []
        allowed = {"allow_http": {"because": "a lab"}}
        with client("http://prometheus.example", proxy=proxy.url, **allowed) as asked:
            assert asked.get_json("/x") == "proxied"
    assert proxy.requests[0].startswith(b"GET http://prometheus.example/x HTTP/1.1")


def test_https_goes_through_a_proxy_as_a_tunnel(secured: Secured) -> None:
    settings = {"ca_file": secured.ca_file}
    with Stub(tunnel) as proxy, client(secured.url, proxy=proxy.url, **settings) as asked:
        assert "does not accept our token or password (401)" in failure(asked)
    assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:")
    for behaviour in (answer(b"", "403 Forbidden"), answer(b"", "407 Who")):
        with Stub(behaviour) as proxy, client(secured.url, proxy=proxy.url, **settings) as asked:
            assert failure(asked).endswith("cannot be reached through its proxy")


def test_a_proxy_that_drips_is_given_up() -> None:
    slow = drip(b"HTTP/1.1 200 OK\r\nX-Slow:")
    with Stub(slow) as proxy, client("https://h.example", 0.3, proxy=proxy.url) as asked:
        started = time.monotonic()
        failure(asked)
        assert time.monotonic() - started < 3


def test_the_environment_says_nothing(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No CA bundle and no .netrc of the session: an agent sets both."""
    host = secured.url.removeprefix("https://").partition(":")[0]
    (tmp_path / ".netrc").write_text(f"machine {host} login {USER} password {PASSWORD}\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, secured.ca_file)
    with client(secured.url) as asked:
        assert "has a certificate that is not accepted" in failure(asked)
    with client(secured.url, ca_file=secured.ca_file) as asked:
        assert "does not accept our token or password (401)" in failure(asked)


def test_a_client_certificate_is_shown(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    files = {
        name: str(tmp_path / name) for name in ("ca_file", "client_cert_file", "client_key_file")
    }
    mine = authority.issue_cert("client.example")
    authority.cert_pem.write_to_path(files["ca_file"])
    mine.cert_chain_pems[0].write_to_path(files["client_cert_file"])
    mine.private_key_pem.write_to_path(files["client_key_file"])
    with Stub(answer_json("known"), context) as stub:
        with client(stub.url, **files) as asked:
            assert asked.get_json("/x") == "known"
        with client(stub.url, ca_file=files["ca_file"]) as asked:
            failure(asked)
        with client(stub.url, **{**files, "client_key_file": "/nowhere/key"}) as asked:
            assert failure(asked).endswith(
                "cannot be asked: its `client_key_file` `/nowhere/key` cannot be read"
            )
    assert len(stub.requests) == 1


# What it keeps


def test_no_cookie_is_kept() -> None:
    with asking(answer_json(1, Set_Cookie="session=1; Path=/")) as (asked, stub):
        asked.get_json("/x")
        asked.get_json("/x")
    assert b"cookie" not in stub.requests[1].lower()


def test_an_error_is_a_reply_for_who_wants_it() -> None:
    with asking(answer(b"gone", "410 Gone", X_Why="moved")) as (asked, _):
        reply = asked.get("/x")
    assert (reply.status, reply.headers["x-why"], reply.body) == (410, "moved", b"gone")


@pytest.mark.parametrize(
    ("date", "skew"),
    [
        ("Sat, 21 Nov 2026 10:10:00 GMT", 600.0),
        ("Sat, 21 Nov 2026 09:50:00 GMT", -600.0),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_replys_date_tells_the_servers_clock(date: str, skew: float | None) -> None:
    settings = {"kind": "prometheus", "source": "prom", "url": "http://127.0.0.1:9"}
    now = 1_795_255_200  # Saturday 2026-11-21 10:00 UTC
    asked = Client(settings, open_session(), time.monotonic() + 1, now)
    assert asked.clock_skew_s(Reply(200, {"Date": date}, b"")) == skew


def test_a_bomb_is_not_unpacked() -> None:
    behaviour = bomb(104_857_600)
    with asking(behaviour, max_bytes=1_048_576) as (asked, _):
        tracemalloc.start()
        told = failure(asked)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert told.endswith("answers more than 1,048,576 bytes (`max_bytes`)")
    assert peak_bytes < 8_388_608


# Time, connections, threads


def test_a_round_that_is_over_asks_nobody() -> None:
    with Stub(answer_json(1)) as stub, client(stub.url, deadline_s=-1) as asked:
        assert failure(asked).endswith("was not asked: the time of this round is over")
        assert stub.requests == []


def test_the_deadline_of_the_round_is_everybodys() -> None:
    def slow(connection: socket.socket, _head: bytes) -> None:
        connection.recv(1)

    with Stub(slow) as stub, client(stub.url, deadline_s=0.3) as asked:
        started = time.monotonic()
        assert "gave no whole answer within 0.3 s" in failure(asked)
        assert time.monotonic() - started < 3


def test_many_threads_share_one_client_and_few_connections(platform: Platform) -> None:
    with client(platform.prometheus) as asked:
        gate = threading.Barrier(8)

        def ask(number: int) -> Any:
            if number < 8:
                gate.wait(10)
            answered = asked.get_json("/api/v1/query", [("query", f"vector({number})")])
            return answered["data"]["result"][0]["value"][1]

        before = connections_of(platform)
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(ask, range(200))) == [str(number) for number in range(200)]
        assert connections_of(platform) - before <= 9  # ours, and the one that asks


def connections_of(platform: Platform) -> int:
    """How many connections Prometheus has accepted since it started, by its own count."""
    told = http("GET", f"{platform.prometheus}/metrics").text
    (line,) = [
        one
        for one in told.splitlines()
        if one.startswith("net_conntrack_listener_conn_accepted_total")
    ]
    return int(float(line.rpartition(" ")[2]))


def test_a_pool_knows_the_sources_of_policy_and_no_others() -> None:
    sources = {
        "calendar": {"kind": "file", "source": "calendar", "path": "/x.ics"},
        "odd": {"kind": "prometheus", "source": "odd", "url": "http://[broken"},
        "port": {"kind": "prometheus", "source": "port", "url": "http://h:99999"},
        "prom": {"kind": "prometheus", "source": "prom", "url": "http://127.0.0.1:9"},
    }
    pool = Pool(sources, time.monotonic() + 1, 0)
    for name in ("calendar", "odd", "port", "nobody", "two\nlines"):
        with pytest.raises(SourceFailed) as problem:
            pool.connect(name)
        assert "\n" not in str(problem.value)
    assert pool.connect("prom") is pool.connect("prom")
    pool.close()


@given(st.binary(max_size=200))
def test_no_body_is_more_than_a_failure(body: bytes) -> None:
    settings = {"kind": "prometheus", "source": "prom", "url": "http://127.0.0.1:9"}
    asked = Client(settings, open_session(), time.monotonic() + 1, 0)
    for status in (200, 500):
        with suppress(SourceFailed):
            asked.decoded(Reply(status, {}, body))
