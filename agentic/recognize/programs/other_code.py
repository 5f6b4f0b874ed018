"""Code of languages that are not parsed: JavaScript, Ruby, Perl, PHP, R, Lua, Julia, AppleScript.

1. The interpreter's options say where the code is, and which files a stream editor (`perl -pi`) changes.
2. In the code, calls that run, delete, write, read or fetch are found by name (`code_words`); a literal
   argument is judged as what it is, anything else is `unknown.shell`.
3. What names none of them is computing: `code.run-inline`, or `code.run` for a file.

Sources (checked 2026-11-21): https://nodejs.org/api/cli.html, https://docs.deno.com/runtime/reference/cli,
https://perldoc.perl.org/perlrun, https://www.php.net/manual/features.commandline.options.php,
https://docs.ruby-lang.org/en/3.4/ruby/options_md.html, https://www.lua.org/manual/5.4/lua.html,
https://docs.julialang.org/en/v1/manual/command-line-interface.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.arguments import read_arguments
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.arguments import Arguments
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


class Language(NamedTuple):
    """The command line of one interpreter.

    name       the language in `code_words`
    codes      options whose value is code
    values     further options that take a value, `attached` those whose value must be attached
    files      options whose value is a file of code
    informs    options that only print
    checks     options that only check the syntax of a file
    """

    name: str
    codes: str
    values: str = ""
    attached: str = ""
    files: str = ""
    informs: str = "-v --version -h --help"
    checks: str = ""
    single_dash: bool = False


_NODE = Language(
    "javascript",
    codes="-e --eval -p --print -pe",
    values="-C --conditions --env-file --env-file-if-exists --experimental-loader --loader --title"
    " --stack-trace-limit --input-type --max-old-space-size --test-name-pattern --test-reporter"
    " --watch-path --icu-data-dir --redirect-warnings --openssl-config --diagnostic-dir",
    files="-r --require --import",
    checks="-c --check",
    single_dash=True,
)
LANGUAGES: dict[str, Language] = {
    "node": _NODE,
    "nodejs": _NODE,
    "ruby": Language(
        "ruby",
        codes="-e",
        values="-C -E -I -r --encoding --external-encoding --internal-encoding",
        attached="-i -0 -F -K -T -W -x",
        checks="-c",
        informs="--version --help -h --copyright",
    ),
    "perl": Language(
        "perl",
        codes="-e -E",
        values="-I -M -m",
        attached="-i -0 -l -F -C -D -x -V",
        checks="-c",
        informs="-v -V -h --version --help",
    ),
    "php": Language(
        "php",
        codes="-r -R -B -E --run --process-code --process-begin --process-end",
        values="-d --define -c --php-ini -t --docroot -z --zend-extension -S --server",
        files="-f --file -F --process-file",
        checks="-l --syntax-check",
        informs="-v --version -h --help -m --modules --ini --rf --rc",
    ),
    "Rscript": Language("r", codes="-e", values="", informs="--version --help", single_dash=True),
    "R": Language(
        "r", codes="-e", values="-g --gui -d --debugger", files="-f --file", informs="--version --help",
        single_dash=True,
    ),
    "lua": Language("lua", codes="-e", values="-l", informs="-v"),
    "luajit": Language("lua", codes="-e", values="-l -j -b -O", informs="-v"),
    "julia": Language(
        "julia",
        codes="-e --eval -E --print",
        values="-p --procs -t --threads -J --sysimage -H --home -C --cpu-target -O --machine-file",
        files="-L --load",
        informs="-v --version -h --help",
    ),
    "osascript": Language("applescript", codes="-e", values="-l -s", informs=""),
}  # fmt: skip


def judge_interpreter(invocation: Invocation, context: Context) -> None:
    """Add what an interpreter's command line does."""
    if invocation.name == "deno":
        _deno(invocation, context)
        return
    if invocation.name == "R" and invocation.texts[:1] == ("CMD",):
        _r_command(invocation, context)
        return
    language = LANGUAGES[invocation.name]
    read = read_arguments(
        invocation.args,
        f"{language.codes} {language.values} {language.files}",
        language.attached,
        stops=True,
        single_dash=language.single_dash,
    )
    shown = " ".join((invocation.name, *invocation.texts))[:200]
    codes = read.values(language.codes)
    if not codes and read.has(language.informs):
        context.add("shell.inert", shown)
        return
    if invocation.name == "php" and _php(read, context, shown):
        return
    if language.name == "javascript":
        _judge_node_settings(invocation, read, context)
    if language.name == "javascript" and read.has("--run --test"):
        _node_task(read, context, shown)
        return
    for word in read.values(language.files):
        run_code_file(context, language.name, word, ())
    if read.has(language.checks) and not codes:
        context.add("code.test", shown)
    elif codes:
        _run_codes(invocation, context, language, read)
    elif read.operands and read.operands[0].text not in {"-", "/dev/stdin"}:
        run_code_file(context, language.name, read.operands[0], read.operands[1:])
    elif not read.values(language.files):
        _run_stdin(invocation, context, language, read)


