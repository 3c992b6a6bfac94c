"""A wrong quotation mark in a table costs its own row at most."""

from collections.abc import Callable

import pytest

from gram_es.records import Product
from ingest.feeds import RejectedRow

Products = Callable[[str], list[Product]]
Rejected = Callable[[str], list[RejectedRow]]


def titles(products: list[Product]) -> dict[str, str]:
    return {product.id: product.title for product in products}


@pytest.mark.parametrize(
    "closing",
    ["", 'Sign 6" tall', 'Sign 6"', '"Framed" sign', '"Sign, framed"', 'Sign 6"" tall'],
)
@pytest.mark.parametrize("distance", [1, 2, 40])
def test_an_unclosed_mark_in_a_csv_costs_its_own_row(
    products_of: Products, rejected_in: Rejected, closing: str, distance: int
) -> None:
    rows = [f"{n},Poster {n},{n}.50 EUR" for n in range(1, 60)]
    rows[9] = '10,"Poster,10.50 EUR'
    rows[9 + distance] = f"{10 + distance},{closing or 'Poster'},{10 + distance}.50 EUR"
    feed = "\n".join(["id,title,price", *rows, ""])

    (rejected,) = rejected_in(feed)

    assert (rejected.line, "10" in rejected.possible_ids) == (11, True)
    assert "quotation mark" in rejected.reason
    read = products_of(feed)
    assert [product.id for product in read] == [str(n) for n in range(1, 60) if n != 10]
    assert all(product.price == int(product.id) + 0.5 for product in read)


@pytest.mark.parametrize("second", ['Sign 6" tall', 'Sign 6"', "Sign"])
def test_a_mark_in_a_table_with_tabs_is_text(products_of: Products, second: str) -> None:
    feed = f'id\ttitle\tprice\n1\t"Poster\t5 EUR\n2\t{second}\t6 EUR\n3\tFrame\t7 EUR\n'

    assert titles(products_of(feed)) == {"1": '"Poster', "2": second, "3": "Frame"}


@pytest.mark.parametrize(
    "text",
    [
        "Boils\nwater",
        "Boils, and whistles, loudly\nBrews tea, coffee, soup",
        "Sizes:\n\n- 1 l\n- 2 l",
        'The ""big"" one\nhas 2"" more, too',
        "a,b\nc",
        "a,b\nc,d, and e",
        "\n".join(f"line {n}, of a long text" for n in range(500)),
    ],
)
def test_a_closed_cell_with_line_breaks_is_one_cell(products_of: Products, text: str) -> None:
    feed = (
        f'id,title,description,price\n1,Pan,"flat",4 EUR\n2,Kettle,"{text}",5 EUR\n3,Lid,,6 EUR\n'
    )

    _, kettle, lid = products_of(feed)

    assert (kettle.description or "").split() == text.replace('""', '"').split()
    assert (kettle.price, lid.id) == (5.0, "3")


def test_a_cell_that_may_be_rows_costs_them_but_names_them(rejected_in: Rejected) -> None:
    feed = 'id,title\n1,"Kettle\nred,big"\n2,Pan\n'

    rejected = rejected_in(feed)

    assert [row.line for row in rejected] == [2, 3]
    assert {"1", "red"} <= {text for row in rejected for text in row.possible_ids}


@pytest.mark.parametrize(
    ("row", "title"),
    [
        ('1,"Kettle" big,5', '"Kettle" big'),
        ('1,"Kettle 15" big, red",5', 'Kettle 15" big, red'),
        ('1,Kettle "big",5', 'Kettle "big"'),
        ('1, "Kettle, big", 5', "Kettle, big"),
        ('1,="Kettle, big",5', "Kettle, big"),
    ],
)
def test_marks_that_are_not_doubled_are_text(products_of: Products, row: str, title: str) -> None:
    assert titles(products_of(f"id,title,price\n{row}\n2,Pan,6\n")) == {"1": title, "2": "Pan"}


def test_lines_behind_an_unclosed_mark_are_no_products(products_of: Products) -> None:
    feed = 'id,title,brand\n1,"Kettle with "a, b" lid\nred, big\nround\n",Acme\n2,Pan,Acme\n'

    assert titles(products_of(feed)) == {"2": "Pan"}


