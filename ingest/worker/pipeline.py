"""From the rows of a batch to documents in the index, however often it is asked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Protocol

from gram_es.errors import ClusterUnavailableError
from gram_es.index.bulk import Written
from gram_es.index.documents import FeedPosition, build_document, offer_update, row_hash
from gram_es.overrides.products import ProductRules, ruled_gram
from gram_es.overrides.reconcile import Mender
from gram_es.overrides.watcher import EMPTY, RuleBook
from gram_es.records import Enrichment, Product
from ingest.feeds import Row
from ingest.runs.batch import write_row
from ingest.runs.outcomes import Fate
from ingest.worker.decisions import Known, Verdict, decide
from ingest.worker.product_store import Catalogue

ENRICH, INDEX = "enrich", "index"

_ROUNDS = 6
_FIRST_PAUSE_S = 0.5  # doubles with each round: 15 s in all


class ProductModel(Protocol):
    """What ingest asks of a model."""

    fingerprint: str
    slot: str

    def input_hash(self, product: Product) -> str:
        """Return a hash of what the model would read of a product, without inference."""

    def enrich(self, products: Sequence[Product]) -> list[Enrichment]:
        """Return codes and vector of each product, in order."""


@dataclass(frozen=True)
class Origin:
    """Where rows come from: a feed, as read in a run.

    With ``stamps`` an unchanged row leaves its place in the document too, because an older run
    may still bring rows.
    """

    source: str
    run: int
    stamps: bool = False


@dataclass(frozen=True)
class FailedRow:
    """A row that is a product and is not in the index, with the reason.

    ``stage`` says where it failed: ``enrich``, as its document was made, or ``index``.
    """

    row: Row
    reason: str
    stage: str = INDEX


@dataclass(frozen=True)
class Outcome:
    """What became of each row, by its number."""

    fates: Mapping[int, Fate]
    failed: tuple[FailedRow, ...]

    @classmethod
    def all_failed(cls, rows: Sequence[Row], reason: str, stage: str = INDEX) -> Outcome:
        """Return the outcome of a batch that could not be worked on as a whole."""
        return cls(
            fates={row.number: Fate.FAILED for row in rows},
            failed=tuple(FailedRow(row, reason, stage) for row in rows),
        )

    def tally(self) -> Counter[Fate]:
        """Return how many rows met which fate."""
        return Counter(self.fates.values())

    def notes(self) -> dict[str, Any]:
        """Return what the ledger keeps beside the counts: the failed rows, with the reasons."""
        return {
            "failed": [
                {**write_row(one.row), "reason": one.reason, "stage": one.stage}
                for one in self.failed
            ]
        }


@dataclass
class _Work:
    """A row on its way; the hashes and the enrichment are worked out once, if at all."""

    row: Row
    row_hash: str
    input_hash: Callable[[], str]
    known: Known | None = None
    verdict: Verdict = field(default_factory=lambda: Verdict(Fate.FAILED))
    enrichment: Enrichment | None = None
    last: Written | None = None
    book: RuleBook = EMPTY

    def judge(
        self,
        known: Known | None,
        origin: Origin,
        book: RuleBook,
        is_replaced: Callable[[], bool],
    ) -> None:
        moves = known is not None and known.source != origin.source
        self.known, self.book = known, book
        self.verdict = decide(
            known,
            run=origin.run,
            row=self.row.number,
            row_hash=self.row_hash,
            input_hash=self.input_hash,
            stamps=origin.stamps or moves,
            is_replaced=is_replaced,
        )

    @property
    def rules(self) -> ProductRules:
        return self.book.products.of(self.row.product.id)

    @property
    def keeps_codes(self) -> bool:
        """Tell whether codes and vector have to be read, to go on to a new document."""
        return self.verdict.rewrites and not self.verdict.calls_model

    @property
    def was_overtaken(self) -> bool:
        """Tell whether another writer came between; for an update it may have deleted, too."""
        last = self.last
        return bool(last and (last.is_conflict or (last.is_gone and self.verdict.updates)))

    def obeys(self, book: RuleBook) -> bool:
        """Tell whether the product's codes are what the book says now, as far as is known."""
        if self.book is not book:
            return False
        return self.known is None or self.verdict.rewrites or self.known.obeys(self.rules)

    def place(self, origin: Origin) -> FeedPosition:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        added = self.known.added if self.known else None
        return FeedPosition(origin.source, origin.run, self.row.number, at, added or at)


