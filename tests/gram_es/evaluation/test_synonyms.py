from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import JudgmentsError
from gram_es.evaluation.synonyms import SynonymRules, read_synonyms, run_synonyms


@pytest.fixture
def rules(tmp_path: Path) -> SynonymRules:
    path = tmp_path / "synonyms.txt"
    lines = ("# a comment, which is no rule", "Sofa, couch", "waste bin, bin => trash can, dustbin")
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_synonyms(path)


@pytest.mark.parametrize(
    ("query", "forms"),
    [
        ("red Couch", ["red couch", "red sofa"]),
        ("waste bin", ["trash can", "dustbin"]),
        ("bin beside sofa", ["trash can beside sofa", "trash can beside couch"]),
        ("lamp", ["lamp"]),
        ("", [""]),
    ],
)
def test_the_longest_phrases_of_a_query_are_replaced(
    rules: SynonymRules, query: str, forms: list[str]
) -> None:
    assert rules.forms(query)[: len(forms)] == forms


def test_a_query_has_at_most_32_forms(rules: SynonymRules) -> None:
    assert len(rules.forms("sofa " * 200)) == 32


def test_a_file_without_a_rule_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("# nothing\n")

    with pytest.raises(JudgmentsError, match="has no rule"):
        read_synonyms(tmp_path / "empty.txt")
    with pytest.raises(JudgmentsError, match="cannot read"):
        read_synonyms(tmp_path / "none.txt")


def test_a_product_is_found_by_its_synonym(
    client: Elasticsearch, clean_index: str, rules: SynonymRules
) -> None:
    for name, text in {"a": "a grey sofa", "b": "a grey lamp"}.items():
        client.index(index=clean_index, id=name, document={"raw": text, "id": name})
    client.indices.put_mapping(
        index=clean_index, properties={"id": {"type": "text", "fielddata": True}}
    )
    client.indices.refresh(index=clean_index)

    run = run_synonyms(client, clean_index, ["couch"], rules)

    assert list(run.hits["couch"]) == ["a"]
