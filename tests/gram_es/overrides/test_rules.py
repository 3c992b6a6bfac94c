"""Validation of overrides, query patterns, and the codes of products under overrides."""

from typing import Any

import pytest

from gram_es.codes.stored_codes import code_fields, pack
from gram_es.errors import OverrideError
from gram_es.overrides.patterns import QueryPattern, normal_pattern
from gram_es.overrides.products import CodeRules, apply_rules, changed_codes
from gram_es.overrides.rules import Kind, make_override
from gram_es.records import ProductCode


def test_a_code_is_normalised_like_the_codebook() -> None:
    lock = make_override({"kind": "LOCK", "code": " Cordless-Drill, 18V ", "product_id": "p 1"})

    assert (lock.kind, lock.code, lock.product_id) == (Kind.LOCK, "cordless drill 18 volt", "p 1")


def test_the_id_depends_on_kind_target_and_code_alone() -> None:
    first = make_override({"kind": "pin", "code": "hose", "query": "Garden", "weight": "0.2"})
    again = make_override(
        {"kind": "pin", "code": "Hose", "query": "garden", "weight": 1, "by": "a", "note": "n"}
    )
    ban = make_override({"kind": "ban", "code": "hose", "query": "garden"})

    assert first.id == again.id != ban.id
    assert (first.weight, again.weight, ban.weight) == (0.2, 1.0, None)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "block", "code": "hose"}, "kind is 'block'; allowed: lock, ban, pin, keep"),
        ({"code": "hose"}, "kind is ''; allowed"),
        ({"kind": "ban", "code": "!!"}, "the code '!!' contains no word"),
        ({"kind": "ban"}, "the code '' contains no word"),
        ({"kind": "ban", "code": "x" * 65}, "has 65 characters; at most 64"),
        ({"kind": "lock", "code": "hose"}, "a lock is for one product"),
        ({"kind": "lock", "code": "hose", "product_id": "p", "query": "q"}, "a lock is for one"),
        ({"kind": "pin", "code": "hose"}, "a pin is for a query"),
        ({"kind": "keep"}, "a keep is for one word of queries"),
        ({"kind": "keep", "query": "zorb ball"}, "a keep is for one word of queries"),
        ({"kind": "keep", "query": "18"}, "a keep is for one word of queries"),
        ({"kind": "keep", "query": "zorb", "product_id": "p"}, "and no product_id"),
        ({"kind": "keep", "query": "zorb", "code": "hose"}, "a keep has no code; omit 'hose'"),
        ({"kind": "ban", "code": "hose", "product_id": "p", "query": "q"}, "give one, or none"),
        ({"kind": "ban", "code": "hose", "weight": 1}, "a ban has no weight; omit 1"),
        ({"kind": "pin", "code": "hose", "query": "q", "weight": 0}, "weight is 0; give a number"),
        ({"kind": "pin", "code": "hose", "query": "q", "weight": "nan"}, "weight is 'nan'"),
        ({"kind": "pin", "code": "hose", "query": "q", "weight": True}, "weight is True"),
        ({"kind": "pin", "code": "hose", "query": "q", "weight": [1]}, r"weight is \[1\]"),
        ({"kind": "pin", "code": "hose", "query": "drill*"}, r"has a \* inside a word"),
        ({"kind": "pin", "code": "hose", "query": "a * * b"}, r"or next to another"),
        ({"kind": "pin", "code": "hose", "query": "*"}, "has no word where one is required"),
        ({"kind": "pin", "code": "hose", "query": "q" * 513}, "has 513 characters; at most 512"),
        ({"kind": "lock", "code": "hose", "product_id": "a\0b"}, "contains control characters"),
        ({"kind": "lock", "code": "hose", "product_id": "é" * 257}, "more than 512 bytes"),
        ({"kind": "ban", "code": 7}, "code is 7; give a text"),
        ({"kind": "ban", "code": "hose", "at": "May"}, "at is 'May'; write it as 2026-"),
        ({"kind": "ban", "code": "hose", "note": "n" * 501}, "note has 501 characters"),
        ({"kind": "ban", "code": "hose", "prio": 1}, "an override has no 'prio'; it has kind"),
    ],
)
def test_invalid_values_are_reported_in_a_sentence(values: dict[str, Any], message: str) -> None:
    with pytest.raises(OverrideError, match=message):
        make_override(values)


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("Cordless  Drills", ["cordless drills"], ["cordless drill", "cordless drills 18 volt"]),
        ("drill *", ["drill", "drill 18 volt"], ["drills", "hammer drill"]),
        ("* drill", ["drill", "hammer drill"], ["drill bit", "handdrill"]),
        ("* drill *", ["drill", "a drill b"], ["drills"]),
        ("18V * drill", ["18 volt drill", "18 volt hammer drill"], ["18 volt", "drill"]),
        ("a * a", ["a a", "a b a"], ["a"]),
        ("a * b * c", ["a b c", "a x b b y c"], ["a c b", "a b", "b a c"]),
    ],
)
def test_a_star_matches_any_words(pattern: str, matching: list[str], others: list[str]) -> None:
    matches = QueryPattern(normal_pattern(pattern)).matches

    assert [text for text in [*matching, *others] if matches(text)] == matching
    assert normal_pattern(normal_pattern(pattern)) == normal_pattern(pattern)


