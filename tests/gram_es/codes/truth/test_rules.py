from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.codes.facets import FacetReader
from gram_es.codes.truth.rules import TruthRules
from gram_es.errors import ModelError
from gram_es.records import Product
from gram_es.text.normalise import normalise
from gram_es.text.words import stems

TYPE = {"drills": Facet("type", "drills"), "headphones": Facet("type", "headphones")}


def code(label: str, *facets: Facet) -> Code:
    return Code(label, stems(label), 5, facets)


def drills(label: str, name: str, value: str) -> Code:
    return code(label, Facet(name, value), TYPE["drills"])


CODEBOOK = Codebook(
    [
        drills("12 volt drills", "voltage", "12 volt"),
        drills("18 volt drills", "voltage", "18 volt"),
        drills("brushless drills", "motor", "brushless"),
        drills("brantwick drills", "brand", "brantwick"),
        code("drills", TYPE["drills"]),
        code("headphones", TYPE["headphones"]),
        code("wired headphones", Facet("connection", "wired"), TYPE["headphones"]),
        code("bluetooth headphones", Facet("connection", "bluetooth"), TYPE["headphones"]),
        code("hexley 12 volt"),
        code("84 pack diapers"),
        code("led light", Facet("light", "led light")),
    ]
)


def drill(number: int, *, volt: str = "18V", motor: str = "brushed", brand: str = "Hexley"):
    return Product(
        f"d{number}",
        f"{brand} {motor} drill {volt}",
        brand=brand,
        category=("Drills",),
        attributes={"voltage": (volt,), "motor": (motor,)},
    )


def headphones(number: int, connection: str) -> Product:
    return Product(
        f"h{number}",
        f"{connection} headphones",
        category=("Headphones",),
        attributes={"connection": (connection,)},
    )


CATALOGUE = [
    *(drill(n, volt=volt) for n in range(4) for volt in ("12V", "18V")),
    *(drill(n, motor="brushless", brand="Brantwick") for n in range(6)),
    *(headphones(n, connection) for n in range(6) for connection in ("wired", "bluetooth")),
    *(Product(f"n{n}", f"Diapers {amount} pack") for n in range(6) for amount in (32, 84)),
]
RULES = TruthRules.fit(CATALOGUE, CODEBOOK)


def labels(mask: np.ndarray) -> set[str]:
    return {code.label for code, is_set in zip(CODEBOOK, mask, strict=True) if is_set}


def test_another_voltage_motor_or_brand_contradicts_a_drill():
    assert labels(RULES.contradicted(drill(0))) == {
        "12 volt drills",
        "brushless drills",
        "brantwick drills",
        "hexley 12 volt",
    }


def test_a_quantity_of_a_title_contradicts_as_an_attribute_does():
    assert labels(RULES.contradicted(Product("x", "Soft Diapers 32 pack"))) == {"84 pack diapers"}


def test_a_type_never_contradicts():
    contradicted = labels(RULES.contradicted(headphones(0, "wired")))

    assert contradicted == {"bluetooth headphones"}


def test_a_brand_that_the_text_names_is_not_foreign():
    product = Product(
        "x", "Battery", brand="Hexley", description="Compatible with Brantwick tools of 18 volts."
    )

    assert "brantwick drills" not in labels(RULES.contradicted(product))
    assert "brantwick drills" in labels(RULES.contradicted(Product("x", "Battery", brand="Hexley")))
    assert not RULES.foreign_brands(product).any()


def test_values_that_occur_on_one_product_do_not_contradict():
    both = Product(
        "b",
        "Drill set",
        category=("Drills",),
        attributes={"voltage": ("18V",), "motor": ("brushed", "brushless")},
    )

    rules = TruthRules.fit([*CATALOGUE, both], CODEBOOK)

    assert "brushless drills" not in labels(rules.contradicted(drill(0)))


def test_a_product_that_states_nothing_contradicts_nothing():
    assert not RULES.contradicted(Product("x", "Thing")).any()


