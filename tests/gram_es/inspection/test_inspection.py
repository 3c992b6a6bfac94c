"""Where codes came from and how far slots are apart, worked out by hand."""

import pytest

from gram_es.inspection.health import drift_of
from gram_es.inspection.origins import Origin, origins, rules_of_product
from gram_es.overrides.rules import make_override

LOCK = make_override({"kind": "lock", "product_id": "p1", "code": "deal"})
BAN = make_override({"kind": "ban", "code": "gifts"})


def test_words_are_the_products_own_in_whatever_form_and_stop_words_do_not_count():
    found = origins({"codes": ["drills for wood", "cordless drill"]}, "drill wood", [])

    assert found == (
        Origin("drills for wood", carried=True, by_model=True, lacking=()),
        Origin("cordless drill", carried=True, by_model=True, lacking=("cordless",)),
    )


def test_a_lock_and_a_ban_are_told_beside_what_the_model_gave():
    held = {"codes": ["deal", "drill"], "own": ["gift", "drill"]}

    found = origins(held, "drill deal gift", [LOCK, BAN])

    assert found == (
        Origin("deal", carried=True, by_model=False, lacking=(), rule=LOCK),
        Origin("drill", carried=True, by_model=True, lacking=()),
        Origin("gift", carried=False, by_model=True, lacking=(), rule=BAN),
    )


def test_a_product_that_no_model_has_read_has_no_codes():
    assert origins({}, "drill", [LOCK]) == ()


def test_only_its_own_rules_and_bans_everywhere_concern_a_product():
    other = make_override({"kind": "ban", "product_id": "p2", "code": "drill"})
    pin = make_override({"kind": "pin", "query": "drill", "code": "drill"})

    assert rules_of_product([LOCK, BAN, other, pin], "p1") == (LOCK, BAN)


def test_drift_is_the_share_that_differs_and_the_mean_overlap():
    same, apart, half = frozenset("ab"), frozenset("cd"), frozenset("bc")

    drift = drift_of("a", "b", [(same, same), (same, apart), (same, half), (frozenset(),) * 2])

    assert (drift.sampled, drift.differing) == (4, 2)
    assert drift.overlap == pytest.approx((1 + 0 + 1 / 3 + 1) / 4)


def test_slots_that_no_product_has_in_common_do_not_differ():
    drift = drift_of("a", "b", [])

    assert (drift.sampled, drift.differing, drift.overlap) == (0, 0, 1.0)


def test_after_a_rule_was_lifted_the_codes_are_the_models_own_again():
    (found,) = origins({"codes": ["drill"], "own": None}, "drill", [])

    assert (found.code, found.carried, found.by_model) == ("drill", True, True)
