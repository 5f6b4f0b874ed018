"""What some commands print, where it can be told without running them.

`echo 'rm -rf /' | sh`, `sh -c "$(echo cm0gLXJmIC8K | base64 -d)"` and `rm -rf "$(mktemp -d)"` are judged
by what they really do. The answer is exact, except for stand-ins of which only the shape matters (a
temporary name, a date); None means that it cannot be told.
"""

from __future__ import annotations

from agentic.core.paths import base_name, folder_of, is_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.interface import Stdin, Word
    from agentic.recognize.shell.interpret import Shell

#: Text that is followed through pipes and substitutions.
MAX_TEXT = 65_536
_ESCAPES = {
    "n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\",
    "e": "\x1b", "E": "\x1b", '"': '"', "'": "'", "?": "?",
}  # fmt: skip
_HEX = "0123456789abcdefABCDEF"
_OCTAL = "01234567"


def output_of(words: Sequence[Word], stdin: Stdin, shell: Shell) -> str | None:
    """The text that this command prints, or None."""
    if not all(word.literal for word in words):
        return None
    texts = [word.text for word in words]
    printer = _PRINTERS.get(texts[0])
    if printer is None:
        return None
    printed = printer(texts[1:], stdin, shell)
    return printed if printed is None or len(printed) <= MAX_TEXT else None


def input_text(stdin: Stdin, shell: Shell) -> str | None:
    """The text on a standard input, where it is known or lies in a file that can be read."""
    if stdin.known:
        return stdin.text
    if stdin.origin == "file" and stdin.path:
        return file_text(stdin.path, shell)
    return "" if stdin.origin == "closed" else None


def file_text(path: str, shell: Shell) -> str | None:
    """The text of a file as this call has left it, else as it lies in the workspace."""
    context = shell.context
    absolute = context.path(path)
    written = context.written.get(absolute)
    if written is not None:
        return written.text
    if context.remote or not any(is_below(absolute, root) for root in context.workspace.roots):
        return None
    data = context.workspace.read(absolute, MAX_TEXT + 1)
    if data is None or len(data) > MAX_TEXT or b"\0" in data:
        return None
    return data.decode("utf-8", "replace")


def unescaped(text: str) -> tuple[str, bool]:
    r"""Text with backslash escapes decoded as `echo -e`, `printf` and `$'…'` do; true at a `\c`."""
    if "\\" not in text:
        return text, False
    pieces: list[str] = []
    at, size = 0, len(text)
    while at < size:
        character = text[at]
        if character != "\\" or at + 1 == size:
            pieces.append(character)
            at += 1
            continue
        kind = text[at + 1]
        at += 2
        if kind == "c":
            return "".join(pieces), True
        if kind in _ESCAPES:
            pieces.append(_ESCAPES[kind])
            continue
        width = {"x": 2, "u": 4, "U": 8}.get(kind, 0)
        digits = _HEX if width else _OCTAL
        end = at if width else at - 1
        limit = end + (width or (4 if kind == "0" else 3))
        start = end
        while end < min(limit, size) and text[end] in digits:
            end += 1
        if end == start:
            pieces.append("\\" + kind)
            continue
        number = int(text[start:end], 16 if width else 8)
        pieces.append(chr(number) if number < 0x110000 else "?")
        at = end
    return "".join(pieces), False


