"""Codes by both experts, with a language model whose likelihoods are written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gram_es.codes.codebook import Codebook
from gram_es.codes.facets import bare_types
from gram_es.codes.shopper_words import ShopperWord, ShopperWords
from gram_es.language_model.channel import QueryChannel
from gram_es.language_model.likelihood import LanguageModel
from gram_es.language_model.query_codes import Likelihoods, TwoExperts
from gram_es.model.gram import Gram
from gram_es.model.query_codes import LiveCodes
from gram_es.retrieval.open import experts_of
from gram_es.settings import Settings
from gram_es.text.spelling.speller import Spelling

QUERY = Spelling("garden hose", "garden hose")
NONSENSE = Spelling("qwrtzx", "qwrtzx")


class Lifts:
    """A channel that finds a query likelier for some labels than for no code, by so many nats."""

    def __init__(self, lifts: Mapping[str, float]) -> None:
        self._lifts = lifts
        self.asked: list[Sequence[str]] = []

    def lifts(self, query: str, labels: Sequence[str]) -> NDArray[np.float32]:
        assert query
        self.asked.append(labels)
        return np.array([self._lifts.get(label, 0.0) for label in labels], dtype=np.float32)


class Finds:
    """A finder that finds the same codes for each query."""

    def __init__(self, *numbers: int, nats: float = 0.0) -> None:
        self._numbers = np.array(numbers, dtype=np.int64)
        self._nats = nats
        self.asked: list[Sequence[str]] = []

    def find(
        self, queries: Sequence[str], allowed: NDArray[np.bool_] | None = None
    ) -> list[NDArray[np.int64]]:
        assert allowed is None or allowed.any()
        self.asked.append(queries)
        return [self._numbers] * len(queries)

    def lifts(self, query: str, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        assert query
        return np.where(np.isin(numbers, self._numbers), self._nats, 0.0).astype(np.float32)


class NearTo:
    """Finds each query as near to the types of some codes as ``near`` says, by their labels."""

    def __init__(self, gram: Gram, **near: float) -> None:
        self._near = np.array([near.get(code.label, 0.0) for code in gram.codebook], np.float32)
        self.asked: list[str] = []

    def nearness(self, queries: Sequence[str]) -> NDArray[np.float32]:
        self.asked += queries
        return np.tile(self._near, (len(queries), 1))


@pytest.fixture
def far(gram: Gram) -> int:
    """The number of a code that is not among the hundred nearest to the query."""
    [near] = gram.query_coder.near_codes([QUERY], gram.query_vectors([QUERY]))
    return next(n for n in range(len(gram.codebook)) if n not in near.numbers)


def experts(gram: Gram, channel: Lifts | None = None, finder: Finds | None = None) -> TwoExperts:
    likelihoods = Likelihoods(finder or Finds(), channel or Lifts({}))
    return TwoExperts(gram, "hand-written", NearTo(gram), likelihoods)


@pytest.fixture
def alone(gram: Gram):
    return gram.understand([QUERY])[0]


@pytest.fixture
def nearly_leading(gram: Gram, alone, monkeypatch: pytest.MonkeyPatch) -> str:
    """The label of a code that lacks .02 to the limit from which codes may lead."""
    label = sorted(gram.may_lead(QUERY, alone.codes, alone.vector))[0]
    number = gram.codebook.number_by_label[label]
    [score] = gram.parts.prior.scores_of([number], alone.vector).tolist()
    monkeypatch.setattr(gram.config, "lead_above", score + 0.02)
    return label


def both(gram: Gram, lifts: Mapping[str, float]):
    return experts(gram, Lifts(lifts)).understand([QUERY])[0]


def by_kinds(gram: Gram, query: Spelling = QUERY, **near: float):
    """Return the answer of a language model that compares the query with types alone."""
    return TwoExperts(gram, "hand-written", NearTo(gram, **near)).understand([query])[0]


def test_a_language_model_without_an_opinion_changes_nothing(gram: Gram, alone):
    answer = both(gram, {})

    assert answer.codes == alone.codes
    assert by_kinds(gram).codes == alone.codes
    assert answer.vector == pytest.approx(alone.vector, abs=1e-6)
    assert (answer.language_model, alone.language_model) == ("hand-written", None)
    assert by_kinds(gram).language_model is None


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the catalogue lack the word "hose", which is half of the query."""
    monkeypatch.setattr(
        "gram_es.text.spelling.speller.Speller.is_foreign", lambda _, w: w == "hose"
    )


def test_nearness_to_a_type_has_no_say_in_a_query_in_words_of_the_catalogue(gram: Gram, alone):
    label = alone.codes[5].label

    kinds = NearTo(gram, **{label: 1.0})
    [answer] = TwoExperts(gram, "hand-written", kinds).understand([QUERY])

    assert kinds.asked == []
    assert answer.codes == alone.codes
    assert answer.may_lead is None


