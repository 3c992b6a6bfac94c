"""What a feed lists: the ids of its rows, eight bytes each."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ingest.feeds import FileFault, RefusedRow, Row

_BETWEEN_WORDS = re.compile(r"[\s\"'<>,;|{}\[\]]+")


class Listed:
    """The ids that a feed lists, as hashes of this process.

    Two ids of one hash make a product stay that should go; none goes that should stay.
    """

    def __init__(self) -> None:
        self._hashes = array("q")

    def noting(
        self, feed: Iterable[Row | RefusedRow | FileFault]
    ) -> Iterator[Row | RefusedRow | FileFault]:
        """Yield the feed as it is, and note what it lists."""
        for found in feed:
            if isinstance(found, Row):
                self._hashes.append(hash(found.product.id))
            elif isinstance(found, RefusedRow) and found.is_for_sale:
                self._hashes.extend(map(hash, _possible_ids(found)))
            yield found

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Return those of ``ids`` that the feed, read to its end, does not list, in order."""
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        first = np.searchsorted(self._sorted, hashes, side="left")
        past = np.searchsorted(self._sorted, hashes, side="right")
        return [ids[int(place)] for place in np.flatnonzero(first == past)]

    @cached_property
    def _sorted(self) -> npt.NDArray[np.int64]:
        return np.sort(np.frombuffer(self._hashes, np.int64))


def _possible_ids(row: RefusedRow) -> Iterator[str]:
    """Yield a refused row's id; every word of its text where nothing tells it."""
    yield from row.possible_ids
    if row.possible_ids:
        return
    for word in _BETWEEN_WORDS.split(row.excerpt):
        yield word
        yield word.strip(":=")
