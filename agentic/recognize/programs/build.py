"""Building and testing: make, just and other task runners, linters, formatters, test runners, scanners.

A recipe that can be read is judged as the shell text it is; one that cannot is judged by its name.
A checker or formatter stays `code.test`, unless it writes where it should not.
"""

from __future__ import annotations

from agentic.core.paths import base_name, folder_of, joined
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.options import Options, read_options
from agentic.recognize.project import (
    add_task,
    found_upwards,
    read_text,
    run_command,
    run_kept,
    task_kind,
    touch,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

_MAKE_VALUES = (
    "-f --file --makefile -C --directory -I --include-dir -o --old-file --assume-old -W --what-if "
    "--new-file --assume-new --eval -j? --jobs? -l? -O? -E"
)
#: With these make prints; commands of `$(shell …)` still run while it reads the file.
_MAKE_LOOKS = (
    "-n --just-print --dry-run --recon -q --question -p --print-data-base -v --version -h --help"
).split()
MAX_INCLUDES = 8
_SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "env")


def make(invocation: Invocation, context: Context) -> None:
    """Recognise one call of make: the recipes of its goals and of what they need."""
    options = read_options(invocation.args, _MAKE_VALUES, abbreviates=True)
    outer = context.cwd
    for word in options.words("-C", "--directory"):
        context.cwd = context.path(word.text)
    goals: list[str] = []
    given = {name: value for name, value in invocation.variables.items() if value}
    for word in options.operands:
        name, equals, value = word.text.partition("=")
        if equals and name.replace("_", "").replace(":", "").isalnum():
            given[name.rstrip(":+?")] = value
        else:
            goals.append(word.text)
    looks = options.has(*_MAKE_LOOKS)
    if options.computed:
        context.unknown(
            "which target is made is computed at run time", target="make " + options.target()
        )
    _make(context, invocation, options, goals, given, looks=looks)
    context.cwd = outer


def _make(
    context: Context,
    invocation: Invocation,
    options: Options,
    goals: list[str],
    given: dict[str, str],
    *,
    looks: bool,
) -> None:
    from agentic.recognize.programs.makefiles import (
        immediate_commands,
        read_makefile,
        recipe_lines,
    )

    shown = "make " + " ".join(word.text for word in options.operands)
    path, text = _makefile(context, invocation, options)
    if options.has("--eval", "-E"):
        text = (text or "") + "\n" + "\n".join(w.text for w in options.words("--eval", "-E"))
    if text is None:
        if looks:
            context.add("shell.inert", shown)
        for goal in () if looks else goals or ["all"]:
            add_task(context, goal, "code.build", *given.values())
        if path:
            context.unknown("the Makefile cannot be read", target=shown)
        return
    for _ in range(MAX_INCLUDES):
        included = read_makefile(text).includes
        more = [read_text(context, context.path(name)) for name in included if "$" not in name]
        added = "\n".join(each for each in more if each is not None and each not in text)
        if not added:
            break
        text += "\n" + added
    recipes = read_makefile(text)
    shells = [*recipes.variables.get("SHELL", []), given.get("SHELL", "sh")]
    if any(base_name(shell.split(" ")[0]) not in _SHELLS for shell in shells):
        context.unknown("the recipes run in another program than a shell", target=shown)
    if looks:
        context.add("shell.inert", shown)
        lines = immediate_commands(recipes, given, context.cwd)
        missing: list[str] = []
    else:
        lines, missing = recipe_lines(recipes, goals, given, context.cwd)
    if lines or not looks:
        run_lines(context, path, text, lines, shown)
    for goal in missing:
        if not context.workspace.kind(context.path(goal)):
            add_task(context, goal, "code.build", *given.values())


def run_lines(context: Context, path: str, text: str, lines: Sequence[str], shown: str) -> None:
    """Judge recipe lines, each in a shell of its own; where they add nothing the call only builds."""
    before = len(context.operations)

    def judge() -> None:
        for line in lines:
            context.run_script(line, Stdin())

    run_kept(context, path, text, judge)
    if len(context.operations) == before:
        context.add("code.build", shown)


def _makefile(context: Context, invocation: Invocation, options: Options) -> tuple[str, str | None]:
    """The path and text of the Makefile that is used; the text is None when it cannot be read."""
    word = options.word("-f", "--file", "--makefile")
    if word is not None and word.text == "-":
        return "standard input", invocation.stdin.text if invocation.stdin.known else None
    if word is not None:
        path = context.path(word.text)
        return path, read_text(context, path) if word.literal else None
    for name in ("GNUmakefile", "makefile", "Makefile"):
        path = joined(context.cwd, name)
        if path in context.written or context.workspace.kind(path):
            return path, read_text(context, path)
    return "", None


