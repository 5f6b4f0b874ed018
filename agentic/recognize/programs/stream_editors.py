"""sed and awk: programs whose script may write files and run commands.

A script is scanned, not run: what it would write, read or start becomes operations; a script that
cannot be followed adds `unknown.shell`. Printing is the usual case and must stay a plain read.

Sources (checked 2026-11-21): https://www.gnu.org/software/sed/manual/sed.html,
https://www.gnu.org/software/gawk/manual/gawk.html.
"""

from __future__ import annotations

from agentic.recognize.arguments import by_name, ensure, judge_path, note_written, read_arguments
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.paths import is_secret
from agentic.recognize.shell.variables import names_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


#: Characters of a script that are followed; scanning is not linear on hostile text.
MAX_SCRIPT = 20_000


class Effects:
    """What a script would do besides printing; filled while it is scanned."""

    __slots__ = ("reads", "runs", "shows_environment", "unclear", "writes")

    def __init__(self) -> None:
        self.writes: list[str] = []
        self.reads: list[str] = []
        self.runs: list[str] = []
        self.unclear = ""
        self.shows_environment = False


def sed(invocation: Invocation, context: Context) -> None:
    """`sed [-n] SCRIPT FILE…`: prints; -i writes the files; `w` writes and `e` runs."""
    arguments = read_arguments(
        invocation.args,
        "-e --expression -f --file -l --line-length",
        "-i --in-place",
        "--regexp-extended --quiet --silent --null-data --separate --unbuffered --sandbox --debug --posix "
        "--follow-symlinks --zero-terminated",
    )
    # BSD's `sed -i '' …` gives an empty suffix of its own
    operands = [word for word in arguments.operands if word.text or not word.literal]
    scripts = arguments.values("-e --expression")
    files = arguments.values("-f --file")
    if not scripts and not files and operands:
        scripts = [operands.pop(0)]
    count = len(context.operations)
    for word in files:
        scripts.append(_script_of(word, context))
    if not arguments.has("--sandbox"):
        for word in scripts:
            _judge_effects(sed_effects(word.text), word, context)
    is_writing = arguments.has("-i --in-place")
    for word in operands:
        judge_path(context, "write" if is_writing else "read", word)
        if is_writing:
            note_written(context, word)
    ensure(context, count)


def awk(invocation: Invocation, context: Context) -> None:
    """`awk PROGRAM FILE…`: prints; `print > file` writes, `system()` and pipes run."""
    arguments = read_arguments(
        invocation.args,
        "-F --field-separator -v --assign -f --file -e --source -i --include -l --load -E --exec",
        "-d -o -p -D -L --dump-variables --pretty-print --profile --lint",
        stops=True,
    )
    operands = list(arguments.operands)
    scripts = arguments.values("-e --source")
    files = arguments.values("-f --file -E --exec")
    if not scripts and not files and operands:
        scripts = [operands.pop(0)]
    includes = [word.text for word in arguments.values("-i --include")]
    count = len(context.operations)
    for word in files:
        scripts.append(_script_of(word, context))
    for word in scripts:
        _judge_effects(awk_effects(word.text), word, context)
    for word in arguments.values("-l --load"):
        context.unknown("awk loads an extension", target=word.text)
    for word in operands:
        name, equals, _ = word.text.partition("=")
        if equals and name.replace("_", "a").isalnum():
            continue
        judge_path(context, "write" if "inplace" in includes else "read", word)
    ensure(context, count)


def _script_of(word: Word, context: Context) -> Word:
    """A script file's text as a word; not literal when it cannot be read."""
    judge_path(context, "read", word)
    data = None
    if word.literal and not context.remote:
        data = context.workspace.read(context.path(word.text))
    if data is None:
        return Word("", literal=False)
    return Word(data.decode("utf-8", "replace"))


def _judge_effects(effects: Effects, script: Word, context: Context) -> None:
    for name in effects.writes:
        judge_path(context, "write", Word(name))
    for name in effects.reads:
        judge_path(context, "read", Word(name))
    for text in effects.runs:
        context.run_script(text, Stdin())
    if effects.shows_environment:
        context.add("shell.environment-dump")
    if effects.unclear:
        context.unknown(effects.unclear, target=script.text[:120])
    elif not script.literal and not script.text:
        context.unknown("the script cannot be read")


# sed


