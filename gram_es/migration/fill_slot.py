"""Fill a model's slot: write the model's codes into every document.

Codes of other models are in other slots and stay. The slot of each document shows whether it has
been filled, so an interrupted run can be repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any, Protocol

from elasticsearch import Elasticsearch

from gram_es.bisection import find_failing_items
from gram_es.cluster.client import cluster_errors
from gram_es.errors import (
    CatalogueIndexError,
    ClusterError,
    ClusterUnavailableError,
    GramError,
)
from gram_es.index.bulk import write_products
from gram_es.index.documents import (
    product_from_document,
    slot_fields,
    slot_value,
    stored_input_hash,
)
from gram_es.index.lifecycle import live_index, writable_index
from gram_es.index.names import write_alias
from gram_es.index.scan import EVERYTHING, scan
from gram_es.index.slots import missing_slot_query
from gram_es.migration.stored_vectors import DERIVED_FIELDS, StoredVectors
from gram_es.overrides.reconcile import Reconciler
from gram_es.records import Enrichment, Product

logger = logging.getLogger(__name__)

_RETRIES = 5  # after 2, 4, 8, 16 and 32 s
_PAGE = 256
_ROUNDS = 3


@dataclass(frozen=True)
class WriteReport:
    """The result of writing documents.

    ``written`` is the number of documents written, and ``recoded`` the number of those whose codes
    come from a stored vector, without encoding a text. ``conflicting_ids`` are the ids of documents
    that were not written, because another process changed them first. ``rejected`` gives, by
    id, the reason why a document was not written; ``failed_ids`` are those of them that the model
    or the cluster rejected, so that a later try may succeed. ``seq_nos`` are the sequence numbers
    of the writes.
    """

    written: int = 0
    conflicting_ids: tuple[str, ...] = ()
    rejected: Mapping[str, str] = field(default_factory=dict)
    recoded: int = 0
    seq_nos: tuple[int, ...] = ()
    failed_ids: tuple[str, ...] = ()


class UnreadableProductError(GramError):
    """A document has no product that can be enriched; the message is the reason."""


@dataclass(frozen=True)
class DocumentReader:
    """How products are read from the documents of an index.

    ``product`` returns the product of a hit, or raises :class:`UnreadableProductError`. ``unread``
    are fields that it does not need. ``slot_fields`` returns fields of a product that are stored in
    the slot beside its codes.
    """

    product: Callable[[Mapping[str, Any]], Product]
    unread: Sequence[str]
    slot_fields: Callable[[Product], Mapping[str, Any]] = lambda _: {}


OWN_DOCUMENTS = DocumentReader(
    lambda document: product_from_document(document["_source"]), DERIVED_FIELDS
)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A document whose slot has to be filled, its product, and the product's stored vector."""

    document: Mapping[str, Any]
    product: Product
    vector: bytes | None

    @property
    def product_id(self) -> str:
        return str(self.document["_id"])


class SlotModel(Protocol):
    """The part of a model that is needed to fill its slot."""

    fingerprint: str
    encoder_fingerprint: str
    slot: str

    def input_hash(self, product: Product) -> str:
        """Return a hash of the text that the model reads of a product; the model is not run."""

    def enrich(
        self, products: Sequence[Product], vectors: Sequence[bytes | None] | None = None
    ) -> list[Enrichment]:
        """Return the codes and the vector of each product, in the order of ``products``.

        A vector that is given is used instead of encoding the product's text.
        """


