from collections import Counter

from gram_es.records import Product
from gram_es.training.data.catalogue_sample import sample_products

PRODUCTS = [Product(str(n), "lamp") for n in range(20)]


def sampled_ids(limit: int, seed: int = 0, always: frozenset[str] = frozenset()) -> list[str]:
    products, count = sample_products(iter(PRODUCTS), always=always, max_products=limit, seed=seed)
    assert count == 20
    return [product.id for product in products]


def test_a_small_catalogue_is_used_as_it_is():
    assert sampled_ids(20) == [product.id for product in PRODUCTS]


def test_a_sample_keeps_the_order_and_depends_on_the_seed_only():
    sample = sampled_ids(5)

    assert len(sample) == 5
    assert sample == sorted(sample, key=int)
    assert sampled_ids(5) == sample
    assert any(sampled_ids(5, seed) != sample for seed in range(1, 5))


def test_each_product_is_equally_likely():
    counts = Counter(product for seed in range(2_000) for product in sampled_ids(5, seed))

    assert all(400 < counts[product.id] < 600 for product in PRODUCTS)


def test_judged_products_are_always_kept():
    always = frozenset({"3", "7"})

    for seed in range(20):
        assert always < {*sampled_ids(5, seed, always)}
