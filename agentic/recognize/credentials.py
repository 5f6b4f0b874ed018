"""Which secrets in a text are credentials beyond doubt, so that a call may be stopped for them.

The journal leaves out whatever may be a secret (`agentic.recognize.secrets`); a commit message that says
`password: required` must not be stopped for it. So a value that only a telling name makes a secret counts
when it looks like none of the words that people write, and the examples of manuals do not count.

Pure: text in, spans out; never raises.
"""

from __future__ import annotations

from agentic.recognize.secrets import assigned_secrets, merged, named_secret, placed_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.secrets import Span

#: Passwords of examples and of throw-away databases: who reads them learns nothing.
_EXAMPLES = frozenset(
    "password passwd pass passphrase pwd pw secret token key changeme change-me example user username "
    "admin root test testing dummy foo bar postgres mysql redis guest default placeholder".split()
)
#: Words with digits in them that are names of methods and formats.
_TECHNICAL = frozenset(
    "argon2 argon2i argon2id base32 base58 base64 base64url blake2b blake2s blake3 ed25519 es256 es384 "
    "es512 hs256 hs384 hs512 md5sum oauth2 pbkdf2 pkcs12 ps256 rs256 rs384 rs512 secp256k1 sha224 sha256 "
    "sha384 sha512 uint64 utf8mb4 uuid4 uuidv4 uuidv7 x25519".split()
)
_PATH_STARTS = ("/", "~", "./", "../", "@")
_SYMBOLS = "!#%&*+=?^|"
_SHORTEST = 6
_SHORTEST_PASSWORD = 4
#: A label alone is shorter: a text about keys, not a key.
_SHORTEST_KEY = 90
_AWS_SECRET = 40
_NOT_IN_FILES = frozenset(("password", "authorization", "private-key"))


def find_credentials(text: str) -> tuple[Span, ...]:
    """Every credential as (kind, start, end), in order, not overlapping."""
    found = [
        span for span in placed_secrets(text) if not is_example(span[0], text[span[1] : span[2]])
    ]
    found.extend(s for s in assigned_secrets(text) if is_telling(text[s[1] : s[2]]))
    return merged(found)


def formats_in(line: str) -> frozenset[str]:
    """The kinds of credentials in a line of a file that their own form tells, or a URL around them.

    Files are full of names, values and commands that only look like somebody's; a key's many lines are
    for whoever sees more than one.
    """
    return frozenset(
        kind
        for kind, start, end in placed_secrets(line)
        if kind not in _NOT_IN_FILES and not is_example(kind, line[start:end])
    )


def named_credential(name: str, value: str) -> str:
    """The kind of credential that a member is by its own name (`{"apiKey": …}`), or empty."""
    return named_secret(name, value) if is_telling(value) else ""


def is_example(kind: str, value: str) -> bool:
    """Whether a value in a secret's form or place is what a manual shows there."""
    if kind == "private-key":
        return len(value) < _SHORTEST_KEY
    if kind == "aws-access-key-id":
        return value.endswith(
            "EXAMPLE"
        )  # of a fixed length, so nobody can add the word to a real one
    if kind in ("url-password", "password"):
        is_template = any(sign in value for sign in "{}$<>")
        return is_template or len(value) < _SHORTEST_PASSWORD or value.lower() in _EXAMPLES
    return len(set(value[-16:])) <= 3  # `ghp_xxxxxxxxxxxxxxxxxxxx`


def is_telling(value: str) -> bool:
    """Whether a value that was given to a telling name looks like a credential rather than like words.

    One piece of it mixes letters with digits or holds a symbol. A password of letters alone is missed:
    that is the price of letting people write about passwords.
    """
    if len(value) < _SHORTEST or any(blank in value for blank in " \t\r\n"):
        return False
    if value.endswith("EXAMPLEKEY") and len(value) == _AWS_SECRET:
        return False
    if "://" in value or (value.startswith(_PATH_STARTS) and len(value) != _AWS_SECRET):
        return False
    if len(set(value[-16:])) <= 3 or value.lower() in _EXAMPLES:
        return False
    words = value
    for separator in "-_./:,":
        words = words.replace(separator, " ")
    pieces = words.split()
    return any(_is_mixed(piece, is_alone=len(pieces) == 1) for piece in pieces)


def _is_mixed(piece: str, *, is_alone: bool) -> bool:
    """Whether letters and digits are mixed, or a symbol is among them.

    A word with a number behind it counts only alone: `hunter2`, but not `api-db-credentials2`.
    """
    if len(piece) < _SHORTEST or piece.lower() in _TECHNICAL:
        return False
    if any(symbol in piece for symbol in _SYMBOLS):
        return True
    if not any(c.isdigit() for c in piece) or not any(c.isalpha() for c in piece):
        return False
    return is_alone or not piece.rstrip("0123456789").isalpha()
