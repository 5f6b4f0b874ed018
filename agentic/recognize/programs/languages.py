"""Build tools of one language each: cargo, go, maven, gradle, bazel, cmake, dotnet, gem, bundle, composer.

They build and test, but also install, publish, run and hand commands on; the subcommand decides.
Sources: https://doc.rust-lang.org/cargo/commands/, https://pkg.go.dev/cmd/go,
https://maven.apache.org/guides/introduction/introduction-to-the-lifecycle.html (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.paths import folder_of
from agentic.recognize.grammar import Spec
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.options import read_options
from agentic.recognize.project import (
    add_task,
    found_upwards,
    read_text,
    run_command,
    run_kept,
    run_text,
    task_kind,
    touch,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


def kind_of(kinds: Mapping[str, str], action: str) -> str:
    """The kind whose blank-separated list holds an action, else empty."""
    for kind, actions in kinds.items():
        if action in actions.split():
            return kind
    return ""


def _unknown(context: Context, invocation: Invocation, action: str, shown: str) -> None:
    why = f"`{invocation.name} {action}` is not in agentic's tables"
    context.unknown(why, "unknown.subcommand", shown)


_CARGO = {
    "code.build": "build b check c doc d rustc rustdoc package expand bloat generate-lockfile zigbuild",
    "code.test": "test t bench clippy fmt fix audit deny nextest llvm-cov tarpaulin miri udeps machete hack",
    "code.run": "run r",
    "package.install-declared": "fetch update vendor",
    "package.install-new": "add",
    "package.remove": "remove rm",
    "package.install-global": "install uninstall binstall install-update",
    "package.publish": "publish owner release",
    "package.unpublish": "yank",
    "container.login": "login logout",
    "file.write": "new init generate",
    "file.clean-build": "clean",
    "shell.inert": (
        "tree metadata search info version help locate-project pkgid read-manifest verify-project outdated "
        "report config --version -V --help -h --list"
    ),
}


def cargo(invocation: Invocation, context: Context) -> None:
    """Recognise one call of cargo."""
    words = list(invocation.args)
    if words and words[0].text[:1] == "+":
        words.pop(0)
    head = read_options(words, "-C --config -Z --color --manifest-path", stop_at_operand=True)
    for word in head.words("--config"):
        if "=" in word.text:
            context.add("git.configure-execution", f"cargo --config {word.text}")
    action = head.operands[0].text if head.operands else "help"
    rest = head.operands[1:]
    texts = [word.text for word in rest]
    shown = f"cargo {action} " + " ".join(texts)
    if action == "watch":
        options = read_options(rest, "-x --exec -s --shell -w --watch -i --ignore -d --delay")
        for word in options.words("-x", "--exec"):
            run_text(context, word._replace(text="cargo " + word.text))
        for word in options.words("-s", "--shell"):
            run_text(context, word)
        return
    if action == "make":
        add_task(context, next((text for text in texts if text[:1] != "-"), ""), "code.build")
        return
    kind = kind_of(_CARGO, action)
    if kind == "package.publish" and read_options(rest).relaxed("--dry-run", "-n"):
        kind = "code.build"
    if kind == "package.install-global" and "--git" in texts:
        kind = "package.install-untrusted-source"
    if kind == "package.install-new" and "--git" in texts:
        kind = "package.install-untrusted-source"
    if kind and head.operands[:1] != () and not head.operands[0].literal:
        kind = ""
    if kind:
        context.add(kind, shown)
        for word in read_options(rest, "--target-dir --root").words("--target-dir", "--root"):
            touch(context, "write", word)
    else:
        _unknown(context, invocation, action, shown)


_GO = {
    "code.build": "build generate",
    "code.test": "test vet fmt fix",
    "code.run": "tool",
    "file.clean-build": "clean",
    "shell.inert": "list doc version help bug telemetry env",
    "file.write": "work",
}


def go(invocation: Invocation, context: Context) -> None:
    """Recognise one call of go."""
    texts = invocation.texts
    action = texts[0] if texts else "help"
    rest = invocation.args[1:]
    options = read_options(
        rest,
        "-o -exec -toolexec -vettool -C -p -tags -ldflags -gcflags -asmflags -mod -modfile -overlay -run "
        "-bench -timeout -count -coverprofile -cpuprofile -memprofile -outputdir -pkgdir -buildmode",
        single_dash=True,
    )
    shown = "go " + " ".join(texts)
    for name in ("GOINSECURE", "GONOSUMCHECK", "GONOSUMDB"):
        if context.variable(invocation, name):
            context.add("network.insecure", name)
    if "-insecure" in context.variable(invocation, "GOFLAGS"):
        context.add("network.insecure", "GOFLAGS")
    for word in options.words("-exec", "-toolexec", "-vettool"):
        run_text(context, word)
    for word in options.words("-o", "-coverprofile", "-cpuprofile", "-memprofile", "-outputdir"):
        touch(context, "write", word)
    package = options.operands[0].text if options.operands else ""
    versioned = "@" in package
    if action == "run":
        context.add("code.execute-package" if versioned else "code.run", shown)
    elif action == "install":
        context.add("package.install-global" if versioned else "code.build", shown)
    elif action == "get":
        context.add("package.install-new" if package else "package.install-declared", shown)
    elif action == "mod":
        verb = texts[1] if len(texts) > 1 else ""
        kinds = {"package.install-declared": "download tidy vendor", "file.write": "init edit"}
        context.add(kind_of(kinds, verb) or "shell.inert", shown)
    elif action == "env" and ("-w" in texts or "-u" in texts):
        context.add("package.configure", shown)
        if any(text.startswith(("GOINSECURE", "GONOSUM", "GOFLAGS=-insecure")) for text in texts):
            context.add("network.insecure", shown)
    elif kind_of(_GO, action):
        context.add(kind_of(_GO, action), shown)
    else:
        _unknown(context, invocation, action, shown)


_MAVEN_LOOKS = (
    "help:",
    "dependency:",
    "versions:display",
    "site:",
    "-v",
    "--version",
    "-h",
    "--help",
)


def maven(invocation: Invocation, context: Context) -> None:
    """Recognise mvn: phases and goals; `deploy` uploads, `exec:` runs."""
    options = read_options(
        invocation.args,
        "-f --file -P --activate-profiles -pl --projects -s --settings -T --threads -rf",
        single_dash=True,
    )
    goals = [word.text for word in options.operands]
    shown = f"{invocation.name} " + " ".join(goals)
    publishes = any(
        goal in ("deploy", "site-deploy")
        or goal.startswith(("deploy:", "release:", "nexus-staging:"))
        for goal in goals
    )
    if publishes:
        context.add("package.publish", shown)
    elif any(goal.startswith(("exec:", "spring-boot:run", "quarkus:dev")) for goal in goals):
        context.add("code.run", shown)
        executable = options.word("-Dexec.executable")
        if executable is not None:
            line = f"{executable.text} {options.value('-Dexec.args')}"
            run_text(context, executable._replace(text=line))
    elif not goals or all(goal.startswith(_MAVEN_LOOKS) for goal in goals):
        context.add("shell.inert", shown)
    else:
        context.add(
            "code.test" if set(goals) <= {"test", "verify", "clean"} else "code.build", shown
        )


def gradle(invocation: Invocation, context: Context) -> None:
    """Recognise gradle and its wrapper: tasks judged by their names."""
    options = read_options(
        invocation.args,
        "-b --build-file -c --settings-file -p --project-dir -I --init-script -x --exclude-task -g",
    )
    names = [word.text for word in options.operands]
    shown = f"{invocation.name} " + " ".join(names)
    if (
        not names
        or options.has("-m", "--dry-run")
        or set(names) <= {"tasks", "dependencies", "help", "projects"}
    ):
        context.add("shell.inert", shown)
        return
    for name in names:
        short = name.rpartition(":")[2]
        told = task_kind(_words_of(short))
        if told and not short.endswith("MavenLocal"):
            add_task(context, _words_of(short), "code.build", *names)
        else:
            test = short in ("test", "check", "lint", "verify") or short.endswith(("Test", "Check"))
            context.add("code.test" if test else "code.build", shown)


def _words_of(name: str) -> str:
    """`deployToProd` as `deploy to prod`."""
    return "".join(" " + letter.lower() if letter.isupper() else letter for letter in name)


_BAZEL = {
    "code.build": "build fetch sync mobile-install vendor",
    "code.test": "test coverage",
    "shell.inert": "query cquery aquery info version help dump mod print_action license",
    "file.clean-build": "clean",
    "process.signal": "shutdown",
}


def bazel(invocation: Invocation, context: Context) -> None:
    """Recognise bazel: `run //x:deploy` is told by the target's name."""
    options = read_options(invocation.args, "", stop_at_operand=False)
    action = options.operands[0].text if options.operands else "help"
    shown = f"{invocation.name} " + options.target(6)
    if action == "run":
        names = [word.text for word in options.operands[1:]]
        add_task(context, names[0] if names else "", "code.run", *names[1:])
    elif kind_of(_BAZEL, action):
        context.add(kind_of(_BAZEL, action), shown)
    else:
        _unknown(context, invocation, action, shown)


