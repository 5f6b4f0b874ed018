"""MCP tools: what a call of `server/tool` does, told by tables, verbs and arguments.

1. A server that is known has a table: tool pattern -> kind; `github/merge_pull_request` is a merge.
2. Otherwise the verb in the tool's name decides; a name without a known verb is `unknown.mcp`.
3. Arguments that hold a command, SQL, a path or an address are judged as such, whatever the tool says.
4. What policy teaches is added; it takes nothing away, except that it names what was unknown.

Sources (checked 2026-11-21): https://github.com/github/github-mcp-server#tools,
https://github.com/containers/kubernetes-mcp-server, https://github.com/hashicorp/terraform-mcp-server,
https://github.com/modelcontextprotocol/servers, https://github.com/microsoft/playwright-mcp,
https://github.com/pab1it0/prometheus-mcp-server.
"""

from __future__ import annotations

from agentic.core.patterns import matches
from agentic.recognize.addresses import is_metadata, parse_address
from agentic.recognize.arguments import ensure, judge_path
from agentic.recognize.environment import words_of
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.placement import acts_somewhere
from agentic.recognize.tools import texts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agentic.recognize.context import Context

#: Verbs that ask, and verbs that change.
_READING = frozenset(
    """get list search read describe show fetch find view lookup count check diff explain inspect summarize
    validate preview tail logs log health ping whoami help info status query top analyze retrieve browse
    display compare estimate lint verify""".split()
)
_CHANGING = frozenset(
    """create update delete write apply merge push exec execute run send add remove set edit patch put post
    publish upload move rename copy install uninstall start stop restart kill deploy rollback scale trigger
    cancel approve close reopen assign comment reply invite archive restore enable disable rotate revoke grant
    transition register promote sync insert drop truncate submit save import sign commit fork transfer lock
    unlock reset upsert replace append modify change make clear destroy terminate drain cordon undo
    silence acknowledge resolve rerun click fill type press evaluate navigate launch""".split()
)

#: Verbs that are no noun beside a reading verb: `list_delete_pods` deletes.
_DESTROYING = frozenset("delete destroy remove drop terminate uninstall execute overwrite".split())

_FORGE: tuple[tuple[str, str], ...] = (
    ("merge_pull_request", "forge.merge"),
    ("accept_merge_request", "forge.merge"),
    ("merge_merge_request", "forge.merge"),
    ("enable_*auto_merge", "forge.merge"),
    ("*pull_request_review*", "forge.review"),
    ("approve_merge_request", "forge.review"),
    ("create_pull_request*", "forge.open-pull-request"),
    ("create_merge_request", "forge.open-pull-request"),
    ("update_pull_request*", "forge.open-pull-request"),
    ("update_merge_request", "forge.open-pull-request"),
    ("rerun_*", "forge.run-workflow"),
    ("retry_*", "forge.run-workflow"),
    ("create_pipeline", "forge.run-workflow"),
    ("cancel_*", "forge.cancel-run"),
    ("delete_workflow_run*", "forge.cancel-run"),
    ("*secret*", "forge.write-secret"),
    ("*release", "forge.release"),
    ("create_repository", "forge.administer"),
    ("*collaborator*", "forge.administer"),
    ("*webhook*", "forge.administer"),
    ("*branch_protection*", "forge.disable-checks"),
    ("*ruleset*", "forge.disable-checks"),
    ("create_branch", "git.push"),
    ("delete_branch", "git.delete-remote-branch"),
    ("delete_file", "git.push"),
    ("delete_*", "forge.delete"),
    ("create_or_update_file", "git.push"),
    ("push_files", "git.push"),
    ("*issue*", "forge.comment"),
    ("*comment*", "forge.comment"),
    ("*label*", "forge.comment"),
    ("*discussion*", "forge.comment"),
    ("request_copilot_review", "forge.comment"),
)
_KUBERNETES: tuple[tuple[str, str], ...] = (
    ("*exec*", "kubernetes.exec"),
    ("*port*forward*", "kubernetes.exec"),
    ("helm_uninstall*", "helm.delete"),
    ("uninstall_helm*", "helm.delete"),
    ("helm_*install*", "helm.apply"),
    ("install_helm*", "helm.apply"),
    ("upgrade_helm*", "helm.apply"),
    ("*rollback*", "deploy.rollback"),
    ("*undo*", "deploy.rollback"),
    ("*drain*", "kubernetes.drain"),
    ("*cordon*", "kubernetes.drain"),
    ("*delete*", "kubernetes.delete"),
    ("*cleanup*", "kubernetes.delete"),
    ("*scale*", "kubernetes.scale"),
    ("*restart*", "kubernetes.scale"),
    ("*rollout*", "kubernetes.scale"),
)

