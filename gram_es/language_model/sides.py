"""What a language model is asked: which codes a query has, and which a product has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Side:
    """The prompts of queries or of products: what they begin with, and a text that says nothing."""

    beginning: str
    nothing: str

    def question(self, text: str) -> str:
        """Return what comes after the beginning; the answer is the label of a code."""
        return f"{text}:"


# Seven examples, of no catalogue, tell a pretrained model what is asked for.
QUERIES: Final = Side(
    "What shoppers type and what the shop calls it.\n"
    "sweets: candy\n"
    "cell phone: smartphones\n"
    "lorry: trucks\n"
    "dolly: dolls\n"
    "film for photos: photo paper\n"
    "big red bus toy: toy vehicles\n"
    "aubergine: eggplants\n",
    nothing="something",  # "things" and "products" besides change nothing that matters
)
PRODUCTS: Final = Side("What a shop says of a product and what it calls it.\n", nothing="a product")
