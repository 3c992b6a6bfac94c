"""Put JSON Schema into words: types, limits, defaults, fields."""

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
    """Return type and limits of a value in words; a named schema is a link."""
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
        alternatives = [{**schema, "type": one} for one in types]
    if alternatives:
        return " or ".join(map(type_of, alternatives))
    return _named_type(types, schema)


def default_of(schema: Schema) -> str:
    """Return the default of a value, in words where it is not a constant."""
    if "default_in_words" in schema:
        return str(schema["default_in_words"])
    return _code(schema["default"]) if schema.get("default") is not None else "none"


def _named_type(name: str, schema: Schema) -> str:
    if name == "null":
        return name
    if name == "boolean":
        return "`true` or `false`"
    if name == "array":
        most = f", at most {schema['maxItems']} items" if "maxItems" in schema else ""
        return f"array of {type_of(schema['items'])}{most}"
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


def _range(least: float | None, most: float | None, unit: str) -> Iterator[str]:
    if least is not None and most is not None:
        yield f"{least:,} to {most:,}{unit}"
    elif least is not None:
        yield f"at least {least:,}{unit.removesuffix('s') if least == 1 else unit}"
    elif most is not None:
        yield f"at most {most:,}{unit}"


def without_null(schema: Schema) -> Schema:
    """Return what a variable may be set to: one that is optional is simply not set."""
    given = [one for one in schema.get("anyOf", ()) if one["type"] != "null"]
    return {**schema, "anyOf": given} if given else schema


def _code(value: object) -> str:
    """Return a value as a user types it."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:.15g}`" if isinstance(value, float) else f"`{value}`"


def fields_of(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Yield path, schema and whether it is required for each field, nested ones included.

    A path names the way to the field (``codes[].code``); ``*`` is any other field of its object.
    """
    for one in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from fields_of(one, path)
    for name, part in schema.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        yield inner, part, name in schema.get("required", ())
        yield from fields_of(part, inner)
    others = schema.get("additionalProperties")
    if "properties" in schema and isinstance(others, Mapping):
        yield f"{path}.*" if path else "*", others, False
    if "items" in schema:
        yield from fields_of(schema["items"], f"{path}[]")
