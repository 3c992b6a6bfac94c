"""Odd cells in the columns of shop systems give products or rejected rows, never an error."""

import csv
from collections.abc import Iterator
from io import BufferedIOBase, BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.rows.field_names import field_name
from ingest.feeds.rows.records import InvalidRow, RawRow
from ingest.feeds.shop_systems.registry import presets

TYPICAL = (
    "", "0", "1", "-1", "no", "Y", "variable", "variation", "simple", "configurable", "SKU", "Rule",
    "Product", "Not Visible Individually", "hidden", "sku=A,color=Red|sku=B,color=Blue", "A", "B",
    "id:1", "[ADD]5", "[S]Color=Red", "Name=Color|Value=Red", "a=b,c=d", "A > B, C",
    "Root/A,Root/B", "1/1/20, 12:00 AM", "2020-01-01", "0000-00-00", "9999-99-99",
    "Wood:Lime:1", "5.00", "1e400",
)  # fmt: skip
CELLS = st.one_of(st.sampled_from(TYPICAL), st.text(max_size=30))
EXTRA_COLUMNS = {
    "woocommerce": ["Type", "Parent", "Published", "Attribute 1 name", "Attribute 1 value(s)"],
    "magento": [
        "store_view_code", "product_type", "product_online", "visibility", "qty",
        "additional_attributes", "configurable_variations", "special_price_from_date",
    ],
    "prestashop": [
        "Active (0/1)", "Discount percent", "Discount to (yyyy-mm-dd)",
        "Feature(Name:Value:Position)",
    ],
    "akeneo": ["enabled", "family", "parent", "name-en_US", "price-EUR", "weight", "weight-unit"],
    "bigcommerce": ["Item Type", "Options", "Product Visible?", "Price", "Product Custom Fields"],
}  # fmt: skip


@pytest.mark.parametrize("name", list(presets()))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_odd_cells_are_read_or_rejected(name: str, data: st.DataObject) -> None:
    preset = presets()[name]
    fields = preset.fields.values()
    header = list(dict.fromkeys([*(n[0] for n in fields), *EXTRA_COLUMNS[name]]))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header))))
    table = StringIO()
    csv.writer(table, delimiter=";").writerows([header, *rows])
    format_ = preset.over(_Table(header))

    read = list(format_.read(BytesIO(table.getvalue().encode("utf-8", "replace"))))

    assert len(read) <= len(rows)
    lines = [row.line for row in read]
    assert len(set(lines)) == len(lines)  # no row gives two products
    assert all(row.reason for row in read if isinstance(row, InvalidRow))


class _Table:
    """The rows of a table whose header is known."""

    NAME = "table"

    def __init__(self, header: list[str]) -> None:
        self._header = header

    def recognises(self, _head: bytes) -> bool:
        return True

    def read(self, stream: BufferedIOBase) -> Iterator[RawRow]:
        names = {field_name(name): name for name in self._header}
        reader = csv.reader(StringIO(stream.read().decode(), newline=""), delimiter=";")
        next(reader)
        for number, cells in enumerate(reader, 2):
            fields = {n: (c.strip(),) for n, c in zip(names, cells, strict=False) if c.strip()}
            yield RawRow(number, fields, origins=names)
