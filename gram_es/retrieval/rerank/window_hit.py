"""A hit of the result window as Elasticsearch returns it, before it is ranked."""

from __future__ import annotations

from dataclasses import dataclass

from gram_es.retrieval.recall.identifiers import IdentifierMatch


@dataclass(slots=True)  # frozen=True would take a microsecond more for each of 1,000 hits
class WindowHit:
    """A retrieved product as Elasticsearch returned it.

    ``rank`` counts from 0 in retrieval order. ``packed`` are the codes of the product
    (:mod:`gram_es.codes.stored_codes`); ``None`` if it has none. ``identifier_match`` says how
    the query names one of the product's identifiers. ``vector`` has one signed byte per dimension;
    it is ``None`` if the model has not processed the product. ``stems`` are the stems of the
    product, joined by blanks, or ``None`` if an older version of gram-es wrote the product.
    ``relevant`` is true if the product passes the relevance cut
    (:mod:`gram_es.retrieval.recall.relevance`); ``score`` does not contain what it adds.
    """

    id: str
    index: str
    rank: int
    score: float
    packed: bytes | None = None
    identifier_match: IdentifierMatch = IdentifierMatch.NONE
    vector: bytes | None = None
    stems: str | None = None
    relevant: bool = True
