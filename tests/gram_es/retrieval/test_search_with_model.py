"""Test the whole search with a trained model and an index that contains the model's codes."""

import dataclasses

import numpy as np
import pytest
from elasticsearch import Elasticsearch

from gram_es.codes.stored_codes import read_codes
from gram_es.errors import ModelError
from gram_es.index.scan import read_live_codes
from gram_es.model.gram import Gram, QueryCodes
from gram_es.records import ProductCode
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from query_api.api.serializers import search_json

pytestmark = pytest.mark.elasticsearch_9

QUERY = "cordless drill"


@pytest.fixture
def searcher(client: Elasticsearch, gram: Gram, shop_index: Settings) -> Searcher:
    return Searcher(client, gram, index=shop_index.index)


def ids(result) -> list[str]:
    return [hit.id for hit in result.hits]


def test_codes_text_and_scorer_contribute(searcher, gram):
    result = searcher.search(SearchRequest(QUERY, explain=True), request_id="r-2")

    assert result.mode == "codes+text+rerank"
    assert result.degraded == ()
    assert result.model == gram.fingerprint
    assert "drill" in result.hits[0].product.title.lower()
    assert 0 < sum(code.weight for code in result.codes) <= 1 + 1e-6


def test_query_codes_are_live_codes_of_the_index(searcher, client, gram, shop_index):
    live = set(read_live_codes(client, shop_index.index, gram.slot))

    for text in (QUERY, "bath towel", "running shoes", "led bulb"):
        codes = {code.label for code in searcher.search(SearchRequest(text)).codes}
        assert codes <= live


def test_explanations_contain_the_codes_of_the_query(searcher, client, gram):
    def stored_weights(name: str) -> dict[str, float]:
        fields = client.get(index=searcher.index, id=name)["_source"]["gram"][gram.slot]
        return {code.label: code.weight for code in read_codes(fields["codes"], fields["packed"])}

    result = searcher.search(SearchRequest(QUERY, explain=True))
    weights = {code.label: code.weight for code in result.codes}

    assert any(hit.matched_codes for hit in result.hits)
    for hit in result.hits:
        assert hit.explanation is not None
        stored = stored_weights(hit.id)
        assert [code.label for code in hit.matched_codes] == [c for c in weights if c in stored]
        agreement = sum(weights[code.label] * stored[code.label] for code in hit.matched_codes)
        assert hit.explanation.features.agreement == pytest.approx(agreement)
        code_clauses = {name for name in hit.explanation.clause_scores if name.startswith("code:")}
        assert code_clauses == {f"code:{code.label}" for code in hit.matched_codes}


@pytest.mark.parametrize(("query", "counts"), [(QUERY, False), ("couch", True)])
def test_codes_count_in_the_blend_only_where_no_product_contains_the_query(
    searcher, gram, query, counts
):
    result = searcher.search(SearchRequest(query, explain=True))
    explanations = [hit.explanation for hit in result.hits if hit.explanation is not None]

    assert result.mode == "codes+text+rerank"
    assert any(each.features.agreement > 0 for each in explanations)
    weight = gram.config.agreement_weight * counts
    for each in explanations:
        assert each.scores.codes == pytest.approx(weight * each.features.agreement, abs=1e-6)


def test_rank_and_rank_change_give_the_retrieval_order(searcher):
    result = searcher.search(SearchRequest(QUERY, size=100, explain=True))
    before = [
        hit.rank + hit.explanation.rank_change for hit in result.hits if hit.explanation is not None
    ]

    assert len(set(before)) == len(before)
    assert min(before) >= 1


def test_pages_of_a_reranked_window_are_stable(searcher):
    whole = searcher.search(SearchRequest(QUERY, size=40))
    pages = [searcher.search(SearchRequest(QUERY, size=10, offset=at)) for at in range(0, 40, 10)]

    assert [name for page in pages for name in ids(page)] == ids(whole)


def test_a_typing_error_is_corrected_and_reported(searcher):
    result = searcher.search(SearchRequest("cordles drill"))

    assert result.text == "cordles drill"
    assert result.corrected == "cordless drill"


def test_a_query_that_is_near_no_code_gets_none(searcher):
    result = searcher.search(SearchRequest("theologian"))

    assert result.codes == ()
    assert result.hits == ()


@pytest.mark.parametrize("query", ["acoustic guitar", "tooth brush", "grey settee"])
def test_what_the_shop_does_not_have_has_no_close_match(searcher, query):
    result = searcher.search(SearchRequest(query))

    assert result.total == 0
    assert result.dropped == ()


@pytest.mark.parametrize("query", ["couch", "grey sofa", "gray sofa"])
def test_what_the_shop_calls_by_another_word_has_close_matches(searcher, query):
    assert searcher.search(SearchRequest(query)).total