def _run_codes(
    invocation: Invocation, context: Context, language: Language, read: Arguments
) -> None:
    """Code on the command line, and the files of a stream editor."""
    from agentic.recognize.code_words import judge_text

    codes = read.values(language.codes)
    edits = language.name in {"perl", "ruby"} and read.has("-n -p -i")
    for word in codes:
        if word.fetched:
            context.add("code.execute-remote", word.text)
            continue
        context.add("code.run-inline", word.text[:200])
        if not word.literal:
            context.unknown("the code is computed at run time", target=word.text[:200])
        judge_text(context, language.name, word.text, read.operands)
    if not edits:
        return
    for word in read.operands:
        if read.has("-i"):
            context.write_path(word)
        else:
            context.read_path(word)


def run_code_file(context: Context, language: str, word: Word, args: tuple[Word, ...]) -> None:
    """Add the running of a file of code."""
    from agentic.recognize.code_words import judge_text
    from agentic.recognize.shell.scripts import KEPT, run_file

    def judge(text: str, origin: str) -> None:
        judge_text(context, language, text, args, is_kept=origin == KEPT)

    if word.text.startswith("data:"):
        context.add("code.run-inline", word.text[:200])
        context.unknown("code in an address cannot be read", target=word.text[:200])
    elif "://" in word.text:
        context.add("code.execute-remote", word.text)
    else:
        run_file(context, word, judge, args)


def _run_stdin(
    invocation: Invocation, context: Context, language: Language, read: Arguments
) -> None:
    """Code on standard input, or an interactive session."""
    from agentic.recognize.code_words import judge_text
    from agentic.recognize.programs.interpreters import known_code

    stdin = invocation.stdin
    if stdin.origin == "file" and stdin.path and not stdin.known:
        run_code_file(context, language.name, Word(stdin.path), read.operands[1:])
        return
    text = known_code(invocation, context)
    if text is not None:
        judge_text(context, language.name, text, read.operands[1:])


def _php(read: Arguments, context: Context, shown: str) -> bool:
    """PHP's own server and its page of settings, which holds the environment."""
    address = read.value("-S --server")
    if address is not None:
        host = address.text.rpartition(":")[0]
        is_local = host.startswith(("127.", "localhost", "[::1]", "::1"))
        context.add("code.open-server" if is_local else "code.expose-server", shown)
        return True
    if read.has("-i --info"):
        context.add("shell.environment-dump", shown)
        return True
    return False


def _judge_node_settings(invocation: Invocation, read: Arguments, context: Context) -> None:
    """A debugger that other machines reach, and options in a variable that load code."""
    for name, word in read.options:
        host = word.text if name.startswith("--inspect") and word is not None else ""
        if host and not host.startswith(("127.", "localhost", "[::1]")) and not host.isdecimal():
            context.add("code.expose-server", f"{name}={host}")
    given = context.variable(invocation, "NODE_OPTIONS")
    if any(part in given for part in ("-r ", "--require", "--import", "--loader")):
        context.unknown("`NODE_OPTIONS` makes node load other code", target=given)


def _node_task(read: Arguments, context: Context, shown: str) -> None:
    """`node --test` runs the tests, `node --run NAME` a script of package.json."""
    if read.has("--test"):
        context.add("code.test", shown)
        return
    name = read.value("--run")
    words = [name] if name is not None else []
    command = [Word("npm"), Word("run"), *words, *read.operands]
    context.run_words(command, Stdin())