@pytest.mark.parametrize(
    ("query", "excluded"),
    [
        ("bluetooth headphones", {"wired headphones"}),
        ("18v drill", {"12 volt drills", "hexley 12 volt"}),
        ("hexley drill", {"brantwick drills"}),
        ("32 pack diapers", {"84 pack diapers"}),
        ("headphones", set()),
        ("drill bits", set()),
    ],
)
def test_a_query_excludes_what_differs_from_a_value_that_it_names(query: str, excluded: set[str]):
    assert labels(RULES.contradicted_by_query(normalise(query))) == excluded


def faucet(number: int) -> Product:
    title = f"Brushed nickel faucet {number}"
    finish = {"finish": ("brushed nickel",)}
    return Product(f"f{number}", title, category=("Faucets",), attributes=finish)


def test_a_word_names_a_value_of_one_type_though_it_is_a_part_of_another_value_elsewhere():
    rules = TruthRules.fit([*CATALOGUE, *map(faucet, range(20))], CODEBOOK)

    assert labels(rules.contradicted_by_query("brushed drill")) == {"brushless drills"}
    assert labels(rules.contradicted_by_query("brushed nickel faucet")) == set()


def test_a_value_of_other_types_says_nothing_of_a_product():
    cordless = {"connection": ("cordless",)}
    drills = [
        Product(f"c{n}", "Cordless drill", category=("Drills",), attributes=cordless)
        for n in range(6)
    ]
    rules = TruthRules.fit([*CATALOGUE, *drills], CODEBOOK)

    bare = Product("x", "Cordless headphones", category=("Headphones",))
    assert labels(rules.contradicted(bare)) == set()


def test_a_word_that_implies_a_value_of_several_types_excludes_the_others():
    gender = {"ladies": "female", "mens": "male"}
    clothes = [
        Product(f"{word}{kind}{n}", f"{word} {kind}", category=(kind,), attributes={"gender": (g,)})
        for word, g in gender.items()
        for kind in ("shoes", "shirts", "socks")
        for n in range(4)
    ]
    male, female = (code(f"{g} shoes", Facet("gender", g)) for g in ("male", "female"))
    kinds = [code(kind, Facet("type", kind)) for kind in ("shoes", "shirts", "socks")]
    codebook = Codebook([male, female, *kinds])

    mask = TruthRules.fit(clothes, codebook).contradicted_by_query("ladies shoes")

    assert mask.tolist() == [each.label == "male shoes" for each in codebook]


@pytest.mark.parametrize(
    ("query", "excluded"),
    [
        ("28cm pan", {"8 inch pans"}),
        ("8 inch pan 28 cm", set()),
        ("5 kg pan", {"4 pound pans"}),
        ("8 foot pan", {"8 inch pans"}),
        ("11 pound pan", {"4 pound pans", "11 inch pans"}),
        ("pan 11 pound, 11 inch", {"4 pound pans", "8 inch pans"}),
        ("pan with 60 cm handle", {"8 inch pans", "11 inch pans"}),
        ("pan with 90 cm handle", set()),
        ("pan 2 m 28 cm", {"8 inch pans"}),
    ],
)
def test_a_query_excludes_another_size_in_another_unit(query: str, excluded: set[str]):
    kind = Facet("type", "pans")
    sizes = (("8 inch", "size"), ("11 inch", "size"), ("4 pound", "weight"), ("11 pound", "weight"))
    codebook = Codebook([code(f"{size} pans", Facet(name, size), kind) for size, name in sizes])
    catalogue = [
        Product(
            str(number),
            f"Pan {size}",
            category=("Pans",),
            attributes={"size": (size,), "weight": (weight,)},
        )
        for number in range(20)
        for size, weight in (('8"', "4 lb"), ('11"', "11 lb"))
    ]

    rules = TruthRules.fit(catalogue, codebook)

    found = rules.contradicted_by_query(normalise(query))
    assert {each.label for each, is_out in zip(codebook, found, strict=True) if is_out} == excluded


def scores(**by_label: float) -> np.ndarray:
    """Return the score of each code of ``CODEBOOK``; the underscores of a name are blanks."""
    return np.float32([by_label.get(code.label.replace(" ", "_"), -1) for code in CODEBOOK])


