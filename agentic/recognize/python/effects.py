"""What Python code shows and opens up: printing, sockets, servers, pickles, native code.

Sources (checked 2026-11-21): https://docs.python.org/3/library/pickle.html,
https://docs.pytorch.org/docs/stable/generated/torch.load.html, https://docs.python.org/3/library/socket.html.
"""

from __future__ import annotations

from agentic.recognize.interface import Word
from agentic.recognize.python.call import plain_name
from agentic.recognize.python.files import read_target
from agentic.recognize.python.values import (
    ENVIRONMENT,
    FETCHED,
    KEY,
    UNKNOWN,
    Value,
    computed,
    folded,
    is_text,
    known_text,
    taints,
    word_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.python.call import Call, Handler


def _folded_method(call: Call) -> Value | None:
    """A method of a text, of bytes, of a list."""
    receiver = call.receiver
    if receiver is None:
        return None
    if receiver.sort == "list":
        return receiver if call.method == "copy" else None
    return folded(call.method, receiver, call.args) or computed(receiver, *call.args)


def _shown(call: Call) -> Value | None:
    """A call that prints its arguments or turns them into text."""
    traits = taints((*call.args, *[value for _, value in call.named]))
    if ENVIRONMENT in traits or (
        KEY in traits and call.method in {"print", "pprint", "pp", "write"}
    ):
        call.context.add("shell.environment-dump", f"{call.name}(os.environ)")
    if call.method in {"str", "repr", "format"} and call.args:
        first = call.args[0]
        return first._replace(sort="text") if first.sort == "path" else first
    return None


def _names_only(call: Call) -> Value | None:
    """`list(os.environ)`: the names of variables, without their values."""
    first = call.args[0] if call.args else UNKNOWN
    if first.sort == "name" and plain_name(first.data) == "os.environ":
        return UNKNOWN
    return first if first.sort in {"list", "text", "path"} else None


# Sockets and servers


def _connect(call: Call) -> None:
    address = call.arg(0, "address")
    host = (
        address.items[0]
        if address is not None and address.sort == "list" and address.items
        else UNKNOWN
    )
    text = word_of(host).text
    call.walk.seen["socket"] = text
    if call.walk.is_kept and known_text(host) is None:
        return
    from agentic.recognize.environment import is_loopback

    call.context.add("network.read-local" if is_loopback(text) else "network.read", f"tcp://{text}")


def _serve(call: Call) -> None:
    """A server that the code starts; an empty host is every interface."""
    address = call.arg(0, "server_address")
    host = call.arg(-1, "host", "server_name")
    if host is None and call.method == "make_server":
        host = call.arg(0)
    if host is None and address is not None and address.sort == "list" and address.items:
        host = address.items[0]
    text = known_text(host) if host is not None else "127.0.0.1"
    is_open = text is None or not text.startswith(("127.", "localhost", "::1", "[::1]"))
    call.context.add(
        "code.expose-server" if is_open else "code.open-server", f"{call.name} {text or ''}"
    )


def _untrusted(call: Call) -> Value | None:
    """Loading what may run code: pickles and their like."""
    if call.name == "torch.load":
        only = call.arg(-1, "weights_only")
        if only is not None and only.sort == "constant" and only.data:
            return None
    source = call.arg(0, "filepath_or_buffer", "file", "filename", "f")
    path = source
    while path is not None and path.sort == "name" and path.items:
        path = path.items[0]
    word = word_of(path) if path is not None else Word("")
    if source is not None and is_text(source):
        call.context.read_path(word)
    if call.walk.is_kept and (not word.literal or not word.text.startswith(("/", "~", ".."))):
        return None  # a script of the project loads the project's own artefact
    if source is not None and known_text(source) is not None and "loads" in call.method:
        word = Word("")
    call.context.add("code.load-untrusted-model", f"{call.name} {word.text}".strip())
    return None


def _numpy_load(call: Call) -> Value | None:
    return _untrusted(call) if call.is_set("allow_pickle") else read_target(call)  # type: ignore[func-returns-value]


def _yaml_load(call: Call) -> Value | None:
    loader = call.arg(1, "Loader")
    if loader is not None and loader.sort == "name" and loader.data.rpartition(".")[2] not in {
        "Loader", "UnsafeLoader", "CLoader",
    }:  # fmt: skip
        return None
    return _untrusted(call)


def _native(call: Call) -> Value | None:
    """A library of native code: a kept script uses its own, other code may call anything in it."""
    if not call.walk.is_kept:
        call.context.unknown("native code is loaded and called", target=call.name)
    return None


def _text_method(call: Call) -> Value | None:
    return _folded_method(call) if call.name.startswith(("text.", "list.")) else None


def _server_run(call: Call) -> Value | None:
    """`app.run(host=…)` of Flask and its like."""
    is_app = call.name.startswith(("flask.Flask()", "bottle.", "dash.Dash()"))
    if is_app or any(name in {"host", "port"} for name, _ in call.named):
        _serve(call)
    return None


def _socket_connect(call: Call) -> Value | None:
    if call.name.startswith("socket."):
        _connect(call)
    return None


def _socket_bind(call: Call) -> Value | None:
    if call.name.startswith("socket."):
        _serve(call)
    return None


def _socket_receive(call: Call) -> Value | None:
    if call.name.startswith("socket."):
        return Value("computed", traits=frozenset((FETCHED,)))
    return None


_SHOWS = "print str repr format pprint.pprint pprint.pp pprint.pformat json.dumps json.dump".split()
_PICKLES = (
    "pickle.load pickle.loads pickle.Unpickler dill.load dill.loads cloudpickle.load"
    " cloudpickle.loads joblib.load torch.load pandas.read_pickle shelve.open jsonpickle.decode"
    " yaml.unsafe_load yaml.unsafe_load_all marshal.load marshal.loads"
).split()
_SERVERS = (
    "http.server.HTTPServer http.server.ThreadingHTTPServer socketserver.TCPServer"
    " socketserver.ThreadingTCPServer socketserver.UDPServer wsgiref.simple_server.make_server"
    " uvicorn.run hypercorn.run waitress.serve aiohttp.web.run_app xmlrpc.server.SimpleXMLRPCServer"
).split()

EFFECT_CALLS: dict[str, Handler] = {
    **dict.fromkeys(_SHOWS, _shown),
    **dict.fromkeys("list sorted tuple set reversed iter".split(), _names_only),
    "socket.create_connection": _connect,
    **dict.fromkeys(_SERVERS, _serve),
    **dict.fromkeys(_PICKLES, _untrusted),
    "numpy.load": _numpy_load,
    **dict.fromkeys(("yaml.load", "yaml.load_all"), _yaml_load),
    **dict.fromkeys(
        ("ctypes.CDLL", "ctypes.cdll.LoadLibrary", "ctypes.PyDLL", "cffi.FFI"), _native
    ),
}
EFFECT_METHODS: dict[str, Handler] = {
    **dict.fromkeys(
        "strip lstrip rstrip lower upper split rsplit splitlines replace removeprefix removesuffix encode"
        " decode title capitalize swapcase casefold hex join format translate copy".split(),
        _text_method,
    ),
    "run": _server_run,
    **dict.fromkeys(("connect", "connect_ex"), _socket_connect),
    "bind": _socket_bind,
    **dict.fromkeys(("recv", "recvfrom", "makefile"), _socket_receive),
}
