import json

from hypothesis import given
from hypothesis import strategies as st

from gram_es.records import Product
from ingest.feeds import FileFault, RefusedRow, Row
from ingest.runs.batch import Batch, cut, read_refused, read_row, write_refused, write_row

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
PRODUCTS = st.builds(
    Product,
    id=TEXT,
    title=TEXT,
    brand=st.none() | TEXT,
    category=st.lists(TEXT, max_size=3).map(tuple),
    price=st.none() | st.floats(0, 1e9),
    attributes=st.dictionaries(TEXT, st.lists(TEXT, max_size=3).map(tuple), max_size=3),
)


def row(number: int, description: str = "") -> Row:
    return Row(number, number, Product(str(number), "Kettle", description=description))


@given(PRODUCTS)
def test_a_row_survives_the_ledger(product: Product) -> None:
    kept = json.loads(json.dumps(write_row(Row(3, 4, product))))

    assert read_row(kept) == Row(3, 4, product)


def test_a_refused_row_survives_the_ledger() -> None:
    refused = RefusedRow(3, 4, "title is missing", '{"id": 3}')

    assert read_refused(json.loads(json.dumps(write_refused(refused)))) == refused


def test_refused_rows_count_towards_a_batch_and_faults_come_between() -> None:
    refused = RefusedRow(2, 2, "id is missing")
    one, other = (FileFault(3, 4, "cut off", name) for name in "ab")

    pieces = list(cut([row(1), refused, row(3), one, row(4), other], size=2))

    assert pieces == [
        Batch(1, (row(1),), (refused,)),
        one,
        Batch(2, (row(3), row(4)), ()),
        other,
    ]


def test_long_rows_make_short_batches() -> None:
    rows = [row(number, "x" * 1_500_000) for number in range(1, 5)]

    assert [batch.size for batch in cut(rows, size=100) if isinstance(batch, Batch)] == [3, 1]
