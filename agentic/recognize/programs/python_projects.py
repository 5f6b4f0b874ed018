"""Project managers of Python: poetry, pdm, hatch, pipenv, rye, poe; conda and its kin.

`run` hands its command on, a task of pyproject.toml is read and judged as its text, `add` is told by
what is added. Sources: https://python-poetry.org/docs/cli/, https://pdm-project.org/latest/reference/cli/,
https://hatch.pypa.io/latest/cli/reference/ (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize.interface import Word
from agentic.recognize.options import read_options
from agentic.recognize.programs.declarations import run_texts, toml_scripts
from agentic.recognize.programs.packages import requirement_kind, stricter_install
from agentic.recognize.project import add_task, found_upwards, read_text, run_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

#: poetry, pdm, hatch, pipenv, rye: subcommand -> kind; `run` and `add` are judged by their words.
_PROJECT_KINDS: dict[str, str] = {
    **dict.fromkeys(
        (
            "show list info check search about help version tree graph status outdated deps scripts "
            "requirements verify env projects metadata why export completion --version --help -h "
            "--where --venv --py --envs"
        ).split(),
        "shell.inert",
    ),
    **dict.fromkeys(
        "install sync lock update upgrade venv use fix dep".split(), "package.install-declared"
    ),
    **dict.fromkeys(("remove", "uninstall", "clean"), "package.remove"),
    **dict.fromkeys(("build",), "code.build"),
    **dict.fromkeys(("test", "fmt", "lint"), "code.test"),
    **dict.fromkeys(("init", "new", "import"), "file.write"),
    **dict.fromkeys(("shell", "activate"), "code.run"),
    **dict.fromkeys(("source",), "package.configure"),
    **dict.fromkeys(("self", "plugin", "python", "toolchain", "tools"), "package.install-global"),
    **dict.fromkeys(("cache",), "file.clean-build"),
}
#: Options with a value that stand before the subcommand.
_PROJECT_VALUES = (
    "-C --directory -P --project -p --python -e --env -c --config --data-dir --cache-dir"
)
_SCRIPT_TABLES = {
    "pdm": "tool.pdm.scripts",
    "hatch": "scripts",
    "poe": "tool.poe.tasks",
    "rye": "tool.rye.scripts",
}


def project_manager(invocation: Invocation, context: Context) -> None:
    """Recognise one call of poetry, pdm, hatch, pipenv, rye or poe."""
    head = read_options(invocation.args, _PROJECT_VALUES, stop_at_operand=True)
    words = list(head.operands)
    outer = context.cwd
    folder = head.value("-C", "--directory", "-P", "--project")
    if folder:
        context.cwd = context.path(folder)
    _project(invocation, context, words)
    context.cwd = outer


def _project(invocation: Invocation, context: Context, words: list[Word]) -> None:
    tool = invocation.name
    name = words[0].text if words else "help"
    rest = words[1:]
    texts = [word.text for word in rest]
    shown = " ".join((tool, name, *texts))[:200]
    if tool == "poe" and words:
        _run_task(context, tool, words)
    elif words and not words[0].literal:
        context.unknown(f"the subcommand of `{tool}` is computed at run time", target=shown)
    elif name in ("run", "exec"):
        _run_task(context, tool, rest)
    elif name == "add" or (name == "install" and tool == "pipenv" and _names(texts)):
        kind = ""
        for text in _names(texts):
            kind = stricter_install(kind, requirement_kind(context, Word(text)))
        context.add(kind or "package.install-declared", shown)
    elif name == "publish":
        context.add("shell.inert" if "--dry-run" in texts else "package.publish", shown)
    elif name == "config":
        reads = "--list" in texts or (len(_names(texts)) < 2 and "--unset" not in texts)
        context.add("shell.inert" if reads and "set" not in texts else "package.configure", shown)
    elif name in ("env", "python", "cache", "version", "self", "dep") and texts[:1] in (
        *(["list"], ["info"], ["show"], ["find"], ["dir"], []),
    ):
        context.add("shell.inert", shown)
    elif name == "env" and texts and texts[0] in ("remove", "prune"):
        context.add("package.remove", shown)
    elif name == "version" or (name == "env" and texts):
        context.add("file.write", shown)
    elif name in _PROJECT_KINDS:
        context.add(_PROJECT_KINDS[name], shown)
    elif tool in ("pdm", "rye") and words:
        _run_task(context, tool, words)
    else:
        context.unknown(f"`{tool} {name}` is not known", "unknown.subcommand", shown)


def _names(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if text[:1] != "-"]


def _run_task(context: Context, tool: str, words: Sequence[Word]) -> None:
    """A task of pyproject.toml by name, else the command itself."""
    options = read_options(words, "-p --project --pyproject --venv", stop_at_operand=True)
    command = list(options.operands)
    name = command[0].text if command else ""
    name = name.rpartition(":")[2] if tool == "hatch" else name
    path = found_upwards(context, ("pyproject.toml",))
    table = _SCRIPT_TABLES.get(tool, "")
    text = (read_text(context, path) or "") if path and table else ""
    scripts = toml_scripts(text, table) if text else {}
    if name in scripts:
        if scripts[name]:
            tail = "".join(" " + word.text for word in command[1:])
            run_texts(context, path, text, [script + tail for script in scripts[name]])
        else:
            context.unknown(f"the task `{name}` is not plain text", target=f"{tool} run {name}")
    elif tool == "poe":
        add_task(context, name, "code.run", *(word.text for word in command[1:]))
    else:
        if tool == "hatch" and command:
            command[0] = command[0]._replace(text=name)
        run_command(context, command)


_CONDA_VALUES = (
    "-n --name -p --prefix -c --channel -f --file --solver --repodata-fn --revision --cwd "
    "--subdir --platform --from-history"
)


def conda(invocation: Invocation, context: Context) -> None:
    """Recognise conda, mamba, micromamba and pixi.

    Source: https://docs.conda.io/projects/conda/en/stable/commands/ (checked 2026-11-21)
    """
    head = read_options(invocation.args, "", stop_at_operand=True)
    name = head.operands[0].text if head.operands else "help"
    rest = head.operands[1:]
    if name == "run":
        inner = read_options(
            rest, _CONDA_VALUES + " -e --environment --manifest-path", stop_at_operand=True
        )
        run_command(context, inner.operands)
        return
    options = read_options(
        rest, _CONDA_VALUES, "--yes --dry-run --json --show --add --set --remove"
    )
    first = options.operands[0].text if options.operands else ""
    shown = f"{invocation.name} {name} {options.target(8)}"
    if options.has("-h", "--help") or name in ("--version", "-V"):
        context.add("shell.inert", shown)
    elif name == "config":
        reads = options.has("--show", "--show-sources", "--get", "--describe") or first in (
            "list",
            "get",
        )
        context.add("shell.inert" if reads else "package.configure", shown)
    elif name in ("env", "environments") and first in (
        "remove",
        "update",
        "create",
        "list",
        "export",
    ):
        kinds = {"remove": "package.remove", "list": "shell.inert", "export": "shell.inert"}
        context.add(kinds.get(first, "package.install-declared"), shown)
    elif name in ("install", "create", "add", "update", "upgrade"):
        channels = [word.text for word in options.words("-c", "--channel")]
        foreign = any(
            channel not in ("defaults", "conda-forge", "nodefaults") for channel in channels
        )
        listed = (
            name in ("update", "upgrade") or not options.operands or options.has("-f", "--file")
        )
        kind = "package.install-declared" if listed else "package.install-new"
        kind = "package.install-untrusted-source" if foreign else kind
        context.add(
            "package.install-global" if options.value("-n", "--name") == "base" else kind, shown
        )
    else:
        kind = _CONDA_KINDS.get(name, "")
        if kind:
            context.add(kind, shown)
        else:
            context.unknown(f"`{invocation.name} {name}` is not known", "unknown.subcommand", shown)


_CONDA_KINDS = {
    **dict.fromkeys(
        "list info search help activate deactivate export compare doctor tree notices shell-hook".split(),
        "shell.inert",
    ),
    **dict.fromkeys(("remove", "uninstall"), "package.remove"),
    **dict.fromkeys(("clean",), "file.clean-build"),
    **dict.fromkeys(("init",), "file.write-sensitive"),
    **dict.fromkeys(("build", "lock"), "code.build"),
    **dict.fromkeys(("upload",), "package.publish"),
}


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    **dict.fromkeys(("poetry", "pdm", "hatch", "pipenv", "rye", "poe"), project_manager),
    **dict.fromkeys(("conda", "mamba", "micromamba", "pixi"), conda),
}
