"""Client libraries."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.python.call import Handler
FAMILIES: dict[str, Handler] = {}
