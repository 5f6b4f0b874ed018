"""What HTTP clients of Python code ask for: requests, httpx, urllib, urllib3, aiohttp.

The request itself is `web`'s business, as it is for curl; what comes back is marked as fetched.

Sources (checked 2026-11-21): https://requests.readthedocs.io/en/latest/api,
https://www.python-httpx.org/api, https://docs.python.org/3/library/urllib.request.html,
https://urllib3.readthedocs.io/en/stable/reference/urllib3.poolmanager.html.
"""

from __future__ import annotations

from agentic.recognize.addresses import is_local, parse_address
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.python.values import (
    ENVIRONMENT,
    FETCHED,
    FILE,
    SECRET,
    UNKNOWN,
    Value,
    constant,
    is_text,
    joined_text,
    known_text,
    shown_json,
    taints,
    word_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.python.call import Call, Handler

_METHODS = frozenset("get options head post put patch delete".split())
#: What a client object is made by; its methods are requests.
_CLIENTS = frozenset(
    "Session() session() Client() AsyncClient() ClientSession() PoolManager() TestClient() Http()".split()
)
#: Keyword arguments whose value is sent.
_BODIES = ("data", "json", "files", "content", "body", "fields", "params")
_FETCHED = Value("computed", traits=frozenset((FETCHED,)))


def http_call(call: Call) -> Value | None:
    """A call below `requests`, `httpx`, `urllib3` or `aiohttp`."""
    _, _, rest = call.name.partition(".")
    parts = rest.split(".")
    if any(part not in _CLIENTS for part in parts[:-1]):
        return None
    method = parts[-1]
    if method in _METHODS:
        return _judge(call, method.upper(), call.arg(0, "url"), call.arg(1, "data"))
    if method in {"request", "stream"}:
        verb = call.text(0, "method") or "POST"
        return _judge(call, verb.upper(), call.arg(1, "url"), call.arg(2, "data"))
    return None


def urllib_call(call: Call) -> Value | None:
    """A call below `urllib`."""
    method = call.method
    if method == "urlretrieve":
        return _download(call, call.arg(0, "url"), call.arg(1, "filename"))
    if method not in {"urlopen", "open"} or call.name.startswith("urllib.parse"):
        return None
    if method == "open" and "build_opener()" not in call.name:
        return None
    url, data = call.arg(0, "url", "fullurl"), call.arg(1, "data")
    verb = ""
    if url is not None and url.sort == "name" and url.data.endswith("Request()"):
        request = url
        url = request.items[0] if request.items else request.argument("url")
        data = data or request.argument("data") or (request.items[1] if request.items[1:] else None)
        given = request.argument("method")
        verb = (known_text(given) or "POST") if given is not None else ""
    if data == constant(None):
        data = None
    return _judge(call, (verb or ("POST" if data is not None else "GET")).upper(), url, data)


def http_library_call(call: Call) -> Value | None:
    """`http.client.HTTPSConnection(host).request(method, path)`."""
    if call.method != "request" or "Connection()" not in call.name:
        return None
    start = call.chain()[-1]
    host = start.items[0] if start.items else UNKNOWN
    scheme = "https://" if "HTTPS" in start.data else "http://"
    url = joined_text((constant(scheme), host, call.arg(1, "url") or constant("/")))
    return _judge(call, (call.text(0, "method") or "POST").upper(), url, call.arg(2, "body"))


def _judge(call: Call, method: str, url: Value | None, data: Value | None) -> Value:
    """Add what one request does; what it gives is fetched."""
    from agentic.recognize.web import judge_request

    url = _with_base(call, url if url is not None else UNKNOWN)
    if not is_text(url):
        call.walk.unknown("the address is computed at run time", call.name)
        if not call.walk.is_kept:
            call.context.add(
                "network.read" if method in {"GET", "HEAD"} else "network.write", call.name
            )
        return _FETCHED
    word = word_of(url)
    sent = [value for name, value in call.named if name in _BODIES]
    if data is not None:
        sent.append(data)
    body = " ".join([shown_json(value) for value in sent])
    judge_request(call.context, method, word, body)
    _judge_sent(call, method, sent, word)
    verify = call.arg(-1, "verify", "ssl", "verify_ssl")
    if verify is not None and verify.sort == "constant" and verify.data is False:
        stays = is_local(parse_address(word.text).host)
        call.context.add("network.insecure-local" if stays else "network.insecure", word.text)
    return _FETCHED


def _with_base(call: Call, url: Value) -> Value:
    """An address below the base that its client was made with."""
    for each in call.chain():
        base = each.argument("base_url") if each.sort == "name" else None
        text = known_text(url)
        if base is not None and text is not None and "://" not in text:
            return joined_text((base, constant("/" + text.lstrip("/"))))
    return url


def _judge_sent(call: Call, method: str, sent: list[Value], word: Word) -> None:
    """A body made of files, secrets or the environment leaves the machine."""
    traits = taints(sent)
    if is_local(parse_address(word.text).host):
        return
    if traits & {SECRET, ENVIRONMENT}:
        call.context.add("network.upload-secret", word.text)
    elif FILE in traits and method not in {"GET", "HEAD"}:
        call.context.add("network.upload", word.text)


def _download(call: Call, url: Value | None, target: Value | None) -> Value:
    """A file that is fetched, judged as curl would be."""
    word = word_of(url or UNKNOWN)
    words = [Word("curl"), Word("-o"), word_of(target) if target is not None else Word("/tmp/x")]  # noqa: S108
    if not word.literal and word.text.startswith("${"):
        call.walk.unknown("the address is computed at run time", call.name)
    call.context.run_words([*words, word], Stdin())
    return Value("list", items=(target or UNKNOWN, UNKNOWN))


def _wget(call: Call) -> Value:
    return _download(call, call.arg(0, "url"), call.arg(1, "out"))


def _insecure(call: Call) -> None:
    call.context.add("network.insecure", call.name)


def _browse(call: Call) -> None:
    call.context.add("network.read", call.shown())


def _mail(call: Call) -> Value | None:
    """Sending mail or files through a protocol client."""
    sends = {
        "sendmail",
        "send_message",
        "storbinary",
        "storlines",
        "put",
        "putfo",
        "delete",
        "quit",
    }
    if call.method in sends - {"quit"}:
        call.context.add("network.write", call.shown())
    return None


def _paramiko(call: Call) -> Value | None:
    """`SSHClient().exec_command(text)`; a policy that accepts any host key is insecure."""
    if call.method in {"exec_command", "invoke_shell", "run", "sudo"}:
        call.context.add("network.remote-shell", call.shown())
        return _FETCHED
    if call.method in {"put", "putfo"}:
        call.context.add("network.copy", call.shown())
    elif call.method == "set_missing_host_key_policy" and any(
        "AutoAddPolicy" in str(value.data) or "WarningPolicy" in str(value.data)
        for value in call.args
    ):
        call.context.add("network.insecure", call.shown())
    return None


REQUEST_CALLS: dict[str, Handler] = {
    "wget.download": _wget,
    **dict.fromkeys("ssl._create_unverified_context ssl._create_stdlib_context".split(), _insecure),
    **dict.fromkeys(("webbrowser.open", "webbrowser.open_new_tab"), _browse),
}
REQUEST_FAMILIES: dict[str, Handler] = {
    **dict.fromkeys("requests httpx urllib3 aiohttp httplib2".split(), http_call),
    "urllib": urllib_call,
    "http": http_library_call,
    **dict.fromkeys(("smtplib", "ftplib"), _mail),
    **dict.fromkeys(("paramiko", "fabric"), _paramiko),
}
