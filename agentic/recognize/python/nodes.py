"""What each statement and expression of Python means for a walk over code: two tables by node name.

A statement binds names, opens a branch or evaluates; an expression gives what it is known to be. What
no table names is computing, of which only the parts count.
"""

from __future__ import annotations

from agentic.recognize.python.call import plain_name
from agentic.recognize.python.values import (
    ENVIRONMENT,
    GLOB,
    NAMESPACE,
    NONE,
    REFLECTED,
    UNKNOWN,
    Value,
    choice,
    choices,
    combined,
    computed,
    constant,
    joined_text,
    listed,
    path_attribute,
    taints,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentic.recognize.python.walk import Walk

#: Attributes by which code gets at everything that the interpreter has loaded.
_INNER = frozenset("__subclasses__ __globals__ __code__ __closure__".split())
#: The same, of which debuggers and importers of a project make honest use.
_FRAMES = frozenset("f_globals f_locals f_back gi_frame cr_frame tb_frame __loader__".split())

# Statements


def _import(walk: Walk, node: Any) -> None:
    for alias in node.names:
        walk.imported(alias.name)
        if alias.asname:
            walk.names[alias.asname] = Value("name", alias.name)
        else:
            first = alias.name.partition(".")[0]
            walk.names[first] = Value("name", first)


def _import_from(walk: Walk, node: Any) -> None:
    module = "." * node.level + (node.module or "")
    walk.imported(module.lstrip("."))
    for alias in node.names:
        if alias.name == "*":
            walk.stars.append(module)
        else:
            name = Value("name", module)
            walk.names[alias.asname or alias.name] = attribute(walk, name, alias.name)


def _assign(walk: Walk, node: Any) -> None:
    value = walk.value(node.value)
    for target in node.targets:
        walk.assign(target, value)


def _annotated_assign(walk: Walk, node: Any) -> None:
    walk.value(node.annotation)
    if node.value is not None:
        walk.assign(node.target, walk.value(node.value))


def _augmented_assign(walk: Walk, node: Any) -> None:
    before = walk.value(node.target)
    walk.assign(node.target, combined(type(node.op).__name__, before, walk.value(node.value)))


def _if(walk: Walk, node: Any) -> None:
    walk.value(node.test)
    walk.branch(node.body)
    walk.branch(node.orelse)


def _while(walk: Walk, node: Any) -> None:
    walk.value(node.test)
    walk.repeated(node.body)
    walk.branch(node.orelse)


def _for(walk: Walk, node: Any) -> None:
    from agentic.recognize.python.lookup import judge_iteration

    walk.assign(node.target, judge_iteration(walk, walk.value(node.iter)))
    walk.repeated(node.body)
    walk.branch(node.orelse)


def _with(walk: Walk, node: Any) -> None:
    for item in node.items:
        value = walk.value(item.context_expr)
        if item.optional_vars is not None:
            walk.assign(item.optional_vars, value)
    walk.body(node.body)


def _try(walk: Walk, node: Any) -> None:
    walk.branch(node.body)
    for handler in node.handlers:
        if handler.type is not None:
            walk.value(handler.type)
        walk.branch(handler.body)
    walk.branch(node.orelse)
    walk.body(node.finalbody)


def _match(walk: Walk, node: Any) -> None:
    walk.value(node.subject)
    for case in node.cases:
        if case.guard is not None:
            walk.value(case.guard)
        walk.branch(case.body)


def _function(walk: Walk, node: Any) -> None:
    spec = node.args
    arguments = (*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg)
    annotations = [each.annotation for each in arguments if each is not None]
    for each in (*node.decorator_list, *annotations, node.returns):
        if each is not None:
            walk.value(each)
    function = Value("function", node)
    before = walk.names.get(node.name)
    walk.names[node.name] = function if before is None else choice((before, function))
    walk.uncalled[id(node)] = node


def _class(walk: Walk, node: Any) -> None:
    for each in (*node.decorator_list, *node.bases, *[each.value for each in node.keywords]):
        walk.value(each)
    outer = dict(walk.names)
    walk.body(node.body)
    for name, value in walk.names.items():
        if outer.get(name) is not value and name not in walk.attributes:
            walk.attributes[name] = value
    walk.names = outer
    walk.names[node.name] = UNKNOWN


def _return(walk: Walk, node: Any) -> None:
    if node.value is not None:
        value = walk.value(node.value)
        walk.handed_on(value)
        walk.returned.append(value)


def _global(walk: Walk, node: Any) -> None:
    walk.shared.update(node.names)


def _expression(walk: Walk, node: Any) -> None:
    walk.value(node.value)


STATEMENTS: dict[str, Callable[[Walk, Any], None]] = {
    "Import": _import,
    "ImportFrom": _import_from,
    "Assign": _assign,
    "AnnAssign": _annotated_assign,
    "AugAssign": _augmented_assign,
    "If": _if,
    "While": _while,
    "For": _for,
    "AsyncFor": _for,
    "With": _with,
    "AsyncWith": _with,
    "Try": _try,
    "TryStar": _try,
    "Match": _match,
    "FunctionDef": _function,
    "AsyncFunctionDef": _function,
    "ClassDef": _class,
    "Return": _return,
    "Global": _global,
    "Nonlocal": _global,
    "Expr": _expression,
}


# Expressions


def _constant(walk: Walk, node: Any) -> Value:
    return Value("constant", node.value)


def _name(walk: Walk, node: Any) -> Value:
    found = walk.names.get(node.id)
    if found is not None:
        return found
    if walk.stars:
        from agentic.recognize.python.calls import is_judged

        for module in walk.stars:
            if is_judged(f"{module}.{node.id}"):
                return Value("name", f"{module}.{node.id}")
    return Value("name", node.id)


def _attribute(walk: Walk, node: Any) -> Value:
    found = [attribute(walk, receiver, node.attr) for receiver in choices(walk.value(node.value))]
    return choice(found)


def attribute(walk: Walk, receiver: Value, name: str) -> Value:
    """What an attribute of a value is known to be."""
    if name in _INNER or (name in _FRAMES and not walk.is_kept):
        walk.unknown("the code reaches into the interpreter itself", name)
        return Value("computed", traits=frozenset((REFLECTED,)))
    if name == "__call__":
        return receiver
    if receiver.sort == "name":
        if name == "__dict__":
            return receiver._replace(traits=receiver.traits | {NAMESPACE})
        base = receiver if receiver.data.endswith("()") else receiver.base
        dotted = f"{receiver.data}.{name}"
        if dotted == "sys.argv":
            return walk.argv
        if dotted == "sys.executable":
            return constant("python3")
        if plain_name(dotted) == "os.environ":
            return Value("name", dotted, base=base, traits=receiver.traits | {ENVIRONMENT})
        return Value("name", dotted, base=base, traits=receiver.traits)
    if receiver.sort == "path":
        found = path_attribute(receiver, name)
        if found is not None:
            return found
    if receiver.sort == "computed" and name in walk.attributes:
        return walk.attributes[name]
    return Value(
        "name", f"{_PREFIXES.get(receiver.sort, '?')}.{name}", base=receiver, traits=receiver.traits
    )


_PREFIXES = {
    "path": "Path()",
    "constant": "text",
    "text": "text",
    "list": "list",
    "mapping": "dict",
}


def _call(walk: Walk, node: Any) -> Value:
    return walk.call(node)


def _binary(walk: Walk, node: Any) -> Value:
    operator = type(node.op).__name__
    left, right = walk.value(node.left), walk.value(node.right)
    pairs = [(one, other) for one in choices(left) for other in choices(right)]
    if len(pairs) > 16:
        return computed(left, right)
    return choice([combined(operator, one, other) for one, other in pairs])


def _unary(walk: Walk, node: Any) -> Value:
    value = walk.value(node.operand)
    is_negative = type(node.op).__name__ == "USub"
    if is_negative and value.sort == "constant" and isinstance(value.data, int):
        return constant(-value.data)
    return UNKNOWN


def _formatted(walk: Walk, node: Any) -> Value:
    parts: list[tuple[Value, ...]] = [()]
    for each in node.values:
        is_place = hasattr(each, "conversion")
        value = walk.value(each.value if is_place else each)
        if is_place and each.format_spec is not None:
            walk.value(each.format_spec)
        many = choices(value) if len(parts) * len(choices(value)) <= 16 else (computed(value),)
        parts = [(*before, one) for before in parts for one in many]
    return choice([joined_text(each) for each in parts])


def _subscript(walk: Walk, node: Any) -> Value:
    from agentic.recognize.python.lookup import judge_item

    receiver = walk.value(node.value)
    if type(node.slice).__name__ == "Slice":
        return choice([_sliced(walk, each, node.slice) for each in choices(receiver)])
    index = walk.value(node.slice)
    return choice(
        [judge_item(walk, each, one) for each in choices(receiver) for one in choices(index)]
    )


def _sliced(walk: Walk, receiver: Value, node: Any) -> Value:
    bounds = [
        None if each is None else walk.value(each) for each in (node.lower, node.upper, node.step)
    ]
    if all(each is None or isinstance(each.data, int) for each in bounds):
        cut = slice(*[None if each is None else each.data for each in bounds])
        if cut.step != 0 and receiver.sort == "list":
            return receiver._replace(items=receiver.items[cut])
        if cut.step != 0 and isinstance(receiver.data, str | bytes) and receiver.sort == "constant":
            return constant(receiver.data[cut])
    return receiver if receiver.sort == "list" else computed(receiver)


def _sequence(walk: Walk, node: Any) -> Value:
    items: list[Value] = []
    for each in node.elts:
        if type(each).__name__ == "Starred":
            inner = walk.value(each.value)
            many = Value("computed", traits=taints((inner,)) | {GLOB})
            items.extend(inner.items if inner.sort == "list" else (many,))
        else:
            items.append(walk.value(each))
            walk.handed_on(items[-1])
    return listed(items)


def _mapping(walk: Walk, node: Any) -> Value:
    named: list[tuple[str, Value]] = []
    traits: frozenset[str] = frozenset()
    for key, item in zip(node.keys, node.values, strict=True):
        value = walk.value(item)
        traits |= taints((value,))
        if key is None:
            named.extend(value.named)
            continue
        walk.handed_on(value)
        text = walk.value(key)
        if text.sort == "constant" and isinstance(text.data, str):
            named.append((text.data, value))
    return Value("mapping", named=tuple(named[:256]), traits=traits)


def _lambda(walk: Walk, node: Any) -> Value:
    walk.uncalled[id(node)] = node
    return Value("function", node)


def _either(walk: Walk, node: Any) -> Value:
    walk.value(node.test)
    return choice((walk.value(node.body), walk.value(node.orelse)))


def _boolean(walk: Walk, node: Any) -> Value:
    return choice([walk.value(each) for each in node.values])


def _walrus(walk: Walk, node: Any) -> Value:
    value = walk.value(node.value)
    walk.assign(node.target, value)
    return value


def _inner(walk: Walk, node: Any) -> Value:
    return walk.value(node.value) if node.value is not None else NONE


def _comprehension(walk: Walk, node: Any) -> Value:
    from agentic.recognize.python.lookup import judge_iteration

    outer = dict(walk.names)
    for generator in node.generators:
        for name in _names_in(generator.target):
            walk.names.pop(name, None)
        walk.assign(generator.target, judge_iteration(walk, walk.value(generator.iter)))
        for test in generator.ifs:
            walk.value(test)
    if type(node).__name__ == "DictComp":
        walk.value(node.key)
        found = computed(walk.value(node.value))
    else:
        item = walk.value(node.elt)
        many = item._replace(traits=item.traits | {GLOB}) if item.sort == "computed" else item
        found = listed(choices(many))
    walk.names = outer
    return found


def _names_in(target: Any) -> list[str]:
    if type(target).__name__ == "Name":
        return [target.id]
    return [name for each in getattr(target, "elts", ()) for name in _names_in(each)]


EXPRESSIONS: dict[str, Callable[[Walk, Any], Value]] = {
    "Constant": _constant,
    "Name": _name,
    "Attribute": _attribute,
    "Call": _call,
    "BinOp": _binary,
    "UnaryOp": _unary,
    "JoinedStr": _formatted,
    "Subscript": _subscript,
    "List": _sequence,
    "Tuple": _sequence,
    "Set": _sequence,
    "Dict": _mapping,
    "Lambda": _lambda,
    "IfExp": _either,
    "BoolOp": _boolean,
    "NamedExpr": _walrus,
    "Await": _inner,
    "Starred": _inner,
    "Yield": _inner,
    "YieldFrom": _inner,
    "ListComp": _comprehension,
    "SetComp": _comprehension,
    "GeneratorExp": _comprehension,
    "DictComp": _comprehension,
}
