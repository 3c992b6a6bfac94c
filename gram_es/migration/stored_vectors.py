"""Find the stored vectors from which a model can compute codes without encoding any text.

Two models that differ only in their codes, such as in the codebook, have the same encoder and
therefore the same vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gram_es.index.documents import slot_fields, stored_input_hash, stored_vector
from gram_es.index.lifecycle import LiveIndex
from gram_es.index.slots import encoder_field, missing_slot_query, vector_field

DERIVED_FIELDS: Final = ("text", "stems", "identifiers", "category", "attribute_values")
"""The fields of our own documents that are derived from the product."""
_CODES: Final = (
    "gram.*.codes",
    "gram.*.inferred",
    "gram.*.weights",
    "gram.*.packed",
)


class StoredVectors:
    """The vectors in an index that a model would compute itself.

    :param slot: the model's own slot.
    :param encoder: the fingerprint of the model's encoder; empty if it is unknown.
    :param unread: the fields of a document that the product is not read from.
    """

    def __init__(
        self,
        live: LiveIndex,
        *,
        slot: str,
        encoder: str,
        unread: Sequence[str] = DERIVED_FIELDS,
    ) -> None:
        self._slot = slot
        self._excluded = [*unread, *_CODES]
        self._encoder = encoder
        self._sources = [
            name
            for name, other in live.slots.items()
            if encoder and other.encoder == encoder and name != slot
        ]
        self._others = [name for name in live.slots if name not in self._sources]

    @property
    def source_excludes(self) -> list[str]:
        """Return the fields to exclude from a read that needs the product and these vectors."""
        if not self._sources:
            return [*self._excluded, "gram.*.vector"]
        return [*self._excluded, *map(vector_field, self._others)]

    def of(self, source: Mapping[str, Any], input_hash: str) -> bytes | None:
        """Return the vector for a product's present text, or ``None`` if the index has none.

        :param source: the ``_source`` of the product's document.
        :param input_hash: the hash of the text that the model reads of the product.
        """
        for name in self._sources:
            fields = slot_fields(source, name)
            if fields.get("encoder") == self._encoder and stored_input_hash(fields) == input_hash:
                return stored_vector(fields)
        return None

    def query(self) -> dict[str, Any]:
        """Return the query for the documents that lack the model's codes but have a vector.

        A few of these vectors may be of an older text of the product.
        """
        has_vector = [{"term": {encoder_field(name): self._encoder}} for name in self._sources]
        if not has_vector:
            return {"match_none": {}}
        query = {"bool": {"should": has_vector, "minimum_should_match": 1}}
        return {"bool": {"filter": [missing_slot_query(self._slot), query]}}
