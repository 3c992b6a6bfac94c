"""The job of a worker: lease a batch, index its rows or delete products, record the outcomes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from functools import cached_property, partial
from pathlib import Path

from elasticsearch import Elasticsearch

from gram_es.background import PeriodicTask, logged_errors
from gram_es.bisection import find_failing_items
from gram_es.cluster.client import connect
from gram_es.errors import ClusterError, ClusterUnavailableError, GramError
from gram_es.index.lifecycle import LiveIndex, writable_index
from gram_es.migration.fill_slot import SlotFiller
from gram_es.overrides.reconcile import Reconciler
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.batch_document import MAX_DELIVERIES, BatchResult, LeasedBatch
from ingest.runs.batch_store import BatchStore, LostLeaseError
from ingest.runs.dead_letters import DeadLetters
from ingest.runs.outcomes import ENRICH, INDEX, IndexingResult, Origin, Outcome
from ingest.runs.run_store import RunStore
from ingest.worker.deletes import DeletionResult, delete_unlisted
from ingest.worker.models import WorkerModel, live_model
from ingest.worker.pipeline import Pipeline
from ingest.worker.product_store import ProductStore

logger = logging.getLogger(__name__)

_MAX_REASON_CHARS = 1_000

IndexRows = Callable[[Sequence[Row], Origin], IndexingResult]


class BatchJob:
    """Leases batches and writes their rows to the index; there is one per worker process.

    The live model generates the codes that the search uses. For each other model of the worker,
    the codes of changed products are written too, if the index has a slot (fields) for the model.
    So all codes are in place when the search is later switched or rolled back to that model.

    :raises ModelError: if a folder does not contain a model.
    """

    def __init__(self, settings: Settings, model_dirs: Sequence[Path]) -> None:
        self._settings = settings
        self._models = [WorkerModel(folder, threads=settings.threads) for folder in model_dirs]
        self._deferred: list[tuple[int, int]] = []
        self._lock = threading.Lock()

    @property
    def model_folders(self) -> dict[str, str]:
        """The worker's model folders, by the fingerprint of the model."""
        return {model.manifest.fingerprint: str(model.folder) for model in self._models}

    @cached_property
    def _client(self) -> Elasticsearch:
        return connect(self._settings)

    @cached_property
    def _reconciler(self) -> Reconciler:
        return Reconciler(self._client, self._settings.index)

    @cached_property
    def _ledger(self) -> BatchStore:
        settings = self._settings
        return BatchStore(self._client, settings.index, lease_s=settings.lease_s)

    @cached_property
    def _runs(self) -> RunStore:
        return RunStore(self._client, self._settings.index)

    def load(self) -> None:
        """Check that one of the models is live in the index, and load all models.

        :raises ModelMismatchError: if none of the models is live; the message gives the models of
            the worker, the models of the index, and the next step.
        :raises ModelError: if a model is damaged.
        :raises CatalogueIndexError: if the index is not installed.
        """
        live_model(self._models, self._live_index())
        for model in self._models:
            model.gram  # noqa: B018  # a damaged model is detected before a batch is leased

    def _live_index(self) -> LiveIndex:
        live = writable_index(self._client, self._settings.index)
        live.check_is_own("follow it with gram-es enrich INDEX --follow")
        return live

    def enrich(self, run: int, number: int) -> None:
        """Lease and process a batch; do nothing if the batch is done or leased to another worker.

        :raises ClusterUnavailableError: if Elasticsearch does not answer; the batch is released.
        :raises ModelMismatchError: if none of the models is live; the batch is not leased.
        """
        self._release_deferred()
        try:
            self._enrich(run, number)
        except ClusterUnavailableError:
            self._deferred.append((run, number))
            with logged_errors("cannot release the batch yet"):
                self._release_deferred()
            raise

    def _enrich(self, run: int, number: int) -> None:
        live = live_model(self._models, self._live_index())
        batch = self._ledger.lease(run, number)
        if batch is None:
            logger.info("batch %d-%d: nothing to do", run, number)
            return
        started = time.monotonic()
        try:
            with self._lease_renewal(batch):
                result = self._process(batch, live)
        except LostLeaseError as error:
            logger.warning("%s; the worker that has the lease processes the other rows", error)
            return
        if isinstance(result, IndexingResult):
            self._update_dead_letters(batch, result)
        counts = self._ledger.finish(batch, result)
        logger.info("batch %d-%d: %s in %.1f s", run, number, counts, time.monotonic() - started)

    def _lease_renewal(self, batch: LeasedBatch) -> PeriodicTask:
        return PeriodicTask(
            partial(self._ledger.renew_lease, batch),
            name="lease-renewal",
            interval_s=self._settings.lease_s / 3,
            on_failure=f"cannot renew the lease of batch {batch.run}-{batch.number}",
        )

    def _release_deferred(self) -> None:
        """Release the batches whose release failed before; no batch is leased before this succeeds.

        :raises ClusterUnavailableError: if Elasticsearch does not answer.
        """
        with self._lock:  # a task that Celery retries runs in another thread
            while self._deferred:
                try:
                    self._ledger.release(*self._deferred[-1])
                except ClusterUnavailableError:
                    raise
                except GramError as error:
                    logger.error("%s; its lease will be revoked", error)
                self._deferred.pop()

    def _process(self, batch: LeasedBatch, live: WorkerModel) -> BatchResult:
        if batch.has_killed_workers:
            reason = f"{MAX_DELIVERIES} workers leased the batch and none finished it"
            return _all_failed(batch, reason, ENRICH)
        try:
            if batch.unlisted:
                return self._delete(batch, live)
            return self._index(batch, live)
        except (ClusterUnavailableError, LostLeaseError):
            raise
        except GramError as error:
            logger.error("batch %d-%d failed: %s", batch.run, batch.number, error)
            return _all_failed(batch, str(error), INDEX)

    def _index(self, batch: LeasedBatch, live: WorkerModel) -> IndexingResult:
        index_rows = partial(self._index_rows, live)
        if not batch.is_suspicious:
            return index_isolating_failures(index_rows, batch.rows, batch.origin)
        return index_one_by_one(
            index_rows,
            batch.rows,
            batch.origin,
            suspects=batch.suspects,
            before_each=partial(self._ledger.record_row_in_progress, batch),
        )

    def _index_rows(self, live: WorkerModel, rows: Sequence[Row], origin: Origin) -> IndexingResult:
        pipeline = Pipeline(
            self._product_store(live),
            live.gram,
            self._reconciler,
            is_replaced=lambda origin: self._runs.is_replaced(origin.source, origin.run),
        )
        result = pipeline.index_rows(rows, origin)
        self._fill_other_slots(live, _rewritten_ids(rows, result))
        return result

    def _delete(self, batch: LeasedBatch, live: WorkerModel) -> DeletionResult:
        if self._runs.is_outdated(batch.origin.source, batch.run):
            return DeletionResult.all_retained(batch.unlisted)
        return delete_unlisted(self._product_store(live), batch.unlisted, batch.origin)

    def _product_store(self, live: WorkerModel) -> ProductStore:
        return ProductStore(self._client, self._settings.index, live.manifest.slot)

    def _update_dead_letters(self, batch: LeasedBatch, result: IndexingResult) -> None:
        try:
            DeadLetters(self._client, self._settings.index).update(batch, result)
        except ClusterUnavailableError:
            raise
        except ClusterError as error:
            logger.error(
                "%s; the failed rows stay in the ledger; if the index of dead letters is missing,"
                " create it with gram-es index install",
                error,
            )

    def _fill_other_slots(self, live: WorkerModel, ids: Sequence[str]) -> None:
        """Write the codes of the worker's other models, if the index has slots for them.

        If this fails for a model, the documents lack its codes until ``gram-es index migrate``
        writes them.

        :raises ClusterUnavailableError: if Elasticsearch does not answer.
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

    def _filler(self, model: WorkerModel) -> SlotFiller:
        return SlotFiller(self._client, self._settings.index, model.gram, self._reconciler)


def index_isolating_failures(
    index_rows: IndexRows, rows: Sequence[Row], origin: Origin
) -> IndexingResult:
    """Index rows together; if ``index_rows`` raises, only the rows that cause the error fail.

    Bisection finds these rows. If one half of the rows succeeds, this half is not indexed again.

    :raises GramError: if ``index_rows`` raises a ``GramError``: no single row causes such an error.
    """
    results, failures = find_failing_items(lambda part: index_rows(part, origin), rows)
    for row, error in failures:
        reason = f"{type(error).__name__}: {error}"[:_MAX_REASON_CHARS]
        logger.error("row %d of run %d failed: %s", row.number, origin.run, reason)
        results.append(IndexingResult.all_failed([row], reason, stage=ENRICH))
    return _merge_results(results)


def index_one_by_one(
    index_rows: IndexRows,
    rows: Sequence[Row],
    origin: Origin,
    *,
    suspects: Collection[int],
    before_each: Callable[[int], None],
) -> IndexingResult:
    """Index rows one at a time, because workers died while they processed the batch.

    :param suspects: the numbers of the rows at which workers died; these rows fail without being
        indexed.
    :param before_each: called with the number of each row before it is indexed. It records the
        number, so that the ledger shows the row at which a worker died.
    """
    results = []
    for row in rows:
        if row.number in suspects:
            reason = "two workers died while they processed this row"
            results.append(IndexingResult.all_failed([row], reason, stage=ENRICH))
        else:
            before_each(row.number)
            results.append(index_isolating_failures(index_rows, [row], origin))
    return _merge_results(results)


def _merge_results(results: Sequence[IndexingResult]) -> IndexingResult:
    return IndexingResult(
        outcomes={
            number: outcome for result in results for number, outcome in result.outcomes.items()
        },
        failed=tuple(failed for result in results for failed in result.failed),
    )


def _rewritten_ids(rows: Sequence[Row], result: IndexingResult) -> list[str]:
    """Return the ids of the products whose documents were written."""
    rewriting_outcomes = (Outcome.CREATED, Outcome.UPDATED, Outcome.REUSED_CODES)
    return [row.product.id for row in rows if result.outcomes[row.number] in rewriting_outcomes]


def _all_failed(batch: LeasedBatch, reason: str, stage: str) -> BatchResult:
    if batch.unlisted:
        return DeletionResult.all_delete_failed(batch.unlisted, reason)
    return IndexingResult.all_failed(batch.rows, reason, stage)
