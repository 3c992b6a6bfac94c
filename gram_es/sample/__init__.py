"""A fictional shop for trials: a seeded catalogue, shoppers' queries, graded judgments.

The judgments and the shoppers' words are for measuring only; do not train on them.
"""

from gram_es.sample.products import build_catalogue
from gram_es.sample.shop import SampleShop, write_shop

__all__ = ["SampleShop", "build_catalogue", "write_shop"]
