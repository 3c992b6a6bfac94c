from pathlib import Path

import pytest

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.codes.shopper_words import ShopperWord, ShopperWords
from gram_es.errors import ModelError

IS_SOFA = Facet("type", "sofa")
CODEBOOK = Codebook(
    [
        Code("sofa", ("sofa",), 9, (IS_SOFA,)),
        Code("red sofa", ("red", "sofa"), 9, (Facet("color", "red"), IS_SOFA)),
        Code("bed", ("bed",), 9),
    ]
)
ENTRIES = [
    ShopperWord("settee", "sofa", 0.8, "small"),
    ShopperWord("chesterfield settee", "sofa", 0.6, "small"),
    ShopperWord("bunk", "bed", 0.4, "small"),
    ShopperWord("bunking", "sofa", 0.1, "small"),
    ShopperWord("bed in a bag", "bed", 0.9, "merchandiser"),
    ShopperWord("3 seater", "sofa", 0.9, "merchandiser"),
]
WORDS = ShopperWords(ENTRIES, CODEBOOK)


@pytest.mark.parametrize(
    ("query", "by_code", "share"),
    [
        ("settee", [0.8, 0.8, 0], 1),
        ("settee settees", [0.8, 0.8, 0], 1),
        ("grey settees", [0.4, 0.4, 0], 0.5),
        ("a settee for the lounge", [0.4, 0.4, 0], 0.5),
        ("settee bunk", [0.4, 0.4, 0.2], 1),
        ("settee chesterfield", [0.6, 0.6, 0], 1),
        ("bed in a bag queen", [0, 0, 0.72], 0.8),
        ("3 seater blue velvet", [0.45, 0.45, 0], 0.5),
    ],
)
def test_each_word_brings_a_query_nearer_to_its_code_and_to_all_codes_of_its_type(
    query: str, by_code: list[float], share: float
):
    nearness = WORDS.nearness(query)

    assert nearness.by_code == pytest.approx(by_code)
    assert nearness.share == pytest.approx(share)


@pytest.mark.parametrize(
    ("form", "by_code"),
    [("bunk", [0, 0, 0.4]), ("bunking", [0.1, 0.1, 0]), ("bunks", [0.1, 0.1, 0.4])],
)
def test_entries_with_the_form_of_a_query_count_more_than_other_forms(
    form: str, by_code: list[float]
):
    assert WORDS.nearness(form).by_code == pytest.approx(by_code)


@pytest.mark.parametrize("query", ["sofa", ""])
def test_without_an_entry_for_a_word_nothing_is_known(query: str):
    assert WORDS.nearness(query) is None


def test_the_nearest_code_of_words_is_that_with_the_highest_weight():
    entries = [*ENTRIES, ShopperWord("settee", "bed", 0.9, "small"), ENTRIES[0]]

    nearest = ShopperWords(entries, CODEBOOK).nearest()

    assert [(entry.words, entry.code) for entry in nearest] == [
        ("settee", "bed"),
        ("chesterfield settee", "sofa"),
        ("bunk", "bed"),
        ("bunking", "sofa"),
        ("bed in a bag", "bed"),
        ("3 seater", "sofa"),
    ]


def test_a_file_gives_the_entries_back(tmp_path: Path):
    path = tmp_path / "words.tsv"
    WORDS.save(path)
    assert list(ShopperWords.load(path, CODEBOOK).entries) == ENTRIES


def test_people_may_add_lines_and_leave_the_origin_out(tmp_path: Path):
    path = tmp_path / "words.tsv"
    WORDS.save(path)
    path.write_text(path.read_text() + "\nChesterfield\tsofa\t1\n", encoding="utf-8")
    added = ShopperWords.load(path, CODEBOOK).entries[-1]
    assert added == ShopperWord("Chesterfield", "sofa", 1.0, "merchandiser")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("\tsofa\t0.5", "no words"),
        ("settee\tdivan\t0.5", "no code 'divan'"),
        ("settee\tsofa\t1.5", "weight '1.5'"),
        ("settee\tsofa\tnan", "weight 'nan'"),
        ("settee", "no code ''"),
    ],
)
def test_a_line_that_is_no_entry_is_named(tmp_path: Path, line: str, fault: str):
    path = tmp_path / "words.tsv"
    path.write_text(f"words\tcode\tweight\torigin\n{line}\n", encoding="utf-8")
    with pytest.raises(ModelError, match=f"line 2: .*{fault}"):
        ShopperWords.load(path, CODEBOOK)


@pytest.mark.parametrize("content", ["", "settee\tsofa\t0.5\n"])
def test_a_file_without_the_header_is_an_error(tmp_path: Path, content: str):
    path = tmp_path / "words.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="words, code, weight, origin"):
        ShopperWords.load(path, CODEBOOK)
