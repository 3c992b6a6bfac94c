"""The pipeline of a batch: read stored products, decide, enrich, write, repeat on conflict."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Protocol

from gram_es import telemetry
from gram_es.errors import ClusterUnavailableError
from gram_es.index.bulk import WriteResult
from gram_es.index.documents import FeedPosition, build_document, offer_update, row_hash
from gram_es.overrides.products import ProductRules, apply_rules
from gram_es.overrides.reconcile import Reconciler
from gram_es.overrides.watcher import EMPTY_RULES, RuleSet
from gram_es.records import Enrichment, Product
from ingest.feeds import Row
from ingest.runs.outcomes import FailedRow, IndexingResult, Origin, Outcome
from ingest.worker.decisions import Decision, StoredProduct, decide
from ingest.worker.product_store import ProductStore

_PART = 250  # rows; one part is written while the next one is read and enriched
_MAX_ROUNDS = 6
_FIRST_RETRY_DELAY_S = 0.5  # doubles with each round: 15 s in all


class ProductModel(Protocol):
    """The interface of a model that the pipeline uses."""

    fingerprint: str
    encoder_fingerprint: str
    slot: str

    def input_hash(self, product: Product) -> str:
        """Return a hash of the text that the model reads for a product; do not run the model."""

    def enrich(self, products: Sequence[Product]) -> list[Enrichment]:
        """Return the codes and the vector of each product, in the order of ``products``."""


@dataclass
class _RowWork:
    """The state of one row; input hash and enrichment are computed once, and only if needed."""

    row: Row
    row_hash: str
    model: ProductModel
    stored: StoredProduct | None = None
    decision: Decision = field(default_factory=lambda: Decision(Outcome.FAILED))
    enrichment: Enrichment | None = None
    last: WriteResult | None = None
    rule_set: RuleSet = EMPTY_RULES
    _input_hash: str | None = None

    def input_hash(self) -> str:
        if self._input_hash is None:
            self._input_hash = self.model.input_hash(self.row.product)
        return self._input_hash

    def decide_outcome(
        self,
        stored: StoredProduct | None,
        origin: Origin,
        rule_set: RuleSet,
        is_replaced: Callable[[], bool],
    ) -> None:
        changes_source = stored is not None and stored.source != origin.source
        self.stored, self.rule_set = stored, rule_set
        self.decision = decide(
            stored,
            run=origin.run,
            row=self.row.number,
            row_hash=self.row_hash,
            input_hash=self.input_hash,
            updates_position=origin.updates_position or changes_source,
            is_replaced=is_replaced,
        )

    @property
    def rules(self) -> ProductRules:
        return self.rule_set.products.of(self.row.product.id)

    @property
    def keeps_codes(self) -> bool:
        """Return whether the new document needs the stored codes and vectors."""
        return self.decision.rewrites and not self.decision.calls_model

    @property
    def was_overwritten(self) -> bool:
        """Return whether another writer changed the document, or deleted it before an update."""
        last = self.last
        if last is None or last.is_conflict:
            return last is not None
        return self.decision.updates and (last.is_gone or last.is_index_missing)

    def follows_rules(self, rule_set: RuleSet) -> bool:
        """Return whether the product's codes are known to agree with the current overrides."""
        if self.rule_set is not rule_set:
            return False
        if self.stored is None or self.decision.rewrites:
            return True
        return self.stored.follows_rules(self.rules)

    def feed_position(self, origin: Origin) -> FeedPosition:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        added = self.stored.added if self.stored else None
        return FeedPosition(origin.source, origin.run, self.row.number, at, added or at)


