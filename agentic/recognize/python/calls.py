"""What a call in Python code does: the one door to all tables of calls.

`judge_call` is the one door: an exact name of `CALLS`, else the family of a client library (`requests`,
`stores`, `models`, `platforms`), else the name of the method alone (`METHODS`); a handler adds operations
and may tell the call's value. What no table names is computing.
"""

from __future__ import annotations

from agentic.recognize.python.call import Call, plain_name
from agentic.recognize.python.effects import EFFECT_CALLS, EFFECT_METHODS
from agentic.recognize.python.files import FILE_CALLS, FILE_METHODS
from agentic.recognize.python.lookup import LOOKUP_CALLS
from agentic.recognize.python.models import MODEL_CALLS, MODEL_FAMILIES, MODEL_METHODS
from agentic.recognize.python.platforms import PLATFORM_FAMILIES
from agentic.recognize.python.processes import PROCESS_CALLS
from agentic.recognize.python.requests import REQUEST_CALLS, REQUEST_FAMILIES
from agentic.recognize.python.runtime import RUNTIME_CALLS, RUNTIME_METHODS
from agentic.recognize.python.stores import STORE_CALLS, STORE_FAMILIES, STORE_METHODS
from agentic.recognize.python.values import (
    REFLECTED,
    Value,
    taints,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.python.call import Handler
    from agentic.recognize.python.walk import Walk


def is_judged(dotted: str) -> bool:
    """Whether a name is one that the table of calls knows."""
    return plain_name(dotted) in CALLS


def is_dangerous(value: Value) -> bool:
    """Whether a value is a function that runs or destroys things."""
    if value.sort != "name" or value.data.endswith("()"):
        return False
    return plain_name(value.data) in DANGEROUS


def judge_call(
    walk: Walk, function: Value, args: tuple[Value, ...], named: tuple[tuple[str, Value], ...]
) -> Value:
    """Add what one call of a named function does; what it gives."""
    name = plain_name(function.data)
    call = Call(walk, name, function, args, named)
    if name not in _CALLERS:
        for value in (*args, *[value for _, value in named]):
            walk.handed_on(value)
    if call.is_set("trust_remote_code"):
        walk.context.add("code.load-untrusted-model", f"{name}(trust_remote_code=True)")
    result: Value | None = None
    handler: Handler | None = CALLS.get(name)
    if handler is None:
        handler = FAMILIES.get(name.partition(".")[0])
        if handler is not None:
            result = handler(call)
            handler = None if result is not None else METHODS.get(call.method)
        elif "." in name:
            handler = METHODS.get(call.method)
    if handler is not None:
        result = handler(call)
    if result is not None:
        return result
    traits = taints((function, *args, *[value for _, value in named])) | (
        function.traits & {REFLECTED}
    )
    if len(name) > 240:
        return Value("computed", traits=traits)
    return Value("name", name + "()", args, named, function.base, traits)


def judge_together(walk: Walk) -> None:
    """What only means something together: a socket whose ends become a shell's."""
    seen = walk.seen
    if "socket" in seen and "dup2" in seen:
        walk.context.add("network.listen-shell", seen["socket"])


#: Functions that call what they are given: what is handed to them is judged as called.
_CALLERS = frozenset(
    "map filter threading.Thread threading.Timer multiprocessing.Process functools.partial"
    " atexit.register getattr hasattr callable isinstance".split()
)

CALLS: dict[str, Handler] = {
    **LOOKUP_CALLS, **RUNTIME_CALLS, **PROCESS_CALLS, **FILE_CALLS, **EFFECT_CALLS, **REQUEST_CALLS,
    **STORE_CALLS, **MODEL_CALLS,
}  # fmt: skip
#: The first part of a name -> the judge of a client library.
FAMILIES: dict[str, Handler] = {
    **REQUEST_FAMILIES, **STORE_FAMILIES, **MODEL_FAMILIES, **PLATFORM_FAMILIES
}  # fmt: skip
METHODS: dict[str, Handler] = {
    **RUNTIME_METHODS, **EFFECT_METHODS, **FILE_METHODS, **STORE_METHODS, **MODEL_METHODS
}  # fmt: skip

#: Functions that run or destroy things: using one as a value hides what it will be called with.
DANGEROUS = frozenset(PROCESS_CALLS) | frozenset(
    "exec eval __import__ os.remove os.unlink os.rmdir os.removedirs shutil.rmtree shutil.move"
    " importlib.import_module getattr pathlib.Path.unlink pathlib.Path.rmdir".split()
)
