"""The clauses that find products by identifiers."""

from gram_es.retrieval.query.identifiers import QueryIdentifiers
from gram_es.retrieval.recall.identifiers import (
    IdentifierMatch,
    identifier_clauses,
    names_identifier,
    relevant_by_identifier,
)
from gram_es.retrieval.recall.required_words import RequiredWords, contains_words, required_words


def build(identifiers: QueryIdentifiers) -> list[dict]:
    return identifier_clauses(identifiers, scale=0.05, best_text=8.0)


def test_an_identifier_that_is_the_whole_query_outweighs_all_else():
    [clause] = build(QueryIdentifiers(whole=("dcd771",)))

    assert clause == {
        "constant_score": {
            "filter": {"terms": {"identifiers": ["dcd771"]}},
            "boost": 30.0 / 0.05,
            "_name": "identifier",
        }
    }


def test_only_the_best_match_of_a_product_counts():
    [clause] = build(QueryIdentifiers(("a1b2c3x",), ("a1b2c3",), ("a1b2c",)))

    queries = [each["constant_score"] for each in clause["dis_max"]["queries"]]
    assert [each["boost"] * 0.05 for each in queries] == [30.0, 20.0, 10.0]
    assert IdentifierMatch.of([each["_name"] for each in queries]) is IdentifierMatch.WHOLE
    assert IdentifierMatch.of([queries[2]["_name"], "typed"]) is IdentifierMatch.PREFIX
    assert IdentifierMatch.of(["typed"]) is IdentifierMatch.NONE


def test_a_short_possible_identifier_counts_a_quarter_of_a_text():
    [clause] = build(QueryIdentifiers(possible=("a4",), rest="paper"))

    assert clause["constant_score"]["boost"] == 2.0


def test_a_long_possible_identifier_counts_fully_if_the_rest_matches():
    sure, possible = build(QueryIdentifiers(possible=("gu10",), rest="bulb"))

    assert sure["constant_score"]["boost"] == 20.0 / 0.05
    assert sure["constant_score"]["filter"] == {
        "bool": {
            "filter": [
                {"terms": {"identifiers": ["gu10"]}},
                contains_words(required_words("bulb")),
            ]
        }
    }
    assert possible["constant_score"]["boost"] == 2.0


def test_the_rest_beside_a_possible_identifier_is_read_like_a_query():
    [possible] = relevant_by_identifier(QueryIdentifiers(possible=("gu10",), rest="bulb of 5 watt"))

    _, rest = possible["bool"]["filter"]
    assert rest == contains_words(RequiredWords(("5 watt",), ("bulb",), 1))


def test_exact_matches_and_prefixes_are_relevant_whatever_the_rest_is():
    filters = relevant_by_identifier(QueryIdentifiers(("ab",), ("a1b2c3",), ("a1b2c",)))

    assert filters == [
        {"terms": {"identifiers": ["ab", "a1b2c3"]}},
        {"prefix": {"identifiers": "a1b2c"}},
    ]


def test_without_identifiers_there_is_no_clause():
    assert build(QueryIdentifiers()) == []
    assert relevant_by_identifier(QueryIdentifiers()) == []
    assert names_identifier(QueryIdentifiers(whole=("velmo",)), "blue") == []