_JUST_LOOKS = (
    "-l --list -n --dry-run --summary -s --show --dump --evaluate -h --help -V --version --variables "
    "--groups --check --fmt --completions --man --changelog"
).split()
_JUST_VALUES = (
    "-f --justfile -d --working-directory --shell --shell-arg --color --chooser --dotenv-path "
    "--dotenv-filename -E --dump-format --list-heading --list-prefix --timestamp-format --command-color"
)


def just(invocation: Invocation, context: Context) -> None:
    """Recognise one call of just."""
    args, given = _just_settings(invocation.args)
    options = read_options(args, _JUST_VALUES, stop_at_operand=True)
    shown = "just " + options.target(6)
    if options.has("-c", "--command"):
        run_command(context, options.operands)
        return
    if options.has(*_JUST_LOOKS):
        context.add("shell.inert", shown)
        return
    word = options.word("-f", "--justfile")
    names = ("justfile", "Justfile", ".justfile")
    path = context.path(word.text) if word else found_upwards(context, names)
    text = read_text(context, path) if path else None
    operands = [w.text for w in options.operands]
    while operands and "=" in operands[0]:
        name, _, value = operands.pop(0).partition("=")
        given[name] = value
    if options.computed:
        context.unknown("which recipe is run is computed at run time", target=shown)
    elif text is None:
        add_task(context, operands[0] if operands else "default", "code.build", *operands[1:])
    else:
        _just(context, path, text, operands, given, shown)


def _just_settings(args: Sequence[Word]) -> tuple[list[Word], dict[str, str]]:
    """The words without `--set NAME VALUE`, and what those set."""
    words = list(args)
    given: dict[str, str] = {}
    while True:
        at = next((i for i, word in enumerate(words) if word.text == "--set"), -1)
        if at < 0 or at + 2 >= len(words):
            return words, given
        given[words[at + 1].text] = words[at + 2].text
        del words[at : at + 3]


def _just(
    context: Context, path: str, text: str, operands: list[str], given: dict[str, str], shown: str
) -> None:
    """Judge every recipe of the line; words that a recipe's parameters take are not recipes."""
    from agentic.recognize.programs.makefiles import COMPUTED, read_justfile, recipe_lines

    recipes = read_justfile(text)
    goals = operands or [recipes.default]
    outer, context.cwd = context.cwd, folder_of(path)
    while goals:
        goal = goals.pop(0)
        rule = recipes.rules.get(goal)
        if rule is None:
            add_task(context, goal, "code.build", *goals)
            continue
        for parameter in rule.parameters:
            name, _, default = parameter.lstrip("+*$").partition("=")
            taken = len(goals) if parameter[:1] in "+*" else 1
            values, goals = goals[:taken], goals[taken:]
            given[name] = " ".join(values) or default.strip("\"'") or COMPUTED
        lines, _ = recipe_lines(recipes, [goal], given, folder_of(path))
        if lines and lines[0].startswith("#!"):
            lines = ["\n".join(lines[1:])] if lines[0].endswith(("sh", "sh -e")) else []
        run_lines(context, path, text, lines, shown)
    context.cwd = outer


#: Options that make a task runner only look; `-n` and `-a` mean something else in some of them.
_TASK_LOOKS = (
    "-l --list --list-all --dry --dry-run --summary --help -h --version --listenvs --showconfig "
    "--status --list-sessions"
).split()
_DRY_BY_N = ("task", "go-task", "rake", "act")


def task(invocation: Invocation, context: Context) -> None:
    """Recognise a task runner whose file is not read: every word is judged as a task's name."""
    name = invocation.name
    options = read_options(invocation.args)
    shown = " ".join((name, *invocation.texts))[:200]
    if options.has(*_TASK_LOOKS) or (options.has("-n") and name in _DRY_BY_N):
        context.add("shell.inert", shown)
        return
    ordinary = "code.test" if name in ("tox", "nox", "act") else "code.build"
    if name == "tox" and invocation.texts[:1] in (("exec",), ("e",)) and "--" in invocation.texts:
        start = invocation.texts.index("--") + 1
        context.run_words(invocation.args[start:], invocation.stdin, invocation.variables)
    names = [word.text for word in options.operands]
    names += [value.text for _, value in options.given if value is not None]
    telling = [each for each in names if task_kind(each)]
    for each in telling or [shown]:
        add_task(context, each, ordinary, *names)
    if options.computed:
        context.unknown("which task is run is computed at run time", target=shown)