def _echo(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    newline, escapes = "\n", False
    while args and len(args[0]) > 1 and args[0][0] == "-" and not args[0][1:].strip("neE"):
        newline = "" if "n" in args[0] else newline
        escapes = args[0].rfind("e") > args[0].rfind("E") or (escapes and "E" not in args[0])
        args = args[1:]
    text = " ".join(args)
    if escapes:
        text, is_cut = unescaped(text)
        newline = "" if is_cut else newline
    return text + newline


def _printf(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    if args and args[0] == "--":
        args = args[1:]
    if not args or args[0] == "-v":
        return None
    template, _ = unescaped(args[0])
    values = args[1:]
    pieces: list[str] = []
    used = 0
    while True:
        before = used
        segments = template.replace("%%", "\0").split("%")
        pieces.append(segments[0].replace("\0", "%"))
        for segment in segments[1:]:
            conversion = segment.lstrip("-0123456789. ")
            if not conversion or conversion[0] not in "sbdic":
                return None
            value = values[used] if used < len(values) else ""
            used += 1
            if conversion[0] == "b":
                value = unescaped(value)[0]
            pieces.append(value[:1] if conversion[0] == "c" else value)
            pieces.append(conversion[1:].replace("\0", "%"))
        if used == before or used >= len(values) or len(pieces) > 4096:
            return "".join(pieces)


def _cat(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    operands = [arg for arg in args if arg == "-" or not arg.startswith("-")]
    if len(operands) != len(args):
        return None
    pieces = []
    for operand in operands or ["-"]:
        text = input_text(stdin, shell) if operand == "-" else file_text(operand, shell)
        if text is None:
            return None
        pieces.append(text)
    return "".join(pieces)


def _tee(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    return input_text(stdin, shell)


def _pwd(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    state = shell.now
    return state.cwds[0] + "\n" if len(state.cwds) == 1 and not state.is_cwd_computed else None


def _mktemp(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    operands = [arg for arg in args if not arg.startswith("-")]
    if any(arg.startswith(("-p", "--tmpdir", "--suffix")) for arg in args):
        return None
    name = operands[-1] if operands else "tmp.XXXXXXXXXX"
    if name.count("X") < 3:
        return None
    is_here = "/" in name or (operands and not any("t" in arg for arg in args if arg[0] == "-"))
    return (name if is_here else "/tmp/" + name) + "\n"  # noqa: S108 - where mktemp puts it


def _base64(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    if not any(arg in {"-d", "-D", "--decode", "-di"} for arg in args):
        return None
    operands = [arg for arg in args if not arg.startswith("-")]
    text = file_text(operands[0], shell) if operands else input_text(stdin, shell)
    if text is None:
        return None
    from binascii import Error, a2b_base64

    try:
        return a2b_base64(text.encode("ascii", "ignore")).decode("utf-8", "replace")
    except Error:
        return None


def _xxd(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    if set(args) not in ({"-r", "-p"}, {"-p", "-r", "-"}, {"-rp"}, {"-pr"}):
        return None
    text = input_text(stdin, shell)
    if text is None:
        return None
    try:
        return bytes.fromhex("".join(text.split())).decode("utf-8", "replace")
    except ValueError:
        return None


def _rev(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    text = None if args else input_text(stdin, shell)
    if text is None:
        return None
    ending = "\n" if text.endswith("\n") else ""
    return "\n".join([line[::-1] for line in text.rstrip("\n").split("\n")]) + ending


def _date(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    formats = [arg for arg in args if arg.startswith("+")]
    if len(formats) != 1 or any(sign in formats[0] for sign in ("/", "%D", "%x", "%c", " ")):
        return None
    return "20260101\n"


def _git(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    if args != ["rev-parse", "--show-toplevel"] or len(shell.now.cwds) != 1:
        return None
    for root in shell.context.workspace.roots:
        if is_below(shell.now.cwds[0], root):
            return root + "\n"
    return None


def _basename(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    if not args or len(args) > 2 or args[0].startswith("-"):
        return None
    name = base_name(args[0]) or "/"
    return (name.removesuffix(args[1]) if len(args) == 2 else name) + "\n"


def _dirname(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    args = args[1:] if args[:1] == ["--"] else args
    if len(args) != 1 or args[0].startswith("-"):
        return None
    if "/" not in args[0].rstrip("/"):
        return ".\n"
    return folder_of(args[0]) + "\n"


def _resolved(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    operands = [arg for arg in args if not arg.startswith("-")]
    if len(operands) != 1 or len(shell.now.cwds) != 1 or shell.now.is_cwd_computed:
        return None
    shell.context.cwd = shell.now.cwds[0]
    return shell.context.workspace.resolve(shell.context.path(operands[0])) + "\n"


def _which(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    names = [arg for arg in args if not arg.startswith("-")]
    return f"/usr/bin/{names[0]}\n" if len(names) == 1 and "/" not in names[0] else None


def _command(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    return f"{args[1]}\n" if len(args) == 2 and args[0] == "-v" else None


def _seq(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    if not 1 <= len(args) <= 2 or not all(arg.isdecimal() and len(arg) < 9 for arg in args):
        return None
    first, last = (1, int(args[0])) if len(args) == 1 else (int(args[0]), int(args[1]))
    if last - first > 64:
        return None
    return "".join([f"{number}\n" for number in range(first, last + 1)])


def _nothing(args: list[str], stdin: Stdin, shell: Shell) -> str | None:
    return ""


_PRINTERS: dict[str, Callable[[list[str], Stdin, Shell], str | None]] = {
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "tee": _tee,
    "pwd": _pwd,
    "mktemp": _mktemp,
    "base64": _base64,
    "xxd": _xxd,
    "rev": _rev,
    "date": _date,
    "git": _git,
    "basename": _basename,
    "dirname": _dirname,
    "realpath": _resolved,
    "readlink": _resolved,
    "which": _which,
    "command": _command,
    "seq": _seq,
    "true": _nothing,
    ":": _nothing,
    "cd": _nothing,
    "mkdir": _nothing,
    "set": _nothing,
    "export": _nothing,
}
