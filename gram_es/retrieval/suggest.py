"""Suggest completions of a query that is being typed, from the live index."""

from __future__ import annotations

from dataclasses import dataclass

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.retrieval.completions import Completion
from gram_es.retrieval.context import SearchContext
from gram_es.retrieval.searcher import Searcher
from gram_es.text.normalise import clean_text, normalise


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The completions of a query that is being typed.

    Normally ``completions`` complete ``text``, and ``corrected`` is ``None``. If ``text`` has no
    completions but the corrected text has some, ``completions`` complete the text in ``corrected``.
    """

    text: str
    corrected: str | None
    completions: tuple[Completion, ...]


def suggest(
    searcher: Searcher,
    text: str,
    *,
    size: int,
    context: SearchContext | None = None,
) -> Suggestions:
    """Return at most ``size`` completions: codes, brands and categories, then product titles.

    If the text has no completions, those of the corrected text are returned.

    :raises ClusterError: when the cluster does not answer.
    :raises CatalogueIndexError: when the index does not exist.
    """
    text = clean_text(text)
    context = context or searcher.new_context()
    completions = _completions(context, searcher.index, text, size)
    if completions:
        return Suggestions(text, None, completions)
    typed = normalise(text)
    corrected = searcher.planner.spell(typed, context.view).corrected
    if corrected == typed:
        return Suggestions(text, None, ())
    completions = _completions(context, searcher.index, corrected, size)
    return Suggestions(text, corrected if completions else None, completions)


def _completions(
    context: SearchContext, index: str, text: str, size: int
) -> tuple[Completion, ...]:
    names = context.view.completions.of(text, size)
    if len(names) == size or not normalise(text):
        return names
    return (*names, *_titles(context.bounded_client(), index, text, size - len(names)))


def _titles(client: Elasticsearch, index: str, text: str, size: int) -> list[Completion]:
    """Return titles that contain the words of ``text`` in order; the last word can be a prefix."""
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
