"""A fictional shop: a catalogue generated from a seed, shoppers' queries, graded judgments.

The judgments and the shoppers' words are for evaluation only: no model may be trained on them.
"""

from gram_es.sample.products import build_catalogue
from gram_es.sample.shop import SampleShop, write_shop

__all__ = ["SampleShop", "build_catalogue", "write_shop"]
