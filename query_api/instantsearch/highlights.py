"""Mark the words of a query in a hit, as the widgets of InstantSearch expect it (no I/O)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any, Final

from gram_es.retrieval.highlight import Segment
from gram_es.retrieval.result import Hit
from query_api.instantsearch.query import Query

_SNIPPET_WORDS: Final = 10
_MAX_SNIPPET_WORDS: Final = 100


def highlights(hit: Hit, record: Mapping[str, Any], query: Query) -> dict[str, Any]:
    """Return ``_highlightResult`` and ``_snippetResult`` of a hit, if the query asks for them.

    Only words of the title are marked. If the marks are markup, the text around them is escaped.
    """
    highlighted = {
        name: _mapped(value, lambda text: _plain(text, query))
        for name, value in record.items()
        if _is_listed(name, query.attributes_to_highlight)
    }
    if "title" in highlighted and hit.title is not None:
        highlighted["title"] = _marked(hit.title, query)
    snippets = {
        name: _snippet(record[name], size, query)
        for name, size in _snippet_sizes(query)
        if isinstance(record.get(name), str)
    }
    results = {"_highlightResult": highlighted, "_snippetResult": snippets}
    return {name: result for name, result in results.items() if result}


def _is_listed(name: str, listed: list[str]) -> bool:
    return "*" in listed or any(each.partition(".")[0] == name for each in listed)


def _mapped(value: object, convert: Callable[[str], dict[str, Any]]) -> Any:
    """Return ``value`` with each text in it converted."""
    if isinstance(value, Mapping):
        return {name: _mapped(each, convert) for name, each in value.items()}
    if isinstance(value, list):
        return [_mapped(each, convert) for each in value]
    return convert(str(value))


def _marked(title: tuple[Segment, ...], query: Query) -> dict[str, Any]:
    before, after = query.highlight_pre_tag, query.highlight_post_tag
    value = "".join(
        f"{before}{_text(part.text, query)}{after}" if part.matches else _text(part.text, query)
        for part in title
    )
    words = [part.text.casefold() for part in title if part.matches]
    level = "none" if not words else "full" if all(part.matches for part in title) else "partial"
    return {"value": value, "matchLevel": level, "matchedWords": words}


def _plain(text: str, query: Query) -> dict[str, Any]:
    return {"value": _text(text, query), "matchLevel": "none", "matchedWords": []}


def _text(text: str, query: Query) -> str:
    is_markup = "<" in query.highlight_pre_tag or "<" in query.highlight_post_tag
    return escape(text) if is_markup else text


def _snippet_sizes(query: Query) -> Iterator[tuple[str, int]]:
    """Yield the attributes to snippet, ``NAME`` or ``NAME:WORDS``, with their numbers of words."""
    for each in query.attributes_to_snippet:
        name, _, words = each.partition(":")
        yield name, int(words) if words.isascii() and words.isdigit() else _SNIPPET_WORDS


def _snippet(text: str, size: int, query: Query) -> dict[str, str]:
    size = min(size, _MAX_SNIPPET_WORDS)
    words = text.split(maxsplit=size)
    cut = " ".join(words[:size]) + query.snippet_ellipsis_text if len(words) > size else text
    return {"value": _text(cut, query), "matchLevel": "none"}
