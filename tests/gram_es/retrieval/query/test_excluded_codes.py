from gram_es.records import WeightedCode
from gram_es.retrieval.query.understand import drop_excluded_codes

CODES = (WeightedCode("cordless drill", 0.6), WeightedCode("gift", 0.3, pinned=True))


def test_a_code_is_dropped_in_any_surface_form_and_other_weights_stay():
    assert drop_excluded_codes(CODES, ["Cordless Drills"]) == CODES[1:]
    assert drop_excluded_codes(CODES, ["gift", "no such code"]) == CODES[:1]


def test_without_excluded_codes_nothing_is_dropped():
    assert drop_excluded_codes(CODES, ()) == CODES
