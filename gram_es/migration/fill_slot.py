"""Give documents the codes of one model, beside whatever else they hold.

The documents themselves say what is left to do, so it may be cut short at any time and run again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Protocol

from elasticsearch import Elasticsearch

from gram_es.bisection import isolate
from gram_es.cluster.client import cluster_errors
from gram_es.errors import ClusterUnavailableError
from gram_es.index.bulk import write_products
from gram_es.index.documents import product_from_document, slot_value
from gram_es.index.names import write_alias
from gram_es.index.scan import EVERYTHING, scan
from gram_es.index.slots import lacks_slot
from gram_es.overrides.reconcile import Mender
from gram_es.records import Enrichment, Product

logger = logging.getLogger(__name__)

_RETRIES = 5  # 2, 4, ... 32 s apart


@dataclass(frozen=True)
class Filled:
    """What writing came to: how many documents, the ids that another writer came to first.

    ``refused`` maps ids of documents to the reason.
    """

    written: int = 0
    overtaken: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def write_all(
    client: Elasticsearch, alias: str, actions: Sequence[dict[str, Any]], doing: str
) -> Filled:
    """Send the actions through ``alias`` and return what came of them.

    :param doing: what it is for, to follow "cannot": ``fill m1``.
    :raises ClusterUnavailableError: if Elasticsearch stays away.
    """
    written, overtaken, refused = 0, list[str](), dict[str, str]()
    for one in write_products(client, alias, actions, retries=_RETRIES):
        if not one.error:
            written += 1
        elif one.is_conflict or one.is_gone:
            overtaken.append(one.product_id)
        elif one.may_be_retried:
            raise ClusterUnavailableError(
                f"cannot {doing}: Elasticsearch asks to be left alone "
                f"({one.status}: {one.error}); run the command again to go on"
            )
        else:
            refused[one.product_id] = one.error
    return Filled(written, tuple(overtaken), refused)


_PAGE = 256
_ROUNDS = 3
UNREAD = [
    "text",
    "stems",
    "identifiers",
    "category_path",
    "attribute_values",
    "gram.*.codes",
    "gram.*.vector",
]
READ = {"excludes": UNREAD}


class SlotModel(Protocol):
    """What filling asks of a model."""

    fingerprint: str
    slot: str

    def input_hash(self, product: Product) -> str:
        """Return a hash of what the model would read of a product, without inference."""

    def enrich(self, products: Sequence[Product]) -> list[Enrichment]:
        """Return codes and vector of each product, in order."""


def count_lacking(client: Elasticsearch, index: str, slot: str) -> int:
    """Return how many documents the slot's model has not been asked about, as of now."""
    with cluster_errors(f"count what lacks codes in {index}"):
        client.indices.refresh(index=index)
        return int(client.count(index=index, query=lacks_slot(slot))["count"])


