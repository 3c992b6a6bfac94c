"""The words of the shop's language and how common they are, by the word lists of wordfreq."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final
from unicodedata import category

from gram_es.settings import current_settings
from gram_es.text.normalise import fold

COMMON: Final = 3.0
"""The least Zipf value of a common word: 1 in a million words.

Above it are ``mallet`` (3.00) and ``drapes``; below it are nearly all frequent misspellings, such
as ``definately`` (2.87), ``recieve`` (2.75), ``matress`` (1.72) and ``burgandy`` (1.54).
"""
RARE: Final = 2.0
"""The Zipf value below which a listed word is as likely to be a misspelling as a rare word."""
LEAST: Final = 1.5
"""The least Zipf value that is stored; it is that of 200,000 English words, which take 20 MB."""
_ZIPF_OF_FIRST: Final = 9.0  # the lists are grouped by the frequency's distance from 1, in centibel
_CENTIBELS: Final = 100.0
_CODE_OF: Final = {
    "arabic": "ar",
    "bulgarian": "bg",
    "catalan": "ca",
    "czech": "cs",
    "danish": "da",
    "dutch": "nl",
    "english": "en",
    "finnish": "fi",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hebrew": "he",
    "hindi": "hi",
    "hungarian": "hu",
    "indonesian": "id",
    "italian": "it",
    "korean": "ko",
    "lithuanian": "lt",
    "norwegian": "nb",
    "persian": "fa",
    "polish": "pl",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "serbian": "sh",
    "slovak": "sk",
    "spanish": "es",
    "swedish": "sv",
    "tamil": "ta",
    "turkish": "tr",
    "ukrainian": "uk",
    "vietnamese": "vi",
}


def language_words() -> Mapping[str, float]:
    """Return the words of the shop's language in normal form, each with its Zipf value.

    The Zipf value is the decimal logarithm of the frequency in a billion words. Words below
    :data:`LEAST` are left out. The result is empty for a language without a word list.
    """
    return _words(current_settings().language)


def is_language_word(word: str) -> bool:
    """Return whether the shop's language has ``word``; true if the language has no word list."""
    words = language_words()
    return not words or fold(word) in words


@cache
def _words(language: str) -> Mapping[str, float]:
    code = _CODE_OF.get(language)
    if code is None:
        return {}
    from wordfreq import get_frequency_list  # takes a tenth of a second to import

    words: dict[str, float] = {}
    for centibels, group in enumerate(get_frequency_list(code, "best")):
        zipf = _ZIPF_OF_FIRST - centibels / _CENTIBELS
        if zipf < LEAST:
            break
        for word in group:
            folded = fold(word).replace("'", "")
            if all(category(character)[0] in "LM" for character in folded):  # not "ph.d", "20th"
                words.setdefault(folded, zipf)
    get_frequency_list.cache_clear()  # the whole list would stay in memory
    return words
