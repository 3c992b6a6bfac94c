"""Convert queries and products to one normal form.

The normal form has no case, no punctuation and no accents on Latin and Greek letters. Letters are
separated from digits (``dv7`` → ``dv 7``), and fractions become decimals (``half inch`` → ``0.5
inch``). Names that need their signs are one word: ``AT&T`` → ``att``, ``M.A.C`` → ``mac``, ``C++``
→ ``cplusplus``, ``C#`` → ``csharp``, ``.NET`` → ``dotnet``, ``3-in-1`` → ``3in1``, ``Cat. 6A`` →
``cat6a``. Each unit has one name (``18V``, ``18 volts`` → ``18 volt``). Amounts below one litre,
kilogram or terabyte use the smaller unit (``0.5 l`` → ``500 ml``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import regex

from gram_es.text.unicode_form import unicode_form
from gram_es.text.units import UNIT_WORDS, as_decimal, name_units

MAX_TEXT_CHARS: Final = 512  # the longest query that is accepted
MAX_ASKED_CHARS: Final = 80  # the longest query that a language model is asked about

_REPLACED_CHARACTERS = str.maketrans(
    {
        "×": "x",
        "⁄": "/",
        "∕": "/",
        "’": "'",
        "‘": "'",
        "`": "'",
        "´": "'",
        "″": '"',
        "“": '"',
        "”": '"',
        "′": "'",
        "°": " degree ",
        "®": " ",
        "™": " ",
        "©": " ",
        "_": " ",
        "\u00ad": None,  # a soft hyphen
        "\u200d": None,  # a zero-width joiner, which only shapes letters
        **dict(zip("ıłŁøØđĐ", "ilLoOdD", strict=True)),  # letters that NFKD does not decompose
        **dict(zip("æÆœŒ", ("ae", "AE", "oe", "OE"), strict=True)),
    }
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DECIMAL_COMMA = re.compile(r"(?<![\d,])(\d+),(?=\d+(?![\d,]))")
_INCH_SIGN = re.compile(r"(?<=\d)\s?(?:\"|'')")
_FOOT_SIGN = re.compile(r"(?<=\d)\s?'(?!\w)")
# "20A", but not "cat6a"; a lone "a" is an article or a paper size
_AMP_SIGN = re.compile(r"(?<=\d)(?<!cat\d)a\b")
_SQUARE = re.compile(r"\b(sq|cu)\b\.?\s*(?=ft\b|feet\b|foot\b|in\b|inch|yd\b|yard)")
_MIXED = re.compile(r"(?<![\d.])(\d{1,6})(?:\s*-\s*|\s+)([1-9]\d?)/([1-9]\d?)(?![\d/])")
_FRACTION = re.compile(r"(?<![\d./])([1-9]\d?)/([1-9]\d?)(?![\d/])")
_UNIT_NAMES = "|".join(sorted(form for form in UNIT_WORDS if len(form) > 2))
_FRACTION_IN_WORDS = re.compile(rf"\b(half|quarter)[\s-]+(?:an?[\s-]+)?(?=(?:{_UNIT_NAMES})\b)")
_DECIMAL_OF_WORD = {"half": "0.5 ", "quarter": "0.25 "}
_TIMES = re.compile(r"(?<=\d)\s*x\s*(?=\d)|(?<=inch|foot)\s*x\s*(?=\d)")
# Other scripts keep their marks, because й is not и, and marks are vowels in Devanagari.
_ACCENT = re.compile(
    r"(?<=[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0300-\u036f])[\u0300-\u036f]|(?<=[еЕ])\u0308"
)
# Vowel points of Hebrew and Arabic, which shops omit; signs that stretch a word, enclose a
# character or select its color.
_POINT = re.compile(
    r"[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    r"\u20dd-\u20e4\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# The class of a network cable is one word: "a" alone would be a stop word.
_CABLE_CLASS = re.compile(r"\b[ck]at(?:egory|egorie)?[ .-]{0,2}(\d)([ae])\b")
_TOKEN = regex.compile(r"\d{1,3}in1\b|cat\d[ae]\b|\d+(?:\.\d+)?|[\p{L}\p{Nl}][\p{L}\p{Nl}\p{M}]*")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=s\b|t\b|re\b|ll\b)")
_LETTER = r"[^\W\d_]"
# "AT&T", "M&M's" and an initial "H & M" are names; "oil&gas" and "vitamin A & D" are two words each
_AMPERSAND = re.compile(
    rf"(?<!\w)(?:{_LETTER}{{1,3}}&{_LETTER}(?:&{_LETTER})?(?:'?s)?|{_LETTER}&{_LETTER}{{1,3}}"
    rf"|^(?:{_LETTER}{{1,2}} & {_LETTER}|{_LETTER} & {_LETTER}{{2}}))(?!\w|\.\w| ?&)"
)
# "M.A.C", "A.P.C." and "L.L.Bean", but neither "St. John" nor "s.Oliver"
_INITIALS = re.compile(rf"(?<![\w.])(?:{_LETTER}\.){{1,8}}{_LETTER}(?!\w)\.?")
_INITIALS_OF_NAME = re.compile(rf"(?<![\w.])(?:{_LETTER}\.){{2,8}}(?={_LETTER}{{2}})")
_PLUSES = re.compile(rf"(?<![\w+])({_LETTER})(\+{{2,3}})(?![\w+])")
_SHARP = re.compile(rf"(?<!\w)({_LETTER})#(?!\w)")
_DOTNET = re.compile(r"(?<![\w.])(asp|vb|ado|ml)?\.net\b(?!\.\w)")
_N_IN_ONE = re.compile(
    r"(?<![\w.,/])(\d{1,3})(?:-| )?in(?:-| )?(?:1|one)\b"
    r"(?![./\"'-]| ?(?:\d|(?:in|inch|inches|ft|foot|feet)\b))"
)
_SHORT_TEXT_CHARS = 200


def clean_text(text: str) -> str:
    """Replace control characters and lone surrogates in ``text`` by blanks.

    Then collapse each run of blanks to one, and remove blanks at both ends.
    """
    printable = (" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    return " ".join("".join(printable).split())


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents, ligatures and typographic variants."""
    if text.isascii():
        return text.translate(_REPLACED_CHARACTERS).lower()
    # Fractions such as ½ decompose to "1⁄2": without a blank "1½" would become eleven halves.
    spaced = "".join(f" {c}" if unicodedata.category(c) == "No" else c for c in text)
    decomposed = unicode_form("NFKD", spaced.translate(_REPLACED_CHARACTERS))
    decomposed = decomposed.translate(_REPLACED_CHARACTERS)
    bare = _ACCENT.sub("", _POINT.sub("", decomposed))
    return unicode_form("NFC", bare).casefold()


