"""Texts of a feed cannot control the terminal that shows them."""

from gram_es.records import Product, WeightedCode
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.result import Hit, SearchResult
from query_api.cli.output import result_lines

ESCAPE = "\x1b]0;owned\x07\x9b2J\r"


def test_the_lines_of_a_result_have_no_control_characters_of_a_feed() -> None:
    product = Product(f"p1{ESCAPE}", f"Drill{ESCAPE}", brand=f"Acme{ESCAPE}", price=5.0)
    code = WeightedCode(f"drill{ESCAPE}", 1.0)
    hit = Hit(product.id, 1, 1.0, product, (code,))
    result = SearchResult(
        SearchRequest("drill"), "r", "drill", None, (code,), "text", (), "i", None, 1, None, 1, (),
        {"total": 1.0}, (hit,), None,
    )  # fmt: skip

    lines = list(result_lines(result))

    assert sum("owned" in line for line in lines) >= 3
    assert [line for line in lines if not line.isprintable()] == []
