"""One call through the gateway: judged, perhaps asked about, passed on, cleaned, recorded.

1. `govern` decides and records, in the worker thread, before anything happens;
2. CONSULT is asked in the client where that is possible; a yes is looked at once more before it counts;
3. the server answers within its limits;
4. the result is bounded, freed of secrets and marked, and the outcome is recorded, however it ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import monotonic
from typing import Any, NamedTuple, Protocol, TypeVar
from weakref import WeakKeyDictionary

import anyio
import mcp_types as types
from anyio import to_thread
from anyio.abc import TaskGroup
from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.shared.dispatcher import ProgressFnT

from agentic.audit.redact import redact
from agentic.core.reason import one_line
from agentic.core.values import ASK, RUN, STOP, Decision, ToolCall
from agentic.errors import AgenticError
from agentic.mcp.judge import Status, told
from agentic.mcp.questions import (
    KEY,
    Questions,
    arguments_text,
    can_be_asked,
    elicit_params,
    input_required,
    is_yes,
    question_of,
)
from agentic.mcp.results import Cleaned, TooLarge, told_by_server
from agentic.mcp.upstream import ServerFault, Upstream
from agentic.mcp.visible import visible_line

_T = TypeVar("_T")

#: How long an outcome waits for the answer to be written.
_AFTER_ANSWER_S = 0.002
#: Characters of a text that is cleaned where it is, without the worker thread.
_SHORT = 2_000

Context = ServerRequestContext[Any, Any]
Forward = Callable[[ProgressFnT | None], Awaitable[dict[str, Any]]]


class Judging(Protocol):
    """What the gateway needs of a judge; `agentic.mcp.judge.Judge` is the one, the benchmark has another."""

    def decided(self, call: ToolCall) -> Decision:
        """The recorded decision on a call that is about to happen."""

    def supposed(self, call: ToolCall) -> Decision:
        """The decision on a call as a question."""

    def cleaned(self, raw: Mapping[str, Any], most_bytes: int) -> Cleaned:
        """The server's result as it may be passed on. Raises: TooLarge, AgenticError."""

    def record_outcome(
        self,
        call: ToolCall,
        decision: Decision,
        status: Status,
        *,
        duration_ms: int,
        result: Any = None,
        error: str = "",
        is_asked: bool = False,
    ) -> None:
        """Record what became of a call. Raises: AgenticError."""

    def redacted(self, text: str) -> str:
        """A text without its secrets."""

    def redaction_key(self) -> bytes:
        """The key of the marks that take the place of secrets."""


class Blocked(Exception):
    """The call does not happen; the text says why and what to do instead."""


class Failed(Exception):
    """The call was passed on and did not succeed; the text is for the client's model."""


class Answered(NamedTuple):
    """What became of a call: a cleaned result of the server, or our own question to the person."""

    cleaned: Cleaned | None = None
    question: types.InputRequiredResult | None = None


