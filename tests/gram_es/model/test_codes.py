"""The codes of products and queries, computed from vectors that are written down by hand."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.codes.prior import CodePrior
from gram_es.codes.shopper_words import ShopperWord, ShopperWords
from gram_es.codes.truth.rules import Numbers, TruthRules
from gram_es.model.config import GramConfig
from gram_es.model.product_codes import ProductCoder
from gram_es.model.query_codes import LiveCodes, Opinion, QueryCoder, QueryCodes
from gram_es.records import Product, WeightedCode
from gram_es.text.spelling.speller import Spelling

CODEBOOK = Codebook(
    [
        Code("lamp", ("lamp",), 3, (Facet("type", "lamp"),)),
        Code("desk lamp", ("desk", "lamp"), 3),
        Code("red", ("red",), 3, (Facet("colour", "red"),)),
        Code("blue", ("blue",), 3, (Facet("colour", "blue"),)),
    ]
)
LABELS = np.eye(4, dtype=np.float32)
PRIOR = CodePrior.fit(LABELS, [])
CONFIG = GramConfig(
    encoder={},
    phrase_floor=0.3,
    inferred_weight=0.8,
    inferred_decay=10.0,
    containment_bonus=0.1,
    code_temperature=0.1,
    abstain_below=0.4,
)


class Rules(TruthRules):
    """Rules that contradict the code ``blue`` if a text contains the word ``red``."""

    def __init__(self) -> None:
        pass

    def contradicted(self, product: Product) -> NDArray[np.bool_]:
        return self.contradicted_by_query(product.title)

    def inferable(
        self, product: Product, _facets: object, candidates: Numbers, *_: object
    ) -> NDArray[np.bool_]:
        return ~self.contradicted(product)[candidates]

    def contradicted_by_query(self, normalised: str) -> NDArray[np.bool_]:
        return np.array([False, False, False, "red" in normalised.split()])


PRODUCT_CODER = ProductCoder(CODEBOOK, PRIOR, Rules(), CONFIG)
QUERY_CODER = QueryCoder(CODEBOOK, PRIOR, Rules(), CONFIG)


def vector(*values: float) -> NDArray[np.float32]:
    return np.array([values], dtype=np.float32)


def codes_of(product: Product, *values: float) -> Mapping[str, tuple[float, bool]]:
    [codes] = PRODUCT_CODER.codes([product], vector(*values))
    return {code.label: (code.weight, code.is_stated) for code in codes}


def test_a_code_that_a_field_states_weighs_one_whatever_the_vector_says():
    product = Product("1", "bright", attributes={"type": ("lamp",), "colour": ("red",)})

    codes = codes_of(product, 0.0, 0.0, 0.0, 0.0)

    assert codes["red"] == (1.0, True)


def test_a_code_of_the_title_weighs_what_an_inferred_code_does_but_at_least_the_floor():
    product = Product("1", "desk lamp")

    near, far = (codes_of(product, 0.6, value, 0, 0)["desk lamp"] for value in (0.6, 0.1))

    assert near == (pytest.approx(0.8), True)
    assert far == (0.3, True)


def test_an_inferred_code_weighs_less_the_further_it_is_behind_the_best_code():
    codes = codes_of(Product("1", "thing"), 0.6, 0.5, 0, 0)

    assert codes["lamp"] == (pytest.approx(0.8), False)
    assert codes["desk lamp"] == (pytest.approx(0.8 / np.e), False)


def test_an_inferred_code_of_little_weight_is_left_out():
    assert "desk lamp" not in codes_of(Product("1", "thing"), 0.6, 0.45, 0, 0)


def test_an_inferred_code_that_the_products_data_contradicts_is_left_out():
    assert "blue" in codes_of(Product("1", "thing"), 0, 0, 0, 0.9)
    assert "blue" not in codes_of(Product("1", "red thing"), 0, 0, 0, 0.9)


def test_codes_are_ordered_by_weight():
    [codes] = PRODUCT_CODER.codes([Product("1", "thing")], vector(0.62, 0.7, 0.66, 0.6))

    assert [code.label for code in codes] == ["desk lamp", "red", "lamp", "blue"]


def coder_with_words(weight: float) -> QueryCoder:
    words = ShopperWords([ShopperWord("torch", "lamp", weight, "")], CODEBOOK)
    return QueryCoder(CODEBOOK, PRIOR, Rules(), CONFIG, words)


def with_words(text: str, weight: float) -> QueryCodes:
    query = Spelling(text, text)
    [answer] = coder_with_words(weight).answers([query], vector(0.5, 0.6, 0.55, 0.0))
    return answer


def test_words_of_shoppers_count_sixteen_temperatures_for_their_share_of_a_query():
    thing, torch, big_torch = (
        {code.label: code.weight for code in with_words(text, 0.25).codes}
        for text in ("thing", "torches", "big torches")
    )

    def odds(codes: dict[str, float]) -> float:
        return codes["lamp"] / codes["desk lamp"]

    assert odds(torch) == pytest.approx(odds(thing) * np.exp(4.0), rel=1e-3)
    assert odds(big_torch) == pytest.approx(odds(thing) * np.exp(2.0), rel=1e-3)


@pytest.mark.parametrize(("weight", "codes"), [(0.35, []), (0.4, ["lamp"])])
def test_a_query_gets_codes_if_words_of_shoppers_are_near_enough(weight: float, codes: list[str]):
    query = Spelling("torch", "torch")

    [answer] = coder_with_words(weight).answers([query], vector(0.3, 0, 0, 0))

    assert [code.label for code in answer.codes][:1] == codes


def test_words_that_say_nothing_of_a_type_leave_what_is_said_against_it():
    def opinion(*values: float) -> Opinion:
        rank, relevance, evidence = np.array([values, values, values], np.float32)
        return Opinion(rank, relevance - np.float32(0.1), evidence - np.float32(0.2))

    joined = opinion(-0.5, -0.5, 0.3).joined(opinion(0, 0.2, 0.1))

    assert joined.rank == pytest.approx([-0.5, 0.2, 0.3])
    assert joined.relevance == pytest.approx([-0.6, 0.1, 0.2])
    assert joined.evidence == pytest.approx([-0.7, 0, 0.1])


def test_words_of_shoppers_move_the_vector_if_they_are_near_enough():
    thing, barely, surely = with_words("thing", 1), with_words("torch", 0.5), with_words("torch", 1)

    given = thing.vector / np.linalg.norm(thing.vector)
    assert barely.vector == pytest.approx(given)
    assert surely.vector @ PRIOR.labels[0] > given @ PRIOR.labels[0] + 0.05
    assert np.linalg.norm(surely.vector) == pytest.approx(1.0)


def test_words_of_shoppers_move_the_vector_to_a_type_of_many_codes():
    is_lamp = Facet("type", "lamp")
    lamps = [Code("lamp", ("lamp",), 3, (is_lamp,))]
    lamps += [
        Code(f"lamp {n}", ("lamp", f"{n}"), 3, (Facet("size", f"{n}"), is_lamp)) for n in range(30)
    ]
    codebook = Codebook([*lamps, Code("desk", ("desk",), 3)])
    labels = np.zeros((len(codebook), 2), dtype=np.float32)
    labels[:-1, 0], labels[-1, 1] = 1, 1

    class NoRules(Rules):
        def contradicted_by_query(self, _: str) -> NDArray[np.bool_]:
            return np.zeros(len(codebook), dtype=np.bool_)

    words = ShopperWords([ShopperWord("torch", "lamp", 0.9, "")], codebook)
    coder = QueryCoder(codebook, CodePrior.fit(labels, []), NoRules(), CONFIG, words)
    query = Spelling("torch", "torch")

    [answer] = coder.answers([query], vector(0.1, 0.99))

    assert {code.label.split()[0] for code in answer.codes} == {"lamp"}
    assert answer.vector[0] > 0.9


def query_codes(text: str, *values: float, live: LiveCodes | None = None) -> dict[str, float]:
    [answer] = QUERY_CODER.answers([Spelling(text, text)], vector(*values), live)
    return {code.label: code.weight for code in answer.codes}


def test_a_code_whose_words_a_joined_or_parted_form_contains_gets_the_bonus():
    parted = Spelling("desklamp", "desklamp", ("desk lamp",))

    [answer] = QUERY_CODER.answers([parted], vector(0.45, 0.45, 0.5, 0.0))

    assert {code.label for code in answer.codes[:2]} == {"lamp", "desk lamp"}


def test_a_softmax_of_the_scores_gives_the_weights():
    codes = query_codes("thing", 0.6, 0.5, -9, -9)

    assert codes["lamp"] / codes["desk lamp"] == pytest.approx(np.e)


def test_a_code_whose_words_the_query_contains_scores_more():
    assert [*query_codes("a blue thing", 0.6, 0.5, 0.5, 0.55)][:2] == ["blue", "lamp"]


def test_codes_that_contradict_the_query_are_left_out():
    assert [*query_codes("red thing", 0.1, 0.2, 0.5, 0.9)] == ["red", "desk lamp", "lamp"]


def test_a_query_whose_best_live_code_scores_below_the_threshold_gets_none():
    live = LiveCodes.of(CODEBOOK, ["red"])

    assert query_codes("thing", 0.9, 0, 0.39, 0, live=live) == {}
    assert query_codes("thing", 0.9, 0, 0.41, 0, live=live) == {"red": 1.0}


def test_only_near_codes_of_a_type_or_a_phrase_may_lead():
    codes = [WeightedCode(label, 0.25) for label in ("lamp", "desk lamp", "red", "unknown")]
    near = np.array([0.7, 0.7, 0.7, 0.0], dtype=np.float32)
    far = np.array([0.7, 0.3, 0.7, 0.0], dtype=np.float32)
    coder = QueryCoder(CODEBOOK, PRIOR, Rules(), replace(CONFIG, lead_above=0.4))

    query = Spelling("light", "light")
    assert coder.may_lead(query, codes, near) == {"lamp", "desk lamp"}
    assert coder.may_lead(query, codes, far) == {"lamp"}
    assert coder.may_lead(query, [], near) == frozenset()


def test_a_code_of_a_brand_leads_only_if_the_query_names_the_brand():
    facets = (Facet("brand", "oak mill"), Facet("type", "lamps"))
    codebook = Codebook([Code("oak mill lamps", ("oak", "mill", "lamp"), 3, facets)])
    coder = QueryCoder(codebook, CodePrior.fit(np.eye(1, 4, dtype=np.float32), []), Rules(), CONFIG)
    codes = [WeightedCode("oak mill lamps", 1.0)]
    [near] = vector(1.0, 0.0, 0.0, 0.0)

    assert coder.may_lead(Spelling("oak mil light", "oak mill light"), codes, near)
    assert not coder.may_lead(Spelling("oak light", "oak light"), codes, near)


def test_a_code_leads_only_if_its_type_by_itself_is_near():
    """A bucket of 5 gallons is not wanted by those who look for vacuum cleaners of 5 gallons."""
    facets = (Facet("type", "lamp"), Facet("colour", "red"))
    codebook = Codebook([CODEBOOK.codes[0], Code("red lamp", ("red", "lamp"), 3, facets)])
    coder = QueryCoder(codebook, CodePrior.fit(np.eye(2, 4, dtype=np.float32), []), Rules(), CONFIG)
    codes = [WeightedCode("red lamp", 1.0)]
    [near], [far] = vector(0.5, 0.8, 0.0, 0.0), vector(0.2, 0.8, 0.0, 0.0)

    assert coder.may_lead(Spelling("red light", "red light"), codes, near)
    assert not coder.may_lead(Spelling("red car", "red car"), codes, far)


def test_a_query_names_the_types_whose_words_it_contains():
    codes = [WeightedCode(label, 0.25) for label in ("lamp", "desk lamp", "red", "unknown")]

    coder = QueryCoder(CODEBOOK, PRIOR, Rules(), replace(CONFIG, typed_by_category=True))

    assert coder.named_types(Spelling("red lamps", "red lamps"), codes) == {"lamp"}
    assert coder.named_types(Spelling("lanp", "lamp"), codes) == {"lamp"}
    assert not coder.named_types(Spelling("red light", "red light"), codes)
    assert not QUERY_CODER.named_types(Spelling("lamps", "lamps"), codes)
