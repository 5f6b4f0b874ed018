"""Our part of a TOML file: tables by name below one table, and hooks in its arrays of tables.

What others have in a file keeps its bytes, its order and its comments: tomlkit edits it in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from agentic.errors import AgenticError, Diagnostic, InvalidDocument, quoted
from agentic.hosts.edits import is_ours

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import AoT

    State = Literal["absent", "changed", "exact"]

_MEND = "mend the file by hand, then run this again; nothing was changed"


class TomlTables(NamedTuple):
    """Tables of ours below the table at `parent`: `[parent."NAME"]`, each with the values of its name.

    `names` are those tables, `wanted` what they hold: name -> key -> value, where None stands for any text:
    a value that cannot be told now, and so cannot be written; `untold` says why. Nothing else may stand
    in a table of ours than what `harmless` says of a key and its value.
    """

    parent: tuple[str, ...]
    names: Callable[[], Iterable[str]]
    wanted: Callable[[], Mapping[str, Mapping[str, str | None]]]
    untold: AgenticError
    harmless: Callable[[str, Any], bool] = lambda _key, _value: False

    def applied(self, data: bytes | None, path: str) -> bytes:
        """See `agentic.hosts.interface.Edit`. Raises whatever `wanted` does, too, and `untold`."""
        from tomlkit import table

        wanted = self.wanted()
        document = document_of(data, path)
        found = self._tables(document, path)
        changed = [n for n, values in wanted.items() if not self._holds(found.get(n), values)]
        if not changed:
            return data or b""
        if any(None in wanted[name].values() for name in changed):
            raise self.untold
        holder: Any = document
        for key in self.parent:
            if key not in holder:
                holder.append(key, table(is_super_table=True))
            holder = holder[key]
        for name in changed:
            made = table()
            for key, value in wanted[name].items():
                made.append(key, value)
            if name in holder:
                del holder[name]
            holder.append(name, made)
        return document.as_string().encode()

    def removed(self, data: bytes, original: bytes | None, path: str) -> bytes | None:
        """See `agentic.hosts.interface.Edit`; a table that was there before us comes back as it was."""
        document = document_of(data, path)
        found = self._tables(document, path)
        before = self._tables(document_of(original, path), path) if original else {}
        for name in [name for name in self.names() if name in found]:
            if name in before:
                found[name] = before[name]
            else:
                del found[name]
        _drop_empty(document, self.parent)
        text = document.as_string()
        return None if original is None and not text.strip() else text.encode()

    def state(self, data: bytes | None, path: str) -> State:
        """See `agentic.hosts.interface.Edit`."""
        found = self._tables(document_of(data, path), path)
        wanted = self.wanted()
        if not any(name in found for name in wanted):
            return "absent"
        is_exact = all(self._holds(found.get(name), values) for name, values in wanted.items())
        return "exact" if is_exact else "changed"

    def _holds(self, table: Mapping[str, Any] | None, values: Mapping[str, str | None]) -> bool:
        if table is None:
            return False
        others = {key: value for key, value in table.items() if key not in values}
        return all(self.harmless(key, value) for key, value in others.items()) and all(
            isinstance(table.get(key), str) if value is None else table.get(key) == value
            for key, value in values.items()
        )

    def _tables(self, document: TOMLDocument, path: str) -> Any:
        holder: Any = document
        for key in self.parent:
            holder = holder.get(key, {})
            if not isinstance(holder, Mapping):
                raise _odd(path, ".".join(self.parent), "a table")
        if not all(isinstance(table, Mapping) for table in holder.values()):
            raise _odd(path, ".".join(self.parent), "a table of tables")
        return holder


class TomlHooks(NamedTuple):
    """Our groups among the arrays `[[hooks.EVENT]]`, and values that the file must have beside them.

    `values` are set where they are missing (path of keys -> value); another value in their place is for
    its administrator to decide, so it stops us.
    """

    wanted: Mapping[str, Mapping[str, Any]]
    values: Mapping[tuple[str, ...], Any]

    def applied(self, data: bytes | None, path: str) -> bytes:
        """See `agentic.hosts.interface.Edit`."""
        from tomlkit import aot, table

        document = document_of(data, path)
        if data is not None and self.state(data, path) == "exact":
            return data
        for keys, value in self.values.items():
            _set_where_missing(document, keys, value, path)
        self._take_out(document, path)
        if "hooks" not in document:
            document.append("hooks", table(is_super_table=True))
        hooks: Any = document["hooks"]
        for event, group in self.wanted.items():
            if event not in hooks:
                hooks.append(event, aot())
            made = table()
            for key, value in group.items():
                made.append(key, _array_of_tables(value) if key == "hooks" else value)
            hooks[event].append(made)
        return document.as_string().encode()

    def removed(self, data: bytes, original: bytes | None, path: str) -> bytes | None:
        """See `agentic.hosts.interface.Edit`; values that were there before us stay."""
        document = document_of(data, path)
        self._take_out(document, path)
        before = document_of(original, path)
        if original is None or original:  # where nothing is known of before, values may be others'
            for keys in self.values:
                if _value_at(before, keys) is None:
                    _drop_value(document, keys)
        _drop_empty(document, ("hooks",))
        text = document.as_string()
        return None if original is None and not text.strip() else text.encode()

    def state(self, data: bytes | None, path: str) -> State:
        """See `agentic.hosts.interface.Edit`."""
        document = document_of(data, path)
        found = {
            event: [group for group in groups if _is_our_group(group)]
            for event, groups in _groups(document, path).items()
        }
        ours = {event: groups for event, groups in found.items() if groups}
        if not ours:
            return "absent"
        has_values = all(_value_at(document, k) == v for k, v in self.values.items())
        wanted = {event: [dict(group)] for event, group in self.wanted.items()}
        is_exact = {event: [_plain(g) for g in groups] for event, groups in ours.items()} == wanted
        return "exact" if is_exact and has_values else "changed"

    def _take_out(self, document: TOMLDocument, path: str) -> None:
        for event, groups in list(_groups(document, path).items()):
            for number in reversed(range(len(groups))):
                if _is_our_group(groups[number]):
                    del groups[number]
            if not groups:
                del document["hooks"][event]


def document_of(data: bytes | None, path: str) -> TOMLDocument:
    """The document that a file's bytes hold. Raises InvalidDocument with file:line:column."""
    from tomlkit import parse
    from tomlkit.exceptions import ParseError

    try:
        return parse((data or b"").decode("utf-8"))
    except UnicodeDecodeError:
        raise AgenticError("settings.encoding", f"{quoted(path, 300)} is not UTF-8 text") from None
    except ParseError as problem:
        where = f"{path}:{problem.line}:{problem.col}"
        message = f"{quoted(path, 300)} is not valid TOML"
        raise InvalidDocument((Diagnostic("settings.toml", message, where, _MEND),)) from None


