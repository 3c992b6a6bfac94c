"""Pins and bans of queries, with weights that can be checked by hand."""

import pytest

from gram_es.overrides.queries import QueryRules
from gram_es.overrides.rules import Override, make_override
from gram_es.records import WeightedCode

MODEL = (WeightedCode("drill", 0.6), WeightedCode("drills bosch", 0.3))


def pin(query: str, code: str, weight: float = 0.5) -> Override:
    return make_override({"kind": "pin", "query": query, "code": code, "weight": weight})


def ban(code: str, query: str | None = None) -> Override:
    return make_override({"kind": "ban", "query": query, "code": code})


def weights(codes: tuple[WeightedCode, ...]) -> dict[str, float]:
    return {code.label: pytest.approx(code.weight) for code in codes}


def test_without_matching_rules_the_models_codes_stay() -> None:
    ruled = QueryRules([pin("saw", "saw"), ban("saw")]).apply(["drill", "drill"], MODEL)

    assert (ruled.codes, ruled.applied) == (MODEL, ())


def test_pins_come_first_and_the_models_codes_share_what_they_leave() -> None:
    rules = QueryRules([pin("drill", "hammer", 0.5), pin("* drill", "workshop", 0.2)])

    ruled = rules.apply(["drill"], MODEL)

    assert weights(ruled.codes) == {
        "hammer": 0.5,
        "workshop": 0.2,
        "drill": 0.2,
        "drills bosch": 0.1,
    }
    assert [code.pinned for code in ruled.codes] == [True, True, False, False]
    assert [rule.code for rule in ruled.applied] == ["hammer", "workshop"]


def test_the_heavier_of_two_pins_counts_and_replaces_the_models_weight() -> None:
    rules = QueryRules([pin("drill", "drill", 0.3), pin("drill *", "drill", 0.8)])

    ruled = rules.apply(["drill"], MODEL)

    assert weights(ruled.codes) == {"drill": 0.8, "drills bosch": 0.2}
    assert [rule.weight for rule in ruled.applied] == [0.8]


def test_pins_that_sum_to_more_than_1_leave_no_weight_to_the_model() -> None:
    rules = QueryRules([pin("drill", "hammer", 1), pin("drill", "saw", 1)])

    assert weights(rules.apply(["drill"], MODEL).codes) == {"hammer": 0.5, "saw": 0.5}


def test_a_pin_applies_without_model_codes_and_to_the_corrected_query() -> None:
    rules = QueryRules([pin("summer sale", "garden hose")])

    ruled = rules.apply(["sumer sale", "summer sale"], ())

    assert ruled.codes == (WeightedCode("garden hose", 0.5, pinned=True),)


@pytest.mark.parametrize("rule", [ban("bosch drill", "drill *"), ban("bosch drills")])
def test_only_the_banned_code_is_removed(rule: Override) -> None:
    codes = (*MODEL, WeightedCode("bosch drill", 0.1))

    ruled = QueryRules([rule]).apply(["drill"], codes)

    assert ruled.codes == MODEL
    assert ruled.applied == (rule,)


def test_a_ban_precedes_a_pin_and_is_reported_only_if_it_removed_a_code() -> None:
    rules = QueryRules([pin("drill", "hammer"), ban("hammers"), ban("saw", "drill")])

    ruled = rules.apply(["drill"], MODEL)

    assert (ruled.codes, ruled.applied) == (MODEL, ())


def test_words_are_kept_by_rules_that_change_no_codes() -> None:
    keep = make_override({"kind": "keep", "query": "Burgandy"})

    rules = QueryRules([keep, pin("drill", "drill")])

    assert rules.kept_words == {"burgandy"}
    assert rules.apply(["burgandy"], MODEL).codes == MODEL
