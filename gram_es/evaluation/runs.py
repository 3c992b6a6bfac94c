"""Runs: what a system answers to every query, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from elasticsearch import Elasticsearch
from tqdm import tqdm

from gram_es.cluster.client import cluster_errors
from gram_es.evaluation.fusion import Scored
from gram_es.evaluation.measures import DEPTH
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher


@dataclass(frozen=True, slots=True)
class Run:
    """One system's hits by query, and its wall time a query by stage (ms, in the queries' order).

    ``took_ms`` has the stage ``total``, or nothing at all where time would say nothing.
    """

    system: str
    hits: Mapping[str, Scored]
    took_ms: Mapping[str, Sequence[float]]


def run_bm25(client: Elasticsearch, index: str, queries: Sequence[str]) -> Run:
    """Search the shop's own text with Elasticsearch's defaults: what a user would pick instead."""
    hits: dict[str, Scored] = {}
    totals: list[float] = []
    for query in tqdm(queries, desc="bm25", unit="query", disable=None):
        started = time.perf_counter()
        with cluster_errors("search"):
            answer = client.search(
                index=index,
                query={"match": {"raw": query}},
                sort=[{"_score": "desc"}, {"id": "asc"}],
                size=DEPTH,
                source=False,
                track_total_hits=False,
            )
        totals.append((time.perf_counter() - started) * 1000)
        hits[query] = {hit["_id"]: hit["_score"] for hit in answer["hits"]["hits"]}
    return Run("bm25", hits, {"total": totals})


def run_search(system: str, searcher: Searcher, queries: Sequence[str]) -> Run:
    """Send every query down the real search path."""
    hits: dict[str, Scored] = {}
    took_ms: dict[str, list[float]] = {}
    searcher.rank(SearchRequest(queries[0], size=DEPTH, facets=False))  # reads the live codes
    for query in tqdm(queries, desc=system, unit="query", disable=None):
        ranking = searcher.rank(SearchRequest(query, size=DEPTH, facets=False))
        hits[query] = {hit.id: hit.score for hit in ranking.hits}
        for stage, milliseconds in ranking.took_ms.items():
            took_ms.setdefault(stage, []).append(milliseconds)
    return Run(system, hits, took_ms)
