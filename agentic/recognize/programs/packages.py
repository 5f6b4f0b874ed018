"""Python installers: pip, uv, pipx, twine and their kin.

An installation is told by where the package comes from (declared, new, another index or address) and
where it goes (the project's environment, or the whole user or machine); `run` hands its command on.
Sources: https://pip.pypa.io/en/stable/cli/, https://docs.astral.sh/uv/reference/cli/ (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.paths import is_below
from agentic.recognize.interface import Word
from agentic.recognize.options import Options, read_options
from agentic.recognize.programs import REGISTRY
from agentic.recognize.programs.declarations import is_declared_in_python
from agentic.recognize.project import run_command, touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

_PIP_VALUES = (
    "-r --requirement --requirements -c --constraint --constraints -e --editable -i --index-url "
    "--extra-index-url --trusted-host -f --find-links -t --target --platform --python-version "
    "--implementation --abi --root --prefix --src --upgrade-strategy --no-binary --only-binary --format "
    "--progress-bar --report -C --config-settings --config-setting --global-option --cache-dir --log "
    "--proxy --retries --timeout --exists-action --cert --client-cert --python -p --use-feature "
    "--use-deprecated -d --dest -w --wheel-dir --path --exclude --group --keyring-provider --index "
    "--default-index --allow-insecure-host --resolution --prerelease --extra --override --overrides "
    "-o --output-file -P --upgrade-package --exclude-newer --link-mode --build-constraints -b "
    "--index-strategy --refresh-package --reinstall-package --python-platform --directory --project"
)
_PIP_SWITCHES = (
    "--user --break-system-packages --upgrade --force-reinstall --no-deps --pre --quiet --verbose "
    "--dry-run --no-index --isolated --require-virtualenv --no-cache-dir --ignore-installed --system "
    "--no-build-isolation --require-hashes --yes --disable-pip-version-check --no-input --debug "
    "--use-pep517 --compile --no-compile --no-warn-script-location --prefer-binary --all-extras"
)
#: Indexes that the tools use anyway.
_OWN_INDEXES = ("https://pypi.org/simple", "https://pypi.python.org/simple")
_SYSTEM_FOLDERS = ("/usr/bin/", "/usr/local/bin/", "/bin/", "/opt/homebrew/bin/")

_PIP_KINDS = {
    **dict.fromkeys(
        "list show freeze check inspect search help debug hash index tree dir".split(),
        "shell.inert",
    ),
    "uninstall": "package.remove",
    "download": "network.download",
    "wheel": "code.build",
    "lock": "package.install-declared",
    "compile": "package.install-declared",
    "sync": "package.install-declared",
}


def pip(invocation: Invocation, context: Context) -> None:
    """Recognise one call of pip."""
    head = read_options(invocation.args, _PIP_VALUES, _PIP_SWITCHES, stop_at_operand=True)
    if not head.operands:
        context.add("shell.inert", "pip " + " ".join(invocation.texts[:1]))
        return
    before = len(invocation.args) - len(head.operands)
    words = (*invocation.args[:before], *head.operands[1:])
    judge_pip(context, invocation, head.operands[0], words, system=_is_system(invocation))


def judge_pip(
    context: Context,
    invocation: Invocation,
    action: Word,
    words: Sequence[Word],
    *,
    system: bool = False,
) -> None:
    """One pip action, also as `uv pip`; `system` is true when it works outside any environment."""
    options = read_options(words, _PIP_VALUES, _PIP_SWITCHES, abbreviates=True)
    name = action.text
    shown = f"{name} {options.target(8)}".strip()
    if not action.literal:
        context.unknown("the subcommand of `pip` is computed at run time", target=shown)
    elif options.has("-h", "--help"):
        context.add("shell.inert", shown)
    elif name == "install":
        _install(context, invocation, options, words, system=system)
    elif name == "config":
        reads = options.operands and options.operands[0].text in ("list", "get", "debug")
        context.add("shell.inert" if reads else "package.configure", shown)
    elif name == "cache":
        drops = options.operands and options.operands[0].text in ("purge", "remove")
        context.add("file.clean-build" if drops else "shell.inert", shown)
    elif name in _PIP_KINDS:
        kind = _PIP_KINDS[name]
        if kind == "package.remove" and (
            system or options.has("--break-system-packages", "--system")
        ):
            kind = "package.install-global"
        context.add(kind, shown)
        _sources(context, invocation, options)
        for word in options.words("-o", "--output-file", "-d", "--dest", "-w", "--wheel-dir"):
            touch(context, "write", word)
    else:
        context.unknown(f"`pip {name}` is not known", "unknown.subcommand", f"pip {shown}")


def _is_system(invocation: Invocation) -> bool:
    """Whether this pip is the machine's own."""
    return invocation.path.startswith(_SYSTEM_FOLDERS)