def test_a_line_that_completes_a_row_with_an_unclosed_mark_is_no_product(
    products_of: Products, rejected_in: Rejected
) -> None:
    rows = '1,Boils,5.50 EUR,Kettle\n2,"Fries\n3,20 EUR each,8.50 EUR,Pan\n4,Covers,9.50 EUR,Lid\n'
    feed = f"id,description,price,title\n{rows}"

    assert titles(products_of(feed)) == {"1": "Kettle", "4": "Lid"}
    assert [row.line for row in rejected_in(feed)] == [3, 4]


@pytest.mark.parametrize("broken", ['"{0}","Kettle,"{0}.50"', '"{0}","Kettle,"{0}.50","extra"'])
def test_each_of_several_broken_rows_is_rejected_alone(rejected_in: Rejected, broken: str) -> None:
    rows = [f'"{n}","Pan","{n}.50"' for n in range(1, 5)]
    rows += [broken.format(n) for n in range(5, 8)]

    rejected = rejected_in("\n".join(["id,title,price", *rows, '"8","Lid","8.50"', ""]))

    assert [row.line for row in rejected] == [6, 7, 8]
    assert all(str(row.line - 1) in row.possible_ids for row in rejected)


def test_a_broken_row_whose_id_is_moved_is_rejected_alone(rejected_in: Rejected) -> None:
    rows = 'Pan,1,1.50 EUR\n"Kettle,2,2.50 EUR\n"Lid, flat,3,3.50 EUR\nPot,4,4.50 EUR\n'

    rejected = rejected_in(f"title,id,price\n{rows}")

    assert [row.line for row in rejected] == [3, 4]


def test_a_line_of_a_cell_that_no_mark_opens_is_no_product(products_of: Products) -> None:
    rows = "".join(f"Pan,{n},{n}.50 EUR,flat\n" for n in range(1, 5))

    read = products_of(f'title,id,price,description\n{rows}Pot,5,5.50 EUR,big\n6,00 EUR each\n"\n')

    assert [product.id for product in read] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "text",
    ["9,00 EUR each\nBoils water", "Blue, small, flat\nBoils water", "9,2 l\n8,1 l, or more"],
)
@pytest.mark.parametrize("place", [1, 2, 12])
def test_a_row_of_a_cell_that_no_mark_opens_is_rejected_with_its_lines(
    products_of: Products, rejected_in: Rejected, text: str, place: int
) -> None:
    rows = [f"{n},Kettle,{n}.50 EUR,Acme,flat" for n in range(1, 31)]
    rows[place] += f'\n{text}"'

    feed = "\n".join(["id,title,price,brand,description", *rows, ""])

    intact = [str(n) for n in range(1, 31) if n != place + 1]
    assert [product.id for product in products_of(feed)] == intact
    assert str(place + 1) in {text for row in rejected_in(feed) for text in row.possible_ids}


@pytest.mark.parametrize("text", ["", "5,00 EUR each\n"])
def test_a_last_line_that_looks_like_its_row_is_not_read_for_it(
    products_of: Products, rejected_in: Rejected, text: str
) -> None:
    rows = [f"Acme,{n}.50 EUR,flat,Kettle,{n}" for n in range(1, 9)]
    rows[5] = f'"Acme,"6.50 EUR\n{text}3,20 EUR each",flat,Kettle,6'

    feed = "\n".join(["brand,price,description,title,id", *rows, ""])

    assert [product.id for product in products_of(feed)] == ["1", "2", "3", "4", "5", "7", "8"]
    assert "6" in {text for row in rejected_in(feed) for text in row.possible_ids}


def test_two_rows_are_not_merged_if_one_lost_a_closing_mark_and_one_an_opening_mark(
    products_of: Products, rejected_in: Rejected
) -> None:
    rows = [f'{n}.50 EUR,{n},"flat\nred",Kettle {n}' for n in range(1, 9)]
    rows[3] = '4.50 EUR,4,"flat\nred,"Kettle, 4"'
    rows[4] = '5.50 EUR,5,flat\nred",Kettle 5'

    feed = "\n".join(["price,id,description,title", *rows, ""])

    assert [product.id for product in products_of(feed)] == ["1", "2", "3", "6", "7", "8"]
    assert {"4", "5"} <= {text for row in rejected_in(feed) for text in row.possible_ids}


