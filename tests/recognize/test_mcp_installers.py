"""Adding an MCP server is an operation, whatever program or file does it; looking at servers is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.core.values import ToolCall
from agentic.recognize.programs import mcp_installers
from agentic.recognize.recognize import recognize
from tests.fakes import FACTS, ROOT, FakeWorkspace

TOKEN = "ghp_" + "a1B2c3D4e5" * 4
ADDS, PRIVILEGED = "mcp.install-server", "mcp.install-server-privileged"


def of_command(command: str) -> set[str]:
    call = ToolCall("shell", {"command": command}, ROOT)
    return {operation.kind for operation in recognize(call, FACTS, FakeWorkspace()).operations}


def of_write(path: str, content: str) -> set[str]:
    call = ToolCall("write", {"path": path, "content": content}, ROOT)
    return {operation.kind for operation in recognize(call, FACTS, FakeWorkspace()).operations}


LOOKING = """claude mcp list
claude mcp get github
codex mcp list --json
gemini mcp list
qwen mcp list
opencode mcp list
copilot mcp list
cursor-agent mcp list
cursor-agent mcp list-tools github
kiro-cli mcp list
docker mcp server ls
docker mcp catalog show docker-mcp
docker mcp tools ls
docker mcp version
smithery list
fastmcp version
code --list-extensions
code --version"""

ADDING = """claude mcp add demo -- npx demo-server
claude mcp add-json demo '{"command": "demo"}'
claude mcp add-from-claude-desktop
claude mcp add --transport http sentry https://mcp.sentry.dev/mcp
codex mcp add demo -- npx demo-server
gemini mcp add demo npx demo-server
qwen mcp add demo npx demo-server
opencode mcp add
copilot mcp add demo -- npx demo-server
cursor-agent mcp enable demo
kiro-cli mcp add --name demo --command demo
code --add-mcp '{"name": "demo", "command": "demo"}'
code-insiders --add-mcp '{"name": "demo"}'
docker mcp server enable demo
docker mcp client connect cursor
docker mcp catalog import ./demo.yaml
smithery install demo --client cursor
add-mcp https://demo.example.com/mcp
fastmcp install cursor server.py
mcp install server.py"""

HANDING = f"""claude mcp add gh -e GITHUB_TOKEN=x -- npx gh
claude mcp add gh -- npx gh --token {TOKEN}
claude mcp add-json gh '{{"command": "gh", "env": {{"A": "b"}}}}'
claude mcp add -t http x https://x.example.com/mcp --header 'Authorization: Bearer x'
claude mcp add prod-db -- npx db
claude mcp add db -- npx db --kubeconfig /home/ada/.kube/prod
codex mcp add x --url https://x.example.com/mcp --bearer-token-env-var T
codex mcp login x
gemini mcp add -e T=x demo npx demo
opencode mcp auth x
cursor-agent mcp login x
code --add-mcp '{{"name": "gh", "env": {{"T": "x"}}}}'
docker mcp secret set GITHUB=x
docker mcp oauth authorize github
docker mcp config write x
smithery install x --key abc
fastmcp install cursor server.py --env T=x
mcp install server.py -v T=x"""

REMOVING = """claude mcp remove github
claude mcp reset-project-choices
gemini mcp remove github
docker mcp server disable github
docker mcp client disconnect cursor
smithery uninstall github"""


@pytest.mark.parametrize("command", LOOKING.splitlines())
def test_looking_is_free(command: str) -> None:
    assert of_command(command) == {"shell.inert"}


@pytest.mark.parametrize("command", ADDING.splitlines())
def test_adding_is_an_operation(command: str) -> None:
    assert of_command(command) == {ADDS}


@pytest.mark.parametrize("command", HANDING.splitlines())
def test_adding_with_a_secret_or_for_production_is_privileged(command: str) -> None:
    assert of_command(command) == {PRIVILEGED}


@pytest.mark.parametrize("command", REMOVING.splitlines())
def test_removing_is_governance(command: str) -> None:
    assert of_command(command) == {"governance.change"}


@pytest.mark.parametrize(
    ("command", "kinds"),
    [
        ("npx add-mcp https://x.example.com/mcp", {"code.execute-package", ADDS}),
        ("npx -y @smithery/cli@1.2.3 install x", {"code.execute-package", ADDS}),
        ("npx -y @smithery/cli install x --key k", {"code.execute-package", PRIVILEGED}),
        ("uvx fastmcp install cursor server.py", {"code.execute-package", ADDS}),
        ("uvx --from mcp mcp install server.py", {"code.execute-package", ADDS}),
        ("claude --mcp-config x.json -p hi", {"agent.start-other", ADDS}),
        ("docker mcp gateway run", {"agent.start-other"}),
        ("docker mcp tools call github merge", {"unknown.mcp"}),
        ("docker mcp frobnicate", {"unknown.subcommand"}),
        ("podman mcp server ls", {"unknown.subcommand"}),
        ("claude mcp serve", {"agent.start-other"}),
        ("fastmcp run server.py", {"code.open-server"}),
        ("fastmcp frobnicate", {"unknown.subcommand"}),
        ("code .", {"unknown.program"}),
        ("code tunnel", {"code.expose-server"}),
        ("code --install-extension x.y", {"package.install-global"}),
        ("code chat 'fix it'", {"agent.start-other"}),
    ],
)
def test_what_else_these_programs_do(command: str, kinds: set[str]) -> None:
    assert of_command(command) == kinds


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("agentic mcp doctor", "governance.read"),
        ("agentic mcp doctor --host codex --json", "governance.read"),
        ("agentic mcp doctor --fix --dry-run", "governance.read"),
        ("agentic mcp doctor --fix", "governance.change"),
        ("agentic mcp doctor --fix --yes x.json", "governance.change"),
        ("agentic mcp doctor --undo", "governance.change"),
        ("agentic mcp doctor --host --dry-run --fix", "governance.change"),
    ],
)
def test_the_doctor_is_asked_freely_and_mends_for_people(command: str, kind: str) -> None:
    assert of_command(command) == {kind}


#: Every file in which a host keeps nothing but MCP servers.
FILES = (
    ".mcp.json",
    ".cursor/mcp.json",
    "/home/ada/.cursor/mcp.json",
    ".vscode/mcp.json",
    "/home/ada/.config/Code/User/mcp.json",
    "/home/ada/.copilot/mcp-config.json",
    ".github/mcp.json",
    "/home/ada/.codeium/windsurf/mcp_config.json",
    "/home/ada/.cline/data/settings/cline_mcp_settings.json",
    ".kiro/settings/mcp.json",
    "/home/ada/.kiro/settings/mcp.json",
    "/home/ada/.config/Claude/claude_desktop_config.json",
    "/home/ada/.config/goose/config.yaml",
    ".factory/mcp.json",
    ".junie/mcp/mcp.json",
)
#: Those that hold hooks or approvals besides: writing them is governance already.
SETTINGS = (
    "/home/ada/.claude.json",
    ".codex/config.toml",
    "/home/ada/.codex/config.toml",
    ".gemini/settings.json",
    ".qwen/settings.json",
    "opencode.json",
    "opencode.jsonc",
    "/home/ada/.config/opencode/opencode.json",
    "/etc/claude-code/managed-mcp.json",
)


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"mcpServers": {"x": {"command": "x", "env": {"TOKEN": "${TOKEN}"}}}}', ADDS),
        ('{"mcpServers": {"x": {"env": {"T": "' + TOKEN + '"}}}}', PRIVILEGED),
        ('{"mcpServers": {"x": {"env": {"DB_PASSWORD": "hunter2xyz9"}}}}', PRIVILEGED),
        ('{"mcpServers": {"x": {"url": "https://db.prod.example.com/mcp"}}}', PRIVILEGED),
        ('{"mcpServers": {"k8s": {"args": ["--context", "prod-eu"]}}}', PRIVILEGED),
        ('{"mcpServers": {"x": {"headers": {"Authorization": "Bearer abc"}}}}', PRIVILEGED),
    ],
)
def test_writing_a_configuration_adds_servers(path: str, content: str, kind: str) -> None:
    assert of_write(path, content) == {kind}


@pytest.mark.parametrize("path", SETTINGS)
def test_settings_with_servers_in_them_are_governance(path: str) -> None:
    assert of_write(path, '{"mcpServers": {}}') == {"governance.change"}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(mcp_installers.PROGRAMS)),
    st.lists(st.text(alphabet='-=ab{}":/.$ \n', max_size=9), max_size=5),
)
def test_words_that_mean_nothing_never_raise(name: str, words: list[str]) -> None:
    quoted = " ".join("'" + word.replace("'", "") + "'" for word in words)
    assert of_command(f"{name} {quoted}")
