"""What is fuzzed: functions of bytes that may raise nothing but the errors that they document.

Run them with coverage guidance, where atheris is installed beside the requirements::

    python tests/ingest/feeds/fuzz/targets.py tables -max_total_time=600

Inputs that crashed are kept in ``seeds/``, and the tests replay them without atheris. A new target,
such as the parser of queries, is one entry of ``TARGETS``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext, suppress
from importlib import import_module
from io import BufferedIOBase, BytesIO
from pathlib import Path

try:
    import atheris
except ImportError:  # the tests replay the seeds without it
    atheris = None

_is_fuzzing = atheris is not None and __name__ == "__main__"
with atheris.instrument_imports(include=["ingest"]) if _is_fuzzing else nullcontext():
    from ingest.feeds.formats.parquet.rows import ParquetError, rows_of
    from ingest.feeds.formats.registry import DECODING_FORMATS
    from ingest.feeds.rows.field_names import with_google_names
    from ingest.feeds.rows.product_fields import RowError, build_product, row_from_object
    from ingest.feeds.rows.records import BrokenFeedError, RawRow
    from ingest.feeds.rows.structured_texts import with_plain_texts
    from ingest.feeds.shop_systems.registry import presets
    from ingest.feeds.sources.text import open_text, text_head

SEEDS = Path(__file__).parent / "seeds"


def _reads(name: str, start: bytes = b"") -> Callable[[bytes], None]:
    """Return a target that reads bytes in the format of a module or a preset, if it fits."""

    def read(content: bytes) -> None:
        is_preset = name in presets()
        feed_format = (
            presets()[name].table() if is_preset else import_module(f"ingest.feeds.formats.{name}")
        )
        head = start + content
        stream: BufferedIOBase = BytesIO(head)
        if feed_format not in DECODING_FORMATS:
            stream = open_text(stream, head)
        if not feed_format.recognises(text_head(head)):
            return
        with suppress(BrokenFeedError):
            for row in feed_format.read(stream):
                if isinstance(row, RawRow):
                    with suppress(RowError):
                        build_product(with_plain_texts(with_google_names(row)))

    return read


def _read_parquet(content: bytes) -> None:
    """Read Parquet in this process, which Arrow may end; the reader does it in another one."""
    with suppress(ParquetError):
        for values in rows_of(BytesIO(b"PAR1" + content)):
            if isinstance(values, list):  # the ids of a row that is too long
                continue
            with suppress(RowError):
                build_product(with_plain_texts(with_google_names(row_from_object(1, values, ""))))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "tables": _reads("tables.delimited", b"id,title,price,description\n"),
    "tables_with_tabs": _reads("tables.delimited", b"id\ttitle\tprice\n"),
    "headers": _reads("tables.delimited"),
    "shopify": _reads(
        "tables.shopify", b"Handle,Title,Vendor,Body (HTML),Option1 Name,Option1 Value\n"
    ),
    "woocommerce": _reads(
        "woocommerce",
        b"Type,SKU,Name,Published,Regular price,Categories,Parent,Attribute 1 name,"
        b"Attribute 1 value(s)\n",
    ),
    "magento": _reads(
        "magento",
        b"sku,attribute_set_code,product_type,product_websites,name,product_online,visibility,"
        b"price,categories,additional_attributes,configurable_variations\n",
    ),
    "akeneo": _reads(
        "akeneo", b"sku;categories;enabled;family;groups;parent;name-en_US;price-EUR;weight-unit\n"
    ),
    "bigcommerce": _reads(
        "bigcommerce",
        b"Item Type,Product ID,Product Name,Product Code/SKU,Price,Category,Product Visible?,"
        b"Product Custom Fields\n",
    ),
    "bigcommerce_v3": _reads(
        "bigcommerce", b"Item,ID,Name,SKU,Options,Price,Current Stock,Is Visible,Custom Fields\n"
    ),
    "prestashop": _reads(
        "prestashop",
        b"Product ID;Active (0/1);Name *;Categories (x,y,z...);Price tax included;Discount amount;"
        b"Discount percent;Discount from (yyyy-mm-dd);Quantity;Out of stock action;"
        b"Feature(Name:Value:Position)\n",
    ),
    "lines_of_json": _reads("json.ndjson"),
    "lists_of_json": _reads("json.lists"),
    "json_ld": _reads("json_ld"),
    "xml": _reads("google_xml"),
    "parquet": _read_parquet,
}


def main() -> None:
    """Fuzz the target that the first argument names; the others are those of libFuzzer."""
    name = sys.argv.pop(1)
    found = tempfile.mkdtemp(prefix=f"fuzz-{name}-")  # the first folder gets the new inputs
    atheris.Setup([*sys.argv, found, str(SEEDS / name)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
