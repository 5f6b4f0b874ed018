"""Every host's configuration as one neutral value, with lines; broken files are told, never raised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.mcp.configuration_files import HOSTS, Source, source_of, sources
from agentic.mcp.configurations import Configurations, ConfiguredServer, configurations

ROOT = "/home/ada/project"


def read(path: Path, host: str, text: str, form: str = "json", *keys: str) -> Configurations:
    path.write_text(text)
    wanted = [s for s in sources({"HOME": "/home/ada"}, ROOT) if s.host == host and s.form == form]
    roots = ((keys,),) if keys else tuple(dict.fromkeys(s.roots for s in wanted))
    source = Source(host, "project", str(path), wanted[0].form, roots[0])
    return configurations((source,), ROOT)


def only(found: Configurations) -> ConfiguredServer:
    assert found.problems == ()
    (server,) = found.servers
    return server


def test_claude_code(tmp_path: Path) -> None:
    text = """{
  // a comment
  "mcpServers": {
    "github": {
      "type": "stdio",
      "command": "npx",
      "args": ["-y", "server"],
      "env": {
        "TOKEN": "${TOKEN}",
        "MODE": "fast",
        "MIXED": "${A:-b}c",
      },
    },
  },
}"""
    server = only(read(tmp_path / ".mcp.json", "claude-code", text))
    assert (server.name, server.transport, server.command) == ("github", "stdio", "npx")
    assert server.args == ("-y", "server")
    assert [(s.name, s.is_literal) for s in server.environment] == [
        ("TOKEN", False),
        ("MODE", True),
        ("MIXED", True),
    ]
    assert server.line == 4
    assert server.where("env", "MODE") == f"{server.file}:10"
    assert server.where("args", 1) == f"{server.file}:7"
    assert server.where("env", "GONE") == f"{server.file}:8"
    assert server.where("gone") == f"{server.file}:4"


@pytest.mark.parametrize(
    ("host", "text", "keys", "expected"),
    [
        (
            "cursor",
            '{"mcpServers":{"x":{"url":"https://x/mcp","headers":{"A":"Bearer ${env:T}"}}}}',
            ("mcpServers",),
            {"transport": "http", "url": "https://x/mcp"},
        ),
        (
            "gemini-cli",
            '{"mcpServers":{"x":{"httpUrl":"https://x","trust":true,"includeTools":["a"]}}}',
            ("mcpServers",),
            {"url": "https://x", "approved": ("*",), "allowed": ("a",)},
        ),
        (
            "vscode",
            '{"inputs":[],"servers":{"x":{"type":"sse","url":"https://x"}}}',
            ("servers",),
            {"transport": "sse"},
        ),
        (
            "copilot",
            '{"mcpServers":{"x":{"type":"local","command":"x","tools":["*"]}}}',
            ("mcpServers",),
            {"transport": "stdio", "allowed": ()},
        ),
        (
            "windsurf",
            '{"mcpServers":{"x":{"serverUrl":"https://x","disabled":true}}}',
            ("mcpServers",),
            {"url": "https://x", "enabled": False},
        ),
        (
            "opencode",
            (
                '{"mcp":{"x":{"type":"local","command":["npx","x"],"environment":{"A":"{env:A}"},'
                '"enabled":false}}}'
            ),
            ("mcp",),
            {"command": "npx", "args": ("x",), "enabled": False},
        ),
        (
            "cline",
            '{"mcpServers":{"x":{"command":"x","autoApprove":["a","b"],"alwaysAllow":["b"]}}}',
            ("mcpServers",),
            {"approved": ("a", "b")},
        ),
        (
            "kiro",
            '{"mcpServers":{"x":{"command":"x","autoApprove":["*"]}}}',
            ("mcpServers",),
            {"approved": ("*",)},
        ),
        (
            "claude-desktop",
            '{"mcpServers":{"x":{"command":"x","env":{"A":"${A}"}}}}',
            ("mcpServers",),
            {"command": "x"},
        ),
    ],
)
def test_each_host(
    tmp_path: Path, host: str, text: str, keys: tuple[str, ...], expected: dict[str, object]
) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    server = only(configurations((Source(host, "user", str(path), "json", (keys,)),), ROOT))
    assert {name: getattr(server, name) for name in expected} == expected
    # A host that fills in nothing sends `${A}` as it stands.
    literal = [s.is_literal for s in server.environment]
    assert literal == ([True] if host == "claude-desktop" else [False] * len(literal))


def test_opencode_keeps_servers_in_two_shapes(tmp_path: Path) -> None:
    path = tmp_path / "opencode.jsonc"
    source = source_of("/home/ada/project/opencode.jsonc", {"HOME": "/home/ada"}, ROOT)[0]
    source = source._replace(path=str(path))
    one = {"type": "local", "command": ["x"]}
    path.write_text(json.dumps({"mcp": {"a": one, "timeout": 5}}))
    assert [s.name for s in configurations((source,), ROOT).servers] == ["a"]
    path.write_text(json.dumps({"mcp": {"servers": {"a": one, "b": {**one, "disabled": True}}}}))
    found = configurations((source,), ROOT)
    assert [(s.name, s.enabled) for s in found.servers] == [("a", True), ("b", False)]
    path.write_text(json.dumps({"mcp": {"servers": one}}))
    assert [s.name for s in configurations((source,), ROOT).servers] == ["servers"]


def test_codex_and_its_lines(tmp_path: Path) -> None:
    text = """# mine
