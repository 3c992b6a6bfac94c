"""Whether JSON is read as JSON-LD or as plain records."""

import pytest

from ingest.feeds.formats.json_ld import recognises


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"id": 1, "title": "Cup", "category": [{"@type": "CategoryCode", "name": "A"}]}', False),
        (b'[{"brand": {"@type": "Brand", "name": "B"}, "id": 1, "title": "Cup"}]', False),
        (b'{"items": [{"id": 1, "offer": {"@type": "Offer"}, "title": "Cup"}, {"id": 2,', False),
        (b'{"@type": "Product", "name": "Cup"}', True),
        (b'\n[{"@context": "https://schema.org", "id": 1, "title": "Cup"}]', True),
        (b'{"page": {"products": [{"@type": "Product", "na', True),
        (b'{"@type": "Product",, "name": "Cup"}', True),
    ],
)
def test_plain_records_may_hold_typed_objects(head: bytes, expected: bool) -> None:
    assert recognises(head) == expected