#: word in the server's name -> (tool patterns, kind when reading, kind when changing)
_SERVERS: dict[str, tuple[tuple[tuple[str, str], ...], str, str]] = {
    "github": (_FORGE, "forge.read", "forge.api-write"),
    "gitlab": (_FORGE, "forge.read", "forge.api-write"),
    "gitea": (_FORGE, "forge.read", "forge.api-write"),
    "kubernetes": (_KUBERNETES, "kubernetes.read", "kubernetes.apply"),
    "k8s": (_KUBERNETES, "kubernetes.read", "kubernetes.apply"),
    "kubectl": (_KUBERNETES, "kubernetes.read", "kubernetes.apply"),
    "openshift": (_KUBERNETES, "kubernetes.read", "kubernetes.apply"),
    "helm": (_KUBERNETES, "helm.read", "helm.apply"),
    "terraform": (
        (
            ("*destroy*", "terraform.destroy"),
            ("delete_*", "terraform.destroy"),
            ("*state*", "terraform.read-state"),
            ("*plan*", "terraform.plan"),
            ("*init*", "terraform.init"),
        ),
        "terraform.read",
        "terraform.apply",
    ),
    "prometheus": ((("execute_*query*", "observe.read"),), "observe.read", "alert.change"),
    "grafana": (
        (
            ("*silence*", "alert.silence"),
            ("*alert*", "alert.change"),
            ("*incident*", "incident.open"),
        ),
        "observe.read",
        "mcp.write",
    ),
    "alertmanager": ((("*silence*", "alert.silence"),), "observe.read", "alert.silence"),
    "mlflow": (
        (
            ("*alias*", "model.alias"),
            ("delete_experiment*", "experiment.delete"),
            ("delete_run*", "experiment.delete"),
            ("delete_*", "model.delete"),
            ("*register*", "model.register"),
            ("create_model*", "model.register"),
            ("create_registered*", "model.register"),
        ),
        "experiment.read",
        "experiment.log",
    ),
    "argocd": (
        (
            ("*sync*", "argocd.sync"),
            ("*delete*", "argocd.delete"),
            ("*rollback*", "deploy.rollback"),
        ),
        "argocd.read",
        "argocd.administer",
    ),
    "docker": (
        (
            ("*remove*", "container.remove"),
            ("*push*", "container.push"),
            ("*build*", "container.build"),
        ),
        "container.read",
        "container.run",
    ),
    "vault": ((), "secret.read", "secret.rotate"),
    "pagerduty": (
        (("*resolve*", "incident.close"), ("*create_incident*", "incident.open")),
        "mcp.read",
        "mcp.write",
    ),
    "playwright": (
        (
            ("*upload*", "network.upload"),
            ("*snapshot", "network.read"),
            ("*screenshot", "network.read"),
            ("*wait*", "network.read"),
            ("*tab*", "network.read"),
            ("*console*", "network.read"),
            ("*network_request*", "network.read"),
            ("*close", "network.read"),
            ("*resize", "network.read"),
            ("*back", "network.read"),
            ("*hover", "network.read"),
            ("*install", "package.install-global"),
        ),
        "network.read",
        "network.write",
    ),
    "git": (
        (
            ("*status", "git.read"),
            ("*diff*", "git.read"),
            ("*log", "git.read"),
            ("*show", "git.read"),
            ("*create_branch", "git.branch"),
            ("*branch", "git.read"),
            ("*checkout", "git.branch"),
            ("*add", "git.commit"),
            ("*commit", "git.commit"),
            ("*init", "git.commit"),
            ("*reset", "git.discard"),
            ("*push", "git.push-protected"),
        ),
        "git.read",
        "unknown.mcp",
    ),
    "sequential": ((("*", "agent.session"),), "agent.session", "agent.session"),
    "sequentialthinking": ((("*", "agent.session"),), "agent.session", "agent.session"),
    "context7": ((("*", "mcp.read"),), "mcp.read", "mcp.read"),
    "time": ((("*", "mcp.read"),), "mcp.read", "mcp.read"),
    "agentic": (
        (("*approve*", "governance.approve"), ("*check*", "governance.read")),
        "governance.read",
        "governance.change",
    ),
}
_ALIASES = {"puppeteer": "playwright", "browser": "playwright", "chrome": "playwright"}
_STORES = frozenset(
    """sql postgres postgresql mysql mariadb sqlite mongodb mongo redis bigquery snowflake clickhouse duckdb
    database db supabase neon redshift athena trino databricks""".split()
)

