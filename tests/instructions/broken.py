"""Ways to break the sample, one for each invariant, and the diagnostic that must come of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.instructions.sample import AGENTS, MANIFEST

FOLDER = ".agentic/instructions"


class Broken(NamedTuple):
    """How the sample is broken, and the one diagnostic that must come of it."""

    id: str
    code: str
    change: Callable[[dict[str, Any], Path], object]
    says: str
    where: str = MANIFEST
    helps: str = ""


def entry(section: str, number: int = 0, **fields: Any) -> Callable[[dict[str, Any], Path], object]:
    """Change fields of one entry; None takes a field away."""

    def change(content: dict[str, Any], root: Path) -> None:
        content[section][number] |= fields
        for key in [key for key, value in fields.items() if value is None]:
            del content[section][number][key]

    return change


def body(name: str, text: str) -> Callable[[dict[str, Any], Path], object]:
    """Append to a body."""

    def change(content: dict[str, Any], root: Path) -> None:
        with (root / FOLDER / name).open("a") as file:
            file.write(text)

    return change


def agents(text: str) -> Callable[[dict[str, Any], Path], object]:
    """Append to AGENTS.md."""

    def change(content: dict[str, Any], root: Path) -> None:
        (root / "AGENTS.md").write_text(AGENTS + text)

    return change


def tracked(name: str) -> Callable[[dict[str, Any], Path], object]:
    """Put a file into git."""

    def change(content: dict[str, Any], root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("mine: true\n")
        subprocess.run(["git", "-C", str(root), "add", "-f", name], check=True)

    return change


def top(**fields: Any) -> Callable[[dict[str, Any], Path], object]:
    """Change keys of the manifest."""
    return lambda content, root: content.update(fields)


RULE, SKILL = "rules/01-conventions.md", "skills/drift-detection/SKILL.md"
RELEASE = "workflows/release.md"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2

CASES = [
    # authority
    Broken(
        "authority-heading", "authority", entry("rules", authority="AGENTS.md#moods"), "`moods`"
    ),
    Broken("authority-file", "authority", entry("rules", authority="docs/X.md"), "`docs/X.md`"),
    # local context
    Broken("local-yaml", "local-context", tracked("x.local.yaml"), "in git", "x.local.yaml:1:1"),
    Broken(
        "local-claude", "local-context", tracked("CLAUDE.local.md"), "in git", "CLAUDE.local.md:1:1"
    ),
    Broken(
        "local-settings",
        "local-context",
        tracked(".claude/settings.local.json"),
        "in git",
        ".claude/settings.local.json:1:1",
        "git rm --cached",
    ),
    Broken(
        "local-context",
        "local-context",
        tracked("ops/company_context.local.yaml"),
        "in git",
        "ops/company_context.local.yaml:1:1",
    ),
    # modes
    Broken(
        "mode-too-low",
        "mode-too-low",
        entry("workflows", mode="AUTO", tools=None),
        "policy says CONSULT: `helm.apply`",
        helps="write `mode: CONSULT`",
    ),
    Broken("mode-too-high", "mode-too-high", entry("prompts", mode="STOP"), "policy says AUTO"),
    Broken(
        "mode-of-an-environment",
        "mode-too-low",
        entry("workflows", environments=["staging", "production"]),
        "is STOP in production",
    ),
    Broken(
        "automation-mode", "mode-too-high", entry("automations", mode="CONSULT"), "says CONSULT"
    ),
    # closed words
    Broken(
        "unknown-host",
        "unknown-host",
        top(hosts=["claude-cod"]),
        "`claude-cod`",
        helps="`claude-code`",
    ),
    Broken(
        "unknown-kind",
        "unknown-kind",
        entry("skills", operations=["observe.reed"]),
        "`observe.reed`",
        helps="did you mean `observe.read`?",
    ),
    Broken(
        "unknown-role",
        "unknown-role",
        entry("roles", role="DriftMonitr"),
        "`DriftMonitr`",
        helps="`DriftMonitor`",
    ),
    Broken(
        "unknown-tool", "unknown-tool", entry("roles", tools=["serch"]), "`serch`", helps="`search`"
    ),
    Broken("unknown-mode", "unknown-mode", entry("skills", mode="auto"), "`auto`", helps="`AUTO`"),
    Broken("unknown-key", "unknown-key", entry("skills", modes="AUTO"), "`modes`", helps="`mode`"),
    Broken(
        "unknown-server",
        "unknown-server",
        entry("skills", requires_mcp=["prometeus"]),
        "`prometeus`",
        helps="`prometheus`",
    ),
    Broken(
        "unknown-tool-server", "unknown-server", entry("roles", 1, tools=["mcp(prom/x)"]), "`prom`"
    ),
    Broken(
        "unused-host",
        "unused-host",
        lambda c, r: (c.update(hosts=["cursor"]), c["rules"][0].update(hosts=["codex"])),
        "not among",
    ),
    # names
    Broken("id-letters", "id", entry("rules", id="Rule_1"), "`Rule_1`"),
    Broken("id-length", "id", entry("rules", id="a" * 65), "no name that every host takes"),
    Broken("id-hyphens", "id", entry("rules", id="a--b"), "`a--b`"),
    Broken("id-taken", "id", entry("prompts", id="help"), "`help`"),
    Broken(
        "duplicate-id",
        "duplicate-id",
        entry("workflows", id="drift-detection"),
        "is there already, at",
    ),
    Broken("role-name", "role-name", entry("roles", id="watcher"), "as no role at all"),
    Broken("role-of-another", "role-name", entry("roles", role="MLTrainer"), "as `DriftMonitor`"),
    # limits
    Broken("description", "too-long", entry("rules", description="x" * 1025), "1025 characters"),
    Broken(
        "when",
        "too-long",
        entry("skills", description="x" * 1000, when="y" * 537),
        "1537 characters",
    ),
    Broken(
        "both-in-one",
        "too-long",
        entry("skills", description="x" * 900, when="y" * 200),
        "as one field",
    ),
    # texts
    Broken(
        "secret",
        "secret",
        body(RULE, f"\nUse {TOKEN} for it.\n"),
        "github-token",
        f"{FOLDER}/{RULE}:5:5",
    ),
    Broken("secret-in-agents", "secret", agents(f"\nUse {TOKEN}.\n"), "github-token", "AGENTS.md:"),
    Broken(
        "zero-width",
        "hidden-character",
        body(RULE, "\nAsk\u200b first.\n"),
        "U+200B",
        f"{FOLDER}/{RULE}:5:4",
    ),
    Broken(
        "bidi", "hidden-character", body(RULE, "\n\u202eevil\n"), "U+202E", f"{FOLDER}/{RULE}:5:1"
    ),
    Broken(
        "tag", "hidden-character", body(RULE, "\n\U000e0041\n"), "U+E0041", f"{FOLDER}/{RULE}:5:1"
    ),
    Broken(
        "selector",
        "hidden-character",
        body(RULE, "\na\U000e0101\n"),
        "U+E0101",
        f"{FOLDER}/{RULE}:5:2",
    ),
    Broken(
        "escape", "hidden-character", body(RULE, "\n\x1b[2J\n"), "U+001B", f"{FOLDER}/{RULE}:5:1"
    ),
    Broken(
        "hidden-in-description",
        "hidden-character",
        entry("rules", description="Ask\u200bfirst"),
        "U+200B",
    ),
    Broken(
        "runs-on-load",
        "runs-on-load",
        body(RULE, "\nNow: !`id`\n"),
        "run or read",
        f"{FOLDER}/{RULE}:5:6",
    ),
    Broken(
        "runs-in-gemini",
        "runs-on-load",
        body(RULE, "\n!{id}\n"),
        "run or read",
        f"{FOLDER}/{RULE}:5:1",
    ),
    # files
    Broken("no-source", "no-source", entry("rules", source="rules/none.md"), "rules/none.md"),
    Broken(
        "source-outside",
        "path",
        entry("rules", source="../../AGENTS.md"),
        "no path in the repository",
    ),
    Broken(
        "no-shipped-source",
        "no-source",
        entry("rules", source="shipped:rules/none.md"),
        "shipped:rules/none.md",
    ),
    Broken(
        "front-matter",
        "front-matter",
        lambda c, r: (r / FOLDER / RULE).write_text("---\na: b\n---\n"),
        "no front matter",
        f"{FOLDER}/{RULE}:1:1",
    ),
    Broken(
        "encoding",
        "encoding",
        lambda c, r: (r / FOLDER / RULE).write_bytes(b"\xff\n"),
        "not UTF-8",
        f"{FOLDER}/{RULE}:1:1",
    ),
    Broken(
        "no-agents",
        "no-agents",
        lambda c, r: ((r / "AGENTS.md").unlink(), c["rules"][0].pop("authority")),
        "there is no `AGENTS.md`",
        "AGENTS.md:1:1",
    ),
    # tables and numbers
    Broken(
        "count",
        "count",
        agents("\nThere are three workflows.\n"),
        "the manifest has 1",
        "AGENTS.md:22:11",
    ),
    Broken(
        "count-in-digits",
        "count",
        agents("\nWe have 5 rules.\n"),
        "the manifest has 4",
        "AGENTS.md:22:9",
    ),
    Broken(
        "table-name",
        "table",
        agents("\n<!-- agentic: skils -->\n<!-- end -->\n"),
        "`skils`",
        "AGENTS.md:22:1",
        "`skills`",
    ),
    Broken(
        "table-end", "table", agents("\n<!-- agentic: mcp -->\n"), "has no end", "AGENTS.md:22:1"
    ),
    # rules, tools, servers, schedules
    Broken("globs-missing", "trigger", entry("rules", 1, globs=[]), "`globs` go with"),
    Broken("globs-with-always", "trigger", entry("rules", globs=["x"]), "`globs` go with"),
    Broken("glob-comma", "glob", entry("rules", 1, globs=["{a,b}/*"]), "`{a,b}/*`"),
    Broken("tool-form", "tool", entry("skills", tools=["shell(ls"]), "not written like a tool"),
    Broken("tool-argument", "tool", entry("skills", tools=["read(x)"]), "takes nothing"),
    Broken("tool-star", "tool", entry("skills", tools=["shell(ls * x)"]), "before the end"),
    Broken(
        "tool-too-wide",
        "tool-too-wide",
        entry("skills", tools=["shell(kubectl *)"]),
        "admits `kubectl",
        helps="name the subcommand",
    ),
    Broken(
        "tool-secret", "tool-too-wide", entry("skills", tools=["shell(kubectl get *)"]), "secret"
    ),
    Broken(
        "tool-exact",
        "tool-too-wide",
        entry("skills", tools=["shell(kubectl delete pod x)"]),
        "STOP",
    ),
    Broken(
        "tool-output", "tool-too-wide", entry("prompts", tools=["shell(git diff *)"]), "--output"
    ),
    Broken(
        "server-both",
        "server",
        lambda c, r: c["mcp"][0].update(url="https://x.example"),
        "not both",
    ),
    Broken(
        "server-plain", "server", lambda c, r: c["mcp"][1].update(url="http://x.example"), "https"
    ),
    Broken(
        "server-token",
        "secret",
        lambda c, r: c["mcp"][0].update(args=["--token", TOKEN]),
        "github-token",
    ),
    Broken("schedule", "schedule", entry("automations", schedule="every night"), "`every night`"),
    # turbo
    Broken(
        "turbo",
        "turbo",
        body(RELEASE, "\n// turbo\n```bash\nhelm upgrade churn .\n```\n"),
        "`helm upgrade churn .` unasked",
        f"{FOLDER}/{RELEASE}:12:4",
    ),
    Broken(
        "turbo-all",
        "turbo",
        body(RELEASE, "\n// turbo-all\n\n```bash\nkubectl delete pod x\n```\n"),
        "`kubectl delete pod x`",
        f"{FOLDER}/{RELEASE}:12:4",
    ),
    Broken(
        "turbo-nothing",
        "turbo",
        body(RULE, "\n// turbo\n\nThen ask.\n"),
        "before no command",
        f"{FOLDER}/{RULE}:5:4",
    ),
    Broken(
        "turbo-before-it",
        "turbo",
        body(RELEASE, "\n```bash\nhelm uninstall x\n```\n// turbo\n"),
        "helm uninstall",
        f"{FOLDER}/{RELEASE}:15:4",
    ),
    # sizes
    Broken(
        "windsurf-rule",
        "too-large",
        body(RULE, "word " * 1200),
        "6,000 characters",
        f"{FOLDER}/{RULE}",
        "split it",
    ),
    Broken("cursor-rule", "too-large", body(RULE, "a\n" * 500), "500 lines", f"{FOLDER}/{RULE}"),
    Broken("codex", "too-large", agents("word\n" * 6600), "32 KiB", "AGENTS.md:1:1"),
]
