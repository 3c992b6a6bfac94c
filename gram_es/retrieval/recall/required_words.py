"""What a relevant product contains of a query's words (no I/O)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gram_es.retrieval.recall.bodies import Body, any_of
from gram_es.text.units import join_units
from gram_es.text.words import stop_words

_ALL_REQUIRED: Final = 2  # of so many words, all are required
_REQUIRED_SHARE: Final = 0.75  # of more words
_COUNTS: Final = frozenset({"pack", "piece"})  # units that may precede their number
NO_NAMES: Final[Mapping[str, str]] = {}
_COUNT_SLOP: Final = 3  # matches "pack of 12" for "12 pack"


@dataclass(frozen=True, slots=True)
class RequiredWords:
    """What the text of a relevant product contains of one form of the query.

    ``measures`` are numbers with their units, such as ``18 volt``, which are all required.
    ``words`` are the other words, of which ``least`` are required. Stop words are in neither,
    unless the query has no other words.
    """

    measures: tuple[str, ...]
    words: tuple[str, ...]
    least: int


def required_words(form: str, phrases: Collection[str] = ()) -> RequiredWords:
    """Return what a relevant product contains of ``form``, a query in normal form.

    :param phrases: part numbers in normal form, such as ``bx 47``; each counts as one word.
    """
    units = tuple(dict.fromkeys(join_units(_join_phrases(form, phrases))))
    ignored = stop_words()
    content = [unit for unit in units if unit not in ignored] or units
    measures = tuple(unit for unit in content if " " in unit and unit not in phrases)
    words = tuple(unit for unit in content if unit not in measures)
    every = len(content) <= _ALL_REQUIRED
    least = len(content) if every else int(_REQUIRED_SHARE * len(content))
    return RequiredWords(measures, words, max(0, least - len(measures)))


def contains_words(required: RequiredWords, names: Mapping[str, str] = NO_NAMES) -> Body:
    """Return a filter for the products whose text contains what is required.

    :param names: names with signs, such as ``h&m``, by their words; see :func:`has_name`.
    """
    measures = [_has_measure(measure) for measure in required.measures]
    words = [
        has_name(word, names[word]) if word in names else _has_word(word) for word in required.words
    ]
    if not required.least:
        return {"bool": {"filter": measures}}
    enough: Body = {"bool": {"should": words, "minimum_should_match": required.least}}
    return {"bool": {"filter": [*measures, enough]}}


def has_name(word: str, name: str) -> Body:
    """Return a filter for the products with a name that is written with signs.

    The text has ``hm`` for the name "H&M" and also for the part number ``HM-0277``. A product has
    the name if its title or its brand contains it, or if nothing says that ``hm`` is the start of a
    part number.
    """
    part_number: list[Body] = [{"regexp": {"identifiers": f"{word}[0-9].*"}}]
    if "&" in name:
        part_number.append({"match": {"title": word}})
    no_part_number = {"bool": {"filter": [_has_word(word)], "must_not": part_number}}
    brands = [has_brand(brand) for brand in dict.fromkeys((name, word))]
    return any_of([{"match_phrase": {"title": name}}, *brands, no_part_number])


def has_brand(name: str) -> Body:
    """Return a filter for the products whose brand is ``name``, or begins with it and a blank."""
    return any_of(
        [
            {kind: {"brand": {"value": value, "case_insensitive": True}}}
            for kind, value in (("term", name), ("prefix", f"{name} "))
        ]
    )


def _join_phrases(form: str, phrases: Collection[str]) -> Iterator[str]:
    """Yield the words of ``form``, each phrase as one."""
    words = form.split()
    place = 0
    while place < len(words):
        lengths = (
            len(parts)
            for parts in map(str.split, phrases)
            if words[place : place + len(parts)] == parts
        )
        end = place + max((1, *lengths))
        yield " ".join(words[place:end])
        place = end


def _has_word(word: str) -> Body:
    """Return a filter for the products whose text contains a word, or a part number's words."""
    if " " in word:
        return {"match_phrase": {"text": word}}
    return {"match": {"text": {"query": word, "operator": "and"}}}


def _has_measure(measure: str) -> Body:
    """Return a filter for the products whose text contains a number with its unit."""
    slop = {"slop": _COUNT_SLOP} if measure.split()[-1] in _COUNTS else {}
    return {"match_phrase": {"text": {"query": measure, **slop}}}
