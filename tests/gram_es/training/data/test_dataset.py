import pytest

from gram_es.records import Judgment, Product
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import mine
from gram_es.training.data.dataset import build_dataset


@pytest.mark.parametrize(
    ("judged", "held_out"), [(19, 0), (20, 2), (199, 19), (200, 100), (300, 100)]
)
def test_with_enough_judged_queries_as_many_are_held_out_as_the_blend_needs(
    judged: int, held_out: int, shop: tuple[Product, ...]
):
    catalogue = Catalogue(shop)
    judgments = [Judgment(f"wish {n}", shop[n].id, 3.0) for n in range(judged)]

    dataset = build_dataset(catalogue, judgments, mine(catalogue, max_codes=200), seed=0)

    assert len(dataset.held_out) == held_out
    assert dataset.judged == judged - held_out
    texts = {example.text for example in dataset.held_out}
    assert texts.isdisjoint(example.text for example in dataset.training)
