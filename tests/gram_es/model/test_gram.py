import math
from collections import Counter

import numpy as np
import pytest

from gram_es.model.gram import MAX_PRODUCT_CODES, Gram, LiveCodes, QueryCodes
from gram_es.model.quantise import dequantise
from gram_es.records import Product
from gram_es.text.normalise import normalise
from gram_es.text.product import model_text
from gram_es.text.speller import Spelling


def understand(gram: Gram, query: str, live: LiveCodes | None = None) -> QueryCodes:
    return gram.understand([gram.speller.spell(query)], live)[0]


def labels(gram: Gram, query: str) -> list[str]:
    return [code.label for code in understand(gram, query).codes]


def test_every_code_of_a_product_is_in_the_codebook(gram: Gram, shop: tuple[Product, ...]):
    enrichments = gram.enrich(shop[:100])

    codebook_labels = {code.label for code in gram.codebook}
    for enrichment in enrichments:
        assert len(set(enrichment.codes)) == len(enrichment.codes) <= MAX_PRODUCT_CODES
        assert set(enrichment.codes) <= codebook_labels
        assert len(enrichment.vector) == gram.dimensions


def test_codes_are_generated_and_not_looked_up_in_the_product(
    gram: Gram, shop: tuple[Product, ...]
):
    enrichments = gram.enrich(shop)

    new_codes = sum(
        not set(code.split()) <= set(model_text(product).split())
        for product, enrichment in zip(shop, enrichments, strict=True)
        for code in enrichment.codes
    )
    assert new_codes > 0.02 * sum(len(enrichment.codes) for enrichment in enrichments)


def test_products_of_one_type_share_codes(gram: Gram, shop: tuple[Product, ...]):
    types = Counter(product.category[-1] for product in shop)
    most_common_type, _ = types.most_common(1)[0]
    products = [product for product in shop if product.category[-1] == most_common_type]

    counts = Counter(code for enrichment in gram.enrich(products) for code in enrichment.codes)

    assert counts.most_common(1)[0][1] > len(products) / 2


def test_enrichment_does_not_depend_on_the_batch(gram: Gram, shop: tuple[Product, ...]):
    batch = gram.enrich(shop[:30])
    single = [gram.enrich([product])[0] for product in shop[:30]]

    same = sum(set(a.codes) == set(b.codes) for a, b in zip(batch, single, strict=True))
    assert same >= 29  # rounding may swap two codes with equal scores
    assert [a.input_hash for a in batch] == [b.input_hash for b in single]


def test_a_query_gets_codes_whose_weights_sum_to_at_most_one(gram: Gram):
    understood = understand(gram, "cordless drill")

    weights = [code.weight for code in understood.codes]
    assert weights == sorted(weights, reverse=True)
    assert 0 < sum(weights) <= 1 + 1e-6
    assert math.isclose(float(np.linalg.norm(understood.vector)), 1.0, abs_tol=1e-5)


def test_codes_that_the_scorer_drops_do_not_change_the_confidence(
    gram: Gram, monkeypatch: pytest.MonkeyPatch
):
    all_codes = understand(gram, "cordless drill").codes
    fewest = all_codes
    for floor in np.arange(0.0, 1.0, 0.02):
        monkeypatch.setattr(gram._config, "query_code_floor", floor)
        if 0 < len(codes := understand(gram, "cordless drill").codes) < len(fewest):
            fewest = codes

    assert 0 < len(fewest) < len(all_codes)
    assert sum(c.weight for c in fewest) == pytest.approx(sum(c.weight for c in all_codes))


def test_the_vector_of_a_corrected_query_is_the_mean_of_both_forms(gram: Gram):
    right, wrong, both = (
        gram.understand([Spelling(typed, corrected)])[0].vector
        for typed, corrected in (
            ("running shoes", "running shoes"),
            ("runing shoes", "runing shoes"),
            ("runing shoes", "running shoes"),
        )
    )

    assert np.linalg.norm(both) == pytest.approx(1.0, abs=1e-5)
    assert right @ both == pytest.approx(wrong @ both, abs=1e-5)
    assert right @ both > right @ wrong


def test_a_misspelt_query_gets_codes_of_the_correct_one(gram: Gram):
    correct = labels(gram, "running shoes")

    assert set(labels(gram, "runing shoes")) & set(correct[:3])


def test_only_live_codes_are_generated_and_their_order_stays(gram: Gram):
    unrestricted = labels(gram, "running shoes")
    live = gram.live_codes(unrestricted[1:4])

    understood = understand(gram, "running shoes", live)

    assert live.labels == {*unrestricted[1:4]}
    assert [code.label for code in understood.codes] == unrestricted[1:4]


def test_without_live_codes_none_are_generated(gram: Gram):
    assert understand(gram, "running shoes", gram.live_codes([])).codes == ()


def test_the_nearest_product_of_a_title_is_its_own(gram: Gram, shop: tuple[Product, ...]):
    vectors = dequantise([e.vector for e in gram.enrich(shop[:5])])
    understood = understand(gram, normalise(shop[0].title))

    assert np.linalg.norm(understood.vector) == pytest.approx(1.0)
    assert int((vectors @ understood.vector).argmax()) == 0
