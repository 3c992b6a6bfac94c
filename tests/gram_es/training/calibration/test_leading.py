import pytest

from gram_es.training.calibration.leading import fit_lead_above


def test_codes_lead_from_the_score_below_which_most_of_them_lead_wrong():
    scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    leads_right = [True, False, True, True, False, False]

    assert fit_lead_above(scores, leads_right, least=0.3) == 0.6


def test_the_order_of_the_queries_does_not_matter():
    assert fit_lead_above([0.4, 0.9, 0.6], [False, True, True], least=0.3) == 0.6


def test_judged_queries_never_lower_the_limit():
    assert fit_lead_above([0.9, 0.5], [True, True], least=0.7) == 0.7
    assert fit_lead_above([], [], least=0.7) == 0.7


def test_if_every_code_leads_wrong_none_of_them_leads():
    assert fit_lead_above([0.9, 0.8], [False, False], least=0.3) == pytest.approx(0.9, abs=0.01)
    assert fit_lead_above([0.9, 0.8], [False, False], least=0.3) > 0.9
