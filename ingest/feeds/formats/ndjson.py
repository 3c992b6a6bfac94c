"""NDJSON: one product object a line, or the action pairs of Elasticsearch's ``_bulk``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from io import BufferedIOBase

from ingest.feeds.formats.lines import Line, read_lines
from ingest.feeds.rows.product import row_of_object
from ingest.feeds.rows.records import BadRow, RawRow

NAME = "NDJSON"

_ACTIONS = frozenset({"index", "create"})
_OTHER_ACTIONS = frozenset({"update", "delete"})


def recognises(head: bytes) -> bool:
    """Tell whether one of the first lines opens an object."""
    return any(line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{") for line in head.splitlines()[:20])


def read(stream: BufferedIOBase) -> Iterator[RawRow | BadRow]:
    """Yield a row for each line that is not blank; an action line lends its ``_id`` to the next."""
    action: Mapping[str, object] | None = None
    for line in read_lines(stream):
        if not line.text.strip() and not line.fault:
            continue
        found = _object(line)
        if isinstance(found, BadRow):
            yield found
        elif action is None and (name := _action(found)) is not None:
            if name in _ACTIONS:
                inner = found[name]
                action = inner if isinstance(inner, Mapping) else {}
                continue
            yield BadRow(line.number, f"the action {name!r} is not read from a feed", line.excerpt)
        else:
            yield _row(line, found, action)
        action = None


def _object(line: Line) -> dict[str, object] | BadRow:
    if line.fault:
        return BadRow(line.number, line.fault, line.excerpt)
    try:
        found = json.loads(line.text.rstrip(), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg.lower()} at column {error.colno}"
        return BadRow(line.number, reason, line.excerpt)
    except RecursionError:
        return BadRow(line.number, "not JSON: nested too deeply", line.excerpt)
    except ValueError as error:
        return BadRow(line.number, f"not JSON: {error}", line.excerpt)
    if not isinstance(found, dict):
        return BadRow(line.number, "the line is not a JSON object", line.excerpt)
    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _action(found: Mapping[str, object]) -> str | None:
    if len(found) != 1:
        return None
    name = next(iter(found))
    known = name in _ACTIONS or name in _OTHER_ACTIONS
    return name if known and isinstance(found[name], Mapping) else None


def _row(line: Line, found: Mapping[str, object], action: Mapping[str, object] | None) -> RawRow:
    if action is not None and "_id" in action:
        found = {"id": action["_id"], **found}
    return row_of_object(line.number, found, line.excerpt)
