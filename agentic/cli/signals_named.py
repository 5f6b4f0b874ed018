"""Signals as people name them: what a name means here, what is wrong with it, and what waits for trust."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from agentic.cli.output import complain, usage
from agentic.cli.signals_policy import KnownSignals, how_to_give_source
from agentic.errors import CheckFailed, quoted

if TYPE_CHECKING:
    from agentic.cli.signals_asked import Asker


def check_name(name: str, known: KnownSignals) -> None:
    """A usage error for a name that policy does not know."""
    if name in known.meanings:
        return
    near = difflib.get_close_matches(name, known.names, n=1, cutoff=0.5)
    near = near or [other for other in known.names if other.startswith(name)]
    help_text = f"did you mean `{near[0]}`?" if near else "`agentic signals list` has all names"
    usage(f"unknown signal {quoted(name)}", help_text)


def configured(asker: Asker, known: KnownSignals, names: list[str] | None) -> list[str]:
    """The named signals, or all; one that is unknown is wrong usage, one without a source a failed check.

    Without a name, what waits for trust is noted: it is left out.
    """
    for name in names or ():
        check_name(name, known)
        if name not in asker.policy.signals:
            raise CheckFailed(
                "signals.not-configured",
                f"the signal {quoted(name)} has no source here that counts",
                help=f"configure it: {how_to_give_source(known, name)}",
            )
    if names:
        return list(dict.fromkeys(names))
    note_untrusted(known)
    return sorted(asker.policy.signals)


def note_untrusted(known: KnownSignals) -> None:
    """Tell on stderr which layers wait for a person's trust."""
    for note in known.trust_notes:
        complain(f"note: {note}")
