from gram_es.codes.codebook import Facet
from gram_es.codes.facets import attribute_facets
from gram_es.records import Product


def test_attributes_that_differ_in_a_number_are_one_attribute_with_several_values():
    cable = Product("1", "Cable", attributes={"Connector 1": ("SC",), "Connector 2": ("ST",)})

    assert list(attribute_facets(cable)) == [Facet("connector", "sc"), Facet("connector", "st")]
