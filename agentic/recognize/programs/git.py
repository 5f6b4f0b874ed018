"""Git: the options before the subcommand, aliases, and which room knows a subcommand.

Reading subcommands are judged here; the others are in `git_history`, `git_worktree`,
`git_remote` and `git_settings`, loaded when one of theirs appears.
Source: https://git-scm.com/docs/git (checked 2026-11-21)
"""

from __future__ import annotations

from sys import modules

from agentic.core.paths import joined
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.options import read_options
from agentic.recognize.programs.git_repository import Call, clone_of, settings_of
from agentic.recognize.project import touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

MAX_ALIASES = 8

#: Subcommands that only look, whatever their options; paths and `--output` are checked.
_READ = frozenset(
    (
        "annotate blame cat-file check-attr check-ignore check-mailmap check-ref-format cherry column "
        "count-objects describe diff diff-files diff-index diff-tree difftool fast-export fmt-merge-msg "
        "for-each-ref fsck fsck-objects get-tar-commit-id grep help log ls-files ls-remote "
        "ls-tree merge-base merge-tree name-rev patch-id range-diff request-pull rev-list rev-parse "
        "shortlog show show-branch show-index show-ref status stripspace unpack-file var verify-commit "
        "verify-pack verify-tag version whatchanged diagnose bugreport gitk gui citool last-modified "
        "repo backfill"
    ).split()
)

#: Other subcommands -> the module of this package that judges them.
_MODULES = {
    "git_history": (
        "bisect branch cherry-pick commit commit-graph fast-import filter-branch filter-repo "
        "format-patch gc hook index-pack maintenance merge merge-index merge-one-file mergetool "
        "multi-pack-index notes pack-objects pack-refs prune prune-packed rebase reflog refs repack replace "
        "replay rerere revert submodule symbolic-ref tag unpack-objects update-ref update-server-info"
    ),
    "git_worktree": (
        "add am apply checkout checkout-index clean commit-tree hash-object init init-db "
        "interpret-trailers merge-file mktag mktree mv read-tree reset restore rm sparse-checkout stage "
        "stash switch update-index worktree write-tree"
    ),
    "git_remote": (
        "archive bundle clone credential credential-cache credential-store daemon fetch fetch-pack "
        "http-backend http-fetch http-push imap-send instaweb lfs p4 pull push quiltimport receive-pack "
        "remote scalar send-email send-pack shell subtree svn upload-archive upload-pack"
    ),
    "git_settings": "config",
}
SUBCOMMAND_MODULES: dict[str, str] = {
    name: module for module, names in _MODULES.items() for name in names.split()
}

_GLOBAL_SWITCHES = (
    "-p --paginate -P --no-pager --no-replace-objects --no-lazy-fetch --no-optional-locks "
    "--no-advice --bare --literal-pathspecs --glob-pathspecs --noglob-pathspecs --icase-pathspecs"
).split()
_GLOBAL_PRINTS = (
    "--version -v --help -h --html-path --man-path --info-path --exec-path --list-cmds"
).split()
#: Options that need the value of `--x=value` or the next word.
_GLOBAL_VALUES = (
    "--git-dir --work-tree --namespace --super-prefix --config-env --attr-source".split()
)


def git(invocation: Invocation, context: Context) -> None:
    """Recognise one call of git."""
    folder = context.cwd
    try:
        _git(invocation, context)
    finally:
        context.cwd = folder


def _git(invocation: Invocation, context: Context) -> None:
    args = invocation.args
    settings: list[tuple[str, str]] = []
    git_dir = _variables(invocation, context)
    elsewhere = context.is_cwd_computed
    index, count = 0, len(args)
    while index < count:
        word = args[index]
        name, equals, value = word.text.partition("=")
        if name[:1] != "-":
            break
        index += 1
        if name in _GLOBAL_SWITCHES:
            continue
        if name in _GLOBAL_PRINTS and not (equals and name == "--exec-path"):
            context.add("git.read", name)
            return
        if name == "--exec-path":
            context.add("git.configure-execution", word.text)
            continue
        if name not in _GLOBAL_VALUES and name not in ("-C", "-c"):
            context.unknown(f"`git {name}` is not a known option", "unknown.subcommand", name)
            continue
        given = word._replace(text=value)
        if not equals or name in ("-C", "-c"):
            if index >= count:
                break
            given = args[index]
            index += 1
        if name == "-C":
            elsewhere = elsewhere or not given.literal
            context.cwd = (
                joined(context.cwd, given.text)
                if given.text[:1] != "~"
                else context.path(given.text)
            )
        elif name == "--git-dir":
            git_dir, elsewhere = given.text, elsewhere or not given.literal
        elif name == "--work-tree":
            touch(context, "write", given)
        elif name in ("-c", "--config-env"):
            settings.append(_setting(invocation, context, name, given))
    if index >= count:
        context.add("git.read", "help")
        return
    call = Call(context, invocation, args[index].text, git_dir, tuple(settings), elsewhere)
    if not args[index].literal:
        context.unknown("the subcommand of `git` is computed at run time", target=call.name)
        return
    run_subcommand(call, args[index + 1 :])


