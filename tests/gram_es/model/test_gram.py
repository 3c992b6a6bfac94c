import subprocess
import sys
from collections import Counter
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest

from gram_es.model.gram import Gram, best_text_score
from gram_es.model.quantise import dequantise
from gram_es.records import Product
from gram_es.text.product import search_text
from gram_es.text.spelling.speller import Spelling
from gram_es.text.term_statistics import TermStatistics
from gram_es.text.words import stems


def typed(query: str) -> Spelling:
    return Spelling(query, query)


def labels(gram: Gram, query: str) -> list[str]:
    return [code.label for code in gram.understand([typed(query)])[0].codes]


def test_every_code_of_a_product_is_in_the_codebook(gram: Gram, shop: tuple[Product, ...]):
    enrichments = gram.enrich(shop[:100])

    codebook_labels = {code.label for code in gram.codebook}
    for enrichment in enrichments:
        own = [code.label for code in enrichment.codes]
        assert len(set(own)) == len(own) > 0
        assert set(own) <= codebook_labels
        assert len(enrichment.vector) == gram.dimensions


def test_products_of_one_type_share_codes(gram: Gram, shop: tuple[Product, ...]):
    types = Counter(product.category[-1] for product in shop)
    most_common_type, _ = types.most_common(1)[0]
    products = [product for product in shop if product.category[-1] == most_common_type]

    counts = Counter(code.label for e in gram.enrich(products) for code in e.codes)

    assert counts.most_common(1)[0][1] > len(products) / 2


def test_enrichment_does_not_depend_on_the_batch(gram: Gram, shop: tuple[Product, ...]):
    batch = gram.enrich(shop[:30])
    single = [gram.enrich([product])[0] for product in shop[:30]]

    stated = [[c.label for c in e.codes if c.is_stated] for e in (*batch, *single)]
    assert [sorted(codes) for codes in stated[:30]] == [sorted(codes) for codes in stated[30:]]
    same = sum(
        {c.label for c in a.codes} == {c.label for c in b.codes}
        for a, b in zip(batch, single, strict=True)
    )
    assert same >= 25  # rounding may swap two codes with equal scores
    assert [a.input_hash for a in batch] == [b.input_hash for b in single]


def test_stored_vectors_give_the_same_enrichment_without_encoding(
    gram: Gram, shop: tuple[Product, ...], monkeypatch: pytest.MonkeyPatch
):
    enrichments = gram.enrich(shop[:50])
    monkeypatch.setattr(Gram, "encoder", None)

    again = gram.enrich(shop[:50], [enrichment.vector for enrichment in enrichments])

    assert again == enrichments


def test_only_products_without_a_stored_vector_are_encoded(gram: Gram, shop: tuple[Product, ...]):
    first, second = gram.enrich(shop[:2])

    mixed = gram.enrich(shop[:2], [second.vector, None])

    assert [enrichment.vector for enrichment in mixed] == [second.vector, second.vector]
    assert first.vector != second.vector


def test_a_stored_vector_of_another_encoder_is_rejected(gram: Gram, shop: tuple[Product, ...]):
    with pytest.raises(ValueError, match=f"does not have {gram.dimensions} dimensions"):
        gram.enrich(shop[:1], [bytes(3)])


def test_queries_and_products_get_their_codes_without_torch(gram_dir: Path):
    code = (
        "import sys; from gram_es.model.gram import Gram; from gram_es.records import Product\n"
        "from gram_es.text.spelling.speller import Spelling\n"
        f"gram = Gram.load({str(gram_dir)!r}, threads=1)\n"
        "[product] = gram.enrich([Product('1', 'a lamp')])\n"
        "[query] = gram.understand([Spelling('desk lamp', 'desk lamp')])\n"
        "print(bool(product.codes and query.codes), 'torch' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "False"]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "another title"},
        {"brand": "Another Brand"},
        {"category": ("another",)},
        {"attributes": {"width": ("33.6",)}},
        {"description": "another description"},
    ],
)
def test_the_input_hash_covers_whatever_the_model_reads(gram: Gram, change: dict[str, object]):
    product = Product("1", "Desk lamp", "Lumo", ("lamps",), "a lamp for desks")

    assert gram.input_hash(replace(product, **change)) != gram.input_hash(product)


def test_the_input_hash_does_not_cover_the_offer(gram: Gram):
    product = Product("1", "Desk lamp", price=9.0, availability="in stock")

    sold_out = replace(product, price=8.0, availability="out of stock")

    assert gram.input_hash(sold_out) == gram.input_hash(product)


