"""Every error that may leave a room. They carry text for a person; they never print and never exit.

A message is lower case, one line, without a final period; text from outside stands in backticks and
is cut and escaped by `quoted`. `help` says how to mend it, `where` says where it is.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def quoted(text: object, limit: int = 80) -> str:
    """Outside text made safe to print on one line: control characters escaped, cut, in backticks."""
    raw = text if isinstance(text, str) else str(text)
    cut = raw if len(raw) <= limit else raw[: limit - 1] + "…"
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in cut
    )
    return "`" + shown.replace("`", "'") + "`"


class Diagnostic(NamedTuple):
    """One problem in one document: `file:line:column: message [code]` and how to mend it."""

    code: str
    message: str
    where: str = ""
    help: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        mend = f"\n  help: {self.help}" if self.help else ""
        return f"{place}{self.message} [{self.code}]{mend}"


class AgenticError(Exception):
    """Root of all errors: a stable dotted `code`, a message, and perhaps `help` and `where`."""

    def __init__(self, code: str, message: str, help: str = "", where: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.where = where

    def __str__(self) -> str:
        return str(Diagnostic(self.code, self.message, self.where, self.help))


class InvalidDocument(AgenticError):
    """A document is invalid; `diagnostics` holds every problem found, not just the first."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        first = self.diagnostics[0]
        super().__init__(first.code, first.message, first.help, first.where)

    def __str__(self) -> str:
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)


class CheckFailed(AgenticError):
    """A chain is broken, a gate or a case failed, or a generated file is out of date."""


class GrantRejected(AgenticError):
    """A grant is expired, spent, bound to another digest, or given by somebody not entitled."""


class Unavailable(AgenticError):
    """Something needed cannot be had: a file, a lock, a device, a server."""


class HostPayloadInvalid(AgenticError):
    """What a host sent is not what its protocol promises."""
