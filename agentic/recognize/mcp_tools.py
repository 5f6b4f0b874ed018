"""MCP tools: what a call of `server/tool` does, told by policy's tables, verbs and arguments.

1. A server that policy knows (policies/mcp.yaml) has a table: `github/merge_pull_request` is a merge.
2. Otherwise the verb in the tool's name decides; a name without a known verb is `unknown.mcp`.
3. Arguments that hold a command, SQL, a path or an address are judged as such, whatever the tool says.
4. What a layer of policy teaches is added; it takes nothing away, except that it names what was unknown.
"""

from __future__ import annotations

from agentic.core.canonical import digest, exact
from agentic.core.patterns import matches, tool_key
from agentic.recognize.addresses import is_metadata, parse_address
from agentic.recognize.arguments import ensure, judge_path
from agentic.recognize.environment import words_of
from agentic.recognize.interface import McpTools, Stdin, Word
from agentic.recognize.placement import acts_somewhere
from agentic.recognize.tools import texts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
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

_CLOSABLE = frozenset(("forge.comment", "forge.open-pull-request"))
_STORES = frozenset(
    """sql postgres postgresql mysql mariadb sqlite mongodb mongo redis bigquery snowflake clickhouse duckdb
    database db supabase neon redshift athena trino databricks""".split()
)

_COMMANDS = ("command", "cmd", "shell_command", "cli_command", "bash", "script")
_PATHS = (
    "path paths file files file_path filepath filename source destination target directory dir folder "
    "root output output_path outputpath output_dir output_directory".split()
)
#: Where a tool takes a command line apart: what follows the command, and what are options of it.
_COMMAND_PARTS = ("subcommand", "resourcetype", "name")
_COMMAND_OPTIONS = {"namespace": "namespace", "context": "context", "outputformat": "output"}


#: Words in the name of a tool that is made to run a command, and programs that tools are named after.
_EXECUTING = frozenset(
    """run exec execute shell bash sh zsh command commands cmd terminal console powershell script scripts
    process subprocess spawn""".split()
)
_PROGRAMS = frozenset("kubectl helm terraform docker aws git".split())


def recognize_mcp(given: Mapping[str, Any], context: Context) -> None:
    """Add the operations of one MCP call: `{"server", "tool", "arguments"}`."""
    server = " ".join(texts_of(given.get("server")))
    tool = " ".join(texts_of(given.get("tool")))
    raw = given.get("arguments")
    arguments = raw if isinstance(raw, dict) else {}
    shown = f"{server}/{tool}"[:200]
    context.program = shown
    words = set(words_of(server))
    if not tool:
        context.unknown("the MCP tool has no name", "unknown.mcp", shown)
        return
    known = McpTools._make(context.facts.mcp())
    taught = _taught(f"{server}/{tool}".lower(), context.facts.mcp_tools)
    taught += _told(tool, words, arguments, known, "trusted")
    added = _taught(f"{server}/{tool}".lower(), known.added)
    added += _told(tool, words, arguments, known, "added")
    count = len(context.operations)
    is_told = _judge_arguments(tool, words, arguments, known, context)
    is_all = is_told and _is_for_what_it_carries(tool, words, arguments)
    kinds = [] if is_all else _kinds_of(tool, words, arguments, known)
    place = _place(words, arguments, known, context)
    for kind in dict.fromkeys(_refined(kind, tool, arguments, context) for kind in kinds):
        if kind != "unknown.mcp":
            _add(kind, shown, place, context)
        elif not taught:
            context.unknown("what this MCP tool does cannot be told from its name", kind, shown)
    for kind in (*taught, *added):
        if kind != "unknown.mcp":
            _add(kind, shown, place, context)
    ensure(context, count, "mcp.read", shown)
    # A person approves this very call: a yes to one message is no yes to another one.
    bound = ("call", digest(exact([server, tool, raw])))
    context.operations[count:] = [
        operation._replace(parameters=(*operation.parameters, bound))
        for operation in context.operations[count:]
    ]


def _is_for_what_it_carries(tool: str, words: set[str], arguments: Mapping[str, Any]) -> bool:
    """Whether a tool does what its arguments say and no more.

    One that takes a command must be made for it by its name: an argument `command` of `delete_everything`,
    or of a tool that nobody knows, says little about what that tool does.
    """
    lowered = _flat(arguments)
    if not any(texts_of(lowered.get(name)) for name in _COMMANDS):
        return True
    named = set(words_of(tool))
    return bool(named & _EXECUTING or (named | words) & _PROGRAMS)