#: deno: subcommand -> kind; what runs code is judged below.
_DENO = {
    **dict.fromkeys("test bench fmt lint check doc".split(), "code.test"),
    **dict.fromkeys(
        "info types completions help outdated --version -V --help -h".split(), "shell.inert"
    ),
    **dict.fromkeys("compile bundle cache vendor".split(), "code.build"),
    **dict.fromkeys("init jupyter clean".split(), "file.write"),
    **dict.fromkeys(("add", "update"), "package.install-new"),
    **dict.fromkeys(("remove", "rm"), "package.remove"),
    **dict.fromkeys(("upgrade", "uninstall"), "package.install-global"),
    "publish": "package.publish",
    "deploy": "deploy.run",
    "repl": "code.run-inline",
    "coverage": "code.test",
    "lsp": "shell.inert",
}
_DENO_VALUES = (
    "-c --config --import-map --lock --cert --location --seed --v8-flags --env-file -o --output --name -n"
    " --root --node-modules-dir --inspect --port --host --ext -L --log-level"
)


def _deno(invocation: Invocation, context: Context) -> None:
    """Recognise one call of deno."""
    read = read_arguments(invocation.args, _DENO_VALUES, stops=True)
    shown = " ".join(("deno", *invocation.texts))[:200]
    if not read.operands:
        informs = read.has("-h --help -V --version")
        context.add("shell.inert" if informs else "code.run-inline", shown)
        return
    action = read.operands[0].text
    inner = read_arguments(read.operands[1:], _DENO_VALUES, stops=True)
    if action == "task":
        from agentic.recognize.project import add_task

        name = inner.operands[0].text if inner.operands else ""
        if name:
            add_task(context, name, "code.run", *[word.text for word in inner.operands[1:]])
        else:
            context.add("shell.inert", shown)
    elif action == "install":
        is_global = inner.has("-g --global")
        kind = "package.install-new" if inner.operands else "package.install-declared"
        context.add("package.install-global" if is_global else kind, shown)
    elif action == "eval":
        from agentic.recognize.code_words import judge_text

        context.add("code.run-inline", shown)
        for word in inner.operands[:1]:
            if not word.literal:
                context.unknown("the code is computed at run time", target=word.text)
            judge_text(context, "javascript", word.text, inner.operands[1:])
    elif action in _DENO:
        environment = ("unknown", "") if action == "deploy" else ("", "")
        context.add(_DENO[action], shown, *environment)
    else:
        _deno_run(inner.operands if action in {"run", "serve"} else read.operands, context, shown)


def _deno_run(operands: tuple[Word, ...], context: Context, shown: str) -> None:
    """`deno run FILE`, an address, or a package."""
    if not operands:
        context.add("shell.inert", shown)
        return
    word = operands[0]
    if word.text.startswith(("npm:", "jsr:")):
        context.add("code.execute-package", shown)
    elif word.text == "-":
        context.add("code.run-inline", shown)
        context.unknown("`deno` reads code that cannot be told")
    elif "." in word.text or "/" in word.text or not word.literal:
        run_code_file(context, "javascript", word, operands[1:])
    else:
        context.unknown("this subcommand of `deno` is not known", "unknown.subcommand", shown)


def _r_command(invocation: Invocation, context: Context) -> None:
    """`R CMD INSTALL pkg`, `R CMD check pkg`, `R CMD BATCH file`."""
    texts = invocation.texts
    action = texts[1] if len(texts) > 1 else ""
    shown = " ".join(("R", *texts))
    if action in {"check", "Rdiff", "Rdconv", "config", "Stangle"}:
        context.add("code.test", shown)
    elif action in {"build", "COMPILE", "SHLIB", "LINK", "Rd2pdf", "Sweave"}:
        context.add("code.build", shown)
    elif action == "INSTALL":
        is_own = all(text.startswith((".", "-")) for text in texts[2:])
        context.add("package.install-declared" if is_own else "package.install-new", shown)
    elif action == "REMOVE":
        context.add("package.remove", shown)
    elif action == "BATCH":
        files = [word for word in invocation.args[2:] if not word.text.startswith("-")]
        for word in files[:1]:
            run_code_file(context, "r", word, ())
    else:
        context.unknown(f"`R CMD {action}` is not known", "unknown.subcommand", shown)