@pytest.mark.usefixtures("foreign")
def test_nearness_counts_sixteen_temperatures_for_the_share_of_foreign_words(gram: Gram, alone):
    first, second = alone.codes[0], alone.codes[5]

    weights = {code.label: code.weight for code in by_kinds(gram, **{second.label: 0.1}).codes}

    odds = weights[second.label] / weights[first.label]
    assert odds == pytest.approx(second.weight / first.weight * np.exp(0.1 * 16 / 2), rel=1e-3)


@pytest.fixture
def words_of_shoppers(gram: Gram, alone, monkeypatch: pytest.MonkeyPatch):
    """Return what sets how near "garden" is to the sixth code by the words of shoppers."""

    def set_words(weight: float) -> None:
        entry = ShopperWord("garden", alone.codes[5].label, weight, "")
        bare = Codebook([replace(code, facets=()) for code in gram.codebook])
        monkeypatch.setattr(gram.query_coder, "_shopper_words", ShopperWords([entry], bare))

    return set_words


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize(
    ("of_word", "by_language_model", "nearness"),
    [(0.3, 0.2, 0.15), (0.1, 0.2, 0.1), (0.1, -0.2, 0.05)],
)
def test_of_a_word_of_shoppers_and_the_language_model_the_higher_nearness_counts(
    gram: Gram, alone, of_word: float, by_language_model: float, nearness: float, words_of_shoppers
):
    words_of_shoppers(of_word)
    first, second = alone.codes[0], alone.codes[5]

    answer = by_kinds(gram, **{second.label: by_language_model})

    weights = {code.label: code.weight for code in answer.codes}
    odds = weights[second.label] / weights[first.label]
    assert odds == pytest.approx(second.weight / first.weight * np.exp(nearness * 16), rel=1e-3)


@pytest.mark.usefixtures("foreign")
def test_what_the_language_model_says_against_a_type_stays_if_no_word_speaks_for_it(
    gram: Gram, alone, words_of_shoppers
):
    words_of_shoppers(0.01)
    first, third = alone.codes[0], alone.codes[2]

    answer = by_kinds(gram, **{third.label: -0.1})

    weights = {code.label: code.weight for code in answer.codes}
    odds = weights[third.label] / weights[first.label]
    assert odds == pytest.approx(third.weight / first.weight * np.exp(-0.05 * 16), rel=1e-3)


@pytest.mark.parametrize("text", ["garden hose", "garden hose " * 20])
def test_words_of_shoppers_count_where_the_language_model_has_no_say(
    gram: Gram, text: str, words_of_shoppers
):
    words_of_shoppers(0.8)
    query = Spelling(text.strip(), text.strip())

    answer = by_kinds(gram, query)

    assert answer.codes == gram.understand([query])[0].codes
    assert answer.language_model is None


@pytest.mark.usefixtures("foreign")
def test_a_code_of_a_near_type_is_found_though_it_is_not_near_by_the_encoder(gram: Gram, far: int):
    label = gram.codebook.codes[far].label

    assert by_kinds(gram, Spelling("hose", "hose"), **{label: 1.0}).codes[0].label == label


@pytest.mark.parametrize(("nearness", "is_found"), [(0.3, False), (0.9, True)])
def test_both_abstain_if_no_type_is_nearer_than_the_limit(
    gram: Gram, nearness: float, is_found: bool, monkeypatch: pytest.MonkeyPatch
):
    label = gram.codebook.codes[next(iter(bare_types(gram.codebook).values()))].label
    [scores] = gram.parts.prior.scores(gram.query_vectors([NONSENSE]))
    monkeypatch.setattr(gram.config, "abstain_below", float(scores.max()) + 0.01)

    assert bool(by_kinds(gram, NONSENSE, **{label: nearness}).codes) is is_found


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize(("nearness", "leads"), [(0.4, False), (0.5, False), (0.7, True)])
def test_what_is_nearer_than_the_limit_is_evidence_that_a_code_may_lead(
    gram: Gram, nearly_leading: str, nearness: float, leads: bool
):
    assert (nearly_leading in by_kinds(gram, **{nearly_leading: nearness}).may_lead) is leads


@pytest.mark.usefixtures("foreign")
def test_the_vector_moves_to_codes_of_types_that_are_near(gram: Gram, alone):
    label = alone.codes[5].label
    code = gram.parts.prior.labels[gram.codebook.number_by_label[label]]

    barely, surely = (by_kinds(gram, **{label: nearness}) for nearness in (0.5, 0.9))

    assert barely.vector == pytest.approx(alone.vector, abs=1e-6)
    assert surely.vector @ code > alone.vector @ code + 0.05


def test_the_vector_moves_to_what_the_language_model_finds_much_likelier(gram: Gram, alone):
    label = alone.codes[5].label
    number = gram.codebook.number_by_label[label]
    code = gram.parts.prior.labels[number]

    barely, surely = both(gram, {label: 6.5}), both(gram, {label: 20.0})

    assert barely.vector == pytest.approx(alone.vector, abs=1e-6)
    assert surely.vector @ code > alone.vector @ code + 0.05
    assert np.linalg.norm(surely.vector) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("nats", "leads"), [(0.0, False), (7.0, False), (8.0, True)])
