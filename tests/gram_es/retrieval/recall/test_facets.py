from gram_es.records import WeightedCode
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.facets import (
    FacetValue,
    PriceRange,
    by_spelling,
    counts_body,
    read_facets,
    read_total,
)
from gram_es.retrieval.recall.plan import plan_query
from gram_es.retrieval.request import SearchRequest, Selection

CODES = (
    WeightedCode("cordless drill", 0.6),
    WeightedCode("drill driver", 0.3),
    WeightedCode("tool", 0.29),
)
CLAUSES = Clauses("cordles drill", "cordless drill", CODES, None, "m1", 0.05)


def test_a_facet_is_not_narrowed_by_its_own_filter():
    request = SearchRequest("x", brands=("Bosch",), price_from=5.0)

    facets = counts_body(plan_query(CLAUSES, request), timeout_ms=9)["aggs"]

    brand = {"terms": {"brand": ["Bosch"]}}
    price = {"range": {"price": {"gte": 5.0}}}
    assert facets["total"]["filter"] == {"bool": {"filter": [brand, price]}}
    assert facets["brand"]["filter"] == {"bool": {"filter": [price]}}
    assert {"category", "availability"} <= facets["total"]["aggs"].keys()
    assert facets["price"]["filter"] == {"bool": {"filter": [brand]}}


def test_without_filters_facets_count_all_relevant_products():
    facets = counts_body(plan_query(CLAUSES, SearchRequest("x")), timeout_ms=9)["aggs"]

    assert facets.keys() == {"total"}
    assert facets["total"]["filter"] == {"match_all": {}}
    assert facets["total"]["aggs"]["brand"]["filter"] == {"match_all": {}}


def test_filters_are_repeated_only_for_the_facets_that_have_one():
    scope = tuple((Selection("brand", (f"b{number}",)),) for number in range(40))
    attributes = tuple((f"a{number}", ("x",)) for number in range(3))
    counted = tuple(f"attributes.c{number}" for number in range(40))
    request = SearchRequest("x", scope=scope, attributes=attributes, counted=counted)

    body = str(counts_body(plan_query(CLAUSES, request), timeout_ms=9))

    assert body.count("'b7'") == 1
    assert body.count("['x']") == 3 + 3 * 2


def test_a_menu_has_the_uppermost_level_and_what_is_below_the_chosen_path():
    chosen = SearchRequest("x", categories=("Tools > Saws (big)",), counted=("category_path",))
    long = SearchRequest("x", categories=("T" * 990 + " > S",), counted=("category_path",))

    def pattern(request: SearchRequest) -> str:
        facets = counts_body(plan_query(CLAUSES, request), timeout_ms=9)["aggs"]
        return facets["category_path"]["aggs"]["menu"]["terms"]["include"]

    assert pattern(chosen).split("|") == [
        r"[^\>]+",
        r"Tools \> [^\>]+",
        r"Tools \> Saws \(big\) \> [^\>]+",
    ]
    assert pattern(long) == r"[^\>]+"


def test_empty_price_ranges_are_omitted():
    buckets = [
        {"to": 10.0, "doc_count": 2},
        {"from": 10.0, "to": 25.0, "doc_count": 0},
        {"from": 2500.0, "doc_count": 1},
    ]
    answer = {
        "total": {
            "doc_count": 3,
            "brand": {"values": {"buckets": [{"key": "Bosch", "doc_count": 3}]}},
            "category": {"values": {"buckets": [], "sum_other_doc_count": 1}},
            "availability": {"values": {"buckets": []}},
            "attributes": {"values": {"buckets": []}},
            "price": {"values": {"buckets": buckets}},
        }
    }

    facets = read_facets(answer, SearchRequest("x"))

    assert read_total(answer) == 3
    assert facets.brand == (FacetValue("Bosch", 3),)
    assert (facets.category, facets.truncated) == ((), {"category"})
    assert facets.price == (PriceRange(None, 9.99, 2), PriceRange(2500.0, None, 1))


def test_spellings_are_merged_and_values_that_differ_by_a_sign_are_not():
    values = [
        "18 V",
        "18V",
        "5 mW",
        "5MW",
        "Acme",
        "ACME",
        "20 °C",
        "20°C",
        "A",
        "A+",
        "1 1/2 in",
        "11/2 in",
        "52 x 84 in",
        "52x84 in",
        "S 10",
    ]

    assert by_spelling(values) == [
        ("18 V", "18V"),
        ("5 mW",),
        ("5MW",),
        ("Acme", "ACME"),
        ("20 °C", "20°C"),
        ("A",),
        ("A+",),
        ("1 1/2 in",),
        ("11/2 in",),
        ("52 x 84 in", "52x84 in"),
        ("S 10",),
    ]


def test_a_value_is_counted_in_all_its_spellings_under_the_most_frequent():
    answer = {
        "total": {
            "doc_count": 9,
            **{name: _buckets({}) for name in ("brand", "category", "availability", "price")},
            "attributes": _buckets({"volt\x1f12V": 4, "volt\x1f18 V": 3, "volt\x1f18V": 2}),
        },
        "0": _buckets({"12V": 4, "18V": 3, "18 V": 2}),
    }
    chosen = SearchRequest("x", attributes=(("volt", ("12V",)),))

    offered = read_facets(answer, SearchRequest("x")).attributes["volt"]
    again = read_facets(answer, chosen).attributes["volt"]

    assert offered == (FacetValue("18 V", 5, ("18V",)), FacetValue("12V", 4))
    assert again == (FacetValue("18V", 5, ("18 V",)), FacetValue("12V", 4))


def _buckets(counts: dict[str, int]) -> dict[str, object]:
    buckets = [{"key": key, "doc_count": count} for key, count in counts.items()]
    return {"doc_count": sum(counts.values()), "values": {"buckets": buckets}}