def run_subcommand(call: Call, args: Sequence[Word], aliases: int = 0) -> None:
    """Judge a subcommand, following aliases."""
    name = call.name
    if args and (args[0].text == "--help" or (len(args) == 1 and args[0].text == "-h")):
        call.add("git.read", "--help")
    elif name in _READ:
        _read(call, args)
    elif name == "for-each-repo":
        words = read_options(args, "--config", stop_at_operand=True).operands
        if words:
            run_subcommand(call._replace(name=words[0].text, elsewhere=True), words[1:], aliases)
        else:
            call.add("git.read")
    elif name in SUBCOMMAND_MODULES:
        full = "agentic.recognize.programs." + SUBCOMMAND_MODULES[name]
        __import__(full)
        handlers: dict[str, Callable[[Call, Sequence[Word]], None]] = modules[full].SUBCOMMANDS
        handlers[name](call, args)
    else:
        _alias(call, args, aliases)


def _setting(invocation: Invocation, context: Context, option: str, given: Word) -> tuple[str, str]:
    """One `-c key=value` or `--config-env=key=VARIABLE`, judged; the pair as git will see it."""
    from agentic.recognize.programs.git_settings import judge_setting

    key, equals, text = given.text.partition("=")
    value = given._replace(text=text if equals else "true")
    if option == "--config-env":
        text = context.variable(invocation, text)
        value = Word(text, bool(text))
    judge_setting(context, key, value, lasting=False)
    head, _, last = key.rpartition(".")
    section, dot, subsection = head.partition(".")
    return section.lower() + dot + subsection + "." + last.lower(), value.text


def _variables(invocation: Invocation, context: Context) -> str:
    """Judge the variables that change what git executes; the clone that `GIT_DIR` names, else empty."""
    wanted: list[tuple[str, str]] = []
    for variables in (context.variables, invocation.variables):
        for name, value in variables.items():
            if name.startswith("GIT_") or name in (
                *("SSH_ASKPASS", "EDITOR", "VISUAL", "PAGER"),
                *("HUSKY", "LEFTHOOK", "SKIP", "HUSKY_SKIP_HOOKS"),
            ):
                wanted.append((name, value))
    if wanted:
        from agentic.recognize.programs.git_settings import judge_variables

        judge_variables(context, wanted)
    return dict(wanted).get("GIT_DIR", "")


def _alias(call: Call, args: Sequence[Word], aliases: int) -> None:
    """Judge what an alias of the clone or the user stands for; without one it is not recognised."""
    context = call.context
    wanted = "alias." + call.name.lower()
    body = ""
    for key, value in settings_of(call):
        if key == wanted or key == wanted + ".command":
            body = value
    taught = context.facts.programs.get(f"git {call.name}", "")
    if taught:
        context.add(taught, f"{call.name} " + " ".join(word.text for word in args[:3]))
    elif not body or aliases >= MAX_ALIASES:
        why = f"`git {call.name}` is not in agentic's tables"
        context.unknown(why, "unknown.subcommand", f"git {call.name}")
    elif body[0] == "!":
        clone = clone_of(call)
        folder = context.cwd
        if clone.endswith("/.git"):
            context.cwd = clone[:-5] or "/"
        context.run_script(" ".join((body[1:], *(_quoted(word) for word in args))), Stdin())
        context.cwd = folder
    else:
        words = [Word(text) for text in split_alias(body)]
        _aliased(call, words + list(args), aliases + 1)


def _aliased(call: Call, words: Sequence[Word], aliases: int) -> None:
    """An alias may begin with options (`-c key=value log`), so it is read from the start again."""
    if words and words[0].text[:1] == "-":
        _git(call.invocation._replace(args=tuple(words)), call.context)
    elif words:
        run_subcommand(call._replace(name=words[0].text), words[1:], aliases)


