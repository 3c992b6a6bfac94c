"""Which pictures of products the pages show."""

import pytest

from gram_es.records import Product
from gram_es.retrieval.searcher import Searcher
from query_api.app import create_app
from query_api.http.image_hosts import ImageHosts
from query_api.http.options import Options

HOSTS = ImageHosts(("cdn.example.com", "*.shop.example", "media.example:8443"))


@pytest.mark.parametrize(
    "link",
    [
        "https://cdn.example.com/a.jpg?w=200",
        "HTTPS://CDN.EXAMPLE.COM:443/a.jpg",
        "https://img.eu.shop.example/a b.png",
        "https://media.example:8443/a.webp",
    ],
)
def test_a_picture_of_a_listed_host_is_shown(link):
    assert HOSTS.picture(Product("p", "Lamp", image_link=link)) == link


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "http://cdn.example.com/a.jpg",
        "//cdn.example.com/a.jpg",
        "https://cdn.example.com.evil.example/a.jpg",
        "https://cdn.example.com@evil.example/a.jpg",
        "https://user:secret@cdn.example.com/a.jpg",
        "https://shop.example/a.jpg",
        "https://evilshop.example/a.jpg",
        "https://media.example/a.jpg",
        "https://cdn.example.com:99999/a.jpg",
        "https://[cdn.example.com/a.jpg",
        "https://..cdn.example.com/a.jpg",
        "https://evil.example\\.shop.example/a.jpg",
        "https://evil.example%2f.shop.example/a.jpg",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "/images/a.jpg",
    ],
)
def test_any_other_picture_is_not(link):
    assert HOSTS.picture(Product("p", "Lamp", image_link=link)) is None


def test_without_hosts_no_picture_is_shown():
    assert ImageHosts().picture(Product("p", "Lamp", image_link="https://a.example/a.jpg")) is None


def test_pages_show_the_pictures_of_listed_hosts_alone(client, index_products):
    lamps = [
        Product("a", 'Lamp "A"', image_link="https://cdn.example.com/a.jpg"),
        Product("b", "Lamp B", image_link="https://elsewhere.example/b.jpg"),
    ]
    index = index_products(lamps, {}, "m0123456789ab", "f" * 64).index
    app = create_app(Searcher(client, index=index), options=Options(image_hosts=HOSTS))

    answer = app.test_client().get("/?q=lamp")

    assert answer.text.count("<img") == 1
    assert (
        '<img src="https://cdn.example.com/a.jpg" alt="Lamp &#34;A&#34;" width="56" height="56" '
        'loading="lazy" decoding="async" referrerpolicy="no-referrer" data-letter="L">'
    ) in answer.text
    assert '<span aria-hidden="true">L</span>' in answer.text
    assert (
        "img-src 'self' https://cdn.example.com https://*.shop.example https://media.example:8443;"
    ) in answer.headers["Content-Security-Policy"]
    assert 'width="144" height="144"' in app.test_client().get("/product/a").text
