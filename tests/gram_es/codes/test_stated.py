from gram_es.codes.codebook import Code, Codebook, Facet
from gram_es.codes.stated import CodeMatcher, StatedCodes
from gram_es.records import Product

TYPE = Facet("type", "drills")
CODEBOOK = Codebook(
    [
        Code("drills", ("drill",), 9, (TYPE,)),
        Code("18 volt drills", ("18", "volt", "drill"), 5, (Facet("voltage", "18 volt"), TYPE)),
        Code("hexley drills", ("hexley", "drill"), 5, (Facet("brand", "hexley"), TYPE)),
        Code("iphone", ("iphon",), 4),
        Code("white", ("white",), 4, (Facet("color", "white"),)),
    ]
)
DRILLS, VOLT, HEXLEY, IPHONE, WHITE = range(5)


def test_fields_state_the_codes_all_of_whose_facets_they_have():
    drill = Product(
        "1",
        "Powerful tool",
        brand="Hexley",
        category=("Tools", "Drills"),
        attributes={"voltage": ("18V",)},
    )

    stated = CodeMatcher(CODEBOOK).stated(drill)

    assert stated == StatedCodes(by_field=(DRILLS, VOLT, HEXLEY), by_phrase=())


def test_a_title_without_fields_states_its_type_and_its_quantities():
    stated = CodeMatcher(CODEBOOK).stated(Product("1", "Hexley 18-Volt Cordless Drill in Red"))

    assert stated.by_field == (DRILLS, VOLT)


def test_a_phrase_of_a_title_is_weaker_than_a_field():
    stated = CodeMatcher(CODEBOOK).stated(Product("1", "Case for iPhone"))

    assert stated == StatedCodes(by_field=(), by_phrase=(IPHONE,))


def test_a_phrase_behind_a_negation_is_not_stated():
    matcher = CodeMatcher(CODEBOOK)

    assert matcher.stated(Product("1", "Case, not for iPhone")).by_phrase == (IPHONE,)
    assert matcher.stated(Product("1", "Case, non iPhone")).by_phrase == ()


def test_a_value_counts_under_whichever_name_a_shop_gives_it():
    lamp = Product("1", "Lamp", attributes={"finish": ("white",)})

    assert CodeMatcher(CODEBOOK).stated(lamp).by_field == (WHITE,)