#: kind -> tools that only check, format, test or build, whatever their options.
_TOOLS: dict[str, str] = {
    "code.test": (
        "pytest py.test unittest doctest nose2 black isort flake8 pylint pyflakes pycodestyle pydocstyle "
        "mypy dmypy pyright basedpyright pyre pytype bandit vulture radon xenon interrogate pyupgrade "
        "autoflake autopep8 yapf docformatter djlint codespell typos eslint prettier stylelint jshint "
        "standard xo biome oxlint markdownlint markdownlint-cli2 mdformat vale jest vitest mocha ava karma "
        "jasmine tap cypress shellcheck shfmt yamllint actionlint jsonlint taplo "
        "dprint sqlfluff sqlfmt gofmt goimports golangci-lint staticcheck gofumpt govulncheck "
        "rustfmt clang-format clang-tidy cppcheck cpplint ktlint detekt checkstyle rubocop rspec phpunit "
        "phpstan psalm pint swiftlint commitlint pydeps import-linter lint-imports deptry "
        "pip-audit safety pyroma check-manifest validate-pyproject pandera "
        "spectral tsd size-limit knip depcheck ts-prune attw publint "
        "ctest gtest nextest hypothesis mutmut cosmic-ray pytest-watch ptw "
        "lint-staged axe pa11y lighthouse lhci zizmor oasdiff"
    ),
    "code.build": (
        "gcc g++ cc c++ clang clang++ ld as ranlib rustc javac kotlinc scalac swiftc tsc tsup swc "
        "babel esbuild rollup webpack parcel sass postcss tailwindcss sphinx-build sphinx-apidoc "
        "sphinx-quickstart typedoc jsdoc pdoc doxygen pandoc latexmk pdflatex xelatex protoc buf flatc "
        "cython cythonize maturin nuitka pyinstaller f2py scons meson ninja samu autoconf automake "
        "autoreconf configure ccache sccache nvcc dot plantuml mmdc antlr4 bison flex yacc lex "
        "setuptools-scm bumpversion bump2version bump-my-version towncrier git-cliff cz commitizen "
        "npm-check-updates ncu patch-package"
    ),
}
#: Options whose value is a file or folder that is written.
_OUTPUTS = (
    "-o --output --output-file --out --outfile --out-file --outdir --out-dir --outDir --outFile "
    "--junitxml --junit-xml --report-path --report --html-report --result-log --log-file --target-dir "
    "--cov-report --json-report-file --destination --dist-dir --cache-dir -d"
).split()
#: Formatters that write their operands: the options that make them only look.
_WRITERS = {
    **dict.fromkeys("black isort docformatter djlint".split(), "--check --diff -c --check-only"),
    **dict.fromkeys("pyupgrade autoflake mdformat sqlfmt rustfmt gofumpt".split(), "--check"),
}
#: Tools that write their operands only with one of these options.
_WRITING_OPTIONS = {
    "prettier": "-w --write",
    "eslint": "--fix",
    "stylelint": "--fix",
    "biome": "--write --fix",
    "yapf": "-i --in-place",
    "autopep8": "-i --in-place",
    "autoflake": "-i --in-place",
    "gofmt": "-w",
    "goimports": "-w",
    "shfmt": "-w --write",
    "clang-format": "-i",
    "markdownlint": "-f --fix",
    "codespell": "-w --write-changes",
    "typos": "-w --write-changes",
    "sqlfluff": "-f --force",
}


def tool(invocation: Invocation, context: Context) -> None:
    """Recognise one call of a checker, formatter, compiler or scanner."""
    name = invocation.name
    texts = invocation.texts
    if texts[:1] in (("--version",), ("--help",), ("-h",), ("-V",)):
        context.add("shell.inert", f"{name} {texts[0]}")
        return
    kind = _KIND_OF_TOOL[name]
    if texts[:1] in (("publish",), ("upload",), ("push",), ("release",)):
        kind = "package.publish"
    context.add(kind, " ".join((name, *texts))[:200])
    written_outputs(context, invocation.args)
    if name in ("pytest", "py.test"):
        _pytest(context, invocation.args)
    looks = _WRITERS.get(name)
    wanted = _WRITING_OPTIONS.get(name, "").split()
    writes = looks is not None and not any(text in looks.split() for text in texts)
    if writes or any(text in wanted for text in texts):
        for word in invocation.args:
            if word.text[:1] != "-" and (word.literal or word.glob):
                touch(context, "write", word)


