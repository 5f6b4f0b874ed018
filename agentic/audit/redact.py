"""Secrets in text: where they are, and the text without them.

Named formats only, never entropy: git SHAs, digests, UUIDs and versions stay readable. Three tables
say what is looked for (`PREFIXED`, `ASSIGNED`, `FLAGS`); five short scanners cover what a table
cannot (private keys, JWTs, URLs with a password, authorization headers, signed URLs). A substring
decides first whether a scanner runs at all, and none needs a regular expression. A hook loads this
file only after `agentic.audit.prefilter.may_hold_secret` has said that it may be needed.

Pure: text in, spans or text out; never raises.
"""

from __future__ import annotations

from agentic.audit.prefilter import PROGRAMS, WORDS, may_hold_secret
from agentic.core.native import sha256_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Span = tuple[str, int, int]
    Found = Iterator[Span]

_DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_ALNUM = _UPPER + _LOWER + _DIGITS
_WORD = _ALNUM + "_"
_DASHED = _WORD + "-"
_DOTTED = _DASHED + "."
_BASE64 = _ALNUM + "+/="
_HEX = _DIGITS + "abcdef"
_TOKEN = _DASHED + ".~+/="

#: No secret that we know is longer; also bounds every scan.
LONGEST = 8192

#: (name, prefix, alphabet of what follows, least number of characters that follow)
PREFIXED = (
    ("aws-access-key-id", "AKIA", _UPPER + _DIGITS, 16),
    ("aws-access-key-id", "ASIA", _UPPER + _DIGITS, 16),
    ("github-token", "ghp_", _WORD, 20),
    ("github-token", "gho_", _WORD, 20),
    ("github-token", "ghu_", _WORD, 20),
    ("github-token", "ghs_", _TOKEN, 20),
    ("github-token", "ghr_", _WORD, 20),
    ("github-token", "github_pat_", _WORD, 22),
    ("gitlab-token", "glpat-", _DOTTED, 20),
    ("gitlab-token", "gldt-", _DOTTED, 20),
    ("gitlab-token", "glrt-", _DOTTED, 20),
    ("gitlab-token", "glptt-", _DOTTED, 20),
    ("gitlab-token", "glcbt-", _DOTTED, 20),
    ("slack-token", "xoxb-", _DASHED, 10),
    ("slack-token", "xoxp-", _DASHED, 10),
    ("slack-token", "xoxa-", _DASHED, 10),
    ("slack-token", "xoxr-", _DASHED, 10),
    ("slack-token", "xoxs-", _DASHED, 10),
    ("slack-token", "xoxc-", _DASHED, 10),
    ("slack-token", "xoxd-", _DASHED + "%", 10),
    ("slack-token", "xoxe-", _DASHED, 10),
    ("slack-token", "xoxe.", _DOTTED, 10),
    ("slack-token", "xapp-", _DASHED, 10),
    ("anthropic-key", "sk-ant-", _DASHED, 20),
    ("openai-key", "sk-proj-", _DASHED, 20),
    ("openai-key", "sk-svcacct-", _DASHED, 20),
    ("openai-key", "sk-admin-", _DASHED, 20),
    ("openrouter-key", "sk-or-", _DASHED, 20),
    ("openai-key", "sk-", _ALNUM, 32),
    ("groq-key", "gsk_", _ALNUM, 40),
    ("huggingface-token", "hf_", _ALNUM, 30),
    ("google-api-key", "AIza", _DASHED, 35),
    ("google-oauth-token", "ya29.", _DOTTED, 20),
    ("google-oauth-secret", "GOCSPX-", _DASHED, 20),
    ("stripe-key", "sk_live_", _ALNUM, 16),
    ("stripe-key", "rk_live_", _ALNUM, 16),
    ("stripe-key", "sk_test_", _ALNUM, 16),
    ("stripe-key", "rk_test_", _ALNUM, 16),
    ("stripe-key", "whsec_", _BASE64, 20),
    ("npm-token", "npm_", _ALNUM, 36),
    ("pypi-token", "pypi-", _DASHED, 60),
    ("docker-token", "dckr_pat_", _DASHED, 20),
    ("vault-token", "hvs.", _DASHED, 24),
    ("terraform-token", ".atlasv1.", _DASHED, 40),
    ("databricks-token", "dapi", _HEX, 32),
    ("digitalocean-token", "dop_v1_", _HEX, 40),
    ("sendgrid-key", "SG.", _DOTTED, 40),
    ("grafana-token", "glsa_", _WORD, 30),
    ("grafana-token", "glc_", _BASE64, 30),
    ("age-key", "AGE-SECRET-KEY-1", _UPPER + _DIGITS, 40),
    ("slack-webhook", "hooks.slack.com/", _TOKEN, 20),
    ("discord-webhook", "discord.com/api/webhooks/", _TOKEN, 20),
    ("discord-webhook", "discordapp.com/api/webhooks/", _TOKEN, 20),
    ("teams-webhook", "webhook.office.com/", _TOKEN + "@", 20),
)

