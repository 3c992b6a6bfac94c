"""Other spellings of a word in the same language: "grey" and "gray", "Gefäß" and "Gefaess"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gram_es.settings import current_settings
from gram_es.text.languages import ENGLISH

# Sanitiser and sanitizer, customisable and customizable: more than any list has.
_ISE: Final = re.compile(
    r"(?<=[a-z]{2}[a-z]i)([sz])(?=(?:e|ed|er|ers|es|ing|able|ation|ations)$)", re.ASCII
)
_OTHER_SIGN: Final = {"s": "z", "z": "s"}
# How a language writes letters whose signs the normal form drops, without these signs: ä as ae.
# "Neuer" and "quer" have no ü.
_DIGRAPH_OF: Final = {
    "german": re.compile(r"(?<![aeoq])(?:ae|oe|ue)"),
    "swedish": re.compile(r"(?<![aeoq])(?:aa|ae|oe)"),
    "danish": re.compile(r"(?<![aeoq])(?:aa|oe)"),
    "norwegian": re.compile(r"(?<![aeoq])(?:aa|oe)"),
}


def english_variants(word: str) -> Iterator[str]:
    """Yield the British spellings of an American word and the American ones of a British word.

    Yield nothing if the shop's language is not English. Not every variant is a word.
    """
    if current_settings().language != ENGLISH:
        return
    from breame.spelling import get_american_spelling, get_british_spelling

    listed = dict.fromkeys((get_american_spelling(word), get_british_spelling(word)))
    yield from (variant for variant in listed if variant != word)
    if _ISE.search(word):
        yield _ISE.sub(lambda sign: _OTHER_SIGN[sign[1]], word)


def bare_spelling(word: str) -> str:
    """Return ``word`` without the letters that stand for a sign above or on another letter.

    German "gefaess" and "gefass", which is the normal form of "Gefäß", have the same bare spelling.
    In languages without such letters it is the word itself.
    """
    digraph = _DIGRAPH_OF.get(current_settings().language)
    return digraph.sub(lambda found: found[0][0], word) if digraph else word
