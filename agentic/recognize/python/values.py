"""What a piece of Python is known to be without running it: constants, texts, names, lists.

A value that cannot be told is `computed`; what it is made of still counts, through its `traits`. Folding
is limited to a few operations on short texts, so that no code can make it expensive. Pure; never raises.
"""

from __future__ import annotations

from agentic.core.paths import base_name, folder_of
from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

#: Characters that folding may produce.
MAX_TEXT = 65_536
#: Values that one name may have at the same time.
MAX_CHOICES = 8
#: Elements of a list, and lists inside lists, that are kept.
MAX_ITEMS = 256
MAX_DEPTH = 6

#: What a value is made of, kept through everything that is done with it.
FETCHED = "fetched"  # came over the network
DECODED = "decoded"  # came out of base64, zlib, codecs, marshal
ENVIRONMENT = "environment"  # holds the whole environment
SECRET = "secret"  # noqa: S105 - the name of a trait; came from a file of credentials
KEY = "key"  # the value of a variable that is named like a credential
FILE = "file"  # came from an ordinary file
COMPUTED = "computed"  # a text with parts that are not known, written `${value}`
GLOB = "glob"  # a text that stands for all paths that match it
NAMESPACE = "namespace"  # the dictionary of a module: `vars(os)`, `os.__dict__`
REFLECTED = "reflected"  # looked up under a name that is not known
#: Traits that a result has when one of its parts has them.
TAINTS = frozenset((FETCHED, DECODED, ENVIRONMENT, SECRET, KEY, FILE))
NO_TRAITS: frozenset[str] = frozenset()


class Value(NamedTuple):
    """One value.

    ``constant``  `data` is the object itself (text, bytes, number, True, None)
    ``text``      `data` is a text with computed parts or wildcards; `path` the same of a pathlib path
    ``name``      `data` is the dotted name of a module, function or result (`boto3.client().list`);
                  of a result, `items` and `named` are the arguments, `base` is what it was got from
    ``list``      `items` are the elements
    ``mapping``   `named` are the entries with constant keys
    ``function``  `data` is the node of a function of this code
    ``choice``    `items` are the values that it may have
    ``computed``  nothing is known
    """

    sort: str
    data: Any = None
    items: tuple[Value, ...] = ()
    named: tuple[tuple[str, Value], ...] = ()
    base: Value | None = None
    traits: frozenset[str] = NO_TRAITS

    def argument(self, name: str) -> Value | None:
        """The keyword argument or entry of that name."""
        for key, value in self.named:
            if key == name:
                return value
        return None


UNKNOWN = Value("computed")
NONE = Value("constant", None)


def constant(data: object) -> Value:
    """A value that is known exactly."""
    return Value("constant", data)


def computed(*parts: Value) -> Value:
    """A value that is not known, made of others."""
    traits = taints(parts)
    return Value("computed", traits=traits) if traits else UNKNOWN


def taints(parts: Iterable[Value]) -> frozenset[str]:
    """The traits that a result takes over from its parts."""
    found = NO_TRAITS
    for part in parts:
        if part.traits:
            found |= part.traits & TAINTS
    return found


def listed(items: Sequence[Value]) -> Value:
    """A list of values; one that is nested too deep, as only hostile code is, is not kept."""
    depth = 1 + max([each.data or 1 for each in items if each.sort == "list"], default=0)
    if depth > MAX_DEPTH:
        return computed(*items)
    return Value("list", depth, tuple(items[:MAX_ITEMS]), traits=taints(items))


def is_same(one: Value, other: Value, depth: int = 3) -> bool:
    """Whether two values are plainly the same; of deep ones that is not asked."""
    if one is other:
        return True
    if one[:2] != other[:2] or one.traits != other.traits or one.named or other.named:
        return False
    if one.base is not other.base and (one.base is None or other.base is None or depth == 0):
        return False
    if len(one.items) != len(other.items) or (one.items and (depth == 0 or len(one.items) > 8)):
        return False
    if (
        one.base is not None
        and other.base is not None
        and not is_same(one.base, other.base, depth - 1)
    ):
        return False
    pairs = zip(one.items, other.items, strict=True)
    return all(is_same(left, right, depth - 1) for left, right in pairs)


def choice(values: Sequence[Value]) -> Value:
    """A value that is one of these."""
    found: list[Value] = []
    for value in values:
        for each in value.items if value.sort == "choice" else (value,):
            if not any(is_same(each, known) for known in found):
                found.append(each)
    if len(found) == 1:
        return found[0]
    if len(found) > MAX_CHOICES or not found:
        return computed(*found)
    return Value("choice", items=tuple(found), traits=taints(found))


def choices(value: Value) -> tuple[Value, ...]:
    """The values that a value may have."""
    return value.items if value.sort == "choice" else (value,)


def value_of_word(word: Word) -> Value:
    """A word of the command line as a value."""
    if word.literal:
        return constant(word.text)
    traits = frozenset((GLOB,)) if word.glob else frozenset((COMPUTED,))
    return Value("text", word.text, traits=traits | ({FETCHED} if word.fetched else NO_TRAITS))


