"""The codes that claim one value of a type: they tell how well each value fits a product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from gram_es.codes.codebook import Codebook
from gram_es.codes.facets import TYPE
from gram_es.codes.titles import Words
from gram_es.codes.truth.claims import Claim


class ValueCodes:
    """Find the codes of a type that differ only in the value of an attribute.

    "Gray sofas" and "blue sofas" differ in nothing else. Codes that say more are no fair
    comparison: the brand in "norrsund gray sofas" may be what fits.

    :param claims: the claims of each code.
    """

    def __init__(self, codebook: Codebook, claims: Sequence[Iterable[Claim]]) -> None:
        self._codes: dict[tuple[str, str], dict[Words, int]] = defaultdict(dict)
        for number, (code, claimed) in enumerate(zip(codebook, claims, strict=True)):
            types = [facet.value for facet in code.facets if facet.name == TYPE]
            if len(types) == 1 and len(code.facets) == 2:
                for name, key in claimed:
                    self._codes[types[0], name].setdefault(key, number)

    def of(self, name: str, types: Iterable[str]) -> list[tuple[Words, int]]:
        """Return the values of an attribute that codes of these types claim, with the codes."""
        return [item for each in types for item in self._codes.get((each, name), {}).items()]
