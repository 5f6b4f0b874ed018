"""agentic itself as an MCP server: any client may ask before it acts. Nothing here approves anything.

Six tools, each a question but one: `request_approval` opens the request that a person answers in a
terminal. What a tool returns is what the command line prints, so the CLI hands its answers in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from time import time
from typing import Annotated, Any, Literal, NamedTuple

import anyio
import mcp_types as types
from anyio import to_thread
from mcp import MCPError
from mcp.server import Server as McpServer
from mcp.server.context import ServerRequestContext
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentic import __version__
from agentic.audit.query import entries, flat, last, matching, of_id
from agentic.core.reason import reason_of, render
from agentic.core.values import CONSULT, PURPOSE_ACT, PURPOSE_ASK, Decision, ToolCall
from agentic.errors import AgenticError, CheckFailed, quoted
from agentic.govern import Ports, govern
from agentic.mcp.judge import answer_of
from agentic.mcp.results import COMPLETE, blocked_result
from agentic.ports import CliPorts, Store

HOST = "mcp-serve"
INSTRUCTIONS = (
    "Ask `check` before you run something that could change a shared system. STOP and CONSULT are final"
    " for you: `request_approval` asks a person, who answers in a terminal; `status` tells the answer."
)
#: Records that one search gives at most.
MOST_RECORDS = 100


class _Asked(BaseModel):
    """Arguments of a tool: unknown ones are refused."""

    model_config = ConfigDict(extra="forbid")


class Call(_Asked):
    """The call that is asked about: a shell command, or a tool with its input."""

    command: Annotated[
        str, Field(default="", max_length=65_536, description="A shell command line.")
    ]
    tool: Annotated[
        Literal["", "read", "write", "edit", "delete", "search", "fetch", "browse", "mcp"],
        Field(default="", description="Instead of a command: the kind of tool."),
    ]
    input: Annotated[
        dict[str, Any],
        Field(default_factory=dict, description='Its input, as {"path": …} or {"server", "tool"}.'),
    ]
    environment: Annotated[
        Literal["", "local", "dev", "staging", "production"],
        Field(default="", description="Judge as at least this environment."),
    ]
    cwd: Annotated[str, Field(default="", description="Absolute folder; else the server's own.")]


class Explain(Call):
    """A call, or a record of the journal."""

    record: Annotated[
        str, Field(default="", max_length=100, description="A record's number or id instead.")
    ]


class Status(_Asked):
    """A request for approval."""

    request: Annotated[str, Field(description="Its id, like r-0123456789.", max_length=40)]


class Search(_Asked):
    """What the records should have in common; every field may be left out."""

    event: Annotated[str, Field(default="", description="decision, outcome, request, grant …")]
    mode: Annotated[Literal["", "AUTO", "CONSULT", "STOP"], Field(default="")]
    kind: Annotated[str, Field(default="", description="An operation kind; may end in *.")]
    environment: Annotated[str, Field(default="")]
    session: Annotated[str, Field(default="")]
    since: Annotated[str, Field(default="", description="Beginning of a UTC time: 2026-11-21T09.")]
    count: Annotated[int, Field(default=20, ge=1, le=MOST_RECORDS)]


class Nothing(_Asked):
    """No arguments."""


class Answers(NamedTuple):
    """How the command line tells its answers, so that they are told the same way here."""

    decision: Callable[[Decision], dict[str, Any]]
    explained: Callable[[Decision, int], str]
    explained_record: Callable[[Any], str]
    signals: Callable[[], dict[str, Any]]


class Tool(NamedTuple):
    """One tool: what it takes, what it says it does, whether it changes anything, and its work."""

    arguments: type[_Asked]
    title: str
    description: str
    is_read_only: bool
    answer: Callable[[Desk, Any], dict[str, Any]]


class Desk:
    """Where questions are answered: the ports of the folder that the server was started in."""

    def __init__(self, environment: Mapping[str, str], cwd: str, answers: Answers) -> None:
        self.cwd = cwd
        self.answers = answers
        self._environment = environment

    def ports(self) -> CliPorts:
        """The ports for questions, as of now."""
        return CliPorts(self._environment, int(time()))

    def store(self, cwd: str) -> Store:
        """The journal and the approvals of a folder's workspace."""
        return self.ports().store(cwd)

    def call_of(self, asked: Call) -> ToolCall:
        """The call that is asked about. Raises: AgenticError when there is none, or two."""
        if bool(asked.command) == bool(asked.tool):
            raise AgenticError("serve.call", "give either `command` or `tool` with `input`")
        if asked.cwd and not asked.cwd.startswith("/"):
            raise AgenticError("serve.cwd", "`cwd` must be an absolute folder")
        tool, given = (
            ("shell", {"command": asked.command}) if asked.command else (asked.tool, asked.input)
        )
        return ToolCall(
            tool,
            given,
            asked.cwd or self.cwd,
            host=HOST,
            can_ask=True,
            declared_environment=asked.environment,
        )


class _Opening:
    """The approvals as an agent that asks for one meets them: it can open a request, never take a grant."""

    def __init__(self, store: Store) -> None:
        self.assurance = store.assurance
        self._store = store

    def claim(self, *_what: object) -> None:
        """Nothing: asking does not spend what a person has given."""

    def request(self, call: ToolCall, decision: Decision, now: int) -> tuple[str, str]:
        """The id and state of the request for this action."""
        return self._store.request(call, decision, now)


def _checked(desk: Desk, asked: Call) -> dict[str, Any]:
    call = desk.call_of(asked)
    decision = govern(call, desk.ports().for_call(call), PURPOSE_ASK)
    told = desk.answers.decision(decision)
    return {**told, "way": decision.way, "block": render(reason_of(decision))}