model = "x"

[mcp_servers.docs]  # looked up
command = "npx"
args = [
  "-y",
  "docs@1.2.3",
]
enabled_tools = ["a", "b"]

[mcp_servers.docs.env]
TOKEN = "${TOKEN}"

[mcp_servers."our db"]
url = "https://db.example.com/mcp"
bearer_token_env_var = "DB"
enabled = false
default_tools_approval_mode = "approve"
"""
    found = read(tmp_path / "config.toml", "codex", text, "toml")
    assert found.problems == ()
    docs, database = found.servers
    assert (docs.line, docs.command, docs.args) == (4, "npx", ("-y", "docs@1.2.3"))
    assert docs.allowed == ("a", "b")
    # Codex fills in nothing: what looks like a reference is what the server gets.
    assert [s.is_literal for s in docs.environment] == [True]
    assert docs.where("env", "TOKEN") == f"{docs.file}:13"
    assert (database.name, database.url, database.enabled) == (
        "our db",
        "https://db.example.com/mcp",
        False,
    )
    assert database.approved == ("*",)


def test_claude_codes_own_file_holds_user_and_local_servers(tmp_path: Path) -> None:
    (tmp_path / ".claude.json").write_text(
        json.dumps(
            {
                "mcpServers": {"mine": {"command": "m"}},
                "projects": {
                    ROOT: {"mcpServers": {"here": {"command": "h"}}},
                    "/elsewhere": {"mcpServers": {"there": {"command": "t"}}},
                    "/empty": {},
                },
            }
        )
    )
    found = configurations(sources({"HOME": str(tmp_path)}, ROOT), ROOT)
    assert [(s.name, s.scope, s.applies) for s in found.servers] == [
        ("mine", "user", True),
        ("here", "local", True),
        ("there", "local", False),
    ]


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        (".mcp.json", '{"mcpServers": {"x": {]}}', ":1:23"),
        (".mcp.json", '{"mcpServers": {"x": {}}', ":1:25"),
        (".mcp.json", "\n\nnot json", ":3:1"),
        (".mcp.json", '{"mcpServers": []}', ":1:1"),
        (".mcp.json", '{"mcpServers": {"x": 3}}', ":1:1"),
        (".mcp.json", '{"a": 1, "a": 2}', ":1:1"),
        (".codex/config.toml", "[mcp_servers.x]\ncommand = \n", ":2:11"),
        (".codex/config.toml", "mcp_servers = 3\n", ":1:1"),
    ],
)
def test_a_broken_file_is_told_with_its_place(
    tmp_path: Path, name: str, text: str, where: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    found = configurations(sources({"HOME": "/nowhere"}, str(tmp_path)), str(tmp_path))
    assert found.servers == ()
    (problem,) = found.problems
    assert problem.where == f"{path}{where}"
    assert problem.help or problem.code == "mcp.unreadable"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").mkdir()
    cursor = tmp_path / ".cursor"
    cursor.mkdir()
    (cursor / "mcp.json").write_bytes(b"\xff\xfe{")
    found = configurations(sources({"HOME": "/nowhere"}, str(tmp_path)), str(tmp_path))
    assert {p.code for p in found.problems} == {"mcp.unreadable"}
    assert len(found.problems) == 2


def test_a_byte_order_mark_and_an_empty_file_are_fine(tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").write_bytes(b'\xef\xbb\xbf{"mcpServers": {"x": {"command": "x"}}}')
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode/mcp.json").write_text("")
    found = configurations(sources({"HOME": "/nowhere"}, str(tmp_path)), str(tmp_path))
    assert (len(found.servers), found.problems) == (1, ())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "mcpServers servers mcp projects command args env headers url type trust tools "
                "autoApprove enabled disabled x".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=14,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HOSTS), _JSON)
def test_no_shape_of_json_raises(
    tmp_path_factory: pytest.TempPathFactory, host: str, value: object
) -> None:
    path = tmp_path_factory.getbasetemp() / "shape.json"
    path.write_text(json.dumps(value))
    roots = next(s.roots for s in sources({"HOME": "/h"}, "/r") if s.host == host)
    found = configurations((Source(host, "user", str(path), "json", roots),), "/r")
    for server in found.servers:
        assert server.where().startswith(str(path))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="[]{}=\"\n mcp_servers.xargs#'", max_size=60))
def test_no_text_of_toml_raises(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "shape.toml"
    path.write_text(text)
    configurations((Source("codex", "user", str(path), "toml", (("mcp_servers",),)),), "/r")


def test_variables_move_the_files() -> None:
    moved = {
        "HOME": "/home/ada",
        "CODEX_HOME": "/c",
        "CLAUDE_CONFIG_DIR": "/cl",
        "COPILOT_HOME": "/co",
        "XDG_CONFIG_HOME": "/x",
    }
    paths = {s.path for s in sources(moved, "")}
    assert {
        "/c/config.toml",
        "/cl/.claude.json",
        "/co/mcp-config.json",
        "/x/opencode/opencode.json",
        "/x/Claude/claude_desktop_config.json",
    } <= paths
    assert not any(path.startswith("./") or "$" in path for path in paths)
    assert "/home/ada/.codex/config.toml" not in paths


def test_a_named_file_is_read_as_its_hosts_file(tmp_path: Path) -> None:
    home = {"HOME": "/home/ada"}
    assert source_of("/home/ada/.cursor/mcp.json", home, ROOT)[0].host == "cursor"
    assert source_of("/some/where/.mcp.json", home, ROOT)[0].host == "claude-code"
    assert source_of("/some/where/cline_mcp_settings.json", home, ROOT)[0].host == "cline"
    (other,) = source_of("/some/where/servers.json", home, ROOT)
    assert (other.scope, len(other.roots)) == ("file", 4)
    assert source_of("/some/where/servers.toml", home, ROOT)[0].form == "toml"


def test_extensions_and_plugins_bring_servers_along(tmp_path: Path) -> None:
    entry = {"command": "npx", "args": ["-y", "x@1.0.0"]}
    home, root = tmp_path / "home", tmp_path / "work"
    wanted = {
        home / ".gemini/extensions/terraform/gemini-extension.json": "gemini-cli",
        home / ".qwen/extensions/a/qwen-extension.json": "qwen-code",
        home / ".claude/plugins/cache/market/one/1.0.0/.claude-plugin/plugin.json": "claude-code",
        root / ".cursor-plugin/plugin.json": "cursor",
    }
    for number, path in enumerate(wanted):
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"name": "p", "mcpServers": {f"s{number}": entry}}))
    plain = home / ".claude/plugins/cache/market/two/2.0.0/.mcp.json"
    plain.parent.mkdir(parents=True)
    plain.write_text(json.dumps({"bare": entry}))
    named = root / ".codex-plugin/plugin.json"
    named.parent.mkdir(parents=True)
    named.write_text(json.dumps({"name": "p", "mcpServers": "./.mcp.json"}))
    found = configurations(sources({"HOME": str(home)}, str(root)), str(root))
    assert found.problems == ()
    told = {(Path(s.file), s.host, s.scope) for s in found.servers}
    assert told == {
        *((path, host, "plugin") for path, host in wanted.items()),
        (plain, "claude-code", "plugin"),
    }
    assert {s.command for s in found.servers} == {"npx"}


def test_a_manifest_with_broken_servers_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gemini-extension.json"
    path.write_text('{"mcpServers": 3}')
    found = configurations(sources({"HOME": "/nowhere"}, str(tmp_path)), str(tmp_path))
    assert [problem.code for problem in found.problems] == ["mcp.misshapen"]
