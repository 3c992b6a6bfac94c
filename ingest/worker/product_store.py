"""Reads and writes products of the index by id: one multi-get and one bulk request per batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.bulk import WriteResult, found_documents, write_products
from gram_es.index.names import write_alias
from ingest.worker.decisions import StoredProduct


class ProductStore:
    """The products of an index, reached through its write alias.

    ``slot`` is the part of a document with the codes of one model, here the live model.
    """

    def __init__(self, client: Elasticsearch, index: str, slot: str) -> None:
        self._client = client
        self._alias = write_alias(index)
        self._slot = slot

    def read(self, ids: Collection[str]) -> dict[str, StoredProduct]:
        """Return the stored products by id; omit an id if the index has no such product.

        The documents are read whole: to leave fields out of them takes Elasticsearch longer.
        """
        if not ids:
            return {}
        with cluster_errors(f"read products through {self._alias}"):
            response = self._client.mget(index=self._alias, ids=list(ids))
        return {
            document["_id"]: StoredProduct.of(document, self._slot)
            for document in found_documents(response["docs"], self._alias)
        }

    def create(self, product_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the bulk action that creates a product; an existing product causes a conflict."""
        return {**self._action("create", product_id), "_source": document}

    def replace(
        self, product_id: str, document: Mapping[str, Any], stored: StoredProduct
    ) -> dict[str, Any]:
        """Return the bulk action that replaces a product; a stale ``stored`` causes a conflict."""
        return {**self._versioned("index", product_id, stored), "_source": document}

    def update(
        self, product_id: str, fields: Mapping[str, Any], stored: StoredProduct
    ) -> dict[str, Any]:
        """Return the bulk action that sets ``fields``; a stale ``stored`` causes a conflict."""
        return {**self._versioned("update", product_id, stored), "doc": fields}

    def delete(self, product_id: str, stored: StoredProduct) -> dict[str, Any]:
        """Return the bulk action that deletes a product; a stale ``stored`` causes a conflict."""
        return self._versioned("delete", product_id, stored)

    def _versioned(self, kind: str, product_id: str, stored: StoredProduct) -> dict[str, Any]:
        version = {"if_seq_no": stored.seq_no, "if_primary_term": stored.primary_term}
        return {**self._action(kind, product_id), **version}

    def _action(self, kind: str, product_id: str) -> dict[str, Any]:
        return {"_op_type": kind, "_index": self._alias, "_id": product_id}

    def write(self, actions: Iterable[dict[str, Any]]) -> Iterator[WriteResult]:
        """Send the actions and yield the result of each, in the order of ``actions``."""
        return write_products(self._client, self._alias, actions)
