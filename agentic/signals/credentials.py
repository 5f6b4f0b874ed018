"""The call itself as a signal: whether its input holds a credential in plain text.

Settings::

    {"kind": "call-credentials"}

RAISED names the kinds of credentials, never their text. A reference (`$TOKEN`, a placeholder, our own
`[redacted:…]`) is none. Quotes and backslashes inside a shell word hide nothing; what is encoded, or put
together from variables, is not seen. What lies beyond `MOST_CHARACTERS` was not looked at, which is UNKNOWN.
The prefilter decides whether the scanners are loaded at all. Never keeps or repeats what it read.
"""

from __future__ import annotations

from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.recognize.secret_prefilter import may_hold_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.signals.interface import Scene

#: Longer than any command line that a kernel takes; scanning stays far below the hook's deadline.
MOST_CHARACTERS = 262_144
#: Kinds that the sentence names.
MOST_NAMED = 5

SOURCE = "call"


def read(signal: str, settings: dict[str, Any], scene: Scene) -> tuple[Reading, ...]:
    """Whether the call's input holds a credential in plain text: one reading."""
    text, members, is_whole = _input_text(scene.call.input)
    kinds: set[str] = set()
    if may_hold_secret(text):
        from agentic.recognize.credentials import find_credentials, named_credential

        kinds.update(kind for kind, _, _ in find_credentials(text))
        kinds.update(named_credential(name, value) for name, value in members)
        kinds.discard("")
    if scene.call.tool == "shell":
        whole = _as_the_shell_joins(text)
        if whole != text and may_hold_secret(whole):
            from agentic.recognize.credentials import formats_in

            kinds.update(formats_in(whole))
    if kinds:
        shown = ", ".join(sorted(kinds)[:MOST_NAMED]) + (", …" if len(kinds) > MOST_NAMED else "")
        why = (
            f"the call holds a credential in plain text ({shown}): "
            "give it by reference, such as `$TOKEN`"
        )
        state = RAISED
    elif is_whole:
        why, state = "no credential is known in the call's text", CLEAR
    else:
        why, state = f"the call is longer than {MOST_CHARACTERS} characters", UNKNOWN
    return (Reading(signal, state, why, source=SOURCE, observed_at=scene.now),)


#: Where one shell word goes on although its text is interrupted; a backslash on its own comes last.
_SEAMS = ("\\\n", "''", '""', "''", "'\"", "\"'", "\\")


def _as_the_shell_joins(text: str) -> str:
    """A command line without what stands between the pieces of a word: `'ghp_''abc'` is one text."""
    for seam in _SEAMS:
        if seam in text:
            text = text.replace(seam, "")
    return text


def _input_text(given: Any) -> tuple[str, list[tuple[str, str]], bool]:
    """All texts of an input on lines of their own, its named texts, and whether that is all of it."""
    texts: list[str] = []
    members: list[tuple[str, str]] = []
    left = MOST_CHARACTERS
    todo: list[Any] = [given]
    while todo and left >= 0:
        value = todo.pop()
        if isinstance(value, str):
            texts.append(value[:left])
            left -= len(value) + 1
            continue
        left -= 1
        if isinstance(value, list | tuple):
            todo.extend(reversed(value))
        elif hasattr(value, "items"):
            for name, item in value.items():
                if isinstance(item, str):
                    members.append((str(name), item[:left]))
                todo.extend((item, str(name)))
    return "\n".join(texts), members, left >= 0
