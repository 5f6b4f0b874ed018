"""Variables that change what later commands really run, and variables that hold secrets.

Setting `LD_PRELOAD` or putting a writable folder first on `PATH` makes every later name mean something
else, so what was recognised by name can no longer be trusted.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Command, Word

#: Variables whose value is code, or a file of code, that programs load unasked.
_LOADING = frozenset(
    "LD_PRELOAD LD_AUDIT LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH BASH_ENV ENV ZDOTDIR"
    " PROMPT_COMMAND PS4 PYTHONSTARTUP PYTHONHOME PERL5OPT PERL5DB RUBYOPT SHELLOPTS BASHOPTS".split()
)
_SAFE_FOLDERS = ("/usr/", "/bin", "/sbin", "/opt/", "/snap/", "/nix/")
_SAFE_ENDINGS = (
    "/.local/bin", "/.cargo/bin", "/go/bin", "/.bun/bin", "/.deno/bin", "/.volta/bin",
    "/.venv/bin", "/venv/bin", "/env/bin", "/node_modules/.bin", "/.poetry/bin", "/.krew/bin",
    "/.pyenv/bin", "/.pyenv/shims", "/.rbenv/shims", "/.asdf/shims", "/.npm-global/bin",
    "/google-cloud-sdk/bin", "/.dotnet/tools", "/.foundry/bin", "/.pixi/bin", "/miniconda3/bin",
)  # fmt: skip
_SECRET_WORDS = (
    "SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "API_KEY", "APIKEY", "PRIVATE_KEY",
    "ACCESS_KEY", "CREDENTIAL",
)  # fmt: skip


def judge_assignment(context: Context, name: str, values: tuple[Word, ...]) -> None:
    """Add what setting a variable means for the commands that follow."""
    if name == "PATH":
        for value in values:
            folder = _untrusted_folder(value.text)
            if folder:
                why = "programs are looked for first in a folder that is not a system folder"
                context.unknown(why, target=f"PATH={folder}")
    elif name in _LOADING and any(_is_loaded(name, value) for value in values):
        context.unknown(
            f"`{name}` makes programs load other code", target=f"{name}={values[0].text}"
        )


def _is_loaded(name: str, value: Word) -> bool:
    """Whether a value can name code. `ENV=staging` names an environment, `ENV=./x` a file of sh's."""
    return bool(value.text) if name != "ENV" else "/" in value.text or not value.literal


def _untrusted_folder(path: str) -> str:
    """The first folder of a search path that a name could be hijacked from, else empty."""
    for folder in path.split(":"):
        if folder.startswith(("$PATH", "${PATH")):
            return ""  # what comes later is only found where the session's own folders have nothing
        trimmed = folder.rstrip("/")
        if folder.startswith(_SAFE_FOLDERS) and ".." not in folder:
            continue
        if ("/" + trimmed).endswith(_SAFE_ENDINGS) and not trimmed.startswith("/tmp"):  # noqa: S108
            continue
        return folder or "."
    return ""


def judge_printing(context: Context, command: Command) -> None:
    """Add the reading of a secret where `echo` or `printf` shows a variable that holds one."""
    for word in command.words[1:]:
        for part in word.parts:
            if part.kind != "variable" or part.default is not None:
                continue
            upper = part.name.upper()
            if any(secret in upper for secret in _SECRET_WORDS):
                context.add("shell.environment-dump", part.text)
