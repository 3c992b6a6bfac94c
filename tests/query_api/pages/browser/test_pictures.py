"""Pictures of products in headless Chromium."""

from gram_es.records import Product
from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app
from query_api.http.image_hosts import ImageHosts
from query_api.http.options import Options


def test_the_initial_shows_in_place_of_a_picture_that_fails_to_load(client, index_products, visit):
    missing = "https://pictures.invalid/lamp.jpg"
    lamps = (Product("with", "Lamp", image_link=missing), Product("without", "Lamp"))
    index = index_products(lamps, {}, "m0123456789ab", "f" * 64).index
    options = Options(image_hosts=ImageHosts(("pictures.invalid",)))

    with visit(create_app(Searcher(client, index=index), options=options)) as browser:
        browser.open("/product/without")
        initial = browser.middle_of(".tile")
        browser.open("/product/with")
        failed = browser.middle_of(".tile")
        assert browser.find(".tile img").get_attribute("src") == missing

    assert failed == initial
