from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.codes.stated import CodeMatcher
from gram_es.codes.truth.rules import TruthRules
from gram_es.evaluation.truth import TruthMeasures, hide_attributes, measure_truth
from gram_es.records import Product

CODEBOOK = Codebook(
    [
        Code("red sofas", ("red", "sofa"), 5, (Facet("color", "red"), Facet("type", "sofas"))),
        Code("gray sofas", ("gray", "sofa"), 5, (Facet("color", "gray"), Facet("type", "sofas"))),
        Code("sofas", ("sofa",), 10, (Facet("type", "sofas"),)),
    ]
)
RED, GRAY, SOFAS = range(3)


def sofa(number: int, color: str) -> Product:
    return Product(str(number), "Sofa", category=("Sofas",), attributes={"color": (color,)})


def test_hidden_attributes_judge_what_the_filter_could_not_see():
    catalogue = [sofa(n, color) for n in range(6) for color in ("red", "gray")]
    rules = TruthRules.fit(catalogue, CODEBOOK)
    products = [sofa(0, "red"), sofa(1, "gray")]
    visible = hide_attributes(products, share=1)

    measures = measure_truth(
        products,
        visible,
        inferred=[[RED, GRAY], [SOFAS]],
        unfiltered=[[RED, GRAY], [GRAY, SOFAS]],
        rules=rules,
        matcher=CodeMatcher(CODEBOOK),
    )

    assert measures == TruthMeasures(inferred=3, false=1, foreign=0, true=2, removed=1)
    assert (measures.false_share, measures.removed_share) == (1 / 3, 1 / 2)


def test_a_share_of_the_attributes_is_hidden_and_the_same_one_every_time():
    products = [sofa(n, "red") for n in range(1000)]

    visible = hide_attributes(products)

    assert 150 < sum(not product.attributes for product in visible) < 250
    assert visible == hide_attributes(products)
