"""What a worker process works with, made once and kept: client, model, pipeline, ledger."""

from __future__ import annotations

import logging
import threading
import time
from functools import cached_property, partial
from pathlib import Path

from elasticsearch import Elasticsearch

from gram_es.errors import ClusterError, ClusterUnavailableError, GramError, ModelError
from gram_es.index.client import connect
from gram_es.index.lifecycle import live_index
from gram_es.model.manifest import Manifest, read_manifest
from gram_es.model.runtime import Gram
from gram_es.settings import Settings
from ingest.catalogue import Catalogue
from ingest.dead_letters import DeadLetters
from ingest.deleting import Deletion, delete_unlisted
from ingest.isolating import index_isolating, index_one_by_one
from ingest.ledger import MAX_DELIVERIES, BatchOutcome, Ledger, TakenBatch
from ingest.pipeline import ENRICH, INDEX, Outcome, Pipeline
from ingest.runs import Runs

logger = logging.getLogger(__name__)


class ModelDoesNotFitError(ModelError):
    """The index's live codes come from another model than the worker's."""


class Workbench:
    """Takes batches from the ledger and brings their rows into the index.

    The model is loaded once, at its first use.
    """

    def __init__(self, settings: Settings, model_dir: Path) -> None:
        self._settings = settings
        self._model_dir = model_dir
        self._lock = threading.Lock()

    @cached_property
    def manifest(self) -> Manifest:
        """What identifies the model, read without loading it.

        :raises ModelError: if there is no model in the folder.
        """
        return read_manifest(self._model_dir)

    @cached_property
    def _client(self) -> Elasticsearch:
        return connect(self._settings)

    @cached_property
    def _ledger(self) -> Ledger:
        settings = self._settings
        return Ledger(self._client, settings.index, lease_s=settings.lease_s)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline with the model in it.

        :raises ModelError: if the model is damaged.
        """
        with self._lock:  # a task that was put off runs in a thread beside the others
            gram = Gram.load(self._model_dir, threads=self._settings.threads)
        return Pipeline(Catalogue(self._client, self._settings.index, gram.slot), gram)

    def check_model(self) -> None:
        """Check that the index's live slot is this model's.

        :raises ModelDoesNotFitError: naming both sides and what mends it.
        :raises CatalogueIndexError: if there is no index.
        """
        own = self.manifest.fingerprint
        live = live_index(self._client, self._settings.index)
        slot = live.slots.get(live.live_slot or "")
        if slot is None or slot.fingerprint != own:
            held = slot.fingerprint[:12] if slot else "no model"
            raise ModelDoesNotFitError(
                f"the model in {self._model_dir} is {own[:12]}, but the codes"
                f" in {live.index} are those of {held}; start the worker with that model, or make"
                f" this one live with gram-es index install --model {self._model_dir}"
            )

    def enrich(self, run: int, number: int) -> None:
        """Enrich and index one batch; nothing happens if it is done or in other hands.

        :raises ClusterUnavailableError: if Elasticsearch stays away; the batch is given back.
        :raises ModelDoesNotFitError: before the batch is touched.
        """
        self.check_model()
        batch = self._ledger.take(run, number)
        if batch is None:
            logger.info("batch %d-%d: nothing left to do", run, number)
            return
        started = time.monotonic()
        outcome = self._outcome(batch)
        if isinstance(outcome, Outcome):
            self._settle(batch, outcome)
        counts = self._ledger.finish(batch, outcome)
        logger.info("batch %d-%d: %s in %.1f s", run, number, counts, time.monotonic() - started)

    def _outcome(self, batch: TakenBatch) -> BatchOutcome:
        if batch.has_killed_workers:
            reason = f"{MAX_DELIVERIES} workers took the batch up and none came to its end"
            return _all_failed(batch, reason, ENRICH)
        try:
            if batch.unlisted:
                return self._delete(batch)
            return self._index(batch)
        except ClusterUnavailableError:
            self._give_back(batch)
            raise
        except GramError as error:
            logger.error("batch %d-%d failed: %s", batch.run, batch.number, error)
            return _all_failed(batch, str(error), INDEX)

    def _index(self, batch: TakenBatch) -> Outcome:
        if not batch.is_suspicious:
            return index_isolating(self.pipeline.index_rows, batch.rows, batch.origin)
        return index_one_by_one(
            self.pipeline.index_rows,
            batch.rows,
            batch.origin,
            suspects=batch.suspects,
            before_each=partial(self._ledger.note_trying, batch),
        )

    def _delete(self, batch: TakenBatch) -> Deletion:
        runs = Runs(self._client, self._settings.index)
        if runs.is_outdated(batch.origin.source, batch.run):
            return Deletion.all_kept(batch.unlisted)
        catalogue = Catalogue(self._client, self._settings.index, self.manifest.slot)
        return delete_unlisted(catalogue, batch.unlisted, batch.origin)

    def _settle(self, batch: TakenBatch, outcome: Outcome) -> None:
        try:
            DeadLetters(self._client, self._settings.index).settle(batch, outcome)
        except ClusterUnavailableError:
            raise
        except ClusterError as error:
            logger.error("%s; what failed stays in the ledger; gram-es index install", error)

    def _give_back(self, batch: TakenBatch) -> None:
        try:
            self._ledger.release(batch)
        except ClusterError as error:
            logger.warning("%s; its lease will run out", error)


def _all_failed(batch: TakenBatch, reason: str, stage: str) -> BatchOutcome:
    if batch.unlisted:
        return Deletion.all_undeleted(batch.unlisted, reason)
    return Outcome.all_failed(batch.rows, reason, stage)
