"""The shell's own commands: folders, variables, aliases, `source`, `eval`, `exec`, `trap` and the rest.

Each takes the words after filling in and answers with the states in which it ends well and badly; None
is a state that cannot be (`true` never fails, nothing follows `exit`).

Source: https://www.gnu.org/software/bash/manual/bash.html#Shell-Builtin-Commands (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.paths import is_below, joined
from agentic.recognize.context import MAX_DEPTH
from agentic.recognize.interface import Word
from agentic.recognize.programs import REGISTRY
from agentic.recognize.shell.interpret import BUILTINS, INERT
from agentic.recognize.shell.state import computed_value, judge_indexes, union, with_variable
from agentic.recognize.shell.steps import ARRAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agentic.recognize.interface import Command, Stdin
    from agentic.recognize.shell.interpret import Outcome, Shell
    from agentic.recognize.shell.state import State
    from agentic.recognize.shell.steps import Step

    Fields = tuple[Word, ...]
    Builtin = Callable[[Shell, Fields, Stdin, Command], Outcome]


def run_builtin(
    shell: Shell, fields: Fields, stdin: Stdin, line: Mapping[str, str], command: Command
) -> Outcome:
    """Run one builtin."""
    name = fields[0].text
    context = shell.context
    context.program = name
    context.cwd = shell.now.cwds[0]
    if name in {"command", "builtin", "exec"}:
        return _nested(shell, fields, stdin, line, command)
    if name not in {"eval", "trap", "alias"}:
        judge_indexes(context, fields)
    builtin = _BUILTINS.get(name)
    if builtin is None:
        return shell.now, shell.now
    return builtin(shell, fields, stdin, command)


def call_defined(
    shell: Shell, fields: Fields, stdin: Stdin, line: Mapping[str, str], command: Command
) -> Outcome | None:
    """Call a function or an alias; None when the program of that name may be meant as well."""
    name = fields[0].text
    alias = shell.aliases.get(name)
    if alias is not None and name not in shell.active:
        shell.active.append(name)
        rest = " ".join(["'" + word.text.replace("'", "'\\''") + "'" for word in fields[1:]])
        shell.nested(f"{alias} {rest}", stdin)
        shell.active.pop()
    outcome: Outcome = shell.now, shell.now
    body = shell.functions.get(name)
    if body is not None:
        outcome = _call(shell, name, body, fields, stdin, line)
    if name in shell.conditional or name in REGISTRY or name in INERT or name in BUILTINS:
        return None
    return outcome


def _call(
    shell: Shell,
    name: str,
    body: Sequence[Step],
    fields: Fields,
    stdin: Stdin,
    line: Mapping[str, str],
) -> Outcome:
    """Judge a function's body with the arguments of this call; the states it may be left in."""
    shell.uncalled.pop(name, None)
    context, kept = shell.context, shell.now
    if name in shell.active:
        context.unknown(f"the function `{name}` calls itself")
        return kept, kept
    if context.depth >= MAX_DEPTH:
        context.unknown(f"functions nested deeper than {MAX_DEPTH}")
        return kept, kept
    outer, outer_returned = shell.arguments, shell.returned
    shell.arguments, shell.returned = fields[1:], None
    for key, value in line.items():
        shell.now = with_variable(shell.now, key, (Word(value),))
    shell.active.append(name)
    context.depth += 1
    try:
        ok, fail = shell.run_steps(body, stdin)
        ok, fail = union(ok, shell.returned), union(fail, shell.returned)
    finally:
        shell.arguments, shell.returned = outer, outer_returned
        shell.active.pop()
        context.depth -= 1
    shell.now = union(ok, fail) or kept
    return ok, fail


def _nested(
    shell: Shell, fields: Fields, stdin: Stdin, line: Mapping[str, str], command: Command
) -> Outcome:
    """`command X`, `builtin X`, `exec X`: X itself, past functions and aliases."""
    name = fields[0].text
    rest = list(fields[1:])
    while rest and rest[0].literal and rest[0].text.startswith("-"):
        option = rest.pop(0).text
        if option == "--":
            break
        if name == "command" and ("v" in option or "V" in option):
            shell.context.add("shell.inert", " ".join([word.text for word in rest])[:120])
            return shell.now, shell.now
        if name == "exec" and option.endswith("a") and rest:
            rest.pop(0)
    if not rest:
        return shell.now, shell.now
    outcome = shell.invoke(tuple(rest), stdin, line, command, is_function_allowed=False)
    return (None, None) if name == "exec" else outcome


# Folders


