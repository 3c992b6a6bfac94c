"""A stream of JSON that limits how long and how deeply nested an item may be."""

from __future__ import annotations

from io import BufferedIOBase
from itertools import accumulate

from ingest.feeds.rows.records import BrokenFeedError

MAX_NESTING = 1_000

_OTHER_BYTES = bytes(set(range(256)) - set(b'"{}[]'))
_STEPS = bytes.maketrans(b"{[}]", b"\x02\x02\x00\x00")  # one more than the change of depth


class LimitedJsonStream:
    """A stream for ijson, whose time and memory grow with the square of the nesting.

    :param max_item_bytes: how many bytes may be read between two calls of :meth:`start_item`.
    """

    def __init__(self, stream: BufferedIOBase, max_item_bytes: int) -> None:
        self._stream = stream
        self._max_item_bytes = max_item_bytes
        self._left = max_item_bytes
        self._depth = 0
        self._is_in_string = False
        self._backslash = b""  # at the end of the last chunk, if it escapes what follows

    def start_item(self) -> None:
        """Begin to count the bytes of the next item."""
        self._left = self._max_item_bytes

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes.

        :raises BrokenFeedError: if an item is too long or too deeply nested.
        """
        if self._left < 0:
            reason = (
                f"an item of the JSON is longer than {self._max_item_bytes:,} bytes; write the"
                " products as a list, or one per line"
            )
            raise BrokenFeedError(1, reason)
        chunk = self._stream.read(size)
        self._left -= len(chunk)
        if self._deepest(chunk) > MAX_NESTING:
            raise BrokenFeedError(1, f"the JSON is nested deeper than {MAX_NESTING:,} levels")
        return chunk

    def _deepest(self, chunk: bytes) -> int:
        """Return the deepest nesting in a chunk."""
        chunk = (self._backslash + chunk).replace(b"\\\\", b"").replace(b'\\"', b"")
        self._backslash = b"\\" if chunk.endswith(b"\\") else b""
        parts = chunk.translate(None, _OTHER_BYTES).split(b'"')
        steps = b"".join(parts[self._is_in_string :: 2]).translate(_STEPS)
        self._is_in_string ^= len(parts) % 2 == 0
        depths = list(accumulate((step - 1 for step in steps), initial=self._depth))
        self._depth = depths[-1]
        return max(depths)
