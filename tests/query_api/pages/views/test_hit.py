"""What a hit in the list of results says of its score and rank."""

from dataclasses import replace

from gram_es.records import Product, WeightedCode
from gram_es.retrieval.recall.identifiers import IdentifierMatch
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.rerank.blend import HitFeatures, ScoreBreakdown
from gram_es.retrieval.result import Hit, HitExplanation, SearchResult
from query_api.http.image_hosts import NO_HOSTS
from query_api.pages.views.hit import hit_row


def result_of(hit: Hit, *, mode: str, ranked: int) -> SearchResult:
    return SearchResult(
        request=SearchRequest("drill"),
        request_id="r",
        text="drill",
        corrected=None,
        codes=(),
        mode=mode,
        degraded=(),
        index="products",
        model=None,
        total=3,
        groups=None,
        ranked=ranked,
        dropped=(),
        took_ms={"total": 1.0},
        hits=(hit,),
        facets=None,
    )


def hit_without_vector() -> Hit:
    scores = ScoreBreakdown(bm25=1.0, cosine=0.5)
    features = HitFeatures(bm25_raw=4.0, cosine_raw=None)
    explanation = HitExplanation(scores, features, 3, IdentifierMatch.NONE, {})
    return Hit("p", 2, 1.5, Product("p", "Drill"), (), explanation=explanation)


def test_a_reranked_hit_without_a_vector_has_ranks_before_and_after(app) -> None:
    hit = hit_without_vector()

    with app.test_request_context():
        row = hit_row(hit, result_of(hit, mode="text+rerank", ranked=3), NO_HOSTS)

    assert row.rank_before == "5th before the rerank, 2nd after"


def test_a_hit_beyond_the_window_or_without_a_rerank_has_no_rank_before(app) -> None:
    hit = hit_without_vector()

    with app.test_request_context():
        beyond = hit_row(hit, result_of(hit, mode="text+rerank", ranked=1), NO_HOSTS)
        unranked = hit_row(hit, result_of(hit, mode="text", ranked=3), NO_HOSTS)

    assert (beyond.rank_before, unranked.rank_before) == (None, None)


def test_a_hit_says_how_an_identifier_matches(app) -> None:
    hit = hit_without_vector()
    named = replace(hit.explanation, identifier_match=IdentifierMatch.PREFIX)

    with app.test_request_context():
        row = hit_row(
            replace(hit, explanation=named), result_of(hit, mode="text", ranked=3), NO_HOSTS
        )

    assert row.matched_by == "start of an identifier"


def test_three_codes_that_each_say_something_new_are_the_reason(app) -> None:
    labels = ["cordless drill", "drill", "cordless drills", "18 volt drills", "kit", "led light"]
    weights = [0.5, 0.4, 0.4, 0.3, 0.2, 0.15]
    codes = tuple(map(WeightedCode, labels, weights))
    hit = replace(hit_without_vector(), matched_codes=codes)

    with app.test_request_context():
        row = hit_row(hit, result_of(hit, mode="codes", ranked=3), NO_HOSTS)

    assert row.reason is not None
    assert [chip.label for chip in row.reason.codes] == ["cordless drill", "18 volt drills", "kit"]
    assert row.matched_codes == ", ".join(labels)


def test_a_light_code_is_no_reason(app) -> None:
    codes = (WeightedCode("sofas", 0.6), WeightedCode("furniture", 0.05))
    hit = replace(hit_without_vector(), matched_codes=codes)

    with app.test_request_context():
        row = hit_row(hit, result_of(hit, mode="codes", ranked=3), NO_HOSTS)

    assert row.reason is not None
    assert [chip.label for chip in row.reason.codes] == ["sofas"]