def split_alias(text: str) -> list[str]:
    """The words of an alias: blanks separate, quotes and backslashes protect."""
    words: list[str] = []
    word, quote, begun = "", "", False
    letters = iter(text)
    for letter in letters:
        if quote and letter == quote:
            quote = ""
        elif letter == "\\" and quote != "'":
            word, begun = word + next(letters, ""), True
        elif quote:
            word += letter
        elif letter in "'\"":
            quote, begun = letter, True
        elif letter.isspace():
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + letter, True
    return [*words, word] if begun else words


def _quoted(word: Word) -> str:
    """A word as shell text again: exact when it is literal, otherwise as it was written."""
    return "'" + word.text.replace("'", "'\\''") + "'" if word.literal else word.text


#: Subcommands that show the names of paths and never what they hold.
_NAMING = frozenset(("check-ignore", "check-attr", "ls-files", "ls-tree", "status", "rev-list"))
_READ_VALUES = frozenset(("--grep", "--author", "--format", "-S", "-G", "-e"))


def _read(call: Call, args: Sequence[Word]) -> None:
    """A subcommand that looks: what it writes with `--output`, runs with `-O`, and which paths it shows."""
    call.add("git.read", " ".join(word.text for word in args[:3]))
    context = call.context
    after_separator = False
    previous = ""
    for word in args:
        text = word.text
        if after_separator or text[:1] != "-" or text == "-":
            if previous == "--output":
                touch(context, "write", word)
            elif previous in ("--extcmd", "-x", "--open-files-in-pager", "--upload-pack", "--exec"):
                _executes(call, previous, word)
            elif call.name not in _NAMING and previous not in _READ_VALUES:
                _shown(call, word, named=after_separator)
            previous = ""
        elif text == "--":
            after_separator = True
        else:
            previous = _read_option(call, word)


def _read_option(call: Call, word: Word) -> str:
    """Judge one option of a reading subcommand; its full name when the next word is its value."""
    text = word.text
    name, equals, value = text.partition("=")
    rest = word._replace(text=value)
    if len(name) >= 4 and "--output".startswith(name):
        if equals:
            touch(call.context, "write", rest)
        return "" if equals else "--output"
    if call.name == "grep" and (
        text.startswith("-O") or (len(name) > 4 and "--open-files-in-pager".startswith(name))
    ):
        pager = rest if equals else word._replace(text=text[2:])
        if pager.text and (equals or text[1] != "-"):
            _executes(call, "--open-files-in-pager", pager)
        return ""
    if call.name == "difftool" and (
        name == "-x" or (len(name) > 3 and "--extcmd".startswith(name))
    ):
        if equals:
            _executes(call, "--extcmd", rest)
        return "" if equals else "--extcmd"
    if call.name == "ls-remote" and (
        name == "--exec" or (len(name) > 3 and "--upload-pack".startswith(name))
    ):
        if equals:
            _executes(call, "--upload-pack", rest)
        return "" if equals else "--upload-pack"
    if len(name) > 5 and "--ext-diff".startswith(name):
        for key, command in settings_of(call):
            if key == "diff.external" or (key.startswith("diff.") and key.endswith(".command")):
                _executes(call, key, Word(command))
    return name if not equals and len(name) > 1 else ""


def _executes(call: Call, name: str, command: Word) -> None:
    from agentic.recognize.programs.git_settings import judge_command

    judge_command(call.context, f"git {call.name} {name}", command)


def _shown(call: Call, word: Word, *, named: bool) -> None:
    """Judge the path that an operand may name: `.env`, `REV:.env`, `:(top).env`.

    Without `--` before it git takes a word for a path only where such a file exists.
    """
    text = word.text
    if text[:1] == ":" and text[1:2] == "(":
        text = text.partition(")")[2]
    elif text[:1] == ":":
        text = text.lstrip(":/")
    elif "::" in text or (call.name == "ls-remote" and ":" in text):
        if text.startswith("ext::"):
            call.context.add("code.execute-remote", text)
        return
    elif ":" in text and not text.startswith("/"):
        text = text.rpartition(":")[2]
    elif not named and word.literal and not call.context.workspace.kind(call.context.path(text)):
        return
    if text and text[0] not in "!^":
        touch(call.context, "read", word._replace(text=text))


def viewer(invocation: Invocation, context: Context) -> None:
    """A program that only shows history: gitk, tig."""
    context.add("git.read", " ".join(invocation.texts[:3]))


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    "git": git,
    "gitk": viewer,
    "tig": viewer,
}
