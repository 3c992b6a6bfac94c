from gram_es.codes.claims import Claim
from gram_es.codes.hints import Hints, fit_hints
from gram_es.records import Product

UNITS = frozenset({"mm", "watt"})
MALE, FEMALE = ("gender", ("male",)), ("gender", ("femal",))


def shoes(word: str, gender: Claim, *, count: int = 4) -> list[tuple[Product, set[Claim]]]:
    return [(Product(f"{word}{n}", f"{word} trail shoes"), {gender}) for n in range(count)]


def saw(number: int, title: str) -> tuple[Product, set[Claim]]:
    return Product(str(number), title), {("blade", (str(100 + number), "mm"))}


def fit(rows: list[tuple[Product, set[Claim]]], product_type: str = "shoes") -> Hints:
    products, claims = zip(*rows, strict=True)
    return fit_hints(products, claims, [(product_type,)] * len(rows), UNITS)


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


def test_the_only_quantity_in_titles_of_a_type_states_the_attribute_that_repeats_it():
    hints = fit([saw(n, f"Circular saw {100 + n} mm") for n in range(4)], "saws")

    stated = set(hints.named_quantities("Saw 190 mm", ["saws"], UNITS))
    assert stated == {("blade", ("190", "mm"))}
    assert set(hints.named_quantities("Pipe 190 mm", ["pipes"], UNITS)) == set()


def test_a_quantity_that_means_several_things_states_no_attribute():
    rows = [saw(n, f"Circular saw {100 + n if n % 2 else 30} mm") for n in range(8)]

    assert fit(rows, "saws").quantities == {}


def test_hints_survive_saving():
    hints = Hints({("navi", "blue"): (("color", ("blue",)),)}, {"saws": {"mm": "blade"}})

    assert Hints.from_json(hints.to_json()) == hints
