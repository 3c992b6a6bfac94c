import pytest

from gram_es.records import Judgment, Product
from gram_es.training.data.catalogue import Catalogue
from gram_es.training.data.codebook_mining import mine
from gram_es.training.data.dataset import gather_material


@pytest.mark.parametrize(("judged", "held"), [(19, 0), (20, 2), (199, 19), (200, 100), (300, 100)])
def test_a_log_long_enough_spares_what_the_blend_needs(
    judged: int, held: int, shop: tuple[Product, ...]
):
    catalogue = Catalogue(shop)
    judgments = [Judgment(f"wish {n}", shop[n].id, 3.0) for n in range(judged)]

    material = gather_material(
        catalogue, judgments, mine(catalogue, max_codes=200), synthetic=100, seed=0
    )

    assert sum(example.judged for example, _ in material.held_out) == held
    texts = {example.text for example, _ in material.held_out}
    assert texts.isdisjoint(example.text for example, _ in material.taught)
