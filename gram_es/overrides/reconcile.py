"""Apply overrides to the codes in documents of the index, in every slot (one per model)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from gram_es.cluster.client import cluster_errors
from gram_es.errors import ClusterError, ClusterUnavailableError
from gram_es.index.bulk import write_products
from gram_es.index.lifecycle import live_index
from gram_es.index.names import write_alias
from gram_es.index.scan import EVERYTHING, count_values, scan
from gram_es.index.slots import codes_field, own_field
from gram_es.overrides.products import changed_codes
from gram_es.overrides.rules import CodeKey, code_key
from gram_es.overrides.watcher import RulesWatcher

_CODE_FIELDS = ("gram.*.codes", "gram.*.packed", "gram.*.own", "gram.*.own_packed")
_PAGE = 500
_ROUNDS = 20
_RETRIES = 5


class Reconciler:
    """Corrects the codes in documents so that the codes follow the overrides.

    An update is rejected if the document has changed since it was read. Two conventions keep the
    documents correct while several processes write. A process that writes codes refreshes ``rules``
    before and after writing; if the rules changed in between, it reconciles the documents that it
    wrote. A process that sets an override stores the override first, and afterwards reconciles the
    documents in the index to which the override applies.
    """

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index
        self._alias = write_alias(index)
        self.rules = RulesWatcher(client, index)

    def reconcile_products(self, ids: Collection[str]) -> int:
        """Apply the rules to the documents of these products and return how many were written.

        On return the documents follow the current rules, even if other processes wrote the
        documents or set rules in the meantime.

        :raises ClusterUnavailableError: if other processes keep changing the documents.
        """
        id_list = [*ids]
        pages = (id_list[first : first + _PAGE] for first in range(0, len(id_list), _PAGE))
        return sum(map(self._reconcile, pages))

    def reconcile_codes(
        self, keys: Collection[CodeKey], on_progress: Callable[[int], object] = lambda _: None
    ) -> int:
        """Reconcile every document that has one of these codes; return how many were written.

        A document has a code if it is among the codes in force or among the model's own codes.

        :param on_progress: called after each page with the number of documents in it.
        """
        return self._reconcile_until_stable(lambda: self._codes_query(keys), on_progress)

    def reconcile_all(self, on_progress: Callable[[int], object] = lambda _: None) -> int:
        """Reconcile every document and return how many were written."""
        return self._reconcile_until_stable(lambda: EVERYTHING, on_progress)

    def _reconcile_until_stable(
        self, query: Callable[[], Mapping[str, Any]], on_progress: Callable[[int], object]
    ) -> int:
        written, rule_set = 0, None
        while rule_set is not (current := self.rules.refresh()):
            rule_set = current
            self._refresh()
            written += self._reconcile_matching(query(), on_progress)
        return written

    def _refresh(self) -> None:
        with cluster_errors(f"make what was written to {self._index} searchable"):
            self._client.indices.refresh(index=self._index)

    def _reconcile_matching(
        self, query: Mapping[str, Any], on_progress: Callable[[int], object]
    ) -> int:
        written, conflicting_ids = 0, list[str]()
        fields = {"includes": _CODE_FIELDS}
        for page in scan(self._client, self._index, query, page_size=_PAGE, source=fields):
            page_written, page_conflicts = self._write(page)
            written += page_written
            conflicting_ids += page_conflicts
            on_progress(len(page))
        return written + self.reconcile_products(conflicting_ids)

    def _codes_query(self, keys: Collection[CodeKey]) -> dict[str, Any]:
        slots = live_index(self._client, self._index).slots
        fields = [field for slot in slots for field in (codes_field(slot), own_field(slot))]
        clauses = [{"terms": {field: self._surface_forms(field, keys)}} for field in fields]
        return {"bool": {"should": clauses}}

    def _surface_forms(self, field: str, keys: Collection[CodeKey]) -> list[str]:
        codes = count_values(self._client, self._index, field)
        return [code for code in codes if code_key(code) in keys]

    def _reconcile(self, ids: Sequence[str]) -> int:
        written, remaining = 0, [*ids]
        for _ in range(_ROUNDS):
            before = self.rules.refresh()
            with cluster_errors(f"read products through {self._alias}"):
                response = self._client.mget(
                    index=self._alias, ids=remaining, source_includes=[*_CODE_FIELDS]
                )
            existing = [document for document in response["docs"] if document.get("found")]
            round_written, conflicting_ids = self._write(existing)
            written += round_written
            remaining = conflicting_ids if self.rules.refresh() is before else [*ids]
            if not remaining:
                return written
        raise ClusterUnavailableError(
            f"other processes keep changing {', '.join(remaining[:5])}; run gram-es override apply "
            "again later"
        )

    def _write(self, documents: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
        """Update the documents whose codes violate the rules.

        Return the number of documents written, and the ids of the documents that another process
        changed or deleted after they were read.
        """
        written, conflicting_ids = 0, list[str]()
        actions = self._updates(documents)
        for result in write_products(self._client, self._alias, actions, retries=_RETRIES):
            if result.is_conflict or result.is_gone:
                conflicting_ids.append(result.product_id)
            elif result.error:
                kind = ClusterUnavailableError if result.is_retryable else ClusterError
                raise kind(
                    f"cannot change the codes of {result.product_id} "
                    f"({result.status}: {result.error}); after fixing the cause run gram-es "
                    "override apply"
                )
            else:
                written += 1
        return written, conflicting_ids

    def _updates(self, documents: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        rules = self.rules.current.products
        for document in documents:
            gram = document["_source"].get("gram", {})
            changed = changed_codes(gram, rules.of(document["_id"]))
            if changed:
                yield {
                    "_op_type": "update",
                    "_index": self._alias,
                    "_id": document["_id"],
                    "if_seq_no": document["_seq_no"],
                    "if_primary_term": document["_primary_term"],
                    "doc": {"gram": changed},
                }
