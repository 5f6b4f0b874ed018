"""A source's credentials: where they are read from, where they go, and that no message holds one."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from agentic.signals.live.credentials import file_fault
from tests.signals.asking import TOKEN, asking, client, failure
from tests.signals.hostile import Stub, answer, answer_json, head


def test_basic_authentication_and_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROM_PASSWORD", "open sesame")
    told = {"user": "ada", "password": {"env": "PROM_PASSWORD"}, "headers": {"X-Scope-OrgID": "7"}}
    with asking(answer_json(1), **told) as (asked, stub):
        asked.get_json("/x")
    assert b"Authorization: Basic YWRhOm9wZW4gc2VzYW1l\r\n" in stub.requests[0]
    assert b"X-Scope-OrgID: 7\r\n" in stub.requests[0]


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({}, b"Bearer t0ken-of-the-test"),
        ({"token_scheme": "GenieKey"}, b"GenieKey t0ken-of-the-test"),
        ({"kind": "pagerduty", "token_scheme": "Token"}, b"Token token=t0ken-of-the-test"),
    ],
)
def test_a_token_is_read_anew_for_each_question(
    settings: dict[str, Any], header: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.touch(0o600)
    with asking(answer_json(1), token={"file": str(file)}, **settings) as (asked, stub):
        assert failure(asked).endswith("with its token is empty")
        file.write_text(TOKEN + "\n")
        asked.get_json("/x")
    assert b"Authorization: " + header + b"\r\n" in stub.requests[0]
    assert len(stub.requests) == 1


@pytest.mark.parametrize("content", [b"two\nlines", b"caf\xc3\xa9", b"\xff", b"nul\0"])
def test_a_token_is_one_line_of_plain_characters(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    file.chmod(0o600)
    with asking(answer_json(1), token={"file": str(file)}) as (asked, stub):
        told = failure(asked)
    assert "holds more than one line of plain characters" in told or "is not text" in told
    assert stub.requests == []


@pytest.mark.parametrize("place", ["missing", "folder", "pipe", "huge", "writable"])
def test_what_is_no_private_file_holds_no_token(place: str, tmp_path: Path) -> None:
    path = tmp_path / place
    if place == "folder":
        path.mkdir()
    elif place == "pipe":
        os.mkfifo(path)
    elif place != "missing":
        path.write_text("x" * (100_000 if place == "huge" else 10))
        path.chmod(0o602 if place == "writable" else 0o600)
    sentences = {
        "missing": "cannot be read: no such file or directory",
        "folder": "is not a plain file",
        "pipe": "is not a plain file",
        "huge": "is too large for a secret",
        "writable": "can be written by others: chmod 600 it",
    }
    with asking(answer_json(1), token={"file": str(path)}) as (asked, stub):
        assert failure(asked).endswith(sentences[place])
    assert stub.requests == []


@pytest.mark.parametrize(
    ("mode", "owner", "fault"),
    [
        (0o600, 1000, ""),
        (0o400, 1000, ""),
        (0o640, 1000, "can be read by others: chmod 600 it"),
        (0o604, 1000, "can be read by others: chmod 600 it"),
        (0o620, 1000, "can be written by others: chmod 600 it"),
        (0o644, 0, ""),  # how Docker and Kubernetes mount a secret
        (0o666, 0, "can be written by others: chmod 600 it"),
        (0o600, 1001, "belongs to somebody else"),
    ],
)
def test_whose_file_may_hold_a_token(mode: int, owner: int, fault: str) -> None:
    status = os.stat_result((stat.S_IFREG | mode, 0, 0, 1, owner, owner, 10, 0, 0, 0))
    assert file_fault(status, 1000) == fault


@pytest.mark.parametrize("status", ["200 OK", "401 No", "500 Oops"])
def test_no_message_holds_a_secret(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the server sends back what it was sent."""
    monkeypatch.setenv("PROM_TOKEN", TOKEN)
    monkeypatch.setenv("PROM_PASSWORD", "open sesame")

    def echo(connection: socket.socket, request: bytes) -> None:
        # The secret comes first, so that it is not the cut which hides it.
        (line,) = [line for line in request.splitlines() if line.startswith((b"Auth", b"X-Key"))]
        connection.sendall(head(status, Content_Type="text/plain") + line)

    basic = {"user": "ada", "password": {"env": "PROM_PASSWORD"}}
    for secret in ({"token": {"env": "PROM_TOKEN"}}, basic, {"headers": {"X-Key": TOKEN}}):
        with asking(echo, **secret) as (asked, _):
            told = failure(asked)
        assert "…" in told
        for word in (TOKEN, "open sesame", "YWRhOm9wZW4gc2VzYW1l"):
            assert word not in told


def test_a_secret_address_is_not_told() -> None:
    with (
        Stub(answer(b"", "500 Oops")) as stub,
        client(f"{stub.url}/private-abc/x.ics?k=def") as asked,
    ):
        told = failure(asked, "")
        assert told == f"`prom` at 127.0.0.1:{stub.port} answers with status 500"
