import logging
from types import SimpleNamespace

import pytest

from gram_es.evaluation.runs import run_search


class FailingSearcher:
    def rank(self, request):
        fails = request.text == "10k"
        return SimpleNamespace(
            hits=(),
            took_ms={"total": 1.0},
            failed_stages=frozenset({"understand"} if fails else ()),
            degraded=("the model failed",) if fails else (),
        )


def test_queries_that_the_model_failed_on_are_counted(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)

    run_search("codes", FailingSearcher(), ["drill", "10k"])

    assert "codes: 1 of 2 queries lack a stage: the model failed" in caplog.text
