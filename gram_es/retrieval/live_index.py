"""What the live index holds, read now and then: its slots, its codes, what a start page shows."""

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
from gram_es.retrieval.query.model_worker import MODEL_FAULTS
from gram_es.retrieval.recall.facets import FacetValue
from gram_es.retrieval.request import GROUP

if TYPE_CHECKING:
    from gram_es.model.gram import Gram, LiveCodes

logger = logging.getLogger(__name__)

_EXAMPLES: Final = 16
_NAMES: Final = 2_000
_AWAITING_S: Final = 5.0
_FIRST_WITHIN_S: Final = 60.0
_CHECKED_WITHIN_S: Final = 2.0  # a probe that waits longer is given up on


@dataclass(frozen=True, slots=True)
class IndexView:
    """One reading of the live index.

    ``index`` is the concrete name behind the alias. ``live`` is ``None`` when the model's codes
    are not to be used; ``degraded`` says why. ``examples`` are the most frequent codes, or brands
    where there are no codes. ``completions`` are what a query may go on to. ``ungrouped`` says
    why variants cannot be shown as one hit.
    """

    index: str
    products: int
    live: LiveCodes | None
    examples: tuple[FacetValue, ...]
    degraded: tuple[str, ...]
    completions: Completions = NO_COMPLETIONS
    ungrouped: tuple[str, ...] = ()


class IndexReader:
    """Reads the index again when the last reading is older than ``max_age_s``.

    Only the first reader waits; later readings happen in the background, one at a time, and
    searches go on with the one before.
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
        self._found: LiveIndex | None = None
        self._read_at = 0.0

    def view(self, deadline: Deadline = UNLIMITED) -> IndexView:
        """Return the last reading.

        :raises ClusterError: when there is none yet and the cluster does not answer.
        :raises CatalogueIndexError: when the alias does not exist.
        """
        view = self._view
        if view is None:
            return self._first_view(deadline)
        age_s = monotonic() - self._read_at
        if age_s > self._lasts_s(view) and self._lock.acquire(blocking=False):
            self._start_reading()
        return view

    def _first_view(self, deadline: Deadline) -> IndexView:
        longest_s = max(0.0, min(deadline.left_ms() / 1_000, _FIRST_WITHIN_S))
        if not self._lock.acquire(timeout=longest_s):
            raise ClusterUnavailableError(f"{self._index} has not been read yet")
        try:
            return self._view or self._read()
        finally:
            self._lock.release()

    def _start_reading(self) -> None:
        """Read in the background; the thread releases the lock that is held."""
        thread = threading.Thread(target=self._read_behind, name="live-index", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no thread is to be had now
            logger.warning("%s: keeping the reading before: %s", self._index, error)
            self._read_at = monotonic()
            self._lock.release()

    def _lasts_s(self, view: IndexView) -> float:
        """Return how long ``view`` holds: not long while the model's codes are yet to come."""
        awaited = self._gram is not None and view.live is None
        return min(_AWAITING_S, self._max_age_s) if awaited else self._max_age_s

    def check(self) -> IndexView:
        """Return the last reading after asking the cluster for the index and its slots now.

        :raises ClusterError: when the cluster does not answer.
        :raises CatalogueIndexError: when the alias does not exist.
        """
        hurried = self._client.options(request_timeout=_CHECKED_WITHIN_S, max_retries=0)
        found = live_index(hurried, self._index)
        view = self.view()
        return view if found == self._found else self.refresh()

    def refresh(self) -> IndexView:
        """Read the index now.

        :raises ClusterError: when the cluster does not answer.
        :raises CatalogueIndexError: when the alias does not exist.
        """
        with self._lock:
            return self._read()

    def _read_behind(self) -> None:
        try:
            self._read()
        except GramError as error:
            logger.warning("%s: keeping the reading before: %s", self._index, error)
        finally:
            self._read_at = monotonic()
            self._lock.release()

    def _read(self) -> IndexView:
        found = live_index(self._client, self._index)
        slot, degraded = self._usable_slot(found)
        view = IndexView(found.index, 0, None, (), degraded)
        view = replace(view, **_overview(self._client, found.index, slot))
        if slot is not None and self._gram is not None:
            before = self._view.live if self._view else None
            view = _with_live_codes(view, self._client, self._gram, before)
        self._view, self._found, self._read_at = view, found, monotonic()
        return view

    def _usable_slot(self, found: LiveIndex) -> tuple[str | None, tuple[str, ...]]:
        """Return the model's slot, else why its codes cannot be used.

        The slot that was live before still is coherent, so a service goes on with it until it is
        given the new model.
        """
        gram = self._gram
        if gram is None:
            return None, (self._without_model,)
        held = found.slots.get(gram.slot)
        if held is None or held.fingerprint != gram.fingerprint:
            known = ", ".join(sorted(found.slots)) or "no model"
            reason = (
                f"{found.index} holds codes of {known}, not of the loaded model {gram.slot}; serve"
                " with the folder of that model (--model, GRAM_ES_MODEL), or bring this one's"
                " codes in with gram-es index migrate --model DIR"
            )
            return None, (reason,)
        if self._shadow or gram.slot in (found.live_slot, found.previous_slot):
            return gram.slot, ()
        reason = (
            f"the loaded model {gram.slot} is not the live one of {found.index}, which is"
            f" {found.live_slot}; serve with the folder of that model (--model, GRAM_ES_MODEL), or"
            " make this one live with gram-es index migrate --model DIR"
        )
        return None, (reason,)


def _overview(client: Elasticsearch, index: str, slot: str | None) -> dict[str, Any]:
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
        f"variants stand apart: {ungrouped:,} products of {index} came in with an older gram-es; "
        "run gram-es index install --model DIR and feed them again"
    )
    return {
        "products": answer["hits"]["total"]["value"],
        "examples": tuple(FacetValue(*held) for held in _counted(counts["examples"])),
        "completions": Completions(
            Completion(text, kind, count)
            for kind in ("brand", "category")
            for text, count in _counted(counts[kind])
        ),
        "ungrouped": (reason,) if ungrouped else (),
    }


def _counted(aggregation: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(held["key"], held["doc_count"]) for held in aggregation["buckets"]]


def _with_live_codes(
    view: IndexView, client: Elasticsearch, gram: Gram, before: LiveCodes | None
) -> IndexView:
    """Return the view with its codes: those of ``before`` themselves if nothing has changed."""
    counts = read_live_codes(client, view.index, gram.slot)
    if not counts:
        awaited = f"{view.index} holds no codes of {gram.slot} yet; gram-es ingest FEED brings them"
        return replace(view, degraded=(awaited,))
    try:
        live = gram.live(counts)
    except MODEL_FAULTS as error:
        logger.exception("%s: the model refused the index's codes", view.index)
        reason = f"the model refused the index's codes ({type(error).__name__})"
        return replace(view, degraded=(reason,))
    if before is not None and before.equals(live):
        live = before
    held = [Completion(label, "code", count) for label, count in counts.items()]
    return replace(view, live=live, completions=view.completions.with_more(held))
