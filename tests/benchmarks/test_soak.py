"""The soak itself, for a minute, or for as long as ``SOAK_SECONDS`` says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gram_es.cluster.node.node import LocalNode
from gram_es.errors import NodeError

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak"
SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
SEED = 11


@pytest.mark.soak
def test_nothing_is_lost_while_every_part_of_a_shop_is_broken_at_random(
    cache_dir: Path, gram_dir: Path, other_gram_dir: Path, tmp_path: Path
) -> None:
    try:
        LocalNode(tmp_path / "node", cache_dir=cache_dir).ensure_installed()
    except NodeError as error:
        pytest.skip(f"no local Elasticsearch: {error}")
    models = ["--model", str(gram_dir), "--next-model", str(other_gram_dir)]
    times = ["--duration", str(SECONDS), "--checkpoint", str(SECONDS / 2), "--mean-s", "4"]

    result = subprocess.run(
        [sys.executable, str(SOAK), *models, *times, "--products", "80", "--seed", str(SEED)],
        env={**os.environ, "GRAM_ES_CACHE_DIR": str(cache_dir)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 differences" in result.stdout
