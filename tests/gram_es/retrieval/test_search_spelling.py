"""The spelling of queries in the whole search, with a trained model and a real index."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch

from gram_es.cli import main
from gram_es.errors import ClusterUnavailableError
from gram_es.index.documents import FeedPosition, build_document
from gram_es.model.gram import Gram
from gram_es.overrides.rules import make_override
from gram_es.overrides.service import OverrideService
from gram_es.overrides.watcher import RulesWatcher
from gram_es.records import Product
from gram_es.retrieval.context import Deadline
from gram_es.retrieval.open import open_searcher
from gram_es.retrieval.query import indexed_words
from gram_es.retrieval.query.indexed_words import IndexedWords
from gram_es.retrieval.query.model_worker import NoAnswerError
from gram_es.retrieval.request import SearchRequest
from gram_es.retrieval.searcher import Searcher
from gram_es.settings import Settings
from gram_es.text.normalise import normalise

TYPED = "cordles drill"
CORRECTED = "cordless drill"


@pytest.fixture
def rules(client: Elasticsearch, shop_index: Settings) -> RulesWatcher:
    return RulesWatcher(client, shop_index.index)


@pytest.fixture
def searcher(
    client: Elasticsearch, gram: Gram, shop_index: Settings, rules: RulesWatcher
) -> Searcher:
    return Searcher(client, gram, index=shop_index.index, rules=rules)


@pytest.fixture
def new_product(client: Elasticsearch, gram: Gram, shop_index: Settings) -> Iterator[None]:
    """Index a product whose name the model takes for a misspelling, after the training."""
    document = build_document(
        Product("new", "Cordles kite"),
        enrichment=None,
        slot=gram.slot,
        fingerprint=gram.fingerprint,
        feed=FeedPosition("test", 1, 1, "2026-01-01T00:00:00Z"),
    )
    client.index(index=shop_index.index, id="new", document=document, refresh=True)
    yield
    client.options(ignore_status=404).delete(index=shop_index.index, id="new", refresh=True)


@pytest.fixture
def msearches(client: Elasticsearch, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the sizes of the multi-searches that are sent from now on."""
    sizes: list[int] = []
    msearch = Elasticsearch.msearch

    def count(self, **options):
        sizes.append(len(options["searches"]) // 2)
        return msearch(self, **options)

    monkeypatch.setattr(Elasticsearch, "msearch", count)
    return sizes


def test_a_correction_is_checked_in_the_same_round_trip(searcher, msearches):
    result = searcher.search(SearchRequest(TYPED))

    assert result.corrected == CORRECTED
    assert msearches == [3]  # the window, the counts and the replaced word


def test_a_word_of_the_live_index_is_not_corrected(searcher, new_product, msearches):
    first = searcher.search(SearchRequest(TYPED))
    second = searcher.search(SearchRequest(TYPED))

    assert (first.corrected, second.corrected) == (None, None)
    assert first.less_close[0].id == second.less_close[0].id
    assert msearches == [3, 2, 2]  # the first search runs twice; then the word is remembered


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Ionic hairdryer", "hair dryer"),
        ("Steel wheelbarrow", "wheel barrow"),
        ("Wide snow shovel", "snowshovel"),
    ],
)
def test_joined_and_parted_words_of_products_newer_than_the_model_are_found(
    client, gram, shop_index, searcher, title, query
):
    document = build_document(
        Product("new", title),
        enrichment=None,
        slot=gram.slot,
        fingerprint=gram.fingerprint,
        feed=FeedPosition("test", 1, 1, "2026-01-01T00:00:00Z"),
    )
    client.index(index=shop_index.index, id="new", document=document, refresh=True)

    result = searcher.search(SearchRequest(query))

    client.delete(index=shop_index.index, id="new", refresh=True)
    assert result.hits[0].id == "new"


def test_a_search_that_runs_twice_counts_once(searcher, new_product):
    result = searcher.search(SearchRequest(TYPED))

    assert searcher.counts == {result.mode: 1, "model failed": 0}


@pytest.fixture
def late_second_time(searcher, monkeypatch):
    """Let the model answer once; then it is late."""
    ask, asked = searcher._model.ask, []

    def late(spelling, live_codes, *, deadline):
        asked.append(spelling)
        if len(asked) > 1:
            raise NoAnswerError("no time was left to ask the model")
        return ask(spelling, live_codes, deadline=deadline)

    monkeypatch.setattr(searcher._model, "ask", late)


def test_the_first_ranking_stays_if_the_model_is_late_only_the_second_time(
    searcher, new_product, late_second_time
):
    result = searcher.search(SearchRequest(TYPED), deadline=Deadline(60_000.0))

    assert (result.corrected, result.degraded) == (CORRECTED, ())
    assert searcher.counts == {result.mode: 1, "model failed": 0}


def test_the_second_ranking_is_used_if_the_model_is_late_both_times(
    searcher, new_product, monkeypatch
):
    def late(*_, **__):
        raise NoAnswerError("the model did not answer in time")

    monkeypatch.setattr(searcher._model, "ask", late)
    result = searcher.search(SearchRequest(TYPED))

    assert (result.corrected, result.mode) == (None, "text")
    assert searcher.counts == {"text": 1, "model failed": 1}


