"""Values of any JSON type as the strings that a product holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

_EXACT_INTEGERS = 1e15


def as_text(value: object) -> str:
    """Return one scalar as text: ``17.0`` is ``17``, ``True`` is ``true``, ``None`` is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_INTEGERS:
        return str(int(value))
    return str(value).replace("\x00", "").strip()


def as_texts(value: object) -> tuple[str, ...]:
    """Return a scalar or a list of scalars as texts; what is nested deeper is left out."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(as_text(item) for item in value if not isinstance(item, (list, dict)))
    return (as_text(value),)


def attribute_pairs(value: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the attributes of an object, or of a list of ``{"name": ..., "value": ...}``.

    An object inside an object gives names joined by a dot.
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, Mapping):
                for below, texts in attribute_pairs(inner):
                    yield f"{as_text(name)}.{below}", texts
            else:
                yield as_text(name), as_texts(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            if isinstance(item, Mapping) and "name" in item:
                yield as_text(item["name"]), as_texts(item.get("value"))
