"""Names to environments: `prod-eu`, `overlays/staging`, `acmeDev` -> production, staging, dev.

A name is first compared with the patterns that policy gives for its source (`context`, `namespace`,
`project`...); of several that match, the most specific counts. Otherwise it is cut into words
(separators, camelCase, digits) and each word is looked up in policy's aliases; of several, the
strictest wins, so that `staging` never hides `production`. Only joined forms (`pre-prod`, `nonProd`,
`not-production`) lower a word.

Sources beyond those of `Facts.environment_names`:

``name``      what something is called: `api-dev` is dev, `dev-portal` says nothing
``bucket``    a globally unique name: a word anywhere in it counts
``computed``  the value is made at run time: production when it says so, else unknown
``operand``   a resource name, an image tag, a folder one is in: may only raise what others told
"""

from __future__ import annotations

from agentic.core.patterns import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentic.recognize.interface import Facts

    #: (source, name, what to show a person)
    Candidate = tuple[str, str, str]

_RANK = {"": 0, "local": 1, "dev": 2, "staging": 3, "production": 4, "unknown": 5}
_SEPARATORS = str.maketrans(dict.fromkeys("-_./:@ ,=+~#?&%|;\\'\"()[]{}<>$\t\n", " "))
_DIGITS = "0123456789"

#: What in front of a production word makes it something lesser.
_LESSENING = ("pre", "non", "not")
#: Schemes whose host says where a request goes; in all others (s3, gs, oci) the whole name counts.
_HOST_SCHEMES = ("http", "https", "tcp", "ssh", "grpc", "grpcs", "ws", "wss", "postgresql", "mysql")
_LOOPBACK = ("localhost", "::1", "0.0.0.0", "host.docker.internal", "kubernetes.docker.internal")  # noqa: S104 - compared, not bound
#: Folders whose children are environments: below them a word inside a longer name counts too.
_PARENTS = (
    "overlays env envs environment environments stage stages stack stacks cluster clusters "
    "tenant tenants account accounts workspace workspaces inventory inventories deploy deployments "
    "namespaces apps releases values config configs"
).split()


def stricter(first: str, second: str) -> str:
    """The environment that asks for more care; unknown asks for most, empty for none."""
    return first if _RANK.get(first, 0) >= _RANK.get(second, 0) else second


def words_of(name: str) -> list[str]:
    """The lower-case words of a name: `acmeProdEU-01_x` -> acme, prod, eu, 01, x."""
    if name.islower() or not name.isascii():
        return name.lower().translate(_SEPARATORS).split()
    pieces: list[str] = []
    previous = " "
    for position, letter in enumerate(name):
        if letter.isupper():
            following = name[position + 1 : position + 2]
            if (
                previous.islower()
                or previous.isdigit()
                or (previous.isupper() and following.islower())
            ):
                pieces.append(" ")
        pieces.append(letter)
        previous = letter
    return "".join(pieces).lower().translate(_SEPARATORS).split()


def host_of(address: str) -> str:
    """The host of a URL or of `user@host:port`, lower case, without port; empty when there is none."""
    rest = address.removeprefix("k8s://")  # Spark writes `k8s://https://host`
    rest = rest.partition("://")[2] or rest
    for stop in "/?#\\":
        rest = rest.partition(stop)[0]
    rest = rest.rpartition("@")[2].lower()
    if rest.startswith("["):
        return rest[1:].partition("]")[0]
    return rest if rest.count(":") > 1 else rest.partition(":")[0]


def is_loopback(address: str) -> bool:
    """Whether a URL or `host:port` stays on this machine."""
    host = host_of(address).rstrip(".")
    if host in _LOOPBACK or host.endswith(".localhost"):
        return True
    return host.startswith("127.") and host.strip("0123456789.") == ""


def named(source: str, name: str, facts: Facts) -> str:
    """The environment that a name tells, or empty."""
    found = _by_pattern(source, name.lower(), facts)
    if found or source == "region":  # a region alone says nothing of the environment
        return found
    scheme, separator, _ = name.partition("://")
    if source == "host" or (separator and scheme.lower() in _HOST_SCHEMES):
        return _of_address(source, name, facts)
    if "arn:" in name or name.isdigit():
        found = _of_account(name, facts)
        if found:
            return found
    if source == "path":
        return _of_path(name, facts)
    words = words_of(name)
    found = _of_words(words, facts)
    if source == "name" and found in ("dev", "local"):
        return found if _of_words(words[-1:], facts) == found else ""
    return found


