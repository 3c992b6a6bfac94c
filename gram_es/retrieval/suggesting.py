"""Complete a query that is being typed, from what the live index holds."""

from __future__ import annotations

from dataclasses import dataclass

from elasticsearch import Elasticsearch

from gram_es.index.client import cluster_errors
from gram_es.retrieval.completion import Completion
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.request import clean_text
from gram_es.retrieval.searcher import Searcher
from gram_es.text.normalise import normalise


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What ``text`` may go on to; ``spelt`` is its mended form where that was looked for."""

    text: str
    spelt: str | None
    completions: tuple[Completion, ...]


def suggest(
    searcher: Searcher,
    text: str,
    *,
    size: int,
    context: SearchContext | None = None,
) -> Suggestions:
    """Return at most ``size`` completions: codes, brands and categories, then products' titles.

    Where nothing goes on from ``text``, its mended form is looked for.

    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    text = clean_text(text)
    context = context or searcher.new_context()
    found = _completions(context, searcher.index, text, size)
    if found or searcher.gram is None:
        return Suggestions(text, None, found)
    spelt = searcher.gram.speller.correct(normalise(text))
    mended = _completions(context, searcher.index, spelt, size) if spelt != normalise(text) else ()
    return Suggestions(text, spelt if mended else None, mended)


def _completions(
    context: SearchContext, index: str, text: str, size: int
) -> tuple[Completion, ...]:
    found = context.view.completions.of(text, size)
    if len(found) == size or not normalise(text):
        return found
    return (*found, *_titles(context.bounded_client(), index, text, size - len(found)))


def _titles(client: Elasticsearch, index: str, text: str, size: int) -> list[Completion]:
    """Return titles in which the words stand in this order, the last one maybe cut short."""
    with cluster_errors(f"complete a query from {index}"):
        answer = client.search(
            index=index,
            query={"match_phrase_prefix": {"title": {"query": text}}},
            size=size,
            source_includes=["title"],
            track_total_hits=False,
        )
    titles = dict.fromkeys(hit["_source"]["title"] for hit in answer["hits"]["hits"])
    return [Completion(title, "product", 1) for title in titles]
