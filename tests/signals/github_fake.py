"""A small GitHub on loopback: one repository with labels, issues, people, apps and deployments.

It keeps state as GitHub does (who set which label when) and is kept honest by GitHub's own description: each
request that arrives and each response that leaves is held against it, and what is wrong is kept in
`violations`, which the fixture of the tests wants to be empty.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit
from zlib import crc32

import pytest

from tests.signals.github_description import Description, description

OWNER, NAME = "acme", "fraud"
ROOT = f"/repos/{OWNER}/{NAME}"
NOW = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
TOKEN = "ghp-of-the-tests"

#: Role -> the old base role that `permission` shows.
ROLES = {
    "admin": "admin", "maintain": "write", "write": "write", "triage": "read", "read": "read",
    "none": "none",
}  # fmt: skip


class Asked(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]


class Told(NamedTuple):
    """One response as it leaves; `body` is sent as it is when it is bytes, else as JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}


@contextmanager
def served(answer: Callable[[Asked], Told]) -> Iterator[str]:
    """The URL of a server on loopback that answers each GET with what a function gives."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, else the client's delayed ACK costs 40 ms

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = tuple(parse_qsl(split.query, keep_blank_values=True))
            told = answer(Asked("GET", split.path, query, self.headers))
            body = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            self.send_response(told.status)
            kind = {} if isinstance(told.body, bytes) else {"Content-Type": "application/json"}
            for name, value in {**kind, **told.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class GithubFake:
    """The repository `acme/fraud` and everybody who has to do with it."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self.url = ""
        #: Where the token of these tests lies, for whoever asks.
        self.token_file = ""
        self.clock = NOW - 86_400
        self.labels = {"incident", "outage", "bug"}
        #: Login -> role; a custom role is (its name, what it is based on). Who is not here is a stranger.
        self.people: dict[str, str | tuple[str, str]] = {
            "alice": "write", "mona": "maintain", "root": "admin", "trish": "triage", "rita": "read",
        }  # fmt: skip
        self.gone: set[str] = set()
        self.issues: dict[int, dict[str, Any]] = {}
        self.events: dict[int, list[dict[str, Any]]] = {}
        self.deployments: list[dict[str, Any]] = []
        self.may_see_permissions = True
        #: The end of a path, as a pattern -> what is told instead of the truth.
        self.instead: dict[str, Told] = {}
        self.asked: list[Asked] = []
        self.violations: list[str] = []

    # What people do

    def open_issue(self, author: str, title: str, *labels: str, is_pull: bool = False) -> int:
        """A new issue; labels that its template names are set in its author's name, whoever that is."""
        number = len(self.issues) + 1
        here = f"{self.url}{ROOT}"
        issue: dict[str, Any] = {
            "id": 9000 + number, "node_id": f"I_{number}", "number": number, "title": title,
            "url": f"{here}/issues/{number}", "repository_url": here, "state": "open",
            "labels_url": f"{here}/issues/{number}/labels{{/name}}",
            "comments_url": f"{here}/issues/{number}/comments",
            "events_url": f"{here}/issues/{number}/events",
            "html_url": f"https://github.com/{OWNER}/{NAME}/issues/{number}",
            "user": self._account(author), "labels": [], "locked": False, "assignee": None,
            "assignees": [], "milestone": None, "comments": 0, "closed_at": None, "body": None,
            "author_association": "NONE", "created_at": self._tick(), "updated_at": self._time(),
        }  # fmt: skip
        if is_pull:
            address = f"{here}/pulls/{number}"
            links = dict.fromkeys(("diff_url", "html_url", "patch_url", "url"), address)
            issue["pull_request"] = {**links, "merged_at": None}
        self.issues[number] = issue
        self.events[number] = []
        for label in labels:
            self.label(number, label, author)
        return number

    def label(self, number: int, label: str, by: str) -> None:
        """Somebody sets a label."""
        self.labels.add(label)
        self.issues[number]["labels"].append(self._label(label))
        self._happened(number, "labeled", by, label)

    def unlabel(self, number: int, label: str, by: str) -> None:
        """Somebody removes a label."""
        kept = [one for one in self.issues[number]["labels"] if one["name"] != label]
        self.issues[number]["labels"] = kept
        self._happened(number, "unlabeled", by, label)

    def close(self, number: int) -> None:
        """The issue is over."""
        self.issues[number].update(state="closed", closed_at=self._tick(), state_reason="completed")

    def mention(self, number: int, by: str, times: int) -> None:
        """Somebody writes of the issue elsewhere: an event without any label."""
        for _ in range(times):
            self._happened(number, "renamed", by)

    def deploy(
        self, environment: str, minutes_ago: int, task: str = "deploy", description: str | None = None,
        payload: Any = None,
    ) -> int:  # fmt: skip
        """A deployment, created that long before `NOW`."""
        number = len(self.deployments) + 1
        here = f"{self.url}{ROOT}"
        created = _iso(NOW - minutes_ago * 60)
        self.deployments.append(
            {
                "id": number, "node_id": f"DE_{number}", "sha": "a84d88e", "ref": "main", "task": task,
                "payload": {} if payload is None else payload, "environment": environment,
                "original_environment": environment, "description": description,
                "creator": self._account("alice"), "created_at": created, "updated_at": created,
                "url": f"{here}/deployments/{number}", "repository_url": here,
                "statuses_url": f"{here}/deployments/{number}/statuses",
            }
        )  # fmt: skip
        return number

    # What GitHub answers

    def answer(self, asked: Asked) -> Told:
        """The response to a request; both are held against the description."""
        self.asked.append(asked)
        self.violations += self._description.check_request(asked.method, asked.path, asked.query)
        for name, wanted in (
            ("Accept", "application/vnd.github+json"),
            ("X-GitHub-Api-Version", "2022-11-28"),
        ):
            if asked.headers.get(name) != wanted:
                self.violations.append(f"{asked.path} was asked without {name}: {wanted}")
        for pattern, told in self.instead.items():
            if re.search(f"{pattern}$", asked.path):
                return told
        told = self._truth(asked)
        self.violations += self._description.check_response(
            asked.method, asked.path, told.status, told.body
        )
        if asked.path.endswith("/events") and told.status == 200:
            self.violations += self._description.check_events(told.body)
        return told

    def _truth(self, asked: Asked) -> Told:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, "Bad credentials")
        if not asked.path.startswith(f"{ROOT}/"):
            return _error(404, "Not Found")
        kind, *rest = asked.path.removeprefix(f"{ROOT}/").split("/")
        query = dict(asked.query)
        if kind == "issues" and not rest:
            return self._page(asked, self._chosen(query))
        if kind == "issues":
            number = int(rest[0])
            known = number in self.events
            return self._page(asked, self.events[number]) if known else _error(404, "Not Found")
        if kind == "deployments":
            return self._page(asked, self.deployments[::-1])
        if kind == "labels":
            name = unquote(rest[0])
            known = name in self.labels
            return Told(200, self._label(name)) if known else _error(404, "Not Found")
        return self._permission(unquote(rest[0]))

    def _chosen(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        wanted = [label for label in query.get("labels", "").split(",") if label]
        return [
            issue
            for _, issue in sorted(self.issues.items(), reverse=True)
            if issue["state"] == query.get("state", "open")
            and all(label in [one["name"] for one in issue["labels"]] for label in wanted)
        ]

    def _permission(self, login: str) -> Told:
        if not self.may_see_permissions:
            return _error(403, "Must have push access to view collaborator permission.")
        if login in self.gone or self._kind(login) == "Mannequin":
            return _error(404, f"{login} is not a user")
        role = self.people.get(login, "none" if login.endswith("[bot]") else "read")
        name, base = (role, ROLES[role]) if isinstance(role, str) else role
        user = {**self._account(login), "role_name": name}
        return Told(200, {"permission": base, "role_name": name, "user": user})

    def _page(self, asked: Asked, items: list[dict[str, Any]]) -> Told:
        query = dict(asked.query)
        size, number = int(query.get("per_page", "30")), int(query.get("page", "1"))
        page = items[(number - 1) * size : number * size]
        headers = {}
        if number * size < len(items):
            path = asked.path.replace(ROOT, "/repositories/1")
            rest = "&".join(f"{k}={v}" for k, v in query.items() if k != "page")
            last = -(-len(items) // size)
            links = {"next": number + 1, "last": last}
            headers["Link"] = ", ".join(
                f'<{self.url}{path}?{rest}&page={to}>; rel="{name}"' for name, to in links.items()
            )
        return Told(200, page, headers)

    # Things as GitHub writes them

    def _happened(self, number: int, event: str, by: str, label: str = "") -> None:
        what: dict[str, Any] = {
            "id": 100_000 + self.clock, "node_id": f"LE_{self.clock}", "event": event,
            "url": f"{self.url}{ROOT}/issues/events/{self.clock}", "actor": self._account(by),
            "commit_id": None, "commit_url": None, "created_at": self._tick(),
            "performed_via_github_app": None,
        }  # fmt: skip
        if label:
            what["label"] = {"name": label, "color": "d73a4a"}
        else:
            what["rename"] = {"from": "before", "to": "after"}
        self.events[number].append(what)

    def _account(self, login: str) -> dict[str, Any]:
        api, web = f"{self.url}/users/{login}", f"https://github.com/{login}"
        rest = (
            "events", "followers", "following", "gists", "organizations", "received_events", "repos",
            "starred", "subscriptions",
        )  # fmt: skip
        return {
            "login": login, "id": crc32(login.encode()), "node_id": f"U_{login}", "url": api,
            "html_url": web, "avatar_url": f"{web}.png", "gravatar_id": "", "site_admin": False,
            "type": self._kind(login), **{f"{name}_url": f"{api}/{name}" for name in rest},
        }  # fmt: skip

    def _kind(self, login: str) -> str:
        if login.endswith("[bot]") or login == "Copilot":
            return "Bot"
        return "Mannequin" if login.startswith("mannequin") else "User"

    def _label(self, name: str) -> dict[str, Any]:
        return {
            "id": 1, "node_id": "LA_1", "url": f"{self.url}{ROOT}/labels/{name}", "name": name,
            "description": None, "color": "d73a4a", "default": False,
        }  # fmt: skip

    def _tick(self) -> str:
        self.clock += 1
        return self._time()

    def _time(self) -> str:
        return _iso(self.clock)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _error(status: int, message: str) -> Told:
    address = "https://docs.github.com/rest"
    return Told(status, {"message": message, "documentation_url": address, "status": str(status)})


@pytest.fixture(scope="session")
def described() -> Description:
    """GitHub's own description of what we use of it."""
    return description()


@pytest.fixture
def forge(described: Description, tmp_path: Path) -> Iterator[GithubFake]:
    """The repository; at the end nothing that was asked or told may be against GitHub's description."""
    fake = GithubFake(described)
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    fake.token_file = str(token)
    with served(fake.answer) as fake.url:
        yield fake
    assert fake.violations == []
