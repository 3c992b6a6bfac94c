"""``gram-es override`` as a shell runs it, over an index with one product."""

import json
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from gram_es.index.names import write_alias
from gram_es.records import Product
from gram_es.settings import Settings
from ingest.feeds import Row
from ingest.runs.outcomes import Origin
from ingest.worker.pipeline import Pipeline

BAD = "kind,product_id,query,code,weight\nlock,k,,gear,\npin,,tea,pot,2\nban,k,tea,pot,\n"


@pytest.fixture
def stored_kettle(pipeline: Pipeline) -> None:
    pipeline.index_rows([Row(1, 1, Product("k", "Stove kettle"))], Origin("shop", 1))


def test_rules_are_set_listed_exported_removed_and_imported(
    client: Elasticsearch,
    installed: Settings,
    model: Any,
    stored_kettle: None,
    commands: Any,
    tmp_path: Path,
) -> None:
    def codes() -> list[str]:
        document = client.get(index=write_alias(installed.index), id="k")
        return document["_source"]["gram"][model.slot]["codes"]

    def override(*arguments: str, code: int = 0) -> Any:
        result = commands.run("override", *arguments)
        assert result.returncode == code, result.stderr
        assert "Traceback" not in result.stderr
        return result

    locked = override("lock", "k", "Camping gear", "--note", "summer", "--by", "ada")
    override("ban", "Kettles", "--product", "k")
    override("pin", "tea *", "stove", "--weight", "0.25")

    assert "lock 'camping gear'  product k  (ada  20" in locked.stdout
    assert "1 set, 1 products changed" in locked.stdout
    assert "no product had the code 'camping gear' before" in locked.stderr
    assert codes() == ["camping gear", "stove"]
    listed = json.loads(override("list", "--json").stdout)
    assert [(rule["kind"], rule["code"]) for rule in listed] == [
        ("ban", "kettles"),
        ("lock", "camping gear"),
        ("pin", "stove"),
    ]

    rules = tmp_path / "rules.csv"
    override("export", str(rules))
    removed = override("remove", *(rule["id"] for rule in listed))
    assert "3 removed, 1 products changed" in removed.stdout
    assert codes() == ["stove", "kettle"]

    rules.write_text("\ufeff" + rules.read_text())  # as a spreadsheet saves it
    assert "3 set, 1 products changed" in override("import", str(rules)).stdout
    assert json.loads(override("list", "--json").stdout) == listed
    assert codes() == ["camping gear", "stove"]

    (tmp_path / "bad.csv").write_text(BAD)
    bad = override("import", str(tmp_path / "bad.csv"), code=2)
    assert bad.stderr.splitlines() == [
        f"gram-es: nothing of {tmp_path / 'bad.csv'} was set:",
        "line 3: weight is '2'; give a number above 0 and at most 1",
        "line 4: a ban is for a product or for a query: give one, or none to ban everywhere",
    ]
    unknown = override("remove", "0123", code=2)
    assert "there is no override 0123; gram-es override list prints the ids" in unknown.stderr
    assert json.loads(override("list", "--json").stdout) == listed
