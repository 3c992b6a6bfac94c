"""One JSON object of a feed: decoded, or rejected with one clear reason."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, islice

from ingest.feeds.formats.json.variants import with_variants
from ingest.feeds.formats.lines import printable
from ingest.feeds.rows.ids import is_undecodable
from ingest.feeds.rows.product_fields import row_from_object
from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.rows.values import ExponentialNumber, as_text

_MAX_DEPTH = 64
_MAX_DIGITS = 300  # a larger integer is no float
_MAX_IDS = 2_000
# The end is optional, so that a string without one is not searched again from each of its marks.
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*+)"?')
_WORD = re.compile(r"[^\s\"'<>,;|{}\[\]:]+")
_WRAPPERS = ("_source", "node", "product", "item")


class JsonDecoder:
    """Decodes objects; ``fault`` is the reason why the last one is no row, or empty.

    A value that is no JSON, or that loses something, is a fault of its object alone.
    """

    def __init__(self) -> None:
        self.fault = ""
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_float=self._float,
            parse_int=self._int,
        )

    def decode(self, text: str, position: int = 0) -> tuple[object, int]:
        """Return the value that starts at a position, and the position behind it.

        :raises ValueError: if it is no JSON, or nested too deeply to be decoded.
        """
        self.fault = ""
        try:
            value, end = self._decoder.raw_decode(text, position)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        is_suspect = text.count("{", position, end) + text.count("[", position, end) > _MAX_DEPTH
        if is_suspect and _is_deep(value):
            self.fault = f"nested deeper than {_MAX_DEPTH} levels"
        return value, end

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated = next(name for name, count in counts.items() if count > 1)
            self.fault = f"the key {repeated[:60]!r} occurs twice in one object"
        return members

    def _constant(self, name: str) -> None:
        self.fault = f"not JSON: {name} is not a JSON number"

    def _float(self, text: str) -> float:
        number = ExponentialNumber(text) if "e" in text or "E" in text else float(text)
        if not math.isfinite(number):
            self.fault = f"the number {text[:60]} is too large"
        return number

    def _int(self, text: str) -> int:
        if len(text) > _MAX_DIGITS:
            self.fault = f"the number {text[:20]}... has {len(text):,} digits; quote it as a text"
            return 0
        return int(text)


def reason_of(error: ValueError) -> str:
    """Return the reason to reject a text that :meth:`JsonDecoder.decode` cannot decode."""
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {json_fault(error)} at column {error.colno}"
    return f"not JSON: {error}"


def json_fault(error: json.JSONDecodeError) -> str:
    """Return what is wrong with a JSON text, without the place."""
    return error.msg.lower().removesuffix(" at")


def json_rows(line: int, document: object, text: str) -> Iterator[RawRow | InvalidRow]:
    """Yield the row of a decoded document, or of the one that it wraps, or of its variants.

    :param text: the document as written.
    """
    if not isinstance(document, dict):
        yield rejected(line, "it is not a JSON object", text)
        return
    for product in with_variants(_unwrapped(document)):
        yield row_from_object(line, product, printable(text))


def rejected(line: int, reason: str, text: str, *, is_whole: bool = True) -> InvalidRow:
    """Return a rejected row that lists every value in its text as an id that it may have.

    :param is_whole: whether ``text`` is all of the row.
    """
    ids = dict.fromkeys(islice(_ids_in(text), _MAX_IDS + 1))
    return InvalidRow(
        line,
        reason,
        printable(text),
        possible_ids=tuple(ids)[:_MAX_IDS],
        may_have_any_id=(
            not is_whole
            or len(ids) > _MAX_IDS
            or (is_undecodable(text) and not _has_sound_id(text))
        ),
    )


def _has_sound_id(text: str) -> bool:
    """Return whether a document with bytes that are not UTF-8 has none of them in its id."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    product_id = _unwrapped(document).get("id") if isinstance(document, dict) else None
    return product_id is not None and not is_undecodable(str(product_id))


def _unwrapped(document: Mapping[str, object]) -> Mapping[str, object]:
    """Return the object that a list's entry wraps: ``{"node": {...}}``, or a hit of a search."""
    if "title" in document:
        return document
    for name in _WRAPPERS:
        inner = document.get(name)
        if isinstance(inner, dict):
            outer = {"id": document["_id"]} if "_id" in document else {}
            return {**outer, **inner}
    return document


def _ids_in(text: str) -> Iterator[str]:
    """Yield each string and number of a text once; where quotes are wrong, its words too."""
    seen: set[str] = set()
    strings = (as_text(_unescaped(match[1])) for match in _STRING.finditer(text))
    words = (match[0] for match in _WORD.finditer(text))
    for found in chain(strings, words):
        if found and found not in seen:
            seen.add(found)
            yield found


def _unescaped(written: str) -> str:
    try:
        return str(json.loads(f'"{written}"')) if "\\" in written else written
    except ValueError:
        return written


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        inner: list[object] = []
        for part in level:
            if isinstance(part, dict):
                inner += part.values()
            elif isinstance(part, list):
                inner += part
        level = inner
        if not level:
            return False
    return True
