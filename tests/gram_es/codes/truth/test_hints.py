from gram_es.codes.truth.claims import Claim
from gram_es.codes.truth.hints import Hints, fit_hints
from gram_es.records import Product

UNITS = frozenset({"mm", "watt"})
MALE, FEMALE = ("gender", ("male",)), ("gender", ("femal",))


def shoes(word: str, gender: Claim, *, count: int = 4) -> list[tuple[Product, set[Claim]]]:
    return [(Product(f"{word}{n}", f"{word} trail shoes"), {gender}) for n in range(count)]


def saw(number: int, title: str) -> tuple[Product, set[Claim]]:
    return Product(str(number), title), {("blade", (str(100 + number), "mm"))}


def fit(rows: list[tuple[Product, set[Claim]]], *product_types: str) -> Hints:
    products, claims = zip(*rows, strict=True)
    types = product_types or ("shoes",)
    return fit_hints(products, claims, [(types[n % len(types)],) for n in range(len(rows))], UNITS)


def test_a_word_that_goes_with_one_value_implies_it():
    hints = fit([*shoes("Mens", MALE), *shoes("Womens", FEMALE)])

    assert set(hints.implied("Mens boots")) == {MALE}
    assert set(hints.implied("Trail shoes")) == set()


def test_a_word_of_few_products_implies_nothing():
    hints = fit([*shoes("Mens", MALE, count=3), *shoes("Womens", FEMALE)])

    assert set(hints.implied("Mens boots")) == set()


def test_a_value_that_nearly_all_products_have_is_implied_by_no_word():
    hints = fit([*shoes("Mens", MALE, count=40), *shoes("Womens", FEMALE)])

    assert set(hints.implied("Mens boots")) == set()


GENDERS = [*shoes("Mens", MALE), *shoes("Ladies", FEMALE)]


def test_a_word_that_stands_in_one_pair_only_implies_nothing_without_it():
    teal, white = ("color", ("teal",)), ("color", ("white",))
    rows = [(Product(f"{n}", f"Deep teal {n}"), {teal}) for n in range(4)]
    hints = fit([*rows, *((Product(f"w{n}", "White rug"), {white}) for n in range(4))])

    assert set(hints.implied("Deep teal rug")) == {teal}
    assert set(hints.implied("Deep bowl")) == set()
    assert set(hints.implied("Teal bowl")) == {teal}


def test_a_word_that_implies_a_value_of_several_types_means_it():
    several, one = fit(GENDERS, "shoes", "shirts", "boots"), fit(GENDERS)

    assert set(several.meant("ladies hiking boot")) == {FEMALE}
    assert set(one.meant("ladies hiking boot")) == set()
    assert set(several.meant_in_query("ladies hiking boot")) == {FEMALE}
    assert set(several.meant_in_query("female boot")) == set()


def test_words_that_are_a_part_of_the_value_that_they_imply_mean_it():
    both, neither = ("kit", ("two", "batteri", "and", "case")), ("kit", ("tool", "onli"))
    drills = [(Product(str(n), "Drill, two batteries"), {both}) for n in range(4)]
    hints = fit([*drills, *((Product(f"b{n}", "Drill"), {neither}) for n in range(4))])

    assert set(hints.meant("two batteries")) == set(hints.meant_in_query("two batteries")) == {both}
    assert set(hints.meant_in_query("batteries")) == set()


def test_a_value_inside_an_expression_that_implies_another_one_is_overridden():
    hints = Hints({("off", "white"): (("color", ("cream",)),)})
    names = {("white",): "color", ("cream",): "color"}

    assert hints.overridden("Armchair, off-white", names) == {("white",)}
    assert hints.overridden("White armchair", names) == set()


def test_the_only_quantity_in_titles_of_a_type_states_the_attribute_that_repeats_it():
    hints = fit([saw(n, f"Circular saw {100 + n} mm") for n in range(4)], "saws")

    stated = set(hints.named_quantities("Saw 190 mm", ["saws"], UNITS))
    assert stated == {("blade", ("190", "mm"))}
    assert set(hints.named_quantities("Pipe 190 mm", ["pipes"], UNITS)) == set()


def test_a_quantity_that_means_several_things_states_no_attribute():
    rows = [saw(n, f"Circular saw {100 + n if n % 2 else 30} mm") for n in range(8)]

    assert fit(rows, "saws").quantities == {}


def test_hints_survive_saving():
    words = {("navi", "blue"): (("color", ("blue",)),)}
    hints = Hints(words, {("mens",): (MALE,)}, {"saws": {"mm": "blade"}})

    assert Hints.from_json(hints.to_json()) == hints
