"""Calls that matter in code of a language that is not parsed, found by their names and literal arguments.

No grammar: a name counts where something that can open its arguments follows it (a bracket, a quote, a
variable). A literal argument is judged as the command, path or address that it is; one that is not
literal is `unknown.shell`, unless the script is kept by the workspace. Pure; never raises.
"""

from __future__ import annotations

from agentic.recognize.code_vocabulary import UNTRUSTED, VOCABULARIES, Vocabulary
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.context import Context

#: Longer code is not read.
MAX_CHARACTERS = 65_536
#: Calls of one name, and arguments of one call, that are looked at.
MAX_CALLS = 64
MAX_ARGUMENTS = 16

_COMPUTED = Word("${value}", literal=False)
#: Words that steer a statement and begin no argument.
_STEERING = frozenset("if unless and or do then while until end not x eq ne for foreach is".split())
_SHELLS = ("/bin/sh", "/bin/bash", "'sh'", '"sh"', "'bash'", '"bash"')
#: What joins two texts, where it is not `+`.
_JOINERS = {"perl": ".", "php": ".", "lua": "..", "julia": "*", "applescript": "&", "r": "\0"}


def judge_text(
    context: Context,
    language: str,
    text: str,
    args: Sequence[Word] = (),
    *,
    is_kept: bool = False,
) -> None:
    """Add what code of a language can be seen to do; `args` are its own arguments."""
    if len(text) > MAX_CHARACTERS:
        context.unknown("the code is too long to be read")
        return
    _Reader(context, VOCABULARIES[language], language, text, args, is_kept=is_kept).read()


