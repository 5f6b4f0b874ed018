"""What a client's list of tools says about policy, and what it says about tools that wait for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentic.core.values import Decision
from agentic.errors import quoted
from agentic.mcp.catalogue import Catalogue
from agentic.mcp.settings import Annotate
from agentic.mcp.visible import marks_of

#: Key in a listed tool's `_meta`.
META = "agentic/policy"

#: What a mode means in a title.
_SUFFIX = {
    "AUTO": "",
    "CONSULT": " (asks a person first)",
    "STOP": " (blocked by policy)",
    "": " (cannot be judged)",
}


def tool_of(
    name: str, definition: Mapping[str, Any], decision: Decision | None, annotate: Annotate
) -> dict[str, Any]:
    """A tool's approved definition under the name it has here, with what policy says about it.

    What policy says is about the call without arguments: with them it may be judged more strictly, or less
    strictly where they name an environment.
    """
    row = {**definition, "name": name}
    mode = decision.mode if decision is not None else ""
    if annotate == "meta" and decision is not None:
        row["_meta"] = {META: {"mode": mode, "because": decision.because}}
    if annotate == "title":
        annotations = definition.get("annotations")
        hinted = annotations.get("title") if isinstance(annotations, Mapping) else None
        title = str(definition.get("title") or hinted or name)
        row["title"] = title + _SUFFIX[mode]
    return row


def resource_of(row: Mapping[str, Any], server: str) -> dict[str, Any] | None:
    """A listed resource, which nobody has approved, without words that command or cannot be seen.

    None for one whose address itself is like that.
    """
    marks = marks_of(row)
    if not any(marks):
        return dict(row)
    if any(marks_of(str(row.get("uri")))):
        return None
    plain = {name: row[name] for name in ("uri", "size") if name in row}
    why = f"[agentic: what {server} says of this resource is kept back: it {'; '.join(marks.all)}]"
    return {**plain, "name": "(name kept back)", "description": why}


def waiting_text(server: str, catalogue: Catalogue) -> str:
    """What a person should do about a server's items that are not approved; empty when there is nothing."""
    if catalogue.fault:
        return f"nothing of {quoted(server)} can be used: {catalogue.fault}"
    count = catalogue.waiting()
    if not count:
        return ""
    what = "1 definition" if count == 1 else f"{count} definitions"
    return (
        f"{what} of the server {quoted(server)} wait for a person: run `agentic mcp diff {server}`,"
        f" then `agentic mcp approve {server}`"
    )


def waiting_tool(name: str, texts: Sequence[str]) -> dict[str, Any]:
    """The gateway's own tool, listed only while something waits."""
    return {
        "name": name,
        "title": "What waits for a person's approval",
        "description": (
            "Says which tools are not available until the user approves them in a terminal. Tell the user. "
            + " ".join(texts)
        ),
        "inputSchema": {"type": "object", "properties": {}},
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
    }
