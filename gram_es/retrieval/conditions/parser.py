"""Parse a query: find the conditions that its words state, and the text without them.

The parser is pure but for the questions that it asks the catalogue, and takes linear time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from gram_es.retrieval.conditions.catalogue import UNKNOWN_CATALOGUE, Catalogue
from gram_es.retrieval.conditions.conditions import (
    Condition,
    Exclusion,
    OrderCondition,
    ParsedQuery,
    PriceCondition,
)
from gram_es.retrieval.conditions.exclusions import ExclusionFinder
from gram_es.retrieval.conditions.language import ConditionWords, condition_words
from gram_es.retrieval.conditions.names import NameFinder
from gram_es.retrieval.conditions.prices import FoundPrice, PriceFinder
from gram_es.retrieval.conditions.tokens import Token, tokenise
from gram_es.settings import current_settings
from gram_es.text.normalise import clean_text, fold, normalise

_QUOTES: Final = {'"': '"', "“": "”", "„": "“", "«": "»"}
_MAX_CONDITIONS: Final = 8
_JOINTS: Final = " ,;:-–—"
_ENDS: Final = _JOINTS + ".!?"
_Span = tuple[int, int, Condition]


def parse_query(
    text: str, *, literal: Collection[str] = (), catalogue: Catalogue = UNKNOWN_CATALOGUE
) -> ParsedQuery:
    """Return the conditions that ``text`` states in the shop's language, and the text without them.

    Words in double quotes and the words in ``literal`` state no condition. If no text and no price
    were left, or if only exclusions were, the whole text stays as it is. At most eight conditions
    are found.

    :param literal: the ``words`` of conditions that the shopper has removed.
    """
    text = clean_text(text)
    words = condition_words(current_settings().language)
    parsed = _Parser(text, words, {_literal_key(part) for part in literal}, catalogue).parse()
    limits = any(isinstance(c, PriceCondition) and not c.is_foreign for c in parsed.conditions)
    has_text = bool(normalise(parsed.text))
    return parsed if has_text or (limits and not parsed.exclusions) else ParsedQuery(text)


def _literal_key(words: str) -> str:
    return " ".join(words.split()).casefold()


class _Parser:
    """Finds the conditions of one query from left to right."""

    def __init__(
        self, text: str, words: ConditionWords, literal: Collection[str], catalogue: Catalogue
    ) -> None:
        self._text = text
        self._tokens = tokenise(text)
        self._words = words
        self._literal = literal
        self._catalogue = catalogue
        self._names = NameFinder(text, self._tokens, catalogue)
        self._prices = PriceFinder(text, self._tokens, words, catalogue)
        self._exclusions = ExclusionFinder(text, self._tokens, words, catalogue)

    def parse(self) -> ParsedQuery:
        """Return the conditions and the text that is left."""
        spans: list[_Span] = []
        place, first_free = 0, 0
        closing = _last_places(self._tokens)
        while place < len(self._tokens) and len(spans) < _MAX_CONDITIONS:
            skipped = self._quoted_end(place, closing)
            span = None if skipped else self._find(place, first_free, spans)
            if span is not None:
                skipped = self._name_end(place, span)
            if skipped:
                place = first_free = skipped
            elif span is None:
                name = self._words.names.end_at(self._tokens, place)
                place = name or place + 1
                first_free = name or first_free
            else:
                place = first_free = span[1]
                if not self._is_literal(span[2]):
                    spans.append(span)
        return ParsedQuery(self._rest(spans), tuple(condition for _, _, condition in spans))

    def _find(self, place: int, first_free: int, spans: Sequence[_Span]) -> _Span | None:
        """Return the condition at ``place``; it may include words back to ``first_free``."""
        price = self._prices.find(place)
        if price is not None and _is_consistent(price, spans):
            return self._price_span(price, first_free)
        if self._words.names.end_at(self._tokens, place) is not None:
            return None
        return self._order(place, spans) or self._exclusion(place, first_free)

    def _name_end(self, place: int, span: _Span) -> int | None:
        """Return the end of the name as which the index has the words of a condition, if any."""
        _, end, condition = span
        if isinstance(condition, PriceCondition) and condition.currencies:
            return None
        number = self._place_of_number(place, condition)
        if number is not None and self._names.is_identifier(number, end):
            return end
        return self._names.brand_end(place)

    def _place_of_number(self, place: int, condition: Condition) -> int | None:
        """Return the place of what may be an identifier: in "max 4711" and "part no velmo"."""
        if isinstance(condition, PriceCondition):
            return place
        is_no = self._words.negations_inside.has(self._tokens[place])
        return place + 1 if isinstance(condition, Exclusion) and is_no else None

    def _price_span(self, price: FoundPrice, first_free: int) -> _Span:
        start = self._with_lead(price.start, first_free)
        shop = self._catalogue.currencies
        shared = tuple(code for code in price.currencies if code in shop)
        condition = PriceCondition(
            self._names.written(start, price.end),
            price.low,
            price.high,
            shared or price.currencies,
            () if shared or not price.currencies else tuple(sorted(shop)),
        )
        return start, price.end, condition

    def _with_lead(self, start: int, first_free: int) -> int:
        """Return the start of the words that only lead to a condition: "for", "with a price"."""
        while start > first_free and self._leads(start - 1):
            start -= 1
        return start

    def _leads(self, place: int) -> bool:
        """Return whether a word only leads to what follows; "a" does so before "price" alone."""
        token, following = self._tokens[place], self._tokens[place + 1]
        if self._words.lead.has(token) or self._words.price_words.has(token):
            return True
        return self._words.articles.has(token) and self._words.price_words.has(following)

    def _order(self, place: int, spans: Sequence[_Span]) -> _Span | None:
        if any(isinstance(condition, OrderCondition) for _, _, condition in spans):
            return None
        cheap = self._words.cheap.end_at(self._tokens, place) or self._unnamed_cheap(place)
        if cheap is not None:
            return place, cheap, OrderCondition(self._names.written(place, cheap), "price_asc")
        dear = self._words.dear.end_at(self._tokens, place)
        if dear is not None:
            return place, dear, OrderCondition(self._names.written(place, dear), "price_desc")
        return None

    def _unnamed_cheap(self, place: int) -> int | None:
        """Return the end of a word such as "budget", unless titles have it with the next word."""
        end = self._words.cheap_unless_named.end_at(self._tokens, place)
        if end is None or end >= len(self._tokens) or self._prices.find(end) is not None:
            return None
        return None if self._catalogue.has_in_title(self._names.written(place, end + 1)) else end

    def _exclusion(self, place: int, first_free: int) -> _Span | None:
        found = self._exclusions.find(place)
        if found is None:
            return None
        absent = tuple(
            pattern.replace("_", phrase)
            for phrase in found.phrases
            for pattern in self._words.absent
        )
        start = self._with_lead(found.start, first_free)
        words = self._names.written(start, found.end)
        return start, found.end, Exclusion(words, found.phrases, absent)

    def _quoted_end(self, place: int, closing: dict[str, int]) -> int | None:
        """Return the end of the quoted words that start at ``place``; an inch sign is no quote."""
        token = self._tokens[place]
        sign = _QUOTES.get(token.key)
        if sign is None or (token.is_glued and place) or closing.get(sign, -1) <= place:
            return None
        for end in range(place + 1, len(self._tokens)):
            if self._tokens[end].key == sign:
                return end + 1
        return None

    def _is_literal(self, condition: Condition) -> bool:
        return _literal_key(condition.words) in self._literal

    def _rest(self, spans: Sequence[_Span]) -> str:
        """Return the text outside of the spans, without signs that only joined it to them."""
        if not spans:
            return self._text
        parts, position = [], 0
        for start, end, _ in spans:
            part = self._text[position : self._tokens[start].start]
            is_joint = position and fold(part).strip(_JOINTS) in self._words.and_words
            parts.append("" if is_joint else part)
            position = self._tokens[end - 1].end
        rest = clean_text(" ".join([*parts, self._text[position:]]))
        return rest.strip(_JOINTS).rstrip(_ENDS)


def _last_places(tokens: Sequence[Token]) -> dict[str, int]:
    """Return the last place of each closing quotation mark."""
    return {token.key: place for place, token in enumerate(tokens) if token.key in _QUOTES.values()}


def _is_consistent(price: FoundPrice, spans: Sequence[_Span]) -> bool:
    """Return whether a price can meet the price conditions found before, too."""
    found = ParsedQuery("", tuple(condition for _, _, condition in spans))
    lows = [low for low in (found.low, price.low) if low is not None]
    highs = [high for high in (found.high, price.high) if high is not None]
    return not (lows and highs) or max(lows) <= min(highs)
