import gzip
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from gram_es.errors import FeedError
from gram_es.records import Judgment, Product
from ingest.collections.registry import open_collection


def products(name: str, folder: Path, **options: str) -> dict[str, Product]:
    opened = open_collection(name, folder, **options)
    return {product.id: product for product in opened.products()}


@pytest.fixture
def esci(tmp_path: Path) -> Path:
    """A folder with invented rows in the columns in which ESCI is published."""
    examples = [
        # query, query_id, product_id, product_locale, esci_label, small, large, split
        ("brass lamp", 0, "B01", "us", "E", 1, 1, "train"),
        ("oak desk", 1, "B02", "us", "S", 0, 1, "test"),
        ("oak desk", 1, "B01", "us", "I", 0, 1, "test"),
        ("oak desk", 1, "B03", "us", "C", 0, 1, "test"),
        ("mesa de roble", 2, "B02", "es", "E", 1, 1, "test"),
        ("l" * 600, 3, "B02", "us", "E", 1, 1, "test"),  # longer than a query may be
    ]
    columns = ("query", "query_id", "product_id", "product_locale", "esci_label")
    columns += ("small_version", "large_version", "split")
    rows = [
        {"example_id": n, **dict(zip(columns, row, strict=True))} for n, row in enumerate(examples)
    ]
    write(tmp_path / "shopping_queries_dataset_examples.parquet", rows)
    write(
        tmp_path / "shopping_queries_dataset_products.parquet",
        [
            product("B01", "Brass lamp", "us", product_description="<p>A <b>warm</b> light</p>"),
            product("B02", "Oak desk", "us", product_brand="Ventwood", product_color="Brown"),
            product("B02", "Mesa de roble", "es"),
            product("B04", None, "us"),
        ],
    )
    return tmp_path


def product(product_id: str, title: str | None, locale: str, **more: str) -> dict[str, str | None]:
    optional = ("product_description", "product_bullet_point", "product_brand", "product_color")
    given = dict.fromkeys(optional) | more
    return {"product_id": product_id, "product_title": title, **given, "product_locale": locale}


def write(path: Path, rows: list[dict[str, object]]) -> None:
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def test_the_judgments_of_esci_are_those_of_a_locale_by_split(esci: Path) -> None:
    collection = open_collection("esci", esci)

    assert collection.train == [Judgment("brass lamp", "B01", 3.0)]
    assert collection.test == [
        Judgment("oak desk", "B02", 2.0),
        Judgment("oak desk", "B01", 0.0),
        Judgment("oak desk", "B03", 1.0),
    ]
    assert open_collection("esci", esci, locale="es").test == [Judgment("mesa de roble", "B02", 3)]


