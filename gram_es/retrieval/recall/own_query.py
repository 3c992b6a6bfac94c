"""The codes of a query as parts of a shop's own request to Elasticsearch (no I/O)."""

from __future__ import annotations

from dataclasses import dataclass

from gram_es.codes.stored_codes import feature_name
from gram_es.index.slots import weights_field
from gram_es.retrieval.recall.bodies import Body, any_of
from gram_es.retrieval.recall.clauses import Clauses, code_clause
from gram_es.retrieval.recall.relevance import leading_codes, states

_NOTHING: Body = {"match_none": {}}


@dataclass(frozen=True, slots=True)
class CodeQueries:
    """The codes of a query in several forms, for indices that have the slot of its model.

    ``should`` has a clause for each code, which adds ``boost`` times the code's weights in the
    query and in the product to the score. ``sparse_vector`` is one query with the sum of their
    scores, and ``retriever`` retrieves by it. ``filter`` passes the products whose data state one
    of the query's leading codes. Without codes, all of them match nothing.
    """

    boost: float
    should: tuple[Body, ...]
    sparse_vector: Body
    retriever: Body
    filter: Body


def code_queries(clauses: Clauses, boost: float | None = None) -> CodeQueries:
    """Return the codes of ``clauses`` as queries.

    :param boost: what a full agreement of codes adds to the score; by default as much as in a
        search, about a third of the BM25 score of a product whose title contains the query.
    """
    counted = clauses.boost(1.0) if boost is None else boost
    codes, slot = clauses.searched_codes, clauses.slot
    if slot is None or not codes:
        return CodeQueries(counted, (), _NOTHING, {"standard": {"query": _NOTHING}}, _NOTHING)
    vector = {feature_name(code.label): counted * code.weight for code in codes}
    # Otherwise Elasticsearch leaves out light codes that many products have.
    query = {
        "sparse_vector": {"field": weights_field(slot), "query_vector": vector, "prune": False}
    }
    leading = [states(code.label, slot) for code in leading_codes(clauses)]
    return CodeQueries(
        boost=counted,
        should=tuple(code_clause(code, slot, boost=counted * code.weight) for code in codes),
        sparse_vector=query,
        retriever={"standard": {"query": query}},
        filter=any_of(leading) if leading else _NOTHING,
    )
