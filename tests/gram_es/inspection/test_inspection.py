"""Test the origins of codes and the drift between slots against results computed by hand."""

import pytest

from gram_es.codes.stored_codes import code_fields, pack
from gram_es.inspection.code_stats import measure_drift
from gram_es.inspection.origins import CodeOrigin, code_origins, rules_of_product
from gram_es.overrides.rules import make_override
from gram_es.records import ProductCode

LOCK = make_override({"kind": "lock", "product_id": "p1", "code": "deal"})
BAN = make_override({"kind": "ban", "code": "gifts"})


def test_unsupported_words_are_compared_by_stem_and_never_stop_words():
    origins = code_origins({"codes": ["drills for wood", "cordless drill"]}, "drill wood", [])

    assert origins == (
        CodeOrigin("drills for wood", is_carried=True, is_from_model=True, unsupported_words=()),
        CodeOrigin(
            "cordless drill", is_carried=True, is_from_model=True, unsupported_words=("cordless",)
        ),
    )


def test_origins_report_a_lock_and_a_ban_with_the_codes_of_the_model():
    model_codes = [ProductCode("gift", 0.25, is_stated=False), ProductCode("drill", 0.5)]
    slot_fields = {
        **code_fields([ProductCode("deal", 1.0), model_codes[1]]),
        "own": ["gift", "drill"],
        "own_packed": pack(model_codes),
    }

    origins = code_origins(slot_fields, "drill deal gift", [LOCK, BAN])

    assert origins == (
        CodeOrigin("deal", is_carried=True, is_from_model=False, unsupported_words=(), rule=LOCK),
        CodeOrigin("drill", is_carried=True, is_from_model=True, unsupported_words=(), weight=0.5),
        CodeOrigin(
            "gift",
            is_carried=False,
            is_from_model=True,
            unsupported_words=(),
            rule=BAN,
            weight=0.25,
            is_stated=False,
        ),
    )


def test_a_product_without_enrichment_has_no_codes():
    assert code_origins({}, "drill", [LOCK]) == ()


def test_rules_of_a_product_are_its_own_and_the_bans_everywhere():
    other = make_override({"kind": "ban", "product_id": "p2", "code": "drill"})
    pin = make_override({"kind": "pin", "query": "drill", "code": "drill"})

    assert rules_of_product([LOCK, BAN, other, pin], "p1") == (LOCK, BAN)


def test_drift_is_the_share_that_differs_and_the_mean_overlap():
    same, apart, half = frozenset("ab"), frozenset("cd"), frozenset("bc")

    drift = measure_drift("a", "b", [(same, same), (same, apart), (same, half), (frozenset(),) * 2])

    assert (drift.sampled, drift.differing) == (4, 2)
    assert drift.overlap == pytest.approx((1 + 0 + 1 / 3 + 1) / 4)


def test_slots_without_common_products_do_not_differ():
    drift = measure_drift("a", "b", [])

    assert (drift.sampled, drift.differing, drift.overlap) == (0, 0, 1.0)


def test_after_a_rule_is_removed_all_codes_are_from_the_model_again():
    (origin,) = code_origins({"codes": ["drill"], "own": None}, "drill", [])

    assert (origin.code, origin.is_carried, origin.is_from_model) == ("drill", True, True)