#: argument -> the source of an environment's name
_PLACES: dict[str, str] = {
    "environment": "name",
    "env": "name",
    "stage": "name",
    "namespace": "namespace",
    "context": "context",
    "cluster": "cluster",
    "workspace": "workspace",
    "workspace_name": "workspace",
    "project": "project",
    "account": "account",
    "profile": "profile",
    "database": "name",
    "host": "host",
    "application": "operand",
    "name": "operand",
}
_COMMANDS = ("command", "cmd", "shell_command", "cli_command", "bash", "script")
_PATHS = (
    "path paths file files file_path filepath filename source destination target directory dir folder "
    "root output output_path outputpath".split()
)


def recognize_mcp(given: Mapping[str, Any], context: Context) -> None:
    """Add the operations of one MCP call: `{"server", "tool", "arguments"}`."""
    server = " ".join(texts_of(given.get("server")))
    tool = " ".join(texts_of(given.get("tool")))
    raw = given.get("arguments")
    arguments = raw if isinstance(raw, dict) else {}
    shown = f"{server}/{tool}"[:200]
    context.program = shown
    taught = _taught(f"{server}/{tool}".lower(), context)
    words = set(words_of(server))
    if not tool:
        context.unknown("the MCP tool has no name", "unknown.mcp", shown)
        return
    count = len(context.operations)
    is_told = _judge_arguments(tool, words, arguments, context)
    kind = "" if is_told else _kind_of(tool, words, arguments)
    kind = _refined(kind, tool, arguments, context)
    place = _place(words, arguments, context)
    if kind == "unknown.mcp" and not taught:
        context.unknown("what this MCP tool does cannot be told from its name", kind, shown)
    elif kind and kind != "unknown.mcp":
        _add(kind, shown, place, context)
    for each in taught:
        _add(each, shown, place, context)
    ensure(context, count, "mcp.read", shown)


def _taught(name: str, context: Context) -> list[str]:
    """The kinds that policy teaches for `server/tool`."""
    return [kind for pattern, kind in context.facts.mcp_tools if matches(pattern.lower(), name)]


def _kind_of(tool: str, words: set[str], arguments: Mapping[str, Any]) -> str:
    """The kind that server and tool name tell, or `unknown.mcp`."""
    name = tool.lower().replace("-", "_")
    verb = verb_of(tool)
    for word in words:
        row = _SERVERS.get(_ALIASES.get(word, word))
        if row is None:
            continue
        patterns, reading, changing = row
        is_forge = patterns is _FORGE
        if verb == "read" and (is_forge or patterns is _KUBERNETES):
            return reading
        for pattern, kind in patterns:
            if matches(pattern, name) and not (
                verb == "read" and kind.endswith(("change", "silence"))
            ):
                return kind
        if verb:
            return reading if verb == "read" else changing
        return "unknown.mcp"
    if words & _STORES and verb == "read":
        return "data.query"
    return {"read": "mcp.read", "write": "mcp.write"}.get(verb, "unknown.mcp")


