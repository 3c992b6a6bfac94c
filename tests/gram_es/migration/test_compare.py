"""The gate and the queries that it is fed with."""

from pathlib import Path

import pytest

from gram_es.errors import SettingsError
from gram_es.migration.compare import Comparison, Gate, Side, read_queries, sample

GATE = Gate(min_overlap=0.3, max_loss=0.01)


def compared(
    overlap: float = 1.0, live: float | None = None, new: float | None = None, degraded: int = 0
) -> Comparison:
    def side(slot: str, ndcg: float | None, degraded: int = 0) -> Side:
        return Side(slot, 10.0, 20.0, degraded, {} if ndcg is None else {"nDCG@10": ndcg})

    return Comparison(50, overlap, side("mold", live), side("mnew", new, degraded))


@pytest.mark.parametrize(
    ("found", "faults"),
    [
        (compared(), []),
        (compared(overlap=0.3), []),
        (compared(overlap=0.29), ["the first 10 share 29%, --min-overlap is 30%"]),
        (compared(overlap=0.1, live=0.5, new=0.6), []),
        (compared(live=0.5, new=0.495), []),
        (compared(live=0.5, new=0.48), ["nDCG@10 falls by 0.020, --max-loss is 0.01"]),
        (compared(degraded=2), ["mnew had no part in 2 of 50 searches (mold: 0)"]),
    ],
)
def test_the_gate_opens_to_what_is_as_good(found: Comparison, faults: list[str]) -> None:
    assert GATE.faults(found) == faults


def test_queries_are_read_one_a_line_and_once(tmp_path: Path) -> None:
    path = tmp_path / "queries.txt"
    path.write_text("cordless drill\n\n  bath towel \ncordless drill\n")

    assert read_queries(path) == ["cordless drill", "bath towel"]


@pytest.mark.parametrize(
    ("text", "complaint"), [("\n\n", "holds no queries"), ("x" * 513, "longer than 512 characters")]
)
def test_a_file_that_holds_no_queries_is_bad_input(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "queries.txt"
    path.write_text(text)

    with pytest.raises(SettingsError, match=complaint):
        read_queries(path)
    with pytest.raises(SettingsError, match="cannot read the queries"):
        read_queries(tmp_path)


def test_a_sample_is_the_same_each_time() -> None:
    queries = [str(number) for number in range(100)]

    assert sample(queries, 10) == sample(queries, 10)
    assert len(set(sample(queries, 10))) == 10
    assert sample(queries, 200) == queries