def test_the_sum_decides_which_code_may_lead(
    gram: Gram, nearly_leading: str, nats: float, leads: bool
):
    assert (both(gram, {nearly_leading: nats}).may_lead == {nearly_leading}) is leads


def test_where_the_encoder_abstains_both_do(gram: Gram, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gram.config, "abstain_below", 1.1)
    channel = Lifts({})

    [answer] = experts(gram, channel).understand([NONSENSE])

    assert answer.codes == ()
    assert channel.asked == []


@pytest.mark.usefixtures("foreign")
def test_the_language_model_is_asked_about_thirty_codes_and_no_long_query(gram: Gram):
    long = Spelling("garden hose " * 20, "garden hose " * 20)
    channel = Lifts({})

    asked = experts(gram, channel)
    answers = asked.understand([QUERY, long])

    assert [len(labels) for labels in channel.asked] == [30]
    assert asked.kinds.asked == [QUERY.corrected]
    assert [answer.language_model for answer in answers] == ["hand-written", None]


def test_a_query_is_likelier_for_one_code_than_for_another_as_after_its_prompts(
    language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch
):
    language_model.cut_vocabulary(["couch", "bed"])
    templates = ("to find {}", "{} find")
    monkeypatch.setattr("gram_es.language_model.channel.TEMPLATES", templates)
    monkeypatch.setattr("gram_es.language_model.channel.NO_CODE", ("drill",))

    lifts = QueryChannel(language_model).lifts("couch", ["sofa", "bed"])

    def mean(label: str) -> float:
        prompts = [language_model.prompt(template.format(label)) for template in templates]
        return float(np.mean([language_model.log_likelihoods(p, ["couch"]) for p in prompts]))

    expected = [mean("sofa") - mean("drill"), mean("bed") - mean("drill")]
    assert lifts == pytest.approx(expected, abs=1e-4)


def test_a_code_that_the_language_model_finds_is_compared_with_those_near_the_query(
    gram: Gram, far: int
):
    label = gram.codebook.codes[far].label
    channel = Lifts({})

    [without] = experts(gram).understand([QUERY])
    [answer] = experts(gram, channel, Finds(far, nats=30.0)).understand([QUERY])

    assert label not in {code.label for code in without.codes}
    assert answer.codes[0].label == label


def test_a_code_found_twice_counts_once(gram: Gram, alone):
    first = gram.codebook.number_by_label[alone.codes[0].label]
    channel = Lifts({})

    [answer] = experts(gram, channel, Finds(first)).understand([QUERY])

    assert answer.codes == alone.codes
    assert len(set(channel.asked[0])) == len(channel.asked[0])


def test_the_channel_compares_the_best_thirty_codes(gram: Gram, alone, far: int):
    channel = Lifts({})

    experts(gram, channel, Finds(far, nats=30.0)).understand([QUERY])

    [labels] = channel.asked
    assert len(labels) == 30
    assert labels[:2] == [gram.codebook.codes[far].label, alone.codes[0].label]


def test_a_nat_for_the_query_counts_half_beside_one_for_the_code(gram: Gram, alone):
    first, second = alone.codes[0], alone.codes[5]
    number = gram.codebook.number_by_label[second.label]

    finder, channel = Finds(number, nats=2.0), Lifts({second.label: 3.0})
    [answer] = experts(gram, channel, finder).understand([QUERY])

    weights = {code.label: code.weight for code in answer.codes}
    odds = weights[second.label] / weights[first.label]
    nats = (2.0 + 0.5 * 3.0) * gram.config.language_model_weight
    assert odds == pytest.approx(second.weight / first.weight * np.exp(nats), rel=1e-3)


def test_a_code_that_is_not_live_is_not_added(gram: Gram, far: int):
    label = gram.codebook.codes[far].label
    live = LiveCodes.of(gram.codebook, {code.label for code in gram.codebook} - {label})

    [answer] = experts(gram, Lifts({label: 30.0}), Finds(far, nats=30.0)).understand([QUERY], live)

    assert label not in {code.label for code in answer.codes}


def test_the_language_model_finds_no_codes_where_the_encoder_abstains(
    gram: Gram, far: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gram.config, "abstain_below", 1.1)
    finder = Finds(far)

    [answer] = experts(gram, Lifts({}), finder).understand([NONSENSE])

    assert (answer.codes, finder.asked) == ((), [])


def test_models_are_opened_with_one_language_model(
    gram: Gram, language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    loaded = []
    monkeypatch.setattr(
        "gram_es.language_model.load.load_language_model",
        lambda source, **_: loaded.append(source) or language_model,
    )

    experts = experts_of([gram, gram], "model.gguf", Settings(GRAM_ES_CACHE_DIR=tmp_path))

    assert loaded == ["model.gguf"]
    assert [each.name for each in experts] == ["small", "small"]
