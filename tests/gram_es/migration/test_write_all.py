"""Failures that concern all documents alike end the writing, without a node."""

from typing import Any

import pytest

from gram_es.errors import CatalogueIndexError, ClusterError, ClusterUnavailableError, GramError
from gram_es.index.bulk import WriteResult
from gram_es.migration import fill_slot


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (WriteResult("1", 403, "security_exception: no"), ClusterError),
        (WriteResult("1", 403, "cluster_block_exception: x", True), ClusterUnavailableError),
        (WriteResult("1", 404, "index_not_found_exception: no such index"), CatalogueIndexError),
    ],
)
def test_a_missing_right_a_block_or_a_missing_alias_ends_the_writing(
    monkeypatch: pytest.MonkeyPatch, result: WriteResult, error: type[GramError]
) -> None:
    monkeypatch.setattr(fill_slot, "write_products", lambda *_, **__: [result])
    client: Any = None

    with pytest.raises(error, match=r"^cannot fill m1: ") as caught:
        fill_slot.write_all(client, "wares-write", [], "fill m1")

    assert type(caught.value) is error


def test_a_document_that_was_deleted_is_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = WriteResult("1", 404, "document_missing_exception: [1]: document missing")
    monkeypatch.setattr(fill_slot, "write_products", lambda *_, **__: [gone])
    client: Any = None

    assert fill_slot.write_all(client, "w", [], "fill m1").conflicting_ids == ("1",)
