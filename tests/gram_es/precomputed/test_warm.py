"""Codes computed ahead: what is stored, what a service takes of it, what goes."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from gram_es.errors import CatalogueIndexError
from gram_es.index.scan import read_live_codes
from gram_es.precomputed.store import Head, HeadStore
from gram_es.precomputed.warm import Warmed, warm
from gram_es.precomputed.watcher import FollowedHeads
from gram_es.records import WeightedCode
from gram_es.retrieval.deadline import Deadline
from gram_es.retrieval.query.model_worker import QueryModel

FREQUENT = [("cordless drill", 9), ("running shoes", 5), ("led bulb", 2)]
ABSTAINED = ("qwrtzx", 1)


@pytest.fixture(scope="module")
def live(client, gram, stocked):
    return gram.live(read_live_codes(client, stocked.index, gram.slot))


@pytest.fixture(scope="module")
def store(client, gram, stocked) -> HeadStore:
    """The heads of ``FREQUENT``."""
    assert warm(client, gram, stocked.index, [*FREQUENT, ABSTAINED]) == Warmed(3, 1, 0)
    return HeadStore(client, stocked.index, gram.fingerprint)


@pytest.fixture
def heads(store) -> FollowedHeads:
    heads = FollowedHeads(store)
    heads.look()
    return heads


def ask(model, live, text, *, correct_spelling=True):
    return model.ask(text, live, correct_spelling=correct_spelling, deadline=Deadline(60_000.0))


def test_what_is_stored_is_what_the_model_says(store, gram, live):
    held = store.read(2)

    expected = gram.understand([query for query, _ in FREQUENT], live)[:2]
    assert [(head.query, head.count) for head in held] == FREQUENT[:2]
    for head, answer in zip(held, expected, strict=True):
        assert [code.label for code in head.codes] == [code.label for code in answer.codes]
        np.testing.assert_allclose(head.vector, answer.vector, atol=1e-6)


def test_a_head_is_answered_without_the_model(gram, heads, live, monkeypatch):
    monkeypatch.setattr(gram, "understand", None)
    model = QueryModel(gram, heads=heads)

    answer = ask(model, live, "Cordless  Drill")

    assert answer.codes
    assert ask(model, live, "cordless drill") is answer


def test_a_query_that_is_not_to_be_mended_and_an_unknown_one_are_decoded(gram, heads, live):
    model = QueryModel(gram, heads=heads)

    ahead = ask(model, live, "cordless drill")
    assert ask(model, live, "cordless drill", correct_spelling=False) is not ahead
    assert ask(model, live, "garden hose").codes


def test_codes_that_are_gone_are_left_out_and_the_others_weigh_as_much(gram, heads, live):
    codes = heads.get("cordless drill", live).codes
    kept = [code.label for code in codes[1:]]

    left = heads.get("cordless drill", gram.live(kept)).codes

    assert [code.label for code in left] == kept
    assert sum(c.weight for c in left) == pytest.approx(sum(c.weight for c in codes))
    assert heads.get("cordless drill", gram.live([])) is None


def test_heads_of_another_model_or_index_are_not_read(client, gram, stocked, store):
    assert HeadStore(client, stocked.index, "f" * 64).read(9) == []
    assert HeadStore(client, "test-other", gram.fingerprint).read(9) == []


def test_what_is_warmed_later_is_followed_and_what_is_no_longer_frequent_goes(
    client, gram, stocked, store, live
):
    other = HeadStore(client, stocked.index, "f" * 64)
    in_use = HeadStore(client, stocked.index, "e" * 64)
    now = datetime.now(UTC)
    old = Head("garden hose", 1, (WeightedCode("hose", 1.0),), np.ones(4, np.float32))
    for one in (store, other, in_use):
        one.put([old], now - timedelta(days=1))
    client.indices.refresh(index="gram-es-heads")
    followed = FollowedHeads(store)
    followed.look()
    assert "garden hose" in {head.query for head in store.read(9)}

    gone = store.forget(before=now - timedelta(hours=1), models_in_use=["e" * 64])
    followed.look()

    assert gone == 2
    assert (len(store.read(9)), len(other.read(9)), len(in_use.read(9))) == (3, 0, 1)
    assert followed.get("garden hose", live) is None
    assert in_use.forget(before=now, models_in_use=[gram.fingerprint]) == 1


class OtherModel:
    """A model without weights."""

    slot, fingerprint = "m2", "g"


def test_a_model_whose_codes_are_not_in_the_index_is_refused(client, stocked):
    with pytest.raises(CatalogueIndexError, match="not of the loaded model"):
        warm(client, OtherModel(), stocked.index, FREQUENT)