def inferred(
    product: Product,
    found: np.ndarray,
    rules: TruthRules = RULES,
    floors: np.ndarray | None = None,
) -> set[str]:
    """Return the labels of the codes with a score that may be inferred."""
    candidates = np.flatnonzero(found > 0)
    lowest = np.zeros(len(CODEBOOK), np.float32) if floors is None else floors
    facets = FacetReader.of(CODEBOOK).read(product)
    allowed = rules.inferable(product, facets, candidates, found, lowest)
    return {CODEBOOK.codes[code].label for code in candidates[allowed].tolist()}


def bare_drill(title: str = "Drill", description: str | None = None) -> Product:
    return Product("x", title, category=("Drills",), description=description)


VOLT_12, VOLT_18 = "12 volt drills", "18 volt drills"


def test_of_two_guessed_values_only_the_likelier_is_inferred():
    found = scores(**{"12_volt_drills": 0.7, "18_volt_drills": 0.5, "drills": 0.4})

    assert inferred(bare_drill(), found) == {VOLT_12, "drills"}


def test_the_codes_that_claim_nothing_but_the_value_and_the_type_decide_a_guess():
    """The brand may be what makes "hexley 12 volt" fit a Hexley drill."""
    found = scores(**{"hexley_12_volt": 0.9, "12_volt_drills": 0.5, "18_volt_drills": 0.6})

    assert inferred(bare_drill(), found) == {VOLT_18}


def test_a_guess_that_fits_worse_than_the_products_of_its_code_is_not_inferred():
    found = scores(**{"12_volt_drills": 0.7, "18_volt_drills": 0.5})
    floors = scores(**{"12_volt_drills": 0.75, "18_volt_drills": 0.4})

    assert inferred(bare_drill(), found, floors=floors) == {VOLT_18}


def test_what_says_more_than_a_type_must_fit_as_well_as_the_products_that_state_it():
    product = drill(0)
    found = scores(brantwick_drills=0.2, drills=0.3, headphones=0.2)
    floors = scores(headphones=0.9)

    assert inferred(product, found, floors=floors) == {"drills", "headphones"}


def test_what_says_more_than_another_type_is_inferred_only_if_the_product_may_be_of_it():
    brushless = replace(drill(0), attributes={})
    found = scores(wired_headphones=0.5, drills=0.6, headphones=0.4)

    assert "wired headphones" not in inferred(brushless, found)
    assert "wired headphones" in inferred(brushless, scores(wired_headphones=0.5, headphones=0.7))
    named = replace(brushless, title="Wired headphones drill")
    assert "wired headphones" in inferred(named, found)


def test_a_phrase_with_a_number_is_not_inferred_unless_it_is_a_quantity():
    phrases = ("drill model 12", "12 volt power", "power drill")
    codebook = Codebook(
        [*CODEBOOK, *(Code(phrase, tuple(phrase.split()), 3) for phrase in phrases)]
    )
    rules = TruthRules.fit(CATALOGUE, codebook)
    candidates = np.arange(len(CODEBOOK), len(codebook))
    found = np.zeros(len(codebook), dtype=np.float32)
    found[[codebook.number_by_label[VOLT_12], *candidates]] = 0.5
    facets = FacetReader.of(codebook).read(bare_drill())

    allowed = rules.inferable(bare_drill(), facets, candidates, found, np.zeros_like(found))

    assert dict(zip(phrases, allowed.tolist(), strict=True)) == {
        "drill model 12": False,
        "12 volt power": True,
        "power drill": True,
    }


def test_a_value_that_the_description_names_beats_a_likelier_guess():
    drill = bare_drill(description="Runs on 18 volts.")

    assert inferred(drill, scores(**{"12_volt_drills": 0.9, "18_volt_drills": 0.1})) == {VOLT_18}


def test_a_word_of_the_title_that_implies_a_value_beats_a_likelier_guess():
    charged = [
        replace(drill(n), id=f"x{n}", title="Contractor drill", brand=None, category=("Drills",))
        for n in range(4)
    ]
    rules = TruthRules.fit([*CATALOGUE, *charged], CODEBOOK)
    found = scores(**{"12_volt_drills": 0.9, "18_volt_drills": 0.1})

    assert inferred(bare_drill("Contractor drill"), found, rules) == {VOLT_18}


def test_loaded_rules_equal_the_saved_ones(tmp_path: Path):
    RULES.save(tmp_path / "truth.json")

    loaded = TruthRules.load(tmp_path / "truth.json", CODEBOOK)

    assert np.array_equal(loaded.contradicted(drill(0)), RULES.contradicted(drill(0)))


