"""Where an application keeps its searcher."""

from __future__ import annotations

from typing import Final, cast

from flask import Flask, current_app

from gram_es.retrieval.searcher import Searcher

_EXTENSION: Final = "gram-es-searcher"


def keep_searcher(app: Flask, searcher: Searcher) -> None:
    """Let every request of ``app`` find ``searcher``."""
    app.extensions[_EXTENSION] = searcher


def current_searcher() -> Searcher:
    """Return the searcher of the application that handles the request."""
    return cast(Searcher, current_app.extensions[_EXTENSION])
