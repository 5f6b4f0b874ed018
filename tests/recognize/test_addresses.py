"""Hosts in every spelling that clients accept."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.recognize.addresses import (
    is_local,
    is_metadata,
    parse_address,
    plain_host,
    plain_ipv4,
    plain_ipv6,
    unquoted,
)


@given(st.ip_addresses(v=4))
def test_every_spelling_of_an_ipv4_address_is_the_same(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    a, b, c, d = address.packed
    for text in (str(address), str(number), hex(number), f"0{number:o}", f"{a}.{b}.{c * 256 + d}"):
        assert plain_ipv4(text) == str(address)
    assert plain_ipv4(f"{a:#x}.0{b:o}.{c}.{d}") == str(address)
    assert plain_ipv6(f"::ffff:{address}") == str(address)


@given(st.ip_addresses(v=6))
def test_ipv6_agrees_with_the_library(address: ipaddress.IPv6Address) -> None:
    expected = ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":"))
    for text in (address.compressed, address.exploded, address.exploded.upper()):
        if address.ipv4_mapped is None and not str(address).startswith("64:ff9b::"):
            assert plain_ipv6(text.lower()) == expected


@pytest.mark.parametrize(
    "text", ["1.2.3.4.5", "256.1.1.1", "1.2.3.256", "08.1.1.1", "", "x", "1..2"]
)
def test_no_address(text: str) -> None:
    assert not plain_ipv4(text)


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "a.localhost", "127.1", "0", "[::1]", "0x7f000001"],
)
def test_this_machine(host: str) -> None:
    assert is_local(parse_address(f"http://{host}:80/").host)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1.example.com", "localhost.example.com", "8.8.8.8", "127x", "[::2]", "mylocalhost"],
)
def test_another_machine(host: str) -> None:
    assert not is_local(parse_address(f"http://{host}/").host)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.43518",
        "0xA9.0xFE.0xA9.0xFE",
        "%31%36%39.254.169.254",
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "169-254-169-254.sslip.io",
        "Metadata.Google.Internal.",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "①⑥⑨.254.169.254",
        "\uff11\uff16\uff19\u3002\uff12\uff15\uff14\u3002169.254",
    ],
)
def test_metadata(host: str) -> None:
    assert is_metadata(parse_address(f"http://{host}/latest").host)


def test_what_stands_before_the_at_sign_is_a_user() -> None:
    address = parse_address("https://localhost:80@example.com:8443/a?b=@c#d")
    assert address.host == "example.com"
    assert (address.port, address.path, address.query) == ("8443", "/a", "b=@c")
    assert address.url == "https://example.com:8443/a"


def test_a_backslash_is_a_slash() -> None:
    assert parse_address("http://example.com\\@127.0.0.1/").host == "example.com"


@given(st.text(max_size=60))
def test_any_text_is_an_address_and_nothing_raises(text: str) -> None:
    address = parse_address(text)
    assert isinstance(address.url, str)
    assert plain_host(plain_host(text)) is not None
    assert isinstance(unquoted(text), str)
