"""Measure peak memory and speed, in rows per second, of reading a feed.

``python benchmarks/feed_memory.py --megabytes 2048`` writes a feed of that size in each format to a
temporary folder, one after the other. Two separate processes read each feed: one as ``ingest`` does
(``read``), the other as ``feed check`` does (``check``). No cluster is needed.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import pyarrow
from pyarrow.parquet import ParquetWriter

from ingest.feeds import open_feed
from ingest.feeds.check.inspection import inspect
from ingest.feeds.rows.reader import read_raw_and_checked

MEGABYTE = 1_000_000
GROUP_ROWS = 5_000
VOCABULARY = "stove kettle whistle steel enamel handle litre gas induction lid spout brushed"
WORDS = VOCABULARY.split()


def rows() -> Iterator[dict[str, Any]]:
    """Yield products without end; each has about one kilobyte and a different id."""
    number = 0
    while True:
        number += 1
        words = [WORDS[(number * k) % len(WORDS)] for k in range(1, 120)]
        yield {
            "id": f"SKU-{number * 7_919 % 1_000_000_007:010}",
            "title": f"{' '.join(words[:8])} {number}",
            "brand": f"Brand {number % 400}",
            "description": " ".join(words),
            "price": f"{number % 900 + 1}.90 EUR",
            "product_type": f"Kitchen > Kettles > {WORDS[number % len(WORDS)]}",
            "color": WORDS[number % 7],
        }


def write_ndjson(path: Path, size: int) -> None:
    """Write JSON lines until the file has ``size`` bytes."""
    with path.open("w") as file:
        for row in rows():
            file.write(json.dumps(row) + "\n")
            if file.tell() >= size:
                return


def write_csv(path: Path, size: int) -> None:
    """Write CSV records until the file has ``size`` bytes."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(next(rows())))
        writer.writeheader()
        for row in rows():
            writer.writerow(row)
            if file.tell() >= size:
                return


def write_xml(path: Path, size: int) -> None:
    """Write RSS items until the file has ``size`` bytes."""
    with path.open("w") as file:
        file.write('<rss xmlns:g="http://base.google.com/ns/1.0"><channel>\n')
        for row in rows():
            fields = "".join(
                f"<g:{name}>{str(value).replace('>', '&gt;')}</g:{name}>"
                for name, value in row.items()
            )
            file.write(f"<item>{fields}</item>\n")
            if file.tell() >= size:
                break
        file.write("</channel></rss>\n")


def write_json_ld(path: Path, size: int) -> None:
    """Write one object with a list of products; the file gets ``size`` bytes or slightly more."""
    with path.open("w") as file:
        file.write('{"@context": "https://schema.org", "@graph": [\n')
        for number, row in enumerate(rows()):
            node = {
                "@type": "Product",
                "sku": row["id"],
                "name": row["title"],
                "description": row["description"],
                "offers": {"price": row["price"].split()[0], "priceCurrency": "EUR"},
            }
            file.write(("," if number else "") + json.dumps(node) + "\n")
            if file.tell() >= size:
                break
        file.write("]}\n")


def write_parquet(path: Path, size: int) -> None:
    """Write uncompressed row groups until the file has ``size`` bytes."""
    source = rows()
    schema = pyarrow.Table.from_pylist([next(source)]).schema
    options = {"compression": "none", "use_dictionary": False}
    with path.open("wb") as file, ParquetWriter(file, schema, **options) as writer:
        while file.tell() < size:
            group = [next(source) for _ in range(GROUP_ROWS)]
            writer.write_table(pyarrow.Table.from_pylist(group, schema))


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "ndjson": write_ndjson,
    "csv": write_csv,
    "xml": write_xml,
    "json-ld": write_json_ld,
    "parquet": write_parquet,
}


def read_all(path: Path) -> int:
    """Read a feed as ``ingest`` does and return the number of its rows."""
    return sum(1 for _ in open_feed(path))


def check_all(path: Path) -> int:
    """Read a feed as ``feed check`` does and return the number of its rows."""
    return inspect(read_raw_and_checked(path)).rows


READERS: dict[str, Callable[[Path], int]] = {"read": read_all, "check": check_all}


def peak_mb() -> float:
    """Return the peak memory of this process and of its largest child, in MB.

    ``ru_maxrss`` of this process would include its parent's.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    own_kib = int(status.partition("VmHWM:")[2].split()[0])
    return (own_kib + getrusage(RUSAGE_CHILDREN).ru_maxrss) * 1_024 / MEGABYTE


def measure(reader: str, path: Path) -> None:
    """Read a feed in this process, and print the number of rows, the seconds and memory as JSON."""
    before_mb, started = peak_mb(), time.perf_counter()
    count = READERS[reader](path)
    seconds = time.perf_counter() - started
    figures = {"rows": count, "seconds": seconds, "before_mb": before_mb, "peak_mb": peak_mb()}
    print(json.dumps(figures))


def main() -> None:
    """Write the feeds, measure each reader in a separate process, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=2_048)
    parser.add_argument("--formats", nargs="+", choices=list(WRITERS), default=list(WRITERS))
    parser.add_argument("--measure", nargs=2, metavar=("READER", "FEED"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure[0], Path(arguments.measure[1]))
        return
    print(
        f"{'format':<9} {'as':<6} {'MB':>6} {'rows':>10} {'rows/s':>8} {'peak MB':>8} {'before':>7}"
    )
    for name in arguments.formats:
        with tempfile.TemporaryDirectory(prefix="gram-es-feed-") as folder:
            path = Path(folder) / f"feed.{name}"
            WRITERS[name](path, arguments.megabytes * MEGABYTE)
            for reader in READERS:
                command = [sys.executable, __file__, "--measure", reader, str(path)]
                finished = subprocess.run(command, check=True, capture_output=True)
                figures = json.loads(finished.stdout)
                print(
                    f"{name:<9} {reader:<6} {path.stat().st_size / MEGABYTE:>6.0f}"
                    f" {figures['rows']:>10,} {figures['rows'] / figures['seconds']:>8,.0f}"
                    f" {figures['peak_mb']:>8.0f} {figures['before_mb']:>7.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
