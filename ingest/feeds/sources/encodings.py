"""The encoding of a feed's text, read off its bytes."""

from __future__ import annotations

import codecs
import re

import cchardet
from charset_normalizer import from_bytes

UTF_8 = "utf-8"
LATIN = frozenset(
    ("cp1250", "cp1252", "cp1254", "cp1257", "iso8859-1", "iso8859-2", "iso8859-9", "iso8859-15")
)

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The encodings that exports are written in, by the detector's names, each with the Python codec
# that decodes the same letters and some more. It also guesses DOS and Mac ones, mostly wrongly.
_CODECS = {
    "ISO-8859-1": "cp1252",
    "ISO-8859-2": "iso8859-2",
    "ISO-8859-5": "iso8859-5",
    "ISO-8859-7": "iso8859-7",
    "ISO-8859-8": "cp1255",
    "ISO-8859-9": "cp1254",
    "ISO-8859-15": "iso8859-15",
    "KOI8-R": "koi8-r",
    "TIS-620": "cp874",
    **{f"WINDOWS-125{n}": f"cp125{n}" for n in range(9)},
}
_EAST_ASIAN = {
    "SHIFT_JIS": "cp932",
    "EUC-JP": "euc_jp",
    "GB18030": "gb18030",
    "GB2312": "gb18030",
    "BIG5": "big5",
    "UHC": "cp949",
    "EUC-KR": "cp949",
}
# Codecs that have letters where those of ISO have control characters.
_WINDOWS = {"iso8859-2": "cp1250", "iso8859-5": "cp1251", "iso8859-7": "cp1253"}
_C1 = re.compile("[\x80-\x9f]")
_WESTERN = "cp1252"
_SAME_SIGNS = (_WESTERN, "cp1254", "iso8859-15")
_SIGN_IN_WORD = re.compile(r"[^\W\d_][¡-¶¸-¿][^\W\d_]|£[^\W\d_]")  # a letter in another one
_EURO_BEFORE_1999 = b"\xa4"  # the sign of no currency, which nobody uses
_WITH_EURO = {_WESTERN: "iso8859-15"}
_LATIN = (_WESTERN, "cp1250", "cp1254", "cp1257")
_NOT_ASCII = bytes(range(0x80, 0x100))
_PUNCTUATION = "€‚„…‘’“”•–—™".encode(_WESTERN)
_COMMON = bytes(range(0x80)) + bytes(
    byte
    for byte in _NOT_ASCII
    if byte in _PUNCTUATION
    or (byte >= 0xA0 and len({bytes([byte]).decode(codec, "replace") for codec in _LATIN}) == 1)
)
_WORD = re.compile(rb"[A-Za-z\xc0-\xff]+")
_PUNCTUATION_IN_WORD = re.compile(rb"[A-Za-z][\x80\x82\x84\x85\x93-\x97\x99][A-Za-z]")  # DOS
_JAPANESE_MAIL = "iso2022_jp"
_JAPANESE_ESCAPE = re.compile(rb"\x1b\$[@B]")
_WIDE_SAMPLE_BYTES = 64
_MIN_CONFIDENCE = 0.65  # measured: every right guess on short lists of titles is above 0.69
_SAME_CHAOS, _SURE_CHAOS = 0.02, 0.1  # of charset-normalizer, from 0 to 1
# How Python names the encodings of pages; its other ones unpack, escape, or fail.
_OF_PAGES = (
    *("ascii", "big5", "cp", "euc", "gb", "hz", "iso2022_jp", "iso8859", "johab", "koi8", "mac"),
    *("shift_jis", "tis"),
)
_DECLARED = re.compile(
    rb"""<meta[^<>]{0,200}?charset\s*+=\s*+["']?\s*+([\w.:-]{2,40})""", re.IGNORECASE
)