def test_the_first_two_rows_are_not_merged_if_their_marks_are_lost(products_of: Products) -> None:
    first = 'Acme,"flat\nred,1,Kettle\nAcme,flat\nred",2,Pan\n'

    read = products_of(f"brand,description,id,title\n{first}Acme,flat,3,Lid\n")

    assert titles(read) == {"3": "Lid"}


@pytest.mark.parametrize(
    ("row", "third", "fourth"),
    [
        ("Acme,{0},{0}.50 EUR,Kettle", 'Acme,3,3.50 EUR,"Pan', 'Acme",4,4.50 EUR,"Lid, flat"'),
        ('"Acme","{0}","5 EUR","Pan"', '"Acme","3","5 EUR","Pan', 'Acme","4","5 EUR","Lid"'),
    ],
)
def test_two_rows_in_one_quoted_cell_count_as_two(
    rejected_in: Rejected, row: str, third: str, fourth: str
) -> None:
    rows = [row.format(n) for n in range(1, 6)]
    rows[2:4] = [third, fourth]

    rejected = rejected_in("\n".join(["brand,id,price,title", *rows, ""]))

    assert [row.line for row in rejected] == [4, 5]


def test_short_rows_are_read_if_no_mark_behind_them_is_wrong(products_of: Products) -> None:
    rows = "".join(f"{n},Kettle{',5 EUR' * (n % 2)}\n" for n in range(1, 300))

    read = products_of(f'id,title,price\n{rows}300,"Lid, 3"" wide"\n301,TV 15",9 EUR\n')

    assert len(read) == 301


@pytest.mark.parametrize("end", ['3,"Pan', '3,"Pan,6\n', "3,Pa"])
def test_a_file_that_ends_inside_a_row_may_have_lost_any_row(
    rejected_in: Rejected, end: str
) -> None:
    (rejected,) = rejected_in(f"id,title,price\n1,Kettle,5\n2,Lid,6\n{end}")

    assert rejected.may_have_any_id


def test_a_cell_over_a_megabyte_costs_its_row_alone(
    products_of: Products, rejected_in: Rejected
) -> None:
    image = "x" * (1 << 20)
    feed = f'id,title,description\n1,Kettle,{image}\n2,Pan,"{image},\n{image}"\n3,Lid,flat\n'

    assert [row.possible_ids for row in rejected_in(feed)] == [("1",), ("2",)]
    assert {row.reason for row in rejected_in(feed)} == {
        "the row is longer than 1,048,576 characters"
    }
    assert titles(products_of(feed)) == {"3": "Lid"}


@pytest.mark.parametrize("form", ["SKU {} a", "{}", "k/{}"])
def test_an_unclosed_mark_in_the_first_row_costs_that_row(products_of: Products, form: str) -> None:
    ids = [form.format(n) for n in range(5)]
    rows = [f'"Poster {n},{ids[n]},5' if n == 0 else f"Lid {n},{ids[n]},6" for n in range(5)]

    read = products_of("\n".join(["title,id,price", *rows, ""]))

    assert [product.id for product in read] == ids[1:]


def test_many_unclosed_marks_take_time_in_proportion(rejected_in: Rejected) -> None:
    rows = "".join(f'{n},"Poster,5\n{n}a,Lid,6\n' for n in range(20_000))

    assert len(rejected_in(f"id,title,price\n{rows}")) == 20_000


@pytest.mark.parametrize("text", ["red, big, round", "red, big, round\nBoils water"])
def test_lines_of_a_cell_that_lost_its_opening_mark_are_no_products(
    products_of: Products, rejected_in: Rejected, text: str
) -> None:
    rows = [f"{n},Kettle,flat,Acme,{n}.25 EUR" for n in range(1, 9)]
    rows[4] = f'5,Kettle,flat\n{text}",Acme,5.25 EUR'
    feed = "\n".join(["id,title,description,brand,price", *rows, ""])

    read = products_of(feed)

    assert {product.id for product in read} <= {str(n) for n in range(1, 9)}
    assert all(product.price in (None, int(product.id) + 0.25) for product in read)
    assert rejected_in(feed)
