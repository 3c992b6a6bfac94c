"""Where an application keeps what searches for it."""

from __future__ import annotations

from typing import Final, cast

from flask import Flask, current_app

from gram_es.retrieval.following import LiveSearcher
from gram_es.retrieval.searcher import Searcher

_EXTENSION: Final = "gram-es-searcher"


def keep_searcher(app: Flask, searcher: LiveSearcher | Searcher) -> None:
    """Let every request of ``app`` find ``searcher``."""
    app.extensions[_EXTENSION] = searcher


def current_searcher() -> Searcher:
    """Return what answers the request; ask once a request, a later answer may be another."""
    kept = cast(LiveSearcher | Searcher, current_app.extensions[_EXTENSION])
    return kept.current() if isinstance(kept, LiveSearcher) else kept
