import pytest

from gram_es.records import Judgment, Product
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import mine
from gram_es.training.data.dataset import Dataset, build_dataset
from gram_es.training.data.query_pairs import examples_from_judgments


def build(catalogue: Catalogue, judgments: list[Judgment]) -> Dataset:
    judged = examples_from_judgments(catalogue, judgments)
    return build_dataset(judged, mine(catalogue, max_codes=200), seed=0)


@pytest.mark.parametrize(
    ("judged", "held_out"), [(19, 0), (20, 2), (199, 19), (200, 100), (300, 100)]
)
def test_with_enough_judged_queries_as_many_are_held_out_as_the_blend_needs(
    judged: int, held_out: int, shop: tuple[Product, ...]
):
    catalogue = Catalogue(shop)
    judgments = [Judgment(f"wish {n}", shop[n].id, 3.0) for n in range(judged)]

    dataset = build(catalogue, judgments)

    assert len(dataset.held_out) == held_out
    assert dataset.judged == judged - held_out
    texts = {example.text for example in dataset.held_out}
    assert texts.isdisjoint(example.text for example in dataset.training)


def test_nothing_with_the_words_of_a_held_out_query_is_trained_on(shop: tuple[Product, ...]):
    catalogue = Catalogue(shop)
    wishes = [text for a in "bdfgklmprt" for text in (f"{a}oxo lamp", f"lamps for {a}oxo")]
    judgments = [Judgment(text, shop[n].id, 3.0) for n, text in enumerate(wishes)]

    dataset = build(catalogue, judgments)

    held_out = {word for example in dataset.held_out for word in example.text.split()}
    trained = {word for example in dataset.training for word in example.text.split()}
    assert len(dataset.held_out) == 2
    assert not {word for word in trained & held_out if word.endswith("oxo")}
