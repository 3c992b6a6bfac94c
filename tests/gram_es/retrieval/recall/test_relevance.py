"""Which products are relevant to a query."""

from dataclasses import replace

import pytest

from gram_es.records import WeightedCode
from gram_es.retrieval.query.identifiers import QueryIdentifiers
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.relevance import (
    leading_codes,
    relevance_boost,
    relevance_cut,
    relevance_rule,
)
from gram_es.retrieval.recall.required_words import (
    RequiredWords,
    contains_words,
    has_brand,
    required_words,
)

CLAUSES = Clauses("cordles drill", "cordless drill", (), None, "m1", 0.05)


def with_codes(text: str, **weights: float) -> Clauses:
    codes = tuple(WeightedCode(name.replace("_", " "), weight) for name, weight in weights.items())
    return Clauses(text, text, codes, None, "m1", 0.05)


def leading(clauses: Clauses) -> list[str]:
    return [code.label for code in leading_codes(clauses)]


@pytest.mark.parametrize(
    ("query", "measures", "words", "least"),
    [
        ("drill", (), ("drill",), 1),
        ("cordless drill", (), ("cordless", "drill"), 2),
        ("red cordless drill", (), ("red", "cordless", "drill"), 2),
        ("the best drill for the garden", (), ("best", "drill", "garden"), 2),
        ("18 volt drill", ("18 volt",), ("drill",), 1),
        ("18 volt", ("18 volt",), (), 0),
        ("18 volt 4 amp hammer drill", ("18 volt", "4 amp"), ("hammer", "drill"), 1),
        ("size 10 boots", (), ("size", "10", "boots"), 2),
        ("volt meter", (), ("volt", "meter"), 2),
        ("to be or not to be", (), ("to", "be", "or", "not"), 3),
        ("red red drill", (), ("red", "drill"), 2),
    ],
)
def test_most_words_that_say_something_are_required_and_each_measure(query, measures, words, least):
    assert required_words(query) == RequiredWords(measures, words, least)


def test_a_part_number_counts_as_one_word_that_the_text_has_as_a_phrase():
    identifiers = QueryIdentifiers(phrases=("bx 885 24",))
    clauses = replace(CLAUSES, typed="bx 885 24", corrected="bx 885 24", identifiers=identifiers)

    [words, *_] = relevance_cut(clauses)["bool"]["should"]
    assert words["bool"]["filter"][-1]["bool"]["should"] == [
        {"match_phrase": {"text": "bx 885 24"}}
    ]


def test_a_parted_form_lets_no_more_words_be_missing_than_the_typed_one():
    clauses = replace(
        CLAUSES,
        typed="white shoerack",
        corrected="white shoerack",
        alternatives=("white shoe rack",),
    )

    assert [form.least for form in relevance_rule(clauses).forms] == [2, 3]


def test_codes_that_are_guesses_make_no_product_relevant():
    pinned = WeightedCode("drill", 0.2, pinned=True)
    clauses = with_codes("velmo", torvel=0.4)

    assert leading(clauses) == ["torvel"]
    guessed = replace(clauses, codes=(*clauses.codes, pinned), may_lead=frozenset())
    assert leading(guessed) == ["drill"]


def test_the_words_of_any_form_are_enough():
    cut = relevance_cut(replace(CLAUSES, alternatives=("cordlessdrill",)))

    [_, corrected, joined] = cut["bool"]["should"]
    assert cut["bool"]["minimum_should_match"] == 1
    assert corrected["bool"]["filter"] == [
        {
            "bool": {
                "should": [
                    {"match": {"text": {"query": "cordless", "operator": "and"}}},
                    {"match": {"text": {"query": "drill", "operator": "and"}}},
                ],
                "minimum_should_match": 2,
            }
        }
    ]
    assert joined["bool"]["filter"][0]["bool"]["minimum_should_match"] == 1


def test_a_measure_is_one_phrase():
    [text] = relevance_cut(with_codes("18 volt"))["bool"]["should"]

    assert text == {"bool": {"filter": [{"match_phrase": {"text": {"query": "18 volt"}}}]}}


