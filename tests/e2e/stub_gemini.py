"""The Gemini API on loopback, as Gemini CLI is pointed at it.

Source: https://ai.google.dev/api/generate-content (checked 2026-11-21), and what the client really sends.
"""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.loopback import Answer, Body, LoopbackModel, Turn, events

#: The client first asks a small model which model to use; anything else as an answer makes it hang.
_ROUTE: Turn = (
    {
        "text": json.dumps(
            {
                "model_choice": "pro",
                "reasoning": "x",
                "complexity_reasoning": "x",
                "complexity_score": 50,
            }
        )
    },
)


class GeminiModel(LoopbackModel):
    """Turn n is played when n entries of the conversation hold tool results."""

    def answer(self, path: str, body: Body) -> Answer:
        """One generation, streamed where the client asks for a stream."""
        if "enerateContent" not in path:
            return Answer(b'{"totalTokens": 1}')
        self.requests.append(dict(body))
        contents = body.get("contents", [])
        answered = sum(any("functionResponse" in part for part in c["parts"]) for c in contents)
        first = json.dumps(contents[:2])
        turn = self.turn(first, answered) if body.get("tools") else _ROUTE
        document = _document(turn, answered)
        return events([document]) if "stream" in path else Answer(json.dumps(document).encode())

    def results(self) -> list[str]:
        """What the client told of each tool call, in order."""
        found: dict[str, str] = {}
        for body in self.requests:
            for entry in body.get("contents", ()):
                for part in entry["parts"]:
                    if "functionResponse" in part:
                        response = part["functionResponse"]
                        found[response["id"]] = _text(response["response"])
        return list(found.values())


def _text(response: dict[str, Any]) -> str:
    return "\n".join(str(value) for value in response.values())


def _document(turn: Turn, answered: int) -> dict[str, Any]:
    parts = [
        {"functionCall": {"id": f"f_{answered:03d}_{n}", "name": i["name"], "args": i["args"]}}
        if "name" in i
        else {"text": i["text"]}
        for n, i in enumerate(turn)
    ]
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "stub"}
