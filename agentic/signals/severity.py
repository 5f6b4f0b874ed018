"""One table from everybody's words for how bad something is to one scale.

The scale is `agentic.core.values.SEVERITIES`: info, warning, high, critical.
"""

from __future__ import annotations

#: word in lower case -> severity; a word that is not here is `critical`, because unknown is never harmless
WORDS: dict[str, str] = {
    # priorities: https://sre.google/workbook/incident-response/ and most paging tools
    "p0": "critical",
    "p1": "critical",
    "p2": "high",
    "p3": "warning",
    "p4": "info",
    "p5": "info",
    "sev0": "critical",
    "sev1": "critical",
    "sev2": "high",
    "sev3": "warning",
    "sev4": "info",
    "sev5": "info",
    # what wakes somebody and what waits for the morning
    "page": "critical",
    "ticket": "warning",
    # the labels of Prometheus rules and of PagerDuty's events
    "critical": "critical",
    "emergency": "critical",
    "fatal": "critical",
    "major": "high",
    "high": "high",
    "error": "high",
    "urgent": "high",
    "warning": "warning",
    "warn": "warning",
    "medium": "warning",
    "moderate": "warning",
    "minor": "warning",
    "low": "info",
    "info": "info",
    "informational": "info",
    "notice": "info",
    "debug": "info",
    "none": "info",
}


def severity_of(word: str) -> str:
    """The severity that a word means; an unknown or missing word is critical."""
    return WORDS.get(word.strip().lower().replace("-", "").replace("_", ""), "critical")
