"""Where an application keeps what searches for it."""

from __future__ import annotations

from typing import Final, cast

from flask import Flask, current_app, g

from gram_es.retrieval.following import LiveSearcher
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import SearchResult
from gram_es.retrieval.searcher import Searcher

_EXTENSION: Final = "gram-es-searcher"


def keep_searcher(app: Flask, searcher: LiveSearcher | Searcher) -> None:
    """Let every request of ``app`` find ``searcher``."""
    app.extensions[_EXTENSION] = searcher


def carry_out(asked: SearchRequest) -> SearchResult:
    """Return the answer to ``asked`` in the time that the request under way has left."""
    return current_searcher().search(asked, request_id=g.request_id, deadline=g.deadline)


def current_searcher() -> Searcher:
    """Return what answers the request; ask once a request, a later answer may be another."""
    kept = cast(LiveSearcher | Searcher, current_app.extensions[_EXTENSION])
    return kept.current() if isinstance(kept, LiveSearcher) else kept
