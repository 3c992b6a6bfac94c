"""NDJSON: one product per line, or the action and document lines of Elasticsearch's ``_bulk``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BufferedIOBase

from ingest.feeds.formats.json.object import JsonDecoder, json_rows, reason_of, rejected
from ingest.feeds.formats.lines import Line, read_lines
from ingest.feeds.rows.records import InvalidRow, RawRow

NAME = "NDJSON"

_BEFORE = b" \t\r\n\x0b\x0c\x1e"

_ACTIONS = frozenset({"index", "create"})
_OTHER_ACTIONS = frozenset({"update", "delete"})


def recognises(head: bytes) -> bool:
    """Return whether one of the first 20 lines starts with ``{``."""
    return any(line.lstrip(_BEFORE).startswith(b"{") for line in head.splitlines()[:20])


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each line that is neither blank nor an action line.

    If a document has no ``id``, its id is the ``_id`` of the action line before it.
    """
    action: Mapping[str, object] | None = None
    decoder = JsonDecoder()
    for line in read_lines(stream):
        if not line.text.strip() and not line.fault:
            continue
        document = _document(decoder, line)
        if isinstance(document, InvalidRow):
            yield document
        elif action is None and (name := _action(document)) is not None:
            if name in _ACTIONS:
                inner = document[name]
                action = inner if isinstance(inner, Mapping) else {}
                continue
            yield rejected(
                line.number, f"the action {name!r} is not supported in a feed", line.text
            )
        else:
            if action is not None and "_id" in action:
                document = {"id": action["_id"], **document}
            yield from json_rows(line.number, document, line.text)
        action = None


def _document(decoder: JsonDecoder, line: Line) -> dict[str, object] | InvalidRow:
    # The comma is of a list without its brackets, the separator of RFC 7464.
    text = line.text.strip().removeprefix("\x1e").removesuffix(",")
    reason = line.fault
    if not reason:
        try:
            document, end = decoder.decode(text)
        except ValueError as error:
            reason = reason_of(error)
        else:
            reason = decoder.fault or _fault_of(document, text[end:])
            if not reason:
                assert isinstance(document, dict)
                return document
    return rejected(line.number, reason, line.text, is_whole=not line.is_truncated)


def _fault_of(document: object, rest: str) -> str:
    if rest.strip():
        return "not JSON: extra data behind the object"
    return "" if isinstance(document, dict) else "the line is not a JSON object"


def _action(document: Mapping[str, object]) -> str | None:
    if len(document) != 1:
        return None
    name = next(iter(document))
    is_action = name in _ACTIONS or name in _OTHER_ACTIONS
    return name if is_action and isinstance(document[name], Mapping) else None
