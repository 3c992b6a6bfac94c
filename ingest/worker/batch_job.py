"""What a worker process works with, made once and kept: client, models, ledger."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from functools import cached_property, partial
from pathlib import Path

from elasticsearch import Elasticsearch

from gram_es.background import PeriodicTask, logged_errors
from gram_es.bisection import isolate
from gram_es.cluster.client import connect
from gram_es.errors import ClusterError, ClusterUnavailableError, GramError
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.migration.fill_slot import SlotFiller
from gram_es.overrides.reconcile import Mender
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.batch_store import MAX_DELIVERIES, BatchOutcome, Ledger, TakenBatch
from ingest.runs.dead_letters import DeadLetters
from ingest.runs.outcomes import Fate
from ingest.runs.run_store import Runs
from ingest.worker.deletes import Deletion, delete_unlisted
from ingest.worker.models import HeldModel, live_model
from ingest.worker.pipeline import ENRICH, INDEX, Origin, Outcome, Pipeline
from ingest.worker.product_store import Catalogue

logger = logging.getLogger(__name__)

IndexRows = Callable[[Sequence[Row], Origin], Outcome]


def index_isolating(index_rows: IndexRows, rows: Sequence[Row], origin: Origin) -> Outcome:
    """Index rows; those that raise whatever they are indexed with fail alone, by the reason.

    A half that was written before the other one raised is not written again.

    :raises GramError: as ``index_rows`` does: such an error is not about a row.
    """
    outcomes, faults = isolate(lambda some: index_rows(some, origin), rows)
    for row, error in faults:
        reason = f"{type(error).__name__}: {error}"
        logger.error("row %d of run %d failed: %s", row.number, origin.run, reason)
        outcomes.append(Outcome.all_failed([row], reason, stage=ENRICH))
    return _joined(outcomes)


def index_one_by_one(
    index_rows: IndexRows,
    rows: Sequence[Row],
    origin: Origin,
    *,
    suspects: Collection[int],
    before_each: Callable[[int], None],
) -> Outcome:
    """Index the rows of a batch that has ended workers, each by itself.

    :param suspects: the numbers of rows that workers ended over; they fail untried.
    :param before_each: is told a row's number, so that the next worker knows where this one ended.
    """
    outcomes = []
    for row in rows:
        if row.number in suspects:
            reason = "two workers ended while they were at this row"
            outcomes.append(Outcome.all_failed([row], reason, stage=ENRICH))
        else:
            before_each(row.number)
            outcomes.append(index_isolating(index_rows, [row], origin))
    return _joined(outcomes)


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    return Outcome(
        fates={number: fate for outcome in outcomes for number, fate in outcome.fates.items()},
        failed=tuple(failed for outcome in outcomes for failed in outcome.failed),
    )


class Workbench:
    """Takes batches from the ledger and brings their rows into the index.

    The model that is live gives the codes; any other that has a slot fills it with what changed,
    so that a change of model, and its way back, is complete at any time.

    :raises ModelError: if one of the folders holds no model.
    """

    def __init__(self, settings: Settings, model_dirs: Sequence[Path]) -> None:
        self._settings = settings
        self._models = [HeldModel(folder, threads=settings.threads) for folder in model_dirs]
        self._put_off: list[tuple[int, int]] = []
        self._lock = threading.Lock()

    @property
    def held(self) -> dict[str, str]:
        """The folders of the models by their fingerprints."""
        return {model.manifest.fingerprint: str(model.folder) for model in self._models}

    @cached_property
    def _client(self) -> Elasticsearch:
        return connect(self._settings)

    @cached_property
    def _mender(self) -> Mender:
        return Mender(self._client, self._settings.index)

    @cached_property
    def _ledger(self) -> Ledger:
        settings = self._settings
        return Ledger(self._client, settings.index, lease_s=settings.lease_s)

    @cached_property
    def _runs(self) -> Runs:
        return Runs(self._client, self._settings.index)

    def load(self) -> None:
        """Check that a model fits the index, and load all of them.

        :raises ModelDoesNotFitError: naming both sides and what mends it.
        :raises ModelError: if one is damaged.
        :raises CatalogueIndexError: if there is no index.
        """
        live_model(self._models, self._live_index())
        for model in self._models:
            model.gram  # noqa: B018  # a damaged model is found before a batch is taken

    def _live_index(self) -> LiveIndex:
        return live_index(self._client, self._settings.index)

    def enrich(self, run: int, number: int) -> None:
        """Enrich and index one batch; nothing happens if it is done or in other hands.

        :raises ClusterUnavailableError: if Elasticsearch stays away; the batch is given back.
        :raises ModelDoesNotFitError: before the batch is touched.
        """
        self._give_back()
        try:
            self._enrich(run, number)
        except ClusterUnavailableError:
            self._put_off.append((run, number))
            with logged_errors("cannot release the batch yet"):
                self._give_back()
            raise

    def _enrich(self, run: int, number: int) -> None:
        live = live_model(self._models, self._live_index())
        batch = self._ledger.take(run, number)
        if batch is None:
            logger.info("batch %d-%d: nothing left to do", run, number)
            return
        started = time.monotonic()
        with self._lease_renewal(batch):
            outcome = self._outcome(batch, live)
        if isinstance(outcome, Outcome):
            self._settle(batch, outcome)
        counts = self._ledger.finish(batch, outcome)
        logger.info("batch %d-%d: %s in %.1f s", run, number, counts, time.monotonic() - started)

    def _lease_renewal(self, batch: TakenBatch) -> PeriodicTask:
        return PeriodicTask(
            partial(self._ledger.prolong, batch),
            name="lease-renewal",
            interval_s=self._settings.lease_s / 3,
            on_failure=f"cannot renew the lease of batch {batch.run}-{batch.number}",
        )

    def _give_back(self) -> None:
        """Give back what was put off: as long as that fails, nothing new is taken.

        :raises ClusterUnavailableError: if Elasticsearch stays away.
        """
        with self._lock:  # a task that was put off runs in a thread beside the others
            while self._put_off:
                try:
                    self._ledger.release(*self._put_off[-1])
                except ClusterUnavailableError:
                    raise
                except ClusterError as error:
                    logger.error("%s; its lease will run out", error)
                self._put_off.pop()

    def _outcome(self, batch: TakenBatch, live: HeldModel) -> BatchOutcome:
        if batch.has_killed_workers:
            reason = f"{MAX_DELIVERIES} workers took the batch up and none came to its end"
            return _all_failed(batch, reason, ENRICH)
        try:
            if batch.unlisted:
                return self._delete(batch, live)
            return self._index(batch, live)
        except ClusterUnavailableError:
            raise
        except GramError as error:
            logger.error("batch %d-%d failed: %s", batch.run, batch.number, error)
            return _all_failed(batch, str(error), INDEX)

    def _index(self, batch: TakenBatch, live: HeldModel) -> Outcome:
        index_rows = partial(self._index_rows, live)
        if not batch.is_suspicious:
            return index_isolating(index_rows, batch.rows, batch.origin)
        return index_one_by_one(
            index_rows,
            batch.rows,
            batch.origin,
            suspects=batch.suspects,
            before_each=partial(self._ledger.note_trying, batch),
        )

    def _index_rows(self, live: HeldModel, rows: Sequence[Row], origin: Origin) -> Outcome:
        catalogue = Catalogue(self._client, self._settings.index, live.manifest.slot)
        pipeline = Pipeline(catalogue, live.gram, self._mender, is_replaced=self._is_replaced)
        outcome = pipeline.index_rows(rows, origin)
        self._fill_beside(live, _rewritten(rows, outcome))
        return outcome

    def _is_replaced(self, origin: Origin) -> bool:
        return self._runs.is_replaced(origin.source, origin.run)

    def _delete(self, batch: TakenBatch, live: HeldModel) -> Deletion:
        if self._runs.is_outdated(batch.origin.source, batch.run):
            return Deletion.all_kept(batch.unlisted)
        catalogue = Catalogue(self._client, self._settings.index, live.manifest.slot)
        return delete_unlisted(catalogue, batch.unlisted, batch.origin)

    def _settle(self, batch: TakenBatch, outcome: Outcome) -> None:
        try:
            DeadLetters(self._client, self._settings.index).settle(batch, outcome)
        except ClusterUnavailableError:
            raise
        except ClusterError as error:
            logger.error("%s; what failed stays in the ledger; gram-es index install", error)

    def _fill_beside(self, live: HeldModel, ids: Sequence[str]) -> None:
        """Fill the slots of the other models, as far as the index has them now.

        Where that fails the documents lack those codes, which ``index migrate`` finds.

        :raises ClusterUnavailableError: if Elasticsearch stays away.
        """
        others = [model for model in self._models if model is not live]
        if not (others and ids):
            return
        index = self._live_index()
        for model in others:
            if not model.has_slot(index):
                continue
            try:
                self._filler(model).fill_products(ids)
            except ClusterUnavailableError:
                raise
            except GramError as error:
                slot = model.manifest.slot
                logger.error("%d products lack codes of %s: %s", len(ids), slot, error)

    def _filler(self, model: HeldModel) -> SlotFiller:
        return SlotFiller(self._client, self._settings.index, model.gram, self._mender)


def _rewritten(rows: Sequence[Row], outcome: Outcome) -> list[str]:
    """Return the ids of the products whose documents were written anew."""
    fresh = (Fate.NEW, Fate.CHANGED, Fate.REUSED)
    return [row.product.id for row in rows if outcome.fates[row.number] in fresh]


def _all_failed(batch: TakenBatch, reason: str, stage: str) -> BatchOutcome:
    if batch.unlisted:
        return Deletion.all_undeleted(batch.unlisted, reason)
    return Outcome.all_failed(batch.rows, reason, stage)
