from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from elasticsearch import Elasticsearch
from numpy.typing import NDArray

from gram_es.errors import JudgmentsError
from gram_es.evaluation.experts import LANGUAGE_MODEL_SYSTEMS
from gram_es.evaluation.measures import Grading
from gram_es.evaluation.runner import SYSTEMS, System, ablations, evaluate
from gram_es.language_model.query_codes import TwoExperts
from gram_es.model.gram import Gram
from gram_es.records import Judgment, Product
from gram_es.retrieval.request import MAX_DEPTH
from gram_es.retrieval.rerank.blend import Calibration


@pytest.fixture
def experts(gram: Gram) -> TwoExperts:
    """Return the model with a language model that has no opinion."""

    class NoOpinion:
        def nearness(self, queries: Sequence[str]) -> NDArray[np.float32]:
            return np.zeros((len(queries), len(gram.codebook)), dtype=np.float32)

    return TwoExperts(gram, "no opinion", NoOpinion())


def test_each_system_is_measured_on_the_real_path(
    client: Elasticsearch, gram: Gram, shop: tuple[Product, ...]
):
    judgments = [Judgment(product.title, product.id, 3.0) for product in shop[:20]]

    classes = {judgment.query: "title" for judgment in judgments}

    report = evaluate(client, gram, shop, judgments, grading=Grading(), classes=classes)

    rows = {row.system: row for row in report.rows}
    assert list(rows) == [
        "bm25",
        "codes (untrained)",
        "codes (prior)",
        "text",
        "text+rerank",
        "codes",
        "codes+text",
        "codes+text+rerank",
    ]
    assert rows["bm25"].measures["R@10"] > 0.9
    assert rows["codes+text+rerank"].measures["R@10"] > 0.9
    for name in ("codes (untrained)", "codes (prior)", "codes"):
        assert 0 < rows[name].measures["R@500"] <= 1
    assert rows["codes (untrained)"].took_ms == rows["codes (prior)"].took_ms == {}
    assert {"understand", "elasticsearch", "total"} <= set(rows["codes+text+rerank"].took_ms)
    # Two lines of summary, tables of measures and of classes, three comparisons of two lines each.
    assert report.to_text().count("\n") == 3 + 2 * (1 + len(rows)) + 9
    assert rows["bm25"].by_class == {"title": rows["bm25"].measures["nDCG@10"]}
    no_difference = {"difference": 0.0, "low": 0.0, "high": 0.0}
    in_json = {row["system"]: row["against_bm25"] for row in report.to_json()["rows"]}
    assert in_json["bm25"] == dict.fromkeys(rows["bm25"].measures, no_difference)
    gain = rows["codes"].measures["R@500"] - rows["bm25"].measures["R@500"]
    assert in_json["codes"]["R@500"]["difference"] == pytest.approx(gain)
    assert not client.indices.exists(index="gram-es-evaluation-*", allow_no_indices=False)


def test_a_sample_of_the_queries_is_measured_with_a_language_model_too(
    client: Elasticsearch, gram: Gram, shop: tuple[Product, ...], experts: TwoExperts
):
    judgments = [Judgment(product.title, product.id, 3.0) for product in shop[:8]]

    report = evaluate(
        client, gram, shop, judgments, grading=Grading(), experts=experts, max_queries=4
    )

    rows = {row.system: row.measures["R@500"] for row in report.rows}
    assert report.queries == 4
    assert [name for name in rows if name in LANGUAGE_MODEL_SYSTEMS] == [*LANGUAGE_MODEL_SYSTEMS]
    assert rows["codes (both)"] == rows["codes"]


def test_ablations_precede_the_full_search_and_are_compared_with_it(
    client: Elasticsearch, gram: Gram, shop: tuple[Product, ...]
):
    judgments = [Judgment(product.title, product.id, 3.0) for product in shop[:10]]

    report = evaluate(client, gram, shop, judgments, grading=Grading(), ablate=True)

    names = [row.system for row in report.rows]
    yardsticks = ["codes (untrained)", "codes (prior)"]
    assert names[:3] == ["bm25", *yardsticks]
    ablated = names[3 : names.index("text")]
    assert ablated == [
        "no speller",
        "no text in blend",
        "no lexical features in blend",
        "no feedback in blend",
        "no agreement in blend",
        "half the window",
        "twice the window",
    ]
    others = [comparison.other for comparison in report.comparisons]
    assert others == ["bm25", *yardsticks, *ablated]


def test_an_ablation_changes_one_thing():
    full = System(SYSTEMS["codes+text+rerank"], Calibration(lexical=(1.0,), feedback=0.5), 500)

    ablated = ablations(full)

    assert ablated["no lexical features in blend"].calibration == Calibration(feedback=0.5)
    assert ablated["no feedback in blend"].calibration == Calibration(lexical=(1.0,))
    assert ablated["no text in blend"].calibration == Calibration(
        bm25=0.0, lexical=(1.0,), feedback=0.5
    )
    assert ablated["twice the window"] == System(full.stages, full.calibration, window=1_000)
    assert ablations(replace(full, window=8_000))["twice the window"].window == MAX_DEPTH
    assert ablated["no speller"].stages == {"text", "codes", "rerank"}


def test_judgments_of_another_shop_are_rejected(
    client: Elasticsearch, gram: Gram, shop: tuple[Product, ...]
):
    with pytest.raises(JudgmentsError, match="none of the 1 judgments names a product"):
        evaluate(client, gram, shop, [Judgment("lamp", "no-such-id", 3.0)], grading=Grading())
