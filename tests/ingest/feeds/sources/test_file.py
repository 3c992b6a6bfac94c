"""A file that is replaced or written to between its hash and its last row."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.feeds import FileFault, FolderFeed, Row, open_feed
from ingest.feeds.sources.file import FileFeed


def write(path: Path, rows: int, title: str = "Kettle") -> None:
    lines = [json.dumps({"id": str(number), "title": title}) for number in range(rows)]
    path.write_text("\n".join(lines))


def replace_file(path: Path) -> None:
    """Replace a file in one step, as a download does."""
    other = path.with_suffix(".part")
    write(other, rows=2, title="Teapot")
    other.replace(path)


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write('\n{"id": "x", "title": "Late"}')


def touch_again(path: Path) -> None:
    """Write as many bytes as there were."""
    status = path.stat()
    path.write_text(path.read_text().replace("Kettle", "Teapot"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


@pytest.mark.parametrize("change", [replace_file, append, touch_again])
def test_a_file_that_changed_after_it_was_hashed_is_not_read(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "shop.ndjson"
    write(path, rows=3)
    feed = FileFeed(path)
    feed.content_hash()

    change(path)

    assert list(open_feed(feed)) == [
        FileFault(0, 0, f"{path} changed while it was read; ingest it again once it is complete")
    ]


def test_a_file_that_is_written_to_while_it_is_read_has_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "shop.ndjson"
    write(path, rows=5_000)  # more than are read ahead
    feed = FileFeed(path)
    feed.content_hash()

    rows = open_feed(feed)
    first = next(rows)
    append(path)
    others = list(rows)

    assert isinstance(first, Row)
    assert isinstance(others[-1], FileFault)
    assert "changed while it was read" in str(others[-1])


def test_a_file_that_is_replaced_while_it_is_read_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "shop.ndjson.gz"
    lines = [json.dumps({"id": str(number), "title": "Kettle"}) for number in range(3)]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    feed = FileFeed(path)
    feed.content_hash()

    rows = open_feed(feed)
    next(rows)
    replace_file(path)

    assert [row.product.title for row in rows if isinstance(row, Row)] == ["Kettle", "Kettle"]


def test_a_changed_file_of_a_folder_is_a_fault_and_the_others_are_read(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / f"{name}.ndjson", rows=1)
    feed = FolderFeed(tmp_path)
    feed.content_hash()

    append(tmp_path / "a.ndjson")
    fault, row = open_feed(feed)

    assert isinstance(fault, FileFault)
    assert fault.file == "a.ndjson"
    assert isinstance(row, Row)
