"""Every kind of read and the function that answers it: the room's one registry.

`HOT` kinds are answered inside a hook: from the clock, the call, the journal's end. `LIVE` kinds wait for
networks, files or large libraries, so only a refresher and a live question run them; a hook looks their
last answer up in the snapshot.
"""

from __future__ import annotations

#: kind -> (module, function): `function(signal, settings, scene) -> tuple[Reading, ...]`
HOT: dict[str, tuple[str, str]] = {
    "clock": ("agentic.signals.clock", "read"),
    "call-credentials": ("agentic.signals.credentials", "read"),
    "open-changes": ("agentic.signals.recent", "read_open_changes"),
    "repeated-calls": ("agentic.signals.recent", "read_repeated_calls"),
    "rollbacks": ("agentic.signals.recent", "read_rollbacks"),
}

#: kind -> (module, function): `function(read, round) -> Sequence[Reading | Timetable]`
LIVE: dict[str, tuple[str, str]] = {
    "diff-credentials": ("agentic.signals.live.diff_credentials", "read_diff_credentials"),
    "alerts": ("agentic.signals.live.alerts", "read_alerts"),
    "burn-rate": ("agentic.signals.live.slo", "read_burn_rate"),
    "calendar": ("agentic.signals.live.calendars", "read_calendar"),
    "drift-report": ("agentic.signals.live.drift_report", "read_drift_reports"),
    "error-budget": ("agentic.signals.live.slo", "read_error_budget"),
    "gate-report": ("agentic.signals.live.reports", "read_gate_reports"),
    "github-issues": ("agentic.signals.live.github", "read_issues"),
    "github-rollbacks": ("agentic.signals.live.github", "read_rollbacks"),
    "holidays": ("agentic.signals.live.holidays_", "read_holidays"),
    "incident-file": ("agentic.signals.live.incident_file", "read_incident_file"),
    "pagerduty-incidents": ("agentic.signals.live.pagerduty", "read_incidents"),
    "promql": ("agentic.signals.live.promql", "read_promql"),
    "windows": ("agentic.signals.live.windows", "read_windows"),
}