def _explained(desk: Desk, asked: Explain) -> dict[str, Any]:
    if asked.record:
        found = of_id(entries(desk.store(desk.cwd).journal().path), asked.record)
        if not found:
            raise CheckFailed("journal.no-record", f"no record has the id {quoted(asked.record)}")
        return {"text": "\n\n".join(desk.answers.explained_record(entry) for entry in found)}
    call = desk.call_of(asked)
    ports = desk.ports()
    return {
        "text": desk.answers.explained(govern(call, ports.for_call(call), PURPOSE_ASK), ports.now)
    }


def _requested(desk: Desk, asked: Call) -> dict[str, Any]:
    call = desk.call_of(asked)._replace(can_ask=False, call_id=f"{HOST}-{time()}")
    ports: Ports = desk.ports().for_call(call)
    decision = govern(call, ports, PURPOSE_ASK)
    told: dict[str, Any] = {"mode": decision.mode, "because": decision.because, "request": ""}
    if decision.mode != CONSULT:
        needs = "needs no approval" if decision.permission == "RUN" else "cannot be approved here"
        return {**told, "state": needs, "next": decision.way}
    opening = ports._replace(grants=_Opening(desk.store(call.cwd)), answer=answer_of)
    decision = govern(call, opening, PURPOSE_ACT)
    if not decision.request:
        return {
            **told,
            "state": "needs a stronger approval than this machine holds",
            "next": decision.way,
        }
    shown = f"agentic requests show {decision.request}"
    next_step = f"ask the user to look at it and answer it in a terminal: {shown}"
    return {**told, "request": decision.request, "state": decision.request_state, "next": next_step}


def _state(desk: Desk, asked: Status) -> dict[str, Any]:
    found = desk.store(desk.cwd).approvals().find(asked.request, desk.ports().now)
    return {
        "request": found.id,
        "state": found.state,
        "operations": list(found.operations),
        "because": found.because,
        "expires_at": found.expires_at,
        "answer_because": found.answer_because,
    }


def _found(desk: Desk, asked: Search) -> dict[str, Any]:
    wanted = asked.model_dump(exclude={"count"})
    rows = last(matching(entries(desk.store(desk.cwd).journal().path), **wanted), asked.count)
    return {"records": [flat(entry) for entry in rows]}


def _signals(desk: Desk, _asked: Nothing) -> dict[str, Any]:
    return desk.answers.signals()


TOOLS: dict[str, Tool] = {
    "check": Tool(
        Call,
        "Check a call",
        "Say what policy would decide about a command or tool call: AUTO, CONSULT or STOP, and why."
        " Nothing is run or recorded.",
        is_read_only=True,
        answer=_checked,
    ),
    "explain": Tool(
        Explain,
        "Explain a decision",
        "Tell the whole trace of a call's decision, or of a record of the journal.",
        is_read_only=True,
        answer=_explained,
    ),
    "request_approval": Tool(
        Call,
        "Ask a person for approval",
        "Open (or find) the request that a person can approve in a terminal, for a call that is CONSULT."
        " It approves nothing itself.",
        is_read_only=False,
        answer=_requested,
    ),
    "status": Tool(
        Status,
        "Status of a request",
        "Say whether a request is pending, approved, denied or expired.",
        is_read_only=True,
        answer=_state,
    ),
    "search_journal": Tool(
        Search,
        "Search the journal",
        "Find records of earlier calls and decisions in this workspace; secrets are not in them.",
        is_read_only=True,
        answer=_found,
    ),
    "signals": Tool(
        Nothing,
        "Signals now",
        "Tell the configured signals (freezes, incidents, error budgets …) as they are known now.",
        is_read_only=True,
        answer=_signals,
    ),
}


def listed(name: str, tool: Tool) -> types.Tool:
    """A tool as clients see it."""
    return types.Tool(
        name=name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments.model_json_schema(),
        output_schema={"type": "object"},
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.is_read_only,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )


def answered(desk: Desk, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The result of one tool. Raises: MCPError for a tool or arguments that are not known."""
    tool = TOOLS.get(name)
    if tool is None:
        raise MCPError(types.INVALID_PARAMS, f"there is no tool {quoted(name)}")
    try:
        asked = tool.arguments.model_validate(dict(arguments))
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return blocked_result(f"{place}: {first['msg'].lower()}")
    try:
        found = tool.answer(desk, asked)
    except AgenticError as problem:
        way = f"; {problem.help}" if problem.help else ""
        return blocked_result(f"{problem.message}{way}")
    text = found.get("block") or found.get("text") or _json(found)
    return {
        "content": [{"type": "text", "text": text}],
        "structuredContent": found,
        "isError": False,
        **COMPLETE,
    }


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def agentic_server(desk: Desk) -> McpServer[Any]:
    """The server; its questions block, so they are answered one at a time in a worker thread."""
    worker = anyio.CapacityLimiter(1)

    async def list_tools(
        _context: ServerRequestContext[Any, Any], _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        rows = [listed(name, tool) for name, tool in TOOLS.items()]
        return types.ListToolsResult(tools=rows, ttl_ms=3_600_000, cache_scope="public")

    async def call_tool(
        _context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> dict[str, Any]:
        work = partial(answered, desk, params.name, params.arguments or {})
        return await to_thread.run_sync(work, limiter=worker)

    server: McpServer[Any] = McpServer(
        "agentic", version=__version__, instructions=INSTRUCTIONS, on_list_tools=list_tools
    )
    server.add_request_handler("tools/call", types.CallToolRequestParams, call_tool)
    return server
