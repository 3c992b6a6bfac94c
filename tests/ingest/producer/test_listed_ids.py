from pathlib import Path

from gram_es.records import Product
from ingest.feeds import RejectedRow, Row, open_feed
from ingest.producer.deletes import ListedIds


def listed(*items: Row | RejectedRow) -> ListedIds:
    listed = ListedIds()
    assert tuple(listed.recording(items)) == items
    return listed


def test_missing_ids_are_returned_in_order() -> None:
    feed = listed(*(Row(n, n, Product(f"k-{n}", "Kettle")) for n in (3, 1, 2)))

    assert feed.missing(["k-9", "k-1", "k-10", "k-3"]) == ["k-9", "k-10"]
    assert feed.missing([]) == []


def test_a_feed_without_rows_lists_nothing() -> None:
    assert listed().missing(["k"]) == ["k"]


def test_a_rejected_row_lists_its_id_and_no_other_word(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.csv"
    catalogue.write_text("id,title,price\n12 cm,,5\nk-1,Kettle,free\nk-2,Pan,5\nk-2,Pan,5\n")
    feed = ListedIds()

    rows = [*feed.recording(open_feed(catalogue))]

    assert [type(row) for row in rows] == [RejectedRow, RejectedRow, Row, RejectedRow]
    assert feed.missing(["12 cm", "k-1", "k-2", "Kettle", "5"]) == ["Kettle", "5"]


def test_a_row_that_cannot_be_read_lists_every_word_of_its_text() -> None:
    feed = listed(
        RejectedRow(2, 2, "3 columns where the header has 2", "US:12,Kettle,x"),
        RejectedRow(3, 3, "not JSON", '{"id": "cut-of'),
    )

    assert feed.missing(["US:12", "cut-of", "6"]) == ["6"]


def test_a_product_that_is_not_for_sale_is_not_listed(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text(
        "Handle,Title,Vendor,Variant SKU,Variant Price,Status\n"
        "kettle,Kettle,Acme,,20,active\n"
        "pan,Pan,Acme,,30,draft\n"
    )
    feed = ListedIds()

    first, second = feed.recording(open_feed(export))

    assert isinstance(first, Row)
    assert isinstance(second, RejectedRow)
    assert feed.missing([first.product.id, "pan"]) == ["pan"]


def test_a_rejected_record_of_a_table_lists_its_id_in_any_column(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.csv"
    long = "word " * 80
    catalogue.write_bytes(
        f"description,title,id\n{long},Kettle,k-1,more\n{long},Pän,AB 17\n".encode()
        + "x,Caf\xe9,AB 18\n".encode("latin-1")
    )
    feed = ListedIds()

    rows = [*feed.recording(open_feed(catalogue))]

    assert [type(row) for row in rows] == [RejectedRow, Row, RejectedRow]
    assert feed.missing(["k-1", "AB 17", "AB 18", "k-2"]) == ["k-2"]


def test_a_row_that_may_have_any_id_leaves_nothing_to_delete(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.csv"
    catalogue.write_text(f'id,title\nk-1,Kettle\nk-2,"{"x" * (5 << 20)}"\nk-3,Pan\n')
    feed = ListedIds()

    rows = [*feed.recording(open_feed(catalogue))]

    assert [type(row) for row in rows] == [Row, RejectedRow, Row]
    assert feed.missing(["k-2", "k-9"]) == []
    assert feed.any_id_row == "row 2, line 3"
