"""The view of the live index that searches use, read again periodically.

It contains the live codes, the completions, and the examples of the start page.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import ClusterUnavailableError, GramError
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.index.scan import read_live_codes
from gram_es.index.slots import codes_field
from gram_es.retrieval.completions import NO_COMPLETIONS, Completion, Completions
from gram_es.retrieval.deadline import UNLIMITED, Deadline
from gram_es.retrieval.query.model_worker import MODEL_ERRORS
from gram_es.retrieval.recall.facets import FacetValue
from gram_es.retrieval.request import GROUP

if TYPE_CHECKING:
    from gram_es.model.gram import Gram, LiveCodes

logger = logging.getLogger(__name__)

_EXAMPLES: Final = 16
_NAMES: Final = 2_000
_MAX_AGE_WITHOUT_CODES_S: Final = 5.0
_FIRST_VIEW_TIMEOUT_S: Final = 60.0
_CHECK_TIMEOUT_S: Final = 2.0  # a health check that takes longer has failed


@dataclass(frozen=True, slots=True)
class IndexView:
    """One reading of the live index.

    ``index`` is the name of the index behind the alias. ``live_codes`` is ``None`` when the model's
    codes cannot be used; ``degraded`` says why. ``examples`` are the most frequent codes, or brands
    where there are no codes. ``completions`` are those of a query that is being typed.
    ``cannot_collapse`` says why variants cannot be shown as one hit.
    """

    index: str
    products: int
    live_codes: LiveCodes | None
    examples: tuple[FacetValue, ...]
    degraded: tuple[str, ...]
    completions: Completions = NO_COMPLETIONS
    cannot_collapse: tuple[str, ...] = ()


class LiveIndexReader:
    """Provides the current view of an index; safe for many threads.

    Only the first caller waits for it. A view older than ``max_age_s`` is read again in the
    background, by one thread at a time, while searches use the previous view.
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
        """Return the last view; read the first one.

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
        """Return a view that is correct now: ask for the index and its slots, and compare.

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
            raise ClusterUnavailableError(f"{self._index} has not been read yet")
        try:
            return self._view or self._read()
        finally:
            self._lock.release()

    def _max_age_of(self, view: IndexView) -> float:
        """Return the seconds after which to read again: few while there are no live codes."""
        awaits_codes = self._gram is not None and view.live_codes is None
        return min(_MAX_AGE_WITHOUT_CODES_S, self._max_age_s) if awaits_codes else self._max_age_s

    def _start_reading(self) -> None:
        """Read in the background; the caller has the lock, and the thread releases it."""
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
        view = IndexView(live.index, 0, None, (), degraded)
        view = replace(view, **_overview(self._client, live.index, slot))
        if slot is not None and self._gram is not None:
            previous = self._view.live_codes if self._view else None
            view = _with_live_codes(view, self._client, self._gram, previous)
        self._view, self._live, self._read_at = view, live, monotonic()
        return view

    def _usable_slot(self, live: LiveIndex) -> tuple[str | None, tuple[str, ...]]:
        """Return the model's slot, or the reason why its codes cannot be used.

        The slot that was live before can still be used: its codes are complete. A service continues
        with it until it is given the new model.
        """
        gram = self._gram
        if gram is None:
            return None, (self._without_model,)
        slot = live.slots.get(gram.slot)
        if slot is None or slot.fingerprint != gram.fingerprint:
            models = ", ".join(sorted(live.slots)) or "no model"
            reason = (
                f"{live.index} contains codes of {models}, not of the loaded model {gram.slot};"
                " serve with the folder of that model (--model, GRAM_ES_MODEL), or add this"
                " model's codes with gram-es index migrate --model DIR"
            )
            return None, (reason,)
        if self._shadow or gram.slot in (live.live_slot, live.previous_slot):
            return gram.slot, ()
        reason = (
            f"the loaded model {gram.slot} is not the live one of {live.index}, which is"
            f" {live.live_slot}; serve with the folder of that model (--model, GRAM_ES_MODEL), or"
            " make this one live with gram-es index migrate --model DIR"
        )
        return None, (reason,)


def _overview(client: Elasticsearch, index: str, slot: str | None) -> dict[str, Any]:
    """Return the fields of a view that one aggregation counts."""
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
                "ungrouped": {"missing": {"field": GROUP}},
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
        "cannot_collapse": (reason,) if ungrouped else (),
    }


def _buckets(aggregation: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(bucket["key"], bucket["doc_count"]) for bucket in aggregation["buckets"]]


def _with_live_codes(
    view: IndexView, client: Elasticsearch, gram: Gram, previous: LiveCodes | None
) -> IndexView:
    """Return the view with its live codes: the ``previous`` object if nothing has changed."""
    counts = read_live_codes(client, view.index, gram.slot)
    if not counts:
        reason = f"{view.index} contains no codes of {gram.slot} yet; gram-es ingest FEED adds them"
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
