"""Feeds that are made to take time or memory that grows faster than they do."""

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.feeds import FileFault, Row, open_feed
from ingest.feeds.formats import json_ld

SIZE = 100_000
UNITS = (
    "<!--",
    "<!-- -->",
    "<!---->",
    "<?",
    "<? ?>",
    "<!",
    "<![CDATA[",
    "]]>",
    "<",
    "</",
    "<a ",
    '<a b="',
    "<a>",
    "&",
    "&#",
    '"',
    '\\"',
    "'",
    "\\",
    "/*",
    "//",
    "*/",
    "{",
    "[",
    '{"@type":',
    '{"@id":"',
    '"@context" ',
    " ",
    "\t",
    "\n",
    "\r",
    ",",
    ";",
    "|",
    "(product.metafields.",
    '<script type="application/ld+json">',
    "</script",
)
STARTS = (
    "",
    "<rss><item>",
    "<!doctype html><html>",
    '<html><script type="application/ld+json">{"@type": "Product", ',
    '{"@graph": [{"@type": "Product", "sku": "1", "name": "x", "a": ',
    '{"@type": "Product", "name": ',
    '{"id": 1, "title": ',
    "Handle,Title,Vendor,",
    "Handle,Title,Vendor\na,b,",
    "id,title,description\n1,Kettle,<p>",
    "id,title,price\n1,Kettle,5 EUR ",
    "id,title,category\n1,Kettle,Home > ",
)
READ_ALL = """
import faulthandler, itertools, sys
from pathlib import Path
from gram_es.errors import FeedError
from ingest.feeds import open_feed
from tests_hostile_feeds import SIZE, STARTS, UNITS

path = Path(sys.argv[1])
for start, unit in itertools.product(STARTS, UNITS):
    faulthandler.dump_traceback_later(20, exit=True)
    path.write_text(start + unit * (SIZE // len(unit)), newline="")
    try:
        for _ in open_feed(path):
            pass
    except FeedError:
        pass
    print(repr(start), repr(unit), flush=True)
"""
"""The 20 seconds for each feed are no limit on speed: one in linear time takes 50 ms."""


def test_no_repetition_makes_a_reader_hang(tmp_path: Path) -> None:
    (tmp_path / "tests_hostile_feeds.py").write_text(
        f"SIZE, STARTS, UNITS = {SIZE!r}, {STARTS!r}, {UNITS!r}", encoding="utf-8"
    )

    finished = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(tmp_path / "feed")],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": f"{tmp_path}:{Path(json_ld.__file__).parents[3]}"},
    )

    assert finished.stdout.count("\n") == len(STARTS) * len(UNITS), finished.stderr[-2_000:]


def test_comments_before_a_feed_are_skipped_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    items = "<rss><item><id>1</id><title>Kettle</title></item></rss>"
    path.write_text("<!-- - -->\n" * 20_000 + items, encoding="utf-8")

    [row] = open_feed(path)

    assert isinstance(row, Row)
    assert row.line == 20_001


@pytest.mark.parametrize("prefix", ['[{"@type": ', '{"@graph": ', '{"@context": "x", "a": '])
def test_json_that_is_nested_too_deeply_is_a_fault(prefix: str, tmp_path: Path) -> None:
    path = tmp_path / "feed"
    hidden = r'{"a]}\\\"}": "}}]]", "b": ['
    path.write_text(prefix + hidden * 600, encoding="utf-8")

    [fault] = open_feed(path)

    assert isinstance(fault, FileFault)
    assert "nested deeper than 1,000 levels" in fault.reason


def test_an_item_of_json_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_ld, "MAX_ITEM_BYTES", 100_000)
    path = tmp_path / "feed"
    short = '{"@type": "Product", "sku": "1", "name": "Kettle", "brand": {"@id": "#b"}},\n' * 3
    path.write_text(f'[{short}{{"@type": "Product", "name": "{"x" * 300_000}"}}]', "utf-8")

    rows = list(open_feed(path))

    assert isinstance(rows[0], Row)
    assert isinstance(rows[-1], FileFault)
    assert "an item of the JSON is longer than 100,000 bytes" in rows[-1].reason
