"""NDJSON: one product per line, or the action and document lines of Elasticsearch's ``_bulk``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from io import BufferedIOBase

from ingest.feeds.formats.lines import Line, read_lines
from ingest.feeds.rows.product_fields import row_from_object
from ingest.feeds.rows.records import InvalidRow, RawRow

NAME = "NDJSON"

_ACTIONS = frozenset({"index", "create"})
_OTHER_ACTIONS = frozenset({"update", "delete"})


def recognises(head: bytes) -> bool:
    """Return whether one of the first 20 lines starts with ``{``."""
    return any(line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{") for line in head.splitlines()[:20])


def read(stream: BufferedIOBase) -> Iterator[RawRow | InvalidRow]:
    """Yield a row for each line that is neither blank nor an action line.

    If a document has no ``id``, its id is the ``_id`` of the action line before it.
    """
    action: Mapping[str, object] | None = None
    for line in read_lines(stream):
        if not line.text.strip() and not line.fault:
            continue
        document = _object(line)
        if isinstance(document, InvalidRow):
            yield document
        elif action is None and (name := _action(document)) is not None:
            if name in _ACTIONS:
                inner = document[name]
                action = inner if isinstance(inner, Mapping) else {}
                continue
            yield InvalidRow(
                line.number, f"the action {name!r} is not supported in a feed", line.excerpt
            )
        else:
            yield _row(line, document, action)
        action = None


def _object(line: Line) -> dict[str, object] | InvalidRow:
    if line.fault:
        return InvalidRow(line.number, line.fault, line.excerpt)
    try:
        document = json.loads(line.text.rstrip(), parse_constant=_reject_constant)
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg.lower()} at column {error.colno}"
        return InvalidRow(line.number, reason, line.excerpt)
    except RecursionError:
        return InvalidRow(line.number, "not JSON: nested too deeply", line.excerpt)
    except ValueError as error:
        return InvalidRow(line.number, f"not JSON: {error}", line.excerpt)
    if not isinstance(document, dict):
        return InvalidRow(line.number, "the line is not a JSON object", line.excerpt)
    return document


def _reject_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _action(document: Mapping[str, object]) -> str | None:
    if len(document) != 1:
        return None
    name = next(iter(document))
    is_action = name in _ACTIONS or name in _OTHER_ACTIONS
    return name if is_action and isinstance(document[name], Mapping) else None


def _row(line: Line, document: Mapping[str, object], action: Mapping[str, object] | None) -> RawRow:
    if action is not None and "_id" in action:
        document = {"id": action["_id"], **document}
    return row_from_object(line.number, document, line.excerpt)
