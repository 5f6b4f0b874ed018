"""Coding agents and agentic itself, started as programs.

Another agent acts outside this session's record (`agent.start-other`); one whose own checks or hooks are
switched off, by an option, a setting or another home folder, is `agent.start-unguarded`. Adding an MCP
server gives later sessions new tools. Which switches turn hooks off was seen by running the clients.
Sources: https://docs.claude.com/en/docs/claude-code/cli-reference, https://developers.openai.com/codex/cli,
https://geminicli.com/docs/cli/cli-reference/, https://opencode.ai/docs/cli/ (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Word
from agentic.recognize.options import read_options
from agentic.recognize.programs.mcp_installers import agent_servers
from agentic.recognize.project import read_text, run_command, run_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


class Agent(NamedTuple):
    """What a coding agent's command line means.

    `unguarded` are words or `option=value` pairs that switch its checks or hooks off, `homes` the
    variables that lead it past the user's own hooks, `looks` and `installs` its harmless and its
    installing subcommands, `changes` those that change its settings, `values` options with a value
    before a subcommand, `settings` the options that take configuration.
    """

    unguarded: str
    homes: str = "HOME"
    looks: str = "help --help -h --version -v version doctor"
    installs: str = "update upgrade install uninstall self-update"
    changes: str = "config login logout auth"
    values: str = "--model -m -C --cd --cwd --add-dir --config -c --profile --mcp-config"
    settings: str = ""


AGENTS: dict[str, Agent] = {
    "claude": Agent(
        "--dangerously-skip-permissions --allow-dangerously-skip-permissions --bare "
        "--permission-mode=bypassPermissions --setting-sources --disable-hooks",
        homes="HOME CLAUDE_CONFIG_DIR",
        looks="help --help -h --version -v doctor agents",
        changes="config auth login logout setup-token migrate-installer",
        values="--model --settings --mcp-config --add-dir --agent --agents --session-id --output-format",
        settings="--settings",
    ),
    "codex": Agent(
        "--dangerously-bypass-approvals-and-sandbox --dangerously-bypass-hook-trust --yolo --full-auto "
        "--disable=hooks --ask-for-approval=never -a=never --sandbox=danger-full-access "
        "-s=danger-full-access --ignore-user-config",
        homes="HOME CODEX_HOME",
        looks="help --help -h --version -V completion",
        changes="login logout features",
        settings="-c --config",
    ),
    "gemini": Agent(
        "-y --yolo --approval-mode=yolo --skip-trust --allowed-tools",
        homes="HOME GEMINI_CLI_HOME GEMINI_CLI_SYSTEM_SETTINGS_PATH",
        changes="extensions hooks skills",
    ),
    "qwen": Agent(
        "-y --yolo --approval-mode=yolo --bare --allowed-tools",
        changes="extensions hooks skills auth",
    ),
    "opencode": Agent(
        "--pure --auto --dangerously-skip-permissions",
        homes="HOME XDG_CONFIG_HOME OPENCODE_PURE OPENCODE_DISABLE_PROJECT_CONFIG OPENCODE_CONFIG "
        "OPENCODE_CONFIG_DIR OPENCODE_CONFIG_CONTENT OPENCODE_PERMISSION",
        looks="help --help -h --version -v models stats export session",
        changes="auth agent plugin",
    ),
    "copilot": Agent(
        "--allow-all-tools --allow-all --allow-all-paths --allow-all-urls --yolo --autopilot",
        homes="HOME XDG_CONFIG_HOME COPILOT_HOME COPILOT_ALLOW_ALL",
        changes="login logout plugin",
    ),
    "cursor-agent": Agent(
        "-f --force --yolo --approve-mcps --trust",
        looks="help --help -h --version -v status ls about whoami",
    ),
    "aider": Agent(
        "--yes --yes-always --no-git-commit-verify --auto-accept-architect", homes="HOME"
    ),
    "goose": Agent("--no-confirm", homes="HOME XDG_CONFIG_HOME GOOSE_MODE", changes="configure"),
    "amp": Agent(
        "--dangerously-allow-all",
        looks="help --help -h --version -v threads",
        changes="login permissions",
    ),
    "droid": Agent("--skip-permissions-unsafe --auto=high --auto=medium"),
    "crush": Agent("-y --yolo"),
    "q": Agent(
        "-a --trust-all-tools --no-interactive", changes="login logout settings integrations"
    ),
    "kiro-cli": Agent("-a --trust-all-tools", changes="login logout settings integrations"),
    "cline": Agent("-y --yolo --auto-approve-all", changes="auth config"),
    "auggie": Agent("--dangerously-skip-permissions --permission=*:allow", changes="login logout"),
    "openhands": Agent("--always-approve --yolo --llm-approve"),
    "kimi": Agent("-y --yolo --yes --auto-approve"),
    "vibe": Agent("--auto-approve"),
}

#: `agentic` subcommands: kind -> `group` or `group action`.
_OWN: dict[str, str] = {
    "governance.read": (
        "check, explain, doctor, hook, version, --version, --help, -h, policy check, policy show, "
        "policy diff, policy lint, policy test, policy explain, audit verify, audit show, audit tail, "
        "audit where, audit query, audit export, requests list, requests show, requests, "
        "policy, audit, grants list, grants show, signals, signals list, signals show, signals explain, "
        "signals refresh, signals watch, signals check, signals test, signals lint, "
        "shim, shim status, shim shell, "
        "git-hooks, git-hooks status, git-hooks pre-commit, git-hooks commit-msg, git-hooks pre-push, "
        "mcp list, mcp pins, mcp diff, mcp serve, hosts, hosts status"
    ),
    "governance.change": (
        "init, policy trust, policy compile, audit rotate, audit seal, audit repair, audit recover, "
        "requests cancel, grants revoke, upgrade, mcp gateway, mcp forget, shim install, git-hooks install, "
        "hosts install"
    ),
    "governance.approve": "requests approve, requests deny, approve, deny, grants create, mcp approve",
    "governance.disable": (
        "uninstall, disable, policy untrust, audit delete, shim uninstall, git-hooks uninstall, "
        "hosts uninstall"
    ),
}


def agentic(invocation: Invocation, context: Context) -> None:
    """Recognise a call of agentic itself: asking is free, changing it is not an agent's business."""
    options = read_options(invocation.args, "--color --config", stop_at_operand=True)
    words = [word.text for word in options.operands]
    shown = "agentic " + " ".join(invocation.texts[:6])
    group = words[0] if words else "--help"
    action = next((text for text in words[1:] if text[:1] != "-"), "")
    if words and not options.operands[0].literal:
        context.unknown("the subcommand of `agentic` is computed at run time", target=shown)
    elif group == "run":
        _carried(invocation, context, options.operands[1:])
    elif group == "init" and any("--uninstall".startswith(t) and len(t) > 4 for t in words[1:]):
        context.add("governance.disable", shown)
    elif any(text in ("--install-completion", "--show-completion") for text in invocation.texts):
        writes = "--install-completion" in invocation.texts
        context.add("file.write-sensitive" if writes else "governance.read", shown)
    elif group == "mcp" and action == "doctor":
        _examined(invocation, context, shown)
    elif group == "sync":
        _synced(invocation, context, shown)
    elif group not in ("check", "explain", "hook") and "--help" in words:
        context.add("governance.read", shown)
    else:
        kind = _own_kind(f"{group} {action}") or _own_kind(group if not _is_group(group) else "")
        variable = _misleading(invocation, context) if action in _WRITING_SIGNALS else ""
        if kind and variable:
            context.add("governance.change", shown, told_by=variable)
        elif kind:
            context.add(kind, shown)
        else:
            why = (
                f"`agentic {group} {action}`".replace(" `", "`") + " is not a command that is known"
            )
            context.unknown(why, "unknown.subcommand", shown)


