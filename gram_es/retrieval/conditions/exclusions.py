"""Find the exclusions in the tokens of a query: "without lid", "not cordless", "-cordless"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.conditions.catalogue import Catalogue
from gram_es.retrieval.conditions.language import ConditionWords
from gram_es.retrieval.conditions.tokens import Token
from gram_es.text.normalise import normalise
from gram_es.text.units import UNITS
from gram_es.text.words import stop_words

_MINUS: Final = frozenset("-–−")
_QUOTE: Final = '"'
_MIN_CHARS: Final = 3
_MAX_PHRASES: Final = 4


@dataclass(frozen=True, slots=True)
class FoundExclusion:
    """Excluded phrases in normal form at the tokens ``start`` up to but not including ``end``."""

    start: int
    end: int
    phrases: tuple[str, ...]


class ExclusionFinder:
    """Finds the exclusions in the ``tokens`` of ``text``."""

    def __init__(
        self, text: str, tokens: Sequence[Token], words: ConditionWords, catalogue: Catalogue
    ) -> None:
        self._text = text
        self._tokens = tokens
        self._words = words
        self._catalogue = catalogue

    def find(self, start: int) -> FoundExclusion | None:
        """Return the exclusion that starts at the token ``start``, or ``None``."""
        return (
            self._without(start) or self._negated(start) or self._minus(start) or self._free(start)
        )

    def _without(self, start: int) -> FoundExclusion | None:
        """Find "without lid" and "without milk or sugar"."""
        opening = self._words.without.end_at(self._tokens, start)
        return None if opening is None else self._listed(start, opening)

    def _negated(self, start: int) -> FoundExclusion | None:
        """Find "not cordless" and "no lid", which may be a name: "no show socks"."""
        opening = self._words.negations.end_at(self._tokens, start)
        if opening is None and start:  # "no dig fence" is a name
            opening = self._words.negations_inside.end_at(self._tokens, start)
        if opening is None:
            return None
        found = self._listed(start, opening)
        return None if found is None or self._is_name(start, opening) else found

    def _is_name(self, start: int, opening: int) -> bool:
        """Return whether titles contain "no show", say, and none says "with show"."""
        if not self._catalogue.has_in_title(self._written(start, opening + 1)):
            return False
        noun = self._written(opening, opening + 1)
        present = (pattern.replace("_", noun) for pattern in self._words.present)
        return not any(map(self._catalogue.has_in_title, present))

    def _minus(self, start: int) -> FoundExclusion | None:
        """Find "-cordless": a minus sign with a blank before it and none after it."""
        token = self._tokens[start]
        if token.key not in _MINUS or (token.is_glued and start):
            return None
        end = start + 1
        if end >= len(self._tokens) or not self._tokens[end].is_glued:
            return None
        if self._tokens[end].key == _QUOTE:
            return self._quoted(start, end + 1)
        if not self._is_noun(end) or (start and len(self._tokens[start - 1].key) == 1):
            return None
        while (
            end + 2 < len(self._tokens)
            and self._tokens[end + 1].key in _MINUS
            and self._tokens[end + 1].is_glued
            and self._tokens[end + 2].is_glued
        ):
            end += 2
        return self._found(start, end + 1, [(start + 1, end + 1)])

    def _quoted(self, start: int, opening: int) -> FoundExclusion | None:
        """Find ``-"noise cancelling"``: at most four words in quotes."""
        for end in range(opening + 1, min(opening + _MAX_PHRASES + 1, len(self._tokens))):
            if self._tokens[end].key == _QUOTE:
                return self._found(start, end + 1, [(opening, end)])
        return None

    def _free(self, start: int) -> FoundExclusion | None:
        """Find "sulfate free", where the catalogue has no such words."""
        place = start + 1
        if place < len(self._tokens) and self._tokens[place].key in _MINUS:
            place += 1
        if place >= len(self._tokens) or self._tokens[place].key not in self._words.free:
            return None
        if not self._is_noun(start) or self._words.names.end_at(self._tokens, place) is not None:
            return None
        noun, free = self._written(start, start + 1), self._written(place, place + 1)
        if self._catalogue.has_in_text(f"{noun} {free}") or self._is_free_a_name(place):
            return None
        return self._found(start, place + 1, [(start, start + 1)])

    def _is_free_a_name(self, place: int) -> bool:
        """Return whether "free" belongs to the next word: "free standing", "free for kids"."""
        if place + 1 >= len(self._tokens) or self._tokens[place + 1].kind != "word":
            return False
        is_link = self._words.links.end_at(self._tokens, place + 1) is not None
        return is_link or self._catalogue.has_in_title(self._written(place, place + 2))

    def _listed(self, start: int, opening: int) -> FoundExclusion | None:
        """Return the exclusion of the noun at ``opening`` and of those that "or" adds."""
        nouns: list[tuple[int, int]] = []
        end = opening
        place: int | None = opening
        while place is not None and len(nouns) < _MAX_PHRASES:
            noun = self._noun(place, begins_query=start == 0)
            if noun is None:
                break
            nouns.append(noun)
            end = noun[1]
            place = self._next_listed(end)
        return self._found(start, end, nouns) if nouns else None

    def _next_listed(self, end: int) -> int | None:
        """Return the place after "or"; also after "and" if a single word ends the query there."""
        if end + 1 >= len(self._tokens):
            return None
        key = self._tokens[end].key
        if key in self._words.or_words:
            return end + 1
        is_last = end + 2 == len(self._tokens)
        return end + 1 if key in self._words.and_words and is_last else None

    def _noun(self, place: int, *, begins_query: bool) -> tuple[int, int] | None:
        """Return the place of the excluded word, or of two words that the catalogue joins.

        If they were the whole query, only the first is excluded: "not cordless drill".
        """
        article = self._words.articles.end_at(self._tokens, place)
        place = place if article is None else article
        if place >= len(self._tokens) or not self._is_noun(place):
            return None
        end = place + 1
        while (
            end + 1 < len(self._tokens)
            and self._tokens[end].key in _MINUS
            and self._tokens[end].is_glued
            and self._tokens[end + 1].is_glued
            and self._tokens[end + 1].kind == "word"
        ):
            end += 2
        is_all = begins_query and end + 1 == len(self._tokens)
        if end < len(self._tokens) and self._is_noun(end) and not is_all:
            pair = self._written(place, end + 1)
            if self._catalogue.has_in_text(pair):
                return place, end + 1
        return place, end

    def _is_noun(self, place: int) -> bool:
        token = self._tokens[place]
        if token.kind != "word" or len(token.key) < _MIN_CHARS or token.key in UNITS:
            return False
        return token.key not in stop_words() and not self._words.links.has(token)

    def _found(
        self, start: int, end: int, nouns: Sequence[tuple[int, int]]
    ) -> FoundExclusion | None:
        phrases = dict.fromkeys(self._normal(nouns))
        return FoundExclusion(start, end, tuple(phrases)) if phrases else None

    def _normal(self, nouns: Sequence[tuple[int, int]]) -> Iterator[str]:
        for start, end in nouns:
            if phrase := normalise(self._written(start, end)):
                yield phrase

    def _written(self, start: int, end: int) -> str:
        return self._text[self._tokens[start].start : self._tokens[end - 1].end]