class Pipeline:
    """Enriches and indexes rows: reads what is known, decides, writes, looks again on conflict.

    Running it twice on the same rows is the same as once. At the end the products of all rows obey
    the overrides, also where a row changed nothing, and those that were set meanwhile.

    :param is_replaced: tells whether a newer run has listed all products of the rows' source.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        model: ProductModel,
        mender: Mender,
        *,
        is_replaced: Callable[[Origin], bool] = lambda _: False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._catalogue = catalogue
        self._model = model
        self._mender = mender
        self._is_replaced = is_replaced
        self._pause = pause

    def index_rows(self, rows: Sequence[Row], origin: Origin) -> Outcome:
        """Bring rows of one run into the index; their ids are distinct.

        :raises ClusterUnavailableError: if Elasticsearch stays away beyond all patience.
        """
        works = {row.product.id: self._work(row) for row in rows}
        outcome = self._settle_all(dict(works), origin)
        book = self._mender.rules.look()
        self._mender.mend_products([i for i, work in works.items() if not work.obeys(book)])
        return outcome

    def _settle_all(self, pending: dict[str, _Work], origin: Origin) -> Outcome:
        fates: dict[int, Fate] = {}
        failed: list[FailedRow] = []
        for attempt in range(_ROUNDS):
            for work, reason in self._settled(pending, origin, last=attempt == _ROUNDS - 1):
                del pending[work.row.product.id]
                fates[work.row.number] = Fate.FAILED if reason else work.verdict.fate
                if reason:
                    failed.append(FailedRow(work.row, reason))
            if not pending:
                break
            if not all(work.was_overtaken for work in pending.values()):
                self._pause(_FIRST_PAUSE_S * 2**attempt)
        _check_available(pending)
        for work in pending.values():
            fates[work.row.number] = Fate.FAILED
            failed.append(FailedRow(work.row, f"other writers came between {_ROUNDS} times"))
        return Outcome(fates, tuple(failed))

    def _work(self, row: Row) -> _Work:
        input_hash = cache(partial(self._model.input_hash, row.product))
        return _Work(row, row_hash(row.product), input_hash)

    def _settled(
        self, pending: Mapping[str, _Work], origin: Origin, *, last: bool
    ) -> list[tuple[_Work, str]]:
        """Return the rows that this round settles, each with the reason if it failed."""
        try:
            return list(self._round(pending, origin))
        except ClusterUnavailableError:
            if last:
                raise
            return []

    def _round(self, pending: Mapping[str, _Work], origin: Origin) -> Iterator[tuple[_Work, str]]:
        self._judge(pending, origin)
        self._enrich([work for work in pending.values() if work.verdict.calls_model])
        settled = [work for work in pending.values() if not work.verdict.writes]
        writes = [work for work in pending.values() if work.verdict.writes]
        actions = (self._action(work, work.place(origin)) for work in writes)
        for work, written in zip(writes, self._catalogue.write(actions), strict=True):
            work.last = written
            if not (work.was_overtaken or written.may_be_retried):
                yield work, written.error
        for work in settled:
            yield work, ""

    def _judge(self, pending: Mapping[str, _Work], origin: Origin) -> None:
        book = self._mender.rules.look()
        is_replaced = cache(partial(self._is_replaced, origin))
        known = self._catalogue.read(pending, with_codes=book.products.concern(pending))
        for product_id, work in pending.items():
            work.judge(known.get(product_id), origin, book, is_replaced)
        kept = [i for i, work in pending.items() if work.keeps_codes]
        for product_id, holding in self._catalogue.read(kept, with_slots=True).items():
            pending[product_id].judge(holding, origin, book, is_replaced)

    def _enrich(self, works: Sequence[_Work]) -> None:
        fresh = [work for work in works if work.enrichment is None]
        if not fresh:
            return
        enrichments = self._model.enrich([work.row.product for work in fresh])
        for work, enrichment in zip(fresh, enrichments, strict=True):
            work.enrichment = enrichment

    def _action(self, work: _Work, feed: FeedPosition) -> dict[str, Any]:
        product, known, fate = work.row.product, work.known, work.verdict.fate
        if known is not None and work.verdict.updates:
            fields = offer_update(product, work.row_hash, feed)
            fields["feed"]["fate"] = fate.value
            return self._catalogue.update(product.id, fields, known)
        document = build_document(
            product,
            enrichment=work.enrichment if work.verdict.calls_model else None,
            slot=self._model.slot,
            fingerprint=self._model.fingerprint,
            feed=feed,
            rules=work.rules,
        )
        document["feed"]["fate"] = fate.value
        if known is None:
            return self._catalogue.create(product.id, document)
        if work.keeps_codes:
            document["gram"] = ruled_gram(known.gram or {}, work.rules)
        return self._catalogue.replace(product.id, document, known)


def _check_available(pending: Mapping[str, _Work]) -> None:
    """Take nothing for failed that only waits for Elasticsearch.

    :raises ClusterUnavailableError: naming what waits.
    """
    waiting = [work.last for work in pending.values() if work.last and work.last.may_be_retried]
    if waiting:
        named = ", ".join(written.product_id for written in waiting[:5])
        raise ClusterUnavailableError(
            f"cannot write {len(waiting)} products ({named}, ...):"
            f" Elasticsearch asks to be left alone ({waiting[0].status}: {waiting[0].error})"
        )
