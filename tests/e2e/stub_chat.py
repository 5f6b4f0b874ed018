"""The chat completions API of OpenAI on loopback, as OpenCode, Copilot and Qwen Code are pointed at it.

Source: https://platform.openai.com/docs/api-reference/chat-streaming (checked 2026-11-21), and what these
clients really send.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.e2e.loopback import FINAL, Answer, Body, LoopbackModel, Turn, events


class ChatModel(LoopbackModel):
    """Turn n is played when the conversation already holds n groups of tool results."""

    @property
    def url(self) -> str:
        """The base URL to give to the client."""
        return super().url + "/v1"

    def answer(self, path: str, body: Body) -> Answer:
        """One completion, streamed."""
        if not path.split("?", maxsplit=1)[0].endswith("/chat/completions"):
            return Answer(b"{}")
        self.requests.append(dict(body))
        messages = body.get("messages", [])
        roles = [message["role"] for message in messages]
        answered = sum(
            role == "tool" and roles[number - 1] != "tool" for number, role in enumerate(roles)
        )
        # A question without tools (a title, a summary) is not the agent at work.
        turn = self.turn(_first_prompt(messages), answered) if body.get("tools") else FINAL
        return events([*_chunks(turn, answered, str(body.get("model", "stub"))), "[DONE]"])

    def results(self) -> list[str]:
        """What the client told of each tool call, in order."""
        found: dict[str, str] = {}
        for body in self.requests:
            for message in body.get("messages", ()):
                if message["role"] == "tool":
                    found[message["tool_call_id"]] = text_of(message["content"])
        return list(found.values())


def text_of(content: object) -> str:
    """The text of a message's content, which may come in parts."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content)
    return str(content)


def _first_prompt(messages: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps([message for message in messages if message["role"] == "user"][:2])


def _chunks(turn: Turn, answered: int, model: str) -> list[dict[str, Any]]:
    calls = [
        {
            "index": number,
            "id": f"call_{answered:03d}_{number}",
            "type": "function",
            "function": {"name": item["name"], "arguments": json.dumps(item["args"])},
        }
        for number, item in enumerate(turn)
        if "name" in item
    ]
    text = "".join(item.get("text", "") for item in turn)
    delta: dict[str, Any] = {"role": "assistant", "content": text or None}
    if calls:
        delta["tool_calls"] = calls
    end = {"index": 0, "delta": {}, "finish_reason": "tool_calls" if calls else "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": model}
    return [
        {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**chunk, "choices": [end]},
        {**chunk, "choices": [], "usage": usage},
    ]
