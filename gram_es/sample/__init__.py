"""A fictional shop to try things on: a seeded catalogue, shoppers' queries, graded judgments.

The judgments and the shoppers' words are for measuring; nothing may be trained on them.
"""

from gram_es.sample.shop import SampleShop, build_catalogue, write_shop

__all__ = ["SampleShop", "build_catalogue", "write_shop"]
