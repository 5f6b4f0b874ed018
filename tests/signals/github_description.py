"""GitHub's own description of its REST API, as a judge of requests and of responses.

The npm package @octokit/openapi holds it (OpenAPI 3.0, 13 MB); `fetch_github_description.sh` puts it into the
cache folder of the test clients, and the few paths that we use are cut out of it once, beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator

FETCH = Path(__file__).with_name("fetch_github_description.sh")
USED = (
    "/repos/{owner}/{repo}/issues",
    "/repos/{owner}/{repo}/issues/{issue_number}/events",
    "/repos/{owner}/{repo}/labels/{name}",
    "/repos/{owner}/{repo}/collaborators/{username}/permission",
    "/repos/{owner}/{repo}/deployments",
)
#: Any request may be answered with these, though the description does not repeat them at each path.
EVERYWHERE = (401, 403, 404, 429, 500, 502, 503)
ERROR = {"$ref": "#/components/schemas/basic-error"}


class Description:
    """What may be asked of GitHub, and what it may answer. `check_*` give what is wrong, one text each."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._templates = {
            template: re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))
            for template in document["paths"]
        }
        self._schemas = _without_nullable({"components": document["components"]})["components"]
        self._validators: dict[str, Draft4Validator] = {}

    def check_request(
        self, method: str, path: str, query: Sequence[tuple[str, str]]
    ) -> Iterator[str]:
        """Whether the path and method exist, and every parameter is known and valid."""
        operation = self._operation(method, path)
        if operation is None:
            yield f"{method} {path} is not described"
            return
        declared = {
            found["name"]: found
            for found in (self._resolved(one) for one in operation["parameters"])
        }
        parts = dict(self._path_parameters(path))
        for name, text in [*parts.items(), *query]:
            place = "path" if name in parts else "query"
            if name not in declared or declared[name]["in"] != place:
                yield f"{method} {path} has no {place} parameter {name}"
                continue
            schema = declared[name]["schema"]
            for error in self._errors(schema, _value_of(text, schema)):
                yield f"{method} {path}, parameter {name}: {error}"
        given = {name for name, _ in query} | set(parts)
        for name, found in declared.items():
            if found.get("required") and name not in given:
                yield f"{method} {path} lacks the parameter {name}"

    def check_response(self, method: str, path: str, status: int, body: object) -> Iterator[str]:
        """Whether the status is described for the path and the body has the shape that goes with it."""
        operation = self._operation(method, path)
        responses = operation["responses"] if operation else {}
        if str(status) in responses:
            content = self._resolved(responses[str(status)]).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
        elif status in EVERYWHERE:
            schema = ERROR
        else:
            yield f"{method} {path} never answers {status}"
            return
        for error in self._errors(schema, body):
            yield f"{method} {path} answers {status} with {error}"

    def check_events(self, events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Whether each event has the shape of its kind: in a list, any kind's would do."""
        for event in events:
            reference = f"#/components/schemas/{event['event']}-issue-event"
            for error in self._errors({"$ref": reference}, event):
                yield f"event {event['event']}: {error}"

    def _template(self, path: str) -> str:
        return next((t for t, pattern in self._templates.items() if pattern.fullmatch(path)), "")

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        operations = self._document["paths"].get(self._template(path), {})
        found: dict[str, Any] | None = operations.get(method.lower())
        return found

    def _path_parameters(self, path: str) -> Iterator[tuple[str, str]]:
        for named, given in zip(self._template(path).split("/"), path.split("/"), strict=True):
            if named.startswith("{"):
                yield named.strip("{}"), unquote(given)

    def _resolved(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in found:
            found = _at(self._document, found["$ref"])
        return found

    def _errors(self, schema: Mapping[str, Any], value: object) -> list[str]:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            plain = _without_nullable(schema)
            self._validators[key] = Draft4Validator({"allOf": [plain], "components": self._schemas})
        return [
            f"{error.json_path}: {error.message[:200]}"
            for error in self._validators[key].iter_errors(value)
        ]


def description() -> Description:
    """The description of the paths in use. Fails with how to get it when it is not there."""
    cut = _cut_path()
    if not cut.exists():
        part = _cut(json.loads(_whole_path().read_text()))
        unfinished = cut.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(part))
        unfinished.replace(cut)
    return Description(json.loads(cut.read_text()))


def _whole_path() -> Path:
    version = re.search(r"^OPENAPI_VERSION=(\S+)$", FETCH.read_text(), re.MULTILINE)
    assert version, FETCH
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    clients = os.environ.get("AGENTIC_TEST_CLIENTS") or Path(cache) / "agentic-tests/clients"
    path = Path(clients) / f"octokit-openapi-{version[1]}" / "api.github.com.json"
    if not path.exists():
        raise FileNotFoundError(
            f"GitHub's description is not at {path}: run `sh tests/signals/{FETCH.name}`"
        )
    return path


def _cut_path() -> Path:
    name = hashlib.sha256("\n".join(USED).encode()).hexdigest()[:16]
    return _whole_path().with_name(f"cut-{name}.json")


def _cut(document: dict[str, Any]) -> dict[str, Any]:
    """The used paths with every component that they refer to."""
    part: dict[str, Any] = {"paths": {path: document["paths"][path] for path in USED}}
    part["components"] = {"schemas": {}}
    waiting = [*_references(part["paths"]), ERROR["$ref"]]
    while waiting:
        reference = waiting.pop()
        _, _, group, name = reference.split("/")
        kept = part["components"].setdefault(group, {})
        if name not in kept:
            kept[name] = document["components"][group][name]
            waiting.extend(_references(kept[name]))
    return part


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _at(document: Mapping[str, Any], reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _without_nullable(schema: Any) -> Any:
    """JSON Schema for an OpenAPI 3.0 schema, whose `nullable` no validator knows."""
    if isinstance(schema, list):
        return [_without_nullable(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        name: inner
        if name in {"example", "examples", "default", "enum"}
        else _without_nullable(inner)
        for name, inner in schema.items()
        if name != "nullable" or isinstance(inner, dict)
    }
    return {"anyOf": [{"type": "null"}, plain]} if schema.get("nullable") is True else plain


def _value_of(text: str, schema: Mapping[str, Any]) -> object:
    """A parameter's text as the value that its schema speaks of."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text
