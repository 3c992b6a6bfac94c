"""Find the parts of a query that may be ids, part numbers or GTINs.

Only the index knows which of these candidates are identifiers. A candidate counts as evidence if it
is the whole query, or if it cannot be mistaken for a word, a size or a quantity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from gram_es.text.gtin import is_gtin, is_trade_number
from gram_es.text.identifiers import MAX_IDENTIFIER_CHARS, identifier_key, identifier_keys
from gram_es.text.normalise import normalise
from gram_es.text.part_numbers import (
    IsKnown,
    Likeness,
    is_amount,
    is_joined,
    is_measure,
    is_size,
    is_slug,
    is_unit,
    likeness,
    likeness_of_words,
)

_MAX_WORDS: Final = 24
_MAX_SPAN: Final = 6  # "978 0 306 40615 7" has five words
_MIN_PREFIX_CHARS: Final = 5
_MIN_PREFIX_DIGITS: Final = 6  # 10000 and 20000 are rather quantities
_MIN_WHOLE_CHARS: Final = 4
_MAX_UNIT_NUMBER_CHARS: Final = 7
_MIN_DIGITS_OF_SHORT: Final = 2  # in a prefix of four characters that is the whole query
_MIN_DIGITS: Final = 3  # of a query that needs no model
_BETWEEN_WORDS: Final = re.compile(r"[\s:=;()\[\]{}<>\"“”„«»#|]+|,(?!\d)")
_AROUND_WORDS: Final = ".,!?*&/\\~|_-–—+…"
_DIGITS: Final = re.compile(r"\d[\d\s./‐-―−-]*")
_NAME_SIGN: Final = re.compile(r"[^\W_][.&]")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_MODEL_NUMBER: Final = re.compile(r"[^\W_]+(?:[-_./+][^\W_]+)*[+-]?")


@dataclass(frozen=True, slots=True)
class QueryIdentifiers:
    """The keys of a query that may be identifiers in the index.

    ``whole`` are the keys of the whole query, and ``contained`` those of parts of it. ``prefixes``
    are long enough to be the start of an identifier. ``possible`` are parts that are rather a type
    or a size, such as ``m10``: they count no more than a word. ``rest`` is the normalised query
    without its possible parts. ``kept_words`` are the normalised words of part numbers, which must
    not be corrected, and ``phrases`` are those part numbers in normal form.
    """

    whole: tuple[str, ...] = ()
    contained: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    rest: str = ""
    kept_words: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()

    @property
    def exact(self) -> tuple[str, ...]:
        """Return the keys of the whole query and of its parts."""
        return tuple(dict.fromkeys((*self.whole, *self.contained)))

    @property
    def has_part_number(self) -> bool:
        """Return whether a part of the query looks like a part number, whole or its start."""
        return any(_has_digit(key) for key in self.prefixes)

    @property
    def long_possible(self) -> tuple[str, ...]:
        """Return the possible keys that, beside other words that match, are surely meant."""
        long = (key for key in self.possible if len(key) >= _MIN_WHOLE_CHARS)
        return tuple(long) if self.rest else ()

    def naming(self, word: str) -> tuple[str, ...]:
        """Return the exact keys of which ``word``, in normal form, is a part."""
        return tuple(key for key in self.exact if word in key)


NO_IDENTIFIERS: Final = QueryIdentifiers()


def find_identifiers(
    text: str, is_known: IsKnown, is_indexed: IsKnown = lambda _word: False
) -> QueryIdentifiers:
    """Return the parts of ``text`` that may be identifiers.

    Letters alone are the start of an identifier only if no product has them as a word: where the
    index has the brand "Velmo", the query "velmo" means this brand, not the number ``VELMO-12``.

    :param is_known: returns whether a word is one of the catalogue or of the shop's language.
    :param is_indexed: returns whether a product of the live index contains a word.
    """
    words = _words(text)
    if not words:
        return NO_IDENTIFIERS
    whole = _whole(words)
    is_number = bool(whole) and whole[0].isdigit()
    graded = [] if is_number else _graded(words, is_known)
    sure = [word for word, grade in graded if grade is Likeness.SURE]
    spans = [] if is_number else [*_spans(words, is_known)]
    possible = [word for word, grade in graded if grade is Likeness.POSSIBLE]
    phrases = tuple(filter(None, (normalise(word) for word in sure if _has_digit(word))))
    possible += words if len(words) == 1 and not (whole or is_amount(words[0])) else []
    return QueryIdentifiers(
        whole=whole,
        contained=_keys(word for word in (*sure, *spans) if identifier_key(word) not in whole),
        prefixes=tuple(
            key
            for key, written in dict(_prefixes(words, sure, whole, is_known)).items()
            if _has_digit(key) or not _is_name(written, is_known, is_indexed)
        ),
        possible=tuple(key for key in _keys(possible) if key not in whole),
        rest=normalise(" ".join(word for word in words if word not in possible)),
        kept_words=frozenset(part for phrase in phrases for part in phrase.split()),
        phrases=phrases,
    )


def looks_like_identifier(text: str) -> bool:
    """Return whether ``text`` is an identifier and nothing else, so that it needs no codes.

    An identifier is a GTIN with a correct check digit (blanks and dashes allowed), a number of five
    digits or more, or one word of five characters or more that contains letters and at least three
    digits. A measure such as ``20000mah`` is not an identifier.
    """
    key, words = identifier_key(text), text.split()
    if not key or len(text) > MAX_IDENTIFIER_CHARS or len(words) > _MAX_SPAN:
        return False
    if _DIGITS.fullmatch(text) and is_gtin(key):
        return True
    if len(words) > 1 or len(key) < 5 or _is_quantity(text) or not _MODEL_NUMBER.fullmatch(text):
        return False
    return key.isdigit() or sum(char.isdigit() for char in key) >= _MIN_DIGITS


def _words(text: str) -> list[str]:
    """Return the words of a query, without the punctuation around them."""
    parts = (part.strip(_AROUND_WORDS) for part in _BETWEEN_WORDS.split(text))
    return [*islice(filter(identifier_key, parts), _MAX_WORDS)]


def _keys(candidates: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for word in candidates for key in identifier_keys(word)))


def _whole(words: list[str]) -> tuple[str, ...]:
    joined = "".join(words)
    key = identifier_key(joined)
    is_quantity = _is_quantity(joined) and not is_trade_number(key)
    if len(words) > _MAX_SPAN or is_quantity or len(key) < _MIN_WHOLE_CHARS:
        return ()
    return identifier_keys(joined)


def _is_quantity(written: str) -> bool:
    """Return whether a word is a size, a price or another amount; a bare number may be an id."""
    is_number = identifier_key(written).isdigit()
    return is_size(written) or is_amount(written) or (is_measure(written) and not is_number)


def _graded(words: list[str], is_known: IsKnown) -> list[tuple[str, Likeness]]:
    """Return each word with how surely it is a part number, without long words and amounts."""
    return [
        (word, likeness(word, is_known))
        for word, following in zip(words, [*words[1:], ""], strict=True)
        if len(word) <= MAX_IDENTIFIER_CHARS and not _is_amount(word, following)
    ]


def _is_amount(word: str, following: str) -> bool:
    key = identifier_key(word)
    return key.isdigit() and len(key) <= _MAX_UNIT_NUMBER_CHARS and is_unit(following)


def _spans(words: list[str], is_known: IsKnown) -> Iterator[str]:
    """Yield neighbouring words, joined, that are a part number only together."""
    for length in range(2, min(_MAX_SPAN, len(words) - 1) + 1):
        for start in range(len(words) - length + 1):
            span = words[start : start + length]
            following = words[start + length : start + length + 1]
            is_amount_before_unit = bool(following) and _is_amount(span[-1], following[0])
            if is_amount_before_unit or len("".join(span)) > MAX_IDENTIFIER_CHARS:
                continue
            if likeness_of_words(span, is_known) is Likeness.SURE:
                yield "".join(span)


def _prefixes(
    words: list[str], sure: list[str], whole: tuple[str, ...], is_known: IsKnown
) -> Iterator[tuple[str, str]]:
    """Yield the keys that may be the start of an identifier, each with what was written.

    Lucene rejects a query for a prefix of a thousand bytes.
    """
    for word in sure:
        key = identifier_key(word)
        is_new_word = len(words) == 1 and not is_joined(word)
        has_shape = _has_digit(word) or is_slug(word, is_known) or is_new_word
        if has_shape and len(key) >= _MIN_PREFIX_CHARS:
            yield key, word
    key = whole[0] if whole else ""
    digits = sum(char.isdigit() for char in key)
    if (
        len(words) == 1
        and len(key) == _MIN_WHOLE_CHARS
        and _MIN_DIGITS_OF_SHORT <= digits < len(key)
    ):
        yield key, words[0]
    if not _MIN_PREFIX_CHARS <= len(key) <= MAX_IDENTIFIER_CHARS:
        return
    is_sure = len(words) > 1 and likeness_of_words(words, is_known) is Likeness.SURE
    if is_sure or (key.isdigit() and len(key) >= _MIN_PREFIX_DIGITS):
        yield key, " ".join(words)


def _is_name(written: str, is_known: IsKnown, is_indexed: IsKnown) -> bool:
    """Return whether letters are a name, by their signs ("L.L.Bean") or because texts have it."""
    if _NAME_SIGN.search(written):
        return True
    words = _LETTERS.findall(written.casefold())
    return any(not is_known(word) and is_indexed(word) for word in words)


def _has_digit(word: str) -> bool:
    return any(char.isdigit() for char in word)