#: Last words of a name whose assigned value is a secret, in lower case: (word, secret's name)
ASSIGNED = (
    ("password", "password"),
    ("passwd", "password"),
    ("passphrase", "password"),
    ("pwd", "password"),
    ("secret", "secret"),
    ("token", "token"),
    ("apikey", "api-key"),
    ("api_key", "api-key"),
    ("api-key", "api-key"),
    ("access_key", "secret-key"),
    ("access-key", "secret-key"),
    ("accesskey", "secret-key"),
    ("accountkey", "azure-key"),
    ("secret_key", "secret-key"),
    ("secret-key", "secret-key"),
    ("secretkey", "secret-key"),
    ("private_key", "private-key"),
    ("private-key", "private-key"),
    ("privatekey", "private-key"),
    ("credential", "credential"),
    ("credentials", "credential"),
)

#: (program, flag, form): `next` word is the secret, `joined` to the flag, or `pair` user:secret
FLAGS = (
    ("sshpass", "-p", "next"),
    ("sshpass", "-p", "joined"),
    ("mysql", "-p", "joined"),
    ("mysqldump", "-p", "joined"),
    ("mysqladmin", "-p", "joined"),
    ("docker login", "-p", "next"),
    ("redis-cli", "-a", "next"),
    ("curl", "-u", "pair"),
    ("curl", "--user", "pair"),
    ("curl", "--proxy-user", "pair"),
)

#: Values that give nothing away, in lower case.
_NOTHING = frozenset(
    (
        "none",
        "null",
        "true",
        "false",
        "yes",
        "no",
        "nil",
        "undefined",
        "str",
        "string",
        "int",
        "bool",
    )
)
_QUOTES = "\"'`"
_ENDS = " \t\r\n,;&|<>()[]{}\"'`"


def find_secrets(text: str) -> tuple[Span, ...]:
    """Every secret as (name, start, end), in order, not overlapping; the more specific name wins.

    The names are stable and say the kind only (`github-token`, `password`, `private-key`).
    """
    found: list[Span] = []
    for name, prefix, alphabet, least in PREFIXED:
        if prefix in text:
            found.extend(_prefixed(text, name, prefix, alphabet, least))
    if "eyJ" in text:
        found.extend(_tokens_of_three_parts(text))
    if "PRIVATE KEY" in text:
        found.extend(_private_keys(text))
    if "://" in text:
        found.extend(_url_passwords(text))
    if "earer " in text or "asic " in text:
        found.extend(_authorizations(text))
    if "sig=" in text:
        found.extend(_signatures(text))
    lowered = _ascii_lower(text)
    if any(word in lowered for word in WORDS):
        found.extend(_assignments(text, lowered))
    if any(program in lowered for program in PROGRAMS):
        found.extend(_flag_values(text, lowered))
    return _without_overlaps(found) if found else ()


def redact(text: str, key_of: Callable[[], bytes] | None = None) -> tuple[str, tuple[str, ...]]:
    """The text with each secret replaced by `[redacted:<name>]`, and the names found.

    `key_of` is asked only when a secret is found. With a key, eight hex digits of a keyed digest
    follow the name (`[redacted:password:1f3a90c2]`): equal secrets show as equal, and nobody can
    guess them from the digits without the key. Marks are never redacted again.
    """
    spans = find_secrets(text)
    if not spans:
        return text, ()
    key = key_of() if key_of is not None else b""
    pieces: list[str] = []
    at = 0
    for name, start, end in spans:
        pieces.append(text[at:start])
        pieces.append(placeholder(name, text[start:end], key))
        at = end
    pieces.append(text[at:])
    return "".join(pieces), tuple(sorted({name for name, _, _ in spans}))


