"""Tables of facts about the nodes of a feed: in memory for a page, on disk for a whole file."""

from __future__ import annotations

import json
from typing import Any, Protocol

from ingest.feeds.temporary_table import disk_errors, open_table

Name = tuple[str, str]
"""The kind of a fact, and the ``@id`` or other id that it is about."""

BY_GROUP = "group "
"""The start of the kinds whose ids are those of groups in the shop, and no ``@id``."""

_CACHE_KIB = 16_384
_TABLE = "CREATE TABLE facts (name BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID"


class Facts(Protocol):
    """A table of JSON values; a ``dict`` is one."""

    def get(self, name: Name, /) -> Any:
        """Return the value of a name, or ``None``."""

    def __setitem__(self, name: Name, value: Any, /) -> None:
        """Set the value of a name."""


class DiskFacts:
    """A table of JSON values in a temporary file, which is removed when the table is closed."""

    def __init__(self) -> None:
        self._table = open_table(_TABLE, cache_kib=_CACHE_KIB)

    def get(self, name: Name, /) -> Any:
        """Return the value of a name, or ``None``."""
        found = self._table.execute("SELECT value FROM facts WHERE name = ?", (_key(name),))
        row = found.fetchone()
        return None if row is None else json.loads(row[0])

    def __setitem__(self, name: Name, value: Any, /) -> None:
        """Set the value of a name; a value that is nested too deeply for JSON is left out.

        :raises FeedError: if the disk for temporary files is full.
        """
        try:
            text = json.dumps(value)
        except RecursionError:
            return
        with disk_errors("nodes"):
            self._table.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (_key(name), text))

    def close(self) -> None:
        """Remove the table."""
        self._table.close()


class LayeredFacts:
    """The facts of one page above those that all pages of a file share.

    Before the first page starts, facts are set in the shared table. From then on they are set in a
    table of the page, except that a shared node has been taken.

    :param shares_relative: whether a relative ``@id``, such as ``#product``, means the same node in
        the whole file.
    """

    def __init__(self, shared: Facts, *, shares_relative: bool) -> None:
        self._shared = shared
        self._shares_relative = shares_relative
        self._page: dict[Name, Any] | None = None

    def start_page(self) -> None:
        """Forget the facts of the last page."""
        self._page = {}

    def get(self, name: Name, /) -> Any:
        """Return the value of a name on this page, or else in the whole file, or ``None``."""
        found = None if self._page is None else self._page.get(name)
        return self._shared.get(name) if found is None and self._is_shared(name) else found

    def __setitem__(self, name: Name, value: Any, /) -> None:
        """Set the value of a name."""
        is_shared = self._is_shared(name)
        if self._page is not None and not (is_shared and name[0] == "taken"):
            self._page[name] = value
        elif is_shared:
            self._shared[name] = value

    def _is_shared(self, name: Name) -> bool:
        kind, node_id = name
        is_absolute = ":" in node_id and not node_id.startswith("_:")
        return self._shares_relative or is_absolute or kind.startswith(BY_GROUP)


def _key(name: Name) -> bytes:
    return "\0".join(name).encode("utf-8", "surrogatepass")