def _groups(document: TOMLDocument, path: str) -> dict[str, Any]:
    """Event -> its array of groups, of a file's `hooks`."""
    hooks: Any = document.get("hooks", {})
    if not isinstance(hooks, Mapping):
        raise _odd(path, "hooks", "a table")
    groups = {key: value for key, value in hooks.items() if isinstance(value, list)}
    if not all(isinstance(group, Mapping) for found in groups.values() for group in found):
        raise _odd(path, "hooks", "a table with arrays of tables")
    return groups


def _is_our_group(group: Mapping[str, Any]) -> bool:
    handlers = group.get("hooks", [])
    return isinstance(handlers, list) and any(is_ours(dict(h)) for h in handlers if _is_table(h))


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _plain(group: Any) -> dict[str, Any]:
    found: dict[str, Any] = group.unwrap() if hasattr(group, "unwrap") else dict(group)
    return found


def _array_of_tables(rows: list[Mapping[str, Any]]) -> AoT:
    from tomlkit import aot, table

    made = aot()
    for row in rows:
        one = table()
        for key, value in row.items():
            one.append(key, value)
        made.append(one)
    return made


def _value_at(document: Any, keys: tuple[str, ...]) -> Any:
    holder = document
    for key in keys:
        if not isinstance(holder, Mapping) or key not in holder:
            return None
        holder = holder[key]
    return holder


def _set_where_missing(document: Any, keys: tuple[str, ...], value: Any, path: str) -> None:
    from tomlkit import table

    holder = document
    for key in keys[:-1]:
        if key not in holder:
            holder.append(key, table())
        holder = holder[key]
        if not isinstance(holder, Mapping):
            raise _odd(path, key, "a table")
    if keys[-1] not in holder:
        holder[keys[-1]] = value
    elif holder[keys[-1]] != value:
        name = ".".join(keys)
        message = (
            f"`{name}` in {quoted(path, 300)} is not {str(value).lower()}, so hooks would not hold"
        )
        raise AgenticError("settings.conflict", message, "change it by hand, then run this again")


def _drop_value(document: Any, keys: tuple[str, ...]) -> None:
    holder = _value_at(document, keys[:-1])
    if isinstance(holder, Mapping) and keys[-1] in holder:
        del holder[keys[-1]]  # type: ignore[attr-defined]
    _drop_empty(document, keys[:-1])


def _drop_empty(document: Any, keys: tuple[str, ...]) -> None:
    """Take out the table at `keys`, and those above it, as far as they are empty."""
    for depth in range(len(keys), 0, -1):
        holder = _value_at(document, keys[: depth - 1])
        if not isinstance(holder, Mapping) or holder.get(keys[depth - 1], True):
            return
        del holder[keys[depth - 1]]  # type: ignore[attr-defined]


def _odd(path: str, name: str, shape: str) -> AgenticError:
    message = f"{quoted(path, 300)} does not look like settings: `{name}` is not {shape}"
    return AgenticError("settings.shape", message, _MEND)
