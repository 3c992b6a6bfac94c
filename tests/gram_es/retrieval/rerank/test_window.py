from base64 import b64decode
from dataclasses import astuple, replace

import numpy as np
import pytest

from gram_es.codes.stored_codes import pack
from gram_es.records import ProductCode, WeightedCode
from gram_es.retrieval.recall.clauses import Clauses
from gram_es.retrieval.recall.identifiers import IdentifierMatch
from gram_es.retrieval.rerank.blend import Calibration
from gram_es.retrieval.rerank.window import (
    RankedHit,
    WindowVectors,
    rank_window,
    window_vectors,
    with_retrieval_scores,
)
from gram_es.retrieval.rerank.window_hit import WindowHit

CALIBRATION = Calibration(cosine=1.0, bm25=0.2, agreement=1.0)
CODES = (WeightedCode("drill", 0.5), WeightedCode("cordless", 0.25))
CLAUSES = Clauses("drill", "drill", CODES, None, "m1", scale=0.1, best_text=10.0)


def packed(**weights: float) -> bytes:
    return b64decode(pack([ProductCode(label, weight) for label, weight in weights.items()]))


def hit(name: str, rank: int, score: float, **weights: float) -> WindowHit:
    return WindowHit(name, "index", rank, score, packed(**weights))


def vectors_with(*cosines: float | None) -> WindowVectors:
    """Return one product vector per cosine with the query; ``None`` gives no vector."""
    rows = [(c or 0.0, (1 - (c or 0.0) ** 2) ** 0.5) for c in cosines]
    has_vector = np.array([c is not None for c in cosines])
    query = np.array([1.0, 0.0], dtype=np.float32)
    return WindowVectors(query, np.array(rows, dtype=np.float32), has_vector)


EMPTY = WindowVectors(
    np.array([1.0, 0.0], dtype=np.float32),
    np.zeros((0, 2), dtype=np.float32),
    np.zeros(0, dtype=np.bool_),
)


def order(hits: list[RankedHit]) -> list[str]:
    return [hit.id for hit in hits]


def test_a_score_is_split_into_codes_and_text():
    [ranked] = rank_window(
        [hit("a", 0, 8.0, saw=1.0, drill=0.5)], CLAUSES, CALIBRATION, vectors_with(0.4)
    )

    assert ranked.matched_codes == (WeightedCode("drill", 0.5),)
    assert ranked.features.agreement == 0.25  # .5 in the query times .5 in the product
    assert ranked.features.bm25_raw == pytest.approx(5.5)  # the code adds .25 / .1
    assert ranked.features.cosine_raw == pytest.approx(0.4)
    assert ranked.scores.bm25 == pytest.approx(0.2 * 0.55)
    assert ranked.scores.codes == pytest.approx(0.25)  # no product has a word of the query
    assert ranked.score == pytest.approx(0.4 + 0.11 + 0.25)


def test_the_blend_decides():
    hits = [hit("a", 0, 9.0), hit("b", 1, 5.0), hit("c", 2, 2.0)]

    ranked = rank_window(hits, CLAUSES, CALIBRATION, vectors_with(0.1, 0.9, 0.5))

    assert order(ranked) == ["b", "c", "a"]
    assert [hit.score for hit in ranked] == pytest.approx(
        [0.9 + 0.2 * 0.5, 0.5 + 0.2 * 0.2, 0.1 + 0.2 * 0.9]
    )
    assert [hit.retrieval_rank for hit in ranked] == [1, 2, 0]


def test_without_vectors_hits_keep_the_order_of_their_retrieval_scores():
    hits = [
        hit("codes", 0, 7.5, drill=1.0, cordless=1.0),
        hit("both", 1, 6.0, drill=1.0),
        hit("text", 2, 3.0),
        hit("code", 3, 2.5, cordless=1.0),
    ]

    ranked = rank_window(hits, CLAUSES, CALIBRATION)

    assert order(ranked) == ["codes", "both", "text", "code"]
    assert [hit.score for hit in ranked] == [7.5, 6.0, 3.0, 2.5]
    assert [hit.scores.bm25 for hit in ranked] == pytest.approx([0.0, 1.0, 3.0, 0.0])
    assert [hit.scores.codes for hit in ranked] == pytest.approx([7.5, 5.0, 0.0, 2.5])


