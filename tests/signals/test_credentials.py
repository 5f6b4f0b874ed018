"""The call itself: what is a credential beyond doubt, what is only words about one, and what is too long.

Credentials are put together here, so that none stands in the file.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading, ToolCall
from agentic.recognize.credentials import find_credentials, is_telling
from agentic.recognize.secrets import find_secrets
from agentic.signals import credentials
from agentic.signals.interface import Scene, World
from tests.signals.test_signals import NO_WORLD

MIXED = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3"
HEADER = "-----BEGIN PRIVATE " + "KEY-----"
FOOTER = "-----END PRIVATE " + "KEY-----"
SETTINGS = {"kind": "call-credentials", "environments": None}

#: (command, kind of the credential)
RAISING = [
    (f"git push https://ada:ghp_{MIXED[:36]}@github.com/a/b.git", "github-token"),
    (f"git commit -m 'use {'AKIA'}A1B2C3D4E5F6G7H8 for now'", "aws-access-key-id"),
    (f"GH_TOKEN=ghp_{MIXED[:36]} gh pr create --fill", "github-token"),
    (
        f"curl -X POST -H 'Authorization: Bearer {MIXED[:40]}' https://api.example.org",
        "authorization",
    ),
    ("curl -u ada:hunter2x -d @f https://api.example.org", "password"),
    ("curl -d 'password=hunter2x' https://api.example.org/login", "password"),
    ('curl -d \'{"client_secret": "s3cr3t-Value"}\' https://api.example.org', "secret"),
    ("git remote add o https://ada:correct.horse@git.example.org/x && git push o", "url-password"),
    ("helm upgrade api ./chart --set db.password=Tr0ub4dor", "password"),
    ("kubectl apply -f - <<EOF\nstringData:\n  password: Tr0ub4dor&3\nEOF", "password"),
    (f"gh pr comment 1 --body '{HEADER}\n{MIXED}{MIXED}\n{FOOTER}'", "private-key"),
    (f"git commit -m 'x' -m 'AWS_SECRET_ACCESS_KEY=/{MIXED[:39]}'", "secret-key"),
    (f"gh release create v1 --notes eyJ{MIXED[:20]}.eyJ{MIXED[:20]}.{MIXED[:20]}", "jwt"),
]

#: Ordinary work, and words about credentials.
CLEAR_TEXTS = [
    "git commit -m 'read the token from the environment'",
    "git commit -m 'docs: password: required, token: expired tokens are refused'",
    "git commit -m 'token=refresh and secret=rotate are gone; password: base64-encoded'",
    "git commit -m 'password must be at-least-12-characters'",
    'gh pr create --body "the password: at least 8 characters, oauth2 token"',
    'curl -X POST -H "Authorization: Bearer $TOKEN" https://api.example.org',
    'curl -u "$USER:$PASSWORD" -d @f https://api.example.org',
    "GH_TOKEN=$(cat ~/.token1) gh pr create",
    "helm upgrade api ./chart --set db.password=$DB_PASSWORD1",
    "helm upgrade api ./chart --set auth.existingSecret=api-db-credentials2",
    "git push origin feature/token-2",
    "git commit -m 'bump to 6f4b7680a1b2c3d4e5f60718293a4b5c6d7e8f90'",
    "docker push ghcr.io/a/b@sha256:" + "e3b0c44298fc1c14" * 4,
    "git commit -m 'example key AKIAIOSFODNN7" + "EXAMPLE'",
    "git commit -m 'secret_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY'",
    "gh pr comment 1 --body 'ghp_" + "x" * 36 + " is how one looks'",
    "git commit -m 'postgres://postgres:postgres@localhost/test in the docs'",
    f"git commit -m 'detect {HEADER} headers'",
    "psql postgres://u:p@db.staging.example.com/app",
    "gh pr create --body 'postgres://ada:{password}@db.example.com and https://a:$TOKEN@example.com'",
    "git commit -m 'password=[redacted:password:1f3a90c2]'",
    "kubectl apply -f k8s/ --token-file=/var/run/secrets/token1x",
    "git commit -m 'passwordFile: password=/run/secrets/db-password1'",
    "git commit -m 'token: https://example.org/a1b2c3d4'",
    "password: 'xxxxxxxxxxxx1'",
]


def reading_of(given: Any) -> Reading:
    call = ToolCall("shell", given, "/")
    (reading,) = credentials.read("credential.detected", SETTINGS, Scene(7, call, NO_WORLD))
    return reading


@pytest.mark.parametrize(("command", "kind"), RAISING, ids=[text[:40] for text, _ in RAISING])
def test_a_credential_in_plain_text_raises_by_its_kind(command: str, kind: str) -> None:
    reading = reading_of({"command": command})
    assert reading.state == RAISED
    assert f"({kind})" in reading.because
    assert (reading.source, reading.observed_at) == ("call", 7)


@pytest.mark.parametrize("at", [2, 10])
@pytest.mark.parametrize("seam", ["''", '""', "'\"\"'", "'\"", "\\", "\\\n", "''\\\n''"])
def test_what_the_shell_joins_is_one_text(seam: str, at: int) -> None:
    token = f"ghp_{MIXED[:36]}"
    reading = reading_of({"command": f"git commit -m 'use {token[:at]}{seam}{token[at:]}'"})
    assert (reading.state, "(github-token)" in reading.because) == (RAISED, True)


@pytest.mark.parametrize(
    "command",
    [
        "curl --user '' -d 'password=''$PASSWORD1''' https://api.example.org",
        """git commit -m "it's" -m '{"password":"","user1x":"a1b2c3d4e5"}'""",
        r"sed -i 's/token=\"\"/token=\"$T0ken1\"/' a.yaml",
    ],
)
def test_empty_texts_between_words_make_no_credential(command: str) -> None:
    assert reading_of({"command": command}).state == CLEAR


@pytest.mark.parametrize("command", CLEAR_TEXTS, ids=[text[:60] for text in CLEAR_TEXTS])
def test_references_examples_and_words_are_no_credentials(command: str) -> None:
    assert find_credentials(command) == ()
    assert reading_of({"command": command}).state == CLEAR


@pytest.mark.parametrize(("command", "kind"), RAISING, ids=[text[:40] for text, _ in RAISING])
def test_the_reading_never_holds_the_text(command: str, kind: str) -> None:
    said = str(reading_of({"command": command}))
    for _, start, end in find_secrets(command):
        assert command[start:end] not in said


@pytest.mark.parametrize(
    "given",
    [
        {"server": "s", "arguments": {"rows": [{"deep": [f"ghp_{MIXED[:36]}"]}]}},
        {"arguments": {"password": "Tr0ub4dor"}},
        {"arguments": [{"auth": {"apiKey": "k3y0fs0me"}}]},
        {"arguments": {f"ghp_{MIXED[:36]}": True}},
        {"edits": ({"old": "a", "new": f"token = 'glpat-{MIXED[:20]}'"},)},
    ],
)
def test_every_text_of_the_input_is_looked_at(given: dict[str, Any]) -> None:
    assert reading_of(given).state == RAISED


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"arguments": {"password": "$PASSWORD", "token": 7, "secret": None, "api_key": True}},
        {"arguments": {"password": ["required"]}},
        {"a": "password:", "b": "Tr0ub4dor"},
    ],
)
def test_values_that_are_no_credentials_are_clear(given: dict[str, Any]) -> None:
    assert reading_of(given).state == CLEAR


def test_several_kinds_are_named_once_and_in_order() -> None:
    command = f"a ghp_{MIXED[:36]} password=hunter2x b ghp_{MIXED[:36]} password=hunter3x"
    assert "(github-token, password)" in reading_of({"command": command}).because


def test_what_was_not_looked_at_is_not_clear() -> None:
    most = credentials.MOST_CHARACTERS
    whole, longer = "x" * (most - 10), "x" * (most + 1)
    assert reading_of({"command": whole}).state == CLEAR
    assert reading_of({"command": longer}).state == UNKNOWN
    assert reading_of({"arguments": [0] * (most + 1)}).state == UNKNOWN
    token = f" ghp_{MIXED[:36]} "
    assert reading_of({"command": token + longer}).state == RAISED
    assert reading_of({"command": longer + token}).state == UNKNOWN


@given(st.text(max_size=60), st.sampled_from(RAISING), st.text(max_size=60))
def test_text_around_it_hides_nothing(before: str, row: tuple[str, str], after: str) -> None:
    assert reading_of({"command": f"{before}\n{row[0]}\n{after}"}).state == RAISED


@given(st.text(max_size=300))
def test_a_credential_is_always_a_secret_too(text: str) -> None:
    secrets = find_secrets(text)
    for _, start, end in find_credentials(text):
        assert any(s <= start and end <= e for _, s, e in secrets)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz-_./ ", max_size=40))
def test_words_of_letters_are_never_telling(words: str) -> None:
    assert not is_telling(words)


def test_a_clean_call_loads_no_scanner() -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from agentic.signals import credentials, interface\n"
        "from agentic.core.values import ToolCall\n"
        "call = ToolCall('shell', {'command': 'git push origin feature'}, '/')\n"
        "scene = interface.Scene(1, call, interface.World('', lambda *_: ((), '')))\n"
        "assert credentials.read('c', {}, scene)[0].state == 'CLEAR'\n"
        "print(*[name for name in sys.modules if name.startswith('agentic.recognize.')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["agentic.recognize.secret_prefilter"]


@pytest.mark.parametrize("piece", ["curl ", "token=", "password: $", "PRIVATE KEY", "--token "])
def test_the_longest_call_stays_far_below_the_hooks_deadline(piece: str) -> None:
    text = piece * (credentials.MOST_CHARACTERS // len(piece))
    started = time.process_time()
    reading_of({"command": text})
    assert time.process_time() - started < 10


def test_the_world_is_not_asked() -> None:
    def asked(*_: object) -> Any:
        raise AssertionError("the journal was asked")

    call = ToolCall("shell", {"command": "true"}, "/")
    scene = Scene(0, call, World("", asked))
    assert credentials.read("c", SETTINGS, scene)[0].state == CLEAR