def _by_pattern(source: str, lowered: str, facts: Facts) -> str:
    """What policy's patterns say: the one with most literal letters, of equals the strictest."""
    best, most = "", -1
    for pattern, environment in facts.environment_names.get(source, ()):
        if matches(pattern, lowered):
            letters = len(pattern) - pattern.count("*")
            if letters > most or (letters == most and _RANK[environment] > _RANK[best]):
                best, most = environment, letters
    return best


def _of_words(words: Sequence[str], facts: Facts) -> str:
    """The strictest environment of consecutive words; joined forms count as one word."""
    aliases = facts.environment_words
    best = ""
    index, count = 0, len(words)
    while index < count:
        word = words[index]
        following = words[index + 1] if index + 1 < count else ""
        joined = f"{word}-{following}"
        if following and joined in aliases:
            found, index = aliases[joined], index + 2
        elif word in _LESSENING and _of_word(following, aliases) == "production":
            found, index = aliases.get(f"{word}-prod", "staging"), index + 2
        else:
            found, index = _of_word(word, aliases), index + 1
        if _RANK.get(found, 0) > _RANK[best]:
            best = found
    return best


def _of_word(word: str, aliases: dict[str, str]) -> str:
    found = aliases.get(word, "")
    if found or not word:
        return found
    bare = word.strip(_DIGITS)
    if bare != word and bare in aliases:
        return aliases[bare]
    for prefix in _LESSENING:
        if word.startswith(prefix) and aliases.get(word[len(prefix) :]) == "production":
            return aliases.get(f"{prefix}-prod", "staging")
    return ""


def _of_address(source: str, address: str, facts: Facts) -> str:
    """Loopback is local; else what the host says; a URL's path counts only when the host is silent."""
    if is_loopback(address):
        return "local"
    host = host_of(address)
    found = _by_pattern("host", host, facts) or _of_words(words_of(host), facts)
    if found or source == "host":
        return found
    path = address.partition("://")[2].partition("/")[2]
    return "production" if _of_words(words_of(path), facts) == "production" else ""


def _of_account(name: str, facts: Facts) -> str:
    """What policy says of a 12-digit account id inside an ARN, or of a bare id."""
    for part in name.split(":"):
        if len(part) == 12 and part.isdigit():
            return _by_pattern("account", part, facts)
    return ""


def _of_path(path: str, facts: Facts) -> str:
    """What a path tells. A folder such as `dev-tools` or `local` above others is no proof of dev.

    Production and staging count wherever their word stands; dev and local only as a whole folder
    name, in the file's own name, or below a folder that holds environments (`overlays/dev-eu`).
    """
    segments = [
        segment for segment in path.replace("\\", "/").split("/") if segment not in ("", ".")
    ]
    best = ""
    for position, segment in enumerate(segments):
        found = _of_words(words_of(segment), facts)
        if found and segment.lower().endswith("live") and position < len(segments) - 1:
            # `live/dev/vpc` is how Terragrunt names the folder of all environments.
            found = "" if _of_path("/".join(segments[position + 1 :]), facts) else found
        if found in ("dev", "local"):
            is_last = position == len(segments) - 1
            parent = segments[position - 1].lower() if position else ""
            whole = _of_word(segment.lower(), facts.environment_words) != ""
            if not (whole or parent in _PARENTS or (is_last and "." in segment)):
                continue
        best = stricter(found, best)
    return best


def strictest_named(candidates: Iterable[Candidate], facts: Facts) -> tuple[str, str]:
    """The strictest environment told by (source, name, shown) candidates, and what told it.

    `("unknown", "")` when nothing told one. An `operand` alone can say production and nothing less,
    because what cannot be told is judged as production anyway.
    """
    best, told_by = "", ""
    raised, raised_by = "", ""
    for source, name, shown in candidates:
        if not name:
            continue
        environment = named(source, name, facts)
        if source == "computed":
            environment = "production" if environment == "production" else "unknown"
        if source == "operand":
            if _RANK[environment] > _RANK[raised]:
                raised, raised_by = environment, shown
        elif _RANK.get(environment, 0) > _RANK[best]:
            best, told_by = environment, shown
    if _RANK[raised] > _RANK[best] and (best or raised == "production"):
        best, told_by = raised, raised_by
    return (best, told_by) if best else ("unknown", "")
