"""What a worker process works with, made once and kept: client, models, ledger."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from elasticsearch import Elasticsearch

from gram_es.errors import ClusterError, ClusterUnavailableError, GramError
from gram_es.index.client import connect
from gram_es.index.lifecycle import LiveIndex, live_index
from gram_es.migration.filling import SlotFiller
from gram_es.settings import Settings
from ingest.catalogue import Catalogue
from ingest.fates import Fate
from ingest.ledger import MAX_DELIVERIES, Ledger, TakenBatch
from ingest.models import HeldModel, live_model
from ingest.pipeline import Outcome, Pipeline

logger = logging.getLogger(__name__)


class Workbench:
    """Takes batches from the ledger and brings their rows into the index.

    The model that is live gives the codes; any other that has a slot fills it with what changed,
    so that a change of model, and its way back, is complete at any time.

    :raises ModelError: if one of the folders holds no model.
    """

    def __init__(self, settings: Settings, model_dirs: Sequence[Path]) -> None:
        self._settings = settings
        self._models = [HeldModel(folder, threads=settings.threads) for folder in model_dirs]

    @cached_property
    def _client(self) -> Elasticsearch:
        return connect(self._settings)

    @cached_property
    def _ledger(self) -> Ledger:
        settings = self._settings
        return Ledger(self._client, settings.index, lease_s=settings.lease_s)

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
        index = self._live_index()
        live = live_model(self._models, index)
        batch = self._ledger.take(run, number)
        if batch is None:
            logger.info("batch %d-%d: nothing left to do", run, number)
            return
        started = time.monotonic()
        counts = self._ledger.finish(batch, self._outcome(batch, live))
        logger.info("batch %d-%d: %s in %.1f s", run, number, counts, time.monotonic() - started)

    def _outcome(self, batch: TakenBatch, live: HeldModel) -> Outcome:
        if batch.has_killed_workers:
            reason = f"{MAX_DELIVERIES} workers took the batch up and none came to its end"
            return Outcome.all_failed(batch.rows, reason)
        try:
            catalogue = Catalogue(self._client, self._settings.index, live.gram.slot)
            outcome = Pipeline(catalogue, live.gram).index_rows(batch.rows, batch.origin)
            self._fill_beside(live, batch, outcome)
            return outcome
        except ClusterUnavailableError:
            self._give_back(batch)
            raise
        except GramError as error:
            logger.error("batch %d-%d failed: %s", batch.run, batch.number, error)
            return Outcome.all_failed(batch.rows, str(error))

    def _fill_beside(self, live: HeldModel, batch: TakenBatch, outcome: Outcome) -> None:
        """Fill the slots of the other models, as far as the index has them now.

        Where that fails the documents lack those codes, which ``index migrate`` finds.

        :raises ClusterUnavailableError: if Elasticsearch stays away.
        """
        index, rewritten = self._live_index(), _rewritten(batch, outcome)
        for model in self._models:
            if model is live or not model.has_slot(index):
                continue
            try:
                filler = SlotFiller(self._client, self._settings.index, model.gram)
                filler.fill_products(rewritten)
            except ClusterUnavailableError:
                raise
            except GramError as error:
                logger.error("%d-%d: not filled beside: %s", batch.run, batch.number, error)

    def _give_back(self, batch: TakenBatch) -> None:
        try:
            self._ledger.release(batch)
        except ClusterError as error:
            logger.warning("%s; its lease will run out", error)


def _rewritten(batch: TakenBatch, outcome: Outcome) -> list[str]:
    """Return the ids of the products whose documents lost the codes of other models."""
    fresh = (Fate.NEW, Fate.CHANGED)
    return [row.product.id for row in batch.rows if outcome.fates[row.number] in fresh]
