"""From the syntax tree to steps: one walk with a list of pending work, never by recursion.

The tree tells the structure; the words of each simple command are read by the lexer's rules
(commands.py). Substitutions come out before the command that they belong to, with a number by which its
words refer to them. What the tree could not place, and what it passed over, adds an `unknown` step.

Source: https://github.com/tree-sitter/tree-sitter-bash/blob/master/grammar.js (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize.interface import Command, Word
from agentic.recognize.shell import steps as kinds
from agentic.recognize.shell.binding import parse_tree
from agentic.recognize.shell.commands import command_from
from agentic.recognize.shell.steps import OPERATORS, Step
from agentic.recognize.shell.words import Span, decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    Node = Any
    #: A node to visit, a step to add, or a node that still gets redirections.
    Item = Any

_OPERATORS: dict[str, Step] = {
    **{op: OPERATORS[op] for op in ("&&", "||", ";", "&", "|", "|&")},
    **dict.fromkeys((";;", ";&", ";;&"), OPERATORS[";"]),
}
_SPANS = {
    "command_substitution": "substitution",
    "process_substitution": "process",
    "arithmetic_expansion": "number",
    "expansion": "expansion",
    "simple_expansion": "expansion",
}
_SIMPLE = frozenset(
    ("command", "declaration_command", "unset_command", "test_command", "variable_assignment",
     "variable_assignments")
)  # fmt: skip
_SUBSTITUTIONS = frozenset(("command_substitution", "process_substitution"))
_REDIRECTS = frozenset(("file_redirect", "herestring_redirect", "heredoc_redirect"))
_WORDS = frozenset(
    ("word", "string", "raw_string", "ansi_c_string", "translated_string", "concatenation", "number",
     "simple_expansion", "expansion", "command_substitution", "process_substitution", "command_name",
     "arithmetic_expansion", "brace_expression", "variable_name", "special_variable_name", "regex",
     "extglob_pattern", "test_operator", "string_content")
)  # fmt: skip
_NEXT = OPERATORS[";"]
_CLOSE = OPERATORS["close"]


class _With:
    """A node that gets the redirections which the grammar hung on what surrounds it."""

    __slots__ = ("body", "redirects", "type")

    def __init__(self, body: Node | None, redirects: list[Node]) -> None:
        self.body = body
        self.redirects = redirects
        self.type = "with"


class _Inside:
    """The content of a substitution, group or branch: a sequence of statements."""

    __slots__ = ("children", "type")

    def __init__(self, children: list[Node]) -> None:
        self.children = children
        self.type = "inside"


def steps_of(text: str, prefix: str, *, is_joined: bool) -> list[Step]:
    """The steps of shell text; `is_joined` when lines that belong together are joined already."""
    walk = _Walk(text, prefix)
    walk.go([walk.root])
    if walk.has_passed_over():
        walk.unknown("a part of the line was passed over by the parser")
    if not is_joined and "\\\n" in text:
        walk.unknown("lines are joined where it is not certain that they are")
    if walk.root.has_error and walk.has_fault():
        walk.unknown("a part of the line could not be parsed")
    if any(character < " " and character not in "\t\n" for character in text):
        walk.unknown("the line holds control characters")
    return walk.found


def body_of(body: str, prefix: str) -> tuple[Word, list[Step]]:
    """A heredoc's body that computes, as a word, and the steps of the substitutions in it."""
    ending = "A"
    while ending in body:
        ending += "A"
    walk = _Walk(f"cat <<{ending}\n{body}{ending}\n", prefix)
    node = next((node for node in _descendants(walk.root) if node.type == "heredoc_body"), None)
    if node is None or walk.root.has_error:
        walk.unknown("a heredoc's text could not be parsed")
        node = node or walk.root
    walk.go(walk.substitutions([node]))
    start = walk.text.index("\n") + 1
    end = start + len(body)
    spans = walk.spans([node])
    if "`" in body:
        walk.go(walk.backquoted(start, end, spans))
    return decoded(walk.text, start, end, spans, is_heredoc=True)[0], walk.found


