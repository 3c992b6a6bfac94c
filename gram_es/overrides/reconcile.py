"""Make documents that stand in the index obey the overrides, in every slot, without a model."""

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
from gram_es.index.slots import codes_field, own_field, slot_properties
from gram_es.overrides.products import changed_codes
from gram_es.overrides.rules import CodeKey, code_key
from gram_es.overrides.watcher import FollowedRules

OWN_FIELDS = "gram.*.own"
CODE_FIELDS = ("gram.*.codes", OWN_FIELDS)
_PAGE = 500
_ROUNDS = 20
_RETRIES = 5


class Mender:
    """Writes what a document's codes have to be, over exactly what was read.

    ``rules`` are for whoever writes codes: look at them before writing and afterwards, and mend
    what was written if they have changed. Who sets a rule mends what stands in the index by then.
    """

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index
        self._alias = write_alias(index)
        self.rules = FollowedRules(client, index)

    def make_room(self) -> None:
        """Map the field of the model's own codes, which a slot of an older gram-es lacks."""
        found = live_index(self._client, self._index)
        with cluster_errors(f"map the models' own codes in {found.index}"):
            for slot in found.slots:
                properties = slot_properties(slot, live=False)
                self._client.indices.put_mapping(index=found.index, properties=properties)

    def mend_products(self, ids: Collection[str]) -> int:
        """Mend the documents of these products and return how many were written.

        Whoever writes them meanwhile, and whatever rule is set meanwhile, they obey at the end.
        """
        named = [*ids]
        return sum(self._mend(named[at : at + _PAGE]) for at in range(0, len(named), _PAGE))

    def mend_codes(
        self, keys: Collection[CodeKey], looked_at: Callable[[int], object] = lambda _: None
    ) -> int:
        """Mend every document that holds one of these codes, or would if no rule forbade it.

        :param looked_at: is told of each page how many documents were looked at.
        """
        return self._mend_until_settled(lambda: self._holding(keys), looked_at)

    def mend_all(self, looked_at: Callable[[int], object] = lambda _: None) -> int:
        """Mend every document, as is needed where setting or lifting was cut short."""
        return self._mend_until_settled(lambda: EVERYTHING, looked_at)

    def _mend_until_settled(
        self, query: Callable[[], Mapping[str, Any]], looked_at: Callable[[int], object]
    ) -> int:
        written, book = 0, None
        while book is not (now := self.rules.look()):
            book = now
            self._refresh()
            written += self._mend_found(query(), looked_at)
        return written

    def _refresh(self) -> None:
        with cluster_errors(f"make what was written to {self._index} searchable"):
            self._client.indices.refresh(index=self._index)

    def _mend_found(self, query: Mapping[str, Any], looked_at: Callable[[int], object]) -> int:
        written, overtaken = 0, list[str]()
        fields = {"includes": CODE_FIELDS}
        for page in scan(self._client, self._index, query, page_size=_PAGE, source=fields):
            done, conflicts = self._write(page)
            written += done
            overtaken += conflicts
            looked_at(len(page))
        return written + self.mend_products(overtaken)

    def _holding(self, keys: Collection[CodeKey]) -> dict[str, Any]:
        slots = live_index(self._client, self._index).slots
        fields = [field for slot in slots for field in (codes_field(slot), own_field(slot))]
        held = {field: self._surface_forms(field, keys) for field in fields}
        return {"bool": {"should": [{"terms": {field: forms}} for field, forms in held.items()]}}

    def _surface_forms(self, field: str, keys: Collection[CodeKey]) -> list[str]:
        codes = count_values(self._client, self._index, field)
        return [code for code in codes if code_key(code) in keys]

    def _mend(self, ids: Sequence[str]) -> int:
        written, left = 0, [*ids]
        for _ in range(_ROUNDS):
            before = self.rules.look()
            with cluster_errors(f"read products through {self._alias}"):
                answer = self._client.mget(
                    index=self._alias, ids=left, source_includes=[*CODE_FIELDS]
                )
            done, overtaken = self._write([one for one in answer["docs"] if one.get("found")])
            written += done
            left = overtaken if self.rules.look() is before else [*ids]
            if not left:
                return written
        raise ClusterUnavailableError(
            f"other writers keep changing {', '.join(left[:5])}; go on with gram-es override apply"
        )

    def _write(self, documents: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
        """Write what does not obey; return how many, and the ids that another writer came to."""
        written, overtaken = 0, list[str]()
        actions = self._updates(documents)
        for one in write_products(self._client, self._alias, actions, retries=_RETRIES):
            if one.is_conflict or one.is_gone:
                overtaken.append(one.product_id)
            elif one.error:
                kind = ClusterUnavailableError if one.may_be_retried else ClusterError
                raise kind(
                    f"cannot change the codes of {one.product_id} ({one.status}: {one.error}); "
                    "go on with gram-es override apply"
                )
            else:
                written += 1
        return written, overtaken

    def _updates(self, documents: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        rules = self.rules.book.products
        for found in documents:
            gram = found["_source"].get("gram", {})
            changed = changed_codes(gram, rules.of(found["_id"]))
            if changed:
                yield {
                    "_op_type": "update",
                    "_index": self._alias,
                    "_id": found["_id"],
                    "if_seq_no": found["_seq_no"],
                    "if_primary_term": found["_primary_term"],
                    "doc": {"gram": changed},
                }