def sed_effects(script: str) -> Effects:
    """What a sed script writes, reads and runs."""
    effects = Effects()
    if len(script) > MAX_SCRIPT:
        effects.unclear = "the sed script is too long to be followed"
        return effects
    at, size = 0, len(script)
    while at < size and not effects.unclear:
        at = _after_address(script, at)
        if at < size:
            at = _after_command(script, at + 1, script[at], effects)
    return effects


def _after_command(script: str, at: int, letter: str, effects: Effects) -> int:
    """Note what one command does; the position after it."""
    if letter == "#":
        return _line_end(script, at)
    if letter in "sy":
        return _after_flags(script, _after_substitution(script, at, letter), letter, effects)
    if letter in "wWrRe":
        stop = _line_end(script, at)
        text = script[at:stop].strip()
        if letter in "wW":
            effects.writes.append(text)
        elif letter in "rR":
            effects.reads.append(text)
        elif text:
            effects.runs.append(text)
        else:
            effects.unclear = "the sed script runs the text that it edits"
        return stop
    if letter in "aic":
        return _after_text(script, at)
    if letter in "btT:":
        while at < len(script) and script[at] not in ";\n":
            at += 1
    return at


def _after_flags(script: str, at: int, letter: str, effects: Effects) -> int:
    """Note what the flags of `s` do (`w FILE`, `e`); the position after them."""
    if at < 0:
        effects.unclear = "the sed script is unclear"
        return len(script)
    while at < len(script) and script[at] not in ";\n}":
        if script[at] == "w" and letter == "s":
            stop = _line_end(script, at)
            effects.writes.append(script[at + 1 : stop].strip())
            return stop
        if script[at] == "e" and letter == "s":
            effects.unclear = "the sed script runs what it has substituted"
        at += 1
    return at


def _line_end(script: str, at: int) -> int:
    end = script.find("\n", at)
    return len(script) if end < 0 else end


def _after_text(script: str, at: int) -> int:
    """Where the text of a, i or c ends: at a line end without a backslash before it."""
    while True:
        end = _line_end(script, at)
        if end >= len(script) or script[end - 1] != "\\":
            return end
        at = end + 1


def _after_address(script: str, at: int) -> int:
    """Where the addresses in front of a command end."""
    size = len(script)
    while at < size:
        letter = script[at]
        if letter in "0123456789$,~+ \t":
            at += 1
        elif letter in "/\\":
            delimiter = letter
            at += 1
            if letter == "\\":
                delimiter = script[at : at + 1] or "/"
                at += 1
            end = _delimited(script, at, delimiter)
            if end < 0:
                return size
            at = end
            while at < size and script[at] in "IM":
                at += 1
        else:
            return at
    return at


def _after_substitution(script: str, at: int, letter: str) -> int:
    """Where the flags of `s/a/b/` begin, or -1."""
    delimiter = script[at : at + 1]
    if not delimiter or delimiter in "\n\\":
        return -1
    middle = _delimited(script, at + 1, delimiter, is_pattern=letter == "s")
    return _delimited(script, middle, delimiter, is_pattern=False) if middle > 0 else -1


def _delimited(script: str, at: int, delimiter: str, *, is_pattern: bool = True) -> int:
    """The position after the next delimiter that is neither escaped nor in a pattern's brackets, or -1."""
    size = len(script)
    while at < size:
        letter = script[at]
        if letter == "\\":
            at += 2
            continue
        if letter == delimiter:
            return at + 1
        if letter == "[" and is_pattern:
            at = _after_brackets(script, at + 1)
            if at < 0:
                return -1
            continue
        at += 1
    return -1


def _after_brackets(script: str, at: int) -> int:
    """The position after the `]` that closes a bracket expression, or -1; a backslash is a letter."""
    if script[at : at + 1] == "^":
        at += 1
    if script[at : at + 1] == "]":
        at += 1
    while at < len(script):
        if script[at] == "]":
            return at + 1
        kind = script[at + 1 : at + 2]
        if script[at] == "[" and kind and kind in ":.=":
            end = script.find(kind + "]", at + 2)
            at = end + 2 if end > 0 else at + 1
        else:
            at += 1
    return -1


# awk


def awk_effects(program: str) -> Effects:
    """What an awk program writes, reads and runs; strings, patterns and comments are told apart."""
    effects = Effects()
    if len(program) > MAX_SCRIPT:
        effects.unclear = "the awk program is too long to be followed"
        return effects
    tokens = [*_awk_tokens(program), _END, _END, _END]
    depth = 0
    is_printing = False
    for position in range(len(tokens) - 3):
        sort, text = tokens[position]
        if sort == "name":
            if text in {"print", "printf"}:
                is_printing, depth = True, 0
            else:
                _note_name(text, tokens, position, effects)
        elif sort == "string" and is_secret("/" + text):
            effects.reads.append(text)
        elif sort == "mark":
            if text in "()":
                depth += 1 if text == "(" else -1
            elif text in {";", "\n", "}", "{"}:
                is_printing = False
            else:
                _note_mark(text, tokens, position, effects, is_printing=is_printing, depth=depth)
    return effects