def written_outputs(context: Context, args: Sequence[Word]) -> None:
    """Judge the files that output options name; ordinary ones inside the workspace add nothing."""
    for index, word in enumerate(args):
        name, equals, value = word.text.partition("=")
        if name in _OUTPUTS:
            if equals:
                touch(context, "write", word._replace(text=value))
            elif index + 1 < len(args) and args[index + 1].text[:1] != "-":
                touch(context, "write", args[index + 1])


def _pytest(context: Context, args: Sequence[Word]) -> None:
    """Two options of pytest reach further than a test run: one empties a folder, one uploads."""
    options = read_options(args, "--basetemp -k -m -p -c -o -W --rootdir --confcutdir -n -r --tb")
    for word in options.words("--basetemp"):
        touch(context, "delete-tree", word)
    if options.has("--pastebin"):
        context.add("network.upload", "pytest --pastebin")


def ruff(invocation: Invocation, context: Context) -> None:
    """Recognise one call of ruff: checks, fixes and formats are all the project's own tests."""
    options = read_options(
        invocation.args,
        "--config --select --ignore --extend-select --line-length --target-version -o "
        "--output-file --output-format --exclude --extend-exclude --stdin-filename --isolated-config --range",
    )
    action = options.operands[0].text if options.operands else "help"
    inert = action in ("help", "version", "rule", "config", "linter") or options.has("--version")
    context.add("shell.inert" if inert else "code.test", "ruff " + options.target(6))
    written_outputs(context, invocation.args)
    writes = (action == "format" and not options.has("--check", "--diff")) or options.has("--fix")
    for word in options.operands[1:] if writes else ():
        touch(context, "write", word)


def coverage(invocation: Invocation, context: Context) -> None:
    """`coverage run X` runs X; everything else reports."""
    options = read_options(
        invocation.args,
        "--source --omit --include --rcfile --data-file --context --concurrency -d -o --directory",
        stop_at_operand=True,
    )
    if options.operands and options.operands[0].text == "run":
        inner = read_options(
            options.operands[1:],
            "--source --omit --include --rcfile --data-file --context --concurrency",
            stop_at_operand=True,
        )
        lead = [Word("python"), *([Word("-m")] if inner.has("-m", "--module") else [])]
        run_command(context, [*lead, *inner.operands])
        return
    context.add("code.test", "coverage " + options.target())
    written_outputs(context, invocation.args)


#: pre-commit and lefthook: subcommand -> kind.
_HOOKS = {
    **dict.fromkeys(
        ("run", "validate-config", "validate-manifest", "hook-impl", "check-install"), "code.test"
    ),
    **dict.fromkeys(("install", "install-hooks", "init"), "git.configure"),
    **dict.fromkeys(("uninstall",), "git.skip-hooks"),
    **dict.fromkeys(("autoupdate", "migrate-config", "add", "auto-update"), "file.write"),
    **dict.fromkeys(("clean", "gc"), "file.clean-build"),
    **dict.fromkeys(
        ("sample-config", "help", "version", "dump", "--version", "--help"), "shell.inert"
    ),
    **dict.fromkeys(("init-templatedir",), "git.configure-execution"),
    **dict.fromkeys(("try-repo",), "code.execute-remote"),
}


def hooks(invocation: Invocation, context: Context) -> None:
    """Recognise pre-commit, prek, lefthook and husky."""
    name = invocation.name
    action = next((text for text in invocation.texts if text[:1] != "-" or len(text) > 2), "")
    default = "git.configure" if name == "husky" else "code.test"
    kind = default if not action else _HOOKS.get(action, default if name == "husky" else "")
    shown = f"{name} " + " ".join(invocation.texts[:4])
    if kind:
        context.add(kind, shown)
    else:
        context.unknown(f"`{name} {action}` is not known", "unknown.subcommand", shown)


def template(invocation: Invocation, context: Context) -> None:
    """cookiecutter, copier, cruft: a template's own hooks run while it is filled in."""
    options = read_options(
        invocation.args, "-o --output-dir -c --checkout --directory --config-file -r -d --data"
    )
    operands = [
        word for word in options.operands if word.text not in ("copy", "create", "update", "link")
    ]
    source = operands[0].text if operands else ""
    remote = "://" in source or source.startswith(("gh:", "gl:", "bb:", "git@", "git+"))
    forced = options.has("-f", "--overwrite-if-exists", "--overwrite", "--force", "-w")
    context.add("service.scaffold-collision" if forced else "service.scaffold", source)
    if remote:
        context.add("code.execute-remote", source)
    for word in (*options.words("-o", "--output-dir"), *operands[1:2]):
        touch(context, "write", word)


