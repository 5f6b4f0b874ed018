"""The responses API of OpenAI on loopback, as Codex is pointed at it.

Beside `{"name", "args"}` a turn may hold `{"custom": tool, "input": text}` (how Codex is given a patch) and
`{"namespace": server, "name", "args"}` (a tool of an MCP server, namespace `mcp__SERVER`).

Source: https://platform.openai.com/docs/api-reference/responses-streaming (checked 2026-11-21), and what the
client really sends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.e2e.loopback import Answer, Body, LoopbackModel

_USAGE = {
    "input_tokens": 1,
    "output_tokens": 1,
    "total_tokens": 2,
    "input_tokens_details": None,
    "output_tokens_details": None,
}


class ResponsesModel(LoopbackModel):
    """Turn n is played when the conversation already holds the outputs of n turns."""

    @property
    def url(self) -> str:
        """The base URL to give to the client."""
        return super().url + "/v1"

    def answer(self, path: str, body: Body) -> Answer:
        """One response, streamed."""
        if not path.split("?", maxsplit=1)[0].endswith("/responses"):
            return Answer(b"{}")
        self.requests.append(dict(body))
        outputs = _outputs(body)
        answered = len({str(item["call_id"]).split("_")[1] for item in outputs})
        prompts = [item for item in body.get("input", ()) if _is_prompt(item)]
        turn = self.turn(json.dumps(prompts), answered)
        items = [_item(item, answered, number) for number, item in enumerate(turn)]
        return _streamed(items)

    def results(self) -> list[str]:
        """What the client told of each tool call, in order."""
        found: dict[str, str] = {}
        for body in self.requests:
            for item in _outputs(body):
                output = item["output"]
                found[item["call_id"]] = output if isinstance(output, str) else json.dumps(output)
        return list(found.values())


def _is_prompt(item: Mapping[str, Any]) -> bool:
    """Whether somebody tells the model what to do: a person, or the agent that started this one."""
    return item.get("role") == "user" or item.get("type") == "agent_message"


def _outputs(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the client tells of calls; a search for tools that it makes itself has no id."""
    return [
        item
        for item in body.get("input", ())
        if str(item.get("type")).endswith("_call_output") and "call_id" in item
    ]


def _item(item: Mapping[str, Any], answered: int, number: int) -> dict[str, Any]:
    call_id = f"call_{answered:03d}_{number}"
    if "custom" in item:
        call = {"type": "custom_tool_call", "name": item["custom"], "input": item["input"]}
        return {**call, "call_id": call_id}
    if "name" in item:
        call = {"type": "function_call", "name": item["name"], "call_id": call_id}
        if "namespace" in item:
            call["namespace"] = item["namespace"]
        return {**call, "arguments": json.dumps(item["args"])}
    content = [{"type": "output_text", "text": item["text"]}]
    return {"type": "message", "role": "assistant", "id": f"msg_{answered}", "content": content}


def _streamed(items: Sequence[Mapping[str, Any]]) -> Answer:
    response = {"id": "resp", "status": "completed", "output": list(items), "usage": _USAGE}
    events: list[dict[str, Any]] = [{"type": "response.created", "response": {"id": "resp"}}]
    events += [
        {"type": "response.output_item.done", "output_index": number, "item": item}
        for number, item in enumerate(items)
    ]
    events.append({"type": "response.completed", "response": response})
    text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return Answer(text.encode(), "text/event-stream")