_END = ("end", "")


def _note_name(text: str, tokens: list[tuple[str, str]], position: int, effects: Effects) -> None:
    """Note what a function or a variable does."""
    if text == "system":
        if tokens[position + 2][0] == "string" and tokens[position + 3] == ("mark", ")"):
            effects.runs.append(tokens[position + 2][1])
        else:
            effects.unclear = "awk runs a command that is computed"
    elif text == "ENVIRON":
        index = tokens[position + 2]
        if tokens[position + 1] != ("mark", "[") or index[0] != "string" or names_secret(index[1]):
            effects.shows_environment = True
    elif text == "getline":
        _note_getline(tokens[position + 1 : position + 4], effects)


def _note_getline(after: list[tuple[str, str]], effects: Effects) -> None:
    """Note the file of `getline < FILE` and `getline NAME < FILE`; the program's arguments are known."""
    if after and after[0][0] == "name":
        after = after[1:]
    if len(after) < 2 or after[0] != ("mark", "<"):
        return
    sort, text = after[1]
    if sort == "string":
        effects.reads.append(text)
    elif text not in {"ARGV", "FILENAME"}:
        effects.unclear = "awk reads a file whose name is computed"


def _note_mark(
    text: str,
    tokens: list[tuple[str, str]],
    position: int,
    effects: Effects,
    *,
    is_printing: bool,
    depth: int,
) -> None:
    """Note what a pipe or a redirection does."""
    following = tokens[position + 1]
    if text in {"|", "|&"}:
        command = following if is_printing else tokens[position - 1]
        if command[0] == "string":
            effects.runs.append(command[1])
        else:
            effects.unclear = "awk pipes to or from a command that is computed"
    elif text in {">", ">>"} and is_printing and depth <= 0:
        if following[0] == "string":
            effects.writes.append(following[1])
        else:
            effects.unclear = "awk writes to a file whose name is computed"
    elif text == "@":
        effects.unclear = "awk calls or loads something by name"


def _awk_tokens(program: str) -> list[tuple[str, str]]:
    """(`name`, `string`, `number`, `pattern` or `mark`, text) for each token."""
    tokens: list[tuple[str, str]] = []
    at, size = 0, len(program)
    while at < size:
        letter = program[at]
        if letter in " \t\r":
            at += 1
        elif letter == "#":
            at = _line_end(program, at)
        elif letter == "\\":
            at += 2
        elif letter == '"':
            end = at + 1
            while end < size and program[end] != '"':
                end += 2 if program[end] == "\\" else 1
            text = program[at + 1 : end].replace('\\"', '"').replace("\\\\", "\\")
            tokens.append(("string", text))
            at = end + 1
        elif letter == "/" and not _is_division(tokens):
            end = _delimited(program, at + 1, "/")
            if end < 0:
                end = _delimited(program, at + 1, "/", is_pattern=False)
            end = size if end < 0 else end
            tokens.append(("pattern", program[at:end]))
            at = end
        elif letter.isalpha() or letter == "_":
            end = at
            while end < size and (program[end].isalnum() or program[end] == "_"):
                end += 1
            tokens.append(("name", program[at:end]))
            at = end
        elif letter.isdigit():
            end = at
            while end < size and (program[end].isalnum() or program[end] == "."):
                end += 1
            tokens.append(("number", program[at:end]))
            at = end
        else:
            pair = program[at : at + 2]
            mark = pair if pair in {"||", "&&", ">>", ">=", "<=", "==", "!=", "|&"} else letter
            tokens.append(("mark", mark))
            at += len(mark)
    return tokens


def _is_division(tokens: list[tuple[str, str]]) -> bool:
    """Whether a slash after these tokens divides rather than opens a pattern."""
    if not tokens:
        return False
    sort, text = tokens[-1]
    if sort == "name":
        return text not in {"print", "printf", "return", "in", "getline", "case"}
    return sort in {"number", "string"} or text in {")", "]", "$"}


PROGRAMS = by_name(
    (
        (sed, "sed gsed"),
        (awk, "awk gawk mawk nawk original-awk"),
    )
)
