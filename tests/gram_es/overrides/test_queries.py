"""Pins and bans of queries, by hand-checkable weights."""

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


def test_without_rules_the_models_codes_stand() -> None:
    ruled = QueryRules([pin("saw", "saw"), ban("saw")]).apply(["drill", "drill"], MODEL)

    assert (ruled.codes, ruled.acted) == (MODEL, ())


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
    assert [one.code for one in ruled.acted] == ["hammer", "workshop"]


def test_of_two_pins_for_a_code_the_heavier_one_counts_and_it_stands_above_the_models() -> None:
    rules = QueryRules([pin("drill", "drill", 0.3), pin("drill *", "drill", 0.8)])

    ruled = rules.apply(["drill"], MODEL)

    assert weights(ruled.codes) == {"drill": 0.8, "drills bosch": 0.2}
    assert [one.weight for one in ruled.acted] == [0.8]


def test_pins_that_weigh_more_than_1_together_leave_the_model_nothing() -> None:
    rules = QueryRules([pin("drill", "hammer", 1), pin("drill", "saw", 1)])

    assert weights(rules.apply(["drill"], MODEL).codes) == {"hammer": 0.5, "saw": 0.5}


def test_a_pin_acts_where_the_model_abstains_and_on_the_query_as_spelt() -> None:
    rules = QueryRules([pin("summer sale", "garden hose")])

    ruled = rules.apply(["sumer sale", "summer sale"], ())

    assert ruled.codes == (WeightedCode("garden hose", 0.5, pinned=True),)


@pytest.mark.parametrize("rule", [ban("bosch drill", "drill *"), ban("bosch drills")])
def test_only_the_banned_code_goes(rule: Override) -> None:
    codes = (*MODEL, WeightedCode("bosch drill", 0.1))

    ruled = QueryRules([rule]).apply(["drill"], codes)

    assert ruled.codes == MODEL
    assert ruled.acted == (rule,)


def test_a_ban_stands_above_a_pin_and_is_told_only_where_it_took_something() -> None:
    rules = QueryRules([pin("drill", "hammer"), ban("hammers"), ban("saw", "drill")])

    ruled = rules.apply(["drill"], MODEL)

    assert (ruled.codes, ruled.acted) == (MODEL, ())
