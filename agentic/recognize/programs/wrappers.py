"""Programs that start another program: sudo, env, timeout, nohup, flock, watch, strace, chroot and kin.

Each is a table row: which options take a value, how many operands stand before the command, and what it
adds by itself. What they start is judged as if it stood on the line.

Sources: https://www.sudo.ws/docs/man/sudo.man/, https://man7.org/linux/man-pages/man1/env.1.html,
https://man7.org/linux/man-pages/man1/timeout.1.html, https://man7.org/linux/man-pages/man1/flock.1.html,
https://man7.org/linux/man-pages/man1/script.1.html (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.arguments import read_arguments
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

    Handler = Callable[[Invocation, Context], None]


class Wrapper(NamedTuple):
    """A program that runs the rest of its words.

    `values` are options that take a value, `attached` those that take only an attached one, `skips` the
    operands before the command, `adds` an operation of its own, `writes` options that name a file which
    is written, `alone` the kind of a call without any command.
    """

    values: str = ""
    attached: str = ""
    skips: int = 0
    adds: str = ""
    writes: str = ""
    alone: str = "shell.inert"
    single_dash: bool = False


_WRAPPERS: dict[str, Wrapper] = {
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "nice": Wrapper("-n --adjustment"),
    "ionice": Wrapper("-c --class -n --classdata -p --pid -P --pgid -u --uid"),
    "chrt": Wrapper("-T --sched-runtime -P --sched-period -D --sched-deadline", skips=1),
    "taskset": Wrapper(skips=1),
    "numactl": Wrapper(
        "-i --interleave -p --preferred -m --membind -N --cpunodebind -C --physcpubind"
    ),
    "prlimit": Wrapper("-p --pid"),
    "timeout": Wrapper("-k --kill-after -s --signal", skips=1),
    "gtimeout": Wrapper("-k --kill-after -s --signal", skips=1),
    "stdbuf": Wrapper("-i --input -o --output -e --error"),
    "time": Wrapper("-f --format -o --output", writes="-o --output"),
    "gtime": Wrapper("-f --format -o --output", writes="-o --output"),
    "unbuffer": Wrapper(),
    "chronic": Wrapper(),
    "ifne": Wrapper(),
    "eatmydata": Wrapper(),
    "caffeinate": Wrapper("-t -w"),
    "catchsegv": Wrapper(),
    "coproc": Wrapper(),
    "builtin": Wrapper(),
    "exec": Wrapper("-a"),
    "noglob": Wrapper(),
    "nocorrect": Wrapper(),
    "fakeroot": Wrapper("-l --lib --faked -s -i -b"),
    "xvfb-run": Wrapper("-e -f -n -p -s --error-file --auth-file --server-num --server-args"),
    "dbus-run-session": Wrapper("--config-file --dbus-daemon"),
    "strace": Wrapper(
        "-e -o -p -s -u -a -b -O -S -E -P -I -X --trace --output --attach --user --env",
        writes="-o --output",
    ),
    "ltrace": Wrapper("-e -o -p -s -u -a -l -n -x --output", writes="-o --output"),
    "valgrind": Wrapper(),
    "rlwrap": Wrapper("-b -C -e -f -g -H -l -m -O -p -q -s -S -w -z"),
    "sshpass": Wrapper("-p -f -d -P"),
    "firejail": Wrapper(),
    "bwrap": Wrapper(
        "--chdir --ro-bind --bind --dev --proc --tmpfs --setenv --unsetenv --hostname",
        adds="unknown.subcommand",
    ),
    "unshare": Wrapper("-S -G -R --root -w --wd --map-user --map-group", adds="privilege.escalate"),
    "nsenter": Wrapper("-t --target -S -G --setuid --setgid", adds="privilege.escalate"),
    "gosu": Wrapper(skips=1, adds="privilege.escalate"),
    "su-exec": Wrapper(skips=1, adds="privilege.escalate"),
    "setpriv": Wrapper("--reuid --regid --groups --inh-caps", adds="privilege.escalate"),
    "pkexec": Wrapper("--user -u", adds="privilege.escalate", alone="privilege.escalate"),
    "run0": Wrapper(
        "-u --user -g --group -D --chdir --unit --property --description --slice --setenv",
        adds="privilege.escalate",
        alone="privilege.escalate",
    ),
    "systemd-run": Wrapper(
        "-p --property -u --unit -E --setenv --uid --gid -M --machine -H --host --slice"
        " --description --working-directory --on-active --on-calendar --on-boot",
        adds="process.start-service",
    ),
    "systemd-inhibit": Wrapper("--what --who --why --mode"),
    "proxychains": Wrapper("-f"),
    "proxychains4": Wrapper("-f"),
    "torsocks": Wrapper("-u -p -a -P"),
}


def wrapper(invocation: Invocation, context: Context) -> None:
    """A wrapper of the table."""
    row = _WRAPPERS[invocation.name]
    found = read_arguments(invocation.args, row.values, row.attached, stops=True)
    operands = _past_numbers(found.operands, invocation.name)[row.skips :]
    if row.adds and (operands or row.alone != row.adds):
        context.add(row.adds, " ".join([word.text for word in operands])[:200])
    for word in found.values(row.writes) if row.writes else ():
        context.write_path(word)
    if operands:
        context.run_words(operands, invocation.stdin, invocation.variables)
    else:
        context.add(row.alone, " ".join(invocation.texts)[:120])


def _past_numbers(operands: tuple[Word, ...], name: str) -> tuple[Word, ...]:
    """`nice -10 make`: the number is read as an option already; nothing else needs care here."""
    if name == "prlimit" and operands and "=" in operands[0].text:
        return operands[1:]
    return operands


# Becoming somebody else

_SUDO_VALUES = (
    "-u --user -g --group -h --host -p --prompt -C --close-from -r --role -t --type -T"
    " --command-timeout -U --other-user -D --chdir -R --chroot -a --auth-type -c --login-class"
)


def sudo(invocation: Invocation, context: Context) -> None:
    """`sudo`, `doas`: administrator rights, and what they are used for."""
    values = _SUDO_VALUES if invocation.name != "doas" else "-u -C -a"
    found = read_arguments(invocation.args, values, stops=True)
    operands = list(found.operands)
    shown = " ".join(word.text for word in operands)[:200]
    variables = dict(invocation.variables)
    informs = found.has("-V --version --help -K -k --remove-timestamp --reset-timestamp")
    if found.has("-l --list") or (informs and not operands):
        context.add("shell.read-system", " ".join(invocation.texts))
        return
    context.add("privilege.escalate", shown)
    if found.has("-e --edit") or invocation.name == "sudoedit":
        for word in operands:
            context.write_path(word)
        return
    take_assignments(operands, variables, context)
    folder = found.value("-D --chdir")
    cwd = context.cwd
    if folder is not None and folder.literal:
        context.cwd = context.path(folder.text)
    if found.value("-R --chroot") is not None:
        context.unknown("the command runs below another root", target=shown)
    try:
        if operands and found.has("-s --shell -i --login"):
            context.run_script(" ".join([_quoted(word) for word in operands]), invocation.stdin)
        elif operands:
            context.run_words(operands, invocation.stdin, variables)
        elif found.has("-s --shell -i --login"):
            context.run_words([Word("sh")], invocation.stdin, variables)
    finally:
        context.cwd = cwd


def _quoted(word: Word) -> str:
    """A word as shell text; a computed one stays computed."""
    if not word.literal:
        return word.text
    return "'" + word.text.replace("'", "'\\''") + "'"


def su(invocation: Invocation, context: Context) -> None:
    """`su -c TEXT USER`, `runuser -u USER COMMAND`."""
    values = "-c --command -g --group -G --supp-group -s --shell -w --whitelist-environment"
    if invocation.name == "runuser":
        values += " -u --user"
    found = read_arguments(invocation.args, values, stops=invocation.name == "runuser")
    if found.has("--help --version -V"):
        context.add("shell.inert", invocation.name)
        return
    context.add("privilege.escalate", " ".join(invocation.texts)[:200])
    text = found.value("-c --command")
    if text is not None:
        judge_script(context, text, invocation.stdin)
    elif found.has("-u --user") and found.operands:
        context.run_words(found.operands, invocation.stdin, invocation.variables)
    else:
        context.run_words([Word("sh")], invocation.stdin, invocation.variables)


def judge_script(context: Context, text: Word, stdin: Stdin) -> None:
    """Judge a word that is taken as shell text."""
    if text.literal:
        context.run_script(text.text, stdin)
    elif text.fetched:
        context.add("code.execute-remote", text.text)
    else:
        context.unknown("a command that is computed at run time", target=text.text)


def chroot(invocation: Invocation, context: Context) -> None:
    """`chroot NEWROOT COMMAND`: the command's paths lie below another root."""
    found = read_arguments(invocation.args, "--groups --userspec", stops=True)
    operands = found.operands
    context.add("privilege.escalate", " ".join([word.text for word in operands])[:200])
    if len(operands) > 1:
        context.run_words(operands[1:], invocation.stdin, invocation.variables)
    else:
        context.run_words([Word("sh")], invocation.stdin, invocation.variables)