def test_less_close_hits_come_last_whatever_their_scores():
    hits = [hit("a", 0, 9.0), hit("b", 1, 5.0), hit("c", 2, 2.0)]
    hits[1].relevant = False

    ranked = rank_window(hits, CLAUSES, CALIBRATION, vectors_with(0.1, 0.9, 0.5))

    assert order(ranked) == ["c", "a", "b"]
    assert [hit.relevant for hit in ranked] == [True, True, False]


def test_rounding_of_single_floats_is_no_text():
    [ranked] = rank_window([hit("a", 0, 7.50001, drill=1.0, cordless=1.0)], CLAUSES, CALIBRATION)

    assert ranked.features.bm25_raw == 0.0


def test_a_product_without_a_vector_gets_the_mean_cosine():
    hits = [hit("low", 0, 0.1), hit("none", 1, 0.1), hit("high", 2, 0.1)]

    ranked = rank_window(hits, CLAUSES, CALIBRATION, vectors_with(0.2, None, 0.8))

    assert order(ranked) == ["high", "none", "low"]
    assert ranked[1].features.cosine_raw is None


LEXICAL = Calibration(cosine=1.0, bm25=0.2, lexical=(0.5, 0.25, 0.0))
"""Full coverage adds 0.5 to the score, and a match of all numbers adds 0.25."""


def with_stems(name: str, rank: int, stems: str | None) -> WindowHit:
    return WindowHit(name, "index", rank, 0.0, stems=stems)


def test_common_words_add_to_the_score():
    clauses = replace(CLAUSES, typed="cordles drills 18", corrected="cordless drills 18")
    hits = [
        with_stems("two", 0, "cordless drill 12"),
        with_stems("all", 1, "18 volt cordless drill"),
    ]

    ranked = rank_window(hits, clauses, LEXICAL, vectors_with(0.4, 0.3))

    assert order(ranked) == ["all", "two"]
    assert [hit.scores.lexical for hit in ranked] == pytest.approx([0.75, 1 / 3])
    assert [hit.score for hit in ranked] == pytest.approx([1.05, 0.4 + 1 / 3])


def test_a_product_without_stems_gets_the_mean_lexical_score():
    hits = [
        with_stems("old", 0, None),
        with_stems("all", 1, "drill"),
        with_stems("none", 2, "oak table"),
    ]

    ranked = rank_window(hits, CLAUSES, LEXICAL, vectors_with(0.4, 0.4, 0.4))

    assert order(ranked) == ["all", "old", "none"]
    assert ranked[1].scores.lexical == pytest.approx(0.25)
    assert [
        hit.scores.lexical for hit in rank_window(hits[:1], CLAUSES, LEXICAL, vectors_with(0.4))
    ] == [0.0]


def test_a_product_similar_to_the_best_hit_rises():
    """Two vectors have the same cosine with the query; the last is more similar to the first."""
    rows = [(0.8, 0.6), (0.6, -0.8), (0.6, 0.8)]
    vectors = WindowVectors(
        np.array([1.0, 0.0], dtype=np.float32), np.array(rows, dtype=np.float32), np.ones(3, bool)
    )
    hits = [hit("best", 0, 0.0), hit("other", 1, 0.0), hit("like", 2, 0.0)]

    plain = rank_window(hits, CLAUSES, CALIBRATION, vectors)
    fed_back = rank_window(hits, CLAUSES, replace(CALIBRATION, feedback=0.5), vectors)

    assert order(plain) == ["best", "other", "like"]
    assert order(fed_back) == ["best", "like", "other"]
    assert fed_back[0].score == pytest.approx(
        fed_back[0].features.cosine_raw + fed_back[0].scores.feedback
    )


def test_a_window_may_have_products_without_vectors():
    query = np.array([1.0, 0.0], dtype=np.float32)
    stored = np.array([60, 80], dtype=np.int8).tobytes()
    with_vector = WindowHit("a", "index", 0, 0.1, vector=stored)

    vectors = window_vectors(query, [with_vector, hit("b", 1, 0.1)])

    assert vectors is not None
    assert vectors.has_vector.tolist() == [True, False]
    assert vectors.products[0] == pytest.approx([0.6, 0.8])
    assert window_vectors(query, [hit("b", 0, 0.1)]) is None
    with pytest.raises(ValueError, match="vectors have 2 dimensions, the query's 3"):
        window_vectors(np.ones(3, dtype=np.float32), [with_vector])


