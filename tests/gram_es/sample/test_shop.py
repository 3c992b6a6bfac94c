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

# If these change, so does every measurement on the sample shop: state the reason in the commit.
DIGESTS = {
    "feed.xml": "8f928172f231fdac84967edaf7c2225ef11187acea254707e8e001254e73df29",
    "judgments-dev.tsv": "0040847d32e7b76551049ebc2c35e1cf98b50953a79083cc76c04ec9325ccf1e",
    "judgments-test.tsv": "b9305c214afdf39e4940be89fbfcaec90a678feae80fb8edc3b108b97fc86a7e",
    "queries-unsold.txt": "1c3a5a0c5bdac9e326a7605064d12d1845fe2a3c929043a7e7e125246dcfba90",
    "query-classes.tsv": "2fadb2bdd16066dc44a7f0dc2509aa856254d79ac813a4b372f23f435ecb0e51",
}


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def test_the_default_shop_has_not_changed(tmp_path: Path) -> None:
    write_shop(tmp_path)

    assert _digests(tmp_path) == DIGESTS


def test_a_seed_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    first = tmp_path / "first"
    second = tmp_path / "second"
    code = (
        "import sys; from pathlib import Path; from gram_es.sample import write_shop; "
        "write_shop(Path(sys.argv[1]))"
    )

    write_shop(first)
    subprocess.run(
        [sys.executable, "-c", code, str(second)],
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "4711"},
    )

    assert len(_digests(first)) == 5
    assert _digests(first) == _digests(second)


def test_the_command_prints_what_it_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "a shop"

    plain = CliRunner().invoke(sample, [str(folder)])
    as_json = CliRunner().invoke(sample, [str(folder), "--json"])

    assert plain.exit_code == 0
    assert "2566 products" in plain.output
    printed = json.loads(as_json.output)
    assert printed["products"] == 2566
    assert Path(printed["feed"]) == folder / "feed.xml"
    assert (folder / "queries-unsold.txt").stat().st_size > 0


def test_only_the_queries_import_the_shoppers_words() -> None:
    root = Path(__file__).parents[3]
    importers = {
        path.relative_to(root).as_posix()
        for package in ("gram_es", "ingest", "query_api", "mappings")
        for path in (root / package).rglob("*.py")
        if re.search(r"import.*\bshoppers\b|\bsample\.shoppers\b import", path.read_text("utf-8"))
    }

    assert importers == {"gram_es/sample/queries.py"}
