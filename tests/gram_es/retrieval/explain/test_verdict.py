from dataclasses import replace

import pytest

from gram_es.records import WeightedCode
from gram_es.retrieval.explain.missing import MissingExplanation, explain_missing, product_values
from gram_es.retrieval.explain.verdict import IndexedProduct, Placement, Verdict, judge
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.rerank.blend import ScoreBreakdown
from gram_es.retrieval.rerank.window import RankedHit
from gram_es.retrieval.searcher import Searcher
from query_api.api.serializers import missing_json

CODES = (WeightedCode("cordless drill", 0.6), WeightedCode("drill driver", 0.2))
CLAUSES = Clauses("drill", "drill", CODES, None, "m1", scale=0.05)
PRODUCT = IndexedProduct(
    "Drill", {}, {"typed": 0.1, "corrected": 0.3, "code:x": 0.5}, True, ("x",), enriched=True
)
REQUEST = SearchRequest("drill", size=2)


@pytest.fixture
def explain(client, variants):
    def explain(
        product_id: str, request: SearchRequest, *, window: int = 100
    ) -> MissingExplanation:
        searcher = Searcher(client, index=variants.index, window=window)
        return explain_missing(searcher, request, product_id)

    return explain


def test_a_product_that_is_not_indexed(explain):
    explanation = explain("no such", SearchRequest("linen shirt"))

    assert explanation.verdict.stage == "not_indexed"
    assert "gram-es ingest FEED" in str(explanation.verdict.remedy)
    assert missing_json(explanation)["title"] is None


def test_failed_filters_are_reported_with_the_values_of_the_product(explain):
    request = SearchRequest(
        "linen shirt",
        brands=("Oak",),
        availability=("in_stock",),
        attributes=(("colour", ("green",)),),
        price_to=10.0,
        relax=False,
    )

    explanation = explain("r2", request)

    assert explanation.verdict == Verdict(
        "filtered",
        "a filter excludes it: its brand is Elm; availability is out_of_stock; attr.colour is "
        "blue; price is 21.0",
        "search without brand, availability, attr.colour, price, or correct the product in the "
        "feed",
    )
    assert explain("n2", SearchRequest("shirt", brands=("Oak",))).verdict.reason.endswith(
        "brand is unknown"
    )


@pytest.mark.parametrize(
    ("currency", "asked", "value"),
    [
        ("SEK", (), "21.0 SEK"),
        ("SEK", ("SEK", "NOK"), "21.0 SEK"),
        ("SEK", ("EUR",), "21.0 SEK (the query asks for EUR)"),
        (None, ("USD", "CAD"), "21.0 (has no currency, and the query asks for USD or CAD)"),
        (None, (), "21.0"),
    ],
)
def test_a_price_is_reported_with_its_currency(currency, asked, value):
    assert product_values({"price": 21.0, "currency": currency}, "price", asked) == (value,)


def test_a_filter_that_was_dropped_excludes_nothing(explain):
    request = SearchRequest("linen shirt", brands=("None Such",))

    shown = explain("r2", request)
    strict = explain("r2", replace(request, relax=False))

    assert shown.verdict.stage == "shown"
    assert missing_json(shown)["relaxed"] == {
        "dropped": [{"parameter": "brand", "values": ("None Such",)}]
    }
    assert (strict.verdict.stage, missing_json(strict)["relaxed"]) == ("filtered", None)


def test_a_product_that_shares_nothing_with_the_query(explain):
    verdict = explain("n1", SearchRequest("button")).verdict

    assert verdict.stage == "not_matched"
    assert verdict.remedy == "it needs more of the words 'button' in its text"


def test_a_partial_match_is_omitted_from_a_sorted_search(explain):
    verdict = explain("n1", SearchRequest("linen shirt", sort="price_asc")).verdict

    assert verdict.stage == "not_relevant"
    assert "in the order price_asc" in verdict.reason


def test_a_variant_that_another_one_represents(explain):
    verdict = explain("r3", SearchRequest("linen shirt", collapse=True)).verdict

    assert verdict.stage == "collapsed"
    assert verdict.reason == "r1 represents its group of variants"