def test_ties_keep_the_retrieval_order():
    hits = [hit("b", 0, 0.1), hit("a", 1, 0.1)]

    assert order(rank_window(hits, CLAUSES, CALIBRATION, vectors_with(0.5, 0.5))) == ["b", "a"]


def test_a_product_with_the_identifier_comes_first_with_and_without_a_rerank():
    clauses = Clauses("x 1", "x 1", (), None, None, scale=0.1)
    named = WindowHit("named", "index", 1, 102.0, identifier_match=IdentifierMatch.PREFIX)
    hits = [hit("other", 0, 120.0), named]

    ranked = rank_window(hits, clauses, CALIBRATION)

    assert order(ranked) == ["named", "other"]
    assert ranked[0].identifier_match
    assert ranked[0].features.bm25_raw == pytest.approx(2.0)
    assert order(rank_window(hits, clauses, CALIBRATION, vectors_with(0.9, 0.1))) == [
        "named",
        "other",
    ]


def test_codes_alone_have_no_text_part():
    clauses = Clauses("", "", CODES, None, "m1", scale=0.1)

    ranked = rank_window([hit("a", 0, 5.1, drill=1.0)], clauses, CALIBRATION)

    assert ranked[0].features.bm25_raw == 0.0


def test_hits_beyond_the_window_keep_their_order():
    hits = [hit("a", 500, 0.1), hit("b", 501, 0.3)]

    assert order(with_retrieval_scores(hits, CLAUSES)) == ["a", "b"]


def test_an_empty_window_stays_empty():
    assert rank_window([], CLAUSES, CALIBRATION, EMPTY) == []


def test_a_pinned_code_adds_its_weight_with_and_without_the_scorer():
    pinned = replace(CLAUSES, codes=(WeightedCode("deal", 0.5, pinned=True),))
    hits = [hit("a", rank=0, score=1.0), hit("b", rank=1, score=5.0, deal=1.0)]

    plain = rank_window(hits, pinned, CALIBRATION)
    ranked = rank_window(hits, pinned, CALIBRATION, vectors_with(0.9, 0.8))

    assert order(plain) == order(ranked) == ["b", "a"]
    assert [hit.scores.pinned for hit in ranked] == [0.5, 0.0]
    assert [hit.scores.pinned for hit in plain] == [5.0, 0.0]


@pytest.mark.parametrize("vectors", [vectors_with(0.4, 0.3), vectors_with(0.4, None), None])
def test_the_parts_add_up_to_the_score(vectors):
    codes = (WeightedCode("drill", 0.5), WeightedCode("deal", 0.25, pinned=True))
    hits = [
        WindowHit("a", "index", 0, 9.625, packed(drill=1.0, deal=0.25), stems="drill"),
        WindowHit("b", "index", 1, 6.0, packed(drill=1.0), stems="oak table"),
    ]
    blend = replace(LEXICAL, feedback=0.5, agreement=0.4)

    clauses = replace(CLAUSES, codes=codes, stem_weights=({"drill": 2.0, "cordless": 3.0},))
    ranked = rank_window(hits, clauses, blend, vectors)

    assert [sum(astuple(hit.scores)) for hit in ranked] == pytest.approx([h.score for h in ranked])
    # The best product has .4 of the query, so that the codes count .6 of their weight.
    codes_part = 5.0 if vectors is None else 0.4 * 0.6 * 0.5
    assert [hit.scores.codes for hit in ranked] == pytest.approx([codes_part] * 2)


def test_agreement_counts_in_the_blend_only_with_a_weight():
    hits = [hit("a", 0, 0.0), hit("b", 1, 5.0, drill=1.0)]
    vectors = vectors_with(0.5, 0.4)

    plain = rank_window(hits, CLAUSES, replace(CALIBRATION, agreement=0.0), vectors)
    weighted = rank_window(hits, CLAUSES, replace(CALIBRATION, agreement=0.4), vectors)

    assert order(plain) == ["a", "b"]
    assert order(weighted) == ["b", "a"]
    assert [hit.score for hit in weighted] == pytest.approx([0.4 + 0.4 * 0.5, 0.5])


