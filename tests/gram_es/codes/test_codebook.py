from pathlib import Path

import pytest

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.errors import ModelError

SAW = Code("saws", ("saw",), 4)
DRILL = Code(
    "18 volt drill",
    ("18", "volt", "drill"),
    9,
    (Facet("type", "drill"), Facet("voltage", "18 volt")),
)


def test_a_loaded_codebook_equals_the_saved_one(tmp_path: Path):
    Codebook([DRILL, SAW]).save(tmp_path / "codebook.tsv")

    assert Codebook.load(tmp_path / "codebook.tsv").codes == (DRILL, SAW)


@pytest.mark.parametrize("twin", [Code("saws", ("other",), 1), Code("other", ("saw",), 1)])
def test_each_label_has_one_key(twin: Code):
    with pytest.raises(ValueError, match="differ in label and in key"):
        Codebook([SAW, twin])


def test_a_label_that_the_index_would_drop_is_rejected():
    with pytest.raises(ValueError, match="at most 64"):
        Codebook([Code("x" * 65, ("x",), 1)])


def test_the_error_contains_the_number_of_a_damaged_line(tmp_path: Path):
    (tmp_path / "codebook.tsv").write_text(
        "label\tkey\tcount\tfacets\nsaws\tsaw\n", encoding="utf-8"
    )

    with pytest.raises(ModelError, match=r"codebook\.tsv, line 2"):
        Codebook.load(tmp_path / "codebook.tsv")