def test_a_product_outside_the_window(explain):
    explanation = explain("n2", SearchRequest("linen shirt", size=2), window=2)

    assert explanation.verdict.stage == "outside_window"
    assert "only the first 2 are reranked" in explanation.verdict.reason
    assert str(explanation.verdict.remedy).startswith("it needs more than 0.")
    assert explanation.placement is not None
    assert explanation.placement.rank is not None
    assert explanation.placement.rank == 6


def test_a_less_close_product_outside_a_window_of_relevant_ones(explain):
    verdict = explain("n1", SearchRequest("linen shirt", size=2), window=2).verdict

    assert verdict.stage == "outside_window"
    assert "among the less close hits, and only the first 2 are reranked" in verdict.reason
    assert verdict.remedy == "it needs more of the words 'linen shirt' in its text"


def test_a_product_after_the_page(explain):
    explanation = explain("n2", SearchRequest("linen shirt", size=2))

    plain = missing_json(explanation)
    assert plain["stage"] == "outscored"
    assert plain["product_scores"]["scores"]["bm25"] < plain["last_hit_scores"]["scores"]["bm25"]
    assert plain["product_scores"]["id"] == "n2"
    assert "it is behind in bm25" in plain["remedy"]
    assert plain["last_rank_on_page"] == 2


def test_a_less_close_product_comes_after_those_that_match_closely(explain):
    verdict = explain("n1", SearchRequest("linen shirt", size=2)).verdict

    assert verdict.stage == "outscored"
    assert "among the less close hits" in verdict.reason
    assert verdict.remedy == "give it more of the words 'linen shirt' in its text"


def test_a_product_on_a_later_page_of_a_sorted_list(explain):
    verdict = explain("r3", SearchRequest("linen shirt", sort="price_asc", size=2)).verdict

    assert verdict.stage == "outscored"
    assert verdict.reason == ("in the order price_asc it is at rank 5, and the page ends at 2")


def test_a_product_that_is_shown(explain):
    assert explain("q1", SearchRequest("linen shirt", sort="price_asc")).verdict == Verdict(
        "shown", "it is at rank 1"
    )
    later = SearchRequest("linen shirt", sort="price_asc", offset=2)
    assert explain("q1", later).verdict.reason == "it is at rank 1, on an earlier page"
    assert explain("r1", SearchRequest("", brands=("Elm",))).verdict.stage == "shown"


def placement(rank: int | None, **more) -> Placement:
    return Placement(rank, None, None, window=3, lowest_score=0.9, **more)


def test_the_codes_of_the_query_are_the_remedy_for_a_product_without_a_match():
    product = IndexedProduct("Saw", {}, {}, False, ("saw",), enriched=True)

    verdict = judge(REQUEST, CLAUSES, product, placement(None))

    assert verdict.remedy == (
        "it needs one of the query's codes (cordless drill, drill driver) or more of the words "
        "'drill' in its text"
    )


def test_enrichment_is_the_remedy_for_a_product_without_codes():
    product = IndexedProduct("Saw", {}, {}, False, (), enriched=False)

    verdict = judge(REQUEST, CLAUSES, product, placement(None))

    assert "it has no codes of this model yet" in str(verdict.remedy)


def test_missing_codes_are_listed_with_their_weights_for_a_product_outside_the_window():
    product = IndexedProduct("Drill", {}, {"typed": 0.1}, True, ("drill driver",), enriched=True)

    verdict = judge(REQUEST, CLAUSES, product, placement(7))

    assert verdict.stage == "outside_window"
    assert "0.100 puts it at rank 7" in verdict.reason
    assert str(verdict.remedy).endswith(
        "more than 0.900: more of the query's words, or a code "
        "that it lacks (cordless drill +12.000)"
    )


def test_of_the_two_text_clauses_the_better_one_counts():
    assert PRODUCT.retrieval_score == pytest.approx(0.8)


def test_lower_parts_of_the_score_are_compared_with_the_last_hit():
    own = RankedHit("a", "i", 0, 0.7, scores=ScoreBreakdown(bm25=0.2, cosine=0.3, lexical=0.2))
    last = RankedHit("b", "i", 1, 0.9, scores=ScoreBreakdown(bm25=0.1, cosine=0.6, lexical=0.2))

    verdict = judge(REQUEST, CLAUSES, PRODUCT, Placement(3, own, last, window=3, lowest_score=0.1))

    assert verdict.stage == "outscored"
    assert verdict.remedy == "it is behind in cosine 0.300 against 0.600"