@pytest.mark.parametrize(
    ("stems", "missed"),
    [
        (None, 1.0),  # an older version of gram-es wrote the product
        ("oak tabl", 1.0),
        ("hammer drill", 0.75),
        ("cordless saw", 0.25),
        ("18 volt cordless drill", 0.0),
    ],
)
def test_codes_count_as_far_as_the_best_product_of_the_window_lacks_the_querys_words(stems, missed):
    clauses = replace(CLAUSES, stem_weights=({"cordless": 3.0, "drill": 1.0},))
    hits = [
        with_stems("text", 0, stems),
        WindowHit("code", "index", 1, 5.0, packed(drill=1.0), stems="screwgun"),
        with_stems("none", 2, "garden hose"),
    ]

    ranked = rank_window(hits, clauses, CALIBRATION, vectors_with(0.5, 0.5, 0.5))

    codes = {hit.id: hit.scores.codes for hit in ranked}
    assert codes == pytest.approx({"text": 0.0, "code": missed * 0.5, "none": 0.0})


def test_no_two_products_together_cover_a_query():
    clauses = replace(CLAUSES, stem_weights=({"cordless": 3.0, "drill": 1.0},))
    hits = [
        WindowHit("saw", "index", 0, 5.0, packed(drill=1.0), stems="cordless saw"),
        with_stems("drill", 1, "hammer drill"),
    ]

    [saw, _] = rank_window(hits, clauses, CALIBRATION, vectors_with(0.5, 0.5))

    assert saw.scores.codes == pytest.approx(0.25 * 0.5)


def test_without_a_word_that_counts_the_codes_count_in_full():
    hits = [WindowHit("code", "index", 0, 5.0, packed(drill=1.0), stems="drill")]

    [ranked] = rank_window(hits, CLAUSES, CALIBRATION, vectors_with(0.5))

    assert ranked.scores.codes == pytest.approx(0.5)


def test_a_pinned_code_counts_also_where_the_text_matches_the_whole_query():
    codes = (WeightedCode("deal", 0.5, pinned=True),)
    pinned = replace(CLAUSES, codes=codes, stem_weights=({"drill": 1.0},))
    hits = [
        WindowHit("text", "index", 0, 10.0, stems="drill"),
        WindowHit("deal", "index", 1, 5.0, packed(deal=1.0), stems="lamp"),
    ]

    ranked = rank_window(hits, pinned, CALIBRATION, vectors_with(0.5, 0.5))

    assert order(ranked) == ["deal", "text"]
    assert [hit.score for hit in ranked] == pytest.approx([0.5 + 0.5, 0.5 + 0.2])


def test_text_is_measured_against_the_best_that_the_query_can_score():
    hits = [hit("a", 0, 4.0), hit("b", 1, 2.0)]
    usual = Clauses("drill", "drill", CODES, None, "m1", scale=0.1)

    known = rank_window(hits, replace(usual, best_text=5.0), CALIBRATION, vectors_with(0.0, 0.0))
    unknown = rank_window(hits, usual, CALIBRATION, vectors_with(0.0, 0.0))

    assert [hit.scores.bm25 for hit in known] == pytest.approx([0.2 * 4 / 5, 0.2 * 2 / 5])
    assert [hit.scores.bm25 for hit in unknown] == pytest.approx([0.2 * 4 / 8, 0.2 * 2 / 8])


def test_a_full_agreement_counts_in_retrieval_as_a_share_of_the_best_text():
    calibration = Calibration(recall_agreement=0.25)
    clauses = replace(CLAUSES, scale=calibration.scale(10.0))

    assert clauses.boost(1.0) == pytest.approx(2.5)
    assert Calibration(recall_agreement=0.25).scale(4.0) == pytest.approx(1.0)


def test_the_form_of_the_query_that_a_product_covers_best_counts():
    parted, joined = {"head": 1.0, "phone": 1.0}, {"headphon": 1.0}
    hits = [WindowHit("a", "index", 0, 5.0, packed(drill=1.0), stems="bluetooth headphon")]

    def codes_part(*forms: dict[str, float]) -> float:
        clauses = replace(CLAUSES, stem_weights=forms)
        [ranked] = rank_window(hits, clauses, CALIBRATION, vectors_with(0.5))
        return ranked.scores.codes

    assert codes_part(parted) == pytest.approx(0.5)
    assert codes_part(parted, joined) == pytest.approx(0.0)
