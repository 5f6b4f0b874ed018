"""A program that is named by a path: a system program, a tool of the project, or a script to be read.

`/usr/bin/git` is git, `./git` is whatever lies there. A script of the workspace is judged by its text,
in the language that its first line names; anything else of the workspace is `code.run`.
"""

from __future__ import annotations

from agentic.core.paths import base_name, folder_of, is_below
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.core.values import Operation
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

_SYSTEM = frozenset(
    "/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /opt/homebrew/bin"
    " /opt/homebrew/sbin /snap/bin /opt/local/bin /run/current-system/sw/bin /usr/games"
    " /usr/lib/git-core /usr/libexec/git-core /home/linuxbrew/.linuxbrew/bin".split()
)
_SYSTEM_TREES = (
    "/usr/lib/postgresql/", "/usr/lib/jvm/", "/opt/homebrew/opt/", "/nix/store/", "/Applications/",
    "/Library/", "/System/", "/usr/local/go/bin", "/usr/local/cuda", "/opt/conda/", "/opt/venv/",
)  # fmt: skip
#: Folders of a home that hold programs a person has installed; writing there is judged as sensitive.
_OWN = (
    "/.local/bin", "/.cargo/bin", "/go/bin", "/.bun/bin", "/.deno/bin", "/.volta/bin",
    "/.pyenv/shims", "/.pyenv/bin", "/.rbenv/shims", "/.asdf/shims", "/.krew/bin", "/.poetry/bin",
    "/.dotnet", "/google-cloud-sdk/bin", "/.npm-global/bin", "/.pixi/bin", "/bin",
)  # fmt: skip
_OWN_TREES = (
    "/.nvm/versions/", "/.pyenv/versions/", "/miniconda3/", "/anaconda3/", "/miniforge3/",
    "/mambaforge/", "/.conda/envs/", "/.rbenv/versions/", "/.sdkman/candidates/", "/.asdf/installs/",
    "/.local/share/uv/", "/.local/share/mise/", "/.local/pipx/venvs/", "/.rustup/toolchains/",
)  # fmt: skip
_ENVIRONMENTS = frozenset((".venv", "venv", "env", ".env", "virtualenv", ".virtualenv"))
#: Modules whose programs a project environment may stand for: they run the project's own code anyhow.
_PROJECT_MODULES = frozenset(
    "interpreters packages build servers python_projects node_packages languages models pipelines"
    " migrations observability supply_chain".split()
)
_WRAPPER_SCRIPTS = frozenset(("gradlew", "mvnw"))
_LOADERS = ("ld-linux", "ld-musl", "ld.so", "ld64.so")
_LOADER_SWITCHES = frozenset(("--list", "--verify", "--inhibit-cache", "--list-tunables", "--help"))
_SHELLS = frozenset("sh bash dash zsh ksh ash fish".split())


def place_of(path: str, name: str, module: str, home: str) -> str:
    """How far a program's path can be trusted: `system`, `project` or empty.

    `system` is what the bare name would start, `project` a tool of a project environment whose
    program is one that runs the project's code in any case.
    """
    folder = folder_of(path)
    if folder in _SYSTEM or path.startswith(_SYSTEM_TREES):
        return "system"
    if home and is_below(path, home):
        below = folder[len(home) :]
        if below in _OWN or path[len(home) :].startswith(_OWN_TREES):
            return "system"
    if name in _WRAPPER_SCRIPTS:
        return "project"
    parent, _, last = folder.rpartition("/")
    is_environment = last == "bin" and (
        base_name(parent) in _ENVIRONMENTS
        or base_name(parent).endswith("venv")
        or "/.tox/" in folder
        or "/.nox/" in folder
        or "/envs/" in folder
    )
    is_tools = folder.endswith(("/node_modules/.bin", "/vendor/bin"))
    return "project" if module in _PROJECT_MODULES and (is_environment or is_tools) else ""


def run_path(invocation: Invocation, context: Context, word: Word) -> None:
    """Recognise a program started by a path that is neither a system folder nor a known tool."""
    from agentic.recognize.shell.scripts import KEPT, run_file

    if invocation.name.startswith(_LOADERS):  # the system's loader starts what it is given
        rest = list(invocation.args)
        while rest and rest[0].text.startswith("--"):
            del rest[: 1 if rest[0].text in _LOADER_SWITCHES or "=" in rest[0].text else 2]
        context.run_words(rest, invocation.stdin, invocation.variables)
        return

    path = context.path(word.text)
    context.program = path
    hidden: list[Operation] = []

    def judge(text: str, origin: str) -> None:
        first = len(context.operations)
        interpreter, _ = shebang(text)
        if interpreter in _SHELLS:
            from agentic.recognize.shell.interpret import run_child

            run_child(
                context, text, Stdin("inherit"), invocation.variables, invocation.args, path,
                is_file=True,
            )  # fmt: skip
        else:
            from agentic.recognize.programs.interpreters import judge_script

            judge_script(
                context, interpreter, text, Word(path), invocation.args, is_kept=origin == KEPT
            )
            from agentic.recognize.python.scripts import hidings

            hidden.extend(hidings(context, first))

    run_file(context, Word(path), judge, invocation.args)
    for operation in hidden:
        context.unknown(operation.because, target=operation.target)


def shebang(text: str) -> tuple[str, tuple[str, ...]]:
    """The interpreter that a script's first line names; a script without one is run by a shell."""
    if not text.startswith("#!"):
        return "sh", ()
    words = text.partition("\n")[0][2:].split()
    if words and base_name(words[0]) == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return (base_name(words[0]), tuple(words[1:])) if words else ("sh", ())
