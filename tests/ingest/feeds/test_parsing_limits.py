"""Feeds of a few kilobytes that unpack to far more, and texts that no shop writes."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow.parquet import write_table

from ingest.feeds import FileFault, RejectedRow, Row, open_feed
from ingest.feeds.formats import parquet
from ingest.feeds.formats.schema_org import pages
from ingest.feeds.sources import bytes as feed_bytes

MEGABYTE = 1 << 20
SCRIPT = '<script type="application/ld+json">{"@type": "Product", "sku": "%s", "name": "Kettle%s"}'
READ = """
import json, resource, sys
from pathlib import Path
from ingest.feeds import open_feed

def peak():
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(who).ru_maxrss for who in whose) // 1024

before = peak()
kinds = [[type(row).__name__ for row in open_feed(Path(path))] for path in sys.argv[1:]]
print(json.dumps([peak() - before, kinds]))
"""


def read_in_process(*paths: Path) -> tuple[int, list[list[str]]]:
    """Return the peak memory of reading feeds, in MiB, and the kinds of the rows of each.

    What another process takes to read Parquet counts, of which Arrow itself takes some 130 MiB.
    """
    finished = subprocess.run(
        [sys.executable, "-c", READ, *paths],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(parquet.__file__).parents[4])},
    )
    peak, kinds = json.loads(finished.stdout)
    return peak, kinds


TEXTS = (
    ("id,title\n1,", "\n2,Pot\n", ["RejectedRow", "Row"]),
    ('{"id": 1, "title": "', '"}\n{"id": 2, "title": "Pot"}\n', ["RejectedRow", "Row"]),
    ('[{"id": 1, "title": "', '"}, {"id": 2, "title": "Pot"}]', ["RejectedRow", "Row"]),
    ('[{"id": 1, "title": "A", "n": ', "1}]", ["RejectedRow"]),
    (
        "<rss><item><id>1</id><title>",
        "</title></item><item><id>2</id><title>Pot</title></item></rss>",
        ["RejectedRow", "Row"],
    ),
    ('<rss><item a="', '"/></rss>', ["FileFault"]),
    ("<!doctype html><html><p>", f"{SCRIPT % (1, '')}</script></html>", ["FileFault"]),
    ("<!doctype html><html>" + SCRIPT[:-4] % 1, '"}</script></html>', ["FileFault"]),
)


def test_one_long_text_takes_no_memory(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.gz" for number in range(len(TEXTS))]
    for path, (start, end, _) in zip(paths, TEXTS, strict=True):
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(start.encode())
            for _ in range(200):
                file.write(b"1" * MEGABYTE)
            file.write(end.encode())

    peak_mib, kinds = read_in_process(*paths)

    assert kinds == [read for _, _, read in TEXTS]
    assert peak_mib < 150


def test_what_a_gzip_file_unpacks_to_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_bytes, "MAX_UNPACKED_BYTES", 2 * MEGABYTE)
    path = tmp_path / "feed.gz"
    path.write_bytes(gzip.compress(b"id,title\n1,Kettle\n" + b"\n" * (30 * MEGABYTE)))

    row, fault = open_feed(path)

    assert isinstance(row, Row)
    assert isinstance(fault, FileFault)
    assert "the packed data unpacks to more than" in fault.reason


def test_a_feed_that_is_packed_as_feeds_are_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_bytes, "MAX_UNPACKED_BYTES", 100)
    path = tmp_path / "feed.gz"
    lines = (f"{number},Kettle of {number} litres\n" for number in range(20_000))
    path.write_bytes(gzip.compress(("id,title\n" + "".join(lines)).encode()))

    assert sum(isinstance(row, Row) for row in open_feed(path)) == 20_000


@pytest.mark.parametrize("line_end", ["\n", ""])
def test_pages_are_read_by_one_parser_after_the_other(
    line_end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_MAX_PARSER_BYTES", 1_000)
    monkeypatch.setattr(pages, "_MAX_PART_BYTES", 120_000)  # of 145,000
    inner = " of steel <script> and <html>"  # a parser that starts there breaks the script
    page = f"<!DOCTYPE html><html><body>{'<p>text</p>' * 50}%s</script></body></html>{line_end}"
    path = tmp_path / "feed"
    path.write_text("".join(page % (SCRIPT % (number, inner)) for number in range(200)))

    rows = list(open_feed(path))

    assert [row.product.id for row in rows if isinstance(row, Row)] == list(map(str, range(200)))
    assert {row.product.title for row in rows if isinstance(row, Row)} == {"Kettle of steel"}
    assert rows[-1].line == (200 if line_end else 1)


def test_a_page_without_a_script_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_MAX_PARSER_BYTES", 1_000)
    monkeypatch.setattr(pages, "_MAX_PART_BYTES", 10_000)
    path = tmp_path / "feed"
    path.write_text(f"<html>{SCRIPT % (1, '')}</script>" + "<p>text</p>\n" * 2_000)

    *_, fault = open_feed(path)

    assert isinstance(fault, FileFault)
    assert fault.reason == "for 10,000 bytes, no page or script starts"


@pytest.mark.parametrize(
    "encoding",
    [
        *("zlib_codec", "bz2", "hex", "base64", "uu", "quopri", "rot13", "undefined", "idna"),
        *("punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "utf-32", "no"),
    ],
)
def test_a_page_cannot_choose_a_codec_that_is_no_encoding_of_pages(
    encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "feed"
    script = SCRIPT % (1, " für Tee \\\\u0041")
    path.write_text(f'<html><meta charset="{encoding}">{script}</script></html>', "utf-8")

    [row] = open_feed(path)

    assert isinstance(row, Row)
    assert row.product.title == "Kettle für Tee \\u0041"


IDS = [str(number) for number in range(500)]


def repeated(text: str, count: int) -> pyarrow.Array:
    """Return an array of equal texts that is in memory once."""
    return pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * count, pyarrow.int32()), [text])


def repeated_text(path: Path) -> None:
    write_table(pyarrow.table({"id": IDS, "title": repeated("K" * MEGABYTE, 500)}), path)


def repeated_list_of_texts(path: Path) -> None:
    offsets = pyarrow.array(range(0, 500 * 90 + 1, 90), pyarrow.int32())
    lists = pyarrow.ListArray.from_arrays(offsets, repeated("K" * 99_999, 500 * 90))
    write_table(pyarrow.table({"id": IDS, "title": IDS, "x": lists}), path)


def test_what_a_parquet_file_repeats_is_in_memory_once(tmp_path: Path) -> None:
    paths = [tmp_path / "texts.parquet", tmp_path / "lists.parquet"]
    repeated_text(paths[0])
    repeated_list_of_texts(paths[1])

    peak_mib, kinds = read_in_process(*paths)

    assert kinds == [["RejectedRow"] * 500] * 2
    assert peak_mib < 280


def test_a_long_row_of_parquet_is_rejected_with_its_id(tmp_path: Path) -> None:
    path = tmp_path / "feed.parquet"
    lists = [["k"], ["k"] * 100_000, ["k", None]]
    pairs = pyarrow.array([{"a": "b"}] * 3, pyarrow.struct([("a", pyarrow.string())]))
    table = {"id": ["1", "2", "3"], "title": ["A", "B", "C"], "tags": lists, "more": pairs}
    write_table(pyarrow.table(table), path)

    first, long, last = open_feed(path)

    assert isinstance(first, Row)
    assert isinstance(last, Row)
    assert last.product.attributes["tags"] == ("k",)
    assert isinstance(long, RejectedRow)
    assert long.reason == "the row is longer than 4,194,304 bytes"
    assert long.possible_ids == ("2",)
    assert not long.may_have_any_id


def test_a_row_group_of_parquet_that_unpacks_to_far_more_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "feed.parquet"
    titles = ["Kettle", "K" * (70 * MEGABYTE)]
    table = pyarrow.table({"id": ["1", "2"], "title": titles})
    write_table(table, path, compression="zstd", use_dictionary=False)

    [fault] = open_feed(path)

    assert isinstance(fault, FileFault)
    assert "row group 1 unpacks to" in fault.reason
