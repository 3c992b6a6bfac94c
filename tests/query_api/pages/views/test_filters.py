from gram_es.retrieval.recall.facets import Facets, FacetValue
from gram_es.retrieval.request import SearchRequest
from query_api.api.parameters import PAGE_SIZE
from query_api.pages.views.filters import active_filters, facet_views

VOLTS = Facets(
    brand=(FacetValue("Bosch", 4, ("BOSCH",)),),
    attributes={"volt": (FacetValue("18 V", 5, ("18V",)), FacetValue("12V", 2))},
)


def test_the_spellings_of_a_value_are_chosen_together() -> None:
    request = SearchRequest("drill", size=PAGE_SIZE, collapse=True)

    brand, volt = facet_views(request, VOLTS, ())

    assert brand.choices[0].url == "/?q=drill&brand=Bosch&brand=BOSCH"
    assert [(choice.label, choice.count) for choice in volt.choices] == [("18 V", 5), ("12V", 2)]
    assert volt.choices[0].url == "/?q=drill&attr.volt=18+V&attr.volt=18V"


def test_the_spellings_of_a_value_are_removed_together() -> None:
    chosen = (("volt", ("12V", "18V", "18 V")),)
    request = SearchRequest(
        "drill", size=PAGE_SIZE, collapse=True, attributes=chosen, brands=("Bosch", "bosch")
    )

    brand, volt = facet_views(request, VOLTS, ())

    assert (brand.choices[0].chosen, "brand" in brand.choices[0].url) == (True, False)
    assert [choice.chosen for choice in volt.choices] == [True, True]
    assert volt.choices[0].url == "/?q=drill&brand=Bosch&brand=bosch&attr.volt=12V"
    assert [(choice.label, choice.url) for choice in active_filters(request)] == [
        ("Bosch", "/?q=drill&attr.volt=12V&attr.volt=18V&attr.volt=18+V"),
        ("Volt: 12V", "/?q=drill&brand=Bosch&brand=bosch&attr.volt=18V&attr.volt=18+V"),
        ("Volt: 18V", "/?q=drill&brand=Bosch&brand=bosch&attr.volt=12V"),
    ]