# The environment

_ENV_VALUES = "-u --unset -C --chdir -S --split-string -P --argv0 -a"
_ENV_ATTACHED = "--block-signal --default-signal --ignore-signal"


def env(invocation: Invocation, context: Context) -> None:
    """`env A=b COMMAND`, `env -S 'A=b COMMAND'`; alone it prints the whole environment."""
    found = read_arguments(invocation.args, _ENV_VALUES, _ENV_ATTACHED, stops=True)
    if found.has("--help --version"):
        context.add("shell.inert", "env")
        return
    variables = dict(invocation.variables)
    if found.has("-i --ignore-environment -") or any(w.text == "-" for w in found.operands[:1]):
        variables = {}
    for word in found.values("-u --unset"):
        variables[word.text] = ""
    operands = [word for word in found.operands if word.text != "-"]
    text = found.value("-S --split-string")
    if text is not None:
        operands = [*_split(text, context), *operands]
    take_assignments(operands, variables, context)
    cwd = context.cwd
    folder = found.value("-C --chdir")
    if folder is not None and folder.literal:
        context.cwd = context.path(folder.text)
    elif folder is not None:
        context.is_cwd_computed = True
    try:
        if operands:
            context.run_words(operands, invocation.stdin, variables)
        elif variables and found.has("-i --ignore-environment"):
            context.add("shell.inert", "env")
        else:
            context.add("shell.environment-dump", "env")
    finally:
        context.cwd = cwd


