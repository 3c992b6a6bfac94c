"""Any query and any parameter is answered or rejected; none causes an internal error."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ODD_QUERIES = [
    'title:"drill" AND (price:[1 TO *] OR NOT brand:x)~2^3',
    "drill && || ! ( ) { } [ ] ^ ~ * ? : \\ /",
    '{"query": {"match_all": {}}}',
    "'; DROP TABLE products; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} ${jndi:ldap://x} %s %n",
    "🔨🪛 perceuse 电钻 дрель مثقاب",
    "\u202edrill\u202c \u200b\u200d\ufeff",
    "e\u0301" * 200,
    "drill\0\0saw",
    "\x1b[2J drill",
    "a" * 512,
    "1 " * 256,
    "../../etc/passwd",
    "ﷺ" * 100,
    '½ ¾ 3/4" 2\'6" ㎏ ﬁ',
    "ﷺ" * 512,  # NFKD makes four words and 18 letters of each
    "".join(map(chr, range(0x3300, 0x3358))) * 5,  # 88 characters that are words
    " ".join(map(chr, range(0x4E00, 0x4F00))),  # 256 words
    "".join(map(chr, range(0x4E00, 0x5000))),  # 512 letters of a word, each a word elsewhere
    " ".join(f"{number:x}" for number in range(150)),
    "\u0301\u0327" * 256,
    "a" + "\u0315\u0300\u05ae\u0300" * 100,
    "\u200b\u2060\ufeff" * 100 + "drill",
    "\u202e\u2066\u2069" * 100,
    "dri\u04cfl \u0430\u0441\u0435\uff41",
    "drill\n\r\t\x85\u2028saw",
    "without " * 60,
    "under 50 over 20 " * 30,
    "$" * 512,
    "-drill " * 73,
    "1/2 " * 128,
    "a&b&" * 128,
    "a." * 256,
    "(" * 512,
    "999999999999999999999999 NaN Infinity -1e400",
]
PARAMETERS = [
    "from=999999999",
    "from=9990&size=100",
    "from=-1",
    "size=0",
    "size=99999999999999999999",
    "size=1e3",
    "size=\u0661",
    "size=1&size=2",
    "price=nan..nan",
    "price=inf..",
    "price=0..999999999999.999999",
    "price=-1..",
    "price=1e400..",
    "price=" + "9" * 4_000,
    "price=..",
    "brand=%00",
    "brand=%ff%fe",
    "brand=%ED%A0%80",
    "&".join(f"brand={number}" for number in range(800)),
    "&".join(f"attr.{number}=1" for number in range(800)),
    "&".join(["attr.colour=blue"] * 400),
    "category=" + "%3E" * 2_000,
    "category=" + "a%3E" * 100,
    "&".join(["exclude_code=" + "x" * 300] * 20),
    "literal=" + "drill+" * 80,
    "group=" + "g" * 512,
    "q=other",
    "=",
    "&" * 4_000,
    "sort=" + "price_asc" * 400,
]


@pytest.mark.parametrize("text", ODD_QUERIES)
@pytest.mark.parametrize("path", ["/", "/search"])
def test_odd_queries_are_answered(web, path, text):
    assert web.get(path, query_string={"q": text}).status_code == 200


@pytest.mark.parametrize("parameters", PARAMETERS)
@pytest.mark.parametrize(
    "path",
    ["/", "/search", "/suggest", "/missing", "/explain/missing", "/codes", "/code", "/product"],
)
def test_odd_parameters_are_answered_or_rejected(web, path, parameters):
    assert web.get(f"{path}?q=drill&id=p1&{parameters}").status_code in (200, 400, 404)


def test_the_answer_to_thousands_of_unknown_parameters_is_short(web):
    names = "&".join(f"a{number}" for number in range(1_400))

    for path in ("/search", "/suggest", "/explain/product"):
        answer = web.get(f"{path}?{names}")
        assert answer.status_code == 400
        assert len(answer.data) < len(names)


@given(text=st.text(max_size=600))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_answered_or_rejected(web, text: str):
    query = {"q": text.encode("utf-8", "surrogatepass")}

    answer = web.get("/search", query_string=query)

    assert answer.status_code in (200, 400)
    page = web.get("/", query_string=query)
    # Without a query, / responds with the start page and not with an error.
    assert (
        page.status_code == answer.status_code
        or answer.json["detail"] == "q is empty; give words, or a filter to browse by"
    )


VALUES = st.one_of(st.text(max_size=40), st.integers().map(str), st.floats().map(str))


@given(
    parameters=st.dictionaries(
        st.sampled_from(
            [
                "size",
                "from",
                "price",
                "sort",
                "explain",
                "facets",
                "brand",
                "category",
                "availability",
                "attr.colour",
                "attr.",
                "attr.*",
                "group",
                "collapse",
                "highlight",
                "relax",
            ]
        ),
        VALUES,
    )
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_parameter_is_answered_or_rejected(web, parameters: dict[str, str]):
    values = {name: value.encode("utf-8", "replace") for name, value in parameters.items()}

    answer = web.get("/search", query_string={"q": "drill", **values})

    assert answer.status_code in (200, 400)


@given(name=st.text(max_size=30), value=st.text(max_size=10))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_attribute_is_answered_or_rejected(web, name: str, value: str):
    query = {f"attr.{name}": value.encode("utf-8", "surrogatepass")}

    assert web.get("/search", query_string=query).status_code in (200, 400)
    assert web.get("/", query_string=query).status_code in (200, 400)


@given(text=st.text(max_size=40), product=st.text(max_size=20))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_product_is_explained_and_any_text_completed(web, text: str, product: str):
    query = {name: t.encode("utf-8", "surrogatepass") for name, t in (("q", text), ("id", product))}

    for path in ("/explain/missing", "/missing"):
        assert web.get(path, query_string=query).status_code in (200, 400)
    assert web.get("/suggest", query_string={"q": query["q"]}).status_code in (200, 400)