def _cd(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    state = shell.now
    operands = [word for word in fields[1:] if not _is_option(word, "LPe@")]
    if not operands:
        home = shell.parameter("HOME")
        return (_moved(state, (home[0].text,)) if home else _lost(state)), state
    target = operands[0]
    if target.text == "-" and target.literal:
        return (_moved(state, (state.previous,)) if state.previous else _lost(state)), state
    return _enter(shell, state, target)


def _enter(shell: Shell, state: State, target: Word) -> Outcome:
    """The states after moving to a folder: it fails only where the folder is not there."""
    if not target.literal:
        return _lost(state), state
    context = shell.context
    if state.is_cwd_computed and target.text[:1] not in {"/", "~"}:
        return state, state
    found = []
    for cwd in state.cwds:
        context.cwd = cwd
        found.append(context.path(target.text))
    moved = _moved(state, tuple(dict.fromkeys(found)))
    if not context.remote and all(context.workspace.kind(path) == "directory" for path in found):
        return moved, None
    return moved, state


def _moved(state: State, cwds: tuple[str, ...]) -> State:
    return state._replace(cwds=cwds, is_cwd_computed=False, previous=state.cwds[0])


def _lost(state: State) -> State:
    return state._replace(is_cwd_computed=True, previous=state.cwds[0])


def _is_option(word: Word, letters: str) -> bool:
    text = word.text
    return text == "--" or (len(text) > 1 and text[0] == "-" and not text[1:].strip(letters))


def _pushd(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    state = shell.now
    operands = [word for word in fields[1:] if word.text != "-n"]
    if not operands or operands[0].text[:1] in {"+", "-"}:
        if operands or not state.stack:
            return _lost(state), state
        swapped = _moved(state, state.stack[-1:])
        return swapped._replace(stack=(*state.stack[:-1], state.cwds[0])), state
    ok, fail = _enter(shell, state, operands[0])
    return (ok._replace(stack=(*state.stack, state.cwds[0])) if ok else None), fail


def _popd(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    state = shell.now
    if len(fields) > 1 or not state.stack:
        return _lost(state), state
    return _moved(state, state.stack[-1:])._replace(stack=state.stack[:-1]), state


# Variables


def _declare(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    from agentic.recognize.shell.variables import judge_assignment

    state = shell.now
    name = fields[0].text
    options = "".join([word.text[1:] for word in fields[1:] if word.text.startswith("-")])
    operands = [word for word in fields[1:] if not word.text.startswith(("-", "+"))]
    if "f" in options or "F" in options:
        return state, state
    if not operands:
        if name != "local":
            shell.context.add("shell.environment-dump", name)
        return state, state
    for word in operands:
        variable, equals, value = word.text.partition("=")
        if not equals:
            continue
        values = (Word(value, literal=word.literal, fetched=word.fetched),)
        judge_assignment(shell.context, variable, values)
        state = with_variable(state, variable, values)
    return state, state


def _array(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    """`NAME=(…)`: the parser's own builtin; `NAME[0]=x` leaves an array of which nothing is known."""
    label = fields[1].text
    name = label.rstrip("+").partition("[")[0]
    elements = fields[2:]
    state = shell.now
    if "[" in label:
        elements = (computed_value(name),)
    elif label.endswith("+"):
        elements = state.variables.get(name + "[@]", (computed_value(name),)) + elements
    state = with_variable(state, name + "[@]", elements)
    first = elements[0] if elements else Word("")
    return with_variable(state, name, (first,)), state


def _unset(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    state = shell.now
    for word in fields[1:]:
        if not word.text.startswith("-"):
            shell.functions.pop(word.text, None)
            state = with_variable(state, word.text, (Word(""),))
    return state, state


def _read(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    """`read A B`: what is read is unknown, unless one name takes a line that is known."""
    state = shell.now
    if fields[0].text != "read":
        _judge_callback(shell, fields, "-C", stdin)
    names = _names_read(fields[1:]) or ["REPLY"]
    for name in names:
        value = computed_value(name)
        if stdin.known and len(names) == 1 and fields[0].text == "read":
            value = Word(stdin.text.partition("\n")[0].strip())
        state = with_variable(state, name, (value,))
    return state, state


def _compgen(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    """`compgen -C COMMAND` runs it, `compgen -W WORDS` expands them once more."""
    _judge_callback(shell, fields, "-C", stdin)
    for before, word in zip(fields, fields[1:], strict=False):
        if before.text == "-W" and ("$(" in word.text or "`" in word.text):
            shell.context.unknown("words that are expanded once more", target=word.text)
    return shell.now, shell.now


def _judge_callback(shell: Shell, fields: Fields, option: str, stdin: Stdin) -> None:
    """Judge the command that an option makes a builtin run."""
    for position, word in enumerate(fields[1:], 1):
        if word.text == option and position + 1 < len(fields):
            judge_code(shell, fields[position + 1 : position + 2], stdin, "a callback is computed")
        elif word.text.startswith(option):
            rest = word._replace(text=word.text[len(option) :])
            judge_code(shell, (rest,), stdin, "a callback is computed")


def _names_read(words: Sequence[Word]) -> list[str]:
    names: list[str] = []
    index = 0
    while index < len(words):
        text = words[index].text
        index += 1
        if text.startswith("-") and len(text) > 1:
            index += text[-1] in "adinNptuCcOs" and text[-1] != "s"
        else:
            names.append(text)
    return names


def _getopts(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    state = shell.now
    for name in [word.text for word in fields[2:3]] + ["OPTARG"]:
        state = with_variable(state, name, (computed_value(name),))
    return state, state


def _let(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    state = shell.now
    for word in fields[1:]:
        name = word.text.partition("=")[0].rstrip("+-*/%<>&|^ ")
        state = with_variable(state, name, (computed_value(name),))
    return state, state


def _set(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    if len(fields) == 1:
        shell.context.add("shell.environment-dump", "set")
    for position, word in enumerate(fields[1:], 1):
        text = word.text
        if text == "--":
            shell.arguments = fields[position + 1 :]
            break
        if text.startswith("-") and "e" in text:
            shell.is_errexit = True
        elif (text.startswith("+") and "e" in text) or text[:1] not in {"-", "+"}:
            shell.is_errexit = shell.is_errexit and not text.startswith("+")
    return shell.now, shell.now


def _shift(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    if shell.arguments is not None:
        count = fields[1].text if len(fields) > 1 else "1"
        shell.arguments = shell.arguments[int(count) :] if count.isdecimal() else None
    return shell.now, shell.now


# Code


def _alias(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    for word in fields[1:]:
        name, equals, value = word.text.partition("=")
        if equals and word.literal:
            shell.aliases[name] = value
        elif equals:
            shell.context.unknown("an alias is computed at run time", target=word.text)
    return shell.now, shell.now


def _unalias(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    return shell.now, shell.now  # the name is judged both ways in any case


def _eval(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    words = fields[1:]
    if words and words[0].text == "--":
        words = words[1:]
    return judge_code(shell, words, stdin, "`eval` of text that is computed at run time")


def judge_code(shell: Shell, words: Sequence[Word], stdin: Stdin, because: str) -> Outcome:
    """Judge words that the shell itself will take as code; the states in which it ends."""
    text = " ".join([word.text for word in words])
    if all(word.literal for word in words):
        return shell.nested(text, stdin)
    if any(word.fetched for word in words):
        shell.context.add("code.execute-remote", text)
    else:
        shell.context.unknown(because, target=text)
    return shell.now, shell.now


def _source(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    state = shell.now
    operands = fields[2:] if fields[1:] and fields[1].text == "--" else fields[1:]
    if not operands:
        return state, state
    context = shell.context
    target = operands[0]
    kept = shell.arguments
    from agentic.recognize.shell.scripts import judge_sourced

    if len(operands) > 1:
        shell.arguments = tuple(operands[1:])
    for cwd in state.cwds:
        context.cwd = cwd
        judge_sourced(shell, target, stdin)
    shell.arguments = kept
    return shell.now, shell.now


def _trap(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    words = [word for word in fields[1:] if word.text != "--"]
    if len(words) < 2 or words[0].text in {"-", "", "-p", "-l"}:
        return shell.now, shell.now
    if words[0].literal:
        shell.traps.append(words[0].text)
    else:
        judge_code(shell, words[:1], stdin, "a trap that is computed at run time")
    return shell.now, shell.now


def _leave(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    """`exit`, `return`, `break`: nothing follows here, but what was left goes on from this state."""
    name = fields[0].text
    if name == "return":
        shell.returned = union(shell.returned, shell.now)
    elif name in {"break", "continue"}:
        shell.broken = union(shell.broken, shell.now)
    return None, None


def _enable(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    if any(word.text.startswith("-") and "f" in word.text for word in fields[1:]):
        shell.context.unknown("a builtin is loaded from a file", target=fields[-1].text)
    return shell.now, shell.now


def _hash(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    if any(word.text.startswith("-p") for word in fields[1:]):
        shell.context.unknown("a program's name is bound to another file", target=fields[-1].text)
    return shell.now, shell.now


def _history(shell: Shell, fields: Fields, stdin: Stdin, command: Command) -> Outcome:
    shell.context.unknown("commands from the history are run again", target=fields[0].text)
    return shell.now, shell.now


def workspace_holds(shell: Shell, path: str) -> bool:
    """Whether a path lies in the workspace, whose scripts may be read."""
    roots = shell.context.workspace.roots
    return not shell.context.remote and any(is_below(joined("/", path), root) for root in roots)


_BUILTINS: dict[str, Builtin] = {
    "cd": _cd,
    "pushd": _pushd,
    "popd": _popd,
    "export": _declare,
    "declare": _declare,
    "typeset": _declare,
    "local": _declare,
    "readonly": _declare,
    "unset": _unset,
    ARRAY: _array,
    "read": _read,
    "readarray": _read,
    "mapfile": _read,
    "getopts": _getopts,
    "let": _let,
    "set": _set,
    "shift": _shift,
    "alias": _alias,
    "unalias": _unalias,
    "eval": _eval,
    "source": _source,
    ".": _source,
    "trap": _trap,
    "exit": _leave,
    "return": _leave,
    "break": _leave,
    "continue": _leave,
    "logout": _leave,
    "enable": _enable,
    "hash": _hash,
    "fc": _history,
    "compgen": _compgen,
}
