"""Code that Python code makes and runs: exec, eval, imports and attributes by name, decoded text.

Text that is known is read like the rest; text that was fetched is remote code; text that is decoded first,
or made in a way that cannot be followed, is `unknown.shell`.
"""

from __future__ import annotations

from agentic.recognize.interface import Stdin, Word
from agentic.recognize.python.lookup import judge_item, judge_iteration
from agentic.recognize.python.values import (
    DECODED,
    FETCHED,
    NAMESPACE,
    REFLECTED,
    UNKNOWN,
    Value,
    choice,
    choices,
    computed,
    known_text,
    taints,
    variants,
    word_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.python.call import Call, Handler


def _run_code(call: Call) -> Value:
    """`exec(text)`, `eval(text)`."""
    code = call.arg(0, "source") or UNKNOWN
    traits = taints((code,))
    context = call.context
    text = known_text(code)
    if FETCHED in traits:
        context.add("code.execute-remote", call.name)
    elif DECODED in traits:
        context.unknown("a text that is decoded first is run as code", target=call.name)
    if text is not None:
        call.walk.run_text(text.strip() if call.name == "eval" else text)
    elif code.sort == "name" and code.data == "open().read()":
        _run_path(call, code.items[0])
    elif not traits & {FETCHED, DECODED}:
        context.unknown("a text made at run time is run as code", target=call.name)
    return UNKNOWN


def _run_path(call: Call, path: Value) -> None:
    from agentic.recognize.python.scripts import run_python_file

    run_python_file(call.context, word_of(path), ())


def _run_file(call: Call) -> None:
    path = call.arg(1 if call.method == "spec_from_file_location" else 0, "path_name", "location")
    if path is not None:
        _run_path(call, path)


def _module(call: Call) -> Value:
    """`__import__(name)`, `importlib.import_module(name)`, `runpy.run_module(name)`."""
    name = call.text(0, "name", "mod_name")
    if not name or "$" in name:
        call.walk.unknown("the module that is imported is computed at run time")
        return Value("computed", traits=frozenset(() if call.walk.is_kept else (REFLECTED,)))
    if call.name == "runpy.run_module":
        call.context.run_words([Word("python"), Word("-m"), Word(name)], Stdin())
    return Value("name", name.partition(".")[0] if call.name == "__import__" else name)


def _getattr(call: Call) -> Value:
    from agentic.recognize.python.nodes import attribute

    receiver = call.arg(0) or UNKNOWN
    name = call.arg(1)
    text = known_text(name) if name is not None else None
    if text is not None:
        return attribute(call.walk, receiver, text)
    first = receiver.data.partition(".")[0] if receiver.sort == "name" else ""
    is_open = first in {
        "os",
        "subprocess",
        "shutil",
        "builtins",
        "__builtins__",
        "sys",
        "posix",
        "pty",
    }
    return Value("computed", traits=frozenset((REFLECTED,))) if is_open else computed(receiver)


def _namespace(call: Call) -> Value | None:
    """`vars(os)`; without an argument the code's own names."""
    if call.args and call.args[0].sort == "name":
        return call.args[0]._replace(traits=call.args[0].traits | {NAMESPACE})
    return None


def _namespace_get(call: Call) -> Value | None:
    receiver = call.function
    if call.receiver is not None and call.receiver.sort == "mapping" and call.args:
        found = call.receiver.argument(known_text(call.args[0]) or "")
        return found or computed(call.receiver)
    if NAMESPACE in receiver.traits and call.args:
        module = Value("name", receiver.data.rpartition(".")[0], traits=receiver.traits)
        return judge_item(call.walk, module, call.args[0])
    return None


def _decoded(call: Call) -> Value:
    """What base64, zlib and their like make of a text; base64 of a known text is read."""
    first = call.arg(0) or UNKNOWN
    traits = taints((first,)) | {DECODED}
    text = known_text(first)
    if text is not None and call.method in {
        "b64decode",
        "a2b_base64",
        "decodebytes",
        "standard_b64decode",
    }:
        from binascii import Error, a2b_base64

        try:
            data = a2b_base64(text.encode("ascii", "ignore"))
        except Error:
            return Value("computed", traits=traits)
        return Value("text", data.decode("utf-8", "replace"), traits=traits)
    if text is not None and call.method in {"fromhex", "unhexlify"}:
        try:
            return Value("text", bytes.fromhex(text).decode("utf-8", "replace"), traits=traits)
        except ValueError:
            return Value("computed", traits=traits)
    return Value("computed", traits=traits)


def _apply_first(call: Call) -> Value:
    """`map(f, xs)`, `Thread(target=f, args=xs)`, `partial(f, x)`: f is called with them."""
    function = call.arg(1 if call.method in {"Thread", "Process", "Timer"} else 0, "target", "func")
    if function is None:
        return UNKNOWN
    rest = call.args[1:]
    named: tuple[tuple[str, Value], ...] = ()
    if call.method in {"Thread", "Process"}:
        given = call.arg(-1, "args")
        rest = given.items if given is not None and given.sort == "list" else ()
    elif call.method == "Timer":
        given = call.arg(2, "args")
        rest = given.items if given is not None and given.sort == "list" else ()
    elif call.method in {"map", "imap", "starmap", "filter"}:
        rest = tuple([judge_iteration(call.walk, each) for each in rest])
    else:
        named = call.named
    results = [
        call.walk.apply(one, variant, named)
        for one in choices(function)
        if one.sort in {"name", "function"}
        for variant in variants(rest)
    ]
    return choice(results) if results else computed(*call.args)


def _attribute_of(call: Call) -> Value | None:
    """`attrgetter(name)(value)` and `methodcaller(name, *args)(value)`."""
    made = call.function.items
    if not call.args or not made:
        return None
    found = _getattr(call._replace(args=(call.args[0], made[0]), named=()))
    is_caller = "methodcaller" in call.name
    return call.walk.apply(found, made[1:], call.function.named) if is_caller else found


_CODECS = (
    "base64.b64decode base64.standard_b64decode base64.urlsafe_b64decode base64.b32decode"
    " base64.b16decode base64.b85decode base64.a85decode base64.decodebytes binascii.a2b_base64"
    " binascii.unhexlify binascii.a2b_hex bytes.fromhex bytearray.fromhex codecs.decode codecs.encode"
    " zlib.decompress gzip.decompress bz2.decompress lzma.decompress chr bytes bytearray"
).split()

RUNTIME_CALLS: dict[str, Handler] = {
    **dict.fromkeys(("exec", "eval", "execfile"), _run_code),
    **dict.fromkeys(("runpy.run_path", "importlib.util.spec_from_file_location"), _run_file),
    **dict.fromkeys(
        ("__import__", "importlib.import_module", "importlib.__import__", "runpy.run_module"),
        _module,
    ),
    "getattr": _getattr,
    "vars": _namespace,
    **dict.fromkeys(("operator.attrgetter()", "operator.methodcaller()"), _attribute_of),
    **dict.fromkeys(
        "map filter threading.Thread threading.Timer multiprocessing.Process functools.partial"
        " atexit.register".split(),
        _apply_first,
    ),
    **dict.fromkeys(_CODECS, _decoded),
}
RUNTIME_METHODS: dict[str, Handler] = dict.fromkeys(("get", "__getitem__"), _namespace_get)
