"""Conversion of markup to plain text: HTML, escaped HTML, entities, CDATA and data URIs."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from lxml.etree import HTMLParser
from lxml.html import defs

_MAX_ESCAPES = 3
"""How often a text may have been escaped; feeds made of feeds are escaped twice."""

_HTML5 = """
    article aside audio bdi canvas data datalist details dialog figcaption figure footer header
    hgroup main mark math menuitem meter nav output picture progress rp rt ruby search section
    slot source summary svg template time track video wbr
"""
_INLINE_ELEMENTS = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s samp
    small span strike strong sub sup time tt u var wbr
"""
_INLINE = frozenset(_INLINE_ELEMENTS.split())
_HIDDEN = frozenset({"script", "style", "template", "noscript", "head", "svg"})
_ELEMENTS = defs.tags | frozenset(_HTML5.split())
_TAG = re.compile(r"</?([a-z][a-z0-9:._-]*)(?=[\s/>])", re.IGNORECASE)
# Where a word may break; a search for the whole word would not find it.
_SOFT = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_MAY_BE_MARKUP = re.compile(r"[&<:]")
_COMMENT = "<!--"
_ENTITY = re.compile(r"&(?:[a-z][a-z0-9]{1,31}|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(rf"&(?!{_ENTITY.pattern[1:]})", re.IGNORECASE)
# Marked sections, declarations and instructions, as word processors leave them.
_DECLARATION = re.compile(
    r"<!\[CDATA\[|\]\]>|<!\[[^<>]*\]>|<!\[|<![a-z][^<>]*>|<\?[^<>]*>", re.IGNORECASE
)
_DATA_URI = re.compile(
    r"\bdata:[a-z]++/[a-z0-9.+-]++[a-z0-9;=._-]*+,[a-z0-9+/=%_-]*", re.IGNORECASE
)


class _Text:
    """A parser target that collects text, with a blank wherever an element parts words."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._hidden_depth = 0

    def start(self, tag: str, _attributes: object) -> None:
        self._hidden_depth += tag in _HIDDEN
        if parts_words(tag):
            self._parts.append(" ")

    def end(self, tag: str) -> None:
        self._hidden_depth -= tag in _HIDDEN
        if parts_words(tag):
            self._parts.append(" ")

    def data(self, text: str) -> None:
        if not self._hidden_depth:
            self._parts.append(text)

    def close(self) -> str:
        return " ".join("".join(self._parts).split())


def parts_words(element: str) -> bool:
    """Return whether an element parts words, as ``<p>`` and ``<br>`` do, but ``<b>`` does not."""
    return element not in _INLINE


# Variants repeat the description of their parent, which may be half a megabyte.
@lru_cache(maxsize=16)
def without_markup(text: str) -> str:
    """Return a text without HTML tags, entities and data URIs, however often they were escaped.

    Elements such as paragraphs, list items and line breaks part words; elements such as ``<b>`` and
    ``<sup>`` do not. A ``<`` that opens no element of HTML is kept. A text without tags keeps its
    line breaks.
    """
    for _ in range(_MAX_ESCAPES):
        if "&" not in text and "<" not in text:
            break
        before, text = text, _unescaped_once(text)
        if text == before:
            break
    return _DATA_URI.sub(" ", text).strip() if "data:" in text.lower() else text


def single_line(text: str) -> str:
    """Return a text without markup, with single blanks between its words."""
    plain = without_markup(text) if _MAY_BE_MARKUP.search(text) else text
    return (
        " ".join(plain.translate(_SOFT).split()) if not plain.isascii() else " ".join(plain.split())
    )


def _unescaped_once(text: str) -> str:
    if any(_is_element(match) for match in _TAG.finditer(text)) or "<!" in text or "<?" in text:
        return _plain_text(text)
    return _ENTITY.sub(_character, text).strip() if _ENTITY.search(text) else text


def _character(entity: re.Match[str]) -> str:
    character = unescape(entity[0])
    return entity[0] if character.endswith(";") and entity[0] != "&semi;" else character


def _is_element(tag: re.Match[str]) -> bool:
    """Return whether a tag is of HTML, or of a namespace or custom element such as ``<o:p>``."""
    name = tag[1].lower()
    return name in _ELEMENTS or ":" in name[:-1] or "-" in name


def _plain_text(html: str) -> str:
    parser = HTMLParser(target=_Text(), encoding="utf-8", huge_tree=True)
    # An element of its own keeps the parser from dropping blanks at the start.
    parser.feed(f"<div>{_well_formed(html)}</div>".encode("utf-8", "replace"))
    return str(parser.close())


def _well_formed(html: str) -> str:
    """Return HTML in which each ``<`` and ``&`` that opens nothing is an entity."""
    html = _BARE_AMPERSAND.sub("&amp;", _DECLARATION.sub(" ", html))
    last_end, last_comment_end = html.rfind(">"), html.rfind("-->")
    parts, done = [], 0
    while (start := html.find("<", done)) >= 0:
        parts.append(html[done:start])
        tag = _TAG.match(html, start)
        opens = (
            start < last_comment_end
            if html.startswith(_COMMENT, start)
            else tag is not None and start < last_end and _is_element(tag)
        )
        parts.append("<" if opens else "&lt;")
        done = start + 1
    return "".join([*parts, html[done:]])