def _descendants(root: Node) -> Iterator[Node]:
    """Every node below and with the root, in order of the text."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children))


def _masked(text: str) -> bytes:
    """The text with a plain `.` for every character that means nothing to a shell but more to a parser.

    Bash takes an unusual blank, a control character and any letter beyond ASCII for part of a word. The
    grammar's scanner does not, and reads outside its tables for some of them. One byte for each character
    also makes the tree's positions positions in the text.
    """
    if text.isascii() and text.isprintable():
        return text.encode("ascii")
    return "".join([c if " " <= c <= "~" or c in "\t\n" else "." for c in text]).encode("ascii")


class _Walk:
    """One tree, its source, and the steps found so far."""

    def __init__(self, text: str, prefix: str) -> None:
        self.text = text
        self.prefix = prefix
        self.root = parse_tree(_masked(text)).root_node
        self.found: list[Step] = []

    def go(self, items: Sequence[Item]) -> None:
        """Visit everything that is pending, in order."""
        work = list(reversed(items))
        while work:
            item = work.pop()
            if isinstance(item, Step):
                self.found.append(item)
            else:
                visit = _VISITS.get(item.type, _Walk.visit_unplaced)
                work.extend(reversed(visit(self, item)))

    def unknown(self, because: str) -> None:
        """Add an `unknown` step."""
        self.found.append(Step("unknown", text=because))

    def has_fault(self) -> bool:
        """Whether an error lies anywhere but in `<>`, which the grammar does not know."""
        return any(
            node.is_missing
            or (node.type == "ERROR" and not self.is_reading_and_writing(node.parent))
            for node in _descendants(self.root)
        )

    def has_passed_over(self) -> bool:
        """Whether the tree leaves out more than blanks: what no leaf covers was not understood."""
        end = 0
        for node in _descendants(self.root):
            if node.child_count:
                continue
            start = node.start_byte
            if node.type == "comment" and start and self.text[start - 1] not in " \t\n;&|()`":
                return True
            if start > end and self.text[end:start].strip(" \t\n"):
                return True
            end = max(end, node.end_byte)
        return bool(self.text[end:].strip(" \t\n"))

    def is_reading_and_writing(self, node: Node | None) -> bool:
        """Whether this is a redirection by `<>`."""
        return (
            node is not None
            and node.type == "file_redirect"
            and self.source(node).lstrip("0123456789").startswith("<>")
        )

    # Places

    def source(self, node: Node) -> str:
        """A node as written."""
        return self.text[node.start_byte : node.end_byte]

    # Sequences

    def visit_sequence(self, node: Node) -> list[Item]:
        """Statements with the operators between them."""
        return self.sequence(node.children)

    def sequence(self, children: Sequence[Node]) -> list[Item]:
        """Statements with the operators between them; a last `;` means nothing."""
        items: list[Item] = []
        is_separated = True
        before = 0
        for child in children:
            kind = child.type
            if kind in _OPERATORS:
                items.append(_OPERATORS[kind])
                is_separated = True
            elif child.is_named and kind not in {"comment", "heredoc_body", "heredoc_end"}:
                if not is_separated:
                    items.append(_NEXT)
                    if "\n" not in self.text[before : child.start_byte]:
                        self.unknown("two commands stand on one line without anything between them")
                items.append(child)
                is_separated = False
            before = child.end_byte
        while items and items[-1] is _NEXT:
            items.pop()
        return items

    def visit_negated(self, node: Node) -> list[Item]:
        """`! pipeline`."""
        return [OPERATORS["!"], *self.sequence(node.children)]

    def visit_compound(self, node: Node) -> list[Item]:
        """`{ …; }`, or `((…))`, which only computes."""
        if node.children and node.children[0].type == "((":
            inner = self.source(node)[2:-2]
            command = Command((Word("let"), Word(inner, literal=False)))
            return [*self.substitutions([node]), Step("run", command)]
        if self.source(node) == "{}":  # a program of that name to bash, a group to the grammar
            if self.text[node.end_byte :][:1] not in {"", " ", "\t", "\n", ";", "&", "|"}:
                self.unknown("braces that belong to the word after them")
            return [Step("run", Command((Word("{}"),)))]
        return [Step("open", text=kinds.GROUP), *self.sequence(node.children), _CLOSE]

    def visit_subshell(self, node: Node) -> list[Item]:
        """`( … )`."""
        return [Step("open", text=kinds.SUBSHELL), *self.sequence(node.children), _CLOSE]

    def visit_if(self, node: Node) -> list[Item]:
        """`if`, with each `elif` as an `else` that holds another condition."""
        items: list[Item] = [Step("open", text=kinds.IF)]
        clauses = [node, *[c for c in node.children if c.type in {"elif_clause", "else_clause"}]]
        for clause in clauses:
            if clause.type in {"elif_clause", "else_clause"}:
                items.append(OPERATORS["else"])
            part: list[Node] = []
            for child in clause.children:
                if child.type == "then":
                    items.extend((*self.sequence(part), OPERATORS["then"]))
                    part = []
                elif child.type not in {"elif_clause", "else_clause"}:
                    part.append(child)
            items.extend(self.sequence(part))
        return [*items, _CLOSE]

    def visit_while(self, node: Node) -> list[Item]:
        """`while` and `until`: the body runs, or not."""
        body = node.child_by_field_name("body")
        condition = [child for child in node.children if body is None or child != body]
        items: list[Item] = [Step("open", text=kinds.LOOP), *self.sequence(condition)]
        if node.children and node.children[0].type == "until":
            items.insert(1, OPERATORS["!"])
        items.append(OPERATORS["then"])
        if body is not None:
            items.append(body)
        return [*items, _CLOSE]

    def visit_for(self, node: Node) -> list[Item]:
        """`for NAME in WORDS` and `select`."""
        name, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        values = node.children_by_field_name("value")
        words = self.words(values)
        if not any(child.type == "in" for child in node.children):
            words = decoded('"$@"', 0, 4, {})
        opened = Step("open", text=kinds.LOOP, name=self.source(name) if name else "", words=words)
        return [*self.substitutions(values), opened, *([body] if body is not None else []), _CLOSE]

    def visit_counting_for(self, node: Node) -> list[Item]:
        """`for ((…; …; …))`."""
        body = node.child_by_field_name("body")
        head = [child for child in node.children if body is None or child != body]
        inner: list[Item] = [body] if body is not None else []
        return [*self.substitutions(head), Step("open", text=kinds.LOOP), *inner, _CLOSE]

    def visit_case(self, node: Node) -> list[Item]:
        """`case`: every branch may be the one."""
        heads: list[Node] = []
        branches: list[Item] = []
        for child in node.children:
            if child.type != "case_item":
                heads.append(child)
                continue
            closed = next((i for i, c in enumerate(child.children) if c.type == ")"), -1)
            heads.extend(child.children[: closed + 1])
            branches.extend((OPERATORS["branch"], *self.sequence(child.children[closed + 1 :])))
        return [*self.substitutions(heads), Step("open", text=kinds.CASE), *branches, _CLOSE]

    def visit_function(self, node: Node) -> list[Item]:
        """A function: its body is kept until it is called."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        redirects = [child for child in node.children if child.type in _REDIRECTS]
        inner: list[Item] = []
        if body is not None:
            inner = [_With(body, redirects)] if redirects else [body]
        opened = Step("open", text=kinds.FUNCTION, name=self.source(name) if name else "")
        return [opened, *inner, _CLOSE]

    def visit_inside(self, node: _Inside) -> list[Item]:
        """What a substitution holds; `$(<file)` is what `cat` would print."""
        named = [child for child in node.children if child.is_named and child.type != "comment"]
        if named and all(child.type in _REDIRECTS for child in named):
            items = self.simple(named, named)
            run = items[-1]
            items[-1] = run._replace(command=run.command._replace(words=(Word("cat"),)))
            return items
        return self.sequence(node.children)

    def visit_unplaced(self, node: Node) -> list[Item]:
        """What has no place of its own: words in a row may be a command, the rest is searched."""
        if node.type in _WORDS:
            return self.simple([node], [])
        items: list[Item] = []
        row: list[Node] = []
        for child in [*node.children, None]:
            if child is not None and child.type in _WORDS:
                row.append(child)
                continue
            if row:
                items.extend((*self.simple(row, []), _NEXT))
                row = []
            if (
                child is not None
                and child.is_named
                and child.type not in {"comment", "heredoc_end"}
            ):
                items.extend((child, _NEXT))
        return items

    # Simple commands and redirections

    def visit_redirected(self, node: Node) -> list[Item]:
        """A statement and its redirections."""
        redirects = [child for child in node.children if child.type in _REDIRECTS]
        return self.visit_with(_With(node.child_by_field_name("body"), redirects))

    def visit_bare_redirect(self, node: Node) -> list[Item]:
        """A redirection that stands where a statement could."""
        return self.simple([node], [node])

    def visit_with(self, item: _With) -> list[Item]:
        """Redirections reach the last command of a list, and the whole of a compound."""
        body, redirects = item.body, item.redirects
        if body is None:
            return self.simple(redirects, redirects)
        kind = body.type
        if kind == "redirected_statement":
            inner = body.child_by_field_name("body")
            return [_With(inner, [c for c in body.children if c.type in _REDIRECTS] + redirects)]
        if kind in {"list", "pipeline", "negated_command"}:
            items = self.sequence(body.children)
            if items and not isinstance(items[-1], Step):
                items[-1] = _With(items[-1], redirects)
            return [OPERATORS["!"], *items] if kind == "negated_command" else items
        if kind in _SIMPLE and not self.source(body).startswith(("[[", "((")):
            return self.simple([body, *redirects], redirects)
        items = self.simple(redirects, redirects)
        command = next(step.command for step in reversed(items) if isinstance(step, Step))
        if command.words:
            self.unknown("words stand behind the redirection of a group")
        opened = Step("open", Command((), (), command.redirects), kinds.GROUP)
        return [*items[:-1], opened, body, _CLOSE]

    def visit_simple(self, node: Node) -> list[Item]:
        """A simple command without redirections around it."""
        if node.type == "test_command" and self.source(node).startswith("[["):
            words = (Word("[["), Word(self.source(node)[2:-2].strip()))
            return [*self.substitutions([node]), Step("run", Command(words))]
        return self.simple([node], [])

    def simple(self, nodes: Sequence[Node], redirects: Sequence[Node]) -> list[Item]:
        """One `run` step for a stretch of nodes, after the steps of every substitution that it holds."""
        heredocs = [node for node in redirects if node.type == "heredoc_redirect"]
        kept = [node for node in nodes if node not in heredocs]
        nested = [node for node in kept for node in _compounds_in(node)]
        items = self.substitutions(kept)
        for node in heredocs:
            items.extend(self.inline_heredoc(node))
        if not kept:
            return [*items, Step("run", Command(()))]
        start = min(node.start_byte for node in kept)
        end = max(node.end_byte for node in kept)
        if nested:  # `time ( … )`, `coproc { … }`
            end = min(end, *[node.start_byte for node in nested])
        split = command_from(self.text, start, end, self.spans(kept))
        if not split.is_whole:
            self.unknown("a command of the line is written in a way that is not followed")
        for name, elements in split.arrays:
            command = Command((Word(kinds.ARRAY), Word(name), *elements))
            items.extend((Step("run", command), _NEXT))
        for node in nested:
            items.extend((node, _NEXT))
        command = split.command
        while command.words and command.words[0].text == "!" and self.text[start] == "!":
            command = command._replace(words=command.words[1:])  # `! ! a`: the grammar sees one
        return [*items, Step("run", command)]

    def inline_heredoc(self, node: Node) -> list[Item]:
        """A heredoc that could not be taken out before: what stands on its line, and inside it."""
        self.unknown("a heredoc that is not certain to end where it seems to")
        items = self.substitutions([c for c in node.children if c.type == "heredoc_body"])
        for child in node.children:
            if child.is_named and not child.type.startswith("heredoc"):
                items.extend((child, _NEXT))
        return items

    # Words

    def words(self, nodes: Sequence[Node]) -> tuple[Word, ...]:
        """The words that a stretch of nodes holds, as in the list of a `for`."""
        if not nodes:
            return ()
        start, end = nodes[0].start_byte, nodes[-1].end_byte
        split = command_from(self.text, start, end, self.spans(nodes))
        pairs = [
            Word(f"{name}={value.text}", value.literal) for name, value in split.command.assignments
        ]
        return (*pairs, *split.command.words)

    def number(self, node: Node) -> str:
        """The number by which a word refers to a substitution."""
        return f"{self.prefix}{node.start_byte}"

    def spans(self, nodes: Sequence[Node]) -> dict[int, Span]:
        """Where the computed stretches of a word lie."""
        found: dict[int, Span] = {}
        pending = list(nodes)
        while pending:
            node = pending.pop()
            kind = _SPANS.get(node.type)
            if kind is None:
                pending.extend(node.children)
            else:
                name = self.number(node) if node.type in _SUBSTITUTIONS else ""
                start = node.start_byte
                # The grammar counts blanks before a dollar sign in quotes as part of it.
                start += len(self.source(node)) - len(self.source(node).lstrip())
                found[start] = Span(node.end_byte, kind, name)
        return found

    def substitutions(self, nodes: Sequence[Node]) -> list[Item]:
        """The outermost substitutions below these nodes, each opened, gone through and closed."""
        items: list[Item] = []
        pending = list(reversed(nodes))
        while pending:
            node = pending.pop()
            if node.type not in _SUBSTITUTIONS:
                pending.extend(reversed(node.children))
                continue
            shown = self.source(node).strip()
            kind = kinds.PROCESS if node.type == "process_substitution" else kinds.SUBSTITUTION
            items.append(Step("open", Command((Word(shown),)), kind, self.number(node)))
            if shown.startswith("`") and "\\" in shown:
                items.extend(self.escaped_backquotes(shown, self.number(node)))
            else:
                items.append(_Inside(node.children))
            items.append(_CLOSE)
        return items

    def backquoted(self, start: int, end: int, spans: dict[int, Span]) -> list[Item]:
        """The old-style substitutions of a heredoc, which the grammar takes for text.

        Each is added to `spans`, so that the body's word refers to it.
        """
        text = self.text
        items: list[Item] = []
        at = start
        while at < end:
            if at in spans:
                at = spans[at].end
            elif text[at] != "`":
                at += 2 if text[at] == "\\" else 1
            else:
                close = at + 1
                while close < end and text[close] != "`":
                    close += 2 if text[close] == "\\" else 1
                if close >= end:
                    self.unknown("a backquote in a heredoc is not closed")
                    break
                shown, number = text[at : close + 1], f"{self.prefix}b{at}"
                items.append(Step("open", Command((Word(shown),)), kinds.SUBSTITUTION, number))
                items.extend((*self.escaped_backquotes(shown, number), _CLOSE))
                spans[at] = Span(close + 1, "substitution", number)
                at = close + 1
        return items

    @staticmethod
    def escaped_backquotes(shown: str, number: str) -> list[Item]:
        """In backquotes a backslash before `$`, a backquote or a backslash is taken away first."""
        from agentic.recognize.shell.parser import parse

        pieces: list[str] = []
        inner, at = shown[1:-1], 0
        while at < len(inner):
            at += inner[at] == "\\" and inner[at + 1 : at + 2] in {"$", "`", "\\"}
            pieces.append(inner[at])
            at += 1
        return list(parse("".join(pieces), number + "."))


def _compounds_in(node: Node) -> list[Node]:
    """Groups that the grammar has put among the words of a command."""
    if node.type != "command":
        return []
    return [child for child in node.children if child.type in {"subshell", "compound_statement"}]


_VISITS: dict[str, Callable[[_Walk, Any], list[Item]]] = {
    "program": _Walk.visit_sequence,
    "list": _Walk.visit_sequence,
    "pipeline": _Walk.visit_sequence,
    "do_group": _Walk.visit_sequence,
    "negated_command": _Walk.visit_negated,
    "compound_statement": _Walk.visit_compound,
    "subshell": _Walk.visit_subshell,
    "if_statement": _Walk.visit_if,
    "while_statement": _Walk.visit_while,
    "for_statement": _Walk.visit_for,
    "c_style_for_statement": _Walk.visit_counting_for,
    "case_statement": _Walk.visit_case,
    "function_definition": _Walk.visit_function,
    "redirected_statement": _Walk.visit_redirected,
    "file_redirect": _Walk.visit_bare_redirect,
    "herestring_redirect": _Walk.visit_bare_redirect,
    "with": _Walk.visit_with,
    "inside": _Walk.visit_inside,
    **dict.fromkeys(_SIMPLE, _Walk.visit_simple),
}