def _install(
    context: Context,
    invocation: Invocation,
    options: Options,
    words: Sequence[Word],
    *,
    system: bool,
) -> None:
    variable = context.variable
    spread = system or options.has("--user", "--break-system-packages", "--system", "--root")
    for name in (
        "PIP_USER",
        "PIP_BREAK_SYSTEM_PACKAGES",
        "UV_SYSTEM_PYTHON",
        "UV_BREAK_SYSTEM_PACKAGES",
    ):
        spread = spread or variable(invocation, name) not in ("", "0", "false", "no")
    shown = "install " + " ".join(word.text for word in words)[:200]
    for word in options.words("-t", "--target", "--prefix"):
        outside = touch(context, "write", word)
        spread = spread or bool(outside)
    kind = _sources(context, invocation, options)
    for word in options.words(
        "-r", "--requirement", "--requirements", "--group", "-c", "--constraint"
    ):
        kind = stricter_install(kind, _file_kind(context, word))
    for word in (*options.operands, *options.words("-e", "--editable")):
        kind = stricter_install(kind, requirement_kind(context, word))
    if kind == "package.install-untrusted-source" or not spread:
        context.add(kind or "package.install-declared", shown)
    if spread:
        context.add("package.install-global", shown)


_STRICTNESS = (
    "",
    "package.install-declared",
    "package.install-new",
    "package.install-untrusted-source",
)


def stricter_install(first: str, second: str) -> str:
    """The stricter of two kinds of installation."""
    return first if _STRICTNESS.index(first) >= _STRICTNESS.index(second) else second


_INDEX_VARIABLES = (
    "PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS UV_INDEX_URL UV_EXTRA_INDEX_URL UV_DEFAULT_INDEX "
    "UV_INDEX UV_FIND_LINKS"
).split()


def _sources(context: Context, invocation: Invocation, options: Options) -> str:
    """Judge the indexes and hosts of an installation; the kind that they make it."""
    variable = context.variable
    kind = ""
    indexes = [word.text for word in options.words("-i", "--index-url", "--extra-index-url", "-f")]
    indexes += [word.text for word in options.words("--find-links", "--index", "--default-index")]
    indexes += [variable(invocation, name) for name in _INDEX_VARIABLES]
    if variable(invocation, "PIP_CONFIG_FILE") not in ("", "/dev/null") or options.has(
        "--config-file"
    ):
        kind = "package.install-untrusted-source"
    for index in indexes:
        if not index or index.rstrip("/") in _OWN_INDEXES:
            continue
        if "://" not in index and is_below(context.path(index), context.cwd):
            continue
        kind = "package.install-untrusted-source"
        if index.startswith("http://") and not _is_loopback(index):
            context.add("network.insecure", index)
    hosts = [*options.words("--trusted-host", "--allow-insecure-host")]
    for word in (*hosts, Word(variable(invocation, "PIP_TRUSTED_HOST"))):
        if word.text:
            local = word.text.startswith(("localhost", "127.0.0.1"))
            context.add("network.insecure-local" if local else "network.insecure", word.text)
    return kind


def _is_loopback(url: str) -> bool:
    return url.partition("://")[2].startswith(("localhost", "127.0.0.1", "[::1]"))


def _file_kind(context: Context, word: Word) -> str:
    """What a requirements file makes of an installation.

    The workspace declares what it holds, but not what this same call has just written into it.
    """
    if "://" in word.text:
        return "package.install-untrusted-source"
    path = context.path(word.text)
    inside = any(is_below(path, root) for root in context.workspace.roots)
    kept = inside and word.literal and path not in context.written
    return "package.install-declared" if kept else "package.install-new"


def requirement_kind(context: Context, word: Word) -> str:
    """What a requirement makes of an installation: `.`, `foo`, `./x.whl`, an address."""
    text = word.text
    if "://" in text or text.startswith(("git+", "hg+", "svn+", "git@", "bzr+")):
        return "package.install-untrusted-source"
    path = text.partition("[")[0]
    if path[:1] in (".", "/", "~") or "/" in path or path.endswith((".whl", ".tar.gz", ".zip")):
        place = context.path(path)
        inside = any(is_below(place, root) for root in context.workspace.roots)
        return "package.install-declared" if inside else "package.install-untrusted-source"
    if word.literal and is_declared_in_python(context, text):
        return "package.install-declared"
    return "package.install-new"


def _uv_run(context: Context, words: Sequence[Word]) -> None:
    """`uv run`: what it installs for the run, and the command itself."""
    options = read_options(words, _UV_RUN_VALUES, stop_at_operand=True)
    for word in options.words("--with", "--with-editable"):
        for part in word.text.split(","):
            kind = requirement_kind(context, word._replace(text=part))
            if kind != "package.install-declared":
                context.add(kind, f"uv run --with {part}")
    _uv_indexes(context, options)
    command = list(options.operands)
    if options.has("-m", "--module"):
        command = [Word("python"), Word("-m"), *command]
    elif command and command[0].text.startswith(("https://", "http://")):
        context.add("code.execute-remote", command[0].text)
        return
    elif command and (
        options.has("-s", "--script") or command[0].text.endswith(".py") or command[0].text == "-"
    ):
        command = [Word("python"), *command]
    run_command(context, command)