def verb_of(tool: str) -> str:
    """`read`, `write` or empty: what the words of a tool's name say it does.

    The first verb counts, wherever it stands (`pods_list`); `get_or_create` and `read_and_delete` change.
    """
    words = words_of(tool)
    found = ""
    for position, word in enumerate(words):
        if word in _CHANGING:
            joins = position > 0 and words[position - 1] in {"or", "and"}
            if not found or joins:
                return "write"
        elif word in _READING:
            found = found or "read"
    return "write" if _DESTROYING.intersection(words) else found


def _refined(kind: str, tool: str, arguments: Mapping[str, Any], context: Context) -> str:
    """The kind with what the arguments add: a protected branch, a closed issue, a stage, a secret."""
    if kind == "git.push":
        from agentic.recognize.programs.git_repository import is_protected

        branch = " ".join(texts_of(arguments.get("branch")))
        return kind if branch and not is_protected(context, branch) else "git.push-protected"
    if kind == "forge.comment" and "closed" in texts_of(arguments.get("state")):
        return "forge.close"
    if kind == "kubernetes.read":
        asked = " ".join(texts_of(arguments.get("kind")) + texts_of(arguments.get("resourceType")))
        return "kubernetes.read-secret" if "secret" in (asked + tool).lower() else kind
    if kind in {"experiment.log", "model.alias"}:
        from agentic.recognize.web import stage_kind

        stage = " ".join(texts_of(arguments.get("stage")))
        alias = " ".join(texts_of(arguments.get("alias"))).lower()
        if stage or "transition" in tool:
            return stage_kind(stage)
        if alias in {"champion", "production", "prod"}:
            return "model.transition-production"
    return kind


def _place(words: set[str], arguments: Mapping[str, Any], context: Context) -> tuple[str, str]:
    """The environment that the arguments or the server's own name tell."""
    candidates = [
        (source, text, f"{name} {text}")
        for name, source in _PLACES.items()
        for text in texts_of(arguments.get(name))
    ]
    candidates.append(("name", "-".join(sorted(words)), "the server's name"))
    return context.environment_of(candidates)


def _add(kind: str, shown: str, place: tuple[str, str], context: Context) -> None:
    """Add one operation; a kind that acts nowhere is not said to act in an unknown place."""
    is_placed = place[0] != "unknown" or acts_somewhere(kind)
    context.add(kind, shown, *(place if is_placed else ("", "")))


# Arguments


def _judge_arguments(
    tool: str, words: set[str], arguments: Mapping[str, Any], context: Context
) -> bool:
    """Add what single arguments mean; true when they say all that the call does."""
    lowered = _flat(arguments)
    for value in lowered.values():
        for text in texts_of(value):
            if "://" in text[:16]:
                _judge_address(text, context)
    is_cluster = bool(words & {"kubernetes", "k8s", "kubectl", "openshift", "docker"})
    if not is_cluster:
        _judge_paths(tool, words, lowered, context)
    if "github" in words or "gitlab" in words:
        return _judge_workflow(tool, lowered, context)
    if _judge_commands(tool, words, lowered, context):
        return True
    if "filesystem" in words:
        return _judge_files(tool, context)
    if _is_store(tool, words):
        return _judge_sql(words, lowered, context)
    if "url" in lowered and (words & {"fetch", "playwright", "puppeteer", "browser", "chrome"}):
        return _judge_fetch(tool, lowered, context)
    return False


