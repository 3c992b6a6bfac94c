"""The search page and the API with a loaded model."""


def test_the_page_shows_codes_and_explains_each_hit(coded_web):
    text = coded_web.get("/?q=cordles+drill").text

    assert "Results for <strong><bdi>cordless drill</bdi></strong>" in text
    assert '<a href="/?q=cordles+drill&amp;spelling=false"><bdi>cordles drill</bdi></a>' in text
    assert 'aria-labelledby="codes"' in text
    assert "Because it carries" in text
    assert "scorer" in text
    assert "Some results may be missing" not in text


def test_the_start_page_offers_codes_of_the_live_index(coded_web):
    text = coded_web.get("/").text

    assert "Codes that many products share" in text
    assert 'class="chip-count"' in text


def test_readyz_is_ok(coded_web):
    answer = coded_web.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (200, "ok")


def test_the_response_lists_codes_with_their_weights(coded_web):
    answer = coded_web.get("/search?q=cordless+drill&explain=true").json

    weights = {code["code"]: code["weight"] for code in answer["query"]["codes"]}
    assert 0 < sum(weights.values()) <= 1.001
    assert answer["mode"] == "codes+text+rerank"
    assert set(answer["hits"][0]["matched_codes"]) <= set(weights)
    assert -1 <= answer["hits"][0]["explanation"]["features"]["cosine_raw"] <= 1


def test_an_excluded_code_is_not_searched_and_can_be_included_again(coded_web):
    complete = coded_web.get("/search?q=cordless+drill").json
    first = complete["query"]["codes"][0]["code"]

    excluding = coded_web.get(
        "/search", query_string={"q": "cordless drill", "exclude_code": first}
    ).json
    page = coded_web.get("/", query_string={"q": "cordless drill", "exclude_code": first}).text

    assert excluding["query"]["excluded_codes"] == [first]
    assert excluding["query"]["codes"] == complete["query"]["codes"][1:]
    assert not any(first in hit["matched_codes"] for hit in excluding["hits"])
    assert (
        '<a class="chip excluded" href="/?q=cordless+drill" title="Include this code again"' in page
    )


def test_a_search_without_spelling_correction_stays_without_it(coded_web):
    page = coded_web.get("/?q=cordles+drill&spelling=false").text
    answer = coded_web.get("/search?q=cordles+drill&spelling=false").json

    assert "Results for" not in page
    assert 'href="/?q=drill&amp;sort=price_asc&amp;spelling=false"' in page
    assert (answer["query"]["corrected"], answer["query"]["alternatives"]) == (None, [])


def test_forms_that_are_searched_beside_the_query_are_shown(coded_web):
    page = coded_web.get("/?q=head+phones").text
    answer = coded_web.get("/search?q=head+phones").json

    assert "Also searched for <bdi>headphones</bdi>" in page
    assert '<a href="/?q=head+phones&amp;spelling=false">Search only as typed</a>' in page
    assert answer["query"]["alternatives"] == ["headphones"]
    assert answer["message"] is None