def redact_values(value: Any, key_of: Callable[[], bytes] | None, names: set[str]) -> Any:
    """The same value with every text in it redacted, keys too; adds the names found to `names`.

    A member whose own name is telling (`{"password": "x"}`) is a secret as a whole.
    """
    if isinstance(value, str):
        if not may_hold_secret(value):
            return value
        text, found = redact(value, key_of)
        names.update(found)
        return text
    if isinstance(value, dict):
        return {
            redact_values(name, key_of, names): _redacted_member(name, item, key_of, names)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_values(item, key_of, names) for item in value]
    return value


def _redacted_member(
    name: str, item: Any, key_of: Callable[[], bytes] | None, names: set[str]
) -> Any:
    if isinstance(item, str):
        lowered = name.lower()
        for word, kind in ASSIGNED:
            if lowered.endswith(word) and not _is_harmless(item, word):
                names.add(kind)
                return placeholder(kind, item, key_of() if key_of is not None else b"")
    return redact_values(item, key_of, names)


def placeholder(name: str, secret: str, key: bytes) -> str:
    """What stands in a record instead of a secret; the digest is HMAC-SHA256, cut to 8 digits."""
    if not key:
        return f"[redacted:{name}]"
    block = key.ljust(64, b"\0")
    inner = sha256_hex(bytes([b ^ 0x36 for b in block]) + secret.encode("utf-8", "surrogatepass"))
    outer = sha256_hex(bytes([b ^ 0x5C for b in block]) + bytes.fromhex(inner))
    return f"[redacted:{name}:{outer[:8]}]"


def _without_overlaps(found: list[Span]) -> tuple[Span, ...]:
    """Overlapping spans become one that covers them all, under the first-listed specific name."""
    generic = {name for _, name in ASSIGNED} | {"url-password", "authorization"}
    found.sort(key=lambda span: (span[1], -span[2]))
    merged: list[Span] = []
    for name, start, end in found:
        if merged and start < merged[-1][2]:
            held, held_start, held_end = merged[-1]
            best = name if held in generic and name not in generic else held
            merged[-1] = (best, held_start, max(held_end, end))
        else:
            merged.append((name, start, end))
    return tuple(merged)


