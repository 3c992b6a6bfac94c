"""Search for ids, part numbers and GTINs in a real index."""

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.documents import FeedPosition, build_document
from gram_es.index.names import write_alias
from gram_es.model.gram import Gram
from gram_es.records import Product
from gram_es.retrieval.explain.missing import explain_missing
from gram_es.retrieval.recall.identifiers import IdentifierMatch
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from query_api.api.serializers import search_json

FILTER = {"brand": "Frostor", "category": ("Parts",)}
PRODUCTS = (
    Product("f1", "Refrigerator water filter", mpn="BX47-00912C", price=30.0, **FILTER),
    Product("f2", "Refrigerator water filter", mpn="BX61-17376C", price=31.0, **FILTER),
    Product("f3", "Refrigerator water filter", mpn="BX47-00004K", price=32.0, **FILTER),
    Product("f4", "Refrigerator water filter", mpn="70412", price=33.0, **FILTER),
    Product("w1", "Wall bracket steel", mpn="VELMO"),
    Product("w2", "Wall bracket set", mpn="VELMO-SET"),
    Product("j1", "Softshell jacket", mpn="LORVI-RED-XL", brand="Elm"),
    Product("n1", "Flat pleated filter", mpn="7.208-331.4"),
    Product("n2", "Bearing puller", mpn="KX.900"),
    Product("n3", "Controller module", mpn="7WQ2 214-1AG40"),
    Product("h1", "Intake hose black", mpn="RT9STIDPK"),
    Product("h2", "Intake hose blue", mpn="RT9STIGRN"),
    Product("h3", "Hose clamp kit", mpn="RT9STI"),
    Product("g1", "Sparkling water case", gtin="042100005264"),
    Product("g2", "Paperback guide", gtin="0-306-40615-2"),
    Product("s1", "Scented candle", attributes={"SKU": ("ZK_44-Q7",)}),
    Product("t1", "Picture frame oak", mpn="A4"),
    Product("t2", "A4 paper 80 g, 500 sheets"),
    Product("t3", "Printer paper in boxes"),
    Product("c1", "Office chair mesh", mpn="CLASSIC"),
    Product("c2", "Classic oak chair"),
    Product("d1", "Candle holder", mpn="18V"),
    Product("d2", "Cordless drill 18V"),
    Product("k1", "Krintel lamp"),
    Product("k2", "Lamp holder", mpn="KRINTEL-20"),
    Product("b1", "Refrigerator door seal for the models BX47 and BX61"),
)


@pytest.fixture(scope="module")
def searcher(client: Elasticsearch, index_products) -> Searcher:
    """Return a searcher without a model."""
    settings = index_products(PRODUCTS, {}, "m0", "0" * 64)
    return Searcher(client, index=settings.index)


def ids(searcher: Searcher, text: str, **options) -> list[str]:
    return [hit.id for hit in searcher.search(SearchRequest(text, **options)).hits]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("velmo", "w1"),
        ("lorvi-red-xl", "j1"),
        ("lorvi red xl", "j1"),
        ("KX900", "n2"),
        ("kx 900", "n2"),
        ("72083314", "n1"),
        ("7208-3314", "n1"),
        ("bx4700912c", "f1"),
        ("7wq2214-1ag40", "n3"),
        ("zk44q7", "s1"),
        ("42100005264", "g1"),
        ("00042100005264", "g1"),
        ("0 42100 00526 4", "g1"),
        ("9780306406157", "g2"),
        ("978-0-306-40615-7", "g2"),
        ("0306406152", "g2"),
    ],
)
def test_a_query_that_is_an_identifier_finds_its_product_first(searcher, text, first):
    assert ids(searcher, text)[0] == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("frostor bx47-00912c", "f1"),
        ("refrigerator water filter for bx47 00004k", "f3"),
        ("frostor 70412 filter", "f4"),
        ("velmo any word", "w1"),
        ("sku: velmo", "w1"),
        ("wall bracket set VELMO", "w1"),
        ("jacket lorvi-red-xl elm", "j1"),
        ("puller kx-900", "n2"),
        ("module 7wq2 214-1ag40", "n3"),
        ("water 042100005264", "g1"),
    ],
)
def test_an_identifier_beside_other_words_finds_its_product_first(searcher, text, first):
    result = searcher.search(SearchRequest(text, explain=True))

    assert result.hits[0].id == first
    assert result.hits[0].explanation.identifier_match is IdentifierMatch.CONTAINED
    assert result.dropped == ()