def direnv(invocation: Invocation, context: Context) -> None:
    """`direnv allow` lets the folder's .envrc run from now on; `exec` runs a command."""
    action = invocation.texts[0] if invocation.args else "help"
    if action == "exec":
        run_command(context, invocation.args[2:])
    elif action in ("allow", "permit", "grant", "edit", "reload"):
        context.add("code.run", f"direnv {action}")
        path = found_upwards(context, (".envrc",))
        text = read_text(context, path) if path else None
        if text:
            run_kept(context, path, text, lambda: context.run_script(text, Stdin()))
    else:
        context.add("shell.inert", f"direnv {action}")


#: Scanners for credentials, and the words that make them read all history.
_SCANNERS = {
    "gitleaks": "",
    "trufflehog": "git github gitlab bitbucket gerrit huggingface --since-commit",
    "git-secrets": "--scan-history",
    "ggshield": "repo commit-range",
    **dict.fromkeys(("detect-secrets", "detect-secrets-hook", "secretlint", "talisman"), ""),
}


def scanner(invocation: Invocation, context: Context) -> None:
    """Recognise a scanner for credentials; one that prints what it finds reads secrets.

    Source: https://github.com/trufflesecurity/trufflehog (`Raw result` in its output, checked 2026-11-21)
    """
    name = invocation.name
    texts = invocation.texts
    if name == "gitleaks":
        kind = _gitleaks_kind(invocation)
    elif any(text in _SCANNERS[name].split() for text in texts):
        kind = "secret.scan-history"
    elif name == "trufflehog" and texts[:1] == ("filesystem",):
        kind = "file.read-secret"
    else:
        kind = "secret.scan"
    because = "" if kind == "secret.scan" else "what is found is shown with its value"
    context.add(kind, " ".join((name, *texts))[:200], because=because)
    written_outputs(context, invocation.args)


def _gitleaks_kind(invocation: Invocation) -> str:
    """Counting findings only scans; showing or reporting them without `--redact` gives the secrets away.

    Without `--staged` or `--pre-commit`, `git` and `detect` go through all history.
    Sources (checked 2026-11-21): https://github.com/gitleaks/gitleaks/issues/1229 (`--redact=20` hides a
    part), cmd/git.go of 8.23.1; that `--verbose` shows values was told by others and not tried.
    """
    texts = invocation.texts
    options = read_options(
        invocation.args,
        "-s --source -r --report-path -c --config -f --report-format -b --baseline-path -l "
        "--log-level --log-opts --max-target-megabytes -i --gitleaks-ignore-path",
    )
    shows = options.has("-v", "--verbose", "-r", "--report-path")
    shows = shows or options.value("-l", "--log-level") == "trace"
    if not shows or any(text in ("--redact", "--redact=100") for text in texts):
        return "secret.scan"
    is_staged = options.has("--staged", "--pre-commit")
    has_history = any(text in ("detect", "git") for text in texts) and not options.has("--no-git")
    return "secret.scan-history" if has_history and not is_staged else "file.read-secret"


def links(invocation: Invocation, context: Context) -> None:
    """lychee fetches every link that its files hold, except offline."""
    from agentic.recognize.web import judge_request

    texts = invocation.texts
    is_offline = any(text in ("--offline", "--dump", "--version", "--help") for text in texts)
    context.add("code.test" if is_offline else "network.read", " ".join(("lychee", *texts))[:200])
    for word in invocation.args:
        if "://" in word.text and word.text[:1] != "-" and not is_offline:
            judge_request(context, "GET", word)
    written_outputs(context, invocation.args)


def nbstripout(invocation: Invocation, context: Context) -> None:
    """Stripping notebooks; `--install` sets a git filter."""
    installs = any(text in ("--install", "--uninstall") for text in invocation.texts)
    context.add("git.configure-execution" if installs else "code.test", "nbstripout")


_KIND_OF_TOOL: dict[str, str] = {
    name: kind for kind, names in _TOOLS.items() for name in names.split()
}
_KIND_OF_TOOL["ctest"] = "code.test"

PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    **dict.fromkeys(("make", "gmake", "remake"), make),
    "just": just,
    **dict.fromkeys(
        ("task", "go-task", "tox", "nox", "invoke", "inv", "doit", "rake", "mage", "ant", "act"),
        task,
    ),
    **dict.fromkeys(_KIND_OF_TOOL, tool),
    **dict.fromkeys(_SCANNERS, scanner),
    "lychee": links,
    "ruff": ruff,
    "coverage": coverage,
    **dict.fromkeys(("pre-commit", "prek", "lefthook", "husky"), hooks),
    **dict.fromkeys(("cookiecutter", "copier", "cruft"), template),
    "direnv": direnv,
    "nbstripout": nbstripout,
}
