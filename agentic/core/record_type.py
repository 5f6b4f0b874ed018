"""Immutable records for the hot path: `NamedTuple` without importing `typing` or `collections`.

Type checkers see `typing.NamedTuple`; at run time the class below gives the same class syntax,
defaults, equality, `_replace`, `_asdict` and `_fields` for a tenth of the import time. It must
never import anything that the interpreter has not already loaded.
"""

from __future__ import annotations

from _collections import _tuplegetter  # type: ignore[import-not-found]


class _RecordMeta(type):
    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> type:
        if not bases:
            return super().__new__(mcs, name, bases, namespace)
        annotations = namespace.get("__annotations__")
        if annotations is None:  # 3.14 keeps string annotations behind a function
            annotate = namespace.get("__annotate_func__") or namespace.get("__annotate__")
            annotations = annotate(1) if callable(annotate) else {}
        fields = tuple(annotations)  # type: ignore[arg-type]
        defaults = tuple(namespace[field] for field in fields if field in namespace)
        body: dict[str, object] = {
            key: value for key, value in namespace.items() if key not in fields
        }
        body.pop("__classcell__", None)
        body["_fields"] = body["__match_args__"] = fields
        body["__slots__"] = ()
        for position, field in enumerate(fields):
            body[field] = _tuplegetter(position, field)
        required = len(fields) - len(defaults)
        body["__new__"] = _constructor(name, fields, defaults, required)
        body["_make"] = classmethod(tuple.__new__)
        body["_asdict"] = _asdict
        body["_replace"] = _replace
        body["__repr__"] = _repr
        body["__getnewargs__"] = _values
        return type.__new__(type, name, (tuple,), body)


def _constructor(
    name: str, fields: tuple[str, ...], defaults: tuple[object, ...], required: int
) -> object:
    size = len(fields)
    position_of = {field: position for position, field in enumerate(fields)}

    def __new__(cls: type, *values: object, **named: object) -> object:  # noqa: N807 - it becomes one
        given = len(values)
        if given == size and not named:
            return tuple.__new__(cls, values)
        if given > size:
            raise TypeError(f"{name} takes {size} fields, got {given}")
        row = [*values, *[None] * (required - given), *defaults[max(0, given - required) :]]
        missing = set(fields[given:required])
        for key, value in named.items():
            position = position_of.get(key, -1)
            if position < given:
                raise TypeError(f"{name} has no field {key!r} left to fill")
            row[position] = value
            missing.discard(key)
        if missing:
            raise TypeError(f"{name} needs {sorted(missing)}")
        return tuple.__new__(cls, row)

    return __new__


def _asdict(self: tuple[object, ...]) -> dict[str, object]:
    return dict(zip(self._fields, self, strict=True))  # type: ignore[attr-defined]


def _replace(self: tuple[object, ...], **named: object) -> object:
    row = [named.pop(field, value) for field, value in zip(self._fields, self, strict=True)]  # type: ignore[attr-defined]
    if named:
        raise ValueError(f"no field {sorted(named)}")
    return tuple.__new__(type(self), row)


def _values(self: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(self)


def _repr(self: tuple[object, ...]) -> str:
    body = ", ".join(f"{k}={v!r}" for k, v in zip(self._fields, self, strict=True))  # type: ignore[attr-defined]
    return f"{type(self).__name__}({body})"


class NamedTuple(metaclass=_RecordMeta):
    """Base to write `class Point(NamedTuple): x: int; y: int = 0` with."""
