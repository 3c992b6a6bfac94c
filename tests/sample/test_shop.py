import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from gram_es.sample import write_shop
from gram_es.sample.cli import sample


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def test_a_seed_names_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    here = tmp_path / "here"
    there = tmp_path / "there"
    code = (
        "import sys; from pathlib import Path; from gram_es.sample import write_shop; "
        "write_shop(Path(sys.argv[1]))"
    )

    write_shop(here)
    subprocess.run(
        [sys.executable, "-c", code, str(there)],
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "4711"},
    )

    assert len(_digests(here)) == 5
    assert _digests(here) == _digests(there)


def test_the_command_prints_what_it_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "a shop"

    plain = CliRunner().invoke(sample, [str(folder)])
    as_json = CliRunner().invoke(sample, [str(folder), "--json"])

    assert plain.exit_code == 0
    assert "2566 products" in plain.output
    said = json.loads(as_json.output)
    assert said["products"] == 2566
    assert Path(said["feed"]) == folder / "feed.xml"
    assert (folder / "queries-unsold.txt").stat().st_size > 0


def test_only_the_judgments_know_the_shoppers_words() -> None:
    root = Path(__file__).parents[2]
    importers = {
        path.relative_to(root).as_posix()
        for package in ("gram_es", "ingest", "query_api", "mappings")
        for path in (root / package).rglob("*.py")
        if re.search(r"import.*\bshoppers\b|\bsample\.shoppers\b import", path.read_text("utf-8"))
    }

    assert importers == {"gram_es/sample/queries.py"}