def cmake(invocation: Invocation, context: Context) -> None:
    """Recognise cmake: building, installing, and `-E`, which is a small shell of its own."""
    texts = invocation.texts
    options = read_options(
        invocation.args,
        "-S -B -G -D -P -E --build --install --prefix --target --config --preset -C -j --parallel -t",
        single_dash=True,
    )
    if texts[:1] == ("-E",) and len(texts) > 1:
        _cmake_tool(invocation, context)
    elif options.has("-P"):
        context.add("code.run", "cmake -P " + options.value("-P"))
    elif options.has("--install"):
        prefix = options.word("--prefix")
        context.add("code.build", "cmake --install")
        if prefix is None:
            context.add("file.write-outside", "/usr/local")
        else:
            touch(context, "write", prefix)
    else:
        context.add("code.build", "cmake " + " ".join(texts)[:200])
        if options.value("--target", "-t") == "install":
            context.add("file.write-outside", "/usr/local")
        for word in options.words("-B"):
            touch(context, "write", word)


def _cmake_tool(invocation: Invocation, context: Context) -> None:
    action = invocation.texts[1]
    rest = invocation.args[2:]
    same = {
        "rm": "rm",
        "remove": "rm",
        "remove_directory": "rm",
        "copy": "cp",
        "copy_if_different": "cp",
    }
    same.update(
        {"copy_directory": "cp", "rename": "mv", "touch": "touch", "make_directory": "mkdir"}
    )
    if action in ("env", "time"):
        run_command(context, [Word("env"), *rest] if action == "env" else rest)
    elif action in same:
        flag = [Word("-r")] if "directory" in action and same[action] in ("rm", "cp") else []
        run_command(context, [Word(same[action]), *flag, *rest])
    else:
        context.add("code.build", f"cmake -E {action}")