def _split(text: Word, context: Context) -> list[Word]:
    """The words of `env -S`."""
    from agentic.recognize.shell.lexer import lex

    steps = lex(text.text) if text.literal else None
    if steps is None or len(steps) != 1 or steps[0].command.redirects:
        context.unknown("the words of `env -S` cannot be told", target=text.text)
        return []
    command = steps[0].command
    pairs = [Word(f"{name}={value.text}", value.literal) for name, value in command.assignments]
    return [*pairs, *command.words]


def take_assignments(operands: list[Word], variables: dict[str, str], context: Context) -> None:
    """Move leading `NAME=value` words into the variables of the command."""
    from agentic.recognize.shell.variables import judge_assignment

    while operands and "=" in operands[0].text and operands[0].text[0] != "=":
        word = operands.pop(0)
        name, _, value = word.text.partition("=")
        judge_assignment(context, name, (word._replace(text=value),))
        variables[name] = value


# Commands as text


def watch(invocation: Invocation, context: Context) -> None:
    """`watch COMMAND`: the words are joined and given to a shell."""
    found = read_arguments(
        invocation.args, "-n --interval -q --equexit -s --shotsdir", "-d --differences", stops=True
    )
    run_joined(context, found.operands, invocation.stdin)


def run_joined(context: Context, words: Sequence[Word], stdin: Stdin) -> None:
    """Judge words that a program joins with blanks and gives to a shell."""
    if not words:
        context.add("shell.inert", context.program)
        return
    joined = Word(
        " ".join([word.text for word in words]),
        literal=all(word.literal for word in words),
        fetched=any(word.fetched for word in words),
    )
    if joined.literal or len(words) == 1:
        judge_script(context, joined, stdin)
    else:
        context.run_words(words, stdin)


def hyperfine(invocation: Invocation, context: Context) -> None:
    """`hyperfine COMMAND…`: every operand is shell text, and so are the values of `--prepare` and kin."""
    texts = "-p --prepare -s --setup -c --cleanup --conclude -C"
    files = "--export-json --export-csv --export-markdown --export-asciidoc --export-orgmode"
    values = f"{texts} {files} -w --warmup -m --min-runs -M --max-runs -r --runs -P -L -S --shell"
    found = read_arguments(invocation.args, f"{values} -D --style -n --command-name -i -u --input")
    for word in (*found.values(texts), *found.operands):
        judge_script(context, word, Stdin("closed"))
    for word in found.values(files):
        context.write_path(word)


