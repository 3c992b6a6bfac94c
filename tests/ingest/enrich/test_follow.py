"""What a follower logs, without a node."""

import logging
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from gram_es.errors import ClusterUnavailableError
from ingest.enrich.enricher import EnrichCounts
from ingest.enrich.follow import Follower


def test_rejections_are_logged_if_the_look_ends_with_an_error(monkeypatch, caplog):
    counts = EnrichCounts()
    enricher: Any = SimpleNamespace(counts=counts, retry_failed=lambda _: None)

    def fail(_: object) -> None:
        counts.rejected["a\x1b[31m"] = "title is missing"
        raise ClusterUnavailableError("overloaded")

    enricher.catch_up = fail
    prepared: Any = SimpleNamespace(enricher=enricher, shop=SimpleNamespace(index="wares"))
    none: Any = None
    following = Follower(none, "wares", prepared, prepare=none, restore=none, interval_s=1)
    monkeypatch.setattr(following, "_current", lambda: prepared)

    with caplog.at_level(logging.INFO), pytest.raises(ClusterUnavailableError):
        following.look(threading.Event())

    assert caplog.messages == [
        "wares: 0 written, 1 rejected",
        "a [31m has no codes: title is missing",
    ]
    assert counts.rejected == {}