def test_a_number_of_packs_may_follow_the_word():
    [text] = relevance_cut(with_codes("12 pack"))["bool"]["should"]

    phrase = {"query": "12 pack", "slop": 3}
    assert text == {"bool": {"filter": [{"match_phrase": {"text": phrase}}]}}


def test_a_leading_code_counts_where_the_data_state_it():
    [_, code] = relevance_cut(with_codes("couch", sofas=0.4, chairs=0.1))["bool"]["should"]

    assert code == {
        "bool": {
            "filter": [{"term": {"gram.m1.codes": "sofas"}}],
            "must_not": [{"term": {"gram.m1.inferred": "sofas"}}],
        }
    }


def test_a_product_that_only_describes_what_is_wanted_is_less_close():
    """A shower liner is to be washed "with two towels"."""
    clauses = replace(with_codes("soft towels", towels=0.4), named_types=frozenset({"towels"}))
    [text] = relevance_cut(clauses)["bool"]["should"]

    words, elsewhere = text["bool"]["filter"]
    assert words == contains_words(required_words("soft towels"))
    title, *brands, towels = elsewhere["bool"]["should"]
    assert title == {"match": {"title": "soft towels"}}
    assert brands == [has_brand("soft"), has_brand("towels")]
    assert towels["bool"]["filter"] == [{"term": {"gram.m1.codes": "towels"}}]


def test_a_description_counts_if_the_query_names_no_type():
    text, _ = relevance_cut(with_codes("dishwasher safe", plates=0.4))["bool"]["should"]

    assert text == contains_words(required_words("dishwasher safe"))


def test_codes_of_half_the_best_weight_lead():
    assert leading(with_codes("couch", sofas=0.4, futons=0.2, chairs=0.19)) == ["sofas", "futons"]


def test_at_most_three_codes_lead():
    clauses = with_codes("smoothies", coffee=0.07, soft=0.06, food=0.05, blenders=0.08)

    assert leading(clauses) == ["coffee", "soft", "blenders"]


def test_only_codes_that_say_what_kind_is_wanted_and_are_near_lead():
    clauses = replace(with_codes("grey settee", gray=0.5, sofas=0.3), may_lead=frozenset({"sofas"}))

    assert leading(clauses) == ["sofas"]


def test_no_code_leads_if_all_are_light():
    assert leading(with_codes("smoothies", blenders=0.049, coffee=0.04)) == []


def test_a_code_that_is_a_part_of_the_query_does_not_lead():
    clauses = with_codes("oakmill kettle", oakmill=0.5, oakmill_kettles=0.2, kettle=0.19)

    assert leading(clauses) == ["oakmill kettles"]


def test_a_pinned_code_always_leads():
    pinned = WeightedCode("sale", 0.01, pinned=True)
    clauses = replace(CLAUSES, codes=(WeightedCode("drills", 0.9), pinned))

    assert leading(clauses) == ["sale"]  # drills are a part of the query


def test_without_a_slot_no_code_leads():
    assert leading(replace(with_codes("couch", sofas=0.4), slot=None)) == []


def test_an_identifier_is_relevant():
    cut = relevance_cut(replace(CLAUSES, identifiers=QueryIdentifiers(whole=("dcd771",))))

    assert cut["bool"]["should"][-1] == {"terms": {"identifiers": ["dcd771"]}}


def test_no_product_is_relevant_to_an_empty_query():
    assert relevance_cut(Clauses("", "", (), None, None, 0.05)) == {"match_none": {}}


def test_the_boost_of_relevant_products_exceeds_any_score():
    codes = relevance_boost(Clauses("", "", (), None, "m1", scale=0.25))
    words = relevance_boost(Clauses("a b c", "a b c", (), None, "m1", scale=0.25))

    assert codes > 1 / 0.25  # a full agreement
    assert words - codes > 3 * 21.5  # ln(2^31), the rarest word of the largest shard
