"""One repository at GitHub, asked by GET only: lists, labels, who set a label, what that account may do.

Paths and hosts are ours: of a `Link` header only the query of its `next` address is used, so no answer
can send a request, or the token in it, anywhere else. A limit that is reached ends the round's questions:
GitHub bans who goes on asking. docs/adr/0006-github-calls.md says why no client library is used.

Sources: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api and
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api (checked 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from requests.utils import parse_header_links

from agentic.errors import quoted
from agentic.signals.live.interface import Round, SourceFailed

if TYPE_CHECKING:
    from agentic.signals.live.http import Client, Reply

PAGE = 100
MAX_PAGES = 10
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
#: A login is letters, digits and single hyphens; an app's has `[bot]` behind it, a managed user's a `_`.
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")

_MAY_WRITE = ("admin", "maintain", "write")
_MAY_NOT_WRITE = ("triage", "read", "none")

Item = Mapping[str, Any]


class LimitReached(SourceFailed):
    """GitHub's rate limit is used up; every further request before its reset would count against us."""


class Listed(NamedTuple):
    """The items of a list, and whether these are all of them."""

    items: list[Item]
    is_whole: bool


class Repository:
    """The repository of one `github` source. Remembers what each account may do, for one round."""

    def __init__(self, source: str, round: Round) -> None:
        self.name: str = round.sources[source]["repository"]
        self._client: Client = round.connect(source)
        self._limit: LimitReached | None = None
        self._may_write: dict[str, bool | SourceFailed] = {}

    @property
    def shown(self) -> str:
        """Its name for a sentence."""
        return quoted(self.name)

    def listed(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Listed:
        """All items of a list below the repository, up to `MAX_PAGES` pages of `PAGE`.

        Raises SourceFailed for whatever is not such a list.
        """
        items: list[Item] = []
        query: Sequence[tuple[str, str]] = (*params, ("per_page", str(PAGE)))
        for _ in range(MAX_PAGES):
            reply = self._ask(path, query)
            page = self._decoded(reply)
            if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
                raise self._client.failed(f"answers something else than a list for {self.shown}")
            items.extend(page)
            try:
                following = _next_query(reply)
            except ValueError:
                raise self._client.failed("names a next page that is no address") from None
            if not following:
                return Listed(items, is_whole=True)
            if following == query:
                raise self._client.failed("has pages that lead in a circle")
            query = following
        return Listed(items, is_whole=False)

    def has_label(self, name: str) -> bool:
        """Whether the repository knows a label at all."""
        reply = self._ask(f"/labels/{quote(name, safe='')}", ())
        return reply.status != 404 and isinstance(self._decoded(reply), dict)

    def may_write(self, login: str) -> bool:
        """Whether an account may write to the repository now: admin, maintain or write, not triage or read.

        Raises SourceFailed when GitHub does not say. `permission` holds the old base roles, to which
        triage counts as read and a custom role as what it is based on; `role_name` is the role itself.
        Source: https://docs.github.com/en/rest/collaborators/collaborators (checked 2026-11-21)
        """
        known = self._may_write.get(login)
        if known is None:
            try:
                known = self._asked_may_write(login)
            except SourceFailed as problem:
                known = problem
            self._may_write[login] = known
        if isinstance(known, SourceFailed):
            raise known
        return known

    def _asked_may_write(self, login: str) -> bool:
        if not _LOGIN.fullmatch(login):
            raise self._client.failed(f"names an account {quoted(login)}, which is no login")
        reply = self._ask(f"/collaborators/{login}/permission", ())
        if reply.status in (403, 404):
            raise self._client.failed(
                f"does not tell what {quoted(login)} may do ({reply.status}): does the account exist, "
                "and has the token push access"
            )
        answer = self._decoded(reply)
        if not isinstance(answer, dict):
            raise self._client.failed(f"does not answer with the permission of {quoted(login)}")
        told = [answer.get("permission"), answer.get("role_name")]
        if any(word in _MAY_WRITE for word in told):
            return True
        if any(word in _MAY_NOT_WRITE for word in told):
            return False
        raise self._client.failed(f"tells a permission of {quoted(login)} that is not known here")

    def _ask(self, path: str, params: Sequence[tuple[str, str]]) -> Reply:
        if self._limit is not None:
            raise self._limit
        reply = self._client.get(f"/repos/{self.name}{path}", params, _HEADERS)
        told = _limit_told(reply)
        if told:
            self._limit = LimitReached(str(self._client.failed(f"{told} ({reply.status})")))
            raise self._limit
        return reply

    def _decoded(self, reply: Reply) -> Any:
        """The JSON of a reply. Raises SourceFailed."""
        if reply.status in _STATUSES:
            raise self._client.failed(f"{_STATUSES[reply.status]} {self.shown} ({reply.status})")
        return self._client.decoded(reply)


#: What a status means here, where the general sentence would not help.
_STATUSES = {
    404: "has no such thing, or the token may not see it, in",
    410: "says that issues are switched off in",
}


def _limit_told(reply: Reply) -> str:
    """What a reply tells of a rate limit that is used up; empty when it is about something else."""
    if reply.status not in (403, 429):
        return ""
    retry_after_s = reply.headers.get("Retry-After", "")
    reset = reply.headers.get("X-RateLimit-Reset", "")
    if reply.headers.get("X-RateLimit-Remaining") == "0" and reset:
        until = f"until {_moment(reset)}"
    elif retry_after_s.isascii() and retry_after_s.isdigit():
        until = f"for the next {retry_after_s[:9]} s"
    elif reply.status == 429 or b"rate limit" in reply.body.lower():
        until = "for a time that it does not tell"
    else:
        return ""
    return f"has been asked as often as this token may, {until}"


def _moment(seconds: str) -> str:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return quoted(seconds)


def _next_query(reply: Reply) -> tuple[tuple[str, str], ...]:
    """The query of the next page's address; empty when this was the last page. Raises ValueError."""
    header = reply.headers.get("Link", "")
    for link in parse_header_links(header) if header else ():
        if link.get("rel") == "next":
            return tuple(parse_qsl(urlsplit(link["url"]).query))
    return ()