def _taught(name: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """The kinds that policy teaches for `server/tool`."""
    return [kind for pattern, kind in rows if matches(pattern.lower(), name)]


def _kinds_of(
    tool: str, words: set[str], arguments: Mapping[str, Any], known: McpTools
) -> list[str]:
    """The kinds that server and tool name tell, or `unknown.mcp`."""
    told = _told(tool, words, arguments, known, "shipped")
    if told:
        return told
    verb = verb_of(tool)
    if words & _STORES and verb == "read":
        return ["data.query"]
    return [{"read": "mcp.read", "write": "mcp.write"}.get(verb, "unknown.mcp")]


def _told(
    tool: str, words: set[str], arguments: Mapping[str, Any], known: McpTools, standing: str
) -> list[str]:
    """What policy's entries of one standing say of a tool; empty where none is about this server.

    A tool that is listed is what it is listed as. Else patterns count, else the verb; of several entries
    that know the server, each is heard.
    """
    numbers = sorted({number for word in words for number in known.words.get(word, ())})
    rows = [known.rows[number] for number in numbers if known.rows[number][6] == standing]
    if not rows:
        return []
    name, verb = tool_key(tool), verb_of(tool)
    listed = [kind for row in rows if (kind := _listed(row, name, arguments))]
    if listed:
        return listed
    position = 3 if verb == "read" else 2
    matched = [
        next((kind for pattern, kind in row[position] if matches(pattern, name)), "")
        for row in rows
    ]
    if any(matched):
        return [kind for kind in matched if kind]
    if not verb:
        return ["unknown.mcp"]
    return [row[4] if verb == "read" else row[5] for row in rows]


def _listed(row: tuple[Any, ...], name: str, arguments: Mapping[str, Any]) -> str:
    """The kind of a tool that an entry lists, by its method where an argument says which; or empty."""
    exact, methods = row[0], row[1]
    if name not in methods:
        kind: str = exact.get(name, "")
        return kind
    argument, by_value, otherwise = methods[name]
    told: str = by_value.get(" ".join(texts_of(arguments.get(argument))), otherwise)
    return told


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
    if kind in _CLOSABLE and "closed" in texts_of(arguments.get("state")):
        return "forge.close"
    if kind == "data.query":
        return "data.write" if _writes_out(arguments) else kind
    if kind == "kubernetes.read":
        asked = " ".join(texts_of(arguments.get("kind")) + texts_of(arguments.get("resourceType")))
        return "kubernetes.read-secret" if "secret" in (asked + tool).lower() else kind
    if kind in {"experiment.log", "model.alias", "model.transition-staging"}:
        from agentic.recognize.web import stage_kind

        stage = " ".join(texts_of(arguments.get("stage")))
        alias = " ".join(texts_of(arguments.get("alias"))).lower()
        if stage or "transition" in tool:
            return stage_kind(stage)
        if alias in {"champion", "production", "prod"}:
            return "model.transition-production"
    return kind


def _writes_out(arguments: Mapping[str, Any]) -> bool:
    """Whether a MongoDB pipeline has a stage that writes what it finds into a collection."""
    shown = str(arguments)
    return any(stage + quote in shown for stage in ("$out", "$merge") for quote in "'\"")


def _place(
    words: set[str], arguments: Mapping[str, Any], known: McpTools, context: Context
) -> tuple[str, str]:
    """The environment that the arguments or the server's own name tell."""
    candidates = [
        (source, text, f"{name} {text}")
        for name, value in arguments.items()
        if (source := known.places.get(str(name).lower()))
        for text in texts_of(value)
    ]
    candidates.append(("name", "-".join(sorted(words)), "the server's name"))
    return context.environment_of(candidates)


def _add(kind: str, shown: str, place: tuple[str, str], context: Context) -> None:
    """Add one operation; a kind that acts nowhere is not said to act in an unknown place."""
    is_placed = place[0] != "unknown" or acts_somewhere(kind)
    context.add(kind, shown, *(place if is_placed else ("", "")))


# Arguments


def _judge_arguments(
    tool: str, words: set[str], arguments: Mapping[str, Any], known: McpTools, context: Context
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
        return _judge_sql(words, lowered, known, context)
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
            action = "write" if is_write or name.startswith("output") else "read"
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
    program = next(iter(words & _PROGRAMS), "")
    own = next((word for word in words_of(tool) if word in _PROGRAMS), "")
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
        if own and isinstance(value, str):
            taken_apart = [own, value, *_parts_of(arguments), *rest]
            context.run_words([Word(text) for text in taken_apart], Stdin())
        elif isinstance(value, str) and not rest:
            first = value.strip().split(" ", 1)[0].rpartition("/")[2]
            is_bare = program and first != program
            context.run_script(f"{program} {value}" if is_bare else value, Stdin())
        else:
            context.run_words([Word(text) for text in (*texts, *rest)], Stdin())
    for name in ("code", "javascript", "python", "expression"):
        if texts_of(arguments.get(name)) and verb_of(tool) != "read":
            context.add("code.run-inline", tool)
    return found


def _parts_of(arguments: Mapping[str, Any]) -> list[str]:
    """The words of a command line that a tool (`kubectl_generic`) takes as single arguments."""
    given = arguments.get("flags")
    flags = dict(given) if isinstance(given, dict) else {}
    flags |= {to: arguments[name] for name, to in _COMMAND_OPTIONS.items() if name in arguments}
    options = ["=".join((f"--{name}", *texts_of(value)[:1])) for name, value in flags.items()]
    parts = [text for name in _COMMAND_PARTS for text in texts_of(arguments.get(name))]
    return [*parts, *options]


def _judge_files(tool: str, context: Context) -> bool:
    """The filesystem server: its paths have said what it does; a look is a read."""
    if verb_of(tool) == "read" or any(word in tool for word in ("tree", "list")):
        context.add("file.read", tool)
        return True
    return bool(context.operations)


def _is_store(tool: str, words: set[str]) -> bool:
    return bool(words & _STORES) or "sql" in words_of(tool)


def _judge_sql(
    words: set[str], arguments: Mapping[str, Any], known: McpTools, context: Context
) -> bool:
    """Add what SQL in the arguments does to a data store."""
    from agentic.recognize.sql import kinds_of

    found = False
    for name in ("sql", "query", "statement", "statements", "queries"):
        for text in texts_of(arguments.get(name)):
            found = True
            place = _place(words, arguments, known, context)
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
    if "run_workflow" not in tool and "run_workflow" not in texts_of(arguments.get("method")):
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
