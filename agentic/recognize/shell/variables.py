"""Variables that change what later commands really run, and variables that hold secrets.

Setting `LD_PRELOAD` or putting a writable folder first on `PATH` makes every later name mean something
else, so what was recognised by name can no longer be trusted.
"""

from __future__ import annotations

from agentic.recognize.programs import REGISTRY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Command, Part, Stdin, Word
    from agentic.recognize.shell.interpret import Shell

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
SECRET_WORDS = (
    "SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "API_KEY", "APIKEY", "PRIVATE_KEY",
    "ACCESS_KEY", "CREDENTIAL",
)  # fmt: skip


#: Variables whose value is a command that some program starts; git's own are judged with git.
_STARTED = frozenset(
    "MANPAGER LESSOPEN LESSCLOSE SYSTEMD_PAGER BAT_PAGER GH_PAGER GH_EDITOR GH_BROWSER BROWSER AWS_PAGER"
    " PSQL_PAGER PSQL_EDITOR DELTA_PAGER KUBE_EDITOR SUDO_EDITOR FCEDIT RUSTC RUSTC_WRAPPER CC CXX"
    " RUSTC_WORKSPACE_WRAPPER FZF_DEFAULT_COMMAND GIT_ASKPASS SSH_ASKPASS".split()
)
#: Variables that switch certificate checks off, and the values that do.
_CHECKS = {
    "NODE_TLS_REJECT_UNAUTHORIZED": ("0",),
    "PYTHONHTTPSVERIFY": ("0",),
    "GIT_SSL_NO_VERIFY": ("1", "true", "yes", "on"),
}
#: Variables that hold options, and the options that load other code.
_LOADING_OPTIONS = {
    "JAVA_TOOL_OPTIONS": ("-javaagent", "-agentpath", "-agentlib"),
    "_JAVA_OPTIONS": ("-javaagent", "-agentpath", "-agentlib"),
    "JDK_JAVA_OPTIONS": ("-javaagent", "-agentpath", "-agentlib"),
    "MAVEN_OPTS": ("-javaagent", "-agentpath", "-agentlib"),
    "GRADLE_OPTS": ("-javaagent", "-agentpath", "-agentlib"),
    "GOFLAGS": ("-toolexec",),
    "MAKEFLAGS": ("-eval", "SHELL=", "-f "),
    "MAKEFILES": ("/", "."),
    "GNUMAKEFLAGS": ("-eval", "SHELL=", "-f "),
}
#: Kinds of operations by which an argument reaches another machine without being told as sent.
_SENDING = frozenset(("network.read", "network.download"))
_TOLD_TO_SEND = frozenset(("network.upload", "network.upload-secret", "network.write"))
#: Modules of programs that print what they read.
_PRINTING_MODULES = frozenset(("text", "stream_editors"))
#: The first word of a variable's name -> the domain of its service, where they differ.
_SERVICES = {
    "gh": "github.com",
    "hf": "huggingface.co",
    "gl": "gitlab.com",
    "claude": "anthropic.com",
}


def judge_assignment(context: Context, name: str, values: tuple[Word, ...]) -> None:
    """Add what setting a variable means for the commands that follow."""
    if name in _CHECKS and any(value.text.lower() in _CHECKS[name] for value in values):
        context.add("network.insecure", f"{name}={values[0].text}")
    elif name == "PATH":
        for value in values:
            folder = _untrusted_folder(value.text)
            if folder:
                why = "programs are looked for first in a folder that is not a system folder"
                context.unknown(why, target=f"PATH={folder}")
    elif name in _LOADING and any(_is_loaded(name, value) for value in values):
        context.unknown(
            f"`{name}` makes programs load other code", target=f"{name}={values[0].text}"
        )
    elif any("[$(" in value.text or "[`" in value.text for value in values if value.literal):
        context.unknown("a command hides in the index of an array", target=name)
    elif name in _STARTED:
        _judge_started(context, name, values)
    elif any(start in value.text for value in values for start in _LOADING_OPTIONS.get(name, ())):
        context.unknown(
            f"`{name}` makes programs load other code", target=f"{name}={values[0].text}"
        )


def _judge_started(context: Context, name: str, values: tuple[Word, ...]) -> None:
    """Judge a variable's value as the command that programs start from it; a plain name is known."""
    from agentic.recognize.interface import Stdin

    for value in values:
        text = value.text.lstrip("| ")
        if not value.literal:
            context.unknown(f"`{name}` names a program at run time", target=value.text)
        elif any(character in text for character in " /;&|$`"):
            context.run_script(text, Stdin("closed"))


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