class Calls:
    """Judges and passes on calls. One worker thread decides and records, so records stay in order."""

    def __init__(self, judge: Judging, question_s: int) -> None:
        self._judge = judge
        self._question_s = question_s
        self._questions = Questions(question_s)
        self._worker = anyio.CapacityLimiter(1)
        self._reader = anyio.CapacityLimiter(1)
        #: One question at a time for one person; another client's must not wait for it.
        self._one_question: WeakKeyDictionary[Any, anyio.Lock] = WeakKeyDictionary()
        #: Where outcomes are recorded after the answer; without it they are recorded before.
        self.tasks: TaskGroup | None = None
        self.say: Callable[[str], None] = lambda _: None

    async def blocking(self, function: Callable[[], _T], *, is_long: bool = False) -> _T:
        """The result of something that blocks. A cancelled caller still waits for it to end.

        What a server's text can make long (`is_long`) has a thread of its own: no decision waits for it.
        """
        limiter = self._reader if is_long else self._worker
        return await to_thread.run_sync(function, limiter=limiter)

    async def through(
        self,
        context: Context,
        params: types.InputResponseRequestParams,
        call: ToolCall,
        upstream: Upstream,
        forward: Forward,
    ) -> Answered:
        """What became of a call. Raises: Blocked, Failed, and MCPError for the server's own error."""
        call = call._replace(can_ask=can_be_asked(context.session.client_capabilities))
        is_asked = False
        decision: Decision | None = None
        if params.request_state is not None:
            decision = await self._answered(call, params)
            is_asked = decision is not None
        if decision is None:
            decision = await self._judged(partial(self._judge.decided, call))
        if decision.permission == ASK and not is_asked:
            message = await self._message(call, decision)
            if not context.session.can_send_request:
                key = self._questions.keep(call, decision)
                return Answered(question=input_required(message, key))
            decision, is_asked = await self._asked(context, call, decision, message)
        if decision.permission != RUN and not is_asked:
            raise Blocked(_block_text(decision))
        found = await self._passed(context, call, decision, upstream, forward, is_asked=is_asked)
        return Answered(found)

    async def _judged(self, function: Callable[[], Decision]) -> Decision:
        try:
            return await self.blocking(function)
        except AgenticError as problem:
            raise Blocked(f"blocked: {problem.message}; run `agentic doctor`") from None
        except Exception as problem:  # noqa: BLE001 - FAIL-SAFE: what cannot be judged does not run
            why = f"internal error: {type(problem).__name__}"
            raise Blocked(f"blocked: {why}; run `agentic doctor`") from None

    async def close_questions(self, *, every: bool = False) -> None:
        """Record as refused what nobody answered (`every`: what nobody can answer any more).

        A decision without an outcome is a change that may still be going on, which holds up the next one.
        """
        for waiting in self._questions.over(every=every):
            try:
                await self._refused(waiting.call, waiting.decision, "nobody answered")
            except Failed as problem:
                self.say(str(problem))

    # The question

    async def _message(self, call: ToolCall, decision: Decision) -> str:
        text = arguments_text(call)
        redacted = await self.blocking(partial(self._judge.redacted, text))
        return question_of(call, told(decision), redacted)

    async def _asked(
        self, context: Context, call: ToolCall, decision: Decision, message: str
    ) -> tuple[Decision, bool]:
        """The decision after the person was asked in the client, and whether it was a yes."""
        request = types.ElicitRequest(params=elicit_params(message))
        try:
            with anyio.fail_after(self._question_s):
                async with self._one_question.setdefault(context.session, anyio.Lock()):
                    answer = await context.session.elicit_form(
                        request.params.message, dict(_schema_of(request)), context.request_id
                    )
        except TimeoutError:
            await self._refused(call, decision, "nobody answered in time")
            raise Blocked(f"{told(decision)}\nNobody answered the question in time.") from None
        except MCPError:
            # The client said that it can ask and could not: judged as what it is, a client that cannot.
            await self._refused(call, decision, "the client could not show the question")
            unasked = call._replace(can_ask=False, call_id=call.call_id + "-unasked")
            return await self._judged(partial(self._judge.decided, unasked)), False
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._refused(call, decision, "the client cancelled the call")
            raise
        if not is_yes(answer):
            await self._refused(call, decision, "the person said no")
            raise Blocked(_no(decision))
        if not await self._still_holds(call, decision):
            await self._refused(call, decision, "it is judged otherwise by now")
            raise Blocked(_changed(decision))
        return decision, True

    async def _answered(
        self, call: ToolCall, params: types.InputResponseRequestParams
    ) -> Decision | None:
        """The decision that waited for this answer, now a yes; None when it must be asked anew."""
        waiting = self._questions.take(params.request_state or "")
        if waiting is None:
            return None
        if _what(waiting.call) != _what(call):
            await self._refused(waiting.call, waiting.decision, "it was answered with another call")
            return None
        answers: Mapping[str, Any] = params.input_responses or {}
        if not is_yes(answers.get(KEY)):
            await self._refused(waiting.call, waiting.decision, "the person said no")
            raise Blocked(_no(waiting.decision))
        try:
            holds = await self._still_holds(call, waiting.decision)
        except Blocked:
            await self._refused(waiting.call, waiting.decision, "it could not be judged again")
            raise
        if not holds:
            await self._refused(waiting.call, waiting.decision, "it is judged otherwise by now")
            return None
        return waiting.decision

    async def _still_holds(self, call: ToolCall, decision: Decision) -> bool:
        """Whether the call is judged as it was when the person was asked."""
        now = await self._judged(partial(self._judge.supposed, call))
        return now.mode != STOP and (now.action_digest, now.policy_digest) == (
            decision.action_digest,
            decision.policy_digest,
        )

    async def _refused(self, call: ToolCall, decision: Decision, why: str) -> None:
        await self._record(call, decision, "refused", monotonic(), error=why)

    # The call

    async def _passed(
        self,
        context: Context,
        call: ToolCall,
        decision: Decision,
        upstream: Upstream,
        forward: Forward,
        *,
        is_asked: bool,
    ) -> Cleaned:
        """The server's result. Whatever happens, the outcome is recorded."""
        started = monotonic()
        record = partial(self._record, call, decision, is_asked=is_asked)
        try:
            found = await self._cleaned(await forward(_progress_of(context)), upstream)
        except Blocked as problem:
            await record("refused", started, error=str(problem))
            raise
        except (ServerFault, Failed) as problem:
            await record("failed", started, error=str(problem))
            raise Failed(str(problem)) from None
        except MCPError as problem:
            await record("failed", started, error=f"error {problem.code}")
            # The text is the server's: it is shown as data, and what it may have added to it is not.
            text = one_line(visible_line(problem.message), 500)
            raise MCPError(problem.code, await self.shown(text, upstream.name)) from None
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await record("unknown", started, error="cancelled")
            raise
        status: Status = "failed" if found.result.get("isError") else "succeeded"
        outcome = partial(record, status, started, result=found.result)
        if is_asked or self.tasks is None:
            await outcome()
        else:
            # Nobody waits for it: the decision, which has to be first, stands in the journal.
            self.tasks.start_soon(self._later, outcome)
        return found

    async def shown(self, text: str, server: str) -> str:
        """A text that may hold a server's own words: without secrets, marked where it commands."""
        try:
            clean = await self.blocking(partial(self._judge.redacted, text))
        except AgenticError:
            return f"what {server} said of its failure could not be checked; run `agentic doctor`"
        return told_by_server(clean, server)

    async def _cleaned(self, raw: Mapping[str, Any], upstream: Upstream) -> Cleaned:
        most = upstream.limits.result_bytes
        if raw.get("resultType") not in (None, "complete"):
            raise Failed("the server asked for input, which the gateway does not pass on")
        clean = partial(self._judge.cleaned, raw, most)
        try:
            # A short result is looked at faster than a thread can be asked to.
            return clean() if _is_short(raw) else await self.blocking(clean, is_long=True)
        except TooLarge as problem:
            raise Failed(
                f"the result is too large ({problem.size_bytes} bytes, at most {most}); ask for less"
            ) from None
        except AgenticError as problem:
            raise Failed(f"the result could not be checked: {problem.message}") from None

    async def _later(self, outcome: Callable[[], Awaitable[None]]) -> None:
        """Record an outcome although the gateway may be about to end."""
        with anyio.CancelScope(shield=True):
            # The answer goes out first: the record's thread and the answer's would fight for one lock.
            await anyio.sleep(_AFTER_ANSWER_S)
            try:
                await outcome()
            except Failed as problem:
                self.say(str(problem))

    async def _record(
        self, call: ToolCall, decision: Decision, status: Status, started: float, **more: Any
    ) -> None:
        """Record an outcome. The call has happened, so a failure to record is told, not undone."""
        duration_ms = int((monotonic() - started) * 1000)
        write = partial(
            self._judge.record_outcome, call, decision, status, duration_ms=duration_ms, **more
        )
        try:
            await self.blocking(write)
        except AgenticError as problem:
            raise Failed(
                f"the call ended ({status}), but its outcome could not be recorded:"
                f" {problem.message}; run `agentic doctor`"
            ) from None


