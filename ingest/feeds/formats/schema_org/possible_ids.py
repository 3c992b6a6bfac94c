"""The ids that a text may list which is not JSON, so that no product of it counts as missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from gram_es.records import MAX_ID_BYTES
from ingest.feeds.formats.lines import printable
from ingest.feeds.rows.records import InvalidRow

_MAX_IDS = 10_000
_BETWEEN_VALUES = re.compile(r"[\s,:;\[\]{}]+")
_QUOTE = "\0"


def rejected(line: int, reason: str, text: str, *, is_whole: bool) -> InvalidRow:
    """Return a rejected row that may have every value in its text as its id.

    :param is_whole: whether ``text`` is all of the row.
    """
    values = dict.fromkeys(islice(_values(text), _MAX_IDS + 1)) if is_whole else {}
    has_all = is_whole and len(values) <= _MAX_IDS
    ids = tuple(values) if has_all else ()
    return InvalidRow(line, reason, printable(text), possible_ids=ids, may_have_any_id=not has_all)


def _values(text: str) -> Iterator[str]:
    """Yield what is between quotation marks, and each word there and elsewhere.

    A missing quotation mark swaps the inside and the outside of all strings behind it.
    """
    seen: set[str] = set()
    plain = text.replace("&quot;", '"').replace("&amp;", "&")
    for part in plain.replace('\\"', _QUOTE).split('"'):
        written = part.replace(_QUOTE, '"').replace("\\/", "/").strip()
        for value in (written, *_BETWEEN_VALUES.split(written)):
            if value and value not in seen and len(value) <= MAX_ID_BYTES:
                seen.add(value)
                yield value
