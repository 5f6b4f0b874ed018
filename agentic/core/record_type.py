"""Immutable records for the hot path: `NamedTuple` without importing `typing` or `collections`.

Type checkers see `typing.NamedTuple`; at run time the class below gives the same class syntax,
defaults, equality, `_replace`, `_asdict` and `_fields` for a tenth of the import time. It must
never import anything that the interpreter has not already loaded.
"""

from __future__ import annotations

from _collections import _tuplegetter  # type: ignore[import-not-found]
from sys import modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


class _Record(tuple):  # type: ignore[type-arg]
    """What all records share, so that making one more class of them costs little."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _field_defaults: dict[str, object] = {}

    def __new__(cls, *values: object, **named: object) -> Self:
        if len(values) == len(cls._fields) and not named:
            return tuple.__new__(cls, values)
        return tuple.__new__(cls, _row(cls, values, named))

    _make: object = classmethod(tuple.__new__)

    def _asdict(self) -> dict[str, object]:
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, **named: object) -> object:
        row = [named.pop(field, value) for field, value in zip(self._fields, self, strict=True)]
        if named:
            raise ValueError(f"no field {sorted(named)}")
        return tuple.__new__(type(self), row)

    def __getnewargs__(self) -> tuple[object, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        body = ", ".join(f"{k}={v!r}" for k, v in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({body})"


def _row(cls: type[_Record], values: tuple[object, ...], named: dict[str, object]) -> list[object]:
    """All values of a record, from positions, names and defaults. Raises TypeError."""
    fields, defaults = cls._fields, cls._field_defaults
    given = len(values)
    if given > len(fields):
        raise TypeError(f"{cls.__name__} takes {len(fields)} fields, got {given}")
    row = [*values]
    left = dict(named)
    missing = []
    for field in fields[given:]:
        if field in left:
            row.append(left.pop(field))
        elif field in defaults:
            row.append(defaults[field])
        else:
            missing.append(field)
    if left:
        raise TypeError(f"{cls.__name__} has no field {min(left)!r} left to fill")
    if missing:
        raise TypeError(f"{cls.__name__} needs {sorted(missing)}")
    return row


_BASES = (_Record,)


class _Declared:
    """A record class that nobody has used yet: it is made when it is first called or looked into.

    Making a class is a tenth of a millisecond's work for the interpreter and a hook loads some fifty, of
    which a call needs half. Once made, the real class takes this one's place in its module.
    """

    __slots__ = ("_class", "_name", "_namespace")

    def __init__(self, name: str, namespace: dict[str, object]) -> None:
        self._class: type | None = None
        self._name = name
        self._namespace = namespace

    def _made(self) -> type:
        if self._class is None:
            made = self._class = _record_class(self._name, dict(self._namespace))
            module = modules.get(str(self._namespace.get("__module__")))
            if module is not None and module.__dict__.get(self._name) is self:
                module.__dict__[self._name] = made
        return self._class

    def __call__(self, *values: object, **named: object) -> object:
        return (self._class or self._made())(*values, **named)

    def __getattr__(self, name: str) -> object:
        return getattr(self._made(), name)

    def __instancecheck__(self, value: object) -> bool:
        return self._class is not None and isinstance(value, self._class)

    def __subclasscheck__(self, other: type) -> bool:
        return issubclass(other, self._made())

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (self._made(),)

    def __or__(self, other: object) -> object:
        right = other._made() if type(other) is _Declared else other
        return self._made() | right  # type: ignore[operator]

    def __ror__(self, other: object) -> object:
        return other | self._made()  # type: ignore[operator]


def _record_class(name: str, namespace: dict[str, object]) -> type:
    """The class of a record from the body of its declaration."""
    annotations = namespace.get("__annotations__")
    if annotations is None:  # 3.14 keeps string annotations behind a function
        annotate = namespace.get("__annotate_func__") or namespace.get("__annotate__")
        annotations = annotate(1) if callable(annotate) else {}
    fields: tuple[str, ...] = tuple(annotations)  # type: ignore[arg-type]
    defaults = {}
    for position, field in enumerate(fields):
        if field in namespace:
            defaults[field] = namespace[field]
        namespace[field] = _tuplegetter(position, field)
    namespace.pop("__classcell__", None)
    namespace["_fields"] = namespace["__match_args__"] = fields
    namespace["_field_defaults"] = defaults
    namespace["__slots__"] = ()
    return type.__new__(type, name, _BASES, namespace)


class _Declaring(type):
    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> object:
        if not bases:
            return super().__new__(mcs, name, bases, namespace)
        return _Declared(name, namespace)


class NamedTuple(metaclass=_Declaring):
    """Base to write `class Point(NamedTuple): x: int; y: int = 0` with."""
