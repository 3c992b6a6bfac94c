from pathlib import Path

import pytest

from gram_es.codes.codebook import Code, Codebook
from gram_es.codes.shopper_words import ShopperWord, ShopperWords
from gram_es.errors import ModelError
from gram_es.text.words import stems

CODEBOOK = Codebook([Code("sofa", ("sofa",), 9), Code("bed", ("bed",), 9)])
SOFA, BED = 0, 1
ENTRIES = [
    ShopperWord("settee", "sofa", 0.8, "small"),
    ShopperWord("chesterfield settee", "sofa", 0.6, "small"),
    ShopperWord("bunk", "bed", 0.4, "small"),
]
WORDS = ShopperWords(ENTRIES, CODEBOOK)


@pytest.mark.parametrize(
    ("query", "shares"),
    [
        ("grey settees", {SOFA: 0.72}),
        ("settee chesterfield", {SOFA: 0.72}),
        ("settee bunk", {SOFA: pytest.approx(0.6), BED: pytest.approx(0.3)}),
        ("sofa", {}),
        ("", {}),
    ],
)
def test_the_words_of_a_query_give_codes_their_shares(query: str, shares: dict[int, float]):
    assert WORDS.shares(stems(query)) == pytest.approx(shares)


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