def word_of(value: Value) -> Word:
    """A value as a word of a command or a path; `${value}` stands for what is not known."""
    fetched = FETCHED in value.traits
    text = known_text(value)
    if text is not None:
        return Word(text, fetched=fetched)
    if value.sort in {"text", "path"}:
        is_glob = GLOB in value.traits
        literal = not is_glob and COMPUTED not in value.traits
        return Word(value.data, literal=literal, glob=is_glob, fetched=fetched)
    return Word("${value}", literal=False, fetched=fetched)


def known_text(value: Value) -> str | None:
    """The text of a value that is known exactly, also of bytes and numbers, else None."""
    data = value.data
    if value.sort == "constant":
        if isinstance(data, str):
            return data
        if isinstance(data, bytes):
            return data.decode("utf-8", "replace")
        if isinstance(data, int) and not isinstance(data, bool):
            return str(data) if abs(data) < 1 << 64 else None
        return None
    is_exact = value.sort in {"text", "path"} and not value.traits & {COMPUTED, GLOB}
    return str(data) if is_exact else None


def is_text(value: Value) -> bool:
    """Whether a value is a text, known at least in part."""
    return value.sort in {"text", "path"} or (
        value.sort == "constant" and isinstance(value.data, str | bytes)
    )


def shown_json(value: Value, depth: int = 0) -> str:
    """A value as JSON-like text, for telling what a request's body says."""
    text = known_text(value)
    if text is not None:
        return '"' + text + '"' if depth else text
    if depth > 4:
        return ""
    if value.sort == "mapping":
        rows = [f'"{key}": {shown_json(item, depth + 1)}' for key, item in value.named]
        return "{" + ", ".join(rows) + "}"
    if value.sort in {"list", "choice"}:
        return ", ".join([shown_json(item, depth + 1) for item in value.items])
    if value.sort == "name" and value.items:
        return shown_json(value.items[0], depth + 1)
    return str(value.data) if value.sort == "text" else ""


# Texts


def joined_text(parts: Sequence[Value], sort: str = "text") -> Value:
    """The text that parts make when they are written one after the other."""
    texts: list[str] = []
    is_known = True
    traits = taints(parts)
    for part in parts:
        text = known_text(part)
        if text is None:
            is_known = False
            word = word_of(part)
            text = word.text
            traits |= {GLOB} if word.glob else {COMPUTED}
        texts.append(text)
    whole = "".join(texts)
    if len(whole) > MAX_TEXT:
        return computed(*parts)
    if is_known and sort == "text" and not traits:
        return constant(whole)
    if sort == "text" and whole == "${value}":
        return computed(*parts)
    return Value(sort, whole, traits=traits - {GLOB} if COMPUTED in traits else traits)


def joined_path(parts: Sequence[Value], sort: str = "path") -> Value:
    """The path that parts make; an absolute part begins it anew."""
    pieces: list[Value] = []
    for part in parts:
        text = word_of(part).text
        if text[:1] in {"/", "~"}:
            pieces = []
        if pieces:
            pieces.append(constant("/"))
        pieces.append(part)
    found = joined_text(pieces, sort)
    return found._replace(sort=sort) if found.sort == "text" else found


def path_attribute(value: Value, name: str) -> Value | None:
    """`parent`, `name`, `stem` and their like of a path, or None where it is no such attribute."""
    text = str(value.data)
    if name == "parent":
        if "/" not in text:
            return value._replace(data=".", traits=value.traits - {GLOB, COMPUTED})
        return value._replace(data=folder_of(text))
    if name in {"name", "stem", "suffix"}:
        part = base_name(text)
        if value.traits & {COMPUTED, GLOB}:
            return Value("text", part, traits=value.traits)
        stem, dot, ending = part.rpartition(".")
        if name == "stem":
            part = stem or part
        elif name == "suffix":
            part = dot + ending if stem else ""
        return constant(part)
    return None


def folded(name: str, receiver: Value, args: Sequence[Value]) -> Value | None:
    """What a method of a known text gives, or None where that is not folded."""
    data = receiver.data
    if name in {"join", "format"} and isinstance(data, str):
        return _joined_or_formatted(name, data, args)
    plain = [arg.data for arg in args if arg.sort == "constant"]
    is_exact = receiver.sort == "constant" and isinstance(data, str | bytes)
    if not is_exact or len(plain) != len(args) or len(args) > 2:
        return None
    size = len(data) + 1
    for each in plain:
        size *= len(each) + 1 if isinstance(each, str | bytes) else 1
    if name not in _FOLDED or size > MAX_TEXT * 16 or len(data) > MAX_TEXT:
        return None
    if name in {"encode", "decode"} and any(each not in _CODECS for each in plain):
        return Value("computed", traits=frozenset((DECODED,)))
    try:
        result = getattr(data, name)(*plain)
    except Exception:  # noqa: BLE001 - FAIL-SAFE: what Python refuses to fold is not known
        return None
    if isinstance(result, list):
        return listed([constant(each) for each in result[:MAX_ITEMS]])
    return constant(result)


