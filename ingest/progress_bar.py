"""The progress bar of an ingest on standard error; without a terminal it prints only warnings."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

_Row = TypeVar("_Row")
_MIN_FRACTION = 0.01  # a smaller share gives no useful estimate of the rows in the whole file


class ProgressBar:
    """A bar that counts processed rows; its total is an estimate until the feed is read."""

    def __init__(self) -> None:
        self._bar = tqdm(unit=" rows", disable=None, file=sys.stderr, dynamic_ncols=True)
        self._fraction = 0.0

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def file_read(self, fraction: float) -> None:
        """Record the share of the feed that has been read, from 0 to 1."""
        self._fraction = fraction

    def rows_expected(self, rows: int) -> None:
        """Set the total number of rows."""
        self._bar.total = rows

    def rows_read(self, rows: int) -> None:
        """Estimate the total from the number of rows read and the share of the feed read."""
        if self._fraction >= _MIN_FRACTION:
            self._bar.total = round(rows / self._fraction)

    def rows_done(self, rows: int) -> None:
        """Advance the bar by ``rows`` rows that were processed since the last call."""
        self._bar.update(rows)

    def over(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        """Yield the rows, and count a row as processed when the next one is requested."""
        for number, row in enumerate(rows, 1):
            self.rows_read(number)
            yield row
            self.rows_done(1)

    def stalled(self, seconds: float) -> None:
        """Print that no worker has taken a batch for some time, and how to start a worker."""
        tqdm.write(
            f"no worker has taken a batch for {seconds:.0f} s; start one with `gram-es worker`,"
            " with the same broker (GRAM_ES_BROKER_URL, GRAM_ES_CACHE_DIR) and GRAM_ES_INDEX",
            file=sys.stderr,
        )
