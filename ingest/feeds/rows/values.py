"""Values of any JSON type as the strings that a product holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from html.parser import HTMLParser

_SILENT = ("script", "style")
_TAG = re.compile(r"<(?:/?[a-z]|!--|!\[)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z][a-z0-9]*|#[0-9]+|#x[0-9a-f]+);", re.IGNORECASE)
# Marked sections, as word processors leave them; html.parser ends at one that it does not know.
_MARKED = re.compile(r"<!\[CDATA\[|\]\]>|<!\[[^<>]*\]>|<!\[")


class _Text(HTMLParser):
    """Collects the text of a description, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain_text(html: str) -> str:
    """Return the words of an HTML fragment, parted by single blanks."""
    parser = _Text()
    parser.feed(_MARKED.sub(" ", html))
    parser.close()
    return " ".join(" ".join(parser.parts).split())


def without_entities(text: str) -> str:
    """Return a text with the signs that its entities stand for, which some shops write twice."""
    return unescape(text).strip() if _ENTITY.search(text) else text


def without_markup(text: str) -> str:
    """Return a text as words; one without a tag is no HTML, but may hold entities."""
    return plain_text(text) if _TAG.search(text) else without_entities(text)


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