def _uv_indexes(context: Context, options: Options) -> None:
    for word in options.words(
        "-i", "--index", "--default-index", "--index-url", "--extra-index-url", "-f"
    ):
        if word.text.rstrip("/") not in _OWN_INDEXES:
            context.add("package.install-untrusted-source", word.text)
    for word in options.words("--allow-insecure-host"):
        context.add("network.insecure", word.text)


def execute_package(context: Context, command: Sequence[Word]) -> None:
    """A registry package that is run by name; what is known of the program counts as well."""
    shown = " ".join(word.text for word in command)
    context.add("code.execute-package", shown)
    name = command[0].text.partition("@")[0].partition("==")[0] if command else ""
    if name in REGISTRY:
        run_command(context, [command[0]._replace(text=name), *command[1:]])


_UV_GLOBAL = (
    "--directory --project --config-file --cache-dir --color --python-preference "
    "--allow-insecure-host"
)
_UV_VALUES = (
    _UV_GLOBAL
    + " -p --python --index --default-index -i --index-url --extra-index-url -f --find-links "
    "-o --output-file --extra --group --package --with --from --tag --branch --rev -r --requirements "
    "-c --constraints --format --build-backend --name --bump -w --token -t --publish-url -u --username "
    "--password --script --optional --marker --env-file --resolution --prerelease --link-mode"
)
_UV_RUN_VALUES = (
    _UV_VALUES
    + " --with-editable --with-requirements --no-group --only-group --no-extra --isolated-from "
    "-P --upgrade-package --reinstall-package --refresh-package --python-platform --exclude-newer "
    "--no-build-package --no-binary-package -C --config-setting --keyring-provider --index-strategy"
).replace(" --script", "")
_UV_KINDS = {
    "sync": "package.install-declared",
    "lock": "package.install-declared",
    "export": "shell.inert",
    "tree": "shell.inert",
    "version": "shell.inert",
    "help": "shell.inert",
    "generate-shell-completion": "shell.inert",
    "venv": "package.install-declared",
    "build": "code.build",
    "format": "code.test",
    "remove": "package.remove",
    "init": "file.write",
    "publish": "package.publish",
    "python list": "shell.inert",
    "python find": "shell.inert",
    "python dir": "shell.inert",
    "python pin": "file.write",
    "python install": "package.install-global",
    "python uninstall": "package.install-global",
    "python upgrade": "package.install-global",
    "tool list": "shell.inert",
    "tool dir": "shell.inert",
    "tool install": "package.install-global",
    "tool upgrade": "package.install-global",
    "tool uninstall": "package.install-global",
    "tool update-shell": "file.write-sensitive",
    "cache clean": "file.clean-build",
    "cache prune": "file.clean-build",
    "cache dir": "shell.inert",
    "self version": "shell.inert",
    "self update": "package.install-global",
    "auth token": "secret.read",
    "auth login": "cloud.configure",
    "auth logout": "cloud.configure",
    "auth dir": "shell.inert",
}


def uv(invocation: Invocation, context: Context) -> None:
    """Recognise one call of uv."""
    head = read_options(invocation.args, _UV_GLOBAL, stop_at_operand=True)
    folder = head.value("--directory")
    outer = context.cwd
    if folder:
        context.cwd = context.path(folder)
    for word in head.words("--allow-insecure-host"):
        context.add("network.insecure", word.text)
    _uv(invocation, context, list(head.operands))
    context.cwd = outer


def _uv(invocation: Invocation, context: Context, words: list[Word]) -> None:
    name = words[0].text if words else "help"
    second = words[1].text if len(words) > 1 else ""
    rest = words[1:]
    if words and not words[0].literal:
        context.unknown("the subcommand of `uv` is computed at run time", target=name)
    elif second in ("-h", "--help"):
        context.add("shell.inert", f"uv {name} --help")
    elif name == "pip" and len(words) > 1:
        judge_pip(context, invocation, words[1], words[2:])
    elif name == "run":
        _uv_run(context, rest)
    elif name == "x" or (name == "tool" and second == "run"):
        _uvx(context, rest if name == "x" else words[2:])
    elif name == "add":
        options = read_options(rest, _UV_VALUES)
        kind = "package.install-declared" if options.has("-r", "--requirements") else ""
        for word in options.operands:
            kind = stricter_install(kind, requirement_kind(context, word))
        context.add(kind or "package.install-new", "uv add " + options.target(8))
        _uv_indexes(context, options)
    else:
        kind = _UV_KINDS.get(name) or _UV_KINDS.get(f"{name} {second}", "")
        shown = "uv " + " ".join(word.text for word in words[:6])
        if name == "publish" and any(word.text == "--dry-run" for word in rest):
            kind = "shell.inert"
        if kind:
            context.add(kind, shown)
            options = read_options(rest, _UV_VALUES)
            _uv_indexes(context, options)
            for word in options.words("-o", "--output-file"):
                touch(context, "write", word)
            for word in options.operands[:1] if name == "venv" else ():
                touch(context, "write", word)
        else:
            context.unknown(f"`uv {name} {second}` is not known", "unknown.subcommand", shown)


