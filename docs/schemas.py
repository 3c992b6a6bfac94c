"""Convert JSON Schema to text: types, limits, defaults and fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_STRINGS: Final = {"password": "secret", "path": "path", "date-time": "ISO 8601 date and time"}


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading without markup."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def type_of(schema: Schema) -> str:
    """Return the type and limits of a value as text; a named schema becomes a link."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(name)})"
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        return ", ".join(map(_code, schema["enum"]))
    alternatives = schema.get("oneOf", schema.get("anyOf", ()))
    types = schema.get("type", "object")
    if isinstance(types, list):
        alternatives = [{**schema, "type": name} for name in types]
    if alternatives:
        return " or ".join(map(type_of, alternatives))
    return _named_type(types, schema)


def default_of(schema: Schema) -> str:
    """Return the default of a value as text."""
    if "default_in_words" in schema:
        return str(schema["default_in_words"])
    return _code(schema["default"]) if schema.get("default") is not None else "none"


def _named_type(name: str, schema: Schema) -> str:
    if name == "null":
        return name
    if name == "boolean":
        return "`true` or `false`"
    if name == "array":
        limit = f", at most {schema['maxItems']} items" if "maxItems" in schema else ""
        return f"array of {type_of(schema['items'])}{limit}"
    values = schema.get("additionalProperties")
    if name == "object" and isinstance(values, Mapping) and "properties" not in schema:
        return f"object of {type_of(values)} by name"
    words = _STRINGS.get(schema.get("format", ""), name)
    limits = [
        *_range(schema.get("minimum"), schema.get("maximum"), ""),
        *_range(schema.get("minLength"), schema.get("maxLength"), " characters"),
        *(f"above {schema[key]:,}" for key in ("exclusiveMinimum",) if key in schema),
        *(f"matches `{schema[key]}`" for key in ("pattern",) if key in schema),
    ]
    return f"{words} ({', '.join(limits)})" if limits else words


def _range(minimum: float | None, maximum: float | None, unit: str) -> Iterator[str]:
    if minimum is not None and maximum is not None:
        yield f"{minimum:,} to {maximum:,}{unit}"
    elif minimum is not None:
        yield f"at least {minimum:,}{unit.removesuffix('s') if minimum == 1 else unit}"
    elif maximum is not None:
        yield f"at most {maximum:,}{unit}"


def without_null(schema: Schema) -> Schema:
    """Return the schema without the alternative ``null``, to which no variable can be set."""
    others = [part for part in schema.get("anyOf", ()) if part["type"] != "null"]
    return {**schema, "anyOf": others} if others else schema


def _code(value: object) -> str:
    """Return a value as a user types it."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:.15g}`" if isinstance(value, float) else f"`{value}`"


def fields_of(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Yield the path and the schema of each field, nested ones included, and if it is required.

    A path contains the enclosing fields (``codes[].code``); ``*`` is any other field of its object.
    """
    for alternative in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from fields_of(alternative, path)
    for name, part in schema.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        yield inner, part, name in schema.get("required", ())
        yield from fields_of(part, inner)
    others = schema.get("additionalProperties")
    if "properties" in schema and isinstance(others, Mapping):
        yield f"{path}.*" if path else "*", others, False
    if "items" in schema:
        yield from fields_of(schema["items"], f"{path}[]")
