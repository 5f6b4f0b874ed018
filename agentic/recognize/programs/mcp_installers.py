"""Programs that give a host new MCP servers: agents' own `mcp add`, editors, installers, Docker's toolkit.

Adding a server gives later sessions new tools (`mcp.install-server`); one that gets a token, or reaches
production, is `mcp.install-server-privileged`. Listing is inert, removing is governance: the server that
goes may be the gateway.

Sources (checked 2026-11-21): https://code.claude.com/docs/en/mcp, https://developers.openai.com/codex/mcp,
https://code.visualstudio.com/docs/copilot/customization/mcp-servers, https://gofastmcp.com/deployment/cli,
https://docs.docker.com/ai/mcp-catalog-and-toolkit/cli/, https://smithery.ai/docs/concepts/cli,
https://www.npmjs.com/package/add-mcp, https://cursor.com/docs/cli/mcp.
"""

from __future__ import annotations

from agentic.recognize.options import read_options
from agentic.recognize.secret_prefilter import may_hold_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation, Word

ADDS = "mcp.install-server"
ADDS_PRIVILEGED = "mcp.install-server-privileged"

#: Options that hand a server a value of the user's.
_HANDING = frozenset(
    """-e --env --env-file -H --header --bearer-token-env-var --client-secret --key --api-key --token --config
    -v -f --env-var""".split()
)
_VALUES = (
    "-s --scope -t --transport -e --env -H --header --client-id --callback-port --timeout --env-file --name "
    "--command --args --url --cwd --bearer-token-env-var --client-secret"
)
_LOOKS = frozenset(
    """list ls get show help --help -h status tools list-tools search inspect version --version doctor
    debug""".split()
)
_REMOVES = frozenset(
    "remove rm delete uninstall logout reset-project-choices disable unregister".split()
)
_SERVES = frozenset("serve run dev start".split())
_LOGS_IN = frozenset("login auth authorize".split())


def add_kind(context: Context, words: Iterable[Word]) -> str:
    """Whether these words give a server a secret or lead it to production, as the kind of adding it."""
    texts = [word.text for word in words]
    if any(text.partition("=")[0] in _HANDING for text in texts) or hands_secret(" ".join(texts)):
        return ADDS_PRIVILEGED
    if any('"env"' in text or '"headers"' in text for text in texts):
        return ADDS_PRIVILEGED
    place, _ = context.environment_of([("name", text, text) for text in texts])
    return ADDS_PRIVILEGED if place == "production" else ADDS


def hands_secret(text: str) -> bool:
    """Whether a text holds a credential beyond doubt."""
    if not may_hold_secret(text):
        return False
    from agentic.recognize.credentials import find_credentials

    return bool(find_credentials(text))


def agent_servers(context: Context, words: Sequence[Word], shown: str) -> None:
    """An agent's `mcp` subcommand: servers listed, added, removed, logged in to."""
    options = read_options(words, _VALUES)
    verb = options.operands[0].text if options.operands else "list"
    if verb in _LOOKS:
        context.add("shell.inert", shown)
    elif verb in _REMOVES:
        context.add("governance.change", shown)
    elif verb in _SERVES:
        context.add("agent.start-other", shown)
    elif verb in _LOGS_IN:
        context.add(ADDS_PRIVILEGED, shown)
    else:
        context.add(add_kind(context, words), shown)


def kit(invocation: Invocation, context: Context) -> None:
    """The clients of the development kits and of registries: mcp, fastmcp, smithery, add-mcp."""
    texts = invocation.texts
    options = read_options(invocation.args, "--client --profile", stop_at_operand=True)
    action = options.operands[0].text if options.operands else texts[0] if texts else "version"
    shown = " ".join((invocation.name, *texts))[:200]
    if invocation.name in ("add-mcp", "install-mcp"):
        looks = action in _LOOKS or not texts
        context.add("shell.inert" if looks else add_kind(context, invocation.args), shown)
    elif action in _LOOKS:
        context.add("shell.inert", shown)
    elif action in ("install", "add"):
        context.add(add_kind(context, invocation.args), shown)
    elif action in _REMOVES:
        context.add("governance.change", shown)
    elif action in _LOGS_IN:
        context.add(ADDS_PRIVILEGED, shown)
    elif action in _SERVES:
        context.add("code.open-server", shown)
    elif action == "mcp" and invocation.name == "smithery":
        agent_servers(context, options.operands[1:], shown)
    else:
        context.unknown(f"`{invocation.name} {action}` is not known", "unknown.subcommand", shown)


def editor(invocation: Invocation, context: Context) -> None:
    """VS Code and what is built from it, by their command line."""
    texts = invocation.texts
    shown = " ".join((invocation.name, *texts))[:200]
    names = [text.partition("=")[0] for text in texts]
    if "--add-mcp" in names:
        context.add(add_kind(context, invocation.args), shown)
    elif names[:1] == ["tunnel"] or names[:1] == ["serve-web"]:
        context.add("code.expose-server", shown)
    elif names[:1] == ["chat"]:
        context.add("agent.start-other", shown)
    elif "--install-extension" in names or "--uninstall-extension" in names:
        context.add("package.install-global", shown)
    elif names and all(name in _EDITOR_LOOKS for name in names):
        context.add("shell.inert", shown)
    else:
        because = "an editor is opened, and what it runs there is not known"
        context.unknown(because, "unknown.program", shown)


_EDITOR_LOOKS = frozenset(
    "--list-extensions --show-versions --version -v --help -h --status -s --telemetry".split()
)

#: `docker mcp` group -> verbs that only look; verbs that take away; every other verb adds.
_TOOLKIT: dict[str, tuple[str, str]] = {
    "server": ("ls list inspect", "disable reset rm remove"),
    "catalog": ("ls list show inspect export pull", "rm remove reset delete"),
    "client": ("ls list", "disconnect"),
    "tools": ("ls list count inspect", "disable"),
    "config": ("read dump", "reset"),
    "policy": ("dump", "reset"),
    "secret": ("ls list export", "rm remove"),
    "oauth": ("ls list", "revoke"),
    "profile": ("ls list show", "rm remove"),
    "workspace": ("ls list", "rm remove"),
    "feature": ("ls list", "disable"),
    "version": ("", ""),
    "": ("", ""),
}


def toolkit(words: Sequence[Word], shown: str, context: Context) -> None:
    """`docker mcp …`: Docker's own gateway, its catalogue, its clients and their secrets."""
    options = read_options(words, "--client --gateway-arg --format --profile")
    texts = [word.text for word in options.operands]
    group = texts[0] if texts else ""
    verb = texts[1] if len(texts) > 1 else ""
    if group not in _TOOLKIT and group != "gateway":
        context.unknown(f"`docker mcp {group}` is not known", "unknown.subcommand", shown)
        return
    if group == "gateway":
        context.add("agent.start-other", shown)
        return
    looks, removes = _TOOLKIT[group]
    if group == "tools" and verb == "call":
        context.unknown("a tool of an MCP server is called from here", "unknown.mcp", shown)
    elif not verb or verb in looks.split():
        context.add("shell.inert", shown)
    elif verb in removes.split():
        context.add("governance.change", shown)
    elif group in ("secret", "oauth", "config", "policy"):
        context.add(ADDS_PRIVILEGED, shown)
    else:
        context.add(add_kind(context, words), shown)


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    **dict.fromkeys(("mcp", "fastmcp", "smithery", "add-mcp", "install-mcp"), kit),
    **dict.fromkeys(("code", "code-insiders", "codium", "cursor", "windsurf"), editor),
}