def test_the_first_ranking_stays_if_the_cluster_is_late_the_second_time(
    searcher, new_product, monkeypatch
):
    retrieve, calls = searcher._retrieve, []

    def late(*args, **options):
        calls.append(args)
        if len(calls) > 1:
            raise ClusterUnavailableError("Elasticsearch did not answer in time")
        return retrieve(*args, **options)

    monkeypatch.setattr(searcher, "_retrieve", late)

    assert searcher.search(SearchRequest(TYPED)).corrected == CORRECTED


def test_the_second_ranking_keeps_its_words_whatever_other_threads_remember(
    searcher, new_product, monkeypatch
):
    monkeypatch.setattr(searcher.planner.indexed_words, "add", lambda *_: None)

    assert searcher.search(SearchRequest(TYPED)).corrected is None


def test_a_search_with_an_older_view_does_not_replace_the_words_of_a_later_one(searcher):
    older, words = searcher.index_reader.view(), IndexedWords()
    later = searcher.index_reader.refresh()

    words.add(["a"], later)
    words.add(["b"], older)

    assert (words.of(later), words.of(older)) == ({"a"}, frozenset())


def test_a_word_is_forgotten_when_the_index_is_read_again(
    searcher, new_product, client, shop_index
):
    searcher.search(SearchRequest(TYPED))
    client.delete(index=shop_index.index, id="new", refresh=True)

    remembered = searcher.search(SearchRequest(TYPED)).corrected
    searcher.index_reader.refresh()

    assert remembered is None
    assert searcher.search(SearchRequest(TYPED)).corrected == CORRECTED


@pytest.mark.parametrize("sort", ["price_asc", "newest"])
def test_a_sorted_search_checks_its_correction_too(searcher, new_product, sort):
    assert searcher.search(SearchRequest(TYPED, sort=sort)).corrected is None


def test_the_request_can_switch_off_all_other_forms(searcher):
    as_typed = searcher.search(SearchRequest("cordles drill head phones", spelling=False))
    spelt = searcher.search(SearchRequest("cordles drill head phones"))

    assert (as_typed.corrected, as_typed.alternatives) == (None, ())
    assert spelt.corrected == "cordless drill head phones"
    assert spelt.alternatives == ("cordless drill headphones",)


def test_the_setting_switches_off_all_other_forms(shop_index, gram_dir):
    off = shop_index.model_copy(update={"spelling": False})

    assert open_searcher(off, gram_dir).search(SearchRequest(TYPED)).corrected is None
    assert open_searcher(shop_index, gram_dir).search(SearchRequest(TYPED)).corrected == CORRECTED


def test_a_joined_word_is_found_by_its_parts(searcher):
    result = searcher.search(SearchRequest("head phones", highlight=True))

    assert result.corrected is None
    assert all("headphones" in normalise(hit.product.title) for hit in result.hits[:3])
    assert any(segment.matches for segment in result.hits[0].title)


def test_a_kept_word_is_not_corrected_and_invalidates_nothing(
    searcher, rules, client, shop_index, gram, monkeypatch
):
    service = OverrideService(client, shop_index.index)
    view = searcher.index_reader.view()
    keep = make_override({"kind": "keep", "query": "Cordles"})
    change = service.set([keep])
    try:
        rules.refresh()
        kept = searcher.search(SearchRequest(TYPED))
    finally:
        service.remove([keep.id])
        rules.refresh()

    assert (change.products, change.new_codes) == (0, ())
    assert kept.corrected is None
    assert searcher.index_reader.view() is view
    assert searcher.search(SearchRequest(TYPED)).corrected == CORRECTED


def test_the_command_keeps_words_and_lists_them(shop_index, monkeypatch, use_language):
    monkeypatch.setenv("ELASTICSEARCH_URL", str(shop_index.elasticsearch_url))
    monkeypatch.setenv("GRAM_ES_INDEX", shop_index.index)
    use_language("english")  # reads the environment again
    run = CliRunner()

    kept = run.invoke(main, ["override", "keep", "Cordles", "zorb", "--by", "ada", "--json"])
    listed = run.invoke(main, ["override", "list", "--kind", "keep"])
    ids = [each["id"] for each in json.loads(kept.stdout)["overrides"]]
    removed = run.invoke(main, ["override", "remove", *ids])

    assert [line.split("  ")[1:3] for line in listed.stdout.splitlines()] == [
        ["keep", "query 'cordles'"],
        ["keep", "query 'zorb'"],
    ]
    assert removed.stdout.endswith("2 removed, 0 products changed\n")


def test_at_most_so_many_words_are_remembered(monkeypatch, searcher):
    monkeypatch.setattr(indexed_words, "_MAX_WORDS", 2)
    view, words = searcher.index_reader.view(), IndexedWords()

    for word in ("a", "b", "c"):
        words.add([word], view)

    assert len(words.of(view)) == 2
    assert "c" in words.of(view)


@pytest.mark.parametrize(
    ("query", "lead"),
    [
        ("drill", True),
        ("cordles dril", True),
        ("zqvarno", False),
        ("zqvarno drill", False),
        ("drill XK-29410", False),
    ],
)
def test_codes_of_unknown_words_and_part_numbers_make_no_product_relevant(searcher, query, lead):
    assert bool(searcher.rank(SearchRequest(query)).plan.clauses.may_lead) == lead
