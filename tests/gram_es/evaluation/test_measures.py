import math
from pathlib import Path

import pytest

from gram_es.errors import JudgmentsError, SettingsError
from gram_es.evaluation.judgments import read_judgments
from gram_es.evaluation.measures import Grading, measure
from gram_es.records import Judgment

JUDGMENTS = [
    Judgment("drill", "a", 3.0),
    Judgment("drill", "b", 2.0),
    Judgment("drill", "c", 1.0),
    Judgment("saw", "d", 3.0),
    Judgment("lamp", "e", 1.0),  # has no relevant product: left out
]


def test_measures_equal_those_calculated_by_hand():
    rankings = {"drill": ["x", "a", "c", "b"], "saw": ["x"], "lamp": ["e"]}

    scores = measure(JUDGMENTS, rankings, Grading(relevant=2.0))

    gained = 7 / math.log2(3) + 1 / math.log2(4) + 3 / math.log2(5)
    ideal = 7 / math.log2(2) + 3 / math.log2(3) + 1 / math.log2(4)
    assert scores.means["R@10"] == pytest.approx(0.5)
    assert scores.means["MRR@10"] == pytest.approx((1 / 2 + 0) / 2)
    assert scores.by_query["nDCG@10"]["drill"] == pytest.approx(gained / ideal)
    assert scores.by_query["nDCG@10"]["saw"] == 0.0
    assert set(scores.by_query["R@10"]) == {"drill", "saw"}


def test_recall_counts_up_to_its_depth():
    ranking = [f"x{n}" for n in range(10)] + ["a"] + [f"y{n}" for n in range(100)] + ["b"]

    means = measure(JUDGMENTS[:2], {"drill": ranking}, Grading()).means

    assert (means["R@10"], means["R@100"], means["R@500"]) == (0.0, 0.5, 1.0)


def test_an_offset_lowers_every_grade():
    assert Grading(relevant=2.33, offset=1.0).gain(3.0) == 3000
    assert Grading(relevant=2.33, offset=1.0).gain(0.5) == 0


def test_both_formats_are_read(tmp_path: Path):
    (tmp_path / "j.tsv").write_text('query\tproduct_id\trelevance\nred "x" lamp\t7\t2.33\n')
    (tmp_path / "qrels").write_text("q1 0 7 2\nq1 0 8 0\n")

    assert read_judgments(tmp_path / "j.tsv") == [Judgment('red "x" lamp', "7", 2.33)]
    assert read_judgments(tmp_path / "qrels") == [
        Judgment("q1", "7", 2.0),
        Judgment("q1", "8", 0.0),
    ]


def test_a_tsv_without_a_header_is_not_taken_for_qrels(tmp_path: Path):
    (tmp_path / "j").write_text("cordless drill\t12\t3\n")

    assert read_judgments(tmp_path / "j") == [Judgment("cordless drill", "12", 3.0)]


def test_a_grade_with_too_large_a_gain_is_rejected():
    Grading().check([Judgment("drill", "1", 21.0)])
    with pytest.raises(JudgmentsError, match=r"the highest grade is 55; .* such as 0 to 3"):
        Grading().check([Judgment("drill", "1", 55.0), Judgment("drill", "2", 1.0)])


def test_a_file_without_line_breaks_is_rejected(tmp_path: Path):
    path = tmp_path / "judgments.tsv"
    path.write_text("x" * 2_000_000)
    with pytest.raises(JudgmentsError, match=r"cannot read the judgments|line 1 is not query"):
        read_judgments(path)


def test_judgments_that_are_not_utf_8_are_rejected(tmp_path: Path):
    path = tmp_path / "urteile.tsv"
    path.write_bytes("grüne Lampe\t7\t3\n".encode("cp1252"))

    with pytest.raises(JudgmentsError, match="are not UTF-8; save them as UTF-8"):
        read_judgments(path)


def test_judgments_with_semicolons_say_what_is_expected(tmp_path: Path):
    path = tmp_path / "urteile.csv"
    path.write_text("Lampe;7;3\n")

    with pytest.raises(JudgmentsError, match=r"line 1 is not .* with tabs between them"):
        read_judgments(path)


def test_a_relevant_grade_without_a_gain_is_rejected():
    with pytest.raises(SettingsError, match="choose an offset below"):
        Grading(relevant=1.0, offset=1.0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "contains no judgments"),
        ("query\tproduct_id\trelevance\nq\t7\thigh\nq\t7\n", "line 2 .*; line 3 "),
        ("just words\n", "line 1 is not"),
        ("query\tproduct_id\trelevance\nq\t7\tnan\nq\t7\tinf\n", "line 2 has .* line 3 has"),
        ("query\tproduct_id\trelevance\n \t7\t1\n", "line 2 has a query that is empty"),
    ],
)
def test_a_file_with_other_content_is_rejected(tmp_path: Path, text: str, reason: str):
    (tmp_path / "j.tsv").write_text(text)

    with pytest.raises(JudgmentsError, match=reason):
        read_judgments(tmp_path / "j.tsv")
