from gram_es.records import WeightedCode
from gram_es.retrieval.query.understand import without_excluded

CODES = (WeightedCode("cordless drill", 0.6), WeightedCode("gift", 0.3, pinned=True))


def test_a_code_goes_in_whatever_form_and_the_others_keep_their_weights():
    assert without_excluded(CODES, ["Cordless Drills"]) == CODES[1:]
    assert without_excluded(CODES, ["gift", "no such code"]) == CODES[:1]


def test_nothing_goes_unasked():
    assert without_excluded(CODES, ()) == CODES