#: What writes the snapshot that later decisions read.
_WRITING_SIGNALS = ("refresh", "watch")
#: Variables by which a name, a certificate or a module becomes another one.
_MISLEADING = (
    "HOSTALIASES LOCALDOMAIN RES_OPTIONS RESOLV_HOST_CONF SSL_CERT_FILE SSL_CERT_DIR OPENSSL_CONF "
    "PYTHONPATH PYTHONSTARTUP PYTHONHOME PYTHONUSERBASE PYTHONTZPATH PYTHONPLATLIBDIR"
).split()


def _misleading(invocation: Invocation, context: Context) -> str:
    """The variable on this line that would let sources be asked as, or of, somebody else; else empty.

    A token of another account may see no incident at all, which is then clear.
    """
    from agentic.recognize.shell.variables import names_secret

    for variables in (invocation.variables, context.variables):
        for name in variables:
            if name in _MISLEADING or names_secret(name):
                return name
    return ""


def _carried(invocation: Invocation, context: Context, words: Sequence[Word]) -> None:
    """`agentic run [options] -- COMMAND` runs what it judges; `--status` writes a file.

    `--env` is left out on purpose: what it declares there only makes that judgement stricter.
    """
    inner = read_options(words, "--env --agent --deadline --status", stop_at_operand=True)
    for word in inner.words("--status"):
        context.write_path(word)
    if inner.computed:
        context.unknown("an option of `agentic run` is computed at run time", target=inner.computed)
    if inner.operands:
        context.run_words(inner.operands, invocation.stdin, invocation.variables)
    else:
        context.add("governance.read", "agentic run")


def _examined(invocation: Invocation, context: Context, shown: str) -> None:
    """`agentic mcp doctor` reads; with `--fix` or `--undo` it writes what hosts start."""
    options = read_options(invocation.args, "--host --manifest --color --config")
    writes = options.has("--fix", "--undo") and not options.relaxed("--dry-run")
    context.add("governance.change" if writes else "governance.read", shown)


