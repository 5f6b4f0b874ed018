"""What a page for coding agents says beside its text: hooks, loosened permissions, MCP servers.

Skills, sub-agents, commands and rules are Markdown with front matter, or TOML. Most fields only describe;
a few start programs at every tool call, switch off the host's questions or bring a server along. In: the
text that is written, a whole page or a piece of one. Out: the kinds of operation that it is beside
`agent.instruct`. Fields are found line by line, at every depth and in every spelling that a parser of YAML
or TOML would take for the key: too many are a question too much. Never raises.

Sources (checked 2026-11-21): https://code.claude.com/docs/en/skills and
https://code.claude.com/docs/en/sub-agents (`hooks`, `permissionMode`, `mcpServers`),
https://developers.openai.com/codex/config-reference (`hooks`, `sandbox_mode`, `approval_policy`,
`mcp_servers`), https://docs.github.com/en/copilot/reference/custom-agents-configuration (`mcp-servers`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: key -> the value that loosens; empty: every value does.
_LOOSENING = {
    "hooks": "",
    "permissionMode": "bypassPermissions",
    "sandbox_mode": "danger-full-access",
    "approval_policy": "never",
}
_SERVERS = ("mcpServers", "mcp-servers", "mcp_servers")

#: How the names of pages end; what else lies beside a skill (scripts, images) has no fields.
ENDINGS = (".md", ".mdc", ".toml", ".yaml", ".yml", ".json")

#: How a field may begin before its key: a table of TOML, a flow mapping, an explicit key of YAML.
_OPENERS = "[{? \t"
_QUOTES = "'\" \t"
#: Marks that may stand before a key of YAML: a tag, an anchor.
_MARKS = ("!", "&")
#: What ends a key: of YAML, of TOML, of a part of a TOML table's name.
_ENDS = ":=.]"


def governing_fields(text: str) -> tuple[str, ...]:
    """`hooks` and its like among the fields of a page or a piece of one, in order, each once."""
    head = _head(text)
    return tuple(dict.fromkeys(key for key, field in _fields(head) if _loosens(key, field, head)))


def names_server(text: str) -> bool:
    """Whether a page brings MCP servers along, or names those it uses."""
    return any(key in _SERVERS for key, _ in _fields(_head(text)))


def _head(text: str) -> str:
    """The front matter of a page; of a piece without its beginning, what stands before a fenced block."""
    text = text.removeprefix("\ufeff").replace("\r", "\n").lstrip("\n")
    if text.startswith("---"):
        return text[3:].partition("\n---")[0]
    return text.partition("\n```")[0]


def _fields(head: str) -> Iterator[tuple[str, str]]:
    """(key, the line from the key on) of every line that may be a field."""
    if head.lstrip()[:1] == "{":
        head = head.replace("{", "\n").replace(",", "\n")
    for line in head.split("\n"):
        field = line.strip().lstrip(_OPENERS)
        while field.startswith(_MARKS):
            field = field.partition(" ")[2].lstrip()
        end = min((at for at in map(field.find, _ENDS) if at >= 0), default=len(field))
        key = field[:end].strip(_QUOTES)
        if key:
            yield key, field


def _loosens(key: str, field: str, head: str) -> bool:
    if "\\" in key:
        return field[0] == '"'  # an escape in a quoted key hides what it is called
    if key not in _LOOSENING:
        return False
    # The value may be escaped, stand on a later line, or be an alias of one that does.
    return _LOOSENING[key] in head or "\\" in field