def test_the_weights_of_a_querys_codes_fall_and_sum_to_one(gram: Gram):
    [understood] = gram.understand([typed("cordless drill")])

    weights = [code.weight for code in understood.codes]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == pytest.approx(1.0)
    assert np.linalg.norm(understood.vector) == pytest.approx(1.0, abs=1e-5)


def test_codes_know_words_that_the_catalogue_lacks(gram: Gram):
    assert any("sofa" in label for label in labels(gram, "couch")[:3])


def test_codes_and_vector_come_from_both_forms_of_a_query(gram: Gram):
    wrong, right, both = gram.understand(
        [typed("runing shoes"), typed("running shoes"), Spelling("runing shoes", "running shoes")]
    )

    assert np.linalg.norm(both.vector) == pytest.approx(1.0, abs=1e-5)
    assert right.vector @ both.vector == pytest.approx(wrong.vector @ both.vector, abs=1e-5)
    assert right.vector @ both.vector > right.vector @ wrong.vector


@pytest.mark.parametrize("query", ["", "theologian"])
def test_a_query_that_is_near_no_code_gets_none(gram: Gram, query: str):
    assert labels(gram, query) == []


def test_only_live_codes_are_given_and_their_order_stays(gram: Gram):
    unrestricted = labels(gram, "running shoes")
    live = gram.live_codes([*unrestricted[1:4], "no code"])

    [understood] = gram.understand([typed("running shoes")], live)

    assert live.labels == {*unrestricted[1:4]}
    assert [code.label for code in understood.codes] == unrestricted[1:4]


def test_without_live_codes_there_are_none(gram: Gram):
    assert gram.understand([typed("running shoes")], gram.live_codes([]))[0].codes == ()


def test_live_codes_are_equal_if_they_allow_the_same_codes(gram: Gram):
    first, second, *_ = (code.label for code in gram.codebook)

    assert gram.live_codes([first, second]).equals(gram.live_codes([second, first, "no code"]))
    assert not gram.live_codes([first]).equals(gram.live_codes([second]))


def test_the_nearest_product_of_a_title_is_its_own(gram: Gram, shop: tuple[Product, ...]):
    vectors = dequantise([e.vector for e in gram.enrich(shop[:5])])
    [understood] = gram.understand([typed(shop[0].title.lower())])

    assert int((vectors @ understood.vector).argmax()) == 0


def test_the_best_text_score_is_the_lower_of_the_typed_and_the_corrected_query():
    terms = TermStatistics(10, {"drill": 5})  # ln(11 / 5.5); ln(11 / .5) for all other words

    assert best_text_score(terms, Spelling("dril", "drill")) == pytest.approx(log(2))
    assert best_text_score(terms, Spelling("drill", "drlll")) == pytest.approx(log(2))
    assert best_text_score(terms, Spelling("dril", "dril")) == pytest.approx(log(22))
    assert best_text_score(terms, Spelling("the", "the")) == 0.0


def test_a_model_knows_how_rare_the_words_of_its_catalogue_are(
    gram: Gram, shop: tuple[Product, ...]
):
    texts = [set(stems(search_text(product))) for product in shop]
    count = sum("drill" in text for text in texts)
    drill = log((len(shop) + 1) / (count + 0.5))
    reach = gram.parts.terms.reach

    assert 0.1 <= reach <= 1
    assert gram.best_text_score(typed("drill")) == pytest.approx(reach * drill)
    assert gram.best_text_score(typed("the")) == 0.0
    _, corrected, joined = gram.stem_weights(Spelling("dril", "the drill", ("drill drill",)))
    assert corrected == joined == pytest.approx({"drill": drill})


@pytest.mark.parametrize(
    ("text", "is_heeded"),
    [("garden hose", False), ("settee", True), ("5 garden hoses", False), ("settee " * 20, False)],
)
def test_a_language_model_has_a_say_in_short_queries_with_a_word_that_the_catalogue_lacks(
    gram: Gram, text: str, is_heeded: bool
):
    assert gram.heeds_language_model(Spelling(text.strip(), text.strip())) is is_heeded


def test_a_language_model_that_was_trained_for_the_model_has_a_say_in_all_queries(
    gram: Gram, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("gram_es.model.gram.adapter_folder", lambda _: tmp_path)

    assert Gram(gram.parts).heeds_language_model(Spelling("garden hose", "garden hose"))