RULES = CodeRules(
    [
        make_override({"kind": "lock", "code": "garden tool", "product_id": "p"}),
        make_override({"kind": "lock", "code": "ax", "product_id": "p"}),
        make_override({"kind": "ban", "code": "hose", "product_id": "p"}),
        make_override({"kind": "ban", "code": "toys"}),
        make_override({"kind": "ban", "code": "pan", "query": "kettle"}),
        make_override({"kind": "pin", "code": "pan", "query": "kettle"}),
    ]
)


def codes(*labels: str) -> tuple[ProductCode, ...]:
    return tuple(ProductCode(label, 0.5, is_stated=False) for label in labels)


def test_locked_codes_come_first_and_banned_ones_never_in_any_surface_form() -> None:
    own = codes("garden hose", "hoses", "garden tool", "toy", "pan")

    locked = (ProductCode("ax", 1.0), ProductCode("garden tool", 1.0))
    assert RULES.of("p").apply(own) == (*locked, *codes("garden hose", "pan"))
    assert RULES.of("other").apply(own) == codes("garden hose", "hoses", "garden tool", "pan")


def test_a_ban_precedes_a_lock() -> None:
    values = {"code": "hose", "product_id": "p"}
    rules = CodeRules([make_override({"kind": kind, **values}) for kind in ("lock", "ban")])

    assert rules.of("p").apply(codes("hose", "pan")) == codes("pan")


def test_the_models_own_codes_are_stored_and_restored() -> None:
    own = codes("toy", "hose")
    gram = {"m1": {**code_fields(own), "model": "f"}, "m2": code_fields(codes("pan"))}

    ruled = apply_rules(gram, RULES.of("other"))

    kept = {"own": ["toy", "hose"], "own_packed": pack(own)}
    assert ruled["m1"] == {**code_fields(codes("hose")), **kept, "model": "f"}
    assert ruled["m2"] == code_fields(codes("pan"))
    assert changed_codes(ruled, RULES.of("other")) == {}
    back = {"m1": {**code_fields(own), "own": None, "own_packed": None}}
    assert changed_codes(ruled, CodeRules().of("other")) == back
    assert apply_rules(ruled, CodeRules().of("other")) == gram


def test_a_lock_raises_the_weight_of_a_code_and_its_removal_restores_it() -> None:
    rules = CodeRules([make_override({"kind": "lock", "code": "hose", "product_id": "p"})])
    own = codes("toy", "hose")

    ruled = apply_rules({"m1": code_fields(own)}, rules.of("p"))

    assert ruled["m1"]["weights"] == [{"hose": 1.0, "toy": 0.5}]
    assert ruled["m1"]["inferred"] == ["toy"]
    back = changed_codes(ruled, CodeRules().of("p"))["m1"]
    assert (back["weights"], back["inferred"]) == ([{"toy": 0.5, "hose": 0.5}], ["toy", "hose"])


def test_weights_that_elasticsearch_leaves_out_are_restored_also_without_rules() -> None:
    fields = code_fields(codes("toy", "hose"))
    read = {"m1": {name: value for name, value in fields.items() if name != "weights"}}

    assert apply_rules(read, CodeRules().of("p")) == {"m1": fields}
    assert changed_codes(read, CodeRules().of("p")) == {}


def test_codes_that_an_older_version_stored_without_weights_follow_the_rules() -> None:
    assert changed_codes({"m1": {"codes": ["pan"]}}, CodeRules().of("p")) == {}
