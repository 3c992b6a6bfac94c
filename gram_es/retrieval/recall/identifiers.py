"""Build the clauses that find products by an identifier in the query (no I/O).

Products with an identifier of the query come before all others: first those whose identifier is the
whole query, then those whose identifier is a part of it, then those whose identifier starts with a
part of it. A part that may as well be a size or a type counts like a matching word, or, if it is
long and the product also matches the rest of the query, like any other part.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import IntEnum
from typing import Final

from gram_es.retrieval.query.identifiers import QueryIdentifiers
from gram_es.retrieval.recall.bodies import Body
from gram_es.retrieval.recall.required_words import contains_words, required_words

_FIELD: Final = "identifiers"
# Divided by the scale, as codes are: the step is above the most for codes (1) and a whole text
# (about 2.5) and a possible identifier, so that no other score makes up for it.
_STEP: Final = 10.0
_POSSIBLE_SHARE: Final = 0.25  # of the best text score: about one word of four
POSSIBLE_CLAUSE: Final = "possible identifier"


class IdentifierMatch(IntEnum):
    """How an identifier of a product matches the query; hits with a higher match come first."""

    NONE = 0
    PREFIX = 1
    CONTAINED = 2
    WHOLE = 3

    @property
    def clause(self) -> str:
        """Return the name of the clause that finds such a match."""
        return _CLAUSES[self]

    @property
    def boost(self) -> float:
        """Return what the match adds to the score where a full agreement of codes adds 1."""
        return _STEP * self.value

    @classmethod
    def of(cls, clauses: Collection[str]) -> IdentifierMatch:
        """Return the best match among the names of the clauses that a hit matches."""
        return next((match for match, name in _CLAUSES.items() if name in clauses), cls.NONE)


_CLAUSES: Final = {  # the best match first
    IdentifierMatch.WHOLE: "identifier",
    IdentifierMatch.CONTAINED: "identifier in the query",
    IdentifierMatch.PREFIX: "start of an identifier",
}


def identifier_clauses(
    identifiers: QueryIdentifiers, *, scale: float, best_text: float
) -> list[Body]:
    """Return the scored clauses; of the matches of a product, only the best one counts.

    :param scale: the weight of the text against the codes.
    :param best_text: the BM25 score of a product that matches the text as well as possible.
    """
    queries = {
        IdentifierMatch.WHOLE: _terms(identifiers.whole),
        IdentifierMatch.CONTAINED: _any(
            [_terms(identifiers.contained), _with_rest(identifiers, identifiers.long_possible)]
        ),
        IdentifierMatch.PREFIX: _any(_starts(identifiers.prefixes)),
    }
    best = [
        _constant(query, match.boost / scale, match.clause)
        for match, query in queries.items()
        if query
    ]
    clauses: list[Body] = best if len(best) < 2 else [{"dis_max": {"queries": best}}]
    if identifiers.possible:
        query = _terms(identifiers.possible)
        clauses.append(_constant(query, _POSSIBLE_SHARE * best_text, POSSIBLE_CLAUSE))
    return clauses


def relevant_by_identifier(identifiers: QueryIdentifiers) -> list[Body]:
    """Return filters for the products that an identifier in the query makes relevant.

    A possible identifier makes a product relevant if the product also matches the rest of the
    query.
    """
    possible = _with_rest(identifiers, identifiers.possible)
    queries = [_terms(identifiers.exact), *_starts(identifiers.prefixes), possible]
    return [query for query in queries if query]


def names_identifier(identifiers: QueryIdentifiers, word: str) -> list[Body]:
    """Return filters for the products of which ``word`` names an identifier, or a part of it."""
    starts = [prefix for prefix in identifiers.prefixes if word in prefix and word != prefix]
    return [*has_identifier(identifiers.naming(word)), *_starts(starts)]


def has_identifier(keys: Sequence[str]) -> list[Body]:
    """Return the filter for the products with one of the identifiers; none without a key."""
    return [_terms(keys)] if keys else []


def _terms(keys: Sequence[str]) -> Body:
    return {"terms": {_FIELD: list(keys)}} if keys else {}


def _starts(prefixes: Sequence[str]) -> list[Body]:
    return [{"prefix": {_FIELD: prefix}} for prefix in prefixes]


def _with_rest(identifiers: QueryIdentifiers, keys: Sequence[str]) -> Body:
    """Return the filter for the products that have one of the keys and are relevant to the rest."""
    if not keys:
        return {}
    text = [contains_words(required_words(identifiers.rest))] if identifiers.rest else []
    return {"bool": {"filter": [_terms(keys), *text]}}


def _any(queries: Sequence[Body]) -> Body:
    queries = [query for query in queries if query]
    return queries[0] if len(queries) == 1 else {"bool": {"should": queries}} if queries else {}


def _constant(query: Body, boost: float, name: str) -> Body:
    return {"constant_score": {"filter": query, "boost": boost, "_name": name}}
