"""Python code to operations: the syntax tree is walked as the code would run, nothing is executed.

1. Names follow assignments and imports (`import os as o`, `from os import system`), constants are
   folded, functions are entered with the arguments of their calls; where a branch may or may not run,
   a name keeps both values.
2. Each call of a known function is judged by `calls`; a function that is handed on instead of
   called, text that is made at run time and then run as code, and looking a name up by a computed text
   are `unknown.shell`.
3. Everything else is computing, which `code.run-inline` or `code.run` stands for.

A script that the workspace already holds is `kept`: what it computes from its surroundings is what
running it stands for, so only what it says in plain words is added. Pure and bounded; never raises.
"""

from __future__ import annotations

from agentic.recognize.interface import Stdin, Word
from agentic.recognize.python.nodes import EXPRESSIONS, STATEMENTS
from agentic.recognize.python.tree import parsed
from agentic.recognize.python.values import (
    GLOB,
    NONE,
    REFLECTED,
    UNKNOWN,
    Value,
    choice,
    choices,
    computed,
    constant,
    elements,
    listed,
    taints,
    value_of_word,
    variants,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from agentic.recognize.context import Context

#: Nodes of one piece of code that are looked at, calls entered and loops repeated included.
MAX_NODES = 60_000
#: After so many, functions are entered once only, and loops are gone through once.
MANY_NODES = 6_000
#: Calls of the code's own functions inside one another.
MAX_CALLS = 8


def judge_code(
    context: Context,
    text: str,
    *,
    arguments: Sequence[Word] = (),
    file: str = "",
    is_kept: bool = False,
    stdin: Stdin | None = None,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Add what Python code can be seen to do; `arguments` are its `sys.argv`, `file` where it lies."""
    tree = parsed(text)
    if tree is None:
        context.unknown("the Python code cannot be parsed", target=text[:120])
        return
    cwd, lost = context.cwd, context.is_cwd_computed
    walk = Walk(context, arguments, file, stdin or Stdin(), is_kept=is_kept)
    walk.variables = variables or {}
    try:
        walk.run(tree)
    except RecursionError:
        context.unknown("the Python code is nested too deep")
    finally:
        context.cwd, context.is_cwd_computed = cwd, lost


class Walk:
    """One pass over code: what its names stand for, and the functions that nothing has called."""

    def __init__(
        self, context: Context, arguments: Sequence[Word], file: str, stdin: Stdin, *, is_kept: bool
    ) -> None:
        self.context = context
        self.is_kept = is_kept
        self.stdin = stdin
        self.names: dict[str, Value] = {"__name__": constant("__main__")}
        if file:
            self.names["__file__"] = constant(file)
        self.argv = listed([value_of_word(word) for word in arguments])
        self.variables: Mapping[str, str] = {}
        self.attributes: dict[str, Value] = {}
        self.stars: list[str] = []
        #: What was seen on the way and only means something together, and settings of clients.
        self.seen: dict[str, str] = {}
        self.uncalled: dict[int, Any] = {}
        self.returned: list[Value] = []
        self.shared: set[str] = set()
        self.active: list[int] = []
        self.entered: set[int] = set()
        self.branches = 0
        self.loops = 0
        self.nodes_left = MAX_NODES

    def run(self, tree: Any) -> None:
        """Walk a whole module, then the functions that nothing in it has called."""
        from agentic.recognize.python.calls import judge_together

        self.body(tree.body)
        while self.uncalled:
            _, function = self.uncalled.popitem()
            self.enter(function, (), ())
        judge_together(self)

    def run_text(self, text: str) -> None:
        """Walk code that the code itself runs (`exec`)."""
        tree = parsed(text)
        if tree is None:
            self.context.unknown("code inside the Python code cannot be parsed", target=text[:120])
        elif len(self.active) < MAX_CALLS:
            self.active.append(0)
            self.body(tree.body)
            self.active.pop()
        else:
            self.context.unknown("Python code that runs code is nested too deep")

    def unknown(self, because: str, target: str = "") -> None:
        """Add what cannot be told; a kept script may compute."""
        if not (self.is_kept and "computed" in because):
            self.context.unknown(because, target=target)

    def imported(self, module: str) -> None:
        """A module that this very call has written runs when it is imported."""
        if self.context.written and module:
            from agentic.recognize.python.scripts import module_file, run_python_file

            path = module_file(self.context, module)
            if path in self.context.written:
                run_python_file(self.context, Word(path), ())

    def variable(self, name: str) -> str:
        """An environment variable as the code sees it, as far as that is known."""
        if "$" + name in self.seen:
            return self.seen["$" + name]
        if name in self.variables:
            return self.variables[name]
        return self.context.variables.get(name, "") or self.context.workspace.variable(name)

    def is_long(self) -> bool:
        """Whether so much has been looked at that nothing more is gone through twice."""
        return MAX_NODES - self.nodes_left > MANY_NODES

    # Statements

    def body(self, statements: Sequence[Any]) -> None:
        """Walk statements in order."""
        for statement in statements:
            self.nodes_left -= 1
            if self.nodes_left < 0:
                if self.nodes_left == -1:
                    self.context.unknown("the Python code is too long to be followed")
                return
            walk = STATEMENTS.get(type(statement).__name__)
            if walk is not None:
                walk(self, statement)
            else:
                self.children(statement)

    def branch(self, statements: Sequence[Any]) -> None:
        """Walk statements that may or may not run."""
        self.branches += 1
        self.body(statements)
        self.branches -= 1

    def repeated(self, statements: Sequence[Any]) -> None:
        """Walk the body of a loop, twice where what it assigns may be used before."""
        self.loops += 1
        for _ in range(2 if self.loops < 3 and not self.is_long() else 1):
            self.branch(statements)
        self.loops -= 1

    def children(self, node: Any) -> None:
        """Evaluate every expression below a node of no particular meaning."""
        for field in node._fields:
            child = getattr(node, field, None)
            for each in child if isinstance(child, list) else (child,):
                if hasattr(each, "lineno"):
                    self.value(each)

    def assign(self, target: Any, value: Value) -> None:
        """Give a name, or several, a value."""
        sort = type(target).__name__
        if sort == "Name":
            before = self.names.get(target.id)
            if self.branches and before is not None:
                value = choice((before, value))
            self.names[target.id] = value
        elif sort in {"Tuple", "List"}:
            exact = value.sort == "list" and len(value.items) == len(target.elts)
            for index, inner in enumerate(target.elts):
                self.assign(inner, value.items[index] if exact else elements(value))
        elif sort == "Starred":
            self.assign(target.value, elements(value))
        elif sort == "Attribute":
            self.value(target.value)
            known = self.attributes.get(target.attr)
            self.attributes[target.attr] = value if known is None else choice((known, value))
            self.handed_on(value)
        elif sort == "Subscript":
            from agentic.recognize.python.lookup import judge_item_assignment

            judge_item_assignment(self, self.value(target.value), self.value(target.slice), value)
            self.handed_on(value)

    # Expressions

    def value(self, node: Any) -> Value:
        """What an expression is known to be, after judging the calls in it."""
        self.nodes_left -= 1
        if self.nodes_left < 0:
            return UNKNOWN
        evaluate = EXPRESSIONS.get(type(node).__name__)
        if evaluate is not None:
            return evaluate(self, node)
        self.children(node)
        return UNKNOWN

    def call(self, node: Any) -> Value:
        """Judge one call in every way in which its function and first arguments can be filled in."""
        function = self.value(node.func)
        args: list[Value] = []
        for arg in node.args:
            if type(arg).__name__ == "Starred":
                inner = self.value(arg.value)
                many = Value("computed", traits=taints((inner,)) | {GLOB})
                args.extend(inner.items if inner.sort == "list" else (many,))
            else:
                args.append(self.value(arg))
        named: list[tuple[str, Value]] = []
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is None:
                named.extend(value.named if value.sort == "mapping" else ())
            else:
                named.append((keyword.arg, value))
        results = [
            self.apply(one, variant, tuple(named))
            for one in choices(function)
            for variant in variants(args)
        ]
        return choice(results)

    def apply(
        self, function: Value, args: tuple[Value, ...], named: tuple[tuple[str, Value], ...]
    ) -> Value:
        """What one call gives, after adding what it does."""
        if function.sort == "function":
            return self.enter(function.data, args, named)
        if function.sort == "name":
            from agentic.recognize.python.calls import judge_call

            return judge_call(self, function, args, named)
        if REFLECTED in function.traits:
            self.unknown("a function is looked up under a name made at run time")
        return computed(function, *args)

    def enter(
        self, function: Any, args: tuple[Value, ...], named: tuple[tuple[str, Value], ...]
    ) -> Value:
        """Walk the body of a function of this code with what is known of its arguments."""
        key = id(function)
        self.uncalled.pop(key, None)
        if key in self.active:
            return computed(*args)
        if key in self.entered and (self.is_long() or len(self.active) >= MAX_CALLS):
            self.unknown("what the Python code does in all its calls can only be computed")
            return computed(*args)
        self.entered.add(key)
        outer = (self.names, self.returned, self.branches, self.loops)
        self.names = {**self.names, **self.bound(function, args, named)}
        self.returned, self.branches, self.loops = [], 0, 0
        self.active.append(key)
        if type(function).__name__ == "Lambda":
            self.returned.append(self.value(function.body))
        else:
            self.body(function.body)
        self.active.pop()
        changed = {name: self.names[name] for name in self.shared if name in self.names}
        result = choice(self.returned) if self.returned else NONE
        self.names, self.returned, self.branches, self.loops = outer
        for name, value in changed.items():
            before = self.names.get(name)
            self.names[name] = value if before is None else choice((before, value))
        return result

    def bound(
        self, function: Any, args: tuple[Value, ...], named: tuple[tuple[str, Value], ...]
    ) -> dict[str, Value]:
        """The parameters of a function with their values."""
        spec = function.args
        names = [each.arg for each in (*spec.posonlyargs, *spec.args)]
        found = {each.arg: UNKNOWN for each in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)}
        for each, default in zip(reversed(names), reversed(spec.defaults), strict=False):
            found[each] = self.value(default)
        for each, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            if default is not None:
                found[each.arg] = self.value(default)
        if not args and not named:  # it may also be called from elsewhere, with anything
            found = {name: choice((value, UNKNOWN)) for name, value in found.items()}
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        found.update(zip(names, args, strict=False))
        found.update([(name, value) for name, value in named if name in found])
        if spec.vararg is not None:
            found[spec.vararg.arg] = listed(args[len(names) :]) if args else UNKNOWN
        if spec.kwarg is not None:
            found[spec.kwarg.arg] = Value(
                "mapping", named=named, traits=taints([value for _, value in named])
            )
        return found

    def handed_on(self, value: Value) -> None:
        """A function that runs or destroys things, used as a value instead of being called."""
        from agentic.recognize.python.calls import is_dangerous

        if any(is_dangerous(each) for each in choices(value)):
            self.unknown("what a function that is handed on will do is computed at run time")
