"""Run a search in four steps: understand, retrieve, rerank, fetch.

Other modules implement the steps; this module calls them in order and counts the searches.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from elasticsearch import Elasticsearch

from gram_es.errors import ClusterUnavailableError
from gram_es.overrides.rules import Override
from gram_es.overrides.watcher import RulesWatcher
from gram_es.precomputed.store import PrecomputedStore
from gram_es.precomputed.watcher import PrecomputedWatcher
from gram_es.retrieval.conditions.conditions import ParsedQuery
from gram_es.retrieval.context import UNLIMITED, Deadline, SearchContext, Stopwatch
from gram_es.retrieval.hits import fetch_page
from gram_es.retrieval.live_index import LiveIndexReader
from gram_es.retrieval.planner import PlannedSearch, Planner
from gram_es.retrieval.query.model_worker import ModelWorker
from gram_es.retrieval.query.observer import Observer
from gram_es.retrieval.query.stored_answers import StoredAnswers
from gram_es.retrieval.query.understand import UnderstoodQuery
from gram_es.retrieval.ranking import (
    Ranking,
    Reranked,
    Tier,
    mode_of,
    order_page,
    window_for,
)
from gram_es.retrieval.recall.bodies import Body
from gram_es.retrieval.recall.multi_search import (
    RetrievalResult,
    SearchBodies,
    check_bodies,
    retrieve,
    search_bodies,
)
from gram_es.retrieval.recall.plan import QueryPlan, rerank_body
from gram_es.retrieval.relaxation import find_unknown_words, relax
from gram_es.retrieval.request import DroppedConstraint, Fault, RequestError, SearchRequest
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.result import SearchResult, build_result
from gram_es.settings import WINDOW
from gram_es.text.normalise import clean_text
from gram_es.text.spelling.speller import Spelling

if TYPE_CHECKING:
    from gram_es.model.gram import Gram, LiveCodes, QueryCodes

logger = logging.getLogger(__name__)

_LATE: Final = "Elasticsearch ran out of time; hits may be missing"
STAGES: Final = frozenset({"spelling", "text", "codes", "rerank"})


class Searcher:
    """Searches one index with one model, or by text alone; safe for many threads.

    ``index`` is an alias or the name of an index. The first ``window`` hits are retrieved and
    reranked, fewer of them for the first pages (:class:`~gram_es.retrieval.ranking.Tier`).
    ``stages`` are the stages that may run. With ``{"codes"}``, for example, a search uses only
    codes, so that the effect of codes can be measured. The state of the live index, such as its
    codes, is read again after ``max_age_s``.
    After ``timeout_ms``, or earlier if the deadline requires it, Elasticsearch returns the hits
    that it has found so far.

    ``without_model`` is the reason that results report in ``degraded`` if ``gram`` is ``None``.
    With ``shadow`` the model's codes are searched even if the model is not live, for comparisons.
    ``observer`` is notified when the model answers, fails or is late. ``rules`` provides the
    overrides; their pins and bans change the codes of queries. ``precomputed`` provides the codes
    of frequent queries, so that the model need not compute them. ``answered`` contains the answers
    of a language model; they are read beside a search in whose codes one has a say.
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
        rules: RulesWatcher | None = None,
        precomputed: PrecomputedWatcher | None = None,
        answered: PrecomputedStore | None = None,
    ) -> None:
        self.client = client
        self.gram = gram
        self.precomputed = precomputed
        self._model = (
            ModelWorker(gram, observer=observer, precomputed=precomputed) if gram else None
        )
        self._answers = StoredAnswers(answered, self._model)
        self.index = index
        self.index_reader = LiveIndexReader(
            client,
            gram,
            index=index,
            max_age_s=max_age_s,
            without_model=without_model,
            shadow=shadow,
        )
        self._tiers = Tier.of(window)
        self._calibration = calibration or Calibration.of(gram)
        self._stages = stages
        self._timeout_ms = timeout_ms
        self._rules = rules
        self.planner = Planner(
            gram,
            self._model,
            index=index,
            stages=stages,
            calibration=self._calibration,
            rules=rules,
        )
        self._count_lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of calls of :meth:`search` by the mode of their result.

        The key ``model failed`` counts the results that lack a stage because the model or the
        rerank failed or was late.
        """
        with self._count_lock:
            return dict(self._counts)

    @property
    def overrides(self) -> tuple[Override, ...]:
        """Return the overrides that were read last."""
        return self._rules.current.overrides if self._rules else ()

    def remember(self, spelling: Spelling, live: LiveCodes, answer: QueryCodes) -> None:
        """Answer a query with ``answer`` instead of the model's codes, while ``live`` are live."""
        assert self._model is not None
        self._model.remember(spelling, live, answer)

    def refresh_overrides(self) -> None:
        """Read the overrides now, without waiting for the next periodic reading.

        :raises ClusterError: if the cluster rejects the request or does not answer.
        """
        if self._rules:
            self._rules.refresh()

    def new_context(
        self, request_id: str | None = None, deadline: Deadline = UNLIMITED
    ) -> SearchContext:
        """Return the context of a new search, with a running stopwatch and the current view.

        :raises ClusterUnavailableError: when the cluster does not answer.
        :raises CatalogueIndexError: when the index does not exist.
        """
        stopwatch = Stopwatch()
        view = self.index_reader.view(deadline)
        return SearchContext(self.client, request_id or uuid4().hex, view, deadline, stopwatch)

    def search(
        self,
        request: SearchRequest,
        *,
        request_id: str | None = None,
        deadline: Deadline = UNLIMITED,
    ) -> SearchResult:
        """Run ``request`` and return its page of hits.

        A stage is omitted if it needs the model and the model fails, or if too little time is left
        before ``deadline``. The result contains the reasons in ``degraded``.

        :raises ClusterUnavailableError: when the cluster does not answer.
        :raises CatalogueIndexError: when the index does not exist.
        :raises ShopIndexError: when the index is a shop's own.
        """
        context = self.new_context(request_id, deadline)
        context.view.check_searchable()
        request = self.planner.parse(request, context)
        ranking, dropped = self.rank_relaxed(request, context)
        self._count(ranking)
        with context.stopwatch.stage("fetch"):
            hits = fetch_page(context, ranking.hits, ranking.plan)
        return build_result(
            ranking,
            hits,
            context,
            text=clean_text(request.text),
            searched_text=request.searched_text,
            model=self.gram.fingerprint if self.gram else None,
            dropped=dropped,
        )

    def window_of(self, request: SearchRequest) -> int:
        """Return the number of hits that are retrieved and reranked for the page of ``request``."""
        return window_for(self._tiers, request.offset + request.size)

    def rank_relaxed(
        self, request: SearchRequest, context: SearchContext, *, window: int | None = None
    ) -> tuple[Ranking, tuple[DroppedConstraint, ...]]:
        """Return the ranking of ``request``, and the constraints that were dropped.

        Constraints are dropped only if nothing matches.

        :param window: as in :meth:`rank`.
        :raises ClusterUnavailableError: when the cluster does not answer.
        :raises CatalogueIndexError: when the index does not exist.
        """

        def rank(relaxed: SearchRequest) -> Ranking:
            return self.rank(relaxed, context, window=window)

        def spell(word: str) -> Spelling:
            return self.planner.spell(word, context.view, corrects=request.spelling)

        def find_unknown(words: Collection[str]) -> list[str]:
            return find_unknown_words(context.bounded_client(), self.index, words, spell)

        first = rank(request)
        ranking, dropped = relax(first, rank, find_unknown)
        return replace(ranking, asked=first.understood), dropped

    def rank(
        self,
        request: SearchRequest,
        context: SearchContext | None = None,
        *,
        window: int | None = None,
    ) -> Ranking:
        """Return the hits of ``request`` in their final order, without their products.

        If the spelling correction replaces a word that a product contains, the search runs a second
        time without this correction. It also does so if a language model has answered the query,
        and remembers the answer. If a stage fails or is late only the second time, the first
        ranking is returned.

        :param window: the number of hits to rerank; default: that of :meth:`window_of`.
        :raises ClusterUnavailableError: when the cluster does not answer.
        :raises CatalogueIndexError: when the index does not exist.
        """
        context = context or self.new_context()
        request = self.planner.parse(request, context)
        window = window or self.window_of(request)
        ranking = self._rank(request, context, window=window)
        keep = self._learn(ranking.retrieved, ranking.understood, context)
        if keep is None:
            return ranking
        again = self._rank_again(request, context, window=window, keep=keep)
        if again is None or again.failed_stages - ranking.failed_stages:
            return replace(ranking, took_ms=context.stopwatch.read())
        return again

    def plan(
        self,
        request: SearchRequest,
        *,
        request_id: str | None = None,
        deadline: Deadline = UNLIMITED,
    ) -> PlannedSearch:
        """Return the plan of ``request`` that a search would carry out.

        :raises ClusterUnavailableError: when the cluster does not answer.
        :raises CatalogueIndexError: when the index does not exist.
        """
        context = self.new_context(request_id, deadline)
        return self._plan(self.planner.parse(request, context), context)

    def rerank(
        self,
        text: str,
        ids: Sequence[str],
        *,
        request_id: str | None = None,
        deadline: Deadline = UNLIMITED,
    ) -> Reranked:
        """Return the products with these ids, which any query found, in the order of a search.

        Conditions in the words of ``text`` have no effect.

        :raises RequestError: if the text is too long, or has no words but those of conditions.
        :raises ClusterUnavailableError: when the cluster does not answer.
        :raises CatalogueIndexError: when the index does not exist.
        """
        context = self.new_context(request_id, deadline)
        parsed = self.planner.parse(SearchRequest(text, size=len(ids), facets=False), context)
        if parsed.browses:
            raise RequestError((Fault("q", "has only words of conditions; add what is wanted"),))
        request = replace(parsed, sort="relevance", parsed=ParsedQuery(parsed.searched_text))
        planned = self._plan(request, context)
        vector = planned.understood.vector if "rerank" in self._stages else None
        body = rerank_body(
            planned.plan,
            ids,
            timeout_ms=context.timeout_ms(self._timeout_ms),
            reranked=vector is not None,
            is_shops=context.view.is_shops,
        )
        client = context.bounded_client()
        retrieved = retrieve(client, self.index, planned.plan, SearchBodies(window=body))
        page = order_page(planned.plan, retrieved, self._calibration, vector, context)
        reasons = (page.degraded_reason, _LATE if retrieved.timed_out else None)
        degraded = (*planned.degraded, *(reason for reason in reasons if reason))
        return Reranked(page.hits, degraded, is_complete=not retrieved.timed_out)

    def _plan(self, request: SearchRequest, context: SearchContext) -> PlannedSearch:
        """Return the plan after the cluster was asked what the first one left open.

        That is whether a product has a word that the spelling correction replaces, and what a
        language model answered.
        """
        planned = self.planner.plan(request, context)
        timeout_ms = context.timeout_ms(self._timeout_ms)
        answered = self._answers.body(planned.understood, timeout_ms=timeout_ms)
        # Which words a shop's own index has, no field that is known says.
        checks = (
            SearchBodies()
            if context.view.is_shops
            else check_bodies(planned.plan, timeout_ms=timeout_ms)
        )
        bodies = replace(checks, answered=answered)
        if not bodies.words and answered is None:
            return planned
        found = retrieve(context.bounded_client(), self.index, planned.plan, bodies)
        keep = self._learn(found, planned.understood, context)
        return planned if keep is None else self.planner.plan(request, context, keep=keep)

    def _learn(
        self, retrieved: RetrievalResult, understood: UnderstoodQuery, context: SearchContext
    ) -> frozenset[str] | None:
        """Remember a stored answer, and the words that the index has.

        :return: these words; ``None`` if there is nothing to plan the search again for.
        """
        words = retrieved.indexed_words
        has_answer = self._answers.keep(retrieved.answered, understood, context.view.live_codes)
        self.planner.indexed_words.add(words, context.view)
        return words if words or has_answer else None

    def _rank_again(
        self, request: SearchRequest, context: SearchContext, *, window: int, keep: frozenset[str]
    ) -> Ranking | None:
        """Return the ranking without corrections of ``keep``; ``None`` if the cluster is late."""
        try:
            return self._rank(request, context, window=window, keep=keep)
        except ClusterUnavailableError as error:
            logger.warning(
                "request %s: keeping the ranking of the corrected query: %s",
                context.request_id,
                error,
            )
            return None

    def _rank(
        self,
        request: SearchRequest,
        context: SearchContext,
        *,
        window: int,
        keep: frozenset[str] = frozenset(),
    ) -> Ranking:
        """Return the ranking of one run.

        :param keep: words that are not corrected, besides those of the planner, which another
            thread can change between two runs of a search.
        """
        view, stopwatch = context.view, context.stopwatch
        cannot_collapse = view.cannot_collapse if request.collapses else ()
        if cannot_collapse:
            request = replace(request, collapse=False)
        with stopwatch.stage("understand"):
            planned = self.planner.plan(request, context, keep=keep)
        plan, understood = planned.plan, planned.understood
        reranks = "rerank" in self._stages and not request.counts_only
        vector = understood.vector if reranks else None
        with stopwatch.stage("elasticsearch"):
            answered = self._answers.body(
                understood, timeout_ms=context.timeout_ms(self._timeout_ms)
            )
            retrieved = self._retrieve(
                plan, context, window=window, reranked=vector is not None, answered=answered
            )
        with stopwatch.stage("rerank"):
            page = order_page(
                plan, retrieved, self._calibration, vector, context, tiers=self._tiers
            )
        mode = mode_of(plan, identifier_only=understood.identifier_only, reranked=page.reranked)
        reasons = {
            "understand": understood.degraded_reason,
            "rerank": page.degraded_reason,
            "elasticsearch": _LATE if retrieved.timed_out else None,
        }
        failures = {stage: reason for stage, reason in reasons.items() if reason}
        return Ranking(
            plan=plan,
            hits=page.hits,
            retrieved=retrieved,
            mode=mode,
            degraded=(*view.degraded, *cannot_collapse, *failures.values()),
            index=view.index,
            took_ms=stopwatch.read(),
            understood=understood,
            asked=understood,
            rules=planned.rules,
            failed_stages=frozenset(failures),
        )

    def _retrieve(
        self,
        plan: QueryPlan,
        context: SearchContext,
        *,
        window: int,
        reranked: bool,
        answered: Body | None = None,
    ) -> RetrievalResult:
        timeout_ms = context.timeout_ms(self._timeout_ms)
        bodies = self._bodies(plan, window=window, timeout_ms=timeout_ms, reranked=reranked)
        bodies = replace(bodies, answered=answered)
        return retrieve(context.bounded_client(), self.index, plan, bodies)

    def _bodies(
        self, plan: QueryPlan, *, window: int, timeout_ms: int, reranked: bool
    ) -> SearchBodies:
        return search_bodies(plan, window=window, timeout_ms=timeout_ms, reranked=reranked)

    def _count(self, ranking: Ranking) -> None:
        with self._count_lock:
            self._counts[ranking.mode] += 1
            self._counts["model failed"] += bool(ranking.failed_stages & {"understand", "rerank"})
