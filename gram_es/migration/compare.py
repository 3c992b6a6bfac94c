"""Compare two models on the same queries by real searches, and decide whether to switch."""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from elasticsearch import Elasticsearch
from tqdm import tqdm

from gram_es.cluster.client import cluster_errors
from gram_es.errors import SettingsError
from gram_es.evaluation.measures import DEPTH, Grading, measure
from gram_es.records import Judgment
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.text.normalise import MAX_TEXT_CHARS, clean_text

OVERLAP_DEPTH = 10
_GATE_MEASURE = "nDCG@10"


@dataclass(frozen=True)
class ModelResult:
    """The results of one model's searches.

    ``p50_ms`` and ``p95_ms`` are percentiles of the wall time per query. ``degraded`` is the number
    of searches that skipped a stage, for example because the model was too slow. ``measures``
    contains the mean of each measure, such as ``nDCG@10``; it is empty without judgments.
    """

    slot: str
    p50_ms: float
    p95_ms: float
    degraded: int
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """The results of the live and of the new model on the same queries.

    ``queries`` is the number of queries. The overlap of a query is the share of the live model's
    first ten hits that the new model's first ten hits contain. ``overlap`` is the mean over the
    queries.
    """

    queries: int
    overlap: float
    live: ModelResult
    new: ModelResult


@dataclass(frozen=True)
class Gate:
    """The conditions that a comparison must meet for a switch.

    The new model must not have more degraded searches than the live model. With judgments, nDCG@10
    may fall by at most ``max_loss``. Without judgments, the first ten hits must overlap by at least
    ``min_overlap``.
    """

    min_overlap: float
    max_loss: float

    def objections(self, comparison: Comparison) -> list[str]:
        """Return the reasons not to switch, as clauses of text; an empty list allows the switch."""
        live, new = comparison.live, comparison.new
        objections = []
        if new.degraded > live.degraded:
            objections.append(
                f"{new.degraded} of {comparison.queries} searches were degraded with {new.slot}"
                f" ({live.slot}: {live.degraded})"
            )
        if new.measures:
            loss = live.measures[_GATE_MEASURE] - new.measures[_GATE_MEASURE]
            if loss > self.max_loss:
                objections.append(
                    f"{_GATE_MEASURE} falls by {loss:.3f}, --max-loss is {self.max_loss:g}"
                )
        elif comparison.overlap < self.min_overlap:
            objections.append(
                f"the first {OVERLAP_DEPTH} hits overlap by {comparison.overlap:.0%},"
                f" --min-overlap is {self.min_overlap:.0%}"
            )
        return objections


def compare(
    live: Searcher,
    new: Searcher,
    queries: Sequence[str],
    judgments: Sequence[Judgment] = (),
    grading: Grading | None = None,
) -> Comparison:
    """Run each query with both searchers and compare their hits and times.

    The searchers take turns to run a query first.

    :param judgments: the judgments to measure by; if there are none, only overlap and times are
        compared.
    :raises ClusterError: if the cluster does not answer.
    """
    searchers = [_TimedSearcher(live), _TimedSearcher(new)]
    overlaps = []
    for number, query in enumerate(tqdm(queries, desc="compare", unit="query", disable=None)):
        for searcher in searchers if number % 2 else reversed(searchers):
            searcher.search(query)
        first, second = (searcher.rankings[query][:OVERLAP_DEPTH] for searcher in searchers)
        overlaps.append(len({*first} & {*second}) / len(first) if first else float(not second))
    live_result, new_result = (
        searcher.result(judgments, grading or Grading()) for searcher in searchers
    )
    return Comparison(len(queries), statistics.fmean(overlaps), live_result, new_result)


class _TimedSearcher:
    """Wraps a searcher and records its rankings, its times and its degraded searches."""

    def __init__(self, searcher: Searcher) -> None:
        assert searcher.gram is not None
        self._searcher = searcher
        self._slot = searcher.gram.slot
        self._totals_ms: list[float] = []
        self._degraded = 0
        self.rankings: dict[str, list[str]] = {}
        searcher.index_reader.refresh()

    def search(self, query: str) -> None:
        request = SearchRequest(query, size=DEPTH, facets=False)
        ranking = self._searcher.rank(request, self._searcher.new_context("compare"))
        self._totals_ms.append(ranking.took_ms["total"])
        self._degraded += bool(ranking.degraded)
        self.rankings[query] = [hit.id for hit in ranking.hits]

    def result(self, judgments: Sequence[Judgment], grading: Grading) -> ModelResult:
        p50, p95 = np.percentile(self._totals_ms, [50, 95])
        measures = measure(judgments, self.rankings, grading).means if judgments else {}
        return ModelResult(self._slot, float(p50), float(p95), self._degraded, measures)


def read_queries(path: Path) -> list[str]:
    """Return the distinct queries of a file that contains one per line.

    :raises SettingsError: if the file cannot be read, has no query, or has one that is too long.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the queries {path}: {error}") from None
    queries = [query for query in dict.fromkeys(map(clean_text, lines)) if query]
    if not queries:
        raise SettingsError(f"{path} contains no queries; write one per line")
    too_long = next((query for query in queries if len(query) > MAX_TEXT_CHARS), None)
    if too_long is not None:
        raise SettingsError(
            f"{path} has a query longer than {MAX_TEXT_CHARS} characters: {too_long[:40]!r}...; "
            "shorten it"
        )
    return queries


def sample(queries: Sequence[str], size: int) -> list[str]:
    """Return at most ``size`` of the queries; the same queries give the same sample."""
    if len(queries) <= size:
        return list(queries)
    return random.Random(0).sample(queries, size)  # noqa: S311 - a repeatable sample


def sample_titles(client: Elasticsearch, index: str, size: int) -> list[str]:
    """Return at most ``size`` product titles, for use as queries if there are no others."""
    random_order = {"function_score": {"random_score": {"seed": 0, "field": "_seq_no"}}}
    with cluster_errors(f"sample titles of {index}"):
        answer = client.search(
            index=index, query=random_order, size=size, source_includes=["title"]
        )
    hits = answer["hits"]["hits"]
    titles = (clean_text(hit["_source"]["title"])[:MAX_TEXT_CHARS] for hit in hits)
    return [title for title in dict.fromkeys(titles) if title]