def _ascii_lower(text: str) -> str:
    """Lower case of the same length: a few letters grow when lowered, and positions must hold."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join([c.lower() if c.isascii() else c for c in text])


def _places(text: str, needle: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + len(needle))


def _run_end(text: str, start: int, alphabet: str) -> int:
    """The end of the run of these characters that begins at `start`."""
    window = text[start : start + LONGEST]
    return start + len(window) - len(window.lstrip(alphabet))


def _run_start(text: str, end: int, alphabet: str) -> int:
    """The start of the run of these characters that stops before `end`."""
    window = text[max(0, end - LONGEST) : end]
    return end - len(window) + len(window.rstrip(alphabet))


def _prefixed(text: str, name: str, prefix: str, alphabet: str, least: int) -> Found:
    at = text.find(prefix)
    while at >= 0:
        start = at + len(prefix)
        end = _run_end(text, start, alphabet)
        if _is_whole_token(text, name, prefix, at, end, least):
            yield name, _first_of_token(text, prefix, at), end
            start = end  # so that a long run of prefixes is read once
        at = text.find(prefix, start)


def _is_whole_token(text: str, name: str, prefix: str, at: int, end: int, least: int) -> bool:
    length = end - at - len(prefix)
    if length < least:
        return False
    if prefix[0] in _WORD and at and text[at - 1] in _WORD:
        return False  # part of a longer word: `task-`, `my_hf_`
    if name == "aws-access-key-id":
        return length == least
    return prefix != "sk-" or any(digit in text[at:end] for digit in _DIGITS)


def _first_of_token(text: str, prefix: str, at: int) -> int:
    if prefix == ".atlasv1.":  # the mark stands in the middle
        return _run_start(text, at, _ALNUM)
    return at + len(prefix) if "/" in prefix else at  # the host of a webhook may stay readable


def _tokens_of_three_parts(text: str) -> Found:
    """JSON web tokens: three base64url parts, the first of which begins with `{"`."""
    for at in _places(text, "eyJ"):
        if at and text[at - 1] in _DASHED:
            continue
        end = _run_end(text, at, _DOTTED)
        parts = text[at:end].split(".")
        if len(parts) >= 3 and len(parts[0]) >= 10 and len(parts[1]) >= 10:
            yield "jwt", at, end


#: What a PEM body consists of, also as an escaped text (`\\n`) and with header lines.
_PEM_BODY = _BASE64 + " \t\r\n\\:,-"


def _private_keys(text: str) -> Found:
    """PEM and PGP private keys, also where the beginning or the end was cut off."""
    covered = 0
    for at in _places(text, "PRIVATE KEY"):
        line = text.rfind("-----", max(0, at - 60), at)
        if line < covered:
            continue
        label = text[line:at].lstrip("-").removeprefix("BEGIN").removeprefix("END")
        if label.strip(_UPPER + _DIGITS + " "):
            continue
        if text.startswith("-----BEGIN", line):
            covered = _end_of_key(text, at)
            yield "private-key", line, covered
        elif text.startswith("-----END", line):
            start = _run_start(text, line, _PEM_BODY)
            if start < line:
                yield "private-key", start, line


def _end_of_key(text: str, at: int) -> int:
    """Where the key that begins at `at` ends: after its closing line, or where its body stops."""
    closing = text.find("-----END", at, at + 4 * LONGEST)
    if closing < 0:
        return _run_end(text, at, _PEM_BODY)
    dashes = text.find("-----", closing + 8, closing + 80)
    return dashes + 5 if dashes >= 0 else _run_end(text, closing, _PEM_BODY)


def _url_passwords(text: str) -> Found:
    for at in _places(text, "://"):
        start = at + 3
        end = start
        limit = min(len(text), start + LONGEST)
        while end < limit and text[end] not in "/?# \t\r\n\"'<>`\\|":
            end += 1
        authority = text[start:end]
        host = authority.rfind("@")
        if host < 0 or authority.startswith("[redacted:"):
            continue
        user, colon, secret = authority[:host].partition(":")
        if secret and not _is_reference(secret):
            yield "url-password", start + len(user) + 1, start + host
        elif not colon and len(user) >= 20 and not _is_reference(user):
            yield "url-password", start, start + host


def _authorizations(text: str) -> Found:
    for word in ("Bearer ", "bearer ", "BEARER "):
        for at in _places(text, word):
            start = at + len(word)
            end = _run_end(text, start, _TOKEN)
            secret = text[start:end]
            if len(secret) >= 8 and (len(secret) >= 24 or any(d in secret for d in _DIGITS)):
                yield "authorization", start, end
    for word in ("Basic ", "basic "):
        for at in _places(text, word):
            before = text[max(0, at - 24) : at].rpartition("\n")[2]
            if "uthorization" not in before:
                continue
            start = at + len(word)
            end = _run_end(text, start, _BASE64)
            if end - start >= 4:
                yield "authorization", start, end


def _signatures(text: str) -> Found:
    """The signature of a signed URL (`?sv=…&sig=…`)."""
    for at in _places(text, "sig="):
        if at and text[at - 1] in "?&;\"'":
            end = _run_end(text, at + 4, _BASE64 + "%-_")
            if end - at - 4 >= 20:
                yield "url-signature", at + 4, end


def _assignments(text: str, lowered: str) -> Found:
    """`name=value`, `"name": "value"`, `--name value` where the name ends in a telling word."""
    for word, name in ASSIGNED:
        at = lowered.find(word)
        while at >= 0:
            end = at + len(word)
            sign, start = _assignment(text, lowered, at, end)
            if sign and not _is_in_mark(lowered, at):
                start, stop, quote = _value_at(text, start)
                if start < stop and not _is_harmless(text[start:stop], word):
                    if quote or not _is_code(text, start, stop, sign):
                        yield name, start, stop
                    end = stop
            at = lowered.find(word, end)


def _assignment(text: str, lowered: str, at: int, end: int) -> tuple[str, int]:
    """The sign that follows a name (`=`, `:` or a blank after a long flag) and where its value is.

    ("", 0) where nothing is assigned: comparisons, `::`, a longer name.
    """
    after = end
    while after < end + 4 and text[after : after + 1] in ("\\", '"', "'", "`", "]"):
        after += 1
    at_sign = _skip_blanks(text, after)
    sign = text[at_sign : at_sign + 1]
    following = text[at_sign + 1 : at_sign + 2]
    if sign == "=" and following not in ("=", "~"):
        return sign, at_sign + (2 if following == ">" else 1)
    if sign == ":" and following != ":":
        return ("=", at_sign + 2) if following == "=" else (sign, at_sign + 1)
    if sign and sign != "-" and at_sign > after == end and _is_long_flag(lowered, at):
        return " ", at_sign
    return "", 0


def _value_at(text: str, start: int) -> tuple[int, int, str]:
    """The value that begins here, without its quotes: (start, end, quote or empty)."""
    start = _skip_blanks(text, start)
    while text[start : start + 1] == "\\":
        start += 1
    quote = text[start : start + 1]
    if quote and quote in _QUOTES:
        return start + 1, _closing_quote(text, start + 1, quote), quote
    if _is_reference(text[start : start + 16]):
        return start, start, ""
    stop = start
    limit = min(len(text), start + LONGEST)
    while stop < limit and text[stop] not in _ENDS:
        stop += 1
    return start, stop, ""


def _is_code(text: str, start: int, stop: int, sign: str) -> bool:
    """Whether an unquoted value is program text or prose rather than a secret."""
    value = text[start:stop]
    if text[stop : stop + 1] in ("(", "["):
        return True  # `token = read_token()`, `secret = table[0]`
    if value.isalpha() and sign == ":" and len(value) < 8:
        return True  # `id-token: write`, `password: Secret`
    # `token = self.token`: names joined by dots, with blanks around the sign
    return text[start - 1] == " " and "." in value and value.replace(".", "a").isidentifier()


def _is_harmless(value: str, word: str) -> bool:
    """Whether a value in a secret's place gives nothing away, quoted or not."""
    lowered = value.lower()
    if not value or lowered in _NOTHING or _is_reference(value):
        return True
    if lowered == word or lowered.endswith(("_" + word, "." + word)):
        return True  # `connect(password=password)`
    if word == "pwd":
        return value[0] in "/~."  # the working directory
    return word == "token" and value.isdigit() and len(value) <= 6  # a number of tokens


