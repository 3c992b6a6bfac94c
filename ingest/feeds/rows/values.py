"""Conversion of values to the texts of a product: JSON values, HTML, and HTML entities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from html.parser import HTMLParser

_IGNORED_TAGS = ("script", "style")
_TAG = re.compile(r"<(?:/?[a-z]|!--|!\[)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z][a-z0-9]*|#[0-9]+|#x[0-9a-f]+);", re.IGNORECASE)
# Marked sections, as word processors leave them; html.parser stops at an unknown one.
_MARKED = re.compile(r"<!\[CDATA\[|\]\]>|<!\[[^<>]*\]>|<!\[")


class _Text(HTMLParser):
    """A parser that collects the text of HTML, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._ignored_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._ignored_depth += tag in _IGNORED_TAGS

    def handle_endtag(self, tag: str) -> None:
        self._ignored_depth = max(0, self._ignored_depth - (tag in _IGNORED_TAGS))

    def handle_data(self, data: str) -> None:
        if not self._ignored_depth:
            self.parts.append(data)


def plain_text(html: str) -> str:
    """Return the text of an HTML fragment, its words separated by single blanks."""
    parser = _Text()
    parser.feed(_MARKED.sub(" ", html))
    parser.close()
    return " ".join(" ".join(parser.parts).split())


def without_entities(text: str) -> str:
    """Return a text with HTML entities decoded; some shops escape the whole feed twice."""
    return unescape(text).strip() if _ENTITY.search(text) else text


def without_markup(text: str) -> str:
    """Return a text without HTML tags and entities; a text without tags keeps line breaks."""
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
    """Return a scalar or the scalars of a list as texts; omit nested lists and objects."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(as_text(item) for item in value if not isinstance(item, (list, dict)))
    return (as_text(value),)


def attribute_pairs(value: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and the texts of each attribute in a JSON value.

    The value is an object, or a list of objects ``{"name": ..., "value": ...}``. The
    names of nested objects are joined by a dot: ``size.width``.
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, Mapping):
                for inner_name, texts in attribute_pairs(inner):
                    yield f"{as_text(name)}.{inner_name}", texts
            else:
                yield as_text(name), as_texts(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            if isinstance(item, Mapping) and "name" in item:
                yield as_text(item["name"]), as_texts(item.get("value"))