def _flat(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by lower-case name; those one level down where the name is free."""
    found = {str(name).lower(): value for name, value in arguments.items()}
    for value in list(arguments.values()):
        if isinstance(value, dict):
            for name, inner in value.items():
                found.setdefault(str(name).lower(), inner)
    return found


def _judge_address(text: str, context: Context) -> None:
    address = parse_address(text)
    if is_metadata(address.host):
        context.add("network.metadata", address.url)
    elif address.scheme == "file":
        judge_path(context, "read", Word(address.path or "/"))


def _judge_paths(
    tool: str, words: set[str], arguments: Mapping[str, Any], context: Context
) -> None:
    """Add what paths mean beyond the ordinary: secrets, governance, what lies outside."""
    verbs = set(words_of(tool))
    is_write = verb_of(tool) == "write"
    ordinary = {"file.read", "file.write", "docs.write"}
    if "filesystem" in words:
        ordinary = set()
    is_move = bool(verbs & {"move", "rename"})
    for name in _PATHS:
        for text in texts_of(arguments.get(name)):
            if not text or "\n" in text or "://" in text:
                continue
            action = "write" if is_write else "read"
            if verbs & {"delete", "remove"} or (is_move and name == "source"):
                action = "delete"
            if verbs & {"copy", "upload"} and name in {"source", "path", "paths", "file", "files"}:
                action = "read"
            before = len(context.operations)
            judge_path(context, action, Word(text))
            context.operations[before:] = [
                operation
                for operation in context.operations[before:]
                if operation.kind not in ordinary
            ]


def _judge_commands(
    tool: str, words: set[str], arguments: Mapping[str, Any], context: Context
) -> bool:
    """Add what a command in the arguments does on this machine."""
    found = False
    program = next(iter(words & {"kubectl", "helm", "terraform", "docker", "aws", "git"}), "")
    inside = bool({"exec", "container"} & set(words_of(tool))) and bool(
        words & {"kubernetes", "k8s", "kubectl", "docker", "openshift"}
    )
    if inside:
        return False
    for name in _COMMANDS:
        value = arguments.get(name)
        texts = texts_of(value)
        if not texts:
            continue
        found = True
        rest = texts_of(arguments.get("args"))
        if isinstance(value, str) and not rest:
            first = value.strip().split(" ", 1)[0].rpartition("/")[2]
            is_bare = program and first != program
            context.run_script(f"{program} {value}" if is_bare else value, Stdin())
        else:
            context.run_words([Word(text) for text in (*texts, *rest)], Stdin())
    for name in ("code", "javascript", "python", "expression"):
        if texts_of(arguments.get(name)) and verb_of(tool) != "read":
            context.add("code.run-inline", tool)
    return found


def _judge_files(tool: str, context: Context) -> bool:
    """The filesystem server: its paths have said what it does; a look is a read."""
    if verb_of(tool) == "read" or any(word in tool for word in ("tree", "list")):
        context.add("file.read", tool)
        return True
    return bool(context.operations)


def _is_store(tool: str, words: set[str]) -> bool:
    return bool(words & _STORES) or "sql" in words_of(tool)


def _judge_sql(words: set[str], arguments: Mapping[str, Any], context: Context) -> bool:
    """Add what SQL in the arguments does to a data store."""
    from agentic.recognize.sql import kinds_of

    found = False
    for name in ("sql", "query", "statement", "statements", "queries"):
        for text in texts_of(arguments.get(name)):
            found = True
            place = _place(words, arguments, context)
            for kind in kinds_of(text) or ["data.query"]:
                _add(kind, text[:200], place, context)
    return found


def _judge_fetch(tool: str, arguments: Mapping[str, Any], context: Context) -> bool:
    from agentic.recognize.web import judge_request

    method = " ".join(texts_of(arguments.get("method"))).upper()
    for url in texts_of(arguments.get("url")):
        judge_request(context, method or "GET", Word(url))
    return bool(texts_of(arguments.get("url")))


def _judge_workflow(tool: str, arguments: Mapping[str, Any], context: Context) -> bool:
    """Running a workflow is told by its file, as on the command line."""
    if verb_of(tool) != "write" or "workflow" not in tool or "run_workflow" not in tool:
        return False
    from agentic.recognize.programs.github import add_workflow

    names = texts_of(arguments.get("workflow_id")) + texts_of(arguments.get("workflow"))
    given = arguments.get("inputs")
    inputs = (
        [Word(f"{name}={value}") for name, value in given.items()]
        if isinstance(given, dict)
        else []
    )
    add_workflow(context, Word(names[0] if names else ""), inputs, f"{tool} {' '.join(names)}")
    return True