def _is_reference(value: str) -> bool:
    """Whether a value only points at a secret: a variable, a placeholder, stars, our own mark."""
    if value.startswith(
        ("$", "<", "{", "[redacted:", "...", "…", "%s", "%(", "os.", "process.env")
    ):
        return True
    return not value.strip("*•xX")


def _skip_blanks(text: str, start: int) -> int:
    window = text[start : start + 64]
    return start + len(window) - len(window.lstrip(" \t"))


def _closing_quote(text: str, start: int, quote: str) -> int:
    """Where the quoted value ends; a backslash keeps the next character inside."""
    stop = start
    limit = min(len(text), start + LONGEST)
    while stop < limit and text[stop] not in (quote, "\n"):
        if text[stop] == "\\" and text[stop + 1 : stop + 2] == quote:
            if text[start - 2 : start - 1] == "\\":
                return stop  # the value was opened by an escaped quote
            stop += 1
        stop += 1
    return min(stop, limit)


def _is_in_mark(lowered: str, at: int) -> bool:
    """Whether a telling word is the name in one of our own marks: `[redacted:secret-key]`."""
    return lowered.endswith("[redacted:", 0, _run_start(lowered, at, _DASHED))


def _is_long_flag(lowered: str, at: int) -> bool:
    start = _run_start(lowered, at, _DASHED)
    return lowered.startswith("--", start) and (not start or lowered[start - 1] in " \t\n\"'=,[")


def _flag_values(text: str, lowered: str) -> Found:
    """Secrets in short flags of the programs that are known to take them."""
    for program, flag, form in FLAGS:
        for at in _places(lowered, program):
            line = text.find("\n", at)
            place = text.find(" " + flag, at, min(line if line >= 0 else len(text), at + LONGEST))
            if place < 0:
                continue
            after = place + 1 + len(flag)
            is_joined = text[after : after + 1] not in ("", " ", "=")
            if (form == "joined" and not is_joined) or (form == "next" and is_joined):
                continue
            start, stop, _ = _value_at(text, after + (text[after : after + 1] == "="))
            if form == "pair":
                start = text.find(":", start, stop) + 1
            secret = text[start:stop] if start else ""
            if secret and secret[0] != "-" and not _is_reference(secret):
                yield "password", start, stop
