"""What the documents that files hold have in common: strict JSON, closed keys, small words, moments.

In: the bytes of a file that anybody may have written. Out: a checked document, or InvalidDocument with
every problem in one line each. A document that is not understood whole is not understood at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from agentic.core.native import parse_json
from agentic.errors import Diagnostic, InvalidDocument, quoted
from agentic.signals.live.files import named

#: More problems than this are one: the document is something else.
MAX_PROBLEMS = 50

_MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$"
#: One line that cannot move a terminal's cursor or turn the direction of its text.
LINE_PATTERN = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"


def _moment(text: str) -> str:
    try:
        unix_s(text)
    except (ValueError, OverflowError):
        raise ValueError("is no moment of the calendar") from None
    return text


def _whole(value: Any) -> Any:
    if type(value) is not int:
        raise ValueError("is not 1")
    return value


#: Python takes `true` and `1.0` for 1, and so does a Literal.
VersionOne = Annotated[Literal[1], BeforeValidator(_whole)]
#: RFC 3339 with an offset; without one nobody knows when it was.
Moment = Annotated[
    str,
    StringConstraints(pattern=_MOMENT, max_length=40),
    AfterValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _MOMENT, "maxLength": 40}),
]
WORD_PATTERN = r"^[^\s\x00-\x1f\x7f-\x9f]+$"
#: A name that a person or a program gave: one word.
Word = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=WORD_PATTERN)]
Line = Annotated[str, StringConstraints(max_length=300, pattern=LINE_PATTERN)]
Sentence = Annotated[str, StringConstraints(min_length=8, max_length=1000, pattern=LINE_PATTERN)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Closed(BaseModel):
    """Refuses unknown keys, never guesses a type, never changes."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),  # `model_version` is a word of ours, too
    )


_Model = TypeVar("_Model", bound=Closed)


def parse_document(model: type[_Model], data: bytes, name: str) -> _Model:
    """The document that bytes spell. `name` is how messages call the file.

    Raises: InvalidDocument with all problems.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Diagnostic("report.syntax", f"line {line} is not UTF-8 text", name)
        raise InvalidDocument((problem,)) from None
    value = parse_json(text, what=named(name))
    if not isinstance(value, dict):
        raise InvalidDocument((Diagnostic("report.syntax", "is not a JSON object", name),))
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False)[:MAX_PROBLEMS]
        problems = [_problem(problem, model, name) for problem in found]
        raise InvalidDocument(problems) from None


def unix_s(moment: str) -> int:
    """Unix seconds of a moment, rounded down. Raises: ValueError for one that no calendar has."""
    return int(datetime.fromisoformat(moment).timestamp() // 1)


def schema_of(model: type[Closed], name: str) -> dict[str, Any]:
    """The JSON Schema of a document. What it cannot say (which fields must agree) the descriptions do."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:agentic:{name}:1",
        **_tidied(model.model_json_schema()),
    }


def _tidied(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without what says nothing or differs between releases of pydantic: titles, null defaults.

    `const` stands alone, `anyOf` a type or null is that type or null, and a bound of 0.0 is 0.
    """
    if "const" in schema:
        return {"const": schema["const"]}
    tidy: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            tidy[key] = {name: _tidied(inner) for name, inner in value.items()}
        elif key == "items":
            tidy[key] = _tidied(value)
        elif key == "anyOf" and value[1:] == [{"type": "null"}] and "type" in value[0]:
            inner = _tidied(value[0])
            tidy.update({**inner, "type": [inner["type"], "null"]})
        elif isinstance(value, float) and value.is_integer():
            tidy[key] = int(value)
        elif not (key == "title" and isinstance(value, str)) and (key, value) != ("default", None):
            tidy[key] = value
    return tidy


_PLAIN_WORDS = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must hold keys with values",
    "model_type": "must hold keys with values",
    "model_attributes_type": "must hold keys with values",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "too_short": "is empty, so it says nothing",
    "too_long": "has too many entries",
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "finite_number": "must be a finite number",
}


def _problem(found: Any, model: type[Closed], name: str) -> Diagnostic:
    kind: str = found["type"]
    place = quoted(_spelled(found["loc"])) if found["loc"] else "the document"
    if kind == "missing":
        return Diagnostic("report.missing-key", f"the key {place} is missing", name)
    if kind == "extra_forbidden":
        close = get_close_matches(str(found["loc"][-1]), sorted(set(_keys(model))), n=1)
        mend = f"did you mean {quoted(close[0])}?" if close else ""
        return Diagnostic("report.unknown-key", f"unknown key {place}", name, mend)
    if kind == "literal_error":
        shown = quoted(found["input"], 40)
        mend = f"it is {found['ctx']['expected']}".replace("'", "`")
        return Diagnostic("report.wrong-value", f"{place} is not {shown}", name, mend)
    if kind == "value_error":
        told = str(found["ctx"]["error"])
    else:
        told = _PLAIN_WORDS.get(kind, "is not valid here")
    is_plain = isinstance(found["input"], str | int | float) or found["input"] is None
    shown = f", not {quoted(found['input'], 40)}" if told.startswith("must") and is_plain else ""
    return Diagnostic("report.wrong-value", f"{place} {told}{shown}", name)


def _spelled(location: tuple[str | int, ...]) -> str:
    """`results[3].bound.above`; the mark that pydantic puts behind a dictionary's key is left out."""
    text = ""
    for part in location:
        if part == "[key]":
            continue
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _keys(annotation: Any) -> Iterator[str]:
    """The names of all fields in a model and the models below it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield name
            yield from _keys(field.annotation)
        return
    for argument in get_args(annotation):
        yield from _keys(argument)
