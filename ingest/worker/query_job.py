"""The job of a worker with a language model: answer a query, and store the answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from elasticsearch import Elasticsearch

from gram_es.cluster.client import connect
from gram_es.errors import SettingsError
from gram_es.index.lifecycle import live_index
from gram_es.overrides.watcher import RulesWatcher
from gram_es.precomputed.store import KEPT, PrecomputedStore, answered_query
from gram_es.retrieval.live_index import LiveIndexReader
from gram_es.retrieval.open import experts_of, has_language_model, open_rules
from gram_es.retrieval.query.model_worker import MODEL_ERRORS
from gram_es.settings import Settings
from gram_es.text.normalise import normalise
from gram_es.text.spelling.speller import Spelling
from ingest.broker.query_queue import AskedQuery
from ingest.worker.models import WorkerModel, live_model

if TYPE_CHECKING:
    from gram_es.language_model.query_codes import TwoExperts

logger = logging.getLogger(__name__)

_MAX_ANSWERS = 100_000  # of an index, about 4 kB each
_MAX_VIEW_AGE_S = 60.0


@dataclass(frozen=True, slots=True)
class _Site:
    """A loaded model with the language model, its answers, and the index that it answers for."""

    experts: TwoExperts
    store: PrecomputedStore
    reader: LiveIndexReader


class QueryJob:
    """Answers queries with a model and a language model; there is one per worker process.

    :raises SettingsError: if neither the settings nor the models' folders give a language model.
    :raises ModelError: if a folder does not contain a model.
    """

    def __init__(self, settings: Settings, model_dirs: Sequence[Path]) -> None:
        if not settings.language_model and not all(map(has_language_model, model_dirs)):
            raise SettingsError(
                "a worker needs a language model for queries; give it with --language-model SOURCE "
                "or GRAM_ES_LANGUAGE_MODEL, or train one with --family llm"
            )
        self._settings = settings
        self._models = [WorkerModel(folder, threads=settings.threads) for folder in model_dirs]

    @property
    def model_folders(self) -> dict[str, str]:
        """The worker's model folders, by the fingerprint of the model."""
        return {model.manifest.fingerprint: str(model.folder) for model in self._models}

    @cached_property
    def _client(self) -> Elasticsearch:
        return connect(self._settings)

    @cached_property
    def _rules(self) -> RulesWatcher:
        rules = open_rules(self._settings)
        rules.start()
        return rules

    @cached_property
    def _sites(self) -> Mapping[str, _Site]:
        settings = self._settings
        models = [model.gram for model in self._models]
        experts = experts_of(models, settings.language_model, settings)
        return {
            model.manifest.fingerprint: self._site(each)
            for model, each in zip(self._models, experts, strict=True)
        }

    def _site(self, experts: TwoExperts) -> _Site:
        client, index, gram = self._client, self._settings.index, experts.gram
        reader = LiveIndexReader(
            client, gram, index=index, max_age_s=_MAX_VIEW_AGE_S, without_model=""
        )
        return _Site(experts, PrecomputedStore(client, index, gram.fingerprint), reader)

    def load(self) -> None:
        """Check that one of the models is live in the index, and load all models.

        :raises ModelMismatchError: if none of the models is live.
        :raises ModelError: if a model or the language model is missing or damaged.
        :raises CatalogueIndexError: if the index is not installed.
        """
        self._check_live()
        _ = self._sites, self._rules

    def _check_live(self) -> None:
        live_model(self._models, live_index(self._client, self._settings.index))

    def answer(self, asked: AskedQuery) -> None:
        """Store the codes of a query, unless they are stored or it was asked of another model.

        :raises ClusterUnavailableError: if Elasticsearch does not answer.
        :raises ModelMismatchError: if none of the worker's models is live any more.
        """
        site = self._sites.get(asked.model)
        if site is None:
            self._check_live()
            logger.info("a query of the model %s is dropped: it is not live", asked.model[:12])
            return
        spelling = self._spelling(site, asked)
        stored = site.store.get_all([spelling]).get(spelling.typed)
        if stored and stored.is_kept(site.experts.name):
            return
        live_codes = site.reader.view().live_codes
        if live_codes is None:
            self._check_live()
            return
        started = time.monotonic()
        try:
            [answer] = site.experts.understand([spelling], live_codes)
        except MODEL_ERRORS:
            logger.exception("a query is dropped: the models failed")
            return
        if answer.language_model is None:
            logger.info("a query is dropped: the language model has no say in its words")
            return
        query = answered_query(spelling, answer, count=stored.count if stored else 0)
        site.store.put([query], datetime.now(UTC))
        logger.info(
            "a query has %d codes after %.1f s", len(answer.codes), time.monotonic() - started
        )

    def _spelling(self, site: _Site, asked: AskedQuery) -> Spelling:
        """Return the forms of a query: those of the message, with what the speller adds."""
        kept = self._rules.current.queries.kept_words
        spelling = site.experts.gram.speller.spell(normalise(asked.typed), kept)
        if spelling.corrected == asked.corrected:
            return spelling
        return Spelling(asked.typed, asked.corrected)

    def delete_old_answers(self) -> None:
        """Delete answers that are old, come from models no longer in use, or are too many.

        :raises ClusterError: if the cluster rejects a request or does not answer.
        """
        index = self._settings.index
        in_use = [slot.fingerprint for slot in live_index(self._client, index).slots.values()]
        store = next(iter(self._sites.values())).store  # the answers of all models are in one index
        before = datetime.now(UTC) - KEPT
        store.delete_answered(before=before, models_in_use=in_use, limit=_MAX_ANSWERS)