def flock(invocation: Invocation, context: Context) -> None:
    """`flock FILE COMMAND`, `flock FILE -c TEXT`, `flock DESCRIPTOR`."""
    found = read_arguments(
        invocation.args, "-w --wait --timeout -E --conflict-exit-code", stops=True
    )
    operands = found.operands
    if operands and not operands[0].text.isdecimal():
        context.write_path(operands[0])
    rest = operands[1:]
    if len(rest) > 1 and rest[0].text in {"-c", "--command"}:
        judge_script(context, rest[1], invocation.stdin)
    elif rest:
        context.run_words(rest, invocation.stdin, invocation.variables)
    else:
        context.add("shell.inert", "flock")


def script(invocation: Invocation, context: Context) -> None:
    """`script -c TEXT FILE` (Linux), `script FILE COMMAND…` (BSD): a recorded session."""
    values = "-c --command -I --log-in -O --log-out -B --log-io -T --log-timing -m -E --echo -o"
    found = read_arguments(invocation.args, values, "-t --timing", stops=True)
    rest = list(found.operands)
    text = found.value("-c --command")
    file = rest.pop(0) if rest else Word("typescript")
    if text is None and len(rest) > 1 and rest[0].text in {"-c", "--command"}:
        text, rest = rest[1], []
    context.write_path(file)
    for word in found.values("-I --log-in -O --log-out -B --log-io -T --log-timing"):
        context.write_path(word)
    if text is not None:
        judge_script(context, text, invocation.stdin)
    elif rest:
        context.run_words(rest, invocation.stdin, invocation.variables)
    else:
        context.run_words([Word("sh")], invocation.stdin, invocation.variables)


def command(invocation: Invocation, context: Context) -> None:
    """`command -v X` asks, `command X` runs X."""
    found = read_arguments(invocation.args, stops=True)
    if found.has("-v -V") or not found.operands:
        context.add("shell.inert", " ".join(invocation.texts)[:120])
    else:
        context.run_words(found.operands, invocation.stdin, invocation.variables)


def entr(invocation: Invocation, context: Context) -> None:
    """`ls | entr COMMAND`: the command is started when one of the listed files changes."""
    found = read_arguments(invocation.args, stops=True)
    if found.has("-s"):
        run_joined(context, found.operands, Stdin("closed"))
    elif found.operands:
        context.run_words(found.operands, Stdin("closed"), invocation.variables)
    else:
        context.add("shell.inert", "entr")


_PROJECT_ACTIONS = frozenset("local shell use pin rehash reshim".split())
_GLOBAL_ACTIONS = frozenset(
    "global plugin plugins install i uninstall trust self-update upgrade default".split()
)
_ASKING_ACTIONS = frozenset(
    "versions version which where whence prefix root list ls ls-remote current doctor init commands info"
    " --version --help".split()
) | {""}


def version_manager(invocation: Invocation, context: Context) -> None:
    """`pyenv exec X`, `mise exec -- X`, `rbenv local 3.3`, `asdf install`: a runtime, then a program."""
    found = read_arguments(invocation.args, stops=True)
    operands = found.operands
    action = operands[0].text if operands else ""
    shown = " ".join(invocation.texts)[:120]
    if action in {"exec", "x"} and len(operands) > 1:
        rest = list(operands[1:])
        while rest and ("@" in rest[0].text or rest[0].text == "--"):
            rest.pop(0)
        context.run_words(rest, invocation.stdin, invocation.variables)
    elif action in _PROJECT_ACTIONS:
        context.add("code.build", shown)
    elif action in _GLOBAL_ACTIONS:
        context.add("package.install-global", shown)
    elif action in _ASKING_ACTIONS:
        context.add("shell.read-system", shown)
    else:
        why = f"`{invocation.name} {action}` is not in agentic's tables"
        context.unknown(why, "unknown.subcommand", shown)


_HANDLERS: tuple[tuple[Handler, str], ...] = (
    (sudo, "sudo doas sudoedit"),
    (su, "su runuser"),
    (chroot, "chroot"),
    (env, "env genv"),
    (watch, "watch viddy"),
    (hyperfine, "hyperfine"),
    (flock, "flock"),
    (script, "script"),
    (command, "command"),
    (entr, "entr"),
    (version_manager, "pyenv rbenv nodenv goenv asdf mise rtx fnm volta nvm"),
)

PROGRAMS: dict[str, Handler] = {
    **dict.fromkeys(_WRAPPERS, wrapper),
    **{name: handler for handler, names in _HANDLERS for name in names.split()},
}