class _Reader:
    """One pass over one text."""

    def __init__(
        self,
        context: Context,
        vocabulary: Vocabulary,
        language: str,
        text: str,
        args: Sequence[Word],
        *,
        is_kept: bool,
    ) -> None:
        self.context = context
        self.vocabulary = vocabulary
        self.language = language
        self.args = args
        self.is_kept = is_kept
        lines = [
            line for line in text.split("\n") if not line.lstrip().startswith(vocabulary.comments)
        ]
        self.text = "\n".join(lines)

    def unknown(self, because: str, target: str = "") -> None:
        """Add what cannot be told; a kept script may compute."""
        if not self.is_kept:
            self.context.unknown(because, target=target)

    def read(self) -> None:
        """Look for every name of the vocabulary."""
        words = self.vocabulary
        before = len(self.context.trail)
        if not words.needs or any(need in self.text for need in words.needs.split()):
            names = [words.commands] if self.language == "applescript" else words.commands.split()
            for name in names:
                self.each_call(name, self.command)
            for name in words.programs.split():
                self.each_call(name, self.program)
        for names_of, judge in (
            (words.deletes, self.delete),
            (words.trees, self.delete_tree),
            (words.writes, self.write),
            (words.reads, self.read_file),
            (words.moves, self.move),
            (words.requests, self.request),
            (words.codes, self.code),
        ):
            for name in names_of.split() if self.language != "applescript" else (names_of,):
                if name:
                    self.each_call(name, judge)
        if words.backticks:
            self.backticks()
        self.aliases()
        self.perl_quotes()
        self.marks()
        self.environment()
        self.judge_together(before)

    # Finding

    def each_call(self, name: str, judge: object) -> None:
        """Judge every call of a name."""
        at = -1
        for _ in range(MAX_CALLS):
            at = self.text.find(name, at + 1)
            if at < 0:
                return
            end = at + len(name)
            if (
                not self.begins(at)
                or self.text[end : end + 1].isalnum()
                or self.text[end : end + 1] == "_"
            ):
                continue
            found = self.arguments(end)
            if found == [_COMPUTED] and self.text[at - 1 : at] in {"/", "'", '"'}:
                continue  # a word of a pattern or of a text
            if found is not None:
                judge(name, found, end)  # type: ignore[operator]  # a bound method of this class

    def begins(self, at: int) -> bool:
        """Whether a name begins here rather than in the middle of a word, or as a variable's name."""
        before = self.text[at - 1 : at]
        return not (before.isalnum() or (before and before in "_$@%:\\"))

    def arguments(self, at: int) -> list[Word] | None:
        """The arguments of a call that opens here, or None where nothing opens."""
        text = self.text
        start = at
        while text[at : at + 1] in {" ", "\t"}:
            at += 1
        if text[at : at + 1] == "(":
            at += 1
        elif self.language == "javascript" or not self.opens_bare(at, has_blank=at > start):
            return [_COMPUTED] if at > start and self.is_bare_word(at) else None
        found: list[Word] = []
        for _ in range(MAX_ARGUMENTS):
            at = self.skipped(at, " \t\n[(")
            word, at = self.one_argument(at)
            if word is None:
                break
            found.append(word)
            at = self.skipped(at, " \t\n]")
            if text[at : at + 1] != ",":
                break
            at += 1
        return found or [Word("", literal=False)]

    def opens_bare(self, at: int, *, has_blank: bool) -> bool:
        """Whether arguments without a bracket begin here: a quote, or a variable after a blank."""
        following = self.text[at : at + 1]
        if self.language == "perl" and has_blank and self.text.startswith(("glob", "<"), at):
            return True
        return following in {"'", '"'} or (has_blank and following in {"$", "@", "`", "\\"})

    def is_bare_word(self, at: int) -> bool:
        """Whether a call without brackets takes the word that begins here (`eval gets`)."""
        if self.language not in {"ruby", "perl"}:
            return False
        end = at
        while end < len(self.text) and (self.text[end].isalnum() or self.text[end] in "_."):
            end += 1
        return end > at and self.text[at:end] not in _STEERING

    def skipped(self, at: int, letters: str) -> int:
        """The next position that holds none of these letters."""
        text = self.text
        while at < len(text) and text[at] in letters:
            at += 1
        return at

    def one_argument(self, at: int) -> tuple[Word | None, int]:
        """One argument as a word, and where it ends; None where there is none."""
        text = self.text
        quote = text[at : at + 1]
        if quote and quote in "'\"`":
            return self.text_argument(at, quote)
        if self.language == "perl" and text.startswith(("glob", "<"), at):
            return self.pattern(at)
        mark, offset = self.vocabulary.argument
        if mark and text.startswith(mark, at):
            close = text.find("]", at)
            number = text[at + len(mark) : close]
            if number.isdecimal() and 0 <= int(number) - offset < len(self.args):
                return self.args[int(number) - offset], close + 1
        if not quote or quote in ")]};":
            return None, at
        end = at
        while end < len(text) and text[end] not in ",)];\n":
            end += 1
        number = text[at:end].strip()
        return (Word(number) if number.isdecimal() else _COMPUTED), end

    def pattern(self, at: int) -> tuple[Word, int]:
        """Perl's `glob "*.o"` and `<*.o>`: all files that match."""
        text = self.text
        if text[at] == "<":
            end = text.find(">", at)
            inner = text[at + 1 : end if end > 0 else None]
        else:
            start = self.skipped(at + 4, " (")
            word, end = self.text_argument(start, text[start : start + 1] or '"')
            inner = word.text
        is_glob = any(letter in inner for letter in "*?[")
        return Word(inner, literal=not is_glob and "$" not in inner, glob=is_glob), end + 1

    def text_argument(self, at: int, quote: str) -> tuple[Word, int]:
        """A text in quotes; what is joined to it makes it computed."""
        text = self.text
        end = at + 1
        pieces: list[str] = []
        while end < len(text) and text[end] != quote:
            if text[end] == "\\" and end + 1 < len(text):
                end += 1
            pieces.append(text[end])
            end += 1
        inner = "".join(pieces)
        after = text[end + 1 :].lstrip(" \t")[:2]
        joiner = _JOINERS.get(self.language, "+")
        if after.startswith(joiner):
            return Word(inner + _COMPUTED.text, literal=False), len(text)
        is_computed = quote != "'" and self.vocabulary.interpolations in inner
        if self.language == "perl" and quote == '"' and "@" in inner:
            is_computed = True
        return Word(inner, literal=not is_computed), end + 1

    # Judging

    def command(self, name: str, args: list[Word], end: int) -> None:
        """A shell command, or a program with its arguments."""
        texts = [word for word in args if word.text]
        if len(texts) > 1 and self.language in {"ruby", "perl"}:
            self.program(name, args, end)
            return
        if self.vocabulary.backticks and self.text[end:].lstrip(" (")[:1] == "`":
            return  # judged where backticks are
        word = args[0]
        if not word.literal:
            self.unknown("the command that is started is computed at run time", name)
        if word.text and word.text != "${value}":
            self.context.run_script(word.text, Stdin())

    def program(self, name: str, args: list[Word], end: int) -> None:
        """A program with its arguments."""
        if not args[0].literal:
            self.unknown("the command that is started is computed at run time", name)
            return
        self.context.run_words([word for word in args if word.text], Stdin())

    def delete(self, name: str, args: list[Word], end: int) -> None:
        """Paths that are deleted."""
        for word in args if self.language in {"perl", "ruby"} else args[:1]:
            if self.is_path(word):
                self.context.delete_path(word)

    def delete_tree(self, name: str, args: list[Word], end: int) -> None:
        """Folders that are deleted; plain `rm` only where the options say so."""
        rest = self.text[end : end + 300]
        is_tree = name not in {"rm", "rmSync", "unlink"} or "recursive" in rest
        for word in args[:1]:
            if self.is_path(word):
                self.context.delete_path(word, tree=is_tree)

    def write(self, name: str, args: list[Word], end: int) -> None:
        """A file or folder that is written."""
        if self.is_path(args[0]):
            content = args[1] if len(args) > 1 else None
            self.context.write_path(args[0], content.text if content and content.literal else None)

    def read_file(self, name: str, args: list[Word], end: int) -> None:
        """A file that is read, or written where its mode says so."""
        word = args[0]
        if word.text.isdecimal() or word.text in {"/dev/stdin", "php://stdin"}:
            return
        if "://" in word.text:
            self.request(name, args, end)
            if name in {"include", "require", "include_once", "require_once", "source", "load"}:
                self.context.add("code.execute-remote", word.text)
            return
        if not self.is_path(word):
            return
        mode = args[1].text if len(args) > 1 and args[1].literal else ""
        if name in {"File.open", "fopen", "io.open", "open"} and mode.strip("rbt") != "":
            self.context.write_path(word)
        elif name in {"dofile", "loadfile", "include", "require", "source"}:
            self.context.add("code.run", self.context.path(word.text))
        else:
            self.context.read_path(word)

    def move(self, name: str, args: list[Word], end: int) -> None:
        """A file that gets another place or a copy."""
        copies = "cop" in name.lower() or "cp" in name
        if len(args) < 2 or not all(self.is_path(word) for word in args[:2]):
            return
        links = "link" in name or "ln_s" in name
        program = ["ln", "-s"] if links else ["cp", "-r"] if copies else ["mv"]
        self.context.run_words([*[Word(text) for text in program], Word("--"), *args[:2]], Stdin())

    def request(self, name: str, args: list[Word], end: int) -> None:
        """A request to an address."""
        word = args[0]
        text = word.text
        if "://" not in text:
            if name not in {"get", "open", "request", "url", "GET", "POST", "download"}:
                self.unknown("the address is computed at run time", name)
            return
        from agentic.recognize.web import judge_request

        rest = self.text[end : end + 400].upper()
        method = "GET"
        for verb in ("POST", "PUT", "DELETE", "PATCH"):
            if verb in name.upper() or f"'{verb}'" in rest or f'"{verb}"' in rest:
                method = verb
        judge_request(self.context, method, word, rest)

    def code(self, name: str, args: list[Word], end: int) -> None:
        """Text that is run as code."""
        word = args[0]
        if name == "eval" and self.language == "perl" and self.text[end:].lstrip()[:1] == "{":
            return
        if word.literal and word.text and name not in {"load", "do"}:
            judge_text(self.context, self.language, word.text, self.args, is_kept=self.is_kept)
        elif name in {"load", "do"} and word.literal and word.text:
            self.context.add("code.run", self.context.path(word.text))
        elif name != "do" and not (self.is_kept and self.language in {"r", "julia"}):
            self.context.unknown("a text made at run time is run as code", target=name)

    def is_path(self, word: Word) -> bool:
        """Whether a word is a path that can be judged; else it is unknown."""
        if not word.text or word.text == "${value}":
            self.unknown("the path is computed at run time", word.text)
            return False
        return True

    # Marks of other kinds

    def backticks(self) -> None:
        """Commands in backticks."""
        parts = self.text.split("`")
        for inner in parts[1::2][:MAX_CALLS]:
            if len(parts) % 2 == 0 and inner is parts[-1]:
                break
            if any(sign in inner for sign in ("#{", "$", "@")):
                self.unknown("the command that is started is computed at run time", inner)
            self.context.run_script(inner, Stdin())

    def perl_quotes(self) -> None:
        """`qx{…}` and `%x(…)`, and a pipe that `open` starts."""
        opener = {"perl": "qx", "ruby": "%x"}.get(self.language)
        if opener is None:
            return
        pairs = {"{": "}", "(": ")", "[": "]", "<": ">"}
        at = self.text.find(opener)
        while at >= 0:
            mark = self.text[at + 2 : at + 3]
            if mark and not mark.isalnum() and (self.language == "ruby" or self.begins(at)):
                close = self.text.find(pairs.get(mark, mark), at + 3)
                inner = self.text[at + 3 : close if close > 0 else None]
                if "$" in inner or "#{" in inner:
                    self.unknown("the command that is started is computed at run time", inner)
                self.context.run_script(inner, Stdin())
            at = self.text.find(opener, at + 2)
        if self.language == "perl":
            self.each_call("open", self.perl_open)

    def perl_open(self, name: str, args: list[Word], end: int) -> None:
        """`open(F, MODE, PATH)`: a file read or written, or a command at the other end of a pipe."""
        rest = [word for word in args[1:] if word.text]
        if not rest:
            self.unknown("what is opened is computed at run time", name)
            return
        mode = rest[0].text.strip()
        if "|" in mode:
            command = mode.strip("|- ") or " ".join([word.text for word in rest[1:]])
            if not all(word.literal for word in rest):
                self.unknown("the command that is started is computed at run time", command)
            self.context.run_script(command, Stdin())
            return
        path = rest[1] if len(rest) > 1 else rest[0]._replace(text=mode.lstrip("+<> "))
        if not self.is_path(path):
            return
        if ">" in mode or mode.startswith("+"):
            self.context.write_path(path)
        else:
            self.context.read_path(path)

    def aliases(self) -> None:
        """A function that gets another name, by which it can be called unseen."""
        words = self.vocabulary
        names = f"{words.commands} {words.programs} {words.deletes} {words.trees}".split()
        for name in names if self.language in {"javascript", "lua", "ruby"} else ():
            at = self.text.find(name)
            while at >= 0:
                rest = self.text[at + len(name) :]
                after = rest.lstrip()[:1]
                before = self.text[at - 1 : at]
                is_whole = self.begins(at) and not (rest[:1].isalnum() or rest[:1] == "_")
                is_renamed = after in {":", ";", ")", "]"} or not after or rest[:4] == " as "
                is_qualified = before == "." or "." in name
                if is_whole and is_renamed and (is_qualified or after == ":" or rest[:4] == " as "):
                    self.unknown("a function that runs or deletes things gets another name", name)
                    break
                at = self.text.find(name, at + 1)
        if self.language == "php":
            self.php_variable_calls()

    def php_variable_calls(self) -> None:
        """`$f(…)`: a function called by a name that is made at run time."""
        for piece in self.text.split("$")[1:]:
            end = 0
            while end < len(piece) and (piece[end].isalnum() or piece[end] == "_"):
                end += 1
            if end and piece[end : end + 1] == "(":
                self.unknown("a function is looked up under a name made at run time", piece[:end])

    def marks(self) -> None:
        """Names that mean something wherever they stand."""
        runs = any(
            self.has_word(word)
            for word in (*self.vocabulary.codes.split(), *self.vocabulary.commands.split())
        )
        for mark, meaning in self.vocabulary.marks:
            if mark not in self.text:
                continue
            if " " not in meaning:
                if not (self.is_kept and meaning == UNTRUSTED):
                    self.context.add(meaning, mark)
            elif not meaning.startswith("a text is decoded") or runs:
                self.unknown(meaning, mark)

    def has_word(self, word: str) -> bool:
        """Whether a name is called anywhere."""
        at = self.text.find(word)
        return at >= 0 and self.begins(at) and self.arguments(at + len(word)) is not None

    def environment(self) -> None:
        """The whole environment, where it is not handed to a child."""
        for mark in self.vocabulary.variables:
            at = self.text.find(mark)
            while at >= 0:
                after = self.text[at + len(mark) : at + len(mark) + 1]
                before = self.text[:at].rstrip()[-4:]
                is_handed = before.endswith(("...", "env:", "=")) and "print" not in before
                if not (after.isalnum() or after in {".", "[", "_", "{", "?"} or is_handed):
                    self.context.add("shell.environment-dump", mark)
                    break
                at = self.text.find(mark, at + 1)

    def judge_together(self, before: int) -> None:
        """A socket and a shell in the same few words."""
        has_socket = any(mark in self.text for mark in self.vocabulary.sockets)
        has_shell = any(shell in self.text for shell in _SHELLS)
        if has_socket and has_shell:
            self.context.add("network.listen-shell", self.language)
        fetched = any(kind.startswith("network.") for kind in self.context.trail[before:])
        runs_code = any(
            self.has_word(name) or f"({name})" in self.text
            for name in self.vocabulary.codes.split()
        )
        if fetched and runs_code and not self.is_kept:
            self.context.add("code.execute-remote", self.language)
