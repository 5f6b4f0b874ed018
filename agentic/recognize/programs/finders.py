"""Programs that run a command for each thing found or read: find, xargs, parallel.

What they put into the command is told where it can be: known text gives the very words, `find` and other
listings give a pattern below the folder that they list; anything else is a computed word.

Sources: https://www.gnu.org/software/findutils/manual/html_mono/find.html,
https://www.gnu.org/software/parallel/man.html (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize.arguments import read_arguments
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.paths import is_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

#: Items of a known list that are put into the command one by one.
MAX_ITEMS = 32
#: Tests and options of find that take one word.
_FIND_VALUES = frozenset(
    "-name -iname -path -ipath -wholename -iwholename -regex -iregex -lname -ilname -type -xtype -size"
    " -mtime -atime -ctime -mmin -amin -cmin -newer -anewer -cnewer -user -group -uid -gid -perm"
    " -maxdepth -mindepth -links -inum -samefile -fstype -context -used -printf -regextype -flags"
    " -Bmin -Btime -Bnewer -D -files0-from".split()
)
_FIND_EXECUTES = frozenset(("-exec", "-execdir", "-ok", "-okdir"))
_FIND_WRITES = frozenset(("-fprint", "-fprint0", "-fprintf", "-fls"))
_COMPUTED = Word("$ITEM", literal=False)
#: Programs that show all of a file.
_PRINTING = frozenset("cat head tail tac nl base64 xxd od hexdump strings bat rev".split())
#: Files that hold the governance of a folder, as they are usually called.
_GOVERNED_FILES = (
    ".claude/settings.json", ".claude/settings.local.json", ".agentic/modes.yaml",
    ".agentic/policy.yaml", "ops/audit.jsonl", ".git/config",
)  # fmt: skip


# find


def find(invocation: Invocation, context: Context) -> None:
    """`find`: what it lists, and what it runs or deletes for each."""
    starts, expression = _cut(invocation.args)
    for start in starts:
        context.read_path(start)
    patterns = _patterns(expression)
    items = [_item(start, pattern) for start in starts for pattern in patterns]
    index, count = 0, len(expression)
    while index < count:
        word = expression[index]
        text = word.text
        index += 1
        if text == "-delete":
            for item in items:
                context.delete_path(item, tree=item.literal)
            for item in _hidden(context, (), items, expression):
                context.delete_path(item)
        elif text in _FIND_EXECUTES:
            end = _end_of_command(expression, index)
            _run_for_each(context, expression[index:end], items, invocation, expression)
            index = end + 1
        elif text in _FIND_WRITES:
            if index < count:
                context.write_path(expression[index])
            index += 2 if text == "-fprintf" else 1
        elif text in _FIND_VALUES or text.startswith("-newer"):
            index += 1
        elif not word.literal and text[:1] == "$":
            context.unknown("what `find` does is computed at run time", target=text)


def _cut(args: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """The folders where find starts, and the expression."""
    index = 0
    while index < len(args) and args[index].text in {
        "-H",
        "-L",
        "-P",
        "-E",
        "-X",
        "-d",
        "-s",
        "-x",
    }:
        index += 1
    while index < len(args) and args[index].text[:2] in {"-O", "-D"}:
        index += 2 if args[index].text == "-D" else 1
    starts: list[Word] = []
    while index < len(args):
        text = args[index].text
        if text[:1] == "-" or text in {"(", "!", ")", ","}:
            break
        starts.append(args[index])
        index += 1
    return starts or [Word(".")], list(args[index:])


def _patterns(expression: Sequence[Word]) -> list[str]:
    """The names that find looks for; an empty text where nothing narrows them."""
    found: list[str] = []
    negated = False
    for index, word in enumerate(expression[:-1]):
        text = word.text
        if text in {"-name", "-iname"} and not negated:
            value = expression[index + 1]
            found.append(value.text if "/" not in value.text else "*")
        elif text in {"-path", "-ipath", "-wholename", "-regex", "-iregex"} and not negated:
            found.append("*")
        negated = text in {"!", "-not"}
    return list(dict.fromkeys(found)) or [""]


def _item(start: Word, pattern: str) -> Word:
    """What find hands on below one folder."""
    if not pattern:
        return start
    is_name = not any(character in pattern for character in "*?[")
    text = f"{start.text.rstrip('/')}/{pattern if is_name else '*/' + pattern}"
    return Word(text if start.text != "/" else "/" + pattern, literal=False, glob=True)


def _hidden(
    context: Context, command: Sequence[Word], items: Sequence[Word], expression: Sequence[Word]
) -> list[Word]:
    """The governed files that find meets below these folders, and the secret ones it would print.

    A wildcard of the shell passes over names that begin with a dot; find does not.
    """
    if context.remote:
        return []
    excluded = " ".join([word.text for word in expression])
    wanted = [*_GOVERNED_FILES]
    found: list[Word] = []
    for item in items:
        folder, _, pattern = item.text.partition("/*/")
        if not item.literal and not pattern:
            folder, _, pattern = item.text.rpartition("/")
        start = context.path(folder)
        if command and command[0].text in _PRINTING:
            names = context.workspace.list(start)
            wanted.extend([name for name in names if is_secret(f"{start}/{name}")])
        for name in wanted:
            last = name.rpartition("/")[2]
            if (
                name.partition("/")[0] in excluded.replace(f"{folder}/", "")
                and name not in excluded
            ):
                continue
            if pattern and not (
                last == pattern or (pattern[:1] == "*" and last.endswith(pattern[1:]))
            ):
                continue
            if context.workspace.kind(f"{start}/{name}") == "file":
                found.append(Word(f"{folder}/{name}"))
    return found


def _end_of_command(expression: Sequence[Word], start: int) -> int:
    for index in range(start, len(expression)):
        text = expression[index].text
        if text == ";" or (text == "+" and expression[index - 1].text == "{}"):
            return index
    return len(expression)


def _run_for_each(
    context: Context,
    command: Sequence[Word],
    items: Sequence[Word],
    invocation: Invocation,
    expression: Sequence[Word],
) -> None:
    """Judge the command of `-exec` for what find hands to it."""
    items = [*items, *_hidden(context, command, items, expression)]
    for item in items[:MAX_ITEMS]:
        below = item
        if item.literal and context.workspace.kind(context.path(item.text)) == "file":
            pass
        elif item.literal:  # everything below the folder, the folder itself too
            below = Word(item.text.rstrip("/") + "/*", literal=False, glob=True)
        words = [_filled(word, below) for word in command]
        context.run_words(words, Stdin("closed"), invocation.variables)


def _filled(word: Word, item: Word) -> Word:
    """A word of the command with `{}` replaced."""
    if "{}" not in word.text:
        return word
    if word.text == "{}":
        return item
    text = word.text.replace("{}", item.text)
    return Word(text, literal=word.literal and item.literal, glob=item.glob)


# xargs

_XARGS_VALUES = (
    "-a --arg-file -d --delimiter -E -I -L -n --max-args -P --max-procs -s --max-chars -S -J -R"
    " --max-lines"
)
_XARGS_ATTACHED = "-i -l -e --replace --eof --max-lines"


def xargs(invocation: Invocation, context: Context) -> None:
    """`xargs COMMAND`: the words on standard input become its arguments."""
    found = read_arguments(invocation.args, _XARGS_VALUES, _XARGS_ATTACHED, stops=True)
    command = found.operands or (Word("echo"),)
    stdin = invocation.stdin
    file = found.value("-a --arg-file")
    if file is not None:
        context.read_path(file)
        stdin = _stdin_of_file(context, file)
    items = _items(context, stdin, is_by_line=found.has("-I -i --replace -0 --null -d -L"))
    mark = found.value("-I -J")
    replaced = mark.text if mark is not None else "{}" if found.has("-i --replace") else ""
    given = found.value("-i --replace")
    replaced = given.text if given is not None else replaced
    feed = Stdin("closed")
    if replaced:
        for item in items[:MAX_ITEMS]:
            words = [_replaced(word, replaced, item) for word in command]
            context.run_words(words, feed, invocation.variables)
    elif (
        command[0].literal
        and command[0].text in {"sh", "bash", "zsh", "dash"}
        and len(command) == 1
    ):
        context.unknown("a shell is given words of its standard input as its script")
    else:
        context.run_words([*command, *items], feed, invocation.variables)


def _replaced(word: Word, mark: str, item: Word) -> Word:
    if mark not in word.text:
        return word
    if word.text == mark:
        return item
    text = word.text.replace(mark, item.text)
    return Word(text, literal=word.literal and item.literal, glob=item.glob, fetched=item.fetched)


def _stdin_of_file(context: Context, file: Word) -> Stdin:
    from agentic.recognize.project import read_text

    text = read_text(context, context.path(file.text)) if file.literal else None
    return Stdin("file", text or "", known=text is not None)


def _items(context: Context, stdin: Stdin, *, is_by_line: bool) -> list[Word]:
    """What standard input holds, as words: exact, a pattern, or computed."""
    if stdin.known:
        text = stdin.text.replace("\0", "\n")
        texts = text.split("\n") if is_by_line else _unquoted(text).split()
        items = [Word(each) for each in texts if each.strip()]
        if len(items) > MAX_ITEMS:
            return [*items[:MAX_ITEMS], _COMPUTED]
        return items
    if stdin.origin == "closed":
        return []
    found = [Word(text, literal=False, glob=True) for text in listed(stdin)]
    return found or [_computed_by(stdin)]


def _computed_by(stdin: Stdin) -> Word:
    """A word that the commands of a pipe compute, shown as the substitution that it amounts to."""
    if not stdin.upstream:
        return _COMPUTED._replace(fetched=stdin.fetched)
    shown = " | ".join([" ".join(words) for words in stdin.upstream])
    return Word(f"$({shown})", literal=False, fetched=stdin.fetched)


def _unquoted(text: str) -> str:
    return text.replace("'", "").replace('"', "").replace("\\", "")


#: Filters that hand on some of the lines that they read, unchanged.
_FILTERS = frozenset("grep egrep fgrep rg head tail sort uniq shuf tee cat tac gsort".split())


def listed(stdin: Stdin) -> list[str]:
    """Patterns for what the commands that feed a pipe list; empty where it cannot be told."""
    for words in reversed(stdin.upstream):
        name = words[0].rpartition("/")[2] if words else ""
        rest = words[1:]
        if name == "find":
            starts, expression = _cut([Word(text) for text in rest])
            items = [_item(start, each) for start in starts for each in _patterns(expression)]
            return [
                item.text if not item.literal else item.text.rstrip("/") + "/*" for item in items
            ]
        if name == "git" and rest[:1] and rest[0] in {"ls-files", "diff", "grep", "status", "show"}:
            return ["./*"]
        if name in {"ls", "fd", "fdfind"}:
            folders = [text for text in rest if text[:1] != "-"]
            if name != "ls":
                folders = folders[1:]
            return [f"{folder.rstrip('/')}/*" for folder in folders] or ["./*"]
        is_listing = any(
            text.startswith("--files")
            or (text[:1] == "-" and text[1:2] != "-" and set(text) & {"l", "L"})
            for text in rest
        )
        if name in {"grep", "egrep", "fgrep", "rg", "ag"} and is_listing:
            folders = [text for text in rest if text[:1] != "-"][1:]
            return [f"{folder.rstrip('/')}/*" for folder in folders] or ["./*"]
        if name not in _FILTERS or (name == "cat" and rest):
            return []
    return []


# parallel

_PARALLEL_VALUES = (
    "-j --jobs -P --max-procs -a --arg-file -S --sshlogin --sshloginfile --slf -N -n --max-args -I"
    " --delay --timeout --retries --results --joblog --tmpdir --workdir --wd --colsep -C -d --delimiter"
    " --env --block --load --memfree --tagstring --halt --basefile --bf --return --shellquote -L"
)


def parallel(invocation: Invocation, context: Context) -> None:
    """`parallel COMMAND ::: ITEMS`, `… | parallel COMMAND`: shell text, once for each item."""
    found = read_arguments(invocation.args, _PARALLEL_VALUES, stops=True)
    if found.has("--version --help --citation --will-cite") and not found.operands:
        context.add("shell.inert", "parallel")
        return
    command: list[Word] = []
    items: list[Word] = []
    target = command
    for word in found.operands:
        if word.text in {":::", ":::+"}:
            target = items
        elif word.text in {"::::", "::::+"}:
            items.append(_COMPUTED)
            break
        else:
            target.append(word)
    if target is command and not items:
        items = _items(context, invocation.stdin, is_by_line=True)
    if found.has("-S --sshlogin --sshloginfile --slf"):
        context.add("network.remote-shell", " ".join(word.text for word in command)[:200])
    for word in found.values("--results --joblog"):
        context.write_path(word)
    if not command:  # every item is a command of its own
        for item in items[:MAX_ITEMS]:
            _run_text(context, item)
        return
    for item in items[:MAX_ITEMS] or [_COMPUTED]:
        _run_filled(context, command, item)


def _run_filled(context: Context, command: Sequence[Word], item: Word) -> None:
    """Judge one filled-in command: as shell text where all of it is known."""
    marks = ("{}", "{.}", "{/}", "{//}", "{/.}", "{1}")
    words = list(command)
    if not any(mark in word.text for mark in marks for word in words):
        words.append(item)
    for mark in marks:
        words = [_replaced(word, mark, item) for word in words]
    if all(word.literal for word in words):
        context.run_script(" ".join([word.text for word in words]), Stdin("closed"))
    elif len(words) == 1 or any(" " in word.text for word in command):
        text = " ".join([word.text.replace("*", "$ITEM") for word in words])
        context.run_script(text, Stdin("closed"))
    else:
        context.run_words(words, Stdin("closed"))


def _run_text(context: Context, item: Word) -> None:
    if item.literal:
        context.run_script(item.text, Stdin("closed"))
    elif item.fetched:
        context.add("code.execute-remote", item.text)
    else:
        context.unknown("a command that is computed at run time", target=item.text)


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    "find": find,
    "gfind": find,
    "xargs": xargs,
    "gxargs": xargs,
    "parallel": parallel,
}
