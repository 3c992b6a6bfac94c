import resource
from contextlib import closing

import pytest

from gram_es.errors import FeedError
from ingest.feeds.rows.reader import SeenIds


def test_the_first_row_of_an_id_is_returned() -> None:
    with closing(SeenIds()) as seen:
        first_rows = [seen.first_row(letter, row) for row, letter in enumerate("abA'a", 1)]

    assert first_rows == [1, 2, 3, 4, 1]


def test_ids_beyond_the_cache_are_remembered_without_staying_in_memory() -> None:
    long = "x" * 500
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with closing(SeenIds()) as seen:
        for row in range(200_000):  # 100 MB of ids
            seen.first_row(f"{row}{long}", row)

        assert seen.first_row(f"7{long}", 200_001) == 7
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 70_000  # KiB


def test_a_full_disk_is_an_error_with_a_remedy() -> None:
    with closing(SeenIds()) as seen:
        seen._table.execute("PRAGMA max_page_count = 3")
        with pytest.raises(FeedError, match=r"is full\); set SQLITE_TMPDIR"):
            fill(seen)


def fill(seen: SeenIds) -> None:
    for row in range(1_000):
        seen.first_row(f"{row}{'x' * 400}", row)
