"""How the demo waits for the codes of a language model, with a service that is written by hand."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import unstyle
from click.testing import CliRunner

from gram_es.demo import demo, searches
from gram_es.demo.processes import Worker
from gram_es.demo.searches import Answer, search_twice, to_text
from gram_es.errors import GramError, ModelError


class Service:
    """Answers with the codes of both from a given search for a query on; from none for some."""

    def __init__(self, coded_from: dict[str, int]) -> None:
        self._coded_from = coded_from
        self.searches: Counter[str] = Counter()

    def search(self, _address: str, query: str) -> Answer:
        self.searches[query] += 1
        number = self.searches[query]
        is_coded = number >= self._coded_from.get(query, sys.maxsize)
        return {"number": number, "query": {"language_model": "small" if is_coded else None}}


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    log = tmp_path / "worker.log"
    log.write_text("loading\nno such model\n")
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        yield Worker(process, log)
        process.kill()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "_POLL_S", 0.0)


def run(monkeypatch: pytest.MonkeyPatch, coded_from: dict[str, int], worker: Worker) -> list:
    service = Service(coded_from)
    monkeypatch.setattr(searches, "search", service.search)
    return [
        (query, first["number"], latest["number"])
        for query, first, latest in search_twice("http://x/", ("a", "b", "c"), worker)
    ]


def test_each_query_is_searched_until_a_language_model_has_coded_it(monkeypatch, worker):
    answers = run(monkeypatch, {"a": 3, "b": 5, "c": 6}, worker)

    assert answers == [("a", 1, 3), ("b", 1, 5), ("c", 1, 6)]


def test_a_query_that_the_worker_skips_does_not_delay_those_after_it(monkeypatch, worker):
    answers = run(monkeypatch, {"a": 2, "c": 4}, worker)

    assert answers == [("a", 1, 2), ("b", 1, 1), ("c", 1, 4)]


def test_an_answer_that_comes_while_others_are_searched_is_waited_for(monkeypatch, worker):
    service = Service({})

    def search(address: str, query: str) -> Answer:
        answer = service.search(address, query)
        is_coded = service.searches.total() > 4  # all are coded after the fourth search
        return answer | {"query": {"language_model": "small" if is_coded else None}}

    monkeypatch.setattr(searches, "search", search)

    answers = [*search_twice("http://x/", ("a", "b", "c"), worker)]

    assert [latest["query"]["language_model"] for _, _, latest in answers] == ["small"] * 3


def test_without_answers_in_time_those_of_the_encoder_are_shown(monkeypatch, worker):
    monkeypatch.setattr(searches, "_FIRST_ANSWER_S", 0.0)

    assert run(monkeypatch, {}, worker) == [("a", 1, 1), ("b", 1, 1), ("c", 1, 1)]


def test_a_worker_that_ends_stops_the_demo_with_the_end_of_its_log(monkeypatch, worker):
    worker.process.kill()
    worker.process.wait()

    with pytest.raises(GramError, match=r"worker ended; .*worker\.log is: no such model"):
        run(monkeypatch, {}, worker)


def test_an_answer_names_the_language_model_that_chose_its_codes():
    answer = {
        "query": {"codes": [{"code": "diapers", "weight": 0.5}], "language_model": "small"},
        "mode": "codes",
        "took_ms": {"total": 12.3},
        "hits": [],
    }

    text = unstyle(to_text("nappies", answer, ", asked again"))

    assert text.endswith("nappies, asked again  (codes, 12 ms)\n  codes (with small): diapers 0.50")


def test_a_language_model_that_does_not_exist_is_reported_before_anything_starts(tmp_path: Path):
    missing = str(tmp_path / "model.gguf")

    finished = CliRunner().invoke(demo, ["--language-model", missing])

    assert isinstance(finished.exception, ModelError)
    assert str(finished.exception).startswith(f"there is no file {missing}")