def judge_flow(
    shell: Shell, command: Command, stdin: Stdin, trail_start: int, *, is_wanted: bool
) -> None:
    """Add what becomes of secrets, and of files' contents, in a command's arguments and its input.

    A program that prints what it is given shows a secret; one that asks the network sends it away,
    except to loopback and to the service whose name the variable bears.
    """
    context = shell.context
    if any(part.text.endswith("@P}") for word in command.words for part in word.parts):
        context.unknown("a variable's value is expanded once more")
    given = secrets_in(command.words[1:], shell)
    fed = [each for redirect in command.redirects for each in secrets_in((redirect.target,), shell)]
    fed.extend(_piped_secrets(stdin, context))
    kinds = context.trail[trail_start:]
    if any(kind in _SENDING for kind in kinds):
        _judge_sending(shell, command, [*given, *fed], kinds)
        return
    name = command.words[0].text
    shown = [*given, *fed] if name in {"echo", "printf"} else fed
    if given and is_wanted and name in {"echo", "printf"}:
        context.notes["piped " + "\0".join(shell.ran[-1])] = given[0]
    is_printer = REGISTRY.get(name) in _PRINTING_MODULES or name == "tee"
    is_dropped = any(
        redirect.operator == ">"
        and redirect.target.text == "/dev/null"
        and redirect.descriptor != 2
        for redirect in command.redirects
    )
    if shown and is_printer and not is_wanted and not is_dropped:
        context.add("shell.environment-dump", shown[0])


def secrets_in(words: Sequence[Word], shell: Shell) -> list[str]:
    """The expansions in these words, as written, that give away a variable which holds a secret."""
    return [part.text for word in words for part in word.parts if _is_secret_expansion(part, shell)]


def _is_secret_expansion(part: Part, shell: Shell) -> bool:
    if (
        part.kind not in {"variable", "computed"}
        or part.text.startswith("${#")
        or ":+" in part.text
    ):
        return False
    name = part.name or part.text
    if part.kind == "computed" and "$" not in name:
        return False
    if part.text.startswith("${!") and part.text.endswith(("*}", "@}")):
        return False  # names, not values
    loaded = shell.context.notes.get("secrets")
    if loaded is not None and name in loaded.split():
        return True
    values = shell.now.variables.get(name)
    if values is not None and (name.islower() or all(value.literal for value in values)):
        return False  # this very line has set it
    if names_secret(name):
        return True
    is_sourced = loaded is not None and part.kind == "variable"
    return is_sourced and part.name[:1].isalpha() and shell.parameter(part.name) is None


def _piped_secrets(stdin: Stdin, context: Context) -> list[str]:
    """Expansions of secrets that `echo` or `printf` has put into the pipe."""
    noted = [context.notes.get("piped " + "\0".join(words), "") for words in stdin.upstream]
    return [secret for secret in noted if secret]


def names_secret(name: str) -> bool:
    """Whether a variable's name says that it holds a credential."""
    upper = name.upper()
    return any(word in upper for word in SECRET_WORDS) or name.endswith("_KEY")


def _judge_sending(shell: Shell, command: Command, secrets: list[str], kinds: list[str]) -> None:
    """Add the sending away of secrets, or of files' contents in an address, to another machine."""
    context = shell.context
    hosts = [
        host_of(operation.target) for operation in context.operations if operation.kind in kinds
    ]
    for secret in secrets:
        if not any(host and _is_own_service(secret, host) for host in hosts):
            context.add("network.upload", secret)
            return
    holds_content = any(
        part.name in shell.contents for word in command.words for part in word.parts
    )
    if holds_content and not any(kind in _TOLD_TO_SEND for kind in kinds):
        context.add("network.upload", " ".join([word.text for word in command.words])[:120])


def host_of(target: str) -> str:
    """The host of an address, lower case, else empty."""
    rest = target.partition("://")[2] or target
    return rest.partition("/")[0].rpartition("@")[2].partition(":")[0].lower()


def _is_own_service(secret: str, host: str) -> bool:
    """Whether a variable's name says that it belongs to the service at this host."""
    labels = host.split(".")
    if host in {"localhost", "[", "0.0.0.0"} or host.startswith("127."):  # noqa: S104 - compared
        return True
    if len(labels) < 2 or labels[-1] not in {"com", "org", "io", "co", "ai", "dev", "net"}:
        return False
    words = secret.strip('"${}').lower().split("_")
    return labels[-2] in words or _SERVICES.get(words[0], "") == ".".join(labels[-2:])
