"""Carry out a search: understand, retrieve, rerank, fetch. The deciding is in pure modules."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from elasticsearch import Elasticsearch

from gram_es.heads.following import FollowedHeads
from gram_es.index.client import cluster_errors
from gram_es.overrides.following import FollowedRules
from gram_es.overrides.queries import RuledCodes
from gram_es.overrides.rules import Override
from gram_es.retrieval.calibration import Calibration
from gram_es.retrieval.deadline import RERANKED_BY, RETRIEVED_BY, UNLIMITED, Deadline
from gram_es.retrieval.facets import read_facets, read_groups, read_total
from gram_es.retrieval.fetching import fetch_page
from gram_es.retrieval.live import IndexReader, IndexView
from gram_es.retrieval.observing import Observer
from gram_es.retrieval.queries import Clauses
from gram_es.retrieval.query_model import QueryModel
from gram_es.retrieval.query_plan import QueryPlan, plan_query
from gram_es.retrieval.ranking import Ranking
from gram_es.retrieval.recovering import read_unknown, recover, words_body
from gram_es.retrieval.request import WINDOW, Dropped, SearchRequest, clean_text
from gram_es.retrieval.rerank import (
    RankedHit,
    WindowHit,
    rank_window,
    unscored,
    window_vectors,
)
from gram_es.retrieval.result import SearchResult
from gram_es.retrieval.retrieving import Retrieved, SearchBodies, retrieve, search_bodies
from gram_es.retrieval.switching import left_on
from gram_es.retrieval.timing import Stopwatch
from gram_es.retrieval.understanding import MODEL_FAULTS, Understood, understand

if TYPE_CHECKING:
    from gram_es.model.runtime import Gram

log = logging.getLogger(__name__)

STAGES: Final = frozenset({"spelling", "text", "codes", "rerank"})
_LEAST_MS: Final = 50.0  # for a request that the cluster must answer, whatever was left


@dataclass(frozen=True, slots=True)
class _Order:
    hits: Sequence[RankedHit]
    reranked: bool = False
    fault: str | None = None


class Searcher:
    """Searches one index with one model, or with text alone; safe for many threads.

    ``index`` is an alias or a concrete name. ``window`` products are retrieved and reranked,
    whatever the page, so that pages are stable. ``stages`` leaves stages out for measuring:
    ``{"codes"}`` alone searches codes only. A reading of the live index lasts ``max_age_s``.
    ``timeout_ms`` asks Elasticsearch to answer with what it has by then, unless the deadline of a
    search asks for it sooner. ``without_model`` is what answers say in ``degraded`` when ``gram``
    is ``None``. ``shadow`` searches the model's slot before it is live, for comparing. ``observer``
    is told what happens around the model. ``rules`` are the overrides, whose pins and bans act.
    ``heads`` are queries whose codes were computed ahead.
    """

    def __init__(
        self,
        client: Elasticsearch,
        gram: Gram | None = None,
        *,
        index: str,
        window: int = WINDOW,
        calibration: Calibration | None = None,
        stages: frozenset[str] = STAGES,
        max_age_s: float = 60.0,
        timeout_ms: int = 3_000,
        without_model: str = "no model is loaded",
        shadow: bool = False,
        observer: Observer | None = None,
        rules: FollowedRules | None = None,
        heads: FollowedHeads | None = None,
    ) -> None:
        self.client = client
        self.gram = gram
        self.heads = heads
        self._model = QueryModel(gram, observer=observer, heads=heads) if gram else None
        self.index = index
        self.live = IndexReader(
            client,
            gram,
            index=index,
            max_age_s=max_age_s,
            without_model=without_model,
            shadow=shadow,
        )
        self._window = window
        self._calibration = calibration or Calibration.of(gram)
        self._stages = stages
        self._timeout_ms = timeout_ms
        self._rules = rules
        self._count_lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> dict[str, int]:
        """Return how many searches each mode answered, and how many the model failed."""
        with self._count_lock:
            return dict(self._counts)

    @property
    def overrides(self) -> tuple[Override, ...]:
        """Return the overrides as they were followed last."""
        return self._rules.book.overrides if self._rules else ()

    def look_at_overrides(self) -> None:
        """Take the overrides as they are now, before the next look in the background.

        :raises ClusterError: if the cluster refuses or does not answer.
        """
        if self._rules:
            self._rules.look()

    def search(
        self,
        request: SearchRequest,
        *,
        request_id: str | None = None,
        deadline: Deadline = UNLIMITED,
    ) -> SearchResult:
        """Return the page that ``request`` asks for; a model that fails costs its stages only.

        What would come too late for ``deadline`` is left out, and ``degraded`` names it.

        :raises ClusterUnavailableError: when the cluster does not answer.
        :raises CatalogueIndexError: when the index does not exist.
        """
        request_id = request_id or uuid4().hex
        watch = Stopwatch()
        ranking, dropped = self.rank_or_recover(
            request, request_id=request_id, watch=watch, deadline=deadline
        )
        asking = partial(self.asking, request_id, deadline)
        done = ranking.request
        with watch.stage("fetch"):
            hits = fetch_page(asking, ranking.hits, ranking.plan)
        clauses, counts = ranking.clauses, ranking.retrieved.counts
        return SearchResult(
            request=done,
            request_id=request_id,
            text=clean_text(request.text),
            spelt=clauses.spelt if clauses.spelt != clauses.typed else None,
            codes=clauses.codes,
            mode=ranking.mode,
            degraded=ranking.degraded,
            index=ranking.index,
            model=self.gram.fingerprint if self.gram else None,
            total=read_total(counts) if counts else None,
            groups=read_groups(counts) if counts else None,
            ranked=len(ranking.retrieved.window),
            dropped=dropped,
            took_ms=watch.read(),
            hits=hits,
            facets=read_facets(counts, done) if counts else None,
            rules=ranking.rules,
            window=self._window,
        )

    def rank_or_recover(
        self,
        request: SearchRequest,
        *,
        request_id: str = "-",
        watch: Stopwatch | None = None,
        deadline: Deadline = UNLIMITED,
    ) -> tuple[Ranking, tuple[Dropped, ...]]:
        """Return the order of the page, and what was dropped where nothing was found with it.

        :raises ClusterUnavailableError: when the cluster does not answer.
        :raises CatalogueIndexError: when the index does not exist.
        """
        watch = watch or Stopwatch()
        rank = partial(self.rank, request_id=request_id, watch=watch, deadline=deadline)
        asking = partial(self.asking, request_id, deadline)
        return recover(rank(request), rank, partial(self._unknown_words, asking))

    def rank(
        self,
        request: SearchRequest,
        *,
        request_id: str = "-",
        watch: Stopwatch | None = None,
        deadline: Deadline = UNLIMITED,
    ) -> Ranking:
        """Return the order of the page that ``request`` asks for, without its products.

        :raises ClusterUnavailableError: when the cluster does not answer.
        :raises CatalogueIndexError: when the index does not exist.
        """
        watch = watch or Stopwatch()
        view = self.live.view(deadline)
        ungrouped = view.ungrouped if request.collapses else ()
        if ungrouped:
            request = replace(request, collapse=False)
        with watch.stage("decode"):
            understood = understand(
                clean_text(request.text),
                self._model,
                view.live,
                stages=self._stages,
                request_id=request_id,
                deadline=deadline,
            )
        ruled = self._ruled(understood, view)
        understood = replace(understood, codes=left_on(ruled.codes, request.without))
        clauses = self._clauses(understood, view)
        with watch.stage("elasticsearch"):
            plan = plan_query(clauses, request)
            retrieved = self._retrieve(
                plan, request_id, deadline, reranked=self._reranks(understood)
            )
        with watch.stage("rerank"):
            page = slice(request.offset, request.offset + request.size)
            order = self._order(understood, clauses, retrieved.window, page, request_id, deadline)
            hits = (*order.hits, *unscored(retrieved.beyond, clauses))
        faults = [fault for fault in (understood.fault, order.fault) if fault]
        mode = _mode(understood, clauses, browses=request.browses, reranked=order.reranked)
        self._count(mode, failed=bool(faults))
        if retrieved.timed_out:
            faults.append("Elasticsearch ran out of time; hits may be missing")
        return Ranking(
            plan=plan,
            hits=hits,
            retrieved=retrieved,
            mode=mode,
            degraded=(*view.degraded, *ungrouped, *faults),
            index=view.index,
            took_ms=watch.read(),
            rules=ruled.acted,
        )

    def _ruled(self, understood: Understood, view: IndexView) -> RuledCodes:
        """Return the codes as a person has them, where codes are searched at all."""
        if self._rules is None or view.live is None or "codes" not in self._stages:
            return RuledCodes(understood.codes)
        forms = (understood.typed, understood.spelt)
        return self._rules.book.queries.apply(forms, understood.codes)

    def _clauses(self, understood: Understood, view: IndexView) -> Clauses:
        searched = "text" in self._stages
        return Clauses(
            typed=understood.typed if searched else "",
            spelt=understood.spelt if searched else "",
            codes=understood.codes,
            identifier=understood.identifier,
            slot=self.gram.slot if self.gram and view.live is not None else None,
            scale=self._calibration.scale,
        )

    def asking(self, request_id: str, deadline: Deadline = UNLIMITED) -> Elasticsearch:
        """Return a client that waits no longer than the deadline, and tells the cluster the id."""
        if not deadline.limited:
            return self.client.options(opaque_id=request_id)
        left_s = max(_LEAST_MS, deadline.left_ms()) / 1_000
        return self.client.options(opaque_id=request_id, request_timeout=left_s)

    def _reranks(self, understood: Understood) -> bool:
        return understood.vector is not None and "rerank" in self._stages

    def _retrieve(
        self, plan: QueryPlan, request_id: str, deadline: Deadline, *, reranked: bool
    ) -> Retrieved:
        left_ms = max(_LEAST_MS, deadline.left_ms(RETRIEVED_BY))
        timeout_ms = int(min(self._timeout_ms, left_ms))
        return retrieve(
            self.asking(request_id, deadline),
            self.index,
            self._bodies(plan, timeout_ms=timeout_ms, reranked=reranked),
            slot=plan.clauses.slot,
            preference=sha256(clean_text(plan.request.text).encode()).hexdigest()[:16],
        )

    def _bodies(self, plan: QueryPlan, *, timeout_ms: int, reranked: bool) -> SearchBodies:
        return search_bodies(plan, window=self._window, timeout_ms=timeout_ms, reranked=reranked)

    def _order(
        self,
        understood: Understood,
        clauses: Clauses,
        window: Sequence[WindowHit],
        page: slice,
        request_id: str,
        deadline: Deadline,
    ) -> _Order:
        """Return the page of the window in its final order.

        A scorer that fails or has no time takes no part, and that is named.
        """
        vector = understood.vector if self._reranks(understood) else None
        fault = None
        if vector is not None and deadline.left_ms(RERANKED_BY) <= 0:
            fault = "no time was left to rerank"
        elif vector is not None:
            try:
                vectors = window_vectors(vector, window)
                if vectors is not None:
                    ranked = rank_window(window, clauses, self._calibration, vectors, page=page)
                    return _Order(ranked, reranked=True)
            except MODEL_FAULTS as error:
                log.exception("request %s: the scorer failed", request_id)
                fault = f"the scorer failed on this query ({type(error).__name__})"
        return _Order(rank_window(window, clauses, self._calibration, page=page), fault=fault)

    def _unknown_words(
        self, asking: Callable[[], Elasticsearch], words: Collection[str]
    ) -> list[str]:
        """Return those of ``words`` that no product has, as typed or as spelt."""
        spell = self.gram.speller.correct if self.gram else str
        with cluster_errors("look for words that no product has"):
            answer = asking().search(index=self.index, **words_body(words, spell))
        return read_unknown(words, answer["aggregations"])

    def _count(self, mode: str, *, failed: bool) -> None:
        with self._count_lock:
            self._counts[mode] += 1
            self._counts["model failed"] += failed


def _mode(understood: Understood, clauses: Clauses, *, browses: bool, reranked: bool) -> str:
    """Name the stages that ran, as in ``codes+text+rerank``."""
    ran = {
        "filter": browses,
        "exact": understood.exact,
        "codes": bool(clauses.codes),
        "text": bool(clauses.typed),
        "rerank": reranked,
    }
    return "+".join(stage for stage, took_part in ran.items() if took_part) or "none"
