from gram_es.evaluation.code_precision import code_precision
from gram_es.records import Enrichment, Product, ProductCode, WeightedCode

PRODUCTS = [Product(number, f"title {number}") for number in ("1", "2", "3", "4")]
CODES = [("sofa", "red"), ("sofa",), ("lamp", "red"), ("lamp",)]
ENRICHMENTS = [
    Enrichment(tuple(ProductCode(label, 1.0) for label in own), b"", "") for own in CODES
]


def precision(codes: dict[str, list[WeightedCode]]) -> float:
    return code_precision(codes, {"couch": {"1", "2", "gone"}}, PRODUCTS, ENRICHMENTS)


def test_each_code_counts_by_its_weight_and_the_relevant_share_of_its_products():
    # both sofas are relevant, and one of the two red products
    codes = [WeightedCode("sofa", 0.75), WeightedCode("red", 0.25)]

    assert precision({"couch": codes}) == 0.75 * 1.0 + 0.25 * 0.5


def test_a_query_without_codes_counts_nothing():
    assert precision({"couch": []}) == 0.0


def test_a_code_that_no_product_has_counts_nothing():
    assert precision({"couch": [WeightedCode("stool", 1.0)]}) == 0.0
