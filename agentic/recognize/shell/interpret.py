"""Goes through a line's steps in order, as a shell would, and hands every command to its program.

1. Each simple command is filled in with what is known (variables, substitutions), its redirections are
   judged, and it is run as a builtin, a function, or a program.
2. `&&` and `||` carry the state of success and of failure apart, so that `cd x || exit; rm -rf *` and
   `cd x; rm -rf *` differ as they do in a shell. A command that seems unreachable is judged all the same.
3. What one part of a pipeline writes is what the next reads: its text where it is known, and whether
   any of it came over the network.
4. Functions are judged where they are called; those never called, and traps, at the end.

Pure and bounded: frames are a list, not recursion, and nested scripts count against the call's depth.
"""

from __future__ import annotations

from agentic.recognize.interface import Command, Stdin, Word
from agentic.recognize.shell import steps as kinds
from agentic.recognize.shell.lexer import lex
from agentic.recognize.shell.state import (
    FETCHING,
    MAX_VALUES,
    Frame,
    State,
    computed_value,
    holds_content,
    is_apart,
    joined,
    judge_indexes,
    may_show_variables,
    texts_of,
    union,
    with_variable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.shell.steps import Step

#: Steps of one call; a line that loops or calls functions beyond it adds `unknown.shell`.
MAX_STEPS = 20_000
#: Programs whose output can be told without running them (shell/output.py).
TELLING = frozenset(
    "echo printf cat pwd mktemp base64 rev xxd tee date basename dirname realpath readlink git"
    " true false : which command seq sudo env tr head tail sort uniq".split()
)
#: Commands that only print, compare or succeed, and change nothing in the shell either.
INERT = frozenset(("echo", "printf", ":", "true", "false", "test", "[", "[["))
BUILTINS = frozenset(
    "cd pushd popd dirs export declare typeset local readonly unset alias unalias source . eval exec trap"
    " command builtin set shopt read readarray mapfile return exit break continue shift getopts wait jobs"
    " fg bg disown let hash type ulimit umask times enable complete compgen compopt bind history fc help"
    " logout suspend caller".split()
) | {kinds.ARRAY}

Outcome = tuple["State | None", "State | None"]


class Shell:
    """One running shell: its state, functions, aliases and arguments, and the frames that are open."""

    def __init__(
        self,
        context: Context,
        state: State,
        arguments: tuple[Word, ...] | None = None,
        name: str = "",
    ) -> None:
        self.context = context
        self.now = state
        self.arguments = arguments
        self.name = name
        self.functions: dict[str, tuple[Step, ...]] = {}
        self.uncalled: dict[str, tuple[Step, ...]] = {}
        self.conditional: set[str] = set()
        self.active: list[str] = []
        self.aliases: dict[str, str] = {}
        self.results: dict[str, Word] = {}
        self.contents: set[str] = set()  # substitutions that stand for what a file holds
        self.traps: list[str] = []
        self.ran: list[tuple[str, ...]] = []
        #: Where `return` left a function, and `break` or `continue` a loop.
        self.returned: State | None = None
        self.broken: State | None = None
        self.is_errexit = False
        self.is_file = False
        self.steps_left = MAX_STEPS
        self.serial = 0

    # Parameters

    def parameter(self, name: str) -> tuple[Word, ...] | None:
        """The values that a parameter may have, or None when nothing is known of it."""
        known = self.now.variables.get(name)
        if known is not None:
            return known
        if name == "PWD" and not self.now.is_cwd_computed:
            return tuple([Word(cwd) for cwd in self.now.cwds])
        if name == "HOME" and not self.context.remote and self.context.workspace.home:
            return (Word(self.context.workspace.home),)
        if name == "OLDPWD" and self.now.previous:
            return (Word(self.now.previous),)
        if name == "TMPDIR" and not self.context.workspace.variable("TMPDIR"):
            return (Word("/tmp"),)  # noqa: S108 - the name that the shell would use, not our own file
        if name == "0" and self.name:
            return (Word(self.name),)
        if self.arguments is not None and name.isdecimal() and name != "0":
            position = int(name) - 1
            return (self.arguments[position] if position < len(self.arguments) else Word(""),)
        value = self.context.workspace.variable(name)
        return (Word(value),) if value else None

    # Scripts

    def run_text(self, text: str, stdin: Stdin) -> Outcome:
        """Go through a script in this very shell (`eval`, `source`, the line itself)."""
        steps = lex(text)
        if steps is None:
            from agentic.recognize.shell.parser import parse

            self.serial += 1
            steps = parse(text, f"{id(self)}.{self.serial}.")
        ok, fail = self.run_steps(steps, stdin)
        self.now = union(ok, fail) or self.now
        return ok, fail

    def finish(self, stdin: Stdin) -> None:
        """Judge what would run later: traps, and functions that nothing has called."""
        for trap in self.traps:
            self.nested(trap, stdin)
        if not self.is_file:
            self.arguments = None
            while self.uncalled and self.steps_left > 0:  # a body may define further ones
                name = next(iter(self.uncalled))
                self.run_steps(self.uncalled.pop(name), stdin)

    def nested(self, text: str, stdin: Stdin) -> Outcome:
        """Go through text in this shell, one level deeper."""
        from agentic.recognize.context import MAX_DEPTH

        context = self.context
        if context.depth >= MAX_DEPTH:
            context.unknown(f"shells nested deeper than {MAX_DEPTH}")
            return self.now, self.now
        context.depth += 1
        try:
            return self.run_text(text, stdin)
        finally:
            context.depth -= 1

    # Steps

    def run_steps(self, steps: Sequence[Step], stdin: Stdin) -> Outcome:
        """Go through steps; the states in which they end well and badly."""
        frames = [Frame(self.now, stdin, None, 0)]
        index, count = 0, len(steps)
        while index < count:
            step = steps[index]
            frame = frames[-1]
            self.steps_left -= 1
            if self.steps_left < 0:
                self.context.unknown("the line loops or repeats more than can be followed")
                break
            index += 1
            op = step.op
            if op == "run":
                self.start_item(frame)
                follows = steps[index].op if index < count else ""
                wanted = frame.is_capturing or follows in {"|", "|&"}
                self.simple(frame, step.command, wanted=wanted)
            elif op == "open":
                if step.text == kinds.FUNCTION:
                    self.define(step, tuple(steps[index : step.to]))
                    after = steps[step.to + 1].op if step.to + 1 < count else ""
                    is_part = frame.pending or frame.pipe_start or after in {"|", "|&", "&"}
                    if is_part or any(is_apart(each) for each in frames):
                        self.conditional.add(step.name)
                    index = step.to + 1
                    frame.ok = frame.fail = frame.now
                    continue
                follows = steps[step.to + 1].op if step.to + 1 < count else ""
                self.start_item(frame)
                frames.append(self.opened(frame, step, index, follows))
            elif op == "close":
                if len(frames) > 1:
                    index = self.close(frames, index)
            elif op == "unknown":
                self.context.unknown(step.text)
            else:
                self.operator(frame, op)
        while len(frames) > 1:
            self.close(frames, count)
        self.end_list(frames[0])
        return frames[0].ok, frames[0].fail

    def start_item(self, frame: Frame) -> None:
        """Note where a command or a compound begins, to tell later what it did."""
        frame.item_trail = len(self.context.trail)
        frame.item_ran = len(self.ran)
        frame.is_fetched = frame.is_fetched or frame.is_item_fetched
        frame.is_item_fetched = False
        self.now = frame.now

    def operator(self, frame: Frame, op: str) -> None:
        """What stands between two commands decides in which state the next one runs."""
        if op in {"|", "|&"}:
            if frame.pipe_start is None:
                frame.pipe_start = frame.now
            frame.feed = self.piped(frame)
            frame.now = frame.pipe_start
            return
        if op == "!":
            frame.is_negated = not frame.is_negated
            return
        self.end_list(frame)
        ok, fail = frame.ok, frame.fail
        following: State | None
        if op == "&&":
            frame.pending, frame.skipped, following = op, fail, ok
        elif op == "||":
            frame.pending, frame.skipped, following = op, ok, fail
        elif op == "&":
            following = frame.list_start
        elif op == "then":
            frame.else_state, following = fail, ok
        elif op == "else":
            frame.finished = union(frame.finished, union(ok, fail))
            following, frame.else_state = frame.else_state, None
            frame.has_else = True
        elif op == "branch":
            if frame.has_else:
                frame.finished = union(frame.finished, union(ok, fail))
            frame.has_else = True
            following = frame.opened
        else:
            following = ok if self.is_errexit and ok is not None else union(ok, fail)
        frame.now = frame.reachable if following is None else following
        if following is not None:
            frame.reachable = following
        frame.ok = frame.fail = following
        if op not in {"&&", "||"}:
            frame.list_start = frame.now

    def end_list(self, frame: Frame) -> None:
        """Close the pipeline and the `&&` or `||` that the last command belongs to."""
        if frame.pipe_start is not None:
            # The last part of a pipeline runs in the shell itself in zsh, in a subshell in bash.
            frame.ok = union(frame.pipe_start, frame.ok)
            frame.fail = union(frame.pipe_start, frame.fail)
            frame.pipe_start = frame.feed = None
        if frame.is_negated:
            frame.ok, frame.fail = frame.fail, frame.ok
            frame.is_negated = False
        if frame.pending == "&&":
            frame.fail = union(frame.skipped, frame.fail)
        elif frame.pending == "||":
            frame.ok = union(frame.skipped, frame.ok)
        frame.pending, frame.skipped = "", None
        frame.outputs.append(frame.output)
        frame.output = ""

    def piped(self, frame: Frame) -> Stdin:
        """What the next part of a pipeline reads."""
        fetched = frame.is_item_fetched or self.has_fetched(frame.item_trail)
        before = frame.feed or frame.stdin
        upstream = before.upstream if before.origin == "pipe" else ()
        text = frame.output
        return Stdin(
            "pipe",
            text or "",
            text is not None,
            upstream + tuple(self.ran[frame.item_ran :]),
            text is None and (fetched or before.fetched),
        )

    def has_fetched(self, start: int) -> bool:
        """Whether an operation since then brought something from another machine."""
        return any(kind.startswith(FETCHING) for kind in self.context.trail[start:])

    # Compounds

    def opened(self, frame: Frame, step: Step, start: int, follows: str) -> Frame:
        """The frame of a compound command, with its redirections judged."""
        stdin = frame.feed or frame.stdin
        if step.command.redirects:
            stdin = self.redirected(step.command, stdin, None)
        inner = Frame(frame.now, stdin, step, start)
        captures = step.text in {kinds.SUBSTITUTION, kinds.PROCESS}
        inner.is_capturing = captures or frame.is_capturing or follows in {"|", "|&"}
        inner.output = ""
        inner.item_trail, inner.item_ran = len(self.context.trail), len(self.ran)
        if step.text == kinds.LOOP:
            self.start_loop(inner, step)
        return inner

    def start_loop(self, frame: Frame, step: Step) -> None:
        """Give the loop's variable its values, and forget what the body will assign anew."""
        state = frame.now
        for name in step.command.assignments:
            values = (state.variables.get(name[0]) or ()) + (computed_value(name[0]),)
            state = with_variable(state, name[0], tuple(dict.fromkeys(values)))
        if step.name:
            from agentic.recognize.shell.expansion import expanded

            self.now = state
            items = [word for fields in expanded(step.words, self) for word in fields]
            values = tuple(dict.fromkeys(items)) or (computed_value(step.name),)
            if len(values) > 16:
                values = (*values[:16], computed_value(step.name))
            state = with_variable(state, step.name, values)
        frame.now = frame.list_start = frame.reachable = state
        frame.ok = frame.fail = state

    def close(self, frames: list[Frame], index: int) -> int:
        """End the innermost frame; the index of the step to go on with."""
        frame = frames.pop()
        outer = frames[-1]
        self.end_list(frame)
        step = frame.step
        assert step is not None  # noqa: S101 - only the first frame has no step, and it stays
        ok, fail = frame.ok, frame.fail
        if step.text == kinds.LOOP:
            after = union(union(ok, fail), self.broken) or frame.reachable
            self.broken = None
            if frame.passes == 0 and after.cwds != frame.opened.cwds:
                again = Frame(union(frame.opened, after) or after, frame.stdin, step, frame.start)
                again.passes = 1
                self.start_loop(again, step)
                frames.append(again)
                return frame.start
            ok = fail = union(union(frame.opened, frame.else_state), after)
        elif step.text in {kinds.IF, kinds.CASE}:
            last = union(ok, fail)
            other = frame.opened if step.text == kinds.CASE else frame.else_state
            ok = fail = union(union(frame.finished, last), other)
        elif step.text in {kinds.SUBSHELL, kinds.SUBSTITUTION, kinds.PROCESS}:
            ok = fail = frame.opened
        output = self.output_of(frame)
        if step.text in {kinds.SUBSTITUTION, kinds.PROCESS}:
            self.keep_result(frame, step, output)
            self.now = outer.now
            return index
        outer.ok, outer.fail, outer.output = ok, fail, output
        outer.is_item_fetched = frame.is_fetched or frame.is_item_fetched
        return index

    @staticmethod
    def output_of(frame: Frame) -> str | None:
        """All that a compound prints, where every part of it is known."""
        step = frame.step
        if (
            not frame.is_capturing
            or step is None
            or step.text in {kinds.IF, kinds.LOOP, kinds.CASE}
        ):
            return None
        known = [text for text in frame.outputs if text is not None]
        return "".join(known) if len(known) == len(frame.outputs) else None

    def keep_result(self, frame: Frame, step: Step, output: str | None) -> None:
        """Remember what a substitution stands for, until the command that it belongs to runs."""
        context = self.context
        fetched = frame.is_fetched or self.has_fetched(frame.item_trail)
        if holds_content(output, context.trail[frame.item_trail :]):
            self.contents.add(step.name)
        if step.text == kinds.PROCESS:
            from agentic.recognize.context import Written

            shown = step.command.words[0].text
            context.written[shown] = Written(output, fetched and output is None)
            word = Word(shown, literal=False, fetched=fetched and output is None)
        elif output is not None:
            word = Word(output.rstrip("\n"))
        else:
            word = Word(step.command.words[0].text, literal=False, fetched=fetched)
        self.results[step.name] = word

    def define(self, step: Step, body: tuple[Step, ...]) -> None:
        """Keep a function's body; its indices are made to start at its own first step."""
        offset = step.to - len(body)
        moved = tuple([s._replace(to=s.to - offset) if s.op == "open" else s for s in body])
        self.functions[step.name] = self.uncalled[step.name] = moved

    # Simple commands

    def simple(self, frame: Frame, command: Command, *, wanted: bool) -> None:
        """Run one simple command in every way in which it can be filled in."""
        stdin = frame.feed or frame.stdin
        words = command.words
        trail_start = len(self.context.trail)
        if any(word.parts for word in words):
            from agentic.recognize.shell.expansion import expanded

            variants = expanded(words, self)
        else:
            variants = [words]
        name = words[0].text if words else ""
        content: str | None = None
        if command.redirects:
            if name in TELLING:
                content = self.told(variants, stdin, command)
            stdin = self.redirected(command, stdin, content)
        if not words:
            state = self.assigned(command, frame.now)
            frame.ok = frame.fail = state
            frame.output = ""
            return
        line = self.line_variables(command)
        ok: State | None = None
        fail: State | None = None
        for fields in variants:
            self.now = frame.now
            self.ran.append(tuple([word.text for word in fields]))
            one_ok, one_fail = self.invoke(fields, stdin, line, command)
            ok, fail = union(ok, one_ok), union(fail, one_fail)
            frame.is_item_fetched = frame.is_item_fetched or any(word.fetched for word in fields)
        frame.ok, frame.fail = ok, fail
        frame.output = None
        if wanted:
            frame.output = self.printed(variants, stdin, command)
        if may_show_variables(command, stdin):
            from agentic.recognize.shell.variables import judge_flow

            judge_flow(self, command, stdin, trail_start, is_wanted=wanted)
        if command.redirects:
            from agentic.recognize.shell.redirects import note_written

            fetched = stdin.fetched or self.has_fetched(trail_start)
            note_written(self, command, content, is_fetched=fetched and content is None)

    def told(self, variants: list[tuple[Word, ...]], stdin: Stdin, command: Command) -> str | None:
        """The text a command prints, where it can be told."""
        if len(variants) != 1 or not variants[0]:
            return None
        from agentic.recognize.shell.output import output_of

        if command.redirects:
            stdin = self.stdin_of(command, stdin)
        return output_of(variants[0], stdin, self)

    def printed(
        self, variants: list[tuple[Word, ...]], stdin: Stdin, command: Command
    ) -> str | None:
        """What a command gives to the next part of a pipeline or to its substitution."""
        for redirect in command.redirects:
            if redirect.descriptor in {-1, 1} and redirect.operator[:1] in {">", "&"}:
                return "" if redirect.operator != ">&" else None
        if variants[0] and variants[0][0].text in TELLING:
            return self.told(variants, stdin, command)
        return None

    def line_variables(self, command: Command) -> Mapping[str, str]:
        """The variables set on the command's own line."""
        if not command.assignments:
            return {}
        from agentic.recognize.shell.expansion import values_of
        from agentic.recognize.shell.variables import judge_assignment

        found: dict[str, str] = {}
        for name, word in command.assignments:
            values = values_of(word, self)
            judge_assignment(self.context, name, values)
            found[name] = " ".join([value.text for value in values])
        return found

    def assigned(self, command: Command, state: State) -> State:
        """The state after a line of assignments only."""
        from agentic.recognize.shell.expansion import values_of
        from agentic.recognize.shell.variables import judge_assignment

        for name, word in command.assignments:
            self.now = state
            values = values_of(word, self)
            if name.endswith("+"):
                name = name[:-1]
                before = self.parameter(name) or (computed_value(name),)
                values = tuple([joined(old, new) for old in before for new in values][:MAX_VALUES])
            judge_assignment(self.context, name, values)
            state = with_variable(state, name, values)
        return state

    def invoke(
        self,
        fields: tuple[Word, ...],
        stdin: Stdin,
        line: Mapping[str, str],
        command: Command,
        *,
        is_function_allowed: bool = True,
    ) -> Outcome:
        """Run one command whose words are known: builtin, function, alias or program."""
        state = self.now
        if not fields:
            return state, state
        first = fields[0]
        name = first.text
        if first.literal:
            if is_function_allowed and (name in self.functions or name in self.aliases):
                from agentic.recognize.shell.builtins import call_defined

                outcome = call_defined(self, fields, stdin, line, command)
                if outcome is not None:
                    return outcome
            if name in INERT:
                return self.inert(name, fields, command)
            if name in BUILTINS:
                from agentic.recognize.shell.builtins import run_builtin

                return run_builtin(self, fields, stdin, line, command)
        self.start_program(fields, stdin, line, command)
        return state, state

    def inert(self, name: str, fields: tuple[Word, ...], command: Command) -> Outcome:
        """A command that prints, compares or succeeds."""
        state = self.now
        self.context.program = name
        self.context.add("shell.inert", " ".join([word.text for word in fields[1:4]])[:120])
        if len(fields) > 1 and (name == "[[" or fields[1].text == "-v"):
            judge_indexes(self.context, fields)
        if name == "printf" and len(fields) > 2 and fields[1].text == "-v":
            state = with_variable(state, fields[2].text, (computed_value(fields[2].text),))
            return state, state
        if name in {":", "true"}:
            return state, None
        return (None, state) if name == "false" else (state, state)

    def start_program(
        self, fields: tuple[Word, ...], stdin: Stdin, line: Mapping[str, str], command: Command
    ) -> None:
        """Hand a command to its program, in every folder in which the shell may be."""
        from agentic.recognize.dispatch import run_words

        context, state = self.context, self.now
        context.variables = texts_of(state)
        context.is_cwd_computed = state.is_cwd_computed
        context.shell = self
        for cwd in state.cwds:
            context.cwd = cwd
            run_words(context, fields, stdin, line, command.redirects)
        context.shell = self

    # Redirections

    def redirected(self, command: Command, stdin: Stdin, content: str | None) -> Stdin:
        """Judge a command's redirections; the standard input that they leave it with."""
        from agentic.recognize.shell.redirects import judge_redirect

        context, state = self.context, self.now
        context.is_cwd_computed = state.is_cwd_computed
        program = command.words[0].text if command.words else ""
        context.program = program
        for redirect in command.redirects:
            for cwd in state.cwds:
                context.cwd = cwd
                stdin = judge_redirect(self, redirect, stdin, content, program)
        return stdin

    def stdin_of(self, command: Command, stdin: Stdin) -> Stdin:
        """The standard input that redirections leave, without judging them again."""
        from agentic.recognize.shell.redirects import input_of

        for redirect in command.redirects:
            stdin = input_of(self, redirect, stdin) or stdin
        return stdin


def run_script(context: Context, text: str, stdin: Stdin) -> None:
    """Recognise shell text in a shell of its own that inherits folder and variables."""
    run_child(context, text, stdin)


def run_child(
    context: Context,
    text: str,
    stdin: Stdin,
    variables: Mapping[str, str] | None = None,
    arguments: tuple[Word, ...] | None = None,
    name: str = "",
    *,
    is_file: bool = False,
) -> None:
    """Recognise shell text in a child shell: `bash -c TEXT`, a script file, the call's own line."""
    outer = context.shell
    if outer is None or context.remote:
        state = State((context.cwd,))
    else:
        state = outer.now._replace(cwds=(context.cwd,))
    for key, value in (variables or {}).items():
        state = with_variable(state, key, (Word(value, literal="$" not in value),))
    shell = Shell(context, state, arguments, name)
    shell.is_file = is_file
    if outer is not None:
        shell.functions = dict(outer.functions)
        shell.conditional = outer.conditional
        shell.active = outer.active
        shell.steps_left = outer.steps_left
    context.shell = shell
    try:
        shell.run_text(text, stdin)
        shell.finish(stdin)
    finally:
        context.shell = outer
        if outer is not None:
            outer.steps_left = shell.steps_left