_FOLDED = frozenset(
    "strip lstrip rstrip lower upper split rsplit splitlines replace removeprefix removesuffix encode"
    " decode title capitalize swapcase casefold hex".split()
)
_CODECS = frozenset(("utf-8", "utf8", "UTF-8", "ascii", "latin-1", "replace", "ignore", "strict"))


def _joined_or_formatted(name: str, text: str, args: Sequence[Value]) -> Value | None:
    if name == "join":
        if len(args) != 1 or args[0].sort != "list":
            return None
        parts: list[Value] = []
        for item in args[0].items:
            if parts:
                parts.append(constant(text))
            parts.append(item)
        return joined_text(parts)
    pieces = text.replace("{{", "\0").replace("}}", "\1").split("{}")
    if any("{" in piece or "}" in piece for piece in pieces) or len(pieces) != len(args) + 1:
        return Value("text", "${value}" + text, traits=taints(args) | {COMPUTED})
    mixed: list[Value] = []
    for index, piece in enumerate(pieces):
        mixed.append(constant(piece.replace("\0", "{").replace("\1", "}")))
        mixed.extend(args[index : index + 1])
    return joined_text(mixed)


def combined(operator: str, left: Value, right: Value) -> Value:
    """What a binary operator makes of two values."""
    if operator == "Add":
        if left.sort == right.sort == "list":
            return listed(left.items + right.items)
        if left.sort == "list" or right.sort == "list":
            known = left if left.sort == "list" else right
            other = right if known is left else left
            many = Value("computed", traits=taints((other,)) | {GLOB})
            return listed((*left.items, many) if known is left else (many, *right.items))
        if is_text(left) or is_text(right):
            if isinstance(left.data, bytes) and isinstance(right.data, bytes):
                return constant((left.data + right.data)[:MAX_TEXT])
            return joined_text((left, right))
    if operator == "Div" and (left.sort == "path" or right.sort == "path"):
        return joined_path((left, right))
    if operator == "Mod" and left.sort == "constant" and isinstance(left.data, str):
        return _percent(left.data, right)
    if operator == "Mult" and left.sort == right.sort == "constant":
        return _repeated(left.data, right.data)
    if operator == "BitOr" and left.sort == right.sort == "mapping":
        return Value("mapping", named=left.named + right.named, traits=left.traits | right.traits)
    return computed(left, right)


def _percent(text: str, right: Value) -> Value:
    """`"rm %s" % x` with plain places only."""
    args = right.items if right.sort == "list" else (right,)
    pieces = text.replace("%%", "\0").replace("%d", "%s").split("%s")
    if any("%" in piece for piece in pieces) or len(pieces) != len(args) + 1:
        return Value("text", "${value}" + text, traits=taints(args) | {COMPUTED})
    mixed: list[Value] = []
    for index, piece in enumerate(pieces):
        mixed.append(constant(piece.replace("\0", "%")))
        mixed.extend(args[index : index + 1])
    return joined_text(mixed)


def _repeated(left: object, right: object) -> Value:
    text, count = (left, right) if isinstance(left, str) else (right, left)
    if isinstance(text, str) and isinstance(count, int) and 0 <= count * len(text) <= MAX_TEXT:
        return constant(text * count)
    return UNKNOWN


def element(value: Value, index: Value) -> Value:
    """`value[index]` where both are known, else something computed."""
    key = index.data if index.sort == "constant" else None
    if value.sort == "mapping" and isinstance(key, str):
        found = value.argument(key)
        return found if found is not None else computed(value)
    if isinstance(key, int) and value.sort in {"list", "constant"}:
        sequence: Any = value.items if value.sort == "list" else value.data
        if isinstance(sequence, tuple | str | bytes) and -len(sequence) <= key < len(sequence):
            # an unknown number of elements before it makes the position uncertain
            if value.sort == "list" and any(GLOB in item.traits for item in value.items):
                return choice(value.items)
            item = sequence[key]
            return item if isinstance(item, Value) else constant(item)
    if value.sort == "list":
        return choice(value.items) if value.items else computed(value)
    if value.sort in {"text", "path"}:
        return Value("text", "${value}", traits=value.traits | {COMPUTED})
    return computed(value)


def elements(value: Value) -> Value:
    """What a loop over a value gets, one after the other."""
    if value.sort == "list":
        return choice(value.items) if value.items else UNKNOWN
    if value.sort in {"text", "path"} and GLOB in value.traits:
        return value
    return computed(value)


def below(root: Value) -> Value:
    """All paths below a folder."""
    found = joined_path((root, Value("text", "*", traits=frozenset((GLOB,)))), "text")
    return found if found.sort == "text" else computed(root)


def variants(args: Sequence[Value]) -> list[tuple[Value, ...]]:
    """The arguments of a call, once per value that they may have (bounded)."""
    found: list[tuple[Value, ...]] = [()]
    for arg in args:
        many = choices(arg)
        if len(many) * len(found) > 16:
            many = (computed(arg),)
        found = [(*before, each) for before in found for each in many]
    return found
