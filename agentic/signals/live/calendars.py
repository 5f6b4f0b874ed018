"""Freeze calendars: the events of an iCalendar file or URL, as a timetable.

Nothing here is ever "no freeze" by accident: a calendar that cannot be fetched, is empty, broken in any
event, in an unknown time zone or without end is SourceFailed. A calendar whose events all lie in the past
is readable and clear; one without a single event proves nothing and is not. What policy's `exceptions`
name is taken out. An unpinned file in the workspace may raise, and outside its events it says UNKNOWN.
"""

from __future__ import annotations

from agentic.errors import quoted
from agentic.signals.live import files, timetables
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.live.occurrences import occurrences
from agentic.signals.snapshot import Timetable


def read_calendar(read: Read, round: Round) -> list[Timetable]:
    """When the events of a calendar are on: one timetable. Raises SourceFailed."""
    settings = read.settings
    name: str = settings["source"]
    zone = timetables.zone_of(settings["zone"])
    known = timetables.known_around(round.now)
    data, doubt = _document(name, round)
    words = settings["words"]
    try:
        found = occurrences(data, settings["zone"], words, known, round.deadline)
    except SourceFailed as failure:
        raise SourceFailed(f"the calendar {quoted(name)} {failure}") from None
    spans = [span._replace(because=quoted(span.because, 60)) for span in found.spans]
    about = f" with {' or '.join(quoted(word, 30) for word in words[:3])}" if words else ""
    return [
        timetables.timetable(
            read,
            round,
            zone,
            timetables.without(spans, timetables.exceptions(settings["exceptions"], zone)),
            known,
            f"none of the {found.events} events of {quoted(name)}{about} is on",
            max_age_s=read.max_age_s,
            doubt=doubt,
        )
    ]


def _document(name: str, round: Round) -> tuple[bytes, str]:
    """A source's bytes, and why they are not believed where they clear, or an empty text."""
    source = round.sources.get(name)
    if source is None:
        raise SourceFailed(f"policy has no source {quoted(name)}")
    if source["kind"] == "file":
        content = files.read_file(name, round)
        return content.data, "" if content.may_clear else files.doubt(content)
    client = round.connect(name)
    reply = client.get("", headers={"Accept": "text/calendar, text/plain;q=0.5"})
    if reply.status != 200:
        raise client.failed(f"answers with status {reply.status} instead of a calendar")
    return reply.body, ""
