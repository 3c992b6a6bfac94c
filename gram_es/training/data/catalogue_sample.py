"""Draw the products to train on, so that memory and time are bounded in the catalogue's size."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable

from gram_es.records import Product

MAX_PRODUCTS = 200_000


def sample_products(
    products: Iterable[Product],
    *,
    always: Collection[str],
    max_products: int,
    seed: int,
) -> tuple[list[Product], int]:
    """Return at most ``max_products`` random products in their order, and how many there were.

    ``products`` is read once and never kept as a whole (reservoir sampling).

    :param always: the ids of products to keep in any case, such as judged ones. They can make the
        sample longer than ``max_products``.
    """
    rng = random.Random(seed)  # noqa: S311 - a repeatable sample
    kept: dict[int, Product] = {}
    slots: list[int] = []
    count = 0
    for number, product in enumerate(products):
        count = number + 1
        if product.id in always:
            kept[number] = product
            continue
        if len(slots) < max_products:
            slots.append(number)
            kept[number] = product
        elif (slot := rng.randrange(count)) < max_products:
            del kept[slots[slot]]
            slots[slot] = number
            kept[number] = product
    return [kept[number] for number in sorted(kept)], count
