"""What no agent may ever do, in the words of a host's own permission rules.

Such rules hold where a hook does not run: they are the second line, not the guard. They know text alone,
so only what policy calls STOP in every environment is among them. CANDIDATES are patterns in which `*`
stands for any text, each with calls that it matches; a pattern becomes a rule when policy stops all its
calls, so that a policy that changes changes the rules.
"""

from __future__ import annotations

from collections.abc import Iterable

from agentic.core.policy import Policy
from agentic.core.values import ENVIRONMENTS, STOP, ToolCall
from agentic.govern import facts_of
from agentic.recognize.recognize import recognize
from agentic.workspace import BareView

#: A folder that is nowhere: what a rule says must not depend on what lies around.
_PROJECT = "/nonexistent/project"
_HOME = "/nonexistent/home"

#: permission -> pattern -> calls that it matches (a command line, a path in the project). `webfetch` takes
#: one word and no patterns: a client that finds patterns there does not start (seen with 1.18.33).
CANDIDATES: dict[str, dict[str, tuple[str, ...]]] = {
    "bash": {
        "agentic policy trust*": ("agentic policy trust",),
        "agentic requests approve*": ("agentic requests approve r-1 --digest abcd1234",),
        "agentic uninstall*": ("agentic uninstall",),
        "docker run --privileged*": ("docker run --privileged alpine sh",),
        "dropdb *": ("dropdb churn", "dropdb --if-exists churn"),
        "gh repo delete*": ("gh repo delete", "gh repo delete ada/churn --yes"),
        "gh secret delete*": ("gh secret delete TOKEN",),
        "gh secret set*": ("gh secret set TOKEN",),
        "git filter-branch*": ("git filter-branch --all",),
        "git push --mirror*": ("git push --mirror", "git push --mirror origin"),
        "halt": ("halt",),
        "halt *": ("halt -p",),
        "insmod *": ("insmod x.ko",),
        "mkfs*": ("mkfs /dev/sda1", "mkfs.ext4 /dev/sda1"),
        "modprobe *": ("modprobe x",),
        "passwd": ("passwd",),
        "passwd *": ("passwd ada",),
        "poweroff": ("poweroff",),
        "poweroff *": ("poweroff -f",),
        "reboot": ("reboot",),
        "reboot *": ("reboot -f",),
        "redis-cli flushall*": ("redis-cli flushall",),
        "rm -rf /": ("rm -rf /",),
        "rm -rf ~": ("rm -rf ~",),
        "rmmod *": ("rmmod x",),
        "shutdown": ("shutdown",),
        "shutdown *": ("shutdown now", "shutdown -h +5"),
        "terraform destroy*": ("terraform destroy", "terraform destroy -auto-approve"),
        "useradd *": ("useradd eve",),
        "userdel *": ("userdel eve",),
        "usermod *": ("usermod -aG sudo eve",),
        "visudo": ("visudo",),
        "visudo *": ("visudo -f /etc/sudoers.d/x",),
    },
    "edit": {
        "*.agentic/*": (".agentic/policy.yaml", "sub/.agentic/policy.yaml"),
        "*.claude/settings.json": (".claude/settings.json", "sub/.claude/settings.json"),
        "*.claude/settings.local.json": (".claude/settings.local.json",),
        "*.clinerules/hooks/*": (".clinerules/hooks/PreToolUse",),
        "*.codex/hooks.json": (".codex/hooks.json",),
        "*.cursor/hooks.json": (".cursor/hooks.json",),
        "*.gemini/settings.json": (".gemini/settings.json",),
        "*.kiro/hooks/*": (".kiro/hooks/agentic.json",),
        "*.opencode/plugin/*": (".opencode/plugin/agentic.js", "sub/.opencode/plugin/x.ts"),
        "*.opencode/plugins/*": (".opencode/plugins/agentic.js",),
        "*opencode.json": ("opencode.json", "sub/opencode.json", ".opencode/opencode.json"),
        "*opencode.jsonc": ("opencode.jsonc", ".opencode/opencode.jsonc"),
        "*ops/audit.jsonl": ("ops/audit.jsonl",),
    },
}

_CALLS = {"bash": ("shell", "command"), "edit": ("write", "path")}


def rules_of(policy: Policy) -> dict[str, dict[str, str]]:
    """permission -> pattern -> `deny`, for every candidate of which policy stops all calls."""
    found: dict[str, dict[str, str]] = {}
    for permission, patterns in CANDIDATES.items():
        for pattern, samples in patterns.items():
            if is_stopped(policy, permission, samples):
                found.setdefault(permission, {})[pattern] = "deny"
    return found


def is_stopped(policy: Policy, permission: str, samples: Iterable[str]) -> bool:
    """Whether policy stops each of these calls, whatever the environment."""
    return all(_kinds_of(policy, permission, sample) & _stopped(policy) for sample in samples)


def _kinds_of(policy: Policy, permission: str, sample: str) -> set[str]:
    tool, field = _CALLS[permission]
    given = {field: sample, "content": ""} if tool == "write" else {field: sample}
    call = ToolCall(tool, given, _PROJECT)
    recognition = recognize(call, facts_of(policy), BareView(_PROJECT, _HOME))
    return {operation.kind for operation in recognition.operations}


def _stopped(policy: Policy) -> set[str]:
    """The kinds that are STOP in every environment."""
    return {
        kind
        for kind in policy.kinds
        if all(
            any(rule[1] == STOP for rule in policy.rules_of(kind).modes.get(environment, ()))
            for environment in ENVIRONMENTS
            if environment != "unknown"
        )
    }
