"""Node's package managers: npm, pnpm, yarn, bun, npx and bunx.

A script of package.json is read and judged as the shell text it is; a program that the project's own
dependencies installed is the project's, anything else that is run by name is a registry package.
Sources: https://docs.npmjs.com/cli/commands/, https://pnpm.io/pnpm-cli, https://yarnpkg.com/cli,
https://bun.sh/docs/cli/ (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.paths import is_below
from agentic.recognize.interface import Word
from agentic.recognize.options import Options, read_options
from agentic.recognize.programs import REGISTRY
from agentic.recognize.programs.declarations import (
    is_declared_in_node,
    local_binary,
    run_package_script,
    run_script_or_task,
)
from agentic.recognize.project import add_task, run_command, run_text, touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

#: Long options that take a value wherever they exist.
_LONG = (
    "--prefix --dir --registry --tag --otp --access --workspace --loglevel --userconfig --globalconfig "
    "--cache --omit --include --script-shell --node-options --before --location --scope --cwd --filter "
    "--filter-prod --package --call --shell --cafile --ca --proxy --https-proxy --install-strategy "
    "--message --reporter --store-dir --preload --backend --git --pack-destination --network-timeout "
    "--modules-folder --cache-folder --env-file"
)
#: The same letter takes a value in one tool and none in another (`npm -w NAME`, `pnpm -w`).
_VALUES = {
    "npm": _LONG + " -C -w -L -m -c",
    "cnpm": _LONG + " -C -w -L -m -c",
    "pnpm": _LONG + " -C -F",
    "yarn": _LONG,
    "bun": _LONG + " -c --config -r -d --define -l --loader",
}
_SWITCHES = (
    "--global --save --save-dev --save-exact --save-optional --save-peer --no-save --ignore-scripts "
    "--force --legacy-peer-deps --silent --yes --no-audit --no-fund --dry-run --production --verbose "
    "--workspaces --if-present --json --long --parseable --foreground-scripts --frozen-lockfile "
    "--recursive --parallel --stream --strict-ssl"
)
#: The one name of each action's many spellings.
_SAME = {
    name: real
    for real, names in {
        "install": "i in ins inst insta instal isnt isnta isntal a isntall link-install",
        "ci": "clean-install ic install-clean isntall-clean",
        "remove": "uninstall un rm r unlink-package erase",
        "update": "up upgrade udpate upgrade-interactive",
        "run": "run-script rum urn",
        "test": "t tst",
        "exec": "x",
        "create": "innit c",
        "list": "ls la ll",
        "view": "info show v",
        "config": "c",
        "link": "ln",
        "login": "adduser add-user",
        "install-test": "it install-ci-test cit",
    }.items()
    for name in names.split()
}
_KINDS: dict[str, str] = {
    **dict.fromkeys(
        (
            "list view outdated search s se find explain why fund docs home bugs issues repo root prefix "
            "bin ping help help-search completion query diff sbom whoami doctor licenses versions -v "
            "--version --help -h find-dupes constraints explain stars"
        ).split(),
        "shell.inert",
    ),
    **dict.fromkeys(
        "prune dedupe ddp import fetch shrinkwrap patch patch-commit approve-builds".split(),
        "package.install-declared",
    ),
    **dict.fromkeys(("rebuild", "rb", "build", "pack"), "code.build"),
    **dict.fromkeys(("publish", "deprecate", "undeprecate"), "package.publish"),
    **dict.fromkeys(("unpublish",), "package.unpublish"),
    **dict.fromkeys(("login", "logout"), "container.login"),
    **dict.fromkeys(("set", "edit", "plugin", "corepack"), "package.configure"),
    **dict.fromkeys(
        ("link", "unlink", "env", "setup", "self-update", "global-install"),
        "package.install-global",
    ),
    **dict.fromkeys(
        ("access", "owner", "author", "org", "team", "profile", "hook", "star", "unstar"),
        "forge.administer",
    ),
    **dict.fromkeys(("update",), "package.install-declared"),
    **dict.fromkeys(("cache", "store", "autoclean", "clean"), "file.clean-build"),
    **dict.fromkeys(("remove",), "package.remove"),
    **dict.fromkeys(("deploy", "stage"), "code.build"),
}
#: What npm runs of the project itself around an installation.
_LIFECYCLE = (
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
)


def node_manager(invocation: Invocation, context: Context) -> None:
    """Recognise one call of npm, pnpm, yarn or bun."""
    tool = invocation.name
    head = read_options(invocation.args, _VALUES[tool], stop_at_operand=True)
    words = list(head.operands)
    outer = context.cwd
    # npm takes its options anywhere before `--`, the others only before the script's name.
    anywhere = read_options(invocation.args, _VALUES[tool]) if tool in ("npm", "cnpm") else head
    folder = anywhere.value("-C", "--dir", "--prefix", "--cwd")
    if folder:
        context.cwd = context.path(folder)
    _security(invocation, context)
    if words and not words[0].literal:
        context.unknown(f"the subcommand of `{tool}` is computed at run time", target=words[0].text)
    elif not words:
        asks = head.has("-v", "--version", "-h", "--help", "-l")
        if tool == "yarn" and not asks:
            _install(context, tool, [])
        else:
            context.add("shell.inert", tool)
    else:
        _action(invocation, context, words, global_=head.has("-g", "--global"))
    context.cwd = outer


def _security(invocation: Invocation, context: Context) -> None:
    """Options and variables, wherever they stand, that switch off TLS or choose what is executed."""
    texts = invocation.texts
    for index, text in enumerate(texts):
        following = texts[index + 1] if index + 1 < len(texts) else ""
        if text in ("--no-strict-ssl", "--strict-ssl=false") or (text, following) == (
            "--strict-ssl",
            "false",
        ):
            context.add("network.insecure", text)
        elif text.startswith("--script-shell"):
            context.add("code.execute-package", f"{text} {following}")
        elif text.startswith(("--registry=http://", "--registry=")) or text == "--registry":
            _registry(context, text.partition("=")[2] or following)
        elif text.startswith(("--userconfig", "--globalconfig")):
            context.add("package.install-untrusted-source", f"{text} {following}")
    for name in ("npm_config_userconfig", "npm_config_globalconfig", "npm_config_script_shell"):
        if context.variable(invocation, name):
            context.add("package.install-untrusted-source", name)
    if context.variable(invocation, "NODE_TLS_REJECT_UNAUTHORIZED") == "0":
        context.add("network.insecure", "NODE_TLS_REJECT_UNAUTHORIZED=0")
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        if context.variable(invocation, name):
            _registry(context, context.variable(invocation, name))


def _registry(context: Context, address: str) -> None:
    if address.rstrip("/") in ("https://registry.npmjs.org", "https://registry.yarnpkg.com"):
        return
    context.add("package.install-untrusted-source", address)
    if address.startswith("http://") and "://localhost" not in address and "://127." not in address:
        context.add("network.insecure", address)


def _action(invocation: Invocation, context: Context, words: list[Word], *, global_: bool) -> None:
    tool = invocation.name
    given = words[0].text
    name = (
        given
        if (tool, given) in (("bun", "x"), ("npm", "c"), ("yarn", "up"))
        else _SAME.get(given, given)
    )
    rest = words[1:]
    texts = [word.text for word in rest]
    spread = global_ or "-g" in texts or "--global" in texts or "--location=global" in texts
    shown = f"{tool} {given} " + " ".join(texts)
    if name in ("install", "add", "ci", "install-test"):
        _install(context, tool, rest, spread=spread)
        if name == "install-test":
            run_script_or_task(context, "test", (), "code.test")
    elif name in ("run", "test", "start", "stop", "restart") and not (
        tool == "bun" and name == "test"
    ):
        _run(context, tool, name, rest)
    elif tool == "bun" and name == "test":
        context.add("code.test", shown)
    elif name in ("dlx", "exec") or (tool == "bun" and given == "x"):
        _execute(context, rest, local=name != "dlx")
    elif name in ("create", "init"):
        _create(context, tool, rest, shown)
    elif name == "workspace" and tool == "yarn" and len(rest) > 1:
        script = rest[2] if rest[1].text == "run" and len(rest) > 2 else rest[1]
        if script.text in _KINDS or script.text in ("add", "install"):
            _action(invocation, context, list(rest[1:]), global_=False)
        else:
            _run_in_member(context, rest[0].text, script.text)
    elif name == "workspaces" and rest:
        inner = read_options(
            rest, "--from --include --exclude -j --jobs", stop_at_operand=True
        ).operands
        if inner and inner[0].text in ("foreach", "run"):
            inner = read_options(
                inner[1:], "--from --include --exclude -j --jobs", stop_at_operand=True
            ).operands
        if inner:
            _action(invocation, context, list(inner), global_=False)
        else:
            context.add("shell.inert", shown)
    elif name == "global" and tool == "yarn":
        reads = texts[:1] in (["list"], ["bin"], ["dir"])
        context.add("shell.inert" if reads else "package.install-global", shown)
    elif name == "npm" and tool == "yarn" and rest:
        _action(invocation, context, list(rest), global_=False)
    else:
        _other(invocation, context, name, words, shown, spread=spread)


def _other(
    invocation: Invocation,
    context: Context,
    name: str,
    words: list[Word],
    shown: str,
    *,
    spread: bool,
) -> None:
    """The actions that a table tells, and those where one more word decides."""
    tool = invocation.name
    if tool in ("yarn", "pnpm", "bun") and run_package_script(context, name, words[1:]):
        return
    texts = [word.text for word in words[1:]]
    first = next((text for text in texts if text[:1] != "-"), "")
    kind = _KINDS.get(name, "")
    if name in ("config", "c", "get"):
        reads = first in ("list", "ls", "get", "") or name == "get"
        kind = "shell.inert" if reads else "package.configure"
        if first.endswith("authToken") or any("_auth" in text for text in texts):
            kind = "secret.read" if reads else "file.write-secret"
        spelled = " ".join(texts).replace("=", " ")
        if not reads and any(f"strict-ssl {off}" in spelled for off in ("false", "0", "no")):
            kind = "network.insecure"
    elif name == "audit":
        kind = (
            "package.install-declared"
            if first in ("fix", "signatures") or "--fix" in texts
            else "code.test"
        )
    elif name == "version":
        kind = "git.commit" if first else "shell.inert"
    elif name == "pkg":
        kind = "shell.inert" if first in ("get", "") else "file.write"
    elif name in ("dist-tag", "dist-tags", "tag"):
        kind = "shell.inert" if first in ("ls", "list", "") else "package.publish"
    elif name == "token":
        kind = "shell.inert" if first in ("list", "ls", "") else "secret.rotate"
    elif name == "pm" and tool == "bun":
        kind = "file.clean-build" if first == "cache" else "shell.inert"
    elif _only_looks(name, first, words):
        kind = "shell.inert"
    if kind:
        context.add(
            "package.install-global" if spread and kind.startswith("package.") else kind, shown
        )
        if name in ("rebuild", "rb", "update") and "--ignore-scripts" not in texts:
            _lifecycle(context)
    elif tool in ("yarn", "pnpm", "bun"):
        _run(context, tool, "run", words)
    else:
        why = f"`{tool} {name}` is not in agentic's tables"
        context.unknown(why, "unknown.subcommand", shown)


def _only_looks(name: str, first: str, words: Sequence[Word]) -> bool:
    """Whether a cache is only listed, or a publication is only rehearsed."""
    texts = [word.text for word in words]
    if name in ("cache", "store"):
        return first in ("ls", "list", "verify", "dir", "status", "path")
    if name not in ("publish", "unpublish") or "false" in texts:
        return False
    return read_options(words, _LONG).relaxed("--dry-run")


def _install(context: Context, tool: str, words: Sequence[Word], *, spread: bool = False) -> None:
    options = read_options(words, _VALUES[tool], _SWITCHES, abbreviates=tool == "npm")
    shown = f"{tool} install " + options.target(8)
    spread = spread or options.has("-g", "--global") or options.value("--location") == "global"
    for word in options.words("--prefix", "-C", "--dir", "--cwd", "--modules-folder"):
        spread = bool(touch(context, "write", word)) or spread
    kinds = {_operand_kind(context, word) for word in options.operands} or {
        "package.install-declared"
    }
    for kind in ("untrusted-source", "new", "declared"):
        if "package.install-" + kind in kinds:
            if not spread or kind == "untrusted-source":
                context.add("package.install-" + kind, shown)
            break
    if spread:
        context.add("package.install-global", shown)
    elif not options.has("--ignore-scripts"):
        _lifecycle(context)


def _operand_kind(context: Context, word: Word) -> str:
    """What one package of an installation makes it: `react`, `./lib`, `user/repo`, an address."""
    text = word.text
    if text.startswith(("file:", "link:", ".", "/", "~", "workspace:", "portal:")):
        path = context.path(text.partition(":")[2] or text)
        inside = any(is_below(path, root) for root in context.workspace.roots)
        return "package.install-declared" if inside else "package.install-untrusted-source"
    if ":" in text.replace("npm:", "") or ("/" in text and text[:1] != "@"):
        return "package.install-untrusted-source"
    at = text.find("@", 1)
    name = text[:at] if at > 0 else text
    declared = word.literal and "npm:" not in text and is_declared_in_node(context, name)
    return "package.install-declared" if declared else "package.install-new"


def _lifecycle(context: Context) -> None:
    """Scripts of the project that an installation runs."""
    for name in _LIFECYCLE:
        run_package_script(context, name)


def _run(context: Context, tool: str, name: str, words: Sequence[Word]) -> None:
    """`run X`, `test`, `start`: a script of package.json, or a program of the project."""
    takes_later = tool in ("npm", "cnpm")
    options = read_options(words, _VALUES[tool], stop_at_operand=not takes_later)
    script, args = name, list(options.operands)
    if name == "run":
        if not args:
            context.add("shell.inert", f"{tool} run")
            return
        if not args[0].literal:
            context.unknown(
                "which script is run is computed at run time", target=f"{tool} run {args[0].text}"
            )
            return
        script, args = args[0].text, args[1:]
    members = _members(words, tool)
    if members:
        for member in members:
            _run_in_member(context, member, script)
        return
    if args and args[0].text == "--":
        args = args[1:]
    if run_package_script(context, script, args):
        return
    if "://" in script:
        context.add("code.execute-remote", f"{tool} {script}")
    elif tool == "bun" and (
        script.endswith((".ts", ".js", ".tsx", ".jsx", ".mjs")) or "/" in script
    ):
        context.add("code.run", f"bun {script}")
    elif tool != "npm" and local_binary(context, script):
        _nested(context, [Word(script), *args])
    else:
        run_script_or_task(context, script, args, "code.test" if script == "test" else "code.run")


def _members(words: Sequence[Word], tool: str) -> list[str]:
    """The workspace members that a script is run in, where the line names some."""
    if tool not in ("npm", "cnpm", "pnpm"):
        return []
    options = read_options(words, _VALUES[tool])
    named = options.words("-w", "--workspace", "-F", "--filter", "--filter-prod")
    return [word.text for word in named]


def _run_in_member(context: Context, member: str, script: str) -> None:
    """Judge a member's own script where its folder is found, else by the script's name."""
    short = member.rpartition("/")[2].strip("{}.")
    outer = context.cwd
    for folder in (member, "packages/" + short, "apps/" + short, "libs/" + short):
        place = context.path(folder)
        if context.workspace.kind(place + "/package.json"):
            context.cwd = place
            break
    if context.cwd == outer:
        add_task(context, script, "code.run", member)
    else:
        run_script_or_task(context, script, (), "code.run")
    context.cwd = outer


def _nested(context: Context, command: Sequence[Word]) -> None:
    """A program of the project's dependencies: judged where it is known, else the workspace's own."""
    if command[0].text in REGISTRY:
        run_command(context, command)
    else:
        context.add("code.run", " ".join(word.text for word in command))


def _execute(context: Context, words: Sequence[Word], *, local: bool) -> None:
    """npx and its kin: a program by name, from the project where it is there, else from a registry."""
    options = read_options(
        words,
        "-p --package -w --workspace --registry --shell -c --call --script-shell",
        stop_at_operand=True,
    )
    command = list(options.operands)
    if command and command[0].text == "--":
        command = command[1:]
    script = options.word("-c", "--call")
    only_local = options.has("--no", "--no-install")
    if script is not None:
        if options.has("-p", "--package"):
            context.add("code.execute-package", f"{options.value('-p', '--package')} {script.text}")
        run_text(context, script)
    elif not command:
        context.add("shell.inert", context.program)
    elif (
        command[0].literal
        and not options.has("-p", "--package")
        and (only_local or (local and local_binary(context, command[0].text)))
    ):
        _nested(context, command)
    else:
        _package(context, options, command)


#: Packages whose program has another name.
_PROGRAM_OF_PACKAGE = {
    "@anthropic-ai/claude-code": "claude",
    "@openai/codex": "codex",
    "@google/gemini-cli": "gemini",
    "@qwen-code/qwen-code": "qwen",
    "@github/copilot": "copilot",
    "@sourcegraph/amp": "amp",
    "opencode-ai": "opencode",
    "@smithery/cli": "smithery",
    "typescript": "tsc",
}


def _package(context: Context, options: Options, command: Sequence[Word]) -> None:
    shown = " ".join(word.text for word in command)
    context.add("code.execute-package", shown)
    source = options.value("-p", "--package") or command[0].text
    if (
        "://" in source
        or source.startswith(("github:", "git+", "git@"))
        or ("/" in source and source[:1] not in "@.")
    ):
        context.add("package.install-untrusted-source", source)
    at = command[0].text.find("@", 1)
    name = command[0].text[:at] if at > 0 else command[0].text
    name = _PROGRAM_OF_PACKAGE.get(name, name)
    if name in REGISTRY:
        run_command(context, [command[0]._replace(text=name), *command[1:]])


def _create(context: Context, tool: str, words: Sequence[Word], shown: str) -> None:
    """`npm init` writes package.json; with a name it runs the package `create-NAME`."""
    options = read_options(words, _VALUES[tool], stop_at_operand=True)
    if options.operands:
        context.add("code.execute-package", shown)
    else:
        context.add("file.write", f"{tool} init package.json")


def npx(invocation: Invocation, context: Context) -> None:
    """Recognise one call of npx, bunx, pnpx or pnpm dlx by another name."""
    _security(invocation, context)
    if invocation.texts[:1] in (("--version",), ("-v",), ("--help",), ("-h",)):
        context.add("shell.inert", invocation.name)
        return
    _execute(context, invocation.args, local=invocation.name != "pnpx")


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    **dict.fromkeys(("npm", "pnpm", "yarn", "bun", "cnpm"), node_manager),
    **dict.fromkeys(("npx", "bunx", "pnpx"), npx),
}
