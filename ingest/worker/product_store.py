"""Reading and writing products of the index by id: one multi-get, one bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.index.bulk import Written, held, write_products
from gram_es.index.names import write_alias
from gram_es.overrides.reconcile import CODE_FIELDS, OWN_FIELDS
from ingest.worker.decisions import Known


class Catalogue:
    """The products behind an index's write alias, with the codes of one slot."""

    def __init__(self, client: Elasticsearch, index: str, slot: str) -> None:
        self._client = client
        self._alias = write_alias(index)
        self._slot = slot

    def read(
        self, ids: Collection[str], *, with_codes: bool = False, with_slots: bool = False
    ) -> dict[str, Known]:
        """Return what the index holds now of these products; a missing one is left out.

        :param with_codes: read the codes of all slots too, to compare them with the overrides.
        :param with_slots: read the slots as they are, to keep them.
        """
        if not ids:
            return {}
        codes = CODE_FIELDS if with_codes else (OWN_FIELDS,)
        gram = ["gram"] if with_slots else [f"gram.{self._slot}.input", *codes]
        with cluster_errors(f"read products through {self._alias}"):
            answer = self._client.mget(
                index=self._alias,
                ids=list(ids),
                source_includes=["row_hash", "feed", *gram],
            )
        return {
            found["_id"]: Known.of(found, self._slot) for found in held(answer["docs"], self._alias)
        }

    def create(self, product_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the action that writes a product which the index does not hold."""
        return {**self._action("create", product_id), "_source": document}

    def replace(self, product_id: str, document: Mapping[str, Any], known: Known) -> dict[str, Any]:
        """Return the action that writes a product over exactly what was read."""
        return {**self._guarded("index", product_id, known), "_source": document}

    def update(self, product_id: str, fields: Mapping[str, Any], known: Known) -> dict[str, Any]:
        """Return the action that gives exactly what was read other values in some fields."""
        return {**self._guarded("update", product_id, known), "doc": fields}

    def delete(self, product_id: str, known: Known) -> dict[str, Any]:
        """Return the action that deletes exactly what was read."""
        return self._guarded("delete", product_id, known)

    def _guarded(self, kind: str, product_id: str, known: Known) -> dict[str, Any]:
        guard = {"if_seq_no": known.seq_no, "if_primary_term": known.primary_term}
        return {**self._action(kind, product_id), **guard}

    def _action(self, kind: str, product_id: str) -> dict[str, Any]:
        return {"_op_type": kind, "_index": self._alias, "_id": product_id}

    def write(self, actions: Iterable[dict[str, Any]]) -> Iterator[Written]:
        """Send the actions and yield how each ended, in order."""
        return write_products(self._client, self._alias, actions)