def test_the_products_of_esci_are_those_of_a_locale(
    esci: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = products("esci", esci)

    assert found.keys() == {"B01", "B02"}
    assert found["B01"].description == "A warm light"
    assert (found["B02"].title, found["B02"].brand) == ("Oak desk", "Ventwood")
    assert found["B02"].attributes["color"] == ("Brown",)
    assert "1 rows of the collection are no products" in caplog.text
    assert products("esci", esci, locale="es")["B02"].title == "Mesa de roble"


def test_esci_without_pyarrow_names_the_extra(esci: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.feeds.formats.parquet.reader.find_spec", lambda _name: None)

    with pytest.raises(FeedError, match=r'needs pyarrow; run pip install "gram-es\[parquet\]"'):
        open_collection("esci", esci)


@pytest.fixture
def wands(tmp_path: Path) -> Path:
    """A folder with invented rows in the columns in which WANDS is published."""
    tables = {
        "product.csv": [
            "product_id product_name product_class category@hierarchy product_description "
            "product_features rating_count average_rating review_count",
            '7 oak@lamp Table@Lamps Lighting@/@Lamps@/@Table@Lamps a@12"@lamp '
            "color@:@oak|height:12|color@:@brown|nonsense 3.0 4.5 2.0",
            "8 beech@stool Stools    4.0 5.0 1.0",
        ],
        "query.csv": ["query_id query query_class", "0 wooden@lamp Lamps", "1 stool Stools"],
        "label.csv": [
            "id query_id product_id label",
            *("0 0 7 Exact", "1 0 8 Irrelevant", "2 1 7 Partial", "3 9 7 Exact"),
        ],
    }
    for name, lines in tables.items():
        text = "\n".join(lines).replace(" ", "\t").replace("@", " ")
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    return tmp_path


def test_the_judgments_of_wands_name_queries_by_their_text(wands: Path) -> None:
    collection = open_collection("wands", wands)

    assert collection.train == []
    assert collection.test == [
        Judgment("wooden lamp", "7", 2.0),
        Judgment("wooden lamp", "8", 0.0),
        Judgment("stool", "7", 1.0),
    ]


def test_the_products_of_wands_have_categories_and_features(wands: Path) -> None:
    lamp, stool = products("wands", wands).values()

    assert (lamp.title, lamp.description) == ("oak lamp", 'a 12" lamp')
    assert lamp.category == ("Lighting", "Lamps", "Table Lamps")
    assert lamp.attributes["color"] == ("oak", "brown")
    assert lamp.attributes["height"] == ("12",)
    assert stool.category == ("Stools",)


@pytest.fixture
def trec(tmp_path: Path) -> Path:
    """A folder with invented lines in the formats of TREC Product Search."""
    with gzip.open(tmp_path / "collection.trec.gz", "wt", encoding="utf-8") as file:
        file.write('11\tOak "12 lamp\tA warm light.\n12\tBeech stool\n\nno tab\n')
    (tmp_path / "qid2query.tsv").write_text("1\twooden lamp\n", encoding="utf-8")
    (tmp_path / "2023_test_queries.tsv").write_text("2\tstool\n", encoding="utf-8")
    with gzip.open(tmp_path / "product-search-train.qrels.gz", "wt", encoding="utf-8") as file:
        file.write("1\t0\t11\t3\n")
    (tmp_path / "product-search-dev.qrels").write_text("1 0 12 1\n", encoding="utf-8")
    (tmp_path / "2023test.qrel").write_text("2 0 12 3\n2 0 11 -1\n2 0 13 0\n9 0 11 1\n")
    return tmp_path


def test_the_judgments_of_trec_are_split_by_the_names_of_files(trec: Path) -> None:
    collection = open_collection("trec", trec)

    assert collection.train == [Judgment("wooden lamp", "11", 3.0)]
    assert collection.test == [Judgment("stool", "12", 3.0), Judgment("stool", "13", 0.0)]
    (trec / "2023test.qrel").unlink()
    assert open_collection("trec", trec).test == [Judgment("wooden lamp", "12", 1.0)]


def test_the_products_of_trec_are_not_read_as_queries(trec: Path) -> None:
    (trec / "collection.tsv").write_text("9\tpine shelf\n", encoding="utf-8")

    assert all(j.query != "pine shelf" for j in open_collection("trec", trec).test)
    for name in ("qid2query.tsv", "2023_test_queries.tsv"):
        (trec / name).unlink()
    with pytest.raises(FeedError, match=r"has no file \.tsv with query ids"):
        open_collection("trec", trec)


def test_judgments_of_trec_without_their_queries_are_reported(
    trec: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (trec / "2023_test_queries.tsv").write_text("5\tshelf\n", encoding="utf-8")

    assert open_collection("trec", trec).test == []
    assert "no judgment of 2023test.qrel has a known query" in caplog.text
    (trec / "qid2query.tsv").unlink()
    with pytest.raises(FeedError, match="download the queries and the judgments of the same year"):
        open_collection("trec", trec)


def test_the_products_of_trec_have_no_header(trec: Path) -> None:
    lamp, stool = products("trec", trec).values()

    assert (lamp.id, lamp.title, lamp.description) == ("11", 'Oak "12 lamp', "A warm light.")
    assert (stool.id, stool.title, stool.description) == ("12", "Beech stool", None)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("esci", "shopping_queries_dataset_products.parquet"),
        ("wands", "product.csv"),
        ("trec", "collection.trec or collection.tsv"),
    ],
)
def test_a_folder_without_a_file_of_the_collection_names_it(
    tmp_path: Path, name: str, missing: str
) -> None:
    with pytest.raises(FeedError, match=f"lacks {missing}; download"):
        open_collection(name, tmp_path)
    with pytest.raises(FeedError, match="there is no folder"):
        open_collection(name, tmp_path / "none")


def test_a_damaged_file_is_an_error_that_names_it(trec: Path, esci: Path) -> None:
    packed = trec / "collection.trec.gz"
    packed.write_bytes(packed.read_bytes()[:-20])
    (esci / "shopping_queries_dataset_examples.parquet").write_bytes(b"PAR1 and no more")

    with pytest.raises(FeedError, match=r"cannot read .*collection\.trec\.gz"):
        products("trec", trec)
    with pytest.raises(FeedError, match=r"examples\.parquet is broken"):
        open_collection("esci", esci)
