"""What a name, an item or a turn of a loop stands for: environment variables, namespaces, folders walked."""

from __future__ import annotations

from agentic.recognize.python.call import plain_name
from agentic.recognize.python.values import (
    COMPUTED,
    GLOB,
    KEY,
    NAMESPACE,
    REFLECTED,
    UNKNOWN,
    Value,
    below,
    choice,
    computed,
    constant,
    element,
    elements,
    is_text,
    known_text,
    word_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.python.call import Call, Handler
    from agentic.recognize.python.walk import Walk


def judge_item(walk: Walk, receiver: Value, index: Value) -> Value:
    """What `receiver[index]` is, where the receiver may be a namespace or the environment."""
    if receiver.sort == "name":
        name = plain_name(receiver.data)
        key = known_text(index)
        if name == "os.environ":
            return variable(walk, key)
        if (
            name in {"sys.modules", "globals()", "locals()", "vars()"}
            or NAMESPACE in receiver.traits
        ):
            if key is None:
                return Value("computed", traits=frozenset((REFLECTED,)))
            if NAMESPACE in receiver.traits:
                return Value("name", f"{receiver.data}.{key}")
            return walk.names.get(key) or Value("name", key)
        return Value(
            "name", receiver.data, receiver.items, receiver.named, receiver.base, receiver.traits
        )
    return element(receiver, index)


def judge_item_assignment(walk: Walk, receiver: Value, index: Value, value: Value) -> None:
    """`os.environ["PATH"] = x`: what it means for the programs that are started later."""
    name = plain_name(receiver.data) if receiver.sort == "name" else ""
    key = known_text(index)
    if name == "os.environ" and key is not None:
        from agentic.recognize.shell.variables import judge_assignment

        if not walk.is_kept:
            judge_assignment(walk.context, key, (word_of(value),))
        if is_text(value):
            walk.seen["$" + key] = word_of(value).text


def judge_iteration(walk: Walk, value: Value) -> Value:
    """What a loop over a value gets."""
    if value.sort == "choice":
        return choice([judge_iteration(walk, each) for each in value.items])
    if value.sort == "name" and value.data == "os.walk()":
        root = value.items[0] if value.items else UNKNOWN
        inside = below(root)
        name = Value("text", "*", traits=frozenset((GLOB,)))
        return Value(
            "list", items=(inside, Value("list", items=(name,)), Value("list", items=(name,)))
        )
    if value.sort == "name":
        is_names = plain_name(value.data) == "os.environ"
        return UNKNOWN if is_names else computed(value)
    return elements(value)


def variable(walk: Walk, name: str | None) -> Value:
    """The value of an environment variable."""
    if name is None:
        return UNKNOWN
    if name == "HOME":
        return constant("~")
    if "$" + name in walk.seen:
        return constant(walk.seen["$" + name])
    from agentic.recognize.shell.variables import SECRET_WORDS

    is_key = any(word in name.upper() for word in SECRET_WORDS)
    traits = frozenset((COMPUTED, KEY)) if is_key else frozenset((COMPUTED,))
    return Value("text", "${" + (name if name.isidentifier() else "value") + "}", traits=traits)


def _getenv(call: Call) -> Value:
    first = call.arg(0, "key")
    found = variable(call.walk, known_text(first) if first is not None else None)
    default = call.arg(1, "default")
    return found if default is None or not is_text(default) else choice((found, default))


def _same(call: Call) -> Value | None:
    """A call whose value is its first argument or its receiver, as far as paths and texts go."""
    if call.args:
        return call.args[0]
    return call.receiver


def _clean(call: Call) -> Value:
    """A call that tells nothing of the contents of its arguments."""
    return UNKNOWN


def _temporary(call: Call) -> Value:
    return Value("path" if "Path" in call.name else "text", "/tmp/agentic-unnamed")  # noqa: S108 - a stand-in


LOOKUP_CALLS: dict[str, Handler] = {
    **dict.fromkeys(
        ("os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault"), _getenv
    ),
    **dict.fromkeys(
        "len bool isinstance type id hash sum any all hasattr callable os.environ.keys"
        " os.environ.update".split(),
        _clean,
    ),
    **dict.fromkeys(
        "compile os.path.expanduser os.path.abspath os.path.realpath os.path.normpath os.fspath shlex.quote"
        " sqlalchemy.text textwrap.dedent".split(),
        _same,
    ),
    **dict.fromkeys(
        "tempfile.mkdtemp tempfile.gettempdir tempfile.mktemp tempfile.TemporaryDirectory".split(),
        _temporary,
    ),
}
