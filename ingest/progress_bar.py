"""The bar of an ingest on standard error; without a terminal only warnings are printed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

_Row = TypeVar("_Row")
_LEAST_FRACTION = 0.01  # below, an estimate of the rows in the whole file is noise


class ProgressBar:
    """A bar over the rows that have a fate; its end is an estimate until the feed is read."""

    def __init__(self) -> None:
        self._bar = tqdm(unit=" rows", disable=None, file=sys.stderr, dynamic_ncols=True)
        self._fraction = 0.0

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def file_read(self, fraction: float) -> None:
        """So much of the file's bytes has been read."""
        self._fraction = fraction

    def rows_expected(self, rows: int) -> None:
        """So many rows there are in all."""
        self._bar.total = rows

    def rows_read(self, rows: int) -> None:
        """So many rows of the feed have been read."""
        if self._fraction >= _LEAST_FRACTION:
            self._bar.total = round(rows / self._fraction)

    def rows_done(self, rows: int) -> None:
        """So many more rows have a fate."""
        self._bar.update(rows)

    def over(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        """Yield the rows, each of which has its fate when the next one is asked for."""
        for number, row in enumerate(rows, 1):
            self.rows_read(number)
            yield row
            self.rows_done(1)

    def stalled(self, seconds: float) -> None:
        """No worker has taken a batch for so long."""
        tqdm.write(
            f"no worker has taken a batch for {seconds:.0f} s; start one with `gram-es worker`,"
            " with the same broker (GRAM_ES_BROKER_URL, GRAM_ES_CACHE_DIR) and GRAM_ES_INDEX",
            file=sys.stderr,
        )