_BUNDLE = {
    "package.install-declared": "install update lock check pristine clean cache package binstubs",
    "package.install-new": "add",
    "package.remove": "remove",
    "shell.inert": "list show info outdated help version doctor platform env licenses viz -v --version open",
    "file.write": "init gem",
    "package.configure": "config plugin",
    "code.run": "console",
}


def bundle(invocation: Invocation, context: Context) -> None:
    """Recognise bundle and composer-like runners of ruby: `exec` hands its command on."""
    texts = invocation.texts
    action = texts[0] if texts else "install"
    if action == "exec":
        inner = read_options(invocation.args[1:], "--gemfile", stop_at_operand=True)
        run_command(context, inner.operands)
    elif action == "config" and texts[1:2] in ((), ("list",), ("get",)):
        context.add("shell.inert", "bundle config")
    elif kind_of(_BUNDLE, action):
        context.add(kind_of(_BUNDLE, action), "bundle " + " ".join(texts))
    else:
        _unknown(context, invocation, action, "bundle " + " ".join(texts))


_COMPOSER = {
    "package.install-declared": "install i update u upgrade dump-autoload dumpautoload reinstall bump",
    "package.install-new": "require",
    "package.install-global": "global self-update selfupdate",
    "package.remove": "remove",
    "code.test": "validate audit check-platform-reqs test",
    "code.execute-package": "create-project",
    "package.configure": "config",
    "file.write": "init archive",
    "file.clean-build": "clear-cache clearcache",
    "shell.inert": (
        "show info list outdated why depends prohibits licenses status search diagnose about help "
        "--version"
    ),
}


