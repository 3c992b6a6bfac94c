"""The measurement of what models cost runs, with few products and queries."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

MODEL_COST = Path(__file__).parents[2] / "benchmarks" / "model_cost.py"
FEED = """id,title,price
1,Garden hose 15 m,19.99
2,Cordless drill 18 V,89.00
"""


def test_the_cost_of_both_experts_is_measured(
    gram_dir: Path, small_language_model: Path, tmp_path: Path
) -> None:
    feed, judgments = tmp_path / "feed.csv", tmp_path / "judgments.tsv"
    feed.write_text(FEED)
    judgments.write_text("query\tproduct_id\trelevance\nsettee\t1\t3\n")
    few = ["--products", "2", "--queries", "1", "--asked", "1", "--rounds", "1", "--threads", "1"]

    result = subprocess.run(
        [
            *(sys.executable, str(MODEL_COST), str(gram_dir), str(feed), str(judgments)),
            *(*few, "--language-model", str(small_language_model)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert re.search(r"\d+ tokens/s", result.stdout)
    assert len(re.findall(r"queries/s by both experts", result.stdout)) == 2
