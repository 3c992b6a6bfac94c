"""Read the state of the live index for searches, and read it again periodically.

The state is an :class:`IndexView`. It contains the live codes (the codes that products in the index
have), the completions, and the example queries for the start page.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import ClusterUnavailableError, GramError
from gram_es.index.documents import GROUP_ATTRIBUTE
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.index.scan import read_live_codes
from gram_es.index.slots import codes_field
from gram_es.retrieval.completions import Completion, Completions
from gram_es.retrieval.context import UNLIMITED, Deadline, IndexView
from gram_es.retrieval.query.model_worker import MODEL_ERRORS
from gram_es.retrieval.recall.facets import FacetValue
from gram_es.retrieval.request import GROUP

if TYPE_CHECKING:
    from gram_es.model.gram import Gram, LiveCodes

logger = logging.getLogger(__name__)

_EXAMPLES: Final = 16
_NAMES: Final = 2_000
_CURRENCIES: Final = 20
_MAX_AGE_WITHOUT_CODES_S: Final = 5.0
_FIRST_VIEW_TIMEOUT_S: Final = 60.0
_CHECK_TIMEOUT_S: Final = 2.0  # a health check that takes longer has failed


class LiveIndexReader:
    """Provides the current view of an index; thread-safe.

    Callers wait only for the first view. If a view is older than ``max_age_s``, one background
    thread reads the index again; until then, searches use the previous view. If ``gram`` is
    ``None``, the view reports the reason ``without_model`` in its field ``degraded``. With
    ``shadow`` the codes of ``gram`` are used even if this model is not live.
    """

    def __init__(
        self,
        client: Elasticsearch,
        gram: Gram | None,
        *,
        index: str,
        max_age_s: float,
        without_model: str,
        shadow: bool = False,
    ) -> None:
        self._client = client
        self._gram = gram
        self._index = index
        self._max_age_s = max_age_s
        self._without_model = without_model
        self._shadow = shadow
        self._lock = threading.Lock()
        self._view: IndexView | None = None
        self._live: LiveIndex | None = None
        self._read_at = 0.0

    def view(self, deadline: Deadline = UNLIMITED) -> IndexView:
        """Return the latest view; the first call reads the index.

        :raises ClusterError: when there is no view yet and the cluster does not answer.
        :raises CatalogueIndexError: when the alias does not exist.
        """
        view = self._view
        if view is None:
            return self._first_view(deadline)
        age_s = monotonic() - self._read_at
        if age_s > self._max_age_of(view) and self._lock.acquire(blocking=False):
            self._start_reading()
        return view

    def check(self) -> IndexView:
        """Return a view that is up to date.

        The index is read again if its name or its slots have changed. A slot contains the codes of
        one model.

        :raises ClusterError: when the cluster does not answer.
        :raises CatalogueIndexError: when the alias does not exist.
        """
        client = self._client.options(request_timeout=_CHECK_TIMEOUT_S, max_retries=0)
        live = live_index(client, self._index)
        view = self.view()
        return view if live == self._live else self.refresh()

    def refresh(self) -> IndexView:
        """Read the index now, and return the new view.

        :raises ClusterError: when the cluster does not answer.
        :raises CatalogueIndexError: when the alias does not exist.
        """
        with self._lock:
            return self._read()

    def _first_view(self, deadline: Deadline) -> IndexView:
        timeout_s = max(0.0, min(deadline.left_ms() / 1_000, _FIRST_VIEW_TIMEOUT_S))
        if not self._lock.acquire(timeout=timeout_s):
            raise ClusterUnavailableError(
                f"{self._index} has not been read yet; retry in a few seconds"
            )
        try:
            return self._view or self._read()
        finally:
            self._lock.release()

    def _max_age_of(self, view: IndexView) -> float:
        """Return the age in seconds at which ``view`` is replaced.

        A view that lacks the live codes of a loaded model is replaced earlier.
        """
        awaits_codes = self._gram is not None and view.live_codes is None
        return min(_MAX_AGE_WITHOUT_CODES_S, self._max_age_s) if awaits_codes else self._max_age_s

    def _start_reading(self) -> None:
        """Start a thread that reads the index.

        The caller must have acquired the lock; the thread releases it.
        """
        thread = threading.Thread(target=self._read_in_background, name="live-index", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left
            logger.warning("%s: keeping the previous view: %s", self._index, error)
            self._read_at = monotonic()
            self._lock.release()

    def _read_in_background(self) -> None:
        try:
            self._read()
        except GramError as error:
            logger.warning("%s: keeping the previous view: %s", self._index, error)
        finally:
            self._read_at = monotonic()
            self._lock.release()

    def _read(self) -> IndexView:
        live = live_index(self._client, self._index)
        slot, degraded = self._usable_slot(live)
        number = self._view.number + 1 if self._view else 0
        view = IndexView(live.index, 0, None, (), degraded, number=number, is_shops=live.is_shops)
        if not live.is_shops:
            view = replace(view, **_overview(self._client, live.index, slot))
        if slot is not None and self._gram is not None:
            previous = self._view.live_codes if self._view else None
            view = _with_live_codes(view, self._client, self._gram, previous)
        self._view, self._live, self._read_at = view, live, monotonic()
        return view

    def _usable_slot(self, live: LiveIndex) -> tuple[str | None, tuple[str, ...]]:
        """Return the slot that contains the loaded model's codes, if searches can use these codes.

        If searches cannot use these codes, the slot is ``None`` and the second value contains the
        reason. Searches can use the live slot and the slot that was live before it. Both slots are
        complete, so a service can keep its old model until it loads the new model.
        """
        gram = self._gram
        if gram is None:
            return None, (self._without_model,)
        slot = live.slots.get(gram.slot)
        if slot is None or slot.fingerprint != gram.fingerprint:
            models = ", ".join(sorted(live.slots)) or "no model"
            command = "gram-es enrich" if live.is_shops else "gram-es index migrate"
            reason = (
                f"{live.index} contains codes of {models}, not of the loaded model {gram.slot};"
                " serve with the folder of a model whose codes it contains (--model,"
                f" GRAM_ES_MODEL), or add the loaded model's codes with {command} --model DIR"
            )
            return None, (reason,)
        # A shop's own query ranks by codes, and may have a model for each of its languages.
        is_any_usable = self._shadow or live.is_shops
        if is_any_usable or gram.slot in (live.live_slot, live.previous_slot):
            return gram.slot, ()
        reason = (
            f"the loaded model {gram.slot} is not the live model of {live.index}, which is"
            f" {live.live_slot}; serve with the folder of the live model (--model, GRAM_ES_MODEL),"
            " or make the loaded model live with gram-es index migrate --model DIR"
        )
        return None, (reason,)


def _overview(client: Elasticsearch, index: str, slot: str | None) -> dict[str, Any]:
    """Count the index's products, and read its examples and completions, in one request.

    The result gives the values of the view's fields by field name.
    """
    field = codes_field(slot) if slot else "brand"
    with cluster_errors(f"count the products of {index}"):
        answer = client.search(
            index=index,
            size=0,
            track_total_hits=True,
            aggs={
                "examples": {"terms": {"field": field, "size": _EXAMPLES}},
                "brand": {"terms": {"field": "brand", "size": _NAMES}},
                "category": {"terms": {"field": "category", "size": _NAMES}},
                "currency": {"terms": {"field": "currency", "size": _CURRENCIES}},
                "ungrouped": {"missing": {"field": GROUP}},
                "grouped": {"filter": {"exists": {"field": f"attributes.{GROUP_ATTRIBUTE}"}}},
            },
        )
    counts = answer["aggregations"]
    ungrouped = counts["ungrouped"]["doc_count"]
    reason = (
        f"variants are not collapsed: an older gram-es wrote {ungrouped:,} products of {index};"
        " run gram-es index install --model DIR and ingest them again"
    )
    return {
        "products": answer["hits"]["total"]["value"],
        "examples": tuple(FacetValue(*bucket) for bucket in _buckets(counts["examples"])),
        "completions": Completions(
            Completion(text, kind, count)
            for kind in ("brand", "category")
            for text, count in _buckets(counts[kind])
        ),
        "currencies": tuple(code.upper() for code, _ in _buckets(counts["currency"])),
        "has_groups": counts["grouped"]["doc_count"] > 0,
        "cannot_collapse": (reason,) if ungrouped else (),
    }


def _filled_by(view: IndexView) -> str:
    return "gram-es enrich" if view.is_shops else "gram-es ingest FEED"


def _buckets(aggregation: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(bucket["key"], bucket["doc_count"]) for bucket in aggregation["buckets"]]


def _with_live_codes(
    view: IndexView, client: Elasticsearch, gram: Gram, previous: LiveCodes | None
) -> IndexView:
    """Return ``view`` with the live codes added.

    If the codes have not changed, the object ``previous`` is used again, so that caches stay valid.
    """
    counts = read_live_codes(client, view.index, gram.slot)
    if not counts:
        reason = f"{view.index} contains no codes of {gram.slot} yet; {_filled_by(view)} adds them"
        return replace(view, degraded=(reason,))
    try:
        live_codes = gram.live_codes(counts)
    except MODEL_ERRORS as error:
        logger.exception("%s: the model rejected the index's codes", view.index)
        reason = f"the model rejected the index's codes ({type(error).__name__})"
        return replace(view, degraded=(reason,))
    if previous is not None and previous.equals(live_codes):
        live_codes = previous
    codes = [Completion(label, "code", count) for label, count in counts.items()]
    return replace(view, live_codes=live_codes, completions=view.completions.with_more(codes))
