"""What the readers of GitHub say of the stand-in, with settings as policy compiles them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from agentic.authoring.signal_documents import (
    GithubDeploymentsRead,
    GithubIssuesRead,
    GithubSource,
)
from agentic.core.values import Reading
from agentic.signals.live import github
from agentic.signals.live.http import Pool
from agentic.signals.live.interface import Answers, Read, Round, SourceFailed
from tests.signals.github_fake import NOW, TOKEN, GithubFake

WORDS = {"prod": "production", "production": "production", "staging": "staging", "dev": "dev"}
SOURCE = "forge"

Reader = Callable[[Read, Round], Answers]


def told(fake: GithubFake, reader: Reader, shape: Any, left_s: float = 20.0) -> list[Reading]:
    """What a reader says of the repository, with settings as policy compiles them."""
    source = GithubSource(
        kind="github",
        source=SOURCE,
        url=fake.url,
        repository="acme/fraud",
        token={"file": fake.token_file},
    ).model_dump()
    deadline = time.monotonic() + left_s
    pool = Pool({SOURCE: source}, deadline, NOW)
    try:
        asked = Round(NOW, deadline, {SOURCE: source}, pool.connect, "", WORDS)
        read = Read("incident.active", shape.model_dump(), "high", 300)
        answers = [answer for answer in reader(read, asked) if isinstance(answer, Reading)]
    finally:
        pool.close()
    for answer in answers:
        assert answer.because
        assert "\n" not in answer.because
        assert len(answer.because) < 330
        assert TOKEN not in str(answer)
    return answers


def incidents(fake: GithubFake, left_s: float = 20.0, **settings: Any) -> list[Reading]:
    shape = GithubIssuesRead(kind="github-issues", source=SOURCE, **settings)
    return told(fake, github.read_issues, shape, left_s)


def rollbacks(fake: GithubFake, **settings: Any) -> list[Reading]:
    shape = GithubDeploymentsRead(kind="github-rollbacks", source=SOURCE, **settings)
    return told(fake, github.read_rollbacks, shape)


def only(readings: list[Reading], state: str) -> Reading:
    assert [reading.state for reading in readings] == [state], readings
    return readings[0]


def failure(ask: Callable[..., Any], *arguments: Any, **settings: Any) -> str:
    with pytest.raises(SourceFailed) as caught:
        ask(*arguments, **settings)
    text = str(caught.value)
    assert "\n" not in text
    assert TOKEN not in text
    return text