def test_without_codes_and_matching_words_nothing_is_found(searcher, gram, monkeypatch):
    def abstain(queries, _live=None):
        return [QueryCodes((), np.ones(gram.dimensions, np.float32)) for _ in queries]

    monkeypatch.setattr(gram, "understand", abstain)

    result = searcher.search(SearchRequest("zxqv wqzx"))

    assert (result.codes, result.hits, result.total) == ((), (), 0)
    assert search_json(result)["message"] == "No product matches “zxqv wqzx”"


def test_identifiers_get_no_codes_and_no_rerank(searcher, shop):
    product = next(product for product in shop if product.gtin)

    result = searcher.search(SearchRequest(str(product.gtin)))

    assert ids(result)[0] == product.id
    assert result.mode == "exact+text"
    assert result.codes == ()


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), ModelError("damaged")])
def test_a_model_that_raises_costs_its_stages_only(searcher, gram, monkeypatch, caplog, error):
    def fail(*_: object, **__: object) -> None:
        raise error

    searcher.search(SearchRequest(QUERY))
    monkeypatch.setattr(gram, "understand", fail)

    result = searcher.search(SearchRequest(QUERY), request_id="r-3")

    assert result.mode == "text"
    assert result.degraded == (f"the model failed on this query ({type(error).__name__})",)
    assert "drill" in result.hits[0].product.title.lower()
    assert searcher.counts == {"codes+text+rerank": 1, "text": 1, "model failed": 1}
    assert "request r-3: the model failed on a query" in caplog.text


def test_an_error_in_our_code_is_not_attributed_to_the_model(searcher, gram, monkeypatch):
    monkeypatch.setattr(gram, "understand", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        searcher.search(SearchRequest(QUERY))


def test_without_the_scorer_hits_keep_the_order_of_retrieval(searcher, gram, monkeypatch):
    stages = frozenset({"spelling", "text", "codes"})
    plain = Searcher(searcher.client, gram, index=searcher.index, stages=stages)
    retrieved = ids(plain.search(SearchRequest(QUERY, size=40)))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr("gram_es.retrieval.rerank.window.dequantise", fail)

    result = searcher.search(SearchRequest(QUERY, size=40))

    assert result.mode == "codes+text"
    assert result.degraded == ("the scorer failed on this query (RuntimeError)",)
    assert ids(result) == retrieved


def test_codes_of_another_model_are_not_searched(client, gram, coded_shop):
    searcher = Searcher(client, gram, index=coded_shop.index)

    result = searcher.search(SearchRequest("hammer drill"))

    assert result.mode == "text"
    [reason] = result.degraded
    assert "contains codes of m0123456789ab" in reason
    assert f"not of the loaded model {gram.slot}; serve with" in reason
    assert "gram-es index migrate --model DIR" in reason


def test_an_index_without_codes_is_searched_by_text(client, gram, shop, index_products):
    settings = index_products(shop[:5], {}, gram.slot, gram.fingerprint)

    result = Searcher(client, gram, index=settings.index).search(SearchRequest(shop[0].title))

    assert shop[0].id in ids(result)
    assert result.mode == "text"
    (reason,) = result.degraded
    assert reason.endswith(f"contains no codes of {gram.slot} yet; gram-es ingest FEED adds them")


def test_products_that_are_not_enriched_yet_are_hits_too(client, gram, shop, index_products):
    first, second = shop[:2]
    enrichments = {first.id: gram.enrich([first])[0]}
    settings = index_products([first, second], enrichments, gram.slot, gram.fingerprint)

    result = Searcher(client, gram, index=settings.index).search(
        SearchRequest(second.title, explain=True)
    )

    hits = {hit.id: hit for hit in result.hits}
    assert result.mode.endswith("rerank")
    assert hits[second.id].explanation is not None
    assert hits[second.id].explanation.features.cosine_raw is None


def test_a_code_that_is_not_in_the_codebook_is_ignored(client, gram, shop, index_products):
    enrichment = gram.enrich([shop[0]])[0]
    foreign = dataclasses.replace(
        enrichment, codes=(ProductCode("not a code of this model", 1.0), *enrichment.codes)
    )
    settings = index_products(shop[:1], {shop[0].id: foreign}, gram.slot, gram.fingerprint)

    result = Searcher(client, gram, index=settings.index).search(SearchRequest(shop[0].title))

    assert "not a code of this model" not in {code.label for code in result.codes}
    assert ids(result) == [shop[0].id]


@pytest.mark.parametrize(
    ("stages", "mode"),
    [
        ({"codes"}, "codes"),
        ({"spelling", "text"}, "text"),
        ({"spelling", "text", "rerank"}, "text+rerank"),
        ({"spelling", "text", "codes"}, "codes+text"),
    ],
)
def test_only_the_given_stages_run(client, gram, shop_index, stages, mode):
    searcher = Searcher(client, gram, index=shop_index.index, stages=frozenset(stages))

    result = searcher.search(SearchRequest(QUERY))

    assert result.mode == mode
    assert result.hits
