"""The encoding of a feed's text, read off its bytes."""

from __future__ import annotations

import codecs
import re

import cchardet

UTF_8 = "utf-8"

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Names of the detector, each with a Python codec that decodes the same letters and some more.
_CODECS = {
    "ISO-8859-1": "cp1252",
    "WINDOWS-1252": "cp1252",
    "ISO-8859-9": "cp1254",
    "SHIFT_JIS": "cp932",
    "UHC": "cp949",
    "EUC-KR": "cp949",
    "GB2312": "gb18030",
}
# What Windows writes in bytes that ISO leaves to control characters.
_WINDOWS = {"iso8859-2": "cp1250", "iso8859-5": "cp1251", "iso8859-7": "cp1253"}
_C1 = re.compile("[\x80-\x9f]")
_WIDE_SAMPLE_BYTES = 64
_MIN_CONFIDENCE = 0.65  # measured: every right guess on short lists of titles is above 0.69
_DECLARED = re.compile(
    rb"""<meta[^<>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)


def unicode_encoding(head: bytes) -> str | None:
    """Return the Unicode encoding that a byte order mark or the zero bytes show, or ``None``."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    sample = head[:_WIDE_SAMPLE_BYTES]
    even, odd = sample[::2], sample[1::2]
    if len(odd) > 1 and all(odd) != all(even):
        if not any(odd):
            return "utf-16-le"
        if not any(even):
            return "utf-16-be"
    return None


def declared_encoding(head: bytes) -> str | None:
    """Return the encoding that an HTML page declares, if it is one that Python has."""
    match = _DECLARED.search(head[:4096])
    try:
        name = codecs.lookup(match[1].decode()).name if match else UTF_8
    except LookupError:
        return None
    return {"iso8859-1": "cp1252", "ascii": "cp1252"}.get(name, name)  # as browsers read them


def legacy_encoding(sample: bytes) -> str | None:
    """Return the encoding of a text with characters outside ASCII, or ``None`` if it is unclear.

    :param sample: whole lines. It is UTF-8 if most of its lines outside ASCII are.
    """
    lines = [line for line in sample.splitlines() if not line.isascii()]
    if sum(map(_is_utf_8, lines)) * 2 >= len(lines):
        return UTF_8
    guess = cchardet.detect(sample)
    if not guess["encoding"] or (guess["confidence"] or 0) < _MIN_CONFIDENCE:
        return None
    name = guess["encoding"].upper()
    try:
        codec = codecs.lookup(_CODECS.get(name, name)).name
        return _WINDOWS.get(codec, codec) if _C1.search(sample.decode(codec, "replace")) else codec
    except LookupError:
        return None


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
