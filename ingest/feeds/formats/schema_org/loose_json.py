"""JSON as shops write it into pages: in CDATA, with comments, stray commas or HTML entities.

Text that is JSON is never changed. All else is cleaned in one pass, whose time is linear in the
length of the text, and is then read as JSON; what is unsound inside stays an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

# Each alternative matches where it begins, so that no text is scanned twice. A string or a comment
# that is never closed extends to the end of the text.
_TOKEN = re.compile(
    r"""
    (?P<string>"(?:[^"\\]|\\.)*+"?)
    | (?P<comment>/\*(?:[^*]|\*(?!/))*+(?:\*/)?)
    | (?P<slashes>//[ \t]*+(?=<!--|-->|<!\[CDATA\[|<!\]\]>|\]\]>))
    | (?P<line_comment>//[^\r\n]*+)
    | (?P<markup><!--)
    | (?P<marker>-->|<!\[CDATA\[|<!\]\]>|\]\]>|<script\b[^<>]*+>|</?(?:p|br|div|span)\b[^<>]*+>)
    | (?P<comma>,)
    | (?P<blank>[\s;\ufeff\u200b-\u200d\u2060]++)
    | (?P<value>[^\s"/<>,;\-\]{}\[:]++|.)
    """,
    re.DOTALL | re.VERBOSE,
)
_JSON = re.compile(  # linear because it is tried behind <!-- and --> alone, which it does not pass
    r"(?:\s|//|<!\[CDATA\[|/\*[^*]*+\*/)*+[\[{]"
)
_ESCAPED_START = re.compile(r"\s*+[\[{][\s\[{]*+&(?:quot|#34|#x22);", re.IGNORECASE)
_ODD_ESCAPE = re.compile(r"\\(?:'|\r?\n|([^\r\n]))", re.DOTALL)
_SEPARATORS = re.compile(r"[\s,]*+")
_OPENING, _CLOSING = ("", "[", "{"), ("]", "}")
_DECODER = json.JSONDecoder(strict=False)


def parse_json(text: str) -> list[Any]:
    """Return the JSON values in a text; a text of blanks and comments has none.

    :raises ValueError: if the text is not JSON even when it is cleaned; ``lineno`` and ``colno`` of
        a :class:`json.JSONDecodeError` are those of the text as written.
    :raises RecursionError: if the JSON is nested too deeply.
    """
    if not text.strip():
        return []
    try:
        return [_DECODER.decode(text)]
    except json.JSONDecodeError as error:
        as_written = error
    if _ESCAPED_START.match(text):
        text = unescape(text)
    try:
        return list(_values("".join(_clean(text))))
    except json.JSONDecodeError:
        raise as_written from None


def _values(text: str) -> Iterator[Any]:
    position = _skip_separators(text, 0)
    while position < len(text):
        value, position = _DECODER.raw_decode(text, position)
        yield value
        position = _skip_separators(text, position)


def _skip_separators(text: str, position: int) -> int:
    match = _SEPARATORS.match(text, position)
    return match.end() if match else position


def _clean(text: str) -> Iterator[str]:
    """Yield the pieces of a text without comments, wrappers and stray commas."""
    comma = last = ""
    position = 0
    while match := _TOKEN.match(text, position):
        position, kind, written = match.end(), match.lastgroup, match[0]
        if kind == "markup":
            end = _end_of_comment(text, position)
            is_wrapper = _JSON.match(text, position) and not _JSON.match(text, end)
            if last or not is_wrapper:
                position = end
        elif kind == "comma":
            comma = "" if last in _OPENING else ","
        elif kind in ("string", "value"):
            if written not in _CLOSING:
                yield comma
            comma, last = "", written
            yield _with_sound_escapes(written) if kind == "string" else written
        else:
            yield " "


def _end_of_comment(text: str, position: int) -> int:
    end = text.find("-->", position)
    return len(text) if end < 0 else end + len("-->")


def _with_sound_escapes(string: str) -> str:
    r"""Return a JSON string with ``\'`` as an apostrophe and without escaped line breaks."""
    if "\\" not in string:
        return string
    return _ODD_ESCAPE.sub(
        lambda match: match[0] if match[1] else "'" if match[0] == r"\'" else "", string
    )
