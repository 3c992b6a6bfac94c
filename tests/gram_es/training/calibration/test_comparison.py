from collections.abc import Mapping

import pytest

from gram_es.training.calibration.comparison import EncoderComparison

Means = Mapping[str, Mapping[str, float]]
PRETRAINED: Means = {
    "codes+text": {"R@100": 0.80, "nDCG@10": 0.40},
    "codes+text+rerank": {"R@100": 0.85, "nDCG@10": 0.43},
}


def trained(
    codes_and_text: tuple[float, float], full: tuple[float, float]
) -> dict[str, dict[str, float]]:
    pairs = {"codes+text": codes_and_text, "codes+text+rerank": full}
    return {form: {"R@100": recall, "nDCG@10": ndcg} for form, (recall, ndcg) in pairs.items()}


@pytest.mark.parametrize(
    ("codes_and_text", "full", "is_kept"),
    [
        pytest.param((0.81, 0.41), (0.86, 0.44), True, id="gains in both"),
        pytest.param((0.79, 0.39), (0.86, 0.44), False, id="loses by text and codes"),
        pytest.param((0.81, 0.41), (0.84, 0.42), False, id="loses in the full search"),
        pytest.param((0.82, 0.39), (0.87, 0.42), True, id="gains more recall than it loses order"),
        pytest.param((0.80, 0.40), (0.85, 0.43), True, id="equal"),
    ],
)
def test_training_is_kept_if_it_loses_in_no_form_of_the_search(
    codes_and_text: tuple[float, float], full: tuple[float, float], is_kept: bool
):
    comparison = EncoderComparison(100, trained(codes_and_text, full), PRETRAINED)

    assert comparison.keeps_training == is_kept


def test_the_decision_is_reported_with_its_figures():
    comparison = EncoderComparison(120, trained((0.70, 0.30), (0.86, 0.44)), PRETRAINED)

    assert comparison.summary() == (
        "the training on judgments is switched off for this catalogue; the model keeps the "
        "pretrained encoder: on 120 held-out queries the trained encoder against the pretrained "
        "one has codes+text: R@100 0.700 against 0.800, nDCG@10 0.300 against 0.400; "
        "codes+text+rerank: R@100 0.860 against 0.850, nDCG@10 0.440 against 0.430"
    )
    assert "| codes+text | trained | 0.700 | 0.300 |" in comparison.table()
