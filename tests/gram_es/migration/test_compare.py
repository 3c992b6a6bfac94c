"""The gate, which is the conditions for a switch, and the queries of a comparison."""

from pathlib import Path

import pytest

from gram_es.errors import SettingsError
from gram_es.migration.compare import Comparison, Gate, ModelResult, read_queries, sample

GATE = Gate(min_overlap=0.3, max_loss=0.01)


def comparison_of(
    overlap: float = 1.0, live: float | None = None, new: float | None = None, degraded: int = 0
) -> Comparison:
    def result(slot: str, ndcg: float | None, degraded: int = 0) -> ModelResult:
        return ModelResult(slot, 10.0, 20.0, degraded, {} if ndcg is None else {"nDCG@10": ndcg})

    return Comparison(50, overlap, result("mold", live), result("mnew", new, degraded))


@pytest.mark.parametrize(
    ("comparison", "objections"),
    [
        (comparison_of(), []),
        (comparison_of(overlap=0.3), []),
        (
            comparison_of(overlap=0.29),
            ["the first 10 hits overlap by 29%, --min-overlap is 30%"],
        ),
        (comparison_of(overlap=0.1, live=0.5, new=0.6), []),
        (comparison_of(live=0.5, new=0.495), []),
        (comparison_of(live=0.5, new=0.48), ["nDCG@10 falls by 0.020, --max-loss is 0.01"]),
        (
            comparison_of(degraded=2),
            ["2 of 50 searches were degraded with mnew (mold: 0)"],
        ),
    ],
)
def test_the_gate_objects_to_a_model_that_is_worse(
    comparison: Comparison, objections: list[str]
) -> None:
    assert GATE.objections(comparison) == objections


def test_queries_are_read_from_lines_without_duplicates(tmp_path: Path) -> None:
    path = tmp_path / "queries.txt"
    path.write_text("cordless drill\n\n  bath towel \ncordless drill\n")

    assert read_queries(path) == ["cordless drill", "bath towel"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("\n\n", "contains no queries"), ("x" * 513, "longer than 512 characters")],
)
def test_a_file_without_usable_queries_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "queries.txt"
    path.write_text(text)

    with pytest.raises(SettingsError, match=message):
        read_queries(path)
    with pytest.raises(SettingsError, match="cannot read the queries"):
        read_queries(tmp_path)


def test_a_sample_is_the_same_each_time() -> None:
    queries = [str(number) for number in range(100)]

    assert sample(queries, 10) == sample(queries, 10)
    assert len(set(sample(queries, 10))) == 10
    assert sample(queries, 200) == queries
