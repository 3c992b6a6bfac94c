"""The profile of a search runs, with few products and queries."""

from __future__ import annotations

from pathlib import Path

PARTS = ("encoder", "codes", "spelling and plan", "requests and their JSON", "reading hits")
OTHERS = ("rerank", "page", "the rest", "Elasticsearch", "together")


def test_the_time_of_every_part_of_a_search_is_printed(
    judged_shop, gram_dir: Path, run_benchmark
) -> None:
    few = ("--model", str(gram_dir), "--queries", "2")

    output = run_benchmark(
        "search_profile.py", str(judged_shop.judgments), *few, environment=judged_shop.environment
    )

    times = {line[:24].strip(): line.split()[-2] for line in output.splitlines()[:-1]}
    assert list(times) == [*PARTS, *OTHERS[:-1]]
    assert all(float(times[part]) > 0 for part in ("encoder", "codes", "rerank"))
    assert output.splitlines()[-1].startswith("together")
