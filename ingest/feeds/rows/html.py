"""The words of a text that is HTML, or may be."""

from __future__ import annotations

import re
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
