"""Two models over the same queries, each by the real search path; and the gate that follows."""

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

TOP = 10
_JUDGED = "nDCG@10"


@dataclass(frozen=True)
class Side:
    """One model: wall time a query in ms, how many searches it could not take its part in."""

    slot: str
    p50_ms: float
    p95_ms: float
    degraded: int
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """The live model beside the new one.

    ``overlap`` is the mean share of the live model's first ten that the new one's first ten hold.
    """

    queries: int
    overlap: float
    live: Side
    new: Side


@dataclass(frozen=True)
class Gate:
    """What a comparison must show before the switch.

    Where queries are judged, nDCG@10 may fall by at most ``max_loss``; where none is, the first
    ten must share ``min_overlap``.
    """

    min_overlap: float
    max_loss: float

    def faults(self, found: Comparison) -> list[str]:
        """Return what stands against the switch, a clause each."""
        faults = []
        if found.new.degraded > found.live.degraded:
            faults.append(
                f"{found.new.slot} had no part in {found.new.degraded} of {found.queries} searches"
                f" ({found.live.slot}: {found.live.degraded})"
            )
        if found.new.measures:
            loss = found.live.measures[_JUDGED] - found.new.measures[_JUDGED]
            if loss > self.max_loss:
                faults.append(f"{_JUDGED} falls by {loss:.3f}, --max-loss is {self.max_loss:g}")
        elif found.overlap < self.min_overlap:
            faults.append(
                f"the first {TOP} share {found.overlap:.0%},"
                f" --min-overlap is {self.min_overlap:.0%}"
            )
        return faults


def compare(
    live: Searcher,
    new: Searcher,
    queries: Sequence[str],
    judgments: Sequence[Judgment] = (),
    grading: Grading | None = None,
) -> Comparison:
    """Send each query through both searchers, in turn, and compare what comes back.

    :param judgments: what the measures are taken by; without them there are none.
    :raises ClusterError: if the cluster does not answer.
    """
    sides = [_Watched(live), _Watched(new)]
    overlaps = []
    for number, query in enumerate(tqdm(queries, desc="compare", unit="query", disable=None)):
        for side in sides if number % 2 else reversed(sides):
            side.ask(query)
        first, second = (side.rankings[query][:TOP] for side in sides)
        overlaps.append(len({*first} & {*second}) / len(first) if first else float(not second))
    live_side, new_side = (side.result(judgments, grading or Grading()) for side in sides)
    return Comparison(len(queries), statistics.fmean(overlaps), live_side, new_side)


class _Watched:
    """A searcher with what it answered, how long it took, and how often the model was missing."""

    def __init__(self, searcher: Searcher) -> None:
        assert searcher.gram is not None
        self._searcher = searcher
        self._slot = searcher.gram.slot
        self._totals: list[float] = []
        self._degraded = 0
        self.rankings: dict[str, list[str]] = {}
        searcher.live.refresh()

    def ask(self, query: str) -> None:
        request = SearchRequest(query, size=DEPTH, facets=False)
        ranking = self._searcher.rank(request, self._searcher.new_context("compare"))
        self._totals.append(ranking.took_ms["total"])
        self._degraded += bool(ranking.degraded)
        self.rankings[query] = [hit.id for hit in ranking.hits]

    def result(self, judgments: Sequence[Judgment], grading: Grading) -> Side:
        p50, p95 = np.percentile(self._totals, [50, 95])
        measures = measure(judgments, self.rankings, grading).means if judgments else {}
        return Side(self._slot, float(p50), float(p95), self._degraded, measures)


def read_queries(path: Path) -> list[str]:
    """Read a file of queries, one a line.

    :raises SettingsError: if it cannot be read, or a line is no query.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the queries {path}: {error}") from None
    queries = [query for query in dict.fromkeys(map(clean_text, lines)) if query]
    if not queries:
        raise SettingsError(f"{path} holds no queries; give one a line")
    long = next((query for query in queries if len(query) > MAX_TEXT_CHARS), None)
    if long is not None:
        raise SettingsError(
            f"{path} has a query longer than {MAX_TEXT_CHARS} characters: {long[:40]!r}..."
        )
    return queries


def sample(queries: Sequence[str], size: int) -> list[str]:
    """Return at most ``size`` of the queries, always the same ones."""
    if len(queries) <= size:
        return list(queries)
    return random.Random(0).sample(queries, size)  # noqa: S311  # nothing secret hangs on it


def sample_titles(client: Elasticsearch, index: str, size: int) -> list[str]:
    """Return titles of products as queries, for a shop that keeps neither queries nor judgments."""
    drawn = {"function_score": {"random_score": {"seed": 0, "field": "_seq_no"}}}
    with cluster_errors(f"sample titles of {index}"):
        hits = client.search(index=index, query=drawn, size=size, source_includes=["title"])[
            "hits"
        ]["hits"]
    titles = (clean_text(hit["_source"]["title"])[:MAX_TEXT_CHARS] for hit in hits)
    return [title for title in dict.fromkeys(titles) if title]
