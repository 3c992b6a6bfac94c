from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from gram_es.errors import JudgmentsError
from gram_es.evaluation.peers.synonyms import SynonymRules, read_synonyms, run_synonyms
from gram_es.text.normalise import normalise


@pytest.fixture
def rules(tmp_path: Path) -> SynonymRules:
    path = tmp_path / "synonyms.txt"
    lines = ("# a comment, which is no rule", "Sofa, couch", "waste bin, bin => trash can, dustbin")
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_synonyms(path)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("red Couch", [("red",), ("couch", "sofa")]),
        ("waste bin", [("trash can", "dustbin")]),
        ("bin beside sofa", [("trash can", "dustbin"), ("beside",), ("sofa", "couch")]),
        ("lamp", [("lamp",)]),
        ("", []),
    ],
)
def test_the_longest_phrases_of_a_query_are_replaced(
    rules: SynonymRules, query: str, places: list[tuple[str, ...]]
) -> None:
    assert [set(phrases) for phrases in rules.places(query)] == [*map(set, places)]


def test_an_escaped_comma_is_part_of_its_phrase(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("carafe 1\\,5 l, jug, salt \\=> pepper\\\\, mill\n")

    phrases = read_synonyms(tmp_path / "s.txt").phrases

    assert {" ".join(phrase) for phrase in phrases} == {
        normalise(text) for text in ("carafe 1,5 l", "jug", "salt => pepper\\", "mill")
    }


def test_lines_with_an_empty_side_are_an_error_that_gives_their_numbers(tmp_path: Path) -> None:
    lines = ("sofa, couch", "lamp =>", "=> lamp", "", ", ,", "a => b => c")
    (tmp_path / "s.txt").write_text("\n".join(lines))

    with pytest.raises(JudgmentsError, match=r"4 lines are no rule, first line 2, 3, 5, 6;"):
        read_synonyms(tmp_path / "s.txt")


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


def test_the_last_of_many_synonyms_counts_as_the_first(
    client: Elasticsearch, clean_index: str
) -> None:
    said = "couch dustbin settee jug lamp rug"
    client.index(index=clean_index, id="a", document={"raw": said, "id": "a"})
    client.indices.put_mapping(
        index=clean_index, properties={"id": {"type": "text", "fielddata": True}}
    )
    client.indices.refresh(index=clean_index)
    asked = "sofa bin divan carafe light mat"
    pairs = zip(asked.split(), said.split(), strict=True)
    rules = SynonymRules({(a,): ((a,), ("oak",), ("elm",), (b,)) for a, b in pairs})

    best, plain = (
        run_synonyms(client, clean_index, [query], rules).hits[query]["a"]
        for query in (asked, said)
    )

    assert best == pytest.approx(plain)