def composer(invocation: Invocation, context: Context) -> None:
    """Recognise composer: scripts of composer.json are read like package.json's."""
    options = read_options(invocation.args, "-d --working-dir", stop_at_operand=True)
    action = options.operands[0].text if options.operands else "list"
    shown = "composer " + options.target(6)
    rest = options.operands[1:]
    if action == "exec":
        inner = [word for word in rest if word.text not in ("--", "-v")]
        run_command(context, inner)
    elif action in ("run-script", "run"):
        name = rest[0].text if rest else ""
        if not _composer_script(context, name, shown):
            add_task(context, name, "code.run")
    elif kind_of(_COMPOSER, action) and not (
        action == "test" and _composer_script(context, action, shown)
    ):
        context.add(kind_of(_COMPOSER, action), shown)
    elif not kind_of(_COMPOSER, action) and not _composer_script(context, action, shown):
        _unknown(context, invocation, action, shown)


def _composer_script(context: Context, name: str, shown: str) -> bool:
    """Judge a script of composer.json; false when it is not there."""
    from agentic.core.native import parse_json
    from agentic.errors import InvalidDocument

    path = found_upwards(context, ("composer.json",))
    text = read_text(context, path) if path else None
    try:
        value = parse_json(text or "{}")
    except InvalidDocument:
        value = {}
    scripts = value.get("scripts") if isinstance(value, dict) else None
    entry = scripts.get(name) if isinstance(scripts, dict) else None
    texts = [entry] if isinstance(entry, str) else entry if isinstance(entry, list) else None
    if not texts or text is None:
        return False
    lines = [each.removeprefix("@php ") for each in texts if isinstance(each, str)]

    def judge() -> None:
        context.add("code.run", shown)
        for line in lines:
            if line[:1] != "@" and "::" not in line:
                context.run_script(line, Stdin())

    outer, context.cwd = context.cwd, folder_of(path)
    run_kept(context, path, text, judge)
    context.cwd = outer
    return True


GEM = Spec(
    kinds={
        "package.install-global": "install, i, update",
        "package.remove": "uninstall, cleanup",
        "package.publish": "push, owner",
        "package.unpublish": "yank",
        "container.login": "signin, signout",
        "package.configure": "sources",
        "code.build": "build, pristine, unpack",
        "shell.inert": (
            "list, search, info, environment, env, which, help, query, specification, outdated, , "
            "contents, dependency"
        ),
    },
    values="--version -v --install-dir -i --source -s --bindir -n",
)

DOTNET = Spec(
    kinds={
        "code.build": "build, clean, pack, publish, msbuild, restore",
        "code.test": "test, format, vstest",
        "code.run": "run, watch, exec",
        "package.install-declared": "tool restore",
        "package.install-new": "add, package add, tool install, workload install",
        "package.remove": "remove, package remove, tool uninstall",
        "package.publish": "nuget push",
        "package.unpublish": "nuget delete",
        "package.configure": "nuget add, nuget update, nuget enable, nuget disable",
        "file.write": "new, sln, solution",
        "file.read": "list, nuget list, nuget locals, tool list, --info, help, reference list",
        "shell.inert": ", --version, --list-sdks, --list-runtimes",
    },
    values="-c --configuration -o --output -f --framework -r --runtime --project -v --verbosity",
    flags={
        "tool install -g": "package.install-global",
        "tool install --global": "package.install-global",
    },
)

PROGRAMS: dict[str, Spec | Callable[[Invocation, Context], None]] = {
    "cargo": cargo,
    "go": go,
    **dict.fromkeys(("mvn", "mvnw", "mvnd"), maven),
    **dict.fromkeys(("gradle", "gradlew"), gradle),
    **dict.fromkeys(("bazel", "bazelisk"), bazel),
    "cmake": cmake,
    **dict.fromkeys(("bundle", "bundler"), bundle),
    "composer": composer,
    "gem": GEM,
    "dotnet": DOTNET,
}