def _join_names(text: str) -> str:
    """Return folded ``text`` in which each name that needs its signs is one word of letters."""
    if "&" in text:
        text = _AMPERSAND.sub(lambda name: _without_signs(name[0]), text)
        text = text.replace("&", " and ")
    if "." in text:
        text = _DOTNET.sub(lambda name: f"{name[1] or ''} dotnet", text)
        text = _INITIALS.sub(lambda name: f"{name[0].replace('.', '')} ", text)
        text = _INITIALS_OF_NAME.sub(lambda name: f"{name[0].replace('.', '')} ", text)
    text = _PLUSES.sub(lambda name: name[1] + len(name[2]) * "plus", text)
    text = _SHARP.sub(r"\1sharp", text)
    text = _CABLE_CLASS.sub(r"cat\1\2", text)
    return _N_IN_ONE.sub(r"\1in1", text)


def _without_signs(name: str) -> str:
    return re.sub(r"[&.' ]", "", name)


def names_with_signs(text: str) -> dict[str, str]:
    """Return the names in ``text`` that have an ampersand or dots, by their words in normal form.

    "H&M hoodie" has the name ``h&m``, whose word is ``hm``.
    """
    folded = fold(text) if "&" in text or "." in text else ""
    names = (match[0] for pattern in (_AMPERSAND, _INITIALS) for match in pattern.finditer(folded))
    return {_without_signs(name): name.rstrip(".") for name in names}


def _mixed_to_decimal(match: re.Match[str]) -> str:
    whole, numerator, denominator = (int(group) for group in match.groups())
    if numerator >= denominator:
        return match.group()
    return as_decimal(whole + numerator / denominator)


def _fraction_to_decimal(match: re.Match[str]) -> str:
    numerator, denominator = (int(group) for group in match.groups())
    return as_decimal(numerator / denominator) if numerator < denominator else match.group()


def is_word(token: str) -> bool:
    """Return whether a token of a normal form is a word rather than a number; ``3in1`` is one."""
    return not token[:1].isdecimal() or token.endswith("in1")


def normalise(text: str) -> str:
    """Return ``text`` in normal form: words and numbers separated by single blanks.

    The result is empty if ``text`` contains neither words nor numbers.
    """
    is_short = len(text) <= _SHORT_TEXT_CHARS
    return _normalise_short(text) if is_short else _normalise_long(text)


def _normalise(text: str) -> str:
    text = _join_names(fold(text))
    text = _DECIMAL_COMMA.sub(r"\1.", _THOUSANDS.sub("", text))
    text = _INCH_SIGN.sub(" inch ", text)
    text = _FOOT_SIGN.sub(" foot ", text)
    text = _AMP_SIGN.sub(" amp ", text)
    text = _FRACTION.sub(_fraction_to_decimal, _MIXED.sub(_mixed_to_decimal, text))
    text = _FRACTION_IN_WORDS.sub(lambda match: _DECIMAL_OF_WORD[match[1]], text)
    text = _TIMES.sub(" x ", text)
    text = _SQUARE.sub(r"\1 ", text)
    text = _APOSTROPHE.sub("", text)
    tokens = [t.lstrip("0") or "0" if t.isdecimal() else t for t in _TOKEN.findall(text)]
    return " ".join(name_units(tokens))


_normalise_short = lru_cache(maxsize=65_536)(_normalise)
_normalise_long = lru_cache(maxsize=2_048)(_normalise)  # the descriptions of a batch or two