class SlotFiller:
    """Fills the slot of one model in one index; what another writer changes meanwhile stands.

    The codes are as the overrides have them, those included that are set meanwhile.
    """

    def __init__(
        self, client: Elasticsearch, index: str, model: SlotModel, mender: Mender | None = None
    ) -> None:
        self._client = client
        self._index = index
        self._alias = write_alias(index)
        self._model = model
        self._mender = mender or Mender(client, index)

    def lacking(self) -> int:
        """Return how many documents lack the model's codes, as of now."""
        return count_lacking(self._client, self._index, self._model.slot)

    def fill_index(self, looked_at: Callable[[int], object]) -> Filled:
        """Fill every document whose codes are missing or stale, also those written meanwhile.

        :param looked_at: is told of each page how many documents were looked at.
        :raises ClusterUnavailableError: if Elasticsearch stays away; run it again to go on.
        """
        return self._go_on(self._pass(EVERYTHING, looked_at))

    def fill_rest(self) -> Filled:
        """Fill every document that lacks codes, as it is left after :meth:`fill_index`.

        :raises ClusterUnavailableError: if Elasticsearch stays away.
        """
        return self._go_on(self._pass(self._left_over(()), lambda _: None))

    def _go_on(self, last: Filled) -> Filled:
        """Look at what lacks codes until nothing comes of it."""
        written = last.written
        while last.written or last.overtaken:
            last = self._pass(self._left_over(last.overtaken), lambda _: None)
            written += last.written
        return Filled(written, refused=last.refused)

    def _left_over(self, overtaken: Sequence[str]) -> dict[str, Any]:
        either = [lacks_slot(self._model.slot), {"ids": {"values": list(overtaken)}}]
        return {"bool": {"should": either}}

    def _pass(self, query: Mapping[str, Any], looked_at: Callable[[int], object]) -> Filled:
        written, overtaken, refused = 0, list[str](), dict[str, str]()
        with cluster_errors(f"make what was written to {self._index} searchable"):
            self._client.indices.refresh(index=self._index)
        pages = scan(self._client, self._index, query, page_size=_PAGE, source=READ)
        for page in pages:
            filled = self._fill(page)
            written += filled.written
            overtaken += filled.overtaken
            refused |= filled.refused
            looked_at(len(page))
        return Filled(written, tuple(overtaken), refused)

    def fill_products(self, ids: Collection[str]) -> None:
        """Fill the documents of these products as they stand now.

        What other writers keep changing, and what model or cluster refuses, goes on lacking codes.

        :raises ClusterUnavailableError: if Elasticsearch stays away.
        """
        for _ in range(_ROUNDS):
            if not ids:
                return
            with cluster_errors(f"read products through {self._alias}"):
                answer = self._client.mget(index=self._alias, ids=list(ids), source_excludes=UNREAD)
            filled = self._fill([found for found in answer["docs"] if found.get("found")])
            for product_id, reason in filled.refused.items():
                logger.warning("%s lacks codes of %s: %s", product_id, self._model.slot, reason)
            ids = filled.overtaken

    def _fill(self, documents: Sequence[Mapping[str, Any]]) -> Filled:
        """Enrich and write what lacks the model's codes or holds them of another wording."""
        products = [product_from_document(found["_source"]) for found in documents]
        lacking = [
            (found, product)
            for found, product in zip(documents, products, strict=True)
            if self._held_input(found) != self._model.input_hash(product)
        ]
        if not lacking:
            return Filled()
        book = self._mender.rules.look()
        updates, faults = isolate(self._updates, lacking)
        filled = write_all(
            self._client, self._alias, [*chain.from_iterable(updates)], f"fill {self._model.slot}"
        )
        if self._mender.rules.look() is not book:
            self._mender.mend_products([found["_id"] for found, _ in lacking])
        unread = {found["_id"]: f"{type(e).__name__}: {e}" for (found, _), e in faults}
        return replace(filled, refused={**filled.refused, **unread})

    def _held_input(self, found: Mapping[str, Any]) -> str | None:
        held = self._held(found)
        return str(held["input"]) if "input" in held else None

    def _held(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        held: Mapping[str, Any] = found["_source"].get("gram", {}).get(self._model.slot, {})
        return held

    def _updates(
        self, lacking: Sequence[tuple[Mapping[str, Any], Product]]
    ) -> list[dict[str, Any]]:
        enrichments = self._model.enrich([product for _, product in lacking])
        return [
            self._update(found, enrichment)
            for (found, _), enrichment in zip(lacking, enrichments, strict=True)
        ]

    def _update(self, found: Mapping[str, Any], enrichment: Enrichment) -> dict[str, Any]:
        rules = self._mender.rules.book.products.of(found["_id"])
        value = slot_value(enrichment, self._model.fingerprint, rules)
        forgets = {"own": None} if "own" in self._held(found) else {}  # an update merges
        return {
            "_op_type": "update",
            "_index": self._alias,
            "_id": found["_id"],
            "if_seq_no": found["_seq_no"],
            "if_primary_term": found["_primary_term"],
            "doc": {"gram": {self._model.slot: {**forgets, **value}}},
        }