def test_damaged_rules_are_reported(tmp_path: Path):
    (tmp_path / "truth.json").write_text("{}", encoding="utf-8")

    with pytest.raises(ModelError, match=r"truth\.json"):
        TruthRules.load(tmp_path / "truth.json", CODEBOOK)


BULBS = Codebook(
    [
        code("dimmable bulbs", Facet("dimming", "dimmable"), Facet("type", "bulbs")),
        code("bulbs", Facet("type", "bulbs")),
    ]
)


def bulb(title: str, dimming: str | None = None, description: str | None = None) -> Product:
    attributes = {"dimming": (dimming,)} if dimming else {}
    return Product(
        title, title, category=("Bulbs",), attributes=attributes, description=description
    )


BULB_RULES = TruthRules.fit(
    [
        bulb(f"{dimming} bulb {n}", dimming)
        for n in range(6)
        for dimming in ("Dimmable", "Non-dimmable")
    ],
    BULBS,
)


@pytest.mark.parametrize(
    ("product", "is_contradicted"),
    [
        (bulb("Bulb", "non-dimmable"), True),
        (bulb("Non-dimmable bulb", "non-dimmable"), True),
        (bulb("Bulb", "not dimmable"), True),
        (bulb("A bulb that is not dimmable"), True),
        (bulb("Dimmable bulb"), False),
        (bulb("Bulb"), False),
        (bulb("Not a dimmable bulb of ours", "dimmable"), False),
    ],
)
def test_what_denies_a_value_contradicts_it(product: Product, is_contradicted: bool):
    assert BULB_RULES.contradicted(product).tolist() == [is_contradicted, False]


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("This bulb is dimmable.", [True, True]),
        ("This bulb is not dimmable.", [False, True]),
        ("This bulb is non-dimmable.", [False, True]),
    ],
)
def test_a_value_that_the_description_denies_is_not_inferred(
    description: str, expected: list[bool]
):
    product = bulb("Bulb", description=description)
    facets = FacetReader.of(BULBS).read(product)

    allowed = BULB_RULES.inferable(
        product, facets, np.arange(2), np.float32([0.9, 0.8]), np.float32([0, 0])
    )

    assert allowed.tolist() == expected


@pytest.mark.parametrize("query", ["non dimmable bulb", "bulb, not dimmable"])
def test_a_query_excludes_a_value_that_it_denies(query: str):
    assert BULB_RULES.contradicted_by_query(normalise(query)).tolist() == [True, False]


def test_a_product_bears_out_a_value_that_says_less_than_its_own_but_none_that_says_more():
    kind = Facet("type", "shirts")
    materials = ("cotton", "organic cotton")
    codebook = Codebook(
        [code(f"{each} shirts", Facet("material", each), kind) for each in materials]
    )
    cotton, organic = (
        [
            Product(f"{each}{n}", "Shirt", category=("Shirts",), attributes={"material": (each,)})
            for n in range(6)
        ]
        for each in materials
    )
    rules = TruthRules.fit([*cotton, *organic], codebook)

    assert rules.contradicted(cotton[0]).tolist() == [False, True]
    assert rules.contradicted(organic[0]).tolist() == [False, False]
    named = replace(cotton[0], title="Shirt of organic cotton")
    assert rules.contradicted(named).tolist() == [False, False]
    assert rules.contradicted_by_query("cotton shirt").tolist() == [False, False]


def test_a_query_excludes_codes_that_count_something_else_by_its_number():
    kind = Facet("type", "tents")
    values = (("4 season", "season"), ("2 season", "season"), ("4 person", "person"))
    tents = [code(f"{each} tents", Facet(name, each), kind) for each, name in values]
    codebook = Codebook([*tents, code("four season tent")])
    rules = TruthRules.fit([Product("t", "Tent")], codebook)

    assert rules.contradicted_by_query("tent for 4 person").tolist() == [True, False, False, True]
    assert rules.contradicted_by_query("tent for four person").tolist() == [
        True,
        False,
        False,
        True,
    ]
    assert rules.contradicted_by_query("4 season tent").tolist() == [False, False, True, False]
