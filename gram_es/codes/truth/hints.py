"""Learn which words of titles imply a value that the fields of a product leave open.

"Mens" in a title implies the gender, "charcoal" the colour gray, and the only length in the title
of a saw is that of its blade. Nobody lists such words: they are counted in the catalogue.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gram_es.codes.titles import Words, key_of, segments, title_quantities
from gram_es.codes.truth.claims import Claim, is_compatible
from gram_es.records import Product
from gram_es.text.normalise import is_word

_MIN_PRODUCTS = 4
_MIN_SHARE = 0.9  # of the products with a word that state the attribute
_MIN_LIFT = 0.2  # of that share over the value's share among all products that state the attribute
_MAX_PAIR_SHARE = 0.9  # of the titles with a word, those in which it stands in one pair
_MAX_WORDS = 2
_MIN_TYPES = 3
# Attributes of Google's product data specification whose values are given words of English.
_CODED = frozenset({"gender", "age_group"})
_MAX_PRODUCTS = 50_000  # every n-th product of a larger catalogue is counted


@dataclass(frozen=True, slots=True)
class Hints:
    """The words that imply values, and the attributes that quantities in titles mean.

    ``words`` maps the stems of one or two words to the claims that they imply. ``meanings`` has
    those of them that the words mean wherever they stand: they are a part of the value, or imply
    it for products of several types. ``quantities`` maps a type and a unit to the attribute that a
    quantity in the title of such a product states.
    """

    words: Mapping[Words, tuple[Claim, ...]] = field(default_factory=dict)
    meanings: Mapping[Words, tuple[Claim, ...]] = field(default_factory=dict)
    quantities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def implied(self, title: str) -> Iterator[Claim]:
        """Yield the claims that the words of a title imply."""
        for phrase in _phrases(title):
            yield from self.words.get(phrase, ())

    def meant(self, text: str) -> Iterator[Claim]:
        """Yield the claims that words of a text mean wherever they stand."""
        for phrase in _phrases(text):
            yield from self.meanings.get(phrase, ())

    def meant_in_query(self, text: str) -> Iterator[Claim]:
        """Yield what words of a query mean beside the values that they are.

        Two words of a longer value mean it: "two batteries", of the kit "two batteries and case".
        "Womens" means female, since feeds demand that word. Otherwise what goes with a value says
        too little: all phones of a shop that names the platforms of phones may run one of them.
        """
        for phrase in _phrases(text):
            for claim in self.meanings.get(phrase, ()):
                if set(phrase) < set(claim[1]):
                    is_meant = len(phrase) > 1 and all(map(is_word, phrase))
                else:
                    is_meant = claim[0] in _CODED
                if is_meant:
                    yield claim

    def overridden(self, title: str, names: Mapping[Words, str]) -> set[Words]:
        """Return the values in a title whose words are a part of what implies another value.

        "Off white" implies cream: white is not named.

        :param names: the attribute of each value.
        """
        return {
            part
            for phrase in _phrases(title)
            if len(phrase) > 1
            for name, key in self.words.get(phrase, ())
            for part in ((stem,) for stem in phrase)
            if names.get(part) == name and not is_compatible(part, key)
        }

    def named_quantities(
        self, title: str, types: Iterable[str], units: Collection[str]
    ) -> Iterator[Claim]:
        """Yield the attributes that the quantities of a title state, by the first known type."""
        names = next((self.quantities[name] for name in types if name in self.quantities), {})
        for unit, amount in title_quantities(title, units) if names else ():
            if unit in names:
                yield names[unit], key_of(tuple(amount.split()))

    def to_json(self) -> dict[str, Any]:
        """Return the hints as JSON data; stems are joined by blanks."""
        return {
            "words": _words_to_json(self.words),
            "meanings": _words_to_json(self.meanings),
            "quantities": {
                product_type: dict(sorted(names.items()))
                for product_type, names in sorted(self.quantities.items())
            },
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Hints:
        """Read what :meth:`to_json` returned.

        :raises KeyError: if a part is missing.
        """
        words, meanings = (_words_from_json(data[name]) for name in ("words", "meanings"))
        return cls(words, meanings, data["quantities"])


def _words_to_json(words: Mapping[Words, tuple[Claim, ...]]) -> dict[str, list[list[str]]]:
    return {
        " ".join(phrase): [[name, " ".join(key)] for name, key in claims]
        for phrase, claims in sorted(words.items())
    }


def _words_from_json(data: Mapping[str, list[list[str]]]) -> dict[Words, tuple[Claim, ...]]:
    return {
        tuple(phrase.split()): tuple((name, tuple(key.split())) for name, key in claims)
        for phrase, claims in data.items()
    }


def fit_hints(
    products: Sequence[Product],
    claims: Sequence[Collection[Claim]],
    types: Sequence[Sequence[str]],
    units: Collection[str],
) -> Hints:
    """Count which words and quantities of titles go with which values.

    :param claims: for each product the stated claims whose attribute has one value.
    :param types: the types of each product, the most specific first.
    """
    step = 1 + (len(products) - 1) // _MAX_PRODUCTS
    sample = slice(None, None, step)
    words = _words(products[sample], claims[sample])
    return Hints(
        words,
        _meanings(words, products[sample], claims[sample], types[sample]),
        _quantities(products[sample], claims[sample], types[sample], units),
    )


def _words(
    products: Sequence[Product], claims: Sequence[Collection[Claim]]
) -> dict[Words, tuple[Claim, ...]]:
    phrases = [_phrases(product.title) for product in products]
    frequency = Counter(phrase for found in phrases for phrase in found)
    with_word: dict[Words, Counter[Claim]] = defaultdict(Counter)
    for found, stated in zip(phrases, claims, strict=True):
        for phrase in found:
            if frequency[phrase] >= _MIN_PRODUCTS:
                with_word[phrase].update(stated)
    overall = Counter(claim for stated in claims for claim in stated)
    totals = _by_name(overall)
    implied = {}
    for phrase, counts in with_word.items():
        by_name = _by_name(counts)
        chosen = tuple(
            sorted(
                claim
                for claim, count in counts.items()
                if count >= max(_MIN_PRODUCTS, _MIN_SHARE * by_name[claim[0]])
                and count / by_name[claim[0]] - overall[claim] / totals[claim[0]] >= _MIN_LIFT
            )
        )
        if chosen:
            implied[phrase] = chosen
    return _without_bound_words(implied, frequency)


def _without_bound_words(
    implied: Mapping[Words, tuple[Claim, ...]], frequency: Mapping[Words, int]
) -> dict[Words, tuple[Claim, ...]]:
    """Leave out the words that imply a value only since they nearly always stand beside it.

    "Deep teal" is the color teal, and a deep pan has another one.
    """
    bound: set[tuple[str, Claim]] = {
        (word, claim)
        for pair, claims in implied.items()
        if len(pair) > 1
        for word, other in (pair, pair[::-1])
        if frequency[pair] >= _MAX_PAIR_SHARE * frequency[word,]
        for claim in claims
        if other in claim[1] and word not in claim[1]
    }
    kept = {
        phrase: tuple(claim for claim in claims if len(phrase) > 1 or (*phrase, claim) not in bound)
        for phrase, claims in implied.items()
    }
    return {phrase: claims for phrase, claims in kept.items() if claims}


def _meanings(
    words: Mapping[Words, tuple[Claim, ...]],
    products: Sequence[Product],
    claims: Sequence[Collection[Claim]],
    types: Sequence[Sequence[str]],
) -> dict[Words, tuple[Claim, ...]]:
    """Return the claims that words imply in products of several types, or are a part of.

    That all outdoor rugs of a shop are plain is no meaning of "outdoor". Types that the words are a
    part of do not count: "toner" in a toner cartridge.
    """
    found: dict[tuple[Words, Claim], set[str]] = defaultdict(set)
    for product, stated, product_types in zip(products, claims, types, strict=True):
        for phrase in _phrases(product.title) & words.keys() if product_types else ():
            for claim in words[phrase]:
                if claim in stated and set(phrase).isdisjoint(key_of((*product_types[0].split(),))):
                    found[phrase, claim].add(product_types[0])
    meant = {
        phrase: tuple(
            claim
            for claim in implied
            if (set(phrase) <= set(claim[1]) and any(map(is_word, phrase)))
            or len(found[phrase, claim]) >= _MIN_TYPES
        )
        for phrase, implied in words.items()
    }
    return {phrase: implied for phrase, implied in meant.items() if implied}


def _by_name(counts: Mapping[Claim, int]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (name, _), count in counts.items():
        totals[name] += count
    return totals


def _quantities(
    products: Sequence[Product],
    claims: Sequence[Collection[Claim]],
    types: Sequence[Sequence[str]],
    units: Collection[str],
) -> dict[str, dict[str, str]]:
    """Return the attributes that nearly all quantities of one unit in titles of a type repeat."""
    total: Counter[tuple[str, str]] = Counter()
    repeated: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for product, stated, product_types in zip(products, claims, types, strict=True):
        for unit, amount in title_quantities(product.title, units) if product_types else ():
            key = key_of(tuple(amount.split()))
            place = product_types[0], unit
            total[place] += 1
            repeated[place].update(
                {name for name, value in stated if name != unit and is_compatible(value, key)}
            )
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for place, counts in repeated.items():
        name, count = max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if count >= max(_MIN_PRODUCTS, _MIN_SHARE * total[place]):
            names[place[0]][place[1]] = name
    return dict(names)


def _phrases(title: str) -> frozenset[Words]:
    """Return the stems of each word and each pair of neighbouring words of a title."""
    keys = map(key_of, segments(title))
    return frozenset(
        key[start : start + length]
        for key in keys
        for length in range(1, _MAX_WORDS + 1)
        for start in range(len(key) - length + 1)
    )
