"""Runs: the hits of a system for each query, and the time that each query takes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch
from tqdm import tqdm

from gram_es.cluster.client import cluster_errors
from gram_es.evaluation.fusion import ScoredHits
from gram_es.evaluation.measures import DEPTH
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """The hits of one system by query, and its wall times.

    ``took_ms`` contains, by stage, the time of each query in ms, in the order of the queries. One
    stage is ``total``. ``took_ms`` is empty if times would be meaningless.
    """

    system: str
    hits: Mapping[str, ScoredHits]
    took_ms: Mapping[str, Sequence[float]]


def run_bm25(client: Elasticsearch, index: str, queries: Sequence[str]) -> Run:
    """Run each query on the shop's own text with Elasticsearch's defaults.

    This is the simplest baseline.
    """
    return run_requests("bm25", client, index, queries, lambda query: {"match": {"raw": query}})


def run_requests(
    system: str,
    client: Elasticsearch,
    index: str,
    queries: Sequence[str],
    request_of: Callable[[str], Mapping[str, Any]],
) -> Run:
    """Send a request of Elasticsearch for each query; ``system`` is the name of the run.

    :param request_of: returns the ``query`` of the request.
    """
    hits: dict[str, ScoredHits] = {}
    totals: list[float] = []
    for query in tqdm(queries, desc=system, unit="query", disable=None):
        started = time.perf_counter()
        with cluster_errors("search"):
            response = client.search(
                index=index,
                query=request_of(query),
                sort=[{"_score": "desc"}, {"id": "asc"}],
                size=DEPTH,
                source=False,
                track_total_hits=False,
            )
        totals.append((time.perf_counter() - started) * 1000)
        hits[query] = {hit["_id"]: hit["_score"] for hit in response["hits"]["hits"]}
    return Run(system, hits, {"total": totals})


def run_search(system: str, searcher: Searcher, queries: Sequence[str]) -> Run:
    """Run each query on ``searcher``; ``system`` is the name of the run.

    A warning says how many queries lack a stage because the model or the rerank failed.
    """
    hits: dict[str, ScoredHits] = {}
    took_ms: dict[str, list[float]] = {}
    failures: list[tuple[str, ...]] = []
    # The first search is not timed, because it reads the live codes.
    searcher.rank(SearchRequest(queries[0], size=DEPTH, facets=False))
    for query in tqdm(queries, desc=system, unit="query", disable=None):
        ranking = searcher.rank(SearchRequest(query, size=DEPTH, facets=False))
        hits[query] = {hit.id: hit.score for hit in ranking.hits}
        for stage, milliseconds in ranking.took_ms.items():
            took_ms.setdefault(stage, []).append(milliseconds)
        if ranking.failed_stages:
            failures.append(ranking.degraded)
    if failures:
        count, reasons = len(failures), "; ".join(failures[0])
        logger.warning(
            "%s: %d of %d queries lack a stage: %s", system, count, len(queries), reasons
        )
    return Run(system, hits, took_ms)