def _uvx(context: Context, words: Sequence[Word]) -> None:
    options = read_options(words, _UV_RUN_VALUES, stop_at_operand=True)
    command = list(options.operands)
    source = options.value("--from")
    if options.has("--help", "-h", "--version", "-V") and not command:
        context.add("shell.inert", "uvx --help")
        return
    if "://" in source or "git+" in source or any("git+" in word.text for word in command[:1]):
        context.add("package.install-untrusted-source", source or command[0].text)
    _uv_indexes(context, options)
    execute_package(context, command)


def uvx(invocation: Invocation, context: Context) -> None:
    """Recognise one call of uvx."""
    _uvx(context, invocation.args)


def pipx(invocation: Invocation, context: Context) -> None:
    """Recognise one call of pipx. Source: https://pipx.pypa.io/stable/docs/ (checked 2026-11-21)."""
    options = read_options(
        invocation.args, "--global --python --spec --suffix", stop_at_operand=True
    )
    name = options.operands[0].text if options.operands else "help"
    rest = options.operands[1:]
    shown = " ".join(word.text for word in options.operands)
    if name == "run":
        inner = read_options(
            rest, "--spec --python --index-url -i --pip-args --with", stop_at_operand=True
        )
        if "://" in inner.value("--spec"):
            context.add("package.install-untrusted-source", inner.value("--spec"))
        execute_package(context, inner.operands)
    elif name in ("list", "environment", "help", "completions", "--version"):
        context.add("shell.inert", shown)
    elif name == "ensurepath":
        context.add("file.write-sensitive", shown)
    elif name in (
        *("install", "inject", "upgrade", "upgrade-all", "upgrade-shared", "reinstall", "runpip"),
        *("reinstall-all", "uninstall", "uninstall-all", "uninject", "install-all", "pin", "unpin"),
    ):
        address = any("://" in word.text for word in rest)
        context.add(
            "package.install-untrusted-source" if address else "package.install-global", shown
        )
    else:
        context.unknown(f"`pipx {name}` is not known", "unknown.subcommand", shown)


def twine(invocation: Invocation, context: Context) -> None:
    """Recognise twine and flit: what is uploaded cannot be recalled."""
    action = next((text for text in invocation.texts if text[:1] != "-"), "")
    shown = " ".join(invocation.texts[:4])
    kinds = {
        "upload": "package.publish",
        "publish": "package.publish",
        "register": "package.publish",
    }
    kinds.update(
        {"check": "code.test", "build": "code.build", "install": "package.install-declared"}
    )
    kinds.update({"init": "file.write", "": "shell.inert"})
    if action in kinds:
        context.add(kinds[action], shown)
    else:
        context.unknown(f"`{invocation.name} {action}` is not known", "unknown.subcommand", shown)


def environment_maker(invocation: Invocation, context: Context) -> None:
    """virtualenv and venv: a new environment in a folder."""
    options = read_options(
        invocation.args, "-p --python --prompt --app-data --seeder --extra-search-dir"
    )
    context.add("package.install-declared", f"{invocation.name} {options.target()}")
    for word in options.operands:
        touch(context, "write", word)


def lock_tool(invocation: Invocation, context: Context) -> None:
    """pip-compile, pip-sync and builders of wheels."""
    options = read_options(
        invocation.args, "-o --output-file --outdir -i --index-url --extra-index-url -c"
    )
    builds = invocation.name in ("build", "pyproject-build")
    context.add("code.build" if builds else "package.install-declared", options.target())
    if _sources(context, invocation, options):
        context.add("package.install-untrusted-source", options.target())
    for word in options.words("-o", "--output-file", "--outdir"):
        touch(context, "write", word)


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    **dict.fromkeys(("pip", "pip3", "pip2"), pip),
    "uv": uv,
    "uvx": uvx,
    "pipx": pipx,
    **dict.fromkeys(("twine", "flit"), twine),
    **dict.fromkeys(("virtualenv", "venv"), environment_maker),
    **dict.fromkeys(("pip-compile", "pip-sync", "build", "pyproject-build"), lock_tool),
}
