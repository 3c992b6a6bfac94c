"""What codes, products and queries claim: attribute values, quantities and brands, as stems."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from gram_es.codes.codebook import Code, Facet
from gram_es.codes.facets import DEPARTMENT, TYPE
from gram_es.codes.titles import Words, key_of, quantities
from gram_es.text.negation import is_denied, is_negative
from gram_es.text.normalise import is_word

Claim = tuple[str, Words]
"""The name of a facet and the stems of a value."""

_TOLERANCE = 0.04
_MAX_RATIO = 3.0  # between two sizes of the same part
_MAX_VALUE_WORDS = 4
_CACHED_PAIRS = 65_536
# An ounce is a weight, or the volume of a drink.
_FACTORS = {
    "length": {"mm": 0.1, "cm": 1.0, "m": 100.0, "inch": 2.54, "foot": 30.48, "yard": 91.44},
    "weight": {"g": 1.0, "kg": 1000.0, "ounce": 28.35, "pound": 453.6},
    "volume": {"ml": 1.0, "cl": 10.0, "l": 1000.0, "ounce": 29.57, "quart": 946.4, "gallon": 3785},
    "power": {"watt": 1.0, "kilowatt": 1000.0},
    "storage": {"mb": 0.001, "gb": 1.0, "tb": 1000.0},
}
_MEASURES = frozenset((measure,) for measure in _FACTORS)
# Units of two systems in which a shop may give the same size, unlike the diameter of a hose in
# inches and its length in feet.
_PAIRS = (
    ("cm", "inch"),
    ("m", "foot"),
    ("m", "yard"),
    ("kg", "pound"),
    ("g", "ounce"),
    ("l", "quart"),
    ("l", "gallon"),
    ("ml", "ounce"),
)
_NUMBER = re.compile(
    r"(?P<amount>\d{1,12}(?:\.\d{1,12})?)(?:(?P<thousands>k)|/(?P<parts>[1-9]\d{0,11}))?"
)
# The stems of English count words.
COUNTS = {
    word: str(number)
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
}
_UNCHECKED = frozenset({TYPE, DEPARTMENT})


class ValueNames:
    """The values that a text may name, each with the name of its attribute.

    :param names: the name of the facet of each value, by the stems of the value.
    """

    def __init__(self, names: Mapping[Words, str]) -> None:
        self.names = dict(names)
        self._longest = min(_MAX_VALUE_WORDS, max(map(len, names), default=0))
        self._starts = frozenset(key[0] for key in names)

    def named(self, key: Words) -> Iterator[Claim]:
        """Yield the values that occur in a sequence of stems, of overlapping ones the longest.

        A value behind a negation ("non stick") is not named.
        """
        return (claim for start, claim in self._found(key) if not is_denied(key, start))

    def denied(self, key: Words) -> Iterator[Claim]:
        """Yield the values that occur behind a negation, if the two are no value together."""
        return (claim for start, claim in self._found(key) if is_denied(key, start))

    def _found(self, key: Words) -> Iterator[tuple[int, Claim]]:
        """Yield where each value starts in a sequence of stems, and the value."""
        start = 0
        while start < len(key):
            length = self._length_at(key, start)
            if length:
                value = key[start : start + length]
                yield start, (self.names[value], value)
            start += max(1, length)

    def _length_at(self, key: Words, start: int) -> int:
        """Return the length of the longest value that starts at ``start``, or 0."""
        if key[start] in self._starts:
            for length in range(min(self._longest, len(key) - start), 0, -1):
                if key[start : start + length] in self.names:
                    return length
        return 0


def facet_claims(facets: Iterable[Facet], units: Collection[str]) -> Iterator[Claim]:
    """Yield the claims of facets other than types.

    A quantity counts by its unit too: "18 volt" claims the attribute voltage and the unit volt.
    """
    for name, value in facets:
        if name not in _UNCHECKED:
            key = key_of(tuple(value.split()))
            yield name, key
            if len(key) == 2 and value.split()[1] in units and not is_word(key[0]):
                yield value.split()[1], key


def text_claims(words: Words, values: ValueNames, units: Collection[str]) -> Iterator[Claim]:
    """Yield the values and the quantities that a text names."""
    yield from values.named(key_of(words))
    for unit, amount in quantities(words, units):
        yield unit, key_of(tuple(amount.split()))


def in_other_system(claim: Claim) -> Iterator[Claim]:
    """Yield a quantity as a claim of the units that the other system has for such sizes.

    "28 cm" is not what an 8 inch pan has, and may be what an 11 inch one has.
    """
    name, key = claim
    for pair in _PAIRS:
        if name in pair:
            yield pair[name == pair[0]], key


def is_of_same_part(one: Words, other: Words) -> bool:
    """Return whether two quantities can be sizes of the same part of a product.

    "6 inch deep" says nothing about the 135 cm of a mattress.
    """
    first, second = _sizes(one), _sizes(other)
    return any(
        max(first[measure], second[measure]) <= _MAX_RATIO * min(first[measure], second[measure])
        for measure in first.keys() & second.keys()
    )


def code_claims(
    code: Code,
    values: ValueNames,
    units: Collection[str],
    implied: Callable[[str], Iterable[Claim]],
) -> set[Claim]:
    """Return what a code claims by its facets, and by the words of its type or of its phrase.

    The type "plain rug", which titles made a type, claims the pattern plain, and the phrase "ladies
    hiking boot" the gender that "ladies" implies. What goes with the words of a type is not read:
    nearly all toner cartridges are for laser printers, but not all.

    :param implied: returns the claims that the words of a phrase imply.
    """
    claims = set(facet_claims(code.facets, units))
    texts = [facet.value for facet in code.facets if facet.name == TYPE]
    for text in texts if code.facets else [code.label]:
        claims.update(text_claims(tuple(text.split()), values, units))
    if not code.facets:
        claims.update(implied(code.label))
    return claims


@lru_cache(maxsize=_CACHED_PAIRS)
def is_compatible(one: Words, other: Words) -> bool:
    """Return whether two values say the same, or one says more: "steel", "stainless steel".

    "Non dimmable" contains "dimmable" and says the opposite.

    Quantities are compatible within 4 %: a 17.3 inch laptop is sold as 17 inch, and an 8 inch knife
    as 20 cm. Those of one unit and with as many decimals must be equal (a 185 mm blade is none of
    190 mm), and so must what is counted, such as "98 bright" or "24 teeth".
    """
    if set(one) <= set(other) or set(other) <= set(one):
        return is_negative(one) == is_negative(other)
    first, second = _sizes(one), _sizes(other)
    is_exact = one[1:] == other[1:] and _decimals(one[0]) == _decimals(other[0])
    tolerance = 0.0 if is_exact else _TOLERANCE
    return any(
        abs(first[measure] - second[measure])
        <= tolerance * (measure in _MEASURES) * max(first[measure], second[measure])
        for measure in first.keys() & second.keys()
    )


def follows(value: Words, stated: Words) -> bool:
    """Return whether what is said with the stated value is true of another value, too.

    So it is if both are compatible and the other one does not say more: what is of organic cotton
    is of cotton, but not all cotton is organic. A unit or a noun behind a stated number is no more:
    "8 inch" of "8".
    """
    says_more = set(stated) < set(value) and any(map(is_word, stated))
    return is_compatible(value, stated) and not says_more


def _sizes(key: Words) -> dict[Words, float]:
    """Return the size of a quantity in each measure that its unit may mean, or nothing."""
    amount = _amount(COUNTS.get(key[0], key[0]))
    if amount is None:
        return {}
    measures: dict[Words, float] = {
        (measure,): factor
        for measure, factors in _FACTORS.items()
        for unit, factor in factors.items()
        if key_of((unit,)) == key[1:]
    }
    return {name: amount * factor for name, factor in (measures or {key[1:]: 1.0}).items()}


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])


def _amount(number: str) -> float | None:
    """Return what a number such as "10k" or "1/2" is worth; ``None`` for others, such as "3x4"."""
    if not (match := _NUMBER.fullmatch(number)):
        return None
    amount = float(match["amount"]) * (1000 if match["thousands"] else 1)
    return amount / int(match["parts"] or 1)