class SlotFiller:
    """Fills the slot of one model in one index.

    A vector that the index stores for the same encoder and the same text is used again; only its
    codes are computed. Other processes may write documents meanwhile; their changes are never
    overwritten. Overrides are applied to the codes, including overrides that are set while the slot
    is filled.
    """

    def __init__(
        self,
        client: Elasticsearch,
        index: str,
        model: SlotModel,
        reconciler: Reconciler | None = None,
        reader: DocumentReader = OWN_DOCUMENTS,
    ) -> None:
        self._reader = reader
        self._client = client
        self._index = index
        self._alias = write_alias(index)
        self._model = model
        self._reconciler = reconciler or Reconciler(client, index)

    @cached_property
    def _vectors(self) -> StoredVectors:
        live, model = live_index(self._client, self._index), self._model
        return StoredVectors(
            live,
            slot=model.slot,
            encoder=model.encoder_fingerprint,
            unread=self._reader.unread,
        )

    @property
    def source_excludes(self) -> list[str]:
        """The fields to exclude from the documents for :meth:`fill_documents`."""
        return self._vectors.source_excludes

    def count_missing(self) -> int:
        """Return how many documents lack the model's codes."""
        return count_missing_codes(self._client, self._index, self._model.slot)

    def fill_index(self, on_progress: Callable[[int], object]) -> WriteReport:
        """Write the model's codes into every document whose codes are missing or stale.

        Documents that are written meanwhile are filled too.

        :param on_progress: called after each page with the number of its documents.
        :raises ClusterUnavailableError: if Elasticsearch stays overloaded; repeat the call later.
        :raises CatalogueIndexError: if the read and the write alias point to different indices.
        """
        return self._retry_conflicts(self._pass(EVERYTHING, on_progress))

    def fill_rest(self) -> WriteReport:
        """Fill the documents that lack codes because they were written after :meth:`fill_index`.

        :raises ClusterUnavailableError: if Elasticsearch stays overloaded.
        """
        return self._retry_conflicts(self._pass(self._remaining_query(()), lambda _: None))

    def fill_products(self, ids: Collection[str]) -> None:
        """Fill the documents of these products.

        There are three attempts. A product stays without codes if another process changes it during
        every attempt. A product that the model or the cluster rejects stays without codes too, and
        the reason is logged.

        :raises ClusterUnavailableError: if Elasticsearch stays overloaded.
        """
        for _ in range(_ROUNDS):
            if not ids:
                return
            with cluster_errors(f"read products through {self._alias}"):
                answer = self._client.mget(
                    index=self._alias, ids=list(ids), source_excludes=self._vectors.source_excludes
                )
            found = [document for document in answer["docs"] if document.get("found")]
            report = self.fill_documents(found)
            for product_id, reason in report.rejected.items():
                logger.warning("%s lacks codes of %s: %s", product_id, self._model.slot, reason)
            ids = report.conflicting_ids

    def _retry_conflicts(self, last: WriteReport) -> WriteReport:
        """Repeat passes over the documents that still lack codes until a pass changes nothing."""
        written, recoded = last.written, last.recoded
        while last.written or last.conflicting_ids:
            last = self._pass(self._remaining_query(last.conflicting_ids), lambda _: None)
            written, recoded = written + last.written, recoded + last.recoded
        return WriteReport(written, rejected=last.rejected, recoded=recoded)

    def _remaining_query(self, conflicting_ids: Sequence[str]) -> dict[str, Any]:
        conflicts = {"ids": {"values": list(conflicting_ids)}}
        return {"bool": {"should": [missing_slot_query(self._model.slot), conflicts]}}

    def _pass(self, query: Mapping[str, Any], on_progress: Callable[[int], object]) -> WriteReport:
        written, recoded, conflicting_ids, rejected = 0, 0, list[str](), dict[str, str]()
        # Writes to another index than the one that is read would conflict without end.
        writable_index(self._client, self._index)
        with cluster_errors(f"refresh {self._index}"):
            self._client.indices.refresh(index=self._index)
        fields = {"excludes": self._vectors.source_excludes}
        pages = scan(self._client, self._index, query, page_size=_PAGE, source=fields)
        for page in pages:
            report = self.fill_documents(page)
            written += report.written
            recoded += report.recoded
            conflicting_ids += report.conflicting_ids
            rejected |= report.rejected
            on_progress(len(page))
        return WriteReport(written, tuple(conflicting_ids), rejected, recoded)

    def fill_documents(self, documents: Sequence[Mapping[str, Any]]) -> WriteReport:
        """Enrich and write the documents whose codes are missing or made from an older text.

        :param documents: hits or documents, each with its ``_seq_no`` and ``_primary_term``.
        :raises ClusterUnavailableError: if Elasticsearch stays overloaded.
        """
        pending, unreadable = self._pending(documents)
        if not pending:
            return WriteReport(rejected=unreadable)
        rules = self._reconciler.rules.refresh()
        updates, faults = find_failing_items(self._updates, pending)
        report = write_all(
            self._client, self._alias, [*chain.from_iterable(updates)], f"fill {self._model.slot}"
        )
        if self._reconciler.rules.refresh() is not rules:
            self._reconciler.reconcile_products([item.product_id for item in pending])
        failed = {item.product_id: f"{type(error).__name__}: {error}" for item, error in faults}
        failed = {**report.rejected, **failed}
        report = replace(report, rejected={**unreadable, **failed}, failed_ids=(*failed,))
        unwritten = {*report.rejected, *report.conflicting_ids}
        recoded = sum(
            item.vector is not None and item.product_id not in unwritten for item in pending
        )
        return replace(report, recoded=recoded)

    def _pending(
        self, documents: Sequence[Mapping[str, Any]]
    ) -> tuple[list[_Pending], dict[str, str]]:
        """Return the documents to fill, and the reasons, by id, why others cannot be read."""
        pending, unreadable = list[_Pending](), dict[str, str]()
        for document in documents:
            try:
                product = self._reader.product(document)
            except UnreadableProductError as error:
                unreadable[document["_id"]] = str(error)
                continue
            input_hash = self._model.input_hash(product)
            if stored_input_hash(self._slot_fields(document)) != input_hash:
                vector = self._vectors.of(document["_source"], input_hash)
                pending.append(_Pending(document, product, vector))
        return pending, unreadable

    def _slot_fields(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        return slot_fields(document["_source"], self._model.slot)

    def _updates(self, pending: Sequence[_Pending]) -> list[dict[str, Any]]:
        enrichments = self._model.enrich(
            [item.product for item in pending], [item.vector for item in pending]
        )
        return [
            self._update(item, enrichment)
            for item, enrichment in zip(pending, enrichments, strict=True)
        ]

    def _update(self, item: _Pending, enrichment: Enrichment) -> dict[str, Any]:
        document, model = item.document, self._model
        rules = self._reconciler.rules.current.products.of(item.product_id)
        value = slot_value(enrichment, model.fingerprint, model.encoder_fingerprint, rules)
        # An update merges objects, so a stale "own" has to be set to null.
        own = {"own": None, "own_packed": None}
        stale = own if "own" in self._slot_fields(document) else {}
        more = self._reader.slot_fields(item.product)
        routing = {"routing": document["_routing"]} if "_routing" in document else {}
        return {
            "_op_type": "update",
            "_index": self._alias,
            "_id": document["_id"],
            "if_seq_no": document["_seq_no"],
            "if_primary_term": document["_primary_term"],
            **routing,
            "doc": {"gram": {model.slot: {**stale, **value, **more}}},
        }


def count_missing_codes(client: Elasticsearch, index: str, slot: str) -> int:
    """Count the documents of ``index`` that the slot's model has not enriched yet."""
    with cluster_errors(f"count the documents without codes in {index}"):
        client.indices.refresh(index=index)
        return int(client.count(index=index, query=missing_slot_query(slot))["count"])


def write_all(
    client: Elasticsearch, alias: str, actions: Sequence[dict[str, Any]], purpose: str
) -> WriteReport:
    """Send the actions in bulk to the write alias ``alias`` and return the result.

    :param purpose: what the writes are for, worded to follow "cannot", such as ``fill m1``.
    :raises ClusterUnavailableError: if Elasticsearch stays overloaded.
    :raises ClusterError: if the caller may not write to the index.
    :raises CatalogueIndexError: if the alias is gone.
    """
    conflicting_ids, rejected, seq_nos = list[str](), dict[str, str](), list[int]()
    written = 0
    for result in write_products(client, alias, actions, retries=_RETRIES):
        if not result.error:
            written += 1
            seq_nos += [] if result.seq_no is None else [result.seq_no]
        elif result.is_conflict or result.is_gone:
            conflicting_ids.append(result.product_id)
        elif result.is_retryable:
            raise ClusterUnavailableError(
                f"cannot {purpose}: Elasticsearch is overloaded or the index is blocked "
                f"({result.status}: {result.error}); free disk space if the disk is full"
            )
        elif result.is_forbidden:
            raise ClusterError(
                f"cannot {purpose}: not allowed (403: {result.error}); give the role of"
                " ELASTICSEARCH_API_KEY the privileges that docs/security.md lists"
            )
        elif result.is_index_missing:
            raise CatalogueIndexError(
                f"cannot {purpose}: there is no alias {alias} any more; run the command again"
            )
        else:
            rejected[result.product_id] = result.error
    return WriteReport(written, tuple(conflicting_ids), rejected, seq_nos=tuple(seq_nos))