class Pipeline:
    """Enriches rows and writes their products to the index.

    Indexing the same rows twice has the same effect as once. Afterwards the products of all rows
    agree with the overrides, even if a row changed nothing, or an override was set while the rows
    were indexed.

    :param is_replaced: returns whether a newer run has listed all products of the rows' source.
    """

    def __init__(
        self,
        product_store: ProductStore,
        model: ProductModel,
        reconciler: Reconciler,
        *,
        is_replaced: Callable[[Origin], bool] = lambda _: False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._product_store = product_store
        self._model = model
        self._reconciler = reconciler
        self._is_replaced = is_replaced
        self._pause = pause

    def index_rows(self, rows: Sequence[Row], origin: Origin) -> IndexingResult:
        """Index the rows of one run and return their outcomes; the product ids must be distinct.

        :raises ClusterUnavailableError: if Elasticsearch stays unavailable through all rounds.
        """
        works = {row.product.id: _RowWork(row, row_hash(row.product), self._model) for row in rows}
        result = self._index_in_rounds(dict(works), origin)
        rules_now = self._reconciler.rules.refresh()
        self._reconciler.reconcile_products(
            [i for i, work in works.items() if not work.follows_rules(rules_now)]
        )
        return result

    def _index_in_rounds(self, pending: dict[str, _RowWork], origin: Origin) -> IndexingResult:
        outcomes: dict[int, Outcome] = {}
        failed: list[FailedRow] = []
        for attempt in range(_MAX_ROUNDS):
            is_last = attempt == _MAX_ROUNDS - 1
            for work, reason in self._finished_in_round(pending, origin, is_last=is_last):
                del pending[work.row.product.id]
                outcomes[work.row.number] = Outcome.FAILED if reason else work.decision.outcome
                if reason:
                    failed.append(FailedRow(work.row, reason))
            if not pending:
                break
            if not all(work.was_overwritten for work in pending.values()):
                self._pause(_FIRST_RETRY_DELAY_S * 2**attempt)
        _check_available(pending)
        for work in pending.values():
            outcomes[work.row.number] = Outcome.FAILED
            reason = f"other writers changed the product in each of {_MAX_ROUNDS} attempts"
            failed.append(FailedRow(work.row, reason))
        return IndexingResult(outcomes, tuple(failed))

    def _finished_in_round(
        self, pending: Mapping[str, _RowWork], origin: Origin, *, is_last: bool
    ) -> list[tuple[_RowWork, str]]:
        """Return the rows finished in this round, each with its error, or "" if it succeeded."""
        try:
            return self._round(pending, origin)
        except ClusterUnavailableError:
            if is_last:
                raise
            return []

    def _round(self, pending: Mapping[str, _RowWork], origin: Origin) -> list[tuple[_RowWork, str]]:
        rule_set = self._reconciler.rules.refresh()
        works = [*pending.values()]
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="bulk") as writer:
            writes = []
            for first in range(0, len(works), _PART):
                part = works[first : first + _PART]
                self._decide_outcomes(part, origin, rule_set)
                self._enrich([work for work in part if work.decision.calls_model])
                writes.append(writer.submit(copy_context().run, self._write, part, origin))
        return [finished for write in writes for finished in write.result()]

    def _write(self, works: Sequence[_RowWork], origin: Origin) -> list[tuple[_RowWork, str]]:
        finished = [(work, "") for work in works if not work.decision.writes]
        writing = [work for work in works if work.decision.writes]
        actions = [self._action(work, work.feed_position(origin)) for work in writing]
        for work, result in zip(writing, self._product_store.write(actions), strict=True):
            work.last = result
            if not (work.was_overwritten or result.is_retryable):
                finished.append((work, result.error))
        return finished

    def _decide_outcomes(
        self, works: Sequence[_RowWork], origin: Origin, rule_set: RuleSet
    ) -> None:
        part = {work.row.product.id: work for work in works}
        is_replaced = cache(partial(self._is_replaced, origin))
        stored = self._product_store.read(part)
        for product_id, work in part.items():
            work.decide_outcome(stored.get(product_id), origin, rule_set, is_replaced)

    def _enrich(self, works: Sequence[_RowWork]) -> None:
        unenriched = [work for work in works if work.enrichment is None]
        if not unenriched:
            return
        with telemetry.span("model", {"products": len(unenriched)}):
            enrichments = self._model.enrich([work.row.product for work in unenriched])
        for work, enrichment in zip(unenriched, enrichments, strict=True):
            work.enrichment = enrichment

    def _action(self, work: _RowWork, feed: FeedPosition) -> dict[str, Any]:
        product, stored, outcome = work.row.product, work.stored, work.decision.outcome
        if stored is not None and work.decision.updates:
            fields = offer_update(product, work.row_hash, feed)
            fields["feed"]["outcome"] = outcome.value
            return self._product_store.update(product.id, fields, stored)
        document = build_document(
            product,
            enrichment=work.enrichment if work.decision.calls_model else None,
            slot=self._model.slot,
            fingerprint=self._model.fingerprint,
            encoder=self._model.encoder_fingerprint,
            feed=feed,
            rules=work.rules,
        )
        document["feed"]["outcome"] = outcome.value
        if stored is None:
            return self._product_store.create(product.id, document)
        if work.keeps_codes:
            document["gram"] = apply_rules(stored.slots, work.rules)
        return self._product_store.replace(product.id, document, stored)


def _check_available(pending: Mapping[str, _RowWork]) -> None:
    """Raise an error if rows are pending because Elasticsearch is unavailable.

    Such rows have not failed: the whole batch is retried later.

    :raises ClusterUnavailableError: with the number and the first ids of these rows.
    """
    waiting = [work.last for work in pending.values() if work.last and work.last.is_retryable]
    if waiting:
        ids = ", ".join(result.product_id for result in waiting[:5])
        raise ClusterUnavailableError(
            f"cannot write {len(waiting)} products ({ids}, ...): Elasticsearch is overloaded or"
            f" takes no writes (HTTP {waiting[0].status}: {waiting[0].error})"
        )
