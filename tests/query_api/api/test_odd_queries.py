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
]


@pytest.mark.parametrize("text", ODD_QUERIES)
@pytest.mark.parametrize("path", ["/", "/search"])
def test_odd_queries_are_answered(web, path, text):
    assert web.get(path, query_string={"q": text}).status_code == 200


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