def _synced(invocation: Invocation, context: Context, shown: str) -> None:
    """`agentic sync` writes what every host's agents are told; with `--check` or `--dry-run` it only reads.

    An option may take the next word for its value, whatever it looks like: `--manifest --check` writes.
    """
    options = read_options(invocation.args, "--host --manifest --color --config")
    only_reads = options.relaxed("--check", "--dry-run", "--help", "-h") and not options.computed
    context.add("governance.read" if only_reads else "governance.change", shown)


def _own_kind(text: str) -> str:
    text = text.strip()
    for kind, entries in _OWN.items():
        if text and text in entries.split(", "):
            return kind
    return ""


def _is_group(name: str) -> bool:
    return name in ("policy", "audit", "requests", "grants", "signals", "shim", "git-hooks")


def other_agent(invocation: Invocation, context: Context) -> None:
    """Recognise another coding agent started as a program."""
    name = invocation.name
    agent = AGENTS[name]
    texts = invocation.texts
    options = read_options(invocation.args, agent.values, stop_at_operand=True)
    action = options.operands[0].text if options.operands else ""
    shown = " ".join((name, *texts))[:200]
    if texts[:1] and texts[0] in agent.looks.split():
        context.add("shell.inert", shown)
        return
    because = unguarded_by(agent, invocation, context)
    rest = options.operands[1:]
    if because:
        context.add("agent.start-unguarded", shown, told_by=because)
    elif action == "mcp":
        agent_servers(context, rest, shown)
    elif action in ("plugin", "plugins", "extensions", "extension", "skills") and rest:
        looks = rest[0].text in ("list", "ls", "validate", "search", "show")
        context.add("shell.inert" if looks else "mcp.install-server", shown)
    elif action in agent.looks.split():
        context.add("shell.inert", shown)
    elif action in agent.installs.split():
        context.add("package.install-global", shown)
    elif action in agent.changes.split():
        _settings(context, action, rest, shown)
    elif action == "sandbox" and name == "codex":
        inner = read_options(rest, "", stop_at_operand=True).operands
        inner = (
            inner[1:]
            if inner and inner[0].text in ("linux", "macos", "landlock", "seatbelt")
            else inner
        )
        run_command(context, inner)
    else:
        context.add("agent.start-other", shown)
    if name == "aider":
        for word in read_options(invocation.args, "--test-cmd --lint-cmd").words(
            "--test-cmd", "--lint-cmd"
        ):
            run_text(context, word)
    if any(text.partition("=")[0] in ("--mcp-config", "--additional-mcp-config") for text in texts):
        context.add("mcp.install-server", shown)


def unguarded_by(agent: Agent, invocation: Invocation, context: Context) -> str:
    """What on this line switches an agent's checks or hooks off, else empty."""
    texts = invocation.texts
    wanted = agent.unguarded.split()
    settings = agent.settings.split()
    for index, text in enumerate(texts):
        name, equals, value = text.partition("=")
        following = value if equals else texts[index + 1] if index + 1 < len(texts) else ""
        if name in wanted or f"{name}={following}" in wanted or text in wanted:
            return text
        cluster = text[1:] if text[:1] == "-" and text[1:2] != "-" else ""
        if cluster.isalpha() and any("-" + letter in wanted for letter in cluster):
            return text
        attached = text[2:] if "-c" in settings and text[:2] == "-c" and text[:3] != "-c=" else ""
        if name in settings or attached:
            given = attached or following
            if _switches_off(context, given):
                return f"{name} {given}"
    for variables in (invocation.variables, context.variables):
        for variable in agent.homes.split():
            value = variables.get(variable, "")
            if value and value != context.workspace.home:
                return f"{variable}={value}"
    return ""


#: Pieces of a settings value that touch hooks or approvals.
_SUSPICIOUS = "disableAllHooks hooks approval_policy sandbox_mode bypassPermissions".split()


def _switches_off(context: Context, value: str) -> bool:
    """Whether a settings value, or the file it names, touches hooks or approvals."""
    text: str | None = value
    if "{" not in value and "=" not in value:
        text = read_text(context, context.path(value))
    if text is None:
        context.unknown("the agent's settings cannot be read", target=value)
        return False
    return any(piece in text for piece in _SUSPICIOUS)


def _settings(context: Context, action: str, rest: Sequence[Word], shown: str) -> None:
    """An agent's own settings and log-in: looked at, or changed."""
    verb = rest[0].text if rest else ""
    if action == "setup-token":
        context.add("secret.read", shown)
    elif action in ("login", "logout", "auth"):
        looks = verb in ("list", "ls", "status", "whoami")
        context.add("shell.inert" if looks else "cloud.configure", shown)
    elif verb in ("get", "list", "ls", "show", ""):
        context.add("shell.inert", shown)
    else:
        context.add("governance.change", shown)


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    "agentic": agentic,
    **dict.fromkeys(AGENTS, other_agent),
}
