"""The manifest of instructions, as closed pydantic models, and reading it with file:line:column.

One YAML file names every rule, role, skill, workflow, prompt and automation, and the Markdown body of
each. Here are only shapes; what policy, hosts and files say about them is judged in `check`::

    version: 1
    hosts: [claude-code, cursor]
    rules:       [{id, source, description, trigger, globs}]
    roles:       [{id, source, description, layer, role, tools}]
    skills:      [{id, source, description, when, operations, mode, environments, tools, requires_mcp}]
    workflows:   [{id, source, description, operations, mode, environments, tools, arguments}]
    prompts:     [{id, source, description, operations, mode, arguments}]
    automations: [{id, source, description, operations, mode, schedule}]
    mcp:         [{id, command, args, env, read_only, because}]
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agentic.authoring.validate import shaped
from agentic.authoring.vocabulary import Closed, Environment, Mode, Sentence, VersionOne, Word
from agentic.errors import InvalidDocument
from agentic.yaml_reader import YamlTree, parse_yaml

#: One line without control, separator or direction characters; how long it may be is judged with a reason.
_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"

Text = Annotated[str, StringConstraints(min_length=1, max_length=8192, pattern=_ONE_LINE)]
#: Any text of an id; the rules for names are judged in `check`, which says which host refuses it.
Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_ONE_LINE)]
#: Relative to the manifest's folder, or `shipped:…` for the wheel's own content.
#: It stands in the mark of every file made from it, so it holds nothing that could end a comment.
Source = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[\w./:@+ -]*$")]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_ONE_LINE)]
#: `read`, `shell(kubectl get pods *)`, `mcp(prometheus/query)`.
ToolPattern = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_ONE_LINE)]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]{0,63}$")]
#: Five fields of cron; `check` parses them.
Schedule = Annotated[str, StringConstraints(min_length=9, max_length=100, pattern=_ONE_LINE)]

Trigger = Literal["always", "globs", "description", "manual"]
Layer = Literal["orchestrate", "build", "operate"]

#: The sections of a manifest that hold entries with a body, in the order of every list and table.
SECTIONS = ("rules", "roles", "skills", "workflows", "prompts", "automations")


class Entry(Closed):
    """What every entry with a Markdown body has.

    `authority` is what the entry answers to: `AGENTS.md#heading`, or a path of the repository. `hosts`
    keeps it to some of the manifest's hosts.
    """

    id: Id
    source: Source
    description: Text
    authority: Text | None = None
    hosts: Annotated[list[Word], Field(min_length=1)] | None = None


class Argument(Closed):
    """One argument that a person types behind a command."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    description: Text
    required: bool = True


class Judged(Entry):
    """An entry whose steps policy judges: the kinds of operation it comes to, and their strictest mode."""

    operations: Annotated[list[Word], Field(min_length=1)]
    mode: Mode
    environments: Annotated[list[Environment], Field(min_length=1)] | None = None
    tools: list[ToolPattern] = []
    requires_mcp: list[Word] = []
    arguments: list[Argument] = []


class Rule(Entry):
    """Standing guidance, loaded always, with matching files, when its description fits, or on request."""

    trigger: Trigger
    globs: list[Glob] = []


class Role(Entry):
    """A sub-agent: `role` is the row of `policies/permissions.yaml` that it works under."""

    layer: Layer
    role: Word
    tools: Annotated[list[ToolPattern], Field(min_length=1)]


class Skill(Judged):
    """Knowledge that a host loads on demand; `when` says what brings it up."""

    when: Text | None = None


class Workflow(Judged):
    """Steps that a person starts with a slash command."""


class Prompt(Judged):
    """One request that a person starts with a slash command."""


class Automation(Judged):
    """Work on a schedule: five fields of cron, in UTC."""

    schedule: Schedule


class McpServer(Closed):
    """An MCP server that skills need, written as an example only. `env` are names, never values."""

    id: Id
    command: Text | None = None
    args: list[Text] = []
    url: Text | None = None
    env: list[VariableName] = []
    read_only: bool
    because: Sentence


class Manifest(Closed):
    """The whole manifest."""

    version: VersionOne
    hosts: Annotated[list[Word], Field(min_length=1)]
    rules: list[Rule] = []
    roles: list[Role] = []
    skills: list[Skill] = []
    workflows: list[Workflow] = []
    prompts: list[Prompt] = []
    automations: list[Automation] = []
    mcp: list[McpServer] = []


def parse_manifest(data: bytes, name: str) -> tuple[Manifest, YamlTree]:
    """The manifest that `data` spells, and where everything in it stood; `name` is for messages.

    Raises: InvalidDocument with all problems of its shape, under codes that begin with `instructions.`.
    """
    try:
        tree = parse_yaml(data, name)
        return shaped(Manifest, tree), tree
    except InvalidDocument as invalid:
        raise InvalidDocument(
            d._replace(
                code="instructions." + d.code.removeprefix("policy."),
                message=d.message.replace("in policies", "in a manifest"),
            )
            for d in invalid.diagnostics
        ) from None
