"""Literal secrets in the configuration of an MCP server, told by where they stand and what they are.

A finding names the variable, the header or the argument, and the kind of secret: never the value.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentic.errors import quoted
from agentic.mcp.configuration_files import REFERENCE_FORMS, remainder_of
from agentic.mcp.configurations import ConfiguredServer
from agentic.mcp.doctor_values import (
    Edit,
    Finding,
    Scene,
    address_key,
    argument_keys,
    edit,
    finding,
    setting_keys,
)
from agentic.recognize.credentials import find_credentials
from agentic.recognize.secrets import find_secrets, named_secret

#: How manuals begin what a reader is to fill in.
_PLACEHOLDERS = ("<", "YOUR", "CHANGE_ME", "CHANGEME", "REPLACE", "XX", "…", "...")


def literal_secrets(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    """Secrets that stand in variables, headers, arguments and the address of a server."""
    for table, key in (("environment", "env"), ("headers", "headers")):
        for setting in getattr(server, table):
            kind = secret_in(setting.name, setting.remainder)
            if kind:
                at = setting_keys(server, key, setting.name)
                yield _secret(server, kind, f"{key}.{setting.name}", setting.name, at)
    previous = ""
    for number, word in enumerate(server.args):
        literal = remainder_of(server.host, word)
        name, equals, value = literal.partition("=")
        kind = _kind_of(find_credentials(literal))
        if not kind and equals:
            kind = secret_in(name.lstrip("-"), value)
        if not kind and previous.startswith("--") and "=" not in previous and word[:1] != "-":
            kind = secret_in(previous.lstrip("-"), literal)
        if kind:
            yield _secret(server, kind, f"argument {number + 1}", "", argument_keys(server, number))
        previous = word
    kind = _kind_of(find_credentials(remainder_of(server.host, server.url)))
    if kind:
        yield _secret(server, kind, "the address", "", (address_key(server),))


def secrets_of(scene: Scene) -> set[str]:
    """The literal values that a diff must not show."""
    found: set[str] = set()
    for server in scene.servers:
        for setting in (*server.environment, *server.headers):
            if secret_in(setting.name, setting.remainder):
                found.update((setting.value, setting.remainder.strip().rpartition(" ")[2]))
        named = zip(("", *server.args), server.args, strict=False)
        for name, word in named:
            for text in (word, word.partition("=")[2]):
                if secret_in(word.partition("=")[0].lstrip("-"), text) or (
                    name.startswith("-") and secret_in(name.lstrip("-"), text)
                ):
                    found.add(text)
    return found


def secret_in(name: str, literal: str) -> str:
    """The kind of secret that a named value is, or empty; in doubt a value with a telling name is one."""
    told = _kind_of(find_credentials(literal))
    text = literal.strip().removeprefix("Bearer").removeprefix("Basic").strip()
    if told or not text or text.upper().startswith(_PLACEHOLDERS):
        return told
    if name.lower() == "authorization":
        return "authorization"
    return _kind_of(find_secrets(literal)) or named_secret(name, text)


def _kind_of(spans: tuple[tuple[str, int, int], ...]) -> str:
    return spans[0][0] if spans else ""


def _secret(
    server: ConfiguredServer, kind: str, place: str, name: str, keys: tuple[str | int, ...]
) -> Finding:
    form = REFERENCE_FORMS.get(server.host, "")
    variable = _variable_for(server, name)
    edits: tuple[Edit, ...] = ()
    if server.host == "codex":
        way = "name the variable under `env_vars`, `env_http_headers` or `bearer_token_env_var`"
        if keys[:1] == ("env",) and name:
            edits = (edit(server, "remove", keys), edit(server, "append", ("env_vars",), name))
    elif form:
        reference = form.replace("NAME", variable)
        way = f"keep it in your environment and write `{reference}`"
        if keys[:1] in (("env",), ("environment",)) and name:
            edits = (edit(server, "set", keys, reference),)
    else:
        way = "this host fills in nothing: start the server through a program that reads it"
    message = f"{quoted(place)} of {quoted(server.name)} holds a literal {kind}"
    return finding(
        server, "fail", "literal-secret", message, f"revoke it, then {way}", *keys, edits=edits
    )


def _variable_for(server: ConfiguredServer, name: str) -> str:
    """The variable that a literal value should come from: its own name where it has one."""
    if name.replace("_", "").isalnum() and name.isupper():
        return name
    return "".join(c if c.isalnum() else "_" for c in f"{server.name}_TOKEN").upper()