def _is_short(raw: Mapping[str, Any]) -> bool:
    """Whether a result is one or a few short texts."""
    content = raw.get("content")
    if not isinstance(content, list) or len(content) > 4 or raw.get("structuredContent"):
        return False
    return all(isinstance(b, dict) and len(str(b.get("text", b))) <= _SHORT for b in content)


def _schema_of(request: types.ElicitRequest) -> Mapping[str, Any]:
    params = request.params
    return params.requested_schema if isinstance(params, types.ElicitRequestFormParams) else {}


def _what(call: ToolCall) -> tuple[str, Any, str]:
    return (call.raw_tool, call.raw_input, call.cwd)


def _progress_of(context: Context) -> ProgressFnT | None:
    """What passes a server's progress on to the client; None when the client did not ask for it."""
    meta = context.meta or {}
    if meta.get("progress_token") is None and meta.get("progressToken") is None:
        return None

    async def passed(progress: float, total: float | None, message: str | None) -> None:
        # Here and now, without the worker: a result must not overtake what was said before it.
        shown = None if message is None else redact(one_line(visible_line(message), 200))[0]
        await context.session.report_progress(progress, total, shown)

    return passed


def _block_text(decision: Decision) -> str:
    """What the model reads of a blocked call."""
    if decision.request:
        way = (
            f"Ask the user to look at `agentic requests show {decision.request}` in a terminal and to"
            " answer it there; then make the same call again."
        )
    elif decision.mode == STOP:
        way = "Do not try another way around it. Tell the user what you wanted to do and why."
    else:
        way = "Ask the user; this client cannot show the question."
    return f"{told(decision)}\n{way}"


def _no(decision: Decision) -> str:
    return f"{told(decision)}\nThe person said no. Do not try again; do something else or ask why."


def _changed(decision: Decision) -> str:
    return f"{told(decision)}\nWhat the call would do, or the policy, changed since. Make the call again."
