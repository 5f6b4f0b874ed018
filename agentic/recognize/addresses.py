"""Network addresses as text: what a URL's host really is, in every spelling that a client accepts.

`http://2130706433`, `http://0x7f.1`, `http://[::ffff:127.0.0.1]` and `http://localhost.` are all this
machine; the same holds for the metadata services that hand out cloud credentials. Nothing is resolved.

Sources (checked 2026-11-21): https://url.spec.whatwg.org/#concept-ipv4-parser,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html,
https://cloud.google.com/compute/docs/metadata/querying-metadata,
https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

_METADATA = frozenset(
    """169.254.169.254 169.254.170.2 169.254.170.23 100.100.100.200 192.0.0.192 168.63.129.16
    fd00:ec2:0:0:0:0:0:254 fd00:ec2:0:0:0:0:0:23 fd20:ce:0:0:0:0:0:254 metadata.google.internal
    metadata.goog metadata instance-data metadata.azure.com metadata.azure.internal
    metadata.tencentyun.com metadata.packet.net metadata.platformequinix.com""".split()
)
_LOCAL_NAMES = frozenset(
    "localhost localhost.localdomain ip6-localhost ip6-loopback host.docker.internal "
    "kubernetes.docker.internal gateway.docker.internal host.containers.internal".split()
)
#: Services that answer with the address that is written in the name.
_ECHOING = (".nip.io", ".sslip.io", ".xip.io")
#: Full-width and circled forms that internationalised names fold to ASCII.
_FOLDED = {
    **{0xFF10 + digit: 0x30 + digit for digit in range(10)},
    **{0x2460 + digit: 0x31 + digit for digit in range(9)},
    0x24EA: 0x30,
    **{0xFF41 + letter: 0x61 + letter for letter in range(26)},
    0x3002: 0x2E,
    0xFF0E: 0x2E,
    0xFF61: 0x2E,
}


class Address(NamedTuple):
    """A URL cut up. `host` is lower case, an IP address in its plain form; `port` may be empty."""

    scheme: str
    host: str
    port: str
    path: str
    query: str
    user: str = ""

    @property
    def url(self) -> str:
        """The URL in its plain form, without user or query."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{':' + self.port if self.port else ''}{self.path}"


def parse_address(text: str, default_scheme: str = "http") -> Address:
    """A URL, or a bare `host:port/path`, cut up. Never raises."""
    text = text.strip().replace("\\", "/")
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = default_scheme, text.lstrip("/")
        if text[:5].lower() in {"file:", "data:"}:
            scheme, rest = text[:4], text[5:]
    rest, _, _ = rest.partition("#")
    rest, _, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    port = ""
    if host[:1] == "[":
        host, _, tail = host[1:].partition("]")
        port = tail[1:]
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    return Address(
        scheme.lower(), plain_host(host), port, slash + unquoted(path), query, user if at else ""
    )


def plain_host(host: str) -> str:
    """A host in its one plain form: lower case, no final dot, IP addresses in full."""
    host = unquoted(host).lower()
    if not host.isascii():
        host = host.translate(_FOLDED)
    host = host.rstrip(".").partition("%")[0]
    for ending in _ECHOING:
        if host.endswith(ending):
            inner = host[: -len(ending)].replace("-", ".").split(".")[-4:]
            return plain_ipv4(".".join(inner)) or host
    if ":" in host:
        return plain_ipv6(host) or host
    return plain_ipv4(host) or host


def unquoted(text: str) -> str:
    """Text with `%41` as `A`."""
    if "%" not in text:
        return text
    pieces = text.split("%")
    found = [pieces[0]]
    for piece in pieces[1:]:
        code = _number(piece[:2], 16) if len(piece) > 1 else -1
        found.append(chr(code) + piece[2:] if code >= 0 else "%" + piece)
    return "".join(found)


def plain_ipv4(host: str) -> str:
    """`2130706433`, `0x7f.1` or `0177.0.0.1` as `127.0.0.1`; empty when it is no IPv4 address."""
    parts = host.split(".")
    if len(parts) > 4 or not host[:1].isdigit():
        return ""
    numbers: list[int] = []
    for part in parts:
        if part[:2] in {"0x", "0X"}:
            number = _number(part[2:] or "0", 16)
        elif len(part) > 1 and part[0] == "0":
            number = _number(part, 8)
        else:
            number = _number(part, 10)
        if number < 0:
            return ""
        numbers.append(number)
    last = numbers.pop()
    if any(number > 255 for number in numbers) or last >= 256 ** (4 - len(numbers)):
        return ""
    value = last
    for position, number in enumerate(numbers):
        value += number << (8 * (3 - position))
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def _number(text: str, base: int) -> int:
    digits = "0123456789abcdef"[:base]
    if not text or len(text) > 40 or text.lower().strip(digits):
        return -1
    return int(text, base)


def plain_ipv6(host: str) -> str:
    """An IPv6 address as eight groups without leading zeros; an IPv4 in it as that IPv4."""
    head, gap, tail = host.partition("::")
    left = [part for part in head.split(":") if part]
    right = [part for part in tail.split(":") if part]
    for side in (left, right):
        if side and "." in side[-1]:
            inner = plain_ipv4(side[-1])
            if not inner:
                return ""
            a, b, c, d = (int(number) for number in inner.split("."))
            side[-1:] = [f"{a << 8 | b:x}", f"{c << 8 | d:x}"]
    missing = 8 - len(left) - len(right)
    if missing < 0 or (missing and not gap):
        return ""
    groups = [_number(part, 16) for part in (*left, *["0"] * missing, *right)]
    if any(not 0 <= group <= 0xFFFF for group in groups):
        return ""
    is_mapped = groups[:5] == [0] * 5 and groups[5] == 0xFFFF
    is_translated = groups[:6] == [0x64, 0xFF9B, 0, 0, 0, 0]
    if is_mapped or is_translated:
        return ".".join(str(n) for g in groups[6:] for n in (g >> 8, g & 255))
    return ":".join(f"{group:x}" for group in groups)


def is_local(host: str) -> bool:
    """Whether a plain host is this machine."""
    if host in _LOCAL_NAMES or host.endswith(".localhost"):
        return True
    if ":" in host:
        return host in {"0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:0"}
    return host.startswith(("127.", "0.0.0.")) and not host.strip("0123456789.")


def is_metadata(host: str) -> bool:
    """Whether a plain host is a service that hands out a cloud machine's credentials."""
    return host in _METADATA or host.startswith("169.254.169.")