def test_the_start_of_an_identifier_finds_all_that_begin_with_it_the_exact_one_first(searcher):
    assert ids(searcher, "rt9sti") == ["h3", "h1", "h2"]
    assert ids(searcher, "intake hose rt9sti blue")[:3] == ["h3", "h2", "h1"]
    assert ids(searcher, "velmo") == ["w1", "w2"]
    assert set(ids(searcher, "bx47-0")[:2]) == {"f1", "f3"}


def test_letters_find_part_numbers_by_their_start_only_if_nothing_else_has_them(searcher):
    assert ids(searcher, "krintel") == ["k1"]
    assert ids(searcher, "krint") == ["k2"]


@pytest.mark.parametrize(
    ("text", "first", "behind"),
    [("a4 paper", "t2", "t1"), ("classic chair", "c2", "c1"), ("18v drill", "d2", "d1")],
)
def test_sizes_words_and_measures_lift_no_product_above_honest_matches(
    searcher, text, first, behind
):
    found = ids(searcher, text)

    assert found[0] == first
    assert behind not in found[:1]


@pytest.mark.parametrize("text", ["鑽" * 512, "lorvi-" * 85, "7" * 512, "q7z9 " * 102])
def test_elasticsearch_accepts_the_longest_queries(searcher, text):
    assert not searcher.search(SearchRequest(text)).degraded[1:]


def test_identifier_matches_count_and_stay_in_every_order_and_filter(searcher):
    text = "frostor bx47-00912c"

    assert searcher.search(SearchRequest(text)).total == 1
    assert ids(searcher, text, sort="price_desc") == ["f1"]
    assert ids(searcher, text, brands=("Frostor",))[0] == "f1"


def test_a_part_number_is_never_dropped_as_unknown(searcher):
    result = searcher.search(SearchRequest("velmo qqqqq", price_to=1.0))

    assert [part.parameter for part in result.dropped] == ["price"]
    assert result.hits[0].id == "w1"


def test_the_explanation_says_how_the_identifier_matches(searcher):
    request = SearchRequest("velmo bracket", explain=True)
    result = searcher.search(request)

    found = search_json(result)
    hits = [*found["hits"], *found["less_close"]]
    assert [hit["explanation"]["identifier_match"] for hit in hits] == ["contained", None]
    assert "identifier in the query" in hits[0]["explanation"]["clause_scores"]
    missing = explain_missing(searcher, SearchRequest("velmo bracket", size=1), "w2")
    assert "names an identifier of the hits before it" in missing.verdict.reason


def test_scores_of_the_text_contain_no_boost_of_an_identifier(searcher):
    hit = searcher.search(SearchRequest("frostor bx47-00912c", explain=True)).hits[0]

    text = max(score for name, score in hit.explanation.clause_scores.items() if name == "typed")
    assert hit.explanation.features.bm25_raw == pytest.approx(text, rel=1e-3)


def test_with_a_model_identifiers_are_neither_corrected_nor_lost_in_the_rerank(
    client: Elasticsearch, shop, gram: Gram, index_products
):
    named = Product("x1", "Coaxial adapter", mpn="TOWLE")
    other = Product("x2", "Hex key", mpn="DRIL-771-BITT")
    products = (*shop[:200], named, other)
    enrichments = dict(zip([p.id for p in products], gram.enrich(products), strict=True))
    settings = index_products(products, enrichments, gram.slot, gram.fingerprint)
    searcher = Searcher(client, gram, index=settings.index)

    alone = searcher.search(SearchRequest("towle", explain=True))
    beside = searcher.search(SearchRequest("dril771bitt cordless drill"))

    assert alone.hits[0].id == "x1"
    assert alone.corrected is None
    assert beside.hits[0].id == "x2"
    assert "rerank" in beside.mode


def test_a_document_written_later_is_found_by_its_identifiers(client, index_products):
    settings = index_products(PRODUCTS[:2], {}, "m0", "0" * 64)
    document = build_document(
        Product("late", "Hinge", mpn="Q/77-081"),
        enrichment=None,
        slot="m0",
        fingerprint="0" * 64,
        feed=FeedPosition("test", 2, 0, "2026-01-02T00:00:00Z"),
    )
    client.index(index=write_alias(settings.index), id="late", document=document, refresh=True)

    assert ids(Searcher(client, index=settings.index), "q77081") == ["late"]
