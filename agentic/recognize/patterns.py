"""Words with wildcards and computed parts: which paths they may name.

`*`, `?` and `[a-z]` as a shell reads them, braces as one wildcard, and each computed part (`$x`, `$(…)`)
as a wildcard too. Loaded only when a path is not literal. Pure; never raises.
"""

from __future__ import annotations

from agentic.recognize import path_tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.interface import Workspace

#: What a wildcard matches is looked up in the workspace up to this many names.
MAX_MATCHES = 64


def representative(pattern: str) -> str:
    """One path that a pattern may name."""
    text = pattern
    while "[" in text and "]" in text[text.index("[") + 1 :]:
        start = text.index("[")
        end = text.index("]", start + 2) if "]" in text[start + 2 :] else text.index("]", start)
        text = text[:start] + text[start + 1] + text[end + 1 :]
    return text.replace("*", "x").replace("?", "x")


def may_be_secret(pattern: str) -> bool:
    """Whether a wildcard name is aimed at secrets: `.e*`, `id_*`, `.[e]nv`, `cred*`.

    A pattern that begins with a wildcard is aimed at anything; what it hits is looked up.
    """
    wild = [at for at in (pattern.find(mark) for mark in "*?[") if at >= 0]
    if not wild or (min(wild) < 2 and pattern[0] not in {".", "["}):
        return False
    return any(covers(pattern, name) for name in path_tables.SECRET_SAMPLES)


def matches(path: str, workspace: Workspace) -> list[str]:
    """Existing paths that a pattern covers (bounded), from the workspace's own listing."""
    found = ["/"]
    for part in path.strip("/").split("/"):
        wild = "*" in part or "?" in part or "[" in part
        step: list[str] = []
        for folder in found:
            below = folder.rstrip("/") + "/"
            if not wild:
                step.append(below + part)
                continue
            names = workspace.list(folder)
            step.extend(below + name for name in names if covers(part, name))
        found = step[:MAX_MATCHES]
    return found


def covers(pattern: str, name: str) -> bool:
    """Whether a shell pattern of one component matches a name; a leading dot must be written."""
    if name[:1] == "." and pattern[:1] not in {".", "["}:
        return False
    at = start = 0
    star, resume = -1, 0
    while start < len(name):
        length = _unit(pattern, at, name[start])
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, start
            at += 1
        elif length:
            at += length
            start += 1
        elif star >= 0:  # let the last star take one letter more
            resume += 1
            at, start = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")


def _unit(pattern: str, at: int, letter: str) -> int:
    """How long the piece of a pattern is that takes a letter; 0 when it does not."""
    if at >= len(pattern):
        return 0
    if pattern[at] == "[":
        close = pattern.find("]", at + 2)
        if close > 0:
            return close + 1 - at if _in_brackets(pattern[at + 1 : close], letter) else 0
    return 1 if pattern[at] in {"?", letter} else 0


def _in_brackets(body: str, letter: str) -> bool:
    """Whether a bracket expression such as `a-z` or `!x` takes a letter."""
    negated = body[:1] in ("!", "^")
    if negated:
        body = body[1:]
    hit, at = False, 0
    while at < len(body):
        if at + 2 < len(body) and body[at + 1] == "-":
            hit = hit or body[at] <= letter <= body[at + 2]
            at += 3
        else:
            hit = hit or body[at] == letter
            at += 1
    return hit != negated


def wildcards(text: str, cwd: str, workspace: Workspace, *, glob: bool) -> tuple[str, bool]:
    """A computed word as a pattern: each computed part is `*`; `$HOME` and `$PWD` are known.

    Second: whether something besides wildcards is computed.
    """
    if "$" not in text and "`" not in text:
        if "{}" in text:  # what find and xargs put in
            return text.replace("{}", "*"), True
        if "{" in text and "}" in text:
            start, end = text.index("{"), text.rindex("}")
            return text[:start] + "*" + text[end + 1 :], False
        return text, not glob
    pieces: list[str] = []
    at, is_computed = 0, False
    while at < len(text):
        letter = text[at]
        if letter not in "$`":
            pieces.append(letter)
            at += 1
            continue
        name, at = _expansion(text, at)
        known = {"HOME": workspace.home, "PWD": cwd}.get(name) or ""
        if name == "TMPDIR":
            known = workspace.variable(name) or "/tmp"  # noqa: S108 - the usual default, as text
        pieces.append(known or "*")
        is_computed = is_computed or not known
    return "".join(pieces), is_computed


def _expansion(text: str, at: int) -> tuple[str, int]:
    """The variable named by an expansion (empty for a command), and where the text goes on."""
    if text[at] == "`":
        end = text.find("`", at + 1)
        return "", len(text) if end < 0 else end + 1
    following = text[at + 1 : at + 2]
    if following in ("{", "("):
        close = "}" if following == "{" else ")"
        depth, end = 0, at + 1
        while end < len(text):
            depth += (text[end] == following) - (text[end] == close)
            end += 1
            if depth == 0:
                break
        return text[at + 2 : end - 1] if following == "{" else "", end
    end = at + 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[at + 1 : end], max(end, at + 2 if end == at + 1 else end)
