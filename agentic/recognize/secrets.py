"""Where secrets are in a text: for the journal, which leaves them out, and for the signal that stops them.

Named formats only, never entropy: git SHAs, digests, UUIDs and versions stay readable. The tables of
`agentic.recognize.secret_formats` say what is looked for; five short scanners cover what a table cannot
(private keys, JWTs, URLs with a password, authorization headers, signed URLs). A substring decides first
whether a scanner runs at all, and none needs a regular expression. A hook loads this file only after
`agentic.recognize.secret_prefilter.may_hold_secret` has said that it may be needed.

Pure: text in, spans out; never raises.
"""

from __future__ import annotations

from agentic.recognize.secret_formats import (
    ALNUM,
    ASSIGNED,
    BASE64,
    DASHED,
    DIGITS,
    DOTTED,
    FLAGS,
    LONGEST,
    PREFIXED,
    TOKEN,
    UPPER,
    WORD,
)
from agentic.recognize.secret_prefilter import PROGRAMS, WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Span = tuple[str, int, int]
    Found = Iterator[Span]

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

    The names are stable and say the kind only (`github-token`, `password`, `private-key`). In doubt a
    text is a secret: `agentic.recognize.credentials` says which of them are one beyond doubt.
    """
    return merged([*placed_secrets(text), *assigned_secrets(text)])


def placed_secrets(text: str) -> list[Span]:
    """Secrets known by their own form, or by a place that only a secret takes; they may overlap."""
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
    if any(program in lowered for program in PROGRAMS):
        found.extend(_flag_values(text, lowered))
    return found


def assigned_secrets(text: str) -> list[Span]:
    """Values that are given to a telling name (`password=…`); program text and prose may look alike."""
    lowered = _ascii_lower(text)
    return list(_assignments(text, lowered)) if any(w in lowered for w in WORDS) else []


def named_secret(name: str, value: str) -> str:
    """The kind of secret that a member is by its own name (`{"apiKey": …}`), or empty."""
    lowered = name.lower()
    for word, kind in ASSIGNED:
        if lowered.endswith(word) and not _is_harmless(value, word):
            return kind
    return ""


def merged(found: list[Span]) -> tuple[Span, ...]:
    """Overlapping spans become one that covers them all, under the first-listed specific name."""
    generic = {name for _, name in ASSIGNED} | {"url-password", "authorization"}
    found.sort(key=lambda span: (span[1], -span[2]))
    joined: list[Span] = []
    for name, start, end in found:
        if joined and start < joined[-1][2]:
            held, held_start, held_end = joined[-1]
            best = name if held in generic and name not in generic else held
            joined[-1] = (best, held_start, max(held_end, end))
        else:
            joined.append((name, start, end))
    return tuple(joined)


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
    """The end of the run of these characters that begins at `start`; no more of the text is copied."""
    step = 256
    while True:
        piece = text[start : start + step]
        rest = piece.lstrip(alphabet)
        if rest or not piece:
            return start + len(piece) - len(rest)
        start += len(piece)
        step *= 2


def _run_start(text: str, end: int, alphabet: str) -> int:
    """The beginning of the run of these characters that ends at `end`."""
    step = 256
    while True:
        piece = text[max(0, end - step) : end]
        rest = piece.rstrip(alphabet)
        if rest or not piece:
            return end - len(piece) + len(rest)
        end -= len(piece)
        step *= 2


def _prefixed(text: str, name: str, prefix: str, alphabet: str, least: int) -> Found:
    at = text.find(prefix)
    end = 0
    while at >= 0:
        start = at + len(prefix)
        if start >= end:  # else it lies in the run that was read last, and ends with it
            end = _run_end(text, start, alphabet)
        if _is_whole_token(text, name, prefix, at, end, least):
            yield name, _first_of_token(text, prefix, at), end
            start = end  # so that a long run of prefixes is read once
        at = text.find(prefix, start)


def _is_whole_token(text: str, name: str, prefix: str, at: int, end: int, least: int) -> bool:
    length = end - at - len(prefix)
    if length < least:
        return False
    if prefix[0] in WORD and at and text[at - 1] in WORD:
        return False  # part of a longer word: `task-`, `my_hf_`
    if name == "aws-access-key-id":
        return length == least
    return prefix != "sk-" or any(text.find(digit, at, end) >= 0 for digit in DIGITS)


def _first_of_token(text: str, prefix: str, at: int) -> int:
    if prefix == ".atlasv1.":  # the mark stands in the middle
        return _run_start(text, at, ALNUM)
    return at + len(prefix) if "/" in prefix else at  # the host of a webhook may stay readable


def _tokens_of_three_parts(text: str) -> Found:
    """JSON web tokens: three base64url parts, the first of which begins with `{"`."""
    end = covered = 0
    for at in _places(text, "eyJ"):
        if at < covered or (at and text[at - 1] in DASHED):
            continue
        if at >= end:
            end = _run_end(text, at, DOTTED)
        first = text.find(".", at, end)
        second = text.find(".", first + 1, end)
        if first - at >= 10 and second - first > 10:
            yield "jwt", at, end
            covered = end


#: What a PEM body consists of, also as an escaped text (`\\n`) and with header lines.
_PEM_BODY = BASE64 + " \t\r\n\\:,-"


def _private_keys(text: str) -> Found:
    """PEM and PGP private keys, also where the beginning or the end was cut off."""
    covered = 0
    for at in _places(text, "PRIVATE KEY"):
        line = text.rfind("-----", max(0, at - 60), at)
        if line < covered:
            continue
        label = text[line:at].lstrip("-").removeprefix("BEGIN").removeprefix("END")
        if label.strip(UPPER + DIGITS + " "):
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
            end = _run_end(text, start, TOKEN)
            secret = text[start:end]
            if len(secret) >= 8 and (len(secret) >= 24 or any(d in secret for d in DIGITS)):
                yield "authorization", start, end
    for word in ("Basic ", "basic "):
        for at in _places(text, word):
            before = text[max(0, at - 24) : at].rpartition("\n")[2]
            if "uthorization" not in before:
                continue
            start = at + len(word)
            end = _run_end(text, start, BASE64)
            if end - start >= 4:
                yield "authorization", start, end


def _signatures(text: str) -> Found:
    """The signature of a signed URL (`?sv=…&sig=…`)."""
    for at in _places(text, "sig="):
        if at and text[at - 1] in "?&;\"'":
            end = _run_end(text, at + 4, BASE64 + "%-_")
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
    return lowered.endswith("[redacted:", 0, _run_start(lowered, at, DASHED))


def _is_long_flag(lowered: str, at: int) -> bool:
    start = _run_start(lowered, at, DASHED)
    return lowered.startswith("--", start) and (not start or lowered[start - 1] in " \t\n\"'=,[")


def _flag_values(text: str, lowered: str) -> Found:
    """Secrets in short flags of the programs that are known to take them."""
    for program, flag, form in FLAGS:
        for at in _places(lowered, program):
            line = text.find("\n", at, at + LONGEST)
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