def unicode_encoding(head: bytes) -> str | None:
    """Return the Unicode encoding that a byte order mark or the zero bytes show, or ``None``."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    sample = head[:_WIDE_SAMPLE_BYTES]
    even, odd = sample[::2], sample[1::2]
    if all(even) and odd.count(0) * 2 > len(odd):
        return "utf-16-le"
    if all(odd) and even.count(0) * 2 > len(even):
        return "utf-16-be"
    return None


def declared_encoding(head: bytes) -> str | None:
    """Return the encoding that an HTML page declares, if it is one of pages that Python has."""
    match = _DECLARED.search(head[:4096])
    try:
        name = codecs.lookup(match[1].decode()).name if match else UTF_8
    except LookupError:
        return None
    if name.startswith("utf"):  # as the page could be read so far, it is none of the others
        return UTF_8
    if not name.startswith(_OF_PAGES):
        return None
    return {"iso8859-1": "cp1252", "ascii": "cp1252"}.get(name, name)  # as browsers read them


def legacy_encoding(sample: bytes) -> str | None:
    """Return the encoding of a text with characters outside ASCII, or ``None`` if it is unclear.

    :param sample: lines with characters outside ASCII, or with the escapes of Japanese mail.
    """
    return _JAPANESE_MAIL if has_japanese_escapes(sample) else _encoding_of_letters(sample)


def has_japanese_escapes(text: bytes) -> bool:
    """Return whether a text is ASCII whose escapes switch to Japanese, as in ISO-2022-JP."""
    return _JAPANESE_ESCAPE.search(text) is not None


def _encoding_of_letters(sample: bytes) -> str | None:
    """Return an encoding by its letters; UTF-8 if most lines outside ASCII are."""
    lines = sample.splitlines()
    others = [line for line in lines if not is_utf_8(line)]
    if 2 * len(others) <= len(lines) - sum(map(bytes.isascii, lines)):
        return UTF_8
    sample = b"\n".join(line for line in lines if line.isascii() or not is_utf_8(line))
    guess = cchardet.detect(sample)
    name = (guess["encoding"] or "").upper()
    is_sure = (guess["confidence"] or 0) >= _MIN_CONFIDENCE
    if is_sure and name in _EAST_ASIAN:
        return _east_asian(sample, _EAST_ASIAN[name])
    codec = _CODECS.get(name) if is_sure else None
    if codec is None and has_common_letters(sample):
        codec = _WESTERN
    if codec in _WITH_EURO and _EURO_BEFORE_1999 in sample:
        return _WITH_EURO[codec]
    if codec in _SAME_SIGNS and _SIGN_IN_WORD.search(sample.decode(codec, "replace")):
        return None
    if codec in _WINDOWS and _C1.search(sample.decode(codec, "replace")):
        return _WINDOWS[codec]
    return codec


def has_common_letters(text: bytes) -> bool:
    """Return whether Latin encodings have the same letters for all bytes outside ASCII.

    So is German, and most of what has only a few letters outside ASCII. In each word they are fewer
    than the other letters, unlike in languages with other scripts.
    """
    if text.translate(None, _COMMON) or _PUNCTUATION_IN_WORD.search(text):
        return False
    words = (word for word in _WORD.findall(text) if not word.isascii())
    return all(2 * len(word.translate(None, _NOT_ASCII)) >= len(word) for word in words)


def _east_asian(sample: bytes, guess: str) -> str | None:
    """Return the encoding of an East Asian text if a second detector agrees or is very sure."""
    codecs_left = sorted(set(_EAST_ASIAN.values()))
    chaos = {match.encoding: match.chaos for match in from_bytes(sample, cp_isolation=codecs_left)}
    if not chaos:
        return None
    best = min(chaos, key=lambda codec: chaos[codec])
    if chaos.get(guess, 1.0) <= chaos[best] + _SAME_CHAOS:
        return guess
    is_sure = all(other >= chaos[best] + _SURE_CHAOS for c, other in chaos.items() if c != best)
    return best if is_sure else None


def is_utf_8(line: bytes) -> bool:
    """Return whether bytes are valid UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
