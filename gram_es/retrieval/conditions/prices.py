"""Find the price conditions in the tokens of a query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.conditions.amounts import Amount, read_amount
from gram_es.retrieval.conditions.catalogue import Catalogue
from gram_es.retrieval.conditions.language import ConditionWords, Phrases
from gram_es.retrieval.conditions.tokens import Token

_MIN_BARE: Final = 5.0  # "less than 3" rarely means a price
_MIN_BARE_LOWER: Final = 20.0  # below, "from 6" and "over 12" are ages
_MAX_BARE: Final = 1_000_000.0
_MAX_AGE: Final = 18
_YEARS: Final = range(1900, 2036)
_ABOUT: Final = 0.2  # "about 50 €" is 40 € to 60 €
_MIN_BEFORE_WORDS: Final = 25.0  # "under 50 speaker" is a price, "under 12 football" is not
_ROUND: Final = 5.0
# "15.6" and "07" are no prices
_WHOLE_OR_CENTS: Final = re.compile(r"[1-9]\d*(?:[.,']\d{3})*(?:[.,]\d\d)?")
_PUNCTUATION: Final = frozenset(",;.!?:)(-–—/&")


@dataclass(frozen=True, slots=True)
class FoundPrice:
    """A price range at the tokens ``start`` up to but not including ``end``."""

    start: int
    end: int
    low: float | None
    high: float | None
    currencies: tuple[str, ...]


class PriceFinder:
    """Finds the price conditions in the ``tokens`` of ``text``."""

    def __init__(
        self, text: str, tokens: Sequence[Token], words: ConditionWords, catalogue: Catalogue
    ) -> None:
        self._text = text
        self._tokens = tokens
        self._words = words
        self._catalogue = catalogue
        self._shop = catalogue.currencies

    def find(self, start: int) -> FoundPrice | None:
        """Return the price condition that starts at the token ``start``, or ``None``."""
        if self._words.names.end_at(self._tokens, start - 1) is not None:
            return None  # "air max 90"
        return (
            self._range(start)
            or self._limit(start)
            or self._limit_before_words(start)
            or self._about(start)
        )

    def _range(self, start: int) -> FoundPrice | None:
        """Find "between 20 and 40", "from $20 to $40", "$20 to $40" and "20-40 €"."""
        opening = self._words.between.end_at(self._tokens, start)
        first = self._amount(start if opening is None else opening)
        if first is None:
            return None
        joiners = self._words.bare_joiners if opening is None else self._words.joiners
        joiner = joiners.end_at(self._tokens, first.end)
        second = self._amount(joiner) if joiner is not None else None
        if second is None or first.value == second.value:
            return None
        codes = second.currencies or first.currencies
        is_price = (
            first.is_money
            or second.is_money
            or (
                opening is not None
                and self._may_be_price(first, start)
                and self._may_be_price(second, start)
                and not (int(first.value) in _YEARS and int(second.value) in _YEARS)
                and self._is_followed_well(second.end)
            )
        )
        if not is_price:
            return None
        low, high = sorted((first.value, second.value))
        return FoundPrice(start, second.end, low, high, codes)

    def _limit(self, start: int) -> FoundPrice | None:
        """Find "under 50", "less than $50", "over 100" and "from 50 €"."""
        for phrases, is_upper in ((self._words.upper, True), (self._words.lower, False)):
            opening = phrases.end_at(self._tokens, start)
            amount = self._amount(opening) if opening is not None else None
            if opening is None or amount is None or amount.value <= 0:
                continue
            if amount.is_money or self._is_bare_price(start, opening, amount, is_upper=is_upper):
                low, high = (None, amount.value) if is_upper else (amount.value, None)
                return FoundPrice(start, amount.end, low, high, amount.currencies)
        return None

    def _limit_before_words(self, start: int) -> FoundPrice | None:
        """Find "$50 or less" and "$100 and up"."""
        amount = self._amount(start)
        if amount is None or not (amount.is_money or self._may_be_price(amount, start)):
            return None
        for phrases, is_upper in (
            (self._words.upper_after, True),
            (self._words.lower_after, False),
        ):
            end = phrases.end_at(self._tokens, amount.end)
            if end is None:
                continue
            # "iphone 15 pro max", "2 or more players", "50+"
            is_bare = not amount.is_money
            if is_bare and not self._may_end(start, amount, end):
                continue
            low, high = (None, amount.value) if is_upper else (amount.value, None)
            return FoundPrice(start, end, low, high, amount.currencies)
        return None

    def _may_end(self, start: int, amount: Amount, end: int) -> bool:
        """Return whether the words after a bare limit may end a price: not "set of 10 or more"."""
        before = self._before(start)
        if end - amount.end < 2 or not self._is_followed_well(end) or before is None:
            return False
        is_joined = self._words.lead.has(before) or self._is_link(start - 1)
        return self._words.price_words.has(before) or not is_joined

    def _about(self, start: int) -> FoundPrice | None:
        opening = self._words.about.end_at(self._tokens, start)
        amount = self._amount(opening) if opening is not None else None
        if amount is None or not amount.is_money:
            return None
        low, high = amount.value * (1 - _ABOUT), amount.value * (1 + _ABOUT)
        return FoundPrice(start, amount.end, round(low, 2), round(high, 2), amount.currencies)

    def _amount(self, start: int) -> Amount | None:
        decimal = self._words.decimal
        return read_amount(self._tokens, start, decimal=decimal, shop=self._shop)

    def _is_bare_price(self, start: int, opening: int, amount: Amount, *, is_upper: bool) -> bool:
        """Return whether a limit without a currency is a price rather than a measure or an age."""
        if not self._may_be_price(amount, start) or self._ends_range(start):
            return False
        if not is_upper and (
            amount.value < _MIN_BARE_LOWER
            or int(amount.value) in _YEARS
            or self._follows_adults(start)
        ):
            return False
        if self._is_name(start, opening, amount):
            return False
        if self._is_followed_well(amount.end):
            return True
        return self._may_precede_words(start, amount) and not self._is_measure(amount)

    def _ends_range(self, start: int) -> bool:
        """Return whether a number stands before a word such as "bis", which also joins a range."""
        before = self._before(start)
        is_joiner = self._words.bare_joiners.end_at(self._tokens, start) is not None
        return before is not None and before.kind == "number" and is_joiner

    def _may_precede_words(self, start: int, amount: Amount) -> bool:
        """Return whether other words may follow a bare limit.

        They may after "priced under 40", and after a round upper limit such as "under 50".
        """
        if start and self._words.price_words.has(self._tokens[start - 1]):
            return True
        is_round = amount.value >= _MIN_BEFORE_WORDS and amount.value % _ROUND == 0
        is_upper = self._words.upper_before_words.end_at(self._tokens, start) is not None
        return is_upper and is_round and not self._follows_adults(start)

    def _may_be_price(self, amount: Amount, start: int) -> bool:
        """Return whether the number and the word before ``start`` allow a price."""
        text = self._tokens[amount.end - 1].key
        if not _MIN_BARE <= amount.value <= _MAX_BARE or not _WHOLE_OR_CENTS.fullmatch(text):
            return False
        before = self._before(start)
        if before is None:
            return True
        if before.kind == "word" and self._words.price_words.has(before):
            return True
        if before.key in self._words.children and amount.value <= _MAX_AGE:
            return False
        return before.key not in self._words.measured

    def _follows_adults(self, start: int) -> bool:
        before = self._before(start)
        return before is not None and before.key in self._words.adults

    def _before(self, start: int) -> Token | None:
        return self._tokens[start - 1] if start else None

    def _is_name(self, start: int, opening: int, amount: Amount) -> bool:
        """Return whether titles contain the words with their number, or with the word before."""
        own = self._text[self._tokens[start].start : self._tokens[amount.end - 1].end]
        if opening - start != 1 or self._tokens[start].kind != "word":
            return False
        before = self._before(start)
        may_be_noun = self._words.upper_after.has(self._tokens[start])
        if before is not None and may_be_noun and not self._is_link(start - 1):
            # "air max 90" and "phone 15 max 256": with what stands before, "max" is a name
            named = self._text[before.start : self._tokens[start].end]
            if before.kind == "number" or self._catalogue.has_in_title(named):
                return True
        return self._catalogue.has_in_title(own)

    def _is_link(self, place: int) -> bool:
        return self._words.links.end_at(self._tokens, place) is not None

    def _is_followed_well(self, end: int) -> bool:
        """Return whether what follows a number leaves it without a unit or a noun."""
        if end >= len(self._tokens):
            return True
        following = self._tokens[end]
        if following.key in self._words.units or following.kind == "number":
            return False
        if following.kind == "sign":
            return following.key in _PUNCTUATION and not (
                following.is_glued and following.key in "-–—/&"
            )
        return self._starts_other_part(end)

    def _starts_other_part(self, place: int) -> bool:
        parts: tuple[Phrases, ...] = (
            self._words.links,
            self._words.without,
            self._words.negations,
            self._words.negations_inside,
            self._words.upper,
            self._words.lower,
            self._words.cheap,
            self._words.dear,
        )
        return any(phrases.end_at(self._tokens, place) is not None for phrases in parts)

    def _is_measure(self, amount: Amount) -> bool:
        """Return whether the word after a number is a unit, or the catalogue has both together."""
        following = self._tokens[amount.end]
        if following.kind != "word" or following.key in self._words.units:
            return True
        number = self._tokens[amount.end - 1]
        return self._catalogue.has_in_text(self._text[number.start : following.end])
